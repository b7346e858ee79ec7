/** Tells the viewer's writer what the journals say, from where it stopped reading them. */
import type { Json, JsonObject, Service } from '../core/types.ts'
import { readItem } from '../vault/item-reader.ts'
import { type CommittedBatch, committedBatches, type JournalEntry, journalsInOrder, type PutEntry } from '../vault/journal.ts'
import { journalPath, systemPath } from '../vault/layout.ts'
import type { OpenAccount, Vault } from '../vault/vault.ts'
import type { SkippedInfo } from '../viewer/format.ts'
import type { OverviewInput, ViewerChange, ViewerInput } from '../viewer/input.ts'

export interface InputExtras extends Pick<OverviewInput, 'proof' | 'verified' | 'documents' | 'notices'> {
  document: ViewerInput['document']
}

type ItemEntry = Extract<JournalEntry, { op: 'collection' | 'gone' | 'put' | 'meta' | 'remove' }>

/** How far an account's journals were read: a place in one of them, and how many there are up to it. */
interface Position {
  readonly run: string
  readonly length: number
  readonly fingerprint: string
  readonly count: number
}

export class VaultViewerInput implements ViewerInput {
  readonly vault: string
  readonly program: string
  readonly #vault: Vault
  readonly #extras: InputExtras
  #accounts: readonly OpenAccount[] | null = null

  constructor(vault: Vault, extras: InputExtras) {
    this.#vault = vault
    this.#extras = extras
    this.vault = vault.id
    this.program = vault.program
  }

  now(): string {
    return this.#vault.clock.now().toISOString()
  }

  document(...[attachment]: Parameters<ViewerInput['document']>): Promise<string> {
    return this.#extras.document(attachment)
  }

  async #openAccounts(): Promise<readonly OpenAccount[]> {
    if (this.#accounts !== null) return this.#accounts
    const accounts: OpenAccount[] = []
    for (const id of (await this.#vault.accountIds()).sort()) accounts.push(await this.#vault.account(id))
    this.#accounts = accounts
    return accounts
  }

  async changes(covered: { readonly [account: string]: string }): Promise<AsyncIterable<ViewerChange> | null> {
    const accounts = await this.#openAccounts()
    if (Object.keys(covered).some((id) => !accounts.some((account) => account.id === id))) return null
    const from = new Map<string, Position>()
    for (const account of accounts) {
      const text = covered[account.id]
      if (text === undefined) continue
      const position = await this.#continued(account, text)
      if (position === null) return null
      from.set(account.id, position)
    }
    return this.#changes(accounts, from)
  }

  /** Null where the journals are not those that were read: the vault is a copy that went its own way, or one was lost. */
  async #continued(account: OpenAccount, text: string): Promise<Position | null> {
    const [run = '', length, fingerprint = '', count] = text.split(' ')
    const position: Position = { run, length: Number(length), fingerprint, count: Number(count) }
    const runs = await journalsInOrder(this.#vault.disk, account.root)
    if (runs[position.count - 1]?.run !== run) return null
    for await (const batch of committedBatches(this.#vault.disk, systemPath(account.root, journalPath(run)))) {
      if (batch.length < position.length) continue
      return batch.length === position.length && batch.fingerprint === fingerprint ? position : null
    }
    return null
  }

  async *#changes(accounts: readonly OpenAccount[], from: ReadonlyMap<string, Position>): AsyncGenerator<ViewerChange> {
    for (const account of accounts) {
      const services = new Map(account.state.collections().map(({ c, service }) => [c, service]))
      const start = from.get(account.id)
      const runs = await journalsInOrder(this.#vault.disk, account.root)
      for (const [at, { run }] of runs.entries()) {
        if (start !== undefined && at < start.count - 1) continue
        const length = run === start?.run ? start.length : 0
        for await (const batch of committedBatches(this.#vault.disk, systemPath(account.root, journalPath(run)), length)) {
          for (const entry of batch.entries) yield* this.#entry(account, services, run, entry)
          yield { kind: 'position', account: account.id, position: positionText(run, batch, at + 1) }
        }
      }
    }
  }

  *#entry(
    account: OpenAccount,
    services: ReadonlyMap<number, Service>,
    run: string,
    entry: JournalEntry,
  ): Generator<ViewerChange> {
    const path = (name: string) => `${account.folder}/${name}`
    switch (entry.op) {
      case 'begin':
        yield { kind: 'run', account: account.id, id: run, ended: null, status: null, skipped: null }
        return
      case 'end':
        yield {
          kind: 'run',
          account: account.id,
          id: run,
          ended: entry.ended,
          status: entry.status,
          skipped: skippedOf(entry.collections),
        }
        return
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
        const service = services.get(entry.c)
        if (service !== undefined) yield this.#itemEntry(account, service, run, entry)
      }
    }
  }

  #itemEntry(account: OpenAccount, service: Service, run: string, entry: ItemEntry): ViewerChange {
    const collection = { account: account.id, c: entry.c }
    switch (entry.op) {
      case 'collection':
      case 'gone':
        return { kind: entry.op, collection, service, run }
      case 'put':
        return this.#put(account, service, run, entry)
      case 'meta':
        return { kind: 'changed', service, collection, key: entry.key, run, meta: entry.meta }
      case 'remove':
        return { kind: 'removed', service, collection, key: entry.key, run, rekeyed: entry.rekeyed !== undefined }
    }
  }

  #put(account: OpenAccount, service: Service, run: string, entry: PutEntry): ViewerChange {
    const { c, key, path, offset, length, size, sha256, date, meta } = entry
    return {
      ...{ kind: 'put', service, collection: { account: account.id, c }, key, run, sha256, size, date, meta },
      origin: { file: `${account.folder}/${path}`, offset: offset ?? 0, length: length ?? size },
      content: (limit) => this.#content(account, service, entry, limit),
    }
  }

