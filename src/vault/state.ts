/**
 * What the journals of one account add up to: the fold, kept in SQLite so that memory stays flat. The database is
 * disposable: it is made again from the journals whenever it is missing, behind, or not what it should be.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Service } from '../core/account.ts'
import type { Disk } from './disk.ts'
import type { CommittedBatch } from './journal.ts'
import {
  type CollectionId,
  type FileOperation,
  isFileOperation,
  type JournalEntry,
  lastRename,
  type PendingEntry,
  type RenameEntry,
} from './journal-entries.ts'
import type { StoredKind } from './layout.ts'
import { isOutOfReach, isUnusable, removeDatabase, StateDatabase } from './state-database.ts'
import { StateFold, sharing } from './state-fold.ts'
import {
  type CollectionRecord,
  type ItemRecord,
  type Row,
  type StoredCollection,
  textOrNull,
  toCollection,
  toItem,
} from './state-rows.ts'
import { StateRuns } from './state-runs.ts'

/** Of one content there may be thousands, as of empty files: looking at so many of them is enough. */
const manyAlike = 100

export class AccountState {
  readonly #database: StateDatabase
  readonly #fold: StateFold
  readonly runs: StateRuns

  private constructor(database: StateDatabase) {
    this.#database = database
    this.#fold = new StateFold(database)
    this.runs = new StateRuns(database, this.#fold)
  }

  /**
   * The state up to what the journals say. `file` null: in a scratch database that vanishes when it is closed.
   * `until`: only the journals of runs up to this one.
   * @returns also the runs whose journals were found to go on after what could be read of them
   */
  static async caughtUp(
    file: string | null,
    disk: Disk,
    accountRoot: string,
    until?: string,
  ): Promise<{ readonly state: AccountState; readonly unread: readonly string[] }> {
    const open = async (database: string) => {
      const state = new AccountState(StateDatabase.open(database))
      try {
        return { state, unread: await state.runs.catchUp(disk, accountRoot, until) }
      } catch (error) {
        state.close()
        throw error
      }
    }
    if (file === null) return await open('')
    const attempts = [() => mkdirSync(dirname(file), { recursive: true, mode: 0o700 }), () => removeDatabase(file)]
    for (const prepare of attempts) {
      try {
        prepare()
        return await open(file)
      } catch (error) {
        // Another program may be using it: only what is damaged is removed.
        if (isOutOfReach(error)) break
        if (!isUnusable(error)) throw error
      }
    }
    // The cache can be done without.
    return await open('')
  }

  close(): void {
    this.#database.close()
  }

  /** For the parts of the vault that keep scratch tables beside the state. */
  get database(): DatabaseSync {
    return this.#database.database
  }

  /** As `database`, with a statement that is prepared once. */
  run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#database.run(sql, ...values)
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#database.get(sql, ...values)
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#database.all(sql, ...values)
  }

  /** Does nothing when the batch was applied before (another process shares the cache). */
  apply(run: string, batch: CommittedBatch): void {
    this.#fold.apply(run, batch)
  }

  /** What goes by the name `to` lies at `at` still. For a state that no other program shares. */
  renameBack({ to, at }: { readonly to: string; readonly at: string }): void {
    this.#fold.rename(to, at)
  }

