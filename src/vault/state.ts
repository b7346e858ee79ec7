/**
 * What the journals of one account add up to: the fold, kept in SQLite so that memory stays flat. The database is
 * disposable: it is made again from the journals whenever it is missing, behind, or not what it should be.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Json, JsonObject, Role, Service } from '../core/types.ts'
import { type Disk, readStream } from './disk.ts'
import {
  type CollectionId,
  type CommittedBatch,
  committedBatches,
  type Heading,
  type JournalEntry,
  journalRuns,
  journalsInOrder,
  type PendingEntry,
  type PutEntry,
} from './journal.ts'
import { journalPath, systemPath } from './layout.ts'

/** How far from a journal's end its last commit lies at most; only the end line follows. Octets. */
const fingerprintWithin = 1 << 20

/** Another number makes every database anew. */
const schemaVersion = 2

const schema = `
CREATE TABLE journals (run TEXT PRIMARY KEY, length INTEGER NOT NULL, fingerprint TEXT NOT NULL, status TEXT, ended TEXT) WITHOUT ROWID;
CREATE TABLE collections (
  c INTEGER PRIMARY KEY, service TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, folder TEXT NOT NULL,
  role TEXT, lineage TEXT, meta TEXT, cursor TEXT, gone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (
  id INTEGER PRIMARY KEY, c INTEGER NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
  path TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
  date TEXT NOT NULL, meta TEXT NOT NULL, subject TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, message_id TEXT NOT NULL,
  put TEXT NOT NULL, removed TEXT);
CREATE UNIQUE INDEX items_by_key ON items (c, key);
CREATE INDEX items_by_hash ON items (sha256);
CREATE INDEX items_by_size ON items (size, date);
CREATE TABLE identities (identity TEXT NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (identity, item)) WITHOUT ROWID;
CREATE INDEX identities_by_item ON identities (item);
CREATE TABLE pending (c INTEGER NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (c, key)) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = ${schemaVersion};
`

export interface CollectionRecord {
  readonly c: CollectionId
  readonly service: Service
  readonly key: string
  readonly path: readonly string[]
  readonly folder: string
  readonly role: Role | null
  readonly lineage: string | null
  readonly meta: JsonObject | null
  readonly cursor: string | null
  readonly gone: boolean
}

export interface ItemRecord {
  /** Row in this database only; not stable. */
  readonly id: number
  readonly c: CollectionId
  readonly key: string
  readonly version: string
  /** File relative to the account's folder, as it is called now. */
  readonly path: string
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly sha256: string
  readonly date: string
  readonly meta: JsonObject
  readonly head: Heading
  /** Runs that saved it and that noticed its removal. */
  readonly put: string
  readonly removed: string | null
}

/** The same text for the same value, whatever the order of its members. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((element: Json) => canonicalJson(element)).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

type Row = Record<string, unknown>

class OtherVersion extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB, or tables that are not ours. */
function isUnusable(error: unknown): boolean {
  if (error instanceof OtherVersion) return true
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === 11 || code === 26 || code === 1
}

