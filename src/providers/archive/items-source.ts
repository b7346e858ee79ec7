import { hash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { fingerprint, fingerprintCursor } from './fingerprint.ts'
import { type ItemService, type Piece, readPieces } from './item-files.ts'
import type { ItemFiles, Layout } from './layout.ts'
import type { OpenArchive } from './open-archive.ts'
import { readError } from './tree.ts'

/** A longer UID is known by its hash. */
const uidLimit = 200

interface Place {
  /** Index in the files of the collection, and in the pieces of the file. */
  readonly file: number
  readonly piece: number
}

/**
 * Reads the address books or calendars of an archive. An item's key is its UID, or the hash of its octets where it has none;
 * those of one key are told apart by `-2`, `-3` … in the order in which they lie. Its version is the hash of its octets.
 */
export class ItemsSource implements Source {
  readonly concurrency = 1
  readonly #service: ItemService
  readonly #archive: OpenArchive
  readonly #places = new Map<string, Map<string, Place>>()
  readonly #failures = new Map<string, AppError>()
  readonly #reader: PieceReader

  constructor(service: ItemService, archive: OpenArchive) {
    this.#service = service
    this.#archive = archive
    this.#reader = new PieceReader(service)
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const layout = await this.#archive.readAnew(signal)
    this.#places.clear()
    for (const { key, path } of this.#of(layout).values()) yield { service: this.#service, key, path }
    yield* this.#archive.unreadable(this.#service, layout)
  }

  /** The cursor is a fingerprint of the collection's files. Where a file could not be read, nothing is said to be gone. */
  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const files = await this.#files(c, signal)
    const named = files.files.map((one) => ({ ...one, label: [this.#service, ...one.file] }))
    const before = await fingerprint(named, signal)
    if (since !== null && since === fingerprintCursor(before, true)) {
      yield { kind: 'checkpoint', cursor: since }
      return
    }
    let complete = true
    for await (const { item, isUnreadable } of this.#list(files, signal)) {
      if (isUnreadable) complete = false
      yield { kind: 'item', item }
    }
    if (complete) yield { kind: 'all-listed' }
    yield { kind: 'checkpoint', cursor: fingerprintCursor(before, complete) }
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const files = await this.#files(c, signal)
    const places = this.#places.get(c.key) ?? (await this.#index(files, signal))
    const wanted = items.map((item) => ({ item, place: places.get(item.key) }))
    wanted.sort((a, b) => compare(a.place, b.place))
    for (const { item, place } of wanted) {
      signal.throwIfAborted()
      yield await this.#one(files, item, place)
    }
  }

  async close(): Promise<void> {
    this.#places.clear()
    await this.#reader.close()
    await this.#archive.close()
  }

  #of(layout: Layout): ReadonlyMap<string, ItemFiles> {
    return this.#service === 'contacts' ? layout.books : layout.calendars
  }

  async #files(c: Collection, signal: AbortSignal): Promise<ItemFiles> {
    const files = this.#of(await this.#archive.read(signal)).get(c.key)
    if (files === undefined) throw new AppError('not-found', `${c.path.join('/')} is not in the archive any more.`)
    return files
  }

  async #index(files: ItemFiles, signal: AbortSignal): Promise<ReadonlyMap<string, Place>> {
    for await (const _ of this.#list(files, signal));
    return this.#places.get(files.key) ?? new Map()
  }

  async *#list(
    { key: collection, files }: ItemFiles,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly item: Item; readonly isUnreadable: boolean }> {
    const places = new Map<string, Place>()
    const repeats = new Map<string, number>()
    for (const [file, archived] of files.entries()) {
      let piece = 0
      try {
        for await (const found of readPieces(this.#service, archived)) {
          signal.throwIfAborted()
          const item = itemOf(found, places, repeats)
          places.set(item.key, { file, piece: piece++ })
          yield { item, isUnreadable: false }
        }
      } catch (error) {
        signal.throwIfAborted()
        const name = archived.file.at(-1) ?? ''
        yield { item: this.#unreadable(collection, archived, readError(error, `The file ${name}`)), isUnreadable: true }
      }
    }
    this.#places.set(collection, places)
  }

  /** The file stands in the report under a key of its own, as what is in it is not known. */
  #unreadable(collection: string, { tree, file }: ItemFiles['files'][number], error: AppError): Item {
    const key = `unreadable:${hash('sha256', JSON.stringify([collection, tree.location, ...file]), 'hex').slice(0, 32)}`
    this.#failures.set(key, error)
    return { key, version: 'unreadable', meta: {}, title: file.at(-1) ?? '' }
  }

  async #one({ files }: ItemFiles, { key, version, title }: Item, place: Place | undefined): Promise<Fetched> {
    const archived = place === undefined ? undefined : files[place.file]
    if (place === undefined || archived === undefined) return { key, error: this.#failures.get(key) ?? gone(title) }
    try {
      const piece = await this.#reader.read(archived, place.piece)
      return piece === null || versionOf(piece.bytes) !== version ? { key, error: gone(title) } : { key, content: piece.bytes }
    } catch (error) {
      return { key, error: readError(error, `The file ${archived.file.at(-1)}`) }
    }
  }
}

function itemOf({ bytes, uid, title }: Piece, taken: ReadonlyMap<string, Place>, repeats: Map<string, number>): Item {
  const version = versionOf(bytes)
  const base =
    uid === '' ? `sha256:${version}` : uid.length > uidLimit ? `uid-sha256:${hash('sha256', uid, 'hex')}` : `uid:${uid}`
  let count = repeats.get(base) ?? 0
  let key: string
  do {
    count++
    key = count === 1 ? base : `${base}-${count}`
  } while (taken.has(key))
  repeats.set(base, count)
  return { key, version, size: bytes.length, meta: {}, ...(title === '' ? {} : { title: title.slice(0, 100) }) }
}

function versionOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex').slice(0, 32)
}

function compare(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return a.file - b.file || a.piece - b.piece
}

function gone(title: string | undefined): AppError {
  return new AppError(
    'not-found',
    `${title === undefined ? 'It' : `“${title}”`} is not in the archive any more, or was changed meanwhile.`,
  )
}

/** Reads the pieces of files one after the other and stays where the last one ended: in order they cost one pass over a file. */
class PieceReader {
  readonly #service: ItemService
  #open: { readonly file: ItemFiles['files'][number]; readonly pieces: AsyncGenerator<Piece>; next: number } | null = null

  constructor(service: ItemService) {
    this.#service = service
  }

  /** Null where the file has no such piece any more. */
  async read(file: ItemFiles['files'][number], piece: number): Promise<Piece | null> {
    if (this.#open?.file !== file || this.#open.next > piece) {
      await this.close()
      this.#open = { file, pieces: readPieces(this.#service, file), next: 0 }
    }
    const open = this.#open
    try {
      for (;;) {
        const found = await open.pieces.next()
        if (found.done === true) return null
        if (open.next++ === piece) return found.value
      }
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = null
    await open?.pieces.return(undefined)
  }
}
