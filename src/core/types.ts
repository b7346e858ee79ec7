/**
 * The types everything turns on. A provider reads an account and describes it in these; the engine and the vault
 * know nothing else of any provider.
 */
import type { AppError, ErrorCode } from './errors.ts'

export type Service = 'mail' | 'contacts' | 'calendar' | 'files'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/**
 * What a provider sees of an account that a person configured: its own settings, which it validates where it reads them, and
 * the services that it is asked for. An account may combine several providers.
 */
export interface Account {
  /** Chosen by the person or taken from the address; names the account's folder in the vault. */
  readonly id: string
  /** A key of the provider registry. */
  readonly provider: string
  readonly services: readonly Service[]
  readonly settings: JsonObject
}

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
  /** Anything else worth keeping (colour, description, order, subscription). */
  readonly meta?: JsonObject
  /** What the provider itself says of the collection; see `Originals`. */
  readonly originals?: Originals
}

/**
 * An opaque string of the provider's (UIDVALIDITY and MODSEQ, historyId, deltaLink, sync-token). It is committed only
 * together with everything it covers.
 */
export type Cursor = string

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

export type Change =
  /** New, changed, or possibly known already: the engine compares key, version and meta with what it has. */
  | { readonly kind: 'item'; readonly item: Item }
  /** Only the meta changed. */
  | { readonly kind: 'meta'; readonly key: string; readonly meta: JsonObject }
  | { readonly kind: 'removed'; readonly key: string }
  /** Everything that exists has been named since the stream began; what was not named is gone. */
  | { readonly kind: 'all-listed' }
  /** The cursor covers every change named before it. */
  | { readonly kind: 'checkpoint'; readonly cursor: Cursor }

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

export type Fetched =
  /** `date` and `meta` replace those of the item where only the answer with the content tells them. */
  | {
      readonly key: string
      readonly content: Content
      readonly date?: string
      readonly meta?: JsonObject
      readonly originals?: Originals
    }
  /** This item failed and the others go on. */
  | { readonly key: string; readonly error: AppError }

/** What the provider itself counts, as a check on what was listed. */
export interface Census {
  /** In plain words, for `Google counts 12 …`. */
  readonly what: string
  readonly counted: number
  /** Keys of the collections that hold it. */
  readonly collections: readonly string[]
  /** Whether items of these collections were counted, or the collections themselves. */
  readonly of: 'items' | 'collections'
  /** How many of them are not in these collections, and why; below zero: what is there more than once. */
  readonly apart: readonly { readonly count: number; readonly reason: string }[]
}

/** Reads one service of one account. Never writes to the server. Every method may throw an `AppError`. */
export interface Source {
  /** How many `changes` and `fetch` calls may usefully run at once. */
  readonly concurrency: number
  /** Every collection, parents before children. */
  collections(signal: AbortSignal): AsyncIterable<Collection>
  /**
   * What happened in `c` after `since`; `null` lists everything and ends with `all-listed`. The stream may always name
   * more than changed. It ends with a `checkpoint`, and may hold earlier ones.
   * @param isKnown most of what is listed is in the vault, so that contents need not come along
   * @throws AppError `cursor-expired` when `since` is of no use any more: the engine then asks again with `null`.
   */
  changes(c: Collection, since: Cursor | null, signal: AbortSignal, isKnown?: boolean): AsyncIterable<Change>
  /**
   * Adds identities that cost a request to learn. Asked only for items that may be known from elsewhere.
   * An item left out of the answer has none.
   */
  identify?(
    c: Collection,
    items: readonly Item[],
    signal: AbortSignal,
  ): AsyncIterable<{ key: string; identities: readonly string[] }>
  /**
   * Answers once per item, in any order; an item without an answer counts as failed. A streamed content is consumed
   * before the next answer is asked for. Throws only when no further item of this call can be had.
   */
  fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncIterable<Fetched>
  /** What the provider counts now, in few requests. Asked for once, after everything was fetched. */
  census?(signal: AbortSignal): Promise<readonly Census[]>
  /** At least so many seconds does the provider take to give so many items. Absent where it does not limit that. Asked for after `changes`. */
  leastSeconds?(items: number): number
  /** Ends connections. Never throws. */
  close(): Promise<void>
}

