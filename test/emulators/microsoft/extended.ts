/** "Get singleValueLegacyExtendedProperty": only those that `$expand` names in its `$filter`. */
import type { SingleValueLegacyExtendedProperty } from '@microsoft/microsoft-graph-types'
import { badRequest, type GraphCall } from './graph.ts'

export function expandedProperties(
  { query }: Pick<GraphCall<unknown>, 'query'>,
  properties: readonly SingleValueLegacyExtendedProperty[] | null | undefined,
): { readonly singleValueExtendedProperties?: SingleValueLegacyExtendedProperty[] } {
  const expand = query.get('$expand') ?? ''
  const filter = /singleValueExtendedProperties\(\$filter=([^)]*)\)/.exec(expand)?.[1]
  if (/singleValueExtendedProperties(?!\()/.test(expand)) throw badRequest('singleValueExtendedProperties wants a $filter on id.')
  if (filter === undefined) return {}
  checkNodes(filter)
  const wanted = new Set([...filter.matchAll(/id eq '([^']+)'/g)].map(([, id = '']) => id.toLowerCase()))
  const found = (properties ?? []).filter(({ id }) => wanted.has((id ?? '').toLowerCase()))
  // Graph writes the numbers of properties in lower case.
  const told = found.map(({ id = '', value }) => ({
    id: id.replace(/0x[0-9A-F]+$/i, (tag) => tag.toLowerCase()),
    value: value ?? null,
  }))
  return told.length === 0 ? {} : { singleValueExtendedProperties: told }
}

/** OData's own limit on what a `$filter` may hold (`MaxNodeCount`); each comparison is four of them, and each `or` one. */
const mostNodes = 100

function checkNodes(filter: string): void {
  const comparisons = filter.match(/\beq\b/g)?.length ?? 0
  if (5 * comparisons - 1 > mostNodes) throw badRequest(`The node count limit of '${mostNodes}' has been exceeded.`)
}
