import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import {
  CalendarZones,
  calendarHead,
  calendarTail,
  describeResource,
  readResource,
  restoreResource,
} from '../../src/formats/ical.ts'
import { patience } from '../fixtures/patience.ts'
import {
  berlin,
  berlinSince2010,
  calendar,
  component,
  event,
  fixed,
  header,
  inBerlin,
  isItem,
  join,
  master,
  override,
  pieces,
  read,
  restore,
  standard,
  zone,
} from './calendars.ts'

const alarm = component('VALARM', 'UID:of-the-alarm', 'ACTION:DISPLAY', 'TRIGGER:-PT15M')

describe('a resource that can stand in one file with others', () => {
  it.each([
    ['is an event', calendar(event('a'))],
    ['is an event with its time zone', calendar(berlin, inBerlin('a'))],
    ['has an override', calendar(berlin, master, override)],
    ['is an override without its master', calendar(berlin, override)],
    ['is a task', calendar(component('VTODO', 'UID:a', 'DUE;VALUE=DATE:20260501', 'PRIORITY:1'))],
    ['is a journal entry', calendar(component('VJOURNAL', 'UID:a', 'DTSTART;VALUE=DATE:20260501'))],
    [
      'is a busy time',
      calendar(component('VFREEBUSY', 'UID:a', 'FREEBUSY:20260501T100000Z/PT1H', 'FREEBUSY:20260501T120000Z/20260501T130000Z')),
    ],
    ['is a component of its own kind', calendar(component('X-NOTE', 'UID:a', 'X-TEXT:b'))],
    ['has an alarm that has a UID as well', calendar(`BEGIN:VEVENT\r\n${alarm}UID:a\r\nEND:VEVENT\r\n`)],
    ['has no lines for the calendar', calendar(event('a')).replace(header, '')],
    ['has its time zones last', calendar(inBerlin('a'), berlin, fixed('Unused'))],
    ['has time zones that it does not use', calendar(fixed('Unused'), berlin, inBerlin('a'))],
    ['lacks the time zone that it uses', calendar(inBerlin('a'))],
    ['quotes its TZID', calendar(fixed('A;B'), event('a', 'DTSTART;TZID="A;B":20260501T100000'))],
    [
      'has lines for the calendar',
      calendar(event('a')).replace('VERSION', 'METHOD:PUBLISH\r\nX-WR-CALNAME;X-A=b:N\r\n ame\r\nCALSCALE:GREGORIAN\r\nVERSION'),
    ],
    ['has LF', calendar(berlin, inBerlin('a')).replaceAll('\r\n', '\n')],
    ['lacks the last line end', calendar(event('a')).slice(0, -2)],
    ['has empty lines behind', `${calendar(event('a'))}\r\n\r\n`],
    [
      'has folded lines everywhere',
      calendar(event('a', 'SUM', ' MARY;LAN', '\tGUAGE="e', ' n":a', ' ', ' b', 'DT', ' START:2026', ' 0501T100000')),
    ],
    [
      'has text that looks like components',
      calendar(event('a', 'DESCRIPTION:END:VEVENT\\nEND:VCALENDAR', 'COMMENT:', ' END:VEVENT')),
    ],
    [
      'has a large attachment',
      calendar(event('a', `ATTACH;ENCODING=BASE64;VALUE=BINARY:${Buffer.alloc(300_000, 7).toString('base64')}`)),
    ],
    ['has empty lines within a component', calendar(event('a', 'SUMMARY:a', '', 'LOCATION:b'))],
  ])('%s, and comes back octet for octet', async (_, text) => {
    const before = calendar(fixed('Before'), event('before', 'DTSTART;TZID=Before:20260501T100000'))
    const after = calendar(event('after'))
    const joined = join([before, text, after].map(read))
    expect(await restore(joined)).toEqual([before, text, after])
    expect(new ICAL.Component(ICAL.parse(joined.file.toString())).getAllSubcomponents().length).toBeGreaterThanOrEqual(3)
  })

  it('says which UID it has, and with which time each time zone is first used', () => {
    const { uid, earliest } = read(calendar(berlin, master, override.replace('20260502T120000', '20260430T120000')))
    expect(uid).toBe('a')
    expect([...earliest]).toEqual([['Europe/Berlin', Date.UTC(2026, 3, 30)]])
  })
})

