/** Makes the files of one segment: many small shards in one file, or each shard in its own. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { scriptCall } from '../codec.ts'
import { type BlockIndex, type ShardKind, shardFile, shardId } from '../format.ts'
import type { ViewerFolder } from './viewer-folder.ts'

const compress = promisify(gzip)

/** Shards of a segment stand in one file up to this: on many disks every file takes 128 KB. Octets, compressed. */
const packedLength = 512 * 1024
/** How many shards are compressed side by side; more would only take memory. */
const inFlight = 3

export async function compressed(content: Uint8Array): Promise<Uint8Array> {
  // Half the work of the usual level, and 4 % larger.
  return await compress(content, { level: 4 })
}

export function jsonOctets(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

interface Shard {
  readonly kind: ShardKind
  readonly number: number
  readonly payload: Uint8Array
}

export class ShardFiles {
  readonly #folder: ViewerFolder
  readonly #segment: number
  readonly #counts = new Map<ShardKind, number>()
  readonly #running = new Set<Promise<void>>()
  #kept: Shard[] = []
  #keptLength = 0
  #packed = true
  #failure: { readonly error: unknown } | null = null

  constructor(folder: ViewerFolder, segment: number) {
    this.#folder = folder
    this.#segment = segment
  }

  /** Octets that were given, before compression or, where given compressed, after. */
  length = 0

  async add(kind: ShardKind, content: Uint8Array): Promise<void> {
    this.length += content.length
    await this.#enter(kind, () => compressed(content))
  }

  /** A shard as another segment has it. */
  async addCompressed(kind: ShardKind, payload: Uint8Array): Promise<void> {
    this.length += payload.length
    await this.#enter(kind, () => Promise.resolve(payload))
  }

  async #enter(kind: ShardKind, make: () => Promise<Uint8Array>): Promise<void> {
    const number = this.#counts.get(kind) ?? 0
    this.#counts.set(kind, number + 1)
    while (this.#running.size >= inFlight) await Promise.race(this.#running)
    const work = make()
      .then((payload) => this.#keep({ kind, number, payload }))
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  async #keep(shard: Shard): Promise<void> {
    if (this.#packed) {
      this.#kept.push(shard)
      this.#keptLength += shard.payload.length
      if (this.#keptLength <= packedLength) return
      this.#packed = false
      const kept = this.#kept
      this.#kept = []
      for (const one of kept) await this.#write(one)
    } else await this.#write(shard)
  }

  async #write({ kind, number, payload }: Shard): Promise<void> {
    const file = shardFile({ id: this.#segment, packed: false }, kind, number)
    await this.#folder.write(file, [scriptCall(shardId(this.#segment, kind, number), payload)])
  }

  /** Everything is on the medium once this returns. Answers whether all shards stand in one file. */
  async finish(): Promise<boolean> {
    await Promise.all(this.#running)
    this.#throwFailure()
    if (!this.#packed) return false
    const calls = this.#kept
      .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.number - b.number))
      .map(({ kind, number, payload }) => scriptCall(shardId(this.#segment, kind, number), payload))
    await this.#folder.write(shardFile({ id: this.#segment, packed: true }, 'c'), calls)
    return true
  }
}

/** Gathers blocks into shards of about `target` octets. */
export class BlockShards {
  readonly #files: ShardFiles
  readonly #kind: ShardKind
  readonly #target: number
  #docs: number[] = []
  #blocks: Uint8Array[] = []
  #length = 0
  /** First document of each shard. */
  readonly firsts: number[] = []

  constructor(files: ShardFiles, kind: ShardKind, target: number) {
    this.#files = files
    this.#kind = kind
    this.#target = target
  }

  async add(doc: number, block: Uint8Array): Promise<void> {
    if (this.#length > 0 && this.#length + block.length > this.#target) await this.flush()
    this.#docs.push(doc)
    this.#blocks.push(block)
    this.#length += block.length
  }

  /** All blocks of a shard of another segment; it is taken as it is where it is large already. */
  async addShard(first: number, payload: Uint8Array, open: () => Promise<Uint8Array>): Promise<void> {
    const content = payload.length > this.#target / 4 ? null : await open()
    if (content === null) {
      await this.flush()
      this.firsts.push(first)
      await this.#files.addCompressed(this.#kind, payload)
    } else for (const { doc, block } of blocksOf(content)) await this.add(doc, block)
  }

  async flush(): Promise<void> {
    const [first] = this.#docs
    if (first === undefined) return
    const index: BlockIndex = { docs: this.#docs, lengths: this.#blocks.map(({ length }) => length) }
    this.firsts.push(first)
    const content = Buffer.concat([jsonOctets(index), Buffer.from('\n'), ...this.#blocks])
    this.#docs = []
    this.#blocks = []
    this.#length = 0
    await this.#files.add(this.#kind, content)
  }
}

/** The blocks of a `t`, `h` or `x` shard. */
function* blocksOf(content: Uint8Array): Generator<{ readonly doc: number; readonly block: Uint8Array }> {
  const end = content.indexOf(10)
  const { docs, lengths } = JSON.parse(new TextDecoder().decode(content.subarray(0, end))) as BlockIndex
  let at = end + 1
  for (const [row, doc] of docs.entries()) {
    const length = lengths[row] ?? 0
    yield { doc, block: content.subarray(at, at + length) }
    at += length
  }
}
