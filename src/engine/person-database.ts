/** Small databases in the person's own folder: of use where they can be had, and never the only place of anything. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { isUnusable, openShared, removeDatabase } from '../vault/state-database.ts'

/** Notes that stay with the next `commit`. Whoever loses them can do without. */
export class PersonNotes {
  readonly #database: DatabaseSync

  /** As `openPersonDatabase`. */
  constructor(file: string | null, schema: string) {
    this.#database = openPersonDatabase(file, schema)
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql)
  }

  note(statement: StatementSync, ...values: readonly SQLInputValue[]): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN')
    statement.run(...values)
  }

  commit(): void {
    if (this.#database.isTransaction) this.#database.exec('COMMIT')
  }

  close(): void {
    this.commit()
    this.#database.close()
  }
}

/** `file` null, or out of reach: in memory. One that is damaged is begun anew. `schema` may run again on what is there. */
export function openPersonDatabase(file: string | null, schema: string): DatabaseSync {
  if (file === null) return prepared('', schema)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    return prepared(file, schema)
  } catch (error) {
    // Another program may be using one that is only out of reach.
    if (!(error instanceof Damaged) && !isUnusable(error)) return prepared('', schema)
  }
  try {
    removeDatabase(file)
    return prepared(file, schema)
  } catch {
    return prepared('', schema)
  }
}

class Damaged extends Error {}

function prepared(file: string, schema: string): DatabaseSync {
  const database = openShared(file)
  try {
    database.exec(schema)
    if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new Damaged()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
