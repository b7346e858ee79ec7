/** An emulator of Google's sign-in and of the parts of its APIs that Lifeboat uses; README.md says what it follows. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { startHttps } from '../shared/https-server.ts'
import { ApiError, type ApiMethod, type ApiName, bodyOf, errorBody, invalidCredentials, type Reply } from './api.ts'
import { calendarMethods } from './calendar.ts'
import { CalendarStore } from './calendar-store.ts'
import { calendarWritingMethods } from './calendar-writing.ts'
import { directoryMethods } from './directory.ts'
import { driveMethods } from './drive.ts'
import { DriveStore } from './drive-store.ts'
import { driveWritingMethods } from './drive-writing.ts'
import { documentedErrors, type Fault, Faults } from './faults.ts'
import { selectFields } from './fields.ts'
import { gmailMethods } from './gmail.ts'
import { GmailMailbox } from './gmail-mailbox.ts'
import { gmailWritingMethods } from './gmail-writing.ts'
import { peopleMethods } from './people.ts'
import { PeopleStore } from './people-store.ts'
import { peopleWritingMethods } from './people-writing.ts'
import { documentedLimits, type Limits, Quota } from './quota.ts'
import { SignIn } from './sign-in.ts'

export interface GoogleUser {
  readonly email: string
  readonly gmail: GmailMailbox
  readonly drive: DriveStore
  readonly people: PeopleStore
  readonly calendar: CalendarStore
  /** As the directory of an organisation has it. */
  readonly about: { fullName: string; isAdmin: boolean; isSuspended: boolean }
}

export interface RequestRecord {
  /** Id of the API's method; `sign-in` for everything of the sign-in, null where no method answers. */
  readonly method: string | null
  readonly http: string
  /** With the query. */
  readonly path: string
  status: number
}

export interface GoogleOptions {
  /** The time by which quotas, tokens and grants are judged, in milliseconds. */
  readonly now?: () => number
  readonly limits?: Partial<Limits>
  /** Milliseconds before each answer. */
  readonly latency?: number
  readonly port?: number
}

interface Route {
  readonly method: ApiMethod<GoogleUser>
  readonly pattern: RegExp
  readonly names: readonly string[]
}

const services: Readonly<Record<ApiName, string>> = {
  gmail: 'gmail.googleapis.com',
  people: 'people.googleapis.com',
  calendar: 'calendar-json.googleapis.com',
  drive: 'drive.googleapis.com',
  directory: 'admin.googleapis.com',
}

/** Everything but reading: a backup must never call one of these. */
export function isWriting({ http, method }: RequestRecord): boolean {
  return method !== 'sign-in' && http !== 'GET'
}

export class Google {
  readonly requests: RequestRecord[] = []
  readonly faults = new Faults()
  readonly quota: Quota
  readonly signIn: SignIn
  readonly origin: string
  /** PEM. */
  readonly ca: string
  readonly caFile: string
  /** APIs that were not switched on in the project. */
  readonly disabledApis = new Set<ApiName>()
  latency: number
  /** Calls that somebody else's mock answers; this emulator only does the sign-in, and may change the answer. */
  readonly elsewhere: { readonly path: RegExp; readonly answer: (request: Request) => Promise<Response> }[] = []
  #ahead = 0
  readonly #users = new Map<string, GoogleUser>()
  readonly #routes: readonly Route[]
  readonly #stop: () => Promise<void>