/** An item of the vault on its way back. */
export interface RestoreItem {
  /** Unique within one collection of one restore. */
  readonly key: string
  /** Octets of the original. */
  readonly size: number
  readonly sha256: string
  /** As `Item.date`. */
  readonly date: string
  readonly identities: readonly string[]
  readonly meta: JsonObject
  /** A few words to name the item. */
  readonly title: string
  /** Where an earlier attempt put it (`at` of its outcome); null where none did, or nobody knows. */
  readonly at: string | null
  /**
   * The original octets; may be asked for more than once. Throws `corrupt` at the latest at the end. Where it can, it puts
   * them as one piece into the memory that `allocate` gives for `size` octets; it asks at most once for each copy it tries.
   */
  content(allocate?: (octets: number) => Buffer): AsyncIterable<Uint8Array>
  /** What the provider that it came from said of it, where that was kept and is whole. */
  originals?(): Promise<Originals | null>
}

/** A collection's place at the target. */
export interface TargetPlace {
  readonly service: Service
  /** The names at the target from the root down. */
  readonly path: readonly string[]
  /** False where it was there before, also through an earlier attempt. */
  readonly isNew: boolean
  /** What of the collection itself the target cannot hold, one sentence each. */
  readonly losses: readonly string[]
}

/** As what the source of the same account lists an item that was put: while it does, it holds, or says, what was put. */
export interface ListedAs {
  /** `Collection.key`; absent: the one collection that has the place's path. */
  readonly collection?: string
  /** `Item.key`. */
  readonly key: string
  readonly version: string
}

export type PutOutcome = { readonly key: string } & (
  | {
      /** In a dry run: would be made. */
      readonly kind: 'created'
      /** Finds it again at the target, in the target's own terms. */
      readonly at?: string
      readonly listed?: ListedAs
      readonly losses?: readonly string[]
      /** A sentence where it did not simply take a free place: kept beside, or what was replaced and where that lies now. */
      readonly note?: string
    }
  | { readonly kind: 'already-there'; readonly at?: string; readonly listed?: ListedAs }
  /** Something else is in its place and stays. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** This item failed and the others go on. */
  | { readonly kind: 'failed'; readonly error: AppError }
)

/** `losses`: what differs from what was asked for. */
export interface CheckOutcome {
  readonly key: string
  readonly losses: readonly string[]
  readonly listed?: ListedAs
}

/** What to do with an item whose place at the target holds something else. Whatever is there is never lost. */
export type ConflictRule = 'skip' | 'keep-both' | 'replace'

export interface TargetOptions {
  /** Names of collections to put everything below; empty: at their own places. */
  readonly into: readonly string[]
  readonly conflict: ConflictRule
  /** Only looks, and answers what it would do. */
  readonly dryRun: boolean
  /**
   * Keeps what `replace` is about to displace, under a name like `name`; answers where it lies now, for a person. Nothing is
   * displaced before it returns.
   */
  keep(name: string, content: Content): Promise<string>
}

/** A folder that mail was put into, by IMAP. */
export interface PutFolder {
  readonly path: readonly string[]
  /** What the folder is used for; null where nothing is known of it. */
  readonly role: Role | null
}

/** A message that was put there. */
export interface PutMail {
  /** Of its `RestoreItem`. */
  readonly key: string
  readonly messageId: string
  /** As `Item.date`. */
  readonly date: string
}

