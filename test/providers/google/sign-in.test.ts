import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../src/core/errors.ts'
import type { SignedIn, SignInPrompt } from '../../../src/core/sign-in.ts'
import { readClientFile } from '../../../src/providers/google/client-file.ts'
import { signIn } from '../../../src/providers/google/sign-in.ts'
import { consent, type Person } from '../../emulators/google/browser.ts'
import { Google } from '../../emulators/google/google.ts'
import { testContext } from '../../fixtures/memory-account.ts'

const email = 'alice@example.com'

interface Page {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** What a browser does with the address to which it is sent. */
function visit(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Page> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { agent: false, method, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    outgoing.end()
  })
}

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

describe('the sign-in at Google', () => {
  let google: Google

  beforeEach(async () => {
    google = await Google.start()
    google.addUser(email)
  })

  afterEach(() => google.stop())

  function start(prompt: SignInPrompt, patience?: number, signal = new AbortController().signal): Promise<SignedIn> {
    const { id, secret } = google.signIn.client
    const file = {
      installed: { client_id: id, client_secret: secret, token_uri: `${google.origin}/token`, practice_ca: google.caFile },
    }
    const client = readClientFile(JSON.stringify(file))
    return signIn({ settings: client.settings, services: ['mail'] }, client.secret, prompt, testContext, signal, patience)
  }

  /** Signs in, and lets `meanwhile` do something with the address to which Google sends the browser, before it goes there. */
  async function signInWith(meanwhile: (address: URL) => Promise<void>, person: Person = { email }): Promise<SignedIn> {
    const prompt: SignInPrompt = {
      async open(url) {
        const address = new URL(await consent(url, google.ca, person))
        await meanwhile(address)
        await visit(address.href)
      },
    }
    return await start(prompt)
  }

  it('asks for leave to write only for a restore, in one consent with that to read', async () => {
    await start({ forRestore: true, open: async (url) => void (await visit(await consent(url, google.ca, { email }))) })
    const scopes = (google.signIn.authorizations[0]?.get('scope') ?? '').replaceAll('https://www.googleapis.com/auth/', '')
    expect(scopes.split(' ').sort()).toEqual(['email', 'gmail.insert', 'gmail.labels', 'gmail.readonly', 'openid'])
  })

  it('says so where the leave to write was not given', async () => {
    const open = async (url: string) => void (await visit(await consent(url, google.ca, { email, untick: ['gmail.insert'] })))
    expect(await refusal(start({ forRestore: true, open }))).toMatchObject({
      code: 'permission',
      message: expect.stringContaining('read and write'),
    })
  })

  /** What a refused sign-in says. */
  async function refusal(signingIn: Promise<unknown>): Promise<AppError> {
    const outcome = await signingIn.then(
      () => null,
      (error: unknown) => error,
    )
    expect(outcome).toBeInstanceOf(AppError)
    return outcome as AppError
  }

  it('asks with PKCE and state for reading only, on 127.0.0.1, and gives the account what it needs', async () => {
    let page: Page | null = null
    const signedIn = await start({
      async open(url) {
        page = await visit(await consent(url, google.ca, { email }))
      },
    })
    expect(page).toMatchObject({
      status: 200,
      body: expect.stringContaining('You can close this window'),
      headers: { connection: 'close', 'cache-control': 'no-store' },
    })
    const [asked] = google.signIn.authorizations
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(asked?.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(asked?.get('state')).toMatch(/^[\w-]{43}$/)
    expect(asked?.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(asked?.get('access_type')).toBe('offline')
    expect(asked?.get('scope')).toBe('openid email https://www.googleapis.com/auth/gmail.readonly')
    expect(google.signIn.tokenRequests[0]?.get('code_verifier')).toMatch(/^[\w.~-]{43,128}$/)
    expect(signedIn).toMatchObject({ user: email, settings: { user: email, clientId: google.signIn.client.id }, notes: [] })
    expect(JSON.parse(signedIn.secret)).toMatchObject({
      client_secret: google.signIn.client.secret,
      refresh_token: expect.any(String),
    })
    expect(signedIn.secret.length).toBeLessThan(1_000)
  })

  it('is deaf soon after the answer', async () => {
    let address = ''
    await signInWith(async (to) => {
      address = to.href
    })
    await expect.poll(() => isListening(address)).toBe(false)
  })

  it.each([
    { what: 'a wrong state', change: (to: URL) => to.searchParams.set('state', 'A'.repeat(43)), status: 400 },
    { what: 'no state', change: (to: URL) => to.searchParams.delete('state'), status: 400 },
    { what: 'a short state', change: (to: URL) => to.searchParams.set('state', 'x'), status: 400 },
    {
      what: 'an error without our state',
      change: (to: URL) => void Object.assign(to, { search: '?error=access_denied&state=no' }),
      status: 400,
    },
    { what: 'no code', change: (to: URL) => to.searchParams.delete('code'), status: 400 },
    { what: 'another path', change: (to: URL) => void Object.assign(to, { pathname: '/favicon.ico' }), status: 404 },
  ])('refuses an answer with $what and goes on waiting for the right one', async ({ change, status }) => {
    let refused: Page | null = null
    const signedIn = await signInWith(async (to) => {
      const forged = new URL(to)
      change(forged)
      refused = await visit(forged.href)
    })
    expect(refused).toMatchObject({ status })
    expect(signedIn.user).toBe(email)
  })

  it('refuses a request that was meant for another host, and another method', async () => {
    const refused: number[] = []
    const signedIn = await signInWith(async (to) => {
      refused.push((await visit(to.href, { host: 'evil.example' })).status)
      refused.push((await visit(to.href, { host: `localhost:${to.port}` })).status)
      refused.push((await visit(to.href, {}, 'POST')).status)
    })
    expect(refused).toEqual([403, 403, 405])
    expect(signedIn.user).toBe(email)
  })

  it('takes one answer: a second one changes nothing', async () => {
    let second: Promise<Page | null> = Promise.resolve(null)
    const signedIn = await start({
      async open(url) {
        const address = await consent(url, google.ca, { email })
        const forged = new URL(address)
        forged.searchParams.set('code', 'another-code')
        const first = visit(address)
        second = first.then(() => visit(forged.href)).catch(() => null)
        await first
      },
    })
    expect(signedIn.user).toBe(email)
    expect([null, 410]).toContain((await second)?.status ?? null)
    expect(google.signIn.tokenRequests.map((request) => request.get('code'))).not.toContain('another-code')
  })

  it('cannot be had with the code of another sign-in', async () => {
    let used = ''
    await signInWith(async (to) => {
      used = to.searchParams.get('code') ?? ''
    })
    const error = await refusal(
      start({
        async open(url) {
          const address = new URL(await consent(url, google.ca, { email }))
          address.searchParams.set('code', used)
          await visit(address.href)
        },
      }),
    )
    expect(error).toMatchObject({ code: 'auth', message: expect.stringContaining('too old or was used before') })
  })

  it('says that it was cancelled in the browser, in the browser too', async () => {
    let page: Page | null = null
    const error = await refusal(
      start({
        async open(url) {
          page = await visit(await consent(url, google.ca, { email, cancel: true }))
        },
      }),
    )
    expect(error).toMatchObject({ code: 'auth', message: 'The sign-in was cancelled in the browser.' })
    expect(page).toMatchObject({
      status: 200,
      body: expect.stringContaining('You are not signed in. You can close this window.'),
    })
  })

  it('says which box was left unticked', async () => {
    const error = await refusal(signInWith(async () => undefined, { email, untick: ['gmail'] }))
    expect(error).toMatchObject({ code: 'permission', message: 'In the browser it was not allowed to read: mail.' })
  })

  it('gives up on a person who does not come back, and listens no longer', async () => {
    let address = ''
    const error = await refusal(
      start(
        {
          open: async (url) => {
            address = new URL(url).searchParams.get('redirect_uri') ?? ''
          },
        },
        300,
      ),
    )
    expect(error).toMatchObject({ code: 'cancelled', message: 'Nobody signed in within the time.' })
    await expect.poll(() => isListening(address)).toBe(false)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const reason = new AppError('cancelled', 'Stopped.')
    const waiting = refusal(start({ open: async () => stop.abort(reason) }, undefined, stop.signal))
    expect(await waiting).toBe(reason)
  })

  it('takes a port of its own when others are taken', async () => {
    const addresses: string[] = []
    const both = await Promise.all(['a', 'b'].map(() => signInWith(async (to) => void addresses.push(to.origin))))
    expect(new Set(addresses).size).toBe(2)
    expect(both.map(({ user }) => user)).toEqual([email, email])
  })

  it('warns of a project in testing at once', async () => {
    google.signIn.publishing = 'testing'
    google.signIn.testUsers.add(email)
    const { notes } = await signInWith(async () => undefined)
    expect(notes).toEqual([
      expect.stringMatching(
        /ends on \d{4}-\d\d-\d\d, because your Google project is in the state "Testing"\. Press "Publish app"/,
      ),
    ])
  })

  it('goes without a browser on this computer: the address is copied', async () => {
    let copied = ''
    const prompt: SignInPrompt = {
      open: async (url) => {
        copied = await consent(url, google.ca, { email })
      },
      paste: async () => ` ${copied}\n`,
    }
    expect((await start(prompt)).user).toBe(email)
    expect(await isListening(copied)).toBe(false)
  })

  it.each([
    { what: 'the address of the page before', change: () => `${'https://accounts.google.com/'}o/oauth2/v2/auth?state=x` },
    { what: 'an address with a foreign state', change: (to: string) => to.replace(/state=[^&]*/, `state=${'A'.repeat(43)}`) },
    { what: 'a code alone', change: (to: string) => new URL(to).searchParams.get('code') ?? '' },
    { what: 'another computer', change: (to: string) => to.replace('127.0.0.1', 'evil.example') },
  ])('does not take $what for the copied address', async ({ change }) => {
    let copied = ''
    const prompt: SignInPrompt = {
      open: async (url) => {
        copied = await consent(url, google.ca, { email })
      },
      paste: async () => change(copied),
    }
    expect(await refusal(start(prompt))).toMatchObject({
      code: 'usage',
      message: 'This is not the address at which this sign-in ends.',
    })
    expect(google.signIn.tokenRequests).toEqual([])
  })
})

describe('the client file', () => {
  const installed = { client_id: '123456789012-abc.apps.googleusercontent.com', client_secret: 'GOCSPX-canary' }

  it('gives the client id to the settings and the rest to the secret', () => {
    const { settings, secret } = readClientFile(
      JSON.stringify({ installed: { ...installed, project_id: 'p', token_uri: 'https://oauth2.googleapis.com/token' } }),
    )
    expect(settings).toEqual({ clientId: installed.client_id })
    expect(JSON.parse(secret)).toEqual({ client_secret: 'GOCSPX-canary' })
  })

  it.each([
    { text: JSON.stringify({ web: installed }), says: /kind "Web application"/ },
    { text: JSON.stringify({ type: 'service_account', private_key: 'x' }), says: /key of a service account/ },
    { text: '{}', says: /not the file that Google offers/ },
    { text: 'PK\u0003\u0004', says: /not the file that Google offers/ },
    { text: JSON.stringify({ installed: { client_id: 7 } }), says: /not the file that Google offers/ },
  ])('says what is wrong with $text', ({ text, says }) => {
    expect(() => readClientFile(text)).toThrow(says)
  })
})
