/** What a listing of a whole drive named, until it has named every folder: on the disk, however many files there are. */
import { Scratch } from '../shared/scratch.ts'
import type { Entry } from './onedrive-items.ts'

const schema = 'CREATE TABLE entries (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)'
const pageSize = 500

export class ListedEntries implements Disposable {
  readonly #scratch = new Scratch(schema)
  #count = 0

  /** In place of what was put with the same id before. */
  put(entry: Entry): void {
    this.#scratch.run(
      'INSERT OR REPLACE INTO entries (n, id, entry) VALUES (?, ?, ?)',
      ++this.#count,
      entry.id,
      JSON.stringify(entry),
    )
  }

  delete(id: string): void {
    this.#scratch.run('DELETE FROM entries WHERE id = ?', id)
  }

  /** In the order in which they were put last. */
  *pages(): Generator<readonly Entry[], void, undefined> {
    for (let after = 0; ; ) {
      const rows = this.#scratch.all('SELECT n, entry FROM entries WHERE n > ? ORDER BY n LIMIT ?', after, pageSize)
      if (rows.length === 0) return
      after = Number(rows.at(-1)?.['n'])
      yield rows.map(({ entry }) => JSON.parse(String(entry)) as Entry)
    }
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]()
  }
}
