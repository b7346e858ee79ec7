/** Messages by BODY.PEEK[]: many small ones with one command, large ones in parts, refused ones singled out. */
import type { Blocks } from '../../core/blocks.ts'
import type { Clock } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import { type RetryOptions, retry } from '../../core/retry.ts'
import type { Fetched } from '../../core/source.ts'
import { readMailHeader } from '../../formats/mail-header.ts'
import type { Channel } from '../shared/channel.ts'
import { Busy, LimitExceeded, Refusal } from './errors.ts'
import type { Mailbox } from './mailboxes.ts'
import { readParts, withoutContent } from './parts.ts'
import { type Lease, type Pool, select } from './pool.ts'
import { atom, bodyPeek, octets } from './protocol.ts'
import { type Received, receive, type Wanted } from './receive.ts'
import type { Session } from './session.ts'
import { formatSet, maxSetLength, parseKey } from './uids.ts'

/** Messages above this size are streamed. */
const largeMessage = 4 * 1024 * 1024
const batchOctets = 16 * 1024 * 1024
/** So many messages in a row: then it is the server, not the messages. */
const mostSetAside = 3
const batchMessages = 500

interface FetchContext {
  readonly pool: Pool
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly retry: RetryOptions
  /** For contents; shared by all that is fetched at once. */
  readonly memory: Blocks
}

/** Answers once per item; see `Source.fetch`. */
export async function* fetchMessages(
  mailbox: Mailbox,
  uidvalidity: string,
  items: readonly Item[],
  context: FetchContext,
): AsyncGenerator<Fetched> {
  const fetcher = new Fetcher(mailbox, uidvalidity, context)
  try {
    yield* fetcher.plan(items)
    for (;;) {
      // One retry per answer: tries are counted anew whenever the server delivers.
      const answer = await retry(() => fetcher.next(), context.clock, context.signal, context.retry)
      if (answer === null) return
      yield answer
      if ('content' in answer && answer.content instanceof Uint8Array) context.memory.release(answer.content)
    }
  } finally {
    await fetcher.close()
  }
}

class Fetcher {
  readonly #mailbox: string
  readonly #uidvalidity: string
  readonly #context: FetchContext
  /** Batches to fetch by one command each; from a batch, messages are taken out as they are answered. */
  readonly #batches: Map<number, Wanted>[] = []
  /** Messages to fetch in parts, one after the other. */
  readonly #inParts: Wanted[] = []
  readonly #failed: Fetched[] = []
  #lease: Lease | null = null
  #channel: Channel<Received> | null = null
  /** Failures of that kind since the last answer, each while the next message or batch was being fetched. */
  #faults = 0
  /** Batches of which something was answered. */
  readonly #begun = new WeakSet<Map<number, Wanted>>()
  /** Messages left out for that reason since the last answer. */
  #setAsideInRow = 0

  constructor(mailbox: Mailbox, uidvalidity: string, context: FetchContext) {
    this.#mailbox = mailbox.name
    this.#uidvalidity = uidvalidity
    this.#context = context
  }

