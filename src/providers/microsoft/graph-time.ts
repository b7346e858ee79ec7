/** Times of Graph (`dateTimeTimeZone`): a clock without offset, and the Windows or IANA name of its zone. */
import type { DateTimeTimeZone } from '@microsoft/microsoft-graph-types'
import { findIana, findWindows } from 'windows-iana'
import { eventZone } from '../../formats/event-zones.ts'

const day = 86_400_000
/** New Zealand in summer. */
const latestEast = 13 * 3_600_000
const noZones: ReadonlyMap<string, string> = new Map()

/** IANA name; null for none, and for names that somebody made up (`tzone://Microsoft/Custom`, "Customized Time Zone"). */
export function zoneNamed(name: string | null | undefined): string | null {
  if (!name) return null
  if (/^(?:tzone:\/\/Microsoft\/)?Utc$/i.test(name)) return 'UTC'
  const [iana] = findIana(name)
  if (iana !== undefined) return iana
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/**
 * The day on which an occurrence of whole days was to be. Graph tells it as the midnight at which it begins in the zone of the
 * series, in UTC (microsoft-graph-docs#2804).
 * @param zone IANA name; null where Graph does not tell it, as to guests (microsoft-graph-docs#7163)
 */
export function wholeDay(originalStart: string, zone: string | null): string {
  const at = Date.parse(originalStart)
  if (Number.isNaN(at)) return originalStart.slice(0, 10)
  const offset = zone === null ? Number.NaN : (eventZone(zone, noZones)?.offsetAt(at / 1000) ?? 0) * 1000
  if ((at + offset) % day === 0) return new Date(at + offset).toISOString().slice(0, 10)
  // East of UTC the day begins there on the evening before; nearly nobody lives where the two would be taken for another.
  return new Date(at + latestEast).toISOString().slice(0, 10)
}

/** Windows name of an IANA zone; null where Windows has none. */
export function windowsZone(iana: string): string | null {
  return /^(UTC|GMT|Etc\/(UTC|GMT))$/.test(iana) ? 'UTC' : (findWindows(iana)[0] ?? null)
}

/** Milliseconds since 1970; NaN where it is no time. */
export function instantOf(time: DateTimeTimeZone | null | undefined): number {
  const [, local] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(time?.dateTime ?? '') ?? []
  const wall = Date.parse(`${local}Z`)
  const zone = zoneNamed(time?.timeZone) ?? 'UTC'
  const offset = zone === 'UTC' ? 0 : (eventZone(zone, noZones)?.offsetAt(wall / 1000) ?? 0)
  return wall - offset * 1000
}
