/**
 * The one way in which this provider talks to servers, for contacts, calendars and files alike. It signs in, follows
 * redirects, bounds waiting and sends nothing but reading methods; `writing-http.ts` has the others, for restores alone.
 *
 * - `read(request, consume, signal)`: one request with retries; `consume` gets the answer and may be called again after a
 *   broken connection. The usual way. `stream` is the same for long lists.
 * - `send(request, signal)`: one try, for bodies that are passed on as a stream. The answer must be read, or `discard`ed.
 * - Both throw AppErrors for what says nothing about the request: `network`, `rate-limit` (with `retryAfter`), `auth` (401),
 *   `suspicious` (certificates, redirects to strangers). Every other status comes back: see `refusal` of `answer.ts`.
 */
import { readFileSync } from 'node:fs'
import type { Agent, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { getCACertificates } from 'node:tls'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { defaultRetry, type RetryOptions, retry } from '../../core/retry.ts'
import { Channel } from '../shared/channel.ts'
import { Answer, type DavAnswer } from './answer.ts'
import { type Authenticator, authenticatorFor, basic, bearer, isStale, parseChallenges } from './authentication.ts'
import { fromConnection, noAnswer, outage } from './errors.ts'
import { asEncrypted } from './hrefs.ts'
import { type DavSettings, isLoopback } from './settings.ts'
import { Trust } from './trust.ts'

// An import would load all that `node:http` can name, a client for `fetch` among it: a tenth of the time that a start takes.
const { Agent: HttpAgent, request: requestHttp } = process.getBuiltinModule('node:http')

/** All that is ever sent: nothing here changes anything on a server. */
export type ReadingMethod = 'OPTIONS' | 'GET' | 'HEAD' | 'PROPFIND' | 'REPORT'

export interface DavRequest {
  readonly method: ReadingMethod
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** XML. */
  readonly body?: string
  /** Without credentials, and a redirect is answered instead of followed. */
  readonly anonymous?: boolean
}

/** Any request: for `WritingDavClient`, which no backup opens. */
export interface AnyRequest {
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** A function gives the octets anew for each try; its length must stand in the headers. */
  readonly body?: string | Uint8Array | (() => AsyncIterable<Uint8Array>)
  readonly anonymous?: boolean
}

export interface DavClientOptions {
  readonly retry?: RetryOptions
  /** Instead of the system's name resolution. */
  readonly lookup?: LookupFunction
}

const redirectLimit = 5
/** Tries to sign in to one server within one request: the first challenge, a stale nonce, and one more. */
const signInLimit = 3
/** Octets of values that wait for the reader of a stream. */
const streamedAtOnce = 2 << 20

export class DavClient {
  readonly #settings: DavSettings
  readonly #context: Context
  readonly #retry: RetryOptions
  readonly #http: Agent
  readonly #https: HttpsAgent
  readonly trust: Trust
  /** By origin. */
  readonly #authenticators = new Map<string, Authenticator>()
  #secret: Promise<string> | null = null

  /** @throws AppError `usage` when the file of certificates cannot be read */
  constructor(settings: DavSettings, context: Context, options: DavClientOptions = {}) {
    this.#settings = settings
    this.#context = context
    this.#retry = options.retry ?? defaultRetry
    const configured = [settings.carddav, settings.caldav, settings.webdav].flatMap((url) => (url ? [new URL(url)] : []))
    this.trust = new Trust(configured, settings.insecure)
    const shared = {
      keepAlive: true,
      maxSockets: settings.connections,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    }
    this.#http = new HttpAgent(shared)
    this.#https = new HttpsAgent({ ...shared, ...(settings.ca === undefined ? {} : { ca: trusted(settings.ca) }) })
  }

  read<T>(request: DavRequest, consume: (answer: DavAnswer) => Promise<T>, signal: AbortSignal): Promise<T> {
    const attempt = async () => {
      const answer = await this.send(request, signal)
      try {
        return await consume(answer)
      } finally {
        answer.discard()
      }
    }
    return retry(attempt, this.#context.clock, signal, this.#retry)
  }

  /**
   * As `read`, for an answer that is handed on while it comes in. After a broken connection values may come twice.
   * `octets`: about how much memory a value takes.
   */
  async *stream<T>(
    request: DavRequest,
    parse: (answer: DavAnswer) => AsyncIterable<T>,
    octets: (value: T) => number,
    signal: AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    const values = new Channel<{ readonly value: T }>(streamedAtOnce)
    const abandoned = new AbortController()
    const consume = async (answer: DavAnswer) => {
      for await (const value of parse(answer)) await values.push({ value }, octets(value))
    }
    const reading = this.read(request, consume, AbortSignal.any([signal, abandoned.signal])).then(
      () => values.end(),
      (error: unknown) => values.end(error),
    )
    try {
      for (let next = await values.next(); next !== null; next = await values.next()) yield next.value
    } finally {
      abandoned.abort()
      values.close()
      await reading
    }
  }

  /** One try. */
  async send(request: DavRequest, signal: AbortSignal): Promise<DavAnswer> {
    return await this.sendAny(request, signal)
  }

  /** The same for any method. */
  protected async sendAny(request: AnyRequest, signal: AbortSignal): Promise<DavAnswer> {
    let { url } = request
    for (let hop = 0; hop <= redirectLimit; hop++) {
      const answer = request.anonymous
        ? await this.#exchange(url, request, null, signal)
        : await this.#signedIn(url, request, signal)
      const location = answer.header('location')
      if (request.anonymous || answer.status < 300 || answer.status > 399 || location === null) return this.#checked(answer)
      answer.discard()
      url = this.#follow(url, location)
    }
    throw new AppError('network', `${url.host} sends Lifeboat from one address to the next without end.`)
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #checked(answer: DavAnswer): DavAnswer {
    const failure = outage(answer.status, answer.header('retry-after'), answer.url.host, this.#context.clock)
    if (failure === null) return answer
    answer.discard()
    throw failure
  }

  #follow(from: URL, location: string): URL {
    const named = URL.parse(location, from.href)
    const target = named === null ? null : asEncrypted(named, from)
    if (target !== null && this.trust.extend(target, from)) return target
    throw new AppError(
      'suspicious',
      `${from.host} sends Lifeboat on to ${target?.host || 'an address that is none'}, which is not known to belong to it. Your password was not sent there.`,
    )
  }

  async #signedIn(url: URL, request: AnyRequest, signal: AbortSignal): Promise<DavAnswer> {
    if (!this.trust.has(url)) {
      throw new AppError('suspicious', `${url.host} is not known to belong to this account. Your password was not sent there.`)
    }
    for (let n = 1; ; n++) {
      const used = await this.#authenticator(url)
      const answer = await this.#exchange(url, request, used, signal)
      if (answer.status !== 401) {
        if (used !== null || !isOwnAnswer(answer, request)) return answer
        // The server did not ask who we are: what it shows to anybody may be less than what it shows to the owner.
        answer.discard()
        this.#authenticators.set(url.origin, basic(this.#settings.user, await this.#password()))
        continue
      }
      const challenges = parseChallenges(answer.header('www-authenticate')?.split('\n') ?? [])
      answer.discard()
      const isRefused = used !== null && !(used.scheme === 'digest' && isStale(challenges)) && !this.#isOutdated(url, used)
      const next = authenticatorFor(challenges, this.#settings.user, await this.#password())
      const isWeaker = used?.scheme === next?.scheme
      if (n >= signInLimit || used?.scheme === 'bearer' || (isRefused && isWeaker)) throw this.#refused(url)
      if (next === null) {
        throw new AppError('unsupported', `${url.host} wants a kind of sign-in that Lifeboat does not know.`)
      }
      if (used === null || !this.#isOutdated(url, used)) this.#authenticators.set(url.origin, next)
    }
  }

  /** Another request has learnt a newer nonce meanwhile. */
  #isOutdated(url: URL, used: Authenticator): boolean {
    return this.#authenticators.get(url.origin) !== used
  }

  async #authenticator(url: URL): Promise<Authenticator | null> {
    const known = this.#authenticators.get(url.origin)
    if (known !== undefined || this.#settings.auth === 'password') return known ?? null
    const token = await this.#password()
    // RFC 6750 section 2.1. Anything else could not even be sent.
    if (!/^[\x21-\x7e]+$/.test(token)) throw this.#refused(url)
    const created = bearer(token)
    this.#authenticators.set(url.origin, created)
    return created
  }

  #refused(url: URL): AppError {
    return this.#settings.auth === 'bearer'
      ? new AppError('auth', `${url.host} does not accept the access token. It may have expired: sign in again.`)
      : new AppError('auth', `${url.host} does not accept the user name or the password.`)
  }

  #password(): Promise<string> {
    this.#secret ??= this.#context.secret(this.#settings.auth === 'bearer' ? 'access-token' : 'password').then((secret) => {
      if (secret === null) throw new AppError('auth', 'No password is stored for this account.')
      return secret
    })
    return this.#secret
  }

  async #exchange(url: URL, request: AnyRequest, auth: Authenticator | null, signal: AbortSignal): Promise<DavAnswer> {
    const target = url.pathname + url.search
    const compress = request.method === 'PROPFIND' || request.method === 'REPORT'
    const headers: Record<string, string> = {
      'User-Agent': 'Lifeboat',
      Accept: '*/*',
      // Compression on a connection within one computer only costs.
      'Accept-Encoding': compress && !isLoopback(url.hostname) ? 'gzip' : 'identity',
      ...(typeof request.body !== 'string'
        ? {}
        : { 'Content-Type': 'application/xml; charset=utf-8', 'Content-Length': String(Buffer.byteLength(request.body)) }),
      ...request.headers,
      ...(auth === null ? {} : { Authorization: auth.header(request.method, target) }),
    }
    const milliseconds = this.#settings.timeout * 1_000
    const message = await this.#open(url, request, headers, milliseconds, signal)
    return new Answer(message, url, milliseconds, signal)
  }

  /** Resolves with the head of the answer. A connection that the server had closed while it was idle is replaced at once. */
  #open(
    url: URL,
    request: AnyRequest,
    headers: Readonly<Record<string, string>>,
    milliseconds: number,
    signal: AbortSignal,
    isSecondTry = false,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const { method } = request
      const outgoing =
        url.protocol === 'https:'
          ? requestHttps(url, { method, headers, agent: this.#https })
          : requestHttp(url, { method, headers, agent: this.#http })
      // Not by the request's own `signal` option: after the end of an answer that throws where nobody can catch it.
      const stop = () => outgoing.destroy()
      let timer: NodeJS.Timeout | undefined
      const settle = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      }
      signal.addEventListener('abort', stop, { once: true })
      // Waiting for a free connection before that is not the server's silence.
      outgoing.once('socket', () => {
        timer = setTimeout(() => outgoing.destroy(noAnswer(url.host)), milliseconds)
      })
      outgoing.once('response', (message) => {
        settle()
        resolve(message)
      })
      outgoing.on('error', (error) => {
        settle()
        if (signal.aborted) return reject(signal.reason)
        const wasIdle = outgoing.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        if (!wasIdle || isSecondTry) return reject(fromConnection(error, url.host))
        this.#open(url, request, headers, milliseconds, signal, true).then(resolve, reject)
      })
      const { body } = request
      if (typeof body !== 'function') outgoing.end(body)
      // A failure of the body ends the request with it; while octets go out, the server is not silent.
      else
        pipeline(
          Readable.from(
            noted(body(), () => timer?.refresh()),
            { objectMode: false },
          ),
          outgoing,
          () => undefined,
        )
    })
  }
}

async function* noted(chunks: AsyncIterable<Uint8Array>, note: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    note()
    yield chunk
  }
}

/** Statuses that say something about what the request names, not about the way there. */
function isOwnAnswer(answer: DavAnswer, request: AnyRequest): boolean {
  return (
    request.method !== 'OPTIONS' &&
    (answer.status < 300 || (answer.status >= 400 && answer.status < 500 && answer.status !== 429))
  )
}

function trusted(file: string): string[] {
  try {
    return [...getCACertificates('default'), readFileSync(file, 'utf8')]
  } catch (cause) {
    throw new AppError('usage', `The file of certificates ${file} cannot be read.`, { cause })
  }
}
