/** An emulator of Microsoft's sign-in and of the parts of Microsoft Graph that Lifeboat uses; README.md says what it follows. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Fault, Faults } from '../shared/faults.ts'
import { startHttps } from '../shared/https-server.ts'
import { answerBatch, type Question } from './batch.ts'
import { calendarMethods } from './calendar.ts'
import { CalendarStore } from './calendar-store.ts'
import { calendarWritingMethods } from './calendar-writing.ts'
import { contactsMethods } from './contacts.ts'
import { ContactsStore } from './contacts-store.ts'
import { directoryMethods } from './directory.ts'
import { driveMethods } from './drive.ts'
import { DriveStore } from './drive-store.ts'
import { driveWritingMethods } from './drive-writing.ts'
import { type Api, bodyOf, documentedErrors, errorBody, GraphError, type GraphMethod, type Reply } from './graph.ts'
import { mailMethods } from './mail.ts'
import { MailStore } from './mail-store.ts'
import { mailWritingMethods } from './mail-writing.ts'
import { Pages } from './odata.ts'
import { onenoteMethods } from './onenote.ts'
import { NotesStore } from './onenote-store.ts'
import { SignIn } from './sign-in.ts'
import { json } from './sign-in-pages.ts'
import { documentedLimits, type Limits, Throttle } from './throttle.ts'
import type { MicrosoftUser } from './user.ts'

export interface RequestRecord {
  /** Id of the method; `sign-in` for everything of the sign-in, `$batch` for the request around others, null where no method answers. */
  readonly method: string | null
  readonly http: string
  /** With the query. */
  readonly path: string
  /** The request's `Prefer` header. */
  readonly prefer: string
  /** It came inside of a `$batch`. */
  readonly isInner: boolean
  /** It bears a sign-in. */
  readonly hasToken: boolean
  /** When it came. */
  readonly at: number
  status: number
}

export interface MicrosoftOptions {
  /** The time by which limits, tokens and grants are judged, in milliseconds. */
  readonly now?: () => number
  readonly limits?: Partial<Record<Api, Limits>>
  /** Milliseconds before each answer. */
  readonly latency?: number
  readonly port?: number
}

/** Everything but reading: a backup must never call one of these. What a `$batch` holds is listed for itself. */
export function isWriting({ http, method }: RequestRecord): boolean {
  return method !== 'sign-in' && method !== '$batch' && http !== 'GET'
}

const introspection = '/introspect'

interface Route {
  readonly method: GraphMethod<MicrosoftUser>
  readonly pattern: RegExp
  readonly names: readonly string[]
}

export class Microsoft {
  readonly requests: RequestRecord[] = []
  readonly faults = new Faults<GraphError>()
  readonly throttle: Throttle
  readonly signIn: SignIn
  readonly pages = new Pages()
  readonly origin: string
  /** PEM. */
  readonly ca: string
  readonly caFile: string
  latency: number
  /** Before each request is answered. `method`: its id. */
  onRequest: (method: string) => void = () => undefined
  #ahead = 0
  readonly #now: () => number
  readonly #users = new Map<string, MicrosoftUser>()
  readonly #routes: readonly Route[]
  readonly #stop: () => Promise<void>

