/** Sign-in of a desktop program (RFC 8252) with PKCE (RFC 7636), or with a code on another device (RFC 8628), at Microsoft. */

import { randomBytes } from 'node:crypto'
import type { AuthenticationResult, PublicClientApplication as Public } from '@azure/msal-node'
import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SignedIn, SignInPrompt } from '../../core/sign-in.ts'
import { type AnswerOptions, listenForAnswer } from '../shared/loopback.ts'
import { type Grant, grantText, withoutShortLived } from './grant.ts'
import { CryptoProvider, PublicClientApplication, ResponseMode } from './msal.ts'
import {
  allows,
  archiveMailbox,
  imapScope,
  type MicrosoftSettings,
  parseSettings,
  readingScopes,
  scopesFor,
  writingScopes,
} from './settings.ts'
import { codeRanOut, refusalOf, refused } from './sign-in-refusal.ts'
import { configuration, signInFailed } from './tokens.ts'
import { openTransport, SignInNetwork } from './transport.ts'

/** How long a person may take for the pages in the browser. */
const usualPatience = 15 * 60_000
/** The organisation of all personal accounts ("ID token claims reference", `tid`). */
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'

export async function signIn(
  { settings, services }: Pick<Account, 'settings' | 'services'>,
  _secret: string,
  prompt: SignInPrompt,
  context: Pick<Context, 'clock' | 'log'>,
  signal: AbortSignal,
  patience = usualPatience,
): Promise<SignedIn> {
  const parsed = parseSettings(settings)
  if (parsed.appOnly) {
    throw new AppError('unsupported', 'Lifeboat signs in to this account for itself, with a certificate; nobody has to.', {
      advice: 'For another certificate, add the account again with the same name: lifeboat account add microsoft --help',
    })
  }
  const transport = openTransport(parsed)
  const network = new SignInNetwork(transport, () => signal)
  const client = new PublicClientApplication(configuration(parsed, network))
  const scopes = scopesFor(services, parsed, prompt.forRestore === true)
  try {
    const asked = { client, network, settings: parsed, scopes, prompt, patience, signal }
    const result = await alsoForMailServer(asked, await ask(asked))
    const cache = withoutShortLived(client.getTokenCache().serialize())
    return signedIn(settings, parsed, result, cache, { services, forRestore: prompt.forRestore === true }, context.clock.now())
  } catch (error) {
    signal.throwIfAborted()
    throw signInFailed(error, network, parsed.user ?? '')
  } finally {
    transport.close()
  }
}

interface Asked {
  readonly client: Public
  readonly network: SignInNetwork
  readonly settings: MicrosoftSettings
  readonly scopes: string[]
  readonly prompt: SignInPrompt
  readonly patience: number
  readonly signal: AbortSignal
}

/** `why`: where it is not the first time. */
async function ask(asked: Asked, why?: string): Promise<AuthenticationResult> {
  const { code: show } = asked.prompt
  return show === undefined ? await inBrowser(asked, why) : await withCode(asked, (page, code) => show(page, code, why))
}

/**
 * One sign-in to a personal account is for one API: scopes of several "are not compatible with each other". Mail goes back to
 * Outlook.com by IMAP, which is another than Graph: unless it was allowed before, that takes a second one.
 */
async function alsoForMailServer(asked: Asked, result: AuthenticationResult): Promise<AuthenticationResult> {
  const { account, tenantId } = result
  if (!asked.scopes.includes('Mail.ReadWrite') || tenantId !== personalTenant || account === null) return result
  const { client, signal, settings } = asked
  const isAllowed = await client.acquireTokenSilent({ account, scopes: [imapScope] }).then(
    () => true,
    () => false,
  )
  signal.throwIfAborted()
  if (isAllowed) return result
  const why = 'Microsoft asks once more, for the mail server through which mail goes back to Outlook.com.'
  const again = await ask({ ...asked, scopes: [imapScope], settings: { ...settings, user: account.username } }, why)
  if (again.account?.homeAccountId === account.homeAccountId) return result
  throw new AppError('usage', 'Somebody else signed in the second time than the first. Nothing has changed.', {
    advice: 'Run the command again, and sign in to the same account both times.',
  })
}

async function inBrowser(
  { client, settings, scopes, prompt, patience, signal }: Asked,
  why: string | undefined,
): Promise<AuthenticationResult> {
  const { user } = settings
  const state = randomBytes(32).toString('base64url')
  const refusal: AnswerOptions['refusal'] = (error, description) =>
    refused(refusalOf({ error, error_description: description }) ?? noReason, user ?? '')
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const loopback = await listenForAnswer({ state, mode: 'form', host: 'localhost', refusal }, patience, signal)
  try {
    const { redirectUri } = loopback
    const url = await client.getAuthCodeUrl({
      scopes,
      redirectUri,
      state,
      responseMode: ResponseMode.FORM_POST,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      // So that another account can be chosen than the one that the browser knows.
      ...(user === undefined ? { prompt: 'select_account' } : { loginHint: user }),
    })
    await prompt.open(url, why)
    return await client.acquireTokenByCode({ scopes, redirectUri, code: await loopback.code, codeVerifier: verifier })
  } finally {
    loopback.close()
  }
}

const noReason = { error: '', description: '', suberror: '', codes: [] }

async function withCode(asked: Asked, show: (page: string, code: string) => Promise<void>): Promise<AuthenticationResult> {
  const { client, network, settings, scopes, patience, signal } = asked
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const request = {
    scopes,
    timeout: patience / 1_000,
    cancel: false,
    deviceCodeCallback: ({ verificationUri, userCode }: { verificationUri?: string; userCode?: string }) => {
      if (verificationUri === undefined || userCode === undefined)
        failed.reject(refused(network.refusal ?? noReason, settings.user ?? ''))
      else show(verificationUri, userCode).catch(failed.reject)
    },
  }
  const stop = () => {
    request.cancel = true
    failed.reject(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await Promise.race([client.acquireTokenByDeviceCode(request), failed.promise])
    if (result === null) throw codeRanOut()
    return result
  } finally {
    request.cancel = true
    signal.removeEventListener('abort', stop)
  }
}

interface Wanted {
  readonly services: readonly Service[]
  readonly forRestore: boolean
}

function signedIn(
  settings: JsonObject,
  { user: hint }: MicrosoftSettings,
  { account, scopes, tenantId }: AuthenticationResult,
  cache: string,
  { services, forRestore }: Wanted,
  now: Date,
): SignedIn {
  const kinds = forRestore ? [readingScopes, writingScopes] : [readingScopes]
  const has = (service: Service) => kinds.every((kind) => kind[service].every((scope) => allows(scopes, scope)))
  const missing = services.filter((service) => !has(service))
  if (missing.length > 0) {
    throw new AppError(
      'permission',
      `In the browser it was not allowed to ${forRestore ? 'read and write' : 'read'}: ${missing.map((service) => serviceNames[service]).join(', ')}.`,
      { advice: 'Try again, and accept all that Microsoft lists on its page.' },
    )
  }
  const user = (account?.username || hint || '').toLowerCase()
  if (!/^[^@\s]+@[^@\s]+$/.test(user)) throw new AppError('suspicious', 'Microsoft does not say whose account this is.')
  const kind = tenantId === personalTenant ? 'personal' : 'work'
  const grant: Grant = { cache, made: now.toISOString() }
  const notes = kind === 'work' && services.includes('mail') ? [archiveMailbox] : []
  return { settings: { ...settings, user, kind }, secret: grantText(grant), user, notes }
}

const serviceNames: Readonly<Record<Service, string>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendar: 'calendars',
  files: 'files',
}
