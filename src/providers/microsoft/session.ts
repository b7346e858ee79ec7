/** One signed-in account: every call to Graph goes through `call`, which keeps the pace and repeats what failed on the way. */
import { Client, ResponseType } from '@microsoft/microsoft-graph-client'
import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { type RetryOptions, retry } from '../../core/retry.ts'
import { Sessions } from '../shared/sessions.ts'
import { answeredInPlaceOf, fromNetwork } from '../shared/web-errors.ts'
import { fromGraph, Throttled, TokenEnded } from './errors.ts'
import { type Grant, parseGrant } from './grant.ts'
import { type Api, Paces } from './limits.ts'
import { type Page, pagesFrom } from './pages.ts'
import { allows, type MicrosoftSettings, parseSettings, placesOf, scopesFor, writingScopes } from './settings.ts'
import { Tokens } from './tokens.ts'
import { answerOf, openTransport, type RequestOptions, type Transport } from './transport.ts'

/** Rides out a fault of about two minutes. */
const usualRetry: RetryOptions = { tries: 8, delay: 1_000, maxDelay: 64_000 }
/** Where Microsoft asks to slow down and does not say for how long. */
const throttledFor = 10_000
/** Of the access token, in one call: it may end again while others wait for their turn. */
const mostRenewals = 3
/** Of an answer that is no content. */
const errorTextLimit = 64 << 10
const version = 'v1.0'
/** Ids that stay when an item moves ("Get immutable identifiers for Outlook resources"); every call has to ask for them. */
const immutableIds = 'IdType="ImmutableId"'
/** Without it OneDrive leaves out every shortcut to what others share (rclone#8608, OneDrive/onedrive-api-docs#1781). */
const shortcuts = 'Include-Feature=AddToOneDrive'
const alwaysPreferred: Readonly<Partial<Record<Api, string>>> = { outlook: immutableIds, files: shortcuts }

/** How a call differs from the usual. */
export interface How {
  /** For the `Prefer` header (RFC 7240). */
  readonly prefer?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly tries?: number
}

export interface Sent extends How {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly body?: string | Uint8Array
  /** For how many requests it counts; one. */
  readonly weight?: number
  /** How many of them Microsoft answers at the same time; one. */
  readonly atOnce?: number
}

/** An answer whose content is still on its way; whoever has it reads it to its end or cancels it. */
export interface Opened {
  readonly status: number
  readonly headers: Headers
  /** Once. Throws `AppError`s. */
  readonly content: AsyncIterable<Uint8Array>
}

const sessions = new Sessions((account, context) => Session.open(account, context))

export function sessionOf(account: Account, context: Context): Promise<Session> {
  return sessions.of(account, context)
}

export class Session {
  readonly settings: MicrosoftSettings
  readonly context: Context
  readonly grant: Grant
  /** The person's place in Graph: `/me`, or `/users/<user principal name>` where the program signs in for itself. */
  readonly me: string
  /** Lifeboat's name of the account. */
  readonly account: string
  readonly #graph: Client
  readonly #origin: string
  readonly #transport: Transport
  readonly #tokens: Tokens
  readonly #paces: Paces
  readonly #retry: RetryOptions
  /** Microsoft's client would put an error of its own in place of what the network throws. */
  readonly #failures = new WeakMap<Response, unknown>()
  #scopes: readonly string[]
  #isStale = false
  #users = 0
  #atEnd: () => void = () => undefined

