import type { Event, RecurrencePattern } from '@microsoft/microsoft-graph-types'
import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { findIana, WINDOWS_TO_IANA_MAP } from 'windows-iana'
import { readResource } from '../../../src/formats/ical.ts'
import { eventObject as googleObject } from '../../../src/providers/google/event-ical.ts'
import { type EventSeries, eventObject } from '../../../src/providers/microsoft/event-ical.ts'
import { icalEvents } from '../../../src/providers/microsoft/ical-event.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { eventKinds } from '../../fixtures/google-events.ts'
import { allDay, changedSeries, everyPattern, meeting, patterns, series } from '../../fixtures/microsoft-events.ts'
import { otherParsersMissing, readByOthers } from '../../fixtures/other-parsers.ts'

const single = (event: Event): EventSeries => ({ master: event, exceptions: [] })
const linesOf = (object: Buffer): string[] => object.toString('utf8').replace(/\r\n /g, '').split('\r\n')
const eventLines = (one: EventSeries): string[] => {
  const lines = linesOf(eventObject(one))
  return lines.slice(lines.indexOf('BEGIN:VEVENT'))
}

const kinds: Readonly<Record<string, EventSeries>> = {
  ...{ meeting: single(meeting), allDay: single(allDay), changedSeries },
  ...Object.fromEntries(patterns.map(([rule, event]) => [rule, single(event)])),
}

