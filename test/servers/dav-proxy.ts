/** Stands between a client and a real DAV server: records what is asked, asks for passwords, and makes trouble on request. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'

/** What a rule may look at. */
export interface Asked {
  readonly method: string
  /** With the query, as it stands in the request line. */
  readonly path: string
  readonly body: string
  /** The host that the client believes to talk to, with port. */
  readonly host: string
}

export interface Replaced {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** May be changed at any time; it holds for what comes after. */
export interface DavTrouble {
  /** How the proxy asks for the password, in the server's place. */
  auth?: 'basic' | 'digest-md5' | 'digest-sha256' | 'bearer' | 'none'
  /** Nonces of Digest serve for so many requests and are stale then. */
  nonceUses?: number
  /** No sync-collection and no sync-token. */
  hideSync?: boolean
  /** At most so many members in an answer to sync-collection; the rest is had with the token that comes with them. */
  truncate?: number
  /** Every sync-token is refused, with this status and the precondition `valid-sync-token`. */
  expireTokens?: number
  /** A request of this kind is passed on only once so many of them are there at the same time. */
  together?: { readonly count: number; readonly when: (asked: Asked) => boolean }
  /** The first so many requests are answered with this instead. */
  refuse?: { times: number; readonly answer: Replaced; readonly when?: (asked: Asked) => boolean }
  /** A request for which this gives an answer is not passed on. */
  answer?: (asked: Asked) => Replaced | null
  /** The server's answer as it is passed on. */
  rewrite?: (body: string, asked: Asked) => string
  /** The connection is dropped after so many octets of body; so many times. */
  drop?: { times: number; readonly afterOctets: number; readonly when?: (asked: Asked) => boolean }
  /** Added to Content-Length; so many times. */
  wrongLength?: { times: number; readonly difference: number; readonly when?: (asked: Asked) => boolean }
}

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly host: string
  /** The name of the REPORT. */
  readonly report?: string
  /** The scheme of the credentials that came with it. */
  readonly scheme?: string
}

export interface DavProxy {
  /** Without a path. */
  readonly url: string
  readonly port: number
  readonly trouble: DavTrouble
  readonly requests: readonly Recorded[]
  forget(): void
  stop(): Promise<void>
}

export interface DavProxyOptions {
  /** The server's address, without a path. */
  readonly target: string
  readonly user: string
  readonly password: string
  readonly tls?: { readonly keyFile: string; readonly certFile: string }
}

export async function startDavProxy(options: DavProxyOptions, trouble: DavTrouble = {}): Promise<DavProxy> {
  const requests: Recorded[] = []
  const sockets = new Set<Socket>()
  const rest = new Map<string, { readonly responses: readonly string[]; readonly token: string }>()
  const guard = new Guard(options.user, options.password)
  const crowd = new Crowd()
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = (await collect(incoming)).toString('utf8')
    const [method, path, host] = [incoming.method ?? '', incoming.url ?? '', incoming.headers.host ?? '']
    const asked = { method, path, body, host }
    requests.push(recorded(asked, incoming.headers.authorization))
    const refused = replaced(asked, trouble, rest) ?? guard.check(incoming, trouble)
    if (refused !== null) return answerWith(outgoing, refused)
    if (trouble.together?.when(asked)) await crowd.gather(trouble.together.count)
    const answer = await passOn(options, asked, incoming)
    const changed = changedBody(answer, asked, trouble, rest)
    send(outgoing, answer, changed, asked, trouble)
  }
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy()
      else answerWith(outgoing, { status: 599, body: String(error) })
    })
  }
  const { tls } = options
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) }, listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    trouble,
    requests,
    forget: () => void requests.splice(0),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function recorded({ method, path, body, host }: Asked, authorization: string | undefined): Recorded {
  const report = method === 'REPORT' ? body.match(/<(?:\w+:)?([\w-]+)[\s>]/)?.[1] : undefined
  const scheme = authorization?.split(' ')[0]
  return { method, path, host, ...(report === undefined ? {} : { report }), ...(scheme === undefined ? {} : { scheme }) }
}

