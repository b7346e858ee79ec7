/** How the engine feeds the viewer's writer: this layer knows nothing of the vault. */
import type { JsonObject, Service } from '../core/types.ts'
import type { AccountInfo, CollectionInfo, Overview, PendingInfo, RunInfo, SkippedInfo } from './format.ts'

/** What the writer asks. It calls `changes` first and `overview` after the last change was consumed. */
export interface ViewerInput {
  /** The vault's id. */
  readonly vault: string
  readonly program: string
  /**
   * What happened after the positions that the data covers, account by account, in the order of the journals. `covered`: what
   * `position` said then, by account. Null is answered where one of them is no part of the journals any more: the
   * writer then starts anew and asks with nothing covered.
   */
  changes(covered: { readonly [account: string]: string }): Promise<AsyncIterable<ViewerChange> | null>
  overview(): Promise<OverviewInput>
}

export interface OverviewInput extends Pick<Overview, 'proof' | 'verified' | 'documents' | 'notices'> {
  readonly accounts: readonly AccountInfo[]
  /** `key`: as in changes. */
  readonly collections: readonly (CollectionInfo & { readonly key: CollectionKey })[]
  readonly runs: readonly RunInfo[]
  readonly pending: readonly PendingInfo[]
  readonly skipped: readonly SkippedInfo[]
}

/** Account and number of the collection in its journals. */
export interface CollectionKey {
  readonly account: string
  readonly c: number
}

export type ViewerChange =
  | {
      readonly kind: 'put'
      readonly service: Service
      readonly collection: CollectionKey
      readonly key: string
      readonly run: string
      /** Of the original octets. */
      readonly sha256: string
      readonly size: number
      /** When the provider received or changed it: RFC 3339, or ''. */
      readonly date: string
      readonly meta: JsonObject
      /** Where it is stored, relative to the vault's root. Files: the file itself, `offset` 0. */
      readonly origin: { readonly file: string; readonly offset: number; readonly length: number }
      /** The original octets. Asked at most once, before the next change, and not for content that is known. */
      content(): Promise<Uint8Array>
    }
  | {
      readonly kind: 'changed'
      readonly service: Service
      readonly collection: CollectionKey
      readonly key: string
      readonly run: string
      readonly meta: JsonObject
    }
  | {
      readonly kind: 'removed'
      readonly service: Service
      readonly collection: CollectionKey
      readonly key: string
      readonly run: string
      /** The same item goes by another key now. */
      readonly rekeyed: boolean
      /** Where the file was moved to, relative to the vault's root. */
      readonly movedTo?: string
    }
  /** Paths of everything stored below `from` begin with `to` now. Both relative to the vault's root. */
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  /** Everything of the account up to here was named. */
  | { readonly kind: 'position'; readonly account: string; readonly position: string }