/** Writes one service of one account, or a folder. Never deletes; a repeat adds nothing twice. Every method may throw an `AppError`. */
export interface Target {
  /** How many collections may usefully be filled at once. */
  readonly concurrency: number
  /** Whether labels of messages are kept as such (Gmail); elsewhere each label becomes a folder. Asked for after `open`. */
  readonly keepsLabels: boolean
  /** Looks at what is there. `collections`: all that will be asked for, parents before children. */
  open(collections: readonly Collection[], signal: AbortSignal): Promise<void>
  /** Makes the collection if it is missing. */
  ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace>
  /** Answers once per item, in any order. Items with equal bytes are as many at the target as are put. */
  put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncIterable<PutOutcome>
  /** After the last `put`: what the target made of items that were created, where there is something to say of it. */
  check(place: TargetPlace, signal: AbortSignal): AsyncIterable<CheckOutcome>
  /**
   * Removes collections below `into` with all that is in them: the end of a rehearsal, which made them. `paths` as
   * `TargetPlace.path`; what does not lie below `into` is refused.
   */
  discard?(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void>
  /** Ends connections. Never throws. */
  close(): Promise<void>
}

/** What a provider is given instead of globals. */
export interface Context {
  readonly clock: Clock
  readonly log: Log
  /** The account's secret, or null where none is stored. Never logged, never part of an error. */
  secret(name: string): Promise<string | null>
  /** Replaces the account's secret with what the provider gave in its place. Absent where secrets cannot be changed. */
  saveSecret?(name: string, value: string): Promise<void>
}

export interface Clock {
  now(): Date
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Technical log for the person who helps; never holds secrets, subjects or addresses. */
export interface Log {
  debug(message: string, data?: JsonObject): void
  warn(message: string, data?: JsonObject): void
}

/** The answer of `Provider.test`: one finding per line, each a sentence for a person. */
export interface TestFinding {
  readonly ok: boolean
  readonly text: string
  /** The kind of failure where `ok` is false: the command's exit code. `auth` when absent. */
  readonly code?: ErrorCode
}

/** What could be found out about an e-mail address. */
export interface FoundServer {
  /** As a person knows the provider; null for a server that is in no table of ours. */
  readonly providerName: string | null
  /** Where the knowledge comes from, for a person, e.g. `the domain's own announcement (DNS)`. */
  readonly origin: string
  /** The account's settings, without `user`. */
  readonly settings: JsonObject
  /** The user name the server wants; null where only the person knows it. */
  readonly user: string | null
  /** How to get the password that the provider wants, one step each. */
  readonly steps: readonly string[]
  readonly helpUrl?: string
  /** A limit that a person will notice. */
  readonly note?: string
  /** True where only unsigned DNS names a server outside the address's domain: show it and ask before a password goes there. */
  readonly unconfirmed: boolean
}

/** A well-known provider by its short name, for `Provider.findPreset`. */
export interface PresetRequest {
  /** E.g. `icloud`. */
  readonly name: string
  /** The person's address or user name there. */
  readonly user: string
  /** The person's own server, as typed, where the provider is a program that many run (Nextcloud). */
  readonly server?: string
}

/** How a sign-in in the browser reaches the person. */
export interface SignInPrompt {
  /** Asks also for leave to write: for a restore. Without it, for leave to read alone. */
  readonly forRestore?: boolean
  /** Shows where to sign in, and opens the browser where there is one. */
  open(url: string): Promise<void>
  /**
   * The address at which the browser ended, as the person copies it. Present where the browser runs on another computer:
   * nothing listens for it then.
   */
  paste?(signal: AbortSignal): Promise<string>
  /**
   * Shows a page and the code to type there; `why`, where it is not the first. Present with `paste`; a provider that has such a page
   * uses it (RFC 8628).
   */
  code?(page: string, code: string, why?: string): Promise<void>
}

export interface SignedIn {
  /** The connection's settings with what the sign-in told, e.g. the address. */
  readonly settings: JsonObject
  readonly secret: string
  /** Whose account it is. */
  readonly user: string
  /** What the person should know about this sign-in, in sentences. */
  readonly notes: readonly string[]
}

/** A provider that lets in only programs which somebody registered there: whoever built this one, or the person. */
export interface Registration {
  /** What the provider hands out for it: a file, or an id to copy. */
  readonly given: 'file' | 'id'
  /** What a person does in the provider's pages to get it, in the words that stand there, one step each. */
  readonly steps: Readonly<Record<'en' | 'de', readonly string[]>>
  /**
   * The settings and the secret with which `signIn` begins. `null`: the registration that came with this program.
   * @throws AppError `usage` where it is not what the provider hands out, `unsupported` where nothing came with this program
   */
  read(given: string | null): { readonly settings: JsonObject; readonly secret: string }
}

/** Somebody in an organisation whose administrator lets this program in for its people. */
export interface Member {
  /** The address. */
  readonly user: string
  readonly name: string
  /** Why there is nothing to back up at the moment, in plain words. */
  readonly skipped?: string
  /** Of a connection of theirs. */
  readonly settings: JsonObject
}

/** One key for the people of an organisation. */
export interface Organisation {
  /**
   * What the file with the key says, and what the administrator has to do, one step each. `settings`: what the person chose.
   * @throws AppError `usage` where it is not such a file
   */
  readKeyFile(
    text: string,
    connection: Pick<Account, 'settings' | 'services'>,
  ): { readonly settings: JsonObject; readonly secret: string; readonly steps: readonly string[] }
  /** Whether a connection with these settings stands for everybody, also for whoever comes later. */
  isForEverybody(settings: JsonObject): boolean
  /** @throws AppError `permission` where the administrator has not allowed it */
  members(
    settings: JsonObject,
    secret: string,
    context: Pick<Context, 'clock' | 'log'>,
    signal: AbortSignal,
  ): Promise<readonly Member[]>
}

/** Equal for items that say the same. `originals`: as of `Fetched`. */
export type Fingerprint = (content: Uint8Array, originals: Originals | null) => Promise<string>

/** Something about a service that a person takes or leaves. */
export interface ServiceChoice {
  readonly id: string
  readonly service: Service
  readonly isOn: boolean
}

/** What there is to choose about the services, beside which of them are saved. */
export interface Choices {
  of(settings: JsonObject): readonly ServiceChoice[]
  /** The settings with one of them taken or left. @throws AppError `usage` where that cannot be */
  with(settings: JsonObject, id: string, isOn: boolean): JsonObject
}

export interface Provider {
  readonly id: string
  /** As a person knows it, e.g. `E-mail (IMAP)`. */
  readonly name: string
  readonly services: readonly Service[]
  /** The provider limits each service by itself, so that all of an account's are listed at once, and mail saved beside the others. */
  readonly readsSideBySide?: true
  /** @throws AppError `usage` naming the setting that is missing or wrong. */
  checkSettings(settings: JsonObject): void
  readonly choices?: Choices
  /** Which of the services these settings give access to; all of them where the provider does not say. */
  servicesOf?(settings: JsonObject): readonly Service[]
  /**
   * Looks for the server of an e-mail address; null where nothing was found.
   * @throws AppError `unsupported` for a provider that does not let other programs in this way
   */
  findServer?(address: string, signal: AbortSignal): Promise<FoundServer | null>
  /**
   * What the table of well-known providers says; null where it does not have the name.
   * @throws AppError `usage` where it needs a server and none is named
   */
  findPreset?(request: PresetRequest): Promise<FoundServer | null>
  /** Present with `signIn`. */
  readonly registration?: Registration
  /**
   * Lets the person sign in with a browser. `secret`: what the connection's secret was, or that of the registration.
   * @throws AppError `auth` or `permission` when the person or the provider says no, `cancelled` when nobody answers
   */
  signIn?(
    connection: Pick<Account, 'settings' | 'services'>,
    secret: string,
    prompt: SignInPrompt,
    context: Pick<Context, 'clock' | 'log'>,
    signal: AbortSignal,
  ): Promise<SignedIn>
  /** Where an administrator can let this program in for many people at once. */
  readonly organisation?: Organisation
  source(account: Account, service: Service, context: Context): Source
  /**
   * Where mail is put into this account by IMAP in place of `target`: settings of the provider `imap`, and an access token for
   * it. Null where `target` does it.
   * @throws AppError `permission` where the person gave no leave to write
   */
  mailByImap?(
    account: Account,
    context: Context,
    signal: AbortSignal,
  ): Promise<{ readonly settings: JsonObject; readonly token: string } | null>
  /** With `mailByImap`: as what `source` lists messages that were put that way. Only what is beyond doubt. */
  listedMail?(
    account: Account,
    context: Context,
    folder: PutFolder,
    put: readonly PutMail[],
    signal: AbortSignal,
  ): AsyncIterable<CheckOutcome>
  /** Absent where nothing can be restored to. */
  target?(account: Account, service: Service, context: Context, options: TargetOptions): Target
  /**
   * How to tell whether two items of a service say the same, as far as the provider holds it, where it gives back what was restored
   * with other octets. Present where the `at` of a target's outcome is the item's key for the source; a service that is not named
   * gives back the octets that it was given.
   */
  readonly fingerprints?: Readonly<Partial<Record<Service, Fingerprint>>>
  /** What is going to stop backups soon, as far as this computer knows, one sentence each. Asks nobody. */
  outlook?(account: Account, context: Context): Promise<readonly string[]>
  /** Signs in and looks around, changing nothing. Expected failures are findings, not exceptions. */
  test(account: Account, context: Context, signal: AbortSignal): AsyncIterable<TestFinding>
}