  private constructor(origin: string, ca: { ca: string; caFile: string }, options: GoogleOptions, stop: () => Promise<void>) {
    const now = () => (options.now ?? Date.now)() + this.#ahead
    this.origin = origin
    this.ca = ca.ca
    this.caFile = ca.caFile
    this.latency = options.latency ?? 0
    this.quota = new Quota({ ...documentedLimits, ...options.limits }, now)
    this.signIn = new SignIn(origin, now, (email) => this.#users.has(email))
    const directory = directoryMethods(() => this.#users.values())
    const reading = [...directory, ...gmailMethods(), ...peopleMethods(now), ...calendarMethods()]
    const writing = [...gmailWritingMethods(), ...peopleWritingMethods(), ...calendarWritingMethods(), ...driveWritingMethods()]
    // `files.generateIds` would be a file's id otherwise.
    this.#routes = [...reading, ...writing, ...driveMethods()].map(routeOf)
    this.#stop = stop
  }

  static async start(options: GoogleOptions = {}): Promise<Google> {
    let google: Google | null = null
    const { origin, certificates, stop } = await startHttps(options.port ?? 0, (request, response) => {
      google?.answer(request, response).catch(() => response.destroy())
    })
    google = new Google(origin, certificates, options, stop)
    return google
  }

  addUser(email: string): GoogleUser {
    const user: GoogleUser = {
      email,
      gmail: new GmailMailbox(),
      drive: new DriveStore(email),
      people: new PeopleStore(),
      calendar: new CalendarStore(email),
      about: { fullName: email.replace(/@.*/, ''), isAdmin: false, isSuspended: false },
    }
    this.#users.set(email, user)
    return user
  }

  /** For Google, so many milliseconds have passed. */
  advance(ms: number): void {
    this.#ahead += ms
    this.signIn.expireAccessTokens()
  }

  /** The file that Google's console offers for download, with the one thing added by which a practice account is known. */
  clientFile(): object {
    const { id, secret, projectId } = this.signIn.client
    return {
      installed: {
        ...{ client_id: id, project_id: projectId, client_secret: secret, redirect_uris: ['http://localhost'] },
        auth_uri: `${this.origin}/o/oauth2/auth`,
        token_uri: `${this.origin}/token`,
        practice_ca: this.caFile,
      },
    }
  }

  /** The key of the organisation's service account. */
  keyFile(): object {
    return this.signIn.service.keyFile(this.origin, this.caFile)
  }

  async stop(): Promise<void> {
    await this.#stop()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    if (this.latency > 0) await new Promise((resolve) => setTimeout(resolve, this.latency))
    const record: RequestRecord = { method: null, http: request.method ?? '', path: url.pathname + url.search, status: 0 }
    this.requests.push(record)
    response.on('close', () => {
      record.status = response.statusCode
    })
    if (SignIn.owns(url.pathname)) {
      Object.assign(record, { method: 'sign-in' })
      return await this.signIn.answer(request, response, url)
    }
    const body = await bodyOf(request)
    if (await this.#answeredElsewhere(request, response, url, body)) {
      Object.assign(record, { method: 'elsewhere' })
      return
    }
    const found = this.#find(request.method ?? '', url.pathname)
    if (found === null) {
      send(response, { status: 404, json: { error: { code: 404, message: 'Not Found', status: 'NOT_FOUND' } } })
      return
    }
    Object.assign(record, { method: found.method.id })
    const fault = this.faults.take(found.method.id, record.path)
    if (fault?.kind === 'expire') this.signIn.expireAccessTokens()
    if (fault !== null && fault.kind !== 'truncate' && fault.kind !== 'expire') sendFault(response, found.method.api, fault)
    else send(response, this.#call(found, request, url, body), fault?.kind === 'truncate')
  }

  async #answeredElsewhere(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): Promise<boolean> {
    const other = this.elsewhere.find(({ path }) => path.test(url.pathname))
    if (other === undefined) return false
    const headers = new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]))
    const { method: http = 'GET' } = request
    const answer = await other.answer(
      new Request(url, { method: http, headers, ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) }),
    )
    const { 'content-length': _, ...rest } = Object.fromEntries(answer.headers)
    send(response, { status: answer.status, headers: rest, bytes: new Uint8Array(await answer.arrayBuffer()) })
    return true
  }

  #find(http: string, path: string): { readonly method: ApiMethod<GoogleUser>; readonly params: Record<string, string> } | null {
    for (const { method, pattern, names } of this.#routes) {
      const match = method.http === http ? pattern.exec(path) : null
      if (match === null) continue
      return { method, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')])) }
    }
    return null
  }

  #call(
    { method, params }: { readonly method: ApiMethod<GoogleUser>; readonly params: Record<string, string> },
    request: IncomingMessage,
    url: URL,
    body: Buffer,
  ): Reply {
    try {
      const [anybody] = this.#users.values()
      const user = method.isPublic && anybody !== undefined ? anybody : this.#admit(method, request.headers.authorization)
      const call = { user, params, query: url.searchParams, headers: request.headers, body, origin: this.origin }
      const reply = method.handle(call)
      return reply.json === undefined ? reply : { ...reply, json: selectFields(reply.json, url.searchParams.get('fields')) }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return { status: error.status, headers: error.headers, json: errorBody(method.api, error) }
    }
  }

  /** In the order in which Google judges: who, whether the API is on, what was granted, how much is left. */
  #admit(method: ApiMethod<GoogleUser>, authorization: string | undefined): GoogleUser {
    const identity = this.signIn.authenticate(authorization)
    const user = identity === null ? undefined : this.#users.get(identity.email)
    if (identity === null || user === undefined) throw invalidCredentials()
    if (this.disabledApis.has(method.api)) {
      throw documentedErrors.accessNotConfigured(services[method.api], this.signIn.client.id.split('-', 1)[0] ?? '')
    }
    const scopes = method.scopes.map((scope) => (scope.startsWith('https:') ? scope : `https://www.googleapis.com/auth/${scope}`))
    if (!scopes.some((scope) => identity.scopes.includes(scope))) throw documentedErrors.insufficientPermissions()
    this.quota.spend(method.api, user.email, method.units)
    return user
  }
}

function routeOf(method: ApiMethod<GoogleUser>): Route {
  const names: string[] = []
  const source = method.path.replace(/[.]/g, '\\.').replace(/\{(\w+)(=\*\*)?\}/g, (_, name: string, deep?: string) => {
    names.push(name)
    return deep === undefined ? '([^/:]+)' : '(.+?)'
  })
  return { method, pattern: new RegExp(`^${source}$`), names }
}

function send(response: ServerResponse, { status = 200, headers = {}, json, bytes }: Reply, isTruncated = false): void {
  const content = bytes ?? (json === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(json)))
  const type = bytes === undefined ? { 'content-type': 'application/json; charset=UTF-8' } : {}
  response.writeHead(status, { ...type, ...headers, 'content-length': content.length })
  if (!isTruncated) response.end(content)
  else response.write(content.subarray(0, content.length >> 1), () => response.destroy())
}

function sendFault(response: ServerResponse, api: ApiName, fault: Exclude<Fault, { kind: 'truncate' | 'expire' }>): void {
  if (fault.kind === 'cut') {
    response.destroy()
    return
  }
  if (fault.kind === 'nonsense') {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<html>Sign in to the guest network</html>')
    return
  }
  const { error } = fault
  send(response, { status: error.status, headers: error.headers, json: errorBody(api, error) })
}
