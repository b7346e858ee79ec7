import type { Fetched } from '../../core/source.ts'
import { Channel } from './channel.ts'

/** Octets that wait for the reader: several such lists are read at once. */
const waitingOctets = 256 << 10
/** About what the provider's own JSON of one item takes as an object. */
const originalOctets = 16 << 10

/**
 * Answers for all items, `workers` of them in the making at once, in the order in which they are ready. Ends when all of them
 * have ended.
 * @param sizeOf octets that an answer holds in memory
 */
export async function* inParallel<I, O>(
  items: readonly I[],
  workers: number,
  one: (item: I) => Promise<O>,
  signal: AbortSignal,
  sizeOf: (answer: O) => number = () => 0,
): AsyncGenerator<O, void, undefined> {
  const answers = new Channel<O>(waitingOctets)
  const queue = items.values()
  const work = async () => {
    for (const item of queue) {
      const answer = await one(item)
      await answers.push(answer, sizeOf(answer))
    }
  }
  const working = Array.from({ length: workers }, work)
  Promise.all(working).then(
    () => answers.end(),
    (error: unknown) => answers.end(error),
  )
  try {
    yield* answers.values(signal)
  } finally {
    // The workers begin with no further item then.
    for (const _ of queue);
    answers.close()
    await Promise.allSettled(working)
  }
}

/** For `sizeOf`, of what a source's `fetch` answers. */
export function octetsHeld(answer: Fetched): number {
  if (!('content' in answer)) return 0
  const originals = (answer.originals?.length ?? 0) * originalOctets
  return originals + (answer.content instanceof Uint8Array ? answer.content.length : 0)
}
