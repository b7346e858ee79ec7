/** Memory for octets on their way through. It is used again: as garbage it would grow far beyond what is needed at once. */

/** Larger pieces get a block of their own. */
const blockSize = 1 << 20
/** Octets of larger blocks that are kept for the next such piece; what goes beyond is freed. */
const mostSpare = 4 << 20

interface Block {
  readonly bytes: Buffer<ArrayBuffer>
  used: number
  /** Pieces that were not given back yet. */
  waiting: number
}

export class Blocks {
  readonly #free: Block[] = []
  /** Larger blocks that wait to be used again. */
  #spare: Block[] = []
  readonly #blocks = new WeakMap<ArrayBufferLike, Block>()
  #current: Block = this.#newBlock(blockSize)

  /** Room for `octets` octets, until the next call; what is in it does not matter. */
  room(octets: number): Buffer {
    if (this.#current.bytes.length - this.#current.used < octets) {
      const full = this.#current
      this.#current = octets > blockSize ? this.#largeBlock(octets) : (this.#free.pop() ?? this.#newBlock(blockSize))
      this.#recycle(full)
    }
    return this.#current.bytes.subarray(this.#current.used)
  }

  /** The first `octets` of the room that was given last are a piece now: they stay as they are until it is given back. */
  keep(octets: number): Buffer {
    const block = this.#current
    const start = block.used
    block.used += octets
    block.waiting++
    return block.bytes.subarray(start, block.used)
  }

  take(octets: number): Buffer {
    this.room(octets)
    return this.keep(octets)
  }

  /** Gives a piece back, once. A piece that never comes back costs its block; memory from elsewhere is left alone. */
  release(piece: Uint8Array): void {
    const block = this.#blocks.get(piece.buffer)
    if (block === undefined) return
    block.waiting--
    this.#recycle(block)
  }

  #recycle(block: Block): void {
    if (block === this.#current || block.waiting > 0) return
    block.used = 0
    if (block.bytes.length === blockSize) this.#free.push(block)
    else this.#keepSpare(block)
  }

  #largeBlock(octets: number): Block {
    const fitting = this.#spare.filter(({ bytes }) => bytes.length >= octets)
    const smallest = fitting.sort((a, b) => a.bytes.length - b.bytes.length)[0]
    if (smallest === undefined) return this.#newBlock(Math.ceil(octets / blockSize) * blockSize)
    this.#spare = this.#spare.filter((block) => block !== smallest)
    return smallest
  }

  #keepSpare(block: Block): void {
    const spare = this.#spare.reduce((sum, { bytes }) => sum + bytes.length, block.bytes.length)
    if (spare <= mostSpare) this.#spare.push(block)
    // Not left to the garbage collector, which does not see how large it is.
    else block.bytes.buffer.transfer(0)
  }

  #newBlock(octets: number): Block {
    const block = { bytes: Buffer.allocUnsafeSlow(octets), used: 0, waiting: 0 }
    this.#blocks.set(block.bytes.buffer, block)
    return block
  }
}
