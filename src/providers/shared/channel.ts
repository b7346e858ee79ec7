/**
 * Hands values from a producer that is pushed (a protocol parser) to a consumer that pulls, holding back the producer while
 * more than `capacity` is waiting. Any number of producers, one consumer.
 */
export class Channel<T> {
  readonly #capacity: number
  readonly #waiting: { readonly value: T; readonly size: number }[] = []
  #size = 0
  #ended = false
  #error: unknown
  #wakeProducers: (() => void)[] = []
  #wakeConsumer: (() => void) | null = null

  /** `capacity` is in the unit of `push`'s `size`; a single larger value passes nevertheless. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Resolves when the producer may go on. After `end` or `close` the value is dropped. */
  push(value: T, size: number): Promise<void> | undefined {
    if (this.#ended) return undefined
    this.#waiting.push({ value, size })
    this.#size += size
    this.#wake()
    if (this.#size <= this.#capacity) return undefined
    return new Promise((resolve) => {
      this.#wakeProducers.push(resolve)
    })
  }

  /** What was pushed before is still handed out; then `next` answers null, or throws `error`. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wake()
  }

  /** The consumer wants no more: a held producer is let go, and what it still pushes is dropped. */
  close(): void {
    this.end()
    this.#waiting.length = 0
    this.#size = 0
    this.#release()
  }

  async next(): Promise<T | null> {
    for (;;) {
      const first = this.#waiting.shift()
      if (first !== undefined) {
        this.#size -= first.size
        if (this.#size <= this.#capacity) this.#release()
        return first.value
      }
      if (this.#error !== undefined) throw this.#error
      if (this.#ended) return null
      await new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve
      })
    }
  }

  /** Everything until `end`. @throws also the signal's reason */
  async *values(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    for (let value = await this.next(); value !== null; value = await this.next()) {
      signal.throwIfAborted()
      yield value
    }
  }

  #wake(): void {
    const wake = this.#wakeConsumer
    this.#wakeConsumer = null
    wake?.()
  }

  #release(): void {
    for (const release of this.#wakeProducers.splice(0)) release()
  }
}
