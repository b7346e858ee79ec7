import { hasCode } from '../../core/errors.ts'

/** One thing that fails says nothing of the others; this many in a row, with all their retries, say that the server is gone. */
const limit = 3

/** Tells a file or folder that breaks the connection from a server that is out of reach. */
export class Health {
  #inARow = 0
  #end: { readonly error: unknown } | null = null

  succeeded(): void {
    this.#inARow = 0
  }

  /** @throws the error when it says that there is no use in going on */
  failed(error: unknown): void {
    if (hasCode(error, 'network', 'rate-limit')) this.#inARow++
    else this.#inARow = 0
    if (this.#inARow >= limit || hasCode(error, 'auth', 'usage', 'bug')) this.#end = { error }
    this.check()
  }

  /** @throws the error that ended it all */
  check(): void {
    if (this.#end !== null) throw this.#end.error
  }
}
