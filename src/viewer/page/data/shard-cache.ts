/** Shards that came along in a file and were not asked for yet, and loads in flight, shared by all who ask. */
import type { ShardLoader } from '../../format.ts'

/** Octets kept at most. */
const mostKept = 8_000_000

export interface ShardFiles<Content extends { readonly length: number }> {
  /** Loads a file and hands over what is in it. @throws when it is missing or damaged */
  load(file: string, keep: (shard: string, content: Content) => void): Promise<void>
  /** Content of a shard, decompressed. @throws when it is damaged */
  decode(content: Content): Promise<Uint8Array>
}

/** @throws (the loader) when the file is missing, damaged, or does not hold the shard */
export function shardLoader<Content extends { readonly length: number }>(source: ShardFiles<Content>): ShardLoader {
  const arrived = new Map<string, Content>()
  const files = new Map<string, Promise<void>>()
  const shards = new Map<string, Promise<Uint8Array>>()
  let kept = 0

  const keep = (shard: string, content: Content): void => {
    kept += content.length - (arrived.get(shard)?.length ?? 0)
    arrived.set(shard, content)
    for (const [oldest, other] of arrived) {
      if (kept <= mostKept || oldest === shard) break
      arrived.delete(oldest)
      kept -= other.length
    }
  }
  const take = async (file: string, shard: string): Promise<Uint8Array> => {
    if (!arrived.has(shard)) {
      const loading = files.get(file) ?? source.load(file, keep).finally(() => files.delete(file))
      files.set(file, loading)
      await loading
    }
    const content = arrived.get(shard)
    if (content === undefined) throw new Error(`${file} does not hold ${shard}`)
    arrived.delete(shard)
    kept -= content.length
    return await source.decode(content)
  }
  return (file, shard) => {
    const loading = shards.get(shard) ?? take(file, shard).finally(() => shards.delete(shard))
    shards.set(shard, loading)
    return loading
  }
}
