/** What a backup run says of itself: the same for the terminal, `--json` and the app. */

import type { Service } from '../core/account.ts'
import type { ErrorCode } from '../core/errors.ts'

/** A failure as data. `message` and `advice` are sentences for a person. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly advice: string
}

/** An item that the provider lists and that could not be saved yet. It is tried first in the next run. */
export interface PendingItem {
  readonly service: Service
  readonly collection: readonly string[]
  readonly key: string
  /** Subject or name, where it is known; else ''. */
  readonly title: string
  readonly reason: string
}

/** One collection reconciled: when all went well, `said` = `stored` + `pending`. */
export interface CollectionReport {
  readonly service: Service
  readonly path: readonly string[]
  /** How many items the provider lists; null where it could not be asked. */
  readonly said: number | null
  /** How many of them are in the vault. */
  readonly stored: number
  readonly pending: number
  /** Why the collection, or what is missing of it, is not in the vault. */
  readonly skipped?: string
  readonly failure?: Failure
  /**
   * Names of the contacts or entries that lie in files of their own beside the others', because other programs could not read them
   * there or would refuse the whole file for them; at most 1,000. Absent where there are none.
   */
  readonly apart?: readonly string[]
  /**
   * What this run did. `copied`: recognised from elsewhere in the account and not downloaded again. `changed`: saved anew with
   * other content, or only described anew (flags, names).
   */
  readonly added: number
  readonly copied: number
  readonly changed: number
  readonly removed: number
  /** Removals that wait for a person's decision. */
  readonly heldBack: number
  /** Octets of original content downloaded. */
  readonly bytes: number
}

/** One service of an account that could not be backed up, or not to its end. The others went on. */
export interface FailedService {
  readonly service: Service
  readonly failure: Failure
}

/** The provider's own count beside the vault's: when all went well, `counted` = `stored` + `pending` + all of `apart`. */
export interface CountReport {
  readonly service: Service
  /** As `Census.what`. */
  readonly what: string
  readonly counted: number
  readonly stored: number
  readonly pending: number
  /** Differences with their reasons; below zero: what is in the vault more than once. */
  readonly apart: readonly { readonly count: number; readonly reason: string }[]
  /** What is left of the difference: nobody knows why. Above zero, the vault has fewer. */
  readonly unexplained: number
}

export interface AccountReport {
  readonly account: string
  /** Ids of its providers, joined with `+`. */
  readonly provider: string
  /** Id of the run in the account's journal, e.g. `2026-11-22T073105Z`. */
  readonly run: string
  readonly collections: readonly CollectionReport[]
  readonly pending: readonly PendingItem[]
  readonly failedServices: readonly FailedService[]
  /** Of the services whose provider counts by itself. */
  readonly counts: readonly CountReport[]
  /** Set when the account could not be backed up to its end: what stopped it, or the first of `failedServices`. */
  readonly failure?: Failure
}

export interface BackupReport {
  /** Absolute path of the vault. */
  readonly vault: string
  /** RFC 3339, UTC. */
  readonly started: string
  readonly ended: string
  /** True when the person stopped the run; everything before the last commit is saved. */
  readonly stopped: boolean
  readonly accounts: readonly AccountReport[]
  /** Sentences for the person that belong to no account: repaired after an interrupted run, damaged files seen, … */
  readonly notices: readonly string[]
}

export type BackupProgress =
  /** `toCome`: accounts that come after it. */
  | { readonly kind: 'account'; readonly account: string; readonly toCome: number }
  /** `items` and `bytes`: what is still to come, as far as it is known. */
  | {
      readonly kind: 'listing'
      readonly account: string
      readonly service: Service
      readonly collection: readonly string[]
      readonly listed: number
    }
  | {
      readonly kind: 'items'
      readonly account: string
      readonly service: Service
      readonly collection: readonly string[]
      /** Done and to do in the collection in this run. */
      readonly done: number
      readonly total: number
      /** Done in the run as a whole. */
      readonly itemsSoFar: number
      readonly bytesSoFar: number
      /** Known to be to do in the run so far; grows while folders are listed. */
      readonly itemsKnown: number
      readonly bytesKnown: number
    }
  | { readonly kind: 'commit'; readonly account: string; readonly items: number; readonly bytes: number }
  /** The viewer's data is brought up to date: messages and other things read so far. */
  | { readonly kind: 'viewer'; readonly documents: number }
  | { readonly kind: 'notice'; readonly text: string }
