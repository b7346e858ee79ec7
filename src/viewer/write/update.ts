/**
 * Brings the viewer's data up to what the input tells. Whatever interrupts it, the data stays what it was at the last commit,
 * and the next update goes on from there.
 */

import type { Service } from '../../core/account.ts'
import { hasCode, toAppError } from '../../core/errors.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { scriptCall } from '../codec.ts'
import { formatVersion, type Manifest, overviewShard } from '../format.ts'
import type { CalendarRange, Overview } from '../format-overview.ts'
import type { PlaceMeta } from '../format-places.ts'
import type { CollectionKey, ItemKey, PutChange, ViewerChange, ViewerInput } from '../input.ts'
import { Book } from './book.ts'
import type { DocumentContext } from './document-context.ts'
import { documentMakers } from './documents.ts'
import { calendarHorizon } from './event-document.ts'
import { commit, readJson, readManifests, shortHash } from './folder.ts'
import { Lookup } from './lookup.ts'
import { type ReadMail, readMail } from './mail.ts'
import { Newest } from './newest.ts'
import { Room } from './room.ts'
import { compressed, jsonOctets } from './shards.ts'
import { Stream } from './stream.ts'
import type { ViewerFolder } from './viewer-folder.ts'

export interface UpdateOptions {
  readonly signal: AbortSignal
  /** True: whatever is there is not asked, and replaced. */
  readonly anew: boolean
  /** Called now and then: documents read so far. */
  onProgress?(documents: number): void
}

export interface UpdateResult {
  readonly documents: number
  /** False: everything was there already. */
  readonly changed: boolean
  /** What could not be prepared, each a sentence. At most 20. */
  readonly notices: readonly string[]
}

/** @throws AppError of the folder's, and the signal's reason; TypeError where data that is there is damaged: make it anew then */
export async function updateViewer(folder: ViewerFolder, input: ViewerInput, options: UpdateOptions): Promise<UpdateResult> {
  const { current, generation } = await readManifests(folder)
  const usable = options.anew || current?.vault !== input.vault ? null : current
  const continued = usable === null ? null : await input.changes(usable.covered)
  const changes = continued ?? (await input.changes({}))
  if (changes === null) throw new TypeError('the input has no beginning')
  const base = continued === null ? null : usable
  const names = await folder.list()
  const before = base === null ? null : await readOverview(folder, base)
  // Endless series were expanded up to a year that comes near.
  const last = before?.calendarRange?.to
  if (last !== undefined && calendarHorizon(input.now()).year - last > 4)
    return await updateViewer(folder, input, { ...options, anew: true })
  using update = new Update(folder, input, options, {
    manifest: base,
    overview: before,
    inPlace: current,
    generation,
    names,
  })
  return await update.run(changes)
}

function readOverview(folder: ViewerFolder, { overview }: Manifest): Promise<Overview> {
  const { file, shard } = overviewShard(overview)
  return readJson<Overview>(folder, file, shard)
}

interface Before {
  readonly manifest: Manifest | null
  readonly overview: Overview | null
  /** What the page reads now, even where it is of no use for going on. */
  readonly inPlace: Manifest | null
  readonly generation: number
  readonly names: readonly string[]
}

/** Larger messages are read up to here. Octets. */
const largestMessage = 64 * 1024 * 1024

class Update {
  readonly #folder: ViewerFolder
  readonly #input: ViewerInput
  readonly #options: UpdateOptions
  readonly #before: Before
  readonly #lookup = new Lookup()
  readonly #book: Book
  readonly #newest: Newest
  readonly #streams: { readonly [S in Service]: Stream<S> }
  readonly #covered: Map<string, string>
  readonly #notices: string[] = []
  /** For the attachments of one message. */
  readonly #room = new Room()
  #isLoaded = false
  #generation: number
  #inPlace: Manifest | null
  #documents = 0
  #dirty = false
  #committed = false
  #lastId: number

