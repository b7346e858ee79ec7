/** Some prepare one after the other, and go on together when all of them are prepared or have given up. */
export class StartingLine {
  #missing: number
  #turn: Promise<unknown> = Promise.resolve()
  readonly #all = Promise.withResolvers<void>()

  constructor(count: number) {
    this.#missing = count
  }

  /** For one of them; `leave` at the latest when it has ended. */
  runner(): { readonly start: <T>(prepare: () => Promise<T>) => Promise<T>; readonly leave: () => void } {
    let isCounted = false
    const leave = () => {
      if (isCounted) return
      isCounted = true
      if (--this.#missing === 0) this.#all.resolve()
    }
    const start = async <T>(prepare: () => Promise<T>): Promise<T> => {
      const mine = this.#turn.then(prepare)
      this.#turn = mine.catch(() => undefined)
      const prepared = await mine
      leave()
      await this.#all.promise
      return prepared
    }
    return { start, leave }
  }
}
