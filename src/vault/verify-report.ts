/** What `verify` found. */

export type FindingKind =
  /** A file, message or journal is not what was saved. */
  | 'damaged'
  | 'missing'
  /** Damaged or missing, but everything in it was saved anew at another place of the vault. */
  | 'replaced'
  /** A derived file (CSV, tag file) differs; the next backup writes it anew. Nothing original is lost. */
  | 'derived'
  /** A file in the payload that no run wrote, or what somebody else added to one that a run wrote. It is left alone. */
  | 'foreign'
  /** The last run was interrupted; the next backup repairs it by itself. */
  | 'interrupted'

export interface Finding {
  readonly kind: FindingKind
  /** Path in the vault, with `/`. */
  readonly path: string
  /** One sentence for a person. */
  readonly text: string
  /** The message or other item that is affected, if it is a single one. */
  readonly item?: {
    readonly account: string
    readonly collection: readonly string[]
    readonly key: string
    readonly title: string
    readonly date: string
  }
}

export interface VerifyReport {
  readonly vault: string
  readonly started: string
  readonly ended: string
  /** True when nothing is damaged, missing or derived-and-different. */
  readonly sound: boolean
  /** Where it is not sound: whether a backup can put something of it right. What is gone from the account as well, none can. */
  readonly healable: boolean
  readonly files: number
  readonly bytes: number
  readonly items: number
  readonly findings: readonly Finding[]
}

export interface VerifyProgress {
  readonly filesDone: number
  readonly filesTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
}
