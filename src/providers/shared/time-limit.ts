/** Ends a call that takes too long. `AbortSignal.timeout` would stay in memory, with all that hears it, until the time is over. */
export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #timer: NodeJS.Timeout

  /** @param outer aborts it, too */
  constructor(outer: AbortSignal, ms: number) {
    this.#outer = outer
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException('It took too long.', 'TimeoutError')), ms)
    outer.addEventListener('abort', this.#abort, { once: true })
    if (outer.aborted) this.#abort()
  }

  readonly #abort = () => this.#controller.abort(this.#outer.reason)

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The call has ended. */
  end(): void {
    this.endTime()
    this.#outer.removeEventListener('abort', this.#abort)
  }

  /** What it answers takes as long as it takes; `end` comes later. */
  endTime(): void {
    clearTimeout(this.#timer)
  }
}
