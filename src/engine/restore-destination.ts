/** One collection at the target: what was put into it and what became of it. */
import { AppError } from '../core/errors.ts'
import type { Collection } from '../core/items.ts'
import type { ListedAs, PutOutcome, RestoreItem, Target, TargetPlace } from '../core/target.ts'
import { toFailure } from './failure.ts'
import type { Failure } from './report.ts'
import type { RestoreJournal } from './restore-journal.ts'
import { maxRemarks, type RestoredCollection, type RestoreRemark } from './restore-report.ts'
import type { RestoredItems } from './restored-items.ts'

const maxExamples = 3

/** Remarks of the whole restore, as they come. */
export interface RestoreRecord {
  readonly failures: RestoreRemark[]
  readonly conflicts: RestoreRemark[]
  readonly losses: RestoreRemark[]
}

interface DestinationOptions {
  readonly dryRun: boolean
  /** Id in the vault. */
  readonly account: string
  /** As `RestoreOptions.onPlaced`. */
  readonly onPlaced?: (c: number, key: string, path: readonly string[], at: string) => void
}

/** Of a `RestoreItem`: the vault's collection, and the key in it. */
export function idOf(key: string): [number, string] {
  const at = key.indexOf('/')
  return [Number(key.slice(0, at)), key.slice(at + 1)]
}

/** Where a restore notes what went where. */
export interface Notes {
  readonly journal: RestoreJournal
  /** Of the account that the target is in. */
  readonly items: RestoredItems
}

/** The item of a key: looked up again, so that nothing has to be kept of all that went well. */
type Describe = (key: string) => Pick<RestoreItem, 'title' | 'date' | 'sha256'>

export class Destination {
  readonly collection: Collection
  readonly #target: Target
  readonly #notes: Notes
  readonly #record: RestoreRecord
  readonly #options: DestinationOptions
  /** In the journal. */
  #name = ''
  #place: TargetPlace | null = null
  #prepared: Promise<void> | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #failure: Failure | undefined
  #items = 0
  #created = 0
  #alreadyThere = 0
  #conflicts = 0
  #failed = 0
  #bytes = 0
  readonly #examples: string[] = []
  readonly #describe: Describe

  constructor(
    target: Target,
    collection: Collection,
    notes: Notes,
    record: RestoreRecord,
    options: DestinationOptions,
    describe: Describe,
  ) {
    this.#describe = describe
    this.#target = target
    this.collection = collection
    this.#notes = notes
    this.#record = record
    this.#options = options
  }

  /** Makes it at the target, the first time. */
  prepare(signal: AbortSignal): Promise<void> {
    this.#prepared ??= this.#prepare(signal)
    return this.#prepared
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    try {
      this.#place = await this.#target.ensure(this.collection, signal)
      this.#name = JSON.stringify([this.collection.service, this.#place.path])
    } catch (error) {
      signal.throwIfAborted()
      this.#failure = toFailure(error)
    }
  }

  knownAt(key: string, sha256: string): string | null {
    return this.#notes.journal.at(this.#name, key, sha256)
  }

  /** Batches follow each other. After a failure of the collection as a whole, its items only count as failed. */
  put(items: readonly RestoreItem[], signal: AbortSignal): Promise<void> {
    const mine = this.#turn.then(() => this.#putNow(items, signal))
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #putNow(items: readonly RestoreItem[], signal: AbortSignal): Promise<void> {
    this.#items += items.length
    const waiting = new Map(items.map((item) => [item.key, item]))
    try {
      if (this.#place !== null && this.#failure === undefined)
        for await (const outcome of this.#target.put(this.#place, items, signal)) {
          const item = waiting.get(outcome.key)
          if (item === undefined) continue
          waiting.delete(outcome.key)
          this.#take(item, outcome)
        }
    } catch (error) {
      signal.throwIfAborted()
      this.#failure = toFailure(error)
    }
    this.#commitNotes()
    const reason = this.#failure?.message ?? 'The target did not say what became of it.'
    for (const item of waiting.values()) this.#take(item, { key: item.key, kind: 'failed', error: new AppError('bug', reason) })
  }

  #take(item: RestoreItem, outcome: PutOutcome): void {
    switch (outcome.kind) {
      case 'created':
        this.#created++
        this.#bytes += item.size
        if (this.#examples.length < maxExamples) this.#examples.push(item.title)
        if (outcome.losses !== undefined && outcome.losses.length > 0) this.#remark('losses', item, outcome.losses)
        if (outcome.note !== undefined) this.#remark('conflicts', item, [outcome.note])
        break
      case 'already-there':
        this.#alreadyThere++
        break
      case 'conflict':
        this.#conflicts++
        this.#remark('conflicts', item, [outcome.reason])
        break
      case 'failed':
        this.#failed++
        this.#remark('failures', item, [outcome.error.message])
    }
    if (this.#options.dryRun) return
    if ('listed' in outcome) this.#noteListed(item, outcome.listed)
    if (!('at' in outcome) || outcome.at === undefined) return
    this.#notes.journal.note(this.#name, item.key, item.sha256, outcome.at)
    this.#options.onPlaced?.(...idOf(item.key), this.#place?.path ?? [], outcome.at)
  }

  #noteListed({ key, sha256 }: Pick<RestoreItem, 'key' | 'sha256'>, listed: ListedAs | undefined): void {
    if (listed === undefined || sha256 === '') return
    const origin = { account: this.#options.account, c: idOf(key)[0], sha256 }
    this.#notes.items.note(this.collection.service, this.#place?.path ?? [], listed, origin)
  }

  #commitNotes(): void {
    this.#notes.journal.commit()
    this.#notes.items.commit()
  }

  #remark(kind: keyof RestoreRecord, item: Pick<RestoreItem, 'title' | 'date'>, texts: readonly string[]): void {
    const { service, path } = this.collection
    if (this.#record[kind].length >= maxRemarks) return
    this.#record[kind].push({ service, collection: path, title: item.title, date: item.date, texts })
  }

  /** False where nothing was to be put and the collection itself was not asked for. */
  get isUsed(): boolean {
    return this.#prepared !== null
  }

  /** After the last `put`. */
  async finish(signal: AbortSignal): Promise<void> {
    if (this.#place === null || this.#failure !== undefined || this.#options.dryRun || signal.aborted) return
    try {
      for await (const { key, losses, listed } of this.#target.check(this.#place, signal)) {
        if (losses.length > 0) this.#remark('losses', this.#describe(key), losses)
        if (listed !== undefined) this.#noteListed({ key, sha256: this.#describe(key).sha256 }, listed)
      }
      this.#commitNotes()
    } catch (error) {
      if (!signal.aborted) this.#failure = toFailure(error)
    }
  }

  report(): RestoredCollection {
    const { service, path } = this.collection
    return {
      service,
      path,
      target: this.#place?.path ?? null,
      items: this.#items,
      created: this.#created,
      alreadyThere: this.#alreadyThere,
      conflicts: this.#conflicts,
      failed: this.#failed,
      bytes: this.#bytes,
      losses: this.#place?.losses ?? [],
      examples: this.#examples,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }
}
