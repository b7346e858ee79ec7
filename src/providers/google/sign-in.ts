/** Sign-in of a desktop program (RFC 8252) with PKCE (RFC 7636), at Google. */
import { randomBytes } from 'node:crypto'
import { CodeChallengeMethod, type Credentials, type OAuth2Client } from 'google-auth-library'
import { z } from 'zod'
import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SignedIn, SignInPrompt } from '../../core/sign-in.ts'
import { type AnswerOptions, codeFromAddress, listenForAnswer } from '../shared/loopback.ts'
import { authClient, googleAgent } from './auth.ts'
import { fromGoogle } from './errors.ts'
import { type Circumstances, forecast, type Grant, grantText, parseGrant, signInAdvice } from './grant.ts'
import { parseSettings, readingScopes, scopesFor, shortScopes, writingScopes } from './settings.ts'

/** How long a person may take for the pages in the browser. */
const usualPatience = 15 * 60_000
const pasteOnlyPort = 'http://127.0.0.1:1/'

export async function signIn(
  { settings, services }: Pick<Account, 'settings' | 'services'>,
  secret: string,
  prompt: SignInPrompt,
  context: Pick<Context, 'clock' | 'log'>,
  signal: AbortSignal,
  patience = usualPatience,
): Promise<SignedIn> {
  const parsed = parseSettings(settings)
  if (parsed.serviceAccount !== undefined) {
    const advice = signInAdvice({ account: parsed.user ?? 'ACCOUNT', isService: true })
    throw new AppError('unsupported', 'Nobody signs in to this account: a service account reads it.', { advice })
  }
  const grant = parseGrant(secret, parsed.user ?? 'ACCOUNT')
  const agent = googleAgent(parsed)
  const client = authClient(parsed, grant.client_secret ?? '', agent)
  try {
    const { code, redirectUri, codeVerifier } = await askInBrowser(client, parsed.user, services, prompt, patience, signal)
    const tokens = await exchange(
      client,
      { code, redirectUri, codeVerifier },
      {
        account: parsed.user ?? 'ACCOUNT',
        grant,
        now: context.clock.now(),
      },
    )
    return signedIn(settings, grant, tokens, { services, forRestore: prompt.forRestore === true }, context.clock.now())
  } finally {
    agent.destroy()
  }
}

interface Answer {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

async function askInBrowser(
  client: OAuth2Client,
  user: string | undefined,
  services: readonly Service[],
  prompt: SignInPrompt,
  patience: number,
  signal: AbortSignal,
): Promise<Answer> {
  const state = randomBytes(32).toString('base64url')
  const answer: AnswerOptions = { state, mode: 'query', host: '127.0.0.1', refusal: signInRefused }
  const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync()
  const url = (redirectUri: string) =>
    client.generateAuthUrl({
      access_type: 'offline',
      // So that a new refresh token comes with every consent.
      prompt: 'consent',
      scope: scopesFor(services, prompt.forRestore === true),
      redirect_uri: redirectUri,
      state,
      code_challenge_method: CodeChallengeMethod.S256,
      code_challenge: codeChallenge ?? '',
      ...(user === undefined ? {} : { login_hint: user }),
    })
  if (prompt.paste !== undefined) {
    await prompt.open(url(pasteOnlyPort))
    const code = codeFromAddress(await prompt.paste(signal), pasteOnlyPort, answer)
    return { code, redirectUri: pasteOnlyPort, codeVerifier }
  }
  const loopback = await listenForAnswer(answer, patience, signal)
  try {
    await prompt.open(url(loopback.redirectUri))
    return { code: await loopback.code, redirectUri: loopback.redirectUri, codeVerifier }
  } finally {
    loopback.close()
  }
}

function signInRefused(error: string): AppError {
  if (error === 'access_denied') {
    return new AppError('auth', 'The sign-in was cancelled in the browser.', {
      advice: 'Try again, and press Continue or Allow on every page.',
    })
  }
  const name = /^[\w-]{1,60}$/.test(error) ? error : 'no reason given'
  return new AppError('auth', `Google did not let you sign in (${name}).`, { advice: 'Try again.' })
}

async function exchange(client: OAuth2Client, answer: Answer, circumstances: Circumstances): Promise<Credentials> {
  const { code, redirectUri, codeVerifier } = answer
  try {
    return (await client.getToken({ code, codeVerifier, redirect_uri: redirectUri })).tokens
  } catch (error) {
    const known = fromGoogle(error, circumstances)
    if (known.code !== 'auth' || !/not valid any more|has ended/.test(known.message)) throw known
    throw new AppError('auth', 'Google did not accept the answer of the browser: it was too old or was used before.', {
      advice: 'Try again.',
    })
  }
}

const endsSchema = z.object({ refresh_token_expires_in: z.number().positive().optional() })
const identitySchema = z.object({ email: z.email() })

interface Wanted {
  readonly services: readonly Service[]
  readonly forRestore: boolean
}

function signedIn(settings: JsonObject, grant: Grant, tokens: Credentials, wanted: Wanted, now: Date): SignedIn {
  if (!tokens.refresh_token) {
    throw new AppError('auth', 'Google gave a sign-in that ends within the hour.', {
      advice: 'Check that the client is of the kind "Desktop app", then run the command again.',
    })
  }
  const user = addressOf(tokens.id_token)
  const scopes = shortScopes(tokens.scope ?? '')
  const kinds = wanted.forRestore ? [readingScopes, writingScopes] : [readingScopes]
  const has = (service: Service) => kinds.every((kind) => kind[service].every((scope) => scopes.includes(scope)))
  const missing = wanted.services.filter((service) => !has(service))
  if (missing.length > 0) {
    throw new AppError(
      'permission',
      `In the browser it was not allowed to ${wanted.forRestore ? 'read and write' : 'read'}: ${missing.map((service) => serviceNames[service]).join(', ')}.`,
      {
        advice: 'Try again, and tick every box on the page on which Google asks what the app may do.',
      },
    )
  }
  const seconds = endsSchema.safeParse(tokens).data?.refresh_token_expires_in
  const renewed: Grant = {
    client_secret: grant.client_secret ?? '',
    refresh_token: tokens.refresh_token,
    made: now.toISOString(),
    ...(seconds === undefined ? {} : { ends: new Date(now.getTime() + seconds * 1_000).toISOString() }),
  }
  return { settings: { ...settings, user }, secret: grantText(renewed), user, notes: forecast(renewed, now) }
}

const serviceNames: Readonly<Record<Service, string>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendar: 'calendars',
  files: 'files',
}

/** The token came straight from Google over TLS, so its signature needs no check (OpenID Connect Core, section 3.1.3.7). */
function addressOf(idToken: string | null | undefined): string {
  const payload = idToken?.split('.')[1]
  try {
    const parsed = identitySchema.safeParse(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8')))
    if (parsed.success) return parsed.data.email.toLowerCase()
  } catch {
    // Reported below.
  }
  throw new AppError('suspicious', 'Google does not say whose account this is.')
}
