/** Finds the preset of an address, a mail exchanger or a server in the table of providers. */
import { namedPresetIn, presetForMxIn, presetIn } from '../shared/presets.ts'
import { type Preset, presets } from './preset-table.ts'

/**
 * The preset of an address, by its domain, or of a provider's short name (`icloud`). `null` where the table has none;
 * a domain of one's own is found by `discover`.
 */
export function presetFor(addressOrName: string): Preset | null {
  return presetIn(presets, addressOrName)
}

/** The preset of the provider that runs this mail exchanger. */
export function presetForMx(exchange: string): Preset | null {
  return presetForMxIn(presets, exchange)
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
  return namedPresetIn(presets, name, user)
}

/** The user name that the provider expects for an address, or `null` where the person has to say it. */
export function userFor(preset: Preset, address: string): string | null {
  const isOwnDomain = presetFor(address)?.id !== preset.id
  const form = isOwnDomain ? (preset.ownDomain?.user ?? 'address') : preset.user
  if (form === 'ask') return null
  const at = address.lastIndexOf('@')
  return form === 'local-part' && at > 0 ? address.slice(0, at) : address
}
