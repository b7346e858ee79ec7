/**
 * accounts.google.com and oauth2.googleapis.com: `oidc-provider` does the protocol, this file adds what is Google's own:
 * the shape of errors, granular consent, and the ways in which a grant dies.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import Provider, { type Configuration } from 'oidc-provider'
import { MemoryAdapter } from '../shared/memory-adapter.ts'
import { bodyOf } from './api.ts'
import { jwtBearer, ServiceAccount } from './service-account.ts'

export interface DesktopClient {
  readonly id: string
  readonly secret: string
  readonly projectId: string
}

/** Why Google does not honour a refresh token any more ("Using OAuth 2.0", "Refresh token expiration"). */
export type Death =
  | 'testing-7-days'
  | 'six-months-unused'
  | 'revoked'
  | 'password-changed'
  | 'account-disabled'
  | 'account-deleted'
  | 'admin-policy'
  | 'reauthentication'
  | 'client-deleted'

/** Status and body of the token endpoint. Several causes look the same from outside. */
const refusals: Readonly<Record<Death, { readonly status: number; readonly body: object }>> = {
  'testing-7-days': expired(),
  'six-months-unused': expired(),
  revoked: expired(),
  'password-changed': expired(),
  'account-disabled': { status: 400, body: { error: 'invalid_grant', error_description: 'Account has been disabled' } },
  'account-deleted': { status: 400, body: { error: 'invalid_grant', error_description: 'Account has been deleted' } },
  'admin-policy': {
    status: 400,
    body: {
      error: 'admin_policy_enforced',
      error_description: 'Access to your account data is restricted by policies within your organization.',
    },
  },
  reauthentication: {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'reauth related error (invalid_rapt)', error_subtype: 'invalid_rapt' },
  },
  'client-deleted': { status: 401, body: { error: 'deleted_client', error_description: 'The OAuth client was deleted.' } },
}

function expired() {
  return { status: 400, body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } }
}

interface Grant {
  readonly email: string
  readonly made: number
  used: number
  death: Death | null
}

interface AccessToken {
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly expires: number
}

const day = 86_400_000
const accessTokenSeconds = 3_599

const knownScopes = [
  'https://mail.google.com/',
  ...['gmail.readonly', 'gmail.insert', 'gmail.labels', 'contacts', 'contacts.readonly', 'contacts.other.readonly'],
  ...['calendar', 'calendar.readonly', 'drive', 'drive.readonly', 'drive.file'],
].map((scope) => (scope.startsWith('https:') ? scope : `https://www.googleapis.com/auth/${scope}`))

export class SignIn {
  readonly client: DesktopClient = {
    id: `123456789012-${randomBytes(8).toString('hex')}.apps.googleusercontent.com`,
    secret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
    projectId: 'lifeboat-of-mine',
  }
  readonly service = new ServiceAccount()
  /** `testing`: grants die after seven days, and only `testUsers` may sign in. */
  publishing: 'production' | 'testing' = 'production'
  readonly testUsers = new Set<string>()
  /** Query of every authorization request. */
  readonly authorizations: URLSearchParams[] = []
  /** Body of every token request. */
  readonly tokenRequests: URLSearchParams[] = []
  /** The next token requests fail with these. */
  readonly tokenFaults: { readonly status: number; readonly body: unknown }[] = []
  readonly #provider: Provider
  readonly #callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly #now: () => number
  readonly #isUser: (email: string) => boolean
  readonly #grants = new Map<string, Grant>()
  readonly #access = new Map<string, AccessToken>()
  readonly #refresh = new Map<string, string>()
  readonly #everyAccess: string[] = []
  readonly #locked = new Set<string>()

