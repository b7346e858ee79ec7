/** Between an account as it is configured and what a provider sees of it. */

import type { Account, Service } from '../core/account.ts'
import type { Context } from '../core/context.ts'
import { AppError, hasCode } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Choices, PresetRequest, Provider, ServiceChoice } from '../core/provider.ts'
import type { Connection } from '../engine/account-backup.ts'
import type { ConfiguredAccount, ConfiguredConnection, SecretRef } from './config.ts'
import type { AccountSummary, ConnectionSummary, FoundConnection, NewAccount, NewConnection, NewSecret } from './contract.ts'
import type { SecretStore } from './secrets.ts'

/** @throws AppError `unsupported` for an id that no provider has, e.g. from a newer version's settings */
export async function providerOf(id: string): Promise<Provider> {
  const { providers } = await import('../providers/registry.ts')
  const provider = await findProvider(id)
  if (provider !== undefined) return provider
  throw new AppError('unsupported', `This version of Lifeboat knows no accounts of the kind "${id}".`, {
    advice: `It knows these: ${Object.keys(providers).join(', ')}`,
  })
}

async function findProvider(id: string): Promise<Provider | undefined> {
  const { providers } = await import('../providers/registry.ts')
  return Object.hasOwn(providers, id) ? await providers[id]?.() : undefined
}

/**
 * What the providers' tables say of a well-known provider, mail first; empty where none has it.
 * @throws AppError `unsupported` where none of its services can be had with a password
 */
export async function findPreset(request: PresetRequest): Promise<readonly FoundConnection[]> {
  const { providers } = await import('../providers/registry.ts')
  const found: FoundConnection[] = []
  let refused: unknown
  for (const load of Object.values(providers)) {
    const provider = await load()
    try {
      const server = await provider.findPreset?.(request)
      if (server === null || server === undefined) continue
      found.push({ ...server, provider: provider.id, services: offeredServices({ ...server.settings, user: '?' }, provider) })
    } catch (error) {
      if (!hasCode(error, 'unsupported')) throw error
      refused ??= error
    }
  }
  if (found.length === 0 && refused !== undefined) throw refused
  const rank = ({ services }: FoundConnection) => (services.includes('mail') ? 0 : 1)
  return found.toSorted((a, b) => rank(a) - rank(b))
}

/** @throws AppError `usage` in a sentence that says what is wrong with the account */
export async function checkAccount({ id, connections }: NewAccount): Promise<void> {
  checkId(id)
  if (connections.length === 0) throw new AppError('usage', `The account "${id}" names nothing to back up.`)
  const seen = new Set<Service>()
  for (const connection of connections) {
    const provider = await providerOf(connection.provider)
    provider.checkSettings(connection.settings)
    for (const service of servicesOf(connection, provider)) {
      // What one of them does not list would look removed by the other.
      if (seen.has(service)) {
        throw new AppError('usage', `The account "${id}" would take its ${service} from two places.`, {
          advice: 'Make two accounts of it.',
        })
      }
      seen.add(service)
    }
    if (servicesOf(connection, provider).length === 0) {
      throw new AppError('usage', `The account "${id}" names nothing to back up with ${provider.name}.`)
    }
  }
}

/**
 * Path separators, surrounding blanks and what nobody sees (control characters, those that turn the direction of writing) have no
 * place in a name that people type and disks hold.
 */
function checkId(id: string): void {
  const problem =
    id === '' || id !== id.trim()
      ? 'must not be empty or begin or end with a blank'
      : /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff/\\]/u.test(id)
        ? 'must not hold slashes or invisible characters'
        : id.length > 200
          ? 'must not be longer than 200 characters'
          : null
  if (problem === null) return
  throw new AppError('usage', `The name of the account ${problem}.`, { advice: 'Choose another one with --id.' })
}

/** What the person chose of what the settings give access to, in the provider's order. Settings that are wrong fail later. */
function servicesOf({ services, settings }: NewConnection | ConfiguredConnection, provider: Provider): readonly Service[] {
  const offered = offeredServices(settings, provider)
  return services === undefined ? offered : offered.filter((service) => services.includes(service))
}

function offeredServices(settings: JsonObject, provider: Provider): readonly Service[] {
  try {
    return provider.servicesOf?.(settings) ?? provider.services
  } catch {
    return provider.services
  }
}

/** Stores the account's secrets; when one cannot be stored, none is. */
export async function configureAccount(account: NewAccount, secrets: SecretStore): Promise<ConfiguredAccount> {
  const stored: SecretRef[] = []
  const store = async (secret: NewSecret | undefined) => {
    if (secret === undefined) return {}
    const ref = await secrets.put(account.id, secret.place, secret.value)
    stored.push(ref)
    return { secret: ref }
  }
  try {
    const shared = await store(account.secret)
    const connections: ConfiguredConnection[] = []
    for (const { provider, services, settings, secret } of account.connections) {
      const chosen = services === undefined ? {} : { services: [...services] }
      connections.push({ provider, ...chosen, settings, ...(await store(secret)) })
    }
    return { id: account.id, connections, ...shared }
  } catch (error) {
    for (const ref of stored) await secrets.remove(ref).catch(() => {})
    throw error
  }
}

