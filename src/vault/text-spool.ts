/** Texts that wait until the file in which they are to stand is written: on the disk, so that memory stays flat. */
import { hash } from 'node:crypto'
import { AppError } from '../core/errors.ts'
import type { DiskFile } from './disk.ts'
import type { Staging } from './staging.ts'
import { Window } from './window.ts'

export interface SpooledText {
  readonly offset: number
  readonly length: number
  readonly sha256: string
}

/** Octets that are written at once. */
const blockSize = 1 << 20

/** Octets that wait to be written, at their place in the file. */
interface Block {
  readonly from: number
  readonly octets: Buffer
  filled: number
}

/** Texts are mostly read in the order in which they came. */
export class TextSpool {
  readonly #staging: Staging
  #opened: ReturnType<Staging['create']> | null = null
  /** Takes in copies: a small Buffer that is kept keeps the block that it shares with others. */
  #block: Block = { from: 0, octets: Buffer.alloc(0), filled: 0 }
  readonly #unwritten = new Set<Block>()
  /** Of a block that was written, for the next one: as garbage it would be collected too late. So is what is read back. */
  #free: Buffer | null = null
  #readBack: Buffer | null = null
  readonly #written = new Window(async (from, octets) => await readFully(await this.#file(), from, this.#memoryFor(octets)))
  #writes: Promise<void> = Promise.resolve()

  constructor(staging: Staging) {
    this.#staging = staging
  }

  async add(text: Buffer): Promise<SpooledText> {
    const spooled = { offset: this.#end, length: text.length, sha256: hash('sha256', text, 'hex') }
    const full = this.#block.filled + text.length > this.#block.octets.length ? this.#block : null
    if (full !== null) this.#block = { from: this.#end, octets: this.#memoryOf(text.length), filled: 0 }
    this.#block.octets.set(text, this.#block.filled)
    this.#block.filled += text.length
    if (full !== null && full.filled > 0) {
      this.#unwritten.add(full)
      this.#writes = this.#writes.then(() => this.#write(full))
      await this.#writes
    }
    return spooled
  }

  get #end(): number {
    return this.#block.from + this.#block.filled
  }

  #memoryOf(octets: number): Buffer {
    if (octets > blockSize) return Buffer.allocUnsafeSlow(octets)
    const free = this.#free ?? Buffer.allocUnsafeSlow(blockSize)
    this.#free = null
    return free
  }

  #memoryFor(octets: number): Buffer {
    if (octets > blockSize) return Buffer.allocUnsafeSlow(octets)
    this.#readBack ??= Buffer.allocUnsafeSlow(blockSize)
    return this.#readBack.subarray(0, octets)
  }

  async #write(block: Block): Promise<void> {
    const file = await this.#file()
    await file.write([block.octets.subarray(0, block.filled)], block.from)
    this.#unwritten.delete(block)
    if (block.octets.length === blockSize) this.#free = block.octets
  }

  async #file(): Promise<DiskFile> {
    this.#opened ??= this.#staging.create()
    return (await this.#opened).file
  }

  /** Holds until the next one is read. */
  async read({ offset, length, sha256 }: SpooledText): Promise<Buffer> {
    const block = [this.#block, ...this.#unwritten].find(({ from, filled }) => from <= offset && offset + length <= from + filled)
    // A copy: the block may be filled anew before it is used.
    if (block !== undefined) return Buffer.from(block.octets.subarray(offset - block.from, offset - block.from + length))
    const text = await this.#written.part(offset, offset + length)
    if (hash('sha256', text, 'hex') !== sha256)
      throw new AppError('disk-failed', 'The disk did not give back what was written to it.')
    return text
  }

  async close(): Promise<void> {
    const opened = await this.#opened
    this.#opened = null
    await opened?.file.close()
    if (opened !== null && opened !== undefined) await this.#staging.discard(opened.name)
  }
}

/** @returns of `memory` what was filled: less where the file ends before */
async function readFully(file: DiskFile, from: number, memory: Buffer): Promise<Buffer> {
  let length = 0
  while (length < memory.length) {
    const n = await file.read(memory.subarray(length), from + length)
    if (n === 0) break
    length += n
  }
  return memory.subarray(0, length)
}
