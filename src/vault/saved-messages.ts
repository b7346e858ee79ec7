/** Every message that the journals say was ever saved, by the file it lies in. Kept in a scratch database: memory stays flat. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JsonObject } from '../core/json.ts'
import type { JournalEntry, PutEntry } from './journal-entries.ts'

export interface SavedMessage {
  readonly account: string
  readonly collection: readonly string[]
  readonly key: string
  readonly title: string
  readonly date: string
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly sha256: string
}

/** What the lines of ours before a message were made from. */
export interface Origin {
  readonly key: string
  readonly date: string
  readonly meta: JsonObject
}

/** A folder got another name. Paths in the vault. */
export interface Renamed {
  readonly from: string
  readonly to: string
}

export class SavedMessages {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  /** Names of collections by account folder and number. */
  readonly #collections = new Map<string, readonly string[]>()
  readonly #accounts = new Map<string, string>()
  /** Committed lengths of files as the manifest knows them. */
  readonly #listedLengths = new Map<string, number>()
  /** Account folder, number of the collection and key of messages that wait to be saved anew. */
  readonly #awaited = new Set<string>()

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(`CREATE TABLE saved (path TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
      folder TEXT NOT NULL, c INTEGER NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (path, start)) WITHOUT ROWID;
      CREATE TABLE replaced (folder TEXT NOT NULL, c INTEGER NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL, path TEXT NOT NULL, start INTEGER NOT NULL,
      PRIMARY KEY (folder, c, key)) WITHOUT ROWID`)
    // The record was written by the first of the entries that speak of this place.
    this.#insert = database.prepare(
      'INSERT INTO saved VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET c = excluded.c, key = excluded.key, title = excluded.title, date = excluded.date',
    )
  }

  /** Notes a message whose record was found damaged and that was saved anew. */
  #noteReplaced(folder: string, entry: PutEntry, offset: number): void {
    if (!this.#awaited.delete(`${folder}\n${entry.c}\n${entry.key}`)) return
    this.#database
      .prepare('INSERT OR REPLACE INTO replaced VALUES (?, ?, ?, ?, ?, ?)')
      .run(folder, entry.c, entry.key, entry.sha256, `${folder}/${entry.path}`, offset)
  }

  /** Whether the message that was saved there was saved anew at another place since, because its record was damaged. */
  isReplaced(path: string, offset: number): boolean {
    const sql = `SELECT 1 FROM saved AS s JOIN replaced AS r ON r.folder = s.folder AND r.c = s.c AND r.key = s.key AND r.sha256 = s.sha256
      WHERE s.path = ? AND s.start = ? AND (r.path <> s.path OR r.start <> s.start)`
    return this.#database.prepare(sql).get(path, offset) !== undefined
  }

  close(): void {
    this.#database.close()
  }

  /** `folder`: the account's, as a path in the vault. Runs in their order. `isListed`: the manifest knows the journal. */
  add(folder: string, entries: readonly JournalEntry[], isListed: boolean): void {
    this.#database.exec('BEGIN')
    for (const entry of entries) this.#addEntry(folder, entry, isListed)
    this.#database.exec('COMMIT')
  }

  #addEntry(folder: string, entry: JournalEntry, isListed: boolean): void {
    if (entry.op === 'begin') this.#accounts.set(folder, entry.account)
    else if (entry.op === 'collection') this.#collections.set(`${folder}\n${entry.c}`, entry.path)
    else if (entry.op === 'put') {
      const { path, offset, length, size, sha256, c, key, head, date, meta } = entry
      if (offset === undefined || length === undefined) return
      const origin: Origin = { key, date, meta }
      this.#insert.run(
        ...[`${folder}/${path}`, offset, length, size, sha256, folder, c, key, head?.subject ?? '', date, JSON.stringify(origin)],
      )
      if (this.#awaited.size > 0) this.#noteReplaced(folder, entry, offset)
    } else if (entry.op === 'pending') {
      if (entry.code === 'corrupt') this.#awaited.add(`${folder}\n${entry.c}\n${entry.key}`)
    } else if (entry.op === 'rename') {
      this.rename({ from: `${folder}/${entry.from}`, to: `${folder}/${entry.to}` })
    } else if (entry.op === 'commit' && isListed)
      for (const [path, length] of Object.entries(entry.files ?? {})) this.#listedLengths.set(`${folder}/${path}`, length)
  }

  rename({ from, to }: Renamed): void {
    for (const table of ['saved', 'replaced'])
      this.#database
        .prepare(`UPDATE ${table} SET path = ? || substr(path, ?) WHERE path > ? AND path < ?`)
        .run(to, from.length + 1, `${from}/`, `${from}0`)
    for (const [path, length] of [...this.#listedLengths]) {
      if (!path.startsWith(`${from}/`)) continue
      this.#listedLengths.delete(path)
      this.#listedLengths.set(to + path.slice(from.length), length)
    }
  }

  /** The account whose folder this is. */
  accountOf(folder: string): string {
    return this.#accounts.get(folder) ?? folder
  }

  /** How much of the file the manifest's checksum covers; undefined when it covers none. */
  listedLength(path: string): number | undefined {
    return this.#listedLengths.get(path)
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM saved').get()?.['n'])
  }

  has(path: string): boolean {
    return this.#database.prepare('SELECT 1 FROM saved WHERE path = ? LIMIT 1').get(path) !== undefined
  }

  /** Whether a record of the file begins there. */
  isStart(path: string, offset: number): boolean {
    return this.#database.prepare('SELECT 1 FROM saved WHERE path = ? AND start = ?').get(path, offset) !== undefined
  }

  origin(path: string, offset: number): Origin {
    const row = this.#database.prepare('SELECT origin FROM saved WHERE path = ? AND start = ?').get(path, offset)
    return JSON.parse(String(row?.['origin'])) as Origin
  }

  *paths(): Generator<string> {
    for (const row of this.#database.prepare('SELECT DISTINCT path FROM saved').iterate()) yield String(row['path'])
  }

  /** In the order they lie in the file. */
  *inFile(path: string): Generator<SavedMessage> {
    for (const row of this.#database.prepare('SELECT * FROM saved WHERE path = ? ORDER BY start').iterate(path)) {
      const folder = String(row['folder'])
      yield {
        account: this.#accounts.get(folder) ?? folder,
        collection: this.#collections.get(`${folder}\n${row['c']}`) ?? [],
        key: String(row['key']),
        title: String(row['title']),
        date: String(row['date']),
        offset: Number(row['start']),
        length: Number(row['length']),
        size: Number(row['size']),
        sha256: String(row['sha256']),
      }
    }
  }
}
