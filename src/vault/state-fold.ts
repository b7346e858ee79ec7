/** What each line of a journal means for the account's state. */
import { AppError } from '../core/errors.ts'
import type { CommittedBatch } from './journal.ts'
import type { CollectionId, JournalEntry, MoveEntry, PlaceEntry, PutEntry, RenameEntry } from './journal-entries.ts'
import { historyFolder } from './layout.ts'
import type { StateDatabase } from './state-database.ts'
import { canonicalJson, type Row } from './state-rows.ts'

export class StateFold {
  readonly #database: StateDatabase

  constructor(database: StateDatabase) {
    this.#database = database
  }

  /** To begin anew. */
  clear(): void {
    const tables = ['journals', 'collections', 'items', 'superseded', 'identities', 'pending', 'files', 'heads', 'operations']
    this.#database.transaction(() => {
      for (const table of tables) this.#database.run(`DELETE FROM ${table}`)
    })
  }

  /** Does nothing when the batch was applied before (another process shares the cache). */
  apply(run: string, batch: CommittedBatch): void {
    this.#database.transaction(() => {
      const applied = Number(this.#database.get('SELECT length FROM journals WHERE run = ?', run)?.['length'] ?? 0)
      if (applied >= batch.length) return
      this.#placeless = 0
      this.#database.run('DELETE FROM operations')
      for (const entry of batch.entries) this.#applyEntry(run, entry)
      this.#database.run(
        'INSERT INTO journals (run, length, fingerprint) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET length = excluded.length, fingerprint = excluded.fingerprint',
        ...[run, batch.length, batch.fingerprint],
      )
    })
  }

  #applyEntry(run: string, entry: JournalEntry): void {
    switch (entry.op) {
      case 'begin':
        break
      case 'collection':
        this.#database.run(
          `INSERT INTO collections (c, service, key, path, folder, role, lineage, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET key = excluded.key, path = excluded.path, folder = excluded.folder, role = excluded.role,
             lineage = excluded.lineage, meta = excluded.meta, gone = 0`,
          ...[entry.c, entry.service, entry.key, JSON.stringify(entry.path), entry.folder],
          ...[entry.role ?? null, entry.lineage ?? null, entry.meta === undefined ? null : canonicalJson(entry.meta)],
        )
        break
      case 'gone':
        this.#database.run('UPDATE collections SET gone = 1, cursor = NULL WHERE c = ?', entry.c)
        break
      case 'rename':
        this.rename(entry.from, entry.to)
        this.#noteOperation(entry)
        break
      case 'move':
        this.#applyMove(entry)
        break
      case 'place':
        this.#applyPlace(entry)
        break
      case 'put':
        this.#applyPut(run, entry)
        break
      case 'meta':
        this.#database.run('UPDATE items SET meta = ? WHERE c = ? AND key = ?', canonicalJson(entry.meta), entry.c, entry.key)
        break
      case 'remove':
        if (entry.history !== undefined) this.#shelve(entry.c, entry.key, entry.history)
        if (entry.rekeyed === undefined)
          this.#database.run('UPDATE items SET removed = ? WHERE c = ? AND key = ?', run, entry.c, entry.key)
        else {
          // Its number may be given to another item.
          this.#database.run(
            'DELETE FROM identities WHERE item = (SELECT id FROM items WHERE c = ? AND key = ?)',
            entry.c,
            entry.key,
          )
          this.#database.run('DELETE FROM items WHERE c = ? AND key = ?', entry.c, entry.key)
        }
        this.#database.run('DELETE FROM pending WHERE c = ? AND key = ?', entry.c, entry.key)
        break
      case 'pending':
        this.#database.run(
          'INSERT OR REPLACE INTO pending (c, key, entry) VALUES (?, ?, ?)',
          entry.c,
          entry.key,
          JSON.stringify(entry),
        )
        break
      case 'commit':
        for (const [c, cursor] of Object.entries(entry.cursors ?? {}))
          this.#database.run('UPDATE collections SET cursor = ? WHERE c = ?', cursor, Number(c))
        for (const [path, length] of Object.entries(entry.files ?? {}))
          this.#database.run(
            'INSERT INTO files (path, length) VALUES (?, ?) ON CONFLICT DO UPDATE SET length = excluded.length',
            path,
            length,
          )
        break
      case 'end':
        this.#database.run(
          `INSERT INTO journals (run, length, fingerprint, status, ended) VALUES (?, 0, '', ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status, ended = excluded.ended`,
          ...[run, entry.status, entry.ended],
        )
    }
  }

  /** Everything below the folder goes by its new name. */
  rename(from: string, to: string): void {
    const tail = from.length + 1
    for (const [table, column] of [
      ['items', 'path'],
      ['superseded', 'path'],
      ['files', 'path'],
      ['collections', 'folder'],
    ] as const) {
      const sql = `UPDATE ${table} SET ${column} = ? || substr(${column}, ?) WHERE ${column} = ? OR (${column} > ? AND ${column} < ?)`
      // '0' is the character after '/': the range holds exactly what lies below.
      this.#database.run(sql, to, tail, from, `${from}/`, `${from}0`)
    }
  }

  #noteOperation(entry: MoveEntry | PlaceEntry | RenameEntry): void {
    this.#database.run('INSERT INTO operations (entry) VALUES (?)', JSON.stringify(entry))
  }

  #applyMove(entry: MoveEntry): void {
    const { from, to } = entry
    this.#database.run("UPDATE items SET path = ? WHERE path = ? AND form <> 'record'", to, from)
    this.#database.run('UPDATE superseded SET path = ? WHERE path = ?', to, from)
    this.#database.run('UPDATE OR REPLACE files SET path = ? WHERE path = ?', to, from)
    this.#database.run('UPDATE OR REPLACE heads SET path = ? WHERE path = ?', to, from)
    this.#noteOperation(entry)
  }

  #applyPlace(entry: PlaceEntry): void {
    const { path, size, sha256, head } = entry
    this.#database.run('INSERT OR REPLACE INTO files (path, length, sha256) VALUES (?, ?, ?)', path, size, sha256)
    this.#noteOperation(entry)
    if (head === undefined) return
    this.#database.run('INSERT OR REPLACE INTO heads (path, length) VALUES (?, ?)', path, head)
    let start = head
    for (const { place, n, at, length } of inOrder(this.#database, path, 'length')) {
      if (at !== start)
        this.#database.run(`UPDATE ${sharingTables[Number(place)]} SET start = ? WHERE rowid = ?`, start, Number(n))
      start += Number(length)
    }
  }

  /** Texts that came into a file with this batch: they stand after all others, in the order of their entries. */
  #placeless = 0

  #behindOthers(): number {
    return 2 ** 50 + this.#placeless++
  }

  #shelve(c: CollectionId, key: string, path: string): void {
    this.#database.run('UPDATE items SET path = ?, start = ? WHERE c = ? AND key = ?', path, this.#behindOthers(), c, key)
  }

  #applyPut(run: string, entry: PutEntry): void {
    const form = entry.offset !== undefined ? 'record' : entry.frame !== undefined ? 'shared' : 'file'
    const { c, key, path, sha256 } = entry
    const known = this.#database.get('SELECT id FROM items WHERE c = ? AND key = ?', c, key)
    const start = form === 'shared' ? this.#startOf(entry, known !== undefined) : (entry.offset ?? 0)
    if (entry.history !== undefined) this.#shelve(c, key, entry.history)
    if (known !== undefined)
      this.#database.run(
        "INSERT INTO superseded SELECT * FROM items WHERE c = ? AND key = ? AND (path <> ? OR sha256 <> ? OR (start <> ? AND form = 'record'))",
        ...[c, key, path, sha256, start],
      )
    const { lastInsertRowid } = this.#database.run(
      `INSERT INTO items (c, key, version, path, start, length, size, sha256, date, meta, subject, sender, recipient, message_id, put, form, frame, text, begins)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (c, key) DO UPDATE SET version = excluded.version, path = excluded.path, start = excluded.start, length = excluded.length,
         size = excluded.size, sha256 = excluded.sha256, date = excluded.date, meta = excluded.meta, subject = excluded.subject,
         sender = excluded.sender, recipient = excluded.recipient, message_id = excluded.message_id, put = excluded.put, removed = NULL,
         form = excluded.form, frame = excluded.frame, text = excluded.text, begins = excluded.begins`,
      ...[c, key, entry.version ?? key, path, start, entry.length ?? entry.size, entry.size, sha256, entry.date],
      canonicalJson(entry.meta),
      ...[entry.head?.subject ?? '', entry.head?.from ?? '', entry.head?.to ?? '', entry.head?.messageId ?? '', run],
      ...[form, entry.frame === undefined ? null : canonicalJson(entry.frame), entry.text ?? null, entry.head?.start ?? null],
    )
    const id = known === undefined ? Number(lastInsertRowid) : Number(known['id'])
    if (known !== undefined) this.#database.run('DELETE FROM identities WHERE item = ?', id)
    for (const identity of entry.identity ?? [])
      this.#database.run('INSERT OR IGNORE INTO identities (identity, item) VALUES (?, ?)', identity, id)
    this.#database.run('DELETE FROM pending WHERE c = ? AND key = ?', entry.c, entry.key)
  }

  /** A new version keeps the place of the one before among the others. */
  #startOf({ c, key, path }: PutEntry, isKnown: boolean): number {
    if (!isKnown) return this.#behindOthers()
    const sql = "SELECT start FROM items WHERE c = ? AND key = ? AND path = ? AND form = 'shared' AND removed IS NULL"
    const start = this.#database.get(sql, c, key, path)?.['start']
    return start === undefined ? this.#behindOthers() : Number(start)
  }
}

