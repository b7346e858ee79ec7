/** The content of one file: whole, unchanged since it was listed, and checked against what the server says of it. */
import type { Hash } from 'node:crypto'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import { type RetryOptions, retry } from '../../core/retry.ts'
import { codingOf, type DavAnswer, refusal } from './answer.ts'
import { isRefusal } from './errors.ts'
import { type Checksum, checksumOf, hashFor, strongestChecksum } from './files-checksums.ts'
import { addressSegments, opaqueTag, versionOf } from './files-item.ts'
import type { DavClient } from './http.ts'
import { addressOf } from './webdav-paths.ts'
import { type Drive, statFile } from './webdav-propfind.ts'

export interface DownloadContext {
  readonly client: DavClient
  readonly drive: Drive
  readonly context: Context
  readonly retry: RetryOptions
  readonly signal: AbortSignal
}

/** Content of at most this size is asked of the server again where it does not fit its checksum. */
export const smallFile = 4 << 20

/**
 * Reads a file once, from front to back, going on where a broken connection left off. Each octet is given out once.
 * Ends in an AppError unless the file is as it was listed.
 */
export class Download {
  readonly #source: DownloadContext
  readonly #item: Item
  readonly #segments: readonly string[]
  #offset = 0
  /** What the first answer said of the file: later ones must say the same. */
  #validators: Validators | null = null
  /** Octets in all, as the server states it. */
  #size: number | undefined
  #checksum: Checksum | null
  #hash: Hash | null = null
  #isStoredPacked = false

  constructor(source: DownloadContext, item: Item) {
    this.#source = source
    this.#item = item
    this.#segments = addressSegments(item)
    this.#size = item.size
    this.#checksum = checksumOf(item.identities ?? [])
  }