  private constructor(account: Account, settings: MicrosoftSettings, context: Context, grant: Grant, options: RetryOptions) {
    this.account = account.id
    this.settings = settings
    this.context = context
    this.grant = grant
    this.me = settings.appOnly ? `/users/${encodeURIComponent(settings.principal ?? settings.user ?? '')}` : '/me'
    this.#scopes = scopesFor(account.services, settings, false)
    this.#transport = openTransport(settings)
    this.#tokens = new Tokens(account.id, settings, grant, this.#transport, context)
    this.#origin = placesOf(settings).graph
    this.#paces = new Paces(context.clock)
    this.#retry = options
    this.#graph = Client.initWithMiddleware({
      baseUrl: this.#origin,
      defaultVersion: version,
      middleware: { execute: (request) => this.#send(request as GraphStep) },
    })
  }

  /** @throws AppError `auth` where nobody has signed in */
  static async open(account: Account, context: Context, options: RetryOptions = usualRetry): Promise<Session> {
    const settings = parseSettings(account.settings)
    const grant = parseGrant(await context.secret('microsoft'), account.id)
    return new Session(account, settings, context, grant, options)
  }

  /** The JSON of one answer. `path` from `me` on, or a whole address that Graph gave. */
  async get<T extends object>(api: Api, path: string, signal: AbortSignal, how: How = {}): Promise<T> {
    return await this.json<T>(api, path, signal, { ...how, method: 'GET' })
  }

  /** All pages of a list or a delta, also those without a value. @throws Endless */
  pages<T>(api: Api, path: string, signal: AbortSignal, how: How = {}): AsyncGenerator<Page<T>, void, undefined> {
    return pagesFrom<T>(path, (next) => this.get(api, next, signal, how))
  }

  /** The answer's JSON; `{}` where it has no content. Of a backup only GET, and POST to `$batch`. */
  async json<T extends object>(api: Api, path: string, signal: AbortSignal, sent: Sent): Promise<T> {
    return await this.call(api, signal, sent, async () => {
      const response = await this.#answer(api, path, sent, signal)
      if (response.status === 204 || response.headers.get('content-length') === '0') return {} as T
      const text = await response.text()
      return parseObject<T>(text)
    })
  }

  /** The answer as a stream. A redirect is an answer, too: its place stands in the header `location`. */
  async open(api: Api, path: string, signal: AbortSignal, how: How = {}): Promise<Opened> {
    const { slots } = this.#paces.of(api)
    return await retry(
      async () => {
        const release = await slots.take(signal)
        try {
          const response = await this.#attempt(api, signal, () => this.#answer(api, path, { ...how, method: 'GET' }, signal))
          return opened(response, release)
        } catch (error) {
          release()
          throw error
        }
      },
      this.context.clock,
      signal,
      this.#retryOf(how),
    )
  }

  /** What lies at an address that needs no sign-in, as Graph gives them for contents; no token goes along. */
  async openElsewhere(url: URL, signal: AbortSignal, sent: Partial<Sent> = {}): Promise<Opened> {
    if (url.protocol !== 'https:') throw new AppError('suspicious', 'Microsoft names a place without encryption.')
    const attempt = async () => {
      const options = { method: sent.method ?? 'GET', headers: { ...sent.headers }, redirect: 'follow' as const, signal }
      const body = sent.body === undefined ? {} : { body: sent.body }
      try {
        const response = await this.#transport.fetch(url.href, { ...options, ...body })
        if (response.ok) return opened(response, () => undefined)
        throw await this.#refusal(response)
      } catch (error) {
        signal.throwIfAborted()
        // It has nothing to do with the sign-in.
        if (error instanceof TokenEnded) throw new AppError('permission', 'Microsoft lets nobody in at the place that it named.')
        throw fromNetwork(error, 'Microsoft')
      }
    }
    return await retry(attempt, this.context.clock, signal, this.#retryOf(sent))
  }

  /**
   * Calls Graph at a pace that its limits allow, again after faults that pass. `attempt` makes one request and reads its answer.
   */
  async call<T>(
    api: Api,
    signal: AbortSignal,
    how: How & Pick<Sent, 'weight' | 'atOnce'>,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { slots } = this.#paces.of(api)
    const once = async () => {
      const release = await slots.take(signal, how.atOnce)
      try {
        return await this.#attempt(api, signal, attempt, how.weight)
      } finally {
        release()
      }
    }
    return await retry(once, this.context.clock, signal, this.#retryOf(how))
  }

  /** Again after faults that pass, where an answer is read to its end outside of `call`. */
  async patiently<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    return await retry(attempt, this.context.clock, signal, this.#retryOf({ tries: 3 }))
  }

  #retryOf({ tries }: How): RetryOptions {
    return { ...this.#retry, tries: Math.min(tries ?? this.#retry.tries, this.#retry.tries) }
  }

  async #attempt<T>(api: Api, signal: AbortSignal, attempt: () => Promise<T>, weight = 1): Promise<T> {
    const { budget } = this.#paces.of(api)
    for (let renewals = 0; ; renewals++) {
      await budget.take(weight, signal)
      try {
        const answer = await attempt()
        void this.#tokens.noteUse()
        return answer
      } catch (error) {
        signal.throwIfAborted()
        const known = this.explain(error)
        if (known instanceof Throttled) this.slowDown(api, known)
        if (!(known instanceof TokenEnded) || renewals === mostRenewals) throw known
        this.#isStale = true
      }
    }
  }

  /** Nothing more is asked of this API for as long as Microsoft asks. */
  slowDown(api: Api, { retryAfter = throttledFor }: Throttled): void {
    this.#paces.of(api).budget.pause(retryAfter)
  }

  preferOf(api: Api, { prefer = [] }: How): string {
    const always = alwaysPreferred[api]
    return [...(always === undefined ? [] : [always]), ...prefer].join(', ')
  }

  /** An answer that is no failure. @throws AppError */
  async #answer(api: Api, path: string, sent: Sent, signal: AbortSignal): Promise<Response> {
    const prefer = this.preferOf(api, sent)
    const request = this.#graph
      .api(this.#pathOf(path))
      .headers({ ...sent.headers, ...(prefer === '' ? {} : { Prefer: prefer }) })
      .option('signal', signal)
      .responseType(ResponseType.RAW)
    const response = (await ask(request, sent)) as Response
    if (this.#failures.has(response)) throw this.#failures.get(response)
    if (response.ok || response.status === 302) return response
    throw await this.#refusal(response)
  }

  async #refusal(response: Response): Promise<AppError> {
    const { status, headers } = response
    return fromGraph({ status, headers, body: await bodyOf(response) }, this.account, this.context.clock.now())
  }

  /** @throws AppError `suspicious` where the address is none of Graph's */
  #pathOf(path: string): string {
    if (path.startsWith('/')) return path
    const url = URL.parse(path)
    if (url?.origin !== this.#origin || !url.pathname.startsWith(`/${version}/`)) {
      throw new AppError('suspicious', 'Microsoft names a place outside Microsoft Graph.')
    }
    return path.slice(this.#origin.length + version.length + 1)
  }

  /** The last step under Microsoft's client: the token, and the way to the network. */
  async #send(request: GraphStep): Promise<void> {
    const { options = {} } = request
    const isStale = this.#isStale
    this.#isStale = false
    try {
      const token = await this.#tokens.get(this.#scopes, isStale, options.signal ?? new AbortController().signal)
      const headers = { ...options.headers, authorization: `Bearer ${token.text}` }
      request.response = await this.#transport.fetch(String(request.request), { ...options, headers })
    } catch (error) {
      request.response = answerOf(599)
      this.#failures.set(request.response, error)
    }
  }

  /** What an error means that came outside of `call`, e.g. while a stream was read. */
  explain(error: unknown): AppError {
    return fromNetwork(error, 'Microsoft')
  }

  /** Signs in now, to know whether it can be done. */
  async signIn(signal: AbortSignal): Promise<void> {
    await retry(() => this.#tokens.get(this.#scopes, true, signal), this.context.clock, signal, this.#retry)
  }

  /** @throws AppError `permission` where the person was not asked for leave to write, or gave none */
  async requireWriting(service: Service, signal: AbortSignal): Promise<void> {
    const scopes = ['User.Read', ...writingScopes[service]]
    const granted = await this.#tokens.get(scopes, false, signal).then(
      (token) => token.scopes,
      (error: unknown) => {
        if (error instanceof AppError && (error.code === 'permission' || error.code === 'auth')) return []
        throw error
      },
    )
    if (this.settings.appOnly || writingScopes[service].every((scope) => allows(granted, scope))) {
      this.#scopes = [...new Set([...this.#scopes.filter((scope) => allows(granted, scope)), ...scopes])]
      return
    }
    throw this.noLeaveToWrite()
  }

  noLeaveToWrite(): AppError {
    return new AppError('permission', 'A backup may only read this account; a restore has to be allowed to write.', {
      advice: `Allow it in the browser, then run the command again: lifeboat account signin ${this.account} --for-restore`,
    })
  }

  /** An access token for another place than Graph. */
  async tokenFor(scopes: readonly string[], signal: AbortSignal): Promise<string> {
    const get = async () => await this.#tokens.get(scopes, false, signal)
    return (await retry(get, this.context.clock, signal, this.#retry)).text
  }

  /** One more that is going to close it. `atEnd`: the last one has. */
  share(atEnd: () => void): void {
    this.#users++
    this.#atEnd = atEnd
  }

  /** The connections end with the last one that uses them. */
  close(): void {
    if (--this.#users > 0) return
    this.#atEnd()
    this.#transport.close()
  }
}

/** As Microsoft's client hands it on; what is in the headers is what stands in this file. */
interface GraphStep {
  readonly request: unknown
  readonly options?: RequestOptions
  response?: Response
}

type GraphRequest = ReturnType<Client['api']>

function ask(request: GraphRequest, { method, body }: Sent): Promise<unknown> {
  switch (method) {
    case 'GET':
      return request.get()
    case 'DELETE':
      return request.delete()
    case 'POST':
      return request.post(body ?? '')
    case 'PUT':
      return request.put(body ?? '')
    case 'PATCH':
      return request.patch(body ?? '')
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    const text = await response.text()
    return text.length > errorTextLimit ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function parseObject<T extends object>(text: string): T {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Told below.
  }
  throw answeredInPlaceOf('Microsoft')
}

function opened(response: Response, release: () => void): Opened {
  return { status: response.status, headers: response.headers, content: contentOf(response, release) }
}

async function* contentOf(response: Response, release: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (response.body !== null) yield* response.body as unknown as AsyncIterable<Uint8Array>
  } catch (error) {
    throw fromNetwork(error, 'Microsoft')
  } finally {
    release()
  }
}
