import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { type DavProxy, type DavTrouble, startDavProxy } from '../servers/dav-proxy.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { type Handle, type ItemDriver, sha256 } from './item-driver.ts'

/** What a backup may send. */
const readingMethods: ReadonlySet<string> = new Set(['OPTIONS', 'GET', 'HEAD', 'PROPFIND', 'REPORT'])

export function expectReadingOnly(requests: readonly { readonly method: string; readonly path: string }[]): void {
  const writing = requests.filter(({ method }) => !readingMethods.has(method))
  if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ method, path }) => `${method} ${path}`).join(', ')}`)
  if (requests.length === 0) throw new Error('No backup went through the proxy')
}

/** One service of a real server, which runs already, behind a proxy that makes `trouble`. A handle is a path on the server. */
export async function startDavItemDriver(
  server: DavServer,
  service: 'contacts' | 'calendar',
  trouble: DavTrouble = {},
): Promise<ItemDriver> {
  const proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password }, trouble)
  return new DavItemDriver(server, proxy, service)
}

class DavItemDriver implements ItemDriver {
  readonly provider = dav
  readonly service: 'contacts' | 'calendar'
  readonly account: Account
  readonly context: Context
  readonly isIncremental = true
  readonly #server: DavServer
  readonly #proxy: DavProxy
  /** Path on the server by name, and the other way round; of two of one name the later one. */
  readonly #paths = new Map<string, string>()
  readonly #names = new Map<string, string>()
  readonly #items = new Map<Handle, string>()
  #count = 0

  constructor(server: DavServer, proxy: DavProxy, service: 'contacts' | 'calendar') {
    this.#server = server
    this.#proxy = proxy
    this.service = service
    const url = `${proxy.url}/`
    const settings = { user: server.user, [service === 'contacts' ? 'carddav' : 'caldav']: url }
    this.account = { id: 'home', provider: 'dav', services: [service], settings }
    this.context = { ...testContext, secret: async () => server.password }
  }

  async addCollection(name: string): Promise<void> {
    const path = `${this.#server.homes[this.service]}c${++this.#count}/`
    await this.#server.addCollection(path, this.service, escapeXml(name))
    this.#paths.set(name, path)
    this.#names.set(path, name)
  }

  async renameCollection(from: string, to: string): Promise<void> {
    const path = this.#path(from)
    const body = `<?xml version="1.0" encoding="utf-8"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>${escapeXml(to)}</D:displayname></D:prop></D:set></D:propertyupdate>`
    const headers = { 'content-type': 'application/xml; charset=utf-8' }
    const answer = await this.#server.request('PROPPATCH', path, { body, headers })
    if (answer.status !== 207) throw new Error(`PROPPATCH: ${answer.status}`)
    this.#paths.set(to, path)
    this.#names.set(path, to)
  }

  async add(collection: string, content: Buffer): Promise<Handle> {
    const path = this.#path(collection)
    const handle = `${path}i${++this.#count}.${this.service === 'contacts' ? 'vcf' : 'ics'}`
    await this.edit(handle, content)
    this.#items.set(handle, path)
    return handle
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    const status = await this.#server.put(handle, content)
    if (status >= 300) throw new Error(`PUT ${handle}: ${status}`)
  }

  async remove(handle: Handle): Promise<void> {
    await this.#server.remove(handle)
    this.#items.delete(handle)
  }

  async expireCursors(): Promise<void> {
    this.#proxy.trouble.expireTokens = 403
  }

  async poison(handle: Handle): Promise<void> {
    const wantsAll = (body: string) => body.includes('sync-collection') && /(?:address|calendar)-data/.test(body)
    this.#proxy.trouble.answer = ({ method, path, body }) =>
      (method === 'GET' && path === handle) || body.includes(`${handle}<`) || wantsAll(body) ? { status: 500 } : null
  }

  async heal(): Promise<void> {
    delete this.#proxy.trouble.answer
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const [handle, path] of this.#items) {
      const name = this.#names.get(path) ?? ''
      contents[name] = [...(contents[name] ?? []), sha256(await this.#server.get(handle))].sort()
    }
    return contents
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    for (const path of this.#names.keys()) await this.#server.remove(path)
    expectReadingOnly(this.#proxy.requests)
  }

  #path(name: string): string {
    const path = this.#paths.get(name)
    if (path === undefined) throw new Error(`There is no collection ${name}`)
    return path
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
