/**
 * Stands before a real CardDAV and CalDAV server under the names and paths of a well-known provider, as its help pages and those
 * who connect to it describe them: where it redirects to, where it says that the principal and the collections are, whom it lets in.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { DavServer } from './dav-server.ts'

type Service = 'contacts' | 'calendar'

/** Places are written `host/path`; `{user}` is the user name as it stands in a path. */
export interface ProviderShape {
  /** What has to be given as user name and password. */
  readonly user: string
  readonly password: string
  readonly challenge: string
  /** What a sign-in with anything else is answered with. */
  readonly refusal: { readonly status: number; readonly body: string }
  readonly redirects?: Readonly<Record<string, string>>
  /** Places that tell whose request it is, by the place of the principal. */
  readonly tellsPrincipal: Readonly<Record<string, readonly string[]>>
  /** Where each service's collections are; told by the principals, as an address with host or as a path. */
  readonly homes: Readonly<Partial<Record<Service, { readonly place: string; readonly withHost?: boolean }>>>
}

export interface ProviderFront {
  readonly port: number
  readonly hosts: readonly string[]
  /** `METHOD host/path`, a `+` before it where credentials came along. */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

export async function startProviderFront(
  shape: ProviderShape,
  server: DavServer,
  issue: (hosts: readonly string[]) => { readonly keyFile: string; readonly certFile: string },
): Promise<ProviderFront> {
  const filled = JSON.parse(JSON.stringify(shape).replaceAll('{user}', encodeURIComponent(shape.user))) as ProviderShape
  const front = new Front(filled, server)
  const { keyFile, certFile } = issue(front.hosts)
  const listener = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
    front.answer(request, response).catch(() => response.destroy())
  })
  const sockets = new Set<Socket>()
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  front.port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    ...{ port: front.port, hosts: front.hosts, requests: front.requests },
    async stop() {
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

class Front {
  port = 0
  readonly hosts: readonly string[]
  readonly requests: string[] = []
  readonly #shape: ProviderShape
  readonly #server: DavServer

  constructor(shape: ProviderShape, server: DavServer) {
    const { redirects = {}, tellsPrincipal, homes } = shape
    const places = [...Object.entries(redirects), ...Object.entries(tellsPrincipal)].flat(2)
    for (const home of Object.values(homes)) places.push(home.place)
    this.hosts = [...new Set(places.map((place) => place.slice(0, place.indexOf('/'))))]
    this.#shape = shape
    this.#server = server
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { tellsPrincipal, redirects = {}, challenge, refusal } = this.#shape
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    const place = host + (request.url ?? '')
    const { authorization } = request.headers
    this.requests.push(`${authorization === undefined ? '' : '+'}${request.method} ${place}`)
    const send = (status: number, body = '', headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })
      response.end(body)
    }
    const target = redirects[place]
    if (target !== undefined) return send(301, '', { location: this.#address(target) })
    if (authorization === undefined) return send(401, '', { 'www-authenticate': challenge })
    const wanted = `Basic ${Buffer.from(`${this.#shape.user}:${this.#shape.password}`).toString('base64')}`
    if (authorization !== wanted) return send(refusal.status, refusal.body, { 'www-authenticate': challenge })
    const home = Object.values(this.#shape.homes).find((one) => place.startsWith(one.place))
    const isPrincipal = tellsPrincipal[place] !== undefined
    const principal = Object.entries(tellsPrincipal).find(([own, places]) => own === place || places.includes(place))?.[0]
    if (principal !== undefined && request.method === 'PROPFIND')
      return send(207, this.#properties(place, principal, isPrincipal), { 'content-type': 'application/xml; charset=utf-8' })
    if (home === undefined) return send(404, '<html>Nothing here</html>', { 'content-type': 'text/html' })
    await this.#passOn(request, Buffer.concat(chunks).toString(), home.place, send)
  }

  #address(place: string): string {
    const slash = place.indexOf('/')
    return `https://${place.slice(0, slash)}:${this.port}${place.slice(slash)}`
  }

  #properties(place: string, principal: string, withHomes: boolean): string {
    const path = (one: string) => one.slice(one.indexOf('/'))
    const told = place.startsWith(principal.slice(0, principal.indexOf('/'))) ? path(principal) : this.#address(principal)
    const homes = Object.entries(this.#shape.homes).map(([service, { place: home, withHost = false }]) => {
      const [prefix, element] = service === 'contacts' ? ['CR', 'addressbook-home-set'] : ['C', 'calendar-home-set']
      return `<${prefix}:${element}><D:href>${withHost ? this.#address(home) : path(home)}</D:href></${prefix}:${element}>`
    })
    return `<?xml version="1.0" encoding="UTF-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:response>
<D:href>${path(place)}</D:href><D:propstat><D:prop><D:current-user-principal><D:href>${told}</D:href></D:current-user-principal>
<D:resourcetype><D:collection/></D:resourcetype>${withHomes ? homes.join('') : ''}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
</D:response></D:multistatus>`
  }

  /** The home of the real server's user goes by the provider's path. */
  async #passOn(
    { method = '', url = '', headers }: IncomingMessage,
    body: string,
    home: string,
    send: (status: number, body: string, headers: Record<string, string>) => void,
  ): Promise<void> {
    const prefix = home.slice(home.indexOf('/'))
    const own = `/${this.#server.user}/`
    const kept = ['depth', 'content-type'].flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))
    const answer = await this.#server.request(method, url.replace(prefix, own), {
      headers: Object.fromEntries(kept),
      ...(body === '' ? {} : { body: body.replaceAll(`>${prefix}`, `>${own}`) }),
    })
    const text = (await answer.text()).replaceAll(`href>${own}`, `href>${prefix}`)
    send(answer.status, text, { 'content-type': answer.headers.get('content-type') ?? 'application/xml' })
  }
}
