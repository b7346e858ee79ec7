/**
 * When the events of one calendar resource take place (RFC 5545 section 3.8.5): rules, single dates, exceptions and changed
 * occurrences, each in its own time zone.
 */

import type { ContentLine } from './content-lines.ts'
import { dayNumber } from './days.ts'
import { type EventZone, eventZone, utc } from './event-zones.ts'
import { type CalendarComponent, lineOf } from './ical-tree.ts'
import { parseRule, recurrences } from './recurrence.ts'

/** 0: an instant. 1: whole days. 2: on the clock of whoever looks. */
export type Timing = 0 | 1 | 2

export interface Occurrence {
  /** Position among the components. */
  readonly part: number
  /** Seconds since 1970 UTC; for timing 1 and 2 as if the wall clock were UTC. `end` is excluded. */
  readonly start: number
  readonly end: number
  readonly timing: Timing
  /** Seconds that the zone's clock is ahead of UTC at the start. */
  readonly offset: number
  /** '' where there is none. */
  readonly zone: string
}

export interface Occurrences {
  readonly occurrences: readonly Occurrence[]
  /** Endless, or more than `most`. */
  readonly more: boolean
}

/** More of one event are not wanted. */
const most = 20_000
const day = 86_400

interface Time {
  /** On the wall clock. */
  readonly wall: number
  readonly isDate: boolean
  /** Null: floating. */
  readonly zone: EventZone | null
}

/**
 * `components`: VEVENT, VTODO or VJOURNAL. `zones`: VTIMEZONEs by TZID. `horizon`: seconds since 1970; later ones are not
 * wanted. What cannot be understood has no occurrence.
 */
export function occurrencesOf(
  components: readonly CalendarComponent[],
  zones: ReadonlyMap<string, string>,
  horizon: number,
): Occurrences {
  const series = components.flatMap((component, part) => readSeries(component, part, zones) ?? [])
  const masters = series.filter(({ recurrenceId }) => recurrenceId === null)
  const changes = series.filter(({ recurrenceId }) => recurrenceId !== null)
  const found: Occurrence[] = []
  let more = false
  const used = new Set<Series>()
  for (const master of masters) {
    const mine = changesOf(master, changes)
    const times = expand(master, horizon)
    more ||= times.more
    for (const wall of times.walls) {
      const exact = mine.exact.get(wall)
      const later = exact ?? mine.ranges.find(({ from }) => from <= wall)?.change
      if (exact !== undefined) used.add(exact)
      found.push(
        exact === undefined && later !== undefined
          ? shifted(later, master, wall)
          : occurrence(exact ?? master, exact?.start.wall ?? wall),
      )
    }
  }
  for (const change of changes) if (!used.has(change)) found.push(occurrence(change, change.start.wall))
  return { occurrences: found.sort((a, b) => a.start - b.start), more }
}

interface Series {
  readonly part: number
  readonly uid: string
  readonly start: Time
  /** Seconds; of whole days a multiple of a day. */
  readonly duration: number
  readonly recurrenceId: Time | null
  readonly isRange: boolean
  readonly component: CalendarComponent
  readonly zones: ReadonlyMap<string, string>
}

function readSeries(component: CalendarComponent, part: number, zones: ReadonlyMap<string, string>): Series | null {
  const start = timeOf(lineOf(component, 'DTSTART') ?? lineOf(component, 'DUE'), zones)
  if (start === null) return null
  const recurrenceLine = lineOf(component, 'RECURRENCE-ID')
  return {
    ...{ part, uid: lineOf(component, 'UID')?.value ?? '', start, component, zones },
    duration: durationOf(component, start, zones),
    recurrenceId: timeOf(recurrenceLine, zones),
    isRange: recurrenceLine?.params.some(([name, value]) => name === 'RANGE' && value.toUpperCase() === 'THISANDFUTURE') ?? false,
  }
}

function durationOf(component: CalendarComponent, start: Time, zones: ReadonlyMap<string, string>): number {
  const end = timeOf(lineOf(component, 'DTEND') ?? (component.name === 'VTODO' ? lineOf(component, 'DUE') : undefined), zones)
  if (end !== null)
    return Math.max(0, start.isDate ? Math.floor((end.wall - start.wall) / day) * day : instant(end) - instant(start))
  const duration = seconds(lineOf(component, 'DURATION')?.value ?? '')
  if (duration !== null) return Math.max(0, duration)
  return start.isDate ? day : 0
}

