/** What a server answered: its status and header, and the body as a stream that knows when the server has fallen silent. */
import type { IncomingMessage } from 'node:http'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { AppError } from '../../core/errors.ts'
import { fromConnection, noAnswer, Refusal, tooLarge } from './errors.ts'

export interface DavAnswer {
  readonly status: number
  /** Where the answer came from after redirects: hrefs in it are relative to this. */
  readonly url: URL
  header(name: string): string | null
  /**
   * The octets, decompressed; read once. Throws AppErrors, `network` for a body that ends too early, `unsupported` for one that is
   * packed in an unknown way.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** The same as they were sent. */
  readonly packed: AsyncIterable<Uint8Array>
  /** The whole body. @throws AppError `suspicious` beyond `limit` octets */
  bytes(limit: number): Promise<Buffer>
  /** For a body that nobody wants. */
  discard(): void
}

const errorBodyLimit = 64 * 1024
/** A rest of this size is cheaper to read than a new connection. */
const drainLimit = 64 * 1024

export class Answer implements DavAnswer {
  readonly status: number
  readonly url: URL
  readonly #message: IncomingMessage
  readonly #milliseconds: number
  readonly #signal: AbortSignal

  constructor(message: IncomingMessage, url: URL, milliseconds: number, signal: AbortSignal) {
    this.#message = message
    this.#milliseconds = milliseconds
    this.#signal = signal
    this.status = message.statusCode ?? 0
    this.url = url
    // An error after the last read belongs to nobody.
    message.on('error', () => undefined)
  }

  header(name: string): string | null {
    if (name === 'www-authenticate') return this.#message.headersDistinct[name]?.join('\n') ?? null
    return this.#message.headersDistinct[name]?.[0] ?? null
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#read(true)
  }

  get packed(): AsyncIterable<Uint8Array> {
    return this.#read(false)
  }

  async bytes(limit: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of this.#read(true)) {
      size += part.length
      if (size > limit) throw tooLarge(this.url.host)
      parts.push(part)
    }
    return Buffer.concat(parts, size)
  }

  discard(): void {
    if (this.#message.destroyed || this.#message.readableEnded) return
    const length = Number(this.header('content-length') ?? Number.NaN)
    if (length <= drainLimit) this.#message.resume()
    else this.#message.destroy()
  }

  /** Whatever was asked for: some proxies pack what they were asked not to. */
  #packing(): Packing | null {
    const coding = codingOf(this)
    if (coding === null) return null
    const create = Object.hasOwn(codings, coding) ? codings[coding] : undefined
    if (create !== undefined) return { coding, create }
    this.discard()
    throw new AppError('unsupported', `${this.url.host} packs its answers in a way that Lifeboat does not know (${coding}).`)
  }

  async *#read(unpacks: boolean): AsyncGenerator<Uint8Array> {
    const message = this.#message
    const packing = unpacks ? this.#packing() : null
    let isWaiting = true
    let isSilent = false
    const stop = () => message.destroy()
    const timer = setTimeout(() => {
      // Only the server's silence counts, not the time that the reader takes.
      if (!isWaiting) return timer.refresh()
      isSilent = true
      return stop()
    }, this.#milliseconds)
    this.#signal.addEventListener('abort', stop, { once: true })
    try {
      this.#signal.throwIfAborted()
      const octets: AsyncIterable<Buffer> = packing === null ? message : unpacked(message, packing)
      for await (const part of octets) {
        isWaiting = false
        yield part
        this.#signal.throwIfAborted()
        isWaiting = true
        timer.refresh()
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      throw isSilent ? noAnswer(this.url.host) : fromConnection(error, this.url.host)
    } finally {
      clearTimeout(timer)
      this.#signal.removeEventListener('abort', stop)
    }
  }
}

interface Packing {
  readonly coding: string
  readonly create: () => Transform
}

/** RFC 9110 section 8.4.1, and what else is in use. */
const codings: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

/** What badly set up servers say of an answer that is not packed. */
const noCodings: ReadonlySet<string> = new Set(['', 'identity', 'none', 'binary', '7bit', '8bit', 'utf-8', 'utf8'])

/** In lower case; null where the answer is not packed. */
export function codingOf(answer: Pick<DavAnswer, 'header'>): string | null {
  const coding = (answer.header('content-encoding') ?? '').trim().toLowerCase()
  return noCodings.has(coding) ? null : coding
}

/** Apache says of every answer about a `.gz` file that it is packed, of a list in XML as well: what does not begin so is not. */
async function* unpacked(message: IncomingMessage, { coding, create }: Packing): AsyncGenerator<Buffer> {
  const parts: AsyncIterator<Buffer> = message[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    start = Buffer.concat([start, next.value])
    if (start.length >= gzipMagic.length) break
  }
  const whole = Readable.from(startingWith(start, parts), { objectMode: false })
  const isPacked = !coding.endsWith('gzip') || start.subarray(0, gzipMagic.length).equals(gzipMagic)
  // The outcome is the iteration's.
  yield* isPacked ? pipeline(whole, create(), () => undefined) : whole
}

/** RFC 1952 section 2.3.1. */
const gzipMagic = Buffer.from([0x1f, 0x8b])

async function* startingWith(start: Buffer, parts: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value
  } finally {
    await parts.return?.()
  }
}

/** The refusal that a status of 300 or more stands for, with the preconditions named in its body. */
export async function refusal(answer: DavAnswer): Promise<Refusal> {
  const body = await answer.bytes(errorBodyLimit).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  )
  const names = Array.from(body.matchAll(/<(?:[\w.-]+:)?([\w-]+)[^<>]*>/g), ([, name = '']) => name)
  return new Refusal(answer.status, answer.url.host, [...new Set(names)].slice(0, 20), wordsOf(body))
}

/** What the server says for a person: ownCloud's and Nextcloud's `s:message`, or plain text. */
function wordsOf(body: string): string {
  const message = /<(?:[\w.-]+:)?message>([^<]{1,1000})</.exec(body)?.[1] ?? (body.includes('<') ? '' : body)
  return message
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}
