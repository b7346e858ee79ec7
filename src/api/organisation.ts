/** Accounts of the people of an organisation, all read with one key. */

import type { Context } from '../core/context.ts'
import { AppError, toAppError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Member, Organisation } from '../core/sign-in.ts'
import type { Connection } from '../engine/account-backup.ts'
import { checkAccount, configureAccount, providerOf, removeSecrets } from './accounts.ts'
import type { Config, ConfiguredAccount } from './config.ts'
import type { KeyFileRequest, MembersRequest, NewAccount, OrganisationKey } from './contract.ts'
import type { SecretStore } from './secrets.ts'

type Base = Pick<Context, 'clock' | 'log'>

async function organisationOf(providerId: string): Promise<Organisation> {
  const { name, organisation } = await providerOf(providerId)
  if (organisation !== undefined) return organisation
  throw new AppError('unsupported', `${name} has no key for a whole organisation.`)
}

export async function readKeyFile(request: KeyFileRequest): Promise<OrganisationKey> {
  const { services } = await providerOf(request.provider)
  const organisation = await organisationOf(request.provider)
  return organisation.readKeyFile(request.keyFile, { settings: request.settings, services: request.services ?? services })
}

export async function listMembers(request: MembersRequest, base: Base, signal: AbortSignal): Promise<readonly Member[]> {
  return await (await organisationOf(request.provider)).members(request.settings, request.secret, base, signal)
}

/** @throws AppError `unsupported` where the account's secret is not kept by Lifeboat */
export async function renewSecret(
  id: string,
  connections: readonly Connection[],
  provider: string,
  secret: string,
): Promise<void> {
  const [connection] = connections.filter((each) => each.provider.id === provider)
  if (connection?.context.saveSecret === undefined)
    throw new AppError('unsupported', `The key of the account "${id}" is not kept by Lifeboat.`)
  await connection.context.saveSecret('key', secret)
}

interface Surroundings {
  readonly config: Config
  readonly secrets: SecretStore
  readonly base: Base
  readonly connections: (account: ConfiguredAccount) => Promise<readonly Connection[]>
}

/**
 * Adds whoever has come to an organisation that is backed up as a whole. Answers a sentence for each of them, and for each
 * organisation that could not be asked.
 */
export async function addNewcomers(surroundings: Surroundings, signal: AbortSignal): Promise<string[]> {
  const { config, connections } = surroundings
  const asked = new Set<string>()
  const notices: string[] = []
  for (const configured of await config.accounts()) {
    for (const [n, { provider, account, context }] of (await connections(configured)).entries()) {
      const { organisation } = provider
      const key = JSON.stringify([provider.id, withoutUser(account.settings)])
      if (organisation === undefined || asked.has(key) || !isForEverybody(organisation, account.settings)) continue
      asked.add(key)
      const secret = (await context.secret('key').catch(() => null)) ?? ''
      const add = (member: Member) => addMember(surroundings, member, configured, n, secret)
      notices.push(...(await newcomers(organisation, account.settings, secret, surroundings.base, add, signal)))
    }
  }
  return notices
}

async function newcomers(
  organisation: Organisation,
  settings: JsonObject,
  secret: string,
  base: Base,
  add: (member: Member) => Promise<string[]>,
  signal: AbortSignal,
): Promise<string[]> {
  const notices: string[] = []
  try {
    for (const member of await organisation.members(settings, secret, base, signal))
      if (member.skipped === undefined) notices.push(...(await addedOrNot(member, add)))
  } catch (error) {
    signal.throwIfAborted()
    notices.push(`Whether somebody has come to the organisation could not be asked. ${toAppError(error).message}`)
  }
  return notices
}

/** Who cannot be added keeps nobody else from it. */
async function addedOrNot(member: Member, add: (member: Member) => Promise<string[]>): Promise<string[]> {
  try {
    return await add(member)
  } catch (error) {
    return [`${member.user} has come to the organisation, but is not backed up. ${toAppError(error).message}`]
  }
}

/** `like`: an account of the same organisation, of whose connection `n` theirs becomes a copy. */
async function addMember(
  { config, secrets }: Surroundings,
  { user, settings }: Member,
  like: ConfiguredAccount,
  n: number,
  value: string,
): Promise<string[]> {
  const connection = like.connections[n]
  const ref = connection?.secret ?? like.secret
  if (connection === undefined || ref === undefined) return []
  const known = await config.accounts()
  if (known.some(({ id, connections }) => id === user || connections.some((one) => one.settings['user'] === user))) return []
  const place = ref.kind === 'command' ? ref : { kind: ref.kind }
  const services = connection.services === undefined ? {} : { services: connection.services }
  const added: NewAccount = {
    id: user,
    connections: [{ provider: connection.provider, ...services, settings }],
    secret: { place, ...(place.kind === 'command' ? {} : { value }) },
  }
  await checkAccount(added)
  await config.addAccount(
    user,
    () => configureAccount(added, secrets),
    (unused) => removeSecrets(unused, secrets),
  )
  return [`${user} has come to the organisation, and is backed up from now on.`]
}

function isForEverybody(organisation: Organisation, settings: JsonObject): boolean {
  try {
    return organisation.isForEverybody(settings)
  } catch {
    // Settings that are wrong are told when the account is read.
    return false
  }
}

function withoutUser({ user: _1, principal: _2, ...others }: JsonObject): JsonObject {
  return others
}
