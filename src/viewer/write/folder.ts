/** The data folder, and the two slots of its manifest. */
import { hash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { callsIn, scriptCall } from '../codec.ts'
import { formatVersion, type Manifest, overviewShard, type Segment, type ShardKind, shardFile, shardId } from '../format.ts'
import { compressed, jsonOctets } from './shards.ts'
import type { ViewerFolder } from './viewer-folder.ts'

const ours = /^(?:m[01]|o\d{6,}|\d{6,}(?:-[a-z]\d+)?)\.js$/

/** Content of a shard, decompressed. @throws where it is missing or damaged */
export async function readShard(folder: ViewerFolder, file: string, shard: string): Promise<Uint8Array> {
  return gunzipSync(await readPayload(folder, file, shard))
}

/** The same as it stands, compressed. */
export async function readPayload(folder: ViewerFolder, file: string, shard: string): Promise<Uint8Array> {
  const octets = await folder.read(file)
  const payload = octets === null ? undefined : callsIn(octets).get(shard)
  if (payload === undefined) throw new TypeError(`${file} does not hold ${shard}`)
  return payload
}

export async function readJson<T>(folder: ViewerFolder, file: string, shard: string): Promise<T> {
  return JSON.parse(Buffer.from(await readShard(folder, file, shard)).toString()) as T
}

/** Null where a slot is missing or damaged. Of another format only the generation can be relied on. */
async function readSlot(folder: ViewerFolder, slot: 0 | 1): Promise<Manifest | null> {
  try {
    const manifest = await readJson<Manifest>(folder, `m${slot}.js`, `m${slot}`)
    return Number.isSafeInteger(manifest.generation) && manifest.generation % 2 === slot ? manifest : null
  } catch {
    return null
  }
}

interface Manifests {
  /** The newest one whose files are all there. */
  readonly current: Manifest | null
  /** The greatest of any that can be read, of whatever format: a page takes the newest that it finds. */
  readonly generation: number
}

export async function readManifests(folder: ViewerFolder): Promise<Manifests> {
  const present = new Set(await folder.list())
  const slots = [await readSlot(folder, 0), await readSlot(folder, 1)].filter((slot) => slot !== null)
  const newestFirst = slots.filter(({ format }) => format === formatVersion).sort((a, b) => b.generation - a.generation)
  return {
    current: newestFirst.find((manifest) => [...filesOf(manifest)].every((file) => present.has(file))) ?? null,
    generation: slots.reduce((most, { generation }) => Math.max(most, generation), 0),
  }
}

const kinds: readonly ShardKind[] = ['c', 't', 'h', 'i', 'a', 'x', 'e', 's', 'o', 'k']

/** How many shards of a kind a segment has. */
export function shardCount(segment: Segment, kind: ShardKind): number {
  switch (kind) {
    case 'c':
      return segment.columns.length
    case 't':
      return segment.texts.length
    case 'h':
      return segment.html.length
    case 'i':
      return segment.terms.length
    case 'a':
      return segment.attachments
    case 'x':
      return segment.images.length
    case 'e':
      return segment.occurrences.length
    case 's':
    case 'o':
    case 'k':
      return 1
  }
}

/** Every file that a manifest speaks of. */
function* filesOf(manifest: Manifest): Generator<string> {
  yield overviewShard(manifest.overview).file
  for (const segment of manifest.segments) {
    if (segment.packed) yield shardFile(segment, 'c')
    else for (const { kind, number } of shardsOf(segment)) yield shardFile(segment, kind, number)
  }
}

function* shardsOf(segment: Segment): Generator<{ readonly kind: ShardKind; readonly number: number; readonly id: string }> {
  for (const kind of kinds)
    for (let number = 0; number < shardCount(segment, kind); number++)
      yield { kind, number, id: shardId(segment.id, kind, number) }
}

/**
 * Makes a manifest the current one: its files are on the medium already. Whatever is interrupted, one slot stays good. What neither
 * slot speaks of afterwards is removed.
 */
export async function commit(folder: ViewerFolder, manifest: Manifest, before: Manifest | null): Promise<void> {
  await folder.sync()
  const slot = `m${manifest.generation % 2}`
  await folder.replace(`${slot}.js`, [scriptCall(slot, await compressed(jsonOctets(manifest)))])
  const needed = new Set(['m0.js', 'm1.js', ...filesOf(manifest), ...(before === null ? [] : filesOf(before))])
  for (const name of await folder.list()) if (ours.test(name) && !needed.has(name)) await folder.remove(name)
}

/** Eight octets that stand for a text. */
export function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16)
}
