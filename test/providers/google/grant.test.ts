import { afterEach, describe, expect, it } from 'vitest'
import type { AppError } from '../../../src/core/errors.ts'
import { errorTexts } from '../../../src/core/messages.ts'
import type { TestFinding } from '../../../src/core/provider.ts'
import { deadGrant, forecast, type Grant } from '../../../src/providers/google/grant.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import type { Death } from '../../emulators/google/sign-in.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'

const day = 86_400_000
const now = new Date('2026-06-01T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * day).toISOString()
const expired = { error: 'invalid_grant', description: 'Token has been expired or revoked.', subtype: '' }

function told(grant: Partial<Grant>): AppError {
  return deadGrant(expired, { account: 'home', grant: { client_secret: 'x', refresh_token: 'y', ...grant }, now })
}

describe('what is said of a sign-in that is over', () => {
  it.each([
    {
      why: 'the project is in testing',
      grant: { made: daysAgo(8), used: daysAgo(1) },
      says: /ended after 7 days.*"Testing"/,
      advice: /Publish app/,
    },
    {
      why: 'Google named the end',
      grant: { made: daysAgo(30), used: daysAgo(25), ends: daysAgo(23) },
      says: /"Testing"/,
      advice: /Publish app/,
    },
    {
      why: 'nobody used it for six months',
      grant: { made: daysAgo(400), used: daysAgo(190) },
      says: /not used for six months/,
      advice: /backup every month/,
    },
    { why: 'it was never used', grant: { made: daysAgo(190) }, says: /not used for six months/, advice: /backup every month/ },
    {
      why: 'it worked until lately',
      grant: { made: daysAgo(90), used: daysAgo(2) },
      says: /password of the account was changed, or the access was taken back/,
      advice: /not you who changed the password/,
    },
    {
      why: 'it is young',
      grant: { made: daysAgo(2), used: daysAgo(1) },
      says: /password of the account was changed/,
      advice: /lifeboat account signin/,
    },
  ])('because $why', ({ grant, says, advice }) => {
    const error = told(grant)
    expect(error.code).toBe('auth')
    expect(error.message).toMatch(says)
    expect(error.advice).toMatch(advice)
  })

  it('foretells what can be known', () => {
    const grant = { client_secret: 'x', refresh_token: 'y' }
    expect(forecast({ ...grant, made: daysAgo(3), used: daysAgo(0) }, now)).toEqual([])
    expect(forecast({ ...grant, made: daysAgo(3), ends: new Date(now.getTime() + 4 * day).toISOString() }, now)).toEqual([
      expect.stringContaining('ends on 2026-06-05, because your Google project is in the state "Testing"'),
    ])
    expect(forecast({ ...grant, made: daysAgo(300), used: daysAgo(170) }, now)).toEqual([
      expect.stringMatching(/ends in about 12 days unless a backup runs/),
    ])
  })
})

describe('a sign-in that dies at Google', () => {
  let running: GoogleAccount

  afterEach(() => running.emulator.stop())

  async function findings(death: Death): Promise<TestFinding[]> {
    running = await startGoogleAccount()
    running.emulator.signIn.kill(running.user.email, death)
    const found: TestFinding[] = []
    for await (const finding of provider.test(running.account, running.context, new AbortController().signal)) found.push(finding)
    return found
  }

  const causes: { death: Death; code: string; says: RegExp }[] = [
    { death: 'revoked', code: 'auth', says: /access was taken back.*lifeboat account signin/ },
    { death: 'password-changed', code: 'auth', says: /password of the account was changed.*lifeboat account signin/ },
    {
      death: 'account-disabled',
      code: 'locked-out',
      says: /this account is locked.*Nothing in your vault has changed.*START HERE\.html.*lifeboat collect.*lifeboat restore --to/,
    },
    { death: 'account-deleted', code: 'locked-out', says: /this account is deleted.*Nothing in your vault has changed/ },
    { death: 'admin-policy', code: 'permission', says: /administrator.*does not let the app in/ },
    { death: 'reauthentication', code: 'auth', says: /new sign-in after some hours/ },
    { death: 'client-deleted', code: 'auth', says: /does not know the client.*account add google/ },
  ]

  it.each(causes)('is explained: $death', async ({ death, code, says }) => {
    const [finding, ...others] = await findings(death)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ ok: false, code })
    expect(finding?.text).toMatch(says)
  })

  it('has an exit code of its own where the account is locked', () => {
    const same = Object.values(errorTexts).filter(({ exitCode }) => exitCode === errorTexts['locked-out'].exitCode)
    expect(same).toHaveLength(1)
  })
})

describe('what a status can tell beforehand', () => {
  const contextWith = (secret: string | null) => ({
    clock: { now: () => now, sleep: async () => {} },
    log: { debug() {}, warn() {} },
    secret: async (name: string) => (name === 'google' ? secret : null),
  })
  const account = { id: 'home', provider: 'google', services: ['mail'], settings: {} } as const

  it('says that a sign-in is going to end, and asks nobody for it', async () => {
    const grant = { client_secret: 'x', refresh_token: 'y', made: daysAgo(5), ends: daysAgo(-2) }
    const told = await provider.outlook?.(account, contextWith(JSON.stringify(grant)))
    expect(told).toEqual([expect.stringMatching(/ends on 2026-06-03.*Publish app/)])
  })

  it('says nothing where all is well, or nobody has signed in', async () => {
    const grant = { client_secret: 'x', refresh_token: 'y', made: daysAgo(50), used: daysAgo(1) }
    expect(await provider.outlook?.(account, contextWith(JSON.stringify(grant)))).toEqual([])
    expect(await provider.outlook?.(account, contextWith(null))).toEqual([])
  })
})
