/** The program as it is registered at Microsoft: the id that Microsoft shows for it. There is no secret. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type JsonObject, parseJson } from '../../core/json.ts'
import { grantText } from './grant.ts'
import { uuid } from './settings.ts'

/**
 * A registration that comes with a build of the program: whoever builds and distributes Lifeboat may put its id in here.
 * Without, every person makes one.
 */
const bundledClientId: string | null = null

const practiceSchema = z.object({
  client_id: z.string().regex(uuid),
  practice: z.object({
    ...{ origin: z.string(), ca: z.string() },
    imap: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  }),
})

/**
 * `text`: the application id, or the file of a practice account.
 * @throws AppError `usage` where it is neither, `unsupported` without one and without one that came with the program
 */
export function readClientId(text: string | null): { readonly settings: JsonObject; readonly secret: string } {
  const given = (text ?? bundledClientId)?.trim()
  if (given === undefined) {
    throw new AppError('unsupported', 'This Lifeboat brings no registration at Microsoft, so it needs one of your own.', {
      advice: 'lifeboat account add microsoft explains in a few steps how to make one.',
    })
  }
  const secret = grantText({})
  if (uuid.test(given)) return { settings: { clientId: given }, secret }
  const practice = practiceSchema.safeParse(parseJson(given))
  if (practice.success) {
    const { client_id: clientId, practice: place } = practice.data
    const { imap, ...others } = place
    return { settings: { clientId, practice: { ...others, ...(imap === undefined ? {} : { imap }) } }, secret }
  }
  throw new AppError('usage', 'This is not an application id.', {
    advice:
      'Copy the "Application (client) ID" from the overview of the registration; it looks like 11111111-2222-3333-4444-555555555555.',
  })
}
