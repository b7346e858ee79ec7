/**
 * What a provider names in one run, beside what the vault has: new, changed and gone items by comparison in scratch
 * tables, so that memory stays flat however large the collection is.
 */
import type { Item } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import type { CollectionId } from './journal-entries.ts'
import type { AccountState } from './state.ts'
import { canonicalJson, type ItemRecord, toItem as toRecord } from './state-rows.ts'

const schema = `
CREATE TEMP TABLE IF NOT EXISTS listing (
  seq INTEGER PRIMARY KEY, c INTEGER NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
  size INTEGER, date TEXT, title TEXT, meta TEXT NOT NULL, identities TEXT, round INTEGER NOT NULL, UNIQUE (c, key));
CREATE TEMP TABLE IF NOT EXISTS gone (c INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (c, key)) WITHOUT ROWID;
DELETE FROM temp.listing;
DELETE FROM temp.gone;
`

/** Which of a collection's listed items are new, so that they can be fetched in pages. */
export interface NewItems {
  readonly count: number
  /** Sum of the sizes that the provider stated, and the largest of them. */
  readonly bytes: number
  readonly largest: number
  /** Octets of what is gone from the collection: it may be the same that is new, by another key. */
  readonly gone: number
}

/** In joins the scratch tables come first (CROSS JOIN): SQLite does not know how much less is in them. */
const isNew = `FROM temp.listing AS l LEFT JOIN items AS i ON i.c = l.c AND i.key = l.key AND i.version = l.version AND i.removed IS NULL
  WHERE l.c = ? AND (i.id IS NULL OR EXISTS (SELECT 1 FROM pending AS p WHERE p.c = l.c AND p.key = l.key))`

export class Listing {
  readonly #state: AccountState
  /** By collection: how often its changes were asked for before, in this run. */
  readonly #rounds = new Map<CollectionId, number>()

  constructor(state: AccountState) {
    this.#state = state
    state.database.exec(schema)
  }

  /** The changes of the collection are asked for once more; what was named before counts on. */
  again(c: CollectionId): void {
    this.#rounds.set(c, this.#round(c) + 1)
  }

  /** What was named in this round does not count: the provider was asked for changes since a moment that it does not know. */
  forget(c: CollectionId): void {
    this.#state.run('DELETE FROM temp.listing WHERE c = ? AND round = ?', c, this.#round(c))
    this.#state.run('DELETE FROM temp.gone WHERE c = ?', c)
  }