describe('a resource that needs a file of its own', () => {
  it.each([
    ['mixed line ends', calendar(event('a')).replace('\r\n', '\n')],
    ['a bare CR', calendar(event('a', 'SUMMARY:a\rEND:VEVENT'))],
    ['NUL', calendar(event('a', 'SUMMARY:a\0'))],
    ['a control character', calendar(event('a', 'SUMMARY:a\u000bb'))],
    ['a byte order mark', `\ufeff${calendar(event('a'))}`],
    ['small letters', calendar(event('a')).toLowerCase()],
    ['components in small letters', calendar(event('a').replaceAll('VEVENT', 'vevent'))],
    ['a folded BEGIN', calendar(event('a').replace('BEGIN:VEVENT', 'BEGIN:VE\r\n VENT'))],
    ['a folded BEGIN within', calendar(event('a', 'BEGIN:VA', ' LARM', 'END:VALARM'))],
    ['a folded END within', calendar(event('a', 'BEGIN:VALARM', 'EN', ' D:VALARM', 'END:VALARM'))],
    ['a beginning with a parameter', calendar(event('a', 'BEGIN;X=1:VALARM'))],
    ['an open component', calendar(event('a', 'BEGIN:VALARM'))],
    ['an end too many', calendar(event('a', 'END:VALARM'))],
    ['ends in the wrong order', calendar(event('a', 'BEGIN:A', 'BEGIN:B', 'END:A', 'END:B'))],
    ['an event within an event', calendar(event('a', event('a').trimEnd()))],
    ['no end', calendar(event('a')).replace('END:VCALENDAR\r\n', '')],
    ['no beginning', calendar(event('a')).replace('BEGIN:VCALENDAR\r\n', '')],
    ['text before it', `hello\r\n${calendar(event('a'))}`],
    ['text behind it', `${calendar(event('a'))}hello\r\n`],
    ['a second calendar', calendar(event('a')) + calendar(event('a'))],
    ['lines of the calendar behind its components', calendar(event('a'), 'X-A:b\r\n')],
    ['lines of the calendar between its components', calendar(master, 'X-A:b\r\n', override)],
    ['empty lines between its components', calendar(master, '\r\n', override)],
    ['time zones among its components', calendar(master, berlin, override)],
    ['time zones before and behind its components', calendar(berlin, master, fixed('X'))],
    ['two UIDs', calendar(event('a'), event('b'))],
    ['two UIDs in one component', calendar(event('a', 'UID:b'))],
    ['no UID', calendar(component('VEVENT', 'SUMMARY:a'))],
    ['a UID only in its alarm', calendar(`BEGIN:VEVENT\r\n${alarm}END:VEVENT\r\n`)],
    ['a component without UID', calendar(event('a'), component('VEVENT', 'SUMMARY:a'))],
    ['only time zones', calendar(berlin)],
    ['no components', calendar()],
    ['a time zone twice', calendar(berlin, berlin, inBerlin('a'))],
    ['a time zone without a name', calendar(berlin.replace('TZID:Europe/Berlin\r\n', ''), inBerlin('a'))],
    ['a time zone that not every reader can follow', calendar(berlin.replace('FREQ=YEARLY', 'FREQ=DAILY'), inBerlin('a'))],
    ['another version', calendar(event('a')).replace('VERSION:2.0', 'VERSION:1.0')],
    ['another calendar scale', calendar(event('a')).replace('VERSION', 'CALSCALE:HEBREW\r\nVERSION')],
    ['a method that takes the event back', calendar(event('a')).replace('VERSION', 'METHOD:CANCEL\r\nVERSION')],
    ['a line that is none', calendar(event('a', 'hello'))],
    ['a line that is none for the calendar', calendar(event('a')).replace('VERSION', 'hello\r\nVERSION')],
    ['parameters without a name', calendar(event('a', 'SUMMARY;X:a'))],
    ['quoted-printable', calendar(event('a', 'SUMMARY;ENCODING=QUOTED-PRINTABLE:a=', 'b'))],
    ['an open quotation mark', calendar(event('a', 'SUMMARY;X="a:b'))],
    ['a start that is none', calendar(event('a', 'DTSTART:tomorrow'))],
    ['a day that does not exist', calendar(event('a', 'DTSTART;VALUE=DATE:20260230'))],
    ['a date where a time must be', calendar(event('a', 'EXDATE:20260501'))],
    ['a duration that is none', calendar(event('a', 'DURATION:P1W1D'))],
    ['a rule that is none', calendar(event('a', 'RRULE:FREQ=SOMETIMES'))],
    ['nothing', ''],
  ])('has %s', (_, text) => {
    expect(readResource(Buffer.from(text))).toBe(null)
  })

  it('is not in UTF-8', () => {
    expect(readResource(Buffer.from(calendar(event('a', 'SUMMARY:ë')), 'latin1'))).toBe(null)
    expect(readResource(Buffer.from(calendar(event('a')), 'utf16le'))).toBe(null)
  })
})

