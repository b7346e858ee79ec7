/** VTIMEZONE components (RFC 5545 section 3.6.5): whether two definitions of one TZID mean the same. */
import ICAL from 'ical.js'
import { type ContentLine, parseContentLine, unfold } from './content-lines.ts'

/** UTC offsets over time. */
export interface ZoneOffsets {
  /** Seconds, before the first change. */
  readonly initial: number
  /** In the order of time. */
  readonly changes: readonly OffsetChange[]
}

interface OffsetChange {
  /** Milliseconds since 1970, UTC. */
  readonly at: number
  /** Seconds from then on. */
  readonly offset: number
}

/** Rules repeat every year; what two of them do until here they do for ever. */
const horizon = 2060
const mostLines = 2000

const dateTime = /^([1-9]\d{3})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)Z?$/
/**
 * @param text a VTIMEZONE
 * @returns null where it has other rules than `hasSimpleRules` allows
 */
export function zoneOffsets(text: string): ZoneOffsets | null {
  if (!hasSimpleRules(text)) return null
  try {
    const zone = new ICAL.Timezone({ component: text, tzid: 'zone' })
    zone.utcOffset(
      new ICAL.Time({ year: horizon, month: 1, day: 1, hour: 0, minute: 0, second: 0, isDate: false }, ICAL.Timezone.utcTimezone),
    )
    return readChanges(zone.changes)
  } catch {
    return null
  }
}

/** Milliseconds since 1970 from which on both offsets are the same; -Infinity for always, null for never. */
export function agreeFrom(one: ZoneOffsets, other: ZoneOffsets): number | null {
  const times = [...new Set([...one.changes, ...other.changes].map(({ at }) => at))].sort((a, b) => b - a)
  let i = one.changes.length - 1
  let j = other.changes.length - 1
  let agreed: number | null = null
  for (const time of times) {
    while ((one.changes[i]?.at ?? Number.NEGATIVE_INFINITY) > time) i--
    while ((other.changes[j]?.at ?? Number.NEGATIVE_INFINITY) > time) j--
    if ((one.changes[i]?.offset ?? one.initial) !== (other.changes[j]?.offset ?? other.initial)) return lasting(agreed)
    agreed = time
  }
  return one.initial === other.initial ? Number.NEGATIVE_INFINITY : lasting(agreed)
}

/** Rules that differ also agree for some months: after their last change before the horizon that means nothing. */
function lasting(agreed: number | null): number | null {
  return agreed === null || agreed > Date.UTC(horizon - 5) ? null : agreed
}

/**
 * Whether a VTIMEZONE has what it must have and no rules but yearly ones: every reader can follow it. Hostile rules could keep
 * one busy for ever.
 */
export function hasSimpleRules(text: string): boolean {
  const lines = unfold(text)
  if (lines.length > mostLines) return false
  const observances: ContentLine[][] = []
  for (const line of lines) {
    const content = parseContentLine(line)
    if (content === null) return false
    if (content.name === 'BEGIN') {
      if (observances.length > 0 && !/^(?:STANDARD|DAYLIGHT)$/.test(content.value)) return false
      observances.push([])
    }
    observances.at(-1)?.push(content)
  }
  const kinds = observances.slice(1).map(([begin]) => begin?.value)
  if (!kinds.includes('STANDARD') || !observances.slice(1).every(isSimpleObservance)) return false
  // Some readers fail on UNTIL, but look only into the VTIMEZONEs that the time zone database does not have.
  const hasUntil = observances.flat().some(({ name, value }) => name === 'RRULE' && value.includes('UNTIL='))
  return !hasUntil || isInDatabase(observances[0]?.find(({ name }) => name === 'TZID')?.value ?? '')
}

function isInDatabase(tzid: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: tzid }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function isSimpleObservance(lines: readonly ContentLine[]): boolean {
  const count = (wanted: string) => lines.filter(({ name }) => name === wanted).length
  return (
    ['DTSTART', 'TZOFFSETFROM', 'TZOFFSETTO'].every((name) => count(name) === 1) && count('RRULE') <= 1 && lines.every(isSimple)
  )
}

function isSimple({ name, params, value }: ContentLine): boolean {
  switch (name) {
    case 'DTSTART':
      return params.length === 0 && dateTime.test(value)
    case 'RDATE':
      return params.length === 0 && value.split(',').every((date) => dateTime.test(date))
    case 'TZOFFSETFROM':
    case 'TZOFFSETTO':
      return /^[+-](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$/.test(value)
    case 'RRULE':
      return isYearly(value)
    case 'EXRULE':
    case 'EXDATE':
      return false
    default:
      return true
  }
}

const ruleParts: Readonly<Record<string, RegExp>> = {
  FREQ: /^YEARLY$/,
  INTERVAL: /^[1-9]$/,
  UNTIL: /^\d{8}T\d{6}Z$/,
  COUNT: /^\d{1,3}$/,
  WKST: /^(?:SU|MO|TU|WE|TH|FR|SA)$/,
  BYMONTH: /^(?:0?[1-9]|1[0-2])$/,
  BYDAY: /^(?:[+-]?[1-4])?(?:SU|MO|TU|WE|TH|FR|SA)$/,
  BYMONTHDAY: /^(?:[1-9]|1\d|2[0-8])(?:,(?:[1-9]|1\d|2[0-8])){0,6}$/,
  BYHOUR: /^(?:1?\d|2[0-3])$/,
  BYMINUTE: /^[1-5]?\d$/,
}

/** A rule whose days come in every year or, with BYMONTHDAY, after a few: it cannot keep a reader busy for ever. */
function isYearly(rule: string): boolean {
  const parts = new Map(rule.split(';').map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]))
  if (![...parts].every(([name, value]) => ruleParts[name]?.test(value) === true) || !parts.has('FREQ')) return false
  const day = parts.get('BYDAY')
  return day === undefined || (parts.has('BYMONTH') && !(parts.has('BYMONTHDAY') && day.length > 2))
}

const changeFields = ['year', 'month', 'day', 'hour', 'minute', 'second', 'utcOffset', 'prevUtcOffset'] as const

function readChanges(found: readonly unknown[]): ZoneOffsets | null {
  const changes: OffsetChange[] = []
  let initial: number | null = null
  for (const change of found) {
    const [year, month, day, hour, minute, second, offset, before] = changeFields.map((field) => numberIn(change, field))
    if (year === undefined || month === undefined || offset === undefined || before === undefined) return null
    const at = Date.UTC(year, month - 1, day, hour, minute, second)
    if (Number.isNaN(at)) return null
    initial ??= before
    if (year < horizon) changes.push({ at, offset })
  }
  return initial === null ? null : { initial, changes }
}

function numberIn(value: unknown, field: string): number | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
  return typeof found === 'number' ? found : undefined
}
