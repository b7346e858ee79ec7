/** How an address book or calendar becomes one file, and its items texts in that file. */
import type { Originals } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { type CalendarZones, calendarHead, calendarTail, describeResource, readResource } from '../formats/ical.ts'
import { describeCard, joinableCard } from '../formats/vcard.ts'
import type { Frame, Heading } from './journal-entries.ts'
import { bookExtension, type StoredKind } from './layout.ts'
import type { StoredCollection } from './state-rows.ts'

export interface BookText {
  /** In which file of the book it can stand. `older`: only readers of vCard 2.1 take it. */
  readonly file: 'main' | 'older'
  readonly text: Buffer
  readonly frame: Frame
}

export interface BookFormat {
  /** A name for an item that has none. */
  readonly fallback: string
  /** Null for an item that cannot stand among others; `zones` are those of the calendar, which take in new ones. */
  join(bytes: Uint8Array, zones: CalendarZones): BookText | null
  describe(bytes: Uint8Array): Partial<Heading>
  head(book: StoredCollection, zones: CalendarZones, used: ReadonlySet<string>): Buffer
  readonly tail: Buffer
}

const contacts: BookFormat = {
  fallback: 'card',
  join(bytes) {
    const card = joinableCard(bytes)
    return card === null ? null : { file: card.strict ? 'main' : 'older', text: card.text, frame: { ...card.form } }
  },
  describe(bytes) {
    const { name, uid } = describeCard(bytes)
    return { ...(name === '' ? {} : { subject: name }), ...(uid === '' ? {} : { messageId: uid }) }
  },
  head: () => Buffer.alloc(0),
  tail: Buffer.alloc(0),
}

const calendar: BookFormat = {
  fallback: 'event',
  join(bytes, zones) {
    const resource = readResource(bytes)
    const frame = resource === null ? null : zones.fit(resource)
    return resource === null || frame === null
      ? null
      : { file: 'main', text: resource.components, frame: { ...frame } as unknown as Frame }
  },
  describe(bytes) {
    const { summary, uid, start } = describeResource(bytes)
    return {
      ...(summary === '' ? {} : { subject: summary }),
      ...(uid === '' ? {} : { messageId: uid }),
      ...(start === '' ? {} : { start }),
    }
  },
  head({ path, meta }, zones, used) {
    const properties = { name: path.at(-1) ?? '', ...text(meta, 'description', 'description'), ...text(meta, 'colour', 'color') }
    return calendarHead(
      properties,
      zones.all().filter(({ tzid }) => used.has(tzid)),
    )
  },
  tail: calendarTail,
}

/** JSON values, one a line: the text is the item. */
const originals: BookFormat = {
  fallback: 'original',
  join: (bytes) => ({ file: 'main', text: Buffer.from(bytes), frame: { lineEnds: 'asis' } }),
  describe: () => ({}),
  head: () => Buffer.alloc(0),
  tail: Buffer.alloc(0),
}

/** The lines of an original. */
export function originalText(values: Originals): Buffer {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}

function text(meta: JsonObject | null, from: string, to: string): Record<string, string> {
  const value = meta?.[from]
  return typeof value === 'string' ? { [to]: value } : {}
}

export function bookFormat(kind: StoredKind): BookFormat {
  if (kind === 'originals') return originals
  return kind === 'contacts' ? contacts : calendar
}

/** The TZIDs of the file that an item's frame refers to. */
export function zonesOfFrame(frame: Frame | null): string[] {
  const zones = frame?.['zones']
  return Array.isArray(zones) ? zones.filter((zone): zone is string => typeof zone === 'string') : []
}

/** The file that holds the items of a book which can stand together. */
export function bookFile({ service, folder }: Pick<StoredCollection, 'service' | 'folder'>, file: BookText['file']): string {
  return file === 'main' ? `${folder}${bookExtension(service)}` : `${folder}/vCard 2.1.vcf`
}
