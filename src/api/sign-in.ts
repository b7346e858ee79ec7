/** Sign-in with a browser, for an account that is to be added and for one that there is. */

import type { Context } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import type { Registration, SignedIn, SignInPrompt } from '../core/sign-in.ts'
import type { Connection } from '../engine/account-backup.ts'
import { providerOf } from './accounts.ts'
import type { RegistrationNeed, SignInRequest } from './contract.ts'

type Base = Pick<Context, 'clock' | 'log'>

/** `beforehand`: what has to be in order before the person is sent to the browser. */
export async function signInNew(
  request: SignInRequest,
  prompt: SignInPrompt,
  base: Base,
  beforehand: () => Promise<void>,
  signal: AbortSignal,
): Promise<SignedIn> {
  const provider = await providerOf(request.provider)
  const client = registrationOf(provider).read(request.clientFile)
  const settings = { ...client.settings, ...request.settings }
  provider.checkSettings(settings)
  await beforehand()
  if (provider.signIn === undefined) throw withoutBrowser(provider)
  return await provider.signIn({ settings, services: request.services ?? provider.services }, client.secret, prompt, base, signal)
}

/** Stores the new sign-in in place of the old one. @throws AppError `usage` where it is somebody else's */
export async function signInAgain(
  id: string,
  connections: readonly Connection[],
  prompt: SignInPrompt,
  signal: AbortSignal,
): Promise<{ readonly user: string; readonly notes: readonly string[] }> {
  for (const { account, provider, context } of connections) {
    if (provider.signIn === undefined) continue
    const secret = await context.secret('sign-in')
    if (secret === null || context.saveSecret === undefined) {
      throw new AppError('unsupported', `The sign-in of the account "${id}" is not kept by Lifeboat.`)
    }
    const signedIn = await provider.signIn(account, secret, prompt, context, signal)
    const { user } = account.settings
    if (typeof user === 'string' && user.toLowerCase() !== signedIn.user.toLowerCase()) {
      throw new AppError(
        'usage',
        `The account "${id}" belongs to ${user}, and you signed in as ${signedIn.user}. Nothing has changed.`,
        {
          advice: `Sign in again as ${user}, or add the other account under a name of its own.`,
        },
      )
    }
    await context.saveSecret('sign-in', signedIn.secret)
    return signedIn
  }
  throw new AppError('unsupported', `The account "${id}" is not of a kind that signs in with a browser.`, {
    advice: 'To change its password, remove it and add it again with the same name; the vault goes on where it is.',
  })
}

/** @throws AppError `unsupported` for a provider without a sign-in with a browser */
function registrationOf(provider: Provider): Registration {
  if (provider.registration === undefined) throw withoutBrowser(provider)
  return provider.registration
}

export async function registrationNeed(id: string): Promise<RegistrationNeed> {
  const { given, steps, read } = registrationOf(await providerOf(id))
  return { given, steps, isThere: isRead(read) }
}

export async function checkRegistration(id: string, given: string): Promise<void> {
  registrationOf(await providerOf(id)).read(given)
}

function isRead(read: Registration['read']): boolean {
  try {
    read(null)
    return true
  } catch {
    return false
  }
}

function withoutBrowser({ name }: Provider): AppError {
  return new AppError('unsupported', `${name} has no sign-in with a browser.`)
}
