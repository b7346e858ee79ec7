/** The contacts of .vcf files and the events of .ics files: one or many in each. */
import { describeResource } from '../../formats/ical.ts'
import { type CalendarItem, itemBytes, splitCalendar } from '../../formats/ical-split.ts'
import { describeCard, splitCards } from '../../formats/vcard.ts'
import type { ArchivedFile } from './layout.ts'
import { type Path, readStart, type Tree } from './tree.ts'

export type ItemService = 'contacts' | 'calendar'

/** A card or calendar object, or octets that are none and are kept all the same. */
export interface Piece {
  readonly bytes: Buffer
  /** '' where it has none. */
  readonly uid: string
  readonly title: string
}

/** So much of a file tells whether it holds one item or many. */
const sniffed = 1024 * 1024
/** A file of one calendar item is taken as it is up to this size. */
const wholeLimit = 64 * 1024 * 1024

/**
 * Whether the file is an address book or calendar of its own; otherwise it is one item of the folder's. Those with several
 * items are, and calendars that have a name.
 */
export async function holdsWholeCollection(service: ItemService, tree: Tree, file: Path): Promise<boolean> {
  const text = (await readStart(tree, file, sniffed)).toString('latin1')
  if (service === 'contacts') return (text.match(/^BEGIN:VCARD\s*$/gim)?.length ?? 0) > 1
  if (/^X-WR-CALNAME[;:]/im.test(text)) return true
  const uids = new Set([...text.matchAll(/^UID[;:](.*)$/gim)].map(([, uid]) => uid))
  return uids.size !== 1
}

/** In the file's order. Every octet that matters is in one of them. */
export function readPieces(service: ItemService, file: ArchivedFile): AsyncGenerator<Piece> {
  return service === 'contacts' ? readCards(file) : readEvents(file)
}

async function* readCards({ tree, file }: ArchivedFile): AsyncGenerator<Piece> {
  for await (const { bytes, isCard } of splitCards(tree.read(file))) {
    const { uid, name } = describeCard(bytes)
    yield { bytes, uid: isCard ? uid : '', title: name }
  }
}

/** A file with one item, and one with none at all (an empty calendar has a name), come as they are. */
async function* readEvents({ tree, file }: ArchivedFile): AsyncGenerator<Piece> {
  let only: CalendarItem | null = null
  let count = 0
  const { size } = await tree.facts(file)
  if (size > 0 && size <= wholeLimit && !(await holdsItems({ tree, file }))) {
    yield { bytes: await readStart(tree, file, size), uid: '', title: '' }
    return
  }
  for await (const piece of splitCalendar(() => tree.read(file))) {
    if (++count === 1 && piece.kind === 'item') {
      only = piece
      continue
    }
    if (only !== null) yield eventPiece(only)
    only = null
    if (piece.kind === 'item') yield eventPiece(piece)
    else yield { bytes: piece.bytes, uid: '', title: describeResource(piece.bytes).summary }
  }
  if (only === null) return
  yield size > wholeLimit ? eventPiece(only) : { ...eventPiece(only), bytes: await readStart(tree, file, size) }
}

async function holdsItems({ tree, file }: ArchivedFile): Promise<boolean> {
  for await (const { kind } of splitCalendar(() => tree.read(file))) if (kind === 'item') return true
  return false
}

function eventPiece(item: CalendarItem): Piece {
  const bytes = itemBytes(item)
  return { bytes, uid: item.uid, title: describeResource(bytes).summary }
}
