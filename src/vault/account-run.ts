/** One run's writing into one account of the vault: puts, changes and commits, in the order the laws ask for. */
import { dirname } from 'node:path'
import { type AppError, hasCode } from '../core/errors.ts'
import type { Collection, Content, Item, JsonObject } from '../core/types.ts'
import { renameDurably } from './disk.ts'
import { readItem } from './item-reader.ts'
import {
  type CollectionEntry,
  type EndEntry,
  type JournalEntry,
  JournalWriter,
  journalRuns,
  type PendingEntry,
} from './journal.ts'
import { journalPath, mailIndex, runId, systemPath } from './layout.ts'
import { Listing } from './listing.ts'
import { MailFolders } from './mail-folders.ts'
import { writeMailIndex } from './mail-index.ts'
import { collect, MailWriter, recordHead, type Stored, wholeMessage } from './mail-store.ts'
import type { AccountState } from './state.ts'
import { type CollectionRecord, canonicalJson, type ItemRecord } from './state-rows.ts'
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
    const account = await vault.account(id)
    const last = (await journalRuns(vault.disk, account.root)).at(-1) ?? null
    return new AccountRun(vault, account, provider, nextRunId(vault.clock.now(), last))
  }

  private constructor(vault: Vault, account: OpenAccount, provider: string, run: string) {
    this.#vault = vault
    this.#account = account
    this.state = account.state
    this.run = run
    this.#journal = new JournalWriter(vault.disk, vault.directory, systemPath(account.root, journalPath(run)))
    this.#mail = new MailWriter(vault.disk, vault.directory, account.root, account.state.fileLengths(), {
      onFirstWrite: () => vault.markWriting(),
      knownSum: (path) => vault.knownSum(account, path),
    })
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
    const folder = await this.#folderFor(before, collection)
    const after = collectionEntry(known.c, collection, folder)
    const unchanged = collectionEntry(before.c, describedAs(before), before.folder)
    if (!before.gone && canonicalJson({ ...after }) === canonicalJson({ ...unchanged })) return before
    const isThere = (await this.#vault.disk.stat(systemPath(this.#account.root, before.folder))) !== null
    const mustMove = isThere && folder !== before.folder
    if (mustMove) this.#entries.push({ op: 'rename', from: before.folder, to: folder })
    const record = this.#describe(known.c, collection, folder, before.cursor)
    if (mustMove) await this.#commitAndRename(before.folder, folder)
    return record
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

  /** The folder that belongs to the present name. */
  async #folderFor(known: CollectionRecord, collection: Collection): Promise<string> {
    if (JSON.stringify(known.path) === JSON.stringify(collection.path)) return known.folder
    const parentKept = this.#folders.folderOf(collection.path.slice(0, -1)) === dirname(known.folder)
    if (parentKept && known.path.at(-1) === collection.path.at(-1)) {
      this.#folders.add(collection.path, known.folder)
      return known.folder
    }
    let to = this.#folders.allocateUnused(collection.path)
    // Somebody else may have put something there.
    while ((await this.#vault.disk.stat(systemPath(this.#account.root, to))) !== null)
      to = this.#folders.allocateUnused(collection.path)
    return to
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
    this.#indexStale = true
  }

  removeCollection(known: CollectionRecord): void {
    this.#entries.push({ op: 'gone', c: known.c })
  }

  /** Saves a message. It counts once the next commit is done. */
  async put(collection: CollectionRecord, item: Item, content: Content): Promise<Stored> {
    const date = dateOf(item, this.#vault.clock.now())
    return await this.#mail.put(collection.folder, recordHead(item.key, date, item.meta), content, (stored) => {
      const identity = [...new Set([...(item.identities ?? []), ...(stored.identity === null ? [] : [stored.identity])])]
      const { path, offset, length, size, sha256, head } = stored
      this.#addPut(collection, item, date, { path, offset, length, size, sha256, head, identity })
      this.#uncommittedOctets += size
    })
  }

  #addPut(
    collection: CollectionRecord,
    item: Item,
    date: Date,
    put: Omit<Stored, 'identity'> & { readonly identity: readonly string[] },
  ): void {
    const { head, identity, ...place } = put
    this.#entries.push({
      ...{ op: 'put', c: collection.c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(identity.length === 0 ? {} : { identity }),
      ...place,
      date: date.toISOString(),
      meta: item.meta,
      head,
    })
    this.#indexStale = true
  }

  /** Saves a copy of a message that is in the vault already. False when those bytes are not what was saved. */
  async copy(collection: CollectionRecord, item: Item, from: ItemRecord): Promise<boolean> {
    const identified = { ...item, identities: [...(item.identities ?? []), ...this.state.identities(from.id)] }
    const bytes = readItem(this.#vault.disk, this.#account.root, this.state, from)
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
    const date = dateOf({ date: from.date, ...item }, this.#vault.clock.now())
    this.#addPut(collection, item, date, { path, offset, length, size, sha256, head, identity })
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
    const { taken: entries, lengths: files } = await this.#mail.settle(() => this.#takeEntries())
    if (entries.length === 0 && Object.keys(cursors).length === 0) return
    await this.#vault.markWriting()
    const commit = {
      ...(Object.keys(cursors).length > 0 ? { cursors } : {}),
      ...(Object.keys(files).length > 0 ? { files } : {}),
    }
    await this.#vault.disk.makeDirectory(dirname(systemPath(this.#account.root, journalPath(this.run))))
    await this.#journal.commit(entries, commit)
    this.#vault.manifestTouched(this.#account, Object.keys(files))
    const { length, fingerprint } = this.#journal
    const applied = [...entries, { op: 'commit' as const, ...commit, sha256: fingerprint }]
    this.state.apply(this.run, { entries: applied, length, fingerprint })
  }

  #takeEntries(): JournalEntry[] {
    const entries = this.#entries
    this.#entries = []
    this.#uncommittedOctets = 0
    return entries
  }

  /** Commits what is left, writes the table of messages, and closes the journal. */
  async end(status: EndEntry['status'], ended: Date, collections: readonly JsonObject[]): Promise<void> {
    await this.commit()
    await this.#refreshIndex()
    const entry: EndEntry = { op: 'end', status, ended: ended.toISOString(), collections }
    await this.#journal.end(entry)
    const { length, fingerprint } = this.#journal
    this.state.apply(this.run, { entries: [entry], length, fingerprint })
    for (const [path, sum] of this.#mail.sums()) this.#vault.manifestKnown(this.#account, path, sum)
    for (const path of this.#mail.unusable())
      this.#vault.notices.push(
        `${this.#account.id}: ${path} is not as it was left. It was not touched; new messages went into another file. Run lifeboat verify.`,
      )
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

  /** After a failure: gives the handles back without writing anything more. The next run puts the vault in order. */
  async abandon(): Promise<void> {
    this.#vault.abandon()
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
