/** Texts that wait until the file in which they are to stand is written: on the disk, so that memory stays flat. */
import { hash } from 'node:crypto'
import { AppError } from '../core/errors.ts'
import { type Disk, readStream } from './disk.ts'
import { collect } from './mail-store.ts'
import type { Staging } from './staging.ts'

export interface SpooledText {
  readonly offset: number
  readonly length: number
  readonly sha256: string
}

export class TextSpool {
  readonly #disk: Disk
  readonly #staging: Staging
  #opened: ReturnType<Staging['create']> | null = null
  #end = 0

  constructor(disk: Disk, staging: Staging) {
    this.#disk = disk
    this.#staging = staging
  }

  async add(text: Buffer): Promise<SpooledText> {
    const offset = this.#end
    this.#end += text.length
    this.#opened ??= this.#staging.create()
    const { file } = await this.#opened
    await file.write([text], offset)
    return { offset, length: text.length, sha256: hash('sha256', text, 'hex') }
  }

  async read({ offset, length, sha256 }: SpooledText): Promise<Buffer> {
    const { name } = (await this.#opened) ?? { name: '' }
    const text = await collect(readStream(this.#disk, this.#staging.path(name), offset, offset + length))
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
