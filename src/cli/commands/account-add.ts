import { basename, extname, resolve } from 'node:path'
import type { AccountSummary, App, FoundServer, NewAccount } from '../../api/contract.ts'
import { AppError } from '../../core/errors.ts'
import { exitCodes } from '../../core/messages.ts'
import type { JsonObject } from '../../core/types.ts'
import { interruptible } from '../interrupt.ts'
import { askPassword, askYesNo, canAsk, readPassword, requireKeyboard } from '../password.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'

export interface ImapOptions {
  readonly user: string
  readonly id?: string
  readonly host?: string
  readonly port?: number
  readonly tls?: boolean
  readonly starttls?: boolean
  readonly insecure?: boolean
  readonly ca?: string
  readonly passwordStdin?: boolean
  readonly passwordCommand?: string
  readonly secrets: 'keyring' | 'file'
  readonly json?: boolean
}

export interface ArchiveOptions {
  readonly path: string
  readonly id?: string
  readonly json?: boolean
}

export async function addImapAccount({ terminal, loadApp }: Session, options: ImapOptions): Promise<number> {
  const app = await loadApp()
  const id = options.id ?? options.user
  await refuseTaken(app, id)
  if (!options.passwordStdin && options.passwordCommand === undefined) requireKeyboard(terminal)
  const settings = options.host === undefined ? await foundSettings(app, terminal, options) : givenSettings(options)
  const secret = await chooseSecret(terminal, options, String(settings.host))
  const account = await app.addAccount({ id, connections: [{ provider: 'imap', settings }], secret })
  await reportAdded(terminal, account, options.json === true)
  return exitCodes.ok
}

export async function addArchiveAccount({ terminal, loadApp }: Session, options: ArchiveOptions): Promise<number> {
  const app = await loadApp()
  const path = resolve(options.path)
  const id = options.id ?? basename(path, extname(path))
  const account = await app.addAccount({ id, connections: [{ provider: 'archive', settings: { path } }] })
  await reportAdded(terminal, account, options.json === true)
  return exitCodes.ok
}

/** Before a person is asked for a password; `addAccount` decides. */
async function refuseTaken(app: App, id: string): Promise<void> {
  const accounts = await app.listAccounts()
  if (!accounts.some((account) => account.id === id)) return
  throw new AppError('usage', `There is an account "${id}" already.`, {
    advice: `Choose another name with --id, or remove the old one first: lifeboat account remove ${id}`,
  })
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
  if (found.unconfirmed) await confirmServer(terminal, found)
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
    ...(found.steps.length === 0 ? [] : ['How to get the password that is wanted here:']),
    ...found.steps.map((step, i) => `  ${i + 1}. ${step}`),
    ...(found.helpUrl === undefined ? [] : [`  More: ${found.helpUrl}`]),
    ...(found.note === undefined ? [] : [`Good to know: ${found.note}`]),
  ].map(printable)
}

/** Whoever can forge DNS answers could name a server of theirs here, so a person decides (RFC 6186 section 6). */
async function confirmServer(terminal: Terminal, found: FoundServer): Promise<void> {
  const host = printable(String(found.settings.host))
  if (canAsk(terminal)) {
    if (await askYesNo(terminal, `The server ${host} lies outside the domain of the address. Is it the right one?`)) return
    throw new AppError('cancelled', 'Nothing was added.', { advice: 'Name the right server with --host.' })
  }
  throw new AppError(
    'usage',
    `The server ${host} lies outside the domain of the address, so it is not used without being asked for.`,
    {
      advice: `If it is the right one, add: --host ${host}`,
    },
  )
}

async function chooseSecret(terminal: Terminal, options: ImapOptions, host: string): Promise<NonNullable<NewAccount['secret']>> {
  if (options.passwordCommand !== undefined) return { place: { kind: 'command', command: options.passwordCommand } }
  const place = { kind: options.secrets }
  if (options.passwordStdin && !terminal.stdin.isTTY) return { place, value: await readPassword(terminal) }
  return {
    place,
    value: await askPassword(terminal, `Password of ${printable(options.user)} on ${printable(host)} (not shown): `),
  }
}

async function reportAdded(terminal: Terminal, account: AccountSummary, json: boolean): Promise<void> {
  const id = /^[\w@.+-]+$/.test(account.id) ? account.id : `"${printable(account.id)}"`
  const next = `Account ${id} is added. To see whether it works: lifeboat account test ${id}`
  await terminal.stdout.write(`${json ? printableJson({ account }) : next}\n`)
}