export class AccountState {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.database = database
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
    const open = async () => {
      const state = AccountState.#prepare(file ?? '')
      try {
        return { state, unread: await state.catchUp(disk, accountRoot, until) }
      } catch (error) {
        state.close()
        throw error
      }
    }
    if (file !== null) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    try {
      return await open()
    } catch (error) {
      if (file === null || !isUnusable(error)) throw error
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
      return await open()
    }
  }

  static #prepare(file: string): AccountState {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    try {
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = FILE; PRAGMA cache_size = -16000',
      )
      // Pages that every commit changes are written once for many commits: a first run takes a quarter less time here.
      database.exec('PRAGMA wal_autocheckpoint = 10000')
      const version = database.prepare('PRAGMA user_version').get()?.['user_version']
      if (version !== schemaVersion) {
        if (version !== 0) throw new OtherVersion()
        database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
      } else if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new OtherVersion()
      return new AccountState(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  close(): void {
    this.database.close()
  }

  /**
   * Brings the state up to what the journals say; starts anew when they are not the continuation of what was read before.
   * Answers the runs whose journals were found to go on after what could be read of them.
   */
  async catchUp(disk: Disk, accountRoot: string, until?: string): Promise<readonly string[]> {
    const runs = (await journalRuns(disk, accountRoot)).filter((run) => until === undefined || run <= until)
    const known = new Map(this.#all('SELECT run, length FROM journals').map((row) => [String(row['run']), Number(row['length'])]))
    const sizes = new Map<string, number>()
    for (const run of runs) sizes.set(run, (await disk.stat(systemPath(accountRoot, journalPath(run))))?.size ?? 0)
    const isOther = [...known].some(([run, length]) => (sizes.get(run) ?? -1) < length) || isOutOfOrder(runs, known)
    if (isOther || !(await this.#continuesLast(disk, accountRoot))) {
      this.#clear()
      known.clear()
    }
    const unread: string[] = []
    const changed = runs.filter((run) => (known.get(run) ?? 0) < (sizes.get(run) ?? 0))
    for (const { run, isInPlace } of await journalsInOrder(disk, accountRoot, changed)) {
      let length = known.get(run) ?? 0
      for await (const batch of committedBatches(disk, systemPath(accountRoot, journalPath(run)), length)) {
        this.apply(run, batch)
        length = batch.length
      }
      if (!isInPlace || length < (sizes.get(run) ?? 0)) unread.push(run)
    }
    return unread
  }

  /** False when the last journal that was read is another one of the same name: the vault is a copy that went its own way. */
  async #continuesLast(disk: Disk, accountRoot: string): Promise<boolean> {
    const last = this.#get("SELECT run, length, fingerprint FROM journals WHERE fingerprint <> '' ORDER BY run DESC LIMIT 1")
    if (last === undefined) return true
    const length = Number(last['length'])
    const path = systemPath(accountRoot, journalPath(String(last['run'])))
    const parts: Buffer[] = []
    for await (const part of readStream(disk, path, Math.max(0, length - fingerprintWithin), length)) parts.push(part)
    return Buffer.concat(parts).includes(`"sha256":"${last['fingerprint']}"`)
  }

  #clear(): void {
    const tables = ['journals', 'collections', 'items', 'identities', 'pending', 'files']
    this.#transaction(() => {
      for (const table of tables) this.run(`DELETE FROM ${table}`)
    })
  }

  /** Does nothing when the batch was applied before (another process shares the cache). */
  apply(run: string, batch: CommittedBatch): void {
    this.#transaction(() => {
      const applied = Number(this.#get('SELECT length FROM journals WHERE run = ?', run)?.['length'] ?? 0)
      if (applied >= batch.length) return
      for (const entry of batch.entries) this.#applyEntry(run, entry)
      this.run(
        'INSERT INTO journals (run, length, fingerprint) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET length = excluded.length, fingerprint = excluded.fingerprint',
        ...[run, batch.length, batch.fingerprint],
      )
    })
  }

  #transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.database.exec('COMMIT')
    } catch (error) {
      this.database.exec('ROLLBACK')
      throw error
    }
  }

  #applyEntry(run: string, entry: JournalEntry): void {
    switch (entry.op) {
      case 'begin':
        break
      case 'collection':
        this.run(
          `INSERT INTO collections (c, service, key, path, folder, role, lineage, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET key = excluded.key, path = excluded.path, folder = excluded.folder, role = excluded.role,
             lineage = excluded.lineage, meta = excluded.meta, gone = 0`,
          ...[entry.c, entry.service, entry.key, JSON.stringify(entry.path), entry.folder],
          ...[entry.role ?? null, entry.lineage ?? null, entry.meta === undefined ? null : canonicalJson(entry.meta)],
        )
        break
      case 'gone':
        this.run('UPDATE collections SET gone = 1, cursor = NULL WHERE c = ?', entry.c)
        break
      case 'rename':
        this.#applyRename(entry.from, entry.to)
        break
      case 'put':
        this.#applyPut(run, entry)
        break
      case 'meta':
        this.run('UPDATE items SET meta = ? WHERE c = ? AND key = ?', canonicalJson(entry.meta), entry.c, entry.key)
        break
      case 'remove':
        if (entry.rekeyed === undefined) this.run('UPDATE items SET removed = ? WHERE c = ? AND key = ?', run, entry.c, entry.key)
        else {
          // Its number may be given to another item.
          this.run('DELETE FROM identities WHERE item = (SELECT id FROM items WHERE c = ? AND key = ?)', entry.c, entry.key)
          this.run('DELETE FROM items WHERE c = ? AND key = ?', entry.c, entry.key)
        }
        this.run('DELETE FROM pending WHERE c = ? AND key = ?', entry.c, entry.key)
        break
      case 'pending':
        this.run('INSERT OR REPLACE INTO pending (c, key, entry) VALUES (?, ?, ?)', entry.c, entry.key, JSON.stringify(entry))
        break
      case 'commit':
        for (const [c, cursor] of Object.entries(entry.cursors ?? {}))
          this.run('UPDATE collections SET cursor = ? WHERE c = ?', cursor, Number(c))
        for (const [path, length] of Object.entries(entry.files ?? {}))
          this.run(
            'INSERT INTO files (path, length) VALUES (?, ?) ON CONFLICT DO UPDATE SET length = excluded.length',
            path,
            length,
          )
        break
      case 'end':
        this.run(
          `INSERT INTO journals (run, length, fingerprint, status, ended) VALUES (?, 0, '', ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status, ended = excluded.ended`,
          ...[run, entry.status, entry.ended],
        )
    }
  }

  #applyRename(from: string, to: string): void {
    const tail = from.length + 1
    for (const [table, column] of [
      ['items', 'path'],
      ['files', 'path'],
      ['collections', 'folder'],
    ] as const) {
      const sql = `UPDATE ${table} SET ${column} = ? || substr(${column}, ?) WHERE ${column} = ? OR (${column} > ? AND ${column} < ?)`
      // '0' is the character after '/': the range holds exactly what lies below.
      this.run(sql, to, tail, from, `${from}/`, `${from}0`)
    }
  }

  #applyPut(run: string, entry: PutEntry): void {
    const row = this.#get(
      `INSERT INTO items (c, key, version, path, start, length, size, sha256, date, meta, subject, sender, recipient, message_id, put)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (c, key) DO UPDATE SET version = excluded.version, path = excluded.path, start = excluded.start, length = excluded.length,
         size = excluded.size, sha256 = excluded.sha256, date = excluded.date, meta = excluded.meta, subject = excluded.subject,
         sender = excluded.sender, recipient = excluded.recipient, message_id = excluded.message_id, put = excluded.put, removed = NULL
       RETURNING id`,
      ...[
        entry.c,
        entry.key,
        entry.version ?? entry.key,
        entry.path,
        entry.offset,
        entry.length,
        entry.size,
        entry.sha256,
        entry.date,
      ],
      ...[canonicalJson(entry.meta), entry.head.subject, entry.head.from, entry.head.to, entry.head.messageId, run],
    )
    const id = Number(row?.['id'])
    this.run('DELETE FROM identities WHERE item = ?', id)
    for (const identity of entry.identity ?? [])
      this.run('INSERT OR IGNORE INTO identities (identity, item) VALUES (?, ?)', identity, id)
    this.run('DELETE FROM pending WHERE c = ? AND key = ?', entry.c, entry.key)
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** For the parts of the vault that keep scratch tables beside the state. */
  run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#statement(sql).run(...values)
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values)
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values)
  }

  collections(): CollectionRecord[] {
    return this.#all('SELECT * FROM collections ORDER BY c').map(toCollection)
  }

  /** Also greater than that of items whose collection is unknown because a journal is damaged. */
  nextCollectionId(): CollectionId {
    const all = ['collections', 'items', 'pending'].map((table) => `SELECT max(c) AS c FROM ${table}`).join(' UNION ALL ')
    return Number(this.#get(`SELECT coalesce(max(c), 0) + 1 AS next FROM (${all})`)?.['next'])
  }

  /** Committed lengths of all payload files that journals speak of. */
  fileLengths(): Map<string, number> {
    return new Map(this.#all('SELECT path, length FROM files').map((row) => [String(row['path']), Number(row['length'])]))
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

  hasItems(): boolean {
    return this.#get('SELECT 1 FROM items LIMIT 1') !== undefined
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

  identities(item: number): string[] {
    return this.#all('SELECT identity FROM identities WHERE item = ?', item).map((row) => String(row['identity']))
  }

  /** Items with the same identity, those of collection `c` first, living ones first. */
  byIdentity(identity: string, c: CollectionId): ItemRecord[] {
    const sql = `SELECT items.* FROM identities JOIN items ON items.id = item WHERE identity = ? ORDER BY c <> ?, removed IS NOT NULL LIMIT 20`
    return this.#all(sql, identity, c).map(toItem)
  }

  /** The item whose record lies last in a file. */
  lastInFile(path: string): ItemRecord | null {
    const row = this.#get('SELECT * FROM items WHERE path = ? ORDER BY start DESC LIMIT 1', path)
    return row === undefined ? null : toItem(row)
  }

  /** Items of the collection with these bytes. */
  byHash(c: CollectionId, sha256: string): ItemRecord[] {
    return this.#all('SELECT * FROM items WHERE sha256 = ? AND c = ?', sha256, c).map(toItem)
  }

  /** Items with these bytes, in any collection, living ones first. */
  byContent(sha256: string): ItemRecord[] {
    return this.#all('SELECT * FROM items WHERE sha256 = ? ORDER BY removed IS NOT NULL LIMIT 20', sha256).map(toItem)
  }

  /** True when something of this size was saved: worth asking the provider what it is. */
  hasSize(size: number): boolean {
    return this.#get('SELECT 1 FROM items WHERE size = ? LIMIT 1', size) !== undefined
  }

  /** True when a living item other than this one holds the same bytes. */
  livesElsewhere(c: CollectionId, key: string, excluded: string): boolean {
    const sql = `SELECT 1 FROM items AS other WHERE other.sha256 = (SELECT sha256 FROM items WHERE c = ?1 AND key = ?2) AND other.removed IS NULL
       AND NOT EXISTS (SELECT 1 FROM ${excluded} AS gone WHERE gone.c = other.c AND gone.key = other.key) LIMIT 1`
    return this.#get(sql, c, key) !== undefined
  }

  /** Living and, when asked, removed items, oldest first. Not to be mixed with changes. */
  *items(c: CollectionId | null, includeRemoved: boolean): Generator<ItemRecord> {
    const sql = `SELECT * FROM items WHERE (?1 IS NULL OR c = ?1) AND (?2 OR removed IS NULL) ORDER BY c, date, id`
    for (const row of this.database.prepare(sql).iterate(c, includeRemoved ? 1 : 0)) yield toItem(row)
  }

  /** Items whose Message-ID is this or whose SHA-256 begins so; at most two, to tell one from many. */
  find(reference: string): ItemRecord[] {
    const byHash = /^[0-9a-f]{8,64}$/.test(reference)
      ? this.#all(
          'SELECT * FROM items WHERE sha256 >= ?1 AND sha256 < ?1 || ? ORDER BY removed IS NOT NULL LIMIT 2',
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

  lastRun(): { readonly run: string; readonly status: string | null; readonly ended: string | null } | null {
    const row = this.#get('SELECT run, status, ended FROM journals ORDER BY run DESC LIMIT 1')
    return row === undefined
      ? null
      : { run: String(row['run']), status: textOrNull(row['status']), ended: textOrNull(row['ended']) }
  }
}

/** A journal that appears before one that was read already would have to be applied in between. */
function isOutOfOrder(runs: readonly string[], known: ReadonlyMap<string, number>): boolean {
  const lastKnown = [...known.keys()].sort().at(-1)
  return lastKnown !== undefined && runs.some((run) => run < lastKnown && !known.has(run))
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

function toCollection(row: Row): CollectionRecord {
  return {
    c: Number(row['c']),
    service: String(row['service']) as Service,
    key: String(row['key']),
    path: JSON.parse(String(row['path'])) as string[],
    folder: String(row['folder']),
    role: textOrNull(row['role']) as Role | null,
    lineage: textOrNull(row['lineage']),
    meta: row['meta'] === null ? null : (JSON.parse(String(row['meta'])) as JsonObject),
    cursor: textOrNull(row['cursor']),
    gone: row['gone'] === 1,
  }
}

function toItem(row: Row): ItemRecord {
  return {
    id: Number(row['id']),
    c: Number(row['c']),
    key: String(row['key']),
    version: String(row['version']),
    path: String(row['path']),
    offset: Number(row['start']),
    length: Number(row['length']),
    size: Number(row['size']),
    sha256: String(row['sha256']),
    date: String(row['date']),
    meta: JSON.parse(String(row['meta'])) as JsonObject,
    head: {
      subject: String(row['subject']),
      from: String(row['sender']),
      to: String(row['recipient']),
      messageId: String(row['message_id']),
    },
    put: String(row['put']),
    removed: textOrNull(row['removed']),
  }
}
