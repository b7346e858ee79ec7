/**
 * Where the items of a restore went, so that a repeat finds them again even where the target does not show what they are.
 * It lies with the person's settings, not in the vault: a vault on a disk that cannot be written restores as well, and a
 * restore changes nothing in it. Without it a repeat still compares with what is at the target.
 */
import type { StatementSync } from 'node:sqlite'
import { PersonNotes } from './person-database.ts'

const schema =
  'CREATE TABLE IF NOT EXISTS restored (destination TEXT, key TEXT, sha256 TEXT, at TEXT NOT NULL, PRIMARY KEY (destination, key, sha256)) WITHOUT ROWID'

export class RestoreJournal {
  readonly #notes: PersonNotes
  readonly #select: StatementSync
  readonly #insert: StatementSync

  /** `file`: as `openPersonDatabase`. */
  constructor(file: string | null) {
    this.#notes = new PersonNotes(file, schema)
    this.#select = this.#notes.prepare('SELECT at FROM restored WHERE destination = ? AND key = ? AND sha256 = ?')
    this.#insert = this.#notes.prepare('INSERT OR REPLACE INTO restored (destination, key, sha256, at) VALUES (?, ?, ?, ?)')
  }

  /** Where an earlier attempt put the item; null where none did. */
  at(destination: string, key: string, sha256: string): string | null {
    const at = this.#select.get(destination, key, sha256)?.['at']
    return at === undefined || at === null ? null : String(at)
  }

  /** Remembered for good with the next `commit`; what is lost before that is found again at the target. */
  note(destination: string, key: string, sha256: string, at: string): void {
    this.#notes.note(this.#insert, destination, key, sha256, at)
  }

  commit(): void {
    this.#notes.commit()
  }

  close(): void {
    this.#notes.close()
  }
}
