/** From the address that the person gave to the place where the collections are: RFC 6764, 5397, 4791 and 6352. */
import { AppError, hasCode } from '../../core/errors.ts'
import { isRefusal } from './errors.ts'
import { canonicalPath, resolveHref } from './hrefs.ts'
import type { DavClient } from './http.ts'
import { type DavResponse, propfind } from './requests.ts'
import { childOf, type Name, name } from './xml.ts'

export type DavService = 'contacts' | 'calendar'

export interface Home {
  /** Where to look for collections: home sets, or the one collection that the person named. */
  readonly places: readonly { readonly url: URL; readonly kind: 'home' | 'collection' }[]
  /** Canonical path of the person's principal; what others own is shared with them. Null where the server does not say. */
  readonly principal: string | null
}

export const services = {
  contacts: {
    wellKnown: '/.well-known/carddav',
    homeSet: name('carddav', 'addressbook-home-set'),
    collection: name('carddav', 'addressbook'),
  },
  calendar: {
    wellKnown: '/.well-known/caldav',
    homeSet: name('caldav', 'calendar-home-set'),
    collection: name('caldav', 'calendar'),
  },
} as const

const resourceType = name('dav', 'resourcetype')
const currentPrincipal = name('dav', 'current-user-principal')
const principalUrl = name('dav', 'principal-URL')

/**
 * `configured`: the server, a principal, a home or one collection.
 * @throws AppError `not-found` where there is nothing of this service, and everything that stands in the way of asking
 */
export async function findHome(client: DavClient, configured: URL, service: DavService, signal: AbortSignal): Promise<Home> {
  let refused: unknown = null
  for (const start of startingPoints(configured, service)) {
    try {
      const home = await homeFrom(client, start, service, signal)
      if (home !== null) return home
    } catch (error) {
      // Only the address itself tells why it does not work; the usual places are guesses.
      if (!isRefusal(error) && !hasCode(error, 'not-found')) throw error
      refused ??= error
    }
  }
  const what = service === 'contacts' ? 'address books' : 'calendars'
  throw new AppError(
    hasCode(refused, 'permission') ? 'permission' : 'not-found',
    `${configured.host} shows no ${what} at this address.`,
    { cause: refused },
  )
}

function startingPoints(configured: URL, service: DavService): readonly URL[] {
  const wellKnown = new URL(services[service].wellKnown, configured)
  const root = new URL('/', configured)
  // A bare server name says nothing of where the service is: the well-known address does (RFC 6764 section 6).
  const points = configured.pathname === '/' ? [wellKnown, root] : [configured, wellKnown, root]
  return points.filter((point, index) => points.findIndex((other) => other.href === point.href) === index)
}

async function homeFrom(client: DavClient, start: URL, service: DavService, signal: AbortSignal): Promise<Home | null> {
  const { homeSet, collection } = services[service]
  const wanted = [resourceType, currentPrincipal, principalUrl, homeSet, name('dav', 'owner')]
  const { base, responses } = await propfind(client, start, 0, wanted, signal)
  const found = responses[0]
  if (found === undefined) return null
  const principal = principalOf(found, base)
  const principalPath = principal === null ? null : canonicalPath(principal.pathname)
  if (isOf(found, collection)) return { places: [{ url: base, kind: 'collection' }], principal: principalPath }
  const named = hrefsIn(found, homeSet, base)
  const homes = named.length > 0 || principal === null ? named : await homesOf(client, principal, base, homeSet, signal)
  if (homes.length > 0) {
    for (const home of homes) requireTrust(client, home, base)
    return { places: homes.map((url) => ({ url, kind: 'home' })), principal: principalPath }
  }
  // A server without principals: the address is that of the folder that holds the collections.
  return (await holdsCollections(client, base, collection, signal))
    ? { places: [{ url: base, kind: 'home' }], principal: principalPath }
    : null
}

async function homesOf(
  client: DavClient,
  principal: URL,
  base: URL,
  homeSet: Name,
  signal: AbortSignal,
): Promise<readonly URL[]> {
  requireTrust(client, principal, base)
  const answer = await propfind(client, principal, 0, [homeSet], signal)
  const homes = answer.responses[0] === undefined ? [] : hrefsIn(answer.responses[0], homeSet, answer.base)
  for (const home of homes) requireTrust(client, home, answer.base)
  return homes
}

async function holdsCollections(client: DavClient, url: URL, collection: Name, signal: AbortSignal): Promise<boolean> {
  const { responses } = await propfind(client, url, 1, [resourceType], signal)
  return responses.some((response) => isOf(response, collection))
}

/** @throws AppError `auth` where the server takes the person for nobody */
function principalOf(response: DavResponse, base: URL): URL | null {
  const current = response.properties.get(currentPrincipal)
  if (childOf(current, name('dav', 'unauthenticated'))) {
    throw new AppError('auth', `${base.host} answers, but does not know who asks. Check the user name and the password.`)
  }
  return hrefsIn(response, currentPrincipal, base)[0] ?? hrefsIn(response, principalUrl, base)[0] ?? null
}

function requireTrust(client: DavClient, url: URL, from: URL): void {
  if (client.trust.extend(url, from)) return
  throw new AppError(
    'suspicious',
    `${from.host} says that the data is at ${url.host}, which is not known to belong to it. Your password was not sent there.`,
  )
}

export function isOf(response: DavResponse, type: Name): boolean {
  return childOf(response.properties.get(resourceType), type) !== undefined
}

/** The hrefs in a property, resolved. */
export function hrefsIn(response: DavResponse, property: Name, base: URL): readonly URL[] {
  return (response.properties.get(property)?.children ?? [])
    .filter((child) => child.name === name('dav', 'href'))
    .flatMap((child) => resolveHref(child.text, base) ?? [])
}
