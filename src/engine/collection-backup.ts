/** One collection in one run: what changed, what of it is known from elsewhere, and the rest fetched. */
import { AppError, hasCode, toAppError } from '../core/errors.ts'
import type { Collection, Item } from '../core/items.ts'
import type { Cursor, Fetched, Source } from '../core/source.ts'
import type { AccountRun } from '../vault/account-run.ts'
import { tooLargeForDisk } from '../vault/disk.ts'
import type { PendingEntry } from '../vault/journal-entries.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'
import { isDiskFailure, toFailure } from './failure.ts'
import { KnownItems } from './known-items.ts'
import type { Pace } from './pace.ts'
import type { Recollection } from './recollection.ts'
import type { CollectionReport, Failure } from './report.ts'

/** One call of the provider's `fetch`: enough to be worth a round trip, little enough to be tried again. */
const batchItems = 500
const batchOctets = 16 << 20
const listedAtOnce = 500
/** A list of more items than this takes a provider several answers, between which the collection may change. */
const listedAsOne = 2_000
/** How often a collection that keeps changing is looked at again in one run. */
const mostRounds = 8

export class CollectionBackup {
  readonly record: CollectionRecord
  readonly isVanished: boolean
  /** What the changes of this run lead to; null while that is not known. */
  cursor: Cursor | null = null
  /** True when every change was named and dealt with, so that removals can be judged and the cursor may move. */
  complete = false
  removed = 0
  heldBack = 0
  readonly #run: AccountRun
  readonly #source: Source | null
  readonly #collection: Collection | null
  readonly #pace: Pace
  readonly #signal: AbortSignal
  /** Null where nothing was restored into the collection. */
  readonly #recollection: Recollection | null
  readonly #known: KnownItems
  #listedAll = false
  #failure: Failure | undefined
  #done = 0
  #total = 0
  #added = 0
  #copied = 0
  #changed = 0
  #bytes = 0
  /** Received, also what was not saved because it is known. */
  #octets = 0

  constructor(
    run: AccountRun,
    source: Source | null,
    record: CollectionRecord,
    collection: Collection | null,
    pace: Pace,
    signal: AbortSignal,
    recollection: Recollection | null = null,
  ) {
    this.#run = run
    this.#source = source
    this.record = record
    this.#collection = collection
    this.isVanished = collection === null
    this.#pace = pace
    this.#signal = signal
    this.#recollection = collection !== null && recollection?.holdsSomeOf(collection) === true ? recollection : null
    this.#known = new KnownItems(run, record, collection, this.#recollection)
  }

  /** A collection that the provider does not list any more: everything in it is gone. */
  static vanished(run: AccountRun, record: CollectionRecord, pace: Pace, signal: AbortSignal): CollectionBackup {
    const backup = new CollectionBackup(run, null, record, null, pace, signal)
    run.listing.allListed(record.c)
    backup.complete = true
    return backup
  }

