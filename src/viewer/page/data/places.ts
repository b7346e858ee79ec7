/** Where each document was, since which run and until which: the events of all segments, folded up to any run. */
import type { Service } from '../../../core/types.ts'
import type { Events, Origins, Overview, PlaceMeta, RemovalReason, Segment, ShardKind } from '../../format.ts'

const noMeta: PlaceMeta = { flags: [], labels: [] }
/** In `removedRun`: the provider still has it. */
export const stillThere = 0x7fffffff

/** What places are read from: a `Library`. */
export interface PlaceSource {
  readonly overview: Overview
  segments(service: Service): readonly Segment[]
  shard<T>(segment: Segment, kind: ShardKind): Promise<T>
}

export interface Original {
  /** Relative to the vault's root; '' for files, whose path is in their columns. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

/** Row n is place n. */
export class Places {
  readonly doc: number[] = []
  readonly collection: number[] = []
  readonly run: number[] = []
  readonly received: number[] = []
  readonly removedRun: number[] = []
  readonly removedReason: RemovalReason[] = []
  readonly removedPath = new Map<number, string>()
  private readonly firstMeta: PlaceMeta[] = []
  private readonly changes = new Map<number, { readonly run: number; readonly meta: PlaceMeta }[]>()
  private byDoc: Map<number, number[]> | null = null
  private readonly library: PlaceSource
  private readonly service: Service

  private constructor(library: PlaceSource, service: Service) {
    this.library = library
    this.service = service
  }

  static async load(library: PlaceSource, service: Service): Promise<Places> {
    const places = new Places(library, service)
    const segments = library.segments(service).filter(({ places: count, events }) => count > 0 || events > 0)
    const loaded = await Promise.all(segments.map((segment) => library.shard<Events>(segment, 's')))
    for (const [at, segment] of segments.entries()) places.put(segment, loaded[at])
    for (const events of loaded) places.apply(events)
    return places
  }

  get count(): number {
    return this.doc.length
  }

  private put(segment: Segment, events: Events | undefined): void {
    if (!events) return
    for (let at = 0; at < events.put.doc.length; at++) {
      const place = segment.firstPlace + at
      this.doc[place] = events.put.doc[at] ?? -1
      this.collection[place] = events.put.collection[at] ?? -1
      this.run[place] = events.put.run[at] ?? 0
      this.received[place] = events.put.received[at] ?? 0
      this.firstMeta[place] = events.metas[events.put.meta[at] ?? -1] ?? noMeta
      this.removedRun[place] = stillThere
      this.removedReason[place] = 0
    }
  }

  private apply(events: Events): void {
    const { changed, removed, metas } = events
    for (const [at, place] of changed.place.entries()) {
      const list = this.changes.get(place) ?? []
      list.push({ run: changed.run[at] ?? 0, meta: metas[changed.meta[at] ?? -1] ?? noMeta })
      this.changes.set(place, list)
    }
    for (const [at, place] of removed.place.entries()) {
      this.removedRun[place] = removed.run[at] ?? 0
      this.removedReason[place] = removed.reason[at] ?? 0
      const path = removed.path[at]
      if (path) this.removedPath.set(place, path)
    }
  }

  /** Flags and labels as they were after the run. */
  meta(place: number, asOf: number): PlaceMeta {
    const later = this.changes.get(place)?.findLast(({ run }) => run <= asOf)
    return later?.meta ?? this.firstMeta[place] ?? noMeta
  }

  /** It was there after the run. */
  isThere(place: number, asOf: number): boolean {
    return (this.run[place] ?? stillThere) <= asOf && (this.removedRun[place] ?? 0) > asOf
  }

  ofDoc(doc: number): readonly number[] {
    if (!this.byDoc) {
      this.byDoc = new Map()
      for (const [place, id] of this.doc.entries()) {
        const list = this.byDoc.get(id)
        if (list) list.push(place)
        else this.byDoc.set(id, [place])
      }
    }
    return this.byDoc.get(doc) ?? []
  }

  /** Another place of the same account holds the same document. */
  wasMoved(place: number, asOf: number): boolean {
    const { collections } = this.library.overview
    const account = collections[this.collection[place] ?? -1]?.account
    const others = this.ofDoc(this.doc[place] ?? -1)
    return others.some(
      (other) => other !== place && this.isThere(other, asOf) && collections[this.collection[other] ?? -1]?.account === account,
    )
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
