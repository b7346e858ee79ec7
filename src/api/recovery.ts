/** The part of `App` that brings things back and proves that they come back. */
import { join } from 'node:path'
import type { Context } from '../core/context.ts'
import type { Connection } from '../engine/account-backup.ts'
import { defaultGoals, type Goals } from '../engine/proof.ts'
import type { VaultOptions } from '../vault/vault.ts'
import type { Config, ConfiguredAccount } from './config.ts'
import type { App } from './contract.ts'
import { refuseInVault } from './outside-vault.ts'
import { type Paths, usableFolder } from './paths.ts'

interface Surroundings {
  readonly config: Config
  readonly paths: Paths
  readonly connections: (account: ConfiguredAccount) => Promise<readonly Connection[]>
  readonly vaultOptions: (directory: string) => Promise<VaultOptions>
  readonly base: Omit<Context, 'secret'>
}

export function recoveryPart({
  config,
  paths,
  connections,
  vaultOptions,
  base,
}: Surroundings): Pick<App, 'restore' | 'drill' | 'collect' | 'status' | 'setGoals'> {
  return {
    async restore(request, signal, onProgress) {
      const options = await vaultOptions(request.vault)
      const { restoreInto, targetOf } = await import('./restore.ts')
      const accounts = await config.accounts()
      if (!accounts.some(({ id }) => id === request.to)) await refuseInVault(request.vault, request.to)
      const target = await targetOf(request.to, request.format ?? 'maildir', accounts, connections, base, signal)
      const stateFolder = await usableFolder(join(paths.state, 'restores'))
      return await restoreInto(target, request, { vault: options, stateFolder, signal, onProgress })
    },

    async drill(request, signal, onProgress) {
      const options = await vaultOptions(request.vault)
      const { drillAndProve } = await import('./drill.ts')
      const { forWriting } = await import('./restore.ts')
      if (request.scratch !== undefined) await refuseInVault(request.vault, request.scratch)
      const accounts = await config.accounts()
      return await drillAndProve(request, {
        ...{ vault: options, signal, onProgress, base, stateFolder: await usableFolder(join(paths.state, 'proofs')) },
        target:
          request.to === undefined
            ? null
            : { name: request.to, connections: await forWriting(await connections(await config.account(request.to)), signal) },
        known: async (id) => {
          const account = accounts.find((each) => each.id === id)
          return { id, connections: account === undefined ? [] : await connections(account), goals: goalsOf(account) }
        },
      })
    },

    async collect(request, signal, onProgress) {
      const { vault, ...choice } = request
      await refuseInVault(vault, request.out)
      const { collect } = await import('../engine/collect.ts')
      return await collect({ ...choice, vault: await vaultOptions(vault), signal, onProgress })
    },

    async status(request) {
      const { defaultLimits, status } = await import('../engine/status.ts')
      const { runDays = defaultLimits.runDays, proofDays = defaultLimits.proofDays } = request
      const accounts = await config.accounts()
      const goals = async (id: string) => goalsOf(accounts.find((account) => account.id === id))
      const outlook = async (id: string) => {
        const account = accounts.find((each) => each.id === id)
        return account === undefined ? [] : await outlookOf(await connections(account))
      }
      return await status(await vaultOptions(request.vault), { runDays, proofDays }, goals, outlook)
    },

    async setGoals(account, goals) {
      return goalsOf(await config.setGoals(account, goals))
    },
  }
}

/** A secret that cannot be read is a matter for the next backup, which says so. */
async function outlookOf(connections: readonly Connection[]): Promise<string[]> {
  const each = connections.map(async ({ account, provider, context }) => (await provider.outlook?.(account, context)) ?? [])
  return (await Promise.allSettled(each)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

function goalsOf(account: ConfiguredAccount | undefined): Goals {
  const { recoverHours = defaultGoals.recoverHours, loseDays = defaultGoals.loseDays } = account?.goals ?? {}
  return { recoverHours, loseDays }
}
