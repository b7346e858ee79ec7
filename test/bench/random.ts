/** The same numbers in every run, so that every run measures the same mailbox. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** Evenly spread over the orders of magnitude: small numbers as often as large ones. */
  logarithmic(from: number, to: number): number {
    return Math.round(from * (to / from) ** this.next())
  }

  of<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!
  }
}
