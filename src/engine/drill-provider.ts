/** Compares the vault with what the provider has now: listed in full, and a random sample fetched again. */
import { hash } from 'node:crypto'
import type { Service } from '../core/account.ts'
import type { Collection, Content, Item, Originals } from '../core/items.ts'
import type { Change, Fetched, Source } from '../core/source.ts'
import { saySame } from '../formats/item-text.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { AccountState } from '../vault/state.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import type { Connection } from './account-backup.ts'
import { flagsOf } from './drill-compare.ts'
import { sumOf } from './drill-readback.ts'
import { matchCollections } from './match-collections.ts'
import type { ProofFinding } from './proof.ts'
import { fingerprintOf, octetsOf } from './readback-by-key.ts'
import { titleOf } from './selection.ts'

export interface ProviderComparison {
  listed: number
  sampled: number
  identical: number
  arrived: number
  changed: number
  removed: number
  readonly faults: ProofFinding[]
  /** Chosen items that the provider did not give again, and why the first of them. */
  refused: { readonly items: number; readonly reason: string } | null
}

/**
 * @param vault `snapshot`: items as they were saved
 * @param sample how many items of the service to fetch again at most
 * @throws AppError when the provider does not answer
 */
export async function compareWithProvider(
  connection: Connection,
  service: Service,
  vault: { readonly state: AccountState; readonly snapshot: Snapshot },
  sample: number,
  signal: AbortSignal,
): Promise<ProviderComparison> {
  const source = connection.provider.source(connection.account, service, connection.context)
  try {
    return await new ProviderCheck(connection, source, service, vault, signal).run(sample)
  } finally {
    await source.close()
  }
}

interface Candidate {
  readonly collection: Collection
  readonly record: ItemRecord
  readonly item: Item
}

