/** One run's writing into one account of the vault: puts, changes and commits, in the order the laws ask for. */
import { dirname } from 'node:path'
import { type AppError, hasCode } from '../core/errors.ts'
import type { Collection, Content, Item, JsonObject } from '../core/types.ts'
import type { RecordHead } from '../formats/mbox.ts'
import { type CollectionEntry, type EndEntry, type JournalEntry, JournalWriter, type PendingEntry } from './journal.ts'
import { journalPath, mailIndex, runId, systemPath } from './layout.ts'
import { Listing } from './listing.ts'
import { MailFolders } from './mail-folders.ts'
import { writeMailIndex } from './mail-index.ts'
import { collect, MailWriter, readMessage, type Stored, wholeMessage } from './mail-store.ts'
import { type AccountState, type CollectionRecord, canonicalJson, type ItemRecord } from './state.ts'
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
  readonly #folders = new MailFolders()
  #entries: JournalEntry[] = []
  #uncommittedOctets = 0
  #nextCollection: number
  /** True once the table of messages no longer shows what is there. */
  #indexStale = false
  #commits: Promise<unknown> = Promise.resolve()

  static async begin(vault: Vault, id: string, provider: string): Promise<AccountRun> {
    return new AccountRun(vault, await vault.account(id), provider, vault.clock.now())
  }

  private constructor(vault: Vault, account: OpenAccount, provider: string, now: Date) {
    this.#vault = vault
    this.#account = account
    this.state = account.state
    this.run = nextRunId(now, account.state.lastRun()?.run ?? null)
    this.#journal = new JournalWriter(vault.disk, systemPath(account.root, journalPath(this.run)))
    this.#mail = new MailWriter(vault.disk, vault.directory, account.root, account.state.fileLengths(), () => vault.markWriting())
    this.listing = new Listing(account.state)
    this.#nextCollection = account.state.nextCollectionId()
    for (const { path, folder } of account.state.collections()) this.#folders.add(path, folder)
    this.#entries.push({
      op: 'begin',
      v: 1,
      run: this.run,
      vault: vault.id,
      account: account.id,
      provider,
      program: vault.program,
    })
  }

  /** Journal lines that wait for the next commit. */
  get uncommittedEntries(): number {
    return this.#entries.length
  }

  /** Octets put since the last commit. */
  get uncommittedOctets(): number {
    return this.#uncommittedOctets
  }

  addCollection(collection: Collection): CollectionRecord {
    return this.#describe(this.#nextCollection++, collection, this.#folders.allocate(collection.path), null)
  }

  /**
   * Takes over the collection's present key, name and description; a changed name renames its folder. Must not run beside
   * puts.
   */
  async updateCollection(known: CollectionRecord, collection: Collection): Promise<CollectionRecord> {
    // A parent's rename may have moved it since it was read.
    const before = this.state.collections().find(({ c }) => c === known.c) ?? known
    const after = collectionEntry(known.c, collection, await this.#followName(before, collection))
    const unchanged = collectionEntry(before.c, describedAs(before), before.folder)
    if (!before.gone && canonicalJson({ ...after }) === canonicalJson({ ...unchanged })) return before
    return this.#describe(known.c, collection, after.folder, before.cursor)
  }

  #describe(c: number, collection: Collection, folder: string, cursor: string | null): CollectionRecord {
    this.#entries.push(collectionEntry(c, collection, folder))
    const { service, key, path, role, lineage, meta } = collection
    return {
      ...{ c, service, key, path, folder, cursor, gone: false },
      role: role ?? null,
      lineage: lineage ?? null,
      meta: meta ?? null,
    }
  }

  /** Answers the folder that belongs to the present name. */
  async #followName(known: CollectionRecord, collection: Collection): Promise<string> {
    if (JSON.stringify(known.path) === JSON.stringify(collection.path)) return known.folder
    const parentKept = this.#folders.folderOf(collection.path.slice(0, -1)) === dirname(known.folder)
    if (parentKept && known.path.at(-1) === collection.path.at(-1)) {
      this.#folders.add(collection.path, known.folder)
      return known.folder
    }
    const to = this.#folders.allocateUnused(collection.path)
    await this.#rename(known.folder, to)
    return to
  }

  async #rename(from: string, to: string): Promise<void> {
    const { disk } = this.#vault
    const source = systemPath(this.#account.root, from)
    const target = systemPath(this.#account.root, to)
    if ((await disk.stat(source)) === null) return
    await disk.makeDirectory(dirname(target))
    this.#entries.push({ op: 'rename', from, to })
    await this.commit()
    await disk.rename(source, target)
    await disk.syncDirectory(dirname(source))
    await disk.syncDirectory(dirname(target))
    this.#mail.renamed(from, to)
    this.#vault.manifestRenamed(this.#account, from, to)
    this.#indexStale = true
  }

  removeCollection(known: CollectionRecord): void {
    this.#entries.push({ op: 'gone', c: known.c })
  }

  /** Saves a message. It counts once the next commit is done. */
  async put(collection: CollectionRecord, item: Item, content: Content): Promise<Stored> {
    const stored = await this.#mail.put(collection.folder, recordHead(item, this.#vault.clock.now()), content)
    const identity = [...new Set([...(item.identities ?? []), ...(stored.identity === null ? [] : [stored.identity])])]
    const { path, offset, length, size, sha256, head } = stored
    this.#addPut(collection, item, { path, offset, length, size, sha256, head, identity })
    this.#uncommittedOctets += size
    return stored
  }

  #addPut(
    collection: CollectionRecord,
    item: Item,
    put: Omit<Stored, 'identity'> & { readonly identity: readonly string[] },
  ): void {
    const { head, identity, ...place } = put
    this.#entries.push({
      ...{ op: 'put', c: collection.c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(identity.length === 0 ? {} : { identity }),
      ...place,
      date: dateOf(item, this.#vault.clock.now()).toISOString(),
      meta: item.meta,
      head,
    })
    this.#indexStale = true
  }

  /** Saves a copy of a message that is in the vault already. False when those bytes are not what was saved. */
  async copy(collection: CollectionRecord, item: Item, from: ItemRecord): Promise<boolean> {
    const identified = { ...item, identities: [...(item.identities ?? []), ...this.state.identities(from.id)] }
    const bytes = readMessage(this.#vault.disk, this.#account.root, from, from.sha256)
    try {
      await this.put(collection, identified, from.size <= wholeMessage ? await collect(bytes) : bytes)
      return true
    } catch (error) {
      if (hasCode(error, 'corrupt', 'disk-absent')) return false
      throw error
    }
  }

  /** The item `from` goes by another key now: its bytes stay where they are. */
  rekey(collection: CollectionRecord, item: Item, from: ItemRecord): void {
    const identity = [...new Set([...(item.identities ?? []), ...this.state.identities(from.id)])]
    const { path, offset, length, size, sha256, head } = from
    this.#addPut(collection, { date: from.date, ...item }, { path, offset, length, size, sha256, head, identity })
    if (from.key !== item.key) this.#entries.push({ op: 'remove', c: collection.c, key: from.key, rekeyed: item.key })
    this.listing.keep(collection.c, from.key)
  }

  meta(collection: CollectionRecord, key: string, meta: JsonObject): void {
    this.#entries.push({ op: 'meta', c: collection.c, key, meta })
    this.#indexStale = true
  }

  remove(collection: CollectionRecord, key: string): void {
    this.#entries.push({ op: 'remove', c: collection.c, key })
    this.#indexStale = true
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
    this.#entries.push(entry)
  }

  /** Returns once everything put and noted before is durable, with the cursors that cover it. Commits follow each other. */
  commit(cursors: { readonly [c: string]: string } = {}): Promise<void> {
    const mine = this.#commits.then(() => this.#commitNow(cursors))
    this.#commits = mine.catch(() => undefined)
    return mine
  }

  async #commitNow(cursors: { readonly [c: string]: string }): Promise<void> {
    const entries = this.#entries
    if (entries.length === 0 && Object.keys(cursors).length === 0) return
    this.#entries = []
    this.#uncommittedOctets = 0
    await this.#vault.markWriting()
    const files = await this.#mail.settle()
    const commit = {
      ...(Object.keys(cursors).length > 0 ? { cursors } : {}),
      ...(Object.keys(files).length > 0 ? { files } : {}),
    }
    await this.#vault.disk.makeDirectory(dirname(systemPath(this.#account.root, journalPath(this.run))))
    await this.#journal.commit(entries, commit)
    this.#vault.manifestTouched(this.#account, Object.keys(files))
    const applied = [...entries, { op: 'commit' as const, ...commit, sha256: '' }]
    this.state.apply(this.run, { entries: applied, length: this.#journal.length })
  }

  /** Commits what is left, writes the table of messages, and closes the journal. */
  async end(status: EndEntry['status'], ended: Date, collections: readonly JsonObject[]): Promise<void> {
    await this.commit()
    await this.#refreshIndex()
    const entry: EndEntry = { op: 'end', status, ended: ended.toISOString(), collections }
    await this.#journal.end(entry)
    this.state.apply(this.run, { entries: [entry], length: this.#journal.length })
    for (const [path, sum] of this.#mail.sums()) this.#vault.manifestKnown(this.#account, path, sum)
    this.#vault.manifestKnown(this.#account, journalPath(this.run), this.#journal.digest())
  }

  async #refreshIndex(): Promise<void> {
    const { disk } = this.#vault
    const path = systemPath(this.#account.root, mailIndex)
    const isThere = (await disk.stat(path)) !== null
    if (!this.#indexStale && (isThere ? await this.#vault.manifestMatches(this.#account, mailIndex) : !this.state.hasItems()))
      return
    this.#vault.manifestKnown(this.#account, mailIndex, await writeMailIndex(disk, this.#account.root, this.state))
  }

  /** Mail files that somebody else changed: they are kept, and new messages go into the next part. */
  changedByOthers(): string[] {
    return this.#mail.unusable()
  }

  /** After a failure of the disk: gives the handles back without writing anything more. */
  async abandon(): Promise<void> {
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
  const match = /^(\d{4}-\d{2}-\d{2}T)(\d{2})(\d{2})(\d{2})Z$/.exec(last)
  if (match === null) return `${last}-2`
  const [, day, hours, minutes, seconds] = match
  return runId(new Date(Date.parse(`${day}${hours}:${minutes}:${seconds}Z`) + 1000))
}

function recordHead(item: Item, now: Date): RecordHead {
  const { flags, labels, thread } = item.meta
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [])
  return {
    id: item.key,
    date: dateOf(item, now),
    flags: texts(flags),
    ...(labels === undefined ? {} : { labels: texts(labels) }),
    ...(typeof thread === 'string' ? { thread } : {}),
  }
}

/** Servers state dates that are none: then it is now. */
function dateOf(item: Item, now: Date): Date {
  const date = new Date(item.date ?? now)
  const year = date.getUTCFullYear()
  return year >= 0 && year <= 9999 ? date : now
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
