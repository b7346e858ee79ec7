/** Another password for an account that there is. */

import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { connectionsOf } from '../accounts.ts'
import type { Config } from '../config.ts'
import type { App, TestFinding } from '../contract.ts'
import type { SecretStore } from '../secrets.ts'

interface Surroundings {
  readonly config: Config
  readonly secrets: SecretStore
  readonly base: Pick<Context, 'clock' | 'log'>
}

/**
 * Takes the new one only once it has let us in; until then it is stored nowhere.
 * @throws AppError what signing in said; `unsupported` where Lifeboat does not keep the password
 */
export async function replacePassword(
  { config, secrets, base }: Surroundings,
  id: string,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const account = await config.account(id)
  const refs = [account.secret, ...account.connections.map(({ secret }) => secret)].filter(
    (ref) => ref !== undefined && ref.kind !== 'command',
  )
  const [ref] = refs
  if (ref === undefined) throw new AppError('unsupported', 'The password of this account is not kept by Lifeboat.')
  const trying: SecretStore = {
    ...secrets,
    get: async (owner, other) => (other === ref ? password : await secrets.get(owner, other)),
  }
  const findings: TestFinding[] = []
  for (const { account: one, provider, context } of await connectionsOf(account, base, trying))
    for await (const finding of provider.test(one, context, signal)) findings.push(finding)
  const refused = refusalIn(findings)
  if (refused !== null) throw refused
  await secrets.replace(ref, password)
}

/** What an account says when it is tried. */
export async function tried(app: App, id: string, signal: AbortSignal): Promise<TestFinding[]> {
  const findings: TestFinding[] = []
  for await (const finding of app.testAccount(id, signal)) findings.push(finding)
  return findings
}

/** A part that is missing (no calendar in this plan) keeps nobody from saving the rest; these do. */
const refusing: readonly (TestFinding['code'] | undefined)[] = [
  'auth',
  'locked-out',
  'network',
  'rate-limit',
  'suspicious',
  undefined,
]

/** Why the account is of no use as it is; null where it can be saved. */
export function refusalIn(findings: readonly TestFinding[]): AppError | null {
  const refused = findings.find(({ ok, code }) => !ok && refusing.includes(code))
  if (refused !== undefined) return new AppError(refused.code ?? 'auth', refused.text)
  const nothing = findings.every(({ ok }) => !ok) ? findings[0] : undefined
  return nothing === undefined ? null : new AppError(nothing.code ?? 'auth', nothing.text)
}
