/** Access tokens of one account: MSAL gets and renews them, the grant in the secret store is its cache. */

import type {
  AccountInfo,
  AuthenticationResult,
  ConfidentialClientApplication as Confidential,
  Configuration,
  ICachePlugin,
  PublicClientApplication as Public,
} from '@azure/msal-node'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { fromNetwork } from '../shared/web-errors.ts'
import { clientCertificate } from './certificate.ts'
import { type Grant, grantText, withoutShortLived } from './grant.ts'
import { ConfidentialClientApplication, PublicClientApplication } from './msal.ts'
import { type MicrosoftSettings, placesOf } from './settings.ts'
import { again, codeRanOut, refused } from './sign-in-refusal.ts'
import { SignInNetwork, type Transport } from './transport.ts'

export interface Token {
  readonly text: string
  readonly scopes: readonly string[]
}

/** Before its end a token is renewed, so that no request is on its way with one that ends. */
const early = 5 * 60_000
const week = 7 * 86_400_000

export function configuration(settings: MicrosoftSettings, network: SignInNetwork, cachePlugin?: ICachePlugin): Configuration {
  const { login } = placesOf(settings)
  return {
    auth: {
      clientId: settings.clientId,
      authority: `${login}/${settings.tenant}`,
      ...(settings.practice === undefined ? {} : { knownAuthorities: [new URL(login).host] }),
    },
    system: { networkClient: network, disableInternalRetries: true },
    ...(cachePlugin === undefined ? {} : { cache: { cachePlugin } }),
  }
}

/** What MSAL threw, in plain words. Its own error is left out: it may hold what was sent. */
export function signInFailed(error: unknown, network: SignInNetwork, account: string): AppError {
  if (error instanceof AppError) return error
  const name = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'unknown'
  // The last that Microsoft said then is that it waits for the person.
  if (name === 'device_code_expired' || name === 'user_timeout_reached') return codeRanOut()
  if (network.refusal !== null) return refused(network.refusal, account)
  if (network.failure !== null) return fromNetwork(network.failure, 'Microsoft')
  return new AppError('auth', `The sign-in at Microsoft did not work (${name.slice(0, 60)}).`, {
    advice: again(account),
  })
}

export class Tokens {
  readonly #settings: MicrosoftSettings
  readonly #context: Pick<Context, 'clock' | 'log' | 'saveSecret'>
  readonly #account: string
  readonly #network: SignInNetwork
  readonly #client: Public | Confidential
  #grant: Grant
  #signal = new AbortController().signal
  #renewing: { readonly key: string; readonly token: Promise<Token> } | null = null
  #known: (Token & { readonly asked: readonly string[]; readonly until: number }) | null = null

  constructor(
    account: string,
    settings: MicrosoftSettings,
    grant: Grant,
    transport: Transport,
    context: Pick<Context, 'clock' | 'log' | 'saveSecret'>,
  ) {
    this.#account = account
    this.#settings = settings
    this.#grant = grant
    this.#context = context
    this.#network = new SignInNetwork(transport, () => this.#signal)
    this.#client = settings.appOnly ? this.#confidential(grant) : this.#public(grant)
  }

  /**
   * For these scopes at least. One that still lasts comes at once, unless `isStale`: Microsoft did not take it.
   * @throws AppError `auth`, `permission`, `locked-out`, `network`
   */
  async get(scopes: readonly string[], isStale: boolean, signal: AbortSignal): Promise<Token> {
    const known = this.#known
    const lasts = known !== null && known.until > Date.now() && scopes.every((scope) => known.asked.includes(scope))
    if (lasts && !isStale) return known
    const key = scopes.join(' ')
    if (this.#renewing?.key !== key) {
      const token = this.#acquire(scopes, isStale, signal).finally(() => {
        if (this.#renewing?.token === token) this.#renewing = null
      })
      this.#renewing = { key, token }
    }
    return await this.#renewing.token
  }

  /** So that it can be told later whether the grant died of not being used. Once in a while is enough. */
  async noteUse(): Promise<void> {
    const now = this.#context.clock.now()
    const last = Date.parse(this.#grant.used ?? this.#grant.made ?? '')
    if (now.getTime() - last < week) return
    await this.#save({ ...this.#grant, used: now.toISOString() })
  }

  async #acquire(scopes: readonly string[], isStale: boolean, signal: AbortSignal): Promise<Token> {
    this.#signal = signal
    try {
      const result = await this.#ask(this.#client, scopes, isStale)
      if (result === null) throw new AppError('auth', 'Microsoft gave no access.')
      const until = (result.expiresOn?.getTime() ?? 0) - early
      this.#known = { text: result.accessToken, scopes: result.scopes, asked: scopes, until }
      return this.#known
    } catch (error) {
      signal.throwIfAborted()
      throw signInFailed(error, this.#network, this.#account)
    }
  }

  async #ask(client: Public | Confidential, scopes: readonly string[], isStale: boolean): Promise<AuthenticationResult | null> {
    if (client instanceof ConfidentialClientApplication) {
      const { graph } = placesOf(this.#settings)
      return await client.acquireTokenByClientCredential({ scopes: [`${graph}/.default`], skipCache: isStale })
    }
    const account = await this.#person(client)
    return await client.acquireTokenSilent({ account, scopes: [...scopes], forceRefresh: isStale })
  }

  async #person(client: Public): Promise<AccountInfo> {
    const [account] = await client.getAllAccounts()
    if (account !== undefined) return account
    throw new AppError('auth', 'Nobody has signed in to this account yet.', {
      advice: `Sign in: lifeboat account signin ${this.#account}`,
    })
  }

  #confidential({ certificate }: Grant): Confidential {
    const usual = configuration(this.#settings, this.#network)
    return new ConfidentialClientApplication({
      ...usual,
      auth: { ...usual.auth, clientCertificate: clientCertificate(certificate, this.#account) },
    })
  }

  #public({ cache }: Grant): Public {
    let isRead = false
    const plugin: ICachePlugin = {
      beforeCacheAccess: async ({ tokenCache }) => {
        if (!isRead && cache !== undefined) tokenCache.deserialize(cache)
        isRead = true
      },
      afterCacheAccess: async ({ cacheHasChanged, tokenCache }) => {
        if (!cacheHasChanged) return
        const kept = withoutShortLived(tokenCache.serialize())
        if (kept === this.#grant.cache) return
        await this.#save({ ...this.#grant, cache: kept, used: this.#context.clock.now().toISOString() })
      },
    }
    return new PublicClientApplication(configuration(this.#settings, this.#network, plugin))
  }

  async #save(grant: Grant): Promise<void> {
    this.#grant = grant
    await this.#context.saveSecret?.('microsoft', grantText(grant)).catch((error: unknown) => {
      this.#context.log.warn('the renewed sign-in could not be stored', {
        reason: error instanceof Error ? error.name : 'unknown',
      })
    })
  }
}
