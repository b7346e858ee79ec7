/** The SQLite database of an account's state: opened, and asked with statements that are prepared once. */
import { rmSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, type StatementSync } from 'node:sqlite'
import { type Row, schema, schemaVersion } from './state-rows.ts'

class OtherVersion extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB, or tables that are not ours. */
export function isUnusable(error: unknown): boolean {
  return error instanceof OtherVersion || [1, 11, 26].includes(codeOf(error))
}

/**
 * SQLITE_BUSY, _READONLY, _IOERR, _FULL or _CANTOPEN, or the system refuses: it is not the vault's disk, whose failures are
 * `AppError`s.
 */
export function isOutOfReach(error: unknown): boolean {
  return (error instanceof Error && 'syscall' in error) || [5, 8, 10, 13, 14].includes(codeOf(error))
}

/** Of SQLite; 0 for any other error. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}

/** Milliseconds for which another program is waited for, and from one try to the next. */
const [patience, pause] = [10_000, 20]

/** Opens a database that other programs may have open, too. `file` empty: one that vanishes when it is closed. */
export function openShared(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: patience })
  try {
    for (const end = performance.now() + patience; ; ) {
      try {
        database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
        return database
      } catch (error) {
        // SQLite does not wait by itself for another program that does this at the same moment.
        if (codeOf(error) !== 5 || performance.now() > end) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
      }
    }
  } catch (error) {
    database.close()
    throw error
  }
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}

function versionOf(database: DatabaseSync): unknown {
  return database.prepare('PRAGMA user_version').get()?.['user_version']
}

/** Another program may do the same at this moment: who comes second finds the tables. */
function begin(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  if (versionOf(database) === 0) database.exec(schema)
  database.exec('COMMIT')
}

export class StateDatabase {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Makes the tables where there are none. `file` empty: a scratch database that vanishes when it is closed. */
  static open(file: string): StateDatabase {
    const database = openShared(file)
    try {
      database.exec('PRAGMA temp_store = FILE; PRAGMA cache_size = -4000')
      // Pages that every commit changes are written once for many commits: a first run takes a quarter less time here.
      database.exec('PRAGMA wal_autocheckpoint = 10000')
      if (versionOf(database) === 0) begin(database)
      else if (versionOf(database) !== schemaVersion) throw new OtherVersion()
      else if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new OtherVersion()
      return new StateDatabase(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  close(): void {
    this.database.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  run(sql: string, ...values: readonly SQLInputValue[]): StatementResultingChanges {
    return this.#statement(sql).run(...values)
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values)
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values)
  }

  transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.database.exec('COMMIT')
    } catch (error) {
      this.database.exec('ROLLBACK')
      throw error
    }
  }
}
