/** One run's writing into one account of the vault: puts, changes and commits, in the order the laws ask for. */
import { dirname } from 'node:path'
import { type AppError, hasCode } from '../core/errors.ts'
import type { Collection, Content, Item, JsonObject, Originals, Service } from '../core/types.ts'
import { Batch } from './batch.ts'
import { BookStore } from './book-store.ts'
import { BookWriter } from './book-writer.ts'
import { CollectionFolders } from './collection-folders.ts'
import { afterOperation, type SuspectFile, suspectFiles } from './damage.ts'
import { type Capacity, renameDurably } from './disk.ts'
import { writeFileIndex } from './file-index.ts'
import { FileStore } from './file-store.ts'
import { History } from './history.ts'
import { readItem } from './item-reader.ts'
import {
  type CollectionEntry,
  type EndEntry,
  isFileOperation,
  type JournalEntry,
  JournalWriter,
  journalRuns,
  type PendingEntry,
} from './journal.ts'
import { filesIndex, historyFolder, journalPath, mailFolder, mailIndex, runId, type StoredKind, systemPath } from './layout.ts'
import { Listing } from './listing.ts'
import { writeMailIndex } from './mail-index.ts'
import { MailItems } from './mail-items.ts'
import { collect, MailWriter, wholeMessage } from './mail-store.ts'
import { carryOut } from './operations.ts'
import { OriginalsStore, originalsPath } from './originals.ts'
import { Staging } from './staging.ts'
import type { AccountState } from './state.ts'
import { type CollectionRecord, canonicalJson, type ItemRecord, type StoredCollection } from './state-rows.ts'
import type { RunContext, Store } from './store.ts'
import type { OpenAccount, Vault } from './vault.ts'

