/** Messages on their way to a server: read ahead, in memory that is used again. */
import { Blocks } from '../../core/blocks.ts'
import type { RestoreItem } from '../../core/target.ts'
import { maxLiteral } from './session.ts'
import { flagsOf } from './target-messages.ts'
import { type Addition, isSendableFlag } from './writing-session.ts'

/** One APPEND: enough to be worth a round trip, little enough to be kept in memory and tried again. */
const batchItems = 100
const batchOctets = 2 << 20

/** Messages that go out together. */
export interface Batch {
  readonly items: readonly RestoreItem[]
  /** Read once: for the first attempt. @throws AppError `corrupt`, `disk-absent` */
  additions(): Promise<readonly Addition[]>
  /** The server has them: their memory may be used again. */
  sent(): void
}

export class Outgoing {
  readonly #memory = new Blocks()

  batch(items: readonly RestoreItem[]): Batch {
    const pieces: Buffer[] = []
    const allocate = (octets: number): Buffer => {
      const piece = this.#memory.take(octets)
      pieces.push(piece)
      return piece
    }
    let reading: Promise<readonly Addition[]> | null = null
    const sent = () => {
      for (const piece of pieces.splice(0)) this.#memory.release(piece)
    }
    return {
      items,
      additions() {
        reading ??= readAll(items, allocate)
        return reading
      },
      sent,
    }
  }

  /** While a batch is being sent, the next one is read. */
  *batches(items: readonly RestoreItem[]): Generator<Batch> {
    let ready: Batch | null = null
    for (const batch of portions(items)) {
      const next = this.batch(batch)
      next.additions().catch(() => undefined)
      if (ready !== null) yield ready
      ready = next
    }
    if (ready !== null) yield ready
  }
}

async function readAll(items: readonly RestoreItem[], allocate: (octets: number) => Buffer): Promise<Addition[]> {
  const additions: Addition[] = []
  for (const item of items) {
    const content = item.size > maxLiteral ? item.content() : await whole(item, allocate)
    additions.push({ flags: flagsOf(item).filter(isSendableFlag), date: new Date(item.date), size: item.size, content })
  }
  return additions
}

async function whole(item: RestoreItem, allocate: (octets: number) => Buffer): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of item.content(allocate)) parts.push(part)
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
}

function* portions(items: readonly RestoreItem[]): Generator<readonly RestoreItem[]> {
  let batch: RestoreItem[] = []
  let size = 0
  for (const item of items) {
    if (batch.length > 0 && (batch.length >= batchItems || size + item.size > batchOctets)) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(item)
    size += item.size
  }
  if (batch.length > 0) yield batch
}