  constructor(origin: string, now: () => number, isUser: (email: string) => boolean) {
    this.#now = now
    this.#isUser = isUser
    this.#provider = new Provider(origin, this.#configuration())
    this.#provider.proxy = false
    this.#provider.use(async (ctx, next) => {
      if (ctx.path === '/token') await this.#token(ctx, next)
      else await next()
    })
    this.#callback = this.#provider.callback()
  }

  #configuration(): Configuration {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'emulator' }
    return {
      clients: [
        {
          client_id: this.client.id,
          client_secret: this.client.secret,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/', 'http://localhost/'],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_post',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      jwks: { keys: [key] } as NonNullable<Configuration['jwks']>,
      scopes: ['openid', 'email', 'profile', ...knownScopes],
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, email: id, email_verified: true }) }),
      adapter: MemoryAdapter,
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, interaction) => `/signin/${interaction.uid}` },
      pkce: { required: () => false },
      // "A refresh token is always returned for installed applications."
      issueRefreshToken: async () => true,
      rotateRefreshToken: false,
      extraParams: ['access_type', 'include_granted_scopes'],
      cookies: { keys: [randomBytes(16).toString('hex')] },
      ttl: {
        AccessToken: 86_400,
        AuthorizationCode: 60,
        RefreshToken: 400 * 86_400,
        Grant: 400 * 86_400,
        IdToken: 3_600,
        Interaction: 3_600,
        Session: 3_600,
      },
      routes: { authorization: '/o/oauth2/v2/auth', token: '/token', revocation: '/oidc-revoke' },
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
    return /^\/(o\/oauth2\/v2\/auth(\/.*)?|signin\/.*|token|revoke)$/.test(path)
  }

  /** The body is not read yet. */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname === '/revoke') return this.#revoke(response, url)
    if (url.pathname.startsWith('/signin/')) return await this.#interaction(request, response)
    if (url.pathname === '/token' && (await this.#isAssertion(request))) return await this.#assertion(request, response)
    if (url.pathname === '/o/oauth2/v2/auth') this.authorizations.push(url.searchParams)
    await this.#callback(request, response)
  }

  /** Who a token stands for; null where it is none, has expired, or its grant is dead. */
  authenticate(authorization: string | undefined): { readonly email: string; readonly scopes: readonly string[] } | null {
    const token = this.#access.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '')
    const grant = token && this.#grants.get(token.grantId)
    if (token === undefined || grant === undefined || token.expires < this.#now()) return null
    // Google lets access tokens of these live to their end.
    const isOver = grant.death !== null && grant.death !== 'testing-7-days' && grant.death !== 'six-months-unused'
    return isOver ? null : { email: grant.email, scopes: token.scopes }
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

  /** As when time passes or Google restarts: the next call needs a new access token. */
  expireAccessTokens(): void {
    this.#access.clear()
  }

  /** Looks at the beginning of the body and leaves it where it is. */
  async #isAssertion(request: IncomingMessage): Promise<boolean> {
    if (request.readableLength === 0) await new Promise((resolve) => request.once('readable', resolve))
    const begin = request.read() as Buffer | null
    if (begin !== null) request.unshift(begin)
    return new URLSearchParams(begin?.toString('utf8') ?? '').get('grant_type') === jwtBearer
  }

  async #assertion(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await bodyOf(request)).toString('utf8'))
    const fault = this.tokenFaults.shift()
    const outcome = fault ?? this.service.exchange(form.get('assertion') ?? '', this.#isUser)
    this.tokenRequests.push(form)
    if ('status' in outcome) return sendJson(response, outcome.status, outcome.body)
    const { email, scopes } = outcome
    if (this.#locked.has(email)) return sendJson(response, 400, refusals['account-disabled'].body)
    const grantId = `service ${email}`
    this.#grants.set(grantId, { email, made: this.#now(), used: this.#now(), death: null })
    const access = `ya29.c.${randomBytes(60).toString('base64url')}`
    this.#everyAccess.push(access)
    this.#access.set(access, { grantId, scopes, expires: this.#now() + accessTokenSeconds * 1_000 })
    sendJson(response, 200, { access_token: access, expires_in: accessTokenSeconds, token_type: 'Bearer' })
  }

  /** Everything that must never be seen outside the place for secrets. */
  secretsGivenOut(): string[] {
    const codes = this.tokenRequests.flatMap((request) => ['code', 'code_verifier', 'assertion'].map((name) => request.get(name)))
    return [
      this.client.secret,
      ...this.service.secretsGivenOut(),
      ...this.#refresh.keys(),
      ...this.#everyAccess,
      ...codes,
    ].filter((text) => text !== null)
  }

  async #token(ctx: { status: number; body: unknown; oidc?: unknown }, next: () => Promise<unknown>): Promise<void> {
    const fault = this.tokenFaults.shift()
    if (fault !== undefined) {
      Object.assign(ctx, fault)
      return
    }
    await next()
    this.tokenRequests.push(new URLSearchParams((ctx.oidc as TokenContext).params as Record<string, string>))
    const body = ctx.body as Record<string, unknown>
    if (ctx.status !== 200) {
      if (body['error'] === 'invalid_grant') ctx.body = { error: 'invalid_grant', error_description: 'Bad Request' }
      if (body['error'] === 'invalid_client')
        ctx.body = { error: 'invalid_client', error_description: 'The OAuth client was not found.' }
      return
    }
    const { grantId, isRefresh } = grantOf(ctx)
    const grant = this.#grants.get(grantId)
    if (grant === undefined) throw new Error('a token without a grant')
    this.#age(grant)
    if (grant.death !== null) {
      const { status, body: refusal } = refusals[grant.death]
      ctx.status = status
      ctx.body = refusal
      return
    }
    grant.used = this.#now()
    const access = String(body['access_token'])
    const scopes = String(body['scope']).split(' ')
    this.#everyAccess.push(access)
    this.#access.set(access, { grantId, scopes, expires: this.#now() + accessTokenSeconds * 1_000 })
    if (typeof body['refresh_token'] === 'string') this.#refresh.set(body['refresh_token'], grantId)
    const { refresh_token: refreshToken, ...others } = body
    // Not in the reference, seen in answers of projects in testing.
    const ends = this.publishing === 'testing' ? { refresh_token_expires_in: 7 * 86_400 - 1 } : {}
    ctx.body = { ...others, expires_in: accessTokenSeconds, ...(isRefresh ? {} : { refresh_token: refreshToken, ...ends }) }
  }

  #age(grant: Grant): void {
    if (grant.death !== null) return
    if (this.publishing === 'testing' && this.#now() - grant.made > 7 * day) grant.death = 'testing-7-days'
    if (this.#now() - grant.used > 183 * day) grant.death = 'six-months-unused'
  }

  #revoke(response: ServerResponse, url: URL): void {
    const token = url.searchParams.get('token') ?? ''
    const grant = this.#grants.get(this.#refresh.get(token) ?? this.#access.get(token)?.grantId ?? '')
    if (grant !== undefined) grant.death ??= 'revoked'
    response.writeHead(grant === undefined ? 400 : 200, { 'content-type': 'application/json' })
    response.end(grant === undefined ? '{"error":"invalid_token","error_description":"Token expired or revoked"}' : '{}')
  }

  /** The pages on which a person chooses the account, sees the warning, and ticks what is allowed. */
  async #interaction(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params } = await this.#provider.interactionDetails(request, response)
    const scopes = String(params['scope']).split(' ')
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(consentPage(scopes, String(params['login_hint'] ?? '')))
      return
    }
    const form = new URLSearchParams((await bodyOf(request)).toString('utf8'))
    const email = form.get('email') ?? ''
    if (form.get('answer') !== 'allow') {
      await this.#provider.interactionFinished(request, response, { error: 'access_denied' })
      return
    }
    if (this.#locked.has(email)) {
      response.writeHead(403, { 'content-type': 'text/html; charset=utf-8' })
      response.end(page('Account disabled', '<p>This account has been disabled. You cannot sign in.</p>'))
      return
    }
    if (!this.#isUser(email) || (this.publishing === 'testing' && !this.testUsers.has(email))) {
      response.writeHead(403, { 'content-type': 'text/html; charset=utf-8' })
      response.end(
        page(
          'Access blocked',
          '<p>The app is in testing and can only be used by its test users.</p><p>Error 403: access_denied</p>',
        ),
      )
      return
    }
    const allowed = new Set(['openid', 'email', 'profile', ...form.getAll('scope')])
    const grant = new this.#provider.Grant({ accountId: email, clientId: String(params['client_id']) })
    for (const scope of scopes) if (allowed.has(scope)) grant.addOIDCScope(scope)
    for (const scope of scopes) if (!allowed.has(scope)) grant.rejectOIDCScope(scope)
    const grantId = await grant.save()
    this.#grants.set(grantId, { email, made: this.#now(), used: this.#now(), death: null })
    await this.#provider.interactionFinished(request, response, { login: { accountId: email }, consent: { grantId } })
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

interface TokenContext {
  readonly entities: { readonly Grant?: { readonly jti: string }; readonly AccessToken?: { readonly grantId?: string } }
  readonly params?: Readonly<Record<string, unknown>>
}

function grantOf(ctx: { oidc?: unknown }): { grantId: string; isRefresh: boolean } {
  const { entities, params } = ctx.oidc as TokenContext
  return {
    grantId: entities.Grant?.jti ?? entities.AccessToken?.grantId ?? '',
    isRefresh: params?.['grant_type'] === 'refresh_token',
  }
}

function consentPage(scopes: readonly string[], hint: string): string {
  const boxes = scopes
    .filter((scope) => scope.startsWith('https:'))
    .map(
      (scope) => `<p><label><input type="checkbox" name="scope" value="${escaped(scope)}" checked> ${escaped(scope)}</label></p>`,
    )
  return page(
    'Sign in',
    `<p>This is a practice account, not Google.</p>
    <p><b>Google hasn’t verified this app.</b> You made the app yourself, so you may go on.</p>
    <form method="post"><p><label>E-mail <input name="email" value="${escaped(hint)}"></label></p>${boxes.join('')}
    <p><button name="answer" value="allow">Continue</button> <button name="answer" value="deny">Cancel</button></p></form>`,
  )
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body>${body}</body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
