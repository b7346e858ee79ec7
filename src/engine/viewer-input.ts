/** Tells the viewer's writer what the journals say, from where it stopped reading them, and of a run under way as it goes. */
import type { Service } from '../core/account.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { Disk } from '../vault/disk.ts'
import { type CommittedBatch, committedBatches, journalsInOrder } from '../vault/journal.ts'
import type { JournalEntry, PutEntry } from '../vault/journal-entries.ts'
import { journalPath, systemPath } from '../vault/layout.ts'
import { MailReader } from '../vault/mail-reader.ts'
import type { SkippedInfo } from '../viewer/format-overview.ts'
import type { OverviewInput, ViewerChange, ViewerInput } from '../viewer/input.ts'
import type { LiveJournal, TaskAccount, ViewerHost, ViewerTask } from './viewer-task.ts'

type ItemEntry = Extract<JournalEntry, { op: 'collection' | 'gone' | 'put' | 'meta' | 'remove' }>

/** How far an account's journals were read: a place in one of them, and how many there are up to it. */
interface Position {
  readonly run: string
  readonly length: number
  readonly fingerprint: string
  readonly count: number
}

interface Origin {
  readonly run: string
  /** The run is under way: it has just checked what it wrote. */
  readonly isFresh: boolean
}

interface Wanted {
  readonly entry: PutEntry
  readonly isFresh: boolean
}

export class JournalInput implements ViewerInput {
  readonly vault: string
  readonly program: string
  readonly #task: ViewerTask
  readonly #disk: Disk
  readonly #host: ViewerHost
  readonly #mail: MailReader
  readonly document: ViewerInput['document']

  constructor(task: ViewerTask, disk: Disk, host: ViewerHost, document: ViewerInput['document']) {
    this.#task = task
    this.#disk = disk
    this.#host = host
    this.#mail = new MailReader(disk)
    this.document = document
    this.vault = task.vault
    this.program = task.program
  }

  now(): string {
    return this.#task.now
  }

  overview(): Promise<OverviewInput> {
    return this.#host.overview()
  }

  async changes(covered: { readonly [account: string]: string }): Promise<AsyncIterable<ViewerChange> | null> {
    const { accounts } = this.#task
    if (Object.keys(covered).some((id) => !accounts.some((account) => account.id === id))) return null
    const from = new Map<string, Position>()
    for (const account of accounts) {
      const text = covered[account.id]
      if (text === undefined) continue
      const position = await this.#continued(account, text)
      if (position === null) return null
      from.set(account.id, position)
    }
    return this.#changes(from)
  }

  /** Null where the journals are not those that were read: the vault is a copy that went its own way, or one was lost. */
  async #continued(account: TaskAccount, text: string): Promise<Position | null> {
    const [run = '', length, fingerprint = '', count] = text.split(' ')
    const position: Position = { run, length: Number(length), fingerprint, count: Number(count) }
    const runs = await journalsInOrder(this.#disk, account.root)
    if (runs[position.count - 1]?.run !== run) return null
    for await (const batch of committedBatches(this.#disk, systemPath(account.root, journalPath(run)))) {
      if (batch.length < position.length) continue
      return batch.length === position.length && batch.fingerprint === fingerprint ? position : null
    }
    return null
  }

  async *#changes(from: ReadonlyMap<string, Position>): AsyncGenerator<ViewerChange> {
    for (const account of this.#task.accounts) {
      const services = new Map(account.services)
      const start = from.get(account.id)
      // Waits for the run's first commit: its journal is the last one then.
      const live = account.isLive ? await this.#host.grown(account.id, 0) : null
      const runs = await journalsInOrder(this.#disk, account.root)
      for (const [at, { run }] of runs.entries()) {
        if (start !== undefined && at < start.count - 1) continue
        const length = run === start?.run ? start.length : 0
        const isFresh = run === live?.run
        for await (const batch of this.#batches(account, run, length, live)) {
          this.#mail.forget()
          for (const entry of batch.entries) yield* this.#entry(account, services, { run, isFresh }, entry)
          yield { kind: 'position', account: account.id, position: positionText(run, batch, at + 1) }
        }
      }
    }
  }

  #batches(account: TaskAccount, run: string, from: number, live: LiveJournal | null): AsyncGenerator<CommittedBatch> {
    const path = systemPath(account.root, journalPath(run))
    if (run !== live?.run) return committedBatches(this.#disk, path, from)
    return committedBatches(this.#disk, path, from, async (length) => {
      const grown = await this.#host.grown(account.id, length)
      return grown?.run === run ? grown.length : null
    })
  }

