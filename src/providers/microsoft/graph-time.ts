/** Times of Graph (`dateTimeTimeZone`): a clock without offset, and the Windows or IANA name of its zone. */
import type { DateTimeTimeZone } from '@microsoft/microsoft-graph-types'
import { findIana, findWindows } from 'windows-iana'
import { eventZone } from '../../formats/event-zones.ts'

const noZones: ReadonlyMap<string, string> = new Map()

/** IANA name; UTC for none, and for zones that somebody made up (`tzone://Microsoft/Custom`). */
export function zoneNamed(name: string | null | undefined): string {
  if (!name || /^(?:UTC$|tzone:)/i.test(name)) return 'UTC'
  const [iana] = findIana(name)
  if (iana !== undefined) return iana
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

/** Windows name of an IANA zone; null where Windows has none. */
export function windowsZone(iana: string): string | null {
  return /^(UTC|GMT|Etc\/(UTC|GMT))$/.test(iana) ? 'UTC' : (findWindows(iana)[0] ?? null)
}

/** Milliseconds since 1970; NaN where it is no time. */
export function instantOf(time: DateTimeTimeZone | null | undefined): number {
  const [, local] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(time?.dateTime ?? '') ?? []
  const wall = Date.parse(`${local}Z`)
  const zone = zoneNamed(time?.timeZone)
  const offset = zone === 'UTC' ? 0 : (eventZone(zone, noZones)?.offsetAt(wall / 1000) ?? 0)
  return wall - offset * 1000
}
