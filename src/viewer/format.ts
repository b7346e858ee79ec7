/**
 * The data beside START HERE.html, as the writer leaves it and the page reads it. Everything here is derived from the
 * vault's plain files, may be deleted, and is made anew by `lifeboat viewer`. START HERE.html itself is made by
 * `makeStartPage` of `start-page.ts`; `engine/viewer.ts` writes it atomically whenever it differs from what is there.
 *
 * ## The folder
 * `viewer-<32 hex>/` in the vault's root. The name is a secret: only START HERE.html knows it (`StartPageData`). In it lie
 * - `m0.js`, `m1.js`: two slots of the manifest, written in turn. The readable one with the greater `generation` counts; when
 *   it or a shard of it cannot be read, the other slot is tried.
 * - `o<generation>.js`: the overview that the manifest names.
 * - `<segment>.js` or `<segment>-<shard>.js`: the shards of the segments (`shardFile`). Files never change once written.
 *
 * ## A shard in a file
 * Every file is a classic script, UTF-8 nowhere: load it with `<script src charset="windows-1252">`. It calls, once per
 * shard in it, `V("<shard id>",()=>{/*<octets>*\/})`. The octets are the gzip of the shard's content, one character each, but
 * for `*`, `~` and those from 0x80 to 0x9f: for these stand `~` and the octet with its bit 0x40 changed. gzip's own CRC-32 is the
 * checksum. `codec.ts` has both ways. Shard ids: `m0`, `m1`, `o45` for overview 45, `123.t0` for text shard 0 of segment 123. A file
 * that calls nothing, or not for the shard that was asked for, is damaged. Several shards of a small segment share one file: keep
 * what came along.
 *
 * ## Documents and places
 * A *document* is content and never changes: one message, one version of a contact, an event or a file. Each service
 * numbers its documents from 0; equal content (same SHA-256) is one document, also across accounts. A *place* is an item in
 * a collection: it says that a document was put there in a run, which flags it had, and when it went. Places are numbered per
 * service from 0, and are never reused. What runs did to places are *events*; folding them up to a run gives what was there as of
 * that run (`page/data/places.ts`).
 */
import type { Service } from '../core/account.ts'

/**
 * Another number: the page and the data do not belong together, and the program writes both anew.
 */
export const formatVersion = 4

/** Content of `m0` and `m1`: JSON in UTF-8. */
export interface Manifest {
  readonly format: number
  /** Greater each time; even ones go to `m0`, odd ones to `m1`. */
  readonly generation: number
  /** The vault's id. */
  readonly vault: string
  readonly program: string
  /** RFC 3339, UTC. */
  readonly written: string
  /** Generation of the overview: its shard is `o<overview>` in `o<overview>.js`. */
  readonly overview: number
  /** Ascending by service and by their documents and places. */
  readonly segments: readonly Segment[]
  /** For the writer: per account, how far the journals are covered. Opaque. */
  readonly covered: { readonly [account: string]: string }
}

/** A segment holds documents `firstDoc … firstDoc + docs - 1` and places likewise, and events of places of any segment. */
export interface Segment {
  readonly id: number
  readonly service: Service
  /** How often its parts were merged. */
  readonly level: number
  readonly sealed: boolean
  readonly firstDoc: number
  readonly docs: number
  readonly firstPlace: number
  readonly places: number
  readonly events: number
  /** True: all shards lie in `<segment>.js`. False: each in its own file. */
  readonly packed: boolean
  /** Columns (`c`): first document of each shard, ascending; 5,000 documents each. */
  readonly columns: readonly number[]
  /** Text blocks (`t`): first document of each shard; about 256 KB each before compression, more where one block is larger. */
  readonly texts: readonly number[]
  /** HTML blocks (`h`, mail only): first document of each shard; about 256 KB each. Documents without HTML have no block. */
  readonly html: readonly number[]
  /** Search index (`i`): the first term of each shard, ascending by code unit; about 128 KB each before compression. */
  readonly terms: readonly string[]
  /** Attachments (`a`, mail only): number of shards, 5,000 rows each. */
  readonly attachments: number
  /** Pictures (`x`: photos of contacts, images that mails show inside): first document of each shard. */
  readonly images: readonly number[]
  /** Occurrences (`e`, calendar only): ascending by start. */
  readonly occurrences: readonly OccurrenceRange[]
}

/** Both in seconds since 1970 UTC; a range holds every occurrence that touches it, so shards may overlap. */
export interface OccurrenceRange {
  readonly from: number
  readonly to: number
}

/**
 * `c` columns · `t` text · `h` HTML · `i` index · `a` attachments · `x` images · `e` occurrences · `s` events (one shard) ·
 * `o` origins (one shard) · `k` keys (one shard, for the writer only).
 */
export type ShardKind = 'c' | 't' | 'h' | 'i' | 'a' | 'x' | 'e' | 's' | 'o' | 'k'

/**
 * Fetches one shard's content, decompressed; rejects when it is missing or damaged. Share loads in flight. What arrives is theirs who
 * asked for it.
 */
export type ShardLoader = (file: string, shard: string) => Promise<Uint8Array<ArrayBuffer>>

export function shardId(segment: number, kind: ShardKind, number = 0): string {
  return `${segment}.${kind}${number}`
}

/** The file of a shard, relative to the data folder. */
export function shardFile(segment: Pick<Segment, 'id' | 'packed'>, kind: ShardKind, number = 0): string {
  const stem = String(segment.id).padStart(6, '0')
  return segment.packed ? `${stem}.js` : `${stem}-${kind}${number}.js`
}

export function overviewShard(generation: number): { readonly file: string; readonly shard: string } {
  return { file: `o${String(generation).padStart(6, '0')}.js`, shard: `o${generation}` }
}

/** Block shards (`t`, `h`, `x`): one line of JSON (`BlockIndex`), LF, then the blocks one after another. */
export interface BlockIndex {
  /** Documents in ascending order; a document may have several `x` blocks. */
  readonly docs: readonly number[]
  /** Octets of each block. */
  readonly lengths: readonly number[]
}
