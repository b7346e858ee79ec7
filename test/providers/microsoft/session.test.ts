import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batch } from '../../../src/providers/microsoft/batch.ts'
import { isRefusedWith, Resync } from '../../../src/providers/microsoft/errors.ts'
import { type Session, sessionOf } from '../../../src/providers/microsoft/session.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
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

  it('stays below ten thousand questions in ten minutes', async () => {
    running.emulator.throttle.limits = {
      ...running.emulator.throttle.limits,
      outlook: { atOnce: 4, requests: 10_000, window: 600_000 },
    }
    expect(running.emulator.throttle.refused).toBe(0)
    await Promise.all(Array.from({ length: 60 }, inbox))
    expect(running.emulator.throttle.refused).toBe(0)
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

  it('keeps accounts apart', async () => {
    const other = await anotherMicrosoftAccount(running, { email: 'bob@example.com', kind: 'work' })
    const bobs = await sessionOf(other.account, other.context)
    other.user.mail.renameFolder('inbox', 'Posteingang')
    expect(await bobs.get('outlook', `${bobs.me}/mailFolders/inbox`, signal)).toMatchObject({ displayName: 'Posteingang' })
    expect(await inbox()).toMatchObject({ displayName: 'Inbox' })
    bobs.close()
  })
})
