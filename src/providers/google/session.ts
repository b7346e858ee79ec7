/** One signed-in account: every call to Google goes through `call`, which keeps the pace and repeats what failed on the way. */
import type { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { gaxios, JWT, type OAuth2Client } from 'google-auth-library'
import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import { type RetryOptions, retry } from '../../core/retry.ts'
import type { Budget } from '../shared/budget.ts'
import { Sessions } from '../shared/sessions.ts'
import { TimeLimit } from '../shared/time-limit.ts'
import { answeredInPlaceOf } from '../shared/web-errors.ts'
import { authClient, googleAgent, refresh, serviceClient } from './auth.ts'
import { fromGoogle, Throttled } from './errors.ts'
import { type Circumstances, type Grant, grantText, parseGrant, signInAdvice } from './grant.ts'
import { Budgets, type Method } from './quota.ts'
import {
  apiScopes,
  directoryScope,
  type GoogleSettings,
  parseSettings,
  placesOf,
  shortScopes,
  writingScopes,
} from './settings.ts'

/** Rides out a fault of about two minutes. */
const usualRetry: RetryOptions = { tries: 8, delay: 1_000, maxDelay: 64_000 }
/** Without a `Retry-After`, a minute's quota is fresh after this. */
const throttledFor = 10_000
/** For the answer to a call that sends next to nothing. */
const timeout = 120_000
/** Octets in a second that the slowest line sends. */
const slowest = 8_000
const week = 7 * 86_400_000
/** Of the access token, in a row, for one call. */
const mostRenewals = 4
/** Google's servers may not know a new token at once. */
const renewalDelay = 500

/** What each call hands on to Google's client. */
export interface CallOptions {
  readonly signal: AbortSignal
  readonly retry: false
  /** The time is limited by the signal. */
  readonly timeout: 0
}

/** For the constructors of Google's clients. */
export interface ClientOptions {
  readonly auth: OAuth2Client
  readonly rootUrl?: string
}

export interface SessionOptions {
  readonly retry?: RetryOptions
  /** For the list of an organisation's people alone. */
  readonly listsPeople?: boolean
}

const sessions = new Sessions((account, context) => Session.open(account, context))

export function sessionOf(account: Account, context: Context): Promise<Session> {
  return sessions.of(account, context)
}

export class Session {
  readonly settings: GoogleSettings
  readonly context: Context
  readonly grant: Grant
  readonly #id: string
  readonly #services: readonly Service[]
  #auth: OAuth2Client
  readonly #agent: Agent
  readonly #plain: gaxios.Gaxios
  readonly #budgets: Budgets
  readonly #retry: RetryOptions
  #isNoted = false
  #users = 0

  private constructor(
    { id, services }: Account,
    settings: GoogleSettings,
    context: Context,
    grant: Grant,
    { retry: retryOptions = usualRetry, listsPeople = false }: SessionOptions,
  ) {
    this.#id = id
    this.#services = services
    this.settings = settings
    this.context = context
    this.grant = grant
    this.#agent = googleAgent(settings)
    this.#plain = new gaxios.Gaxios({ agent: this.#agent })
    if (settings.serviceAccount === undefined) {
      this.#auth = authClient(settings, grant.client_secret ?? '', this.#agent)
      this.#auth.setCredentials({ refresh_token: grant.refresh_token ?? null })
    } else this.#auth = this.#actingFor(listsPeople ? [directoryScope] : apiScopes(services, false))
    this.#budgets = new Budgets(settings.quota, context.clock)
    this.#retry = retryOptions
  }

  /** @throws AppError `auth` where nobody has signed in */
  static async open(account: Account, context: Context, options: SessionOptions = {}): Promise<Session> {
    const settings = parseSettings(account.settings)
    const grant = parseGrant(await context.secret('google'), account.id)
    if (settings.serviceAccount !== undefined ? grant.private_key === undefined : grant.refresh_token === undefined) {
      throw new AppError('auth', 'Nobody has signed in to this account yet.', {
        advice: signInAdvice({ account: account.id, isService: settings.serviceAccount !== undefined }),
      })
    }
    return new Session(account, settings, context, grant, options)
  }

  #actingFor(scopes: readonly string[]): JWT {
    const { user = this.#id } = this.settings
    return serviceClient(this.settings, { key: this.grant.private_key ?? '', subject: user, scopes }, this.#agent)
  }

  #circumstances(): Circumstances {
    const { serviceAccount, clientId } = this.settings
    const scopes = this.#auth instanceof JWT ? [this.#auth.scopes ?? []].flat() : []
    return {
      ...{ account: this.#id, grant: this.grant, now: this.context.clock.now() },
      ...(serviceAccount === undefined ? {} : { service: { clientId, scopes } }),
    }
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
    attempt: Attempt<T>,
    { tries = this.#retry.tries, octets = 0 }: CallMore = {},
  ): Promise<T> {
    const { budget, units } = this.#budgets.of(method)
    let renewals = 0
    const once = async (): Promise<T> => {
      await budget.take(units, signal)
      const { access_token: used } = this.#auth.credentials
      try {
        const { data } = await withinTime(attempt, signal, timeLimit(octets))
        void this.#noteUse()
        if (typeof data === 'object') return data
        throw answeredInPlaceOf('Google')
      } catch (error) {
        signal.throwIfAborted()
        const known = fromGoogle(error, this.#circumstances())
        if (known instanceof Throttled) slowDown(budget, known)
        const isRefused = known.code === 'auth' && (error as { readonly status?: unknown }).status === 401
        if (!isRefused) throw known
        await this.#renew({ used, refusal: known, n: ++renewals }, signal)
        return await once()
      }
    }
    return await retry(once, this.context.clock, signal, { ...this.#retry, tries })
  }

  /** Another access token than the one that was `used`, which ended before its time: the grant may be well. `n`: 1 for the first. */
  async #renew({ used, refusal, n }: RefusedToken, signal: AbortSignal): Promise<void> {
    if (n > mostRenewals) {
      const advice = refusal.advice === undefined ? {} : { advice: refusal.advice }
      throw new AppError('auth', `Google does not accept the sign-in, although it was renewed ${mostRenewals} times.`, advice)
    }
    if (n > 1) await this.context.clock.sleep(renewalDelay * n, signal)
    // Another call may have renewed it meanwhile.
    if (!used || used === this.#auth.credentials.access_token) await this.#refresh()
  }

  /** A page of Google's by its address, as a stream; the sign-in goes along. */
  async open(method: Method, url: URL, signal: AbortSignal): Promise<Readable> {
    return await this.call<Readable>(method, signal, (options) =>
      this.#auth.request<Readable>({ ...options, url, responseType: 'stream' }),
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
    if (this.#auth instanceof JWT) {
      this.#auth = this.#actingFor(apiScopes(this.#services, true))
      return await this.signIn(signal)
    }
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
    attempt: Attempt<T>,
    arrived: () => Promise<T | null>,
    octets = 0,
  ): Promise<T> {
    const once = async () => {
      try {
        return await this.call(method, signal, attempt, { tries: 1, octets })
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
      await refresh(this.#auth)
    } catch (error) {
      throw fromGoogle(error, this.#circumstances())
    }
  }

  /** So that it can be told later whether the grant died of not being used. Once in a while is enough. */
  async #noteUse(): Promise<void> {
    if (this.#isNoted) return
    this.#isNoted = true
    if (this.settings.serviceAccount !== undefined) return
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

interface RefusedToken {
  readonly used: string | null | undefined
  readonly refusal: AppError
  readonly n: number
}

function slowDown(budget: Budget, { perMinute, retryAfter }: Throttled): void {
  if (perMinute !== null) budget.limit(perMinute)
  budget.pause(retryAfter ?? throttledFor)
}

interface CallMore {
  readonly tries?: number
  /** That are sent. */
  readonly octets?: number
}

/** Milliseconds for the answer to a call that sends so many octets. */
export function timeLimit(octets: number): number {
  return timeout + (octets / slowest) * 1_000
}

type Attempt<T> = (options: CallOptions) => Promise<{ readonly data: T | string }>

/** A stream's time is its reader's matter. */
async function withinTime<T>(attempt: Attempt<T>, signal: AbortSignal, ms: number): Promise<{ readonly data: T | string }> {
  const limit = new TimeLimit(signal, ms)
  let isStream = false
  try {
    const answer = await attempt({ signal: limit.signal, retry: false, timeout: 0 })
    isStream = answer.data instanceof Readable
    if (answer.data instanceof Readable) answer.data.once('close', () => limit.end())
    return answer
  } catch (error) {
    if (!signal.aborted && limit.signal.aborted) throw new AppError('network', 'Google takes too long to answer.')
    throw error
  } finally {
    if (isStream) limit.endTime()
    else limit.end()
  }
}
