/** Google's own clients, signed in at an emulator. */
import { Agent } from 'node:https'
import { OAuth2Client } from 'google-auth-library'
import { consent, type Person } from './browser.ts'
import type { Google } from './google.ts'

const readingScopes = [
  'openid',
  'email',
  'https://www.googleapis.com/auth/gmail.readonly',
  'https://www.googleapis.com/auth/contacts.readonly',
  'https://www.googleapis.com/auth/contacts.other.readonly',
  'https://www.googleapis.com/auth/calendar.readonly',
  'https://www.googleapis.com/auth/drive.readonly',
]

export function oauthClient(google: Google): OAuth2Client {
  return new OAuth2Client({
    clientId: google.signIn.client.id,
    clientSecret: google.signIn.client.secret,
    redirectUri: 'http://127.0.0.1:1/',
    endpoints: {
      oauth2AuthBaseUrl: `${google.origin}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${google.origin}/token`,
      oauth2RevokeUrl: `${google.origin}/revoke`,
    },
    transporterOptions: { agent: new Agent({ ca: google.ca, keepAlive: true }) },
  })
}

/** Signs the person in for `scopes` and gives the client the tokens. */
export async function signedIn(google: Google, person: Person, scopes: readonly string[] = readingScopes): Promise<OAuth2Client> {
  const client = oauthClient(google)
  const url = client.generateAuthUrl({ access_type: 'offline', prompt: 'consent', scope: [...scopes], state: 'state' })
  const answer = new URL(await consent(url, google.ca, person))
  const code = answer.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${answer.search}`)
  const { tokens } = await client.getToken(code)
  client.setCredentials(tokens)
  return client
}
