/** Finds a well-known provider in a table of them. */
import { domainToASCII } from 'node:url'
import { AppError } from '../../core/errors.ts'
import type { FoundServer } from '../../core/provider.ts'

/** What the tables of all services say of a provider. */
export interface KnownProvider {
  /** Short name for the command line, e.g. `icloud`. */
  readonly id: string
  readonly name: string
  /** Domains of addresses, in ASCII. `gmx.*` stands for every `gmx.TLD`, `gmx.co.TLD` and `gmx.com.TLD`. */
  readonly domains: readonly string[]
  /** Ends of the names of mail exchangers that show that a domain of one's own is kept here. */
  readonly mx: readonly string[]
  /** What to do before the first run, one step each, in the order in which it is done. */
  readonly steps: readonly string[]
  readonly helpUrl: string
  /** A limit of the provider's that a person will notice. */
  readonly note?: string
  /** Set where it cannot be used in this way, or not with a password: why, and what to do instead. */
  readonly unsupported?: string
}

/** By the domain of an address, or by the short name; null where the table has none. */
export function presetIn<P extends KnownProvider>(presets: readonly P[], addressOrName: string): P | null {
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

/** By the short name or, where the address belongs to a sister of it (`zoho-eu`), that one. */
export function namedPresetIn<P extends KnownProvider>(presets: readonly P[], name: string, user: string): P | null {
  const named = presets.find((preset) => preset.id === name) ?? null
  const own = user.includes('@') ? presetIn(presets, user) : null
  return named !== null && own?.id.startsWith(`${named.id}-`) ? own : named
}

/** By the mail exchanger of a domain; the most particular one where several fit. */
export function presetForMxIn<P extends KnownProvider>(presets: readonly P[], exchange: string): P | null {
  const host = asciiDomain(exchange)
  if (host === null) return null
  const fits = presets.flatMap((preset) =>
    preset.mx.filter((end) => host === end || host.endsWith(`.${end}`)).map((end) => ({ preset, length: end.length })),
  )
  return fits.toSorted((a, b) => b.length - a.length)[0]?.preset ?? null
}

/** What a person is told of the provider whose server was found; null: the server is in no table. */
export function toldOf(preset: KnownProvider | null): Pick<FoundServer, 'providerName' | 'steps' | 'helpUrl' | 'note'> {
  if (preset === null) return { providerName: null, steps: [] }
  const { name, steps, helpUrl, note } = preset
  return { providerName: name, steps, helpUrl, ...(note === undefined ? {} : { note }) }
}

/** The refusal of a provider that cannot be used. */
export function notPossible({ name, unsupported, helpUrl }: KnownProvider): AppError {
  return new AppError('unsupported', unsupported ?? `${name} cannot be used in this way.`, { advice: `More: ${helpUrl}` })
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

/** The domain of an address, as `asciiDomain`; null where it is no address. */
export function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@')
  return at > 0 ? asciiDomain(address.slice(at + 1)) : null
}

/** Names that look like a family's and belong to another company. */
const strangers = new Set(['yahoo.co.jp'])

function isFamily(pattern: string, domain: string): boolean {
  if (!pattern.endsWith('.*') || strangers.has(domain)) return false
  const family = pattern.slice(0, -1)
  return domain.startsWith(family) && /^(com?\.)?[a-z]{2,3}$/.test(domain.slice(family.length))
}
