import type { ImapFlow } from 'imapflow'
import type { ImapStream } from 'imapflow/lib/handler/imap-stream.js'
import type { Blocks } from '../../core/blocks.ts'
import { readPlainFetch } from './plain-answer.ts'
import { bodyAnswer, type FetchAnswer } from './protocol.ts'

/** `ImapStream.state` while it reads a line or a literal. */
const inLine = 1
const inLiteral = 2
/** The usual answer is shorter, its literal left out. */
const longestUsual = 80

/** Gets what a `UID FETCH` answers; the server is held back until the promise is kept. */
type Take = (answer: FetchAnswer) => void | Promise<void>

/** What imapflow's parser hands on: an answer whose literals stand beside it. */
interface ParserItem {
  readonly payload: Buffer
  readonly literals: readonly Buffer[]
  /** To be called once the next one may come. */
  next(): void
}

/**
 * Receives the usual answers ahead of imapflow, which would gather each literal in memory of its own and write each answer out
 * again for a log: three quarters of its time.
 */
export class Intake {
  readonly #parser: ImapStream
  #memory: Blocks | null = null
  #take: Take | null = null
  #literal: Buffer | null = null
  #filled = 0

  /** `client` has not connected yet. */
  constructor(client: ImapFlow) {
    this.#parser = (client as unknown as { readonly streamer: ImapStream }).streamer
    this.#hook()
  }

  /** From now on the usual answers to `UID FETCH` go to `take`, and where there is `memory`, literals are put there. */
  begin(memory: Blocks | null, take: Take): void {
    this.#memory = memory
    this.#take = take
  }

  end(): void {
    this.#memory = null
    this.#take = null
  }

  #hook(): void {
    const parser = this.#parser
    const read = parser.processChunkSegment.bind(parser)
    parser.processChunkSegment = (chunk, start) => {
      const isOurs = this.#literal !== null || (this.#memory !== null && parser.literalBuffer.length === 0)
      if (parser.state !== inLiteral || !isOurs || parser.destroyed || start >= chunk.length) return read(chunk, start)
      return Promise.resolve(this.#readLiteral(chunk, start))
    }
    const push = parser.push.bind(parser)
    parser.push = (item: ParserItem | null) => {
      const answer = this.#take === null || item === null ? null : this.#read(item)
      if (answer === null || item === null) return push(item)
      const taken = answer.uid === null ? undefined : this.#take?.(answer)
      if (taken === undefined) item.next()
      else taken.then(item.next, item.next)
      return true
    }
  }

  #read(item: ParserItem): FetchAnswer | null {
    if (item.literals.length === 0) return readPlainFetch(item.payload)
    const uid = this.#memory === null ? null : uidOfBody(item)
    return uid === null ? null : bodyAnswer(uid, item.literals[0] ?? Buffer.alloc(0))
  }

  /** Answers where the chunk goes on behind the literal; null when the literal fills the rest of it. */
  #readLiteral(chunk: Buffer, start: number): number | null {
    const parser = this.#parser
    this.#literal ??= this.#memory?.take(parser.literalWaiting) ?? Buffer.allocUnsafe(parser.literalWaiting)
    const copied = chunk.copy(this.#literal, this.#filled, start)
    this.#filled += copied
    parser.literalWaiting -= copied
    if (parser.literalWaiting > 0) return null
    parser.literals.push(this.#literal)
    parser.state = inLine
    this.#literal = null
    this.#filled = 0
    return start + copied < chunk.length ? start + copied : null
  }
}

/** The UID of `* n FETCH (UID n BODY[] {n}…)`; null for what is anything else. */
function uidOfBody({ payload, literals }: ParserItem): number | null {
  if (literals.length !== 1 || payload.length > longestUsual) return null
  const match = /^\* \d{1,10} FETCH \(UID (\d{1,10}) BODY\[\] \{\d{1,10}\}\r\n\)$/.exec(payload.toString('latin1'))
  return match === null ? null : Number(match[1])
}
