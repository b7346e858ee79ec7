/** The rows of contacts, events, files and attachments. Each is loaded once and kept. */
import type { Service } from '../../../core/account.ts'
import type { AttachmentColumns, ContactColumns, DocumentKind, EventColumns, FileColumns } from '../../format-documents.ts'
import type { Library } from './library.ts'
import type { Places } from './places.ts'

/** Element n is document n. */
export interface Table<Row> {
  readonly rows: readonly (Row | undefined)[]
  readonly places: Places
}

export interface ContactRow {
  readonly name: string
  readonly sort: string
  readonly organization: string
  readonly emails: readonly string[]
  readonly phones: readonly string[]
  readonly groups: readonly string[]
  readonly photo: string
  readonly isGroup: boolean
}

export interface EventRow {
  readonly summary: string
  readonly location: string
  readonly component: string
  readonly start: number | null
  /** As `Occurrences.timing`. */
  readonly timing: 0 | 1 | 2
  readonly repeats: boolean
  readonly more: boolean
}

export interface FileRow {
  readonly folder: readonly string[]
  readonly name: string
  readonly size: number
  readonly modified: number
  readonly kind: DocumentKind
  readonly path: string
}

export interface AttachmentRow {
  readonly doc: number
  readonly name: string
  readonly kind: DocumentKind
  readonly size: number
  readonly file: string
}

/** Shards that are read at the same time: a disk on USB gains nothing from more, and the page stays small. */
export const atOnce = 6

async function loadTable<Columns, Row>(
  library: Library,
  service: Service,
  read: (columns: Columns, at: number) => Row,
  count: (columns: Columns) => number,
): Promise<Table<Row>> {
  const rows: (Row | undefined)[] = []
  const shards = library
    .segments(service)
    .flatMap((segment) => segment.columns.map((first, number) => ({ segment, first, number })))
  for (let at = 0; at < shards.length; at += atOnce) {
    const part = shards.slice(at, at + atOnce)
    const loaded = await Promise.all(part.map(({ segment, number }) => library.shard<Columns>(segment, 'c', number)))
    for (const [index, { first }] of part.entries()) {
      const columns = loaded[index]
      if (columns) for (let row = 0; row < count(columns); row++) rows[first + row] = read(columns, row)
    }
  }
  return { rows, places: await library.placesOf(service) }
}

export const contactsOf = kept((library) =>
  loadTable<ContactColumns, ContactRow>(
    library,
    'contacts',
    (columns, at) => ({
      name: columns.name[at] ?? '',
      sort: columns.sort[at] ?? '',
      organization: columns.organization[at] ?? '',
      emails: columns.emails[at] ?? [],
      phones: columns.phones[at] ?? [],
      groups: columns.groups[at] ?? [],
      photo: columns.photo[at] ?? '',
      isGroup: columns.isGroup[at] ?? false,
    }),
    ({ name }) => name.length,
  ),
)

export const eventsOf = kept((library) =>
  loadTable<EventColumns, EventRow>(
    library,
    'calendar',
    (columns, at) => ({
      summary: columns.summary[at] ?? '',
      location: columns.location[at] ?? '',
      component: columns.component[at] ?? 'VEVENT',
      start: columns.start[at] ?? null,
      timing: columns.timing[at] ?? 0,
      repeats: columns.repeats[at] ?? false,
      more: columns.more[at] ?? false,
    }),
    ({ summary }) => summary.length,
  ),
)

export const filesOf = kept((library) =>
  loadTable<FileColumns, FileRow>(
    library,
    'files',
    (columns, at) => ({
      folder: columns.folders[columns.folder[at] ?? -1] ?? [],
      name: columns.name[at] ?? '',
      size: columns.size[at] ?? 0,
      modified: columns.modified[at] ?? 0,
      kind: columns.kind[at] ?? 'other',
      path: columns.path[at] ?? '',
    }),
    ({ name }) => name.length,
  ),
)

export const attachmentsOf = kept(async (library): Promise<readonly AttachmentRow[]> => {
  const shards = library
    .segments('mail')
    .flatMap((segment) => Array.from({ length: segment.attachments }, (_, number) => ({ segment, number })))
  const loaded = await Promise.all(shards.map(({ segment, number }) => library.shard<AttachmentColumns>(segment, 'a', number)))
  return loaded.flatMap((columns) =>
    columns.doc.map((doc, at) => ({
      doc,
      name: columns.name[at] ?? '',
      kind: columns.kind[at] ?? ('other' as const),
      size: columns.size[at] ?? 0,
      file: columns.file[at] ?? '',
    })),
  )
})

/** Remembers the answer for each library; a failure is tried again. */
function kept<T>(load: (library: Library) => Promise<T>): (library: Library) => Promise<T> {
  const known = new WeakMap<Library, Promise<T>>()
  return (library) => {
    const loading = known.get(library) ?? load(library)
    known.set(library, loading)
    loading.catch(() => known.delete(library))
    return loading
  }
}

/** An item as of a run: the place to show for it, and whether it is gone. */
export interface ShownPlace {
  readonly place: number
  readonly doc: number
  readonly isRemoved: boolean
}

/**
 * What was there after the run, and what was removed before it and not replaced: shown as such. Earlier versions of the same
 * item are left out.
 */
export function shownPlaces(places: Places, asOf: number, collections: ReadonlySet<number> | null): ShownPlace[] {
  const shown: ShownPlace[] = []
  for (let place = 0; place < places.count; place++) {
    if ((places.run[place] ?? 0) > asOf) continue
    if (collections && !collections.has(places.collection[place] ?? -1)) continue
    const isThere = places.isThere(place, asOf)
    if (!isThere && (places.removedReason[place] !== 0 || places.wasMoved(place, asOf))) continue
    shown.push({ place, doc: places.doc[place] ?? -1, isRemoved: !isThere })
  }
  return shown
}
