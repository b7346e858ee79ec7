/** What the CardDAV and CalDAV servers of the tests have in common: how they start, and a client that may write. */
import { existsSync } from 'node:fs'
import { launch } from './launched.ts'

export interface DavServer {
  readonly name: string
  /** Without a path. */
  readonly url: string
  readonly user: string
  readonly password: string
  /** Paths of the folders in which collections are made, with a final slash. */
  readonly homes: { readonly contacts: string; readonly calendar: string }
  /** A request as the owner, of any method; `path` as it stands in the request line. */
  request(method: string, path: string, options?: DavRequestOptions): Promise<Response>
  /** Makes an address book or calendar; `path` with a final slash. `properties`: XML of further properties. */
  addCollection(path: string, service: 'contacts' | 'calendar', name?: string, properties?: string): Promise<void>
  /** The status of the answer. */
  put(path: string, body: string | Uint8Array): Promise<number>
  /** The octets as they lie there. */
  get(path: string): Promise<Buffer>
  remove(path: string): Promise<void>
  stop(): Promise<void>
}

export interface DavRequestOptions {
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/" xmlns:I="http://inf-it.com/ns/ab/"'

/** Everything but starting and stopping. */
export function davServer(facts: Pick<DavServer, 'name' | 'url' | 'user' | 'password' | 'homes' | 'stop'>): DavServer {
  const authorization = `Basic ${Buffer.from(`${facts.user}:${facts.password}`).toString('base64')}`
  const request = async (method: string, path: string, { body, headers }: DavRequestOptions = {}) =>
    fetch(facts.url + path, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      redirect: 'manual',
    })
  const expectOk = async (response: Response) => {
    const text = await response.text()
    if (!response.ok) throw new Error(`${facts.name} answers ${response.status} to ${response.url}: ${text.slice(0, 500)}`)
  }
  return {
    ...facts,
    request,
    async addCollection(path, service, name, properties = '') {
      const type = service === 'contacts' ? '<CR:addressbook/>' : '<C:calendar/>'
      const shown = name === undefined ? '' : `<D:displayname>${name}</D:displayname>`
      const prop = `<D:resourcetype><D:collection/>${type}</D:resourcetype>${shown}${properties}`
      const body = `<?xml version="1.0" encoding="utf-8"?><D:mkcol ${namespaces}><D:set><D:prop>${prop}</D:prop></D:set></D:mkcol>`
      await expectOk(await request('MKCOL', path, { body, headers: { 'content-type': 'application/xml; charset=utf-8' } }))
    },
    async put(path, body) {
      const type = Buffer.from(body).includes('BEGIN:VCARD') || path.endsWith('.vcf') ? 'text/vcard' : 'text/calendar'
      const response = await request('PUT', path, { body, headers: { 'content-type': `${type}; charset=utf-8` } })
      await response.arrayBuffer()
      return response.status
    },
    async get(path) {
      const response = await request('GET', path)
      if (!response.ok) throw new Error(`${facts.name} answers ${response.status} to GET ${path}`)
      return Buffer.from(await response.arrayBuffer())
    },
    async remove(path) {
      await expectOk(await request('DELETE', path))
    },
  }
}

/** Why one of these programs cannot be started here, or null. In CI a missing server is a failure, never an excuse. */
export function programMissing(program: string, debianPackage: string): string | null {
  if (process.env.CI === 'true' || existsSync(program)) return null
  return `${program} is not installed (apt-get install ${debianPackage})`
}

/** Starts a program and waits until it answers HTTP on the port. Returns how to end it. */
export async function launchDav(program: string, args: readonly string[], port: number): Promise<() => Promise<void>> {
  return (await launch(program, args, () => answers(port))).end
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).then(
    async (response) => {
      await response.arrayBuffer()
      return true
    },
    () => false,
  )
}
