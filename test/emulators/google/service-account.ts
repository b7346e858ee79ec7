/**
 * A service account with domain-wide delegation: exchanges signed assertions (RFC 7523) for access tokens, as "Using OAuth 2.0
 * for Server to Server Applications" says.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto'

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** What Google says in place of a token. */
export interface TokenRefusal {
  readonly status: number
  readonly body: { readonly error: string; readonly error_description: string }
}

const audience = 'https://oauth2.googleapis.com/token'
const hour = 3_600

interface Claims {
  readonly iss?: string
  readonly sub?: string
  readonly scope?: string
  readonly aud?: string
  readonly iat?: number
  readonly exp?: number
}

export class ServiceAccount {
  readonly email = 'lifeboat@lifeboat-of-mine.iam.gserviceaccount.com'
  readonly clientId = '109876543210987654321'
  /** Scopes that the administrator has entered for this client. */
  readonly delegated = new Set<string>()
  #key: { readonly id: string; readonly pem: string; readonly publicKey: KeyObject } | null = null

  /** A new key; those before are deleted. */
  rotate(): void {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#key = { id: randomBytes(20).toString('hex'), pem, publicKey: createPublicKey(privateKey) }
  }

  /** The file that the console offers, with the one thing added by which a practice account is known. */
  keyFile(origin: string, caFile: string): object {
    if (this.#key === null) this.rotate()
    return {
      ...{ type: 'service_account', project_id: 'lifeboat-of-mine', private_key_id: this.#key?.id, private_key: this.#key?.pem },
      ...{ client_email: this.email, client_id: this.clientId, universe_domain: 'googleapis.com' },
      ...{ auth_uri: `${origin}/o/oauth2/auth`, token_uri: `${origin}/token`, practice_ca: caFile },
    }
  }

  /** What must never be seen: lines of the key. */
  secretsGivenOut(): string[] {
    const lines = this.#key?.pem.split('\n') ?? []
    return lines.filter((line) => line.length === 64)
  }

  /** @param isUser whether the organisation has such a person */
  exchange(
    assertion: string,
    isUser: (email: string) => boolean,
  ): { readonly email: string; readonly scopes: string[] } | TokenRefusal {
    const [head = '', payload = '', signature = ''] = assertion.split('.')
    const claims = parsed(payload)
    if (claims === null) return refused('invalid_grant', 'Bad Request')
    if (claims.iss !== this.email) return refused('invalid_grant', 'Invalid grant: account not found')
    const isSigned =
      this.#key !== null &&
      verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), this.#key.publicKey, Buffer.from(signature, 'base64url'))
    if (!isSigned) return refused('invalid_grant', 'Invalid JWT Signature.')
    if (claims.aud !== audience) return refused('invalid_grant', 'Invalid JWT: Failed audience check.')
    // The client's clock is this computer's, whatever time it is for the emulator.
    const now = Date.now() / 1_000
    const { iat = 0, exp = 0 } = claims
    if (exp < now || exp - iat > hour || iat > now + 300) {
      return refused(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      )
    }
    const scopes = (claims.scope ?? '').split(' ').filter((scope) => scope !== '')
    if (scopes.length === 0) return refused('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
    if (claims.sub === undefined || !isUser(claims.sub)) return refused('invalid_grant', 'Invalid email or User ID')
    if (!scopes.every((scope) => this.delegated.has(scope))) {
      return refused(
        'unauthorized_client',
        'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
        401,
      )
    }
    return { email: claims.sub, scopes }
  }
}

function parsed(payload: string): Claims | null {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims
  } catch {
    return null
  }
}

function refused(error: string, description: string, status = 400): TokenRefusal {
  return { status, body: { error, error_description: description } }
}