  constructor(folder: ViewerFolder, input: ViewerInput, options: UpdateOptions, before: Before) {
    this.#folder = folder
    this.#input = input
    this.#options = options
    this.#before = before
    this.#book = new Book(before.overview)
    this.#newest = new Newest(before.overview)
    this.#covered = new Map(Object.entries(before.manifest?.covered ?? {}))
    this.#generation = before.generation
    this.#inPlace = before.inPlace
    this.#lastId = Math.max(0, ...before.names.map((name) => Number(/^(\d+)/.exec(name)?.[1] ?? 0)))
    const stream = <S extends Service>(service: S) =>
      new Stream(folder, service, before.manifest?.segments.filter((one) => one.service === service) ?? [], () => ++this.#lastId)
    this.#streams = { mail: stream('mail'), contacts: stream('contacts'), calendar: stream('calendar'), files: stream('files') }
  }

  [Symbol.dispose](): void {
    this.#lookup.close()
  }

  async run(changes: AsyncIterable<ViewerChange>): Promise<UpdateResult> {
    for await (const change of changes) {
      this.#options.signal.throwIfAborted()
      await this.#apply(change)
    }
    this.#options.signal.throwIfAborted()
    if (this.#dirty || this.#before.manifest === null || (await this.#isOverviewOther())) await this.#commit()
    return { documents: this.#documents, changed: this.#committed, notices: this.#notices }
  }

  async #loadLookup(): Promise<void> {
    if (!this.#isLoaded && this.#before.manifest !== null)
      await this.#lookup.load(this.#folder, this.#before.manifest, this.#book.renames)
    this.#isLoaded = true
  }

  async #apply(change: ViewerChange): Promise<void> {
    if (change.kind === 'position') {
      this.#dirty ||= this.#covered.get(change.account) !== change.position
      this.#covered.set(change.account, change.position)
      if (Object.values(this.#streams).some((stream) => stream.isFull)) await this.#commit()
      return
    }
    this.#dirty = true
    if (change.kind === 'put' || change.kind === 'changed' || change.kind === 'removed' || change.kind === 'moved')
      await this.#loadLookup()
    switch (change.kind) {
      case 'put':
        return await this.#put(change)
      case 'changed':
        return await this.#changed(change)
      case 'removed':
        return this.#removed(change, change.rekeyed ? 2 : 0)
      case 'renamed':
        return await this.#renamed(change.from, change.to)
      case 'moved':
        this.#book.move(change.from, change.to)
        return this.#lookup.moveFile(change.from, change.to)
      default:
        this.#book.note(change)
    }
  }

  async #put(change: PutChange): Promise<void> {
    const { service, origin } = change
    const run = this.#book.run(change.collection.account, change.run)
    const collection = this.#book.collection(change.collection, service, run)
    // A file's document holds its name as well: each place has its own.
    const known = this.#lookup.document(service, change.sha256)
    const isNew = known === null || service === 'files' || this.#lookup.isUnread(service, known)
    const doc = isNew ? await this.#document(change) : known
    const key = keyOf(change)
    const earlier = this.#lookup.place(service, key)
    const stream = this.#streams[service]
    if (earlier?.live === true) {
      // What could not be read before is no other version.
      const isSame = earlier.doc === (known ?? doc) || this.#lookup.isUnread(service, earlier.doc)
      const reason = isSame ? 2 : 1
      stream.writer.removed({ place: earlier.place, run, reason, path: this.#lookup.movedPath(service, earlier.place) })
      this.#newest.remove(service, earlier.place)
      this.#book.count(run, 'changed')
    } else this.#book.count(run, 'added')
    const meta = placeMeta(change.meta)
    const received = seconds(change.date) ?? 0
    const file = service === 'files' ? -1 : this.#book.file(origin.file)
    const place = stream.writer.put({
      ...{ doc, collection, run, received, meta, key },
      origin: { file, offset: origin.offset, length: origin.length },
    })
    this.#lookup.addPlace(service, key, place, doc)
    if (service === 'files') this.#lookup.addFile(place, { path: origin.file, size: change.size, sha256: change.sha256 })
    if (service === 'mail') this.#newest.put({ doc, place, collection, flags: meta.flags })
  }

  async #renamed(from: string, to: string): Promise<void> {
    await this.#loadLookup()
    const place = this.#streams.files.nextPlace
    this.#lookup.renameFolder(from, to, place)
    this.#book.rename(from, to, place)
  }

  async #document(change: PutChange): Promise<number> {
    const context = {
      input: this.#input,
      lookup: this.#lookup,
      newest: this.#newest,
      mail: (message: PutChange) => this.#mail(message),
      notice: (text: string) => this.#notice(text),
    }
    const doc = await this.#made(change, context)
    this.#documents++
    if (this.#documents % 100 === 0) this.#options.onProgress?.(this.#documents)
    return doc
  }

  async #mail(change: PutChange): Promise<ReadMail> {
    this.#room.clear()
    const octets = await change.content(largestMessage)
    return await readMail(octets, change.size > largestMessage, this.#room.allocate)
  }

  /** What cannot be read has its place and nothing else. */
  async #made(change: PutChange, context: DocumentContext): Promise<number> {
    const { service, sha256 } = change
    const make = documentMakers[service]
    try {
      const doc = await make(change, this.#streams, context)
      this.#lookup.addDocument(service, sha256, doc)
      return doc
    } catch (error) {
      if (!hasCode(error, 'corrupt', 'disk-absent')) throw error
      const known = this.#lookup.document(service, sha256)
      if (known !== null && this.#lookup.isUnread(service, known)) return known
      this.#notice(`START HERE.html cannot show something in ${change.origin.file}: ${toAppError(error).message}`)
      const nothing: PutChange = { ...change, sha256: '', content: async () => new Uint8Array() }
      const doc = await make(nothing, this.#streams, context)
      this.#lookup.addUnread(service, sha256, doc)
      return doc
    }
  }

  #notice(text: string): void {
    if (this.#notices.length < 20) this.#notices.push(text)
  }

  async #changed(change: ItemKey & { readonly meta: JsonObject }): Promise<void> {
    const known = this.#lookup.place(change.service, keyOf(change))
    if (known?.live !== true) return
    if (change.service === 'files') return await this.#renamedFile(change, known.place)
    const run = this.#book.run(change.collection.account, change.run)
    const meta = placeMeta(change.meta)
    this.#streams[change.service].writer.changed({ place: known.place, run, meta })
    this.#newest.changed(change.service, known.place, meta.flags)
    this.#book.count(run, 'changed')
  }

  /** Its name or date are another, which its document holds. */
  async #renamedFile({ meta, ...item }: ItemKey & { readonly meta: JsonObject }, place: number): Promise<void> {
    const file = this.#lookup.file(place)
    if (file === null) return
    const origin = { file: file.path, offset: 0, length: file.size }
    const { sha256, size } = file
    await this.#put({ ...item, kind: 'put', meta, sha256, size, date: '', origin, content: async () => new Uint8Array() })
  }

  #removed(change: ItemKey, reason: 0 | 2): void {
    const known = this.#lookup.place(change.service, keyOf(change))
    if (known?.live !== true) return
    const run = this.#book.run(change.collection.account, change.run)
    const path = this.#lookup.movedPath(change.service, known.place)
    this.#streams[change.service].writer.removed({ place: known.place, run, reason, path })
    this.#lookup.remove(change.service, known.place)
    this.#newest.remove(change.service, known.place)
    if (reason === 0) this.#book.count(run, 'removed')
  }

  #calendarRange(): CalendarRange | null {
    const starts = this.#streams.calendar.segments.flatMap(({ occurrences }) => occurrences.map(({ from }) => from))
    if (this.#streams.calendar.segments.length === 0) return null
    const { year: to } = calendarHorizon(this.#input.now())
    const first = starts.reduce((least, from) => Math.min(least, from), Number.POSITIVE_INFINITY)
    return {
      from: Number.isFinite(first) ? new Date(first * 1000).getUTCFullYear() : to,
      to: this.#before.overview?.calendarRange?.to ?? to,
    }
  }

  async #overview(): Promise<Overview> {
    const described = await this.#input.overview()
    const isInbox = this.#book.inboxes(described)
    return this.#book.overview(
      { ...described, notices: [...described.notices, ...this.#notices] },
      { newest: this.#newest.list(isInbox), calendarRange: this.#calendarRange() },
    )
  }

  /** Something that no journal tells: a proof, a verification. */
  async #isOverviewOther(): Promise<boolean> {
    return !this.#committed && JSON.stringify(await this.#overview()) !== JSON.stringify(this.#before.overview)
  }

  async #commit(): Promise<void> {
    const streams = Object.values(this.#streams)
    for (const stream of streams) await stream.end()
    for (const stream of streams) await stream.tidy()
    const overview = await this.#overview()
    this.#generation++
    const { file, shard } = overviewShard(this.#generation)
    await this.#folder.write(file, [scriptCall(shard, await compressed(jsonOctets(overview)))])
    const manifest: Manifest = {
      ...{ format: formatVersion, generation: this.#generation, vault: this.#input.vault, program: this.#input.program },
      ...{ written: this.#input.now(), overview: this.#generation, segments: streams.flatMap(({ segments }) => segments) },
      covered: Object.fromEntries(this.#covered),
    }
    await commit(this.#folder, manifest, this.#inPlace)
    this.#inPlace = manifest
    this.#dirty = false
    this.#committed = true
  }
}

function keyOf({ collection, key }: { readonly collection: CollectionKey; readonly key: string }): string {
  return shortHash(`${collection.account}\0${collection.c}\0${key}`)
}

function placeMeta(meta: JsonObject): PlaceMeta {
  return { flags: texts(meta['flags']), labels: texts(meta['labels']) }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** RFC 3339 → seconds since 1970 UTC; null where it is none. */
function seconds(date: string): number | null {
  const time = Date.parse(date)
  return Number.isNaN(time) ? null : Math.floor(time / 1000)
}