function replaced(
  asked: Asked,
  trouble: DavTrouble,
  rest: Map<string, { readonly responses: readonly string[]; readonly token: string }>,
): Replaced | null {
  const { refuse } = trouble
  if (refuse && refuse.times > 0 && (refuse.when?.(asked) ?? true)) {
    refuse.times--
    return refuse.answer
  }
  const own = trouble.answer?.(asked)
  if (own) return own
  if (!/<(\w+:)?sync-collection[\s>]/.test(asked.body)) return null
  if (trouble.hideSync) return { status: 403, body: error('supported-report') }
  const token = asked.body.match(/<(?:\w+:)?sync-token>([^<]*)</)?.[1] ?? ''
  if (trouble.expireTokens !== undefined && token !== '') return { status: trouble.expireTokens, body: error('valid-sync-token') }
  const left = rest.get(token)
  if (left === undefined) return null
  const head = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">'
  return {
    status: 207,
    headers: { 'content-type': 'application/xml' },
    body: head + page(left, asked, trouble.truncate ?? 1, rest),
  }
}

function error(condition: string): string {
  return `<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:${condition}/></D:error>`
}

function changedBody(
  answer: { readonly body: Buffer; readonly status: number },
  asked: Asked,
  trouble: DavTrouble,
  rest: Map<string, { readonly responses: readonly string[]; readonly token: string }>,
): Buffer {
  let text = answer.body.toString('utf8')
  if (trouble.hideSync) {
    text = text
      .replace(/<(\w+:)?supported-report>(?:(?!<\/).)*sync-collection.*?<\/\1supported-report>/gs, '')
      .replace(/<(\w+:)?sync-token>.*?<\/\1sync-token>/gs, '')
  }
  if (trouble.truncate !== undefined && answer.status === 207 && asked.body.includes('sync-collection')) {
    const responses = text.match(/<(\w+:)?response>.*?<\/\1response>/gs) ?? []
    const token = text.match(/<(?:\w+:)?sync-token>([^<]*)</)?.[1] ?? ''
    // Responses keep their prefixes, so the root stays that of the server.
    const root = text.slice(0, text.indexOf('>', text.indexOf('multistatus')) + 1).replace(/\/>$/, '>')
    text = root + page({ responses, token }, asked, trouble.truncate, rest, root)
  }
  if (trouble.rewrite) text = trouble.rewrite(text, asked)
  return text === answer.body.toString('utf8') ? answer.body : Buffer.from(text)
}

function page(
  left: { readonly responses: readonly string[]; readonly token: string },
  asked: Asked,
  size: number,
  rest: Map<string, { readonly responses: readonly string[]; readonly token: string }>,
  root = '',
): string {
  const shown = left.responses.slice(0, size)
  const further = left.responses.slice(size)
  const d = 'xmlns:D="DAV:"'
  const end = `</${root.match(/<((?:\w+:)?multistatus)/)?.[1] ?? 'D:multistatus'}>`
  if (further.length === 0) return `${shown.join('')}<D:sync-token ${d}>${left.token}</D:sync-token>${end}`
  const token = `proxy:${createHash('sha256').update(further.join('')).digest('hex')}`
  // The rest is shown under another root: each response declares the prefixes itself.
  const declared = [...root.matchAll(/xmlns(?::\w+)?="[^"]*"/g)].join(' ')
  const standing = further.map((response) => response.replace(/^<[\w:]+/, (start) => `${start} ${declared}`))
  rest.set(token, { responses: standing, token: left.token })
  const full = `<D:response ${d}><D:href>${asked.path}</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>`
  return `${shown.join('')}${full}<D:sync-token ${d}>${token}</D:sync-token>${end}`
}

/** Requests that wait for each other. */
class Crowd {
  #waiting: (() => void)[] = []

  gather(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length < count) return
      for (const go of this.#waiting.splice(0)) go()
    })
  }
}

/** What `auth: 'bearer'` accepts. */
export const bearerToken = 'mF_9.B5f-4.1JqM'

/** Checks credentials by its own account of RFC 7617, 7616 and 6750. */
class Guard {
  readonly #user: string
  readonly #password: string
  #nonce = 1
  #uses = 0

  constructor(user: string, password: string) {
    this.#user = user
    this.#password = password
  }

