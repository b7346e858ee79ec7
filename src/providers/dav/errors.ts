/** Turns what sockets and DAV servers say into `AppError`s. */

import type { Clock } from '../../core/context.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'

/** The server refused a request with an HTTP status that the caller may know how to go on from. */
export class Refusal extends AppError {
  readonly status: number
  /** Local names of the preconditions in the answer's `DAV:error`, e.g. `valid-sync-token` (RFC 4918 section 16). */
  readonly conditions: readonly string[]

  /** `words`: the server's own, for a person; '' where it says nothing. */
  constructor(status: number, host: string, conditions: readonly string[] = [], words = '') {
    const options =
      status === noRoom ? { advice: 'Make room in the account, or restore to another one; then run the command again.' } : {}
    super(codeOf(status), `${sentenceOf(status, host)}${words === '' ? '' : ` It says: ${words}`}`, options)
    this.name = 'Refusal'
    this.status = status
    this.conditions = conditions
  }
}

/** RFC 4918 section 11.5: also what a full account answers. */
const noRoom = 507

/** The account has no room for it. */
export function isFull(error: unknown): error is Refusal {
  return error instanceof Refusal && (error.status === noRoom || error.conditions.includes('quota-not-exceeded'))
}

export function isRefusal(error: unknown, ...statuses: readonly number[]): error is Refusal {
  return error instanceof Refusal && (statuses.length === 0 || statuses.includes(error.status))
}

function codeOf(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'auth'
    case 402:
    case 403:
    case 423:
    case noRoom:
      return 'permission'
    case 404:
    case 410:
      return 'not-found'
    case 408:
    case 429:
      return 'rate-limit'
    default:
      return 'unsupported'
  }
}

function sentenceOf(status: number, host: string): string {
  if (status === noRoom) return `${host} has no room left for it (HTTP ${status}).`
  switch (codeOf(status)) {
    case 'permission':
      return `${host} does not permit this (HTTP ${status}).`
    case 'not-found':
      return `${host} says that this does not exist (HTTP ${status}).`
    default:
      return status >= 500
        ? `${host} fails to answer this request (HTTP ${status}).`
        : `${host} does not accept this request (HTTP ${status}).`
  }
}

/**
 * The failures that say something about the server and nothing about the request: overload and outage. Null for every
 * other status. `retryAfter`: the header's value.
 */
export function outage(status: number, retryAfter: string | null, host: string, clock: Clock): AppError | null {
  const wait = retryAfter === null ? null : delayOf(retryAfter, clock)
  const options = wait === null ? {} : { retryAfter: wait }
  if (status === 429 || (status === 503 && wait !== null)) {
    return new AppError('rate-limit', `${host} asks to slow down (HTTP ${status}).`, options)
  }
  const isOutage = status === 502 || status === 503 || status === 504 || (status >= 520 && status <= 530)
  return isOutage ? new AppError('network', `${host} is out of order at the moment (HTTP ${status}).`, options) : null
}

/** Retry-After (RFC 9110 section 10.2.3) in milliseconds from now; null where it is neither a number nor a date. */
function delayOf(retryAfter: string, clock: Clock): number | null {
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? null : Math.max(0, at - clock.now().getTime())
}

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/

/** A failure of the connection while `host` was asked or answered. */
export function fromConnection(error: unknown, host: string): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : ''
  const cause = { cause: error }
  if (certificateCodes.test(code)) {
    return new AppError('suspicious', `The certificate of ${host} is not to be trusted: ${message}.`, cause)
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('network', `The server name ${host} cannot be found.`, cause)
    case 'ECONNREFUSED':
      return new AppError('network', `${host} refuses the connection.`, cause)
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return new AppError('network', `${host} does not speak TLS on this port.`, cause)
    default:
      return new AppError('network', `The connection to ${host} broke.`, cause)
  }
}

export function noAnswer(host: string): AppError {
  return new AppError('network', `${host} does not answer.`)
}

/** The answer is no XML, or ends too early. Worth another try: mostly a connection that broke. */
export function brokenAnswer(host: string, cause: unknown): AppError {
  return new AppError('network', `The answer of ${host} is broken off or damaged.`, { cause })
}

class TooLarge extends AppError {
  constructor(host: string) {
    super('suspicious', `${host} sends more data than an honest server would.`)
    this.name = 'TooLarge'
  }
}

export function tooLarge(host: string): AppError {
  return new TooLarge(host)
}

export function isTooLarge(error: unknown): error is AppError {
  return error instanceof TooLarge
}
