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
 * Every file is a classic script, UTF-8 nowhere: load it with `<script src charset="x-user-defined">`. It calls, once per
 * shard in it, `V("<shard id>",()=>{/*<octets>*\/})`. The octets are the gzip of the shard's content, one character each, with a
 * full stop after every `*`; gzip's own CRC-32 is the checksum. `codec.ts` has both ways. Shard ids: `m0`, `m1`, `o45`
 * for overview 45, `123.t0` for text shard 0 of segment 123. A file that calls nothing, or not for the shard that was asked
 * for, is damaged. Several shards of a small segment share one file: keep what came along.
 *
 * ## Documents and places
 * A *document* is content and never changes: one message, one version of a contact, an event or a file. Each service
 * numbers its documents from 0; equal content (same SHA-256) is one document, also across accounts. A *place* is an item in
 * a collection: it says that a document was put there in a run, which flags it had, and when it went. Places are numbered per
 * service from 0, and are never reused. What runs did to places are *events*; folding them up to a run gives what was there as of
 * that run (`reader.ts`, `placesAsOf`).
 */
import type { JsonObject, Role, Service } from '../core/types.ts'

/**
 * Another number: the page and the data do not belong together, and the program writes both anew.
 */
export const formatVersion = 2

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
 * Fetches one shard's content, decompressed; rejects when it is missing or damaged. Share loads in flight.
 */
export type ShardLoader = (file: string, shard: string) => Promise<Uint8Array>

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

// ---------------------------------------------------------------------------------------------------------------------
// Overview: JSON. Small; the first thing after the manifest.

export interface Overview {
  readonly accounts: readonly AccountInfo[]
  /** Numbered by their position: `collection` in events and lists. */
  readonly collections: readonly CollectionInfo[]
  /** All accounts' runs, in the order in which the viewer met them: `run` in events is the position here. Sort by `id`. */
  readonly runs: readonly RunInfo[]
  /** Files of the vault, relative to its root (mbox, `.vcf`, `.ics`): `file` in origins is the position here. Current names. */
  readonly files: readonly string[]
  /** Folders that got another name, in the order in which it happened: see `FolderRename`. */
  readonly renames: readonly FolderRename[]
  readonly pending: readonly PendingInfo[]
  readonly skipped: readonly SkippedInfo[]
  /** The last proof that the vault restores, if there was one. */
  readonly proof: ProofInfo | null
  /** The last time `lifeboat verify` read everything; null where it is not known. */
  readonly verified: { readonly time: string; readonly sound: boolean } | null
  /** The newest messages of all inboxes, newest first, at most 100: painted before any column is there. */
  readonly newest: readonly ListedMessage[]
  readonly calendarRange: CalendarRange | null
  /** False: the person switched attachments as documents off. */
  readonly documents: boolean
  /** Sentences for the person, e.g. messages that could not be prepared for the viewer. */
  readonly notices: readonly string[]
}

export interface AccountInfo {
  /** As in the vault, and its folder's name below `data/` in `folder`. */
  readonly id: string
  readonly folder: string
  readonly providers: readonly string[]
  readonly services: readonly Service[]
  /** RFC 3339 end of the last run that came to its end, and the id of the last run at all. */
  readonly asOf: string | null
  readonly lastRun: string
}

export interface CollectionInfo {
  /** Position in `accounts`. */
  readonly account: number
  /** Its number in the account's journals. */
  readonly c: number
  readonly service: Service
  /** The provider's names from the root down, current ones. */
  readonly path: readonly string[]
  readonly role: Role | null
  /** Anything the provider said of it: colour, description, order. */
  readonly meta: JsonObject | null
  /** Run (position in `runs`) that saw it first, and that noticed it was gone at the provider. */
  readonly since: number
  readonly gone: number | null
  /** Now: what the provider has and what was removed there since. */
  readonly live: number
  readonly removed: number
  /** Mail: live ones without `\Seen`. */
  readonly unread: number
  /** Octets of the live originals. */
  readonly bytes: number
}

