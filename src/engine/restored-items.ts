/**
 * As what an account lists the items that were restored into it: so that the next backup of that account takes them from the
 * vault instead of downloading them. Lies with the person's settings, as the restore journal does; without it all is downloaded.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { StatementSync } from 'node:sqlite'
import type { Service } from '../core/account.ts'
import type { Collection, Item } from '../core/items.ts'
import type { ListedAs } from '../core/target.ts'
import type { CollectionId } from '../vault/journal-entries.ts'
import { PersonNotes } from './person-database.ts'

const schema = `CREATE TABLE IF NOT EXISTS listed (
  service TEXT, collection TEXT, key TEXT, version TEXT NOT NULL, account TEXT NOT NULL, c INTEGER NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (service, collection, key)) WITHOUT ROWID`

/** What of the vault an item at the target is. */
export interface Origin {
  readonly account: string
  /** Of that account. */
  readonly c: CollectionId
  readonly sha256: string
}

export class RestoredItems {
  readonly #notes: PersonNotes
  readonly #insert: StatementSync
  readonly #select: StatementSync

  private constructor(notes: PersonNotes) {
    this.#notes = notes
    this.#insert = notes.prepare('INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#select = notes.prepare(
      'SELECT account, c, sha256 FROM listed WHERE service = ? AND collection = ? AND key = ? AND version = ?',
    )
  }

  /** Of what goes from the vault into the account. `folder` null: in memory. */
  static open(folder: string | null, vaultId: string, account: string): RestoredItems {
    return new RestoredItems(new PersonNotes(folder === null ? null : fileOf(folder, vaultId, account), schema))
  }

  /** Null where nothing was restored. */
  static find(folder: string | null, vaultId: string, account: string): RestoredItems | null {
    return folder !== null && existsSync(fileOf(folder, vaultId, account)) ? RestoredItems.open(folder, vaultId, account) : null
  }

  /** For good with the next `commit`. */
  note(service: Service, path: readonly string[], listed: ListedAs, { account, c, sha256 }: Origin): void {
    const { collection = nameOf(path), key, version } = listed
    this.#notes.note(this.#insert, service, collection, key, version, account, c, sha256)
  }

  commit(): void {
    this.#notes.commit()
  }

  originOf({ service, key, path }: Collection, item: Item): Origin | null {
    const find = (collection: string) => this.#select.get(service, collection, item.key, item.version)
    const row = find(key) ?? find(nameOf(path))
    return row === undefined ? null : { account: String(row['account']), c: Number(row['c']), sha256: String(row['sha256']) }
  }

  /** Which collections something was restored from into this one. */
  sourcesOf({ service, key, path }: Collection): Pick<Origin, 'account' | 'c'>[] {
    return this.#notes
      .prepare('SELECT DISTINCT account, c FROM listed WHERE service = ? AND collection IN (?, ?)')
      .all(service, key, nameOf(path))
      .map((row) => ({ account: String(row['account']), c: Number(row['c']) }))
  }

  close(): void {
    this.#notes.close()
  }
}

/** Of a collection that goes by its path; none is a key. */
function nameOf(path: readonly string[]): string {
  return JSON.stringify(path)
}

function fileOf(folder: string, vaultId: string, account: string): string {
  const id = createHash('sha256')
    .update(JSON.stringify([vaultId, account]))
    .digest('hex')
  return join(folder, `into-${id.slice(0, 32)}.sqlite`)
}
