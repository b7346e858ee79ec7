/** Events (`s`) and origins (`o`): JSON, columnar: row n is element n of every array. What the files are, `format.ts` tells. */

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
