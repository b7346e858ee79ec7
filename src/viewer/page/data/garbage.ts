/** Memory that a browser does not count, and so does not tidy up in time. */

/** Octets of shards that came since the collector was last reminded. */
let unnoticed = 0
const mostUnnoticed = 2_000_000

/**
 * Browsers do not count what they keep of a file that was read (the file, the text of a script that has run, its strings: several
 * octets per octet), so their collectors wait while it piles up. A large buffer, never touched, takes no memory but is counted:
 * it makes them look. `octets`: of a shard, still compressed.
 */
export function noteGarbage(octets: number): void {
  unnoticed += octets
  if (unnoticed < mostUnnoticed) return
  unnoticed = 0
  try {
    new ArrayBuffer(96 * 2 ** 20).slice(0, 0)
  } catch {
    // Where not even the addresses are left, the browser has other reasons to collect.
  }
}