  #round(c: CollectionId): number {
    return this.#rounds.get(c) ?? 0
  }

  /** A later naming of the same key replaces an earlier one: providers may repeat pages. */
  add(c: CollectionId, items: readonly Item[]): void {
    this.#together(() => {
      for (const item of items) {
        this.#state.run(
          'INSERT OR REPLACE INTO temp.listing (c, key, version, size, date, title, meta, identities, round) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[c, item.key, item.version, item.size ?? null, item.date ?? null, item.title ?? null, canonicalJson(item.meta)],
          item.identities === undefined ? null : JSON.stringify(item.identities),
          this.#round(c),
        )
        this.#state.run('DELETE FROM temp.gone WHERE c = ? AND key = ?', c, item.key)
      }
    })
  }

  /** An item that waits from an earlier run: it is tried before the others. */
  addFirst(c: CollectionId, item: Item): void {
    if (this.isGone(c, item.key)) return
    if (!this.has(c, item.key)) this.add(c, [item])
    this.#state.run(
      'UPDATE temp.listing SET seq = (SELECT min(0, min(seq)) - 1 FROM temp.listing) WHERE c = ? AND key = ?',
      c,
      item.key,
    )
  }

  removed(c: CollectionId, keys: readonly string[]): void {
    this.#together(() => {
      for (const key of keys) {
        this.#state.run('DELETE FROM temp.listing WHERE c = ? AND key = ?', c, key)
        this.#state.run('INSERT OR IGNORE INTO temp.gone (c, key) VALUES (?, ?)', c, key)
      }
    })
  }

  /** Everything that exists was named in this round: what the vault has beyond that is gone, and so are pending items. */
  allListed(c: CollectionId): void {
    this.#state.run('DELETE FROM temp.listing WHERE c = ? AND round < ?', c, this.#round(c))
    const absent = 'NOT EXISTS (SELECT 1 FROM temp.listing AS l WHERE l.c = known.c AND l.key = known.key)'
    this.#state.run(
      `INSERT OR IGNORE INTO temp.gone SELECT c, key FROM items AS known WHERE c = ? AND removed IS NULL AND ${absent}`,
      c,
    )
    this.#state.run(`INSERT OR IGNORE INTO temp.gone SELECT c, key FROM pending AS known WHERE c = ? AND ${absent}`, c)
  }

  #together(work: () => void): void {
    this.#state.database.exec('BEGIN')
    try {
      work()
      this.#state.database.exec('COMMIT')
    } catch (error) {
      this.#state.database.exec('ROLLBACK')
      throw error
    }
  }

  #get(sql: string, ...values: readonly (string | number)[]): Record<string, unknown> {
    return this.#state.database.prepare(sql).get(...values) ?? {}
  }

  #all(sql: string, ...values: readonly (string | number)[]): Record<string, unknown>[] {
    return this.#state.database.prepare(sql).all(...values)
  }

  has(c: CollectionId, key: string): boolean {
    return this.#get('SELECT count(*) AS n FROM temp.listing WHERE c = ? AND key = ?', c, key)['n'] === 1
  }

  count(c: CollectionId): number {
    return Number(this.#get('SELECT count(*) AS n FROM temp.listing WHERE c = ?', c)['n'])
  }

  newItems(c: CollectionId): NewItems {
    const sums = 'count(*) AS n, coalesce(sum(l.size), 0) AS bytes, coalesce(max(l.size), 0) AS largest'
    const { n, bytes, largest } = this.#get(`SELECT ${sums} ${isNew}`, c)
    const { gone } = this.#get(
      `SELECT coalesce(sum(i.size), 0) AS gone FROM temp.gone AS g
        CROSS JOIN items AS i ON i.c = g.c AND i.key = g.key AND i.removed IS NULL WHERE g.c = ?`,
      c,
    )
    return { count: Number(n), bytes: Number(bytes), largest: Number(largest), gone: Number(gone) }
  }

  /** New items in the order they were named, up to `limit` of them and about `bytes` octets, after `seq`. */
  page(c: CollectionId, seq: number, limit: number, bytes: number): { readonly items: readonly Item[]; readonly seq: number } {
    const items: Item[] = []
    let last = seq
    let octets = 0
    for (const row of this.#all(`SELECT l.* ${isNew} AND l.seq > ? ORDER BY l.seq LIMIT ?`, c, seq, limit)) {
      const item = toItem(row)
      octets += item.size ?? 0
      if (items.length > 0 && octets > bytes) break
      items.push(item)
      last = Number(row['seq'])
    }
    return { items, seq: last }
  }

  /** Known items whose meta is another now. `sameVersion`: without those of which the bytes are others too. */
  metaChanges(c: CollectionId, sameVersion: boolean): { readonly key: string; readonly meta: JsonObject }[] {
    const sql = `SELECT l.key, l.meta, i.meta AS saved, l.version = i.version AS same FROM temp.listing AS l
      CROSS JOIN items AS i ON i.c = l.c AND i.key = l.key AND i.removed IS NULL
      WHERE l.c = ? AND l.meta <> i.meta AND (? = 0 OR l.version = i.version)`
    return this.#all(sql, c, Number(sameVersion)).flatMap((row) => {
      const meta = row['same'] === 1 ? withNote(String(row['meta']), String(row['saved'])) : String(row['meta'])
      return meta === row['saved'] ? [] : [{ key: String(row['key']), meta: JSON.parse(meta) as JsonObject }]
    })
  }

  /** What the provider says of a listed item; null for one that was not listed. */
  meta(c: CollectionId, key: string): JsonObject | null {
    const meta = this.#get('SELECT meta FROM temp.listing WHERE c = ? AND key = ?', c, key)['meta']
    return meta === undefined ? null : (JSON.parse(String(meta)) as JsonObject)
  }

  hasGone(c: CollectionId): boolean {
    return this.#get('SELECT count(*) AS n FROM (SELECT 1 FROM temp.gone WHERE c = ? LIMIT 1)', c)['n'] === 1
  }

  isGone(c: CollectionId, key: string): boolean {
    return this.#get('SELECT count(*) AS n FROM temp.gone WHERE c = ? AND key = ?', c, key)['n'] === 1
  }

  /** The first of what is gone and has these bytes, of which there may be very many, that `isWanted`. */
  goneLike(c: CollectionId, sha256: string, isWanted: (item: ItemRecord) => boolean): ItemRecord | undefined {
    const sql = `SELECT i.* FROM items AS i WHERE i.sha256 = ? AND i.c = ?
      AND EXISTS (SELECT 1 FROM temp.gone AS g WHERE g.c = i.c AND g.key = i.key)`
    for (const row of this.#state.database.prepare(sql).iterate(sha256, c)) {
      const item = toRecord(row)
      if (isWanted(item)) return item
    }
    return undefined
  }

  /** The item was found again under another key: it is not gone. */
  keep(c: CollectionId, key: string): void {
    this.#state.run('DELETE FROM temp.gone WHERE c = ? AND key = ?', c, key)
  }

  /** Keys of what is gone, in two parts: `moved` lives on elsewhere in the account, `lost` does not. */
  gone(c: CollectionId): {
    readonly moved: readonly string[]
    readonly lost: readonly string[]
    readonly pending: readonly string[]
  } {
    const moved: string[] = []
    const lost: string[] = []
    const sql =
      'SELECT g.key, i.sha256 FROM temp.gone AS g CROSS JOIN items AS i ON i.c = g.c AND i.key = g.key AND i.removed IS NULL WHERE g.c = ? ORDER BY i.sha256'
    let last = { sha256: '', livesOn: false }
    for (const row of this.#all(sql, c)) {
      const sha256 = String(row['sha256'])
      if (sha256 !== last.sha256) last = { sha256, livesOn: this.#state.livesOn(sha256, 'temp.gone') }
      const list = last.livesOn ? moved : lost
      list.push(String(row['key']))
    }
    const waiting = this.#all(
      'SELECT g.key FROM temp.gone AS g JOIN pending AS p ON p.c = g.c AND p.key = g.key WHERE g.c = ?',
      c,
    )
    return { moved, lost, pending: waiting.map((row) => String(row['key'])) }
  }
}

function toItem(row: Record<string, unknown>): Item {
  return {
    key: String(row['key']),
    version: String(row['version']),
    meta: JSON.parse(String(row['meta'])) as JsonObject,
    ...(row['size'] === null ? {} : { size: Number(row['size']) }),
    ...(row['date'] === null ? {} : { date: String(row['date']) }),
    ...(row['title'] === null ? {} : { title: String(row['title']) }),
    ...(row['identities'] === null ? {} : { identities: JSON.parse(String(row['identities'])) as string[] }),
  }
}

/** A note that came with the octets, and of which no listing knows, holds for as long as they do. */
function withNote(listed: string, saved: string): string {
  const { note } = JSON.parse(saved) as JsonObject
  const meta = JSON.parse(listed) as JsonObject
  return note === undefined || meta['note'] !== undefined ? listed : JSON.stringify({ ...meta, note })
}
