/** One signed-in account: every call to Google goes through `call`, which keeps the pace and repeats what failed on the way. */
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import type { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { gaxios, OAuth2Client } from 'google-auth-library'
import { AppError, hasCode } from '../../core/errors.ts'
import { type RetryOptions, retry } from '../../core/retry.ts'
import type { Account, Context, Service } from '../../core/types.ts'
import { fromGoogle, Throttled } from './errors.ts'
import { type Circumstances, type Grant, grantText, parseGrant } from './grant.ts'
import { Budgets, type Method } from './quota.ts'
import { type GoogleSettings, parseSettings, placesOf, shortScopes, writingScopes } from './settings.ts'

/** Rides out a fault of about two minutes. */
const usualRetry: RetryOptions = { tries: 8, delay: 1_000, maxDelay: 64_000 }
/** Without a `Retry-After`, a minute's quota is fresh after this. */
const throttledFor = 10_000
const timeout = 120_000
const socketsAtMost = 16
const week = 7 * 86_400_000

/** What each call hands on to Google's client. */
export interface CallOptions {
  readonly signal: AbortSignal
  readonly retry: false
  readonly timeout: number
}

/** For the constructors of Google's clients. */
export interface ClientOptions {
  readonly auth: OAuth2Client
  readonly rootUrl?: string
}

const sessions = new WeakMap<Context, Map<string, Promise<Session>>>()

/** The sources of one account and run share their sign-in, their connections and their pace. Each closes it once. */
export async function sessionOf(account: Account, context: Context): Promise<Session> {
  const known = sessions.get(context) ?? new Map<string, Promise<Session>>()
  sessions.set(context, known)
  const opening = known.get(account.id) ?? Session.open(account, context)
  known.set(account.id, opening)
  opening.catch(() => known.delete(account.id))
  const session = await opening
  session.share()
  return session
}

export class Session {
  readonly settings: GoogleSettings
  readonly context: Context
  readonly grant: Grant
  readonly #id: string
  readonly #auth: OAuth2Client
  readonly #agent: Agent
  readonly #plain: gaxios.Gaxios
  readonly #budgets: Budgets
  readonly #retry: RetryOptions
  #isNoted = false
  #users = 0

  private constructor(id: string, settings: GoogleSettings, context: Context, grant: Grant, options: RetryOptions) {
    this.#id = id
    this.settings = settings
    this.context = context
    this.grant = grant
    this.#agent = googleAgent(settings)
    this.#plain = new gaxios.Gaxios({ agent: this.#agent })
    this.#auth = authClient(settings, grant.client_secret, this.#agent)
    this.#auth.setCredentials({ refresh_token: grant.refresh_token ?? null })
    this.#budgets = new Budgets(settings.quota, context.clock)
    this.#retry = options
  }

  /** @throws AppError `auth` where nobody has signed in */
  static async open(account: Account, context: Context, options: RetryOptions = usualRetry): Promise<Session> {
    const settings = parseSettings(account.settings)
    const grant = parseGrant(await context.secret('google'), account.id)
    if (grant.refresh_token === undefined) {
      throw new AppError('auth', 'Nobody has signed in to this account yet.', {
        advice: `Sign in: lifeboat account signin ${account.id}`,
      })
    }
    return new Session(account.id, settings, context, grant, options)
  }

  #circumstances(): Circumstances {
    return { account: this.#id, grant: this.grant, now: this.context.clock.now() }
  }

  get clientOptions(): ClientOptions {
    const { root } = placesOf(this.settings)
    return { auth: this.#auth, ...(root === undefined ? {} : { rootUrl: root }) }
  }

  /**
   * Calls Google at a pace that its quota allows, again after faults that pass. `attempt` makes one request with the options
   * it is given.
   */
  async call<T extends object>(
    method: Method,
    signal: AbortSignal,
    attempt: (options: CallOptions) => Promise<{ readonly data: T | string }>,
    tries = this.#retry.tries,
  ): Promise<T> {
    const { budget, units } = this.#budgets.of(method)
    let isFresh = false
    const once = async (): Promise<T> => {
      await budget.take(units, signal)
      try {
        const { data } = await attempt({ signal, retry: false, timeout })
        void this.#noteUse()
        if (typeof data === 'object') return data
        throw new AppError('network', 'Something between this computer and Google answers in its place.', {
          advice: 'In a guest network, open the browser and sign in to the network first.',
        })
      } catch (error) {
        signal.throwIfAborted()
        const known = fromGoogle(error, this.#circumstances())
        if (known instanceof Throttled) {
          if (known.perMinute !== null) budget.limit(known.perMinute)
          budget.pause(known.retryAfter ?? throttledFor)
        }
        // An access token that ended before its time: the grant may be well.
        if (known.code === 'auth' && !isFresh && (error as { readonly status?: unknown }).status === 401) {
          isFresh = true
          await this.#refresh()
          return await once()
        }
        throw known
      }
    }
    return await retry(once, this.context.clock, signal, { ...this.#retry, tries })
  }

  /** A page of Google's by its address, as a stream; the sign-in goes along. */
  async open(method: Method, url: URL, signal: AbortSignal): Promise<Readable> {
    return await this.call<Readable>(method, signal, (options) =>
      this.#auth.request<Readable>({ ...options, timeout: 0, url, responseType: 'stream' }),
    )
  }

  /** A picture by its address, up to `limit` octets. Whoever knows the address may see it, so the sign-in stays here. */
  async picture(
    method: Method,
    url: URL,
    limit: number,
    signal: AbortSignal,
  ): Promise<{ readonly mime: string; readonly octets: Buffer }> {
    const { data, headers } = await this.call<{ readonly data: ArrayBuffer; readonly headers: Headers }>(
      method,
      signal,
      async (options) => ({
        data: await this.#plain.request<ArrayBuffer>({ ...options, url, responseType: 'arraybuffer', maxContentLength: limit }),
      }),
    )
    const mime = /^image\/[\w.+-]+/.exec(headers.get('content-type') ?? '')?.[0]
    if (mime === undefined || data.byteLength > limit) throw new AppError('unsupported', 'What Google sends is no picture.')
    return { mime, octets: Buffer.from(data) }
  }

  /** What an error means that came outside of `call`, e.g. while a stream was read. */
  explain(error: unknown): AppError {
    return fromGoogle(error, this.#circumstances())
  }

  /** Signs in now, to know whether it can be done. */
  async signIn(signal: AbortSignal): Promise<void> {
    await retry(() => this.#refresh(), this.context.clock, signal, this.#retry)
  }

  /** @throws AppError `permission` where the person was not asked for leave to write, or gave none */
  async requireWriting(service: Service, signal: AbortSignal): Promise<void> {
    await this.signIn(signal)
    const granted = shortScopes(this.#auth.credentials.scope ?? '')
    if (writingScopes[service].every((scope) => granted.includes(scope))) return
    throw new AppError('permission', 'A backup may only read this account; a restore has to be allowed to write.', {
      advice: `Allow it in the browser, then run the command again: lifeboat account signin ${this.#id} --for-restore`,
    })
  }

  /**
   * A call that must not be made twice. When nobody knows whether it was done, `arrived` looks; only if it was not, it is made
   * again.
   */
  async callOnce<T extends object>(
    method: Method,
    signal: AbortSignal,
    attempt: (options: CallOptions) => Promise<{ readonly data: T | string }>,
    arrived: () => Promise<T | null>,
  ): Promise<T> {
    const once = async () => {
      try {
        return await this.call(method, signal, attempt, 1)
      } catch (error) {
        if (!hasCode(error, 'network')) throw error
        const found = await arrived()
        if (found === null) throw error
        return found
      }
    }
    return await retry(once, this.context.clock, signal, this.#retry)
  }

  /** The sign-in's own way to ask, for what the clients cannot: uploads in parts. */
  async request<T>(options: gaxios.GaxiosOptions): Promise<gaxios.GaxiosResponse<T>> {
    return await this.#auth.request<T>(options)
  }

  async #refresh(): Promise<void> {
    try {
      await this.#auth.refreshAccessToken()
    } catch (error) {
      throw fromGoogle(error, this.#circumstances())
    }
  }

  /** So that it can be told later whether the grant died of not being used. Once in a while is enough. */
  async #noteUse(): Promise<void> {
    if (this.#isNoted) return
    this.#isNoted = true
    const now = this.context.clock.now()
    const { refresh_token: given } = this.#auth.credentials
    const isNew = typeof given === 'string' && given !== this.grant.refresh_token
    const last = Date.parse(this.grant.used ?? this.grant.made ?? '')
    if (!isNew && now.getTime() - last < week) return
    const grant = { ...this.grant, used: now.toISOString(), ...(isNew ? { refresh_token: given } : {}) }
    await this.context.saveSecret?.('google', grantText(grant)).catch((error: unknown) => {
      this.context.log.warn('the renewed sign-in could not be stored', {
        reason: error instanceof Error ? error.name : 'unknown',
      })
    })
  }

  /** One more that is going to close it. */
  share(): void {
    this.#users++
  }

  /** The connections end with the last one that uses them. */
  close(): void {
    if (--this.#users <= 0) this.#agent.destroy()
  }
}

/** @throws AppError `usage` where the practice account's certificate cannot be read */
export function googleAgent({ practice }: GoogleSettings): Agent {
  const usual = { keepAlive: true, maxSockets: socketsAtMost }
  if (practice === undefined) return new Agent(usual)
  try {
    return new Agent({ ...usual, ca: [...rootCertificates, readFileSync(practice.ca, 'utf8')] })
  } catch {
    throw new AppError('usage', `The certificate of the practice account cannot be read: ${practice.ca}`, {
      advice: 'Start the practice account again: npm run practice',
    })
  }
}

export function authClient(settings: GoogleSettings, clientSecret: string, agent: Agent): OAuth2Client {
  const { authorize, token, revoke } = placesOf(settings)
  return new OAuth2Client({
    clientId: settings.clientId,
    clientSecret,
    endpoints: { oauth2AuthBaseUrl: authorize, oauth2TokenUrl: token, oauth2RevokeUrl: revoke },
    transporterOptions: { agent, timeout: 60_000 },
  })
}
