/** What Microsoft says in place of a token, in plain words. */
import { z } from 'zod'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { lockedOutAdvice } from '../shared/locked-out.ts'

const refusalSchema = z.object({
  error: z.string(),
  error_description: z.string().default(''),
  suberror: z.string().default(''),
  error_codes: z.array(z.number()).default([]),
})

export interface Refusal {
  readonly error: string
  readonly description: string
  readonly suberror: string
  /** The numbers of "Microsoft Entra authentication and authorization error codes". */
  readonly codes: readonly number[]
}

export function refusalOf(body: unknown): Refusal | null {
  const parsed = refusalSchema.safeParse(body)
  if (!parsed.success) return null
  const { error, error_description: description, suberror, error_codes: codes } = parsed.data
  const told = [...description.matchAll(/AADSTS(\d{4,8})/g)].map(([, code]) => Number(code))
  return { error, description, suberror, codes: [...codes, ...told] }
}

const wayBack =
  'To get the account back, start at https://account.live.com/acsr (Outlook.com) or ask the administrator of your organisation.'

export function lockedOut(isGone = false): AppError {
  const message = isGone
    ? 'Microsoft says that this account is not there any more.'
    : 'Microsoft says that this account is locked.'
  return new AppError('locked-out', message, { advice: lockedOutAdvice('Microsoft', wayBack) })
}

const again = (account: string) => `Sign in again: lifeboat account signin ${account}`

const adminAdvice =
  'Ask the administrator to consent for the organisation: https://entra.microsoft.com, Enterprise applications, Lifeboat, Permissions, "Grant admin consent".'

interface Meaning {
  readonly code: ErrorCode
  readonly message: string
  readonly advice: (account: string) => string
}

function meaning(code: ErrorCode, message: string, advice: string | ((account: string) => string) = again): Meaning {
  return { code, message, advice: typeof advice === 'string' ? () => advice : advice }
}

const ended = meaning(
  'auth',
  'The sign-in is not valid any more: the password of the account was changed, or the access was taken back.',
  (account) =>
    `${again(account)}. If it was not you who changed the password, secure the account first: https://account.live.com/acsr. What is in your vault is not affected.`,
)
const unused = meaning(
  'auth',
  'The sign-in has ended because it was not used for 90 days.',
  (account) => `${again(account)}. A backup every month keeps it alive.`,
)
const conditional = meaning(
  'permission',
  'A rule of the organisation (conditional access) does not let Lifeboat in from this computer.',
  'Ask the administrator which devices and programs the rule allows, or to leave Lifeboat out of it.',
)
const secondFactor = meaning('auth', 'The organisation of this account wants a second proof that it is you.')
const timeLimit = meaning('auth', 'The organisation of this account wants a new sign-in from time to time.')
const adminConsent = meaning('permission', 'The administrator of this account has to allow Lifeboat first.', adminAdvice)
const unknownClient = meaning(
  'auth',
  'Microsoft does not know the program that this account signs in with: the registration was deleted, or belongs to another organisation.',
  'Register it anew and add the account again with the same name: lifeboat account add microsoft --help. The vault goes on where it is.',
)
const notPublic = meaning(
  'auth',
  'The registration at Microsoft does not allow public client flows.',
  'Open the registration at https://entra.microsoft.com, Authentication, set "Allow public client flows" to Yes, and run the command again.',
)
const wrongTenant = meaning(
  'auth',
  'The registration at Microsoft is not for this kind of account.',
  'Say which kind it is for: --accounts consumers for Outlook.com and the like, --accounts organizations for work and school.',
)
const certificateRefused = meaning(
  'auth',
  'Microsoft does not accept the certificate: it has ended, or is not the one of the registration.',
  'Upload the certificate at https://entra.microsoft.com, App registrations, Certificates and secrets, and add the accounts again.',
)

/** "Microsoft Entra authentication and authorization error codes". */
const meanings: Readonly<Record<number, Meaning>> = {
  50076: secondFactor,
  50078: secondFactor,
  50079: secondFactor,
  50158: secondFactor,
  50173: ended,
  50132: ended,
  50133: ended,
  70000: ended,
  70008: unused,
  700082: unused,
  70043: timeLimit,
  70044: timeLimit,
  50005: conditional,
  50097: conditional,
  53000: conditional,
  53001: conditional,
  53002: conditional,
  53003: conditional,
  53004: conditional,
  530032: conditional,
  530034: conditional,
  65001: adminConsent,
  90008: adminConsent,
  90093: adminConsent,
  90094: adminConsent,
  50105: adminConsent,
  700016: unknownClient,
  7000112: unknownClient,
  7000218: notPublic,
  50194: wrongTenant,
  50020: wrongTenant,
  9002331: wrongTenant,
  9002332: wrongTenant,
  9002346: wrongTenant,
  700024: certificateRefused,
  700027: certificateRefused,
  7000215: certificateRefused,
}

/** Of a code for another device: about a quarter of an hour. */
export function codeRanOut(): AppError {
  return new AppError('cancelled', 'Nobody signed in with the code within its time.', {
    advice: 'Run the command again for a new code.',
  })
}

/** `consent_required` for one who signed in before: what was allowed is allowed no more. */
export function refused({ error, codes, suberror, description }: Refusal, account: string): AppError {
  if (codes.includes(50_057) || /account (has been |is )?(locked|suspended|disabled)/i.test(description)) return lockedOut()
  if (codes.includes(50_053)) {
    return new AppError('auth', 'Microsoft has blocked the sign-in for a while, after too many wrong tries.', {
      advice: `Wait an hour. If the tries were not yours, change the password. Then: ${again(account)}`,
    })
  }
  if (codes.includes(50_034)) return lockedOut(true)
  if (codes.includes(50_055)) {
    return new AppError('auth', 'The password of this account has run out.', {
      advice: `Choose a new one at https://account.microsoft.com, then: ${again(account)}`,
    })
  }
  // "Microsoft identity platform and the OAuth 2.0 device authorization grant flow", expected errors.
  if (error === 'expired_token' || codes.includes(70_020)) return codeRanOut()
  if (error === 'access_denied' || error === 'authorization_declined' || codes.includes(65_004)) {
    return new AppError('auth', 'The sign-in was cancelled in the browser.', {
      advice: 'Try again, and press Accept on the page that asks what Lifeboat may do.',
    })
  }
  const known = codes.map((code) => meanings[code]).find((one) => one !== undefined)
  const { code, message, advice } = known ?? meaningOf(error, suberror)
  return new AppError(code, message, { advice: advice(account) })
}

function meaningOf(error: string, suberror: string): Meaning {
  if (error === 'consent_required' || suberror === 'consent_required') return adminConsent
  if (error === 'invalid_grant') return ended
  if (error === 'interaction_required' || error === 'login_required') return timeLimit
  if (error === 'invalid_client' || error === 'unauthorized_client') return unknownClient
  const name = /^[\w-]{1,60}$/.test(error) ? error : 'no reason given'
  return meaning('auth', `Microsoft refuses to go on with the sign-in (${name}).`)
}
