/** What is kept of a sign-in: one JSON text in the secret store. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'

const schema = z.strictObject({
  /** MSAL's own text, without the tokens that live for an hour only. */
  cache: z.string().max(30_000).optional(),
  /** Where the program signs in for itself: certificate and private key, both PEM. */
  certificate: z.string().max(16_000).optional(),
  /** When the person signed in: RFC 3339. */
  made: z.string().max(30).optional(),
  /** When the grant was last of use, to about a week. */
  used: z.string().max(30).optional(),
})

export type Grant = Readonly<z.infer<typeof schema>>

/** @throws AppError `auth` where the secret is missing or no grant */
export function parseGrant(secret: string | null, account: string): Grant {
  const advice = `Sign in again: lifeboat account signin ${account}`
  if (secret === null) throw new AppError('auth', 'There is no sign-in stored for this account.', { advice })
  const parsed = schema.safeParse(parseJson(secret))
  if (parsed.success) return parsed.data
  throw new AppError('auth', 'The stored sign-in of this account cannot be understood.', { advice })
}

export function grantText(grant: Grant): string {
  return JSON.stringify(grant)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The sections of MSAL's cache that are of use for longer than an hour. */
export function withoutShortLived(cache: string): string {
  const { AccessToken: _access, IdToken: _id, ...others } = JSON.parse(cache) as Record<string, unknown>
  return JSON.stringify({ ...others, AccessToken: {}, IdToken: {} })
}

const day = 86_400_000
/** A refresh token ends when it was not used for 90 days ("Refresh tokens in the Microsoft identity platform"). */
const unusedLifetime = 90 * day

/** What can be told beforehand, in sentences; empty when all is well. */
export function forecast({ used, made, certificate }: Grant, now: Date): string[] {
  const last = used ?? made
  if (certificate !== undefined || last === undefined) return []
  const left = Date.parse(last) + unusedLifetime - now.getTime()
  return left < 30 * day
    ? [`This sign-in ends in about ${Math.max(1, Math.round(left / day))} days unless a backup runs before.`]
    : []
}
