/** Reads many small parts of something large that lie behind each other: a block of it at once. */
const blockSize = 1 << 20

export class Window {
  readonly #read: (from: number, octets: number) => Promise<Buffer>
  #from = 0
  #block: Buffer = Buffer.alloc(0)

  /** `read`: answers fewer octets where there are no more. */
  constructor(read: (from: number, octets: number) => Promise<Buffer>) {
    this.#read = read
  }

  /** Shorter where it ends before. */
  async part(from: number, end: number): Promise<Buffer> {
    if (from < this.#from || end > this.#from + this.#block.length) {
      this.#block = await this.#read(from, Math.max(end - from, blockSize))
      this.#from = from
    }
    return this.#block.subarray(from - this.#from, end - this.#from)
  }
}
