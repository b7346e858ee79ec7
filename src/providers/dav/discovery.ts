/** Finds the CardDAV and CalDAV servers of an address that a person knows nothing more of than the address (RFC 6764). */
import { Resolver } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import type { Context } from '../../core/context.ts'
import { defaultRetry } from '../../core/retry.ts'
import { bestServer, roundLimit, type SrvRecord, within } from '../shared/discovery.ts'
import { domainOf } from '../shared/presets.ts'
import { type DavService, services } from './home.ts'
import { asEncrypted } from './hrefs.ts'
import { DavClient } from './http.ts'
import type { DavPreset } from './preset-table.ts'
import { presetFor, presetForMx, type ServiceUrls, urlsOf } from './presets.ts'
import { propfindRequest } from './requests.ts'
import { isRelated } from './trust.ts'
import { name } from './xml.ts'

export type Discovered =
  | {
      readonly kind: 'servers'
      /** The table of providers, the domain's mail exchanger, RFC 6764 SRV, or the well-known address of the domain. */
      readonly via: 'preset' | 'mx' | 'srv' | 'well-known'
      readonly urls: ServiceUrls
      readonly user: string
      readonly preset: DavPreset | null
      /**
       * A server lies outside the address's domain and only unsigned DNS names it: show it and ask before a password goes
       * there (RFC 6764 section 8).
       */
      readonly ask: boolean
    }
  /** The provider is known and cannot be used; `preset.unsupported` says why. */
  | { readonly kind: 'unsupported'; readonly preset: DavPreset }

/** What discovery asks of the network. Each call may fail or never answer; `discover` bounds it. */
export interface DiscoveryNetwork {
  resolveSrv(name: string): Promise<readonly SrvRecord[]>
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>
  /** An anonymous PROPFIND: the status, and where a redirect leads. */
  probe(url: URL, signal: AbortSignal): Promise<{ readonly status: number; readonly location: string | null }>
}

const hopLimit = 5

/**
 * Looks in this order: the table of providers by domain, the same by mail exchanger, SRV records, the well-known address of
 * the domain. Null where nothing was found. Never throws for a dead or hostile network, and needs no password.
 * @throws the signal's reason when it aborts
 */
export async function discover(
  address: string,
  network: DiscoveryNetwork = realNetwork(),
  signal: AbortSignal = new AbortController().signal,
): Promise<Discovered | null> {
  const domain = domainOf(address)
  if (domain === null) return null
  const known = presetFor(address)
  if (known) return fromPreset(known, address, 'preset')
  const [mx, contacts, calendar] = await Promise.all([
    within(signal, () => network.resolveMx(domain)),
    announced('contacts', domain, network, signal),
    announced('calendar', domain, network, signal),
  ])
  const exchangers = (mx ?? []).toSorted((a, b) => a.priority - b.priority)
  const hosting = exchangers.map((record) => presetForMx(record.exchange)).find((preset) => preset !== null)
  if (hosting) return fromPreset(hosting, address, 'mx')
  if (contacts !== null || calendar !== null) return fromUrls(contacts, calendar, 'srv', address, domain)
  const [carddav, caldav] = await Promise.all([
    wellKnown('contacts', domain, network, signal),
    wellKnown('calendar', domain, network, signal),
  ])
  return carddav === null && caldav === null ? null : fromUrls(carddav, caldav, 'well-known', address, domain)
}

export function fromPreset(preset: DavPreset, user: string, via: 'preset' | 'mx', server?: string): Discovered {
  if (preset.unsupported !== undefined) return { kind: 'unsupported', preset }
  return { kind: 'servers', via, urls: urlsOf(preset, user, server), user, preset, ask: false }
}

function fromUrls(carddav: URL | null, caldav: URL | null, via: 'srv' | 'well-known', user: string, domain: string): Discovered {
  const urls = {
    ...(carddav === null ? {} : { carddav: carddav.href }),
    ...(caldav === null ? {} : { caldav: caldav.href }),
  }
  // The well-known address is the domain's own word, over TLS.
  const ask = via === 'srv' && [carddav, caldav].some((url) => url !== null && !isRelated(url.hostname, domain))
  return { kind: 'servers', via, urls, user, preset: null, ask }
}

/** SRV for the server and TXT for the path (RFC 6764 sections 3 and 4); encrypted services only. */
async function announced(
  service: DavService,
  domain: string,
  network: DiscoveryNetwork,
  signal: AbortSignal,
): Promise<URL | null> {
  const record = `_${service === 'contacts' ? 'carddavs' : 'caldavs'}._tcp.${domain}`
  const [servers, texts] = await Promise.all([
    within(signal, () => network.resolveSrv(record)),
    within(signal, () => network.resolveTxt(record)),
  ])
  const best = bestServer(servers ?? [])
  if (best === null) return null
  const stated = (texts ?? []).map((parts) => parts.join('')).find((text) => /^path=\//i.test(text))
  const path = stated?.slice('path='.length) ?? services[service].wellKnown
  const origin = `https://${best.host}:${best.port}`
  return URL.canParse(path, origin) && new URL(path, origin).origin === new URL(origin).origin ? new URL(path, origin) : null
}

/** Where the well-known address leads, if a DAV server is there. */
async function wellKnown(
  service: DavService,
  domain: string,
  network: DiscoveryNetwork,
  signal: AbortSignal,
): Promise<URL | null> {
  let url = new URL(services[service].wellKnown, `https://${domain}`)
  for (let hop = 0; hop <= hopLimit; hop++) {
    const here = url
    const answer = await within(signal, (limited) => network.probe(here, limited))
    if (answer === null) return null
    // A web server that knows nothing of DAV says 404 or 405, or shows a page.
    if (answer.status === 401 || answer.status === 207) return url
    if (answer.location === null || !URL.canParse(answer.location, url.href)) return null
    url = asEncrypted(new URL(answer.location, url), url)
    if (url.protocol !== 'https:') return null
  }
  return null
}

/** `ca` and `lookup`: as for an account, for servers that the system does not know. `nameServers`: instead of the system's. */
export function realNetwork(
  options: { readonly ca?: string; readonly lookup?: LookupFunction; readonly nameServers?: readonly string[] } = {},
): DiscoveryNetwork {
  const resolver = () => {
    const created = new Resolver({ timeout: roundLimit, tries: 1 })
    if (options.nameServers !== undefined) created.setServers(options.nameServers)
    return created
  }
  return {
    resolveSrv: (record) => resolver().resolveSrv(record),
    resolveTxt: (record) => resolver().resolveTxt(record),
    resolveMx: (record) => resolver().resolveMx(record),
    async probe(url, signal) {
      const { ca, lookup } = options
      const settings = { user: '', auth: 'password', insecure: false, connections: 1, timeout: roundLimit / 1_000 } as const
      const client = new DavClient({ ...settings, ...(ca === undefined ? {} : { ca }) }, nobody, {
        retry: { ...defaultRetry, tries: 1 },
        ...(lookup === undefined ? {} : { lookup }),
      })
      try {
        const request = propfindRequest(url, 0, [name('dav', 'current-user-principal')])
        const answer = await client.send({ ...request, anonymous: true }, signal)
        answer.discard()
        return { status: answer.status, location: answer.header('location') }
      } finally {
        client.close()
      }
    },
  }
}

/** Nothing that is asked anonymously needs any of this. */
const nobody: Context = {
  clock: { now: () => new Date(), sleep: () => Promise.resolve() },
  log: { debug: () => undefined, warn: () => undefined },
  secret: () => Promise.resolve(null),
}
