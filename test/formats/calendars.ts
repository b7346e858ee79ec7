/** Calendars in a few words, and what becomes of them. */
import { expect } from 'vitest'
import {
  CalendarZones,
  calendarHead,
  calendarTail,
  type ItemFrame,
  type JoinableResource,
  readResource,
  restoreResource,
} from '../../src/formats/ical.ts'
import { type CalendarItem, type CalendarPiece, splitCalendar } from '../../src/formats/ical-split.ts'

async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length)
}

export async function pieces(bytes: Uint8Array, chunkLength = 64 * 1024, limit?: number): Promise<CalendarPiece[]> {
  const found: CalendarPiece[] = []
  for await (const piece of splitCalendar(() => inChunks(bytes, chunkLength), limit)) found.push(piece)
  return found
}

export const isItem = (piece: CalendarPiece): piece is CalendarItem => piece.kind === 'item'

/** Items as `[uid, components]`, the rest as a string. */
export async function split(text: string, chunkLength?: number, limit?: number): Promise<(string | [string, string])[]> {
  const found = await pieces(Buffer.from(text), chunkLength, limit)
  return found.map((piece) => (isItem(piece) ? [piece.uid, piece.components.toString()] : piece.bytes.toString()))
}

export const lines = (...texts: string[]): string => texts.map((text) => `${text}\r\n`).join('')
export const header = lines('VERSION:2.0', 'PRODID:-//Example//Client 1.0//EN')
export const event = (uid: string, ...more: string[]): string =>
  component('VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...more)
export const component = (name: string, ...more: string[]): string => lines(`BEGIN:${name}`, ...more, `END:${name}`)
export const calendar = (...components: string[]): string => `BEGIN:VCALENDAR\r\n${header}${components.join('')}END:VCALENDAR\r\n`

const daylight = (year: number, start: string) =>
  component(
    'DAYLIGHT',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    `DTSTART:${year}${start}`,
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  )
export const standard = (year: number, start: string) =>
  component(
    'STANDARD',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    `DTSTART:${year}${start}`,
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  )
export const zone = (tzid: string, ...observances: string[]): string =>
  `BEGIN:VTIMEZONE\r\nTZID:${tzid}\r\n${observances.join('')}END:VTIMEZONE\r\n`
export const berlin = zone('Europe/Berlin', daylight(1996, '0331T020000'), standard(1996, '1027T030000'))
export const berlinSince2010 = zone('Europe/Berlin', daylight(2010, '0328T020000'), standard(2010, '1031T030000'))
export const fixed = (tzid: string, offset = '+0500') =>
  zone(tzid, component('STANDARD', `TZOFFSETFROM:${offset}`, `TZOFFSETTO:${offset}`, 'DTSTART:19700101T000000'))
export const inBerlin = (uid: string, year = 2026, ...more: string[]) =>
  event(uid, `DTSTART;TZID=Europe/Berlin:${year}0501T100000`, ...more)

export interface Joined {
  readonly file: Buffer
  /** As JSON gives them back; null where the resource is not in the file. */
  readonly frames: readonly (ItemFrame | null)[]
}

export function join(resources: readonly JoinableResource[]): Joined {
  const zones = new CalendarZones()
  const frames = resources.map((resource) => zones.fit(resource))
  const components = resources.filter((_, i) => frames[i] !== null).map((resource) => resource.components)
  const file = Buffer.concat([calendarHead({ name: 'Test' }, zones.all()), ...components, calendarTail])
  return { file, frames: JSON.parse(JSON.stringify(frames)) as (ItemFrame | null)[] }
}

export function read(text: string | Buffer): JoinableResource {
  const resource = readResource(Buffer.from(text))
  if (resource === null) throw new Error('not joinable')
  return resource
}

/** What the file gives back of its items, in its order. */
export async function restore({ file, frames }: Joined, chunkLength?: number): Promise<(string | undefined)[]> {
  const found = await pieces(file, chunkLength)
  expect(found.every(isItem)).toBe(true)
  const inFile = frames.filter((frame) => frame !== null)
  expect(found).toHaveLength(inFile.length)
  return found.filter(isItem).map(({ components, calendar }, i) => {
    const frame = inFile[i]
    return frame === undefined ? undefined : restoreResource(components, frame, calendar.zones)?.toString()
  })
}

export const master = event('a', 'DTSTART;TZID=Europe/Berlin:20260501T100000', 'RRULE:FREQ=DAILY;COUNT=3')
export const override = event(
  'a',
  'RECURRENCE-ID;TZID=Europe/Berlin:20260502T100000',
  'DTSTART;TZID=Europe/Berlin:20260502T120000',
)
