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

/** Texts are mostly read in the order in which they came. */
export class TextSpool {
  readonly #staging: Staging
  #opened: ReturnType<Staging['create']> | null = null
  #end = 0
  /** By offset: what is not on the disk yet. */
  readonly #unwritten = new Map<number, Buffer>()
  #waiting = 0
  readonly #written = new Window(async (from, octets) => await readFully(await this.#file(), from, octets))
  #writes: Promise<void> = Promise.resolve()

  constructor(staging: Staging) {
    this.#staging = staging
  }

  /** The text must not change afterwards. */
  async add(text: Buffer): Promise<SpooledText> {
    const offset = this.#end
    this.#end += text.length
    this.#unwritten.set(offset, text)
    this.#waiting += text.length
    if (this.#waiting >= blockSize) {
      this.#waiting = 0
      this.#writes = this.#writes.then(() => this.#write([...this.#unwritten]))
      await this.#writes
    }
    return { offset, length: text.length, sha256: hash('sha256', text, 'hex') }
  }

  async #write(texts: readonly (readonly [offset: number, text: Buffer])[]): Promise<void> {
    const [first] = texts
    if (first === undefined) return
    const file = await this.#file()
    await file.write([Buffer.concat(texts.map(([, text]) => text))], first[0])
    for (const [offset] of texts) this.#unwritten.delete(offset)
  }

  async #file(): Promise<DiskFile> {
    this.#opened ??= this.#staging.create()
    return (await this.#opened).file
  }

  async read({ offset, length, sha256 }: SpooledText): Promise<Buffer> {
    const text = this.#unwritten.get(offset) ?? (await this.#written.part(offset, offset + length))
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

/** Less where the file ends before. */
async function readFully(file: DiskFile, from: number, octets: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(octets)
  let length = 0
  while (length < octets) {
    const n = await file.read(bytes.subarray(length), from + length)
    if (n === 0) break
    length += n
  }
  return bytes.subarray(0, length)
}
