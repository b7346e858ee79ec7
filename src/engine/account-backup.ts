/** One account, one run: service after service, each with its collections side by side and then the removals. */
import pLimit from 'p-limit'
import type { Account, Clock, Collection, Context, Provider, Service, Source } from '../core/types.ts'
import { AccountRun } from '../vault/account-run.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'
import type { Vault } from '../vault/vault.ts'
import { CollectionBackup } from './collection-backup.ts'
import { isDiskFailure, toFailure } from './failure.ts'
import { matchCollections } from './match-collections.ts'
import { Pace } from './pace.ts'
import { settleRemovals } from './removals.ts'
import type { AccountReport, BackupProgress, CollectionReport, FailedService, Failure, PendingItem } from './report.ts'

/** One provider's part in an account. */
export interface Connection {
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

/** `connections`: at least one; each service of the account comes from one of them. */
export async function backupAccount(
  vault: Vault,
  id: string,
  connections: readonly Connection[],
  options: AccountOptions,
): Promise<AccountReport> {
  const provider = connections.map((connection) => connection.provider.id).join('+')
  let run: AccountRun
  try {
    run = await AccountRun.begin(vault, id, provider)
  } catch (error) {
    const nothing = { run: '', collections: [], pending: [], failedServices: [] }
    return { account: id, provider, ...nothing, failure: toFailure(error) }
  }
  const backup = new AccountBackup(run, { id, provider, clock: vault.clock }, options)
  for (const connection of connections) {
    for (const service of connection.account.services) {
      if (backup.broken || options.signal.aborted) break
      await backup.service(connection, service)
    }
  }
  return backup.end()
}

interface Named {
  readonly id: string
  readonly provider: string
  readonly clock: Clock
}

class AccountBackup {
  #failure: Failure | undefined
  readonly #failedServices: FailedService[] = []
  readonly #run: AccountRun
  readonly #account: Named
  readonly #options: AccountOptions
  readonly #pace: Pace
  readonly #backups: CollectionBackup[] = []
  readonly #skipped: CollectionReport[] = []
  /** Of each service, the keys of what is listed but out of reach: what was saved of it is not gone. */
  readonly #outOfReach = new Map<Service, Set<string>>()

  constructor(run: AccountRun, account: Named, options: AccountOptions) {
    this.#run = run
    this.#account = account
    this.#options = options
    this.#pace = new Pace(run, account.id, account.clock, options.onProgress)
  }

  /** The disk fails: nothing more can be saved. */
  get broken(): boolean {
    return this.#failure !== undefined && isDiskFailure(this.#failure.code)
  }

  async service({ account, provider, context }: Connection, service: Service): Promise<void> {
    let source: Source | undefined
    try {
      source = provider.source(account, service, context)
      await this.#collections(source, service)
    } catch (error) {
      this.#fail(service, error)
    } finally {
      await source?.close()
    }
  }

  #fail(service: Service, error: unknown): void {
    const failure = toFailure(error)
    if (isDiskFailure(failure.code)) {
      this.#failure = failure
      return
    }
    if (this.#options.signal.aborted) return
    this.#failedServices.push({ service, failure })
    this.#failure ??= failure
  }

  async #collections(source: Source, service: Service): Promise<void> {
    const { signal } = this.#options
    const listed: Collection[] = []
    for await (const collection of source.collections(signal)) listed.push(collection)
    const records = await this.#recordCollections(listed, service)
    for (const { record, collection } of records)
      if (collection.originals !== undefined) await this.#run.describe(record, collection.originals)
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
    const outOfReach = new Set<string>()
    this.#outOfReach.set(service, outOfReach)
    const result: { record: CollectionRecord; collection: Collection }[] = []
    for (const { collection, record } of matchCollections(listed, known)) {
      if (collection.skipped !== undefined) {
        this.#skipped.push(skippedReport(collection, collection.skipped))
        outOfReach.add(record?.key ?? collection.key)
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
      .filter((record) => this.#outOfReach.get(service)?.has(record.key) !== true)
    const missing = vanished.map((record) => CollectionBackup.vanished(this.#run, record, this.#pace, this.#options.signal))
    this.#backups.push(...missing)
    await settleRemovals(this.#run, [...backups, ...missing], this.#options.acceptRemovals)
  }

  async end(): Promise<AccountReport> {
    const { id, provider, clock } = this.#account
    let reports: readonly CollectionReport[] | null = null
    try {
      if (this.broken) {
        await this.#run.abandon()
      } else {
        await this.#pace.commitNow()
        reports = this.#reports()
        const counts = reports.map(({ service, path, said, stored, pending, skipped }) => ({
          service,
          path,
          said,
          stored,
          pending,
          ...(skipped === undefined ? {} : { skipped }),
        }))
        await this.#run.end(this.#outcome(), clock.now(), counts)
      }
    } catch (error) {
      this.#failure = toFailure(error)
      await this.#run.abandon()
    }
    return {
      account: id,
      provider,
      run: this.#run.run,
      collections: reports ?? this.#reports(),
      pending: this.#pending(),
      failedServices: this.#failedServices,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  #outcome(): 'stopped' | 'finished' | 'failed' {
    if (this.#options.signal.aborted) return 'stopped'
    return this.#failure === undefined ? 'finished' : 'failed'
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

function skippedReport({ service, path, count }: Collection, skipped: string): CollectionReport {
  return {
    service,
    path,
    said: count === 0 ? 0 : null,
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
