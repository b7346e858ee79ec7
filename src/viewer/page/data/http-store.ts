/** A vault over HTTP, inside the program: its shards are read as octets and taken apart, never run as the scripts they are. */
import { callsIn } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'
import { noteGarbage } from './garbage.ts'
import { shardLoader } from './shard-cache.ts'
import type { ViewerStore } from './store.ts'

/** `root`: address of the vault's folder; `dataFolder`: name of the folder with the viewer's data, once it is known. */
export function httpStore(root: string, dataFolder: Promise<string>): ViewerStore {
  const address = (path: string): string => `${root}/${path.split('/').map(encodeURIComponent).join('/')}`
  return {
    loadShard: httpLoader(async (file) => `${address(await dataFolder)}/${file}`),
    fileAddress: address,
    files: () => ({
      async slice(path, offset, length) {
        if (length === 0) return new Uint8Array()
        const octets = await fetchOctets(address(path), { Range: `bytes=${offset}-${offset + length - 1}` })
        if (octets.length !== length) throw new Error(`${path} is shorter than expected`)
        return octets
      },
    }),
  }
}

function httpLoader(addressOf: (file: string) => Promise<string>): ShardLoader {
  return shardLoader(async (file, keep) => {
    const content = await fetchOctets(await addressOf(file))
    for (const [shard, octets] of callsIn(content)) keep(shard, octets)
    noteGarbage(content.length)
  })
}

async function fetchOctets(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address, { headers })
  if (!response.ok) throw new Error(`${address.slice(address.lastIndexOf('/') + 1)} cannot be read`)
  return new Uint8Array(await response.arrayBuffer())
}
