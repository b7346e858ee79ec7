/** Shards by script elements: what a page opened from a disk may read without asking. */
import { decodeShard } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'
import { shardLoader } from './shard-cache.ts'

declare global {
  // The name is the format's (format.ts).
  var V: (shard: string, characters: string) => void
}

/**
 * @param folder address of the data folder
 * @throws (the loader) when the file is missing, damaged, or does not hold the shard
 */
export function scriptLoader(folder: string): ShardLoader {
  return shardLoader<string>({
    load(file, keep) {
      // Of every file that is under way, whichever comes: all are of this folder.
      globalThis.V = (shard, characters) => {
        if (typeof shard === 'string' && typeof characters === 'string') keep(shard, characters)
      }
      return runScript(`${folder}/${file}`)
    },
    decode: decodeShard,
  })
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
