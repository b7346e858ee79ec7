/** `App` on this computer: its accounts, its keyring and its disks. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toAppError } from '../core/errors.ts'
import type { Context, Provider } from '../core/types.ts'
import type { VaultOptions } from '../vault/vault.ts'
import { systemClock } from './clock.ts'
import { Config, type ConfiguredAccount } from './config.ts'
import type { AccountSummary, App, NewAccount } from './contract.ts'
import { fileLog } from './log.ts'
import { pathsBelow, userPaths } from './paths.ts'
import { type SecretStore, secretStore } from './secrets.ts'
import { version } from './version.ts'

/** `home`: a folder for settings, cache and log instead of the person's own. */
export function createApp(home?: string): App {
  const paths = home === undefined ? userPaths() : pathsBelow(home)
  const config = new Config(paths.config)
  const secrets = secretStore(paths.config)
  const log = fileLog(paths.log, process.env.LIFEBOAT_DEBUG === '1')
  const vaultOptions = async (directory: string, isNew = false): Promise<VaultOptions> => ({
    directory,
    disk: (await import('../vault/disk.ts')).realDisk,
    clock: systemClock,
    cache: await usableFolder(join(paths.cache, 'vaults')),
    program: `Lifeboat ${version()}`,
    expectedId: isNew ? null : await config.knownVault(directory),
  })
  const contextOf = (account: ConfiguredAccount): Context => ({ clock: systemClock, log, secret: secretOf(account, secrets) })

  return {
    async findServer(provider, address, signal) {
      return (await (await providerOf(provider)).findServer?.(address, signal)) ?? null
    },

    async addAccount(account) {
      checkId(account.id)
      const provider = await providerOf(account.provider)
      provider.checkSettings(account.settings)
      const added = await config.addAccount(
        account.id,
        () => configured(account, provider, secrets),
        (unused) => removeSecret(unused, secrets),
      )
      return summary(added, provider)
    },

    async listAccounts() {
      const accounts = await config.accounts()
      return await Promise.all(accounts.map(async (account) => summary(account, await findProvider(account.provider))))
    },

    async removeAccount(id) {
      const removed = await config.removeAccount(id)
      try {
        await removeSecret(removed, secrets)
      } catch (error) {
        throw new AppError(
          'unsupported',
          `The account is removed, but its password could not be deleted from the ${removed.secret?.kind}.`,
          {
            cause: error,
            advice: 'Delete the entry that belongs to Lifeboat there yourself.',
          },
        )
      }
    },

    async *testAccount(id, signal) {
      const account = await config.account(id)
      const provider = await providerOf(account.provider)
      yield* provider.test(account, contextOf(account), signal)
    },

    async backup(request, signal, onProgress) {
      const accounts = await chosenAccounts(config, request.accounts)
      const jobs = await Promise.all(
        accounts.map(async (account) => ({ account, provider: await providerOf(account.provider), context: contextOf(account) })),
      )
      const options = await vaultOptions(request.vault, request.newVault === true)
      const { backup } = await import('../engine/backup.ts')
      const report = await backup({ vault: options, jobs, acceptRemovals: request.acceptRemovals === true, signal, onProgress })
      const notice = await rememberVault(config, options)
      return notice === null ? report : { ...report, notices: [...report.notices, notice] }
    },

    async verify(vault, signal, onProgress) {
      const { verifyVault } = await import('../vault/verify.ts')
      return await verifyVault(await vaultOptions(vault), signal, onProgress)
    },

    async list(request) {
      const { listVault } = await import('./browse.ts')
      return await listVault(await vaultOptions(request.vault), request)
    },

    async *listItems(request) {
      const { listVaultItems } = await import('./browse.ts')
      yield* listVaultItems(await vaultOptions(request.vault), request)
    },

    async show(vault, id) {
      const { showItem } = await import('./browse.ts')
      return await showItem(await vaultOptions(vault), id)
    },
  }
}

/** In the order in which they were asked for, each once. */
async function chosenAccounts(config: Config, ids: readonly string[] | undefined): Promise<readonly ConfiguredAccount[]> {
  if (ids === undefined) return await config.accounts()
  const chosen = new Map<string, ConfiguredAccount>()
  for (const id of ids) {
    const account = await config.account(id)
    chosen.set(account.id, account)
  }
  return [...chosen.values()]
}

/** So that an empty mount point is recognised next time. A failure is a notice: what was saved is saved. */
async function rememberVault(config: Config, options: VaultOptions): Promise<string | null> {
  const { Vault } = await import('../vault/vault.ts')
  const { expectedId: _, ...anyVault } = options
  try {
    const vault = await Vault.openForReading(anyVault)
    await vault.close()
    await config.rememberVault(vault.id, options.directory, options.clock.now())
    return null
  } catch (error) {
    return `This computer could not note where the vault lies. ${toAppError(error).message}`
  }
}

/** Null where the folder cannot be made: the cache can be done without. */
async function usableFolder(path: string): Promise<string | null> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 }).then(
    () => true,
    () => false,
  )
  return made ? path : null
}

/** Control characters, path separators and surrounding blanks have no place in a name that people type and disks hold. */
function checkId(id: string): void {
  const problem =
    id === '' || id !== id.trim()
      ? 'must not be empty or begin or end with a blank'
      : /[\p{Cc}\p{Cs}/\\]/u.test(id)
        ? 'must not hold slashes or control characters'
        : id.length > 200
          ? 'must not be longer than 200 characters'
          : null
  if (problem === null) return
  throw new AppError('usage', `The name of the account ${problem}.`, { advice: 'Choose another one with --id.' })
}

/** @throws AppError `unsupported` for an id that no provider has, e.g. from a newer version's settings */
async function providerOf(id: string): Promise<Provider> {
  const { providers } = await import('../providers/registry.ts')
  const provider = await findProvider(id)
  if (provider !== undefined) return provider
  throw new AppError('unsupported', `This version of Lifeboat knows no accounts of the kind "${id}".`, {
    advice: `It knows these: ${Object.keys(providers).join(', ')}`,
  })
}

async function findProvider(id: string): Promise<Provider | undefined> {
  const { providers } = await import('../providers/registry.ts')
  return Object.hasOwn(providers, id) ? providers[id] : undefined
}

async function configured(account: NewAccount, provider: Provider, secrets: SecretStore): Promise<ConfiguredAccount> {
  const { id, settings, secret } = account
  const base = { id, provider: account.provider, services: provider.services, settings }
  return secret === undefined ? base : { ...base, secret: await secrets.put(id, secret.place, secret.value) }
}

async function removeSecret(account: ConfiguredAccount, secrets: SecretStore): Promise<void> {
  if (account.secret !== undefined) await secrets.remove(account.secret)
}

function summary(account: ConfiguredAccount, provider: Provider | undefined): AccountSummary {
  const { id, services, settings, secret } = account
  return {
    id,
    provider: account.provider,
    providerName: provider?.name ?? account.provider,
    services,
    settings,
    secretPlace: secret?.kind ?? 'none',
  }
}

/**
 * An account has one secret, whatever its provider calls it (`password`, `access-token`). It is looked up once per run, not
 * for each connection; a failure is not kept.
 */
function secretOf(account: ConfiguredAccount, secrets: SecretStore): Context['secret'] {
  let known: Promise<string | null> | null = null
  return () => {
    if (account.secret === undefined) return Promise.resolve(null)
    known ??= secrets.get(account.id, account.secret)
    return known.catch((error: unknown) => {
      known = null
      throw error
    })
  }
}