export interface RunInfo {
  /** `2026-11-22T073105Z`: its UTC start. Runs of two accounts at one time have equal ids. */
  readonly id: string
  readonly account: number
  readonly ended: string | null
  readonly status: 'finished' | 'stopped' | 'failed' | 'interrupted' | null
  /** What it did: places that were put, that went at the provider, whose flags changed or that were superseded. */
  readonly added: number
  readonly removed: number
  readonly changed: number
}

/**
 * A file whose path in `FileColumns` lies below `from` lies below `to` since, if its place is less than `place`. Both relative
 * to the vault's root.
 */
export interface FolderRename {
  readonly from: string
  readonly to: string
  readonly place: number
}

/** Listed by the provider and not saved yet. */
export interface PendingInfo {
  readonly account: number
  readonly collection: number
  readonly title: string
  readonly reason: string
}

/** A collection, or part of one, that is not in the vault; null where it concerns the account as a whole. */
export interface SkippedInfo {
  readonly account: number
  readonly collection: readonly string[] | null
  readonly reason: string
}

export interface ProofInfo {
  /** RFC 3339. */
  readonly time: string
  readonly verdict: 'proven' | 'proven-with-exceptions' | 'not-proven'
  /** Relative to the vault's root, `proofs/….html`. */
  readonly file: string | null
}

export interface ListedMessage {
  readonly doc: number
  readonly place: number
  readonly collection: number
  /** Seconds since 1970 UTC. */
  readonly date: number
  readonly from: string
  readonly subject: string
  readonly marks: number
  readonly flags: readonly string[]
}

export interface CalendarRange {
  /** Years; both included. Endless series are expanded up to the end of `to`. */
  readonly from: number
  readonly to: number
}

// ---------------------------------------------------------------------------------------------------------------------
// Events (`s`) and origins (`o`): JSON, columnar: row n is element n of every array.

export interface Events {
  /** Places of this segment: row n is place `firstPlace + n`. */
  readonly put: {
    readonly doc: readonly number[]
    readonly collection: readonly number[]
    readonly run: readonly number[]
    /** When the provider received or changed it, seconds since 1970 UTC. */
    readonly received: readonly number[]
    /** Position in `metas`. */
    readonly meta: readonly number[]
  }
  /** Flags or labels changed. In the order in which it happened; so are removals. */
  readonly changed: {
    readonly place: readonly number[]
    readonly run: readonly number[]
    readonly meta: readonly number[]
  }
  readonly removed: {
    readonly place: readonly number[]
    readonly run: readonly number[]
    readonly reason: readonly RemovalReason[]
    /** Where the file lies now, relative to the vault's root, when it moved (`History/…`); else ''. */
    readonly path: readonly string[]
  }
  readonly metas: readonly PlaceMeta[]
}

/**
 * 0: the provider does not have it any more (where another place holds the same document, it was moved, not lost).
 * 1: a newer version took its place. 2: the same item goes by another place now; not a removal for a person.
 */
export type RemovalReason = 0 | 1 | 2

/** Mail: flags as in RFC 9051 and Gmail's labels. Empty for other services. */
export interface PlaceMeta {
  readonly flags: readonly string[]
  readonly labels: readonly string[]
}

/** Where the original octets are. Row n is place `firstPlace + n`, but for `sha256`. */
export interface Origins {
  /** Position in `Overview.files`, or -1 for files (their path is in the columns). */
  readonly file: readonly number[]
  /** Octets in the file, with our prefix and the separator (see FORMAT.md); for cards and events: of the stored text. */
  readonly offset: readonly number[]
  readonly length: readonly number[]
  /** Row n is document `firstDoc + n`: the first 32 hex digits of the original's SHA-256; '' where the original could not be read. */
  readonly sha256: readonly string[]
}

// ---------------------------------------------------------------------------------------------------------------------
// Block shards (`t`, `h`, `x`): one line of JSON (`BlockIndex`), LF, then the blocks one after another.