  /**
   * Saves everything new. Failures of the provider end this collection only and are in the report.
   * @param onListed called once it is known what that is
   * @throws AppError when the disk fails
   */
  async items(onListed: () => void): Promise<void> {
    if (this.#source === null || this.#collection === null) return
    try {
      this.#signal.throwIfAborted()
      await this.#list(this.#source, this.#collection, this.record.cursor)
      onListed()
      this.complete = await this.#save(this.#source, this.#collection)
      if (this.#listed > listedAsOne && this.#added + this.#copied + this.#changed > 0) this.#isBetweenStates = true
      for (let round = 1; this.complete && this.#isBetweenStates && round < mostRounds; round++)
        this.complete = await this.#catchUp(this.#source, this.#collection)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Tries what could not be saved before, and asks for nothing else: the cursor stays where it is. As `items`. */
  async missing(onListed: () => void): Promise<void> {
    if (this.#source === null || this.#collection === null) return
    try {
      this.#signal.throwIfAborted()
      for (const entry of this.#run.state.pending(this.record.c)) this.#run.listing.addFirst(this.record.c, pendingItem(entry))
      onListed()
      await this.#save(this.#source, this.#collection)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @throws what ends more than this collection */
  #fail(error: unknown): void {
    const failure = toFailure(error)
    if (isDiskFailure(failure.code) || (failure.code === 'bug' && !this.#signal.aborted)) throw error
    if (!this.#signal.aborted) this.#failure = failure
  }

  /** What was listed is not what is saved, nor ever was in the account: something went or changed meanwhile. */
  #isBetweenStates = false
  /** By the last list. */
  #listed = 0

  /** Brings it to a state that the collection had. */
  async #catchUp(source: Source, collection: Collection): Promise<boolean> {
    this.#isBetweenStates = false
    await this.#pace.commitNow()
    this.#run.listing.again(this.record.c)
    await this.#list(source, collection, this.cursor)
    return await this.#save(source, collection)
  }

  async #list(source: Source, collection: Collection, since: Cursor | null): Promise<void> {
    try {
      await this.#takeChanges(source, collection, since)
    } catch (error) {
      if (!hasCode(error, 'cursor-expired') || since === null) throw error
      this.#run.listing.forget(this.record.c)
      await this.#takeChanges(source, collection, null)
    }
  }

  async #takeChanges(source: Source, collection: Collection, since: Cursor | null): Promise<void> {
    const { listing } = this.#run
    const { c } = this.record
    let items: Item[] = []
    let listed = 0
    let isAll = false
    const flush = () => {
      listing.add(c, items)
      listed += items.length
      items = []
      if (listed > 0) this.#pace.listing(this.record, listed)
    }
    const isKnown = this.#recollection !== null || this.#run.state.countLive(c).live > 0
    for await (const change of source.changes(collection, since, this.#signal, isKnown)) {
      if (change.kind === 'item') {
        items.push(change.item)
        if (items.length >= listedAtOnce) flush()
        continue
      }
      flush()
      if (change.kind === 'removed') listing.removed(c, [change.key])
      else if (change.kind === 'meta') await this.#takeMeta(change.key, change.meta)
      else if (change.kind === 'checkpoint') this.cursor = change.cursor
      else isAll = true
    }
    flush()
    this.#listed = listed
    this.#listedAll ||= isAll
    if (isAll) listing.allListed(c)
    for (const entry of this.#run.state.pending(c))
      if (!isAll || listing.has(c, entry.key)) listing.addFirst(c, pendingItem(entry))
  }

  async #takeMeta(key: string, meta: Item['meta']): Promise<void> {
    if (this.#run.state.item(this.record.c, key) === null) return
    await this.#run.meta(this.record, key, meta)
    this.#changed++
  }

  /** False when the disk has no room for it: then nothing was fetched. */
  async #save(source: Source, collection: Collection): Promise<boolean> {
    const { listing } = this.#run
    const { c } = this.record
    // A file that changed as well gets its new name together with its new content.
    for (const { key, meta } of listing.metaChanges(c, this.record.service !== 'mail')) {
      await this.#run.meta(this.record, key, meta)
      this.#changed++
    }
    const { count, bytes, largest, gone } = listing.newItems(c)
    // What is fetched at once needs room also where it turns out to be known.
    const there = Math.max(0, Math.min(bytes, gone) - largest * source.concurrency)
    this.#total += count
    this.#pace.expect(count, bytes, there)
    this.#pace.foretell(this.record, source.leastSeconds?.(count) ?? 0)
    const capacity = await this.#run.capacity()
    if (capacity.free !== null && this.#pace.bytesToCome > capacity.free) {
      this.#failure = toFailure(notEnoughRoom(this.#pace.bytesToCome, capacity.free))
      this.#pace.expect(-count, -bytes, -there)
      return false
    }
    const before = this.#octets
    this.#known.lookForGone()
    const fetches = new Set<Promise<void>>()
    try {
      for (let seq = Number.MIN_SAFE_INTEGER; count > 0; ) {
        const page = listing.page(c, seq, batchItems, batchOctets)
        if (page.items.length === 0) break
        seq = page.seq
        const fitting = this.#withoutTooLarge(page.items, capacity.largestFile)
        const unknown = await this.#known.takeOver(source, fitting, this.#signal, () => this.#reused(0))
        if (unknown.length === 0) continue
        const fetching: Promise<void> = this.#fetch(source, collection, unknown).finally(() => fetches.delete(fetching))
        fetches.add(fetching)
        fetching.catch(() => undefined)
        if (fetches.size >= source.concurrency) await Promise.race(fetches)
      }
    } finally {
      await Promise.allSettled(fetches)
      // What was known, or could not be had, is not to come any more.
      this.#pace.expect(0, this.#octets - before - bytes, -there)
    }
    // A failure that was waited for above is thrown here again; the others ended well.
    this.#signal.throwIfAborted()
    if (this.#fetchFailure !== null) throw this.#fetchFailure.error
    return true
  }

  /** What no file of this disk can hold is not even asked for. */
  #withoutTooLarge(items: readonly Item[], largestFile: number | null): readonly Item[] {
    if (largestFile === null || this.record.service !== 'files') return items
    const tooLarge = items.filter(({ size = 0 }) => size > largestFile)
    for (const item of tooLarge) this.#postpone(item, new AppError('unsupported', tooLargeForDisk))
    return items.filter(({ size = 0 }) => size <= largestFile)
  }

  #fetchFailure: { readonly error: unknown } | null = null

  async #fetch(source: Source, collection: Collection, items: readonly Item[]): Promise<void> {
    const waiting = new Map(items.map((item) => [item.key, item]))
    try {
      for await (const fetched of source.fetch(collection, items, this.#signal)) {
        const item = waiting.get(fetched.key)
        if (item === undefined) continue
        waiting.delete(fetched.key)
        await this.#take(item, fetched)
        await this.#pace.holdBack()
      }
      for (const item of waiting.values()) this.#postpone(item, new AppError('network', 'The server did not send it.'))
    } catch (error) {
      this.#fetchFailure ??= { error }
      throw error
    }
  }

  async #take(item: Item, fetched: Fetched): Promise<void> {
    if ('error' in fetched) {
      if (hasCode(fetched.error, 'cancelled')) throw fetched.error
      if (hasCode(fetched.error, 'not-found')) this.#isBetweenStates = true
      this.#postpone(item, fetched.error)
      return
    }
    try {
      const { content } = fetched
      if (content instanceof Uint8Array && (await this.#known.takeOverFetched(item, content))) {
        this.#reused(content.length)
        return
      }
      const isEdited = this.#known.isThere(item.key)
      const size = await this.#run.put(this.record, withAnswer(item, fetched), content, fetched.originals)
      if (isEdited) this.#changed++
      else this.#added++
      this.#bytes += size
      this.#step(size)
    } catch (error) {
      const failure = toAppError(error)
      if (this.#signal.aborted || isDiskFailure(failure.code) || failure.code === 'bug') throw error
      this.#postpone(item, failure)
    }
  }

  /** `octets`: received before it was known. */
  #reused(octets: number): void {
    this.#copied++
    this.#step(octets)
  }

  #postpone(item: Item, reason: AppError): void {
    this.#run.pending(this.record, item, reason)
    this.#step(0)
  }

  #step(bytes: number): void {
    this.#done++
    this.#octets += bytes
    this.#pace.step(this.record, this.#done, this.#total, bytes)
  }

  #apart(): Pick<CollectionReport, 'apart'> {
    const { c, service } = this.record
    if (service !== 'contacts' && service !== 'calendar') return {}
    const apart = this.#run.state.apart(c, apartLimit)
    return apart.length === 0 ? {} : { apart }
  }

  /** Counts are those of the last commit. */
  report(): CollectionReport {
    const { live, pending } = this.#run.state.countLive(this.record.c)
    const said = this.isVanished
      ? 0
      : this.#listedAll
        ? this.#run.listing.count(this.record.c)
        : (this.#collection?.count ?? null)
    return {
      ...{ service: this.record.service, path: this.record.path, said, stored: live - this.heldBack, pending },
      ...(this.isVanished ? { skipped: 'The provider does not list this folder any more; what was saved stays.' } : {}),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...this.#apart(),
      ...{
        // Where the disk took no more, what was fetched last is not saved.
        added: Math.min(this.#added, live),
        copied: this.#copied,
        changed: this.#changed,
        removed: this.removed,
        heldBack: this.heldBack,
        bytes: this.#bytes,
      },
    }
  }
}

/** Names that a report holds of the items that lie beside the others. */
const apartLimit = 1_000

/** What only the answer with the content told. */
function withAnswer(item: Item, { date, meta }: { readonly date?: string; readonly meta?: Item['meta'] }): Item {
  return { ...item, ...(date === undefined ? {} : { date }), ...(meta === undefined ? {} : { meta }) }
}

function notEnoughRoom(needed: number, free: number): AppError {
  const size = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`)
  return new AppError(
    'disk-full',
    `There is not enough room on the disk: ${size(needed)} are to be saved, ${size(free)} are free. Nothing of it was downloaded.`,
    { advice: 'Make room on the disk, or use a larger one.' },
  )
}

function pendingItem(entry: PendingEntry): Item {
  const { key, version, size, date, identity, meta, title } = entry
  return {
    ...{ key, version: version ?? key, meta, title },
    ...(size === undefined ? {} : { size }),
    ...(date === undefined ? {} : { date }),
    ...(identity === undefined ? {} : { identities: identity }),
  }
}
