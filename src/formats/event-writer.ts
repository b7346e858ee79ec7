/** Writes events of providers that keep them in another form as iCalendar objects (RFC 5545). */
import { contentLine, type Params, textValue } from './line-writer.ts'
import { localTime, vtimezone } from './zone-writer.ts'

/** No line where there is no value. */
export function propertyLine(name: string, params: Params, value: string | null | undefined): string {
  return value === null || value === undefined || value === '' ? '' : contentLine(name, params, value)
}

/** `20250304T101500Z` of a time in RFC 3339; null where it is none. */
export function utcStamp(time: string | null | undefined): string | null {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? null : utcValue(at)
}

function utcValue(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** `date`: `2025-03-04`; nothing where it is no day. */
export function dayLine(name: string, date: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? contentLine(name, { VALUE: 'DATE' }, date.replaceAll('-', '')) : ''
}

/**
 * A time in its zone; in UTC where the zone is in no database.
 * @param at milliseconds since 1970
 * @param zones gets the zone, if it was used
 */
export function timeLine(name: string, at: number, zone: string, zones: Set<string>): string {
  if (Number.isNaN(at)) return ''
  const local = /^(UTC|GMT|Etc\/(UTC|GMT))$/.test(zone) ? null : localTime(at, zone)
  if (local === null || vtimezone(zone) === null) return contentLine(name, {}, utcValue(at))
  zones.add(zone)
  return contentLine(name, { TZID: zone }, local)
}

/** @param lines more of the alarm, e.g. whom to write to */
export function alarm(action: 'DISPLAY' | 'EMAIL', minutesBefore: number, text: string, lines: readonly string[] = []): string {
  const before = Number.isSafeInteger(minutesBefore) ? minutesBefore : 0
  const all = [
    contentLine('ACTION', {}, action),
    contentLine('TRIGGER', {}, before === 0 ? 'PT0S' : `${before > 0 ? '-' : ''}PT${Math.abs(before)}M`),
    contentLine('DESCRIPTION', {}, textValue(text)),
    ...lines,
  ]
  return `BEGIN:VALARM\r\n${all.join('')}END:VALARM\r\n`
}

/** `lines`: each with its CRLF. */
export function eventComponent(lines: readonly string[]): string {
  return `BEGIN:VEVENT\r\n${lines.join('')}END:VEVENT\r\n`
}

/** @param product who wrote it, for PRODID */
export function calendarObject(product: string, zones: ReadonlySet<string>, components: readonly string[]): Buffer {
  const definitions = [...zones].sort().flatMap((zone) => vtimezone(zone) ?? [])
  const head = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lifeboat//${product}//EN\r\n`
  return Buffer.from(`${head}${definitions.join('')}${components.join('')}END:VCALENDAR\r\n`)
}
