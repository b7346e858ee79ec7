/** Shards by script elements: what a page opened from a disk may read without asking. */
import { decodeShard } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'

/** Characters of shards that came along in a file and were not asked for yet, kept at most. */
const keptCharacters = 24_000_000

declare global {
  // The name is the format's (format.ts).
  var V: (shard: string, characters: string) => void
}

/**
 * @param folder address of the data folder
 * @throws (the loader) when the file is missing, damaged, or does not hold the shard
 */
export function scriptLoader(folder: string): ShardLoader {
  const arrived = new Map<string, string>()
  const files = new Map<string, Promise<void>>()
  const shards = new Map<string, Promise<Uint8Array>>()
  let kept = 0

  globalThis.V = (shard, characters) => {
    if (typeof shard !== 'string' || typeof characters !== 'string') return
    kept += characters.length - (arrived.get(shard)?.length ?? 0)
    arrived.set(shard, characters)
    for (const [oldest, text] of arrived) {
      if (kept <= keptCharacters || oldest === shard) break
      arrived.delete(oldest)
      kept -= text.length
    }
  }

  const loadFile = (file: string): Promise<void> => {
    const loading = files.get(file) ?? runScript(`${folder}/${file}`).finally(() => files.delete(file))
    files.set(file, loading)
    return loading
  }

  const take = async (file: string, shard: string): Promise<Uint8Array> => {
    if (!arrived.has(shard)) await loadFile(file)
    const characters = arrived.get(shard)
    if (characters === undefined) throw new Error(`${file} does not hold ${shard}`)
    arrived.delete(shard)
    kept -= characters.length
    return await decodeShard(characters)
  }

  return (file, shard) => {
    const loading = shards.get(shard) ?? take(file, shard).finally(() => shards.delete(shard))
    shards.set(shard, loading)
    return loading
  }
}

function runScript(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.charset = 'x-user-defined'
    script.src = address
    script.onload = () => {
      script.remove()
      resolve()
    }
    script.onerror = () => {
      script.remove()
      reject(new Error(`${address.slice(address.lastIndexOf('/') + 1)} cannot be read`))
    }
    document.head.append(script)
  })
}
