/** Reads back from an account what a rehearsal has restored there, each item by the key that the target has told. */

import type { Service } from '../core/account.ts'
import { type Collection, type Content, type Item, isFolder, type Originals } from '../core/items.ts'
import type { Source } from '../core/source.ts'
import type { Connection } from './account-backup.ts'
import { type CameBack, sumOf } from './drill-readback.ts'

/** Where the target says that an item is. */
export interface Placed {
  /** The vault's collection. */
  readonly c: number
  /** The collection's at the target. */
  readonly path: readonly string[]
  readonly at: string
}

interface CameBackTo {
  readonly placed: Placed
  readonly item: CameBack
}

/** Of an item, what only a listing tells. */
type Marks = Pick<CameBack, 'flags' | 'date'>

const batch = 200

/** What an item says, as far as this provider can hold it; else its octets. */
export async function fingerprintOf(
  { provider }: Pick<Connection, 'provider'>,
  service: Service,
  content: Content,
  originals: Originals | null,
): Promise<string> {
  const fingerprint = provider.fingerprints?.[service]
  if (fingerprint === undefined) return await sumOf(content)
  return await fingerprint(await octetsOf(content), originals)
}

export async function octetsOf(content: Content): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  const parts: Uint8Array[] = []
  // A copy: the memory may be used again.
  for await (const part of content) parts.push(Uint8Array.from(part))
  return Buffer.concat(parts)
}

/** What is not there any more is left out. */
export async function* readPlaced(
  connection: Connection,
  service: Service,
  placed: readonly Placed[],
  signal: AbortSignal,
): AsyncGenerator<CameBackTo> {
  const source = connection.provider.source(connection.account, service, connection.context)
  try {
    const collections: Collection[] = []
    for await (const collection of source.collections(signal)) if (collection.skipped === undefined) collections.push(collection)
    for (const group of Map.groupBy(placed, ({ path }) => JSON.stringify(path)).values()) {
      const name = JSON.stringify(group[0]?.path)
      const collection = collections.find(({ path }) => JSON.stringify(path) === name) ?? collections[0]
      if (collection === undefined) continue
      const marks = hasListedMarks(connection, service) ? await marksOf(source, collection, group, signal) : new Map()
      for (let n = 0; n < group.length; n += batch)
        yield* readBatch(connection, source, collection, group.slice(n, n + batch), marks, signal)
    }
  } finally {
    await source.close()
  }
}

/** Contacts and events have none, and mail that comes octet for octet has them in each answer. */
export function hasListedMarks({ provider }: Pick<Connection, 'provider'>, service: Service): boolean {
  return service === 'files' || (service === 'mail' && provider.fingerprints?.mail !== undefined)
}

async function marksOf(
  source: Source,
  collection: Collection,
  placed: readonly Placed[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Marks>> {
  const wanted = new Set(placed.map(({ at }) => at))
  const found = new Map<string, Marks>()
  for await (const change of source.changes(collection, null, signal)) {
    if (change.kind !== 'item' || !wanted.has(change.item.key)) continue
    const { key, meta, date } = change.item
    const time = typeof meta['modified'] === 'string' ? meta['modified'] : (date ?? null)
    // The time of a folder is when something was last put into it.
    found.set(key, { flags: flagsIn(meta), date: isFolder(meta) ? null : time })
  }
  return found
}

function flagsIn(meta: Item['meta'] | undefined): readonly string[] | null {
  const flags = meta?.['flags']
  return Array.isArray(flags) ? flags.map(String).sort() : null
}

async function* readBatch(
  connection: Connection,
  source: Source,
  collection: Collection,
  placed: readonly Placed[],
  marks: ReadonlyMap<string, Marks>,
  signal: AbortSignal,
): AsyncGenerator<CameBackTo> {
  const byKey = Map.groupBy(placed, ({ at }) => at)
  const items = [...byKey.keys()].map((key): Item => ({ key, version: key, meta: {} }))
  for await (const answer of source.fetch(collection, items, signal)) {
    if ('error' in answer) {
      if (answer.error.code === 'not-found') continue
      throw answer.error
    }
    const item: CameBack = {
      flags: flagsIn(answer.meta),
      date: null,
      ...marks.get(answer.key),
      sha256: await fingerprintOf(connection, collection.service, answer.content, answer.originals ?? null),
    }
    for (const one of byKey.get(answer.key) ?? []) yield { placed: one, item }
  }
}
