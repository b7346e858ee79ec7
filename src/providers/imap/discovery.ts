/** Finds the IMAP server of an address that a person knows nothing more of than the address. */
import { Resolver } from 'node:dns/promises'
import { connect } from 'node:tls'
import { bestServer, roundLimit, type SrvRecord, within } from '../shared/discovery.ts'
import { domainOf } from '../shared/presets.ts'
import { autoconfigUrls, readAutoconfig } from './autoconfig.ts'
import type { Preset, Security } from './preset-table.ts'
import { presetFor, presetForMx, userFor } from './presets.ts'

export type Discovered =
  | {
      readonly kind: 'server'
      /** How it was found: the table of providers, the domain's mail exchanger, RFC 6186 SRV, autoconfig, or by trying. */
      readonly via: 'preset' | 'mx' | 'srv' | 'autoconfig' | 'guess'
      readonly host: string
      readonly port: number
      readonly security: Security
      /** `null` where the person has to say it (see the preset's steps). */
      readonly user: string | null
      readonly auth: 'password' | 'xoauth2'
      readonly preset: Preset | null
      /**
       * The server lies outside the address's domain and only unsigned DNS names it: show it and ask before a password
       * goes there (RFC 6186 section 6).
       */
      readonly ask: boolean
    }
  /** The provider is known and cannot be used; `preset.unsupported` says why. */
  | { readonly kind: 'unsupported'; readonly preset: Preset }

/** What discovery asks of the network. Each call may fail or never answer; `discover` bounds it. */
export interface DiscoveryNetwork {
  resolveSrv(name: string): Promise<readonly SrvRecord[]>
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>
  fetch(url: string, init: { readonly signal: AbortSignal; readonly redirect: 'manual' }): Promise<Response>
  /** Whether an IMAP server with a valid certificate for `host` greets on this port. */
  greets(host: string, port: number, signal: AbortSignal): Promise<boolean>
}

/**
 * Looks in this order: the table of providers by domain, the same by mail exchanger, SRV records, autoconfig over https,
 * and the usual names, tried. `null` where nothing was found. Never throws for a dead or hostile network.
 * @throws the signal's reason when it aborts
 */
export async function discover(
  address: string,
  network: DiscoveryNetwork = realNetwork,
  signal: AbortSignal = new AbortController().signal,
): Promise<Discovered | null> {
  const domain = domainOf(address)
  if (domain === null) return null
  const known = presetFor(address)
  if (known) return fromPreset(known, address, 'preset')

  const [mx, secure, plain] = await Promise.all([
    within(signal, () => network.resolveMx(domain)),
    within(signal, () => network.resolveSrv(`_imaps._tcp.${domain}`)),
    within(signal, () => network.resolveSrv(`_imap._tcp.${domain}`)),
  ])
  const hosting = byPriority(mx ?? [])
    .map((record) => presetForMx(record.exchange))
    .find((preset) => preset !== null)
  if (hosting) return fromPreset(hosting, address, 'mx')
  const announced = fromSrv(secure ?? [], 'tls', address, domain) ?? fromSrv(plain ?? [], 'starttls', address, domain)
  if (announced) return announced
  return (await fromAutoconfig(address, domain, network, signal)) ?? (await guess(address, domain, network, signal))
}

export function fromPreset(preset: Preset, address: string, via: 'preset' | 'mx'): Discovered {
  if (preset.unsupported !== undefined) return { kind: 'unsupported', preset }
  const host = via === 'mx' ? (preset.ownDomain?.host ?? preset.host) : preset.host
  const { port, security } = preset
  return { kind: 'server', via, host, port, security, user: userFor(preset, address), auth: 'password', preset, ask: false }
}

function fromSrv(
  records: readonly SrvRecord[],
  security: 'tls' | 'starttls',
  address: string,
  domain: string,
): Discovered | null {
  const best = bestServer(records)
  if (best === null) return null
  const ask = best.host !== domain && !best.host.endsWith(`.${domain}`)
  const { host, port } = best
  return { kind: 'server', via: 'srv', host, port, security, user: address, auth: 'password', preset: null, ask }
}

async function fromAutoconfig(
  address: string,
  domain: string,
  network: DiscoveryNetwork,
  signal: AbortSignal,
): Promise<Discovered | null> {
  const answers = await Promise.all(
    autoconfigUrls(address, domain).map((url) =>
      within(signal, (limited) => readAutoconfig(url, address, network.fetch, limited)),
    ),
  )
  const found = answers.find((answer) => answer)
  return found ? { kind: 'server', via: 'autoconfig', ...found, preset: null, ask: false } : null
}

async function guess(
  address: string,
  domain: string,
  network: DiscoveryNetwork,
  signal: AbortSignal,
): Promise<Discovered | null> {
  const hosts = [`imap.${domain}`, `mail.${domain}`]
  const greeted = await Promise.all(hosts.map((host) => within(signal, (limited) => network.greets(host, 993, limited))))
  const host = hosts.find((_, index) => greeted[index] === true)
  if (host === undefined) return null
  return {
    kind: 'server',
    via: 'guess',
    host,
    port: 993,
    security: 'tls',
    user: address,
    auth: 'password',
    preset: null,
    ask: false,
  }
}

function byPriority<T extends { readonly priority: number }>(records: readonly T[]): readonly T[] {
  return records.toSorted((a, b) => a.priority - b.priority)
}

const realNetwork: DiscoveryNetwork = {
  resolveSrv: (name) => resolver().resolveSrv(name),
  resolveMx: (name) => resolver().resolveMx(name),
  fetch: (url, init) => fetch(url, init),
  greets: greetsOverTls,
}

function resolver(): Resolver {
  return new Resolver({ timeout: roundLimit, tries: 1 })
}

/** As `DiscoveryNetwork.greets`. `ca`: certificates to trust instead of the system's, PEM. */
export function greetsOverTls(host: string, port: number, signal: AbortSignal, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) })
    let greeting = ''
    const settle = (answer: boolean) => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      resolve(answer)
    }
    const abort = () => settle(false)
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
    socket.on('data', (chunk: Buffer) => {
      greeting += chunk.toString('latin1', 0, 64)
      if (greeting.length >= 5) settle(/^\* (OK|PR)/i.test(greeting))
    })
  })
}
