/** Sign-in with a browser, for an account that is to be added and for one that there is. */
import { AppError } from '../core/errors.ts'
import type { Context, SignedIn, SignInPrompt } from '../core/types.ts'
import type { Connection } from '../engine/account-backup.ts'
import { providerOf } from './accounts.ts'
import type { SignInRequest } from './contract.ts'

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
  if (provider.signIn === undefined || provider.readClientFile === undefined) {
    throw new AppError('unsupported', `${provider.name} has no sign-in with a browser.`)
  }
  const client = provider.readClientFile(request.clientFile)
  const settings = { ...client.settings, ...request.settings }
  provider.checkSettings(settings)
  await beforehand()
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

export async function hasRegistration(id: string): Promise<boolean> {
  try {
    return (await providerOf(id)).readClientFile?.(null) !== undefined
  } catch {
    return false
  }
}
