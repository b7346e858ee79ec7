/** To which servers the account's credentials may go. */
import { isSecure } from './settings.ts'

export class Trust {
  readonly #origins = new Set<string>()
  readonly #allowPlain: boolean

  /** `configured`: the addresses that the person gave or confirmed. `allowPlain`: unencrypted connections as well. */
  constructor(configured: readonly URL[], allowPlain: boolean) {
    this.#allowPlain = allowPlain
    for (const url of configured) if (allowPlain || isSecure(url)) this.#origins.add(url.origin)
  }

  has(url: URL): boolean {
    return this.#origins.has(url.origin)
  }

  /**
   * Takes in a server that `from`, a trusted one, has named in an answer or redirect (iCloud's hosts per user). Both must be
   * encrypted and of the same registrable domain. False where it stays a stranger.
   */
  extend(url: URL, from: URL): boolean {
    if (this.has(url)) return true
    if (!this.has(from)) return false
    const isUpgrade = url.hostname === from.hostname && from.protocol === 'http:' && (this.#allowPlain || isDefaultPort(url))
    const isSibling =
      from.protocol === 'https:' && isRelated(url.hostname, from.hostname) && (isDefaultPort(url) || url.port === from.port)
    if (url.protocol !== 'https:' || !(isUpgrade || isSibling)) return false
    this.#origins.add(url.origin)
    return true
  }
}

function isDefaultPort(url: URL): boolean {
  return url.port === ''
}

/** Whether both names lie in one registrable domain. Errs on the side of no. */
export function isRelated(a: string, b: string): boolean {
  if (a === b) return true
  const domain = registrableDomain(a)
  return domain !== null && domain === registrableDomain(b)
}

/**
 * The domain that somebody registered, e.g. `icloud.com`, `example.co.uk`; null for addresses and bare names. Without the
 * public suffix list a suffix of two labels is known by its form (`co.uk`, `com.au`): good enough as a second wall behind a
 * server that has proved who it is.
 */
function registrableDomain(hostname: string): string | null {
  const labels = hostname.split('.')
  const last = labels.at(-1) ?? ''
  if (labels.length < 2 || hostname.startsWith('[') || /^\d+$/.test(last)) return null
  const isLongSuffix = last.length === 2 && /^([a-z]{2}|com|net|org|edu|gov|mil|info|biz|web|asn)$/.test(labels.at(-2) ?? '')
  const taken = isLongSuffix ? 3 : 2
  if (labels.length < taken) return null
  const domain = labels.slice(-taken).join('.')
  return sharedDomains.has(domain) ? null : domain
}

/** Domains under which strangers are neighbours. */
const sharedDomains: ReadonlySet<string> = new Set([
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'azurewebsites.net',
  'cloudfront.net',
  'amazonaws.com',
  'web.app',
  'pages.dev',
  'workers.dev',
  'vercel.app',
  'netlify.app',
  'fly.dev',
  'onrender.com',
  'ngrok.io',
  'duckdns.org',
  'dyndns.org',
  'no-ip.org',
  'ddns.net',
  'synology.me',
  'myfritz.net',
  'dedyn.io',
  'spdns.de',
  'selfhost.de',
])