  *plan(items: readonly Item[]): Generator<Fetched> {
    const small = new Map<number, Wanted>()
    for (const { key, size = 0 } of items) {
      const uid = parseKey(key, this.#uidvalidity)
      if (uid === null)
        yield failure({ key }, 'not-found', 'The folder was replaced on the server; this message has another number now.')
      else if (size > largeMessage) this.#inParts.push({ uid, key, size })
      else small.set(uid, { uid, key, size })
    }
    this.#cut([...small.values()].sort((a, b) => a.uid - b.uid))
  }

  /** The next answer, or null at the end. After `network` and `rate-limit` it may be called again and goes on. */
  async next(): Promise<Fetched | null> {
    for (;;) {
      const failed = this.#failed.shift()
      if (failed) return failed
      const batch = this.#batches[0]
      if (batch === undefined) break
      if (batch.size === 0 && this.#channel === null) this.#batches.shift()
      else {
        const answer = await this.#nextOfBatch(batch)
        if (answer) return answer
      }
    }
    await this.#release()
    return await this.#nextInParts()
  }

  async close(): Promise<void> {
    this.#abandon()
    await this.#release()
  }

  async #nextOfBatch(batch: Map<number, Wanted>): Promise<Fetched | null> {
    try {
      this.#channel ??= await this.#start(batch)
      for (;;) {
        const received = await this.#channel.next()
        if (received === null) break
        batch.delete(received.message.uid)
        this.#begun.add(batch)
        this.#delivered()
        return answerTo(received)
      }
      this.#channel = null
      this.#batches.shift()
      for (const message of batch.values()) this.#failed.push(missing(message))
    } catch (error) {
      const underWay = this.#channel !== null
      this.#channel = null
      if (underWay && this.#isOfMessage(error)) {
        await this.#setAside(batch, error)
        return null
      }
      await this.#recover(batch, error)
    }
    return null
  }

  async #start(batch: ReadonlyMap<number, Wanted>): Promise<Channel<Received>> {
    const { pool, signal, memory } = this.#context
    this.#lease ??= await pool.acquire(signal, this.#mailbox)
    await select(this.#lease.session, this.#mailbox, this.#uidvalidity)
    return receive(this.#lease.session, batch, memory)
  }

  /** Prepares another try for what is left of the batch. @throws what is to be retried, or what ends the whole call */
  async #recover(batch: Map<number, Wanted>, error: unknown): Promise<void> {
    if (error instanceof Refusal) return await this.#singleOut(batch, error)
    await this.#release()
    if (!(error instanceof LimitExceeded)) throw error
    // A message is far larger than announced. In parts, no message can be too large.
    this.#batches.shift()
    this.#inParts.unshift(...batch.values())
  }

  #delivered(): void {
    this.#faults = 0
    this.#setAsideInRow = 0
  }

