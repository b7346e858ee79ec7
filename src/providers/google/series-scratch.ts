/** Events of calendars until they are wanted: Google gives those of a series page by page, in any order. */
import { Scratch } from '../shared/scratch.ts'
import type { Event } from './event-ical.ts'

const schema = `
CREATE TABLE series (n INTEGER PRIMARY KEY, calendar TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (calendar, key));
CREATE TABLE events (series INTEGER NOT NULL, n INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (series, n)) WITHOUT ROWID;
`
/** Series that are looked up at once. */
const pageSize = 500

export class SeriesScratch implements Disposable {
  readonly #scratch = new Scratch(schema)
  #count = 0

  add(calendar: string, key: string, event: Event): void {
    this.#scratch.run('INSERT OR IGNORE INTO series (calendar, key) VALUES (?, ?)', calendar, key)
    const sql = 'INSERT INTO events SELECT n, ?, ? FROM series WHERE calendar = ? AND key = ?'
    this.#scratch.run(sql, ++this.#count, JSON.stringify(event), calendar, key)
  }

  /** In the order in which the first event of each came. */
  *keys(calendar: string): Generator<string, void, undefined> {
    for (let after = 0; ; ) {
      const sql = 'SELECT n, key FROM series WHERE calendar = ? AND n > ? ORDER BY n LIMIT ?'
      const page = this.#scratch.all(sql, calendar, after, pageSize)
      for (const { n, key } of page) {
        after = Number(n)
        yield String(key)
      }
      if (page.length < pageSize) return
    }
  }

  /** Null where none came. */
  events(calendar: string, key: string): readonly Event[] | null {
    const sql = 'SELECT event FROM events WHERE series = (SELECT n FROM series WHERE calendar = ? AND key = ?) ORDER BY n'
    const rows = this.#scratch.all(sql, calendar, key)
    return rows.length === 0 ? null : rows.map(({ event }) => JSON.parse(String(event)) as Event)
  }

  drop(calendar: string, key: string): void {
    this.#scratch.run('DELETE FROM events WHERE series = (SELECT n FROM series WHERE calendar = ? AND key = ?)', calendar, key)
    this.#scratch.run('DELETE FROM series WHERE calendar = ? AND key = ?', calendar, key)
  }

  clear(calendar: string): void {
    this.#scratch.run('DELETE FROM events WHERE series IN (SELECT n FROM series WHERE calendar = ?)', calendar)
    this.#scratch.run('DELETE FROM series WHERE calendar = ?', calendar)
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]()
  }
}