  *#entry(account: TaskAccount, services: Map<number, Service>, from: Origin, entry: JournalEntry): Generator<ViewerChange> {
    const { run } = from
    const path = (name: string) => `${account.folder}/${name}`
    switch (entry.op) {
      case 'begin':
        yield {
          ...{ kind: 'run', account: account.id, id: run, ended: null, status: null, skipped: null },
          providers: entry.provider.split('+'),
        }
        return
      case 'end': {
        const skipped = skippedOf(entry.collections)
        const { ended, status } = entry
        yield { kind: 'run', account: account.id, id: run, ended, status, skipped, providers: null }
        return
      }
      case 'rename':
        yield { kind: 'renamed', from: path(entry.from), to: path(entry.to) }
        return
      case 'move':
        yield { kind: 'moved', from: path(entry.from), to: path(entry.to) }
        return
      case 'place':
      case 'pending':
      case 'commit':
        return
      default: {
        if (entry.op === 'collection' && entry.service !== 'originals') services.set(entry.c, entry.service)
        const service = services.get(entry.c)
        if (service !== undefined) yield this.#itemEntry(account, service, from, entry)
      }
    }
  }

  #itemEntry(account: TaskAccount, service: Service, from: Origin, entry: ItemEntry): ViewerChange {
    const { run } = from
    const collection = { account: account.id, c: entry.c }
    switch (entry.op) {
      case 'collection':
      case 'gone':
        return { kind: entry.op, collection, service, run }
      case 'put':
        return this.#put(account, service, from, entry)
      case 'meta':
        return { kind: 'changed', service, collection, key: entry.key, run, meta: entry.meta }
      case 'remove':
        return { kind: 'removed', service, collection, key: entry.key, run, rekeyed: entry.rekeyed !== undefined }
    }
  }

  #put(account: TaskAccount, service: Service, { run, isFresh }: Origin, entry: PutEntry): ViewerChange {
    const { c, key, path, offset, length, size, sha256, date, meta } = entry
    return {
      ...{ kind: 'put', service, collection: { account: account.id, c }, key, run, sha256, size, date, meta },
      origin: { file: `${account.folder}/${path}`, offset: offset ?? 0, length: length ?? size },
      content: (limit) => this.#content(account, service, { entry, isFresh }, limit),
    }
  }

  /** Where a message was put it mostly still lies. Everything else, and what lies elsewhere by now, the vault finds. */
  async #content({ id, root }: TaskAccount, service: Service, { entry, isFresh }: Wanted, limit: number): Promise<Uint8Array> {
    const { path, offset, length, sha256 } = entry
    const here = service === 'mail' && offset !== undefined && length !== undefined ? { offset, length } : null
    const file = systemPath(root, path)
    const message = here === null ? null : await this.#mail[isFresh ? 'readFresh' : 'read'](file, here, sha256)
    return message ?? (await this.#host.content(id, service, sha256, limit))
  }
}

function positionText(run: string, { length, fingerprint }: CommittedBatch, count: number): string {
  return `${run} ${length} ${fingerprint} ${count}`
}

function skippedOf(collections: readonly JsonObject[]): Omit<SkippedInfo, 'account'>[] {
  return collections.flatMap(({ path, skipped }) =>
    skipped === undefined ? [] : [{ collection: names(path), reason: String(skipped) }],
  )
}

function names(path: Json | undefined): string[] {
  return Array.isArray(path) ? path.map(String) : []
}
