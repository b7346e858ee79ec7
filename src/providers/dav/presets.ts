/** Finds the preset of an address or of a mail exchanger, and fills in its addresses. */
import { domainToASCII } from 'node:url'
import { AppError } from '../../core/errors.ts'
import { type DavPreset, presets } from './preset-table.ts'

/** Addresses of the services that are offered, as settings want them. */
export interface ServiceUrls {
  readonly carddav?: string
  readonly caldav?: string
  readonly webdav?: string
}

/** The preset of an address, by its domain, or of a provider's short name (`icloud`); null where the table has none. */
export function presetFor(addressOrName: string): DavPreset | null {
  const at = addressOrName.lastIndexOf('@')
  if (at < 0) {
    const id = addressOrName.trim().toLowerCase()
    return presets.find((preset) => preset.id === id) ?? null
  }
  const domain = asciiDomain(addressOrName.slice(at + 1))
  if (domain === null) return null
  const exact = presets.find((preset) => preset.domains.includes(domain))
  return exact ?? presets.find((preset) => preset.domains.some((pattern) => isFamily(pattern, domain))) ?? null
}

/** The preset with this short name or, where the address belongs to a sister of it (`zoho-eu`), that one. */
export function namedPreset(name: string, user: string): DavPreset | null {
  const named = presets.find((preset) => preset.id === name) ?? null
  const own = user.includes('@') ? presetFor(user) : null
  return named !== null && own?.id.startsWith(`${named.id}-`) ? own : named
}

/** The preset of the provider that runs this mail exchanger; the most particular one where several fit. */
export function presetForMx(exchange: string): DavPreset | null {
  const host = asciiDomain(exchange)
  if (host === null) return null
  const fits = presets.flatMap((preset) =>
    preset.mx.filter((end) => host === end || host.endsWith(`.${end}`)).map((end) => ({ preset, length: end.length })),
  )
  return fits.toSorted((a, b) => b.length - a.length)[0]?.preset ?? null
}

/** The preset whose server this is, to explain a refused sign-in. */
export function presetForUrl(url: URL): DavPreset | null {
  const hostsOf = ({ carddav, caldav, webdav }: DavPreset) =>
    [carddav, caldav, webdav].flatMap((text) => (text === undefined || text.includes('{') ? [] : [new URL(text).hostname]))
  return presets.find((preset) => hostsOf(preset).includes(url.hostname)) ?? null
}

/** Whether the person has to name a server. */
export function needsServer({ carddav, caldav, webdav }: DavPreset): boolean {
  return [carddav, caldav, webdav].some((text) => text?.includes('{server}') ?? false)
}

/**
 * `server`: the person's own, as typed: a name, with or without port, or an address with a path.
 * @throws AppError `usage` where the preset needs a server and this is none
 */
export function urlsOf(preset: DavPreset, user: string, server?: string): ServiceUrls {
  const base = needsServer(preset) ? ownServer(server ?? '', preset) : ''
  const fill = (text: string) => {
    // A port that the person names stands for all services.
    const filled = text.replace(/\{server\}(:\d+)?/, (_, port: string = '') =>
      /:\d+(\/|$)/.test(base) ? base : withPort(base, port),
    )
    return new URL(filled.replace('{user}', encodeURIComponent(user))).href
  }
  return {
    ...(preset.carddav === undefined ? {} : { carddav: fill(preset.carddav) }),
    ...(preset.caldav === undefined ? {} : { caldav: fill(preset.caldav) }),
    ...(preset.webdav === undefined ? {} : { webdav: fill(preset.webdav) }),
  }
}

/** Host, port and path without a final slash. */
function ownServer(server: string, preset: DavPreset): string {
  const text = server.trim().replace(/^https:\/\//i, '')
  const address = `https://${text}`
  if (text === '' || /^\w+:\/\//.test(text) || !URL.canParse(address)) {
    throw new AppError('usage', `${preset.name} needs the name of your server, such as cloud.example.com.`)
  }
  const { hostname, pathname } = new URL(address)
  // As typed: the URL parser drops 443, which here says that all services are on that port.
  const port = /^(?:\[[^\]]*\]|[^/:]*)(:\d+)/.exec(text)?.[1] ?? ''
  return hostname + port + pathname.replace(/\/(remote\.php.*|index\.php.*)?$/, '')
}

function withPort(base: string, port: string): string {
  const slash = base.indexOf('/')
  return slash < 0 ? base + port : base.slice(0, slash) + port + base.slice(slash)
}

/** A domain in lower case and punycode without the final dot, or null where it is none. */
export function asciiDomain(domain: string): string | null {
  const name = domain.trim().replace(/\.$/, '')
  // The URL parser behind domainToASCII drops line breaks and decodes %xx: such names would become others.
  if (/[\s\p{Cc}%]/u.test(name)) return null
  const ascii = domainToASCII(name).toLowerCase()
  const isName = /^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(ascii)
  return isName && !/^[\d.]+$/.test(ascii) ? ascii : null
}

/** Names that look like a family's and belong to another company. */
const strangers = new Set(['yahoo.co.jp'])

function isFamily(pattern: string, domain: string): boolean {
  if (!pattern.endsWith('.*') || strangers.has(domain)) return false
  const family = pattern.slice(0, -1)
  return domain.startsWith(family) && /^(com?\.)?[a-z]{2,3}$/.test(domain.slice(family.length))
}
