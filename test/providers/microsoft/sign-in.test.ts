import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account, Service } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import { AppError } from '../../../src/core/errors.ts'
import type { TestFinding } from '../../../src/core/provider.ts'
import type { SignedIn, SignInPrompt } from '../../../src/core/sign-in.ts'
import { readClientId } from '../../../src/providers/microsoft/client-id.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { signIn } from '../../../src/providers/microsoft/sign-in.ts'
import { consent, enterCode, type Person } from '../../emulators/microsoft/browser.ts'
import { Microsoft } from '../../emulators/microsoft/microsoft.ts'
import { confidential, refusalBody, tokenRefusals } from '../../emulators/microsoft/sign-in-refusals.ts'
import { testContext } from '../../fixtures/memory-account.ts'
import { deathsTold } from '../../fixtures/microsoft-account.ts'

const email = 'alice@example.com'

describe('the sign-in at Microsoft', () => {
  let microsoft: Microsoft

  beforeEach(async () => {
    microsoft = await Microsoft.start()
    microsoft.addUser(email)
  })

  afterEach(() => microsoft.stop())

  function start(
    prompt: SignInPrompt,
    patience?: number,
    signal = new AbortController().signal,
    services: readonly Service[] = ['mail'],
  ): Promise<SignedIn> {
    const client = readClientId(JSON.stringify(microsoft.practiceFile()))
    return signIn({ settings: client.settings, services }, client.secret, prompt, testContext, signal, patience)
  }

  const inBrowser = (person: Person = { email }, forRestore = false, services?: readonly Service[]) =>
    start({ forRestore, open: async (url) => void (await consent(url, microsoft.ca, person)) }, undefined, undefined, services)

  async function refusal(signingIn: Promise<unknown>): Promise<AppError> {
    const outcome = await signingIn.then(
      () => null,
      (error: unknown) => error,
    )
    expect(outcome).toBeInstanceOf(AppError)
    return outcome as AppError
  }

  it('asks with PKCE and state for reading only, and the answer is posted to this computer', async () => {
    let page = ''
    const signedIn = await start({
      async open(url) {
        page = await consent(url, microsoft.ca, { email })
      },
    })
    expect(page).toContain('You can close this window')
    const [asked] = microsoft.signIn.authorizations
    expect(asked?.get('response_mode')).toBe('form_post')
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(asked?.get('state')).toMatch(/^[\w-]{43}$/)
    expect(asked?.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/)
    expect(asked?.get('scope')?.split(' ').sort()).toEqual(['Mail.Read', 'User.Read', 'offline_access', 'openid', 'profile'])
    expect(signedIn).toMatchObject({ user: email, settings: { user: email, kind: 'personal' } })
  })

  it('asks for leave to write only for a restore', async () => {
    await inBrowser({ email }, true)
    expect(microsoft.signIn.authorizations[0]?.get('scope')).toContain('Mail.ReadWrite')
  })

  it('asks a personal account a second time for the mail server, which is another API, and an account of work once', async () => {
    microsoft.addUser('carol@work.example', { kind: 'work' })
    const whys: (string | undefined)[] = []
    const signInAs = (who: string) =>
      start({
        forRestore: true,
        async open(url, why) {
          whys.push(why)
          await consent(url, microsoft.ca, { email: who })
        },
      })
    const { secret } = await signInAs(email)
    expect(whys).toEqual([undefined, expect.stringContaining('mail server')])
    const [first, second] = microsoft.signIn.authorizations
    expect(first?.get('scope')).not.toContain('outlook.office.com')
    expect(second?.get('scope')).toContain('https://outlook.office.com/IMAP.AccessAsUser.All')
    expect(second?.get('login_hint')).toBe(email)
    expect(secret).toContain('RefreshToken')
    whys.length = 0
    await signInAs('carol@work.example')
    expect(whys).toEqual([undefined])
  })

  it('does not take two people for one', async () => {
    microsoft.addUser('mallory@example.com')
    const people = [email, 'mallory@example.com']
    const open = async (url: string) => void (await consent(url, microsoft.ca, { email: people.shift() ?? '' }))
    expect(await refusal(start({ forRestore: true, open }))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('Somebody else signed in'),
    })
  })

  it('knows an account of work from a personal one', async () => {
    microsoft.addUser('carol@work.example', { kind: 'work' })
    const { settings, secret, notes } = await inBrowser({ email: 'carol@work.example' })
    expect(settings).toMatchObject({ kind: 'work' })
    // Of the online archive nothing can be had: said at the sign-in, and whenever the account is looked at.
    expect(notes).toEqual([expect.stringContaining('online archive')])
    const account = { id: 'carol', provider: 'microsoft', services: ['mail' as const], settings }
    const findings = await look(account, { ...testContext, secret: async () => secret })
    expect(findings.map(({ ok, text }) => [ok, text])).toContainEqual([true, expect.stringContaining('online archive')])
  })

  it.each(['personal', 'work'] as const)(
    'lets a %s account in with all services, whatever Microsoft knows for it',
    async (kind) => {
      const person = { email: `erin@${kind}.example` }
      microsoft.addUser(person.email, { kind })
      const services: readonly Service[] = ['mail', 'contacts', 'calendar', 'files']
      const { settings, secret } = await inBrowser(person, false, services)
      expect(settings).toMatchObject({ kind })
      // Nobody knows before the sign-in which kind it is; what a personal account does not have is not asked for after it.
      expect(microsoft.signIn.authorizations[0]?.get('scope')).toContain('Calendars.Read.Shared')
      const account = { id: 'erin', provider: 'microsoft', services, settings }
      const findings = await look(account, { ...testContext, secret: async () => secret })
      expect(findings.filter(({ ok }) => !ok)).toEqual([])
      const renewal = microsoft.signIn.tokenRequests.findLast((request) => request.has('refresh_token'))
      expect(renewal?.get('scope')?.includes('Calendars.Read.Shared')).toBe(kind === 'work')
    },
  )

  it('signs in with a code on another device', async () => {
    const signedIn = await start({
      open: async () => expect.unreachable('no browser here'),
      code: async (page, code) => {
        expect(await enterCode(page, code, microsoft.ca, { email })).toContain('You have signed in')
      },
    })
    expect(signedIn).toMatchObject({ user: email })
  })

  it('stops waiting for a code when it is told to', async () => {
    const stop = new AbortController()
    const waiting = start(
      { open: async () => undefined, code: async () => stop.abort(new AppError('cancelled', 'Stopped.')) },
      undefined,
      stop.signal,
    )
    expect(await refusal(waiting)).toMatchObject({ code: 'cancelled' })
  })

  it('gives up when nobody answers', async () => {
    expect(await refusal(start({ open: async () => undefined }, 50))).toMatchObject({ code: 'cancelled' })
  })

  it('says so where a code is refused, was not typed in time, or has run out at Microsoft', async () => {
    const open = async () => expect.unreachable('no browser here')
    const cancel = async (page: string, code: string) =>
      void enterCode(page, code, microsoft.ca, { email, cancel: true }).catch(() => null)
    expect(await refusal(start({ open, code: cancel }))).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('cancelled'),
    })
    const tooLate = {
      code: 'cancelled',
      message: expect.stringContaining('within its time'),
      advice: expect.stringContaining('new code'),
    }
    expect(await refusal(start({ open, code: async () => undefined }, 1_000))).toMatchObject(tooLate)
    microsoft.signIn.tokenFaults.push({ status: 400, body: refusalBody(tokenRefusals['expired_token'] ?? confidential) })
    expect(await refusal(start({ open, code: async () => undefined }))).toMatchObject(tooLate)
  })

  it('says so where a person cancels, grants too little, or may not decide', async () => {
    expect(await refusal(inBrowser({ email, cancel: true }))).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('cancelled'),
    })
    expect(await refusal(inBrowser({ email, decline: ['Mail.Read'] }))).toMatchObject({
      code: 'permission',
      message: expect.stringContaining('mail'),
    })
    microsoft.addUser('dora@work.example', { kind: 'work' })
    microsoft.signIn.needsAdmin = true
    const needsAdmin = await refusal(inBrowser({ email: 'dora@work.example' }))
    expect(needsAdmin).toMatchObject({ code: 'permission', advice: expect.stringContaining('Grant admin consent') })
  })

  it('names the switch that a registration of one’s own lacks', async () => {
    microsoft.signIn.isConfidential = true
    const wanted = { code: 'auth', advice: expect.stringContaining('Allow public client flows') }
    expect(await refusal(inBrowser())).toMatchObject(wanted)
    // Where no code is given out, either.
    const code = async () => expect.unreachable('there is no code')
    expect(await refusal(start({ open: async () => undefined, code }))).toMatchObject(wanted)
  })

  it('takes an application id or a practice file, and says what else it is', () => {
    const id = '11111111-2222-3333-4444-555555555555'
    expect(readClientId(` ${id}\n`)).toMatchObject({ settings: { clientId: id } })
    expect(() => readClientId('GOCSPX-secret')).toThrow(/not an application id/)
    expect(() => readClientId(null)).toThrow(/brings no registration/)
  })

  it.each(deathsTold)('tells a grant that died: %s', async (death, code, words) => {
    const { secret, settings } = await inBrowser()
    microsoft.signIn.kill(email, death)
    const account = { id: email, provider: 'microsoft', services: ['mail' as const], settings }
    const context = { ...testContext, secret: async () => secret }
    const findings = await look(account, context)
    expect(findings).toEqual([{ ok: false, code, text: expect.stringMatching(words) }])
  })

  async function look(account: Account, context: Context): Promise<TestFinding[]> {
    const findings: TestFinding[] = []
    for await (const one of provider.test(account, context, new AbortController().signal)) findings.push(one)
    return findings
  }

  it('looks around with every service that it was asked for', async () => {
    const { secret, settings } = await inBrowser()
    const account = { id: email, provider: 'microsoft', services: ['mail' as const], settings }
    const context = { ...testContext, secret: async () => secret }
    const findings = await look(account, context)
    expect(findings.map(({ ok, text }) => [ok, text])).toEqual([
      [true, `Signed in to Microsoft as ${email}.`],
      [true, 'Mail: Microsoft counts 0 messages in the inbox.'],
    ])
  })

  it('foretells a sign-in that is going to end', async () => {
    const { secret, settings } = await inBrowser()
    const account = { id: email, provider: 'microsoft', services: ['mail' as const], settings }
    const later = (days: number) => ({ ...testContext.clock, now: () => new Date(Date.now() + days * 86_400_000) })
    const outlook = async (days: number) =>
      await provider.outlook?.(account, { ...testContext, clock: later(days), secret: async () => secret })
    expect(await outlook(30)).toEqual([])
    expect(await outlook(80)).toEqual([expect.stringContaining('about 10 days')])
  })
})
