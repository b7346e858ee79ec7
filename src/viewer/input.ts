/** How the engine feeds the viewer's writer: this layer knows nothing of the vault. */
import type { Service } from '../core/account.ts'
import type { JsonObject } from '../core/json.ts'
import type { DocumentKind } from './format-documents.ts'
import type { AccountInfo, CollectionInfo, Overview, RunInfo, SkippedInfo } from './format-overview.ts'

/** What the writer asks. It calls `changes` first and `overview` after the last change was consumed. */
export interface ViewerInput {
  /** The vault's id. */
  readonly vault: string
  readonly program: string
  /** RFC 3339, UTC. */
  now(): string
  /**
   * What happened after the positions that the data covers, account by account, in the order of the journals. `covered`: what
   * `position` said then, by account. Null is answered where one of them is no part of the journals any more: the
   * writer then starts anew and asks with nothing covered.
   */
  changes(covered: { readonly [account: string]: string }): Promise<AsyncIterable<ViewerChange> | null>
  overview(): Promise<OverviewInput>
  /**
   * Keeps an attachment as an ordinary file, where that is wanted and safe.
   * @returns its path relative to the vault's root, '' where there is none
   */
  document(attachment: AttachmentDocument): Promise<string>
}

export interface AttachmentDocument {
  readonly account: string
  /** Of the message: RFC 3339. */
  readonly date: string
  readonly sender: string
  /** As the sender named it. */
  readonly name: string
  readonly type: string
  readonly kind: DocumentKind
  readonly content: Uint8Array
}

export interface OverviewInput extends Pick<Overview, 'proof' | 'verified' | 'documents' | 'notices'> {
  /** `key`: the account as in changes. */
  readonly accounts: readonly (Omit<AccountInfo, 'providers'> & { readonly key: string })[]
  readonly collections: readonly (Omit<CollectionInfo, 'account' | 'c' | 'since' | 'gone'> & CollectionKey)[]
  readonly pending: readonly (CollectionKey & { readonly title: string; readonly reason: string })[]
}

/** Account and number of the collection in its journals. */
export interface CollectionKey {
  readonly account: string
  readonly c: number
}

export interface ItemKey {
  readonly service: Service
  readonly collection: CollectionKey
  readonly key: string
  readonly run: string
}

export interface PutChange extends ItemKey {
  readonly kind: 'put'
  /** Of the original octets. */
  readonly sha256: string
  readonly size: number
  /** When the provider received or changed it: RFC 3339, or ''. */
  readonly date: string
  readonly meta: JsonObject
  /** Where it is stored, relative to the vault's root. Files: the file itself, `offset` 0. */
  readonly origin: { readonly file: string; readonly offset: number; readonly length: number }
  /**
   * The original octets, at most `limit` of them; a message may have LF for CRLF, and at its end. Asked at most once, and not for
   * content that is known. Good until the next change.
   */
  content(limit: number): Promise<Uint8Array>
}

export type ViewerChange =
  | PutChange
  | (ItemKey & { readonly kind: 'changed'; readonly meta: JsonObject })
  | (ItemKey & {
      readonly kind: 'removed'
      /** The same item goes by another key now. */
      readonly rekeyed: boolean
    })
  /** The collection is there from this run on, or is not any more. */
  | { readonly kind: 'collection' | 'gone'; readonly collection: CollectionKey; readonly service: Service; readonly run: string }
  /** Paths of everything stored below `from` begin with `to` now. Both relative to the vault's root. */
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  /** A single file lies elsewhere from now on. Comes before the change that says why. Both relative to the vault's root. */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string }
  | ({
      readonly kind: 'run'
      readonly account: string
      /** What the account was read with; null where that is not said anew. */
      readonly providers: readonly string[] | null
      /** What the run left out; null while it is under way. */
      readonly skipped: readonly Omit<SkippedInfo, 'account'>[] | null
    } & Pick<RunInfo, 'id' | 'ended' | 'status'>)
  /** Everything of the account up to here was named. Also stands between the commits of a run. */
  | { readonly kind: 'position'; readonly account: string; readonly position: string }
