import { hash } from 'node:crypto'
import type { Service } from '../../src/core/account.ts'
import {
  type BlockIndex,
  type Manifest,
  overviewShard,
  type Segment,
  type ShardKind,
  type ShardLoader,
  shardFile,
  shardId,
} from '../../src/viewer/format.ts'
import type { MailColumns, MailDetail } from '../../src/viewer/format-documents.ts'
import type { Overview } from '../../src/viewer/format-overview.ts'
import type { Events } from '../../src/viewer/format-places.ts'
import type { OverviewInput, ViewerChange, ViewerInput } from '../../src/viewer/input.ts'
import { type Found, mailTexts, type SearchSource } from '../../src/viewer/search.ts'
import { type UpdateResult, updateViewer } from '../../src/viewer/write/update.ts'
import type { ViewerFolder } from '../../src/viewer/write/viewer-folder.ts'
import { loaderOf } from './memory-folder.ts'

const nothingKnown: OverviewInput = {
  ...{ accounts: [], collections: [], pending: [], proof: null, verified: null, documents: true, notices: [] },
}

/** What one run did. */
export type RunChanges = readonly ViewerChange[]

/** An account `a` whose runs did this; the position is the number of runs. */
export function inputOf(runs: readonly RunChanges[], overview: OverviewInput = nothingKnown): ViewerInput {
  return {
    ...{
      vault: 'vault',
      program: 'test',
      now: () => '2026-01-01T00:00:00Z',
      document: async () => '',
      overview: async () => overview,
    },
    async changes({ a = '0' }) {
      if (Number(a) > runs.length) return null
      return (async function* () {
        for (const [number, changes] of runs.entries()) {
          if (number < Number(a)) continue
          yield* changes
          yield { kind: 'position', account: 'a', position: String(number + 1) } as const
        }
      })()
    },
  }
}

/** A run's id: the n-th day. */
export function runId(number: number): string {
  return `${new Date(Date.UTC(2026, 0, 1 + number)).toISOString().slice(0, 10)}T000000Z`
}

export function put(
  run: number,
  key: string,
  content: Uint8Array,
  more: { c?: number; service?: Service; flags?: string[] } = {},
): ViewerChange {
  return {
    ...{ kind: 'put', service: more.service ?? 'mail', collection: { account: 'a', c: more.c ?? 1 }, key, run: runId(run) },
    ...{
      sha256: hash('sha256', content, 'hex'),
      size: content.length,
      date: '2025-06-01T12:00:00Z',
      meta: { flags: more.flags ?? [] },
    },
    origin: { file: `data/a/Mail/${more.c ?? 1}/2025.mbox`, offset: 100, length: content.length },
    content: async (limit) => content.subarray(0, limit),
  }
}

export async function build(folder: ViewerFolder, input: ViewerInput, anew = false): Promise<UpdateResult> {
  return await updateViewer(folder, input, { signal: new AbortController().signal, anew })
}

/** Reads a data folder the plain way: everything at once. */
export class Built {
  readonly manifest: Manifest
  readonly load: ShardLoader

  private constructor(manifest: Manifest, load: ShardLoader) {
    this.manifest = manifest
    this.load = load
  }

  static async open(folder: ViewerFolder): Promise<Built> {
    const load = loaderOf(folder)
    const slots = await Promise.allSettled(['m0', 'm1'].map(async (slot) => json<Manifest>(await load(`${slot}.js`, slot))))
    const manifests = slots.flatMap((slot) => (slot.status === 'fulfilled' ? [slot.value] : []))
    const [newest] = manifests.sort((a, b) => b.generation - a.generation)
    if (newest === undefined) throw new Error('no manifest can be read')
    return new Built(newest, load)
  }

  async overview(): Promise<Overview> {
    const { file, shard } = overviewShard(this.manifest.overview)
    return json<Overview>(await this.load(file, shard))
  }

  segments(service: Service): Segment[] {
    return this.manifest.segments.filter((segment) => segment.service === service)
  }

  async shards<T>(service: Service, kind: ShardKind, count: (segment: Segment) => number): Promise<T[]> {
    const all: T[] = []
    for (const segment of this.segments(service))
      for (let number = 0; number < count(segment); number++)
        all.push(json<T>(await this.load(shardFile(segment, kind, number), shardId(segment.id, kind, number))))
    return all
  }

  async events(service: Service): Promise<Events[]> {
    return await this.shards<Events>(service, 's', () => 1)
  }

  async mailColumns(): Promise<MailColumns[]> {
    return await this.shards<MailColumns>('mail', 'c', ({ columns }) => columns.length)
  }

  /** Blocks of all documents, by document. */
  async blocks(service: Service, kind: 't' | 'h' | 'x'): Promise<Map<number, Buffer[]>> {
    const blocks = new Map<number, Buffer[]>()
    for (const segment of this.segments(service)) {
      const firsts = kind === 't' ? segment.texts : kind === 'h' ? segment.html : segment.images
      for (const [number, first] of firsts.entries()) {
        const content = Buffer.from(await this.load(shardFile(segment, kind, number), shardId(segment.id, kind, number)))
        let at = content.indexOf('\n') + 1
        const { docs, lengths } = JSON.parse(content.subarray(0, at).toString()) as BlockIndex
        if (docs[0] !== first) throw new Error(`shard ${number} begins with ${docs[0]}, not ${first}`)
        for (const [row, doc] of docs.entries()) {
          const end = at + (lengths[row] ?? 0)
          blocks.set(doc, [...(blocks.get(doc) ?? []), content.subarray(at, end)])
          at = end
        }
        if (at !== content.length) throw new Error('a block shard is longer than its index')
      }
    }
    return blocks
  }

  /** Every message's texts, and a source to search. */
  async mail(): Promise<{
    readonly source: SearchSource
    readonly texts: readonly (readonly string[])[]
    readonly details: readonly MailDetail[]
  }> {
    const subjects = (await this.mailColumns()).flatMap(({ subject }) => subject)
    const htmls = await this.blocks('mail', 'h')
    const details = [...(await this.blocks('mail', 't')).values()].map(([block]) => json<MailDetail>(block ?? Buffer.alloc(0)))
    const textsOf = (doc: number, fields: number) => {
      const detail = details[doc]
      if (detail === undefined) throw new Error(`no document ${doc}`)
      return mailTexts(subjects[doc] ?? '', detail, async () => htmls.get(doc)?.[0]?.toString() ?? null, fields)
    }
    const texts = await Promise.all(details.map((_, doc) => textsOf(doc, 0)))
    return { source: { segments: this.segments('mail'), load: this.load, texts: textsOf }, texts, details }
  }
}

function json<T>(content: Uint8Array): T {
  return JSON.parse(Buffer.from(content).toString()) as T
}

/** Ascending. */
export function docsIn({ hits }: Found): number[] {
  return [...hits.entries()].flatMap(([doc, fields]) => (fields === 0 ? [] : [doc]))
}
