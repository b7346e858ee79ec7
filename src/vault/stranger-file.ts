/** One file of a vault, read as a stranger would: by what stands in it alone. */
import { createHash, type Hash, hash } from 'node:crypto'
import { AppError, toAppError } from '../core/errors.ts'
import { decodeRecord } from '../formats/mbox.ts'
import { maxPrefixLength, readClaim } from '../formats/mbox-prefix.ts'
import { type Disk, type DiskFile, readFile, readStream } from './disk.ts'
import { isMboxName, mailFolder, systemPath } from './layout.ts'
import { readMessage, wholeMessage } from './mail-store.ts'

const separator = Buffer.from('\nFrom ')
/** The beginning of a separator may be the end of what was read before. */
const overlap = separator.length - 1
/** Octets read at once: what is hashed and decoded next is still near the processor. */
const readLength = 1 << 20

export interface FileFindings {
  readonly path: string
  readonly bytes: number
  /** Null where it could not be read to its end. */
  readonly sha256: string | null
  /** Where each message begins that is what its own header says, and its SHA-256. */
  readonly messages: readonly (readonly [start: number, sha256: string])[]
  readonly cards: number
  readonly events: number
  /** Sentences for a person. */
  readonly problems: readonly string[]
}

/** Memory to read one file after the other in. */
export class StrangerRoom {
  readonly window = Buffer.allocUnsafeSlow(wholeMessage + readLength)
  #original: Buffer = Buffer.alloc(0)

  original(octets: number): Buffer {
    if (this.#original.length < octets) this.#original = Buffer.allocUnsafeSlow(Math.max(octets, 1 << 20))
    return this.#original
  }
}

export interface FilePlace {
  /** The vault. */
  readonly directory: string
  /** Of the account, in the vault. */
  readonly folder: string
  /** In the vault. */
  readonly path: string
}

/** Never throws for the file's sake. */
export async function readFileAsStranger(
  disk: Disk,
  { directory, folder, path }: FilePlace,
  room: StrangerRoom,
  onBytes: (bytes: number) => void,
): Promise<FileFindings> {
  const found = { path, bytes: 0, messages: [] as [number, string][], problems: [] as string[] }
  const sum = createHash('sha256')
  const count = (chunk: Uint8Array) => {
    found.bytes += chunk.length
    onBytes(chunk.length)
  }
  let sha256: string | null = null
  let items = { cards: 0, events: 0 }
  try {
    if (isMailFile(folder, path)) await new MboxStranger(disk, directory, found, sum, room).read(count)
    else for await (const chunk of readStream(disk, systemPath(directory, path))) count(taken(sum, chunk))
    sha256 = sum.digest('hex')
    if (/\.(vcf|ics)$/i.test(path)) items = await countShared(disk, systemPath(directory, path))
  } catch (error) {
    found.problems.push(toAppError(error).message)
  }
  return { ...found, sha256, ...items }
}

export function isMailFile(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/${mailFolder}/`) && isMboxName(path.slice(path.lastIndexOf('/') + 1))
}

function taken<T extends Uint8Array>(sum: Hash, chunk: T): T {
  sum.update(chunk)
  return chunk
}

/** Whether contacts and events can be told apart; what they say is for the comparison with the record. */
async function countShared(disk: Disk, path: string): Promise<{ cards: number; events: number }> {
  const text = ((await readFile(disk, path)) ?? Buffer.alloc(0)).toString('latin1')
  const counts = { cards: 0, events: 0 }
  const open: string[] = []
  for (const [, mark, name = ''] of text.matchAll(/^(BEGIN|END):([A-Z0-9-]+)[ \t]*\r?$/gim)) {
    if (mark?.toUpperCase() === 'BEGIN') open.push(name.toUpperCase())
    // A single item may be broken as it came; the comparison with the record tells.
    else if (open.pop() !== name.toUpperCase()) return counts
    else if (/^VCARD$/i.test(name)) counts.cards++
    else if (/^V(EVENT|TODO|JOURNAL)$/i.test(name)) counts.events++
  }
  return counts
}

class MboxStranger {
  readonly #disk: Disk
  readonly #directory: string
  readonly #found: { readonly path: string; readonly messages: [number, string][]; readonly problems: string[] }
  readonly #sum: Hash
  readonly #room: StrangerRoom
  readonly #window: Buffer
  /** Position in the file of the window's first octet, and how much of the window is filled. */
  #position = 0
  #filled = 0
  /** Position of the record that is under way. */
  #start = 0

  constructor(
    disk: Disk,
    directory: string,
    found: { readonly path: string; readonly messages: [number, string][]; readonly problems: string[] },
    sum: Hash,
    room: StrangerRoom,
  ) {
    this.#disk = disk
    this.#directory = directory
    this.#found = found
    this.#sum = sum
    this.#room = room
    this.#window = room.window
  }

  async read(count: (chunk: Uint8Array) => void): Promise<void> {
    const file = await this.#disk.open(systemPath(this.#directory, this.#found.path), 'read')
    try {
      while (await this.#readOn(file, count));
    } finally {
      await file.close()
    }
    const end = this.#position + this.#filled
    if (end > this.#start) await this.#record(end)
  }

  /** False at the end of the file. */
  async #readOn(file: DiskFile, count: (chunk: Uint8Array) => void): Promise<boolean> {
    if (this.#window.length - this.#filled < readLength) this.#makeRoom()
    const from = Math.max(0, this.#start - this.#position, this.#filled - overlap)
    const into = this.#window.subarray(this.#filled, this.#filled + readLength)
    const n = await file.read(into, this.#position + this.#filled)
    count(taken(this.#sum, into.subarray(0, n)))
    this.#filled += n
    const window = this.#window.subarray(0, this.#filled)
    for (let at = window.indexOf(separator, from); at >= 0; at = window.indexOf(separator, at + 1))
      await this.#record(this.#position + at + 1)
    return n > 0
  }

  /** Forgets what lies before the record that is under way; of one too large for the window only its place is remembered. */
  #makeRoom(): void {
    const done = Math.max(0, this.#start - this.#position)
    const from = this.#window.length - (this.#filled - done) < readLength ? this.#filled - overlap : done
    this.#window.copyWithin(0, from, this.#filled)
    this.#position += from
    this.#filled -= from
  }

  /** The record that began at `#start` ends at `end`. */
  async #record(end: number): Promise<void> {
    const { path, messages, problems } = this.#found
    const start = this.#start
    this.#start = end
    try {
      messages.push([start, start >= this.#position ? this.#whole(start, end) : await this.#large(start, end)])
    } catch (error) {
      problems.push(`The message at byte ${start} of ${path} is damaged: ${toAppError(error).message}`)
    }
  }

  #whole(start: number, end: number): string {
    const record = this.#window.subarray(start - this.#position, end - this.#position)
    const claim = readClaim(record)
    const original = decodeRecord(record, claim, (octets) => this.#room.original(octets))
    const sha256 = hash('sha256', original, 'hex')
    if (sha256 !== claim.sha256 || original.length !== claim.size)
      throw new AppError('corrupt', 'it is not what its own header says.')
    return sha256
  }

  async #large(offset: number, end: number): Promise<string> {
    const { path } = this.#found
    const file = systemPath(this.#directory, path)
    const beginning: Buffer[] = []
    for await (const part of readStream(this.#disk, file, offset, Math.min(end, offset + maxPrefixLength))) beginning.push(part)
    const { sha256 } = readClaim(Buffer.concat(beginning))
    for await (const _ of readMessage(this.#disk, this.#directory, { path, offset, length: end - offset }, sha256));
    return sha256
  }
}
