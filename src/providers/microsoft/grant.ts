/** What is kept of a sign-in: one JSON text in the secret store. */
import { z } from 'zod'
import { storedGrant } from '../shared/grant.ts'

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
  return storedGrant(schema, secret, advice)
}

export function grantText(grant: Grant): string {
  return JSON.stringify(grant)
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