  /** Whether one of the messages that were asked for may be the reason: some servers break the connection at one, or call it their bug. */
  #isOfMessage(error: unknown): boolean {
    const isFault = hasCode(error, 'network') || (error instanceof Busy && error.responseCode === 'SERVERBUG')
    return isFault && ++this.#faults > 1 && this.#setAsideInRow < mostSetAside
  }

  /** The one at which the server fails, always, is tried alone, and then left for another day. */
  async #setAside(batch: Map<number, Wanted>, error: unknown): Promise<void> {
    // After a word of its own the server goes on.
    if (!(error instanceof Busy)) await this.#release()
    this.#batches.shift()
    const left = [...batch.values()]
    const [suspect] = left
    if (suspect === undefined) return
    if (left.length > 1) {
      // Where others of the batch came, the next one is the suspect; where none came, it may be any.
      const first = this.#begun.has(batch) ? 1 : Math.ceil(left.length / 2)
      this.#batches.unshift(byUid(left.slice(0, first)), byUid(left.slice(first)))
    } else this.#failed.push(await this.#leave(suspect, error))
  }

  async #leave(message: Wanted, error: unknown): Promise<Fetched> {
    this.#setAsideInRow++
    if (!(error instanceof Busy))
      return failure(message, 'network', 'The server breaks the connection whenever this message is asked for.')
    const named = await this.#subjectOf(message)
    return failure(message, 'unsupported', `The server fails whenever this message is asked for. It says: ${error.words}${named}`)
  }

  async #subjectOf({ uid }: Wanted): Promise<string> {
    const subject = this.#lease ? await subjectOf(this.#lease.session, uid) : ''
    return subject ? ` (subject: ${subject})` : ''
  }

  /** The server refuses a batch for the sake of some message: halves it until that one stands alone. */
  async #singleOut(batch: Map<number, Wanted>, refusal: Refusal): Promise<void> {
    this.#batches.shift()
    const left = [...batch.values()]
    const [only] = left
    if (left.length > 1) {
      const middle = Math.ceil(left.length / 2)
      this.#batches.unshift(byUid(left.slice(0, middle)), byUid(left.slice(middle)))
    } else if (only) {
      const named = await this.#subjectOf(only)
      this.#failed.push({ key: only.key, error: new AppError(refusal.code, `${refusal.message}${named}`) })
    }
  }

  async #nextInParts(): Promise<Fetched | null> {
    const message = this.#inParts[0]
    if (message === undefined) return null
    const { pool, clock, signal, memory } = this.#context
    let underWay = false
    const run = <T>(work: (session: Session) => Promise<T>) =>
      pool.inMailbox(this.#mailbox, this.#uidvalidity, signal, (session) => {
        underWay = true
        return work(session)
      })
    const again = <T>(work: (session: Session) => Promise<T>) => retry(() => run(work), clock, signal, this.#context.retry)
    try {
      const content = await readParts(message.uid, message.size, memory, run, again)
      this.#inParts.shift()
      this.#delivered()
      return content === null ? missing(message) : { key: message.key, content }
    } catch (error) {
      const isOfMessage = underWay && this.#isOfMessage(error)
      if (!isOfMessage && !(error instanceof Refusal)) throw error
      this.#inParts.shift()
      return isOfMessage ? await this.#leave(message, error) : { key: message.key, error: toAppError(error) }
    }
  }

  /** Ends a command whose answers nobody wants any more; only dropping the connection does that. */
  #abandon(): void {
    if (this.#channel === null) return
    this.#channel.close()
    this.#channel = null
    this.#lease?.session.kill(new AppError('cancelled', 'Stopped.'))
  }

  async #release(): Promise<void> {
    const lease = this.#lease
    this.#lease = null
    await lease?.[Symbol.asyncDispose]()
  }

  #cut(messages: readonly Wanted[]): void {
    let batch: Wanted[] = []
    let size = 0
    const flush = () => {
      if (batch.length > 0) this.#batches.push(byUid(batch))
      batch = []
      size = 0
    }
    for (const message of messages) {
      const full = batch.length >= batchMessages || size + message.size > batchOctets
      // A set grows by at most one UID of ten digits and a comma for each message.
      if (full || (batch.length % 50 === 49 && formatSet(batch.map(({ uid }) => uid)).length > maxSetLength - 11 * 50)) flush()
      batch.push(message)
      size += message.size
    }
    flush()
  }
}

function byUid(messages: readonly Wanted[]): Map<number, Wanted> {
  return new Map(messages.map((message) => [message.uid, message]))
}

function answerTo({ message, body, isContradictory }: Received): Fetched {
  if (isContradictory) return failure(message, 'suspicious', 'The server sent two different contents for this message.')
  const content = octets(body)
  if ((content === null || content.length === 0) && message.size > 0) return failure(message, 'not-found', withoutContent)
  // A quoted string has been decoded as UTF-8 on the way; where that failed, the octets are lost.
  if (body !== null && 'value' in body && typeof body.value === 'string' && body.value.includes('\ufffd')) {
    return failure(message, 'unsupported', 'The server hands this message out in a form that cannot be read exactly.')
  }
  return { key: message.key, content: content ?? Buffer.alloc(0) }
}

function missing(message: { readonly key: string }): Fetched {
  return failure(message, 'not-found', 'The server did not send this message; it may have been moved or deleted meanwhile.')
}

function failure(
  { key }: { readonly key: string },
  code: 'not-found' | 'unsupported' | 'suspicious' | 'network',
  text: string,
): Fetched {
  return { key, error: new AppError(code, text) }
}

async function subjectOf(session: Session, uid: number): Promise<string> {
  let subject = ''
  const section = [atom('HEADER.FIELDS'), [atom('SUBJECT')]]
  try {
    await session.fetch({
      set: `${uid}`,
      items: [atom('UID'), bodyPeek(section)],
      budget: 0,
      onMessage: (answer) => {
        const header = answer.uid === uid && answer.body ? octets(answer.body.value) : null
        if (header) subject = readMailHeader(header).subject.slice(0, 100)
      },
    })
  } catch {
    // Only a help for the reader of the report.
  }
  return subject
}
