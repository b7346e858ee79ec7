/** All messages' rows, and the lists a person sees of them. */
import { type MailColumns, marks as markBits } from '../../format-documents.ts'
import type { Library } from './library.ts'
import type { Places } from './places.ts'
import { atOnce } from './tables.ts'

/** Row n is document n: typed arrays but for the subjects, because this stays in memory as long as the page is open. */
export class MailTable {
  readonly count: number
  readonly people: string[] = []
  readonly date: Float64Array
  readonly from: Int32Array
  readonly subject: string[] = []
  readonly size: Float64Array
  readonly marks: Int32Array
  readonly thread: Int32Array
  /** The recipients of all, one document's after another's. */
  private to = new Int32Array(1024)
  private toLength = 0
  private readonly toStart: Uint32Array
  private readonly toCount: Uint8Array
  private readonly toMore: Uint16Array
  private readonly known = new Map<string, number>()

  private constructor(count: number) {
    this.count = count
    this.date = new Float64Array(count)
    this.from = new Int32Array(count)
    this.size = new Float64Array(count)
    this.marks = new Int32Array(count)
    this.thread = new Int32Array(count)
    this.toStart = new Uint32Array(count)
    this.toCount = new Uint8Array(count)
    this.toMore = new Uint16Array(count)
  }

  static async load(library: Library): Promise<MailTable> {
    const segments = library.segments('mail')
    const table = new MailTable(segments.reduce((end, { firstDoc, docs }) => Math.max(end, firstDoc + docs), 0))
    const shards = segments.flatMap((segment) => segment.columns.map((first, number) => ({ segment, first, number })))
    for (let at = 0; at < shards.length; at += atOnce) {
      const part = shards.slice(at, at + atOnce)
      const loaded = await Promise.all(part.map(({ segment, number }) => library.shard<MailColumns>(segment, 'c', number)))
      for (const [index, { first }] of part.entries()) table.add(first, loaded[index])
    }
    return table
  }

  /** Shards come in ascending order. */
  private add(first: number, columns: MailColumns | undefined): void {
    if (!columns) return
    const people = columns.people.map((person) => {
      const known = this.known.get(person)
      if (known !== undefined) return known
      this.known.set(person, this.people.length)
      return this.people.push(person) - 1
    })
    const person = (position: number): number => people[position] ?? -1
    for (let at = 0; at < columns.date.length; at++) {
      const doc = first + at
      this.date[doc] = columns.date[at] ?? 0
      this.from[doc] = person(columns.from[at] ?? -1)
      this.addRecipients(doc, (columns.to[at] ?? []).map(person))
      this.toMore[doc] = Math.min(0xffff, columns.toMore[at] ?? 0)
      this.subject[doc] = columns.subject[at] ?? ''
      this.size[doc] = columns.size[at] ?? 0
      this.marks[doc] = columns.marks[at] ?? 0
      this.thread[doc] = columns.thread[at] ?? doc
    }
  }

  private addRecipients(doc: number, people: readonly number[]): void {
    const start = this.toLength
    this.toLength += people.length
    if (this.toLength > this.to.length) {
      const grown = new Int32Array(2 * this.toLength)
      grown.set(this.to)
      this.to = grown
    }
    this.to.set(people, start)
    this.toStart[doc] = start
    this.toCount[doc] = people.length
  }

  sender(doc: number): string {
    return this.people[this.from[doc] ?? -1] ?? ''
  }

  /** The first few. */
  recipients(doc: number): string[] {
    const start = this.toStart[doc] ?? 0
    const people = this.to.subarray(start, start + (this.toCount[doc] ?? 0))
    return Array.from(people, (person) => this.people[person] ?? '')
  }

  /** How many recipients there are beyond those. */
  moreRecipients(doc: number): number {
    return this.toMore[doc] ?? 0
  }
}

export interface MailRow {
  readonly doc: number
  readonly place: number
  /** Messages of the conversation in this list; 1 where it is not grouped. */
  readonly count: number
}

export const mailSorts = ['date', 'oldest', 'sender', 'subject', 'size'] as const
export type MailSort = (typeof mailSorts)[number]
export const mailShows = ['all', 'there', 'removed', 'unread', 'starred', 'attachment'] as const
export type MailShow = (typeof mailShows)[number]

