import type { Blocks } from '../../core/blocks.ts'
import { Channel } from '../shared/channel.ts'
import { type Attribute, atom, bodyPeek, octets } from './protocol.ts'
import type { Session } from './session.ts'
import { formatSet } from './uids.ts'

/** Octets that may wait for the consumer. */
const channelOctets = 1024 * 1024
/** Octets of doubtful answers that are kept until the end of the command. */
const heldOctets = 8 * 1024 * 1024

export interface Wanted {
  readonly uid: number
  readonly key: string
  /** As the server stated it; 0 where it did not. */
  readonly size: number
}

export interface Received {
  readonly message: Wanted
  readonly body: Attribute
  /** The server answered twice, and neither answer has the stated size. */
  readonly isContradictory: boolean
}

/**
 * Asks for the content of all messages of `batch` by one command. Each is answered at most once; answers nobody asked for
 * are dropped. An answer of another size than was stated is usually right, since some servers estimate; but it waits for
 * the end of the command, in case that a better one follows. Bodies lie in `memory`.
 */
export function receive(session: Session, batch: ReadonlyMap<number, Wanted>, memory: Blocks): Channel<Received> {
  const wanted = new Map(batch)
  const channel = new Channel<Received>(channelOctets)
  const held = new Map<number, Received>()
  let room = heldOctets
  const finish = (error?: unknown) => {
    for (const received of held.values()) void channel.push(received, 0)
    channel.end(error)
  }
  const request = session.fetch({
    set: formatSet([...wanted.keys()]),
    items: [atom('UID'), bodyPeek()],
    budget: budgetOf(wanted.values()),
    memory,
    onMessage: ({ uid, body }) => {
      const message = wanted.get(uid ?? 0)
      if (!message || !body || body.offset !== null) return undefined
      const length = octets(body.value)?.length ?? 0
      const earlier = held.get(message.uid)
      if (length === message.size) {
        held.delete(message.uid)
      } else if (earlier) {
        held.set(message.uid, { ...earlier, isContradictory: true })
        return undefined
      } else if (length <= room) {
        room -= length
        held.set(message.uid, { message, body: body.value, isContradictory: false })
        return undefined
      }
      wanted.delete(message.uid)
      return channel.push({ message, body: body.value, isContradictory: false }, length)
    },
  })
  request.then(() => finish(), finish)
  return channel
}

/** Sizes that servers state are estimates; beyond this they are lies. */
function budgetOf(messages: Iterable<Wanted>): number {
  let sum = 0
  for (const { size } of messages) sum += 2 * size + 64 * 1024
  return sum
}
