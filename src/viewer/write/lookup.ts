/** What earlier updates wrote, to be asked by content and by key. In a scratch database, so that memory stays flat. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Service } from '../../core/account.ts'
import { type Manifest, type Segment, type ShardKind, shardFile, shardId } from '../format.ts'
import type { FileColumns } from '../format-documents.ts'
import type { FolderRename } from '../format-overview.ts'
import type { Events, Origins } from '../format-places.ts'
import { readJson, readShard } from './folder.ts'
import { decodeKeys } from './segment-writer.ts'
import type { ViewerFolder } from './viewer-folder.ts'

const schema = `
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
CREATE TABLE docs (service TEXT, sha256 TEXT, doc INTEGER, PRIMARY KEY (service, sha256)) WITHOUT ROWID;
CREATE TABLE places (service TEXT, key TEXT, place INTEGER, doc INTEGER, live INTEGER, PRIMARY KEY (service, key)) WITHOUT ROWID;
CREATE INDEX places_by_number ON places (service, place);
CREATE TABLE threads (hash TEXT PRIMARY KEY, thread INTEGER) WITHOUT ROWID;
CREATE TABLE files (place INTEGER PRIMARY KEY, path TEXT, put TEXT, size INTEGER, sha256 TEXT);
CREATE INDEX files_by_path ON files (path);
CREATE TABLE pictures (sha256 TEXT PRIMARY KEY, doc INTEGER, block INTEGER) WITHOUT ROWID;
BEGIN;
`

export interface KnownPlace {
  readonly place: number
  readonly doc: number
  readonly live: boolean
}

interface KnownFile {
  /** Where it lies now, relative to the vault's root. */
  readonly path: string
  readonly size: number
  readonly sha256: string
}

export class Lookup {
  readonly #database = new DatabaseSync('')
  readonly #statements = new Map<string, StatementSync>()
  /** Service and number of documents whose content could not be read. */
  readonly #unread = new Set<string>()

  constructor() {
    this.#database.exec(schema)
  }

  close(): void {
    this.#database.close()
  }

  /** @throws where a shard is missing or damaged */
  async load(folder: ViewerFolder, manifest: Manifest, renames: readonly FolderRename[]): Promise<void> {
    for (const segment of manifest.segments) await this.#loadSegment(folder, segment)
    for (const { from, to, place } of renames) this.renameFolder(from, to, place)
  }

