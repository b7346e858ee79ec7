/** What is kept of a sign-in: one JSON text in the secret store, short enough for every keyring there is. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { storedGrant } from '../shared/grant.ts'
import { lockedOutAdvice } from '../shared/locked-out.ts'

const schema = z.strictObject({
  /** Of the client with which a person signs in. */
  client_secret: z.string().max(200).optional(),
  /** Of a service account (PEM), in place of all the rest. */
  private_key: z.string().max(8_000).optional(),
  refresh_token: z.string().max(600).optional(),
  /** When the person signed in: RFC 3339. */
  made: z.string().max(30).optional(),
  /** When the grant was last of use, to about a week. */
  used: z.string().max(30).optional(),
  /** When Google says that the grant ends, if it says so. */
  ends: z.string().max(30).optional(),
})

export type Grant = Readonly<z.infer<typeof schema>>

/** @throws AppError `auth` where the secret is missing or no grant */
export function parseGrant(secret: string | null, account: string): Grant {
  const advice = `Remove the account and add it again with the same name: lifeboat account remove ${account}. The vault goes on where it is.`
  return storedGrant(schema, secret, advice)
}

export function grantText(grant: Grant): string {
  return JSON.stringify(grant)
}

const day = 86_400_000
const testingLifetime = 7 * day
/** Google forgets a grant that was not used for six months. */
const unusedLifetime = 182 * day

/** Whose sign-in it is, and when it is asked after. */
export interface Circumstances {
  readonly account: string
  readonly grant: Grant
  readonly now: Date
  /** Where a service account acts for the person: what the administrator has to allow. */
  readonly service?: { readonly clientId: string; readonly scopes: readonly string[] }
}

/** How the account gets access again. */
export function signInAdvice({ account, isService }: { readonly account: string; readonly isService: boolean }): string {
  return isService
    ? 'Make a new key for the service account in the Google console, and run: lifeboat account add google --workspace --client-file FILE'
    : `Sign in again: lifeboat account signin ${account}`
}

const delegationPage = 'https://admin.google.com/ac/owl/domainwidedelegation'

/** What the administrator does once, in the words of Google's pages. */
export function delegationSteps({ clientId, scopes }: NonNullable<Circumstances['service']>): readonly string[] {
  return [
    `Open ${delegationPage} as the administrator of the organisation, and press "Add new" (or "Edit" at this client).`,
    `Client ID: ${clientId}`,
    `OAuth scopes, beside those that are there: ${scopes.join(',')}`,
    'Press "Authorize". Google may need some minutes, seldom a day, until it works.',
  ]
}

/** What the token endpoint says in place of a token. */
export interface TokenRefusal {
  readonly error: string
  readonly description: string
  readonly subtype: string
}

/**
 * Why a grant is of no use any more, and the one thing to do. Google's answer is the same for four causes; the dates tell
 * them apart as far as that is possible.
 */
export function deadGrant(refusal: TokenRefusal, circumstances: Circumstances): AppError {
  const { error, description, subtype } = refusal
  const { account, grant, now, service } = circumstances
  const ofService = service === undefined ? null : refusedService(refusal, account, service)
  if (ofService !== null) return ofService
  const again = signInAdvice({ account, isService: service !== undefined })
  if (['deleted_client', 'invalid_client', 'disabled_client', 'unauthorized_client'].includes(error)) {
    return new AppError(
      'auth',
      'Google does not know the client that this account signs in with: it was deleted, or the Google project is gone.',
      {
        advice:
          'Make a new client in the Google console and add the account again with the same name: lifeboat account add google --help. The vault goes on where it is.',
      },
    )
  }
  const isAboutAccount = error === 'invalid_grant' || error === 'access_denied'
  if (isAboutAccount && /\b(disabled|suspended|deleted|account restricted)\b/i.test(description)) {
    const isDeleted = /deleted/i.test(description)
    const message = isDeleted ? 'Google says that this account is deleted.' : 'Google says that this account is locked.'
    return new AppError('locked-out', message, { advice: lockedOut })
  }
  if (error === 'admin_policy_enforced' || error === 'org_internal' || error === 'access_denied') {
    return new AppError('permission', 'The administrator of this account does not let the app in.', {
      advice: 'Ask the administrator to trust the app (Admin console, Security, API controls).',
    })
  }
  if (subtype === 'invalid_rapt' || /rapt|reauth/i.test(description)) {
    return new AppError('auth', 'The organisation of this account wants a new sign-in after some hours.', { advice: again })
  }
  if (error === 'invalid_grant')
    return new AppError('auth', expiredSentence(causeOf(grant, now)), { advice: expiredAdvice(causeOf(grant, now), account) })
  return new AppError('auth', `Google refuses to go on with the sign-in (${error}).`, { advice: again })
}