class ProviderCheck {
  readonly #connection: Connection
  readonly #source: Source
  readonly #service: Service
  readonly #state: AccountState
  readonly #snapshot: Snapshot
  readonly #signal: AbortSignal
  readonly #result: ProviderComparison = {
    ...{ listed: 0, sampled: 0, identical: 0, arrived: 0, changed: 0, removed: 0 },
    ...{ faults: [], refused: null },
  }
  readonly #sample: Candidate[] = []
  #seen = 0

  constructor(
    connection: Connection,
    source: Source,
    service: Service,
    vault: Parameters<typeof compareWithProvider>[2],
    signal: AbortSignal,
  ) {
    this.#connection = connection
    this.#source = source
    this.#service = service
    this.#state = vault.state
    this.#snapshot = vault.snapshot
    this.#signal = signal
  }

  async run(sample: number): Promise<ProviderComparison> {
    const listed: Collection[] = []
    for await (const collection of this.#source.collections(this.#signal)) listed.push(collection)
    const known = this.#state.collections().filter((record) => record.service === this.#service && !record.gone)
    const matches = matchCollections(listed, known)
    for (const { collection, record } of matches) {
      if (collection.skipped === undefined) await this.#collection(collection, record, sample)
    }
    const found = new Set(matches.map(({ record }) => record?.c))
    for (const { c } of known) if (!found.has(c)) this.#result.removed += this.#state.countItems(c).live
    await this.#fetch()
    return this.#result
  }

  async #collection(collection: Collection, record: CollectionRecord | null, sample: number): Promise<void> {
    const touched = record?.cursor == null ? null : await this.#touchedSince(collection, record.cursor)
    const names = new Set<string>()
    for await (const change of this.#source.changes(collection, null, this.#signal)) {
      if (change.kind !== 'item') continue
      names.add(change.item.key)
      this.#result.listed++
      this.#compare(collection, record, change.item, touched, sample)
    }
    if (record === null) return
    for (const item of this.#state.items(record.c, false)) {
      if (names.has(item.key)) continue
      this.#result.removed++
      if (touched?.has(item.key) === false)
        this.#fault(
          collection,
          titleOf(item),
          item.date,
          'The provider does not have it, and does not say that it was removed since the last backup.',
        )
    }
  }

  /** What the provider names as changed since the last backup; null where it cannot tell. */
  async #touchedSince(collection: Collection, cursor: string): Promise<ReadonlySet<string> | null> {
    const touched = new Set<string>()
    try {
      for await (const change of this.#source.changes(collection, cursor, this.#signal)) {
        const key = keyOf(change)
        if (key !== null) touched.add(key)
      }
      return touched
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof Error && 'code' in error && error.code === 'cursor-expired') return null
      throw error
    }
  }

  #compare(
    collection: Collection,
    record: CollectionRecord | null,
    item: Item,
    touched: ReadonlySet<string> | null,
    sample: number,
  ): void {
    const stored = record === null ? null : this.#state.item(record.c, item.key)
    const isNews = touched === null || touched.has(item.key)
    if (stored === null || stored.removed !== null) {
      if (record !== null && this.#state.isPending(record.c, item.key)) return
      if (isNews) this.#result.arrived++
      else
        this.#fault(
          collection,
          item.title ?? item.key,
          item.date ?? '',
          'The provider had it before the last backup, and the vault does not have it.',
        )
      return
    }
    if (stored.version !== item.version) {
      this.#result.changed++
      return
    }
    const flags = item.meta['flags']
    const now = Array.isArray(flags) ? flags.map(String).sort().join(' ') : null
    if (now !== null && now !== flagsOf(stored).join(' ')) {
      this.#result.changed++
      if (!isNews)
        this.#fault(
          collection,
          titleOf(stored),
          stored.date,
          `Its marks are ${now || 'none'} at the provider and ${flagsOf(stored).join(' ') || 'none'} in the vault.`,
        )
    }
    this.#choose({ collection, record: stored, item }, sample)
  }

  /** A fair sample of items that pass by once. */
  #choose(candidate: Candidate, sample: number): void {
    this.#seen++
    if (this.#sample.length < sample) this.#sample.push(candidate)
    else {
      const at = Math.floor(Math.random() * this.#seen)
      if (at < sample) this.#sample[at] = candidate
    }
  }

  async #fetch(): Promise<void> {
    const byCollection = Map.groupBy(this.#sample, ({ collection }) => collection)
    for (const [collection, candidates] of byCollection) {
      const records = new Map(candidates.map(({ record }) => [record.key, record]))
      const items = candidates.map(({ item }) => item)
      for await (const answer of this.#source.fetch(collection, items, this.#signal)) {
        const record = records.get(answer.key)
        if (record === undefined) continue
        if ('error' in answer) {
          // What was removed a moment ago is no matter.
          if (answer.error.code !== 'not-found') this.#refused(answer.error.message)
          continue
        }
        this.#result.sampled++
        if (await this.#isAsSaved(record, answer)) this.#result.identical++
        else
          this.#fault(
            collection,
            titleOf(record),
            record.date,
            'The provider gives another content now than the one that was saved.',
          )
      }
    }
  }

  #refused(reason: string): void {
    const before = this.#result.refused
    this.#result.refused = { items: (before?.items ?? 0) + 1, reason: before?.reason ?? reason }
  }

  /** A provider may make the octets anew each time, or after a restore: then it has to say the same. */
  async #isAsSaved(record: ItemRecord, { content, originals }: Extract<Fetched, { content: Content }>): Promise<boolean> {
    const service = this.#service
    const isConverted = this.#connection.provider.fingerprints?.[service] !== undefined
    if (!isConverted && (service === 'mail' || service === 'files')) return (await sumOf(content)) === record.sha256
    const octets = await octetsOf(content)
    if (hash('sha256', octets, 'hex') === record.sha256) return true
    const saved = await octetsOf(this.#snapshot.content(record))
    if (!isConverted) return saySame(octets, saved)
    const known = await this.#snapshot.originals(record)
    const fingerprint = (item: Uint8Array, of: Originals | null) => fingerprintOf(this.#connection, service, item, of)
    return (await fingerprint(octets, originals ?? null)) === (await fingerprint(saved, known))
  }

  #fault({ path }: Collection, title: string, date: string, text: string): void {
    this.#result.faults.push({ service: this.#service, collection: path, title, date, text })
  }
}

function keyOf(change: Change): string | null {
  if (change.kind === 'item') return change.item.key
  return change.kind === 'meta' || change.kind === 'removed' ? change.key : null
}
