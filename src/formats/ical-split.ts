/** A file with whole calendars cut into the items it holds, whoever wrote it. */
import { parseContentLine, unfold } from './content-lines.ts'
import { componentFacts } from './ical-components.ts'
import { type CalendarPart, CalendarScanner } from './ical-scanner.ts'

/** Most octets of one component. */
const componentLimit = 64 * 1024 * 1024

/** What the items of one VCALENDAR have in common. */
export interface CalendarFrame {
  /** All lines that are in no component, verbatim. */
  readonly header: Buffer
  /** The VTIMEZONEs by TZID, verbatim. */
  readonly zones: ReadonlyMap<string, Buffer>
  readonly lineEnd: '\r\n' | '\n'
}

export type CalendarPiece =
  | {
      readonly kind: 'item'
      /** '' where the component has none; it then is an item of its own. */
      readonly uid: string
      /** Those of one UID in their order, verbatim. */
      readonly components: Buffer
      /** The TZIDs they refer to. */
      readonly tzids: readonly string[]
      readonly calendar: CalendarFrame
    }
  /** Octets that are no part of an item: around the calendars, or components that are broken or too long. */
  | { readonly kind: 'rest'; readonly bytes: Buffer }

export type CalendarItem = Extract<CalendarPiece, { kind: 'item' }>

/**
 * The items of a file, anyone's, in the order in which they are complete: for a file of ours, its own order. The file is read
 * twice, as components of one UID may be far apart. Memory holds the VTIMEZONEs, a count for each UID and the items that are not
 * yet complete, up to `limit` octets; beyond that an item comes in several.
 * @param open the file from its beginning, twice the same
 */
export async function* splitCalendar(
  open: () => AsyncIterable<Uint8Array>,
  limit = componentLimit,
): AsyncGenerator<CalendarPiece> {
  const calendars = await surveyCalendars(open(), limit)
  let at = -1
  let waiting: WaitingItems | null = null
  for await (const part of scan(open(), limit)) {
    if (part.kind === 'begin') {
      at++
      const calendar = calendars[at]
      waiting = calendar === undefined ? null : new WaitingItems(calendar, limit)
    } else if (part.kind === 'rest') {
      yield part
    } else if (part.kind === 'component' && waiting !== null) {
      yield* waiting.take(part.name, part.bytes)
    } else if (part.kind === 'end' && waiting !== null) {
      yield* waiting.release()
      yield* waiting.remains(part.complete)
    }
  }
}

/** A calendar object resource of its own: the lines of its calendar, the VTIMEZONEs the item refers to, and the item. */
export function itemBytes({ components, tzids, calendar }: CalendarItem): Buffer {
  const wanted = new Set(tzids)
  const zones = [...calendar.zones].filter(([tzid]) => wanted.has(tzid)).map(([, text]) => text)
  const begin = Buffer.from(`BEGIN:VCALENDAR${calendar.lineEnd}`)
  const end = Buffer.from(`END:VCALENDAR${calendar.lineEnd}`)
  return Buffer.concat([begin, calendar.header, ...zones, components, end])
}

