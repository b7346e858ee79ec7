/** Restores to Google: from a vault of another Google account, and from mail, contacts, events and files of elsewhere. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Service } from '../../../src/core/account.ts'
import type { Connection } from '../../../src/engine/account-backup.ts'
import type { RestoreReport } from '../../../src/engine/restore-report.ts'
import { archive } from '../../../src/providers/archive/provider.ts'
import { cardPerson } from '../../../src/providers/google/card-person.ts'
import { personCard } from '../../../src/providers/google/person-card.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { seriesOfEvents, seriesText } from '../../../src/providers/google/writable-event.ts'
import { personText, writablePerson } from '../../../src/providers/google/writable-person.ts'
import { ApiError } from '../../emulators/google/api.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { anotherAccount, type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { eventKinds } from '../../fixtures/google-events.ts'
import { everyField } from '../../fixtures/google-person.ts'
import { testContext } from '../../fixtures/memory-account.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp, type RestoreChoice, restoreTo } from '../../restore/harness.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const
const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' })

/** Events that cannot become what they were, and what is said of it. */
const unequal: Readonly<Record<string, readonly unknown[]>> = {
  occurrenceAlone: [expect.stringContaining('stands alone now')],
}

const picture = Buffer.from('\xff\xd8picture', 'latin1')

