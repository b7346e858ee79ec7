/** Reading an account: what changed in it, and what that holds. */
import type { AppError } from './errors.ts'
import type { Collection, Content, Item, Originals } from './items.ts'
import type { JsonObject } from './json.ts'

/**
 * An opaque string of the provider's (UIDVALIDITY and MODSEQ, historyId, deltaLink, sync-token). It is committed only
 * together with everything it covers.
 */
export type Cursor = string

export type Change =
  /** New, changed, or possibly known already: the engine compares key, version and meta with what it has. */
  | { readonly kind: 'item'; readonly item: Item }
  /** Only the meta changed. */
  | { readonly kind: 'meta'; readonly key: string; readonly meta: JsonObject }
  | { readonly kind: 'removed'; readonly key: string }
  /** Everything that exists has been named since the stream began; what was not named is gone. */
  | { readonly kind: 'all-listed' }
  /** The cursor covers every change named before it. */
  | { readonly kind: 'checkpoint'; readonly cursor: Cursor }

export type Fetched =
  /** `date` and `meta` replace those of the item where only the answer with the content tells them. */
  | {
      readonly key: string
      readonly content: Content
      readonly date?: string
      readonly meta?: JsonObject
      readonly originals?: Originals
    }
  /** This item failed and the others go on. */
  | { readonly key: string; readonly error: AppError }

/** What the provider itself counts, as a check on what was listed. */
export interface Census {
  /** In plain words, for `Google counts 12 …`. */
  readonly what: string
  readonly counted: number
  /** Keys of the collections that hold it. */
  readonly collections: readonly string[]
  /** Whether items of these collections were counted, or the collections themselves. */
  readonly of: 'items' | 'collections'
  /** How many of them are not in these collections, and why; below zero: what is there more than once. */
  readonly apart: readonly { readonly count: number; readonly reason: string }[]
}

/** Reads one service of one account. Never writes to the server. Every method may throw an `AppError`. */
export interface Source {
  /** How many `changes` and `fetch` calls may usefully run at once. */
  readonly concurrency: number
  /** Every collection, parents before children. */
  collections(signal: AbortSignal): AsyncIterable<Collection>
  /**
   * What happened in `c` after `since`; `null` lists everything and ends with `all-listed`. The stream may always name
   * more than changed. It ends with a `checkpoint`, and may hold earlier ones.
   * @param isKnown most of what is listed is in the vault, so that contents need not come along
   * @throws AppError `cursor-expired` when `since` is of no use any more: the engine then asks again with `null`.
   */
  changes(c: Collection, since: Cursor | null, signal: AbortSignal, isKnown?: boolean): AsyncIterable<Change>
  /**
   * Adds identities that cost a request to learn. Asked only for items that may be known from elsewhere.
   * An item left out of the answer has none.
   */
  identify?(
    c: Collection,
    items: readonly Item[],
    signal: AbortSignal,
  ): AsyncIterable<{ key: string; identities: readonly string[] }>
  /**
   * Answers once per item, in any order; an item without an answer counts as failed. A streamed content is consumed
   * before the next answer is asked for. Throws only when no further item of this call can be had.
   */
  fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncIterable<Fetched>
  /** What the provider counts now, in few requests. Asked for once, after everything was fetched. */
  census?(signal: AbortSignal): Promise<readonly Census[]>
  /** At least so many seconds does the provider take to give so many items. Absent where it does not limit that. Asked for after `changes`. */
  leastSeconds?(items: number): number
  /** Ends connections. Never throws. */
  close(): Promise<void>
}
