/** What is known of Google's sign-in, quotas, expiries and faults, each by name, against whole backups. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountReport } from '../../../src/engine/report.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { documentedErrors, type Fault } from '../../emulators/google/faults.ts'
import { isWriting } from '../../emulators/google/google.ts'
import { documentedLimits } from '../../emulators/google/quota.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp } from '../../restore/harness.ts'

const day = 86_400_000
const services = ['mail', 'contacts', 'calendar', 'files'] as const
const error = (name: keyof typeof documentedErrors): Fault => ({
  kind: 'error',
  error: (documentedErrors[name] as (...more: unknown[]) => ReturnType<(typeof documentedErrors)['gone']>)(2, 'p'),
})

let running: GoogleAccount
let vault: string

beforeEach(async () => {
  running = await startGoogleAccount({}, {}, services)
  vault = join(await scratchFolder(), 'vault')
})

afterEach(async () => {
  expect(running.emulator.requests.filter(isWriting)).toEqual([])
  await running.emulator.stop()
})

async function run(): Promise<AccountReport> {
  running.emulator.requests.length = 0
  const { account, context } = running
  const { accounts } = await backUp(vault, { account, provider, context: { ...context } })
  const [report] = accounts
  if (report === undefined) throw new Error('no report')
  return report
}

const sum = ({ collections }: AccountReport, member: 'added' | 'stored' | 'bytes') =>
  collections.reduce((total, collection) => total + collection[member], 0)
const asked = (method: RegExp) => running.emulator.requests.filter((request) => method.test(request.method ?? '')).length
const bodies = () => running.emulator.requests.filter(({ path }) => /format=raw|alt=media|batchGet/.test(path)).length
const time = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' })

/** For this computer, so many milliseconds have passed. */
function pass(ms: number): void {
  const { context } = running
  const clock = { ...context.clock, now: () => new Date(context.clock.now().getTime() + ms) }
  running = { ...running, context: { ...context, clock } }
}

/** A little of everything. */
function fill(n = 3): void {
  const { gmail, people, calendar, drive } = running.user
  for (let i = 0; i < n; i++) {
    gmail.add(`Subject: ${i}\r\n\r\nHello.\r\n`)
    people.add({ names: [{ displayName: `Person ${i}` }] })
    calendar.primary.put({
      summary: `Event ${i}`,
      start: time('2025-03-04T10:00:00+01:00'),
      end: time('2025-03-04T11:00:00+01:00'),
    })
    drive.add(`${i}.txt`, { content: `number ${i}` })
  }
}

describe('sign-in', () => {
  it('a project in testing: the sign-in is dead after seven days, and the cause is named', async () => {
    fill()
    await run()
    running.emulator.signIn.publishing = 'testing'
    running.emulator.advance(8 * day)
    pass(8 * day)
    expect(await run()).toMatchObject({ failure: { code: 'auth', message: expect.stringContaining('"Testing"') } })
  })

  it('six months without use: the cause is named', async () => {
    running.emulator.signIn.kill('alice@example.com', 'six-months-unused')
    pass(200 * day)
    expect(await run()).toMatchObject({ failure: { message: expect.stringContaining('six months') } })
  })

  it.each(['password-changed', 'revoked'] as const)(
    '%s: told in plain words, with what to do, and nothing in the vault changes',
    async (death) => {
      fill()
      const before = sum(await run(), 'stored')
      running.emulator.signIn.kill('alice@example.com', death)
      const report = await run()
      expect(report.failure).toMatchObject({ code: 'auth', advice: expect.stringContaining('lifeboat account signin') })
      running.emulator.signIn.kill('alice@example.com', 'account-disabled')
      expect(await run()).toMatchObject({ failure: { code: 'locked-out' } })
      expect(before).toBe(12)
      expect(await readFile(join(vault, 'data/alice@example.com/Files/My Drive/1.txt'), 'utf8')).toBe('number 1')
    },
  )

  it('an access token that ends in the middle is renewed without a word', async () => {
    fill()
    running.emulator.faults.next(/messages\.get|files\.get|batchGet|events\.list/, { kind: 'expire' })
    const report = await run()
    expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
  })
})

