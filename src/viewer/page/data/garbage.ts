/** Memory that a browser does not count, and so does not tidy up in time. */

/** Octets of shards that came since the collector was last reminded, and since it last ran because of them. */
let unnoticed = 0
let uncollected = 0
const most = 2_000_000

/** Milliseconds without a load: what was asked for is on the screen by then. */
const quiet = 100
let waiting: ReturnType<typeof setTimeout> | undefined
let isQuiet = false

/**
 * Browsers do not count what they keep of a file that was read (the file, the text of a script that has run, its strings: several
 * octets per octet), so their collectors wait while it piles up. Reminded, they begin; but what a script that has run leaves
 * behind goes only when they run to the end several times. So that is asked for as well, once nothing is being loaded. `octets`:
 * of a shard, still compressed.
 */
export function noteGarbage(octets: number): void {
  unnoticed += octets
  uncollected += octets
  if (unnoticed >= most) remind()
  if (uncollected >= most) collectWhenQuiet()
}

/** Something is asked for: nobody is to wait for the collector now. */
export function putOffCollecting(): void {
  isQuiet = false
  clearTimeout(waiting)
}

function collectWhenQuiet(): void {
  putOffCollecting()
  waiting = setTimeout(() => {
    isQuiet = true
    // Safari has no such call. Elsewhere what is new is painted first.
    if (typeof requestIdleCallback === 'function') requestIdleCallback(collect)
    else collect()
  }, quiet)
}

/** A large buffer, never touched, takes no memory but is counted: it makes the collector look. */
function remind(): void {
  unnoticed = 0
  try {
    new ArrayBuffer(96 * 2 ** 20).slice(0, 0)
  } catch {
    // Where not even the addresses are left, the browser has other reasons to collect.
  }
}

/**
 * Before Chromium refuses a buffer it throws away all that nobody needs, which takes some 50 ms. No browser gives one as large as
 * this; the others refuse at once.
 */
function collect(): void {
  if (!isQuiet) return
  isQuiet = false
  uncollected = 0
  try {
    new ArrayBuffer(16 * 2 ** 30).slice(0, 0)
  } catch {
    // As expected.
  }
}
