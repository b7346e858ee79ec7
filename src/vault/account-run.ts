/** One run's writing into one account of the vault: puts, changes and commits, in the order the laws ask for. */
import { basename, dirname } from 'node:path'
import type { Service } from '../core/account.ts'
import { type AppError, hasCode } from '../core/errors.ts'
import type { Content, Item, Originals } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { Batch } from './batch.ts'
import { BookStore } from './book-store.ts'
import { BookWriter } from './book-writer.ts'
import type { Capacity } from './disk.ts'
import { writeFileIndex } from './file-index.ts'
import { FileStore } from './file-store.ts'
import { Healing } from './healing.ts'
import { History } from './history.ts'
import { readItem } from './item-reader.ts'
import { JournalWriter, journalRuns } from './journal.ts'
import { type EndEntry, isFileOperation, type JournalEntry, type PendingEntry } from './journal-entries.ts'
import { filesIndex, journalPath, mailFolder, mailIndex, runId, systemPath } from './layout.ts'
import { Listing } from './listing.ts'
import { writeMailIndex } from './mail-index.ts'
import { MailItems } from './mail-items.ts'
import { collect, MailWriter, wholeMessage } from './mail-store.ts'
import { carryOut } from './operations.ts'
import { keptOriginals, OriginalsStore } from './originals.ts'
import { RunCollections } from './run-collections.ts'
import { Staging } from './staging.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import type { RunContext, Store } from './store.ts'
import type { OpenAccount, Vault } from './vault.ts'

export class AccountRun {
  /** Id of the run. */
  readonly run: string
  readonly state: AccountState
  readonly listing: Listing
  readonly collections: RunCollections
  readonly #vault: Vault
  readonly #account: OpenAccount
  readonly #journal: JournalWriter
  readonly #mail: MailWriter
  readonly #staging: Staging
  readonly #stores: Readonly<Record<Service, Store>>
  readonly #books: BookWriter
  readonly #originals: OriginalsStore
  readonly #healing: Healing
  /** The one that waits for its commit, and those that are on their way to the disk, the latest first. */
  #batches: readonly Batch[] = [new Batch()]
  /** The services whose tables no longer show what is there. */
  readonly #stale = new Set<Service>()
  #commits: Promise<unknown> = Promise.resolve()

  static async begin(vault: Vault, id: string, provider: string): Promise<AccountRun> {
    const account = await vault.account(id)
    const last = (await journalRuns(vault.disk, account.root)).at(-1) ?? null
    const run = new AccountRun(vault, account, provider, nextRunId(vault.clock.now(), last))
    try {
      await run.#healing.ask((folder, item, content) => run.put(folder, item, content))
    } catch (error) {
      await run.abandon()
      throw error
    }
    return run
  }