describe('an account that is without a service', () => {
  it.each([
    { service: 'mail', method: /gmail/, reason: 'mailServiceNotEnabled', says: 'without Gmail' },
    { service: 'calendar', method: /calendar/, reason: 'notACalendarUser', says: 'without Google Calendar' },
    { service: 'files', method: /drive/, reason: 'sessionInvalid', says: 'without this service of Google' },
  ] as const)('$reason: is told so, and everything else is saved', async ({ service, method, reason, says }) => {
    fill()
    running.emulator.faults.always(method, error(reason))
    const report = await run()
    expect(report.failedServices).toMatchObject([
      { service, failure: { code: 'permission', advice: expect.stringContaining('--only') } },
    ])
    expect(report.failure?.message).toContain(says)
    expect([sum(report, 'stored'), report.pending]).toEqual([9, []])
  })
})

describe('quotas', () => {
  it('6,000 units of Gmail in a minute are never passed, and the calls are not refused', async () => {
    for (let n = 0; n < 700; n++) running.user.gmail.add(`Subject: ${n}\r\n\r\n`)
    const report = await run()
    expect(sum(report, 'stored')).toBe(700)
    expect(running.emulator.quota.peak.gmail ?? 0).toBeLessThanOrEqual(documentedLimits.gmail)
    expect(running.emulator.requests.filter(({ status }) => status === 429)).toEqual([])
  })

  it.each(['rateLimitExceeded', 'userRateLimitExceeded', 'tooManyRequests'] as const)(
    '%s: waited for, and nothing is lost',
    async (reason) => {
      fill()
      for (const method of [/messages\.get/, /batchGet/, /events\.list/, /files\.get/])
        running.emulator.faults.next(method, error(reason), 2)
      const report = await run()
      expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
    },
  )

  it('dailyLimitExceeded: not tried on and on, and the next run goes on where it stopped', async () => {
    fill()
    running.emulator.faults.always(/messages\.get/, error('dailyLimitExceeded'))
    const report = await run()
    expect(asked(/messages\.get/)).toBeLessThan(20)
    expect(JSON.stringify(report)).toContain('tomorrow')
    running.emulator.faults.clear()
    expect(sum(await run(), 'stored')).toBe(12)
  })
})

describe('what Google forgets', () => {
  it('a history id (404): all messages are listed, none is downloaded again', async () => {
    fill()
    await run()
    running.user.gmail.expireHistory()
    const report = await run()
    expect([asked(/messages\.list/) > 0, bodies(), sum(report, 'added')]).toEqual([true, 0, 0])
  })

  it('EXPIRED_SYNC_TOKEN of contacts after seven days: all are listed, none is downloaded again', async () => {
    fill()
    await run()
    running.emulator.advance(8 * day)
    const report = await run()
    expect([asked(/connections\.list/) > 1, bodies(), sum(report, 'added')]).toEqual([true, 0, 0])
  })

  it('a sync token of the calendar (410): all events are listed', async () => {
    fill()
    await run()
    const { primary } = running.user.calendar
    primary.forgotten = primary.change + 1
    const report = await run()
    expect([asked(/events\.list/), sum(report, 'added'), report.failure]).toEqual([2, 0, undefined])
  })

  it('a token of changes of Drive: all files are listed, none is downloaded again', async () => {
    fill()
    await run()
    running.user.drive.forgetChanges()
    const report = await run()
    expect([asked(/files\.list/) > 0, bodies(), sum(report, 'added')]).toEqual([true, 0, 0])
  })
})

