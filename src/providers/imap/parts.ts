import type { Blocks } from '../../core/blocks.ts'
import { AppError } from '../../core/errors.ts'
import type { Content } from '../../core/items.ts'
import { Refusal } from './errors.ts'
import type { Run } from './pool.ts'
import { atom, bodyPeek, octets } from './protocol.ts'
import type { Session } from './session.ts'

/** Octets per partial fetch. */
const partSize = 1024 * 1024
/** Octets that a message may have beyond twice the size that the server states. */
const largestError = 64 * 1024 * 1024
/** Larger than any message that servers take; a server that never comes to an end must not fill the disk. */
const largestMessage = 1024 * 1024 * 1024

/** Of a message whose BODY[] is NIL: Dovecot answers so when another client has just expunged it. */
export const withoutContent = 'The server hands out no content for this message; it may have been deleted meanwhile.'

/**
 * A message by partial fetches (`BODY.PEEK[]<offset.length>`): whole where the first part holds all of it, else as a stream.
 * `run` gives a connection for the first part, `again` for each of the others, with retries; none is held in between.
 * The end is where the server has no more; `size` may be wrong either way. The octets lie in `memory`: whoever gets them whole
 * gives them back.
 * @returns null where the server does not answer for the message
 */
export async function readParts(uid: number, size: number, memory: Blocks, run: Run, again: Run): Promise<Content | null> {
  const first = await run((session) => readPart(session, uid, 0, memory))
  if (first === null) return null
  if (first.length === 0 && size > 0) throw new Refusal('NO', 'not-found', withoutContent)
  if (first.length < partSize && first.length >= size) return first
  return rest(uid, size, memory, first, again)
}

async function* rest(uid: number, size: number, memory: Blocks, first: Buffer, again: Run): AsyncGenerator<Uint8Array> {
  let part = first
  let offset = 0
  while (part.length > 0) {
    yield part
    offset += part.length
    if (offset > Math.min(2 * size + largestError, largestMessage)) throw tooMuch()
    if (part.length < partSize && offset >= size) return
    memory.release(part)
    const next = await again((session) => readPart(session, uid, offset, memory))
    if (next === null) throw new AppError('not-found', 'The message went from the server while it was being read.')
    part = next
  }
}

/** At most `partSize` octets from `offset` on, none at the end; null where the server does not answer for the message. */
async function readPart(session: Session, uid: number, offset: number, memory: Blocks): Promise<Buffer | null> {
  const parts: Buffer[] = []
  await session.fetch({
    set: `${uid}`,
    items: [atom('UID'), bodyPeek([], [offset, partSize])],
    budget: 2 * partSize,
    memory,
    onMessage: (answer) => {
      // Some servers do not repeat an offset of 0.
      if (answer.uid === uid && answer.body && (answer.body.offset ?? 0) === offset) {
        parts.push(octets(answer.body.value) ?? Buffer.alloc(0))
      }
    },
  })
  const part = parts[0] ?? null
  if (part === null || part.length <= partSize) return part
  throw tooMuch()
}

function tooMuch(): AppError {
  return new AppError('suspicious', 'The server sends more of a message than it can have.')
}
