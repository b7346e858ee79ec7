/** The address books or calendars of a home, with what is known of each. */
import type { Collection } from '../../core/items.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { isRefusal, Refusal } from './errors.ts'
import { type DavService, type Home, hrefsIn, isOf, services } from './home.ts'
import { canonicalPath, isSameCollection, keyOf, lastName, onServerOf, resolveHref } from './hrefs.ts'
import type { DavClient } from './http.ts'
import { type DavResponse, propfind } from './requests.ts'
import { childOf, name, type XmlElement } from './xml.ts'

export interface FoundCollection {
  readonly collection: Collection
  readonly url: URL
  /** RFC 6578 is offered. */
  readonly canSync: boolean
  /** How many changes a server of the sabre/dav family has counted; null where none is told. */
  readonly changesCounted: number | null
}

const asked = [
  name('dav', 'resourcetype'),
  name('dav', 'displayname'),
  name('dav', 'owner'),
  name('dav', 'supported-report-set'),
  name('carddav', 'addressbook-description'),
  name('infIt', 'addressbook-color'),
  name('caldav', 'calendar-description'),
  name('caldav', 'calendar-timezone'),
  name('caldav', 'supported-calendar-component-set'),
  name('apple', 'calendar-color'),
  name('apple', 'calendar-order'),
  name('calendarServer', 'source'),
  name('sabre', 'sync-token'),
]

/** Collections stand in plain folders on some servers; they are looked for so many levels down. */
const levelLimit = 3
const collectionLimit = 2_000
/** A property of a collection longer than this is no name, colour or description. */
const textLimit = 64 * 1024

export async function* listCollections(
  client: DavClient,
  home: Home,
  service: DavService,
  signal: AbortSignal,
): AsyncGenerator<FoundCollection> {
  const seen = new Set<string>()
  for (const { url, kind } of home.places) {
    for await (const found of collectionsIn(client, url, kind === 'home' ? levelLimit : 0, home, service, signal)) {
      if (seen.has(found.collection.key) || seen.size >= collectionLimit) continue
      seen.add(found.collection.key)
      yield found
    }
  }
}

async function* collectionsIn(
  client: DavClient,
  place: URL,
  levels: number,
  home: Home,
  service: DavService,
  signal: AbortSignal,
): AsyncGenerator<FoundCollection> {
  const { base, responses } = await propfind(client, place, levels > 0 ? 1 : 0, asked, signal)
  const folders: URL[] = []
  for (const response of responses) {
    const url = addressOf(response, base, client)
    if (url === null) continue
    if (isWanted(response, service)) yield described(response, url, base, home, service)
    else if (isSameCollection(canonicalPath(url.pathname), canonicalPath(base.pathname))) requireDescribed(response, base)
    else if (isOutOfReach(response)) yield undescribed(response, url, service)
    else if (isPlainFolder(response)) folders.push(url)
  }
  if (levels <= 1) return
  for (const folder of folders) {
    try {
      yield* collectionsIn(client, folder, levels - 1, home, service, signal)
    } catch (error) {
      // Folders that are nobody's business (inboxes of applications) may be closed.
      if (!isRefusal(error)) throw error
    }
  }
}

/** What a place lists lies on its server (RFC 4918 section 9.1): a host that is not known is how the server wrongly calls itself. */
function addressOf({ href }: DavResponse, base: URL, client: DavClient): URL | null {
  const url = resolveHref(href, base)
  return url === null || client.trust.extend(url, base) ? url : onServerOf(base, url)
}

/** It is there, whatever it is, and cannot be described at the moment: nothing of it is gone. */
function isOutOfReach({ status }: DavResponse): boolean {
  return status !== null && (status >= 500 || status === 423 || status === 424 || status === 429)
}

/** @throws Refusal for a place of which the server says nothing, and so nothing of what it holds */
function requireDescribed({ status }: DavResponse, base: URL): void {
  if (status !== null && status >= 400) throw new Refusal(status, base.host)
}

