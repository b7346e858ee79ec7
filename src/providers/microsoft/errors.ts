/** Turns what Graph answers, and what breaks on the way to it, into `AppError`s. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { plainWords, retryAfterOf } from '../shared/web-errors.ts'
import { lockedOut } from './sign-in-refusal.ts'

/** Microsoft is up and fails at this one request: HTTP 5xx. */
export class ServerFault extends AppError {
  constructor(status: number) {
    super('network', `Microsoft answers with a fault of its own (HTTP ${status}).`)
    this.name = 'ServerFault'
  }
}

/** Microsoft does not do this one thing. */
class Refused extends AppError {
  /** HTTP. */
  readonly status: number
  /** Graph's `error.code`. */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super('unsupported', `Microsoft refuses it: ${message || reason || `HTTP ${status}`}`)
    this.name = 'Refused'
    this.status = status
    this.reason = reason
  }
}

export function isRefusedWith(error: unknown, status: number, reason?: string): boolean {
  return error instanceof Refused && error.status === status && (reason === undefined || error.reason === reason)
}

/** Microsoft asks to slow down. */
export class Throttled extends AppError {
  constructor(retryAfter: number | undefined) {
    super('rate-limit', 'Microsoft asks to slow down.', retryAfter === undefined ? {} : { retryAfter })
    this.name = 'Throttled'
  }
}

/** The delta token is of no use any more (HTTP 410). */
export class Resync extends AppError {
  /** Where to list anew, if Microsoft says so. */
  readonly location: string | null
  /** OneDrive: whether what the listing leaves out is gone (`apply`) or only not known (`upload`). */
  readonly hint: 'apply' | 'upload' | null

  constructor(location: string | null, reason: string) {
    super('cursor-expired', 'Microsoft has forgotten where the last run ended.')
    this.name = 'Resync'
    this.location = location
    this.hint = /ApplyDifferences/i.test(reason) ? 'apply' : /UploadDifferences/i.test(reason) ? 'upload' : null
  }
}

/** A list that leads back to itself. */
export class Endless extends AppError {
  constructor() {
    super('network', 'Microsoft gives the same part of a list again and again.')
    this.name = 'Endless'
  }
}

/** The access token has ended before its time: a new one may do. */
export class TokenEnded extends AppError {
  constructor(account: string, claims: boolean) {
    super('auth', claims ? 'The organisation of this account wants a new sign-in.' : 'Microsoft does not accept the sign-in.', {
      advice: `Sign in again: lifeboat account signin ${account}`,
    })
    this.name = 'TokenEnded'
  }
}

/** Whom the program was to act for is not in the organisation. */
export class Nobody extends AppError {
  constructor() {
    super('not-found', 'Microsoft knows nobody of this name in the organisation.', {
      advice:
        'Somebody who left is not backed up any more; what was saved stays. For the people there are now, add the accounts again.',
    })
    this.name = 'Nobody'
  }
}

export interface GraphRefusal {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON, or null. */
  readonly body: unknown
}

interface InnerError {
  readonly code?: string | undefined
  readonly innerError?: InnerError | undefined
  readonly innererror?: InnerError | undefined
}

const innerSchema: z.ZodType<InnerError> = z.lazy(() =>
  z.object({
    code: z.string().optional(),
    innerError: innerSchema.optional().catch(undefined),
    innererror: innerSchema.optional().catch(undefined),
  }),
)

const bodySchema = z.object({
  error: z.object({
    code: z.string().default(''),
    message: z.string().default(''),
    innerError: innerSchema.optional().catch(undefined),
    innererror: innerSchema.optional().catch(undefined),
  }),
})

/** Every code of the answer, the outermost first ("Microsoft Graph error responses": inner codes are the more specific). */
function codesOf(error: InnerError): string[] {
  const inner = error.innerError ?? error.innererror
  return [...(error.code === undefined || error.code === '' ? [] : [error.code]), ...(inner === undefined ? [] : codesOf(inner))]
}

const forgotten = new Set([
  'syncstatenotfound',
  'syncstateinvalid',
  'resyncrequired',
  'resyncchangesapplydifferences',
  'resyncchangesuploaddifferences',
  'resyncapplydifferences',
  'resyncuploaddifferences',
])
const locked = new Set(['erroraccountsuspend', 'erroraccountsuspendshowtierupgrade', 'mailboxlocked', 'accountsuspended'])
const noPerson = new Set(['errorinvaliduser', 'request_resourcenotfound'])
const noMailbox = new Set(['mailboxnotenabledforrestapi', 'mailboxnotsupportedforrestapi', 'errornonexistentmailbox'])

export function fromGraph({ status, headers, body }: GraphRefusal, account: string, now: Date): AppError {
  const parsed = bodySchema.safeParse(body)
  const error = parsed.success ? parsed.data.error : { code: '', message: '' }
  const codes = codesOf(error)
  const has = (set: ReadonlySet<string>) => codes.some((code) => set.has(code.toLowerCase()))
  if (status === 410 || has(forgotten)) return new Resync(headers.get('location'), codes.join(' '))
  if (has(locked)) return lockedOut()
  if (has(noMailbox)) {
    return new AppError(
      'not-found',
      'This account has no mailbox at Microsoft, or it still lies on a server of the organisation.',
      {
        advice: 'Leave mail, contacts and calendars out with --only files, or ask the administrator.',
      },
    )
  }
  if (status === 404 && has(noPerson)) return new Nobody()
  const retryAfter = retryAfterOf(headers, now)
  // 509: so many octets, not so many requests.
  if (status === 429 || status === 509 || (status >= 500 && retryAfter !== undefined)) return new Throttled(retryAfter)
  if (status === 507) return new AppError('unsupported', 'There is no room left in this account.')
  if (status >= 500 && status !== 501) return new ServerFault(status)
  const wantsClaims = /insufficient_claims/.test(headers.get('www-authenticate') ?? '')
  if (status === 401 || wantsClaims) return new TokenEnded(account, wantsClaims)
  if (status === 404) return new AppError('not-found', 'Microsoft does not have this any more.')
  if (status === 403) return forbidden(account, codes, plainWords(error.message))
  return new Refused(status, codes.at(-1) ?? '', plainWords(error.message))
}

function forbidden(account: string, codes: readonly string[], message: string): AppError {
  const has = (...names: readonly string[]) => names.some((name) => codes.includes(name))
  if (has('Authorization_RequestDenied', 'ErrorAccessDenied', 'AccessDenied', 'accessDenied')) {
    return new AppError('permission', 'At the sign-in it was not allowed to do this.', {
      advice: `Sign in again and accept all that is asked for: lifeboat account signin ${account}. In an organisation, the administrator may have to allow it.`,
    })
  }
  return new AppError('permission', `Microsoft does not allow it: ${message || codes.at(-1) || 'no reason given'}`)
}
