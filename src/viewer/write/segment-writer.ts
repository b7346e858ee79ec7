/** Writes one segment: takes documents and events in order and leaves its files and its description. */
import type { Service } from '../../core/account.ts'
import type { RowOf } from '../columns.ts'
import { fileColumns, mailColumns, type Rows, Table, toColumns } from '../columns.ts'
import type { Segment } from '../format.ts'
import type { AttachmentColumns, Occurrences } from '../format-documents.ts'
import type { Events, Origins, PlaceMeta, RemovalReason } from '../format-places.ts'
import { OctetReader, OctetWriter } from '../terms.ts'
import type { IndexShard } from './index-merge.ts'
import { BlockShards, jsonOctets, ShardFiles } from './shards.ts'
import type { ViewerFolder } from './viewer-folder.ts'

const rowsPerShard = 5000

export interface Start {
  readonly id: number
  readonly level: number
  readonly firstDoc: number
  readonly firstPlace: number
}

export interface PutEvent {
  readonly doc: number
  readonly collection: number
  readonly run: number
  readonly received: number
  readonly meta: PlaceMeta
  readonly origin: { readonly file: number; readonly offset: number; readonly length: number }
  /** `shortHash` of what names the item. */
  readonly key: string
}

export interface ChangedEvent {
  readonly place: number
  readonly run: number
  readonly meta: PlaceMeta
}

export interface RemovedEvent {
  readonly place: number
  readonly run: number
  readonly reason: RemovalReason
  readonly path: string
}

/** `doc`, `fields` … of one occurrence; `zone` by name. */
export type OccurrenceRow = Omit<RowOf<Occurrences>, 'zone' | 'zones'> & { readonly zone: string }
export type AttachmentRow = RowOf<AttachmentColumns>

const contactNames = ['name', 'sort', 'organization', 'emails', 'phones', 'groups', 'photo', 'isGroup'] as const
const eventNames = ['summary', 'location', 'component', 'start', 'timing', 'repeats', 'more'] as const
const attachmentNames = ['doc', 'number', 'name', 'kind', 'size', 'file'] as const
const occurrenceNames = ['doc', 'start', 'end', 'timing', 'offset', 'part'] as const

function columnsOf<S extends Service>(service: S, rows: Rows[S][]): unknown {
  switch (service) {
    case 'mail':
      return mailColumns(rows as Rows['mail'][])
    case 'files':
      return fileColumns(rows as Rows['files'][])
    case 'contacts':
      return toColumns(rows as Rows['contacts'][], contactNames)
    default:
      return toColumns(rows as Rows['calendar'][], eventNames)
  }
}