  /** Paths of the entry are those of then: where the octets lie now, the state knows. */
  async #content({ root, state }: OpenAccount, service: Service, { sha256, size }: PutEntry, limit: number): Promise<Uint8Array> {
    let failure: unknown = null
    for (const place of state.places(service, sha256)) {
      try {
        return await upTo(readItem(this.#vault.disk, root, state, place), Math.min(limit, size))
      } catch (error) {
        failure ??= error
      }
    }
    throw failure ?? new TypeError('the state does not know what the journal put')
  }

  async overview(): Promise<OverviewInput> {
    const accounts = await this.#openAccounts()
    const { proof, verified, documents, notices } = this.#extras
    return {
      ...{ proof, verified, documents, notices },
      accounts: accounts.map((account) => accountInfo(account)),
      collections: accounts.flatMap((account) => collectionInfos(account)),
      pending: accounts.flatMap(({ id, state }) =>
        state.collections().flatMap(({ c }) => state.pending(c).map(({ title, reason }) => ({ account: id, c, title, reason }))),
      ),
    }
  }
}

function positionText(run: string, { length, fingerprint }: CommittedBatch, count: number): string {
  return `${run} ${length} ${fingerprint} ${count}`
}

async function upTo(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.length
    // What is cut here was not checked; the viewer says that it shows the beginning.
    if (length > limit) break
  }
  const [only] = parts
  return parts.length === 1 && only !== undefined && length <= limit ? only : Buffer.concat(parts, Math.min(length, limit))
}

function skippedOf(collections: readonly JsonObject[]): Omit<SkippedInfo, 'account'>[] {
  return collections.flatMap(({ path, skipped }) =>
    skipped === undefined ? [] : [{ collection: names(path), reason: String(skipped) }],
  )
}

function names(path: Json | undefined): string[] {
  return Array.isArray(path) ? path.map(String) : []
}

function accountInfo({ id, folder, state }: OpenAccount): OverviewInput['accounts'][number] {
  const services = [...new Set(state.collections().map(({ service }) => service))]
  const last = state.lastRun()
  const asOf = state.lastFinished()
  return { key: id, id, folder, providers: [], services, asOf, lastRun: last?.run ?? '' }
}

function collectionInfos({ id, state }: OpenAccount): OverviewInput['collections'] {
  return state.collections().map(({ c, service, path, role, meta }) => {
    const { live, removed, bytes } = state.countItems(c)
    const unread = service === 'mail' ? state.countUnread(c) : 0
    return { account: id, c, service, path, role, meta, live, removed, unread, bytes }
  })
}
