/** One service of an account in one run: its collections side by side, and then the removals. */
import pLimit from 'p-limit'
import type { Service } from '../core/account.ts'
import { toAppError } from '../core/errors.ts'
import type { Collection } from '../core/items.ts'
import type { Census, Source } from '../core/source.ts'
import type { AccountRun } from '../vault/account-run.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'
import { Asked } from './asked.ts'
import { CollectionBackup } from './collection-backup.ts'
import { matchCollections } from './match-collections.ts'
import type { Pace } from './pace.ts'
import type { Recollection } from './recollection.ts'
import { settleRemovals } from './removals.ts'
import type { CollectionReport, CountReport, Failure } from './report.ts'

export interface ServiceOptions {
  /** Of the account. */
  readonly recollection?: Recollection | null
  /** Marks as removed what the provider does not list any more, however much it is. */
  readonly acceptRemovals: boolean
  /** Tries what is missing, and looks at nothing else. */
  readonly onlyMissing?: boolean
  /** Aborting ends the run at a commit. */
  readonly signal: AbortSignal
}

/** Records collections when its turn has come. */
type Start = <T>(record: () => Promise<T>) => Promise<T>

interface Recorded {
  readonly record: CollectionRecord
  readonly collection: Collection
}

export class ServiceBackup {
  /** Resolves once every collection is listed: what is left is to save it. Never rejects; stays open where listing fails. */
  readonly listed: Promise<void>
  readonly backups: CollectionBackup[] = []
  readonly skipped: CollectionReport[] = []
  readonly #run: AccountRun
  readonly #service: Service
  readonly #pace: Pace
  readonly #options: ServiceOptions
  readonly #allListed: () => void
  /** Keys of what is listed but out of reach: what was saved of it is not gone. */
  readonly #outOfReach = new Set<string>()

  /** `asked`: already, for `work`. */
  constructor(run: AccountRun, service: Service, pace: Pace, options: ServiceOptions, asked: Asked | null = null) {
    this.#asked = asked
    this.#run = run
    this.#service = service
    this.#pace = pace
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<void>()
    this.listed = promise
    this.#allListed = resolve
  }

  /**
   * @param before what still writes into the run
   * @param start lets the collections be recorded, and returns when the items may be saved
   * @throws AppError when the service cannot be listed or the disk fails
   */
  async work(openSource: () => Source, before: Promise<void>, start: Start = (record) => record()): Promise<void> {
    try {
      const { source, collections } = this.begin(openSource)
      await this.#collections(source, await collections, before, start)
    } finally {
      await this.close()
    }
  }

  #asked: Asked | null

  /**
   * Asks already, for `work`, which collections there are.
   * @throws AppError when the source cannot be opened
   */
  begin(openSource: () => Source): Asked {
    this.#asked ??= new Asked(openSource, this.#options.signal)
    return this.#asked
  }

  /** For one that has begun and is not to work. */
  async close(): Promise<void> {
    const asked = this.#asked
    this.#asked = null
    await asked?.close()
  }

  async #collections(source: Source, listed: readonly Collection[], before: Promise<void>, start: Start): Promise<void> {
    const { signal, onlyMissing = false, recollection = null } = this.#options
    const records = await start(() => (onlyMissing ? this.#withMissing(listed) : this.#recordCollections(listed, before)))
    for (const { record, collection } of records)
      if (collection.originals !== undefined) await this.#run.describe(record, collection.originals)
    this.backups.push(
      ...records.map(
        ({ record, collection }) => new CollectionBackup(this.#run, source, record, collection, this.#pace, signal, recollection),
      ),
    )
    const backups = [...this.backups]
    let unlisted = backups.length
    const onListed = () => {
      if (--unlisted === 0) this.#allListed()
    }
    const limit = pLimit(Math.max(1, source.concurrency))
    const outcomes = await Promise.allSettled(
      backups.map((backup) => limit(() => (onlyMissing ? backup.missing(onListed) : backup.items(onListed)))),
    )
    const fatal = outcomes.find((outcome) => outcome.status === 'rejected')
    if (fatal !== undefined) throw fatal.reason
    await this.#pace.commitNow()
    if (signal.aborted || onlyMissing) return
    await this.#settle(backups)
    if (backups.every((backup) => backup.complete)) this.#census = await censusOf(source, signal)
  }

  #census: readonly Census[] = []

  /** The provider's own counts beside those of the last commit. */
  counts(): CountReport[] {
    return this.#census.map(({ what, counted, collections, of, apart }) => {
      const reports = this.backups.filter(({ record }) => collections.includes(record.key)).map((backup) => backup.report())
      const sum = (member: 'stored' | 'pending') => reports.reduce((total, report) => total + report[member], 0)
      const stored = of === 'items' ? sum('stored') : reports.length
      const pending = of === 'items' ? sum('pending') : 0
      const reasons = apart.filter(({ count }) => count !== 0)
      const explained = stored + pending + reasons.reduce((total, { count }) => total + count, 0)
      return { service: this.#service, what, counted, stored, pending, apart: reasons, unexplained: counted - explained }
    })
  }

  /** Those that something is missing of, as they are known; what was renamed or came since is for a whole run. */
  async #withMissing(listed: readonly Collection[]): Promise<Recorded[]> {
    const known = this.#run.state.collections().filter((record) => record.service === this.#service)
    return matchCollections(listed, known).flatMap(({ collection, record }) =>
      record === null || collection.skipped !== undefined || this.#run.state.pending(record.c).length === 0
        ? []
        : [{ record, collection }],
    )
  }