  collections(): CollectionRecord[] {
    return this.#all("SELECT * FROM collections WHERE service <> 'originals' ORDER BY c").map(
      (row) => toCollection(row) as CollectionRecord,
    )
  }

  /** Null where there is none of this number, or it holds originals. */
  collection(c: CollectionId): CollectionRecord | null {
    const row = this.#get("SELECT * FROM collections WHERE c = ? AND service <> 'originals'", c)
    return row === undefined ? null : (toCollection(row) as CollectionRecord)
  }

  /** The originals of all collections that have some. */
  allOriginals(): StoredCollection[] {
    return this.#all("SELECT * FROM collections WHERE service = 'originals' ORDER BY c").map(toCollection)
  }

  /** The originals of the items of collection `c`: each has the key of its item. */
  originalsOf(c: CollectionId): StoredCollection | null {
    const row = this.#get("SELECT * FROM collections WHERE service = 'originals' AND key = ?", String(c))
    return row === undefined ? null : toCollection(row)
  }

  /** Also greater than that of items whose collection is unknown because a journal is damaged. */
  nextCollectionId(): CollectionId {
    const all = ['collections', 'items', 'pending'].map((table) => `SELECT max(c) AS c FROM ${table}`).join(' UNION ALL ')
    return Number(this.#get(`SELECT coalesce(max(c), 0) + 1 AS next FROM (${all})`)?.['next'])
  }

  /** Committed lengths of the payload files that journals speak of and whose paths begin so. */
  fileLengths(beginning = ''): Map<string, number> {
    const sql = 'SELECT path, length FROM files WHERE path >= ?1 AND path < ?1 || ?'
    return new Map(this.#all(sql, beginning, '\u{10ffff}').map((row) => [String(row['path']), Number(row['length'])]))
  }

  countItems(c: CollectionId): {
    readonly live: number
    readonly removed: number
    readonly bytes: number
    readonly pending: number
  } {
    const items = this.#get(
      'SELECT count(*) - count(removed) AS live, count(removed) AS removed, coalesce(sum(iif(removed IS NULL, size, 0)), 0) AS bytes FROM items WHERE c = ?',
      c,
    )
    const pending = this.#get('SELECT count(*) AS n FROM pending WHERE c = ?', c)
    return {
      live: Number(items?.['live']),
      removed: Number(items?.['removed']),
      bytes: Number(items?.['bytes']),
      pending: Number(pending?.['n']),
    }
  }

  /** What `countItems` tells of living and pending ones, without looking at each. */
  countLive(c: CollectionId): { readonly live: number; readonly pending: number } {
    const counted = this.#get(
      `SELECT (SELECT count(*) FROM items WHERE c = ?1) - (SELECT count(*) FROM items WHERE c = ?1 AND removed IS NOT NULL) AS live,
        (SELECT count(*) FROM pending WHERE c = ?1) AS pending`,
      c,
    )
    return { live: Number(counted?.['live']), pending: Number(counted?.['pending']) }
  }

  hasItemsOf(service: Service): boolean {
    const sql = 'SELECT 1 FROM collections AS s WHERE s.service = ? AND EXISTS (SELECT 1 FROM items WHERE c = s.c) LIMIT 1'
    return this.#get(sql, service) !== undefined
  }

  item(c: CollectionId, key: string): ItemRecord | null {
    const row = this.#get('SELECT * FROM items WHERE c = ? AND key = ?', c, key)
    return row === undefined ? null : toItem(row)
  }

  pending(c: CollectionId): PendingEntry[] {
    return this.#all('SELECT entry FROM pending WHERE c = ? ORDER BY key', c).map(
      (row) => JSON.parse(String(row['entry'])) as PendingEntry,
    )
  }

  /** Names, or keys, of the living cards or calendar objects that are files of their own; at most `limit`. */
  apart(c: CollectionId, limit: number): string[] {
    const sql = "SELECT key, subject FROM items WHERE c = ? AND form = 'file' AND removed IS NULL ORDER BY id LIMIT ?"
    return this.#all(sql, c, limit).map(({ key, subject }) => String(subject) || String(key))
  }

  isPending(c: CollectionId, key: string): boolean {
    return this.#get('SELECT 1 FROM pending WHERE c = ? AND key = ?', c, key) !== undefined
  }

  /** Living items of the collections that there are whose records lie in the file, by row, a page at a time. */
  livingIn(path: string, after: number): ItemRecord[] {
    const sql = `SELECT items.* FROM items JOIN collections USING (c) WHERE items.path = ? AND removed IS NULL AND NOT gone AND id > ?
      ORDER BY id LIMIT 1000`
    return this.#all(sql, path, after).map(toItem)
  }

  /** Likewise, messages that are gone from the account, or their collection is. */
  goneIn(path: string, after: number): ItemRecord[] {
    const sql = `SELECT items.* FROM items JOIN collections USING (c) WHERE items.path = ? AND form = 'record' AND (removed IS NOT NULL OR gone) AND id > ?
      ORDER BY id LIMIT 1000`
    return this.#all(sql, path, after).map(toItem)
  }

  identities(item: number): string[] {
    return this.#all('SELECT identity FROM identities WHERE item = ?', item).map((row) => String(row['identity']))
  }

  /** Items with the same identity, those of collection `c` first, living ones first. */
  byIdentity(identity: string, c: CollectionId): ItemRecord[] {
    const sql = `SELECT items.* FROM identities JOIN items ON items.id = item WHERE identity = ? ORDER BY c <> ?, removed IS NOT NULL LIMIT 20`
    return this.#all(sql, identity, c).map(toItem)
  }

  /** The item, or former version of one, whose record lies last in a file. */
  lastInFile(path: string): ItemRecord | null {
    const sql = (table: string) => `SELECT * FROM ${table} WHERE path = ?1`
    const row = this.#get(`${sql('items')} UNION ALL ${sql('superseded')} ORDER BY start DESC LIMIT 1`, path)
    return row === undefined ? null : toItem(row)
  }

  /** Some items of the collection with these bytes. */
  byHash(c: CollectionId, sha256: string): ItemRecord[] {
    return this.#all(`SELECT * FROM items WHERE sha256 = ? AND c = ? LIMIT ${manyAlike}`, sha256, c).map(toItem)
  }

  /** True when something of this size was saved: worth asking the provider what it is. */
  hasSize(size: number): boolean {
    return this.#get('SELECT 1 FROM items WHERE size = ? LIMIT 1', size) !== undefined
  }

  /** True when an item that is in the account, and not among the excluded, has these bytes. */
  livesOn(sha256: string, excluded: string): boolean {
    const sql = `SELECT 1 FROM items AS other WHERE other.sha256 = ? AND other.removed IS NULL
       AND NOT EXISTS (SELECT 1 FROM ${excluded} AS gone WHERE gone.c = other.c AND gone.key = other.key) LIMIT 1`
    return this.#get(sql, sha256) !== undefined
  }

  /** Living and, when asked, removed items, oldest first. Not to be mixed with changes. */
  *items(c: CollectionId | null, includeRemoved: boolean): Generator<ItemRecord> {
    // Only what decides the order is sorted, in memory.
    const sql = `WITH sorted AS MATERIALIZED (
        SELECT id FROM items WHERE (?1 IS NULL OR c = ?1) AND (?2 OR removed IS NULL) ORDER BY c, date, id)
      SELECT items.* FROM sorted CROSS JOIN items USING (id)`
    for (const row of this.#database.database.prepare(sql).iterate(c, includeRemoved ? 1 : 0)) yield toItem(row)
  }

  /** What was ever saved for the service with these bytes, present items first, with its present place; of very many some. */
  places(service: StoredKind, sha256: string): ItemRecord[] {
    const sql = (table: string) =>
      `SELECT i.* FROM ${table} AS i JOIN collections AS s ON s.c = i.c WHERE i.sha256 = ? AND s.service = ? ORDER BY removed IS NOT NULL LIMIT ${manyAlike}`
    return [...this.#all(sql('items'), sha256, service), ...this.#all(sql('superseded'), sha256, service)].map(toItem)
  }

  /** Earlier versions of an item, oldest first. */
  versions(c: CollectionId, key: string): ItemRecord[] {
    return this.#all('SELECT * FROM superseded WHERE c = ? AND key = ? ORDER BY rowid', c, key).map(toItem)
  }

  /** Everything that lies in a file, former items and versions included, in its order. Not for mbox files. */
  *inFile(path: string): Generator<ItemRecord, void, undefined> {
    if (this.headLength(path) !== null) for (const row of sharing(this.#database, path)) yield toItem(row)
    else {
      const sql = (table: string) => `SELECT * FROM ${table} WHERE path = ? AND form <> 'record' AND form = 'file'`
      yield* [...this.#all(sql('items'), path), ...this.#all(sql('superseded'), path)].map(toItem)
    }
  }

  /** How many items share a file now. */
  countIn(path: string): number {
    const sql = "SELECT count(*) AS n FROM items WHERE path = ? AND form <> 'record' AND form = 'shared' AND removed IS NULL"
    return Number(this.#get(sql, path)?.['n'])
  }

  /** Everything but messages that was ever saved. */
  countSaved(): number {
    const sql =
      "SELECT (SELECT count(*) FROM items WHERE form <> 'record') + (SELECT count(*) FROM superseded WHERE form <> 'record') AS n"
    return Number(this.#get(sql)?.['n'])
  }

  /** All files but those with mail, with their checksums. */
  placedFiles(): Map<string, string> {
    const rows = this.#all('SELECT path, sha256 FROM files WHERE sha256 IS NOT NULL ORDER BY path')
    return new Map(rows.map((row) => [String(row['path']), String(row['sha256'])]))
  }

  /** Undefined for a file with mail, and for one that no journal knows. */
  placedFile(path: string): string | undefined {
    return textOrNull(this.#get('SELECT sha256 FROM files WHERE path = ?', path)?.['sha256']) ?? undefined
  }

  /** The files that hold something of a collection. */
  filesOf(c: CollectionId): string[] {
    return this.#all('SELECT DISTINCT path FROM items WHERE c = ? ORDER BY path', c).map((row) => String(row['path']))
  }

  /** Octets before the first item of a file with many; null for every other. */
  headLength(path: string): number | null {
    const row = this.#get('SELECT length FROM heads WHERE path = ?', path)
    return row === undefined ? null : Number(row['length'])
  }

  /** What the last commit moved and placed: until the next one it may not have been done yet. */
  operations(): FileOperation[] {
    return this.#operations().filter(isFileOperation)
  }

  /** Likewise, the folder that it renamed. */
  lastRename(): RenameEntry | null {
    return lastRename(this.#operations())
  }

  #operations(): JournalEntry[] {
    return this.#all('SELECT entry FROM operations ORDER BY n').map((row) => JSON.parse(String(row['entry'])) as JournalEntry)
  }

  /** Items whose Message-ID is this or whose SHA-256 begins so; at most two, to tell one from many. */
  find(reference: string): ItemRecord[] {
    const byHash = /^[0-9a-f]{8,64}$/.test(reference)
      ? this.#all(
          `SELECT * FROM items WHERE sha256 >= ?1 AND sha256 < ?1 || ? AND c NOT IN (SELECT c FROM collections WHERE service = 'originals')
            ORDER BY removed IS NOT NULL LIMIT 2`,
          reference,
          'g',
        )
      : []
    const rows =
      byHash.length > 0
        ? byHash
        : this.#all('SELECT * FROM items WHERE message_id = ? ORDER BY removed IS NOT NULL LIMIT 2', reference)
    return rows.map(toItem)
  }

  /** Items of a mail folder that are there and not read. */
  countUnread(c: CollectionId): number {
    const sql = String.raw`SELECT count(*) AS n FROM items WHERE c = ? AND removed IS NULL AND meta NOT LIKE '%"\\Seen"%'`
    return Number(this.#get(sql, c)?.['n'])
  }

  /** So many living items of a service, chosen at random. */
  sample(service: Service, count: number): ItemRecord[] {
    const sql = `SELECT items.* FROM items JOIN collections USING (c) WHERE service = ? AND removed IS NULL AND NOT gone ORDER BY random() LIMIT ?`
    return this.#all(sql, service, count).map(toItem)
  }
}
