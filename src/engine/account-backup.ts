/** One account, one run: its collections side by side, then the removals. */
import pLimit from 'p-limit'
import type { Account, Collection, Context, Provider, Service, Source } from '../core/types.ts'
import { AccountRun } from '../vault/account-run.ts'
import type { CollectionRecord } from '../vault/state.ts'
import type { Vault } from '../vault/vault.ts'
import { CollectionBackup } from './collection-backup.ts'
import { isDiskFailure, toFailure } from './failure.ts'
import { matchCollections } from './match-collections.ts'
import { Pace } from './pace.ts'
import { settleRemovals } from './removals.ts'
import type { AccountReport, BackupProgress, CollectionReport, Failure, PendingItem } from './report.ts'

export interface AccountJob {
  readonly account: Account
  readonly provider: Provider
  readonly context: Context
}

export interface AccountOptions {
  /** Marks as removed what the provider does not list any more, however much it is. */
  readonly acceptRemovals: boolean
  /** Aborting ends the run at a commit. */
  readonly signal: AbortSignal
  readonly onProgress: (event: BackupProgress) => void
}

/** The services whose stores the vault has. */
const storedServices: readonly Service[] = ['mail']

export async function backupAccount(vault: Vault, job: AccountJob, options: AccountOptions): Promise<AccountReport> {
  const { account, provider } = job
  let run: AccountRun
  try {
    run = await AccountRun.begin(vault, account.id, provider.id)
  } catch (error) {
    return { account: account.id, provider: provider.id, run: '', collections: [], pending: [], failure: toFailure(error) }
  }
  const backup = new AccountBackup(run, job, options)
  for (const service of account.services.filter((service) => storedServices.includes(service))) {
    if (backup.failure !== undefined || options.signal.aborted) break
    await backup.service(service)
  }
  return backup.end()
}

class AccountBackup {
  failure: Failure | undefined
  readonly #run: AccountRun
  readonly #job: AccountJob
  readonly #options: AccountOptions
  readonly #pace: Pace
  readonly #backups: CollectionBackup[] = []
  readonly #skipped: CollectionReport[] = []
  /** Listed, but out of reach: what was saved of them is not gone. */
  readonly #skippedKeys = new Set<string>()

  constructor(run: AccountRun, job: AccountJob, options: AccountOptions) {
    this.#run = run
    this.#job = job
    this.#options = options
    this.#pace = new Pace(run, job.account.id, job.context.clock, options.onProgress)
  }

  async service(service: Service): Promise<void> {
    const { account, provider, context } = this.#job
    let source: Source | undefined
    try {
      source = provider.source(account, service, context)
      await this.#collections(source, service)
    } catch (error) {
      this.#fail(error)
    } finally {
      await source?.close()
    }
  }

  #fail(error: unknown): void {
    const failure = toFailure(error)
    if (this.#options.signal.aborted && !isDiskFailure(failure.code)) return
    this.failure ??= failure
  }

  async #collections(source: Source, service: Service): Promise<void> {
    const { signal } = this.#options
    const listed: Collection[] = []
    for await (const collection of source.collections(signal)) listed.push(collection)
    const records = await this.#recordCollections(listed, service)
    const limit = pLimit(Math.max(1, source.concurrency))
    const backups = records.map(
      ({ record, collection }) => new CollectionBackup(this.#run, source, record, collection, this.#pace, signal),
    )
    this.#backups.push(...backups)
    const outcomes = await Promise.allSettled(backups.map((backup) => limit(() => backup.items())))
    const fatal = outcomes.find((outcome) => outcome.status === 'rejected')
    if (fatal !== undefined) throw fatal.reason
    await this.#pace.commitNow()
    if (!signal.aborted) await this.#settle(backups, service)
  }

  /** Renames come first, parents before children, so that every folder is where its name says. */
  async #recordCollections(
    listed: readonly Collection[],
    service: Service,
  ): Promise<{ record: CollectionRecord; collection: Collection }[]> {
    const known = this.#run.state.collections().filter((record) => record.service === service)
    const result: { record: CollectionRecord; collection: Collection }[] = []
    for (const { collection, record } of matchCollections(listed, known)) {
      if (collection.skipped !== undefined) {
        this.#skipped.push(skippedReport(collection, collection.skipped))
        this.#skippedKeys.add(collection.key)
        continue
      }
      result.push({
        collection,
        record: record === null ? this.#run.addCollection(collection) : await this.#run.updateCollection(record, collection),
      })
    }
    return result
  }

  async #settle(backups: readonly CollectionBackup[], service: Service): Promise<void> {
    const listedIds = new Set(backups.map((backup) => backup.record.c))
    const vanished = this.#run.state
      .collections()
      .filter((record) => record.service === service && !record.gone && !listedIds.has(record.c))
    const missing = vanished.map((record) => CollectionBackup.vanished(this.#run, record, this.#pace, this.#options.signal))
    this.#backups.push(...missing)
    await settleRemovals(this.#run, [...backups, ...missing], this.#options.acceptRemovals)
  }

  async end(): Promise<AccountReport> {
    const { account, provider, context } = this.#job
    const stopped = this.#options.signal.aborted
    let reports: readonly CollectionReport[] | null = null
    try {
      if (this.failure !== undefined && isDiskFailure(this.failure.code)) {
        await this.#run.abandon()
      } else {
        await this.#pace.commitNow()
        reports = this.#reports()
        const counts = reports.map(({ path, said, stored, pending, skipped }) => ({
          path,
          said,
          stored,
          pending,
          ...(skipped === undefined ? {} : { skipped }),
        }))
        await this.#run.end(stopped ? 'stopped' : this.failure === undefined ? 'finished' : 'failed', context.clock.now(), counts)
      }
    } catch (error) {
      this.failure = toFailure(error)
      await this.#run.abandon()
    }
    return {
      account: account.id,
      provider: provider.id,
      run: this.#run.run,
      collections: reports ?? this.#reports(),
      pending: this.#pending(),
      ...(this.failure === undefined ? {} : { failure: this.failure }),
    }
  }

  #reports(): CollectionReport[] {
    return [...this.#backups.map((backup) => backup.report()), ...this.#skipped]
  }

  #pending(): PendingItem[] {
    return this.#backups.flatMap(({ record }) =>
      this.#run.state
        .pending(record.c)
        .map(({ key, title, reason }) => ({ service: record.service, collection: record.path, key, title, reason })),
    )
  }
}

function skippedReport({ service, path }: Collection, skipped: string): CollectionReport {
  return {
    service,
    path,
    said: null,
    stored: 0,
    pending: 0,
    skipped,
    added: 0,
    copied: 0,
    changed: 0,
    removed: 0,
    heldBack: 0,
    bytes: 0,
  }
}
