/** What else there is to know of a vault at a glance: what is missing and why, which runs there were. */
import type { Service } from '../core/account.ts'
import { journalRuns } from '../vault/journal.ts'
import { Vault, type VaultOptions } from '../vault/vault.ts'

export interface MissingItem {
  readonly account: string
  readonly service: Service
  readonly collection: readonly string[]
  readonly title: string
  /** A sentence for a person. */
  readonly reason: string
}

export interface GlancedCollection {
  readonly account: string
  readonly service: Service
  readonly path: readonly string[]
}

export interface Glance {
  readonly id: string
  /** At most `mostMissing`. */
  readonly missing: readonly MissingItem[]
  /** Folders, address books, calendars and drives; at most `mostCollections`. */
  readonly collections: readonly GlancedCollection[]
  /** Ids of each account's runs, newest first. */
  readonly runs: readonly { readonly account: string; readonly runs: readonly string[] }[]
}

const mostMissing = 500
const mostCollections = 5_000

/** @throws AppError as `Vault.openForReading` */
export async function glance(options: VaultOptions): Promise<Glance> {
  const vault = await Vault.openForReading(options)
  try {
    const missing: MissingItem[] = []
    const collections: GlancedCollection[] = []
    const runs: { account: string; runs: string[] }[] = []
    for (const id of await vault.accountIds()) {
      const { state, root } = await vault.account(id)
      runs.push({ account: id, runs: (await journalRuns(vault.disk, root)).toSorted().reverse() })
      for (const { c, service, path } of state.collections()) {
        collections.push({ account: id, service, path })
        if (missing.length < mostMissing)
          for (const { title, reason } of state.pending(c))
            missing.push({ account: id, service, collection: path, title, reason })
      }
    }
    return {
      ...{ id: vault.id, missing: missing.slice(0, mostMissing), runs },
      collections: collections.slice(0, mostCollections),
    }
  } finally {
    await vault.close()
  }
}