  /** Renames come first, parents before children, so that every folder is where its name says. */
  async #recordCollections(listed: readonly Collection[], before: Promise<void>): Promise<Recorded[]> {
    const known = this.#run.state.collections().filter((record) => record.service === this.#service)
    const matches = matchCollections(listed, known, this.#options.recollection?.restoredFrom)
    if (matches.some(({ collection, record }) => record !== null && !this.#run.collections.isDescribedSo(record, collection)))
      await before
    const result: Recorded[] = []
    // A new one may have the name that a known one had.
    for (const { collection, record } of matches.toSorted((a, b) => Number(a.record === null) - Number(b.record === null))) {
      if (collection.skipped !== undefined) {
        this.skipped.push(this.#skippedReport(collection, collection.skipped, record))
        this.#outOfReach.add(record?.key ?? collection.key)
        continue
      }
      if (record === null) result.push({ collection, record: this.#run.collections.add(collection) })
      else {
        const updated = await this.#run.collections.update(record, collection)
        result.push({ collection, record: isElsewhere(record, collection) ? { ...updated, cursor: null } : updated })
      }
    }
    return result
  }

  #skippedReport(
    { service, path, count, fails, failsIfSaved, advice }: Collection,
    why: string,
    record: CollectionRecord | null,
  ): CollectionReport {
    const saved = record === null ? { live: 0, pending: 0 } : this.#run.state.countLive(record.c)
    const isFailure = fails === true || (failsIfSaved === true && saved.live > 0)
    return {
      service,
      path: isFailure ? (record?.path ?? path) : path,
      said: count === 0 ? 0 : null,
      stored: isFailure ? saved.live : 0,
      pending: isFailure ? saved.pending : 0,
      ...(isFailure ? { failure: failureOf(why, advice) } : { skipped: why }),
      ...{ added: 0, copied: 0, changed: 0, removed: 0, heldBack: 0, bytes: 0 },
    }
  }

  async #settle(backups: readonly CollectionBackup[]): Promise<void> {
    const listedIds = new Set(backups.map((backup) => backup.record.c))
    const vanished = this.#run.state
      .collections()
      .filter((record) => record.service === this.#service && !listedIds.has(record.c))
      // One that is gone holds something only where its removals were broken off.
      .filter((record) => !record.gone || this.#run.state.countLive(record.c).live > 0)
      .filter((record) => !this.#outOfReach.has(record.key))
    const missing = vanished.map((record) => CollectionBackup.vanished(this.#run, record, this.#pace, this.#options.signal))
    this.backups.push(...missing)
    await settleRemovals(this.#run, [...backups, ...missing], this.#options.acceptRemovals)
  }
}

function failureOf(message: string, advice: string | undefined): Failure {
  return advice === undefined
    ? { code: 'network', message, advice: 'The next backup tries again. If it stays so, ask whoever runs the server.' }
    : { code: 'unsupported', message, advice }
}

/**
 * It was restored to another place, or another collection has its name now: what the former one said of changes means nothing there,
 * even where it is accepted.
 */
function isElsewhere(record: CollectionRecord, { key, lineage }: Collection): boolean {
  return record.lineage === null || lineage === undefined ? record.key !== key : record.lineage !== lineage
}

/** A backup is none the worse for a count that cannot be had. */
async function censusOf(source: Source, signal: AbortSignal): Promise<readonly Census[]> {
  try {
    return (await source.census?.(signal)) ?? []
  } catch (error) {
    if (toAppError(error).code === 'bug') throw error
    return []
  }
}
