/**
 * Columns (`c`) and text blocks (`t`) of messages, contacts, events and files: JSON. Row n of columns is document `first + n`, where
 * `first` is the element of `Segment.columns` for its shard. What the files are, `format.ts` tells.
 */

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
  /** Set where the text says much less than the HTML: that is searched as well. */
  readonly htmlToo?: true
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
  /** True: a picture that the HTML shows, and `image` holds. All others stand among the attachments. */
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
  /** Of the first occurrence; as `Occurrences.timing`. */
  readonly timing: readonly (0 | 1 | 2)[]
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