export class SegmentWriter<S extends Service = Service> {
  readonly service: S
  readonly start: Start
  readonly texts: BlockShards
  readonly html: BlockShards
  readonly images: BlockShards
  readonly #files: ShardFiles
  #docs = 0
  #rows: Rows[S][] = []
  readonly #columns: number[] = []
  #attachments: AttachmentRow[] = []
  #attachmentShards = 0
  readonly #occurrences: OccurrenceRow[] = []
  readonly #metas = new Table()
  readonly #put = {
    doc: [] as number[],
    collection: [] as number[],
    run: [] as number[],
    received: [] as number[],
    meta: [] as number[],
  }
  readonly #changed = { place: [] as number[], run: [] as number[], meta: [] as number[] }
  readonly #removed = { place: [] as number[], run: [] as number[], reason: [] as RemovalReason[], path: [] as string[] }
  readonly #origins = { file: [] as number[], offset: [] as number[], length: [] as number[], sha256: [] as string[] }
  readonly #keys: string[] = []
  readonly #threads: (readonly [hash: string, thread: number])[] = []

  constructor(folder: ViewerFolder, service: S, start: Start) {
    this.service = service
    this.start = start
    this.#files = new ShardFiles(folder, start.id)
    this.texts = new BlockShards(this.#files, 't', 256 * 1024)
    this.html = new BlockShards(this.#files, 'h', 256 * 1024)
    this.images = new BlockShards(this.#files, 'x', 1024 * 1024)
  }

  get docs(): number {
    return this.#docs
  }

  get events(): number {
    return this.#put.doc.length + this.#changed.place.length + this.#removed.place.length
  }

  get isEmpty(): boolean {
    return this.#docs === 0 && this.events === 0
  }

  /** The number of the document that comes next. */
  get nextDoc(): number {
    return this.start.firstDoc + this.#docs
  }

  get nextPlace(): number {
    return this.start.firstPlace + this.#put.doc.length
  }

  /** `sha256`: of the original; '' where that could not be read. */
  async document(row: Rows[S], sha256: string): Promise<void> {
    const doc = this.nextDoc
    this.#docs++
    if (this.#rows.length === 0) this.#columns.push(doc)
    this.#rows.push(row)
    this.#origins.sha256.push(sha256.slice(0, 32))
    if (this.#rows.length === rowsPerShard) await this.#flushRows()
  }

  async #flushRows(): Promise<void> {
    if (this.#rows.length === 0) return
    const content = jsonOctets(columnsOf(this.service, this.#rows))
    this.#rows = []
    await this.#files.add('c', content)
  }

  async attachment(row: AttachmentRow): Promise<void> {
    this.#attachments.push(row)
    if (this.#attachments.length === rowsPerShard) await this.#flushAttachments()
  }

  async #flushAttachments(): Promise<void> {
    if (this.#attachments.length === 0) return
    const content = jsonOctets(toColumns(this.#attachments, attachmentNames))
    this.#attachments = []
    this.#attachmentShards++
    await this.#files.add('a', content)
  }

  occurrence(row: OccurrenceRow): void {
    this.#occurrences.push(row)
  }

  /** Answers the place's number. */
  put({ doc, collection, run, received, meta, origin, key }: PutEvent): number {
    const place = this.nextPlace
    this.#put.doc.push(doc)
    this.#put.collection.push(collection)
    this.#put.run.push(run)
    this.#put.received.push(received)
    this.#put.meta.push(this.#metaNumber(meta))
    this.#origins.file.push(origin.file)
    this.#origins.offset.push(origin.offset)
    this.#origins.length.push(origin.length)
    this.#keys.push(key)
    return place
  }

  #metaNumber({ flags, labels }: PlaceMeta): number {
    return this.#metas.numberOf(JSON.stringify({ flags, labels }))
  }

  changed({ place, run, meta }: ChangedEvent): void {
    this.#changed.place.push(place)
    this.#changed.run.push(run)
    this.#changed.meta.push(this.#metaNumber(meta))
  }

  removed({ place, run, reason, path }: RemovedEvent): void {
    this.#removed.place.push(place)
    this.#removed.run.push(run)
    this.#removed.reason.push(reason)
    this.#removed.path.push(path)
  }

  /** A Message-ID, by `shortHash`, belongs to a conversation. */
  thread(hash: string, thread: number): void {
    this.#threads.push([hash, thread])
  }

  /** Everything is on the medium once this returns. `index`: shards in order. */
  async finish(index: Iterable<IndexShard>, sealed: boolean): Promise<Segment> {
    await this.#flushRows()
    await this.#flushAttachments()
    for (const blocks of [this.texts, this.html, this.images]) await blocks.flush()
    const terms: string[] = []
    for (const { first, content } of index) {
      terms.push(first)
      await this.#files.add('i', content)
    }
    const occurrences = await this.#writeOccurrences()
    await this.#files.add('s', jsonOctets(this.#events()))
    const origins: Origins = this.#origins
    await this.#files.add('o', jsonOctets(origins))
    await this.#files.add('k', encodeKeys(this.#keys, this.#threads))
    const { id, level, firstDoc, firstPlace } = this.start
    const packed = await this.#files.finish()
    return {
      ...{ id, service: this.service, level, sealed, firstDoc, docs: this.#docs, firstPlace, places: this.#put.doc.length },
      ...{ events: this.events, packed, columns: this.#columns, texts: this.texts.firsts, html: this.html.firsts, terms },
      ...{ attachments: this.#attachmentShards, images: this.images.firsts, occurrences },
    }
  }

  #events(): Events {
    const metas = this.#metas.values.map((text) => JSON.parse(text) as PlaceMeta)
    return { put: this.#put, changed: this.#changed, removed: this.#removed, metas }
  }

  async #writeOccurrences(): Promise<Segment['occurrences']> {
    const all = this.#occurrences.sort((a, b) => a.start - b.start)
    const ranges: { from: number; to: number }[] = []
    for (let at = 0; at < all.length; at += rowsPerShard) {
      const rows = all.slice(at, at + rowsPerShard)
      const zones = new Table()
      const zone = rows.map((row) => zones.numberOf(row.zone))
      ranges.push({ from: rows[0]?.start ?? 0, to: rows.reduce((latest, { end }) => Math.max(latest, end), 0) })
      await this.#files.add('e', jsonOctets({ ...toColumns(rows, occurrenceNames), zone, zones: zones.values }))
    }
    return ranges
  }
}

/** For each place its key, then pairs of Message-ID and conversation. */
function encodeKeys(keys: readonly string[], threads: readonly (readonly [string, number])[]): Uint8Array {
  const writer = new OctetWriter()
  writer.varint(keys.length)
  for (const key of keys) writer.octets(Buffer.from(key, 'hex'))
  for (const [hash, thread] of threads) {
    writer.octets(Buffer.from(hash, 'hex'))
    writer.varint(thread)
  }
  return writer.take()
}

export function decodeKeys(content: Uint8Array): { readonly keys: string[]; readonly threads: [string, number][] } {
  const reader = new OctetReader(content)
  const hash = () => Buffer.from(reader.octets(8)).toString('hex')
  const keys = Array.from({ length: reader.varint() }, hash)
  const threads: [string, number][] = []
  while (!reader.atEnd) threads.push([hash(), reader.varint()])
  return { keys, threads }
}
