/** Google Workspace: a service account with domain-wide delegation reads for the people of an organisation. */
import { type admin_directory_v1, admin as directory } from '@googleapis/admin'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Member } from '../../core/sign-in.ts'
import { Session } from './session.ts'
import { parseSettings } from './settings.ts'

/** Everybody in the organisation, by address. `settings`: with the administrator. */
export async function members(
  settings: JsonObject,
  secret: string,
  context: Pick<Context, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  const { admin } = parseSettings(settings)
  if (admin === undefined) throw new AppError('usage', 'An administrator has to be named, in whose name the people are listed.')
  const account = { id: admin, provider: 'google', services: [], settings: { ...settings, user: admin } }
  const session = await Session.open(account, { ...context, secret: async () => secret }, { listsPeople: true })
  session.share()
  try {
    const found: Member[] = []
    for await (const person of people(session, signal)) found.push(...memberOf(person, settings))
    return found.toSorted((a, b) => (a.user < b.user ? -1 : 1))
  } catch (error) {
    if (!(error instanceof AppError) || !hasCode(error, 'permission') || !/Not Authorized/i.test(error.message)) throw error
    throw new AppError('permission', `${admin} may not see who is in the organisation.`, {
      advice: 'Name an administrator of the organisation.',
    })
  } finally {
    session.close()
  }
}

const pageSize = 500

async function* people(session: Session, signal: AbortSignal): AsyncGenerator<admin_directory_v1.Schema$User> {
  const api = directory({ version: 'directory_v1', ...session.clientOptions })
  const fields = 'nextPageToken,users(primaryEmail,name/fullName,suspended,archived)'
  for (let pageToken: string | undefined; ; ) {
    const at = pageToken === undefined ? {} : { pageToken }
    const data = await session.call<admin_directory_v1.Schema$Users>('directory.users.list', signal, (options) =>
      api.users.list({ customer: 'my_customer', maxResults: pageSize, orderBy: 'email', fields, ...at }, options),
    )
    yield* data.users ?? []
    if (!data.nextPageToken) return
    pageToken = data.nextPageToken
  }
}

function memberOf({ primaryEmail, name, suspended, archived }: admin_directory_v1.Schema$User, settings: JsonObject): Member[] {
  if (!primaryEmail) return []
  const user = primaryEmail.toLowerCase()
  const state = suspended === true ? 'suspended' : archived === true ? 'archived' : null
  return [
    {
      ...{ user, name: name?.fullName ?? '', settings: { ...settings, user } },
      ...(state === null ? {} : { skipped: `Google has ${state} this account, and gives out nothing of it.` }),
    },
  ]
}
