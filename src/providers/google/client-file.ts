/** The JSON file that the Google console offers for a client ("Download JSON"). */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type JsonObject, parseJson } from '../../core/json.ts'
import { grantText } from './grant.ts'

/**
 * A client that comes with a build of the program: whoever builds and distributes Lifeboat may put one in here, as Google's
 * file has it. Without, every person makes a client of their own.
 */
const bundledClient: string | null = null

const schema = z.object({
  installed: z
    .object({
      client_id: z.string().min(10),
      client_secret: z.string().min(1),
      token_uri: z.string().default(''),
      /** Only in the file of a practice account: where its certificate lies. */
      practice_ca: z.string().optional(),
    })
    .optional(),
  web: z.unknown().optional(),
  type: z.unknown().optional(),
})

/** @throws AppError `usage` that says what kind of file it is instead, `unsupported` without a file and a bundled client */
export function readClientFile(text: string | null): { readonly settings: JsonObject; readonly secret: string } {
  const given = text ?? bundledClient
  if (given === null) {
    throw new AppError('unsupported', 'This Lifeboat brings no client for Google, so it needs one of your own.', {
      advice: 'lifeboat account add google explains in a few steps how to make one.',
    })
  }
  const parsed = schema.safeParse(parseJson(given))
  if (!parsed.success) throw wrongFile('It is not the file that Google offers for download.')
  const { installed, web, type } = parsed.data
  if (web !== undefined) throw wrongFile('It is for a client of the kind "Web application".')
  if (type === 'service_account')
    throw wrongFile('It is the key of a service account, for lifeboat account add google --workspace.')
  if (installed === undefined) throw wrongFile('It is not the file that Google offers for download.')
  const origin = URL.parse(installed.token_uri)?.origin
  const practice =
    installed.practice_ca === undefined || origin === undefined ? {} : { practice: { origin, ca: installed.practice_ca } }
  return {
    settings: { clientId: installed.client_id, ...practice },
    secret: grantText({ client_secret: installed.client_secret }),
  }
}

function wrongFile(what: string): AppError {
  return new AppError('usage', `This is not the right file. ${what}`, {
    advice:
      'In the Google console, under "Clients", make a client of the kind "Desktop app", and take its JSON file: its name begins with client_secret_.',
  })
}