  private constructor(origin: string, ca: { ca: string; caFile: string }, options: MicrosoftOptions, stop: () => Promise<void>) {
    const now = () => (options.now ?? Date.now)() + this.#ahead
    this.#now = now
    this.origin = origin
    this.ca = ca.ca
    this.caFile = ca.caFile
    this.latency = options.latency ?? 0
    this.throttle = new Throttle({ ...documentedLimits, ...options.limits }, now)
    this.signIn = new SignIn(origin, now, (email) => this.#users.get(email))
    this.#routes = [
      ...directoryMethods(this.pages, () => [...this.#users.values()]),
      ...mailMethods(this.pages),
      ...mailWritingMethods(),
      ...contactsMethods(this.pages),
      ...calendarMethods(this.pages),
      ...calendarWritingMethods(),
      ...driveWritingMethods(),
      ...driveMethods(this.pages),
      ...onenoteMethods(this.pages),
    ].map(routeOf)
    this.#stop = stop
  }

  static async start(options: MicrosoftOptions = {}): Promise<Microsoft> {
    let microsoft: Microsoft | null = null
    const { origin, certificates, stop } = await startHttps(options.port ?? 0, (request, response) => {
      microsoft?.answer(request, response).catch((error: unknown) => {
        response.destroy()
        // A fault of the emulator's own must not look like one of the network's.
        if (!request.destroyed) throw error
      })
    })
    microsoft = new Microsoft(origin, certificates, options, stop)
    return microsoft
  }

  addUser(
    email: string,
    {
      kind = 'personal',
      principal = email,
      isEnabled = true,
      hasMailbox = true,
    }: Partial<Pick<MicrosoftUser, 'kind' | 'principal' | 'isEnabled' | 'hasMailbox'>> = {},
  ): MicrosoftUser {
    const stores = {
      mail: new MailStore(),
      contacts: new ContactsStore(),
      calendar: new CalendarStore(email),
      drive: new DriveStore(),
      notes: new NotesStore(),
    }
    const user: MicrosoftUser = { id: randomUUID(), email, principal, kind, isEnabled, hasMailbox, ...stores }
    user.calendar.useClock(this.#now)
    this.#users.set(email, user)
    return user
  }

  /** Ids of all methods that are answered. */
  get methods(): readonly string[] {
    return [...new Set(this.#routes.map(({ method }) => method.id))]
  }

  /** For Microsoft, so many milliseconds have passed. */
  advance(ms: number): void {
    this.#ahead += ms
    this.signIn.expireAccessTokens()
  }

  /** Where a mail server asks whose an access token is. */
  get introspection(): string {
    return `${this.origin}${introspection}`
  }

  /** What `account add microsoft` takes in place of an application id, for an account that is here. */
  practiceFile(imap?: object): object {
    const place = { origin: this.origin, ca: this.caFile, ...(imap === undefined ? {} : { imap }) }
    return { client_id: this.signIn.clientId, practice: place }
  }

  async stop(): Promise<void> {
    await this.#stop()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    if (SignIn.owns(url.pathname)) {
      const record = this.#record('sign-in', request.method ?? '', request.url ?? '', request.headers, false)
      response.on('close', () => {
        record.status = response.statusCode
      })
      return await this.signIn.answer(request, response, url)
    }
    if (url.pathname === introspection) return json(response, 200, this.signIn.introspect(request.headers.authorization))
    const body = await bodyOf(request)
    const path = (request.url ?? '').replace(/^\/v1\.0/, '')
    const { headers } = request
    const question = { http: request.method ?? '', path, headers, body }
    if (path === '/$batch' && request.method === 'POST') {
      const record = this.#record('$batch', 'POST', path, headers, false)
      const answered = await answerBatch(body, headers, (inner) => this.#reply(inner, true)).then(
        (json): Reply => ({ json }),
        (error: unknown) => {
          if (error instanceof GraphError) return replyOf(error)
          throw error
        },
      )
      record.status = answered.status ?? 200
      return send(response, answered)
    }
    const { reply, fault } = await this.#reply(question, false)
    if (fault?.kind === 'cut') response.destroy()
    else send(response, reply, fault?.kind === 'truncate')
  }

  async #reply(
    question: Question,
    isInner: boolean,
  ): Promise<{ readonly reply: Reply; readonly fault: Fault<GraphError> | null }> {
    const { http, path, headers } = question
    const url = new URL(path, this.origin)
    const found = this.#find(http, url.pathname)
    const record = this.#record(found?.method.id ?? null, http, path, headers, isInner)
    const answer = (reply: Reply, fault: Fault<GraphError> | null = null) => {
      record.status = reply.status ?? 200
      return { reply, fault }
    }
    if (found === null) return answer(replyOf(new GraphError(400, 'BadRequest', `Resource not found for the segment '${path}'.`)))
    this.onRequest(found.method.id)
    const fault = this.faults.take(found.method.id, path)
    if (fault?.kind === 'expire') this.signIn.expireAccessTokens()
    if (fault?.kind === 'nonsense') {
      const bytes = Buffer.from('<html>Sign in to the guest network</html>')
      return answer({ headers: { 'content-type': 'text/html' }, bytes }, fault)
    }
    try {
      if (fault?.kind === 'error') throw fault.error
      return answer(await this.#call(found, question, url), fault)
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      return answer(replyOf(error), fault)
    }
  }

  /** In the order in which Microsoft judges: who, what was granted, how much is left. */
  async #call({ method, params }: Found, { headers, body }: Question, url: URL): Promise<Reply> {
    const place = { params, query: url.searchParams, headers, body, origin: this.origin, path: `/v1.0${url.pathname}` }
    const call = { ...place, isItself: this.signIn.authenticate(headers.authorization)?.email === null }
    if (method.isPublic) {
      const [anybody] = this.#users.values()
      if (anybody === undefined) throw new GraphError(404, 'itemNotFound', 'Item not found')
      return method.handle({ ...call, user: anybody })
    }
    const user = this.#admit(method, headers.authorization, params['$user'])
    const end = this.throttle.begin(method.api, user.email)
    try {
      // It is on its way for as long as this takes.
      await pause(this.latency)
      return method.handle({ ...call, user })
    } finally {
      end()
    }
  }

  #admit(method: GraphMethod<MicrosoftUser>, authorization: string | undefined, named: string | undefined): MicrosoftUser {
    const identity = this.signIn.authenticate(authorization)
    if (identity === null) throw documentedErrors.invalidToken()
    const wanted = identity.email === null ? named : identity.email
    // "/users/{id | userPrincipalName}": an address is neither.
    const user = [...this.#users.values()].find(
      ({ email, principal, id }) => (identity.email === null ? principal : email) === wanted || id === wanted,
    )
    const isDirectory = identity.email === null && method.api === 'directory'
    const chosen = user ?? (isDirectory ? this.#users.values().next().value : undefined)
    if (chosen === undefined) throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${wanted ?? 'me'}' is invalid.`)
    if (identity.email !== null && named !== undefined && named !== chosen.email && named !== chosen.id) {
      throw documentedErrors.accessDenied()
    }
    if (!method.scopes.some((scope) => identity.scopes.includes(scope))) throw documentedErrors.accessDenied()
    if (method.api === 'outlook' && !chosen.hasMailbox)
      throw new GraphError(
        404,
        'MailboxNotEnabledForRESTAPI',
        'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
      )
    // A shared mailbox has none.
    if (method.api === 'files' && !chosen.isEnabled) throw new GraphError(404, 'ResourceNotFound', "User's mysite not found.")
    return chosen
  }

  #record(
    method: string | null,
    http: string,
    path: string,
    headers: IncomingMessage['headers'],
    isInner: boolean,
  ): RequestRecord {
    const hasToken = headers.authorization !== undefined
    const prefer = String(headers['prefer'] ?? '')
    const record: RequestRecord = { method, http, path, prefer, isInner, hasToken, at: this.#now(), status: 0 }
    this.requests.push(record)
    return record
  }

  #find(http: string, path: string): Found | null {
    for (const { method, pattern, names } of this.#routes) {
      const match = method.http === http ? pattern.exec(path) : null
      if (match === null) continue
      const params = names.map((name, i) => [
        name,
        match[i + 1] === undefined ? undefined : decodeURIComponent(match[i + 1] ?? ''),
      ])
      return { method, params: Object.fromEntries(params.filter(([, value]) => value !== undefined)) as Record<string, string> }
    }
    return null
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))
}

interface Found {
  readonly method: GraphMethod<MicrosoftUser>
  readonly params: Readonly<Record<string, string>>
}

function routeOf(method: GraphMethod<MicrosoftUser>): Route {
  const names: string[] = []
  const source = method.path
    .replace(/[.$()']/g, '\\$&')
    .replace(/^\/me(?=\/|$)/, () => {
      names.push('$user')
      return '/(?:me|users/([^/]+))'
    })
    .replace(/\{(\w+)(=\*\*)?\}/g, (_, name: string, deep?: string) => {
      names.push(name)
      return deep === undefined ? '([^/]+)' : '(.+?)'
    })
  return { method, pattern: new RegExp(`^${source}$`), names }
}

function replyOf(error: GraphError): Reply {
  return { status: error.status, headers: error.headers, json: errorBody(error) }
}

function send(response: ServerResponse, { status = 200, headers = {}, json, bytes }: Reply, isTruncated = false): void {
  const content = bytes ?? (json === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(json)))
  const type = json === undefined ? {} : { 'content-type': 'application/json; odata.metadata=minimal; charset=utf-8' }
  response.writeHead(status, { ...type, ...headers, 'content-length': content.length })
  if (!isTruncated) response.end(content)
  else response.write(content.subarray(0, content.length >> 1), () => response.destroy())
}
