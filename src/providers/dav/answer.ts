/** What a server answered: its status and header, and the body as a stream that knows when the server has fallen silent. */
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fromConnection, noAnswer, Refusal, tooLarge } from './errors.ts'

export interface DavAnswer {
  readonly status: number
  /** Where the answer came from after redirects: hrefs in it are relative to this. */
  readonly url: URL
  header(name: string): string | null
  /** The octets, decompressed; read once. Throws AppErrors, `network` for a body that ends too early. */
  readonly body: AsyncIterable<Uint8Array>
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
    return this.#read()
  }

  async bytes(limit: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of this.#read()) {
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

  async *#read(): AsyncGenerator<Uint8Array> {
    const message = this.#message
    const isZipped = /^(x-)?gzip$/i.test(this.header('content-encoding') ?? '')
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
      const octets: AsyncIterable<Buffer> = isZipped ? unzip(message) : message
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

function unzip(message: IncomingMessage): AsyncIterable<Buffer> {
  const unzipped = createGunzip()
  // The outcome is the iteration's.
  pipeline(message, unzipped, () => undefined)
  return unzipped
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