/** DURATION of RFC 5545 section 3.3.6. */
function seconds(text: string): number | null {
  const [whole, sign, weeks = '0', days = '0', hours = '0', minutes = '0', rest = '0'] =
    /^([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/.exec(text.trim()) ?? []
  if (whole === undefined) return null
  const length = ((Number(weeks) * 7 + Number(days)) * 24 + Number(hours)) * 3600 + Number(minutes) * 60 + Number(rest)
  return sign === '-' ? -length : length
}

function timeOf(line: ContentLine | undefined, zones: ReadonlyMap<string, string>): Time | null {
  return line === undefined ? null : (timesOf(line, zones)[0] ?? null)
}

/** DATE, DATE-TIME and the beginning of PERIOD; several, parted by commas. */
function timesOf(line: ContentLine, zones: ReadonlyMap<string, string>): Time[] {
  const tzid = line.params.find(([name]) => name === 'TZID')?.[1]
  return line.value.split(',').flatMap((text): Time[] => {
    const [whole, year, month, dayText, hour, minute, second = '0', isUtc] =
      /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?(?:\/.*)?$/i.exec(text.trim()) ?? []
    if (whole === undefined) return []
    const date = dayNumber(Number(year), Number(month), Number(dayText)) * day
    if (hour === undefined) return [{ wall: date, isDate: true, zone: null }]
    const wall = date + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
    return [{ wall, isDate: false, zone: isUtc !== undefined ? utc : tzid === undefined ? null : eventZone(tzid, zones) }]
  })
}

function instant({ wall, zone }: Time): number {
  return zone === null ? wall : wall - zone.offsetAt(wall)
}

/** Another time on the wall clock of the series. */
function onClockOf({ start }: Series, time: Time): number {
  const { zone } = start
  if (start.isDate || time.isDate || zone === null || time.zone === null || zone === time.zone) return time.wall
  const at = instant(time)
  const near = at + zone.offsetAt(at)
  // Once more, for the offset belongs to the wall clock time.
  return at + zone.offsetAt(near)
}

function isSameKind({ start }: Series, time: Time): boolean {
  return start.isDate === time.isDate
}

/** Wall clock times, ascending, each once. */
function expand(series: Series, horizon: number): { readonly walls: readonly number[]; readonly more: boolean } {
  const { component, start, zones } = series
  const walls = new Set([start.wall])
  let more = false
  for (const line of component.lines.filter(({ name }) => name === 'RRULE')) {
    const rule = parseRule(line.value)
    if (rule === null) continue
    const until = rule.until === null ? null : untilOf(series, rule.until)
    const found = recurrences(rule, start.wall, until, horizon, most)
    more ||= found.more
    for (const wall of found.times) walls.add(wall)
  }
  const dates = (name: string) => component.lines.filter((line) => line.name === name).flatMap((line) => timesOf(line, zones))
  for (const time of dates('RDATE')) if (isSameKind(series, time)) walls.add(onClockOf(series, time))
  for (const time of dates('EXDATE')) if (isSameKind(series, time)) walls.delete(onClockOf(series, time))
  const sorted = [...walls].filter((wall) => wall <= horizon).sort((a, b) => a - b)
  return { walls: sorted.slice(0, most), more: more || sorted.length > most }
}

/** A date alone means all of that day. */
function untilOf(series: Series, text: string): number | null {
  const [time] = timesOf({ group: '', name: '', params: [], value: text }, series.zones)
  if (time === undefined) return null
  if (time.isDate) return series.start.isDate ? time.wall : time.wall + day - 1
  if (series.start.isDate) return Math.floor(time.wall / day) * day
  return onClockOf(series, time)
}

/** Of one series: `exact` by the time that each changes, of several for one time the first; `ranges`: the latest first. */
function changesOf(
  master: Series,
  changes: readonly Series[],
): {
  readonly exact: ReadonlyMap<number, Series>
  readonly ranges: readonly { readonly from: number; readonly change: Series }[]
} {
  const exact = new Map<number, Series>()
  const ranges: { from: number; change: Series }[] = []
  for (const change of changes) {
    if (change.uid !== master.uid || change.recurrenceId === null) continue
    const from = onClockOf(master, change.recurrenceId)
    if (!exact.has(from)) exact.set(from, change)
    if (change.isRange) ranges.push({ from, change })
  }
  return { exact, ranges: ranges.sort((a, b) => b.from - a.from) }
}

function shifted(change: Series, master: Series, wall: number): Occurrence {
  const from = change.recurrenceId === null ? wall : onClockOf(master, change.recurrenceId)
  return occurrence(change, change.start.wall + wall - from)
}

function occurrence({ part, start, duration }: Series, wall: number): Occurrence {
  const { zone, isDate } = start
  const offset = zone === null ? 0 : zone.offsetAt(wall)
  const begin = wall - offset
  return { part, start: begin, end: begin + duration, timing: isDate ? 1 : zone === null ? 2 : 0, offset, zone: zone?.name ?? '' }
}
