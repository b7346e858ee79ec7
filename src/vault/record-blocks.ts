/** Memory for records on their way to the disk. It is used again: as garbage it would grow far beyond what is needed at once. */

/** Larger records are rare and get memory of their own. */
const blockSize = 4 << 20

/** A piece of memory, and how many records in it are not written yet. */
export interface Block {
  readonly bytes: Buffer
  used: number
  waiting: number
}

export class RecordBlocks {
  readonly #free: Block[] = []
  #current: Block = newBlock(blockSize)

  /** Room for `octets` octets, until the next call. */
  room(octets: number): Buffer {
    if (this.#current.bytes.length - this.#current.used < octets) {
      const full = this.#current
      this.#current = octets > blockSize ? newBlock(octets) : (this.#free.pop() ?? newBlock(blockSize))
      this.#recycle(full)
    }
    return this.#current.bytes.subarray(this.#current.used)
  }

  /** The first `octets` of the room that was given last are a record now: they stay until the block is released. */
  keep(octets: number): Block {
    this.#current.used += octets
    this.#current.waiting++
    return this.#current
  }

  /** A record in this block is written. */
  release(block: Block): void {
    block.waiting--
    this.#recycle(block)
  }

  #recycle(block: Block): void {
    if (block === this.#current || block.waiting > 0 || block.bytes.length !== blockSize) return
    block.used = 0
    this.#free.push(block)
  }
}

function newBlock(octets: number): Block {
  return { bytes: Buffer.allocUnsafeSlow(octets), used: 0, waiting: 0 }
}
