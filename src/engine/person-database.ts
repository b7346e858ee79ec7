/** Small databases in the person's own folder: of use where they can be had, and never the only place of anything. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** `file` null, or of no use: in memory. One that is damaged is begun anew. `schema` may run again on what is there. */
export function openPersonDatabase(file: string | null, schema: string): DatabaseSync {
  if (file === null) return prepared('', schema)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    return prepared(file, schema)
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  }
  try {
    return prepared(file, schema)
  } catch {
    return prepared('', schema)
  }
}

function prepared(file: string, schema: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    database.exec(schema)
    if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') throw new TypeError('the database is damaged')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
