/** How fast it goes and how long it will take, from the last ten seconds. */
const windowLength = 10_000
/** Before that, an estimate would jump about. */
const settled = 4_000
/** So that a burst of events does not fill the memory. */
const spacing = 200
/** While folders are still being listed the total grows and an estimate means nothing. */
const growthAllowed = 1.02

interface Sample {
  readonly time: number
  readonly done: number
  readonly total: number
}

/** Speed and time left of one piece of work, in whatever `done` and `total` count. */
export class Rate {
  readonly #samples: Sample[] = []

  /** `time` in milliseconds, never going back. Less done than before: something else has begun. */
  add(time: number, done: number, total: number): void {
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples.length = 0
    const previous = this.#samples.at(-2)
    if (previous !== undefined && time - previous.time < spacing) this.#samples.pop()
    this.#samples.push({ time, done, total })
    while (this.#samples.length > 2 && time - (this.#samples[1]?.time ?? time) >= windowLength) this.#samples.shift()
  }

  /** Per second; null while it is too early to say. */
  perSecond(): number | null {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.time - first.time < 1_000) return null
    return ((last.done - first.done) * 1_000) / (last.time - first.time)
  }

  /** Seconds; null while the estimate would not be stable. */
  remaining(): number | null {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    const speed = this.perSecond()
    if (first === undefined || last === undefined || speed === null || speed <= 0) return null
    if (last.time - first.time < settled || last.total > first.total * growthAllowed) return null
    return Math.max(0, last.total - last.done) / speed
  }
}