export class AccountRun {
  /** Id of the run. */
  readonly run: string
  readonly state: AccountState
  readonly listing: Listing
  readonly #vault: Vault
  readonly #account: OpenAccount
  readonly #journal: JournalWriter
  readonly #mail: MailWriter
  readonly #folders: Readonly<Record<StoredKind, CollectionFolders>> = {
    mail: new CollectionFolders('mail'),
    contacts: new CollectionFolders('contacts'),
    calendar: new CollectionFolders('calendar'),
    files: new CollectionFolders('files'),
    originals: new CollectionFolders('originals'),
  }
  readonly #staging: Staging
  readonly #stores: Readonly<Record<Service, Store>>
  readonly #books: BookWriter
  readonly #originals: OriginalsStore
  /** The one that waits for its commit, and those that are on their way to the disk, the latest first. */
  #batches: readonly Batch[] = [new Batch()]
  #nextCollection: number
  /** The services whose tables no longer show what is there. */
  readonly #stale = new Set<Service>()
  #suspects: readonly SuspectFile[] = []
  #commits: Promise<unknown> = Promise.resolve()

  static async begin(vault: Vault, id: string, provider: string): Promise<AccountRun> {
    const account = await vault.account(id)
    const last = (await journalRuns(vault.disk, account.root)).at(-1) ?? null
    const run = new AccountRun(vault, account, provider, nextRunId(vault.clock.now(), last))
    try {
      await run.#askForDamaged()
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
      knownSum: (path) => vault.knownSum(account, path),
    })
    this.#staging = new Staging(vault.disk, vault.directory, account.root, () => vault.markWriting())
    this.listing = new Listing(account.state)
    const context = this.#context()
    const history = new History(run)
    this.#books = new BookWriter(context, history, (path) => vault.knownSum(account, path))
    const books = new BookStore(context, history, this.#books)
    const files = new FileStore(context, history)
    this.#stores = { mail: new MailItems(context, this.#mail), contacts: books, calendar: books, files }
    this.#originals = new OriginalsStore(context, books, (description) => this.#createOriginals(description))
    this.#nextCollection = account.state.nextCollectionId()
    for (const { service, path, folder } of [...account.state.collections(), ...account.state.allOriginals()])
      this.#folders[service].add(path, folder)
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

  /** What is damaged on the disk waits to be fetched anew from now on. */
  async #askForDamaged(): Promise<void> {
    const { disk } = this.#vault
    const noted = this.#vault.notedDamage(this.#account)
    const knownSum = (path: string) => this.#vault.knownSum(this.#account, path)
    this.#suspects = await suspectFiles(disk, this.#account.root, this.state, noted, knownSum)
    let count = 0
    for (const suspect of this.#suspects) {
      const page = (after: number) => this.state.livingIn(suspect.path, after)
      for (let items = page(0); items.length > 0; items = page(items.at(-1)?.id ?? 0)) {
        for (const item of items) if (suspect.isDamaged(item) && this.#isToBeFetched(suspect, item)) count++
        if (this.uncommittedEntries > 1) await this.commit()
      }
    }
    if (count > 0)
      this.#vault.notices.push(
        `${this.#account.id}: ${count === 1 ? 'an item is' : `${count} items are`} damaged or missing on the disk. What the provider still has is fetched anew.`,
      )
  }

  /** An address book or calendar whose items are whole is put together again; as it was found it goes into the history. */
  #mendBook({ path, hasDamagedItems }: SuspectFile): void {
    if (hasDamagedItems) return
    const c = this.state.inFile(path)[0]?.c
    if (path.startsWith(`${historyFolder}/`) || this.state.headLength(path) === null || c === undefined) return
    const book = [...this.state.collections(), ...this.state.allOriginals()].find((collection) => collection.c === c)
    if (book !== undefined) this.#books.noteFile(this.#batch, book, path)
  }

  /** False where it is waited for already. An original comes again with the item that it belongs to. */
  #isToBeFetched(suspect: SuspectFile, damaged: ItemRecord): boolean {
    const owner = this.state.allOriginals().find(({ c }) => c === damaged.c)
    const item = owner === undefined ? damaged : this.state.item(Number(owner.key), damaged.key)
    if (item === null || item.removed !== null) return false
    suspect.await({ ...damaged, c: item.c, key: item.key })
    if (this.state.isPending(item.c, item.key)) return false
    this.#waitFor(item)
    return true
  }

  #waitFor({ id, c, key, version, size, date, meta, head }: ItemRecord): void {
    const identity = this.state.identities(id)
    const reason = 'Its copy on the disk is damaged or missing, and it could not be fetched anew yet.'
    this.#batch.add({
      ...{ op: 'pending', c, key },
      ...(version === key ? {} : { version }),
      ...(identity.length === 0 ? {} : { identity }),
      ...{ size, date, meta, title: head.subject, code: 'corrupt', reason },
    })
  }

  /** Journal lines that wait for the next commit. */
  get uncommittedEntries(): number {
    return this.#batch.entries.length
  }

  /** Octets put since the last commit. */
  get uncommittedOctets(): number {
    return this.#batch.octets
  }

  /** Of the vault's disk, now. */
  async capacity(): Promise<Capacity> {
    return await this.#vault.disk.capacity(this.#vault.directory)
  }

  addCollection(collection: Collection): CollectionRecord {
    return this.#describe(this.#nextCollection++, collection, this.#folders[collection.service].allocate(collection.path), null)
  }

  /** Whether the provider describes the collection as it did when it was recorded: nothing is to be taken over. */
  isDescribedSo(known: CollectionRecord, collection: Collection): boolean {
    const { c, folder, gone } = known
    const [now, then] = [collectionEntry(c, collection, folder), collectionEntry(c, describedAs(known), folder)]
    return !gone && canonicalJson({ ...now }) === canonicalJson({ ...then })
  }

  /**
   * Takes over the collection's present key, name and description; a changed name renames its folder. Must not run beside
   * puts.
   */
  async updateCollection(known: CollectionRecord, collection: Collection): Promise<CollectionRecord> {
    // A parent's rename may have moved it since it was read.
    const before = this.state.collections().find(({ c }) => c === known.c) ?? known
    const folder = await this.#folderFor(before, collection)
    const after = collectionEntry(known.c, collection, folder)
    const unchanged = collectionEntry(before.c, describedAs(before), before.folder)
    if (!before.gone && canonicalJson({ ...after }) === canonicalJson({ ...unchanged })) return before
    if (collection.service === 'contacts' || collection.service === 'calendar')
      return await this.#updateBook(before, collection, folder)
    const isThere = (await this.#vault.disk.stat(systemPath(this.#account.root, before.folder))) !== null
    const mustMove = isThere && folder !== before.folder
    if (mustMove) this.#batch.add({ op: 'rename', from: before.folder, to: folder })
    const record = this.#describe(known.c, collection, folder, before.cursor)
    if (mustMove) await this.#commitAndRename(before.folder, folder)
    this.#stale.add(collection.service)
    return record
  }

  /** Its files get the new name one by one, and then what they say of it at their beginning. */
  async #updateBook(before: CollectionRecord, collection: Collection, folder: string): Promise<CollectionRecord> {
    if (folder !== before.folder)
      for (const from of this.#presentFilesOf(before.c))
        this.#batch.add({ op: 'move', from, to: folder + from.slice(before.folder.length) })
    const record = this.#describe(before.c, collection, folder, before.cursor)
    await this.#renameOriginals(record)
    await this.commit()
    if (!before.gone) this.#books.noteHead(this.#batch, record)
    return record
  }

  #createOriginals({ key, path }: Pick<CollectionEntry, 'key' | 'path'>): StoredCollection {
    return this.#describeOriginals(this.#nextCollection++, key, path, this.#folders.originals.allocate(path))
  }

  #describeOriginals(c: number, key: string, path: readonly string[], folder: string): StoredCollection {
    this.#batch.add({ op: 'collection', c, service: 'originals', key, path, folder })
    return {
      ...{ c, service: 'originals', key, path, folder, cursor: null, gone: false },
      ...{ role: null, lineage: null, meta: null },
    }
  }

  /** They are called like the collection that they belong to. */
  async #renameOriginals(owner: CollectionRecord): Promise<void> {
    const known = this.#originals.of(owner)
    const path = originalsPath(owner)
    if (known === null || JSON.stringify(known.path) === JSON.stringify(path)) return
    const to = await this.#unusedFolder(this.#folders.originals, path)
    for (const from of this.#presentFilesOf(known.c))
      this.#batch.add({ op: 'move', from, to: to + from.slice(known.folder.length) })
    this.#describeOriginals(known.c, known.key, path, to)
  }

  #presentFilesOf(c: number): string[] {
    return this.state.filesOf(c).filter((path) => !path.startsWith(`${historyFolder}/`))
  }

  #describe(c: number, collection: Collection, folder: string, cursor: string | null): CollectionRecord {
    this.#batch.add(collectionEntry(c, collection, folder))
    const { service, key, path, role, lineage, meta } = collection
    return {
      ...{ c, service, key, path, folder, cursor, gone: false },
      role: role ?? null,
      lineage: lineage ?? null,
      meta: meta ?? null,
    }
  }

  /** The folder that belongs to the present name. */
  async #folderFor(known: CollectionRecord, collection: Collection): Promise<string> {
    if (JSON.stringify(known.path) === JSON.stringify(collection.path)) return known.folder
    const folders = this.#folders[collection.service]
    const parentKept = folders.folderOf(collection.path.slice(0, -1)) === dirname(known.folder)
    if (parentKept && known.path.at(-1) === collection.path.at(-1)) {
      folders.add(collection.path, known.folder)
      return known.folder
    }
    return await this.#unusedFolder(folders, collection.path)
  }

  async #unusedFolder(folders: CollectionFolders, path: readonly string[]): Promise<string> {
    let to = folders.allocateUnused(path)
    // Somebody else may have put something there.
    while (await this.#isSomethingThere(to)) to = folders.allocateUnused(path)
    return to
  }

  /** Also as the file of a book. */
  async #isSomethingThere(folder: string): Promise<boolean> {
    for (const path of [folder, `${folder}.vcf`, `${folder}.ics`, `${folder}.jsonl`])
      if ((await this.#vault.disk.stat(systemPath(this.#account.root, path))) !== null) return true
    return false
  }

  /** The rename is the last one of its commit, and nothing is committed before it is done: so recovery can tell whether it was. */
  async #commitAndRename(from: string, to: string): Promise<void> {
    const { disk } = this.#vault
    const source = systemPath(this.#account.root, from)
    const target = systemPath(this.#account.root, to)
    await this.commit()
    await renameDurably(disk, this.#account.root, source, target)
    this.#mail.renamed(from, to)
    this.#vault.manifestRenamed(this.#account, from, to)
  }

  removeCollection(known: CollectionRecord): void {
    this.#batch.add({ op: 'gone', c: known.c })
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

  /** Saves a copy of an item that is in the vault already. False when those bytes are not what was saved. */
  async copy(collection: CollectionRecord, item: Item, from: ItemRecord): Promise<boolean> {
    const identified = { ...item, identities: [...(item.identities ?? []), ...this.state.identities(from.id)] }
    // It may only just be on its way to its place.
    await this.#commits
    const bytes = readItem(this.#vault.disk, this.#account.root, this.state, from)
    try {
      await this.put(collection, identified, from.size <= wholeMessage ? await collect(bytes) : bytes)
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
    this.#vault.manifestTouched(this.#account, Object.keys(files))
    for (const entry of entries) {
      if (!isFileOperation(entry)) continue
      this.#vault.manifestChanged(this.#account, entry)
      this.#suspects = afterOperation(this.#suspects, entry)
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
    for (const suspect of this.#suspects) this.#mendBook(suspect)
    await this.commit()
    await this.#books.close()
    await this.#staging.close()
    await this.#refreshIndexes()
    const entry: EndEntry = { op: 'end', status, ended: ended.toISOString(), collections }
    await this.#journal.end(entry)
    const { length, fingerprint } = this.#journal
    this.state.apply(this.run, { entries: [entry], length, fingerprint })
    this.#vault.onCommit?.(this.#account.id, this.run, length)
    this.#listAsFound()
    for (const [path, sum] of this.#mail.sums()) this.#vault.manifestKnown(this.#account, path, sum)
    for (const path of this.#mail.unusable())
      this.#vault.notices.push(
        `${this.#account.id}: ${path} is not as it was left. It was not touched; new messages went into another file. Run lifeboat verify.`,
      )
    this.#vault.manifestKnown(this.#account, journalPath(this.run), this.#journal.digest())
  }

  /**
   * Where all that is damaged in a file was saved anew elsewhere, the list of checksums names the file as it is from now on: what
   * is damaged in it later can be told again. `verify` goes on naming it, by the journal.
   */
  #listAsFound(): void {
    for (const suspect of this.#suspects) {
      const { path, sum } = suspect
      if (sum === undefined || !suspect.isReplaced(this.state)) continue
      if (this.#vault.manifestAsFound(this.#account, path, sum))
        this.#vault.notices.push(
          `${this.#account.id}: what was damaged in ${path} is saved anew elsewhere in the vault. ${sum === null ? 'The list of checksums does not ask for it any more.' : 'It is kept, and the list of checksums has it as it is now.'}`,
        )
    }
  }

  async #refreshIndexes(): Promise<void> {
    await this.#refreshIndex('mail', mailIndex, writeMailIndex)
    await this.#refreshIndex('files', filesIndex, writeFileIndex)
  }

  async #refreshIndex(service: Service, path: string, write: typeof writeMailIndex): Promise<void> {
    const { disk } = this.#vault
    if (!this.#stale.has(service)) {
      const isThere = (await disk.stat(systemPath(this.#account.root, path))) !== null
      if (isThere ? await this.#vault.manifestMatches(this.#account, path) : !this.state.hasItemsOf(service)) return
    }
    this.#vault.manifestKnown(this.#account, path, await write(disk, this.#account.root, this.state))
  }

  /** After a failure: gives the handles back without writing anything more. The next run puts the vault in order. */
  async abandon(): Promise<void> {
    this.#vault.abandon()
    await this.#mail.abandon()
    await this.#journal.close().catch(() => undefined)
  }
}

function collectionEntry(c: number, collection: Collection, folder: string): CollectionEntry {
  const { service, key, path, role, lineage, meta } = collection
  return {
    ...{ op: 'collection', c, service, key, path, folder },
    ...(role === undefined ? {} : { role }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(meta === undefined ? {} : { meta }),
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

/** A record as the provider described the collection then. */
function describedAs(record: CollectionRecord): Collection {
  const { service, key, path, role, lineage, meta } = record
  return {
    ...{ service, key, path },
    ...(role === null ? {} : { role }),
    ...(lineage === null ? {} : { lineage }),
    ...(meta === null ? {} : { meta }),
  }
}