export interface MailListRequest {
  /** Positions in the overview's collections. */
  readonly collections: ReadonlySet<number>
  /** Position of the run. */
  readonly asOf: number
  readonly sort: MailSort
  readonly show: MailShow
  readonly threads: boolean
  /** Only what bears it. */
  readonly label?: string
}

export function mailList(
  table: MailTable,
  places: Places,
  request: MailListRequest,
  compare: (a: string, b: string) => number,
): MailRow[] {
  const rows: MailRow[] = []
  for (let place = 0; place < places.count; place++) {
    if (!request.collections.has(places.collection[place] ?? -1)) continue
    if ((places.run[place] ?? 0) > request.asOf) continue
    if (request.label !== undefined && !places.meta(place, request.asOf).labels.includes(request.label)) continue
    if (isShown(table, places, place, request)) rows.push({ doc: places.doc[place] ?? -1, place, count: 1 })
  }
  const sorted = sortRows(table, rows, request.sort, compare)
  return request.threads ? byThread(table, sorted) : sorted
}

function isShown(table: MailTable, places: Places, place: number, { asOf, show }: MailListRequest): boolean {
  const there = places.isThere(place, asOf)
  const lost = !there && places.removedReason[place] === 0 && !places.wasMoved(place, asOf)
  const doc = places.doc[place] ?? -1
  switch (show) {
    case 'all':
      return there || lost
    case 'there':
      return there
    case 'removed':
      return lost
    case 'unread':
      return there && !places.meta(place, asOf).flags.includes('\\Seen')
    case 'starred':
      return (there || lost) && places.meta(place, asOf).flags.includes('\\Flagged')
    case 'attachment':
      return (there || lost) && ((table.marks[doc] ?? 0) & markBits.attachment) !== 0
  }
}

function sortRows(table: MailTable, rows: MailRow[], sort: MailSort, compare: (a: string, b: string) => number): MailRow[] {
  const newest = (a: MailRow, b: MailRow): number => (table.date[b.doc] ?? 0) - (table.date[a.doc] ?? 0) || b.place - a.place
  const byText = (text: (doc: number) => string): MailRow[] => {
    // One comparison key per message, not per comparison.
    const keys = new Map(rows.map(({ doc }) => [doc, text(doc)]))
    return rows.sort((a, b) => compare(keys.get(a.doc) ?? '', keys.get(b.doc) ?? '') || newest(a, b))
  }
  switch (sort) {
    case 'date':
      return rows.sort(newest)
    case 'oldest':
      return rows.sort((a, b) => newest(b, a))
    case 'sender':
      return byText((doc) => table.sender(doc).replace(/^["'\s]+/, ''))
    case 'subject':
      return byText((doc) => plainSubject(table.subject[doc] ?? ''))
    case 'size':
      return rows.sort((a, b) => (table.size[b.doc] ?? 0) - (table.size[a.doc] ?? 0) || newest(a, b))
  }
}

/** Without the prefixes of replies and forwards, in the languages people write them in. */
export function plainSubject(subject: string): string {
  return subject.replace(/^(?:\s*(?:re|aw|fwd?|wg|antw|sv|vs|tr|rv|odp)(?:\[\d+\])?\s*:\s*)+/i, '')
}

/** One row per conversation: its first in the order of the list. */
function byThread(table: MailTable, rows: readonly MailRow[]): MailRow[] {
  const counts = new Map<number, number>()
  const docs = new Set<number>()
  for (const { doc } of rows) {
    if (docs.has(doc)) continue
    docs.add(doc)
    const thread = table.thread[doc] ?? doc
    counts.set(thread, (counts.get(thread) ?? 0) + 1)
  }
  const seen = new Set<number>()
  return rows.flatMap((row) => {
    const thread = table.thread[row.doc] ?? row.doc
    if (seen.has(thread)) return []
    seen.add(thread)
    return [{ ...row, count: counts.get(thread) ?? 1 }]
  })
}

/** The conversation of a message over all folders, oldest first, each message once. */
export function conversation(table: MailTable, places: Places, doc: number, asOf: number): MailRow[] {
  const thread = table.thread[doc]
  const rows: MailRow[] = []
  for (let other = 0; other < table.count; other++) {
    if (table.thread[other] !== thread) continue
    const place = places.standFor(other, asOf)
    if (place >= 0) rows.push({ doc: other, place, count: 1 })
  }
  return rows.sort((a, b) => (table.date[a.doc] ?? 0) - (table.date[b.doc] ?? 0))
}
