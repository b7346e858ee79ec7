/** What a source opens when it is first asked for something; after a failure it tries again. */
export class OnceOpen<T> {
  #opening: Promise<T> | null = null

  open(start: () => Promise<T>): Promise<T> {
    this.#opening ??= start()
    return this.#opening.catch((error: unknown) => {
      this.#opening = null
      throw error
    })
  }

  /** Null where it was never open. */
  async opened(): Promise<T | null> {
    return (await this.#opening?.catch(() => null)) ?? null
  }
}