async function* scan(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<CalendarPart> {
  const scanner = new CalendarScanner(limit)
  for await (const chunk of chunks) yield* scanner.push(chunk)
  yield* scanner.finish()
}

interface SurveyedCalendar extends CalendarFrame {
  /** Components of each UID. */
  readonly counts: Map<string, number>
}

async function surveyCalendars(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<SurveyedCalendar[]> {
  const calendars: SurveyedCalendar[] = []
  let survey = new Survey('\n', limit)
  for await (const part of scan(chunks, limit)) {
    if (part.kind === 'begin') survey = new Survey(part.line.toString('latin1').endsWith('\r\n') ? '\r\n' : '\n', limit)
    else if (part.kind === 'end') calendars.push(survey.result())
    else survey.note(part)
  }
  return calendars
}

class Survey {
  readonly #lineEnd: CalendarFrame['lineEnd']
  readonly #header: Buffer[] = []
  readonly #zones = new Map<string, Buffer>()
  readonly #counts = new Map<string, number>()
  #room: number

  constructor(lineEnd: CalendarFrame['lineEnd'], limit: number) {
    this.#lineEnd = lineEnd
    this.#room = limit
  }

  note(part: CalendarPart): void {
    if (part.kind === 'properties') {
      if (this.#fits(part.bytes)) this.#header.push(part.bytes)
    } else if (part.kind === 'component') {
      const { uid, tzid } = componentFacts(part.bytes)
      if (part.name !== 'VTIMEZONE') this.#counts.set(uid, (this.#counts.get(uid) ?? 0) + 1)
      else if (tzid !== '' && !this.#zones.has(tzid) && this.#fits(part.bytes)) this.#zones.set(tzid, part.bytes)
    }
  }

  result(): SurveyedCalendar {
    const header = Buffer.concat(this.#header)
    return { header, zones: this.#zones, counts: this.#counts, lineEnd: this.#lineEnd }
  }

  #fits(bytes: Buffer): boolean {
    const fits = bytes.length <= this.#room
    if (fits) this.#room -= bytes.length
    return fits
  }
}

/** RFC 5545 section 3.7, RFC 7986 section 5. */
const ordinary =
  /^(?:VERSION|PRODID|CALSCALE|METHOD|NAME|DESCRIPTION|UID|LAST-MODIFIED|URL|CATEGORIES|REFRESH-INTERVAL|SOURCE|COLOR|IMAGE|X-.*)$/

interface WaitingItem {
  readonly components: Buffer[]
  readonly tzids: Set<string>
}

/** The items of one calendar of which components are still to come. */
class WaitingItems {
  readonly #calendar: SurveyedCalendar
  readonly #limit: number
  readonly #items = new Map<string, WaitingItem>()
  #held = 0

  constructor(calendar: SurveyedCalendar, limit: number) {
    this.#calendar = calendar
    this.#limit = limit
  }

  *take(name: string, bytes: Buffer): Generator<CalendarPiece> {
    const { uid, tzid, zones } = componentFacts(bytes)
    if (name === 'VTIMEZONE') {
      if (this.#calendar.zones.get(tzid)?.equals(bytes) !== true) yield { kind: 'rest', bytes }
      return
    }
    const item = this.#items.get(uid) ?? { components: [], tzids: new Set() }
    this.#items.set(uid, item)
    item.components.push(bytes)
    for (const zone of zones.keys()) item.tzids.add(zone)
    this.#held += bytes.length
    const left = (this.#calendar.counts.get(uid) ?? 1) - 1
    this.#calendar.counts.set(uid, left)
    if (left === 0 || uid === '') yield this.#finish(uid, item)
    if (this.#held > this.#limit) yield* this.release()
  }

  *release(): Generator<CalendarPiece> {
    for (const [uid, item] of this.#items) yield this.#finish(uid, item)
  }

  /** What a calendar without items holds besides the ordinary: an item may be lost in it. */
  *remains(complete: boolean): Generator<CalendarPiece> {
    const { header, zones, counts } = this.#calendar
    if (counts.size > 0) return
    const lines = unfold(header.toString('latin1'))
    const isOrdinary = complete && lines.every((line) => ordinary.test(parseContentLine(line)?.name ?? ''))
    const bytes = Buffer.concat([...(isOrdinary ? [] : [header]), ...zones.values()])
    if (bytes.length > 0) yield { kind: 'rest', bytes }
  }

  #finish(uid: string, item: WaitingItem): CalendarItem {
    const components = Buffer.concat(item.components)
    this.#items.delete(uid)
    this.#held -= components.length
    return { kind: 'item', uid, components, tzids: [...item.tzids], calendar: this.#calendar }
  }
}