describe('the time zones of a file', () => {
  it('stand there once, whoever uses them', async () => {
    const resources = [
      calendar(berlin, inBerlin('a')),
      calendar(fixed('X'), berlin, inBerlin('b')),
      calendar(berlin, inBerlin('c')),
    ]
    const joined = join(resources.map(read))
    expect(joined.file.toString().match(/BEGIN:VTIMEZONE/g)).toHaveLength(2)
    expect(await restore(joined, 100)).toEqual(resources)
  })

  it('serve a resource whose definition says the same in other words, and which gets its own words back', async () => {
    const resources = [calendar(berlin, inBerlin('a')), calendar(berlinSince2010, inBerlin('b')), calendar(berlin, inBerlin('c'))]
    const joined = join(resources.map(read))
    expect(joined.file.toString().match(/BEGIN:VTIMEZONE/g)).toHaveLength(1)
    expect(joined.frames.map((frame) => frame?.zones)).toEqual([
      ['Europe/Berlin'],
      [{ text: berlinSince2010 }],
      ['Europe/Berlin'],
    ])
    expect(await restore(joined)).toEqual(resources)
  })

  it('do not take in a resource to which their definition would give other times', () => {
    const zones = new CalendarZones()
    expect(zones.fit(read(calendar(berlinSince2010, inBerlin('a', 2026))))).not.toBe(null)
    expect(zones.fit(read(calendar(berlin, inBerlin('b', 2005))))).toBe(null)
    expect(zones.fit(read(calendar(fixed('New'), fixed('Europe/Berlin'), inBerlin('c'))))).toBe(null)
    expect(zones.all().map(({ text }) => text.toString())).toEqual([berlinSince2010])
  })

  it('take in a resource with another definition that it does not use', () => {
    const zones = new CalendarZones()
    expect(zones.fit(read(calendar(berlin, inBerlin('a'))))).not.toBe(null)
    expect(zones.fit(read(calendar(fixed('Europe/Berlin'), event('b'))))?.zones).toEqual([{ text: fixed('Europe/Berlin') }])
  })

  it('go on from those that the file has already', () => {
    const zones = new CalendarZones([{ tzid: 'Europe/Berlin', text: Buffer.from(berlin) }])
    expect(zones.fit(read(calendar(fixed('Europe/Berlin'), inBerlin('a'))))).toBe(null)
    expect(zones.fit(read(calendar(berlin, inBerlin('b'))))?.zones).toEqual(['Europe/Berlin'])
  })

  it('are missed when they are gone', () => {
    const { components, ...resource } = read(calendar(berlin, inBerlin('a')))
    const frame = new CalendarZones().fit({ components, ...resource })
    if (frame === null) throw new Error('does not fit')
    expect(restoreResource(components, frame, new Map())).toBe(null)
  })
})

