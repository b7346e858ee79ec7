import { gmail, type gmail_v1 } from '@googleapis/gmail'
import type { OAuth2Client } from 'google-auth-library'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { oauthClient, signedIn } from './clients.ts'
import { documentedErrors } from './faults.ts'
import { Google, type GoogleUser } from './google.ts'

const email = 'alice@example.com'

/** What a client of Google's throws, reduced to what Google said. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; error: Record<string, unknown> }> {
  const thrown = await call.then(
    () => {
      throw new Error('it was not refused')
    },
    (error: { status: number; response: { data: { error: Record<string, unknown> } } }) => error,
  )
  return { status: thrown.status, error: thrown.response.data.error }
}

describe('the emulator, asked by the official Gmail client', () => {
  let google: Google
  let user: GoogleUser
  let auth: OAuth2Client
  let client: gmail_v1.Gmail
  let now = Date.parse('2026-01-01T00:00:00Z')

  beforeEach(async () => {
    google = await Google.start({ now: () => now })
    user = google.addUser(email)
    auth = await signedIn(google, { email })
    client = gmail({ version: 'v1', auth, rootUrl: google.origin, retry: false })
  })

  afterEach(() => google.stop())

  it('pages with opaque tokens, newest first, without spam and trash', async () => {
    for (let n = 0; n < 5; n++) user.gmail.add(`Subject: ${n}\r\n\r\n`, ['INBOX'], `2025-01-0${n + 1}T00:00:00Z`)
    const spam = user.gmail.add('Subject: spam\r\n\r\n', ['SPAM'])
    const ids: string[] = []
    let pageToken: string | undefined
    do {
      const { data } = await client.users.messages.list({ userId: 'me', maxResults: 2, ...(pageToken && { pageToken }) })
      ids.push(...(data.messages ?? []).map(({ id }) => id ?? ''))
      pageToken = data.nextPageToken ?? undefined
    } while (pageToken)
    expect(ids).toEqual([...user.gmail.messages.keys()].filter((id) => id !== spam.id).reverse())
    const everything = await client.users.messages.list({ userId: 'me', includeSpamTrash: true })
    expect(everything.data.messages).toHaveLength(6)
    const wrong = await refusal(client.users.messages.list({ userId: 'me', pageToken: 'made up' }))
    expect(wrong.status).toBe(400)
  })

  it('gives the octets of a message and only the fields asked for', async () => {
    const raw = Buffer.from('Subject: \xff\r\n\r\n\0body', 'latin1')
    const { id } = user.gmail.add(raw, ['INBOX'])
    const { data } = await client.users.messages.get({ userId: 'me', id, format: 'raw', fields: 'id,raw,labelIds' })
    expect(Object.keys(data).sort()).toEqual(['id', 'labelIds', 'raw'])
    expect(Buffer.from(data.raw ?? '', 'base64url')).toEqual(raw)
    expect((await refusal(client.users.messages.get({ userId: 'me', id: 'ffff' }))).error).toMatchObject({
      code: 404,
      status: 'NOT_FOUND',
    })
  })

  it('tells what happened since a history id, until it has forgotten', async () => {
    const first = user.gmail.add('Subject: 1\r\n\r\n')
    const { data: profile } = await client.users.getProfile({ userId: 'me' })
    const startHistoryId = profile.historyId ?? ''
    const second = user.gmail.add('Subject: 2\r\n\r\n')
    user.gmail.modify(first.id, ['STARRED'], ['UNREAD'])
    user.gmail.delete(second.id)
    const { data } = await client.users.history.list({ userId: 'me', startHistoryId })
    expect(data.history?.map(({ id: _, messages: __, ...change }) => Object.keys(change)[0])).toEqual([
      'messagesAdded',
      'labelsAdded',
      'labelsRemoved',
      'messagesDeleted',
    ])
    expect(data.history?.[2]?.labelsRemoved?.[0]).toMatchObject({
      labelIds: ['UNREAD'],
      message: { labelIds: ['INBOX', 'STARRED'] },
    })
    user.gmail.expireHistory()
    expect((await refusal(client.users.history.list({ userId: 'me', startHistoryId }))).status).toBe(404)
  })

  it('refuses what goes over the quota of a minute, and lets it through in the next', async () => {
    google.quota.limits = { ...google.quota.limits, gmail: 60 }
    const { id } = user.gmail.add('Subject: 1\r\n\r\n')
    const get = () => client.users.messages.get({ userId: 'me', id, format: 'raw' })
    for (let n = 0; n < 3; n++) await get()
    const { status, error } = await refusal(get())
    expect([status, error['status']]).toEqual([429, 'RESOURCE_EXHAUSTED'])
    expect(error['details']).toMatchObject([{ reason: 'RATE_LIMIT_EXCEEDED', metadata: { quota_limit_value: '60' } }])
    now += 60_001
    await get()
  })

  it('fails on command, once or for good', async () => {
    google.faults.next(/labels\.list/, { kind: 'error', error: documentedErrors.backendError() })
    expect((await refusal(client.users.labels.list({ userId: 'me' }))).status).toBe(500)
    google.faults.next(/labels\.list/, { kind: 'cut' })
    await expect(client.users.labels.list({ userId: 'me' })).rejects.toThrow()
    google.faults.next(/labels\.list/, { kind: 'truncate' })
    await expect(client.users.labels.list({ userId: 'me' })).rejects.toThrow()
    expect((await client.users.labels.list({ userId: 'me' })).data.labels?.length).toBeGreaterThan(10)
  })

  it('asks for scopes and for the API to be switched on', async () => {
    const narrow = await signedIn(google, { email, untick: ['gmail'] })
    const narrowClient = gmail({ version: 'v1', auth: narrow, rootUrl: google.origin, retry: false })
    expect((await refusal(narrowClient.users.getProfile({ userId: 'me' }))).error).toMatchObject({
      code: 403,
      details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
    })
    google.disabledApis.add('gmail')
    expect((await refusal(client.users.getProfile({ userId: 'me' }))).error).toMatchObject({
      details: [{ reason: 'SERVICE_DISABLED' }],
    })
  })

  it('lets a grant die in each of the ways Google names', async () => {
    google.signIn.publishing = 'testing'
    google.signIn.testUsers.add(email)
    const refresh = async () => {
      google.signIn.expireAccessTokens()
      const fresh = oauthClient(google)
      fresh.setCredentials({ refresh_token: auth.credentials.refresh_token ?? '' })
      return await fresh.getAccessToken().then(
        () => 'well',
        (error: { response: { data: { error: string; error_description: string } } }) => error.response.data.error_description,
      )
    }
    expect(await refresh()).toBe('well')
    now += 7 * 86_400_000 + 1
    expect(await refresh()).toBe('Token has been expired or revoked.')
    google.signIn.kill(email, 'account-disabled')
    expect(await refresh()).toBe('Account has been disabled')
    await expect(signedIn(google, { email: 'stranger@example.com' })).rejects.toThrow('Error 403: access_denied')
  })
})
