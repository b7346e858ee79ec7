/**
 * login.microsoftonline.com: `oidc-provider` does the protocol, this file adds what is Microsoft's own: tenants in the path,
 * `client_info`, numbered errors, programs that sign in for themselves, and the ways in which a grant dies.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import Provider, { type Configuration } from 'oidc-provider'
import { MemoryAdapter } from '../shared/memory-adapter.ts'
import { bodyOf } from './graph.ts'
import { refusalForItself } from './sign-in-itself.ts'
import { consentPage, escaped, html, json, page } from './sign-in-pages.ts'
import { confidential, type Death, refusalBody, refusals, scopesDenied, tokenRefusals } from './sign-in-refusals.ts'
import { decided, knownScopes, openIdScopes } from './sign-in-scopes.ts'

/** The organisation of all personal accounts. */
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'

export interface Identity {
  /** Null: the program itself. */
  readonly email: string | null
  readonly scopes: readonly string[]
}

interface Grant {
  readonly email: string
  used: number
  death: Death | null
}

interface AccessToken {
  readonly identity: Identity
  readonly grantId: string | null
  readonly expires: number
}

export interface KnownUser {
  readonly id: string
  readonly kind: 'personal' | 'work'
}

const accessTokenSeconds = 3_599
const day = 86_400_000

export class SignIn {
  readonly clientId = randomUUID()
  /** Of the organisation of all work accounts here. */
  readonly tenant = randomUUID()
  /** PEM of the certificates that were uploaded for the program, and what the administrator lets it do by itself. */
  readonly certificates: string[] = []
  appRoles: readonly string[] = []
  /** Work accounts cannot allow anything themselves. */
  needsAdmin = false
  /** "Allow public client flows" is off. */
  isConfidential = false
  /** Query of every authorization request. */
  readonly authorizations: URLSearchParams[] = []
  /** Body of every token request. */
  readonly tokenRequests: URLSearchParams[] = []
  /** Before each answer to a token request. */
  onToken: () => void = () => undefined
  /** The next token requests fail with these. */
  readonly tokenFaults: { readonly status: number; readonly body: unknown }[] = []
  readonly #origin: string
  readonly #provider: Provider
  readonly #callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly #now: () => number
  readonly #userOf: (email: string) => KnownUser | undefined
  readonly #grants = new Map<string, Grant>()
  readonly #access = new Map<string, AccessToken>()
  /** Each renewal gives another refresh token, and the ones before stay good. */
  readonly #refresh = new Map<string, string>()
  /** Whatever a person has ever allowed. */
  readonly #consents = new Map<string, ReadonlySet<string>>()
  /** Scopes that a request for another token names. */
  readonly #wanted = new WeakMap<IncomingMessage, readonly string[]>()
  readonly #secrets: string[] = []
  readonly #locked = new Set<string>()

