/** Shards that came along in a file and were not asked for yet, and loads in flight, shared by all who ask. */
import { decompressed, release } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'
import { putOffCollecting } from './garbage.ts'

/** Octets kept at most. */
const mostKept = 8_000_000

/** Content of a shard, compressed. */
type Packed = Uint8Array<ArrayBuffer>

/** Loads a file and hands over what is in it. @throws when it is missing or damaged */
export type LoadFile = (file: string, keep: (shard: string, content: Packed) => void) => Promise<void>

/** @throws (the loader) when the file is missing, damaged, or does not hold the shard */
export function shardLoader(load: LoadFile): ShardLoader {
  const arrived = new Map<string, Packed>()
  const files = new Map<string, Promise<void>>()
  const shards = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  let kept = 0

  const keep = (shard: string, content: Packed): void => {
    kept += content.length - (arrived.get(shard)?.length ?? 0)
    arrived.set(shard, content)
    for (const [oldest, other] of arrived) {
      if (kept <= mostKept || oldest === shard) break
      arrived.delete(oldest)
      kept -= other.length
    }
  }
  const take = async (file: string, shard: string): Promise<Uint8Array<ArrayBuffer>> => {
    if (!arrived.has(shard)) {
      putOffCollecting()
      const loading = files.get(file) ?? load(file, keep).finally(() => files.delete(file))
      files.set(file, loading)
      await loading
    }
    const packed = arrived.get(shard)
    if (packed === undefined) throw new Error(`${file} does not hold ${shard}`)
    arrived.delete(shard)
    kept -= packed.length
    const content = await decompressed(packed)
    release(packed)
    return content
  }
  return (file, shard) => {
    const loading = shards.get(shard) ?? take(file, shard).finally(() => shards.delete(shard))
    shards.set(shard, loading)
    return loading
  }
}
