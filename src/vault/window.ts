import { hasCode } from '../core/errors.ts'

/** Reads many small parts of something large that lie behind each other: a block of it at once, while all of it can be read. */
export class Window {
  readonly #read: (from: number, octets: number) => Promise<Buffer>
  #from = 0
  #block: Buffer = Buffer.alloc(0)
  #blockSize = 1 << 20

  /** `read`: answers fewer octets where there are no more. */
  constructor(read: (from: number, octets: number) => Promise<Buffer>) {
    this.#read = read
  }

  /** At least `octets`, where there are so many. What cannot be read somewhere behind them is no matter of theirs. */
  async #blockFrom(from: number, octets: number): Promise<Buffer> {
    try {
      return await this.#read(from, Math.max(octets, this.#blockSize))
    } catch (error) {
      if (octets >= this.#blockSize || !hasCode(error, 'disk-failed')) throw error
      this.#blockSize = 0
      return await this.#read(from, octets)
    }
  }

  /** Shorter where it ends before. */
  async part(from: number, end: number): Promise<Buffer> {
    if (from < this.#from || end > this.#from + this.#block.length) {
      this.#block = Buffer.alloc(0)
      this.#block = await this.#blockFrom(from, end - from)
      this.#from = from
    }
    return this.#block.subarray(from - this.#from, end - this.#from)
  }
}
