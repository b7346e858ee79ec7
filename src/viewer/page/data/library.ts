/** A vault's data as the page holds it: the manifest, the overview, and each service's tables when they are asked for. */
import type { Service } from '../../../core/account.ts'
import { release } from '../../codec.ts'
import {
  type BlockIndex,
  formatVersion,
  type Manifest,
  overviewShard,
  type Segment,
  type ShardKind,
  shardFile,
  shardId,
} from '../../format.ts'
import type { Overview } from '../../format-overview.ts'
import { Places } from './places.ts'
import { inOrderOfTime } from './run-order.ts'
import type { ViewerStore } from './store.ts'

/** The data cannot be shown, with the reason a person is told. */
export class DataMissing extends Error {
  readonly why: 'absent' | 'newer' | 'damaged'
  constructor(why: DataMissing['why']) {
    super(`The viewer data is ${why}`)
    this.why = why
  }
}

const decoder = new TextDecoder()
function json<T>(content: Uint8Array): T {
  return JSON.parse(decoder.decode(content)) as T
}

export class Library {
  readonly store: ViewerStore
  readonly manifest: Manifest
  /** Its runs in the order of time, of whatever account. */
  readonly overview: Overview
  /** Of a run by its number in the data: its position in `overview.runs`. */
  readonly runAt: readonly number[]
  private readonly blocks = new Map<string, Promise<Block>>()
  private readonly places = new Map<Service, Promise<Places>>()
  private readonly reading = new Map<string, Promise<unknown>>()

  private constructor(store: ViewerStore, manifest: Manifest, overview: Overview) {
    this.store = store
    this.manifest = manifest
    const ordered = inOrderOfTime(overview)
    this.overview = ordered.overview
    this.runAt = ordered.runAt
  }

  /** @throws DataMissing */
  static async open(store: ViewerStore): Promise<Library> {
    const slots = await Promise.allSettled(
      ['m0', 'm1'].map(async (slot) => json<Manifest>(await store.loadShard(`${slot}.js`, slot))),
    )
    const manifests = slots.flatMap((slot) => (slot.status === 'fulfilled' ? [slot.value] : []))
    manifests.sort((a, b) => b.generation - a.generation)
    for (const manifest of manifests) {
      if (manifest.format !== formatVersion) throw new DataMissing('newer')
      const { file, shard } = overviewShard(manifest.overview)
      try {
        return new Library(store, manifest, json<Overview>(await store.loadShard(file, shard)))
      } catch {
        // The other slot may name one that can be read.
      }
    }
    throw new DataMissing(manifests.length > 0 ? 'damaged' : 'absent')
  }

  segments(service: Service): readonly Segment[] {
    return this.manifest.segments.filter((segment) => segment.service === service)
  }

  /** Who asks for one that is under way gets the same. */
  async shard<T>(segment: Segment, kind: ShardKind, number = 0): Promise<T> {
    const id = shardId(segment.id, kind, number)
    const loading = this.reading.get(id) ?? this.read(shardFile(segment, kind, number), id)
    this.reading.set(id, loading)
    return (await loading) as T
  }

  private async read(file: string, id: string): Promise<unknown> {
    try {
      const content = await this.store.loadShard(file, id)
      const value = json<unknown>(content)
      release(content)
      return value
    } finally {
      this.reading.delete(id)
    }
  }

  /** Who was where and when. */
  placesOf(service: Service): Promise<Places> {
    const loading = this.places.get(service) ?? Places.load(this, service)
    this.places.set(service, loading)
    loading.catch(() => this.places.delete(service))
    return loading
  }

  /** The JSON block of a document, or null when it has none. */
  async text<T>(service: Service, doc: number): Promise<T | null> {
    const [block] = await this.blocksOf(service, doc, 't')
    return block ? json<T>(block) : null
  }

  async html(doc: number): Promise<string | null> {
    const [block] = await this.blocksOf('mail', doc, 'h')
    return block ? decoder.decode(block) : null
  }

  async images(service: Service, doc: number): Promise<Uint8Array<ArrayBuffer>[]> {
    return await this.blocksOf(service, doc, 'x')
  }

  private async blocksOf(service: Service, doc: number, kind: 't' | 'h' | 'x'): Promise<Uint8Array<ArrayBuffer>[]> {
    const segment = this.segments(service).find(({ firstDoc, docs }) => doc >= firstDoc && doc < firstDoc + docs)
    if (!segment) return []
    const firsts = kind === 't' ? segment.texts : kind === 'h' ? segment.html : segment.images
    const number = firsts.findLastIndex((first) => first <= doc)
    if (number < 0) return []
    const block = await this.block(segment, kind, number)
    return block.index.docs.flatMap((id, at) => (id === doc ? [block.part(at)] : []))
  }

  private block(segment: Segment, kind: ShardKind, number: number): Promise<Block> {
    const id = shardId(segment.id, kind, number)
    const loading =
      this.blocks.get(id) ?? this.store.loadShard(shardFile(segment, kind, number), id).then((content) => new Block(content))
    this.blocks.delete(id)
    this.blocks.set(id, loading)
    loading.catch(() => this.blocks.delete(id))
    // A few of about 256 KB each: enough for reading back and forth.
    for (const [oldest, block] of this.blocks) {
      if (this.blocks.size <= 6) break
      this.blocks.delete(oldest)
      // After everyone who waits for it: each takes its part at once.
      block.then((known) => known.release()).catch(() => undefined)
    }
    return loading
  }
}

class Block {
  readonly index: BlockIndex
  private readonly content: Uint8Array<ArrayBuffer>
  private readonly offsets: number[] = []

  constructor(content: Uint8Array<ArrayBuffer>) {
    const end = content.indexOf(10)
    this.index = json<BlockIndex>(content.subarray(0, end))
    this.content = content
    let offset = end + 1
    for (const length of this.index.lengths) {
      this.offsets.push(offset)
      offset += length
    }
    if (offset > content.length) throw new Error('A block is cut short')
  }

  part(at: number): Uint8Array<ArrayBuffer> {
    const offset = this.offsets[at] ?? 0
    return this.content.slice(offset, offset + (this.index.lengths[at] ?? 0))
  }

  /** Nobody needs it any more. */
  release(): void {
    release(this.content)
  }
}
