/** The viewer's data folder on a vault's disk. */
import { dirname, join } from 'node:path'
import { type Disk, readFile, replaceFile, writeFile } from '../vault/disk.ts'
import type { ViewerFolder } from '../viewer/write/viewer-folder.ts'

export class DiskViewerFolder implements ViewerFolder {
  readonly #disk: Disk
  readonly #path: string
  #isMade = false

  /** `path`: absolute; made when something is written. */
  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  async read(name: string): Promise<Uint8Array | null> {
    return await readFile(this.#disk, join(this.#path, name))
  }

  async write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    await this.#make()
    await writeFile(this.#disk, join(this.#path, name), parts)
  }

  async replace(name: string, parts: readonly Uint8Array[]): Promise<void> {
    await this.#make()
    await replaceFile(this.#disk, join(this.#path, name), parts)
  }

  async remove(name: string): Promise<void> {
    await this.#disk.remove(join(this.#path, name))
  }

  async list(): Promise<readonly string[]> {
    const entries = (await this.#disk.list(this.#path)) ?? []
    return entries.filter(({ kind }) => kind === 'file').map(({ name }) => name)
  }

  async sync(): Promise<void> {
    await this.#make()
    await this.#disk.syncDirectory(this.#path)
    await this.#disk.syncDirectory(dirname(this.#path))
  }

  async #make(): Promise<void> {
    if (!this.#isMade) await this.#disk.makeDirectory(this.#path)
    this.#isMade = true
  }
}
