/** Accounts with contacts, calendars and files, and mail where it belongs to them. */
import { resolve } from 'node:path'
import type { App, FoundConnection, FoundServer, NewConnection } from '../../api/contract.ts'
import type { Service } from '../../core/account.ts'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { exitCodes } from '../../core/messages.ts'
import {
  checkSecretSource,
  chooseSecret,
  confirmServer,
  howToGetIn,
  refuseTaken,
  reportAdded,
  type SecretOptions,
} from '../adding.ts'
import { serviceWords } from '../format.ts'
import { interruptible } from '../interrupt.ts'
import { printable } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import type { WellKnown } from '../well-known.ts'

interface CommonOptions extends SecretOptions {
  readonly user: string
  readonly id?: string
  readonly imapUser?: string
  readonly imapPasswordCommand?: string
  readonly ca?: string
  readonly json?: boolean
}

export interface NamedOptions extends CommonOptions {
  readonly server?: string
  readonly only?: readonly Service[]
}

export interface DavOptions extends CommonOptions {
  readonly carddav?: string
  readonly caldav?: string
  readonly webdav?: string
  /** True: found by the address. */
  readonly imap?: string | true
  readonly imapSecurity?: string
  readonly token?: boolean
  readonly insecure?: boolean
}

/** `account add icloud` and its like. */
export async function addNamedAccount(
  { terminal, loadApp }: Session,
  provider: WellKnown,
  options: NamedOptions,
): Promise<number> {
  const app = await loadApp()
  const { user, server } = options
  const id = options.id ?? (user.includes('@') || server === undefined ? user : `${user}@${hostOf(server)}`)
  await refuseTaken(app, id)
  checkSecretSource(terminal, options)
  const found = await app.findPreset({ name: provider.id, user, ...(server === undefined ? {} : { server }) })
  const chosen = chosenServices(found, provider, options.only)
  for (const line of [`${provider.name}: ${places(chosen)}.`, ...howToGetIn(chosen)])
    await terminal.stderr.write(`${printable(line)}\n`)
  const connections = chosen.map((connection): NewConnection => {
    const settings = { ...connection.settings, user: userOf(connection, provider, options), ...certificate(options) }
    const services = options.only === undefined ? {} : { services: connection.services }
    return { provider: connection.provider, ...services, settings, ...ownSecret(connection.provider, options) }
  })
  const secret = await chooseSecret(terminal, options, `${user} at ${provider.name}`)
  await reportAdded(terminal, await app.addAccount({ id, connections, secret }), options.json === true)
  return exitCodes.ok
}

/** `account add dav`: by addresses that the person gives, or found by the e-mail address. */
export async function addDavAccount({ terminal, loadApp }: Session, options: DavOptions): Promise<number> {
  const app = await loadApp()
  const id = options.id ?? options.user
  await refuseTaken(app, id)
  checkSecretSource(terminal, options)
  const { carddav, caldav, webdav } = options
  const given = { ...urlOf('carddav', carddav), ...urlOf('caldav', caldav), ...urlOf('webdav', webdav) }
  const dav = Object.keys(given).length > 0 ? { ...given, user: options.user } : await findDav(app, terminal, options)
  const settings = {
    ...dav,
    ...(options.token ? { auth: 'bearer' } : {}),
    ...(options.insecure ? { insecure: true } : {}),
    ...certificate(options),
  }
  const imap = options.imap === undefined ? null : await imapSettings(app, terminal, options, options.imap)
  const connections: NewConnection[] = [
    ...(imap === null ? [] : [{ provider: 'imap', settings: imap, ...ownSecret('imap', options) }]),
    { provider: 'dav', settings },
  ]
  const secret = await chooseSecret(terminal, options, options.user)
  await reportAdded(terminal, await app.addAccount({ id, connections, secret }), options.json === true)
  return exitCodes.ok
}

/** @throws AppError `usage` for a service that the provider does not offer */
function chosenServices(
  found: readonly FoundConnection[],
  provider: WellKnown,
  only: readonly Service[] | undefined,
): readonly FoundConnection[] {
  if (only === undefined) return found
  const missing = only.find((service) => !found.some(({ services }) => services.includes(service)))
  if (missing !== undefined) {
    throw new AppError('usage', `${provider.name} offers no ${serviceWords[missing]} to other programs.`, {
      advice: `It has: ${provider.what}.`,
    })
  }
  return found
    .map((connection) => ({ ...connection, services: connection.services.filter((service) => only.includes(service)) }))
    .filter(({ services }) => services.length > 0)
}