function undescribed(response: DavResponse, url: URL, service: DavService): FoundCollection {
  const key = keyOf(url)
  const skipped = `The server cannot say at the moment what this is (HTTP ${response.status}); what was saved of it stays.`
  return {
    collection: { service, key, path: [lastName(key)], meta: {}, skipped, fails: true },
    url,
    canSync: false,
    changesCounted: null,
  }
}

function isWanted(response: DavResponse, service: DavService): boolean {
  return (
    isOf(response, services[service].collection) ||
    (service === 'calendar' && isOf(response, name('calendarServer', 'subscribed')))
  )
}

/** A collection without any purpose of its own. */
function isPlainFolder(response: DavResponse): boolean {
  const types = response.properties.get(name('dav', 'resourcetype'))?.children ?? []
  return types.length === 1 && types[0]?.name === name('dav', 'collection')
}

function described(response: DavResponse, url: URL, base: URL, home: Home, service: DavService): FoundCollection {
  const key = keyOf(url)
  const displayName = textOf(response.properties.get(name('dav', 'displayname')))
  const isCalendarHere = service === 'contacts' || isOf(response, services.calendar.collection)
  const collection: Collection = {
    service,
    key,
    path: [displayName ?? lastName(key)],
    meta: metaOf(response, base, home, service),
    ...(isCalendarHere ? {} : { skipped: 'This calendar is subscribed from elsewhere; the server keeps no copy of it.' }),
  }
  return { collection, url, canSync: offersSync(response), changesCounted: countedIn(response) }
}

function countedIn(response: DavResponse): number | null {
  const count = textOf(response.properties.get(name('sabre', 'sync-token')))
  return count !== null && /^\d{1,15}$/.test(count) ? Number(count) : null
}

function metaOf(response: DavResponse, base: URL, home: Home, service: DavService): JsonObject {
  const text = (...properties: Parameters<typeof name>[]) =>
    properties.map((property) => textOf(response.properties.get(name(...property)))).find((value) => value !== null)
  const owner = hrefsIn(response, name('dav', 'owner'), base)[0]
  const ownerPath = owner === undefined ? null : canonicalPath(owner.pathname)
  const isShared =
    isOf(response, name('calendarServer', 'shared')) ||
    (ownerPath !== null && home.principal !== null && !isSameCollection(ownerPath, home.principal))
  const source = hrefsIn(response, name('calendarServer', 'source'), base)[0]
  const order = Number(text(['apple', 'calendar-order']) ?? Number.NaN)
  const facts: Record<string, Json | undefined> = {
    description: text(['carddav', 'addressbook-description'], ['caldav', 'calendar-description']),
    colour: text(['apple', 'calendar-color'], ['infIt', 'addressbook-color']),
    order: Number.isFinite(order) ? order : undefined,
    components: service === 'calendar' ? componentsOf(response) : undefined,
    timezone: text(['caldav', 'calendar-timezone']),
    shared: isShared || undefined,
    owner: isShared && ownerPath !== null ? ownerPath : undefined,
    subscribed: isOf(response, name('calendarServer', 'subscribed')) || undefined,
    source: source === undefined ? undefined : withoutSecrets(source),
  }
  return Object.fromEntries(Object.entries(facts).flatMap(([fact, value]) => (value === undefined ? [] : [[fact, value]])))
}

function componentsOf(response: DavResponse): readonly string[] | undefined {
  const set = response.properties.get(name('caldav', 'supported-calendar-component-set'))
  const names = (set?.children ?? []).flatMap((comp) => comp.attributes['name'] ?? [])
  return names.length === 0 ? undefined : names.slice(0, 20)
}

function offersSync(response: DavResponse): boolean {
  const reports = response.properties.get(name('dav', 'supported-report-set'))?.children ?? []
  const sync = name('dav', 'sync-collection')
  // xandikos leaves out the `report` around it.
  return reports.some((supported) => childOf(childOf(supported, name('dav', 'report')) ?? supported, sync) !== undefined)
}

function textOf(element: XmlElement | undefined): string | null {
  const text = element?.text.trim() ?? ''
  return text === '' ? null : text.slice(0, textLimit)
}

/** Private addresses of calendars often carry a password. */
function withoutSecrets(source: URL): string {
  const shown = new URL(source)
  shown.username = ''
  shown.password = ''
  return shown.href
}