/** Rows that are read at once. */
const pageRows = 100

/**
 * What stands in a file with many items, in its order: present ones in a present file, former ones in one of the history.
 * @throws AppError `vault-locked` where something else stands there by the time that a row is read
 */
export function* sharing(database: StateDatabase, path: string): Generator<Row, void, undefined> {
  const order = inOrder(database, path)
  for (let first = 0; first < order.length; first += pageRows) {
    const page = order.slice(first, first + pageRows)
    const rows = sharingTables.map((_, table) => rowsOf(database, path, table, page))
    for (const { place, n } of page) {
      const row = rows[Number(place)]?.get(Number(n))
      if (row === undefined) throw changedMeanwhile()
      yield row
    }
  }
}

/** `place`: of the table; `n`: of the row in it; `at`: where it stands in the file. */
function inOrder(database: StateDatabase, path: string, column = 'NULL'): Row[] {
  // Without the first condition on the form SQLite does not see that the index by place holds all of them.
  const rows = (table: number, condition: string) =>
    `SELECT ${table} AS place, rowid AS n, start AS at, ${column} AS length FROM ${sharingTables[table]}
      WHERE path = ? AND form <> 'record' AND form = 'shared' AND ${condition}`
  const isHistory = path.startsWith(`${historyFolder}/`)
  const all = isHistory ? `${rows(0, 'removed IS NOT NULL')} UNION ALL ${rows(1, 'TRUE')}` : rows(0, 'removed IS NULL')
  return database.all(`${all} ORDER BY at, place, n`, ...(isHistory ? [path, path] : [path]))
}

/** Those of a page that stand in this table, by number. */
function rowsOf(database: StateDatabase, path: string, table: number, page: readonly Row[]): ReadonlyMap<number, Row> {
  const numbers = page.flatMap(({ place, n }) => (Number(place) === table ? [Number(n)] : []))
  if (numbers.length === 0) return new Map()
  const places = Array.from({ length: pageRows }, () => '?').join(', ')
  const sql = `SELECT rowid AS row_number, * FROM ${sharingTables[table]} WHERE rowid IN (${places}) AND path = ? AND form = 'shared'`
  const padded = Array.from({ length: pageRows }, (_, n) => numbers[n] ?? null)
  return new Map(database.all(sql, ...padded, path).map((row) => [Number(row['row_number']), row]))
}

/** A program that reads another copy of the vault shares what is known of the account. */
function changedMeanwhile(): AppError {
  return new AppError('vault-locked', 'Another Lifeboat works with this account at the same time.', {
    advice: 'Wait until it has ended, then run the command again.',
  })
}

const sharingTables = ['items', 'superseded'] as const
