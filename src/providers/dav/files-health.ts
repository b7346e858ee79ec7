import { hasCode } from '../../core/errors.ts'

/** One thing that fails says nothing of the others; this many in a row, with all their retries, say that the server is gone. */
const limit = 3

/** Tells a file or folder that breaks the connection from a server that is out of reach. */
export class Health {
  #inARow = 0

  succeeded(): void {
    this.#inARow = 0
  }

  /** Answers whether to give up. */
  failed(error: unknown): boolean {
    if (hasCode(error, 'auth', 'usage')) return true
    if (hasCode(error, 'network', 'rate-limit')) this.#inARow++
    else this.#inARow = 0
    return this.#inARow >= limit
  }
}