describe('a restore to Google', () => {
  let alice: GoogleAccount
  let bob: GoogleAccount
  let vault: string

  beforeEach(async () => {
    alice = await startGoogleAccount({}, {}, services)
    bob = await anotherAccount(alice, 'bob@example.com', {}, services, true)
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: GoogleAccount): Connection => ({ account, provider, context: { ...context } })
  const restore = (choice: RestoreChoice = {}, to = bob) =>
    restoreTo(vault, connectionOf(to), { account: alice.account.id, ...choice })
  const saved = async () => {
    const report = await backUp(vault, connectionOf(alice))
    expect(report.accounts[0]?.failure).toBeUndefined()
  }
  const sums = (report: RestoreReport) => {
    expect(report.failure).toBeUndefined()
    const add = (member: 'created' | 'alreadyThere' | 'conflicts' | 'failed') =>
      report.collections.reduce((sum, collection) => sum + collection[member], 0)
    return [add('created'), add('alreadyThere'), add('conflicts'), add('failed')]
  }

  const message = (n: number, more = '') =>
    `Message-ID: <m${n}@example.org>\r\nDate: Tue, 4 Mar 2025 10:${String(n).padStart(2, '0')}:00 +0100\r\n${more}\r\nNumber ${n}\r\n`

  function fill(): void {
    const { gmail, people, calendar, drive } = alice.user
    const work = gmail.createLabel('Work/Clients')
    const first = gmail.add(message(1, 'Subject: Plan\r\n'), ['INBOX', 'UNREAD', work.id], '2025-03-04T09:01:00Z')
    const reply = message(2, 'Subject: Re: Plan\r\nReferences: <m1@example.org>\r\n')
    gmail.add(reply, ['SENT', 'STARRED'], '2025-03-04T09:02:00Z', first.threadId)
    gmail.add(message(3, 'Subject: Offer\r\n'), ['SPAM', 'UNREAD'], '2025-03-04T09:03:00Z')
    gmail.add('Date: Tue, 4 Mar 2025 10:04:00 +0100\r\n\r\nno id\r\n', ['TRASH'], '2025-03-04T09:04:00Z')
    const club = people.addGroup('Chess club')
    const photo = `${alice.emulator.origin}/photos/${people.addPhoto(picture)}=s100`
    people.add(everyField([photo], [club]))
    people.add({ names: [{ displayName: 'Bob', givenName: 'Bob' }], emailAddresses: [{ value: 'bob@example.org' }] })
    people.add(
      { names: [{ displayName: 'Eve', givenName: 'Eve' }], emailAddresses: [{ value: 'eve@example.org' }] },
      people.others,
    )
    const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
    calendar.primary.put({ summary: 'Dinner', ...times, attendees: [{ email: 'eve@example.org', responseStatus: 'accepted' }] })
    const series = calendar.primary.put({ summary: 'Standup', ...times, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] })
    calendar.primary.exception(series, berlin('2025-03-11T10:00:00+01:00'), {
      ...{ start: berlin('2025-03-11T12:00:00+01:00'), end: berlin('2025-03-11T13:00:00+01:00'), summary: 'Late standup' },
    })
    calendar.primary.exception(series, berlin('2025-03-18T10:00:00+01:00'), { status: 'cancelled' })
    const trips = calendar.add('trips@group.calendar.google.com', { summary: 'Trips', timeZone: 'Europe/Lisbon' })
    trips.put({ summary: 'Porto', start: { date: '2025-05-01' }, end: { date: '2025-05-04' }, colorId: '11' })
    const letters = drive.folder('Letters')
    drive.add('to the bank.txt', {
      parent: letters.id,
      content: 'Dear bank',
      mimeType: 'text/plain',
      description: 'sent',
      starred: true,
    })
    drive.add('large.bin', { content: Buffer.alloc(9 << 20, 'octets') })
    drive.add('empty', { content: '' })
  }

  /** What a person would see of the mail. */
  const mailOf = ({ user: { gmail } }: GoogleAccount) => {
    const messages = [...gmail.messages.values()]
    return messages
      .map(({ raw, labels, threadId, internalDate }) => ({
        text: raw.toString('latin1'),
        labels: [...labels].map((id) => gmail.labels.get(id)?.name).sort(),
        together: messages.filter((other) => other.threadId === threadId).length,
        date: new Date(internalDate).toISOString(),
      }))
      .sort((a, b) => (a.text < b.text ? -1 : 1))
  }

  const pathOf = (account: GoogleAccount, id: string | null): string[] => {
    const { drive } = account.user
    const file = id === null ? undefined : drive.files.get(id)
    return file === undefined || file.id === drive.root ? [] : [...pathOf(account, file.parent), file.name]
  }

  const foldersOf = (account: GoogleAccount) =>
    [...account.user.drive.files.values()]
      .filter(({ mimeType }) => mimeType.endsWith('.folder'))
      .map(({ id }) => pathOf(account, id).join('/'))
      .sort()

  const filesOf = (account: GoogleAccount, top: string) => {
    const { drive } = account.user
    return [...drive.files.values()]
      .filter(({ mimeType }) => !mimeType.endsWith('.folder'))
      .map((file) => {
        const { content, modifiedTime, description, starred } = file
        const sum = createHash('sha256').update(content).digest('hex')
        return { path: pathOf(account, file.id).join('/').replace(top, ''), sum, modifiedTime, description, starred }
      })
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  const personsOf = ({ user: { people } }: GoogleAccount) => people.living(people.connections).map(personText).sort()

  const eventsOf = ({ user: { calendar } }: GoogleAccount) =>
    [...calendar.calendars.values()].map(({ entry, events }) => {
      const all = [...events.values()].map(({ event }) => event)
      const uids = new Map(all.flatMap(({ id, iCalUID }) => (id && iCalUID ? [[id, iCalUID]] : [])))
      const series = Map.groupBy(all, ({ iCalUID, recurringEventId }) => uids.get(recurringEventId ?? '') ?? iCalUID ?? '')
      const texts = [...series].map(([uid, each]) => [uid, seriesText(seriesOfEvents(uid, each))])
      return [entry.primary === true ? 'primary' : entry.summary, texts.sort()]
    })

  it('brings everything of one account into another, and a repeat adds nothing', async () => {
    fill()
    await saved()
    const { user } = bob
    expect(sums(await restore())).toEqual([4 + 3 + 3 + 3, 0, 0, 0])
    expect(mailOf(bob)).toEqual(mailOf(alice))
    expect(personsOf(bob)).toEqual(
      [...personsOf(alice), personText(alice.user.people.living(alice.user.people.others)[0] ?? {})].sort(),
    )
    expect([...user.people.groups.values()]).toEqual(expect.arrayContaining(['Chess club', 'Other contacts']))
    expect(user.people.living(user.people.connections).filter(({ photos }) => photos !== undefined)).toHaveLength(1)
    expect(eventsOf(bob)).toEqual(eventsOf(alice))
    expect(filesOf(bob, 'Restored by Lifeboat/My Drive/')).toEqual(filesOf(alice, ''))

    expect(sums(await restore())).toEqual([0, 13, 0, 0])
    // Also on a computer that knows nothing of the first time.
    expect(sums(await restore({ stateFolder: null }))).toEqual([0, 13, 0, 0])
    expect(mailOf(bob)).toEqual(mailOf(alice))
  })

  it('writes nothing in a dry run and says what it would do', async () => {
    fill()
    await saved()
    alice.emulator.requests.length = 0
    expect(sums(await restore({ dryRun: true }))).toEqual([13, 0, 0, 0])
    const writing = alice.emulator.requests.filter(({ http, method }) => http !== 'GET' && method !== 'sign-in')
    expect(writing).toEqual([])
    expect(mailOf(bob)).toEqual([])
  })

  it('asks for leave to write, and only then: a sign-in for backups cannot be used', async () => {
    fill()
    await saved()
    const reader = await anotherAccount(alice, 'carol@example.com', {}, services)
    const report = await restore({}, reader)
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
    fill()
    await saved()
    alice.emulator.faults.next(new RegExp(method.replaceAll('.', '\\.')), { kind }, 2)
    const [created, alreadyThere, conflicts, failed] = sums(await restore())
    expect([(created ?? 0) + (alreadyThere ?? 0), conflicts, failed]).toEqual([13, 0, 0])
    expect(mailOf(bob)).toEqual(mailOf(alice))
    expect(personsOf(bob)).toHaveLength(3)
    expect(eventsOf(bob)).toEqual(eventsOf(alice))
    expect(filesOf(bob, 'Restored by Lifeboat/My Drive/')).toEqual(filesOf(alice, ''))
  })

  it('adds the picture of a contact that a broken restore left without it, and says so', async () => {
    alice.user.people.add(everyField([`${alice.emulator.origin}/photos/${alice.user.people.addPhoto(picture)}=s100`], []))
    await saved()
    alice.emulator.faults.always(/updateContactPhoto/, { kind: 'cut' })
    expect(JSON.stringify(await restore())).toContain('The picture was not taken')
    alice.emulator.faults.clear()
    const pictures = () => bob.user.people.living(bob.user.people.connections).map(({ photos }) => photos?.length ?? 0)
    expect(pictures()).toEqual([0])
    expect(JSON.stringify(await restore({ dryRun: true }))).toContain('It is there without its picture; that would be added.')
    expect(pictures()).toEqual([0])
    expect(JSON.stringify(await restore())).toContain('It was there without its picture; that was added.')
    expect(pictures()).toEqual([1])
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
  })

  it.each(['instances', 'update', 'patch'])(
    'finishes series whose restore broke off at events.%s, says so, and then finds them whole',
    async (method) => {
      fill()
      const { primary } = alice.user.calendar
      for (const [id, { event }] of primary.events)
        if (event.recurrence) primary.edit(id, { extendedProperties: { private: { ours: 'kept' } } })
      await saved()
      const events = { selection: { services: ['calendar'] } } as const
      const refused = { kind: 'error', error: documentedErrors.dailyLimitExceeded() } as const
      alice.emulator.faults.always(new RegExp(`events\\.${method}`), refused)
      const broken = await restore(events)
      expect(broken.collections.reduce((sum, { created }) => sum + created, 0)).toBeLessThan(3)
      expect(eventsOf(bob)).not.toEqual(eventsOf(alice))
      alice.emulator.faults.clear()
      const before = JSON.stringify([...bob.user.calendar.primary.events])
      expect(JSON.stringify(await restore({ ...events, dryRun: true }))).toContain(
        'It is there in part; what is missing would be added.',
      )
      expect(JSON.stringify([...bob.user.calendar.primary.events])).toBe(before)
      // Also on a computer that knows nothing of the first time.
      const report = await restore({ ...events, stateFolder: null })
      expect(JSON.stringify(report)).toContain('It was there in part; what was missing was added.')
      expect([sums(report)[2], sums(report)[3]]).toEqual([0, 0])
      expect(eventsOf(bob)).toEqual(eventsOf(alice))
      expect(JSON.stringify([...bob.user.calendar.primary.events])).not.toMatch(/lifeboat/i)
      expect(sums(await restore(events))).toEqual([0, 3, 0, 0])
    },
  )

  it('finishes a series that was to replace another one, or to be kept beside it', async () => {
    fill()
    await saved()
    const events = { selection: { services: ['calendar'] } } as const
    await restore(events)
    const { primary } = bob.user.calendar
    const [series] = [...primary.events].find(([, { event }]) => event.recurrence) ?? ['']
    const refused = { kind: 'error', error: documentedErrors.dailyLimitExceeded() } as const
    for (const conflict of ['keep-both', 'replace'] as const) {
      primary.edit(series, { summary: 'Stand-up' })
      alice.emulator.faults.always(/events\.instances/, refused)
      await restore({ ...events, conflict })
      alice.emulator.faults.clear()
      expect(JSON.stringify(await restore({ ...events, conflict }))).toContain(
        'It was there in part; what was missing was added.',
      )
      expect(sums(await restore({ ...events, conflict }))).toEqual([0, 3, 0, 0])
    }
    expect(JSON.stringify([...primary.events])).not.toContain('lifeboatUnfinished')
  })

  it('makes no folders for drives that hold nothing', async () => {
    alice.user.drive.add('letter.txt', { content: 'Dear bank' })
    await saved()
    const report = await restore({ selection: { services: ['files'] } })
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(
      foldersOf(bob)
        .filter((path) => path !== '')
        .sort(),
    ).toEqual(['Restored by Lifeboat', 'Restored by Lifeboat/My Drive'])
    expect(report.collections.map(({ path }) => path)).toEqual([['My Drive']])
  })

  it('makes a folder that holds nothing, and a repeat makes no second one', async () => {
    const { drive } = alice.user
    drive.folder('Unanswered', { parent: drive.folder('Letters').id })
    await saved()
    expect(sums(await restore({ dryRun: true }))).toEqual([1, 0, 0, 0])
    expect(foldersOf(bob).filter((path) => path !== '')).toEqual([])
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    const before = foldersOf(bob)
    expect(before).toContain('Restored by Lifeboat/My Drive/Letters/Unanswered')
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
    expect(sums(await restore({ stateFolder: null }))).toEqual([0, 1, 0, 0])
    expect(foldersOf(bob)).toEqual(before)
    expect(filesOf(bob, '')).toEqual([])
  })

  it('goes on where it was stopped', async () => {
    for (let n = 0; n < 40; n++)
      alice.user.gmail.add(message(n, `Subject: ${n}\r\n`), ['INBOX'], new Date(Date.UTC(2025, 2, 4, 9, n)).toISOString())
    await saved()
    alice.emulator.faults.next(/messages\.import/, { kind: 'error', error: documentedErrors.dailyLimitExceeded() }, 1, /^/)
    const first = await restore()
    expect(first.collections[0]?.failure ?? first.failure).toMatchObject({ code: 'rate-limit' })
    const before = bob.user.gmail.messages.size
    expect(before).toBeLessThan(40)
    expect(sums(await restore())).toEqual([40 - before, before, 0, 0])
    expect(mailOf(bob)).toEqual(mailOf(alice))
  })

  it('says what to do when the account is full, and goes on when there is room', async () => {
    alice.user.drive.add('a.txt', { content: 'a' })
    await saved()
    bob.emulator.faults.next(/files\.create/, { kind: 'error', error: documentedErrors.storageQuotaExceeded() }, 1, /upload/)
    const report = await restore()
    expect(report.failures.flatMap(({ texts }) => texts)).toEqual([
      expect.stringContaining('no room left in this Google account'),
    ])
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
  })

  it('keeps to the quotas, also while writing', async () => {
    for (let n = 0; n < 60; n++)
      alice.user.gmail.add(message(n, `Subject: ${n}\r\n`), ['INBOX'], new Date(Date.UTC(2025, 2, 4, 9, n)).toISOString())
    await saved()
    await restore()
    expect(alice.emulator.quota.peak.gmail ?? 0).toBeLessThanOrEqual(alice.emulator.quota.limits.gmail)
    expect(alice.emulator.requests.filter(({ status }) => status === 429 || status === 403)).toEqual([])
  })

  it('leaves another version that is there, keeps both, or replaces it and keeps that one elsewhere', async () => {
    const { calendar, drive } = alice.user
    const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
    calendar.primary.put({ summary: 'Dinner', ...times, iCalUID: 'dinner@example.org' })
    drive.add('letter.txt', { content: 'as it was', mimeType: 'text/plain' })
    await saved()
    await restore()
    const there = [...bob.user.calendar.primary.events.keys()]
    bob.user.calendar.primary.edit(there[0] ?? '', { summary: 'Supper' })
    const file = [...bob.user.drive.files.values()].find(({ name }) => name === 'letter.txt')
    Object.assign(file ?? {}, { appProperties: {} })
    bob.user.drive.edit(file?.id ?? '', { content: Buffer.from('changed') })
    expect(sums(await restore())).toEqual([0, 0, 2, 0])
    expect(sums(await restore({ conflict: 'keep-both' }))).toEqual([2, 0, 0, 0])
    expect(sums(await restore({ conflict: 'keep-both' }))).toEqual([0, 2, 0, 0])
    const names = [...bob.user.drive.files.values()].map(({ name }) => name)
    expect(names.filter((name) => /^letter/.test(name))).toEqual([
      'letter.txt',
      expect.stringMatching(/^letter \(restored \w{8}\)\.txt$/),
    ])
    const replaced = await restore({ conflict: 'replace' })
    expect(sums(replaced)).toEqual([2, 0, 0, 0])
    expect(bob.user.calendar.primary.events.get(there[0] ?? '')?.event.summary).toBe('Dinner')
    expect(bob.user.drive.file(file?.id ?? '').content.toString()).toBe('as it was')
    expect(replaced.conflicts.flatMap(({ texts }) => texts).join()).toContain('lies in')
  })

  it('turns Office files into documents where that is wanted, and knows them again', async () => {
    const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    alice.user.drive.add('Letter.docx', { content: 'PK docx', mimeType: type })
    await saved()
    const wants = { ...bob, account: { ...bob.account, settings: { ...bob.account.settings, files: { convert: true } } } }
    expect(sums(await restore({}, wants))).toEqual([1, 0, 0, 0])
    const file = [...bob.user.drive.files.values()].find(({ name }) => name === 'Letter.docx')
    expect(file?.mimeType).toBe('application/vnd.google-apps.document')
    expect(sums(await restore({ stateFolder: null }, wants))).toEqual([0, 1, 0, 0])
  })

  it.each(['cut', 'truncate'] as const)('makes one document when the answer to its upload is lost (%s)', async (kind) => {
    const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    alice.user.drive.add('Letter.docx', { content: 'PK docx', mimeType: type })
    await saved()
    const wants = { ...bob, account: { ...bob.account, settings: { ...bob.account.settings, files: { convert: true } } } }
    alice.emulator.faults.next(/files\.upload/, { kind })
    alice.emulator.faults.next(/files\.create/, { kind }, 2, /uploadType=resumable/)
    expect(sums(await restore({}, wants))).toEqual([1, 0, 0, 0])
    expect([...bob.user.drive.files.values()].filter(({ name }) => name === 'Letter.docx')).toHaveLength(1)
    expect(alice.emulator.faults.left).toBe(0)
  })

  it('gives each contact its own picture, in whatever order Google answers', async () => {
    for (const name of ['Ada', 'Bob', 'Cleo']) {
      const photo = alice.user.people.addPhoto(Buffer.from(`picture of ${name} `))
      const photos = [{ url: `${alice.emulator.origin}/photos/${photo}=s100` }]
      alice.user.people.add({ names: [{ displayName: name, givenName: name }], photos })
    }
    await saved()
    expect(sums(await restore())).toEqual([3, 0, 0, 0])
    const { people } = bob.user
    const pictures = people.living(people.connections).map(({ names, photos }) => {
      const name = /photos\/(\w+)=/.exec(photos?.[0]?.url ?? '')?.[1] ?? ''
      return [names?.[0]?.displayName, people.photos.get(name)?.toString().slice(0, -2)]
    })
    expect(pictures.sort()).toEqual(['Ada', 'Bob', 'Cleo'].map((name) => [name, `picture of ${name} `]))
  })

  it.each(Object.keys(eventKinds).filter((kind) => kind !== 'bare'))('restores an event to an equal one: %s', async (kind) => {
    const series = (eventKinds[kind] ?? []).map((event) => event.iCalUID)
    for (const event of eventKinds[kind] ?? []) alice.user.calendar.primary.put(event)
    await saved()
    const report = await restore()
    const [created] = sums(report)
    expect(created).toBe(new Set(series.filter((uid) => uid)).size)
    const lost = report.losses.flatMap(({ texts }) => texts)
    expect(lost).toEqual(unequal[kind] ?? [])
    if (lost.length === 0) expect(eventsOf(bob)).toEqual(eventsOf(alice))
    expect(sums(await restore({ stateFolder: null }))[0]).toBe(0)
  })

  it.each([400, 403])('makes an ordinary event of one that Google does not make there (HTTP %d)', async (status) => {
    const times = { start: { dateTime: '2025-03-04T09:00:00Z' }, end: { dateTime: '2025-03-04T17:00:00Z' } }
    alice.user.calendar.primary.put({ summary: 'Away', eventType: 'outOfOffice', ...times })
    await saved()
    const error = new ApiError(status, 'eventTypeRestriction', 'Out of office events are not available to this account.')
    alice.emulator.faults.next(/events\.insert/, { kind: 'error', error })
    const report = await restore()
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(report.losses.flatMap(({ texts }) => texts)).toContain(
      'Google makes no event of this kind here (outOfOffice): it is an ordinary one now.',
    )
    expect(JSON.stringify(eventsOf(bob))).toContain('Away')
    expect(alice.emulator.faults.left).toBe(0)
  })

  it('restores a person with every field to an equal one, also from the card alone', async () => {
    alice.user.people.add(everyField([], []))
    const person = alice.user.people.living(alice.user.people.connections)[0] ?? {}
    await saved()
    const { losses } = await restore()
    expect(personsOf(bob)).toEqual([personText(person)])
    expect(losses.flatMap(({ texts }) => texts)).toEqual(
      expect.arrayContaining(['Google takes no skills.', 'Google takes one of these: birthdays.']),
    )
    const { person: own } = cardPerson(personCard(person, { groups: new Map(), photos: [] }))
    const fields = Object.keys(writablePerson(own).person)
    const wanted = Object.keys(writablePerson(person).person).filter((name) => name !== 'clientData')
    expect(fields.sort()).toEqual(wanted.sort())
  })

  describe('from elsewhere', () => {
    async function savedFromFolder(files: Readonly<Record<string, string>>, wanted: readonly Service[]): Promise<void> {
      const root = await scratchFolder()
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true })
        await writeFile(join(root, path), content)
      }
      const account = { id: alice.account.id, provider: 'archive', services: wanted, settings: { path: root } }
      const report = await backUp(vault, { account, provider: archive, context: testContext })
      expect(report.accounts[0]?.failure).toBeUndefined()
    }

    it('brings mail folders as labels', async () => {
      await savedFromFolder(
        { 'Clients/a.eml': message(1, 'Subject: One\r\n'), 'Clients/b.eml': message(2, 'Subject: Two\r\n') },
        ['mail'],
      )
      expect(sums(await restore())).toEqual([2, 0, 0, 0])
      const labels = mailOf(bob).map((mail) => mail.labels.filter((name) => name !== 'UNREAD').join())
      expect(new Set(labels)).toEqual(new Set(['Clients']))
      expect(sums(await restore({ stateFolder: null }))).toEqual([0, 2, 0, 0])
    })

    it('brings a folder whose name Gmail keeps to itself beside it, once', async () => {
      await savedFromFolder({ 'Chats/a.eml': message(1, 'Subject: One\r\n') }, ['mail'])
      expect(sums(await restore())).toEqual([1, 0, 0, 0])
      const labels = () => mailOf(bob).map((mail) => mail.labels.filter((name) => name !== 'UNREAD').join())
      expect(labels()).toEqual(['Chats (restored)'])
      expect(sums(await restore({ stateFolder: null }))).toEqual([0, 1, 0, 0])
      expect(labels()).toEqual(['Chats (restored)'])
    })

    it('brings cards and events, with what Google has no field for named', async () => {
      const card =
        'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada King\r\nN:King;Ada;;Dr.;\r\nEMAIL;TYPE=HOME:ada@example.org\r\nTEL;TYPE=CELL:+44 1\r\nBDAY:--12-10\r\nitem1.TEL:1843\r\nitem1.X-ABLabel:Workshop\r\nCATEGORIES:Chess\r\nX-SHOE-SIZE:38\r\nEND:VCARD\r\n'
      const event =
        'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:tea@example.org\r\nDTSTAMP:20250101T000000Z\r\nDTSTART;TZID=W. Europe Standard Time:20250304T100000\r\nDURATION:PT90M\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=W. Europe Standard Time:20250311T100000\r\nSUMMARY:Tea\\, with cake\r\nGEO:1;2\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Tea\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
      await savedFromFolder({ 'family.vcf': card, 'family.ics': event }, ['contacts', 'calendar'])
      const report = await restore()
      expect(sums(report)).toEqual([2, 0, 0, 0])
      expect(report.losses.flatMap(({ texts }) => texts)).toEqual(
        expect.arrayContaining(['Google has no field for X-SHOE-SIZE.', 'Google has no field for GEO.']),
      )
      const [ada] = bob.user.people.living(bob.user.people.connections)
      expect(ada).toMatchObject({
        names: [{ familyName: 'King', givenName: 'Ada', honorificPrefix: 'Dr.' }],
        emailAddresses: [{ value: 'ada@example.org', type: 'home' }],
        phoneNumbers: [
          { value: '+44 1', type: 'mobile' },
          { value: '1843', type: 'Workshop' },
        ],
        birthdays: [{ date: { month: 12, day: 10 } }],
      })
      const events = [...bob.user.calendar.calendars.values()].flatMap((calendar) => [...calendar.events.values()])
      expect(events.map((entry) => entry.event)).toMatchObject([
        {
          iCalUID: 'tea@example.org',
          summary: 'Tea, with cake',
          start: { dateTime: '2025-03-04T10:00:00+01:00', timeZone: 'Europe/Berlin' },
          end: { dateTime: '2025-03-04T11:30:00+01:00', timeZone: 'Europe/Berlin' },
          recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20250311T100000'],
          reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
        },
      ])
      expect(sums(await restore({ stateFolder: null }))).toEqual([0, 2, 0, 0])
    })

    it('gives times of no zone that of the calendar, and says so', async () => {
      const lines = (uid: string, more: string) =>
        `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250704T100000\r\nDTEND:20250704T110000\r\n${more}END:VEVENT\r\n`
      const series = lines('series', 'RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20250705T100000\r\n')
      const changed =
        'BEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20250101T000000Z\r\nRECURRENCE-ID:20250706T100000\r\nDTSTART:20250706T120000\r\nDTEND:20250706T130000\r\nEND:VEVENT\r\n'
      const calendar = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${lines('single', '')}${series}${changed}END:VCALENDAR\r\n`
      await savedFromFolder({ 'tea.ics': calendar }, ['calendar'])
      const report = await restore()
      expect(sums(report)).toEqual([2, 0, 0, 0])
      expect(report.losses.flatMap(({ texts }) => texts)).toContain(
        'Google wants a time zone for every event: where there was none, it is that of the calendar now.',
      )
      const events = [...bob.user.calendar.calendars.values()].flatMap((one) =>
        [...one.events.values()].map(({ event }) => event),
      )
      const start = { dateTime: '2025-07-04T10:00:00+02:00', timeZone: 'Europe/Berlin' }
      expect(events).toMatchObject([
        { iCalUID: 'single', start },
        { iCalUID: 'series', start, recurrence: ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20250705T100000'] },
        { start: { dateTime: '2025-07-06T12:00:00+02:00' }, originalStartTime: { dateTime: '2025-07-06T10:00:00+02:00' } },
      ])
      expect(sums(await restore({ stateFolder: null }))).toEqual([0, 2, 0, 0])
    })

    it('brings the words of parameters as they are: an address as on its label, a guest with quotation marks', async () => {
      const card =
        'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:Ada\r\nN:;Ada;;;\r\nADR;LABEL="Hauptstra\u00dfe 1^nK\u00f6ln":;;Hauptstra\u00dfe 1;K\u00f6ln;;;\r\nEND:VCARD\r\n'
      const event =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:tea\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250304T100000Z\r\nATTENDEE;CN=J\u00f6rg ^'Joe^' M.:mailto:joe@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
      await savedFromFolder({ 'family.vcf': card, 'family.ics': event }, ['contacts', 'calendar'])
      expect(sums(await restore())).toEqual([2, 0, 0, 0])
      const [ada] = bob.user.people.living(bob.user.people.connections)
      expect(ada?.addresses?.[0]?.formattedValue).toBe('Hauptstra\u00dfe 1\nK\u00f6ln')
      const events = [...bob.user.calendar.calendars.values()].flatMap((one) => [...one.events.values()])
      expect(events[0]?.event.attendees?.[0]?.displayName).toBe('J\u00f6rg "Joe" M.')
    })

    it('brings a birthday of which Apple does not know the year', async () => {
      const card =
        'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada\r\nN:;Ada;;;\r\nBDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-12-10\r\nEND:VCARD\r\n'
      await savedFromFolder({ 'family.vcf': card }, ['contacts'])
      await restore()
      const [ada] = bob.user.people.living(bob.user.people.connections)
      expect(ada?.birthdays?.map(({ date }) => date)).toEqual([{ month: 12, day: 10 }])
    })
  })
})
