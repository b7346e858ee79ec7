/** Bringing items back, into an account or a folder. */
import type { Service } from './account.ts'
import type { AppError } from './errors.ts'
import type { Collection, Content, Originals } from './items.ts'
import type { JsonObject } from './json.ts'

/** An item of the vault on its way back. */
export interface RestoreItem {
  /** Unique within one collection of one restore. */
  readonly key: string
  /** Octets of the original. */
  readonly size: number
  readonly sha256: string
  /** As `Item.date`. */
  readonly date: string
  readonly identities: readonly string[]
  readonly meta: JsonObject
  /** A few words to name the item. */
  readonly title: string
  /** Where an earlier attempt put it (`at` of its outcome); null where none did, or nobody knows. */
  readonly at: string | null
  /**
   * The original octets; may be asked for more than once. Throws `corrupt` at the latest at the end. Where it can, it puts
   * them as one piece into the memory that `allocate` gives for `size` octets; it asks at most once for each copy it tries.
   */
  content(allocate?: (octets: number) => Buffer): AsyncIterable<Uint8Array>
  /** What the provider that it came from said of it, where that was kept and is whole. */
  originals?(): Promise<Originals | null>
}

/** A collection's place at the target. */
export interface TargetPlace {
  readonly service: Service
  /** The names at the target from the root down. */
  readonly path: readonly string[]
  /** False where it was there before, also through an earlier attempt. */
  readonly isNew: boolean
  /** What of the collection itself the target cannot hold, one sentence each. */
  readonly losses: readonly string[]
}

/** As what the source of the same account lists an item that was put: while it does, it holds, or says, what was put. */
export interface ListedAs {
  /** `Collection.key`; absent: the one collection that has the place's path. */
  readonly collection?: string
  /** `Item.key`. */
  readonly key: string
  readonly version: string
}

export type PutOutcome = { readonly key: string } & (
  | {
      /** In a dry run: would be made. */
      readonly kind: 'created'
      /** Finds it again at the target, in the target's own terms. */
      readonly at?: string
      readonly listed?: ListedAs
      readonly losses?: readonly string[]
      /** A sentence where it did not simply take a free place: kept beside, or what was replaced and where that lies now. */
      readonly note?: string
    }
  | { readonly kind: 'already-there'; readonly at?: string; readonly listed?: ListedAs }
  /** Something else is in its place and stays. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** This item failed and the others go on. */
  | { readonly kind: 'failed'; readonly error: AppError }
)

/** `losses`: what differs from what was asked for. */
export interface CheckOutcome {
  readonly key: string
  readonly losses: readonly string[]
  readonly listed?: ListedAs
}

/** What to do with an item whose place at the target holds something else. Whatever is there is never lost. */
export type ConflictRule = 'skip' | 'keep-both' | 'replace'

export interface TargetOptions {
  /** Names of collections to put everything below; empty: at their own places. */
  readonly into: readonly string[]
  readonly conflict: ConflictRule
  /** Only looks, and answers what it would do. */
  readonly dryRun: boolean
  /**
   * Keeps what `replace` is about to displace, under a name like `name`; answers where it lies now, for a person. Nothing is
   * displaced before it returns.
   */
  keep(name: string, content: Content): Promise<string>
}

/** Writes one service of one account, or a folder. Never deletes; a repeat adds nothing twice. Every method may throw an `AppError`. */
export interface Target {
  /** How many collections may usefully be filled at once. */
  readonly concurrency: number
  /** Whether labels of messages are kept as such (Gmail); elsewhere each label becomes a folder. Asked for after `open`. */
  readonly keepsLabels: boolean
  /** Looks at what is there. `collections`: all that will be asked for, parents before children. */
  open(collections: readonly Collection[], signal: AbortSignal): Promise<void>
  /** Makes the collection if it is missing. */
  ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace>
  /** Answers once per item, in any order. Items with equal bytes are as many at the target as are put. */
  put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncIterable<PutOutcome>
  /** After the last `put`: what the target made of items that were created, where there is something to say of it. */
  check(place: TargetPlace, signal: AbortSignal): AsyncIterable<CheckOutcome>
  /**
   * Removes collections below `into` with all that is in them: the end of a rehearsal, which made them. `paths` as
   * `TargetPlace.path`; what does not lie below `into` is refused.
   */
  discard?(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void>
  /** Ends connections. Never throws. */
  close(): Promise<void>
}
