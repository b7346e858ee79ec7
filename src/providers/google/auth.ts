/** How Google is asked for access: for a person who has signed in, or by an organisation's service account for one of its people. */
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { createSecureContext, rootCertificates } from 'node:tls'
import { JWT, OAuth2Client } from 'google-auth-library'
import { AppError } from '../../core/errors.ts'
import { type GoogleSettings, placesOf } from './settings.ts'

const socketsAtMost = 16
const timeout = 60_000

/** @throws AppError `usage` where the practice account's certificate cannot be read */
export function googleAgent({ practice }: GoogleSettings): Agent {
  const usual = { keepAlive: true, maxSockets: socketsAtMost }
  if (practice === undefined) return new Agent(usual)
  try {
    // One for all connections: each of its own would hold all certificates again.
    const secureContext = createSecureContext({ ca: [...rootCertificates, readFileSync(practice.ca, 'utf8')] })
    return new Agent({ ...usual, secureContext })
  } catch {
    throw new AppError('usage', `The certificate of the practice account cannot be read: ${practice.ca}`, {
      advice: 'Start the practice account again: npm run practice',
    })
  }
}

export function authClient(settings: GoogleSettings, clientSecret: string, agent: Agent): OAuth2Client {
  const { authorize, token, revoke } = placesOf(settings)
  return new OAuth2Client({
    clientId: settings.clientId,
    clientSecret,
    endpoints: { oauth2AuthBaseUrl: authorize, oauth2TokenUrl: token, oauth2RevokeUrl: revoke },
    transporterOptions: { agent, timeout },
  })
}

/** The client knows this address alone. */
const tokenUrl = 'https://oauth2.googleapis.com/token'

/** A service account that acts for `subject`. */
export function serviceClient(
  settings: GoogleSettings,
  { key, subject, scopes }: { readonly key: string; readonly subject: string; readonly scopes: readonly string[] },
  agent: Agent,
): JWT {
  const client = new JWT({
    email: settings.serviceAccount ?? '',
    ...{ key, subject, scopes: [...scopes], transporterOptions: { agent, timeout } },
  })
  const { token } = placesOf(settings)
  if (token !== tokenUrl) {
    client.transporter.interceptors.request.add({
      resolved: async (request) => (request.url.href === tokenUrl ? { ...request, url: new URL(token) } : request),
    })
  }
  return client
}

/** Asks for an access token, also where the last one might still be good. */
export async function refresh(client: OAuth2Client): Promise<void> {
  if (client instanceof JWT) {
    client.credentials = { ...client.credentials, expiry_date: 1 }
    await client.authorize()
  } else await client.refreshAccessToken()
}
