/** Restores to Microsoft: from a vault of another Microsoft account, of Google, and back to Google. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contact } from '@microsoft/microsoft-graph-types'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../../src/engine/account-backup.ts'
import type { RestoreReport } from '../../../src/engine/restore-report.ts'
import { google } from '../../../src/providers/google/provider.ts'
import { eventObject } from '../../../src/providers/microsoft/event-ical.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { contactText } from '../../../src/providers/microsoft/writable-contact.ts'
import { contactResource } from '../../emulators/microsoft/contacts.ts'
import { eventResource, exceptionResource } from '../../emulators/microsoft/event-resource.ts'
import { documentedErrors } from '../../emulators/microsoft/graph.ts'
import { isWriting } from '../../emulators/microsoft/microsoft.ts'
import { anotherAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { everyField as googleField } from '../../fixtures/google-person.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { everyField } from '../../fixtures/microsoft-contact.ts'
import { meeting, series } from '../../fixtures/microsoft-events.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp, type RestoreChoice, restoreTo } from '../../restore/harness.ts'

const services = ['contacts', 'calendar', 'files'] as const
const asked = { headers: { prefer: 'IdType="ImmutableId"' }, query: new URLSearchParams() }

const extendedOf = ({ singleValueExtendedProperties: all }: Contact) => (all ? { singleValueExtendedProperties: all } : {})

describe('a restore to Microsoft', () => {
  let alice: MicrosoftAccount
  let bob: MicrosoftAccount
  let vault: string

  beforeEach(async () => {
    alice = await startMicrosoftAccount({}, { services })
    bob = await anotherMicrosoftAccount(alice, { email: 'bob@example.com', services, forRestore: true })
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: MicrosoftAccount): Connection => ({ account, provider, context: { ...context } })
  const restore = (choice: RestoreChoice = {}, to = bob) =>
    restoreTo(vault, connectionOf(to), { account: alice.account.id, ...choice })
  const saved = async (connection = connectionOf(alice)) => {
    const report = await backUp(vault, connection)
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.accounts[0]?.pending).toEqual([])
  }
  const sums = (report: RestoreReport) => {
    expect(report.failure).toBeUndefined()
    const add = (member: 'created' | 'alreadyThere' | 'conflicts' | 'failed') =>
      report.collections.reduce((sum, collection) => sum + collection[member], 0)
    return [add('created'), add('alreadyThere'), add('conflicts'), add('failed')]
  }
  const lossesIn = (report: RestoreReport) => JSON.stringify(report)

  function fill(): void {
    const { contacts, calendar, drive } = alice.user
    const ada = contacts.add(everyField())
    contacts.setPhoto(ada.id, Buffer.from('\xff\xd8picture', 'latin1'))
    contacts.add({ displayName: 'Bob', emailAddresses: [{ address: 'bob@example.org' }] }, contacts.addFolder('Chess club'))
    calendar.put(meeting, calendar.main, [...(meeting.attachments ?? [])])
    const weekly = series(
      { type: 'weekly', daysOfWeek: ['tuesday'], firstDayOfWeek: 'monday' },
      { type: 'numbered', numberOfOccurrences: 9 },
    )
    const standup = calendar.put({ ...weekly, subject: 'Standup' }, calendar.add('Trips'))
    const moved = { dateTime: '2025-03-12T13:00:00.0000000', timeZone: 'UTC' }
    const end = { dateTime: '2025-03-12T14:00:00.0000000', timeZone: 'UTC' }
    calendar.changeOccurrence(standup.id, '2025-03-11T09:00:00Z', { subject: 'Late standup', start: moved, end })
    calendar.cancelOccurrence(standup.id, '2025-04-01T08:00:00Z')
    drive.add('to the bank.txt', Buffer.from('Dear bank'), drive.folder(['Letters']), '2024-05-06T07:08:09.000Z')
    drive.add('large.bin', Buffer.alloc(11 << 20, 'octets'))
    drive.add('empty', Buffer.alloc(0))
  }

  const contactsOf = ({ user: { contacts } }: MicrosoftAccount) =>
    [...contacts.contacts.values()]
      .map((stored) => [
        contacts.folders.get(stored.folderId)?.displayName,
        contactText({ ...contactResource(asked, stored), ...extendedOf(stored.contact) }),
        stored.photo?.toString('latin1'),
      ])
      .sort()

  /** What their calendars say, without what is told when an event is made. */
  const eventsOf = ({ user: { calendar } }: MicrosoftAccount) =>
    [...calendar.calendars.values()].map(({ entry, events }) => {
      const texts = [...events.values()].map((stored) => {
        const exceptions = [...stored.exceptions.keys()].map((start) => exceptionResource(asked, stored, start))
        const master = { ...eventResource(asked, stored), attachments: stored.attachments }
        const text = eventObject({ master, exceptions }).toString('utf8').replace(/\r\n /g, '')
        return text
          .split('\r\n')
          .filter((line) => !/^(?:UID|DTSTAMP|CREATED|LAST-MODIFIED|ATTENDEE|ORGANIZER|CONFERENCE|X-MICROSOFT-HIDE)/.test(line))
      })
      return [entry.name, texts.sort()]
    })

  const filesOf = ({ user: { drive } }: MicrosoftAccount, top: string) =>
    [...drive.items.values()]
      .flatMap((item) => {
        if (item.content === null) return []
        const sum = createHash('sha256').update(item.content).digest('hex')
        return [[drive.pathOf(item).join('/').replace(top, ''), sum, Date.parse(item.modified)]]
      })
      .sort()

  it('brings everything of one account into another, invites nobody, and a repeat adds nothing', async () => {
    fill()
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([2 + 2 + 3, 0, 0, 0])
    expect(contactsOf(bob)).toEqual(contactsOf(alice))
    expect(eventsOf(bob)).toEqual(eventsOf(alice))
    expect(filesOf(bob, 'Restored by Lifeboat/OneDrive/')).toEqual(filesOf(alice, ''))
    expect(bob.user.calendar.invitations).toEqual([])
    expect(lossesIn(report)).toContain('3 guests were left out: Microsoft would send an invitation.')
    expect(lossesIn(report)).toContain('identifier of its own (iCalUId)')

    expect(sums(await restore())).toEqual([0, 7, 0, 0])
    // Also on a computer that knows nothing of the first time.
    expect(sums(await restore({ stateFolder: null }))).toEqual([0, 7, 0, 0])
    expect(contactsOf(bob)).toEqual(contactsOf(alice))
  })

  it('adds the picture of a contact that a broken restore left without it, and says so', async () => {
    const { contacts } = alice.user
    contacts.setPhoto(contacts.add(everyField()).id, Buffer.from('\xff\xd8picture', 'latin1'))
    await saved()
    alice.emulator.faults.always(/profilePhoto\.update/, { kind: 'error', error: documentedErrors.accessDenied() })
    await restore()
    alice.emulator.faults.clear()
    const pictures = () => [...bob.user.contacts.contacts.values()].map(({ photo }) => photo !== null)
    expect(pictures()).toEqual([false])
    expect(JSON.stringify(await restore({ dryRun: true }))).toContain('It is there without its picture; that would be added.')
    expect(pictures()).toEqual([false])
    expect(JSON.stringify(await restore())).toContain('It was there without its picture; that was added.')
    expect(contactsOf(bob)).toEqual(contactsOf(alice))
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
  })

  it('adds a large attachment of an event in parts', async () => {
    const contentBytes = Buffer.alloc(5 << 20, 'attached').toString('base64')
    const file = {
      '@odata.type': '#microsoft.graph.fileAttachment',
      name: 'plan.pdf',
      contentType: 'application/pdf',
      contentBytes,
    }
    const { calendar } = alice.user
    calendar.put({ ...meeting, attendees: [] }, calendar.main, [file as NonNullable<(typeof meeting)['attachments']>[number]])
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(alice.emulator.requests.filter(({ method }) => method === 'attachment.upload')).toHaveLength(2)
    const [event] = bob.user.calendar.main.events.values()
    expect(event?.attachments).toMatchObject([{ name: 'plan.pdf', contentType: 'application/pdf', contentBytes }])
    expect(lossesIn(report)).not.toContain('too large')
  })

  it.each(['event.createUploadSession', 'event.post.attachments', 'event.update', 'event.delete'])(
    'finishes events whose restore broke off at %s, says so, and then finds them whole',
    async (method) => {
      fill()
      const contentBytes = Buffer.alloc(5 << 20, 'attached').toString('base64')
      const file = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'plan.pdf', contentType: 'application/pdf' }
      const attachments = [...(meeting.attachments ?? []), { ...file, contentBytes }]
      alice.user.calendar.put(
        { ...meeting, iCalUId: '040000008200E00074C5B7101A82E00810', subject: 'With a plan', attendees: [] },
        alice.user.calendar.main,
        attachments,
      )
      await saved()
      const events = { selection: { services: ['calendar'] } } as const
      alice.emulator.faults.always(new RegExp(method.replaceAll('.', '\\.')), {
        kind: 'error',
        error: documentedErrors.invalidToken(),
      })
      const broken = await restore(events)
      expect(broken.collections.reduce((sum, { created }) => sum + created, 0)).toBeLessThan(3)
      alice.emulator.faults.clear()
      expect(JSON.stringify(await restore({ ...events, dryRun: true }))).toContain(
        'It is there in part; what is missing would be added.',
      )
      const report = await restore(events)
      expect(JSON.stringify(report)).toContain('It was there in part; what was missing was added.')
      expect(eventsOf(bob)).toEqual(eventsOf(alice))
      expect(lossesIn(report)).not.toContain('An occurrence is as the series has it')
      expect(sums(await restore(events))).toEqual([0, 3, 0, 0])
    },
  )

  it('leaves no secret in the report, the vault or the notes of a restore', async () => {
    fill()
    await saved()
    const notes = await scratchFolder()
    alice.emulator.faults.next(/contact\.post/, { kind: 'expire' })
    alice.emulator.faults.next(/calendar\.post\.events/, { kind: 'error', error: documentedErrors.accessDenied() }, 9)
    alice.emulator.faults.next(/createUploadSession/, { kind: 'cut' })
    const reports = [await restore({ stateFolder: notes }), await restore({ stateFolder: notes, dryRun: true })]
    const secrets = alice.emulator.signIn.secretsGivenOut().filter((text) => text.length > 8)
    expect(secrets.length).toBeGreaterThan(5)
    const texts = [JSON.stringify(reports)]
    for (const folder of [vault, notes])
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'latin1'))
    expect(texts.length).toBeGreaterThan(5)
    expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([])
  })

  it('keeps the UIDs for the next backup', async () => {
    fill()
    await saved()
    await restore()
    const second = join(await scratchFolder(), 'second')
    await backUp(second, connectionOf(bob))
    const third = await restoreTo(second, connectionOf(bob), { account: bob.account.id })
    const events = third.collections.filter(({ service }) => service === 'calendar')
    expect(events.reduce((sum, { alreadyThere }) => sum + alreadyThere, 0)).toBe(2)
  })

  it('finds everything in the account that it came from', async () => {
    fill()
    await saved()
    const writer = await anotherMicrosoftAccount(alice, { email: 'carol@example.com', services, forRestore: true })
    Object.assign(writer.user, { contacts: alice.user.contacts, calendar: alice.user.calendar })
    const report = await restore({ selection: { services: ['contacts', 'calendar'] } }, writer)
    expect(sums(report)).toEqual([0, 4, 0, 0])
  })

  it('writes nothing in a dry run and says what it would do', async () => {
    fill()
    await saved()
    alice.emulator.requests.length = 0
    expect(sums(await restore({ dryRun: true }))).toEqual([7, 0, 0, 0])
    expect(alice.emulator.requests.filter(isWriting)).toEqual([])
  })

  it('can be rehearsed: everything goes below a name of its own, and leaves nothing behind', async () => {
    fill()
    await saved()
    expect(sums(await restore({ into: 'Rehearsal' }))).toEqual([7, 0, 0, 0])
    expect(filesOf(bob, 'Rehearsal/OneDrive/')).toEqual(filesOf(alice, ''))
    const calendars = [...bob.user.calendar.calendars.values()].map(({ entry }) => entry.name)
    expect(calendars).toEqual(['Calendar', 'Rehearsal – Calendar', 'Rehearsal – Trips'])
    const options = { into: ['Rehearsal'], conflict: 'skip' as const, dryRun: false, keep: async () => '' }
    for (const service of services) {
      const target = provider.target?.(bob.account, service, { ...bob.context }, options)
      await target?.discard?.(
        calendars.map((name) => [name ?? '']),
        new AbortController().signal,
      )
      await target?.close()
    }
    expect(contactsOf(bob)).toEqual([])
    expect([...bob.user.calendar.calendars.values()].map(({ entry }) => entry.name)).toEqual(['Calendar'])
    expect(bob.user.drive.items.size).toBe(1)
    expect(bob.user.contacts.folders.size).toBe(1)
  })

  it('makes nothing twice where the answer to a new thing was lost', async () => {
    fill()
    await saved()
    for (const method of [/contact\.post/, /calendar\.post\.events/, /contactFolder\.post/])
      alice.emulator.faults.next(method, { kind: 'truncate' })
    alice.emulator.faults.next(/uploadSession\.put/, { kind: 'truncate' })
    expect(sums(await restore())).toEqual([7, 0, 0, 0])
    expect(contactsOf(bob)).toEqual(contactsOf(alice))
    expect(eventsOf(bob)).toEqual(eventsOf(alice))
    expect(filesOf(bob, 'Restored by Lifeboat/OneDrive/')).toEqual(filesOf(alice, ''))
  })

  it('puts a calendar beside one of its name that cannot be written', async () => {
    const { calendar } = alice.user
    const add = (subject: string) => calendar.put({ ...meeting, subject, iCalUId: subject }, calendar.add('Holidays'))
    add('first')
    add('second')
    bob.user.calendar.add('Holidays', { canEdit: false })
    await saved()
    const holidays = () =>
      [...bob.user.calendar.calendars.values()]
        .filter(({ entry }) => entry.name?.startsWith('Holidays'))
        .map(({ entry, events }) => [entry.name, events.size])
    expect(sums(await restore()).slice(0, 2)).toEqual([2, 0])
    expect(holidays()).toEqual([
      ['Holidays', 0],
      ['Holidays (2)', 2],
    ])
    expect(sums(await restore()).slice(0, 2)).toEqual([0, 2])
    expect(holidays()).toHaveLength(2)
  })

  it('takes a calendar whose name differs in upper and lower case for the same, as Exchange does', async () => {
    const { calendar } = alice.user
    calendar.put({ ...meeting, subject: 'first', iCalUId: 'first' }, calendar.add('Holidays'))
    const there = bob.user.calendar.add('HOLIDAYS')
    await saved()
    expect(sums(await restore()).slice(0, 2)).toEqual([1, 0])
    expect(there.events.size).toBe(1)
  })

  it('brings series of whole days and of zones that somebody made up, wherever they are from, and a repeat adds nothing', async () => {
    const { calendar } = alice.user
    const midnight = (day: string) => ({ dateTime: `2025-03-${day}T00:00:00.0000000`, timeZone: 'UTC' })
    const weekly = (recurrenceTimeZone: string) =>
      series(
        { type: 'weekly', daysOfWeek: ['tuesday'], firstDayOfWeek: 'monday' },
        { type: 'numbered', numberOfOccurrences: 5, recurrenceTimeZone },
      )
    for (const [subject, zone, changed, cancelled] of [
      ['Bins', 'W. Europe Standard Time', '2025-03-10T23:00:00Z', '2025-03-17T23:00:00Z'],
      ['Rent', 'Pacific Standard Time', '2025-03-11T07:00:00Z', '2025-03-18T07:00:00Z'],
    ] as const) {
      const whole = { isAllDay: true, start: midnight('04'), end: midnight('05') }
      const { id } = calendar.put({ ...weekly(zone), ...whole, subject, iCalUId: subject })
      calendar.changeOccurrence(id, changed, { subject: `Late ${subject}`, start: midnight('12'), end: midnight('13') })
      calendar.cancelOccurrence(id, cancelled)
    }
    const custom = { originalStartTimeZone: 'tzone://Microsoft/Custom', originalEndTimeZone: 'tzone://Microsoft/Custom' }
    calendar.put({ ...weekly('tzone://Microsoft/Custom'), ...custom, subject: 'Call', iCalUId: 'Call' })
    const before = eventsOf(alice)
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([3, 0, 0, 0])
    expect(lossesIn(report)).not.toContain('no occurrence')
    expect(eventsOf(bob)).toEqual(before)
    expect(sums(await restore())).toEqual([0, 3, 0, 0])
  })

  it('gives files another name that OneDrive does not take, and says so', async () => {
    const { drive } = alice.user
    // As they come from other drives.
    for (const name of ['~$plan.docx', '.lock', 'my_vti_file.txt', 'CON.txt', "Anna's copy (2)!.txt", 'empty (3)'])
      drive.add(name, Buffer.from(name.startsWith('empty') ? '' : name))
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([6, 0, 0, 0])
    const top = 'Restored by Lifeboat/OneDrive'
    const names = filesOf(bob, top).map((line) => JSON.stringify(line))
    for (const name of ['=7E$plan.docx', '=2Elock', 'my=5Fvti_file.txt', '=43ON.txt', "Anna's copy (2)!.txt", 'empty (3)'])
      expect(names).toContainEqual(expect.stringContaining(name))
    expect(lossesIn(report)).toContain('OneDrive does not take the name .lock: it is =2Elock there.')
    expect(sums(await restore())).toEqual([0, 6, 0, 0])
  })

  it('makes a folder that holds nothing, and a repeat makes no second one', async () => {
    alice.user.drive.folder(['Letters', 'Unanswered'])
    await saved()
    const pathsOf = () => {
      const { drive } = bob.user
      return [...drive.items.values()].map((item) => drive.pathOf(item).join('/')).sort()
    }
    const empty = pathsOf()
    expect(sums(await restore({ dryRun: true }))).toEqual([1, 0, 0, 0])
    expect(pathsOf()).toEqual(empty)
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    const before = pathsOf()
    expect(before).toContain('Restored by Lifeboat/OneDrive/Letters/Unanswered')
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
    expect(sums(await restore({ stateFolder: null }))).toEqual([0, 1, 0, 0])
    expect(pathsOf()).toEqual(before)
    expect(filesOf(bob, '')).toEqual([])
  })

  it('goes on after faults of the server', async () => {
    fill()
    await saved()
    alice.emulator.faults.next(/contact\.post/, { kind: 'error', error: documentedErrors.unavailable(3) }, 2)
    alice.emulator.faults.next(/createUploadSession/, { kind: 'error', error: documentedErrors.tooManyRequests(5) })
    expect(sums(await restore())).toEqual([7, 0, 0, 0])
    expect(contactsOf(bob)).toEqual(contactsOf(alice))
  })

  it('asks for leave to write where only reading was allowed', async () => {
    fill()
    await saved()
    const reader = await anotherMicrosoftAccount(alice, { email: 'dave@example.com', services })
    const report = await restore({}, reader)
    expect(report.failure).toMatchObject({ code: 'permission' })
    expect(alice.emulator.requests.filter(isWriting)).toEqual([])
  })

  it('brings contacts and events of Google, and says what Outlook has no room for', async () => {
    const from = await startGoogleAccount({}, {}, ['contacts', 'calendar'])
    try {
      const { people, calendar } = from.user
      people.add(googleField([], [people.addGroup('Friends')]))
      const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' })
      const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
      calendar.primary.put({ summary: 'Standup', ...times, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] })
      await saved({ account: from.account, provider: google, context: { ...from.context } })
      const report = await restore({ account: from.account.id })
      expect(sums(report)).toEqual([2, 0, 0, 0])
      const [ada] = bob.user.contacts.contacts.values()
      expect(ada?.contact).toMatchObject({ givenName: 'Ada', surname: 'King', spouseName: 'William King' })
      const [standup] = bob.user.calendar.main.events.values()
      expect(standup?.event).toMatchObject({
        ...{ subject: 'Standup', originalStartTimeZone: 'W. Europe Standard Time' },
        recurrence: { pattern: { type: 'weekly', daysOfWeek: ['tuesday'] }, range: { type: 'numbered', numberOfOccurrences: 9 } },
      })
      expect(lossesIn(report)).toContain('Outlook has no field for EXPERTISE.')
      expect(sums(await restore({ account: from.account.id, stateFolder: null }))).toEqual([0, 2, 0, 0])
    } finally {
      await from.emulator.stop()
    }
  })

  it('goes to Google as well', async () => {
    fill()
    await saved()
    const there = await startGoogleAccount({}, {}, ['contacts', 'calendar'])
    try {
      const to = await anotherAccount(there, 'eve@example.com', {}, ['contacts', 'calendar'], true)
      const connection = { account: to.account, provider: google, context: { ...to.context } }
      const report = await restoreTo(vault, connection, { account: alice.account.id })
      const [created, , , failed] = sums(report)
      expect([created, failed]).toEqual([4, 0])
      const persons = to.user.people.living(to.user.people.connections)
      expect(persons.map(({ names }) => names?.[0]?.givenName ?? names?.[0]?.unstructuredName).sort()).toEqual(['Ada', 'Bob'])
      const events = [...to.user.calendar.calendars.values()].flatMap((one) => [...one.events.values()].map(({ event }) => event))
      expect(events.map(({ summary }) => summary)).toEqual(expect.arrayContaining([meeting.subject, 'Standup', 'Late standup']))
      expect(events.find(({ summary }) => summary === 'Standup')?.recurrence?.join()).toContain('FREQ=WEEKLY;BYDAY=TU')
      expect(lossesIn(report)).toContain('Google has no field for CATEGORIES.')
      const again = await restoreTo(vault, connection, { account: alice.account.id, stateFolder: null })
      expect(sums(again)).toEqual([0, 4, 0, 0])
    } finally {
      await there.emulator.stop()
    }
  })
})
