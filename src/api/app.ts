/** `App` on this computer: its accounts, its keyring and its disks. */
import { join } from 'node:path'
import { toAppError } from '../core/errors.ts'
import type { Connection } from '../engine/account-backup.ts'
import type { Ahead } from '../engine/ahead.ts'
import type { VaultOptions } from '../vault/vault.ts'
import {
  accountSummary,
  checkAccount,
  configureAccount,
  connectionsOf,
  findPreset,
  providerOf,
  removeSecrets,
  withChoice,
  withServices,
} from './accounts.ts'
import { systemClock } from './clock.ts'
import { Config, type ConfiguredAccount } from './config.ts'
import type { App, BackupProgress, BackupRequest } from './contract.ts'
import { fileLog } from './log.ts'
import { pathsBelow, usableFolder, userPaths } from './paths.ts'
import { recoveryPart } from './recovery.ts'
import { secretStore } from './secrets.ts'
import { vaultOptionsFor } from './vault-options.ts'

/** `home`: a folder for settings, cache and log instead of the person's own. */
export function createApp(home?: string): App {
  const paths = home === undefined ? userPaths() : pathsBelow(home)
  const config = new Config(paths.config)
  const secrets = secretStore(paths.config)
  const log = fileLog(paths.log, process.env.LIFEBOAT_DEBUG === '1')
  const vaultOptions = (directory: string, isNew = false) => vaultOptionsFor(config, paths, directory, isNew)
  const connections = (account: ConfiguredAccount): Promise<readonly Connection[]> =>
    connectionsOf(account, { clock: systemClock, log }, secrets)

  const newcomersOf = async (signal: AbortSignal) => {
    const { addNewcomers } = await import('./organisation.ts')
    return await addNewcomers({ config, secrets, connections, base: { clock: systemClock, log } }, signal)
  }

  return {
    async findServer(provider, address, signal) {
      return (await (await providerOf(provider)).findServer?.(address, signal)) ?? null
    },

    findPreset,

    async signIn(request, prompt, signal) {
      const { signInNew } = await import('./sign-in.ts')
      return await signInNew(request, prompt, { clock: systemClock, log }, () => secrets.tryPlace(request.keep), signal)
    },

    async signInAgain(id, prompt, signal) {
      const { signInAgain } = await import('./sign-in.ts')
      const { user, notes } = await signInAgain(id, await connections(await config.account(id)), prompt, signal)
      return { user, notes }
    },

    registration: async (provider) => await (await import('./sign-in.ts')).registrationNeed(provider),
    checkRegistration: async (...given) => await (await import('./sign-in.ts')).checkRegistration(...given),

    async readKeyFile(request) {
      const { readKeyFile } = await import('./organisation.ts')
      return await readKeyFile(request)
    },

    async members(request, signal) {
      const { listMembers } = await import('./organisation.ts')
      return await listMembers(request, { clock: systemClock, log }, signal)
    },

    async renewSecret(id, provider, secret) {
      const { renewSecret } = await import('./organisation.ts')
      await renewSecret(id, await connections(await config.account(id)), provider, secret)
    },

    async addAccount(account) {
      await checkAccount(account)
      const added = await config.addAccount(
        account.id,
        () => configureAccount(account, secrets),
        (unused) => removeSecrets(unused, secrets),
      )
      return await accountSummary(added)
    },

    async listAccounts() {
      const accounts = await config.accounts()
      return await Promise.all(accounts.map(accountSummary))
    },

    async removeAccount(id) {
      await removeSecrets(await config.removeAccount(id), secrets)
    },

    ...choosingPart(config),

    async *testAccount(id, signal) {
      for (const { account, provider, context } of await connections(await config.account(id))) {
        yield* provider.test(account, context, signal)
      }
    },

    async backup(request, signal, onProgress) {
      const newcomers = request.accounts === undefined ? await newcomersOf(signal) : []
      const accounts = await chosenAccounts(config, request.accounts)
      const jobs = (await Promise.all(accounts.map(connections))).flat()
      const options = { ...(await vaultOptions(request.vault, request.newVault === true)), onWait: sayOn(onProgress) }
      const report = await askingAhead(options, request, jobs, signal, async (ahead) => {
        return await (await import('../engine/backup.ts')).backup({
          ...{ vault: options, jobs, ahead, acceptRemovals: request.acceptRemovals === true, signal, onProgress },
          ...{ onlyMissing: request.onlyMissing === true, restores: await usableFolder(join(paths.state, 'restores')) },
          ...(request.viewer === false ? {} : { companion: await viewerOf(request, onProgress) }),
          onOpened: (id) => rememberVault(config, options, id),
        })
      })
      return { ...report, notices: [...newcomers, ...report.notices] }
    },

    async verify(vault, signal, onProgress) {
      const { verifyVault } = await import('../vault/verify.ts')
      return await verifyVault(await vaultOptions(vault), signal, onProgress)
    },

    ...recoveryPart({ config, paths, connections, vaultOptions, base: { clock: systemClock, log } }),

    async rebuildViewer({ vault, attachments }, signal, onProgress) {
      const { rebuildViewer } = await import('../engine/viewer.ts')
      const options = { ...(await vaultOptions(vault)), onWait: sayOn(onProgress) }
      return await rebuildViewer({
        ...{ vault: options, signal, ...(attachments === undefined ? {} : { attachments }) },
        onProgress: (documents) => onProgress({ kind: 'viewer', documents }),
      })
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

/** Asks ahead only where there may be a vault: nobody is asked for a password in vain. */
async function askingAhead<T>(
  { disk, directory }: VaultOptions,
  { onlyMissing }: BackupRequest,
  jobs: readonly Connection[],
  signal: AbortSignal,
  work: (ahead: Ahead | null) => Promise<T>,
): Promise<T> {
  if (onlyMissing === true || (await disk.stat(directory)) === null) return await work(null)
  const { Ahead } = await import('../engine/ahead.ts')
  const ahead = await Ahead.ask(jobs, signal)
  try {
    return await work(ahead)
  } finally {
    await ahead.close()
  }
}

function sayOn(onProgress: (event: { readonly kind: 'notice'; readonly text: string }) => void): (text: string) => void {
  return (text) => onProgress({ kind: 'notice', text })
}

/** START HERE.html is kept up to date while the network is waited for. */
async function viewerOf({ attachments }: BackupRequest, onProgress: (event: BackupProgress) => void) {
  const { viewerBeside } = await import('../engine/viewer.ts')
  return viewerBeside({
    ...(attachments === undefined ? {} : { attachments }),
    onProgress: (documents) => onProgress({ kind: 'viewer', documents }),
  })
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

/** So that an empty mount point is recognised next time. A failure is a notice: what is saved is saved. */
async function rememberVault(config: Config, { directory, clock }: VaultOptions, id: string): Promise<string[]> {
  try {
    await config.rememberVault(id, directory, clock.now())
    return []
  } catch (error) {
    return [`This computer could not note where the vault lies. ${toAppError(error).message}`]
  }
}

function choosingPart(config: Config): Pick<App, 'chooseServices' | 'choose'> {
  return {
    async chooseServices(id, services) {
      return await accountSummary(await config.changeConnections(id, await withServices(await config.account(id), services)))
    },

    async choose(id, choice, isOn) {
      return await accountSummary(await config.changeConnections(id, await withChoice(await config.account(id), choice, isOn)))
    },
  }
}
