/** What a restore says of itself: the same for the terminal, `--json` and the app. */
import type { Service } from '../core/account.ts'
import type { Failure } from './report.ts'

/** One item that was not carried as it was, or not at all. */
export interface RestoreRemark {
  readonly service: Service
  readonly collection: readonly string[]
  readonly title: string
  readonly date: string
  /** Sentences for a person; a server's own words where it refused. */
  readonly texts: readonly string[]
}

export interface RestoredCollection {
  readonly service: Service
  /** In the vault. */
  readonly path: readonly string[]
  /** At the target; null where it could not be made ready. */
  readonly target: readonly string[] | null
  /** How many items the vault has of it, as far as they were asked for. */
  readonly items: number
  readonly created: number
  readonly alreadyThere: number
  /** Left alone because something else is in their place. */
  readonly conflicts: number
  readonly failed: number
  /** Octets of what was created. */
  readonly bytes: number
  /** What the target cannot hold of the collection itself. */
  readonly losses: readonly string[]
  /** A few of the items that were (or would be) created. */
  readonly examples: readonly string[]
  readonly failure?: Failure
}

export interface RestoreReport {
  readonly vault: string
  readonly account: string
  /** The run whose state was restored, e.g. `2026-11-22T073105Z`. */
  readonly run: string
  /** As the person named it. */
  readonly target: string
  readonly dryRun: boolean
  readonly started: string
  readonly ended: string
  readonly stopped: boolean
  readonly collections: readonly RestoredCollection[]
  /** Items that are not at the target. At most `maxRemarks`; the counts are complete. */
  readonly failures: readonly RestoreRemark[]
  /** Items left alone for what is in their place, or put beside or instead of it. */
  readonly conflicts: readonly RestoreRemark[]
  /** Items that the target holds with something missing or changed. */
  readonly losses: readonly RestoreRemark[]
  /** Services the account has that could not be restored to this target at all, and why. */
  readonly skipped: readonly { readonly service: Service; readonly items: number; readonly reason: string }[]
  readonly failure?: Failure
}

export const maxRemarks = 10_000

export type RestoreProgress =
  | { readonly kind: 'collection'; readonly collection: readonly string[]; readonly items: number }
  | {
      readonly kind: 'items'
      readonly collection: readonly string[]
      readonly itemsSoFar: number
      readonly itemsKnown: number
      readonly bytesSoFar: number
      readonly bytesKnown: number
    }
  | { readonly kind: 'notice'; readonly text: string }
