/** Occurrences as they fall on the days of a person's own calendar. */
import type { Occurrences } from '../../format-documents.ts'
import type { Library } from './library.ts'
import { type EventRow, eventsOf, shownPlaces, type Table } from './tables.ts'

export interface Occurrence {
  readonly doc: number
  readonly part: number
  /** Milliseconds of this computer's clock at which it begins and ends (excluded); whole days begin at midnight here. */
  readonly start: number
  readonly end: number
  readonly isAllDay: boolean
  /** The event's own zone and the wall clock there, as if it were UTC; '' for whole days and floating times. */
  readonly zone: string
  readonly ownStart: number
}

export interface ShownOccurrence extends Occurrence {
  readonly row: EventRow
  readonly collection: number
  readonly isRemoved: boolean
}

/** Everything that touches the time from `from` to `to` (milliseconds), earliest first. */
export async function occurrencesBetween(
  library: Library,
  from: number,
  to: number,
  asOf: number,
  collections: ReadonlySet<number> | null,
): Promise<ShownOccurrence[]> {
  const table = await eventsOf(library)
  // A day more on either side: whole days and floating times are not instants.
  const day = 86_400
  const [first, last] = [from / 1000 - day, to / 1000 + day]
  const shards = library
    .segments('calendar')
    .flatMap((segment) =>
      segment.occurrences.flatMap((range, number) => (range.from <= last && range.to >= first ? [{ segment, number }] : [])),
    )
  const loaded = await Promise.all(shards.map(({ segment, number }) => library.shard<Occurrences>(segment, 'e', number)))
  const shown = shownDocs(table, asOf, collections)
  const found = loaded
    .flatMap((columns) => read(columns, first, last))
    .filter(({ start, end }) => start < to && Math.max(end, start + 1) > from)
  return found
    .flatMap((occurrence) => {
      const row = table.rows[occurrence.doc]
      return row ? (shown.get(occurrence.doc) ?? []).map((place) => ({ ...occurrence, row, ...place })) : []
    })
    .sort((a, b) => Number(b.isAllDay) - Number(a.isAllDay) || a.start - b.start || a.doc - b.doc)
}

type DocPlace = { readonly collection: number; readonly isRemoved: boolean }

export function shownDocs(
  table: Table<EventRow>,
  asOf: number,
  collections: ReadonlySet<number> | null,
): Map<number, DocPlace[]> {
  const docs = new Map<number, DocPlace[]>()
  for (const { doc, place, isRemoved } of shownPlaces(table.places, asOf, collections)) {
    const list = docs.get(doc) ?? []
    list.push({ collection: table.places.collection[place] ?? -1, isRemoved })
    docs.set(doc, list)
  }
  return docs
}

function read(columns: Occurrences, first: number, last: number): Occurrence[] {
  const found: Occurrence[] = []
  for (const [at, start] of columns.start.entries()) {
    const end = columns.end[at] ?? start
    if (start > last || end < first) continue
    const timing = columns.timing[at] ?? 0
    found.push({
      doc: columns.doc[at] ?? -1,
      part: columns.part[at] ?? 0,
      start: timing === 0 ? start * 1000 : localTime(start),
      end: timing === 0 ? end * 1000 : localTime(end),
      isAllDay: timing === 1,
      zone: timing === 0 ? (columns.zones[columns.zone[at] ?? -1] ?? '') : '',
      ownStart: (start + (columns.offset[at] ?? 0)) * 1000,
    })
  }
  return found
}

/** The moment at which this computer's clock shows what `seconds` would show in UTC. */
function localTime(seconds: number): number {
  const date = new Date(seconds * 1000)
  const local = new Date(2000, 0, 1, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds())
  // Years before 100 have to be set by themselves.
  local.setFullYear(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return local.getTime()
}

export interface Day {
  /** Milliseconds of its midnight here. */
  readonly start: number
  /** `2026-11-25` */
  readonly key: string
}

export function dayOf(ms: number): Day {
  const date = new Date(ms)
  date.setHours(0, 0, 0, 0)
  return { start: date.getTime(), key: dayKey(date) }
}

export function addDays(day: Day, count: number): Day {
  const date = new Date(day.start)
  date.setDate(date.getDate() + count)
  return dayOf(date.getTime())
}

/** The Monday on or before it: weeks begin on Monday (ISO 8601). */
export function weekStart(day: Day): Day {
  return addDays(day, -((new Date(day.start).getDay() + 6) % 7))
}

function dayKey(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** @returns null for anything but a date that exists */
export function parseDay(text: string): Day | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === undefined) return null
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  const found = dayOf(date.getTime())
  return found.key === text ? found : null
}

/** Those that touch the day. */
export function onDay(occurrences: readonly ShownOccurrence[], day: Day): ShownOccurrence[] {
  const next = addDays(day, 1).start
  return occurrences.filter(({ start, end }) => start < next && Math.max(end, start + 1) > day.start)
}
