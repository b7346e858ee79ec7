/** Writes and reads the mbox files of one account. What is written counts only once the journal has it. */
import { createHash, type Hash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { Blocks } from '../core/blocks.ts'
import { AppError, hasCode } from '../core/errors.ts'
import type { Content } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { readHeadingAndIdentity } from '../formats/mail-header.ts'
import { ContentInspector, decodeRecord, decodeStored, encodeRecord, storedForm } from '../formats/mbox.ts'
import { maxPrefixLength, type RecordHead, readClaim, recordPrefix, recordSuffix } from '../formats/mbox-prefix.ts'
import { type Disk, type DiskFile, readStream } from './disk.ts'
import type { Heading } from './journal-entries.ts'
import { maxMboxLength, mboxName, scratchFolder, systemPath } from './layout.ts'

export interface Stored {
  /** Relative to the account's folder. */
  readonly path: string
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly sha256: string
  readonly head: Heading
  /** `headerIdentity` of the message, if it has one. */
  readonly identity: string | null
}

/** Where a record lies; all that is needed to read it. */
export interface Place {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** Octets gathered before they are handed to the system. */
const flushAt = 2 << 20
/** Files that stay open from one write to the next. */
const mostOpen = 16
/** Messages up to this are held in memory as a whole. */
export const wholeMessage = 8 << 20

/** What the writer asks of the vault. */
export interface Surroundings {
  /** Called before anything is written. */
  onFirstWrite(): Promise<void>
  /** What the manifest says of a file of the account; undefined when nothing, '' when it is not up to date. */
  knownSum(path: string): string | undefined
}

interface Pending {
  readonly start: number
  readonly parts: Uint8Array[]
}

export class MailWriter {
  readonly #disk: Disk
  readonly #vault: string
  readonly #root: string
  /** Length of each file with everything that was put, written or not. */
  readonly #lengths: Map<string, number>
  readonly #surroundings: Surroundings
  readonly #usable = new Map<string, boolean>()
  /** Of the files that this run writes to: their manifest lines cost no second reading. */
  readonly #sums = new Map<string, Hash>()
  readonly #newDirectories = new Set<string>()
  readonly #blocks = new Blocks()
  #pending = new Map<string, Pending>()
  #pendingOctets = 0
  #touched = new Set<string>()
  /** Those written to since the last commit, the longest unused first. Only the chain of writes opens and closes them. */
  readonly #open = new Map<string, DiskFile>()
  #writes: Promise<void> = Promise.resolve()
  #backlog = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** `root`: the account's folder. `lengths`: committed lengths by path relative to it. */
  constructor(disk: Disk, vault: string, root: string, lengths: Map<string, number>, surroundings: Surroundings) {
    this.#disk = disk
    this.#vault = vault
    this.#root = root
    this.#lengths = lengths
    this.#surroundings = surroundings
  }

  /**
   * Puts follow each other: a place in a file is given away once. `note` is called before anything else may happen, so that
   * no commit covers the octets without the entry that speaks of them.
   */
  put(folder: string, head: RecordHead, content: Content, note: (stored: Stored) => void): Promise<Stored> {
    return this.#inTurn(async () => {
      const isWhole = content instanceof Uint8Array
      const stored = await (isWhole ? this.#putWhole(folder, head, content) : this.#putStream(folder, head, content))
      note(stored)
      if (this.#pendingOctets >= flushAt) await this.#flushWithBackpressure()
      return stored
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #putWhole(folder: string, head: RecordHead, message: Uint8Array): Promise<Stored> {
    const { record, sha256, size } = encodeRecord(head, message, (octets) => this.#blocks.room(octets))
    this.#blocks.keep(record.length)
    const path = await this.#pathFor(folder, head.date, record.length)
    const offset = this.#append(path, record)
    return { path, offset, length: record.length, size, sha256, ...readHeadingAndIdentity(message) }
  }

  /** Which file of the folder takes the next `length` octets. */
  async #pathFor(folder: string, date: Date, length: number): Promise<string> {
    if (length > maxMboxLength)
      throw new AppError('unsupported', 'The message is larger than 2 GB, more than a mail file can hold.')
    for (let part = 1; ; part++) {
      const path = `${folder}/${mboxName(date.getUTCFullYear(), part)}`
      if ((this.#lengths.get(path) ?? 0) + length <= maxMboxLength && (await this.#isUsable(path))) return path
    }
  }

  /** False for a file that is not as it was left: it is kept as it is, and the next part takes new messages. */
  async #isUsable(path: string): Promise<boolean> {
    const known = this.#usable.get(path)
    if (known !== undefined) return known
    const committed = this.#lengths.get(path)
    const actual = (await this.#disk.stat(systemPath(this.#root, path)))?.size
    const usable = committed === actual && (committed === undefined || (await this.#isUnchanged(path)))
    this.#usable.set(path, usable)
    if (usable && committed === undefined) await this.#begin(path)
    return usable
  }

  /**
   * Reads the file, which its new checksum needs anyway, before anything is added to it: afterwards nobody could tell any
   * more that it had been damaged.
   */
  async #isUnchanged(path: string): Promise<boolean> {
    const sum = createHash('sha256')
    try {
      for await (const chunk of readStream(this.#disk, systemPath(this.#root, path))) sum.update(chunk)
    } catch (error) {
      // A bad sector: what is in the way of reading it must not be in the way of new messages.
      if (hasCode(error, 'disk-failed')) return false
      throw error
    }
    const known = this.#surroundings.knownSum(path)
    if (known !== undefined && known !== '' && known !== sum.copy().digest('hex')) return false
    this.#sums.set(path, sum)
    return true
  }

  async #begin(path: string): Promise<void> {
    await this.#surroundings.onFirstWrite()
    this.#lengths.set(path, 0)
    this.#sums.set(path, createHash('sha256'))
    const directory = systemPath(this.#root, dirname(path))
    await this.#disk.makeDirectory(directory)
    for (let above = directory; above.length >= this.#vault.length; above = dirname(above)) this.#newDirectories.add(above)
  }

  #append(path: string, part: Uint8Array): number {
    const offset = this.#lengths.get(path) ?? 0
    let pending = this.#pending.get(path)
    if (pending === undefined) {
      pending = { start: offset, parts: [] }
      this.#pending.set(path, pending)
    }
    pending.parts.push(part)
    this.#lengths.set(path, offset + part.length)
    this.#pendingOctets += part.length
    this.#touched.add(path)
    return offset
  }

  /** Writing goes on while the next messages arrive, but not without bound. */
  async #flushWithBackpressure(): Promise<void> {
    const flushed = this.#flush()
    if (this.#backlog > 1) await flushed
  }

  #flush(): Promise<void> {
    const batch = this.#pending
    if (batch.size === 0) return this.#writes
    this.#pending = new Map()
    this.#pendingOctets = 0
    this.#backlog++
    const written = this.#writes.then(async () => {
      await this.#surroundings.onFirstWrite()
      for (const [path, { start, parts }] of batch) {
        await this.#write(path, start, parts)
        for (const part of parts) this.#blocks.release(part)
      }
      this.#backlog--
    })
    this.#writes = written
    // A failure is met again by whoever awaits the chain; without this it would count as unhandled before.
    written.catch(() => undefined)
    return written
  }

  async #write(path: string, start: number, parts: readonly Uint8Array[]): Promise<void> {
    const sum = this.#sums.get(path)
    if (sum !== undefined) for (const part of parts) sum.update(part)
    const file = this.#open.get(path) ?? (await this.#disk.open(systemPath(this.#root, path), 'write'))
    this.#open.delete(path)
    this.#open.set(path, file)
    await file.write(parts, start)
    if (this.#open.size > mostOpen) await this.#closeFirst()
  }

  async #closeFirst(): Promise<void> {
    for (const [path, file] of this.#open) {
      this.#open.delete(path)
      return await file.close()
    }
  }

  async #closeAll(): Promise<void> {
    while (this.#open.size > 0) await this.#closeFirst()
  }

  async #sync(path: string): Promise<void> {
    const file = await this.#disk.open(systemPath(this.#root, path), 'write')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** A message too large for memory is spooled on the disk first: its checksum stands before it in the file. */
  async #putStream(folder: string, head: RecordHead, content: AsyncIterable<Uint8Array>): Promise<Stored> {
    await this.#surroundings.onFirstWrite()
    const spool = join(this.#vault, scratchFolder, 'message')
    const inspector = new ContentInspector()
    const beginning = await this.#spool(spool, content, inspector)
    const facts = inspector.facts()
    const prefix = recordPrefix(head, facts)
    const path = await this.#pathFor(folder, head.date, prefix.length + Math.ceil(facts.size * 1.2))
    const offset = this.#append(path, prefix)
    let length = prefix.length
    for await (const chunk of storedForm(readStream(this.#disk, spool), facts.lineEnds)) {
      this.#append(path, chunk)
      length += chunk.length
      if (this.#pendingOctets >= flushAt) await this.#flush()
    }
    const suffix = recordSuffix(facts)
    this.#append(path, suffix)
    await this.#disk.remove(spool)
    return {
      path,
      offset,
      length: length + suffix.length,
      size: facts.size,
      sha256: facts.sha256,
      ...readHeadingAndIdentity(beginning),
    }
  }

  /** Answers the first octets, enough for the message's header. */
  async #spool(spool: string, content: AsyncIterable<Uint8Array>, inspector: ContentInspector): Promise<Buffer> {
    await this.#disk.makeDirectory(dirname(spool))
    const file = await this.#disk.open(spool, 'write')
    const beginning: Uint8Array[] = []
    let length = 0
    try {
      await file.truncate(0)
      for await (const chunk of content) {
        inspector.update(chunk)
        if (length < maxPrefixLength * 4) beginning.push(Buffer.from(chunk))
        await file.write([chunk], length)
        length += chunk.length
      }
    } finally {
      await file.close()
    }
    return Buffer.concat(beginning)
  }

  /**
   * Makes everything put so far durable and answers the lengths to commit. What is put meanwhile belongs to the next call.
   * `take` is called between two puts.
   */
  async settle<T>(take: () => T): Promise<{ readonly taken: T; readonly lengths: { readonly [path: string]: number } }> {
    const { taken, touched, directories, lengths, flushed } = await this.#inTurn(async () => {
      const touched = [...this.#touched]
      const directories = [...this.#newDirectories]
      this.#touched = new Set()
      this.#newDirectories.clear()
      const lengths = Object.fromEntries(touched.map((path) => [path, this.#lengths.get(path) ?? 0]))
      // In an object, so that the next put need not wait for the disk.
      return { taken: take(), touched, directories, lengths, flushed: { done: this.#flush() } }
    })
    this.#writes = flushed.done.then(() => this.#closeAll())
    this.#writes.catch(() => undefined)
    await this.#writes
    for (const path of touched) await this.#sync(path)
    for (const directory of directories) await this.#disk.syncDirectory(directory)
    return { taken, lengths }
  }

  /** Gives the handles back after a failure; nothing is written any more. Never throws. */
  async abandon(): Promise<void> {
    await this.#writes.catch(() => undefined)
    while (this.#open.size > 0) await this.#closeFirst().catch(() => undefined)
  }

  /** Checksums of the files that this run wrote to, as far as they are written. */
  sums(): Map<string, string> {
    return new Map([...this.#sums].map(([path, sum]) => [path, sum.copy().digest('hex')]))
  }

  /** Files that were found changed by somebody else. */
  unusable(): string[] {
    return [...this.#usable].filter(([, usable]) => !usable).map(([path]) => path)
  }

  /** A folder got another name. Nothing may be under way. */
  renamed(from: string, to: string): void {
    const below = (path: string) => path.startsWith(`${from}/`)
    for (const map of [this.#lengths, this.#usable, this.#sums] as Map<string, unknown>[]) {
      for (const [path, value] of [...map].filter(([path]) => below(path))) {
        map.delete(path)
        map.set(to + path.slice(from.length), value)
      }
    }
  }
}

/** What stands before a message of this key, date and meta. */
export function recordHead(key: string, date: Date, meta: JsonObject): RecordHead {
  const { flags, labels, thread } = meta
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [])
  return {
    id: key,
    date,
    flags: texts(flags),
    ...(labels === undefined ? {} : { labels: texts(labels) }),
    ...(typeof thread === 'string' ? { thread } : {}),
  }
}

/**
 * The original octets of a message, checked against its own header while they pass.
 * @throws AppError `corrupt` at the latest at the end
 */
export async function* readMessage(disk: Disk, root: string, place: Place, sha256: string): AsyncGenerator<Uint8Array> {
  const path = systemPath(root, place.path)
  const end = place.offset + place.length
  const isWhole = place.length <= wholeMessage
  // A small record is read once, the beginning of a large one by itself.
  const beginning = await collect(readStream(disk, path, place.offset, isWhole ? end : place.offset + maxPrefixLength))
  const claim = readClaim(beginning)
  const isOther = () => new AppError('corrupt', `The message at byte ${place.offset} of ${place.path} is not what was saved.`)
  if (claim.sha256 !== sha256) throw isOther()
  const sum = createHash('sha256')
  let size = 0
  const original = isWhole
    ? [decodeRecord(beginning, claim)]
    : decodeStored(readStream(disk, path, place.offset + claim.prefixLength, end), claim)
  for await (const chunk of original) {
    sum.update(chunk)
    size += chunk.length
    yield chunk
  }
  if (sum.digest('hex') !== sha256 || size !== claim.size) throw isOther()
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
