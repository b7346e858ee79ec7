import { basename, extname, resolve } from 'node:path'
import type { App, FoundServer } from '../../api/contract.ts'
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
import { interruptible } from '../interrupt.ts'
import { printable } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { givenFolder } from '../vault-path.ts'

export interface ImapOptions extends SecretOptions {
  readonly user: string
  readonly id?: string
  readonly host?: string
  readonly port?: number
  readonly tls?: boolean
  readonly starttls?: boolean
  readonly insecure?: boolean
  readonly ca?: string
  readonly json?: boolean
}

export interface ArchiveOptions {
  readonly path: string
  readonly id?: string
  readonly only?: readonly Service[]
  readonly json?: boolean
}

export async function addImapAccount({ terminal, loadApp }: Session, options: ImapOptions): Promise<number> {
  const app = await loadApp()
  const id = options.id ?? options.user
  await refuseTaken(app, id)
  checkSecretSource(terminal, options)
  const settings = options.host === undefined ? await foundSettings(app, terminal, options) : givenSettings(options)
  const secret = await chooseSecret(terminal, options, `${options.user} on ${String(settings.host)}`)
  const account = await app.addAccount({ id, connections: [{ provider: 'imap', settings }], secret })
  await reportAdded(terminal, account, options.json === true)
  return exitCodes.ok
}

export async function addArchiveAccount({ terminal, loadApp }: Session, options: ArchiveOptions): Promise<number> {
  const app = await loadApp()
  const path = givenFolder(options.path, '--path')
  const id = options.id ?? basename(path, extname(path))
  const services = options.only === undefined ? {} : { services: options.only }
  const account = await app.addAccount({ id, connections: [{ provider: 'archive', settings: { path }, ...services }] })
  await reportAdded(terminal, account, options.json === true)
  return exitCodes.ok
}

function givenSettings(options: ImapOptions): JsonObject {
  return {
    host: options.host ?? '',
    user: options.user,
    security: options.starttls ? 'starttls' : options.insecure ? 'none' : 'tls',
    ...givenPortAndCa(options),
  }
}

function givenPortAndCa(options: ImapOptions): JsonObject {
  return {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.ca === undefined ? {} : { ca: resolve(options.ca) }),
  }
}

/** What the person said counts more than what was found. */
async function foundSettings(app: App, terminal: Terminal, options: ImapOptions): Promise<JsonObject> {
  const { user } = options
  if (!user.includes('@')) {
    throw new AppError('usage', `"${user}" is no address, so the server cannot be looked up.`, {
      advice: 'Give the whole address with --user, or name the server with --host.',
    })
  }
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  const found = await interruptible(say, (signal) => app.findServer('imap', user, signal))
  if (found === null) {
    throw new AppError('not-found', `The mail server of ${user} could not be found.`, {
      advice: 'Ask your provider for the name of its IMAP server and give it with --host.',
    })
  }
  for (const line of foundLines(user, found)) await terminal.stderr.write(`${line}\n`)
  if (found.user === null) {
    throw new AppError(
      'usage',
      `${found.providerName ?? 'The provider'} wants a user name that cannot be told from the address.`,
      {
        advice: `Look it up at the provider, then add: --host ${String(found.settings.host)} --user NAME --id ${user}`,
      },
    )
  }
  if (found.unconfirmed) await confirmServer(terminal, [String(found.settings.host)], `--host ${String(found.settings.host)}`)
  const security = options.starttls ? 'starttls' : options.insecure ? 'none' : options.tls ? 'tls' : null
  const otherSecurity = security !== null && security !== found.settings.security
  const { port: _usualPort, ...withoutPort } = found.settings
  return {
    ...(otherSecurity ? { ...withoutPort, security } : found.settings),
    user: found.user,
    ...givenPortAndCa(options),
  }
}

function foundLines(address: string, found: FoundServer): string[] {
  const { host, port, security } = found.settings
  const encryption = security === 'none' ? 'not encrypted' : security === 'starttls' ? 'STARTTLS' : 'TLS'
  const name = found.providerName === null ? '' : `${found.providerName}: `
  return [
    `Found for ${address}: ${name}${host}, port ${port}, ${encryption}. Source: ${found.origin}.`,
    ...howToGetIn([found]),
  ].map(printable)
}
