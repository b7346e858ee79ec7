/** The people of an organisation, read by a program that signs in for itself with a certificate. */
import { z } from 'zod'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Member } from '../../core/sign-in.ts'
import { type Batched, batch } from './batch.ts'
import { Session } from './session.ts'

const userSchema = z.object({
  userPrincipalName: z.string(),
  mail: z.string().nullish(),
  displayName: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
})

type User = z.infer<typeof userSchema>

const fields = 'userPrincipalName,mail,displayName,accountEnabled,userType'

/** Everybody in the organisation, by address. @throws AppError `permission` where the administrator has not allowed it */
export async function members(
  settings: JsonObject,
  secret: string,
  context: Pick<Context, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  const account = {
    id: 'organisation',
    provider: 'microsoft',
    services: [],
    settings: { ...ofNobody(settings), user: 'somebody@example.com' },
  }
  const session = await Session.open(account, { ...context, secret: async () => secret })
  try {
    const users: User[] = []
    for await (const { value } of session.pages<unknown>('directory', `/users?$top=999&$select=${fields}`, signal))
      users.push(...value.map((one) => userSchema.parse(one)))
    const mailboxes = await mailboxesOfNobody(session, users, signal)
    const found = users.flatMap((user) => memberOf(user, ofNobody(settings), mailboxes))
    return found.toSorted((a, b) => (a.user < b.user ? -1 : 1))
  } catch (error) {
    if (!hasCode(error, 'permission')) throw error
    throw new AppError('permission', 'The administrator has not yet allowed Lifeboat to see who is in the organisation.', {
      advice: 'Do the three steps, and wait a few minutes.',
    })
  } finally {
    session.close()
  }
}

/**
 * Nobody signs in to a shared mailbox, as a rule to that of a room, or of somebody who left: the directory calls them switched off
 * ("About shared mailboxes"). Which of them have a mailbox only the mailbox tells. By principal name.
 */
async function mailboxesOfNobody(session: Session, users: readonly User[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const names = users.flatMap((user) => (user.accountEnabled === false && user.mail ? [user.userPrincipalName] : []))
  const paths = names.map((name) => `/users/${encodeURIComponent(name)}/mailFolders/inbox?$select=id`)
  const answers = await batch<object>(session, 'outlook', paths, signal)
  // Where nobody knows, its own backup tells.
  const isNone = (answer: Batched<object> | undefined) =>
    answer !== undefined && 'error' in answer && hasCode(answer.error, 'not-found', 'permission', 'unsupported')
  return new Set(names.filter((_, n) => !isNone(answers[n])))
}

function ofNobody({ user: _1, principal: _2, ...others }: JsonObject): JsonObject {
  return others
}

function memberOf(user: User, settings: JsonObject, mailboxes: ReadonlySet<string>): Member[] {
  // Guests have their mailbox elsewhere.
  if (user.userType === 'Guest') return []
  const address = (user.mail || user.userPrincipalName).toLowerCase()
  // "/users/{id | userPrincipalName}" knows nobody by an address that is another than the name.
  const name = user.userPrincipalName
  const isOff = user.accountEnabled === false && !mailboxes.has(name)
  const skipped = isOff ? { skipped: 'The organisation has switched this account off, and there is no mailbox.' } : {}
  const principal = name.toLowerCase() === address ? {} : { principal: name }
  return [{ user: address, name: user.displayName ?? '', ...skipped, settings: { ...settings, user: address, ...principal } }]
}
