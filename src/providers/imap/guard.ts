import type { Transform, TransformCallback } from 'node:stream'
import type { ImapFlow } from 'imapflow'
import { AppError } from '../../core/errors.ts'
import { LimitExceeded } from './errors.ts'

/** Literals of one answer: a message, a folder name; honest answers hold a handful. Each costs far more memory than its octets. */
const maxLiterals = 1_000
/** Octets of greeting, capabilities and sign-in together. */
const signInBudget = 256 * 1024
/** Octets that honest answers have at least, on average: floods of tiny ones cost far more memory than their octets. */
const octetsPerAnswer = 50
/** Octets per second that even the slowest honest connection brings while it answers. */
const slowest = 64
const tick = 500

/** imapflow's parser, which its published types leave out. */
interface Parser extends Transform {
  readonly readBytesCounter: number
  readonly literals: readonly unknown[]
}

/**
 * Watches what a server sends before imapflow parses it, and ends the connection at once when it is more, or slower, than an
 * honest answer could be. imapflow itself limits single lines, literals and responses only.
 */
export class Guard {
  readonly #parser: Parser
  readonly #host: string
  readonly #patience: number
  readonly #fail: (reason: AppError) => void
  readonly #timer: NodeJS.Timeout
  #limit = signInBudget
  #answersLeft = signInBudget / octetsPerAnswer
  #start = { time: performance.now(), octets: 0 }
  #isWaiting = true

  /** `patience`: milliseconds that an answer may take besides the time for its octets. `fail` ends the connection. */
  constructor(client: ImapFlow, host: string, patience: number, fail: (reason: AppError) => void) {
    this.#parser = (client as unknown as { readonly streamer: Parser }).streamer
    this.#host = host
    this.#patience = patience
    this.#fail = fail
    this.#timer = setInterval(() => this.#checkPace(), tick).unref()
    this.#hook()
  }

  /** A command goes out whose honest answer stays below `budget` octets. */
  begin(budget: number): void {
    this.#start = { time: performance.now(), octets: this.#parser.readBytesCounter }
    this.#limit = this.#start.octets + budget
    this.#answersLeft = budget / octetsPerAnswer
    this.#isWaiting = true
  }

  /** The command is answered; until the next one the server may say little. */
  end(): void {
    this.#isWaiting = false
  }

  /** The connection has ended. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #hook(): void {
    const parser = this.#parser
    const transform = parser._transform.bind(parser)
    parser._transform = (chunk: unknown, encoding: BufferEncoding, next: TransformCallback) => {
      transform(chunk, encoding, next)
      if (parser.readBytesCounter > this.#limit || parser.literals.length > maxLiterals) this.#exceed()
    }
    const push = parser.push.bind(parser)
    parser.push = (answer: unknown) => {
      if (--this.#answersLeft < 0) this.#exceed()
      return push(answer)
    }
  }

  #exceed(): void {
    this.#fail(new LimitExceeded(this.#host))
  }

  #checkPace(): void {
    if (!this.#isWaiting) return
    const octets = this.#parser.readBytesCounter - this.#start.octets
    const allowed = this.#patience + (octets / slowest) * 1_000
    if (performance.now() - this.#start.time <= allowed) return
    this.#fail(new AppError('network', `${this.#host} answers too slowly.`))
  }
}
