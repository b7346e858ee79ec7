/** Basic (RFC 7617), Digest (RFC 7616) and Bearer (RFC 6750): challenges read and answered. */
import { createHash, randomBytes } from 'node:crypto'

export interface Challenge {
  /** In lower case: `basic`, `digest`. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>
}

/** How one server is answered from now on. */
export interface Authenticator {
  readonly scheme: 'basic' | 'digest' | 'bearer'
  /** The Authorization header of one request. `target`: path and query as they stand in the request line. */
  header(method: string, target: string): string
}

/** All challenges of WWW-Authenticate headers (RFC 9110 section 11.6.1: several may stand in one, split by commas). */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  const token = /\s*,?\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|(?=[\s,]|$))/gy
  for (const header of headers) {
    token.lastIndex = 0
    for (let match = token.exec(header); match !== null; match = token.exec(header)) {
      const [, name = '', quoted, plain] = match
      if (quoted === undefined && plain === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} })
      else {
        const current = challenges.at(-1)
        if (current) current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? ''
      }
    }
  }
  return challenges
}

/** The answer to the strongest challenge that we know, or null where we know none. */
export function authenticatorFor(challenges: readonly Challenge[], user: string, password: string): Authenticator | null {
  const digests = challenges
    .filter(({ scheme, parameters }) => scheme === 'digest' && hashOf(parameters) !== null && offersAuth(parameters))
    .toSorted((a, b) => strength(b) - strength(a))
  const strongest = digests[0]
  if (strongest) return digest(strongest, user, password)
  return challenges.some(({ scheme }) => scheme === 'basic') ? basic(user, password) : null
}

/** Whether the server only wants a fresh nonce: the password was right. */
export function isStale(challenges: readonly Challenge[]): boolean {
  return challenges.some(({ scheme, parameters }) => scheme === 'digest' && parameters['stale']?.toLowerCase() === 'true')
}

export function basic(user: string, password: string): Authenticator {
  const value = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { scheme: 'basic', header: () => value }
}

export function bearer(token: string): Authenticator {
  return { scheme: 'bearer', header: () => `Bearer ${token}` }
}

const hashes: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' }

function hashOf(parameters: Challenge['parameters']): string | null {
  return hashes[(parameters['algorithm'] ?? 'MD5').toLowerCase().replace(/-sess$/, '')] ?? null
}

function offersAuth(parameters: Challenge['parameters']): boolean {
  return parameters['qop'] === undefined || qops(parameters).includes('auth')
}

function qops(parameters: Challenge['parameters']): readonly string[] {
  return (parameters['qop'] ?? '').split(',').map((qop) => qop.trim().toLowerCase())
}

function strength({ parameters }: Challenge): number {
  return ['md5', 'sha512-256', 'sha256'].indexOf(hashOf(parameters) ?? '')
}

/** RFC 7616 section 3.4; without `qop` the older form of RFC 2617. The nonce is counted up from request to request. */
function digest({ parameters }: Challenge, user: string, password: string): Authenticator {
  const { realm = '', nonce = '', opaque, algorithm } = parameters
  const name = hashOf(parameters) ?? 'md5'
  const hash = (text: string) => createHash(name).update(text).digest('hex')
  const isSession = algorithm?.toLowerCase().endsWith('-sess') ?? false
  const hidesUser = parameters['userhash']?.toLowerCase() === 'true'
  const qop = parameters['qop'] === undefined ? null : 'auth'
  const account = hash(`${user}:${realm}:${password}`)
  let count = 0
  return {
    scheme: 'digest',
    header(method, target) {
      const nc = (++count).toString(16).padStart(8, '0')
      const cnonce = randomBytes(16).toString('hex')
      const secret = isSession ? hash(`${account}:${nonce}:${cnonce}`) : account
      const request = hash(`${method}:${target}`)
      const response = hash(
        qop === null ? `${secret}:${nonce}:${request}` : `${secret}:${nonce}:${nc}:${cnonce}:${qop}:${request}`,
      )
      const fields = [
        ...userFields(hidesUser ? hash(`${user}:${realm}`) : user, hidesUser),
        `realm=${quote(realm)}`,
        `nonce=${quote(nonce)}`,
        `uri=${quote(target)}`,
        ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
        `response="${response}"`,
        ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
        ...(qop === null ? [] : [`qop=${qop}`, `nc=${nc}`]),
        ...(qop === null && !isSession ? [] : [`cnonce="${cnonce}"`]),
      ]
      return `Digest ${fields.join(', ')}`
    },
  }
}

function userFields(user: string, isHash: boolean): readonly string[] {
  if (isHash) return [`username="${user}"`, 'userhash=true']
  // RFC 8187 for what a quoted string cannot hold.
  if (/[^\x20-\x7e]/.test(user)) return [`username*=UTF-8''${encodeURIComponent(user).replace(/['()*]/g, percent)}`]
  return [`username=${quote(user)}`]
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
