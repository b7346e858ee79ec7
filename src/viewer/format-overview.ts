/** Overview (`o<generation>.js`): JSON. Small; the first thing after the manifest. What the files are, `format.ts` tells. */
import type { Service } from '../core/account.ts'
import type { Role } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'

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
