/** Turns what imapflow, sockets and servers say into `AppError`s. Nothing outside this folder sees a server's error. */
import { AppError, type ErrorCode, toAppError } from '../../core/errors.ts'
import { type Answer, responseCode } from './protocol.ts'

/** The server answered a command with NO or BAD; the connection goes on. */
export class Refusal extends AppError {
  readonly status: 'NO' | 'BAD'

  constructor(status: 'NO' | 'BAD', code: ErrorCode, message: string) {
    super(code, message)
    this.name = 'Refusal'
    this.status = status
  }
}

/** The server answered that it cannot do it now; the connection goes on. */
export class Busy extends AppError {
  /** The server's own. */
  readonly words: string
  /** In upper case, '' where the server gave none (RFC 5530). */
  readonly responseCode: string

  constructor(host: string, words: string, responseCode: string, retryAfter: number) {
    super('rate-limit', `${host} asks to slow down: ${words}`, retryAfter > 0 ? { retryAfter } : {})
    this.name = 'Busy'
    this.words = words
    this.responseCode = responseCode
  }
}

/** The server sent more than the limits of the connection allow; the connection is gone. */
export class LimitExceeded extends AppError {
  constructor(host: string) {
    super('suspicious', `${host} sends more data than an honest mail server would.`)
    this.name = 'LimitExceeded'
  }
}

/** What imapflow puts on its errors, as far as it is of use here. */
interface LibraryError {
  readonly message: string
  readonly code?: unknown
  readonly reason?: unknown
  readonly authenticationFailed?: unknown
  readonly serverResponseCode?: unknown
  readonly responseStatus?: unknown
  readonly responseText?: unknown
  readonly response?: unknown
  readonly throttleReset?: unknown
  readonly throttleWaited?: unknown
}

/** Response codes (RFC 5530 and what is seen in the wild) that ask to come back later. */
const busyCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'THROTTLED', 'OVERQUOTA', 'SERVERBUG'])
const busyText =
  /too many|simultaneous connections|connection limit|maximum number of connections|throttl|try again later|exceeded .*limits/i

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/
const limitCodes: ReadonlySet<string> = new Set(['LineTooLarge', 'LiteralTooLarge', 'ResponseTooLarge'])
const desyncCodes: ReadonlySet<string> = new Set([
  'UnexpectedTag',
  'InvalidResponse',
  'ResponseProcessingFailed',
  'COMPRESS_TRAILING_DATA',
  'MAX_IMAP_NESTING_REACHED',
])

const string = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The server's own words in a form that fits into a sentence. `secret` is blotted out should the server repeat it. */
function serverWords(value: unknown, secret?: string): string {
  let words = string(value)
  if (secret) {
    for (const form of [secret, Buffer.from(secret).toString('base64')]) words = words.replaceAll(form, '(hidden)')
  }
  return words
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** An error thrown by imapflow for a command on an open connection. */
export function fromCommand(error: unknown, host: string): AppError {
  const known = asLibraryError(error)
  if (!known) return toAppError(error)
  if (known.responseStatus === 'NO' || known.responseStatus === 'BAD') return refusal(known, known.responseStatus, host)
  return fromConnection(known, host)
}

/** An error while the connection is opened: the socket, TLS, the greeting or the sign-in. */
export function fromSignIn(error: unknown, host: string, secret: string): AppError {
  const known = asLibraryError(error)
  if (!known) return toAppError(error)
  // imapflow marks every failure during AUTHENTICATE as one of authentication, a broken connection too: that has a code.
  const answered = known.responseStatus !== undefined || (known.authenticationFailed === true && known.code === undefined)
  if (!answered) return fromConnection(known, host)
  const words = serverWords(known.responseText, secret) || serverWords(known.response, secret) || serverWords(known.message)
  if (isBusy(string(known.serverResponseCode), words)) {
    return new AppError('rate-limit', `${host} does not let us in at the moment. It says: ${words}`)
  }
  if (/authenticated but not connected/i.test(words)) {
    return new AppError('auth', `${host} accepts the password but does not open the mailbox. It says: ${words}`)
  }
  return new AppError('auth', `${host} does not accept the user name or the password. It says: ${words}`)
}

function asLibraryError(error: unknown): LibraryError | null {
  return error instanceof Error && !(error instanceof AppError) && error.name !== 'AbortError' ? error : null
}

function refusal(error: LibraryError, status: 'NO' | 'BAD', host: string): AppError {
  const words = serverWords(error.responseText) || 'no reason given'
  const code = responseCode((error.response ?? { command: status }) as Answer)?.name ?? ''
  if (error.code === 'ETHROTTLE' || isBusy(code, words)) {
    const wait = Number(error.throttleReset ?? 0) - Number(error.throttleWaited ?? 0)
    return new Busy(host, words, code.toUpperCase(), wait)
  }
  return new Refusal(status, code === 'NOPERM' ? 'permission' : 'unsupported', `The server refuses it: ${words}`)
}

function isBusy(code: string, words: string): boolean {
  return busyCodes.has(code.toUpperCase()) || busyText.test(words)
}

function fromConnection(error: LibraryError, host: string): AppError {
  const code = string(error.code)
  const words = serverWords(error.reason)
  if (words && isBusy('', words)) return new AppError('rate-limit', `${host} closes the connection: ${words}`)
  if (limitCodes.has(code)) return new LimitExceeded(host)
  if (desyncCodes.has(code) || code.startsWith('ParserError')) {
    return new AppError('suspicious', `${host} gives answers that are no IMAP.`, { cause: error })
  }
  const sentence = connectionSentence(code, error.message, host)
  if (sentence) return new AppError(sentence.code, sentence.text, { cause: error })
  return new AppError('network', words ? `${host} closed the connection: ${words}` : `The connection to ${host} broke.`, {
    cause: error,
  })
}

function connectionSentence(code: string, message: string, host: string): { code: ErrorCode; text: string } | null {
  if (certificateCodes.test(code))
    return { code: 'suspicious', text: `The certificate of ${host} is not to be trusted: ${message}.` }
  if (code === 'STARTTLS_INJECTION') {
    return { code: 'suspicious', text: `Somebody interferes with the encryption of the connection to ${host}.` }
  }
  if (message === 'Server does not support STARTTLS') {
    return { code: 'suspicious', text: `${host} offers no encryption (STARTTLS), although the account demands it.` }
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { code: 'network', text: `The server name ${host} cannot be found.` }
    case 'ECONNREFUSED':
      return { code: 'network', text: `${host} refuses the connection.` }
    case 'CONNECT_TIMEOUT':
    case 'GREETING_TIMEOUT':
    case 'UPGRADE_TIMEOUT':
    case 'ETIMEOUT':
    case 'ETIMEDOUT':
      return { code: 'network', text: `${host} does not answer.` }
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return { code: 'network', text: `${host} does not speak TLS on this port.` }
    default:
      return null
  }
}
