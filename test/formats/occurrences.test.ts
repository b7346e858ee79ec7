import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { calendarTree, lineOf, textOf } from '../../src/formats/ical-tree.ts'
import { type Occurrence, occurrencesOf } from '../../src/formats/occurrences.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

const script = fileURLToPath(new URL('occurrences.py', import.meta.url))
const isShown = ({ name }: { readonly name: string }) => /^V(EVENT|TODO|JOURNAL)$/.test(name)

function expanded(text: Uint8Array | string, until = Date.UTC(2036, 0, 1) / 1000): readonly Occurrence[] {
  const tops = calendarTree(Buffer.from(text)).map((top) => [top, ...top.parts])
  // The Python side looks at the first calendar with dates.
  const hasDates = tops.find((parts) => parts.some((part) => isShown(part) && (lineOf(part, 'DTSTART') ?? lineOf(part, 'DUE'))))
  const zones = (hasDates ?? []).filter(({ name }) => name === 'VTIMEZONE')
  const texts = new Map(zones.map((zone) => [textOf(lineOf(zone, 'TZID')), zone.text]))
  return occurrencesOf((hasDates ?? []).filter(isShown), texts, until).occurrences
}

interface Oracle {
  readonly from: number
  readonly to: number
  readonly occurrences?: readonly (readonly number[])[]
  readonly unread?: string
  readonly unsure?: string
}

/** Files that both read and understand differently, and why the other side is not followed. */
const otherwise = new Map([
  ['ical4j__OZMovies.ics', 'its VTIMEZONE begins after the events: Sydney is known by its name'],
  ['ical4j__smallcluster.ics', 'several components share one UID and one RECURRENCE-ID'],
  ['libical__smallcluster.ics', 'several components share one UID and one RECURRENCE-ID'],
  ['libical__process-calendar.ics', 'two versions of one change: the first counts'],
  ['libical__process-incoming.ics', 'two versions of one change: the first counts'],
  ['icalendar-py__corpus__issue_464_invalid_rdate.ics', 'icalendar loses an RDATE'],
  ['icalendar-py__issue_165_missing_event.ics', 'icalendar stumbles over blanks in BYDAY'],
  ['icalendar-py__multiple_calendar_components.ics', 'icalendar reads the second calendar'],
])

describeWithCorpus('occurrences over ten years are those of icalendar and dateutil', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'])(
    'on a computer in %s',
    (zone) => {
      const files = corpus('ical')
      const input = files.map(({ path }) => `${path}\n`).join('')
      const env = { ...process.env, TZ: zone }
      const output = execFileSync('/usr/bin/python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28, env })
      const oracles = output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Oracle)
      const before = process.env.TZ
      process.env.TZ = zone
      let compared = 0
      try {
        for (const [at, file] of files.entries()) {
          const { from, to, occurrences } = oracles[at] ?? { from: 0, to: 0 }
          if (occurrences === undefined || otherwise.has(file.name)) continue
          const rows = expanded(file.bytes(), to)
            .filter(({ start }) => start >= from && start < to)
            .map(({ timing, start, end }) => [timing, start, end])
            .sort(([a = 0, b = 0, c = 0], [d = 0, e = 0, f = 0]) => a - d || b - e || c - f)
          expect([file.name, rows]).toEqual([file.name, occurrences])
          compared++
        }
      } finally {
        process.env.TZ = before
        if (before === undefined) delete process.env.TZ
      }
      expect(compared).toBeGreaterThan(370)
    },
    240_000,
  )
})

function event(...lines: string[]): string {
  return ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\r\n')
}

function starts(text: string): string[] {
  return expanded(text, Date.UTC(2026, 0, 1) / 1000).map(({ start }) => new Date(start * 1000).toISOString().slice(0, 16))
}

describe('an event', () => {
  it('keeps its time of day when the clocks change', () => {
    const text = event('DTSTART;TZID=Europe/Berlin:20250327T090000', 'RRULE:FREQ=DAILY;COUNT=5')
    expect(starts(text)).toEqual([
      '2025-03-27T08:00',
      '2025-03-28T08:00',
      '2025-03-29T08:00',
      '2025-03-30T07:00',
      '2025-03-31T07:00',
    ])
  })

  it.each([
    ['W. Europe Standard Time', '2025-07-01T07:00', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/Tzfile/Europe/Berlin', '2025-07-01T07:00', 'Europe/Berlin'],
    ['Pacific Standard Time', '2025-07-01T16:00', 'America/Los_Angeles'],
    ['Nobody knows this zone', '2025-07-01T09:00', ''],
  ])('in the zone "%s" without a VTIMEZONE', (zone, expected, name) => {
    const [occurrence] = expanded(event(`DTSTART;TZID="${zone}":20250701T090000`))
    expect(new Date((occurrence?.start ?? 0) * 1000).toISOString().slice(0, 16)).toBe(expected)
    expect([occurrence?.zone, occurrence?.timing]).toEqual([name, name === '' ? 2 : 0])
  })

  it('is changed from one occurrence on', () => {
    const change = [
      'BEGIN:VEVENT',
      'UID:1',
      'RECURRENCE-ID;RANGE=THISANDFUTURE:20250103T090000Z',
      'DTSTART:20250103T110000Z',
      'END:VEVENT',
    ]
    const text = event('DTSTART:20250101T090000Z', 'RRULE:FREQ=DAILY;COUNT=5').replace(
      'END:VCALENDAR',
      [...change, 'END:VCALENDAR'].join('\r\n'),
    )
    expect(starts(text)).toEqual([
      '2025-01-01T09:00',
      '2025-01-02T09:00',
      '2025-01-03T11:00',
      '2025-01-04T11:00',
      '2025-01-05T11:00',
    ])
  })

  it.each([
    ['no start', 'SUMMARY:x'],
    ['nonsense for a start', 'DTSTART:tomorrow'],
  ])('with %s has no occurrence', (_, line) => {
    expect(expanded(event(line))).toEqual([])
  })

  it.each([
    ['a rule that is none', 'RRULE:FREQ=NEVER'],
    ['an end before its start', 'DTEND:20240101T000000Z'],
  ])('with %s takes place once', (_, line) => {
    expect(expanded(event('DTSTART:20250101T000000Z', line))).toMatchObject([{ start: 1_735_689_600, end: 1_735_689_600 }])
  })
})
