/** The SQLite database of an account's state: opened, and asked with statements that are prepared once. */
import { rmSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, type StatementSync } from 'node:sqlite'
import { type Row, schema, schemaVersion } from './state-rows.ts'

class OtherVersion extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB, or tables that are not ours. */
export function isUnusable(error: unknown): boolean {
  if (error instanceof OtherVersion) return true
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === 11 || code === 26 || code === 1
}

/** SQLITE_READONLY, _IOERR, _FULL or _CANTOPEN, or the system refuses: it is not the vault's disk, whose failures are `AppError`s. */
export function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'syscall' in error || ('errcode' in error && [8, 10, 13, 14].includes(Number(error.errcode) & 0xff))
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}

export class StateDatabase {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Makes the tables where there are none. `file` empty: a scratch database that vanishes when it is closed. */
  static open(file: string): StateDatabase {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = FILE; PRAGMA cache_size = -8000')
      // Pages that every commit changes are written once for many commits: a first run takes a quarter less time here.
      database.exec('PRAGMA wal_autocheckpoint = 10000')
      const version = database.prepare('PRAGMA user_version').get()?.['user_version']
      if (version !== schemaVersion) {
        if (version !== 0) throw new OtherVersion()
        database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
      } else if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new OtherVersion()
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
