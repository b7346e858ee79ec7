import { AppError } from '../../core/errors.ts'
import type { Collection, Content, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readContent } from './content.ts'
import { fingerprint, fingerprintCursor } from './fingerprint.ts'
import { SpanReader } from './forward-reader.ts'
import type { Layout, Mailbox } from './layout.ts'
import { filePath, listedHash, listMailbox } from './listing.ts'
import { Locations } from './locations.ts'
import { type OpenArchive, unreadableOf } from './open-archive.ts'
import { readError } from './tree.ts'

/** Of this many mailboxes the places of the messages are kept; of others they are searched again. */
const maxIndexes = 4

/**
 * Reads an archive. An item's key and version are the hash of its octets without what mail programs and exports note in its
 * header (see `MessageHash`): the same message has the same key wherever it lies in the mailbox and in whatever export, and
 * other labels or flags change its meta only. Messages of one key are told apart by `-2`, `-3` … in the order in which they
 * lie. Its identity is the hash of the exact octets.
 */
export class ArchiveSource implements Source {
  readonly concurrency = 1
  readonly #archive: OpenArchive
  readonly #spans = new SpanReader()
  readonly #indexes = new Map<string, Locations>()
  /** Keys whose changes were asked for since the layout was read. */
  readonly #asked = new Set<string>()

  constructor(archive: OpenArchive) {
    this.#archive = archive
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const { mailboxes } = await this.#readLayout(signal)
    for (const mailbox of mailboxes.values()) {
      const { key, path, role, units, skipped } = mailbox
      const countable = skipped === undefined && units.every(({ kind }) => kind !== 'mbox')
      yield {
        service: 'mail',
        key,
        path,
        ...(role === undefined ? {} : { role }),
        ...unreadableOf(mailbox),
        ...(countable ? { count: units.reduce((sum, { names }) => sum + names.length, 0) } : {}),
      }
    }
  }

  /**
   * The cursor is a fingerprint of the mailbox's files: unchanged, it costs their sizes and times only. Where a file could
   * not be read, nothing is said to be gone, and the next run lists again.
   */
  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    // Asked a second time, the caller wants to know what happened since the first.
    if (this.#asked.has(c.key)) await this.#readLayout(signal)
    const mailbox = await this.#mailbox(c, signal)
    this.#asked.add(c.key)
    const before = await fingerprint(filesOf(mailbox), signal)
    if (since !== null && since === fingerprintCursor(before, true)) {
      yield { kind: 'checkpoint', cursor: since }
      return
    }
    const locations = new Locations()
    this.#keepIndex(mailbox, locations)
    let complete = true
    let ended = false
    try {
      for await (const listed of listMailbox(mailbox, locations, signal)) {
        if ('error' in listed) complete = false
        yield { kind: 'item', item: listed.item }
      }
      ended = true
    } finally {
      if (!ended) this.#indexes.delete(mailbox.key)
    }
    if (complete) yield { kind: 'all-listed' }
    yield { kind: 'checkpoint', cursor: fingerprintCursor(before, complete) }
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const mailbox = await this.#mailbox(c, signal)
    const locations = await this.#index(mailbox, signal)
    const places = items.map((item) => ({ item, place: locations.find(item.key) }))
    places.sort((a, b) => compare(a.place, b.place))
    for (const { item, place } of places) {
      signal.throwIfAborted()
      const { key } = item
      const unit = place === undefined ? undefined : mailbox.units[place.unit]
      const sha256 = listedHash(item)
      if (place === undefined || unit === undefined || sha256 === undefined) {
        yield { key, error: locations.failure(key) ?? gone(item.title) }
        continue
      }
      let content: Content
      try {
        content = await readContent(this.#spans, unit, place, sha256)
      } catch (error) {
        yield { key, error: readError(error, `The file ${unit.names[place.file]}`) }
        continue
      }
      yield { key, content }
      if (!(content instanceof Uint8Array)) await content[Symbol.asyncIterator]().return?.()
    }
  }

  async close(): Promise<void> {
    await this.#forget()
    await this.#archive.close()
  }

  async #forget(): Promise<void> {
    this.#indexes.clear()
    this.#asked.clear()
    await this.#spans.close()
  }

  async #readLayout(signal: AbortSignal): Promise<Layout> {
    await this.#forget()
    return await this.#archive.readAnew(signal)
  }

  async #mailbox(c: Collection, signal: AbortSignal): Promise<Mailbox> {
    const layout = await this.#archive.read(signal)
    const mailbox = layout.mailboxes.get(c.key)
    if (mailbox === undefined) throw new AppError('not-found', `The folder ${c.path.join('/')} is not in the archive any more.`)
    if (mailbox.skipped !== undefined) throw new AppError('unsupported', mailbox.skipped)
    return mailbox
  }

  /** Where the messages lie, as the last listing found it. */
  async #index(mailbox: Mailbox, signal: AbortSignal): Promise<Locations> {
    const known = this.#indexes.get(mailbox.key)
    if (known !== undefined) {
      this.#keepIndex(mailbox, known)
      return known
    }
    const locations = new Locations()
    for await (const _ of listMailbox(mailbox, locations, signal));
    this.#keepIndex(mailbox, locations)
    return locations
  }

  #keepIndex({ key }: Mailbox, locations: Locations): void {
    this.#indexes.delete(key)
    this.#indexes.set(key, locations)
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexes.size <= maxIndexes) return
      this.#indexes.delete(oldest)
    }
  }
}

type Place = ReturnType<Locations['find']>

function compare(a: Place, b: Place): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return a.unit - b.unit || a.file - b.file || a.start - b.start
}

function gone(title: string | undefined): AppError {
  const text =
    title === undefined ? 'A message is not in the archive any more.' : `The message “${title}” is not in the archive any more.`
  return new AppError('not-found', text)
}

function filesOf(mailbox: Mailbox) {
  return mailbox.units.flatMap((unit) =>
    unit.names.map((name) => ({ tree: unit.tree, file: filePath(unit, name), label: [unit.kind, ...unit.folder, name] })),
  )
}
