/** One account, one run: service after service. */
import type { Account, Service } from '../core/account.ts'
import type { Clock, Context } from '../core/context.ts'
import type { Provider } from '../core/provider.ts'
import type { Source } from '../core/source.ts'
import { AccountRun } from '../vault/account-run.ts'
import type { Vault } from '../vault/vault.ts'
import type { AskedAhead } from './asked.ts'
import { isBooks } from './books.ts'
import { isDiskFailure, toFailure } from './failure.ts'
import { Pace } from './pace.ts'
import { Recollection } from './recollection.ts'
import type { AccountReport, BackupProgress, CollectionReport, FailedService, Failure, PendingItem } from './report.ts'
import { ServiceBackup, type ServiceOptions } from './service-backup.ts'
import { StartingLine } from './starting-line.ts'

/** One provider's part in an account. */
export interface Connection {
  readonly account: Account
  readonly provider: Provider
  readonly context: Context
}

export interface AccountOptions extends Omit<ServiceOptions, 'recollection'> {
  readonly onProgress: (event: BackupProgress) => void
  readonly ahead?: AskedAhead | null
  /** Where restores note what they put into accounts; null where there is no such folder. */
  readonly restores?: string | null
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
    const nothing = { run: '', collections: [], pending: [], failedServices: [], counts: [] }
    return { account: id, provider, ...nothing, failure: toFailure(error) }
  }
  const recollection = Recollection.of(vault, id, options.restores ?? null)
  try {
    const backup = new AccountBackup(run, { id, provider, clock: vault.clock }, { ...options, recollection })
    await backup.services(
      connections
        .flatMap((connection) => connection.account.services.map((service) => ({ connection, service })))
        .filter(({ service }) => options.onlyMissing !== true || isMissingSome(run, service)),
    )
    return await backup.end()
  } finally {
    recollection?.close()
  }
}

function isMissingSome({ state }: AccountRun, service: Service): boolean {
  return state.collections().some((record) => record.service === service && state.pending(record.c).length > 0)
}

interface Part {
  readonly connection: Connection
  readonly service: Service
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
  readonly #options: AccountOptions & ServiceOptions
  readonly #pace: Pace
  readonly #parts: ServiceBackup[] = []

  constructor(run: AccountRun, account: Named, options: AccountOptions & ServiceOptions) {
    this.#run = run
    this.#account = account
    this.#options = options
    this.#pace = new Pace(run, account.id, account.clock, options.onProgress)
  }

  /** The disk fails: nothing more can be saved. */
  get broken(): boolean {
    return this.#failure !== undefined && isDiskFailure(this.#failure.code)
  }

  /**
   * Service after service. Address books and calendars are small: what comes next is asked for while they are being saved.
   */
  async services(parts: readonly Part[]): Promise<void> {
    const together = parts.filter(({ connection }) => connection.provider.readsSideBySide === true)
    await this.#sideBySide(together)
    const inTurn = parts
      .filter((part) => !together.includes(part))
      .map(({ connection: { account, provider, context }, service }) => ({
        service,
        backup: new ServiceBackup(this.#run, service, this.#pace, this.#options, this.#options.ahead?.take(account.id, service)),
        open: () => provider.source(account, service, context),
      }))
    let earlier: Promise<void> = Promise.resolve()
    for (const [n, { service, backup, open }] of inTurn.entries()) {
      if (this.broken || this.#options.signal.aborted) break
      this.#parts.push(backup)
      const before = earlier
      const done = backup.work(open, before).catch((error: unknown) => this.#fail(service, error))
      const next = inTurn[n + 1]
      if (isBooks(service) && next !== undefined && isBooks(next.service)) this.#beginEarly(next)
      if (isBooks(service)) await Promise.race([backup.listed, done])
      else await done
      // Never more than two at once.
      await before
      earlier = done
    }
    await earlier
    for (const { backup } of inTurn) await backup.close()
  }

  /** Which address books or calendars there are is asked for while the server thinks about the others. */
  #beginEarly({ backup, open }: { readonly backup: ServiceBackup; readonly open: () => Source }): void {
    try {
      backup.begin(open)
    } catch {
      // `work` meets the same and tells.
    }
  }

  /**
   * All are listed before anything is saved: a rename must not run beside it. Then mail and files, which take longest and have
   * limits of their own at most providers, are saved side by side, and so are contacts and calendars, one after the other: what all
   * hold in memory at once would be too much.
   */
  async #sideBySide(parts: readonly Part[]): Promise<void> {
    const line = new StartingLine(parts.length)
    let books: Promise<void> = Promise.resolve()
    const working = parts.map(({ connection: { account, provider, context }, service }) => {
      const part = new ServiceBackup(this.#run, service, this.#pace, this.#options)
      this.#parts.push(part)
      const { start, leave } = line.runner()
      const before = isBooks(service) ? books : Promise.resolve()
      const startInTurn = async <T>(record: () => Promise<T>): Promise<T> => {
        const recorded = await start(record)
        await before
        return recorded
      }
      const done = part
        .work(() => provider.source(account, service, context), Promise.resolve(), startInTurn)
        .catch((error: unknown) => this.#fail(service, error))
        .finally(leave)
      if (isBooks(service)) books = done
      return done
    })
    await Promise.all(working)
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

  async end(): Promise<AccountReport> {
    const { id, provider, clock } = this.#account
    let reports: readonly CollectionReport[] | null = null
    try {
      if (this.broken) {
        await this.#run.abandon()
      } else {
        await this.#pace.commitNow()
        reports = this.#reports()
        const counts = reports.map(({ service, path, said, stored, pending, skipped, failure, heldBack }) => ({
          service,
          path,
          said,
          stored,
          pending,
          ...(skipped === undefined ? {} : { skipped }),
          ...(failure === undefined ? {} : { failed: failure.message }),
          ...(heldBack === 0 ? {} : { heldBack }),
        }))
        await this.#run.end(this.#outcome(reports), clock.now(), counts)
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
      counts: this.broken ? [] : this.#parts.flatMap((part) => part.counts()),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  #outcome(reports: readonly CollectionReport[]): 'stopped' | 'finished' | 'failed' {
    // Nobody looked for what is new.
    if (this.#options.signal.aborted || this.#options.onlyMissing === true) return 'stopped'
    // Nobody is to be told that this is as safe as of today.
    const hadNoRoom = reports.some(({ failure }) => failure !== undefined && isDiskFailure(failure.code))
    return this.#failure === undefined && !hadNoRoom ? 'finished' : 'failed'
  }

  #reports(): CollectionReport[] {
    return [
      ...this.#parts.flatMap(({ backups }) => backups.map((backup) => backup.report())),
      ...this.#parts.flatMap(({ skipped }) => skipped),
    ]
  }

  #pending(): PendingItem[] {
    return this.#parts
      .flatMap(({ backups }) => backups)
      .flatMap(({ record }) =>
        this.#run.state
          .pending(record.c)
          .map(({ key, title, reason }) => ({ service: record.service, collection: record.path, key, title, reason })),
      )
  }
}
