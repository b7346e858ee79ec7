/** Calls to the disk that somebody else keeps from working for a moment. */
import { setTimeout as delay } from 'node:timers/promises'

/** What Windows says of a file that another program has open. */
const heldCodes: ReadonlySet<unknown> = new Set(['EACCES', 'EBUSY', 'EPERM'])
/** Milliseconds: the first pause, each being twice the one before, and the last. All of them take about ten seconds. */
const [firstPause, lastPause] = [10, 5_000]

/**
 * On Windows a virus scanner, the search index or a program that copies to a cloud holds a file for a moment after it was written; it can
 * be neither renamed, replaced nor removed meanwhile. `isHeldAtTimes`: whether this system is such a one.
 * @throws what the last try failed with
 */
export async function withPatience<T>(
  call: () => Promise<T>,
  isHeldAtTimes = process.platform === 'win32',
  sleep: (ms: number) => Promise<unknown> = delay,
): Promise<T> {
  for (let pause = firstPause; ; pause *= 2) {
    try {
      return await call()
    } catch (error) {
      const isHeld = error instanceof Error && 'code' in error && heldCodes.has(error.code)
      if (!isHeldAtTimes || !isHeld || pause > lastPause) throw error
      await sleep(pause)
    }
  }
}
