import type { Collection } from '../core/types.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'

/**
 * Which of the known collections each listed one is; null for a new one. The key decides; else, for a collection that was
 * renamed on a server without stable ids, the lineage, where exactly one vanished and one new collection share it.
 */
export function matchCollections(
  listed: readonly Collection[],
  known: readonly CollectionRecord[],
): { readonly collection: Collection; readonly record: CollectionRecord | null }[] {
  // One that was gone and has come back is the same again, unless a living one has its key.
  const byKey = new Map([...known].sort((a, b) => Number(b.gone) - Number(a.gone)).map((record) => [record.key, record]))
  const listedKeys = new Set(listed.map((collection) => collection.key))
  const vanished = groupByLineage([...byKey.values()].filter((record) => !record.gone && !listedKeys.has(record.key)))
  const fresh = groupByLineage(listed.filter((collection) => !byKey.has(collection.key) && collection.skipped === undefined))
  const firstOfEachKey = [...new Map(listed.map((collection) => [collection.key, collection])).values()]
  return firstOfEachKey.map((collection) => {
    const record = byKey.get(collection.key)
    if (record !== undefined) return { collection, record }
    const candidates = vanished.get(collection.lineage ?? '') ?? []
    const isOnly = candidates.length === 1 && fresh.get(collection.lineage ?? '')?.length === 1
    return { collection, record: (isOnly ? candidates[0] : undefined) ?? null }
  })
}

function groupByLineage<T extends { readonly lineage?: string | null }>(all: readonly T[]): Map<string, T[]> {
  return Map.groupBy(
    all.filter(({ lineage }) => lineage !== undefined && lineage !== null && lineage !== ''),
    ({ lineage }) => lineage ?? '',
  )
}