describe('the beginning of a calendar file', () => {
  it('says name, description and colour, so that any program shows them', () => {
    const properties = { name: `Ärzte; a, b\\c ${'愛'.repeat(60)}`, description: 'two\nlines', color: '#FF2968' }
    const file = Buffer.concat([calendarHead(properties, []), calendarTail]).toString()
    const parsed = new ICAL.Component(ICAL.parse(file))
    expect(parsed.getFirstPropertyValue('x-wr-calname')).toBe(properties.name.replace(/[\\;,]/g, '\\$&'))
    expect(parsed.getFirstPropertyValue('x-apple-calendar-color')).toBe('#FF2968')
    expect(file).toContain('X-WR-CALDESC:two\\nlines\r\n')
    for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  })

  it('lets no name add lines', () => {
    const head = calendarHead({ name: 'a\r\nBEGIN:VEVENT\rb\u0000\u2028c', color: 'red\r\nX:y' }, []).toString()
    expect(head.split('\r\n').slice(4)).toEqual(['X-WR-CALNAME:a\\nBEGIN:VEVENT\\nb \u2028c', ''])
  })
})

describe('what a list shows of a resource', () => {
  it.each<[string, string, { uid: string; summary: string; start: string }]>([
    [
      'the main event, not its override',
      calendar(berlin, override, master),
      { uid: 'a', summary: '', start: '2026-05-01T10:00:00' },
    ],
    ['the override where it is alone', calendar(override), { uid: 'a', summary: '', start: '2026-05-02T12:00:00' }],
    [
      'a day',
      calendar(event('a', 'SUM', ' MARY:One\\, two\\nthree', 'DTSTART;VALUE=DATE:20260501')),
      { uid: 'a', summary: 'One, two three', start: '2026-05-01' },
    ],
    [
      'a task',
      calendar(component('VTODO', 'UID:a', 'DUE:20260501T100000Z')),
      { uid: 'a', summary: '', start: '2026-05-01T10:00:00Z' },
    ],
    ['no alarm', calendar(`BEGIN:VEVENT\r\n${alarm}SUMMARY:x\r\nEND:VEVENT\r\n`), { uid: '', summary: 'x', start: '' }],
    [
      'what is left of a broken one',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:x\nEND:VEVENT',
      { uid: 'a', summary: '', start: '' },
    ],
    ['nothing', '', { uid: '', summary: '', start: '' }],
  ])('is %s', (_, text, shown) => {
    expect(describeResource(Buffer.from(text))).toEqual(shown)
  })
})

describe('hostile calendars', () => {
  it.each([
    ['a line of 20 MB', calendar(event('a', `X:${'a'.repeat(20_000_000)}`))],
    ['deep nesting', calendar('BEGIN:X\r\n'.repeat(300_000))],
    ['many events that do not end', calendar('BEGIN:VEVENT\r\n'.repeat(150_000))],
    ['many ends', calendar('END:VEVENT\r\n'.repeat(150_000))],
    ['many events of one UID', calendar(event('a').repeat(20_000))],
    ['many TZIDs', calendar(event('a', `X${';TZID=b'.repeat(150_000)}:c`))],
    ['many folds', calendar(event('a', `X:${'\r\n '.repeat(2_000_000)}`))],
    ['a time zone with many rules', calendar(zone('X', standard(1996, '1027T030000').repeat(20_000)), event('a'))],
    ['rules for every second', calendar(berlin.replaceAll('FREQ=YEARLY', 'FREQ=SECONDLY'), inBerlin('a'))],
  ])('take no longer than their length: %s', { timeout: patience }, async (_, text) => {
    const bytes = Buffer.from(text)
    const resource = readResource(bytes)
    if (resource !== null) expect(new CalendarZones().fit(resource)).not.toBe(null)
    describeResource(bytes)
    const found = await pieces(bytes)
    const length = found.reduce((sum, piece) => sum + (isItem(piece) ? piece.components : piece.bytes).length, 0)
    expect(length).toBeLessThanOrEqual(bytes.length)
  })
})