export interface BlockIndex {
  /** Documents in ascending order; a document may have several `x` blocks. */
  readonly docs: readonly number[]
  /** Octets of each block. */
  readonly lengths: readonly number[]
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns (`c`): JSON. Row n is document `first + n`, where `first` is the shard's element of `Segment.columns`.

/**
 * Bits of `MailColumns.marks`. The upper ones say which kinds of attachment it has, for `type:`.
 */
export const marks = {
  attachment: 1,
  html: 2,
  /** Could not be read as MIME: shown as source (`MailDetail.source`). */
  broken: 4,
  signed: 8,
  encrypted: 16,
  invitation: 32,
  important: 64,
  pdf: 1 << 8,
  image: 1 << 9,
  text: 1 << 10,
  word: 1 << 11,
  sheet: 1 << 12,
  slides: 1 << 13,
  archive: 1 << 14,
  audio: 1 << 15,
  video: 1 << 16,
  calendar: 1 << 17,
  contact: 1 << 18,
  message: 1 << 19,
  other: 1 << 20,
} as const

/** `type:` words and the kinds in the documents list. */
export type DocumentKind =
  | 'pdf'
  | 'image'
  | 'text'
  | 'word'
  | 'sheet'
  | 'slides'
  | 'archive'
  | 'audio'
  | 'video'
  | 'calendar'
  | 'contact'
  | 'message'
  | 'other'

export interface MailColumns {
  /** `Name <address>` or what stands there instead. */
  readonly people: readonly string[]
  /** The Date field, or when it was received where that means nothing: seconds since 1970 UTC. */
  readonly date: readonly number[]
  /** Positions in `people`; -1 for nobody. */
  readonly from: readonly number[]
  /** The first three of To and Cc; `toMore` how many there are beyond. */
  readonly to: readonly (readonly number[])[]
  readonly toMore: readonly number[]
  readonly subject: readonly string[]
  /** Octets of the original. */
  readonly size: readonly number[]
  readonly marks: readonly number[]
  /** Messages of one conversation have the same number: that of one of its documents. */
  readonly thread: readonly number[]
}

/** Text block of a message: JSON. */
export interface MailDetail {
  /**
   * The plain text; null where the message has only HTML: `textOfHtml` (`html-text.ts`) of the HTML block is what the index
   * knows. Line ends are LF.
   */
  readonly text: string | null
  /** The header block as it stands, decoded as UTF-8 or else Latin-1, lines unfolded nowhere, LF. Cut at 64 KB. */
  readonly headers: string
  readonly from: readonly MailAddress[]
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly bcc: readonly MailAddress[]
  readonly replyTo: readonly MailAddress[]
  readonly messageId: string
  readonly attachments: readonly AttachmentInfo[]
  /** Text or HTML was cut here because it is very large; the original has all of it. */
  readonly cut: boolean
  /** Set where the message could not be read as MIME: its beginning as it stands, decoded like `headers`. */
  readonly source: string | null
}

export interface MailAddress {
  readonly name: string
  readonly address: string
}

export interface AttachmentInfo {
  /** As the sender named it; hostile input. '' where it has none. */
  readonly name: string
  /** Media type as the sender stated it, lower case. */
  readonly type: string
  readonly kind: DocumentKind
  readonly size: number
  /** Without angle brackets; '' where it has none. */
  readonly contentId: string
  /** True: meant to be shown inside the HTML. */
  readonly inline: boolean
  /** The ordinary file with the same content, relative to the vault's root (`data/…/Mail/Attachments/…`); '' where there is none. */
  readonly file: string
  /** Which `x` block holds its octets: number `block` of those of document `doc`, perhaps an earlier one. Null: none does. */
  readonly image: { readonly doc: number; readonly block: number } | null
}

/** Attachments (`a`): JSON; one row per attachment that is not shown inside its message, ascending by document. */
export interface AttachmentColumns {
  readonly doc: readonly number[]
  /** Position in `MailDetail.attachments`. */
  readonly number: readonly number[]
  readonly name: readonly string[]
  readonly kind: readonly DocumentKind[]
  readonly size: readonly number[]
  /** As in `AttachmentInfo.file`. */
  readonly file: readonly string[]
}

// Contacts. The text block is a `ContactDetail`, the `x` block (at most one) the photo's octets.

export interface ContactColumns {
  readonly name: readonly string[]
  /** How it sorts: family name first where the card has one; folded. */
  readonly sort: readonly string[]
  readonly organization: readonly string[]
  readonly emails: readonly (readonly string[])[]
  readonly phones: readonly (readonly string[])[]
  /** CATEGORIES of the card, and the groups that name it. */
  readonly groups: readonly (readonly string[])[]
  /** Media type of the photo in the `x` block; '' without one. */
  readonly photo: readonly string[]
  /** True: a group of contacts, not a person. */
  readonly isGroup: readonly boolean[]
}

export interface ContactDetail {
  /** Every property of the card in its order, decoded for a person; the photo's value is ''. */
  readonly fields: readonly ContactField[]
  /** The card as it was given; `.vcf`. */
  readonly source: string
}

export interface ContactField {
  /** Upper case: `TEL`, `ADR`, `X-SPOUSE`. */
  readonly name: string
  /** Lower case: `home`, `cell`, `pref`, or the label that the person gave it. */
  readonly types: readonly string[]
  readonly label: string
  /** One element, or the components of a structured value (N, ADR, ORG) without empty ones. */
  readonly value: readonly string[]
}

// Calendars. The text block is an `EventDetail`.

export interface EventColumns {
  readonly summary: readonly string[]
  readonly location: readonly string[]
  /** `VEVENT`, `VTODO` or `VJOURNAL`. */
  readonly component: readonly string[]
  /** Of the first occurrence; as `Occurrences.start`. Null for a task without dates. */
  readonly start: readonly (number | null)[]
  /** True: it has a recurrence rule or dates. */
  readonly repeats: readonly boolean[]
  /** True: there are more occurrences than were expanded (`CalendarRange`, or more than 20,000). */
  readonly more: readonly boolean[]
}

/** Occurrences (`e`): JSON, ascending by `start`. */
export interface Occurrences {
  readonly doc: readonly number[]
  /**
   * Seconds since 1970 UTC. `timing` 0: an instant. 1: all day, the date at 00:00 UTC, `end` exclusive. 2: floating, the wall
   * clock time as if it were UTC.
   */
  readonly start: readonly number[]
  readonly end: readonly number[]
  readonly timing: readonly (0 | 1 | 2)[]
  /** Seconds to add to `start` for the wall clock of the event's own zone. */
  readonly offset: readonly number[]
  /** Position in `zones`. */
  readonly zone: readonly number[]
  /** Which component of the detail it shows: 0 the series, else a changed occurrence. */
  readonly part: readonly number[]
  /** IANA names, or what the calendar calls it. */
  readonly zones: readonly string[]
}

export interface EventDetail {
  /** Element 0 is the series or single event, the others are changed occurrences. */
  readonly parts: readonly EventPart[]
  /** A complete `.ics`, with its VTIMEZONEs. */
  readonly source: string
}

export interface EventPart {
  readonly summary: string
  readonly location: string
  readonly description: string
  readonly status: string
  readonly organizer: string
  readonly attendees: readonly string[]
  readonly url: string
  readonly categories: readonly string[]
  /** RRULE as it stands, '' without one. */
  readonly rule: string
  /** Name and value of everything else worth showing. */
  readonly more: readonly (readonly [name: string, value: string])[]
}

// Files. No text blocks.

export interface FileColumns {
  /** Folders of this shard, from the drive's root down. */
  readonly folders: readonly (readonly string[])[]
  /** Position in `folders`. */
  readonly folder: readonly number[]
  /** The original name; hostile input. */
  readonly name: readonly string[]
  readonly size: readonly number[]
  /** Modification time, seconds since 1970 UTC. */
  readonly modified: readonly number[]
  readonly kind: readonly DocumentKind[]
  /** Where it was put, relative to the vault's root. Once removed or superseded see `Events.removed.path`. */
  readonly path: readonly string[]
}
