/** What an account holds, as its provider shows it: the engine and the vault know nothing else of any provider. */
import type { Service } from './account.ts'
import type { JsonObject } from './json.ts'

/** What a collection is used for (RFC 6154 SPECIAL-USE, plus the inbox). */
export type Role = 'inbox' | 'all' | 'archive' | 'drafts' | 'flagged' | 'junk' | 'sent' | 'trash'

/** A mail folder, an address book, a calendar or a drive, as the provider shows it now. */
export interface Collection {
  readonly service: Service
  /** Stable within the account and service; survives a rename where the provider has such an id. */
  readonly key: string
  /** The provider's own names from the root down, decoded, in any Unicode; never empty. */
  readonly path: readonly string[]
  readonly role?: Role
  /** How many items the provider says there are, if it says so. */
  readonly count?: number
  /**
   * Equal before and after a rename when `key` is not (for IMAP: UIDVALIDITY). A collection that vanished and a new one
   * of the same lineage, one of each, are the same collection.
   */
  readonly lineage?: string
  /** Set where the collection holds no items or cannot be read: the reason for the report, in plain words. */
  readonly skipped?: string
  /** With `skipped`: the server fails at it for now, and nobody knows what is new in it. The report has that as a failure. */
  readonly fails?: true
  /** With `skipped`: as `fails`, but only where something of it was saved, and is not to be had any more. */
  readonly failsIfSaved?: true
  /** With `fails` or `failsIfSaved`: what a person can do about it, where another try alone does not help. */
  readonly advice?: string
  /** Anything else worth keeping (colour, description, order, subscription). */
  readonly meta?: JsonObject
  /** What the provider itself says of the collection; see `Originals`. */
  readonly originals?: Originals
}

export interface Item {
  /** Stable within its collection. */
  readonly key: string
  /** Changes whenever the bytes change. */
  readonly version: string
  /** Size of the content in octets as the provider states it, if it does. */
  readonly size?: number
  /** When the provider received or changed it: RFC 3339, UTC. Mail: INTERNALDATE. */
  readonly date?: string
  /**
   * Strings that recognise the same content elsewhere in the account (EMAILID, X-GM-MSGID, `headerIdentity`). Two items
   * that share one of these and, where both are known, their size, hold the same bytes.
   */
  readonly identities?: readonly string[]
  /** What may change while the bytes stay. For mail see `MailMeta`. */
  readonly meta: JsonObject
  /** A few words to name the item in a report before its content is known. */
  readonly title?: string
}

/** `Item.meta` of a message. Flags as in RFC 9051 section 2.3.2 (`\Seen`, `$Forwarded`, …), sorted, without `\Recent`. */
export type MailMeta = {
  readonly flags: readonly string[]
  /** Gmail's labels, where labels are not folders. */
  readonly labels?: readonly string[]
  /** The provider's conversation id. */
  readonly thread?: string
}

/** `Item.meta` of a file, or of an empty folder: other folders are told by what is in them. */
export type FileMeta = {
  /** Folders and name from the drive's root down, decoded; never empty. */
  readonly path: readonly string[]
  /** Modification time, RFC 3339 UTC. */
  readonly modified: string
  /** Media type, if the provider states one. */
  readonly mime?: string
  /** Set where it is no file but a folder that holds nothing, neither files nor folders; its content is empty. */
  readonly folder?: true
}

/** A folder that holds nothing (`FileMeta.folder`): an item as a file is, without octets. */
export function isFolder(meta: JsonObject): boolean {
  return meta['folder'] === true
}

/**
 * Small content comes whole; large content (over about 4 MB) as a stream that is read once, in order. Octets stay as they are
 * until the next answer, or the stream's next chunk, is asked for: then their memory may be used again.
 */
export type Content = Uint8Array | AsyncIterable<Uint8Array>

/**
 * JSON values as the provider gave them, where the content was converted from them: kept beside it, so that nothing is lost in
 * translation. At least one.
 */
export type Originals = readonly object[]