describe('what Google gives otherwise than one thinks', () => {
  const folder = (path = '') => readdir(join(vault, 'data/alice@example.com/Files/My Drive', path))

  it('other contacts are a list of their own', async () => {
    running.user.people.add({ names: [{ displayName: 'Eve' }] }, running.user.people.others)
    const report = await run()
    expect(report.collections.find(({ path }) => path[0] === 'Other contacts')?.stored).toBe(1)
  })

  it('a document of more than 10 MB comes through its export link', async () => {
    const office = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    running.user.drive.add('Book', {
      mimeType: 'application/vnd.google-apps.document',
      exports: { [office]: Buffer.alloc(11 << 20, 1) },
    })
    expect(sum(await run(), 'bytes')).toBe(11 << 20)
    expect(asked(/files\.exportLink/)).toBe(1)
  })

  it.each(['form', 'site', 'jam', 'map'])('a %s cannot be exported: a link says so, with the reason', async (kind) => {
    running.user.drive.add('Thing', { mimeType: `application/vnd.google-apps.${kind}` })
    await run()
    const link = await readFile(join(vault, 'data/alice@example.com/Files/My Drive/Thing.url'), 'utf8')
    expect(link).toMatch(/URL=https:\/\/drive\.google\.com.*Google offers no file for this/s)
  })

  it('a document has neither size nor checksum: its change is seen all the same', async () => {
    const office = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    const document = running.user.drive.add('Plan', {
      mimeType: 'application/vnd.google-apps.document',
      exports: { [office]: 'one' },
    })
    await run()
    running.user.drive.rewrite(document.id, { [office]: 'two' })
    await run()
    expect(await readFile(join(vault, 'data/alice@example.com/Files/My Drive/Plan.docx'), 'utf8')).toBe('two')
  })

  it('names that are there twice or hold a slash have files of their own', async () => {
    const { drive } = running.user
    for (const content of ['one', 'two']) drive.add('same.txt', { content })
    drive.add('a/b: c?.txt', { content: 'three' })
    expect(sum(await run(), 'stored')).toBe(3)
    expect(await folder()).toHaveLength(3)
  })

  it('shortcuts, what is shared, shared drives and computers each have their place', async () => {
    const { drive } = running.user
    const there = drive.add('there.txt', { content: 'there' })
    drive.add('short', { mimeType: 'application/vnd.google-apps.shortcut', target: there.id })
    drive.add('of Bob.txt', { parent: null, owner: 'bob@example.com', sharedWithMe: true, content: 'Bob' })
    const laptop = drive.folder('Laptop', { parent: null })
    drive.add('notes.txt', { parent: laptop.id, content: 'notes' })
    const team = drive.addDrive('Team')
    drive.add('plan.txt', { parent: team, driveId: team, content: 'plan' })
    const report = await run()
    const stored = Object.fromEntries(
      report.collections.filter(({ service }) => service === 'files').map(({ path, stored }) => [path.join('/'), stored]),
    )
    expect(stored).toEqual({ 'My Drive': 2, Computers: 1, 'Shared with me': 1, 'Shared drives/Team': 1 })
    expect(report.counts.filter(({ service }) => service === 'files').map(({ unexplained }) => unexplained)).toEqual([0, 0])
  })

  it('a file that Google holds for malware, and one that its owner keeps to himself, stop nobody and are named', async () => {
    const { drive } = running.user
    drive.add('bad.exe', { content: 'bad', isAbusive: true })
    drive.add('mine.txt', { content: 'mine', canDownload: false })
    drive.add('good.txt', { content: 'good' })
    const report = await run()
    expect(report.pending).toEqual([expect.objectContaining({ title: 'bad.exe', reason: expect.stringContaining('malware') })])
    expect((await folder()).sort()).toEqual(['good.txt', 'mine.txt.url'])
  })
})

describe('faults', () => {
  it.each([
    { what: 'HTTP 500', fault: error('backendError') },
    { what: 'HTTP 503', fault: error('unavailable') },
    { what: 'a cut connection', fault: { kind: 'cut' } as const },
    { what: 'half an answer', fault: { kind: 'truncate' } as const },
    { what: "a guest network's page", fault: { kind: 'nonsense' } as const },
  ])('$what, now and then, costs nothing but time', async ({ fault }) => {
    fill()
    for (const method of [/messages\.(get|list)/, /people\.|contactGroups/, /calendar/, /drive\./])
      running.emulator.faults.next(method, fault, 2)
    const report = await run()
    expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
  })

  it('a service that is out of order does not stop the others', async () => {
    fill()
    running.emulator.faults.always(/^calendar/, error('unavailable'))
    const report = await run()
    expect(report.failedServices.map(({ service }) => service)).toEqual(['calendar'])
    expect(sum(report, 'stored')).toBe(9)
  })

  it('an API that is switched off is named, with the page on which it is switched on', async () => {
    fill()
    running.emulator.disabledApis.add('people')
    const report = await run()
    expect(report.failedServices).toEqual([
      {
        service: 'contacts',
        failure: expect.objectContaining({ advice: expect.stringContaining('apis/library/people.googleapis.com') }),
      },
    ])
    expect(sum(report, 'stored')).toBe(9)
  })
})
