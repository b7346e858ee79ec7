/** Where each document was, since which run and until which: the events of all segments, folded up to any run. */
import type { Service } from '../../../core/account.ts'
import type { Segment, ShardKind } from '../../format.ts'
import type { Overview } from '../../format-overview.ts'
import type { Events, Origins, PlaceMeta } from '../../format-places.ts'

const noMeta: PlaceMeta = { flags: [], labels: [] }
/** In `removedRun`: the provider still has it. */
export const stillThere = 0x7fffffff

/** What places are read from: a `Library`. */
export interface PlaceSource {
  readonly overview: Overview
  /** Of a run by its number in the data: its position in `overview.runs`. */
  readonly runAt: readonly number[]
  segments(service: Service): readonly Segment[]
  shard<T>(segment: Segment, kind: ShardKind): Promise<T>
}

export interface Original {
  /** Relative to the vault's root; '' for files, whose path is in their columns. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

/** Row n is place n: typed arrays, because there are as many as messages. */
export class Places {
  readonly count: number
  readonly doc: Int32Array
  readonly collection: Int32Array
  readonly run: Int32Array
  readonly removedRun: Int32Array
  readonly removedReason: Uint8Array
  readonly removedPath = new Map<number, string>()
  /** Positions in `metas`. */
  private readonly firstMeta: Int32Array
  private readonly metas: PlaceMeta[] = [noMeta]
  private readonly changes = new Map<number, { readonly run: number; readonly meta: PlaceMeta }[]>()
  /** By document its first place, by place the next one of the same document; -1: none. */
  private readonly firstOfDoc: Int32Array
  private readonly nextOfDoc: Int32Array
  private readonly library: PlaceSource
  private readonly service: Service

  private constructor(library: PlaceSource, service: Service, count: number, docs: number) {
    this.library = library
    this.service = service
    this.count = count
    this.doc = new Int32Array(count).fill(-1)
    this.collection = new Int32Array(count).fill(-1)
    this.run = new Int32Array(count).fill(stillThere)
    this.removedRun = new Int32Array(count).fill(stillThere)
    this.removedReason = new Uint8Array(count)
    this.firstMeta = new Int32Array(count)
    this.firstOfDoc = new Int32Array(docs).fill(-1)
    this.nextOfDoc = new Int32Array(count).fill(-1)
  }

  static async load(library: PlaceSource, service: Service): Promise<Places> {
    const all = library.segments(service)
    const end = (ends: readonly number[]): number => ends.reduce((most, one) => Math.max(most, one), 0)
    const places = new Places(
      library,
      service,
      end(all.map(({ firstPlace, places: count }) => firstPlace + count)),
      end(all.map(({ firstDoc, docs }) => firstDoc + docs)),
    )
    const segments = all.filter(({ places: count, events }) => count > 0 || events > 0)
    const loaded = await Promise.all(segments.map((segment) => library.shard<Events>(segment, 's')))
    for (const [at, segment] of segments.entries()) places.put(segment, loaded[at])
    for (const events of loaded) places.apply(events)
    places.linkDocs()
    return places
  }

  private put(segment: Segment, events: Events | undefined): void {
    if (!events) return
    const metas = this.metas.length
    this.metas.push(...events.metas)
    const rows = Math.min(events.put.doc.length, segment.places)
    for (let at = 0; at < rows; at++) {
      const place = segment.firstPlace + at
      this.doc[place] = events.put.doc[at] ?? -1
      this.collection[place] = events.put.collection[at] ?? -1
      this.run[place] = this.runOf(events.put.run[at])
      this.firstMeta[place] = metas + (events.put.meta[at] ?? -metas)
    }
  }

  private apply(events: Events): void {
    const { changed, removed, metas } = events
    for (const [at, place] of changed.place.entries()) {
      const list = this.changes.get(place) ?? []
      list.push({ run: this.runOf(changed.run[at]), meta: metas[changed.meta[at] ?? -1] ?? noMeta })
      this.changes.set(place, list)
    }
    for (const [at, place] of removed.place.entries()) {
      this.removedRun[place] = this.runOf(removed.run[at])
      this.removedReason[place] = removed.reason[at] ?? 0
      const path = removed.path[at]
      if (path) this.removedPath.set(place, path)
    }
  }

  private runOf(number = 0): number {
    return this.library.runAt[number] ?? number
  }

  /** Backwards, so that a document's places come in ascending order. */
  private linkDocs(): void {
    for (let place = this.count - 1; place >= 0; place--) {
      const doc = this.doc[place] ?? -1
      if (doc < 0 || doc >= this.firstOfDoc.length) continue
      this.nextOfDoc[place] = this.firstOfDoc[doc] ?? -1
      this.firstOfDoc[doc] = place
    }
  }

  /** Flags and labels as they were after the run. */
  meta(place: number, asOf: number): PlaceMeta {
    const later = this.changes.get(place)?.findLast(({ run }) => run <= asOf)
    return later?.meta ?? this.metas[this.firstMeta[place] ?? 0] ?? noMeta
  }

  /** It was there after the run. */
  isThere(place: number, asOf: number): boolean {
    return (this.run[place] ?? stillThere) <= asOf && (this.removedRun[place] ?? 0) > asOf
  }

  /** Ascending. */
  ofDoc(doc: number): readonly number[] {
    const places: number[] = []
    for (let place = this.firstOfDoc[doc] ?? -1; place >= 0; place = this.nextOfDoc[place] ?? -1) places.push(place)
    return places
  }

  /** The place that stands for the document as of a run: where it is, or else where it was last; -1 where it was nowhere yet. */
  standFor(doc: number, asOf: number): number {
    let known = -1
    for (let place = this.firstOfDoc[doc] ?? -1; place >= 0; place = this.nextOfDoc[place] ?? -1) {
      if (this.isThere(place, asOf)) return place
      if ((this.run[place] ?? stillThere) <= asOf) known = place
    }
    return known
  }

  /** Another place of the same account holds the same document. */
  wasMoved(place: number, asOf: number): boolean {
    const { collections } = this.library.overview
    const account = collections[this.collection[place] ?? -1]?.account
    const doc = this.doc[place] ?? -1
    for (let other = this.firstOfDoc[doc] ?? -1; other >= 0; other = this.nextOfDoc[other] ?? -1) {
      const isElsewhere = other !== place && this.isThere(other, asOf)
      if (isElsewhere && collections[this.collection[other] ?? -1]?.account === account) return true
    }
    return false
  }

  async original(place: number): Promise<Original | null> {
    const segment = this.library
      .segments(this.service)
      .find(({ firstPlace, places: count }) => place >= firstPlace && place < firstPlace + count)
    if (!segment) return null
    const origins = await this.library.shard<Origins>(segment, 'o')
    const row = place - segment.firstPlace
    return {
      file: this.library.overview.files[origins.file[row] ?? -1] ?? '',
      offset: origins.offset[row] ?? 0,
      length: origins.length[row] ?? 0,
    }
  }
}
