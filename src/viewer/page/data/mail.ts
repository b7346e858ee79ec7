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

export interface MailData {
  readonly table: MailTable
  readonly places: Places
  /** All places, the newest message first: every list is made of it, so that none has to be sorted anew. */
  readonly newest: Uint32Array
}

export function mailData(table: MailTable, places: Places): MailData {
  const newest = new Uint32Array(places.count).map((_, place) => place)
  const date = (place: number): number => table.date[places.doc[place] ?? -1] ?? 0
  return { table, places, newest: newest.sort((a, b) => date(b) - date(a) || b - a) }
}

/** Numbers alone: of a hundred thousand rows a few are seen. */
export interface MailList {
  /** In the order in which they are shown. */
  readonly places: Uint32Array
  /** Messages of a place's conversation in this list; 1 where it is not grouped. */
  readonly countOf: (place: number) => number
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

export function mailList(data: MailData, request: MailListRequest, compare: (a: string, b: string) => number): MailList {
  const { places, newest } = data
  const { collections, asOf, label } = request
  const shown = newest.filter((place) => {
    if (!collections.has(places.collection[place] ?? -1)) return false
    if ((places.run[place] ?? 0) > asOf) return false
    if (label !== undefined && !places.meta(place, asOf).labels.includes(label)) return false
    return isShown(data, place, request)
  })
  const sorted = sortedPlaces(data, shown, request.sort, compare)
  return request.threads ? byThread(data, sorted) : { places: sorted, countOf: () => 1 }
}

function isShown({ table, places }: MailData, place: number, { asOf, show }: MailListRequest): boolean {
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

/** `newest`: what is sorted, newest first, and changed. What is equal stays so. */
function sortedPlaces(
  { table, places }: MailData,
  newest: Uint32Array<ArrayBuffer>,
  sort: MailSort,
  compare: (a: string, b: string) => number,
): Uint32Array {
  const docOf = (place: number): number => places.doc[place] ?? -1
  const byText = (text: (doc: number) => string): Uint32Array => {
    // One comparison key per message, not per comparison.
    const keys = new Map<number, string>()
    for (const place of newest) keys.set(docOf(place), text(docOf(place)))
    return newest.sort((a, b) => compare(keys.get(docOf(a)) ?? '', keys.get(docOf(b)) ?? ''))
  }
  switch (sort) {
    case 'date':
      return newest
    case 'oldest':
      return newest.reverse()
    case 'sender':
      return byText((doc) => table.sender(doc).replace(/^["'\s]+/, ''))
    case 'subject':
      return byText((doc) => plainSubject(table.subject[doc] ?? ''))
    case 'size':
      return newest.sort((a, b) => (table.size[docOf(b)] ?? 0) - (table.size[docOf(a)] ?? 0))
  }
}

/** Without the prefixes of replies and forwards, in the languages people write them in. */
export function plainSubject(subject: string): string {
  return subject.replace(/^(?:\s*(?:re|aw|fwd?|wg|antw|sv|vs|tr|rv|odp)(?:\[\d+\])?\s*:\s*)+/i, '')
}

/** One place per conversation: its first in the order of the list. */
function byThread({ table, places }: MailData, list: Uint32Array): MailList {
  const threadOf = (place: number): number => {
    const doc = places.doc[place] ?? -1
    return table.thread[doc] ?? doc
  }
  const counts = new Map<number, number>()
  const docs = new Set<number>()
  const firsts = list.filter((place) => {
    const doc = places.doc[place] ?? -1
    if (docs.has(doc)) return false
    docs.add(doc)
    const before = counts.get(threadOf(place)) ?? 0
    counts.set(threadOf(place), before + 1)
    return before === 0
  })
  return { places: firsts, countOf: (place) => counts.get(threadOf(place)) ?? 1 }
}

export interface MailRow {
  readonly doc: number
  readonly place: number
}

/** The conversation of a message over all folders, oldest first, each message once. */
export function conversation({ table, places }: MailData, doc: number, asOf: number): MailRow[] {
  const thread = table.thread[doc]
  const rows: MailRow[] = []
  for (let other = 0; other < table.count; other++) {
    if (table.thread[other] !== thread) continue
    const place = places.standFor(other, asOf)
    if (place >= 0) rows.push({ doc: other, place })
  }
  return rows.sort((a, b) => (table.date[a.doc] ?? 0) - (table.date[b.doc] ?? 0))
}
