/** `lifeboat account test`: says in sentences what works and what does not, and changes nothing on the server. */
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { type ErrorCode, hasCode, toAppError } from '../../core/errors.ts'
import type { TestFinding } from '../../core/provider.ts'
import { openSession } from './connection.ts'
import { listMailboxes } from './mailboxes.ts'
import type { Preset } from './preset-table.ts'
import { presetFor, presetForHost } from './presets.ts'
import type { Session } from './session.ts'
import { type ImapSettings, isLoopback, parseSettings, portOf } from './settings.ts'

/** Milliseconds for the look-up of the name, and for the bare connection. */
const reachLimit = 15_000

const works = (text: string): TestFinding => ({ ok: true, text })
const fails = (code: ErrorCode, text: string): TestFinding => ({ ok: false, text, code })

/**
 * Goes from the server's name to the number of messages and stops at the first thing that does not work. One attempt each,
 * so that a wrong password is not tried until the provider locks the account.
 * @throws the signal's reason when it aborts
 */
export async function* testAccount(account: Account, context: Context, signal: AbortSignal): AsyncIterable<TestFinding> {
  let settings: ImapSettings
  try {
    settings = parseSettings(account.settings)
  } catch (error) {
    const { code, message } = toAppError(error)
    yield fails(code, message)
    return
  }
  const preset = presetForHost(settings.host) ?? presetFor(settings.user.includes('@') ? settings.user : '')
  if (preset?.unsupported !== undefined && settings.auth === 'password') {
    yield fails('unsupported', preset.unsupported)
    return
  }
  for (const step of [nameResolves, portAnswers]) {
    const finding = await step(settings, signal)
    signal.throwIfAborted()
    yield finding
    if (!finding.ok) return
  }
  let session: Session
  try {
    session = await openSession(settings, context, signal)
  } catch (error) {
    signal.throwIfAborted()
    yield* explain(error, settings, preset)
    return
  }
  try {
    yield works(encryption(settings))
    yield works(`${settings.host} accepts the user name and the password.`)
    yield works(abilities(session))
    yield* contents(session, signal)
  } finally {
    await session.logout()
  }
  if (preset?.note !== undefined) yield works(preset.note)
}

async function nameResolves({ host }: ImapSettings, signal: AbortSignal): Promise<TestFinding> {
  if (isIP(host)) return works(`${host} is an address, so no name has to be looked up.`)
  try {
    await limited(lookup(host), signal)
    return works(`The server name ${host} is known.`)
  } catch (error) {
    const isUnknown = errorCodeOf(error) === 'ENOTFOUND'
    return fails(
      'network',
      isUnknown
        ? `There is no server with the name ${host}. Check the spelling, and whether this computer is online.`
        : `The name ${host} could not be looked up. Check whether this computer is online.`,
    )
  }
}

async function portAnswers(settings: ImapSettings, signal: AbortSignal): Promise<TestFinding> {
  const { host } = settings
  const port = portOf(settings)
  const usual = 'IMAP mostly uses port 993 with TLS, or 143 with STARTTLS.'
  try {
    await limited(reach(host, port, signal), signal)
    return works(`${host} can be reached on port ${port}.`)
  } catch (error) {
    if (errorCodeOf(error) === 'ECONNREFUSED') return fails('network', `${host} refuses connections on port ${port}. ${usual}`)
    return fails('network', `${host} does not answer on port ${port}. Check the port and any firewall. ${usual}`)
  }
}

function reach(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal, timeout: reachLimit })
    const settle = (end: () => void) => {
      socket.destroy()
      end()
    }
    socket.once('connect', () => settle(resolve))
    socket.once('timeout', () => settle(() => reject(new Error('no answer'))))
    socket.on('error', (error) => settle(() => reject(error)))
  })
}

function* explain(error: unknown, settings: ImapSettings, preset: Preset | null): Iterable<TestFinding> {
  const { code, message, advice } = toAppError(error)
  const sentence = encryptionSentence(error, settings)
  if (sentence !== null) {
    yield fails(code, sentence)
    return
  }
  if (settings.security === 'none' && /login is disabled|privacyrequired|plaintext auth/i.test(message)) {
    yield fails(code, `${settings.host} takes no password over a connection that is not encrypted. Choose TLS or STARTTLS.`)
    return
  }
  yield fails(code, message)
  if (advice !== undefined) yield fails(code, advice)
  if (advice !== undefined || !hasCode(error, 'auth')) return
  if (preset === null) {
    yield fails(
      code,
      'Check the user name (often the whole address) and the password. Many providers want an app password for programs.',
    )
  } else if (preset.steps.length > 0) {
    const steps = preset.steps.map((step, n) => `${n + 1}. ${step}`).join(' ')
    yield fails(code, `What ${preset.name} wants: ${steps} More: ${preset.helpUrl}`)
  }
}

