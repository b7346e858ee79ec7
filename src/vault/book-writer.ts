/** Writes the files of address books and calendars anew, as the entries of a commit ask for. */
import { createHash } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import { CalendarZones, zonesOfHead } from '../formats/ical.ts'
import type { Batch } from './batch.ts'
import { BookChanges, idOf } from './book-changes.ts'
import { bookFile, bookFormat, zonesOfFrame } from './book-format.ts'
import { type DiskFile, readStream } from './disk.ts'
import type { History } from './history.ts'
import { ItemReader } from './item-reader.ts'
import type { CollectionId, Frame, JournalEntry, PlaceEntry, PutEntry, RemoveEntry } from './journal-entries.ts'
import { historyFolder, systemPath } from './layout.ts'
import { collect } from './mail-store.ts'
import { sumOf } from './manifest.ts'
import type { ItemRecord, StoredCollection } from './state-rows.ts'
import type { RunContext } from './store.ts'
import { type SpooledText, TextSpool } from './text-spool.ts'

/** Octets gathered before they are written. */
const flushAt = 1 << 20

/** A text of a file to be written, in its order. */
interface Line {
  readonly from: SpooledText | ItemRecord
  readonly frame: Frame | null
  /** The entry that brings it into the file; null for one that stays. */
  readonly entry: PutEntry | RemoveEntry | null
}

export class BookWriter {
  readonly #context: RunContext
  readonly #history: History
  readonly #knownSum: (path: string) => string | undefined
  readonly #onUnreadable: (path: string) => void
  readonly #spool: TextSpool
  /** The books that this run changes. */
  readonly #books = new Map<CollectionId, StoredCollection>()
  readonly #zones = new Map<CollectionId, CalendarZones>()
  /** Where the text comes from that an item gets with a batch. */
  readonly #sources = new WeakMap<Batch, Map<string, SpooledText | ItemRecord>>()
  readonly #rewritten = new WeakMap<Batch, Map<string, CollectionId>>()
  /** Files that were looked at before they were written anew, and files that this run wrote. */
  readonly #looked = new Set<string>()
  /** Those of them that are what the manifest says. */
  readonly #sound = new Set<string>()
  readonly #placed = new Set<string>()
  /** Files of which a part could not be read when this run looked at them first. */
  readonly #broken = new Set<string>()
  /** Those of them that are not written anew yet: each stays on the disk, beside the new one. */
  readonly #unreadable = new Set<string>()
  /** By file: how many items it holds. */
  readonly #counts = new Map<string, number>()
  readonly #changed = new WeakMap<Batch, Set<CollectionId>>()

  /**
   * `knownSum`: what the manifest says of a file of the account. `onUnreadable`: told of each file of which a part cannot be read, once
   * it is written anew.
   */
  constructor(
    context: RunContext,
    history: History,
    knownSum: (path: string) => string | undefined,
    onUnreadable: (path: string) => void,
  ) {
    this.#context = context
    this.#history = history
    this.#knownSum = knownSum
    this.#onUnreadable = onUnreadable
    this.#spool = new TextSpool(context.staging)
  }

  spool(text: Buffer): Promise<SpooledText> {
    return this.#spool.add(text)
  }

  /** The item changes with this batch. `from`: its new text among others, null where it has none. */
  note(batch: Batch, book: StoredCollection, key: string, from: SpooledText | ItemRecord | null): void {
    this.#books.set(book.c, book)
    this.#changed.set(batch, (this.#changed.get(batch) ?? new Set()).add(book.c))
    const sources = this.#sources.get(batch) ?? new Map<string, SpooledText | ItemRecord>()
    this.#sources.set(batch, sources)
    if (from !== null) sources.set(`${book.c} ${key}`, from)
  }

  /** Items of the books that change with the batch: all of them are written once more. */
  toRewrite(batch: Batch): number {
    let items = 0
    for (const c of this.#changed.get(batch) ?? []) {
      const book = this.#books.get(c)
      if (book !== undefined) items += this.#countIn(bookFile(book, 'main'))
    }
    return items
  }

