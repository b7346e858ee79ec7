/** New files are written beside the vault's data first, and put in place by what the journal says after its commit. */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { Content } from '../core/items.ts'
import { type Disk, type DiskFile, syncPath } from './disk.ts'
import { stagedPath } from './layout.ts'

export interface Staged {
  /** Name for a `place` entry. */
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/** Files that are synced at once: file systems with a journal write them together. */
const syncsAtOnce = 16

export class Staging {
  readonly #disk: Disk
  readonly #vault: string
  readonly #root: string
  readonly #onFirstWrite: () => Promise<void>
  #last = 0
  #hasFolder = false

  /** `root`: the account's folder. `onFirstWrite`: called before anything is written. */
  constructor(disk: Disk, vault: string, root: string, onFirstWrite: () => Promise<void>) {
    this.#disk = disk
    this.#vault = vault
    this.#root = root
    this.#onFirstWrite = onFirstWrite
  }

  path(name: string): string {
    return stagedPath(this.#vault, this.#root, name)
  }

  /** Writes the content; durable after `settle`. What cannot be written to its end is removed. */
  async stage(content: Content | Iterable<Uint8Array>, modified: Date | null = null): Promise<Staged> {
    const { file, name } = await this.create()
    try {
      const sum = createHash('sha256')
      let size = 0
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        sum.update(chunk)
        if (chunk.length > 0) await file.write([chunk], size)
        size += chunk.length
      }
      if (modified !== null) await file.setModified(modified)
      await file.close()
      return { name, size, sha256: sum.digest('hex') }
    } catch (error) {
      await file.close().catch(() => undefined)
      await this.discard(name).catch(() => undefined)
      throw error
    }
  }

  /** A new file to write to; the caller closes it. */
  async create(): Promise<{ readonly file: DiskFile; readonly name: string }> {
    const name = String(++this.#last)
    await this.#onFirstWrite()
    if (!this.#hasFolder) await this.#disk.makeDirectory(dirname(this.path(name)))
    this.#hasFolder = true
    const file = await this.#disk.open(this.path(name), 'new')
    return { file, name }
  }

  /** It is not needed after all. */
  async discard(name: string): Promise<void> {
    await this.#disk.remove(this.path(name))
  }

  /** Nothing is left: the folder goes too. */
  async close(): Promise<void> {
    if (!this.#hasFolder) return
    this.#hasFolder = false
    const folder = dirname(this.path('-'))
    if (await this.#disk.removeDirectory(folder)) await this.#disk.removeDirectory(dirname(folder))
  }

  /** Makes the files with these names durable. */
  async settle(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    for (let first = 0; first < names.length; first += syncsAtOnce)
      await Promise.all(names.slice(first, first + syncsAtOnce).map((name) => this.#sync(name)))
    await syncPath(this.#disk, this.#vault, dirname(this.path('-')))
  }

  async #sync(name: string): Promise<void> {
    const file = await this.#disk.open(this.path(name), 'write')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
