import { describe, expect, it } from 'vitest'
import { personText } from '../../../src/providers/google/writable-person.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { anotherAccount } from '../../fixtures/google-account.ts'
import { berlin, eventsOf, filesOf, fill, mailOf, message, personsOf, services, sums, twoAccounts } from './two-accounts.ts'

describe('a restore to Google', () => {
  const two = twoAccounts()

  it('brings everything of one account into another, and a repeat adds nothing', async () => {
    fill(two.alice)
    await two.saved()
    const { user } = two.bob
    expect(sums(await two.restore())).toEqual([4 + 3 + 3 + 3, 0, 0, 0])
    expect(mailOf(two.bob)).toEqual(mailOf(two.alice))
    expect(personsOf(two.bob)).toEqual(
      [...personsOf(two.alice), personText(two.alice.user.people.living(two.alice.user.people.others)[0] ?? {})].sort(),
    )
    expect([...user.people.groups.values()]).toEqual(expect.arrayContaining(['Chess club', 'Other contacts']))
    expect(user.people.living(user.people.connections).filter(({ photos }) => photos !== undefined)).toHaveLength(1)
    expect(eventsOf(two.bob)).toEqual(eventsOf(two.alice))
    expect(filesOf(two.bob, 'Restored by Lifeboat/My Drive/')).toEqual(filesOf(two.alice, ''))

    expect(sums(await two.restore())).toEqual([0, 13, 0, 0])
    // Also on a computer that knows nothing of the first time.
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 13, 0, 0])
    expect(mailOf(two.bob)).toEqual(mailOf(two.alice))
  })

  it('writes nothing in a dry run and says what it would do', async () => {
    fill(two.alice)
    await two.saved()
    two.alice.emulator.requests.length = 0
    expect(sums(await two.restore({ dryRun: true }))).toEqual([13, 0, 0, 0])
    const writing = two.alice.emulator.requests.filter(({ http, method }) => http !== 'GET' && method !== 'sign-in')
    expect(writing).toEqual([])
    expect(mailOf(two.bob)).toEqual([])
  })

  it('asks for leave to write, and only then: a sign-in for backups cannot be used', async () => {
    fill(two.alice)
    await two.saved()
    const reader = await anotherAccount(two.alice, 'carol@example.com', {}, services)
    const report = await two.restore({}, reader)
    expect(report.failure).toMatchObject({ code: 'permission', advice: expect.stringContaining('--for-restore') })
    expect(mailOf(reader)).toEqual([])
  })

  it.each([
    ['messages.import', 'cut'],
    ['batchCreateContacts', 'truncate'],
    ['updateContactPhoto', 'cut'],
    ['events.import', 'truncate'],
    ['events.update', 'cut'],
    ['events.patch', 'truncate'],
    ['calendars.insert', 'truncate'],
    ['files.create', 'truncate'],
    ['files.upload', 'cut'],
    ['files.upload', 'truncate'],
    ['labels.create', 'truncate'],
    ['contactGroups.create', 'truncate'],
  ] as const)('adds nothing twice when the answer to %s is lost (%s)', async (method, kind) => {
    fill(two.alice)
    await two.saved()
    two.alice.emulator.faults.next(new RegExp(method.replaceAll('.', '\\.')), { kind }, 2)
    const [created, alreadyThere, conflicts, failed] = sums(await two.restore())
    expect([(created ?? 0) + (alreadyThere ?? 0), conflicts, failed]).toEqual([13, 0, 0])
    expect(mailOf(two.bob)).toEqual(mailOf(two.alice))
    expect(personsOf(two.bob)).toHaveLength(3)
    expect(eventsOf(two.bob)).toEqual(eventsOf(two.alice))
    expect(filesOf(two.bob, 'Restored by Lifeboat/My Drive/')).toEqual(filesOf(two.alice, ''))
  })

  it('goes on where it was stopped', async () => {
    for (let n = 0; n < 40; n++)
      two.alice.user.gmail.add(message(n, `Subject: ${n}\r\n`), ['INBOX'], new Date(Date.UTC(2025, 2, 4, 9, n)).toISOString())
    await two.saved()
    two.alice.emulator.faults.next(/messages\.import/, { kind: 'error', error: documentedErrors.dailyLimitExceeded() }, 1, /^/)
    const first = await two.restore()
    expect(first.collections[0]?.failure ?? first.failure).toMatchObject({ code: 'rate-limit' })
    const before = two.bob.user.gmail.messages.size
    expect(before).toBeLessThan(40)
    expect(sums(await two.restore())).toEqual([40 - before, before, 0, 0])
    expect(mailOf(two.bob)).toEqual(mailOf(two.alice))
  })

  it('says what to do when the account is full, and goes on when there is room', async () => {
    two.alice.user.drive.add('a.txt', { content: 'a' })
    await two.saved()
    two.bob.emulator.faults.next(/files\.create/, { kind: 'error', error: documentedErrors.storageQuotaExceeded() }, 1, /upload/)
    const report = await two.restore()
    expect(report.failures.flatMap(({ texts }) => texts)).toEqual([
      expect.stringContaining('no room left in this Google account'),
    ])
    expect(sums(await two.restore())).toEqual([1, 0, 0, 0])
  })

  it('keeps to the quotas, also while writing', async () => {
    for (let n = 0; n < 60; n++)
      two.alice.user.gmail.add(message(n, `Subject: ${n}\r\n`), ['INBOX'], new Date(Date.UTC(2025, 2, 4, 9, n)).toISOString())
    await two.saved()
    await two.restore()
    expect(two.alice.emulator.quota.peak.gmail ?? 0).toBeLessThanOrEqual(two.alice.emulator.quota.limits.gmail)
    expect(two.alice.emulator.requests.filter(({ status }) => status === 429 || status === 403)).toEqual([])
  })

  it('leaves another version that is there, keeps both, or replaces it and keeps that one elsewhere', async () => {
    const { calendar, drive } = two.alice.user
    const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
    calendar.primary.put({ summary: 'Dinner', ...times, iCalUID: 'dinner@example.org' })
    drive.add('letter.txt', { content: 'as it was', mimeType: 'text/plain' })
    await two.saved()
    await two.restore()
    const there = [...two.bob.user.calendar.primary.events.keys()]
    two.bob.user.calendar.primary.edit(there[0] ?? '', { summary: 'Supper' })
    const file = [...two.bob.user.drive.files.values()].find(({ name }) => name === 'letter.txt')
    Object.assign(file ?? {}, { appProperties: {} })
    two.bob.user.drive.edit(file?.id ?? '', { content: Buffer.from('changed') })
    expect(sums(await two.restore())).toEqual([0, 0, 2, 0])
    expect(sums(await two.restore({ conflict: 'keep-both' }))).toEqual([2, 0, 0, 0])
    expect(sums(await two.restore({ conflict: 'keep-both' }))).toEqual([0, 2, 0, 0])
    const names = [...two.bob.user.drive.files.values()].map(({ name }) => name)
    expect(names.filter((name) => /^letter/.test(name))).toEqual([
      'letter.txt',
      expect.stringMatching(/^letter \(restored \w{8}\)\.txt$/),
    ])
    const replaced = await two.restore({ conflict: 'replace' })
    expect(sums(replaced)).toEqual([2, 0, 0, 0])
    expect(two.bob.user.calendar.primary.events.get(there[0] ?? '')?.event.summary).toBe('Dinner')
    expect(two.bob.user.drive.file(file?.id ?? '').content.toString()).toBe('as it was')
    expect(replaced.conflicts.flatMap(({ texts }) => texts).join()).toContain('lies in')
  })
})