  #countIn(path: string): number {
    const known = this.#counts.get(path) ?? this.#context.state.countIn(path)
    this.#counts.set(path, known)
    return known
  }

  /** The book's name or description is another with this batch. */
  noteHead(batch: Batch, book: StoredCollection): void {
    const path = bookFile(book, 'main')
    if (book.service === 'calendar' && this.#context.state.headLength(path) !== null) this.noteFile(batch, book, path)
  }

  /** The file is written anew with this batch, whatever else changes in it. */
  noteFile(batch: Batch, book: StoredCollection, path: string): void {
    this.note(batch, book, '', null)
    this.#rewritten.set(batch, (this.#rewritten.get(batch) ?? new Map<string, CollectionId>()).set(path, book.c))
  }

  /** The VTIMEZONEs that a calendar's file has; empty for an address book. */
  async zonesOf(book: StoredCollection): Promise<CalendarZones> {
    const known = this.#zones.get(book.c)
    if (known !== undefined) return known
    const path = bookFile(book, 'main')
    const length = book.service === 'calendar' ? (this.#context.state.headLength(path) ?? 0) : 0
    const { disk, root } = this.#context
    const isThere = length > 0 && (await disk.stat(systemPath(root, path))) !== null
    const head = isThere
      ? await this.#unlessBroken(path, () => collect(readStream(disk, systemPath(root, path), 0, length)))
      : null
    const zones = new CalendarZones(zonesOfHead(head ?? Buffer.alloc(0)))
    this.#zones.set(book.c, zones)
    return zones
  }

  /** Answers the entries to commit: those of the batch, and those that place what was written. */
  async write(batch: Batch): Promise<readonly JournalEntry[]> {
    const changes = new BookChanges(batch.entries, this.#books, this.#context.state)
    const placed: PlaceEntry[] = []
    for (const [path, c] of new Map([...changes.files(), ...(this.#rewritten.get(batch) ?? [])])) {
      const book = this.#books.get(c)
      if (book === undefined) continue
      placed.push(...(await this.#keepAsFound(path)))
      placed.push(await this.#writeFile(path, book, () => this.#linesOf(path, batch, changes), changes))
    }
    return [...changes.entries(), ...placed]
  }

  /** What a file holds when the batch is done, in its order: what was there, each in its place, then what is new. */
  *#linesOf(path: string, batch: Batch, changes: BookChanges): Generator<Line, void, undefined> {
    const { lines, gone } = this.#changedLines(path, batch, changes)
    for (const item of this.#context.state.inFile(path)) {
      const id = isInHistory(item.path) ? null : idOf(item)
      if (id !== null && gone.has(id)) continue
      const changed = id === null ? undefined : lines.get(id)
      if (id !== null) lines.delete(id)
      yield changed ?? { from: item, frame: item.frame, entry: null }
    }
    yield* lines.values()
  }

  /** What of a file is new or another with the batch, by item, and which items leave it. */
  #changedLines(
    path: string,
    batch: Batch,
    changes: BookChanges,
  ): { readonly lines: Map<string, Line>; readonly gone: ReadonlySet<string> } {
    const lines = new Map<string, Line>()
    const gone = new Set<string>()
    const sources = this.#sources.get(batch)
    for (const { entry, before } of changes.all()) {
      const id = idOf(entry)
      if (entry.history === path && before !== null) lines.set(`former ${id}`, { from: before, frame: before.frame, entry })
      const source = sources?.get(id)
      if (entry.op === 'put' && entry.path === path && entry.frame !== undefined && source !== undefined)
        lines.set(id, { from: source, frame: entry.frame, entry })
      else if (before?.path === path) gone.add(id)
    }
    return { lines, gone }
  }

  /** `lines`: begins anew with each call. */
  async #writeFile(path: string, book: StoredCollection, lines: () => Iterable<Line>, changes: BookChanges): Promise<PlaceEntry> {
    const format = bookFormat(book.service)
    const zones = await this.zonesOf(book)
    const used = new Set<string>()
    if (zones.all().length > 0) for (const { frame } of lines()) for (const zone of zonesOfFrame(frame)) used.add(zone)
    const head = format.head(book, zones, used)
    const reader = new ItemReader(this.#context.disk, this.#context.root, this.#context.state, true)
    const { file, name } = await this.#context.staging.create()
    try {
      const output = new GatheringWriter(file)
      await output.write(head)
      let count = 0
      for (const line of lines()) {
        count++
        const text = await this.#text(line, reader)
        if (text !== null) await output.write(text)
        else if (isInHistory(path) && line.entry === null) await output.write(Buffer.alloc(lengthOf(line), '\n'))
        else changes.lose(line.entry, 'c' in line.from ? line.from : null)
      }
      await output.write(format.tail)
      const { size, sha256 } = await output.end()
      // Without `replaces`, what is at the place is set aside.
      const isThere = !this.#unreadable.delete(path) && (this.#context.state.headLength(path) !== null || this.#placed.has(path))
      this.#placed.add(path)
      this.#counts.set(path, count)
      return { op: 'place', staged: name, path, size, sha256, ...(isThere ? { replaces: true } : {}), head: head.length }
    } finally {
      await file.close()
    }
  }

  /** Null where it is not in the vault any more as it was saved. */
  async #text({ from }: Line, reader: ItemReader): Promise<Buffer | null> {
    if (!('c' in from)) return await this.#spool.read(from)
    const isSound = this.#sound.has(from.path) || this.#placed.has(from.path)
    try {
      return await this.#unlessBroken(from.path, () => (isSound ? reader.textAlone(from) : reader.text(from)))
    } catch (error) {
      if (hasCode(error, 'corrupt', 'disk-absent')) return null
      throw error
    }
  }

  /**
   * Null where a part of the file cannot be read for good. @throws AppError `disk-failed` where that may pass, or where the file would
   * not be kept: then nothing is written, and all stays as it is.
   */
  async #unlessBroken<T>(path: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read()
    } catch (error) {
      if (hasCode(error, 'disk-failed') && (await this.#isBroken(path))) return null
      throw error
    }
  }

  /** Whether a part of the file cannot be read, as this run's first look at it tells: only then is it set aside. */
  async #isBroken(path: string): Promise<boolean> {
    if (this.#looked.has(path) || this.#broken.has(path)) return this.#broken.has(path)
    if (!this.#knownSum(path) || (await sumOf(this.#context.disk, systemPath(this.#context.root, path))) !== '') return false
    this.#noteBroken(path)
    return true
  }

  #noteBroken(path: string): void {
    if (this.#broken.has(path)) return
    this.#broken.add(path)
    this.#unreadable.add(path)
    this.#onUnreadable(path)
  }

  /** A file that somebody changed, or that is damaged, is kept as it was found, before it is written anew. */
  async #keepAsFound(path: string): Promise<PlaceEntry[]> {
    if (this.#looked.has(path)) return []
    this.#looked.add(path)
    const { disk, root, staging } = this.#context
    const file = systemPath(root, path)
    const known = this.#knownSum(path)
    if (known === undefined || known === '' || (await disk.stat(file))?.kind !== 'file') return []
    const sum = await sumOf(disk, file)
    // Found in time, it stays so for this run, however often the disk is asked again.
    if (sum === '') this.#noteBroken(path)
    if (this.#broken.has(path)) return []
    if (sum === known) {
      this.#sound.add(path)
      return []
    }
    const { name, size, sha256 } = await staging.stage(readStream(disk, file))
    return [{ op: 'place', staged: name, path: this.#history.placeFor(asFound(path)), size, sha256 }]
  }

  /** Nothing more is written. */
  async close(): Promise<void> {
    await this.#spool.close()
  }
}

/** `Contacts/Family.vcf` as `Contacts/Family (as found).vcf`. */
function asFound(path: string): string {
  return path.replace(/(\.[a-z]+)$/, ' (as found)$1')
}

function isInHistory(path: string): boolean {
  return path.startsWith(`${historyFolder}/`)
}

function lengthOf({ from }: Line): number {
  return from.length
}

/** Writes a file from its beginning, many small parts at once. */
class GatheringWriter {
  readonly #file: DiskFile
  readonly #sum = createHash('sha256')
  /** Used again for each piece: as garbage they would be collected too late. */
  readonly #memory = Buffer.allocUnsafeSlow(flushAt)
  #waiting = 0
  #written = 0

  constructor(file: DiskFile) {
    this.#file = file
  }

  async write(part: Buffer): Promise<void> {
    if (this.#waiting + part.length > flushAt) await this.#flush()
    if (part.length > flushAt) return await this.#put(part)
    this.#memory.set(part, this.#waiting)
    this.#waiting += part.length
  }

  async #flush(): Promise<void> {
    const waiting = this.#memory.subarray(0, this.#waiting)
    this.#waiting = 0
    if (waiting.length > 0) await this.#put(waiting)
  }

  async #put(octets: Buffer): Promise<void> {
    this.#sum.update(octets)
    await this.#file.write([octets], this.#written)
    this.#written += octets.length
  }

  async end(): Promise<{ readonly size: number; readonly sha256: string }> {
    await this.#flush()
    return { size: this.#written, sha256: this.#sum.digest('hex') }
  }
}
