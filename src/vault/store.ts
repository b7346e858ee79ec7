/** What the stores of the vault have in common: each keeps the items of some services in its own kind of files. */
import type { Content, Item } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import type { Batch } from './batch.ts'
import type { Disk } from './disk.ts'
import type { Listing } from './listing.ts'
import type { Staging } from './staging.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'

export interface Store {
  /** Saves the item, or a new version of it. Answers the octets. */
  put(collection: CollectionRecord, item: Item, content: Content): Promise<number>
  /** The item `from`, which is in the account, goes by another key now: its bytes stay. */
  rekey(collection: CollectionRecord, item: Item, from: ItemRecord): Promise<void>
  meta(collection: CollectionRecord, key: string, meta: JsonObject): Promise<void>
  remove(collection: CollectionRecord, key: string): Promise<void>
}

/** The run that a store works in. */
export interface RunContext {
  readonly disk: Disk
  /** The account's folder. */
  readonly root: string
  readonly run: string
  readonly state: AccountState
  readonly listing: Listing
  readonly staging: Staging
  /** The one that waits now: another one after each commit. */
  batch(): Batch
  /** That one and those that are being committed, the latest first. */
  batches(): readonly Batch[]
  commit(): Promise<void>
  now(): Date
}
