import type { Fetched, Item } from '../../core/types.ts'
import { Channel } from '../shared/channel.ts'

/** Octets that wait for the reader. */
const waitingOctets = 16 << 20

/** Answers for all items, `workers` of them in the making at once, in the order in which they are ready. */
export async function* inParallel(
  items: readonly Item[],
  workers: number,
  one: (item: Item) => Promise<Fetched>,
  signal: AbortSignal,
): AsyncGenerator<Fetched, void, undefined> {
  const answers = new Channel<Fetched>(waitingOctets)
  const queue = items.values()
  const work = async () => {
    for (const item of queue) {
      const answer = await one(item)
      await answers.push(answer, 'content' in answer && answer.content instanceof Uint8Array ? answer.content.length : 0)
    }
  }
  const working = Promise.all(Array.from({ length: workers }, work)).then(
    () => answers.end(),
    (error: unknown) => answers.end(error),
  )
  try {
    for (let answer = await answers.next(); answer !== null; answer = await answers.next()) {
      signal.throwIfAborted()
      yield answer
    }
  } finally {
    // The workers begin with no further item then.
    for (const _ of queue);
    answers.close()
    await working
  }
}
