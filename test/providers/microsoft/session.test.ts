import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batch } from '../../../src/providers/microsoft/batch.ts'
import { isRefusedWith, Resync } from '../../../src/providers/microsoft/errors.ts'
import { type Session, sessionOf } from '../../../src/providers/microsoft/session.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { standingClock } from '../../fixtures/fast-clock.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'

const signal = new AbortController().signal

describe('the session with Microsoft Graph', () => {
  let running: MicrosoftAccount
  let session: Session

  beforeEach(async () => {
    running = await startMicrosoftAccount()
    session = await sessionOf(running.account, running.context)
  })

  afterEach(async () => {
    session.close()
    await running.emulator.stop()
  })

  const inbox = () => session.get<{ displayName: string }>('outlook', `${session.me}/mailFolders/inbox`, signal)
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: unknown) => error,
    )
  const fail = (error: GraphError, times = 1) => running.emulator.faults.next(/mailFolder\.get/, { kind: 'error', error }, times)

  it('meets an emulator whose README names every method that it answers', async () => {
    const readme = await readFile(new URL('../../emulators/microsoft/README.md', import.meta.url), 'utf8')
    // In the first column; the page stands in the second.
    const rows = readme.split('\n').flatMap((line) => /^\| (.+?) \| (.*\S.*?) \|/.exec(line)?.[1] ?? [])
    expect(running.emulator.methods.length).toBeGreaterThan(50)
    expect(running.emulator.methods.filter((id) => !rows.some((row) => row.includes(`\`${id}\``)))).toEqual([])
  })

  it('asks for ids that stay, on every call of the mailbox and inside of batches', async () => {
    await inbox()
    await batch(session, 'outlook', [`${session.me}/mailFolders/drafts`], signal)
    for await (const page of session.pages('outlook', `${session.me}/mailFolders/delta?$top=2`, signal))
      expect(page.value.length).toBeGreaterThan(0)
    const asked = running.emulator.requests.filter(({ method }) => method !== 'sign-in')
    expect(asked.length).toBeGreaterThan(6)
    expect(asked.filter(({ method, prefer }) => method !== '$batch' && !prefer.includes('IdType="ImmutableId"'))).toEqual([])
  })

  it('never has more than four questions on their way to a mailbox', async () => {
    running.emulator.latency = 5
    await Promise.all(Array.from({ length: 40 }, inbox))
    expect(running.emulator.throttle).toMatchObject({ peak: 4, refused: 0 })
  })

  it('waits for as long as Microsoft asks', async () => {
    fail(documentedErrors.tooManyRequests(60))
    fail(documentedErrors.unavailable(30))
    const before = running.clock.now().getTime()
    expect(await inbox()).toMatchObject({ displayName: 'Inbox' })
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(90_000)
  })

  it('asks ten thousand things in ten minutes and no more, and is never refused', async () => {
    const standing = await startMicrosoftAccount({}, {}, standingClock())
    const { emulator, clock } = standing
    const one = await sessionOf(standing.account, standing.context)
    const began = clock.now().getTime()
    const paths = Array.from({ length: 20 }, () => `${one.me}/mailFolders/inbox`)
    // Each question of a batch counts.
    for (let n = 0; n < 510; n++) await batch(one, 'outlook', paths, signal)
    one.close()
    await emulator.stop()
    const asked = emulator.requests.filter(({ method }) => method === 'mailFolder.get')
    expect([asked.length, emulator.throttle.refused]).toEqual([10_200, 0])
    expect(clock.now().getTime() - began).toBeGreaterThanOrEqual(600_000)
    expect(emulator.throttle.fullest).toBeGreaterThan(9_000)
    expect(emulator.throttle.fullest).toBeLessThanOrEqual(10_000)
  })

  it('waits where Microsoft allows less than it says', async () => {
    const { emulator } = running
    emulator.throttle.limits = { ...emulator.throttle.limits, outlook: { atOnce: 4, requests: 5, window: 190_000 } }
    for (let n = 0; n < 50; n++) expect(await inbox()).toMatchObject({ displayName: 'Inbox' })
    expect(emulator.throttle.refused).toBeGreaterThanOrEqual(2)
  })

  it('asks nothing more, of anything in the mailbox, before the time that a refusal names', async () => {
    const { requests } = running.emulator
    await inbox()
    requests.length = 0
    fail(documentedErrors.tooManyRequests(120))
    await Promise.all(Array.from({ length: 12 }, inbox))
    const refused = requests.find(({ status }) => status === 429)
    const early = requests.filter(({ at, status }) => status !== 429 && at < (refused?.at ?? 0) + 120_000)
    // Those that were on their way beside it, and before.
    expect([requests.length, early.length <= 3]).toEqual([13, true])
  })

  it('asks nothing more before that time where the refusal stands inside of a batch', async () => {
    const { account, context, clock, emulator } = running
    const beside: Promise<unknown>[] = []
    const sleep: typeof clock.sleep = async (ms, ...others) => {
      if (ms >= 120_000 && beside.length === 0) beside.push(one.get('outlook', `${one.me}/mailFolders/inbox`, signal))
      await clock.sleep(ms, ...others)
    }
    const one = await sessionOf(account, { ...context, clock: { ...clock, now: () => clock.now(), sleep } })
    emulator.requests.length = 0
    fail(documentedErrors.tooManyRequests(120))
    await batch(one, 'outlook', [`${one.me}/mailFolders/drafts`], signal)
    await Promise.all(beside)
    one.close()
    const [refused, ...later] = emulator.requests.filter(({ method }) => method === 'mailFolder.get')
    expect([refused?.status, later.map(({ status }) => status)]).toEqual([429, [200, 200]])
    expect(Math.min(...later.map(({ at }) => at)) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(120_000)
  })

  it('renews an access token that ended before its time, once for all', async () => {
    await inbox()
    running.emulator.signIn.expireAccessTokens()
    const before = running.emulator.signIn.tokenRequests.length
    await Promise.all([inbox(), inbox(), inbox(), inbox()])
    expect(running.emulator.signIn.tokenRequests.length - before).toBeLessThanOrEqual(2)
    expect(running.saved.length).toBeGreaterThan(0)
    expect(running.saved.join()).not.toMatch(/"AccessToken":\{"/)
  })

  it('says that the organisation wants a new sign-in where it challenges', async () => {
    fail(documentedErrors.claimsChallenge(), 9)
    expect(await failure(inbox())).toMatchObject({ code: 'auth', message: expect.stringContaining('organisation') })
  })

  it('rides out cut connections, half answers and pages of guest networks', async () => {
    const { faults } = running.emulator
    for (const kind of ['cut', 'truncate', 'nonsense', 'expire'] as const) faults.next(/mailFolder\.get/, { kind })
    expect(await inbox()).toMatchObject({ displayName: 'Inbox' })
  })

  it('tells in plain words what Microsoft refuses', async () => {
    const told: readonly (readonly [GraphError, string])[] = [
      [documentedErrors.accessDenied(), 'permission'],
      [documentedErrors.accountSuspended(), 'locked-out'],
      [documentedErrors.noMailbox(), 'not-found'],
      [new GraphError(404, 'ErrorItemNotFound', ''), 'not-found'],
      [new GraphError(507, 'quotaLimitReached', ''), 'unsupported'],
      [new GraphError(403, 'somethingElse', 'Not today.'), 'permission'],
    ]
    for (const [error, code] of told) {
      fail(error)
      expect(await failure(inbox())).toMatchObject({ code })
    }
    fail(new GraphError(409, 'nameAlreadyExists', 'There is one.'))
    expect(isRefusedWith(await failure(inbox()), 409, 'nameAlreadyExists')).toBe(true)
  })

  it('knows a forgotten place, and what OneDrive says of listing anew', async () => {
    fail(documentedErrors.syncStateNotFound())
    expect(await failure(inbox())).toMatchObject({ code: 'cursor-expired' })
    const headers = { location: `${running.emulator.origin}/v1.0/me/drive/root/delta` }
    fail(new GraphError(410, 'resyncRequired', '', { headers, innerCode: 'resyncChangesApplyDifferences' }))
    const resync = await failure(inbox())
    expect(resync).toBeInstanceOf(Resync)
    expect(resync).toMatchObject({ hint: 'apply', location: headers.location })
  })

  it('takes no link to another place', async () => {
    expect(await failure(session.get('outlook', 'https://example.org/v1.0/me/messages', signal))).toMatchObject({
      code: 'suspicious',
    })
    expect(await failure(session.openElsewhere(new URL('http://example.org/'), signal))).toMatchObject({ code: 'suspicious' })
  })

  it('asks many things in one request, in lanes that the mailbox takes, and again what was throttled', async () => {
    const names = ['inbox', 'drafts', 'sentitems', 'nosuch', 'junkemail', 'archive', 'outbox', 'deleteditems']
    fail(documentedErrors.mailboxConcurrency(2))
    const answers = await batch<{ displayName: string }>(
      session,
      'outlook',
      names.map((name) => `${session.me}/mailFolders/${name}`),
      signal,
    )
    expect(answers.map((answer) => ('body' in answer ? answer.body.displayName : answer.error.code))).toEqual([
      ...['Inbox', 'Drafts', 'Sent Items', 'not-found', 'Junk Email', 'Archive', 'Outbox', 'Deleted Items'],
    ])
    expect(running.emulator.throttle.refused).toBe(0)
  })

  it('does not wait for what stood behind something that is not there', async () => {
    const waits: number[] = []
    const { clock } = running.context
    const sleep = async (ms: number, stop?: AbortSignal) => {
      waits.push(ms)
      await clock.sleep(ms, stop)
    }
    const context = { ...running.context, clock: { now: () => clock.now(), sleep } }
    const other = await sessionOf(running.account, context)
    const names = ['nosuch', 'nosuch', 'nosuch', 'nosuch', 'inbox', 'drafts', 'sentitems', 'junkemail']
    const answers = await batch<{ displayName: string }>(
      other,
      'outlook',
      names.map((name) => `${other.me}/mailFolders/${name}`),
      signal,
    )
    other.close()
    expect(answers.flatMap((answer) => ('body' in answer ? [answer.body.displayName] : []))).toEqual([
      ...['Inbox', 'Drafts', 'Sent Items', 'Junk Email'],
    ])
    expect(waits.filter((ms) => ms > 0)).toEqual([])
  })

  it('keeps accounts apart', async () => {
    const other = await anotherMicrosoftAccount(running, { email: 'bob@example.com', kind: 'work' })
    const bobs = await sessionOf(other.account, other.context)
    other.user.mail.renameFolder('inbox', 'Posteingang')
    expect(await bobs.get('outlook', `${bobs.me}/mailFolders/inbox`, signal)).toMatchObject({ displayName: 'Posteingang' })
    expect(await inbox()).toMatchObject({ displayName: 'Inbox' })
    bobs.close()
  })
})
