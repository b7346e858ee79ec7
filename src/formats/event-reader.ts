/** What the properties of a VEVENT say (RFC 5545), for a provider that keeps events in another form. */
import type { ContentLine } from './content-lines.ts'
import { type EventZone, eventZone, utc } from './event-zones.ts'
import { type CalendarComponent, calendarTree, lineOf } from './ical-tree.ts'

/** A day, or a time on the clock of a zone; a null zone is that of who looks. */
export type Moment =
  | { readonly kind: 'day'; readonly date: string }
  | {
      readonly kind: 'time'
      /** Seconds since 1970-01-01T00:00:00 of that clock. */
      readonly wall: number
      readonly zone: EventZone | null
      /** As it stands; '' for UTC and no zone. */
      readonly tzid: string
    }

export interface EventParts {
  readonly uid: string
  readonly master: CalendarComponent | undefined
  readonly exceptions: readonly CalendarComponent[]
  /** VTIMEZONEs by TZID. */
  readonly zones: ReadonlyMap<string, string>
}

/** Null where it holds no event. */
export function eventParts(bytes: Uint8Array): EventParts | null {
  const parts = calendarTree(bytes).flatMap((calendar) => calendar.parts)
  const events = parts.filter(({ name }) => name === 'VEVENT')
  const [first] = events
  if (first === undefined) return null
  const zones = parts.filter(({ name }) => name === 'VTIMEZONE').map((zone) => [textIn(zone, 'TZID'), zone.text] as const)
  const isException = (event: CalendarComponent) => lineOf(event, 'RECURRENCE-ID') !== undefined
  return {
    uid: textIn(first, 'UID'),
    master: events.find((event) => !isException(event)),
    exceptions: events.filter(isException),
    zones: new Map(zones),
  }
}

/** Value of the first property of that name, as it stands there; '' without one. */
export function textIn(component: CalendarComponent, name: string): string {
  return lineOf(component, name)?.value.trim() ?? ''
}

/** `name` in capitals; '' without one. */
export function paramOf(line: ContentLine | undefined, name: string): string {
  return line?.params.find(([given]) => given === name)?.[1] ?? ''
}

/** Nothing where the text is empty. */
export function given<Name extends string>(name: Name, text: string): { readonly [name in Name]?: string } {
  return text === '' ? {} : ({ [name]: text } as { readonly [name in Name]: string })
}

/** Null where it is no time. */
export function momentOf(line: ContentLine | undefined, zones: ReadonlyMap<string, string>): Moment | null {
  return line === undefined ? null : momentIn(line.value, paramOf(line, 'TZID'), zones)
}

/** Of a value that may stand in a list. */
export function momentIn(value: string, tzid: string, zones: ReadonlyMap<string, string>): Moment | null {
  const [, year, month, day, , hours, minutes, seconds, isUtc] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(value.trim()) ?? []
  if (year === undefined) return null
  if (hours === undefined) return { kind: 'day', date: `${year}-${month}-${day}` }
  const wall = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`) / 1000
  if (Number.isNaN(wall)) return null
  if (isUtc === 'Z') return { kind: 'time', wall, zone: utc, tzid: '' }
  return { kind: 'time', wall, zone: tzid === '' ? null : eventZone(tzid, zones), tzid }
}

/** RFC 5545 section 3.6.1: without an end a day lasts a day, and a time no time. */
export function endOf(component: CalendarComponent, start: Moment, zones: ReadonlyMap<string, string>): Moment {
  const end = momentOf(lineOf(component, 'DTEND'), zones)
  if (end !== null && end.kind === start.kind) return end
  const seconds = durationSeconds(textIn(component, 'DURATION'))
  if (start.kind === 'time') return seconds === null ? start : later(start, seconds)
  const days = Math.max(1, Math.round((seconds ?? 86_400) / 86_400))
  return { kind: 'day', date: new Date(Date.parse(start.date) + days * 86_400_000).toISOString().slice(0, 10) }
}

/** So many seconds later, also where the clocks change meanwhile. */
function later(start: Extract<Moment, { kind: 'time' }>, seconds: number): Moment {
  const { wall, zone } = start
  if (zone === null) return { ...start, wall: wall + seconds }
  const shift = zone.offsetAt(wall + seconds) - zone.offsetAt(wall)
  return { ...start, wall: wall + seconds + shift }
}

/** RFC 5545 section 3.3.6; null for none. */
function durationSeconds(text: string): number | null {
  const [, sign, weeks, days, hours, minutes, seconds] =
    /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text) ?? [null]
  if (sign === undefined || sign === null) return null
  const [w, d, h, m, s] = [weeks, days, hours, minutes, seconds].map((part) => Number(part ?? 0))
  const size = (((w ?? 0) * 7 + (d ?? 0)) * 24 + (h ?? 0)) * 3_600 + (m ?? 0) * 60 + (s ?? 0)
  return sign === '-' ? -size : size
}

/** Whom a mail reaches that is sent to `mailto:` of the line; undefined for another address. */
export function mailOf({ value }: ContentLine): string | undefined {
  return /^mailto:(\S+@\S+)$/i.exec(value.trim())?.[1]
}

/** Minutes before the start at which an alarm goes off, negative after it; null where it hangs on something else. */
export function minutesBefore(alarm: CalendarComponent): number | null {
  const trigger = lineOf(alarm, 'TRIGGER')
  const seconds = durationSeconds(trigger?.value.trim() ?? '')
  return seconds === null || paramOf(trigger, 'RELATED').toUpperCase() === 'END' ? null : Math.round(-seconds / 60)
}
