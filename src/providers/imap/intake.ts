import type { ImapFlow } from 'imapflow'
import type { ImapStream } from 'imapflow/lib/handler/imap-stream.js'
import type { Blocks } from '../../core/blocks.ts'

/** `ImapStream.state` while it reads a line or a literal. */
const inLine = 1
const inLiteral = 2
/** The usual answer is shorter, its literal left out. */
const longestUsual = 80

/** Gets a message's UID and content; the server is held back until the promise is kept. */
type TakeBody = (uid: number, body: Buffer) => void | Promise<void>

/** What imapflow's parser hands on: an answer whose literals stand beside it. */
interface ParserItem {
  readonly payload: Buffer
  readonly literals: readonly Buffer[]
  /** To be called once the next one may come. */
  next(): void
}

/**
 * Receives the contents of messages ahead of imapflow, which would gather each literal in memory of its own and read each
 * answer for a log besides: three quarters of its time.
 */
export class Intake {
  readonly #parser: ImapStream
  #memory: Blocks | null = null
  #take: TakeBody | null = null
  #literal: Buffer | null = null
  #filled = 0

  /** `client` has not connected yet. */
  constructor(client: ImapFlow) {
    this.#parser = (client as unknown as { readonly streamer: ImapStream }).streamer
    this.#hook()
  }

  /** From now on literals are put into `memory`, and the usual answers to `UID FETCH … (UID BODY.PEEK[])` go to `take`. */
  begin(memory: Blocks, take: TakeBody): void {
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
      const uid = this.#take === null || item === null ? null : uidOfBody(item)
      if (uid === null || item === null) return push(item)
      const taken = this.#take?.(uid, item.literals[0] ?? Buffer.alloc(0))
      if (taken === undefined) item.next()
      else taken.then(item.next, item.next)
      return true
    }
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
