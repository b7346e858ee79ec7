/** The segments of one service while they are written: the open one, and those that are done. */
import type { Service } from '../../core/account.ts'
import type { Segment } from '../format.ts'
import { IndexBuilder } from './index-builder.ts'
import { merge, sealedAt, toMerge } from './merge.ts'
import { SegmentWriter } from './segment-writer.ts'
import type { ViewerFolder } from './viewer-folder.ts'

/** A segment ends here at the latest, so that memory stays flat: postings in the index. */
const mostPostings = 8_000_000

export class Stream<S extends Service = Service> {
  readonly service: S
  readonly #folder: ViewerFolder
  readonly #nextId: () => number
  #segments: readonly Segment[]
  #open: { readonly writer: SegmentWriter<S>; readonly index: IndexBuilder } | null = null

  constructor(folder: ViewerFolder, service: S, segments: readonly Segment[], nextId: () => number) {
    this.#folder = folder
    this.service = service
    this.#segments = segments
    this.#nextId = nextId
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get writer(): SegmentWriter<S> {
    return this.#opened().writer
  }

  /** The number that the next place gets. */
  get nextPlace(): number {
    if (this.#open !== null) return this.#open.writer.nextPlace
    const last = this.#segments.at(-1)
    return last === undefined ? 0 : last.firstPlace + last.places
  }

  get index(): IndexBuilder {
    return this.#opened().index
  }

  #opened(): { readonly writer: SegmentWriter<S>; readonly index: IndexBuilder } {
    if (this.#open !== null) return this.#open
    const last = this.#segments.at(-1)
    const firstDoc = last === undefined ? 0 : last.firstDoc + last.docs
    const firstPlace = last === undefined ? 0 : last.firstPlace + last.places
    const start = { id: this.#nextId(), level: 0, firstDoc, firstPlace }
    this.#open = { writer: new SegmentWriter(this.#folder, this.service, start), index: new IndexBuilder(firstDoc) }
    return this.#open
  }

  /** What this update did goes on in another segment. */
  get isFull(): boolean {
    if (this.#open === null) return false
    const { writer, index } = this.#open
    return writer.docs >= sealedAt || writer.events >= 5 * sealedAt || index.size >= mostPostings
  }

  /** Ends the open segment. */
  async end(): Promise<void> {
    if (this.#open === null) return
    const { writer, index } = this.#open
    this.#open = null
    if (writer.isEmpty) return
    const sealed = writer.docs > sealedAt / 2 || index.size > mostPostings / 2
    this.#segments = [...this.#segments, await writer.finish(index.shards(), sealed)]
  }

  /** Puts together what has become many. @throws where a shard is damaged */
  async tidy(): Promise<void> {
    for (let parts = toMerge(this.#segments); parts.length > 0; parts = toMerge(this.#segments)) {
      const merged = await merge(this.#folder, parts, this.#nextId())
      this.#segments = this.#segments.flatMap((segment) =>
        segment === parts[0] ? [merged] : parts.includes(segment) ? [] : [segment],
      )
    }
  }
}
