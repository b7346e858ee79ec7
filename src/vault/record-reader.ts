/** Reads many messages of an account, mostly in the order in which they lie in their files: each file is opened once. */
import { hash } from 'node:crypto'
import { Blocks } from '../core/blocks.ts'
import { AppError } from '../core/errors.ts'
import { type Allocate, decodeRecord } from '../formats/mbox.ts'
import { readClaim } from '../formats/mbox-prefix.ts'
import type { Disk, DiskFile } from './disk.ts'
import { systemPath } from './layout.ts'
import type { Place } from './mail-store.ts'

/** Octets read at once where messages are asked for one behind the other. */
const windowLength = 1 << 20
/** Files that are open at once. */
const maxFiles = 6

/** A file and the part of it that was read last. */
class OpenFile {
  readonly #file: DiskFile
  readonly #memory: Blocks
  readonly #window: Buffer
  #start = 0
  #filled = 0
  /** Where the message that was read last ended. */
  #next = -1
  #turn: Promise<unknown> = Promise.resolve()

  constructor(file: DiskFile, memory: Blocks) {
    this.#file = file
    this.#memory = memory
    this.#window = memory.take(windowLength)
  }

  /** Once. */
  async close(): Promise<void> {
    this.#memory.release(this.#window)
    await this.#file.close()
  }

  /** Calls follow each other; `use` gets octets that stay as they are until it returns. */
  read<T>(offset: number, length: number, use: (bytes: Buffer) => T): Promise<T> {
    const mine = this.#turn.then(async () => {
      if (length > windowLength) return await this.#readLarge(offset, length, use)
      return use(await this.#bytes(offset, length))
    })
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #readLarge<T>(offset: number, length: number, use: (bytes: Buffer) => T): Promise<T> {
    this.#next = offset + length
    const memory = this.#memory.take(length)
    try {
      return use(await this.#fill(memory, offset))
    } finally {
      this.#memory.release(memory)
    }
  }

  /** Fewer where the file ends before. */
  async #bytes(offset: number, length: number): Promise<Buffer> {
    const isNext = offset === this.#next
    this.#next = offset + length
    if (offset < this.#start || offset + length > this.#start + this.#filled) {
      this.#start = offset
      this.#filled = 0
      this.#filled = (await this.#fill(isNext ? this.#window : this.#window.subarray(0, length), offset)).length
    }
    return this.#window.subarray(offset - this.#start, Math.min(this.#filled, offset - this.#start + length))
  }

  async #fill(into: Buffer, position: number): Promise<Buffer> {
    let filled = 0
    while (filled < into.length) {
      const n = await this.#file.read(into.subarray(filled), position + filled)
      if (n === 0) break
      filled += n
    }
    return into.subarray(0, filled)
  }
}

interface Use {
  readonly opening: Promise<OpenFile>
  /** Messages that are being read from it. */
  users: number
}

/** From so many octets on, a checksum costs more than the question whether it is known. */
const worthAsking = 16 << 10

export class RecordReader implements AsyncDisposable {
  readonly #disk: Disk
  readonly #root: string
  readonly #isProven: (place: Place, sha256: string) => boolean
  /** As garbage it would call the collector for each file. */
  readonly #memory = new Blocks()
  /** By path; the one that was used last stands last. */
  readonly #files = new Map<string, Use>()

  /**
   * `root`: the account's folder. `isProven`: whether the message there was checked a moment ago; for who compares what becomes of
   * it in the end, and need not check it once more on its way.
   */
  constructor(disk: Disk, root: string, isProven: (place: Place, sha256: string) => boolean = () => false) {
    this.#disk = disk
    this.#root = root
    this.#isProven = isProven
  }

  /**
   * The original octets of a message that fits into memory, checked against its own header and `sha256` unless it is proven; in
   * what `allocate` gives for them.
   * @throws AppError `corrupt`, `disk-absent`
   */
  async read(place: Place, sha256: string, allocate: Allocate = Buffer.allocUnsafe): Promise<Buffer> {
    const { path, offset, length } = place
    const isProven = length >= worthAsking && this.#isProven(place, sha256)
    const use = await this.#use(path)
    try {
      const file = await use.opening
      return await file.read(offset, length, (record) => {
        const original = originalOf(record, sha256, allocate, isProven)
        if (original !== null) return original
        throw new AppError('corrupt', `The message at byte ${offset} of ${path} is not what was saved.`)
      })
    } catch (error) {
      if (this.#files.get(path) === use && (await isNeverOpen(use))) this.#files.delete(path)
      throw error
    } finally {
      use.users--
    }
  }

  async #use(path: string): Promise<Use> {
    const opening = () => this.#disk.open(systemPath(this.#root, path), 'read').then((file) => new OpenFile(file, this.#memory))
    const use = this.#files.get(path) ?? { opening: opening(), users: 0 }
    use.users++
    this.#files.delete(path)
    this.#files.set(path, use)
    if (this.#files.size > maxFiles) {
      const [oldest, { opening } = use] = [...this.#files].find(([, { users }]) => users === 0) ?? []
      if (oldest !== undefined) {
        this.#files.delete(oldest)
        await close(opening)
      }
    }
    return use
  }

  /** Nothing may be under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    for (const { opening } of files) await close(opening)
  }
}

async function close(opening: Promise<OpenFile>): Promise<void> {
  const opened = await opening.catch(() => null)
  await opened?.close()
}

async function isNeverOpen({ opening }: Use): Promise<boolean> {
  return await opening.then(
    () => false,
    () => true,
  )
}

/** Null where the record is not that of the message. @throws AppError `corrupt` where it is no record */
function originalOf(record: Buffer, sha256: string, allocate: Allocate, isProven: boolean): Buffer | null {
  const claim = readClaim(record)
  if (claim.sha256 !== sha256) return null
  let isOwn = false
  const decoded = decodeRecord(record, claim, (octets) => {
    isOwn = true
    return allocate(octets)
  })
  // A message whose lines end in other ways is a part of the record itself.
  const original = isOwn ? decoded : copyOf(decoded, allocate)
  if (original.length !== claim.size) return null
  return isProven || hash('sha256', original, 'hex') === sha256 ? original : null
}

export function copyOf(bytes: Buffer, allocate: Allocate): Buffer {
  const target = allocate(bytes.length).subarray(0, bytes.length)
  bytes.copy(target)
  return target
}