export async function removeSecrets(account: ConfiguredAccount, secrets: SecretStore): Promise<void> {
  const refs = [account.secret, ...account.connections.map(({ secret }) => secret)].filter((ref) => ref !== undefined)
  const outcomes = await Promise.allSettled(refs.map((ref) => secrets.remove(ref)))
  const kept = refs.filter((_, n) => outcomes[n]?.status === 'rejected')
  if (kept.length === 0) return
  const places = [...new Set(kept.map(({ kind }) => kind))].join(' and ')
  throw new AppError('unsupported', `The account is removed, but its password could not be deleted from the ${places}.`, {
    cause: outcomes.find((outcome) => outcome.status === 'rejected')?.reason,
    advice: 'Delete the entry that belongs to Lifeboat there yourself.',
  })
}

export async function accountSummary(account: ConfiguredAccount): Promise<AccountSummary> {
  const summaries = account.connections.map(async (connection): Promise<ConnectionSummary> => {
    const provider = await findProvider(connection.provider)
    return {
      provider: connection.provider,
      providerName: provider?.name ?? connection.provider,
      services: provider === undefined ? (connection.services ?? []) : servicesOf(connection, provider),
      offered: provider === undefined ? [] : offeredServices(connection.settings, provider),
      ...(provider?.choices === undefined ? {} : { choices: choicesOf(connection, provider.choices) }),
      settings: connection.settings,
      secretPlace: (connection.secret ?? account.secret)?.kind ?? 'none',
    }
  })
  return { id: account.id, connections: await Promise.all(summaries) }
}

/** Nothing where the settings are wrong: that is told when the account is used. */
function choicesOf({ settings }: ConfiguredConnection, choices: Choices): readonly ServiceChoice[] {
  try {
    return choices.of(settings)
  } catch {
    return []
  }
}

/**
 * The account's connections with these services of theirs and no others.
 * @throws AppError `usage` where none of them is left
 */
export async function withServices(
  { id, connections }: ConfiguredAccount,
  services: readonly Service[],
): Promise<readonly ConfiguredConnection[]> {
  const changed = await Promise.all(
    connections.map(async (connection) => {
      const offered = offeredServices(connection.settings, await providerOf(connection.provider))
      return { ...connection, services: offered.filter((service) => services.includes(service)) }
    }),
  )
  if (changed.some((connection) => connection.services.length > 0)) return changed
  throw new AppError('usage', `Nothing of the account "${id}" would be saved.`, { advice: 'Choose at least one thing to save.' })
}

/**
 * The account's connections with this choice taken or left.
 * @throws AppError `usage` where that cannot be
 */
export async function withChoice(
  { id, connections }: ConfiguredAccount,
  choice: string,
  isOn: boolean,
): Promise<readonly ConfiguredConnection[]> {
  let isKnown = false
  const changed: ConfiguredConnection[] = []
  for (const connection of connections) {
    const { choices } = await providerOf(connection.provider)
    const isHere = choices?.of(connection.settings).some((one) => one.id === choice) === true
    isKnown ||= isHere
    const settings = isHere ? choices?.with(connection.settings, choice, isOn) : undefined
    changed.push(settings === undefined ? connection : { ...connection, settings })
  }
  if (isKnown) return changed
  throw new AppError('usage', `There is nothing called "${choice}" to choose for the account "${id}".`)
}

/** @throws AppError `unsupported` where a provider is not known to this version */
export async function connectionsOf(
  configured: ConfiguredAccount,
  base: Omit<Context, 'secret' | 'saveSecret'>,
  secrets: SecretStore,
): Promise<readonly Connection[]> {
  const { id } = configured
  const shared = secretReader(id, configured.secret, secrets)
  return await Promise.all(
    configured.connections.map(async (connection) => {
      const provider = await providerOf(connection.provider)
      const { settings } = connection
      const account: Account = { id, provider: provider.id, services: servicesOf(connection, provider), settings }
      const secret = connection.secret === undefined ? shared : secretReader(id, connection.secret, secrets)
      return { account, provider, context: { ...base, ...secret } }
    }),
  )
}

/**
 * A connection has one secret, whatever its provider calls it (`password`, `access-token`). It is looked up once per run, not
 * for each use; a failure is not kept.
 */
function secretReader(id: string, ref: SecretRef | undefined, secrets: SecretStore): Pick<Context, 'secret' | 'saveSecret'> {
  let known: Promise<string | null> | null = null
  const secret = () => {
    if (ref === undefined) return Promise.resolve(null)
    known ??= secrets.get(id, ref)
    return known.catch((error: unknown) => {
      known = null
      throw error
    })
  }
  if (ref === undefined || ref.kind === 'command') return { secret }
  return {
    secret,
    saveSecret: async (_name, value) => {
      await secrets.replace(ref, value)
      known = Promise.resolve(value)
    },
  }
}
