/** What a run remembers of an account until it ends, and what grows with the account: on the disk, so that memory stays flat. */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { AppError } from '../../core/errors.ts'

/** In the system's folder for temporary files, under no name: it is gone with its end, however the program ends. */
export class Scratch implements Disposable {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** @throws AppError `unsupported` where there is no room for it; so does every other method */
  constructor(schema: string) {
    this.#database = new DatabaseSync('')
    // Never committed: nobody else reads it.
    within(() =>
      this.#database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000; BEGIN; ${schema}`),
    )
  }

  run(sql: string, ...values: readonly (string | number)[]): void {
    within(() => this.#statement(sql).run(...values))
  }

  get(sql: string, ...values: readonly (string | number)[]): Readonly<Record<string, SQLOutputValue>> | undefined {
    return within(() => this.#statement(sql).get(...values))
  }

  all(sql: string, ...values: readonly (string | number)[]): readonly Readonly<Record<string, SQLOutputValue>>[] {
    return within(() => this.#statement(sql).all(...values))
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

function within<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error)) throw error
    throw new AppError('unsupported', 'The folder for temporary files on this computer is full or cannot be written to.', {
      cause: new Error(`SQLite ${String(error.errcode)}`),
      advice: 'Make room on the disk of this computer, then run the command again.',
    })
  }
}

/** Values by their keys. */
export class ScratchMap<V extends string | number> implements Disposable {
  readonly #scratch = new Scratch('CREATE TABLE entries (key TEXT PRIMARY KEY, value ANY) WITHOUT ROWID')

  set(key: string, value: V): void {
    this.#scratch.run('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)', key, value)
  }

  get(key: string): V | undefined {
    return this.#scratch.get('SELECT value FROM entries WHERE key = ?', key)?.['value'] as V | undefined
  }

  delete(key: string): void {
    this.#scratch.run('DELETE FROM entries WHERE key = ?', key)
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]()
  }
}