  async #loadSegment(folder: ViewerFolder, segment: Segment): Promise<void> {
    const place = (kind: ShardKind): [string, string] => [shardFile(segment, kind), shardId(segment.id, kind)]
    const { put, removed } = await readJson<Events>(folder, ...place('s'))
    const { sha256 } = await readJson<Origins>(folder, ...place('o'))
    const { keys, threads } = decodeKeys(await readShard(folder, ...place('k')))
    for (const [row, sum] of sha256.entries()) {
      if (sum === '') this.addUnread(segment.service, sum, segment.firstDoc + row)
      else this.addDocument(segment.service, sum, segment.firstDoc + row)
    }
    for (const [row, key] of keys.entries()) this.addPlace(segment.service, key, segment.firstPlace + row, put.doc[row] ?? 0)
    if (segment.service === 'files') await this.#loadFiles(folder, segment, sha256)
    for (const [row, number] of removed.place.entries()) {
      this.remove(segment.service, number)
      const path = removed.path[row]
      if (path) this.#statement('UPDATE files SET path = ? WHERE place = ?').run(path, number)
    }
    for (const [hash, thread] of threads) this.addThread(hash, thread)
  }

  /** Every put of a file makes a document, so they have equal numbers. */
  async #loadFiles(folder: ViewerFolder, segment: Segment, sums: readonly string[]): Promise<void> {
    for (const [number, first] of segment.columns.entries()) {
      const { path, size } = await readJson<FileColumns>(
        folder,
        shardFile(segment, 'c', number),
        shardId(segment.id, 'c', number),
      )
      for (const [row, file] of path.entries()) {
        const doc = first + row
        this.addFile(doc, { path: file, size: size[row] ?? 0, sha256: sums[doc - segment.firstDoc] ?? '' })
      }
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Where files lie that were below `from` and have a place less than this one. */
  renameFolder(from: string, to: string, place: number): void {
    const sql = 'UPDATE files SET path = ? || substr(path, ?) WHERE place < ? AND substr(path, 1, ?) = ?'
    this.#statement(sql).run(to, from.length + 1, place, from.length + 1, `${from}/`)
  }

  /** Null when the content is new. */
  document(service: Service, sha256: string): number | null {
    const row = this.#statement('SELECT doc FROM docs WHERE service = ? AND sha256 = ?').get(service, sha256.slice(0, 32))
    return row === undefined ? null : Number(row['doc'])
  }

  addDocument(service: Service, sha256: string, doc: number): void {
    this.#statement('INSERT OR REPLACE INTO docs (service, sha256, doc) VALUES (?, ?, ?)').run(service, sha256.slice(0, 32), doc)
  }

  /** Its content could not be read: it is tried again whenever it is put. */
  addUnread(service: Service, sha256: string, doc: number): void {
    this.#unread.add(`${service} ${doc}`)
    if (sha256 !== '') this.addDocument(service, sha256, doc)
  }

  isUnread(service: Service, doc: number): boolean {
    return this.#unread.has(`${service} ${doc}`)
  }

  place(service: Service, key: string): KnownPlace | null {
    const row = this.#statement('SELECT place, doc, live FROM places WHERE service = ? AND key = ?').get(service, key)
    return row === undefined ? null : { place: Number(row['place']), doc: Number(row['doc']), live: row['live'] === 1 }
  }

  addPlace(service: Service, key: string, place: number, doc: number): void {
    const sql = 'INSERT OR REPLACE INTO places (service, key, place, doc, live) VALUES (?, ?, ?, ?, 1)'
    this.#statement(sql).run(service, key, place, doc)
  }

  remove(service: Service, place: number): void {
    this.#statement('UPDATE places SET live = 0 WHERE service = ? AND place = ?').run(service, place)
  }

  addFile(place: number, { path, size, sha256 }: KnownFile): void {
    const sql = 'INSERT OR REPLACE INTO files (place, path, put, size, sha256) VALUES (?, ?, ?, ?, ?)'
    this.#statement(sql).run(place, path, path, size, sha256)
  }

  file(place: number): KnownFile | null {
    const row = this.#statement('SELECT path, size, sha256 FROM files WHERE place = ?').get(place)
    return row === undefined ? null : { path: String(row['path']), size: Number(row['size']), sha256: String(row['sha256']) }
  }

  moveFile(from: string, to: string): void {
    this.#statement('UPDATE files SET path = ? WHERE path = ?').run(to, from)
  }

  /** Where a file lies that is not where it was put; else ''. */
  movedPath(service: Service, place: number): string {
    if (service !== 'files') return ''
    const row = this.#statement('SELECT path FROM files WHERE place = ? AND path <> put').get(place)
    return row === undefined ? '' : String(row['path'])
  }

  /** The conversation that one of the Message-IDs belongs to. */
  thread(hashes: readonly string[]): number | null {
    for (const hash of hashes) {
      const row = this.#statement('SELECT thread FROM threads WHERE hash = ?').get(hash)
      if (row !== undefined) return Number(row['thread'])
    }
    return null
  }

  /** Answers whether the Message-ID was new. */
  addThread(hash: string, thread: number): boolean {
    return this.#statement('INSERT OR IGNORE INTO threads (hash, thread) VALUES (?, ?)').run(hash, thread).changes === 1
  }

  /** Where the same picture was kept in this update. */
  picture(sha256: string): { readonly doc: number; readonly block: number } | null {
    const row = this.#statement('SELECT doc, block FROM pictures WHERE sha256 = ?').get(sha256)
    return row === undefined ? null : { doc: Number(row['doc']), block: Number(row['block']) }
  }

  addPicture(sha256: string, { doc, block }: { readonly doc: number; readonly block: number }): void {
    this.#statement('INSERT OR IGNORE INTO pictures (sha256, doc, block) VALUES (?, ?, ?)').run(sha256, doc, block)
  }
}
