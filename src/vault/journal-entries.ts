/** What the lines of a journal say (`FORMAT.md`). */
import type { Role } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import type { StoredKind } from './layout.ts'

/** Number of a collection within its account; never used again for another one. */
export type CollectionId = number

export interface BeginEntry {
  readonly op: 'begin'
  readonly v: 1
  readonly run: string
  readonly vault: string
  readonly account: string
  readonly provider: string
  readonly program: string
}

/** A collection is new, was renamed, or its description changed. */
export interface CollectionEntry {
  readonly op: 'collection'
  readonly c: CollectionId
  readonly service: StoredKind
  readonly key: string
  /** The provider's own names. */
  readonly path: readonly string[]
  /** Where it lies, relative to the account's folder. */
  readonly folder: string
  readonly role?: Role
  readonly lineage?: string
  readonly meta?: JsonObject
}

/** The provider does not have the collection any more. Its files stay. */
export interface GoneEntry {
  readonly op: 'gone'
  readonly c: CollectionId
}

/** A folder of the vault gets another name; paths of earlier entries follow it. */
export interface RenameEntry {
  readonly op: 'rename'
  readonly from: string
  readonly to: string
}

/** A file (not a folder) lies elsewhere from now on: what earlier entries say of `from` holds for `to`. */
export interface MoveEntry {
  readonly op: 'move'
  readonly from: string
  /** Not there before. */
  readonly to: string
}

/**
 * A file with new content. Until it is carried out, the content lies ready in the vault's scratch folder.
 * The octets are durable before the entry is.
 */
export interface PlaceEntry {
  readonly op: 'place'
  /** Name in the account's part of the scratch folder. */
  readonly staged: string
  readonly path: string
  readonly size: number
  readonly sha256: string
  /** The file is written anew in place of the one there; otherwise there is none. */
  readonly replaces?: true
  /** Of a file that holds many items: the octets before the first of them. */
  readonly head?: number
}

/** A few words of the item for lists and reports. Of a file they are its path, which is in the meta. */
export interface Heading {
  /** Of a message; a contact's name; an event's summary. */
  readonly subject: string
  readonly from: string
  readonly to: string
  /** Of a message; of a contact or event its UID. */
  readonly messageId: string
  /** Of an event: `2026-03-29`, `2026-03-29T09:30:00` (local to its time zone) or `2026-03-29T09:30:00Z`. */
  readonly start?: string
}

/** How the octets of an item follow from its text in a file with many (`LineForm`, `ItemFrame` of `formats`). */
export type Frame = JsonObject

export interface PutEntry {
  readonly op: 'put'
  readonly c: CollectionId
  readonly key: string
  /** Left out when equal to `key`. */
  readonly version?: string
  readonly identity?: readonly string[]
  /** File relative to the account's folder, at the time of the entry. */
  readonly path: string
  /** Of a message. What else shares a file is found by its order there; a file with one item begins with it. */
  readonly offset?: number
  /** Octets in the file, prefix and separator included. Left out when the file holds nothing else. */
  readonly length?: number
  /** Octets of the original. */
  readonly size: number
  readonly sha256: string
  readonly date: string
  readonly meta: JsonObject
  readonly head?: Partial<Heading>
  /** Of a contact or event that shares its file. */
  readonly frame?: Frame
  /** With `frame`: of its text in the file. */
  readonly text?: string
  /** With a `put` of the same key before, of an item that shared its file: the file in which that one stands now. */
  readonly history?: string
}

export interface MetaEntry {
  readonly op: 'meta'
  readonly c: CollectionId
  readonly key: string
  readonly meta: JsonObject
}

export interface RemoveEntry {
  readonly op: 'remove'
  readonly c: CollectionId
  readonly key: string
  /** The same item goes by this key now (a `put` of it came before): nothing was removed at the provider. */
  readonly rekeyed?: string
  /** Of an item that shared its file: the file in which it stands now. */
  readonly history?: string
}

/** The provider lists the item but it could not be saved. Ends with a `put` or `remove` of the same key. */
export interface PendingEntry {
  readonly op: 'pending'
  readonly c: CollectionId
  readonly key: string
  readonly version?: string
  readonly size?: number
  readonly date?: string
  readonly identity?: readonly string[]
  readonly meta: JsonObject
  readonly title: string
  readonly code: string
  readonly reason: string
}

export interface CommitEntry {
  readonly op: 'commit'
  /** Cursors of collections whose changes are all in the journal now. */
  readonly cursors?: { readonly [c: string]: string }
  /** Committed length of each file that the lines since the last commit wrote to. */
  readonly files?: { readonly [path: string]: number }
  /** Of everything in this file before this line. */
  readonly sha256: string
}

export interface EndEntry {
  readonly op: 'end'
  /** `interrupted` is written by the run that finds and repairs an unfinished one. */
  readonly status: 'finished' | 'stopped' | 'failed' | 'interrupted'
  readonly ended: string
  readonly collections: readonly JsonObject[]
}

/** Carried out after the commit that holds it, in the order of the entries, and durable before the next commit. */
export type FileOperation = MoveEntry | PlaceEntry
export type ChangeEntry =
  | CollectionEntry
  | GoneEntry
  | RenameEntry
  | FileOperation
  | PutEntry
  | MetaEntry
  | RemoveEntry
  | PendingEntry
export type JournalEntry = BeginEntry | ChangeEntry | CommitEntry | EndEntry

export function isFileOperation(entry: JournalEntry): entry is FileOperation {
  return entry.op === 'move' || entry.op === 'place'
}

/** The rename of a batch. It is carried out after its commit and before the next one. */
export function lastRename(entries: readonly JournalEntry[]): RenameEntry | null {
  for (const entry of entries.toReversed()) if (entry.op === 'rename') return entry
  return null
}
