import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openPersonDatabase } from '../../src/engine/person-database.ts'
import { scratchFolder } from '../fixtures/vaults.ts'

const schema = 'CREATE TABLE IF NOT EXISTS notes (key INTEGER PRIMARY KEY, text TEXT NOT NULL)'

function write(file: string): void {
  const database = openPersonDatabase(file, schema)
  const insert = database.prepare('INSERT INTO notes (text) VALUES (?)')
  for (let n = 0; n < 1_000; n++) insert.run(`note ${n}`)
  database.close()
}

function count(file: string): number {
  const database = openPersonDatabase(file, schema)
  const { n } = database.prepare('SELECT count(text) AS n FROM notes').get() ?? {}
  database.close()
  return Number(n)
}

test('keeps what was written, and is begun anew where it is damaged, also behind a header that is whole', async () => {
  const file = join(await scratchFolder(), 'state', 'notes.sqlite')
  write(file)
  expect(count(file)).toBe(1_000)
  writeFileSync(file, readFileSync(file).fill(0xa5, 4096))
  expect(count(file)).toBe(0)
  write(file)
  writeFileSync(file, 'no database')
  expect(count(file)).toBe(0)
})

test('stays where another program is writing into it', async () => {
  const file = join(await scratchFolder(), 'notes.sqlite')
  write(file)
  const other = new DatabaseSync(file)
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO notes (text) VALUES (1)')
  expect(count(file)).toBe(0)
  other.exec('COMMIT')
  other.close()
  expect(count(file)).toBe(1_001)
})
