/** A calendar resource becomes a row, its details, its occurrences and terms of the index. */
import { type CalendarComponent, calendarTree, lineOf, textOf } from '../../formats/ical-tree.ts'
import { occurrencesOf } from '../../formats/occurrences.ts'
import type { EventDetail, EventPart } from '../format-documents.ts'
import type { PutChange } from '../input.ts'
import { fieldBits } from '../terms.ts'
import type { DocumentContext, Streams } from './document-context.ts'
import { jsonOctets } from './shards.ts'
import { sourceText } from './source-text.ts'

const largest = 8 * 1024 * 1024
const longestText = 200_000
const shown: ReadonlySet<string> = new Set(['VEVENT', 'VTODO', 'VJOURNAL'])
/** Endless series are expanded so many years beyond the current one. */
const yearsAhead = 10

/** The last year that is expanded, and its end in seconds since 1970 UTC. */
export function calendarHorizon(now: string): { readonly year: number; readonly end: number } {
  const year = new Date(now).getUTCFullYear() + yearsAhead
  return { year, end: Date.UTC(year + 1, 0, 1) / 1000 }
}

export async function eventDocument(change: PutChange, streams: Streams, { input }: DocumentContext): Promise<number> {
  const { writer, index } = streams.calendar
  const octets = await change.content(largest)
  const top = calendarTree(octets)
  const all = top.flatMap((component) => [component, ...component.parts])
  const components = inOrder(all.filter(({ name }) => shown.has(name)))
  const zones = new Map(all.filter(({ name }) => name === 'VTIMEZONE').map((zone) => [textOf(lineOf(zone, 'TZID')), zone.text]))
  const { occurrences, more } = occurrencesOf(components, zones, calendarHorizon(input.now()).end)
  const doc = writer.nextDoc
  const [main] = components
  const [first] = occurrences
  const summary = cut(textOf(main === undefined ? undefined : lineOf(main, 'SUMMARY')), 500)
  const location = cut(textOf(main === undefined ? undefined : lineOf(main, 'LOCATION')), 500)
  const repeats = components.some(({ lines }) => lines.some(({ name }) => name === 'RRULE' || name === 'RDATE'))
  const { start = null, timing = 0 } = first ?? {}
  const row = { summary, location, component: main?.name ?? '', start, timing, repeats, more }
  await writer.document(row, change.sha256)
  const parts = components.map(partOf)
  const detail: EventDetail = { parts, source: sourceText(octets) }
  await writer.texts.add(doc, jsonOctets(detail))
  for (const occurrence of occurrences) writer.occurrence({ doc, ...occurrence })
  for (const part of parts) {
    index.add(doc, fieldBits.subject, part.summary)
    for (const text of [part.location, part.description, part.organizer, ...part.attendees, ...part.categories])
      index.add(doc, fieldBits.body, text)
  }
  return doc
}

/** The series first, then its changed occurrences. */
function inOrder(components: readonly CalendarComponent[]): CalendarComponent[] {
  const isChange = (component: CalendarComponent) => lineOf(component, 'RECURRENCE-ID') !== undefined
  return [...components.filter((one) => !isChange(one)), ...components.filter(isChange)]
}

const own: ReadonlySet<string> = new Set(
  'SUMMARY LOCATION DESCRIPTION STATUS ORGANIZER ATTENDEE URL CATEGORIES RRULE RDATE EXDATE DTSTART DTEND DUE DURATION DTSTAMP UID SEQUENCE CREATED LAST-MODIFIED RECURRENCE-ID CLASS TRANSP'.split(
    ' ',
  ),
)

function partOf(component: CalendarComponent): EventPart {
  const { lines } = component
  const text = (name: string) => cut(textOf(lineOf(component, name)), longestText)
  const people = (name: string) => lines.filter((line) => line.name === name).map(person)
  return {
    ...{ summary: text('SUMMARY'), location: text('LOCATION'), description: text('DESCRIPTION'), status: text('STATUS') },
    ...{ organizer: people('ORGANIZER')[0] ?? '', attendees: people('ATTENDEE'), url: text('URL') },
    categories: lines.filter(({ name }) => name === 'CATEGORIES').flatMap((line) => textOf(line).split(',')),
    rule: lineOf(component, 'RRULE')?.value ?? '',
    more: lines.filter(({ name }) => !own.has(name)).map((line) => [line.name, cut(textOf(line), 2000)]),
  }
}

function person({ params, value }: CalendarComponent['lines'][number]): string {
  const name = params.find(([param]) => param === 'CN')?.[1] ?? ''
  const address = value.replace(/^mailto:/i, '')
  return name === '' || name === address ? address : `${name} <${address}>`
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
}
