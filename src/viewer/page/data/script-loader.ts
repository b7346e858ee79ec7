/** Shards by script elements: what a page opened from a disk may read without asking. */
import { octetsOf } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'
import { noteGarbage } from './garbage.ts'
import { shardLoader } from './shard-cache.ts'

declare global {
  // The name is the format's (format.ts).
  var V: (shard: string, holder: () => void) => void
}

/**
 * @param folder address of the data folder
 * @throws (the loader) when the file is missing, damaged, or does not hold the shard
 */
export function scriptLoader(folder: string): ShardLoader {
  return shardLoader((file, keep) => {
    // Of every file that is under way, whichever comes: all are of this folder.
    globalThis.V = (shard, holder) => {
      if (typeof shard !== 'string' || typeof holder !== 'function') return
      const octets = octetsOf(holder)
      keep(shard, octets)
      noteGarbage(octets.length)
    }
    return runScript(`${folder}/${file}`)
  })
}

function runScript(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.charset = 'windows-1252'
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
