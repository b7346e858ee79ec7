/** Puts neighbouring segments together without reading any message again. */
import { gunzipSync } from 'node:zlib'
import type { Service } from '../../core/account.ts'
import { fileRows, mailRows, type Rows, toRows } from '../columns.ts'
import { type Segment, type ShardKind, shardFile, shardId } from '../format.ts'
import type { AttachmentColumns, Occurrences } from '../format-documents.ts'
import type { Events, Origins } from '../format-places.ts'
import { readJson, readPayload, readShard, shardCount } from './folder.ts'
import { entriesOf, type IndexShard, mergeEntries } from './index-merge.ts'
import { type AttachmentRow, decodeKeys, type OccurrenceRow, SegmentWriter, type Start } from './segment-writer.ts'
import type { ViewerFolder } from './viewer-folder.ts'

/** So many neighbours of one level become one of the next. */
const neighbours = 8
/** A segment of so many documents, or one that would grow beyond it, is left alone. */
export const sealedAt = 20_000

/** Segments of one service in order → those that should be put together next, or none. */
export function toMerge(segments: readonly Segment[]): readonly Segment[] {
  for (let end = segments.length; end > 0; end--) {
    const last = segments[end - 1]
    if (last === undefined || last.sealed) break
    let start = end
    let docs = 0
    for (; start > 0; start--) {
      const one = segments[start - 1]
      if (one === undefined || one.sealed || one.level !== last.level || docs + one.docs > sealedAt) break
      docs += one.docs
    }
    if (end - start >= neighbours) return segments.slice(start, start + neighbours)
    // Together they would be too large: what is there is as good as it gets.
    if (end - start > 1 && docs > sealedAt / 2) return segments.slice(start, end)
    end = start + 1
  }
  return []
}

/** Reads all shards of a segment that is in one file only once. */
class SegmentReader {
  readonly segment: Segment
  readonly #folder: ViewerFolder

  constructor(folder: ViewerFolder, segment: Segment) {
    this.#folder = folder
    this.segment = segment
  }

  #place(kind: ShardKind, number: number): [string, string] {
    return [shardFile(this.segment, kind, number), shardId(this.segment.id, kind, number)]
  }

  json<T>(kind: ShardKind, number = 0): Promise<T> {
    return readJson<T>(this.#folder, ...this.#place(kind, number))
  }

  content(kind: ShardKind, number = 0): Promise<Uint8Array> {
    return readShard(this.#folder, ...this.#place(kind, number))
  }

  payload(kind: ShardKind, number: number): Promise<Uint8Array> {
    return readPayload(this.#folder, ...this.#place(kind, number))
  }
}

/** The files of `parts` stay where they are. @throws where a shard is damaged */
export async function merge(folder: ViewerFolder, parts: readonly Segment[], id: number): Promise<Segment> {
  const [first] = parts
  if (first === undefined) throw new RangeError('nothing to merge')
  const start: Start = { id, level: first.level + 1, firstDoc: first.firstDoc, firstPlace: first.firstPlace }
  const writer = new SegmentWriter(folder, first.service, start)
  const readers = parts.map((part) => new SegmentReader(folder, part))
  for (const reader of readers) await copyDocuments(reader, writer)
  for (const reader of readers) await copyEvents(reader, writer)
  const docs = parts.reduce((sum, part) => sum + part.docs, 0)
  return await writer.finish(await mergedIndex(readers, start.firstDoc), docs > sealedAt / 2)
}

async function copyDocuments(reader: SegmentReader, writer: SegmentWriter): Promise<void> {
  const { segment } = reader
  const { sha256 } = await reader.json<Origins>('o')
  let row = 0
  for (let number = 0; number < segment.columns.length; number++) {
    for (const document of rowsOf(segment.service, await reader.json('c', number)))
      await writer.document(document, sha256[row++] ?? '')
  }
  const blocks = [
    ['t', segment.texts, writer.texts],
    ['h', segment.html, writer.html],
    ['x', segment.images, writer.images],
  ] as const
  for (const [kind, firsts, shards] of blocks) {
    for (const [number, first] of firsts.entries()) {
      const payload = await reader.payload(kind, number)
      await shards.addShard(first, payload, async () => gunzipSync(payload))
    }
  }
  for (let number = 0; number < shardCount(segment, 'a'); number++)
    for (const attachment of toRows(await reader.json<AttachmentColumns>('a', number)) as AttachmentRow[])
      await writer.attachment(attachment)
  for (let number = 0; number < segment.occurrences.length; number++) {
    const { zone, zones, ...columns } = await reader.json<Occurrences>('e', number)
    for (const [at, occurrence] of toRows(columns).entries())
      writer.occurrence({ ...occurrence, zone: zones[zone[at] ?? -1] ?? '' } as OccurrenceRow)
  }
}

function rowsOf(service: Service, columns: unknown): Rows[Service][] {
  if (service === 'mail') return mailRows(columns as Parameters<typeof mailRows>[0])
  if (service === 'files') return fileRows(columns as Parameters<typeof fileRows>[0])
  return toRows(columns as object) as Rows[Service][]
}

async function copyEvents(reader: SegmentReader, writer: SegmentWriter): Promise<void> {
  const { put, changed, removed, metas } = await reader.json<Events>('s')
  const origins = await reader.json<Origins>('o')
  const { keys, threads } = decodeKeys(await reader.content('k'))
  const meta = (number: number | undefined) => metas[number ?? -1] ?? { flags: [], labels: [] }
  for (const [row, doc] of put.doc.entries()) {
    const { file = [], offset = [], length = [] } = origins
    writer.put({
      ...{ doc, collection: put.collection[row] ?? 0, run: put.run[row] ?? 0, received: put.received[row] ?? 0 },
      meta: meta(put.meta[row]),
      origin: { file: file[row] ?? -1, offset: offset[row] ?? 0, length: length[row] ?? 0 },
      key: keys[row] ?? '',
    })
  }
  for (const [row, place] of changed.place.entries())
    writer.changed({ place, run: changed.run[row] ?? 0, meta: meta(changed.meta[row]) })
  for (const [row, place] of removed.place.entries())
    writer.removed({ place, run: removed.run[row] ?? 0, reason: removed.reason[row] ?? 0, path: removed.path[row] ?? '' })
  for (const [hash, thread] of threads) writer.thread(hash, thread)
}

/** Small: postings of at most `sealedAt` documents. */
async function mergedIndex(readers: readonly SegmentReader[], firstDoc: number): Promise<Iterable<IndexShard>> {
  const sources: ReturnType<typeof entriesOf>[] = []
  for (const reader of readers) {
    const shards: Uint8Array[] = []
    for (let number = 0; number < reader.segment.terms.length; number++) shards.push(await reader.content('i', number))
    sources.push(entriesOf(shards, reader.segment.firstDoc))
  }
  return mergeEntries(sources, firstDoc)
}