/** Why the connection is not encrypted as the account wants it, for a person; `null` where the failure is another one. */
function encryptionSentence(error: unknown, settings: ImapSettings): string | null {
  const { host } = settings
  const fault = causeWithCode(error)
  const trust =
    settings.ca === undefined
      ? 'If the server is your own, give its certificate as the one to trust (--ca); otherwise do not go on.'
      : `The file ${settings.ca} does not change that.`
  switch (fault?.code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate that the server shows is not for the name ${host}. Check the server name; a provider's help page has the right one.`
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired. The provider has to renew it; check also that the clock of this computer is right.`
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${host} is not valid yet. Check that the clock of this computer is right.`
    case 'CERT_REVOKED':
      return `The certificate of ${host} was revoked. Do not go on; ask the provider.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `The server ${host} has signed its certificate itself, so nobody vouches for it. ${trust}`
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The certificate of ${host} comes from an authority that this computer does not know. ${trust}`
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return settings.security === 'tls'
        ? `${host} does not speak TLS on port ${portOf(settings)}. Try STARTTLS (--starttls), or port 993.`
        : `${host} answers STARTTLS with something that is not TLS.`
    case 'ETIMEOUT':
    case 'GREETING_TIMEOUT':
      return settings.security === 'tls'
        ? null
        : `${host} does not answer on port ${portOf(settings)}. It may expect TLS from the start: try --tls.`
    default:
      return null
  }
}

function encryption(settings: ImapSettings): string {
  const { host, security } = settings
  switch (security) {
    case 'tls':
      return `The connection is encrypted (TLS), and the certificate of ${host} is valid.`
    case 'starttls':
      return `The connection is encrypted (STARTTLS), and the certificate of ${host} is valid.`
    case 'none':
      return isLoopback(host)
        ? 'The connection is not encrypted; it does not leave this computer.'
        : `The connection to ${host} is not encrypted: anyone on the way can read the mail and the password.`
  }
}

function abilities(session: Session): string {
  const changes = session.has('QRESYNC')
    ? 'It says itself what is new, changed and gone, so later runs are quick.'
    : session.has('CONDSTORE')
      ? 'It says itself what is new and changed, so later runs are quick; what is gone is found by comparing lists.'
      : 'It cannot say what has changed, so later runs compare lists: slower, and just as complete.'
  const moves =
    session.has('OBJECTID') || session.has('X-GM-EXT-1')
      ? 'Moved messages are recognised at once.'
      : 'Moved messages are recognised by their headers.'
  return `${changes} ${moves}`
}

async function* contents(session: Session, signal: AbortSignal): AsyncIterable<TestFinding> {
  const stop = () => session.kill(toAppError(signal.reason))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const folders = (await listMailboxes(session)).map((mailbox) => mailbox.collection)
    const usable = folders.filter((folder) => folder.skipped === undefined)
    const messages = usable.reduce((sum, folder) => sum + (folder.count ?? 0), 0)
    yield works(`There are ${count(messages, 'message')} in ${count(usable.length, 'folder')}.`)
    const closed = folders.length - usable.length
    if (closed > 0) yield works(`${count(closed, 'folder')} cannot hold messages or cannot be opened.`)
  } catch (error) {
    signal.throwIfAborted()
    const { code, message } = toAppError(error)
    yield /authenticated but not connected/i.test(message)
      ? fails(
          'auth',
          'The password is right, but the provider does not open the mailbox. Sign in once in a browser and see that IMAP is switched on there.',
        )
      : fails(code, `The folders cannot be listed. ${message}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function count(n: number, what: string): string {
  return `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`
}

/** Rejects after `reachLimit` or when the signal aborts, whatever `work` does. */
async function limited<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const end = () => ended.reject(new Error('no answer in time'))
  const timer = setTimeout(end, reachLimit)
  signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([work, ended.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

function errorCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** The first error in the chain of causes that has a code of Node's. */
function causeWithCode(error: unknown): { readonly code: string } | null {
  for (let cause = error instanceof Error ? error.cause : null; cause instanceof Error; cause = cause.cause) {
    const code = errorCodeOf(cause)
    if (code !== null) return { code }
  }
  return null
}
