/** Finds the preset of an address or of a mail exchanger, and fills in its addresses. */
import { AppError } from '../../core/errors.ts'
import { namedPresetIn, presetForMxIn, presetIn } from '../shared/presets.ts'
import { type DavPreset, presets } from './preset-table.ts'

/** Addresses of the services that are offered, as settings want them. */
export interface ServiceUrls {
  readonly carddav?: string
  readonly caldav?: string
  readonly webdav?: string
}

/** The preset of an address, by its domain, or of a provider's short name (`icloud`); null where the table has none. */
export function presetFor(addressOrName: string): DavPreset | null {
  return presetIn(presets, addressOrName)
}

/** The preset with this short name or, where the address belongs to a sister of it (`zoho-eu`), that one. */
export function namedPreset(name: string, user: string): DavPreset | null {
  return namedPresetIn(presets, name, user)
}

/** The preset of the provider that runs this mail exchanger. */
export function presetForMx(exchange: string): DavPreset | null {
  return presetForMxIn(presets, exchange)
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
