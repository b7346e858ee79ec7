import type { Collection } from '../core/items.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'

/**
 * Which of the known collections each listed one is; null for a new one. The key decides; else, for a collection that was
 * renamed on a server without stable ids, the lineage, and for one that was restored to another place, what a restore knows of
 * it, or the path: each where exactly one vanished and one new collection share it.
 * @param restoredFrom the collection of which all that was restored there came
 */
export function matchCollections(
  listed: readonly Collection[],
  known: readonly CollectionRecord[],
  restoredFrom: (collection: Collection) => CollectionRecord['c'] | null = () => null,
): { readonly collection: Collection; readonly record: CollectionRecord | null }[] {
  // One that was gone and has come back is the same again, unless a living one has its key.
  const byKey = new Map([...known].sort((a, b) => Number(b.gone) - Number(a.gone)).map((record) => [record.key, record]))
  const firstOfEachKey = [...new Map(listed.map((collection) => [collection.key, collection])).values()]
  const matches = new Map(firstOfEachKey.map((collection) => [collection, byKey.get(collection.key) ?? null]))
  const origin = (one: Collection | CollectionRecord) => ('c' in one ? one.c : restoredFrom(one))?.toString() ?? ''
  for (const sign of [lineageOf, origin, pathOf]) {
    const matched = new Set(matches.values())
    const listedKeys = new Set(listed.map(({ key }) => key))
    const isVanished = (record: CollectionRecord) => !record.gone && !listedKeys.has(record.key) && !matched.has(record)
    const vanished = grouped([...byKey.values()].filter(isVanished), sign)
    const fresh = grouped(
      firstOfEachKey.filter((collection) => matches.get(collection) === null && collection.skipped === undefined),
      sign,
    )
    for (const [name, [collection, ...others]] of fresh) {
      const [record, ...candidates] = vanished.get(name) ?? []
      if (collection === undefined || record === undefined || others.length > 0 || candidates.length > 0) continue
      matches.set(collection, record)
    }
  }
  return [...matches].map(([collection, record]) => ({ collection, record }))
}

const lineageOf = ({ lineage }: Collection | CollectionRecord): string => lineage ?? ''
const pathOf = ({ path }: Collection | CollectionRecord): string => JSON.stringify(path)

/** Without those that have none. */
function grouped<T>(all: readonly T[], sign: (one: T) => string): Map<string, T[]> {
  return Map.groupBy(
    all.filter((one) => sign(one) !== ''),
    sign,
  )
}
