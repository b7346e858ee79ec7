/** The connections of one account, and MSAL's way to use them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import type * as Undici from 'undici'
import { AppError } from '../../core/errors.ts'
import { answeredInPlaceOf } from '../shared/web-errors.ts'
import type { MicrosoftSettings } from './settings.ts'
import { type Refusal, refusalOf } from './sign-in-refusal.ts'

// Of undici these parts alone: as a whole it brings the copy of itself that is in Node along, and 11 MB with that.
const part = createRequire(import.meta.url)
const Agent = part('undici/lib/dispatcher/agent.js') as typeof Undici.Agent
const { fetch } = part('undici/lib/web/fetch/index.js') as Pick<typeof Undici, 'fetch'>
const { Headers: OwnHeaders } = part('undici/lib/web/fetch/headers.js') as Pick<typeof Undici, 'Headers'>
const { Response: OwnResponse } = part('undici/lib/web/fetch/response.js') as Pick<typeof Undici, 'Response'>

const connectTimeout = 30_000
/** Between two pieces of an answer. */
const silence = 120_000
const socketsPerHost = 16
const signInAnswerLimit = 1 << 20

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
  readonly redirect?: 'manual' | 'follow'
}

export interface Transport {
  /** As the Fetch standard; a redirect is an answer like any other, unless `redirect` is `follow`. */
  fetch(url: string, options: RequestOptions): Promise<Response>
  close(): void
}

/** @throws AppError `usage` where the practice account's certificate cannot be read */
export function openTransport(settings: Pick<MicrosoftSettings, 'practice'>): Transport {
  const agent = new Agent({
    connections: socketsPerHost,
    headersTimeout: silence,
    bodyTimeout: silence,
    keepAliveTimeout: 30_000,
    connect: { timeout: connectTimeout, ...authorities(settings) },
  })
  return {
    fetch: async (url, options) => {
      const usual = { redirect: 'manual' as const, dispatcher: agent }
      return (await fetch(url, { ...usual, ...(options as object) })) as unknown as Response
    },
    close: () => void agent.destroy().catch(() => undefined),
  }
}

/** One for all connections: each with its own would hold every authority of the world again. */
function authorities({ practice }: Pick<MicrosoftSettings, 'practice'>): { readonly secureContext?: SecureContext } {
  if (practice === undefined) return {}
  try {
    return { secureContext: createSecureContext({ ca: [...rootCertificates, readFileSync(practice.ca, 'utf8')] }) }
  } catch {
    throw new AppError('usage', `The certificate of the practice account cannot be read: ${practice.ca}`, {
      advice: 'Start the practice account again: npm run practice',
    })
  }
}

/** Node's own `Headers` and `Response` would bring Node's own undici into memory. */
export function headersOf(values: Readonly<Record<string, string>>): Headers {
  return new OwnHeaders({ ...values }) as unknown as Headers
}

/** Without content. */
export function answerOf(status: number): Response {
  return new OwnResponse(null, { status }) as unknown as Response
}

/** What MSAL asks goes through here, so that a refusal is known in Microsoft's own words. */
export class SignInNetwork implements INetworkModule {
  /** Of the last answer. */
  refusal: Refusal | null = null
  /** Of the last request, where it had no answer, or none of Microsoft's. */
  failure: unknown = null
  readonly #transport: Transport
  readonly #signal: () => AbortSignal

  constructor(transport: Transport, signal: () => AbortSignal) {
    this.#transport = transport
    this.#signal = signal
  }

  async sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return await this.#send<T>('GET', url, options)
  }

  async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return await this.#send<T>('POST', url, options)
  }

  async #send<T>(method: 'GET' | 'POST', url: string, options: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> {
    this.refusal = null
    this.failure = null
    try {
      const body = method === 'POST' ? { body: options.body ?? '' } : {}
      const answer = await this.#transport.fetch(url, { method, headers: options.headers ?? {}, signal: this.#signal(), ...body })
      const text = await answer.text()
      if (text.length > signInAnswerLimit) throw new Error('too long')
      if (answer.status >= 500) throw new AppError('network', `Microsoft's sign-in is out of order (HTTP ${answer.status}).`)
      const json = parseJson(text)
      this.refusal = refusalOf(json)
      return { headers: Object.fromEntries(answer.headers), body: json as T, status: answer.status }
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw answeredInPlaceOf('Microsoft')
  }
}
