/** From an e-mail address to the way in: whose it is, where its servers are, and how a person gets the password. */
import { hasCode, toAppError } from '../../core/errors.ts'
import { providerOf } from '../accounts.ts'
import type { App, FoundConnection, FoundServer } from '../contract.ts'
import type { Discovery } from './contract.ts'

/** Those who let people sign in with a browser; a company's address is known by the servers that its mail goes to. */
const browserWays = [
  { provider: 'google', name: 'Google', names: /google|gmail/i, addresses: /@(?:gmail|googlemail)\.com$/i },
  {
    ...{ provider: 'microsoft', name: 'Microsoft', names: /microsoft|outlook/i },
    addresses: /@(?:(?:outlook|hotmail|live)\.[a-z.]+|msn\.com|windowslive\.com|passport\.com)$/i,
  },
] as const

/** Looks for mail, and for contacts, calendars and files beside it. What is not found is left to the person. */
export async function discover(app: App, address: string, signal: AbortSignal): Promise<Discovery> {
  const [mail, rest] = await Promise.all([ask(app, 'imap', address, signal), ask(app, 'dav', address, signal)])
  const found = [mail, rest].flatMap(({ connection }) => (connection === null ? [] : [connection]))
  const providerName = found.find((connection) => connection.providerName !== null)?.providerName ?? null
  const way = browserWays.find(({ names, addresses }) =>
    [names.test(providerName ?? ''), names.test(mail.refused ?? ''), addresses.test(address)].includes(true),
  )
  return {
    address,
    providerName: way?.name ?? providerName,
    signIn: way === undefined ? null : { provider: way.provider, registration: await app.registration(way.provider) },
    connections: found,
    steps: unique(found.flatMap(({ steps }) => steps)),
    pages: unique(found.flatMap(({ helpUrl }) => (helpUrl === undefined ? [] : [helpUrl]))),
    notes: unique(found.flatMap(({ note }) => (note === undefined ? [] : [note]))),
    unconfirmed: unique(found.filter(({ unconfirmed }) => unconfirmed).flatMap(hostsOf)),
    refused: found.length === 0 && way === undefined ? (mail.refused ?? rest.refused) : null,
  }
}

interface Answer {
  readonly connection: FoundConnection | null
  readonly refused: string | null
}

async function ask(app: App, provider: string, address: string, signal: AbortSignal): Promise<Answer> {
  try {
    const found = await app.findServer(provider, address, signal)
    if (found === null) return { connection: null, refused: null }
    const settings = { ...found.settings, user: found.user ?? address }
    return { connection: { ...found, settings, provider, services: await servicesOf(provider, settings) }, refused: null }
  } catch (error) {
    // Without a network nothing is found; that is said when signing in fails.
    if (!hasCode(error, 'unsupported')) return { connection: null, refused: null }
    return { connection: null, refused: toAppError(error).message }
  }
}

async function servicesOf(provider: string, settings: FoundServer['settings']): Promise<FoundConnection['services']> {
  const { services, servicesOf: offered } = await providerOf(provider)
  return offered?.(settings) ?? services
}

function hostsOf({ settings }: FoundServer): string[] {
  const { host, carddav, caldav, webdav } = settings
  const urls = [carddav, caldav, webdav].flatMap((url) => (typeof url === 'string' ? [new URL(url).host] : []))
  return [...(typeof host === 'string' ? [host] : []), ...urls]
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
