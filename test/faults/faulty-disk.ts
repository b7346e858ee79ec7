/** A disk that counts the calls that change something, and breaks at the one it is told. */
import type { Disk, DiskFile } from '../../src/vault/disk.ts'
import { MemoryFile, systemError } from './memory-disk.ts'

export type FaultKind =
  /** The call fails, the next ones work. */
  | 'EIO once'
  | 'ENOSPC once'
  /** Every change fails from then on. Where there is no room, removing and shortening still work. */
  | 'EIO for good'
  | 'ENOSPC for good'
  /** Not even reading works any more. */
  | 'disk gone'
  /** The program ends before the call, or in the middle of a write; nothing reaches the disk any more. */
  | 'killed'
  | 'killed in a write'

export interface Fault {
  readonly kind: FaultKind
  /** The first call is 1. */
  readonly at: number
  /** Of a write's octets, how much reaches the disk before it fails: 0 to 1. */
  readonly written: number
}

export class FaultyDisk implements Disk {
  readonly #disk: Disk
  readonly #fault: Fault | null
  readonly #onSync: (path: string) => void
  /** The calls that change something, in their order, e.g. `write <path>`. */
  readonly calls: string[] = []
  /** What the call was that the fault met. */
  met: string | null = null

  /** `onSync` is told of each file and directory that was synced with success. */
  constructor(disk: Disk, fault: Fault | null, onSync: (path: string) => void = () => undefined) {
    this.#disk = disk
    this.#fault = fault
    this.#onSync = onSync
  }

  async open(path: string, mode: 'read' | 'write' | 'new'): Promise<DiskFile> {
    const makes = mode !== 'read' && (mode === 'new' || (await this.#disk.stat(path)) === null)
    const file = await (makes
      ? this.#changing('open', path, () => this.#disk.open(path, mode))
      : this.#reading(path, () => this.#disk.open(path, mode)))
    return {
      read: (into, position) => this.#reading(path, () => file.read(into, position)),
      size: () => this.#reading(path, () => file.size()),
      write: (parts, position) =>
        this.#changing(
          'write',
          path,
          () => file.write(parts, position),
          () => this.#writePart(file, parts, position),
        ),
      truncate: (length) => this.#changing('truncate', path, () => file.truncate(length)),
      setModified: (time) => this.#changing('setModified', path, () => file.setModified(time)),
      sync: async () => {
        await this.#changing(
          'sync',
          path,
          () => file.sync(),
          async () => {
            if (this.#fault?.kind.startsWith('EIO') && file instanceof MemoryFile) file.failSync()
          },
        )
        this.#onSync(path)
      },
      close: () => file.close(),
    }
  }

  makeDirectory(path: string): Promise<void> {
    return this.#changing('makeDirectory', path, () => this.#disk.makeDirectory(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#changing('rename', to, () => this.#disk.rename(from, to))
  }

  remove(path: string): Promise<void> {
    return this.#changing('remove', path, () => this.#disk.remove(path))
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#changing('syncDirectory', path, () => this.#disk.syncDirectory(path))
    this.#onSync(path)
  }

  removeDirectory(path: string): Promise<boolean> {
    return this.#changing('removeDirectory', path, () => this.#disk.removeDirectory(path))
  }

  capacity(path: string) {
    return this.#reading(path, () => this.#disk.capacity(path))
  }

  stat(path: string) {
    return this.#reading(path, () => this.#disk.stat(path))
  }

  list(path: string) {
    return this.#reading(path, () => this.#disk.list(path))
  }

  async #changing<T>(
    call: string,
    path: string,
    work: () => Promise<T>,
    inPart: () => Promise<void> = async () => undefined,
  ): Promise<T> {
    this.calls.push(`${call} ${path}`)
    const code = this.#errorOf(call)
    if (code === null) return await work()
    if (this.met === null) {
      this.met = `${call} ${path}`
      await inPart()
    }
    throw systemError(code, path)
  }

  /** Null where the call works. */
  #errorOf(call: string): string | null {
    if (this.#fault === null || this.calls.length < this.#fault.at) return null
    const isFirst = this.calls.length === this.#fault.at
    switch (this.#fault.kind) {
      case 'EIO once':
        return isFirst ? 'EIO' : null
      case 'ENOSPC once':
        return isFirst ? 'ENOSPC' : null
      case 'EIO for good':
        return 'EIO'
      case 'ENOSPC for good':
        return isFirst || !['remove', 'truncate'].includes(call) ? 'ENOSPC' : null
      case 'disk gone':
      case 'killed':
      case 'killed in a write':
        return 'ENOTCONN'
    }
  }

  async #writePart(file: DiskFile, parts: readonly Uint8Array[], position: number): Promise<void> {
    if (this.#fault === null || this.#fault.kind === 'killed' || this.#fault.kind === 'disk gone') return
    const bytes = Buffer.concat(parts)
    await file.write([bytes.subarray(0, Math.floor(bytes.length * this.#fault.written))], position)
  }

  async #reading<T>(path: string, work: () => Promise<T>): Promise<T> {
    const isOver = this.met !== null && (this.#fault?.kind === 'disk gone' || this.#fault?.kind.startsWith('killed'))
    if (isOver) throw systemError('ENOTCONN', path)
    return await work()
  }
}
