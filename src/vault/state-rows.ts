/** The tables of an account's state and what their rows mean. */
import type { Service } from '../core/account.ts'
import type { Role } from '../core/items.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { CollectionId, Frame, Heading } from './journal-entries.ts'
import type { StoredKind } from './layout.ts'

/** Another number makes every database anew. */
export const schemaVersion = 4

export const schema = `
CREATE TABLE journals (run TEXT PRIMARY KEY, length INTEGER NOT NULL, fingerprint TEXT NOT NULL, status TEXT, ended TEXT) WITHOUT ROWID;
CREATE TABLE collections (
  c INTEGER PRIMARY KEY, service TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, folder TEXT NOT NULL,
  role TEXT, lineage TEXT, meta TEXT, cursor TEXT, gone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (
  id INTEGER PRIMARY KEY, c INTEGER NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
  path TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
  date TEXT NOT NULL, meta TEXT NOT NULL, subject TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, message_id TEXT NOT NULL,
  put TEXT NOT NULL, removed TEXT, form TEXT NOT NULL, frame TEXT, text TEXT, begins TEXT);
CREATE UNIQUE INDEX items_by_key ON items (c, key);
CREATE INDEX items_removed ON items (c) WHERE removed IS NOT NULL;
CREATE INDEX items_by_hash ON items (sha256);
CREATE INDEX items_by_size ON items (size, date);
CREATE INDEX items_by_place ON items (path, start) WHERE form <> 'record';
CREATE TABLE superseded AS SELECT * FROM items;
CREATE INDEX superseded_by_key ON superseded (c, key);
CREATE INDEX superseded_by_hash ON superseded (sha256);
CREATE INDEX superseded_by_place ON superseded (path, start);
CREATE TABLE heads (path TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE operations (n INTEGER PRIMARY KEY, entry TEXT NOT NULL);
CREATE TABLE identities (identity TEXT NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (identity, item)) WITHOUT ROWID;
CREATE INDEX identities_by_item ON identities (item);
CREATE TABLE pending (c INTEGER NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (c, key)) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, length INTEGER NOT NULL, sha256 TEXT) WITHOUT ROWID;
PRAGMA user_version = ${schemaVersion};
`

export interface CollectionRecord {
  readonly c: CollectionId
  readonly service: Service
  readonly key: string
  readonly path: readonly string[]
  readonly folder: string
  readonly role: Role | null
  readonly lineage: string | null
  readonly meta: JsonObject | null
  readonly cursor: string | null
  readonly gone: boolean
}

/** A collection of the account, or the originals of one. */
export type StoredCollection = Omit<CollectionRecord, 'service'> & { readonly service: StoredKind }

export interface ItemRecord {
  /** Row in this database only; not stable. */
  readonly id: number
  readonly c: CollectionId
  readonly key: string
  readonly version: string
  /** File relative to the account's folder, as it is called now. */
  readonly path: string
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly sha256: string
  readonly date: string
  readonly meta: JsonObject
  readonly head: Heading
  /** Runs that saved it and that noticed its removal. */
  readonly put: string
  readonly removed: string | null
  /** In an mbox file; as a file of its own; among others in a vCard or iCalendar file. */
  readonly form: 'record' | 'file' | 'shared'
  /** Of a `shared` one: how its octets follow from its text, and the SHA-256 of the text. */
  readonly frame: Frame | null
  readonly text: string | null
}

/** The same text for the same value, whatever the order of its members. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((element: Json) => canonicalJson(element)).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

export type Row = Record<string, unknown>

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

export function toCollection(row: Row): StoredCollection {
  return {
    c: Number(row['c']),
    service: String(row['service']) as StoredKind,
    key: String(row['key']),
    path: JSON.parse(String(row['path'])) as string[],
    folder: String(row['folder']),
    role: textOrNull(row['role']) as Role | null,
    lineage: textOrNull(row['lineage']),
    meta: row['meta'] === null ? null : (JSON.parse(String(row['meta'])) as JsonObject),
    cursor: textOrNull(row['cursor']),
    gone: row['gone'] === 1,
  }
}

/** Of a file. */
function titleOf({ path }: JsonObject): string {
  return Array.isArray(path) ? path.join('/') : ''
}

export function toItem(row: Row): ItemRecord {
  const meta = JSON.parse(String(row['meta'])) as JsonObject
  return {
    id: Number(row['id']),
    c: Number(row['c']),
    key: String(row['key']),
    version: String(row['version']),
    path: String(row['path']),
    offset: Number(row['start']),
    length: Number(row['length']),
    size: Number(row['size']),
    sha256: String(row['sha256']),
    date: String(row['date']),
    meta,
    head: {
      subject: String(row['subject']) || titleOf(meta),
      from: String(row['sender']),
      to: String(row['recipient']),
      messageId: String(row['message_id']),
      ...(row['begins'] === null ? {} : { start: String(row['begins']) }),
    },
    put: String(row['put']),
    removed: textOrNull(row['removed']),
    form: String(row['form']) as ItemRecord['form'],
    frame: row['frame'] === null ? null : (JSON.parse(String(row['frame'])) as Frame),
    text: textOrNull(row['text']),
  }
}