  check(incoming: IncomingMessage, { auth = 'none', nonceUses }: DavTrouble): Replaced | null {
    const header = incoming.headers.authorization ?? ''
    switch (auth) {
      case 'none':
        return null
      case 'basic':
        return header === `Basic ${Buffer.from(`${this.#user}:${this.#password}`).toString('base64')}`
          ? null
          : challenge('Basic realm="a, \\"b\\"", charset="UTF-8"')
      case 'bearer':
        return header === `Bearer ${bearerToken}` ? null : challenge('Bearer realm="x", error="invalid_token"')
      case 'digest-md5':
      case 'digest-sha256':
        return this.#digest(header, incoming, auth === 'digest-md5' ? 'MD5' : 'SHA-256', nonceUses)
    }
  }

  #digest(
    header: string,
    incoming: IncomingMessage,
    algorithm: 'MD5' | 'SHA-256',
    nonceUses: number | undefined,
  ): Replaced | null {
    const field = (name: string) =>
      header
        .match(new RegExp(`[ ,]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^, ]+))`))
        ?.slice(1)
        .find(Boolean) ?? ''
    const h = (text: string) =>
      createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
        .update(text)
        .digest('hex')
    const secret = h(`${this.#user}:dav:${this.#password}`)
    const expected = h(
      `${secret}:${field('nonce')}:${field('nc')}:${field('cnonce')}:auth:${h(`${incoming.method}:${incoming.url}`)}`,
    )
    const isRight = header.startsWith('Digest ') && field('response') === expected && field('uri') === incoming.url
    const isFresh = field('nonce') === String(this.#nonce) && (nonceUses === undefined || this.#uses < nonceUses)
    if (isRight && isFresh) {
      this.#uses++
      return null
    }
    if (isRight && field('nonce') === String(this.#nonce)) {
      this.#nonce++
      this.#uses = 0
    }
    const stale = isRight ? ', stale=true' : ''
    return challenge(
      `Digest realm="dav", nonce="${this.#nonce}", opaque="o", qop="auth, auth-int", algorithm=${algorithm}${stale}, Basic realm="dav"`,
    )
  }
}

function challenge(value: string): Replaced {
  return { status: 401, headers: { 'www-authenticate': value }, body: 'Who are you?' }
}

function passOn(
  { target, user, password }: DavProxyOptions,
  asked: Asked,
  incoming: IncomingMessage,
): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const { connection: _, host: __, ...headers } = incoming.headers
    const length = Buffer.byteLength(asked.body)
    const outgoing = requestHttp(target + asked.path, {
      method: asked.method,
      headers: { ...headers, authorization, 'accept-encoding': 'identity', ...(length > 0 ? { 'content-length': length } : {}) },
      agent: false,
    })
    outgoing.once('response', (message) => {
      collect(message).then((body) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body }), reject)
    })
    outgoing.once('error', reject)
    outgoing.end(asked.body)
  })
}

function send(
  outgoing: ServerResponse,
  answer: { readonly status: number; readonly headers: IncomingMessage['headers'] },
  body: Buffer,
  asked: Asked,
  trouble: DavTrouble,
): void {
  const { 'transfer-encoding': _, connection: __, 'content-length': ___, ...headers } = answer.headers
  const { drop, wrongLength } = trouble
  let length = body.length
  if (wrongLength && wrongLength.times > 0 && (wrongLength.when?.(asked) ?? true)) {
    wrongLength.times--
    length = Math.max(0, length + wrongLength.difference)
    outgoing.shouldKeepAlive = false
  }
  outgoing.strictContentLength = false
  outgoing.writeHead(answer.status, { ...headers, 'content-length': length })
  if (drop && drop.times > 0 && body.length > drop.afterOctets && (drop.when?.(asked) ?? true)) {
    drop.times--
    outgoing.write(body.subarray(0, drop.afterOctets), () => outgoing.destroy())
    return
  }
  outgoing.end(asked.method === 'HEAD' ? undefined : body)
}

function answerWith(outgoing: ServerResponse, { status, headers, body = '' }: Replaced): void {
  outgoing.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  outgoing.end(body)
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
