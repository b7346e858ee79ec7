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

/** '' for an account that is only being added. */
export const again = (account: string): string =>
  account === '' ? 'Run the command again' : `Sign in again: lifeboat account signin ${account}`

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
const consentGone = meaning(
  'permission',
  'What was allowed at the sign-in is not allowed any more: the permission was taken back, or the organisation wants it anew.',
  (account) =>
    `${again(account)}. Where Microsoft then says that an administrator has to approve it: ${adminAdvice.charAt(0).toLowerCase()}${adminAdvice.slice(1)}`,
)
const unknownClient = meaning(
  'auth',
  'Microsoft does not know the program that this account signs in with: the registration was deleted, or belongs to another organisation.',
  'Register it anew and add the account again with the same name: lifeboat account add microsoft --help. The vault goes on where it is.',
)
const notPublic = meaning(
  'auth',
  'The registration at Microsoft does not allow public client flows.',
  'Open the registration at https://entra.microsoft.com, Authentication: set "Allow public client flows" to Yes, and see that http://localhost stands under "Mobile and desktop applications" and nowhere else. Then run the command again.',
)
const wrongPlatform = meaning(
  'auth',
  'The registration at Microsoft is that of a web page, not of a program.',
  'Open the registration at https://entra.microsoft.com, Authentication: remove http://localhost where it stands, add it under "Mobile and desktop applications", and run the command again.',
)
const wrongTenant = meaning(
  'auth',
  'The registration at Microsoft is not for this kind of account.',
  'Say which kind it is for: --accounts consumers for Outlook.com and the like, --accounts organizations for work and school.',
)
const noOrganisation = meaning(
  'usage',
  'Microsoft does not know this organisation.',
  'Its domain or id stands at https://entra.microsoft.com, Overview. Add the accounts again with it: lifeboat account add microsoft --help',
)
const otherCloud = meaning(
  'unsupported',
  'This account lies in a cloud of Microsoft that is kept apart (China, or the government of the United States): Lifeboat does not reach it.',
  'Its mail may be had by IMAP: lifeboat account add imap --help',
)
const outOfOrder = meaning('network', "Microsoft's sign-in is out of order at the moment.", 'Try again in a few minutes.')
const wrongClock = meaning(
  'auth',
  'Microsoft does not accept the certificate at the time that this computer shows: its clock is wrong.',
  'Set the clock of this computer, best by itself from the internet, and run the command again.',
)
const passwordRanOut = meaning(
  'auth',
  'The password of this account has run out.',
  (account) => `Choose a new one at https://account.microsoft.com, then: ${again(account)}`,
)
const certificateRefused = meaning(
  'auth',
  'Microsoft does not accept the certificate: it has ended, or is not the one of the registration.',
  'Upload the certificate at https://entra.microsoft.com, App registrations, Certificates and secrets, and add the accounts again.',
)

/** "Microsoft Entra authentication and authorization error codes". */
const numbers: readonly (readonly [Meaning, readonly number[]])[] = [
  [secondFactor, [50_072, 50_074, 50_076, 50_078, 50_079, 50_158]],
  [ended, [50_132, 50_133, 50_173, 70_000]],
  [unused, [70_008, 700_082]],
  [timeLimit, [70_043, 70_044]],
  [conditional, [50_005, 50_097, 50_129, 50_131, 50_187, 53_000, 53_001, 53_002, 53_003, 53_004, 53_009, 53_010, 53_011]],
  [conditional, [135_011, 500_021, 500_022, 530_032, 530_034, 530_035, 700_003]],
  [consentGone, [65_001]],
  [adminConsent, [50_105, 90_008, 90_093, 90_094, 90_095, 90_099]],
  [unknownClient, [70_001, 700_011, 700_016, 7_000_112]],
  [notPublic, [70_002, 7_000_218]],
  [wrongPlatform, [70_004, 50_011, 700_084, 900_971, 9_002_327]],
  [wrongTenant, [16_000, 50_014, 50_020, 50_194, 51_004, 90_072, 90_124, 90_130, 9_001_023, 9_002_331, 9_002_332, 9_002_346]],
  [noOrganisation, [50_128, 90_002, 90_019]],
  [otherCloud, [90_038, 900_382, 900_432]],
  [outOfOrder, [50_000, 70_012, 90_006, 90_012, 90_024, 90_033, 90_055, 90_090, 90_091]],
  [certificateRefused, [50_012, 700_027, 700_030, 1_000_502, 7_000_215, 7_000_222]],
  [wrongClock, [700_024]],
  [passwordRanOut, [50_055, 50_144]],
]

/** "Microsoft Entra authentication and authorization error codes". */
const meanings: ReadonlyMap<number, Meaning> = new Map(
  numbers.flatMap(([one, codes]) => codes.map((code): [number, Meaning] => [code, one])),
)

/** Of a code for another device: about a quarter of an hour. */
export function codeRanOut(): AppError {
  return new AppError('cancelled', 'Nobody signed in with the code within its time.', {
    advice: 'Run the command again for a new code.',
  })
}

export function refused({ error, codes, suberror, description }: Refusal, account: string): AppError {
  if (codes.includes(50_057) || /account (has been |is )?(locked|suspended|disabled)/i.test(description)) return lockedOut()
  if (codes.includes(50_053)) {
    return new AppError('auth', 'Microsoft has blocked the sign-in for a while, after too many wrong tries.', {
      advice: `Wait an hour. If the tries were not yours, change the password. Then: ${again(account)}`,
    })
  }
  if (codes.includes(50_034) || codes.includes(500_341)) return lockedOut(true)
  // "Microsoft identity platform and the OAuth 2.0 device authorization grant flow", expected errors.
  if (error === 'expired_token' || codes.some((code) => code === 70_019 || code === 70_020)) return codeRanOut()
  if (error === 'access_denied' || error === 'authorization_declined' || codes.includes(65_004)) {
    return new AppError('auth', 'The sign-in was cancelled in the browser.', {
      advice: 'Try again, and press Accept on the page that asks what Lifeboat may do.',
    })
  }
  const known = codes.map((code) => meanings.get(code)).find((one) => one !== undefined)
  const { code, message, advice } = known ?? meaningOf({ error, codes, suberror, description })
  return new AppError(code, message, { advice: advice(account) })
}

function meaningOf({ error, codes, suberror, description }: Refusal): Meaning {
  if (error === 'consent_required' || suberror === 'consent_required') return consentGone
  if (error === 'temporarily_unavailable' || error === 'server_error') return outOfOrder
  const [number] = codes
  if (number !== undefined) return unknownNumber(number)
  if (error === 'invalid_grant') return ended
  if (error === 'interaction_required' || error === 'login_required') return timeLimit
  // Personal accounts: without a number.
  if (/not enabled for consumers/i.test(description)) return wrongTenant
  if (error === 'invalid_client' || error === 'unauthorized_client') return unknownClient
  const name = /^[\w-]{1,60}$/.test(error) ? error : 'no reason given'
  return meaning('auth', `Microsoft refuses to go on with the sign-in (${name}).`)
}

/** Others than those that are told in words; Microsoft adds new ones. */
function unknownNumber(number: number): Meaning {
  return meaning(
    'auth',
    `Microsoft refuses to go on with the sign-in (AADSTS${number}).`,
    (account) =>
      `What the number means is told at https://login.microsoftonline.com/error?code=${number}. When it is put right: ${again(account)}`,
  )
}
