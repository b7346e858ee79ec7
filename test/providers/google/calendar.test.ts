import ICAL from 'ical.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { readResource } from '../../../src/formats/ical.ts'
import { type Event, eventObject } from '../../../src/providers/google/event-ical.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import type { Calendar, CalendarStore } from '../../emulators/google/calendar-store.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { at, eventKinds as kinds, zone } from '../../fixtures/google-events.ts'
import { otherParsersMissing, readByOthers } from '../../fixtures/other-parsers.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

const facts = { zone, defaultReminders: [{ method: 'popup', minutes: 10 }], user: 'alice@example.com' }

const objectOf = (kind: string): Buffer => eventObject(kinds[kind] ?? [], facts) ?? Buffer.alloc(0)
const linesOf = (object: Buffer): string[] => object.toString('utf8').replace(/\r\n /g, '').split('\r\n')

describe('the iCalendar object of an event', () => {
  it('says everything of a meeting', () => {
    const lines = linesOf(objectOf('meeting'))
    expect(lines.slice(lines.indexOf('BEGIN:VEVENT'))).toEqual([
      'BEGIN:VEVENT',
      'UID:e1@google.com',
      'DTSTAMP:20250102T030405Z',
      'DTSTART;TZID=Europe/Berlin:20250304T100000',
      'DTEND;TZID=Europe/Berlin:20250304T113000',
      'SUMMARY:Plan\\; the "big" one\\, \\\\o/',
      'DESCRIPTION:<b>Agenda</b>\\n1. Begin',
      'LOCATION:Room 7\\, Berlin',
      'STATUS:CONFIRMED',
      'TRANSP:TRANSPARENT',
      'CLASS:PRIVATE',
      'SEQUENCE:2',
      'CREATED:20250101T000000Z',
      'LAST-MODIFIED:20250102T030405Z',
      "ORGANIZER;CN=Alice ^'A^' Example:mailto:alice@example.com",
      'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:alice@example.com',
      'ATTENDEE;CN="Bob; B";ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED;X-RESPONSE-COMMENT="On holiday, sorry":mailto:bob@example.com',
      'ATTENDEE;CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;X-NUM-GUESTS=2:mailto:room@resource.calendar.google.com',
      'CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.google.com/abc',
      'CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL=+49 30 1:tel:+49-30-1',
      'ATTACH;FMTTYPE=application/pdf;FILENAME="Notes, first":https://drive.google.com/open?id=1',
      'URL:https://example.org/plan',
      'COLOR:crimson',
      'X-GOOGLE-COLOR-ID:11',
      'BEGIN:VALARM',
      'ACTION:EMAIL',
      'TRIGGER:-PT1440M',
      'DESCRIPTION:Plan\\; the "big" one\\, \\\\o/',
      'SUMMARY:Plan\\; the "big" one\\, \\\\o/',
      'ATTENDEE:mailto:alice@example.com',
      'END:VALARM',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:PT0S',
      'DESCRIPTION:Plan\\; the "big" one\\, \\\\o/',
      'END:VALARM',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ])
    expect(lines).toContain('TZID:Europe/Berlin')
  })

  it('puts exceptions into the zone of the series, and cancelled ones into EXDATE', () => {
    const lines = linesOf(objectOf('series'))
    expect(lines).toContain('EXDATE;TZID=Europe/Berlin:20250317T090000')
    expect(lines).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20250331T090000')
    expect(lines).toContain('DTSTART;TZID=America/New_York:20250331T150000')
    expect(lines.filter((line) => line.startsWith('TZID:'))).toEqual(['TZID:America/New_York', 'TZID:Europe/Berlin'])
    expect(linesOf(objectOf('allDaySeries'))).toContain('EXDATE;VALUE=DATE:20250113')
  })

  it('gives the occurrences that Google would show', () => {
    const calendar = new ICAL.Component(ICAL.parse(objectOf('series').toString('utf8')) as unknown[])
    for (const definition of calendar.getAllSubcomponents('vtimezone')) {
      const tzid = String(definition.getFirstPropertyValue('tzid'))
      ICAL.TimezoneService.register(new ICAL.Timezone({ component: definition, tzid }), tzid)
    }
    const [master, exception] = calendar.getAllSubcomponents('vevent')
    const event = new ICAL.Event(master, { exceptions: exception === undefined ? [] : [exception] })
    const iterator = event.iterator()
    const starts: string[] = []
    for (let next = iterator.next(); next; next = iterator.next())
      starts.push(event.getOccurrenceDetails(next).startDate.toJSDate().toISOString())
    expect(starts).toEqual([
      '2025-03-03T08:00:00.000Z',
      '2025-03-24T08:00:00.000Z',
      '2025-03-31T19:00:00.000Z',
      '2025-04-07T07:00:00.000Z',
    ])
  })

  it('marks what is no ordinary event', () => {
    const marked = ['birthday', 'outOfOffice', 'focusTime', 'workingLocation'].map((kind) =>
      linesOf(objectOf(kind)).filter((line) => /^(CATEGORIES|X-GOOGLE-)/.test(line)),
    )
    expect(marked).toEqual([
      ['CATEGORIES:Birthday', 'X-GOOGLE-EVENT-TYPE:birthday'],
      ['CATEGORIES:Out of office', 'X-GOOGLE-EVENT-TYPE:outOfOffice'],
      ['CATEGORIES:Focus time', 'X-GOOGLE-EVENT-TYPE:focusTime'],
      ['CATEGORIES:Working location', 'X-GOOGLE-EVENT-TYPE:workingLocation', 'X-GOOGLE-WORKING-LOCATION:Building 1'],
    ])
    expect(linesOf(objectOf('openEnd')).some((line) => line.startsWith('DTEND'))).toBe(false)
    expect(linesOf(objectOf('focusTime'))).toContain('DTSTART:20250601T080000Z')
    expect(linesOf(objectOf('occurrenceAlone'))).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20250401T100000')
  })

  it.each(Object.keys(kinds))('can stand in one file with others and is read by ical.js: %s', (kind) => {
    const object = objectOf(kind)
    for (const line of object.toString('utf8').split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    ICAL.parse(object.toString('utf8'))
    // Without a start it is no event that could be put among others.
    if (kind !== 'bare') expect(readResource(object)).not.toBeNull()
  })

  describeUnless(otherParsersMissing(), 'by other readers', () => {
    it.each(Object.keys(kinds).filter((kind) => kind !== 'bare'))('is read by vobject and icalendar: %s', (kind) => {
      const object = objectOf(kind)
      for (const reader of ['vobject-ical', 'icalendar'] as const) expect(readByOthers(reader, object)).toContain('VEVENT')
    })
  })

  it('is none where only cancelled occurrences are left, and lets nobody write lines of their own', () => {
    expect(eventObject([{ id: 'x_1', recurringEventId: 'x', status: 'cancelled' }], facts)).toBeNull()
    const evil = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT'
    const object = eventObject(
      [
        {
          id: evil,
          summary: evil,
          recurrence: [evil, `RRULE:FREQ=DAILY${evil}`],
          attendees: [{ email: evil, displayName: evil }],
          start: at('2025-01-01T00:00:00Z', evil),
          hangoutLink: evil,
          colorId: evil,
        },
      ],
      facts,
    )
    expect(linesOf(object ?? Buffer.alloc(0)).filter((line) => /^(BEGIN|END):VEVENT/.test(line))).toEqual([
      'BEGIN:VEVENT',
      'END:VEVENT',
    ])
  })
})

describe("a backup of Google's calendars", () => {
  let running: GoogleAccount
  let store: CalendarStore
  let calendar: Calendar

  beforeEach(async () => {
    running = await startGoogleAccount({}, {}, ['calendar'])
    store = running.user.calendar
    calendar = store.primary
  })

  afterEach(() => running.emulator.stop())

  const source = (): Source => provider.source(running.account, 'calendar', { ...running.context })
  const mine: Collection = { service: 'calendar', key: 'alice@example.com', path: ['alice@example.com'] }
  const read = (since: Cursor | null, c = mine) => readChanges(source(), c, since)

  /** Listed and fetched by one source, as in a run. */
  async function objects(since: Cursor | null = null): Promise<Map<string, string>> {
    const one = source()
    const { items } = await readChanges(one, mine, since)
    return new Map([...(await readContents(one, mine, items))].map(([key, octets]) => [key, String(octets)]))
  }

  const event = (summary: string): Event => ({
    summary,
    start: at('2025-03-04T10:00:00+01:00'),
    end: at('2025-03-04T11:00:00+01:00'),
  })
  const weekly = (summary: string): Event => ({ ...event(summary), recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'] })

  it('finds own, shared, subscribed and hidden calendars, and says which cannot be read', async () => {
    store.add('team@group.calendar.google.com', {
      summary: 'Team',
      accessRole: 'reader',
      backgroundColor: '#ff0000',
      description: 'Ours',
    })
    store.add('holidays', { summary: 'Holidays', summaryOverride: 'Feiertage', hidden: true, accessRole: 'reader' })
    store.add('boss@example.com', { summary: 'boss@example.com', accessRole: 'freeBusyReader' })
    const found = await collectionsOf(source())
    expect(found.map(({ path, skipped }) => [path[0], skipped !== undefined])).toEqual([
      ['alice@example.com', false],
      ['Team', false],
      ['Feiertage', false],
      ['boss@example.com', true],
    ])
    expect(found[1]?.meta).toEqual({ description: 'Ours', colour: '#ff0000', zone, access: 'reader' })
  })

  it('makes one item of a series and all its exceptions, from pages in any order', async () => {
    const master = calendar.put(weekly('Standup'))
    calendar.exception(master, at('2025-03-11T10:00:00+01:00'), event('Standup moved'))
    const cancelled = calendar.exception(master, at('2025-03-18T10:00:00+01:00'), { status: 'cancelled' })
    expect(cancelled).toContain(master)
    calendar.put(event('Single'))
    const found = await objects()
    expect(found.size).toBe(2)
    expect(found.get(master)).toMatch(/SUMMARY:Standup\r\n.*SUMMARY:Standup moved/s)
    expect(found.get(master)).toContain('EXDATE;TZID=Europe/Berlin:20250318T100000')
  })

  it('adds the reminders of the calendar where an event has them', async () => {
    store.calendars.delete('alice@example.com')
    calendar = store.add('alice@example.com', { summary: 'Alice', defaultReminders: [{ method: 'popup', minutes: 30 }] })
    const id = calendar.put(event('Dinner'))
    expect((await objects()).get(id)).toContain('TRIGGER:-PT30M')
  })

  it('names what has changed, also where only an exception did, and nothing when nothing has', async () => {
    const series = calendar.put(weekly('Standup'))
    const edited = calendar.put(event('Edited'))
    const deleted = calendar.put(event('Deleted'))
    calendar.put(event('Kept'))
    const first = await read(null)
    expect(await read(first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    calendar.edit(edited, { summary: 'Edited again' })
    calendar.delete(deleted)
    calendar.exception(series, at('2025-03-11T10:00:00+01:00'), { status: 'cancelled' })
    const added = calendar.put(event('Added'))
    const second = await read(first.cursor)
    expect(second.items.map(({ key }) => key).sort()).toEqual([series, edited, added].sort())
    expect(second.removed).toEqual([deleted])
    const changed = await objects(first.cursor)
    expect(changed.get(series)).toContain('EXDATE;TZID=Europe/Berlin:20250311T100000')
    expect(changed.get(edited)).toContain('SUMMARY:Edited again')
    // A full listing finds the same versions, so nothing is fetched twice.
    const versions = new Map((await read(null)).items.map(({ key, version }) => [key, version]))
    for (const { key, version } of second.items) expect(versions.get(key)).toBe(version)
  })

  it('lets a series go whose master was deleted', async () => {
    const series = calendar.put(weekly('Standup'))
    calendar.exception(series, at('2025-03-11T10:00:00+01:00'), { status: 'cancelled' })
    const { cursor } = await read(null)
    calendar.delete(series)
    expect((await read(cursor)).removed).toEqual([series])
    expect((await read(null)).items).toEqual([])
  })

  it('lists again after 410, and when the default reminders change', async () => {
    calendar.put(event('Dinner'))
    const { cursor } = await read(null)
    Object.assign(calendar.entry, { defaultReminders: [{ method: 'popup', minutes: 5 }] })
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const again = await read(null)
    calendar.forgotten = ++calendar.change
    await expect(read(again.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('lists again when Google does not take the token', async () => {
    calendar.put(event('Dinner'))
    const { cursor } = await read(null)
    running.emulator.faults.next(/events\.list/, { kind: 'error', error: documentedErrors.invalidSyncToken() }, 1)
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    expect((await read(null)).items).toHaveLength(1)
  })

  it('fetches an item that an earlier run left over', async () => {
    const id = calendar.put(weekly('Standup'))
    const contents = await readContents(source(), mine, [
      { key: id, version: 'x', meta: {} },
      { key: 'gone', version: 'x', meta: {} },
    ])
    expect(String(contents.get(id))).toContain('SUMMARY:Standup')
    expect(contents.get('gone')).toMatch(/not there any more/)
  })
})
