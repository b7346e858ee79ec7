/** What a time in a calendar means: by its VTIMEZONE, by the name of a zone, or by Outlook's name for one. */
import { findIana } from 'windows-iana'
import { type ZoneOffsets, zoneOffsets } from './timezones.ts'

export interface EventZone {
  /** For a person: an IANA name where there is one, else what the calendar calls it. */
  readonly name: string
  /** UTC offset in seconds at a wall clock time (seconds since 1970-01-01T00:00:00 of that clock). */
  offsetAt(wall: number): number
}

export const utc: EventZone = { name: 'UTC', offsetAt: () => 0 }

/** `texts`: the calendar's VTIMEZONEs by TZID. Null: nobody knows the zone, its times are as if on the clock of who looks. */
export function eventZone(tzid: string, texts: ReadonlyMap<string, string>): EventZone | null {
  const text = texts.get(tzid)
  const offsets = text === undefined ? null : offsetsIn(text)
  const iana = ianaName(tzid)
  if (offsets === null || text === undefined)
    return iana === null ? null : { name: iana, offsetAt: (wall) => ianaOffset(iana, wall) }
  // Calendars often carry only the years around the event.
  const standard = standardOffset(text) ?? offsets.initial
  const first = offsets.changes[0]?.at ?? Number.NEGATIVE_INFINITY
  const before = (wall: number) => (iana === null ? standard : ianaOffset(iana, wall))
  return {
    name: iana ?? tzid,
    offsetAt: (wall) => ((wall - standard) * 1000 < first ? before(wall) : offsetOf(offsets, wall)),
  }
}

/** Of the first STANDARD. */
function standardOffset(text: string): number | null {
  const [, sign, hours, minutes] = /BEGIN:STANDARD\b[\s\S]*?^TZOFFSETTO[^:\n]*:([+-])(\d\d)(\d\d)/im.exec(text) ?? []
  return hours === undefined ? null : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60)
}

const read = new Map<string, ZoneOffsets | null>()

/** Calendars repeat the same zone in every event. */
function offsetsIn(text: string): ZoneOffsets | null {
  const known = read.get(text)
  if (known !== undefined) return known
  if (read.size >= 200) read.clear()
  const offsets = zoneOffsets(text)
  read.set(text, offsets)
  return offsets
}

function offsetOf({ initial, changes }: ZoneOffsets, wall: number): number {
  return settle(wall, (instant) => {
    let offset = initial
    for (const change of changes) {
      if (change.at > instant * 1000) break
      offset = change.offset
    }
    return offset
  })
}

/**
 * The offset of a wall clock time: of two possible ones the earlier instant's; of a time that the clock skips, the one before
 * the change (RFC 5545 section 3.3.5).
 */
function settle(wall: number, offsetAt: (instant: number) => number): number {
  const before = offsetAt(wall - 86_400)
  const after = offsetAt(wall + 86_400)
  if (before === after) return before
  // Daylight saving begins or ends near by.
  return offsetAt(wall - before) === before ? before : offsetAt(wall - after) === after ? after : before
}

const formats = new Map<string, Intl.DateTimeFormat | null>()

/** Null for a name that the system does not know. */
function formatOf(name: string): Intl.DateTimeFormat | null {
  const known = formats.get(name)
  if (known !== undefined) return known
  let format: Intl.DateTimeFormat | null = null
  try {
    format = new Intl.DateTimeFormat('en', {
      ...{ timeZone: name, hourCycle: 'h23', era: 'short' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  } catch {
    // Not a zone's name.
  }
  formats.set(name, format)
  return format
}

/** Some programs put a path before the name. */
function ianaName(tzid: string): string | null {
  const parts = tzid.split('/').filter((part) => part !== '')
  for (const name of [parts.slice(-3).join('/'), parts.slice(-2).join('/'), parts.slice(-1).join('/')])
    if (/^[A-Z][\w+-]+(?:\/[\w+-]+)*$/.test(name) && formatOf(name) !== null) return name
  const [windows] = findIana(tzid)
  return windows ?? null
}

const cache = new Map<string, number>()

function ianaOffset(name: string, wall: number): number {
  return settle(wall, (instant) => {
    // Offsets change at most on quarters of an hour.
    const quarter = Math.floor(instant / 900)
    const key = `${name} ${quarter}`
    const known = cache.get(key)
    if (known !== undefined) return known
    if (cache.size > 100_000) cache.clear()
    const offset = measured(name, quarter * 900)
    cache.set(key, offset)
    return offset
  })
}

function measured(name: string, instant: number): number {
  const format = formatOf(name)
  if (format === null) return 0
  const parts = new Map(format.formatToParts(new Date(instant * 1000)).map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year')
  const wall = new Date(0)
  wall.setUTCFullYear(year, number('month') - 1, number('day'))
  wall.setUTCHours(number('hour'), number('minute'), number('second'))
  return Math.round(wall.getTime() / 1000) - instant
}
