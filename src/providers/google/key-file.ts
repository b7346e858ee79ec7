/** The JSON file that the Google console offers for a key of a service account. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type JsonObject, parseJson } from '../../core/json.ts'
import { grantText } from './grant.ts'

const schema = z.object({
  type: z.literal('service_account'),
  /** What the administrator lets in. */
  client_id: z.string().min(5),
  client_email: z.email(),
  private_key: z.string().min(100).max(8_000),
  token_uri: z.string().default(''),
  /** Only in the file of a practice account: where its certificate lies. */
  practice_ca: z.string().optional(),
})

/** @throws AppError `usage` that says what kind of file it is instead */
export function readKeyFile(text: string): { readonly settings: JsonObject; readonly secret: string } {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) {
    const isClient = /"(installed|web)"\s*:/.test(text)
    throw new AppError(
      'usage',
      `This is not the right file. ${isClient ? 'It is for a client with which a person signs in.' : 'It is not the key of a service account.'}`,
      { advice: 'In the Google console, open the service account, "Keys", "Add key", "Create new key", and take its JSON file.' },
    )
  }
  const { client_id, client_email, private_key, token_uri, practice_ca } = parsed.data
  const origin = URL.parse(token_uri)?.origin
  const practice = practice_ca === undefined || origin === undefined ? {} : { practice: { origin, ca: practice_ca } }
  return {
    settings: { clientId: client_id, serviceAccount: client_email, ...practice },
    secret: grantText({ private_key }),
  }
}
