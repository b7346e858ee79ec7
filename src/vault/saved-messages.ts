/** Every message that the journals say was ever saved, by the file it lies in. Kept in a scratch database: memory stays flat. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JournalEntry } from './journal.ts'

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

export class SavedMessages {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  /** Names of collections by account folder and number. */
  readonly #collections = new Map<string, readonly string[]>()
  readonly #accounts = new Map<string, string>()
  /** Files that runs without an `end` wrote to. */
  #touched = new Set<string>()

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(`CREATE TABLE saved (path TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
      folder TEXT NOT NULL, c INTEGER NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY (path, start)) WITHOUT ROWID`)
    this.#insert = database.prepare('INSERT OR REPLACE INTO saved VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  }

  close(): void {
    this.#database.close()
  }

  /** `folder`: the account's, as a path in the vault. Runs in their order. */
  add(folder: string, entries: readonly JournalEntry[]): void {
    this.#database.exec('BEGIN')
    for (const entry of entries) this.#addEntry(folder, entry)
    this.#database.exec('COMMIT')
  }

  #addEntry(folder: string, entry: JournalEntry): void {
    if (entry.op === 'begin') this.#accounts.set(folder, entry.account)
    else if (entry.op === 'collection') this.#collections.set(`${folder}\n${entry.c}`, entry.path)
    else if (entry.op === 'put') {
      const { path, offset, length, size, sha256, c, key, head, date } = entry
      this.#insert.run(`${folder}/${path}`, offset, length, size, sha256, folder, c, key, head.subject, date)
    } else if (entry.op === 'rename') this.#rename(`${folder}/${entry.from}`, `${folder}/${entry.to}`)
    else if (entry.op === 'commit') for (const path of Object.keys(entry.files ?? {})) this.#touched.add(`${folder}/${path}`)
    else if (entry.op === 'end' && entry.status !== 'interrupted') this.#forgetTouched(folder)
  }

  #rename(from: string, to: string): void {
    this.#database
      .prepare('UPDATE saved SET path = ? || substr(path, ?) WHERE path > ? AND path < ?')
      .run(to, from.length + 1, `${from}/`, `${from}0`)
    this.#touched = new Set([...this.#touched].map((path) => (path.startsWith(`${from}/`) ? to + path.slice(from.length) : path)))
  }

  #forgetTouched(folder: string): void {
    for (const path of [...this.#touched]) if (path.startsWith(`${folder}/`)) this.#touched.delete(path)
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM saved').get()?.['n'])
  }

  has(path: string): boolean {
    return this.#database.prepare('SELECT 1 FROM saved WHERE path = ? LIMIT 1').get(path) !== undefined
  }

  touchedSince(path: string): boolean {
    return this.#touched.has(path)
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