function userOf(connection: FoundConnection, provider: WellKnown, { imapUser }: CommonOptions): string {
  const user = connection.services.includes('mail') ? (imapUser ?? connection.user) : connection.user
  if (user !== null) return user
  throw new AppError('usage', `${provider.name} wants a user name for mail that cannot be told from the address.`, {
    advice: 'Look it up at the provider and give it with --imap-user, or leave the mail out with --only.',
  })
}

/** `contacts on contacts.icloud.com, calendars on caldav.icloud.com`. */
function places(found: readonly FoundConnection[]): string {
  const addresses = { contacts: 'carddav', calendar: 'caldav', files: 'webdav', mail: 'host' } as const
  const named = found.flatMap(({ services, settings }) =>
    services.map((service) => `${serviceWords[service]} on ${hostOf(String(settings[addresses[service]]))}`),
  )
  return named.join(', ')
}

function hostOf(address: string): string {
  const url = /^\w+:\/\//.test(address) ? address : `https://${address}`
  return URL.canParse(url) ? new URL(url).host : address
}

/** A name alone stands for the server of that name. */
function urlOf(name: 'carddav' | 'caldav' | 'webdav', text: string | undefined): JsonObject {
  if (text === undefined) return {}
  return { [name]: /^\w+:\/\//.test(text) ? text : `https://${text}` }
}

async function findDav(app: App, terminal: Terminal, { user }: DavOptions): Promise<JsonObject> {
  const advice = 'Name the addresses that your provider states with --carddav, --caldav and --webdav.'
  if (!user.includes('@')) throw new AppError('usage', `"${user}" is no address, so no server can be looked up.`, { advice })
  const found = await find(app, terminal, 'dav', user)
  if (found === null)
    throw new AppError('not-found', `The server with the contacts and calendars of ${user} could not be found.`, { advice })
  const { carddav, caldav, webdav } = found.settings
  const hosts = [carddav, caldav, webdav].flatMap((url) => (typeof url === 'string' ? [hostOf(url)] : []))
  const options = Object.entries({ carddav, caldav, webdav }).flatMap(([name, url]) =>
    url === undefined ? [] : [`--${name} ${String(url)}`],
  )
  const shown = [`Found for ${user}: ${[...new Set(hosts)].join(', ')}. Source: ${found.origin}.`, ...howToGetIn([found])]
  for (const line of shown) await terminal.stderr.write(`${printable(line)}\n`)
  if (found.unconfirmed) await confirmServer(terminal, [...new Set(hosts)], options.join(' '))
  return { ...found.settings, user: found.user ?? user }
}

async function imapSettings(app: App, terminal: Terminal, options: DavOptions, server: string | true): Promise<JsonObject> {
  const { user, imapUser, imapSecurity } = options
  const security = imapSecurity === undefined ? {} : { security: imapSecurity }
  if (server !== true) {
    const [, host = server, port] = /^(.*?)(?::(\d{1,5}))?$/s.exec(server) ?? []
    return {
      host,
      user: imapUser ?? user,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...security,
      ...certificate(options),
    }
  }
  const advice = 'Name it: --imap imap.example.com'
  const found = user.includes('@') ? await find(app, terminal, 'imap', user) : null
  if (found === null) throw new AppError('not-found', `The mail server of ${user} could not be found.`, { advice })
  await terminal.stderr.write(`${printable(`Mail: ${String(found.settings.host)}. Source: ${found.origin}.`)}\n`)
  if (found.unconfirmed) await confirmServer(terminal, [String(found.settings.host)], `--imap ${String(found.settings.host)}`)
  return { ...found.settings, user: imapUser ?? found.user ?? user, ...security, ...certificate(options) }
}

function find(app: App, terminal: Terminal, provider: string, address: string): Promise<FoundServer | null> {
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  return interruptible(say, (signal) => app.findServer(provider, address, signal))
}

function certificate({ ca }: CommonOptions): JsonObject {
  return ca === undefined ? {} : { ca: resolve(ca) }
}

function ownSecret(provider: string, { imapPasswordCommand }: CommonOptions): Pick<NewConnection, 'secret'> {
  if (provider !== 'imap' || imapPasswordCommand === undefined) return {}
  return { secret: { place: { kind: 'command', command: imapPasswordCommand } } }
}
