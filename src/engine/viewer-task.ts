/** What making the viewer's data needs from the vault that is open elsewhere: in this thread or in another one. */
import type { Service } from '../core/account.ts'
import type { OverviewInput } from '../viewer/input.ts'

/** Can be sent to another thread. */
export interface ViewerTask {
  /** Of the vault. */
  readonly directory: string
  /** Name of the data folder in it. */
  readonly dataFolder: string
  readonly vault: string
  readonly program: string
  /** RFC 3339, UTC. */
  readonly now: string
  /** True: whatever is there is not asked, and replaced. */
  readonly anew: boolean
  /** False: attachments are not kept as ordinary files. */
  readonly attachments: boolean
  /** In the order in which they are read. */
  readonly accounts: readonly TaskAccount[]
}

export interface TaskAccount {
  readonly id: string
  /** Path in the vault, e.g. `data/alice@example.com`, and the same as the system writes it. */
  readonly folder: string
  readonly root: string
  /** Of the collections that there are. */
  readonly services: readonly (readonly [c: number, Service])[]
  /** A run may be writing its journal. */
  readonly isLive: boolean
  /** What the manifest lists of its attachments: paths relative to its folder, and their sums. */
  readonly listed: readonly (readonly [path: string, sum: string])[]
}

/** The journal of the run under way. */
export interface LiveJournal {
  readonly run: string
  /** Octets that count. */
  readonly length: number
}

/** Answers while the data is made. */
export interface ViewerHost {
  overview(): Promise<OverviewInput>
  /** Waits until the journal of the account's run is longer than that; null when it does not grow any more, or there is no run. */
  grown(account: string, length: number): Promise<LiveJournal | null>
  /** The original octets of anything that is in the vault, at most `limit` of them. */
  content(account: string, service: Service, sha256: string, limit: number): Promise<Uint8Array>
  /** Before anything is written beside the viewer's data. */
  markWriting(): Promise<void>
  /** Lists a file in the manifest; `sum` '': it has to be read, or is gone. */
  list(account: string, path: string, sum: string): void
  /** Documents read so far. */
  progress(documents: number): void
}

export interface TaskResult {
  readonly documents: number
  readonly notices: readonly string[]
}
