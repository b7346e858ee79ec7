/** A vault over HTTP, inside the program: its shards are read as octets and taken apart, never run as the scripts they are. */
import { callsIn, decodeShard } from '../../codec.ts'
import type { ShardLoader } from '../../format.ts'
import type { ViewerStore } from './store.ts'

/** Characters of shards that came along in a file and were not asked for yet, kept at most. */
const keptCharacters = 24_000_000

/** `root`: address of the vault's folder; `dataFolder`: name of the folder with the viewer's data. */
export function httpStore(root: string, dataFolder: string): ViewerStore {
  const address = (path: string): string => `${root}/${path.split('/').map(encodeURIComponent).join('/')}`
  return {
    loadShard: httpLoader(address(dataFolder)),
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

function httpLoader(folder: string): ShardLoader {
  const arrived = new Map<string, string>()
  const files = new Map<string, Promise<void>>()
  const shards = new Map<string, Promise<Uint8Array>>()
  let kept = 0

  const keep = (shard: string, characters: string): void => {
    kept += characters.length - (arrived.get(shard)?.length ?? 0)
    arrived.set(shard, characters)
    for (const [oldest, text] of arrived) {
      if (kept <= keptCharacters || oldest === shard) break
      arrived.delete(oldest)
      kept -= text.length
    }
  }
  const loadFile = async (file: string): Promise<void> => {
    for (const [shard, characters] of callsIn(await fetchOctets(`${folder}/${file}`))) keep(shard, characters)
  }
  const take = async (file: string, shard: string): Promise<Uint8Array> => {
    if (!arrived.has(shard)) {
      const loading = files.get(file) ?? loadFile(file).finally(() => files.delete(file))
      files.set(file, loading)
      await loading
    }
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

async function fetchOctets(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address, { headers })
  if (!response.ok) throw new Error(`${address.slice(address.lastIndexOf('/') + 1)} cannot be read`)
  return new Uint8Array(await response.arrayBuffer())
}