  constructor(origin: string, now: () => number, userOf: (email: string) => KnownUser | undefined) {
    this.#origin = origin
    this.#now = now
    this.#userOf = userOf
    this.#provider = new Provider(origin, this.#configuration())
    this.#provider.proxy = false
    this.#provider.use(async (ctx, next) => {
      if (ctx.path === routes.token) await this.#token(ctx, next)
      else await next()
      if (ctx.path === routes.device && ctx.status === 200)
        Object.assign(ctx.body as object, { interval: 1, message: 'Sign in.' })
    })
    this.#callback = this.#provider.callback()
  }

  #configuration(): Configuration {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'emulator' }
    return {
      clients: [
        {
          client_id: this.clientId,
          application_type: 'native',
          redirect_uris: ['http://localhost'],
          grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: { keys: [key] } as NonNullable<Configuration['jwks']>,
      scopes: [...openIdScopes, ...knownScopes],
      claims: { openid: ['sub', 'oid', 'tid', 'ver', 'preferred_username'], profile: ['name'], email: ['email'] },
      conformIdTokenClaims: false,
      findAccount: (_ctx, email) => ({ accountId: email, claims: async () => this.#claimsOf(email) }),
      adapter: MemoryAdapter,
      features: {
        devInteractions: { enabled: false },
        deviceFlow: {
          enabled: true,
          charset: 'base-20',
          mask: '****-****',
          userCodeInputSource: (ctx, form) => {
            ctx.body = page('Enter code', `<p>Enter the code</p>${form}`)
          },
          userCodeConfirmSource: (ctx, form) => {
            ctx.body = page('Confirm', form)
          },
          successSource: (ctx) => {
            ctx.body = page('Signed in', '<p>You have signed in.</p>')
          },
        },
      },
      interactions: { url: (_ctx, interaction) => `/signin/${interaction.uid}` },
      pkce: { required: () => false },
      issueRefreshToken: async (_ctx, _client, code) => code.scopes.has('offline_access'),
      rotateRefreshToken: false,
      cookies: { keys: [randomBytes(16).toString('hex')] },
      ttl: {
        AccessToken: 86_400,
        AuthorizationCode: 60,
        DeviceCode: 900,
        RefreshToken: 400 * 86_400,
        Grant: 400 * 86_400,
        IdToken: 3_600,
        Interaction: 3_600,
        Session: 3_600,
      },
      routes: {
        authorization: routes.authorize,
        token: routes.token,
        device_authorization: routes.device,
        code_verification: routes.code,
      },
      renderError: (ctx, out) => {
        ctx.type = 'html'
        ctx.body = page(
          'Error',
          `<p>Error ${ctx.status}: ${escaped(out.error)}</p><p>${escaped(out.error_description ?? '')}</p>`,
        )
      },
    }
  }

  /** `path` belongs to this part. */
  static owns(path: string): boolean {
    return /^(\/[\w.-]+)?(\/oauth2\/v2\.0\/|\/v2\.0\/\.well-known\/|\/devicelogin)|^\/signin\//.test(path)
  }

  /** `url.pathname` is one of those that `owns` names. */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, tenant = 'common', path = url.pathname] =
      /^\/(?!oauth2\/)([\w.-]+)(\/(?:oauth2|v2\.0)\/.*)$/.exec(url.pathname) ?? []
    if (path === '/v2.0/.well-known/openid-configuration') return json(response, 200, this.#discovery(tenant))
    if (url.pathname.startsWith('/signin/')) return await this.#interaction(request, response)
    if (path === routes.authorize) {
      this.authorizations.push(new URLSearchParams(url.search))
      // A page of Microsoft's own, on which the person chooses; here every sign-in asks.
      url.searchParams.set('prompt', 'consent')
      return await this.#callback(forged(request, `${path}${url.search}`, null), response)
    }
    const body = (await bodyOf(request)).toString('utf8')
    if (path !== routes.token && path !== routes.device)
      return await this.#callback(forged(request, `${path}${url.search}`, body), response)
    const form = new URLSearchParams(body)
    if (path === routes.token) this.tokenRequests.push(new URLSearchParams(form))
    const wanted = form.has('refresh_token') ? (form.get('scope') ?? '').split(' ') : null
    if (this.isConfidential) json(response, 401, refusalBody(confidential))
    else if (form.get('grant_type') === 'client_credentials') this.#forItself(form, response, tenant)
    else {
      const standard = forged(request, path, this.#standard(form, path).toString())
      if (wanted !== null) this.#wanted.set(standard, wanted)
      await this.#callback(standard, response)
    }
  }

  /** As `oidc-provider` wants it. */
  #standard(form: URLSearchParams, path: string): URLSearchParams {
    if (path === routes.device) form.set('prompt', 'consent')
    if (form.get('grant_type') === 'device_code') form.set('grant_type', 'urn:ietf:params:oauth:grant-type:device_code')
    const refresh = form.get('refresh_token')
    if (refresh === null) return form
    form.set('refresh_token', this.#refresh.get(refresh) ?? refresh)
    // A refresh token is good for everything that the person has ever allowed, not only for what came with it.
    form.delete('scope')
    return form
  }

  /** Who a token stands for; null where it is none, has expired, or its grant is dead. */
  authenticate(authorization: string | undefined): Identity | null {
    const token = this.#access.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '')
    if (token === undefined || token.expires < this.#now()) return null
    if (token.grantId === null) return token.identity
    const death = this.#grants.get(token.grantId)?.death
    // Access tokens live to their end unless the account itself is gone.
    return death === 'account-disabled' || death === 'account-deleted' ? null : token.identity
  }

  /**
   * For the mail server that stands in for Outlook.com's: whose mailbox a token opens by IMAP. Microsoft has no such place; its own
   * server knows.
   */
  introspect(authorization: string | undefined): { readonly active: boolean; readonly username?: string } {
    const identity = this.authenticate(authorization)
    const isForImap = identity?.scopes.some((scope) => scope.endsWith('IMAP.AccessAsUser.All')) === true
    return identity?.email != null && isForImap ? { active: true, username: identity.email } : { active: false }
  }

  /** Every grant that the person has given so far is dead. */
  kill(email: string, death: Death): void {
    for (const grant of this.#grants.values()) if (grant.email === email) grant.death = death
  }

  /** The account is disabled: no program gets in, and nobody can sign in. */
  lock(email: string): void {
    this.kill(email, 'account-disabled')
    this.#locked.add(email)
  }

  unlock(email: string): void {
    this.#locked.delete(email)
  }

  /** As when time passes: the next call needs a new access token. */
  expireAccessTokens(): void {
    this.#access.clear()
  }

  /** Everything that must never be seen outside the place for secrets. */
  secretsGivenOut(): string[] {
    const names = ['code', 'code_verifier', 'device_code', 'client_assertion']
    const sent = this.tokenRequests.flatMap((request) => names.map((name) => request.get(name)))
    return [...this.#secrets, ...sent].filter((text) => text !== null)
  }

  #tenantOf(email: string): string {
    return this.#userOf(email)?.kind === 'personal' ? personalTenant : this.tenant
  }

  #claimsOf(email: string) {
    const id = this.#userOf(email)?.id ?? ''
    return { sub: email, oid: id, tid: this.#tenantOf(email), ver: '2.0', preferred_username: email, name: email, email }
  }

  #discovery(tenant: string): object {
    const base = `${this.#origin}/${tenant}`
    return {
      token_endpoint: `${base}${routes.token}`,
      authorization_endpoint: `${base}${routes.authorize}`,
      device_authorization_endpoint: `${base}${routes.device}`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${this.#origin}/{tenantid}/v2.0`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    }
  }

  async #token(
    ctx: { status: number; body: unknown; oidc?: unknown; req: IncomingMessage },
    next: () => Promise<unknown>,
  ): Promise<void> {
    this.onToken()
    const fault = this.tokenFaults.shift()
    if (fault !== undefined) {
      Object.assign(ctx, fault)
      return
    }
    await next()
    const body = ctx.body as Record<string, unknown>
    if (ctx.status !== 200) {
      const known = tokenRefusals[String(body['error'])]
      if (known !== undefined) ctx.body = refusalBody(known)
      return
    }
    const grantId = grantOf(ctx)
    const grant = this.#grants.get(grantId)
    if (grant === undefined) throw new Error('a token without a grant')
    if (this.#now() - grant.used > 90 * day) grant.death ??= 'inactive-90-days'
    if (grant.death !== null) {
      ctx.status = 400
      ctx.body = refusalBody(refusals[grant.death])
      return
    }
    grant.used = this.#now()
    const access = String(body['access_token'])
    const { email } = grant
    const scopes = this.#wanted.get(ctx.req) ?? String(body['scope']).split(' ')
    if (!scopes.every((scope) => this.#consents.get(email)?.has(scope))) {
      ctx.status = 400
      ctx.body = refusalBody(this.#userOf(email)?.kind === 'personal' ? scopesDenied : refusals['consent-withdrawn'])
      return
    }
    this.#give(access, { identity: { email, scopes }, grantId })
    const info = { uid: this.#userOf(email)?.id ?? '', utid: this.#tenantOf(email) }
    ctx.body = {
      ...{ ...body, scope: scopes.join(' ') },
      ...(typeof body['refresh_token'] === 'string' ? { refresh_token: this.#anotherFor(body['refresh_token']) } : {}),
      expires_in: accessTokenSeconds,
      ext_expires_in: accessTokenSeconds,
      client_info: Buffer.from(JSON.stringify(info)).toString('base64url'),
    }
  }

  #anotherFor(refresh: string): string {
    // About as long as Microsoft's.
    const another = `0.A${randomBytes(700).toString('base64url')}`
    this.#refresh.set(another, refresh)
    this.#secrets.push(another, refresh)
    return another
  }

  #give(access: string, token: Omit<AccessToken, 'expires'>): void {
    this.#secrets.push(access)
    this.#access.set(access, { ...token, expires: this.#now() + accessTokenSeconds * 1_000 })
  }

  /** "OAuth 2.0 client credentials flow", with a certificate. */
  #forItself(form: URLSearchParams, response: ServerResponse, tenant: string): void {
    const known = { tenant: this.tenant, clientId: this.clientId, certificates: this.certificates }
    const refusal = refusalForItself(form, { ...known, asked: tenant, audience: `${this.#origin}/${tenant}${routes.token}` })
    if (refusal !== null) {
      json(response, 401, refusalBody(refusal))
      return
    }
    const access = randomBytes(40).toString('base64url')
    this.#give(access, { identity: { email: null, scopes: this.appRoles }, grantId: null })
    const lifetime = { expires_in: accessTokenSeconds, ext_expires_in: accessTokenSeconds }
    json(response, 200, { token_type: 'Bearer', ...lifetime, access_token: access })
  }

  /** The pages on which a person chooses the account and accepts what is asked for. */
  async #interaction(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params } = await this.#provider.interactionDetails(request, response)
    const scopes = String(params['scope']).split(' ')
    if (request.method === 'GET') {
      html(response, 200, consentPage(scopes, String(params['login_hint'] ?? '')))
      return
    }
    const form = new URLSearchParams((await bodyOf(request)).toString('utf8'))
    const email = form.get('email') ?? ''
    const refuse = async (error: string, text: string) =>
      await this.#provider.interactionFinished(request, response, { error, error_description: text })
    if (form.get('answer') !== 'accept') {
      return await refuse('access_denied', 'AADSTS65004: User declined to consent to access the app.')
    }
    const user = this.#userOf(email)
    if (user === undefined) return html(response, 400, page('Sign in', '<p>That Microsoft account doesn’t exist.</p>'))
    if (this.#locked.has(email)) return html(response, 403, page('Locked', '<p>Your account has been locked.</p>'))
    if (this.needsAdmin && user.kind === 'work') {
      return await refuse('consent_required', 'AADSTS90094: The grant requires admin permission.')
    }
    const { allowed, refusal } = decided(scopes, form.getAll('decline'), user.kind)
    if (refusal !== null) return await refuse('invalid_scope', refusal)
    const grant = new this.#provider.Grant({ accountId: email, clientId: this.clientId })
    for (const scope of scopes) if (!allowed.includes(scope)) grant.rejectOIDCScope(scope)
    for (const scope of allowed) grant.addOIDCScope(scope)
    this.#consents.set(email, new Set([...(this.#consents.get(email) ?? []), ...allowed]))
    const grantId = await grant.save()
    this.#grants.set(grantId, { email, used: this.#now(), death: null })
    await this.#provider.interactionFinished(request, response, { login: { accountId: email }, consent: { grantId } })
  }
}

const routes = {
  authorize: '/oauth2/v2.0/authorize',
  token: '/oauth2/v2.0/token',
  device: '/oauth2/v2.0/devicecode',
  code: '/devicelogin',
} as const

interface TokenContext {
  readonly entities: { readonly Grant?: { readonly jti: string }; readonly AccessToken?: { readonly grantId?: string } }
}

function grantOf(ctx: { oidc?: unknown }): string {
  const { entities } = ctx.oidc as TokenContext
  return entities.Grant?.jti ?? entities.AccessToken?.grantId ?? ''
}

/** The same request for another path or with another body. */
function forged(request: IncomingMessage, url: string, body: string | null): IncomingMessage {
  const source = body === null ? request : Readable.from(body === '' ? [] : [Buffer.from(body)])
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return Object.assign(source, {
    url,
    method: request.method,
    headers: { ...request.headers, ...length },
    socket: request.socket,
    httpVersion: request.httpVersion,
  }) as IncomingMessage
}