  private constructor(vault: Vault, account: OpenAccount, provider: string, run: string) {
    this.#vault = vault
    this.#account = account
    this.state = account.state
    this.run = run
    this.#journal = new JournalWriter(vault.disk, vault.directory, systemPath(account.root, journalPath(run)))
    this.#mail = new MailWriter(vault.disk, vault.directory, account.root, account.state.fileLengths(`${mailFolder}/`), {
      onFirstWrite: () => vault.markWriting(),
      knownSum: (path) => account.manifest.sumOf(path),
    })
    this.#staging = new Staging(vault.disk, vault.directory, account.root, () => vault.markWriting())
    this.listing = new Listing(account.state)
    const context = this.#context()
    const history = new History(run)
    this.#books = new BookWriter(
      context,
      history,
      (path) => account.manifest.sumOf(path),
      (path) => vault.notices.push(unreadableWords(account.id, path)),
    )
    const books = new BookStore(context, history, this.#books)
    const files = new FileStore(context, history)
    this.#stores = { mail: new MailItems(context, this.#mail), contacts: books, calendar: books, files }
    this.collections = new RunCollections(context, this.#books, {
      originalsOf: (owner) => this.#originals.of(owner),
      changed: (service) => this.#stale.add(service),
      renamed: (from, to) => {
        this.#mail.renamed(from, to)
        account.manifest.renamed(from, to)
      },
    })
    this.#originals = new OriginalsStore(context, books, (description) => this.collections.createOriginals(description))
    this.#healing = new Healing(vault, account, context)
    this.#batch.add({ op: 'begin', v: 1, run, vault: vault.id, account: account.id, provider, program: vault.program })
  }

  #context(): RunContext {
    return {
      disk: this.#vault.disk,
      root: this.#account.root,
      run: this.run,
      state: this.state,
      listing: this.listing,
      staging: this.#staging,
      batch: () => this.#batch,
      batches: () => this.#batches,
      commit: () => this.commit(),
      now: () => this.#vault.clock.now(),
    }
  }

  get #batch(): Batch {
    const [batch = new Batch()] = this.#batches
    return batch
  }

  /** Journal lines that wait for the next commit. */
  get uncommittedEntries(): number {
    return this.#batch.entries.length
  }

  /** Octets put since the last commit. */
  get uncommittedOctets(): number {
    return this.#batch.octets
  }

  /** Items that the next commit has to write once more, because others of their address book or calendar changed. */
  get itemsToRewrite(): number {
    return this.#books.toRewrite(this.#batch)
  }

  /** Of the vault's disk, now. */
  async capacity(): Promise<Capacity> {
    return await this.#vault.disk.capacity(this.#vault.directory)
  }

  /**
   * Saves an item, or a new version of it, and what the provider itself says of it. It counts once the next commit is done.
   * Answers its octets.
   */
  async put(collection: CollectionRecord, item: Item, content: Content, originals?: Originals): Promise<number> {
    this.#stale.add(collection.service)
    // First: an item without its original would count as saved.
    if (originals !== undefined) await this.#originals.put(collection, item, originals)
    return await this.#stores[collection.service].put(collection, item, content)
  }

  /**
   * Saves a copy of an item that is in the vault already, by default in this account, with what its provider said of it. False when those
   * bytes are not what was saved, or cannot be read.
   */
  async copy(
    collection: CollectionRecord,
    item: Item,
    from: ItemRecord,
    { root, state }: Pick<OpenAccount, 'root' | 'state'> = this.#account,
  ): Promise<boolean> {
    // Of a former version nobody knows by what else it went.
    const isCurrent = state.item(from.c, from.key)?.sha256 === from.sha256
    const identities = isCurrent ? state.identities(from.id) : []
    const identified = { ...item, identities: [...(item.identities ?? []), ...identities] }
    // It may only just be on its way to its place.
    await this.#commits
    const bytes = readItem(this.#vault.disk, root, state, from)
    const originals = isCurrent ? await keptOriginals(state, from, (one) => readItem(this.#vault.disk, root, state, one)) : null
    try {
      const content = from.size <= wholeMessage ? await collect(bytes).catch(nullIfUnreadable) : bytes
      if (content === null) return false
      await this.put(collection, identified, content, originals ?? undefined)
      return true
    } catch (error) {
      if (hasCode(error, 'corrupt', 'disk-absent')) return false
      throw error
    }
  }

  /**
   * The item `from` goes by another key now: its bytes stay in the vault. False when those bytes are not what was saved.
   */
  async rekey(collection: CollectionRecord, item: Item, from: ItemRecord): Promise<boolean> {
    this.#stale.add(collection.service)
    // What was removed has left its place, but for mail.
    if (from.removed !== null && collection.service !== 'mail') return await this.copy(collection, item, from)
    if (from.key !== item.key) await this.#originals.rekey(collection, item, from.key)
    await this.#stores[collection.service].rekey(collection, item, from)
    this.listing.keep(collection.c, from.key)
    return true
  }

  async meta(collection: CollectionRecord, key: string, meta: JsonObject): Promise<void> {
    this.#stale.add(collection.service)
    await this.#stores[collection.service].meta(collection, key, meta)
  }

  async remove(collection: CollectionRecord, key: string): Promise<void> {
    this.#stale.add(collection.service)
    await this.#stores[collection.service].remove(collection, key)
    await this.#originals.remove(collection, key)
  }

  /** Keeps what the provider itself says of the collection. */
  async describe(collection: CollectionRecord, originals: Originals): Promise<void> {
    await this.#originals.describe(collection, originals)
  }

  pending(collection: CollectionRecord, item: Item, reason: AppError): void {
    const entry: PendingEntry = {
      ...{ op: 'pending', c: collection.c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(item.size === undefined ? {} : { size: item.size }),
      ...(item.date === undefined ? {} : { date: item.date }),
      ...(item.identities === undefined ? {} : { identity: item.identities }),
      ...{ meta: item.meta, title: item.title ?? '', code: reason.code, reason: reason.message },
    }
    this.#batch.add(entry)
  }

  /**
   * Returns once everything put and noted before is durable, with the cursors that cover it. Commits follow each other; after
   * one that failed there is no other: it would cover what the failed one lost.
   */
  commit(cursors: { readonly [c: string]: string } = {}): Promise<void> {
    const mine = this.#commits.then(() => this.#commitNow(cursors))
    this.#commits = mine
    mine.catch(() => undefined)
    return mine
  }

  async #commitNow(cursors: { readonly [c: string]: string }): Promise<void> {
    const { taken: batch, lengths: files } = await this.#mail.settle(() => this.#takeBatch())
    const entries = await this.#books.write(batch)
    if (entries.length > 0 || Object.keys(cursors).length > 0) await this.#commitBatch(entries, cursors, files)
    this.#batches = this.#batches.filter((each) => each !== batch)
  }

  async #commitBatch(
    entries: readonly JournalEntry[],
    cursors: { readonly [c: string]: string },
    files: { readonly [path: string]: number },
  ): Promise<void> {
    const { disk, directory } = this.#vault
    const { root } = this.#account
    await this.#vault.markWriting()
    await this.#staging.settle(entries.flatMap((entry) => (entry.op === 'place' ? [entry.staged] : [])))
    const commit = {
      ...(Object.keys(cursors).length > 0 ? { cursors } : {}),
      ...(Object.keys(files).length > 0 ? { files } : {}),
    }
    await disk.makeDirectory(dirname(systemPath(root, journalPath(this.run))))
    await this.#journal.commit(entries, commit)
    await carryOut(disk, directory, root, entries, false)
    this.#account.manifest.touched(Object.keys(files))
    for (const entry of entries) {
      if (!isFileOperation(entry)) continue
      this.#account.manifest.changed(entry)
      this.#healing.carriedOut(entry)
    }
    const { length, fingerprint } = this.#journal
    const applied = [...entries, { op: 'commit' as const, ...commit, sha256: fingerprint }]
    this.state.apply(this.run, { entries: applied, length, fingerprint })
    this.#vault.onCommit?.(this.#account.id, this.run, length)
  }

  #takeBatch(): Batch {
    const batch = this.#batch
    this.#batches = [new Batch(), ...this.#batches]
    return batch
  }

  /** Commits what is left, writes the tables, and closes the journal. */
  async end(status: EndEntry['status'], ended: Date, collections: readonly JsonObject[]): Promise<void> {
    this.#healing.mendBooks(this.#books)
    await this.commit()
    await this.#books.close()
    await this.#staging.close()
    await this.#refreshIndexes()
    const entry: EndEntry = { op: 'end', status, ended: ended.toISOString(), collections }
    await this.#journal.end(entry)
    const { length, fingerprint } = this.#journal
    this.state.apply(this.run, { entries: [entry], length, fingerprint })
    this.#vault.onCommit?.(this.#account.id, this.run, length)
    this.#healing.listAsFound()
    for (const [path, sum] of this.#mail.sums()) this.#account.manifest.known(path, sum)
    for (const path of this.#mail.unusable()) {
      // What somebody else did to it is listed as it is now, and was told then.
      if (await this.#account.manifest.matches(path)) continue
      this.#vault.notices.push(
        `${this.#account.id}: ${path} is not as it was left. It was not touched; new messages went into another file. Check the disk (lifeboat verify).`,
      )
    }
    this.#account.manifest.known(journalPath(this.run), this.#journal.digest())
  }

  async #refreshIndexes(): Promise<void> {
    await this.#refreshIndex('mail', mailIndex, writeMailIndex)
    await this.#refreshIndex('files', filesIndex, writeFileIndex)
  }

  async #refreshIndex(service: Service, path: string, write: typeof writeMailIndex): Promise<void> {
    const { disk } = this.#vault
    if (!this.#stale.has(service)) {
      const isThere = (await disk.stat(systemPath(this.#account.root, path))) !== null
      const isListed = this.#account.manifest.sumOf(path) !== undefined
      if (isThere ? await this.#account.manifest.matches(path) : !isListed && !this.state.hasItemsOf(service)) return
    }
    this.#account.manifest.known(path, await write(disk, this.#account.root, this.state))
  }

  /** After a failure: gives the handles back without writing anything more. The next run puts the vault in order. */
  async abandon(): Promise<void> {
    this.#vault.abandon()
    await this.#mail.abandon()
    await this.#journal.close().catch(() => undefined)
  }
}

/** Never earlier than the last run, even when the clock was set back: journals are read in the order of their names. */
function nextRunId(now: Date, last: string | null): string {
  const id = runId(now)
  if (last === null || id > last) return id
  const [day = '', time = ''] = last.slice(0, -1).split('T')
  const [hours, minutes, seconds] = [time.slice(0, 2), time.slice(2, 4), time.slice(4)]
  return runId(new Date(Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) + 1000))
}

function unreadableWords(account: string, path: string): string {
  return `${account}: a part of ${path} cannot be read from the disk any more. It is kept beside as “${basename(path)} (found 1)”; a new one was made of what can be read, and what the provider still has of the rest is fetched anew.`
}

/** Of what cannot be read from the disk. @throws everything else */
function nullIfUnreadable(error: unknown): null {
  if (hasCode(error, 'disk-failed')) return null
  throw error
}