describe('the iCalendar object of an event', () => {
  it('says everything of a meeting', () => {
    expect(eventLines(single(meeting))).toEqual([
      'BEGIN:VEVENT',
      'UID:040000008200E00074C5B7101A82E00800',
      'DTSTAMP:20250102T030405Z',
      'DTSTART;TZID=Europe/Berlin:20250304T100000',
      'DTEND;TZID=Europe/Berlin:20250304T113000',
      'SUMMARY:Plan\\; the "big" one\\, \\\\o/',
      'DESCRIPTION:Agenda\\n1. Begin & end',
      'X-ALT-DESC;FMTTYPE=text/html:<html><body><b>Agenda</b><br>1. Begin &amp\\; end</body></html>',
      'STATUS:TENTATIVE',
      'TRANSP:OPAQUE',
      'X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE',
      'CLASS:PRIVATE',
      'X-MICROSOFT-SENSITIVITY:PERSONAL',
      'PRIORITY:1',
      'CATEGORIES:Red\\, hot,Work',
      'CREATED:20250101T000000Z',
      'LAST-MODIFIED:20250102T030405Z',
      'LOCATION:Room 7\\, Berlin\\; Main 1\\, Paris',
      'GEO:52.52;13.405',
      "ORGANIZER;CN=Alice ^'A^' Example:mailto:alice@example.com",
      'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:carol@example.com',
      'ATTENDEE;CN="Bob; B";ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE:mailto:bob@example.com',
      'ATTENDEE;CN=Room 7;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:room7@example.com',
      'CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://teams.example.com/l/1',
      'CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL=Conference id 123:tel:+49-30-1',
      'X-MICROSOFT-DISALLOW-COUNTER:TRUE',
      'X-MICROSOFT-HIDE-ATTENDEES:TRUE',
      'ATTACH;FMTTYPE=text/plain;FILENAME="Notes, first.txt";ENCODING=BASE64;VALUE=BINARY:aGVsbG8=',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-PT15M',
      'DESCRIPTION:Plan\\; the "big" one\\, \\\\o/',
      'END:VALARM',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ])
  })

  it('has days for a whole day', () => {
    expect(eventLines(single(allDay))).toEqual(
      expect.arrayContaining([
        ...['DTSTART;VALUE=DATE:20250304', 'DTEND;VALUE=DATE:20250306', 'TRANSP:TRANSPARENT', 'CLASS:CONFIDENTIAL', 'PRIORITY:9'],
      ]),
    )
  })

  it.each([...patterns, ...everyPattern])('has the rule %s', (rule, event) => {
    expect(eventLines(single(event))).toContain(`RRULE:${rule}`)
  })

  it.each(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const)(
    'keeps %s as the first day of the week, there and back',
    (firstDayOfWeek) => {
      const event = series({ type: 'weekly', interval: 2, daysOfWeek: ['tuesday'], firstDayOfWeek })
      expect(eventLines(single(event)).join()).toContain(`WKST=${firstDayOfWeek.slice(0, 2).toUpperCase()}`)
      expect(icalEvents(eventObject(single(event)))?.master?.event.recurrence).toEqual(event.recurrence)
    },
  )

  it('knows the zones of Windows by the names that all know, and none of them moves an event', () => {
    const names = [...new Set(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => windowsName))]
    expect(names.length).toBeGreaterThan(130)
    for (const name of names)
      for (const time of ['2025-01-15T10:00:00', '2025-07-15T10:00:00']) {
        const start = { dateTime: `${time}.0000000`, timeZone: 'UTC' }
        const event = { ...series({ type: 'daily' }, { recurrenceTimeZone: name }), originalStartTimeZone: name, start }
        const calendar = new ICAL.Component(ICAL.parse(eventObject(single(event)).toString('utf8')) as unknown[])
        const found = new ICAL.Event(calendar.getFirstSubcomponent('vevent') ?? calendar).startDate
        const expected = name === 'UTC' ? 'UTC' : findIana(name)[0]
        expect([name, found.zone?.tzid, found.toUnixTime() * 1_000]).toEqual([name, expected, Date.parse(`${time}Z`)])
      }
  })

  it('names changed and cancelled occurrences in the zone of the series, on both sides of a change of the clocks', () => {
    const lines = eventLines(changedSeries)
    expect(lines).toContain('EXDATE;TZID=Europe/Berlin:20250401T100000')
    expect(lines).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20250311T100000')
    expect(lines).toContain('DTSTART;TZID=Europe/Berlin:20250312T140000')
    const uids = lines.filter((line) => line.startsWith('UID:'))
    expect(new Set(uids)).toEqual(new Set(['UID:040000008200E00074C5B7101A82E00800']))
  })

  it('ends a series of whole days on a day', () => {
    const weekly = series({ type: 'weekly', daysOfWeek: ['tuesday'] }, { type: 'endDate', endDate: '2025-06-10' })
    expect(eventLines(single({ ...allDay, type: 'seriesMaster', recurrence: weekly.recurrence ?? null }))).toContain(
      'RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU;UNTIL=20250610',
    )
  })

  it('is in UTC where the zone is one that somebody made up', () => {
    const custom = { ...meeting, originalStartTimeZone: 'tzone://Microsoft/Custom', originalEndTimeZone: 'Customized Time Zone' }
    expect(eventLines(single(custom))).toEqual(expect.arrayContaining(['DTSTART:20250304T090000Z', 'DTEND:20250304T103000Z']))
  })

  // MAPI's TZREG: bias, bias of standard time, bias of daylight saving time; then a year and a SYSTEMTIME for each of them.
  const rules = (biases: readonly number[], standard: readonly number[], daylight: readonly number[]) => {
    const octets = Buffer.alloc(48)
    for (const [n, bias] of biases.entries()) octets.writeInt32LE(bias, 4 * n)
    for (const [n, value] of standard.entries()) octets.writeUInt16LE(value, 14 + 2 * n)
    for (const [n, value] of daylight.entries()) octets.writeUInt16LE(value, 32 + 2 * n)
    return { id: 'Binary {00062002-0000-0000-C000-000000000046} Id 0x8233', value: octets.toString('base64') }
  }
  const called = (value: string) => ({ id: 'String {00062002-0000-0000-c000-000000000046} Id 0x8234', value })

  it.each([
    ['what the other program calls it', [called('America/Chicago')], 'America/Chicago', '030000'],
    [
      'its rules, in the north',
      [called('Customized Time Zone'), rules([-60, 0, -60], [0, 10, 0, 5, 3], [0, 3, 0, 5, 2])],
      'Europe/Berlin',
      '100000',
    ],
    ['its rules, in the south', [rules([-600, 0, -60], [0, 4, 0, 1, 3], [0, 10, 0, 1, 2])], 'Australia/Sydney', '200000'],
    ['its rules, without a change', [rules([-330, 0, 0], [], [])], 'Asia/Calcutta', '143000'],
  ])('knows a custom zone by %s', (_name, singleValueExtendedProperties, zone, time) => {
    const custom = {
      ...series({ type: 'daily' }, { recurrenceTimeZone: 'Customized Time Zone' }),
      ...{ originalStartTimeZone: 'tzone://Microsoft/Custom', singleValueExtendedProperties },
    }
    expect(eventLines(single(custom)).join('\n')).toMatch(new RegExp(`^DTSTART;TZID=${zone}:20250304T${time}`, 'm'))
  })

  it.each([
    ['W. Europe Standard Time', '2025-03-10T23:00:00Z'],
    ['Pacific Standard Time', '2025-03-11T07:00:00Z'],
    ['UTC', '2025-03-11T00:00:00Z'],
    // Guests are not told it.
    ['', '2025-03-10T23:00:00Z'],
    ['', '2025-03-11T07:00:00Z'],
    ['', '2025-03-10T11:00:00Z'],
  ])('names a changed whole day of a series in “%s” by its day, which Graph tells as %s', (recurrenceTimeZone, originalStart) => {
    const { recurrence = null } = series({ type: 'weekly', daysOfWeek: ['tuesday'] }, { recurrenceTimeZone })
    const utc = { originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' }
    const master: Event = { ...allDay, ...utc, type: 'seriesMaster', recurrence }
    const changed: Event = { ...allDay, ...utc, type: 'exception', originalStart, subject: 'Changed' }
    expect(eventLines({ master, exceptions: [changed] })).toContain('RECURRENCE-ID;VALUE=DATE:20250311')
  })

  it('tells of an attachment that Microsoft does not give out', () => {
    const attachments = [{ '@odata.type': '#microsoft.graph.itemAttachment', name: 'Mail', size: 9 }] as Event['attachments'] &
      object
    expect(eventLines(single({ ...meeting, attachments }))).toContain(
      'COMMENT:Attached at Microsoft and not saved: Mail (9 bytes)',
    )
  })

  it.each(Object.entries(kinds))('of %s is read by ical.js and our own reader', (_name, one) => {
    const object = eventObject(one)
    for (const line of object.toString('utf8').split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    expect(readResource(object)).not.toBeNull()
    const calendar = new ICAL.Component(ICAL.parse(object.toString('utf8')) as unknown[])
    expect(calendar.getAllSubcomponents('vevent')).toHaveLength(1 + one.exceptions.length)
  })

  it.each<readonly [string, RecurrencePattern, readonly string[]]>([
    ['every third day', { type: 'daily', interval: 3 }, ['2025-01-30', '2025-02-02', '2025-02-05']],
    [
      'Monday and Thursday of every other week that begins on Sunday',
      { type: 'weekly', interval: 2, daysOfWeek: ['monday', 'thursday'], firstDayOfWeek: 'sunday' },
      ['2025-01-30', '2025-02-10', '2025-02-13'],
    ],
    ['the last day', { type: 'absoluteMonthly', dayOfMonth: 31 }, ['2025-01-31', '2025-02-28', '2025-03-31']],
    [
      'the last Thursday of every second month',
      { type: 'relativeMonthly', interval: 2, daysOfWeek: ['thursday'], index: 'last' },
      ['2025-01-30', '2025-03-27', '2025-05-29'],
    ],
    ['a day of the year', { type: 'absoluteYearly', dayOfMonth: 30, month: 1 }, ['2025-01-30', '2026-01-30', '2027-01-30']],
    [
      'the last Thursday of January',
      { type: 'relativeYearly', daysOfWeek: ['thursday'], index: 'last', month: 1 },
      ['2025-01-30', '2026-01-29', '2027-01-28'],
    ],
  ])('%s comes on the days that Graph means, as ical.js counts', (_name, pattern, days) => {
    const event = series(pattern, { startDate: days[0] ?? '' })
    const start = { dateTime: `${days[0]}T09:00:00.0000000`, timeZone: 'UTC' }
    const calendar = new ICAL.Component(ICAL.parse(eventObject(single({ ...event, start })).toString('utf8')) as unknown[])
    const vevent = calendar.getFirstSubcomponent('vevent')
    if (vevent === null) throw new Error('no event')
    const found = new ICAL.Event(vevent).iterator()
    expect(days.map(() => `${found.next()}`)).toEqual(days.map((day) => `${day}T10:00:00`))
  })

  describeUnless(otherParsersMissing(), 'by other readers', () => {
    it.each(Object.entries(kinds))('%s is read by vobject and icalendar', (_name, one) => {
      const events = Array.from({ length: 1 + one.exceptions.length }, () => 'VEVENT')
      const zones = one === kinds['allDay'] ? [] : ['VTIMEZONE']
      expect(readByOthers('vobject-ical', eventObject(one)).sort()).toEqual([...events, ...zones])
      expect(readByOthers('icalendar', eventObject(one)).sort()).toEqual([...events, ...zones])
    })
  })

  it('lets nobody write lines of their own', () => {
    const evil = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:Mallory\u2028'
    const event: Event = {
      ...{ ...meeting, subject: evil, iCalUId: evil, location: { displayName: evil }, locations: [], categories: [evil] },
      ...{ attendees: [{ emailAddress: { name: evil, address: evil } }], onlineMeetingUrl: evil, onlineMeeting: null },
      ...{ originalStartTimeZone: evil, body: { contentType: 'text', content: evil } },
      attachments: [{ name: evil, contentType: evil, contentBytes: evil } as NonNullable<Event['attachments']>[number]],
    }
    const lines = linesOf(eventObject(single(event)))
    expect(lines.filter((line) => /^(BEGIN|END):V(EVENT|CALENDAR)/.test(line))).toHaveLength(4)
    expect(readResource(eventObject(single(event)))).not.toBeNull()
  })
})

describe('an event made of an iCalendar object', () => {
  it.each(patterns)('%s: is the pattern that it was made of', (rule, event) => {
    const made = icalEvents(eventObject(single(event)))
    const isClamped = /BYMONTHDAY=30/.test(rule)
    expect(made?.losses).toEqual(isClamped ? ['Where a month has no such day, Outlook puts the event on its last one.'] : [])
    const range = { ...event.recurrence?.range }
    expect(made?.master?.event.recurrence).toEqual({ pattern: event.recurrence?.pattern, range })
    expect(made?.master?.event).toMatchObject({
      start: { dateTime: '2025-03-04T10:00:00', timeZone: 'W. Europe Standard Time' },
      end: { dateTime: '2025-03-04T11:30:00', timeZone: 'W. Europe Standard Time' },
    })
  })

  it.each(everyPattern)('%s, of any kind and end: is what it was made of', (_rule, event) => {
    expect(icalEvents(eventObject(single(event)))?.master?.event.recurrence).toEqual(event.recurrence)
  })

  it('is a meeting again, with its attachment, and without those who would be sent an invitation', () => {
    const made = icalEvents(eventObject(single(meeting)))
    const { subject, body, categories, showAs, sensitivity, importance, reminderMinutesBeforeStart } = meeting
    expect(made?.uid).toBe('040000008200E00074C5B7101A82E00800')
    expect(made?.master?.event).toMatchObject({
      subject,
      body,
      categories,
      showAs,
      sensitivity,
      importance,
      reminderMinutesBeforeStart,
    })
    expect(made?.master?.event.attendees).toBeUndefined()
    expect(made?.master?.invited).toHaveLength(3)
    expect(made?.master?.attachments.map(({ name, octets }) => [name, String(octets)])).toEqual([['Notes, first.txt', 'hello']])
    expect(made?.losses).toEqual(['Outlook has no field for CONFERENCE.'])
  })

  it('knows changed and cancelled occurrences by their time in UTC', () => {
    const made = icalEvents(eventObject(changedSeries))
    expect(made?.exceptions.map(({ originalStart, event }) => [originalStart, event.subject])).toEqual([
      ['2025-03-11T09:00:00Z', 'Moved'],
    ])
    expect(made?.cancelled).toEqual(['2025-04-01T08:00:00Z'])
  })

  it.each([
    'FREQ=HOURLY',
    'FREQ=MONTHLY;BYMONTHDAY=1,15',
    'FREQ=YEARLY;BYWEEKNO=20',
    'FREQ=YEARLY;BYMONTH=1,2',
    'FREQ=MONTHLY;BYDAY=MO',
    'FREQ=DAILY;BYMONTH=1',
  ])('says that Outlook cannot repeat by %s', (rule) => {
    const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART:20250131T100000Z\r\nRRULE:${rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
    const made = icalEvents(Buffer.from(text))
    expect(made?.master?.event.recurrence).toBeUndefined()
    expect(made?.losses).toEqual([`Outlook cannot repeat an event in this way (${rule}): only the first is there.`])
  })

  it.each(Object.keys(eventKinds).filter((kind) => kind !== 'cancelled'))("is made of Google's %s", (kind) => {
    const facts = { zone: 'Europe/Berlin', defaultReminders: [], user: 'alice@example.com' }
    const object = googleObject(eventKinds[kind] ?? [], facts)
    if (object === null) return
    const made = icalEvents(object)
    expect(made?.master ?? made?.exceptions[0]).toBeDefined()
    expect(made?.losses.every((loss) => loss.startsWith('Outlook '))).toBe(true)
  })
})