/** What Google says to a service account alone; null where it is about the person's account. */
function refusedService(
  { error, description }: TokenRefusal,
  account: string,
  service: NonNullable<Circumstances['service']>,
): AppError | null {
  if (error === 'unauthorized_client' || (error === 'access_denied' && /not authorized/i.test(description))) {
    return new AppError('permission', 'The administrator of the organisation has not let Lifeboat in for all that it asks for.', {
      advice: delegationSteps(service).join(' '),
    })
  }
  if (error !== 'invalid_grant') return null
  if (/invalid email or user id/i.test(description)) {
    return new AppError(
      'locked-out',
      `The organisation has no account ${account} any more: it was deleted or has another name.`,
      {
        advice: lockedOut,
      },
    )
  }
  if (/short-lived token|reasonable timeframe/i.test(description)) {
    return new AppError('auth', 'Google does not believe the clock of this computer.', {
      advice: 'Set the date, the time and the time zone of this computer, then run the command again.',
    })
  }
  if (/jwt signature|account not found/i.test(description)) {
    return new AppError('auth', 'Google does not know the key of the service account: it was deleted.', {
      advice: signInAdvice({ account, isService: true }),
    })
  }
  return null
}

const lockedOut = lockedOutAdvice('Google', 'To get the account back, start at https://accounts.google.com/signin/recovery')

type Cause = 'testing' | 'unused' | 'unknown'

function causeOf({ made, used, ends }: Grant, now: Date): Cause {
  const since = (text: string | undefined) => (text === undefined ? null : now.getTime() - Date.parse(text))
  if (ends !== undefined && Date.parse(ends) <= now.getTime()) return 'testing'
  const idle = since(used ?? made)
  if (idle !== null && idle >= unusedLifetime) return 'unused'
  const age = since(made)
  const lastUse = made !== undefined && used !== undefined ? Date.parse(used) - Date.parse(made) : 0
  // A grant that was of use after its eighth day does not end after seven.
  return age !== null && age >= testingLifetime && lastUse <= testingLifetime ? 'testing' : 'unknown'
}

function expiredSentence(cause: Cause): string {
  switch (cause) {
    case 'testing':
      return 'The sign-in has ended after 7 days. Google does this while your project is in the state "Testing".'
    case 'unused':
      return 'The sign-in has ended because it was not used for six months.'
    case 'unknown':
      return 'The sign-in is not valid any more: the password of the account was changed, or the access was taken back.'
  }
}

function expiredAdvice(cause: Cause, account: string): string {
  switch (cause) {
    case 'testing':
      return `Open https://console.cloud.google.com/auth/audience, press "Publish app", and then sign in again: lifeboat account signin ${account}`
    case 'unused':
      return `Sign in again: lifeboat account signin ${account}. A backup every month keeps it alive.`
    case 'unknown':
      return `Sign in again: lifeboat account signin ${account}. If it was not you who changed the password, secure the account first: https://accounts.google.com/signin/recovery. What is in your vault is not affected.`
  }
}

/** What can be told beforehand, in sentences; empty when all is well. */
export function forecast(grant: Grant, now: Date): string[] {
  const { ends, used, made } = grant
  if (ends !== undefined) {
    return [
      `This sign-in ends on ${ends.slice(0, 10)}, because your Google project is in the state "Testing". Press "Publish app" at https://console.cloud.google.com/auth/audience and sign in again; then it lasts.`,
    ]
  }
  const last = used ?? made
  if (last === undefined) return []
  const left = Date.parse(last) + unusedLifetime - now.getTime()
  return left < 30 * day
    ? [`This sign-in ends in about ${Math.max(1, Math.round(left / day))} days unless a backup runs before.`]
    : []
}
