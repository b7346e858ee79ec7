/** Finds the preset of an address, a mail exchanger or a server in the table of providers. */
import { domainToASCII } from 'node:url'
import { type Preset, presets } from './preset-table.ts'

/**
 * The preset of an address, by its domain, or of a provider's short name (`icloud`). `null` where the table has none;
 * a domain of one's own is found by `discover`.
 */
export function presetFor(addressOrName: string): Preset | null {
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

/** The preset of the provider that runs this mail exchanger; the most particular one where several fit. */
export function presetForMx(exchange: string): Preset | null {
  const host = asciiDomain(exchange)
  if (host === null) return null
  let best: { readonly preset: Preset; readonly length: number } | null = null
  for (const preset of presets) {
    for (const end of preset.mx) {
      const fits = host === end || host.endsWith(`.${end}`)
      if (fits && end.length > (best?.length ?? 0)) best = { preset, length: end.length }
    }
  }
  return best?.preset ?? null
}

/** The preset whose server this is, to explain a refused sign-in. */
export function presetForHost(host: string): Preset | null {
  const wanted = host.trim().toLowerCase().replace(/\.$/, '')
  const isLocal = wanted === '127.0.0.1' || wanted === 'localhost'
  if (isLocal || wanted === '') return null
  return (
    presets.find((preset) => preset.host === wanted || preset.ownDomain?.host === wanted || usualHosts[wanted] === preset.id) ??
    null
  )
}

/** Servers that people enter by hand and that belong to a preset with another one. */
const usualHosts: Readonly<Record<string, string>> = {
  'imap.mail.yahoo.com': 'yahoo',
  'imap.aol.com': 'aol',
  'imap.googlemail.com': 'gmail',
  'imap-mail.outlook.com': 'outlook',
}

/** The preset with this short name or, where the address belongs to a sister of it (`zoho-eu`), that one. */
export function namedPreset(name: string, user: string): Preset | null {
  const named = presets.find((preset) => preset.id === name) ?? null
  const own = user.includes('@') ? presetFor(user) : null
  return named !== null && own?.id.startsWith(`${named.id}-`) ? own : named
}

/** The user name that the provider expects for an address, or `null` where the person has to say it. */
export function userFor(preset: Preset, address: string): string | null {
  const isOwnDomain = presetFor(address)?.id !== preset.id
  const form = isOwnDomain ? (preset.ownDomain?.user ?? 'address') : preset.user
  if (form === 'ask') return null
  const at = address.lastIndexOf('@')
  return form === 'local-part' && at > 0 ? address.slice(0, at) : address
}

/** A domain in lower case and punycode without the final dot, or `null` where it is none. */
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
