/** PROPFIND (RFC 4918) and the REPORTs of sync-collection (RFC 6578) and multiget (RFC 4791, 6352). */
import { type DavAnswer, refusal } from './answer.ts'
import type { DavClient, DavRequest } from './http.ts'
import { childOf, escapeXml, type Name, name, ns, readElements, type XmlElement } from './xml.ts'

/** One `DAV:response`. */
export interface DavResponse {
  readonly href: string
  /** Status of the resource itself, where the server gives one instead of properties. */
  readonly status: number | null
  /** The properties that were found (2xx). */
  readonly properties: ReadonlyMap<Name, XmlElement>
  /** Local names of the preconditions that failed. */
  readonly conditions: readonly string[]
}

export type MultistatusPart =
  | { readonly kind: 'response'; readonly response: DavResponse; readonly base: URL }
  | { readonly kind: 'sync-token'; readonly token: string }

/** Room for about 20,000 responses; a list that may be longer is read with `streamMultistatus`. */
const listLimit = 20_000

/** @throws Refusal for every other status than 207 */
export async function propfind(
  client: DavClient,
  url: URL,
  depth: 0 | 1,
  properties: readonly Name[],
  signal: AbortSignal,
): Promise<{ readonly base: URL; readonly responses: readonly DavResponse[] }> {
  return client.read(
    propfindRequest(url, depth, properties),
    async (answer) => {
      const responses: DavResponse[] = []
      for await (const part of readMultistatus(answer)) {
        if (part.kind === 'response' && responses.length < listLimit) responses.push(part.response)
      }
      return { base: answer.url, responses }
    },
    signal,
  )
}

export function propfindRequest(url: URL, depth: 0 | 1, properties: readonly Name[]): DavRequest {
  const body = document('D:propfind', propElement(properties))
  return { method: 'PROPFIND', url, headers: { Depth: String(depth) }, body }
}

/** `token` is empty for the first synchronisation. */
export function syncRequest(url: URL, token: string, properties: readonly Name[]): DavRequest {
  const body = document(
    'D:sync-collection',
    `<D:sync-token>${escapeXml(token)}</D:sync-token><D:sync-level>1</D:sync-level>${propElement(properties)}`,
  )
  // RFC 6578 section 3.2: Depth is 0; the level stands in the body.
  return { method: 'REPORT', url, headers: { Depth: '0' }, body }
}

export function multigetRequest(
  url: URL,
  service: 'contacts' | 'calendar',
  hrefs: readonly string[],
  properties: readonly Name[],
): DavRequest {
  const root = service === 'contacts' ? 'CR:addressbook-multiget' : 'C:calendar-multiget'
  const list = hrefs.map((href) => `<D:href>${escapeXml(href)}</D:href>`).join('')
  return { method: 'REPORT', url, headers: { Depth: '1' }, body: document(root, propElement(properties) + list) }
}

/** As `readMultistatus`, tried again after a broken connection: the parts of a broken answer may come twice. */
export function streamMultistatus(
  client: DavClient,
  request: DavRequest,
  signal: AbortSignal,
): AsyncGenerator<MultistatusPart, void, undefined> {
  return client.stream(request, readMultistatus, octetsOf, signal)
}

/** What one part takes in memory, about. */
function octetsOf(part: MultistatusPart): number {
  let octets = 2_048
  if (part.kind === 'response') for (const { text } of part.response.properties.values()) octets += text.length
  return octets
}

/** @throws Refusal for every other status than 207 */
export async function* readMultistatus(answer: DavAnswer): AsyncGenerator<MultistatusPart, void, undefined> {
  if (answer.status !== 207) throw await refusal(answer)
  for await (const element of readElements(answer.body, name('dav', 'multistatus'), answer.url.host)) {
    if (element.name === name('dav', 'sync-token')) yield { kind: 'sync-token', token: element.text.trim() }
    if (element.name !== name('dav', 'response')) continue
    for (const response of responsesOf(element)) yield { kind: 'response', response, base: answer.url }
  }
}

/** One status may stand for several hrefs (RFC 4918 section 14.24). */
function responsesOf(element: XmlElement): readonly DavResponse[] {
  const properties = new Map<Name, XmlElement>()
  for (const propstat of element.children) {
    if (propstat.name !== name('dav', 'propstat')) continue
    const status = statusOf(childOf(propstat, name('dav', 'status')))
    if (status !== null && (status < 200 || status > 299)) continue
    for (const property of childOf(propstat, name('dav', 'prop'))?.children ?? []) properties.set(property.name, property)
  }
  const status = statusOf(childOf(element, name('dav', 'status')))
  const failed = childOf(element, name('dav', 'error'))
  const conditions = (failed?.children ?? []).map((condition) => localName(condition.name))
  return element.children
    .filter((child) => child.name === name('dav', 'href'))
    .map((href) => ({ href: href.text.trim(), status, properties, conditions }))
}

/** `HTTP/1.1 404 Not Found` */
function statusOf(element: XmlElement | undefined): number | null {
  if (element?.text === 'HTTP/1.1 200 OK') return 200
  const code = element?.text.match(/^\s*HTTP\/\S+\s+(\d{3})\b/i)?.[1]
  return code === undefined ? null : Number(code)
}

function localName(full: Name): string {
  return full.slice(full.indexOf('}') + 1)
}

const prefixes: Readonly<Record<string, string>> = {
  [ns.dav]: 'D',
  [ns.caldav]: 'C',
  [ns.carddav]: 'CR',
  [ns.calendarServer]: 'CS',
  [ns.apple]: 'A',
  [ns.infIt]: 'I',
  [ns.sabre]: 'S',
}

const declarations = Object.entries(prefixes)
  .map(([uri, prefix]) => `xmlns:${prefix}="${uri}"`)
  .join(' ')

function document(root: string, content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<${root} ${declarations}>${content}</${root}>\n`
}

function propElement(properties: readonly Name[]): string {
  const elements = properties.map((property) => {
    const prefix = prefixes[property.slice(1, property.indexOf('}'))]
    return `<${prefix}:${localName(property)}/>`
  })
  return `<D:prop>${elements.join('')}</D:prop>`
}
