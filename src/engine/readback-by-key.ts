/** Reads back from an account what a rehearsal has restored there, each item by the key that the target has told. */
import type { Collection, Content, Item, Originals, Service, Source } from '../core/types.ts'
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

const batch = 200

/** What an item says, as far as this provider can hold it; for mail and files its octets. */
export async function fingerprintOf(
  { provider }: Pick<Connection, 'provider'>,
  service: Service,
  content: Content,
  originals: Originals | null,
): Promise<string> {
  if (provider.fingerprint === undefined || service === 'mail' || service === 'files') return await sumOf(content)
  return await provider.fingerprint(service, content instanceof Uint8Array ? content : await collect(content), originals)
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
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
): AsyncGenerator<{ readonly placed: Placed; readonly item: CameBack }> {
  const source = connection.provider.source(connection.account, service, connection.context)
  try {
    const collections: Collection[] = []
    for await (const collection of source.collections(signal)) if (collection.skipped === undefined) collections.push(collection)
    for (const group of Map.groupBy(placed, ({ path }) => JSON.stringify(path)).values()) {
      const name = JSON.stringify(group[0]?.path)
      const collection = collections.find(({ path }) => JSON.stringify(path) === name) ?? collections[0]
      if (collection === undefined) continue
      for (let n = 0; n < group.length; n += batch)
        yield* readBatch(connection, source, collection, group.slice(n, n + batch), signal)
    }
  } finally {
    await source.close()
  }
}

async function* readBatch(
  connection: Connection,
  source: Source,
  collection: Collection,
  placed: readonly Placed[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly placed: Placed; readonly item: CameBack }> {
  const byKey = Map.groupBy(placed, ({ at }) => at)
  const items = [...byKey.keys()].map((key): Item => ({ key, version: key, meta: {} }))
  for await (const answer of source.fetch(collection, items, signal)) {
    if ('error' in answer) {
      if (answer.error.code === 'not-found') continue
      throw answer.error
    }
    const flags = answer.meta?.['flags']
    const item: CameBack = {
      sha256: await fingerprintOf(connection, collection.service, answer.content, answer.originals ?? null),
      flags: Array.isArray(flags) ? flags.map(String).sort() : null,
      date: null,
    }
    for (const one of byKey.get(answer.key) ?? []) yield { placed: one, item }
  }
}
