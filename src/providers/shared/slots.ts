/** So many at once, in the order in which they asked. */
export class Slots {
  readonly #all: number
  #free: number
  readonly #waiting: { readonly count: number; readonly go: () => void }[] = []

  constructor(atOnce: number) {
    this.#all = atOnce
    this.#free = atOnce
  }

  /**
   * Resolves with what gives the slots back; calling that twice does nothing. Rejects with the signal's reason when it aborts.
   * @param wanted how many at the same time; of more than there are, all
   */
  async take(signal: AbortSignal, wanted = 1): Promise<() => void> {
    signal.throwIfAborted()
    const count = Math.min(wanted, this.#all)
    // Whoever wants many would else wait for ever while others want one.
    if (this.#waiting.length === 0 && this.#free >= count) this.#free -= count
    else await this.#turn(count, signal)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      this.#free += count
      this.#next()
    }
  }

  #next(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#free >= first.count; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.count
      first.go()
    }
  }

  #turn(count: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        const at = this.#waiting.indexOf(waiter)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal.reason)
        this.#next()
      }
      const go = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const waiter = { count, go }
      signal.addEventListener('abort', stop, { once: true })
      this.#waiting.push(waiter)
    })
  }
}
