/** Sets of UIDs as IMAP writes them: `1:4,7,9:*` (RFC 9051 `sequence-set`). */

/** Inclusive. */
export interface UidRange {
  readonly first: number
  readonly last: number
}

/** Longest set that is sent in one command: RFC 2683 section 3.2.1.5 advises lines of at most about 1,000 octets. */
export const maxSetLength = 900

/** Ascending, distinct UIDs as a set. */
export function formatSet(uids: readonly number[]): string {
  const parts: string[] = []
  for (let i = 0; i < uids.length; ) {
    const first = uids[i] ?? 0
    let last = first
    for (i++; uids[i] === last + 1; i++) last++
    parts.push(first === last ? `${first}` : `${first}:${last}`)
  }
  return parts.join(',')
}

/** Ranges of a set the server sent; null where it is no set of numbers. */
export function parseSet(set: string): UidRange[] | null {
  const ranges: UidRange[] = []
  for (const part of set.split(',')) {
    const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(part)
    if (!match) return null
    const [a, b] = [Number(match[1]), Number(match[2] ?? match[1])]
    ranges.push({ first: Math.min(a, b), last: Math.max(a, b) })
  }
  return ranges
}

export function countOf(ranges: readonly UidRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}

/** A message's key in its collection. A UID means something only together with UIDVALIDITY (RFC 9051 section 2.3.1.1). */
export function formatKey(uidvalidity: string, uid: number): string {
  return `${uidvalidity}.${uid}`
}

/** null where the key is not of the mailbox in its present life. */
export function parseKey(key: string, uidvalidity: string): number | null {
  const [validity, uid, ...rest] = key.split('.')
  if (validity !== uidvalidity || uid === undefined || rest.length > 0 || !/^\d{1,10}$/.test(uid)) return null
  return Number(uid)
}
