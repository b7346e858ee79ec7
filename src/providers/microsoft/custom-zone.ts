/**
 * Zones that Graph calls custom (`tzone://Microsoft/Custom`), as for events of programs other than Outlook: what Outlook keeps of them
 * beside the event, asked for as extended properties.
 */
import type { Event } from '@microsoft/microsoft-graph-types'
import { WINDOWS_TO_IANA_MAP } from 'windows-iana'
import { eventZone } from '../../formats/event-zones.ts'
import { zoneNamed } from './graph-time.ts'

const appointment = '{00062002-0000-0000-C000-000000000046}'
/** PidLidTimeZoneDescription ([MS-OXOCAL] section 2.2.1.40): what the calendar that it came from calls the zone. */
const description = `String ${appointment} Id 0x8234`
/** PidLidTimeZoneStruct ([MS-OXOCAL] section 2.2.1.39): its rules. */
const rules = `Binary ${appointment} Id 0x8233`

export const zoneProperties: readonly string[] = [description, rules]

/** IANA name of a zone of the same name or, in the event's year, with the same clock. Null where nothing is told of it. */
export function customZone({ singleValueExtendedProperties, start }: Event): string | null {
  const value = (wanted: string) =>
    singleValueExtendedProperties?.find(({ id }) => id?.toLowerCase() === wanted.toLowerCase())?.value ?? ''
  const named = zoneNamed(value(description))
  if (named !== null) return named
  const year = Number(start?.dateTime?.slice(0, 4))
  return year ? zoneOfRules(value(rules), year) : null
}

const known = new Map<string, string | null>()

/** Calendars repeat the same zone in every event. */
function zoneOfRules(text: string, year: number): string | null {
  const key = `${year} ${text}`
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= 200) known.clear()
  const read = rulesIn(Buffer.from(text, 'base64'))
  const zone = read === null ? null : likeZone(read, year)
  known.set(key, zone)
  return zone
}

interface Change {
  readonly month: number
  readonly weekday: number
  /** 5: the last. */
  readonly week: number
}

interface Rules {
  /** Minutes to be added for UTC. */
  readonly bias: number
  /** Added to `bias`, from its change on; one alone where the clock never changes. */
  readonly parts: readonly { readonly bias: number; readonly from: Change }[]
}

function rulesIn(octets: Buffer): Rules | null {
  if (octets.length < 48) return null
  const [bias, standard, daylight] = [octets.readInt32LE(0), octets.readInt32LE(4), octets.readInt32LE(8)]
  const change = (at: number): Change => ({
    month: octets.readUInt16LE(at + 2),
    weekday: octets.readUInt16LE(at + 4),
    week: octets.readUInt16LE(at + 6),
  })
  // Each a year, and a SYSTEMTIME of which the year is 0: a rule.
  const [toStandard, toDaylight] = [change(14), change(32)]
  const parts = [
    { bias: standard, from: toStandard },
    { bias: daylight, from: toDaylight },
  ]
  return { bias, parts: toStandard.month === 0 || toDaylight.month === 0 ? parts.slice(0, 1) : parts }
}

/** Days of the year `[month, day]`, apart enough from each other to tell every zone's rules from another's. */
const samples = Array.from({ length: 12 }, (_, month) => [4, 11, 18, 28].map((day) => [month + 1, day] as const)).flat()

function likeZone(read: Rules, year: number): string | null {
  const noons = samples.map(([month, day]) => Date.UTC(year, month - 1, day, 12) / 1_000)
  const wanted = noons.map((noon) => -60 * (read.bias + biasAt(read, noon, year)))
  for (const { windowsName } of WINDOWS_TO_IANA_MAP) {
    const name = zoneNamed(windowsName)
    const zone = name === null ? null : eventZone(name, new Map())
    if (zone !== null && noons.every((noon, n) => zone.offsetAt(noon) === wanted[n])) return name
  }
  return null
}

function biasAt({ parts }: Rules, noon: number, year: number): number {
  const [standard, daylight] = parts
  if (standard === undefined || daylight === undefined) return standard?.bias ?? 0
  const [from, to] = [dayOf(daylight.from, year), dayOf(standard.from, year)]
  const isDaylight = from < to ? noon >= from && noon < to : noon >= from || noon < to
  return isDaylight ? daylight.bias : standard.bias
}

/** Seconds since 1970 at which the day begins. */
function dayOf({ month, weekday, week }: Change, year: number): number {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const day = 1 + ((weekday - first + 7) % 7) + 7 * (week - 1)
  return Date.UTC(year, month - 1, day > last ? day - 7 : day) / 1_000
}
