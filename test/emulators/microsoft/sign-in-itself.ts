/** Programs that sign in for themselves: "OAuth 2.0 client credentials flow", "Certificate credentials". */
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import type { Numbered } from './sign-in-refusals.ts'

export interface KnownProgram {
  readonly tenant: string
  readonly clientId: string
  /** PEM. */
  readonly certificates: readonly string[]
  /** The tenant that was asked. */
  readonly asked: string
  /** For whom an assertion has to be. */
  readonly audience: string
}

/** Null where it is let in. */
export function refusalForItself(form: URLSearchParams, known: KnownProgram): Numbered | null {
  if (known.asked !== known.tenant) return { error: 'invalid_request', code: 90_002, text: `Tenant '${known.asked}' not found.` }
  if (form.get('client_id') !== known.clientId)
    return { error: 'unauthorized_client', code: 700_016, text: 'Application was not found in the directory.' }
  if (isSigned(form.get('client_assertion') ?? '', known)) return null
  const text = 'The certificate used to sign the client assertion is not registered.'
  return { error: 'invalid_client', code: 700_027, text }
}

/** "Microsoft identity platform application authentication certificate credentials". */
function isSigned(assertion: string, { clientId, certificates, audience }: KnownProgram): boolean {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  try {
    const { alg, 'x5t#S256': thumbprint } = decoded(header)
    const { aud, iss, sub, exp } = decoded(payload)
    const pem = certificates.find((one) => {
      const print = new X509Certificate(one).fingerprint256.replaceAll(':', '')
      return Buffer.from(print, 'hex').toString('base64url') === thumbprint
    })
    if (pem === undefined || alg !== 'PS256' || aud !== audience || iss !== clientId || sub !== iss) return false
    const key = {
      key: createPublicKey(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' })),
      padding: 6,
      saltLength: 32,
    }
    const isOurs = verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
    return isOurs && Number(exp) * 1_000 > Date.now()
  } catch {
    return false
  }
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
}