  async *octets(): AsyncGenerator<Uint8Array> {
    const { context, signal, retry: options } = this.#source
    let body: AsyncIterator<Uint8Array> | null = null
    const next = async (): Promise<Uint8Array | null> => {
      body ??= (await this.#open())[Symbol.asyncIterator]()
      try {
        const read = await body.next()
        if (read.done !== true) return read.value
        if (this.#size === undefined || this.#offset >= this.#size) return null
        throw new AppError('network', 'The server ends the file too early.')
      } catch (error) {
        body = null
        throw error
      }
    }
    try {
      for (;;) {
        // Every octet that arrives earns new tries.
        const octets = await retry(next, context.clock, signal, options)
        if (octets === null) break
        this.#hash?.update(octets)
        this.#offset += octets.length
        if (this.#size !== undefined && this.#offset > this.#size) break
        yield octets
      }
    } finally {
      await (body as AsyncIterator<Uint8Array> | null)?.return?.()
    }
    await this.#finish()
  }

  async #open(): Promise<AsyncIterable<Uint8Array>> {
    const { client, drive, signal } = this.#source
    const url = addressOf(drive.url, this.#segments, false)
    const range = this.#offset === 0 ? {} : { Range: `bytes=${this.#offset}-`, ...ifRange(this.#validators) }
    const answer = await client.send({ method: 'GET', url, headers: range }, signal)
    try {
      return this.#offset === 0 ? await this.#begin(answer) : await this.#resume(answer)
    } catch (error) {
      answer.discard()
      throw error
    }
  }

  async #begin(answer: DavAnswer): Promise<AsyncIterable<Uint8Array>> {
    await this.#expectContent(answer, 200)
    const validators = validatorsOf(answer)
    // Some servers have other ETags for contents than for descriptions: only a new description says that it changed.
    const isAsListed = validators.etag === null || opaqueTag(validators.etag) === this.#item.version
    if (!isAsListed) await this.#expectUnchanged()
    if (this.#validators !== null && !isSame(this.#validators, validators)) throw changed()
    this.#validators = validators
    this.#size ??= lengthOf(answer)
    this.#checksum = strongestChecksum(answer.header('oc-checksum') ?? '') ?? this.#checksum
    this.#hash = this.#checksum === null ? null : hashFor(this.#checksum)
    this.#isStoredPacked = isStoredPacked(answer, this.#item.size)
    return this.#contentOf(answer)
  }

  /** The rest of the file after what was given out already, provided that it is the rest of the same file. */
  async #resume(answer: DavAnswer): Promise<AsyncIterable<Uint8Array>> {
    if (answer.status === 416 || answer.status === 412) {
      await this.#expectUnchanged()
      throw this.#wrongSize()
    }
    await this.#expectContent(answer, 200, 206)
    if (this.#validators === null || !isSame(this.#validators, validatorsOf(answer))) {
      await this.#expectUnchanged()
      throw noRest()
    }
    if (answer.status === 200) return skip(this.#contentOf(answer), this.#offset)
    if (isPacked(answer) && !this.#isStoredPacked) throw noRest()
    const range = answer.header('content-range')?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/)
    if (Number(range?.[1]) !== this.#offset) {
      throw new AppError('suspicious', 'The server sends another part of the file than the one that it was asked for.')
    }
    if (range?.[2] !== '*' && this.#size !== undefined && Number(range?.[2]) !== this.#size) throw this.#wrongSize()
    return this.#contentOf(answer)
  }

  #contentOf(answer: DavAnswer): AsyncIterable<Uint8Array> {
    return this.#isStoredPacked ? answer.packed : answer.body
  }

  async #expectContent(answer: DavAnswer, ...statuses: readonly number[]): Promise<void> {
    if (statuses.includes(answer.status)) return
    const refused = await refusal(answer)
    if (!isRefusal(refused, 404, 410)) throw refused
    throw new AppError('not-found', 'The file was moved or removed before it could be saved.', { cause: refused })
  }

  async #finish(): Promise<void> {
    if (this.#size !== undefined && this.#offset !== this.#size) {
      await this.#expectUnchanged()
      throw this.#wrongSize()
    }
    // A long download leaves time for changes, of which a server that overwrites in place would send a mixture.
    if (this.#offset > smallFile) await this.#expectUnchanged()
    if (this.#checksum !== null && this.#hash !== null && this.#hash.digest('hex') !== this.#checksum.hex) {
      throw new ChecksumMismatch()
    }
  }

  async #expectUnchanged(): Promise<void> {
    const { client, drive, signal } = this.#source
    const now = await statFile(client, drive, this.#segments, signal)
    if (now === null || (versionOf(now) ?? this.#item.version) !== this.#item.version) throw changed()
  }

  #wrongSize(): AppError {
    return new WrongSize(this.#size, this.#offset)
  }
}

class WrongSize extends AppError {
  constructor(said: number | undefined, sent: number) {
    super('corrupt', `The server says that the file has ${said ?? 'no'} bytes but sends ${sent} or another number of them.`, {
      advice: 'Open the file at the provider. If it is in order there, run the backup again.',
    })
    this.name = 'WrongSize'
  }
}

class ChecksumMismatch extends AppError {
  constructor() {
    super('corrupt', 'What the server sends does not have the checksum that the server has on record for this file.', {
      advice: 'Open the file at the provider. If it is in order there, save it there once more and run the backup again.',
    })
    this.name = 'ChecksumMismatch'
  }
}

/** A file whose size is known and at most `smallFile`. What does not fit its size or checksum is asked for a second time. */
export async function downloadSmall(source: DownloadContext, item: Item): Promise<Uint8Array> {
  const whole = async () => {
    const content = Buffer.allocUnsafeSlow(item.size ?? 0)
    let filled = 0
    // Ends in an error unless it is of exactly this size.
    for await (const part of new Download(source, item).octets()) {
      content.set(part, filled)
      filled += part.length
    }
    return content
  }
  try {
    return await whole()
  } catch (error) {
    if (!(error instanceof ChecksumMismatch || error instanceof WrongSize)) throw error
    return await whole()
  }
}

/** What tells two states of a file apart (RFC 9110 section 8.8). */
interface Validators {
  readonly etag: string | null
  readonly modified: string | null
}

function validatorsOf(answer: DavAnswer): Validators {
  return { etag: answer.header('etag'), modified: answer.header('last-modified') }
}

/** False where there is nothing to tell by. */
function isSame(a: Validators, b: Validators): boolean {
  const sameTime = a.modified !== null && a.modified === b.modified
  if (a.etag === null || b.etag === null) return sameTime
  // Apache's ETag is weak for a second after a change: the tag itself and the time say enough.
  const areStrong = isStrong(a.etag) && isStrong(b.etag)
  return opaqueTag(a.etag) === opaqueTag(b.etag) && (areStrong || sameTime)
}

function isStrong(etag: string): boolean {
  return etag.startsWith('"')
}

/**
 * Lets the server itself notice a change. A weak ETag would be refused here (RFC 9110 section 13.1.5): then what the answer
 * says of itself has to do.
 */
function ifRange(validators: Validators | null): Readonly<Record<string, string>> {
  const etag = validators?.etag ?? ''
  return isStrong(etag) ? { 'If-Range': etag } : {}
}

function lengthOf(answer: DavAnswer): number | undefined {
  return isPacked(answer) ? undefined : sentLength(answer)
}

function sentLength(answer: DavAnswer): number | undefined {
  const length = answer.header('content-length')
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined
}

function isPacked(answer: DavAnswer): boolean {
  return codingOf(answer) !== null
}

/** Some servers say of a `.gz` file that its content is packed: then the file itself is, and its size tells. */
function isStoredPacked(answer: DavAnswer, size: number | undefined): boolean {
  return isPacked(answer) && size !== undefined && sentLength(answer) === size
}

async function* skip(body: AsyncIterable<Uint8Array>, octets: number): AsyncGenerator<Uint8Array> {
  let left = octets
  for await (const part of body) {
    if (part.length > left) yield part.subarray(left)
    left = Math.max(0, left - part.length)
  }
}

function noRest(): AppError {
  return new AppError('unsupported', 'The connection broke, and this server cannot send the rest of a file.')
}

function changed(): AppError {
  return new AppError('not-found', 'The file was changed while it was being saved.', {
    advice: 'Run the backup again: it takes the file as it is then.',
  })
}
