import { callsIn, decompressed } from '../../src/viewer/codec.ts'
import type { ShardLoader } from '../../src/viewer/format.ts'
import type { ViewerFolder } from '../../src/viewer/write/viewer-folder.ts'

/** A data folder in memory. */
export class MemoryFolder implements ViewerFolder {
  readonly files = new Map<string, Buffer>()
  /** Octets written since the last reset. */
  written = 0

  async read(name: string): Promise<Uint8Array | null> {
    return this.files.get(name) ?? null
  }

  async write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const content = Buffer.concat(parts)
    this.written += content.length
    this.files.set(name, content)
  }

  async replace(name: string, parts: readonly Uint8Array[]): Promise<void> {
    await this.write(name, parts)
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name)
  }

  async list(): Promise<readonly string[]> {
    return [...this.files.keys()]
  }

  async sync(): Promise<void> {
    // Nothing to make durable.
  }
}

/** Reads shards as a page would, each once from the folder; what it answers is the caller's. */
export function loaderOf(folder: ViewerFolder): ShardLoader {
  const shards = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const read = async (file: string, shard: string) => {
    const octets = await folder.read(file)
    const payload = octets === null ? undefined : callsIn(octets).get(shard)
    if (payload === undefined) throw new Error(`${file} does not hold ${shard}`)
    return await decompressed(payload)
  }
  return (file, shard) => {
    const loading = shards.get(shard) ?? read(file, shard)
    shards.set(shard, loading)
    return loading.then((content) => content.slice())
  }
}
