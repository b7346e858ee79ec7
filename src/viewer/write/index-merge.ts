/** Puts indexes of the same or of neighbouring documents together, without looking at any text again. */
import { type IndexEntry, IndexWriter, indexEntries } from '../terms.ts'

export interface IndexShard {
  readonly first: string
  readonly content: Uint8Array
}

type TermEntry = Pick<IndexEntry, 'term' | 'postings'>

/** `parts`: each with its shards in order, later parts with later documents. All count from `firstDoc`. */
export function mergedShards(parts: readonly (readonly IndexShard[])[], firstDoc: number): Generator<IndexShard> {
  const sources = parts.map((shards) =>
    entriesOf(
      shards.map(({ content }) => content),
      firstDoc,
    ),
  )
  return mergeEntries(sources, firstDoc)
}

/** `firstDoc`: from which the shards count. */
export function* entriesOf(shards: readonly Uint8Array[], firstDoc: number): Generator<TermEntry> {
  for (const shard of shards) yield* indexEntries(shard, firstDoc)
}

export function* mergeEntries(sources: readonly Iterator<TermEntry>[], firstDoc: number): Generator<IndexShard> {
  const writer = new IndexWriter(firstDoc)
  const heads = sources.map((source) => source.next())
  for (let term = leastTerm(heads); term !== null; term = leastTerm(heads)) {
    const full = writer.add(term, takePostings(term, heads, sources))
    if (full !== null) yield full
  }
  const last = writer.end()
  if (last !== null) yield last
}

function leastTerm(heads: readonly IteratorResult<TermEntry>[]): string | null {
  let least: string | null = null
  for (const head of heads) if (head.done !== true && (least === null || head.value.term < least)) least = head.value.term
  return least
}

/** Of all sources that stand at the term; they go on to their next one. */
function takePostings(term: string, heads: IteratorResult<TermEntry>[], sources: readonly Iterator<TermEntry>[]): number[] {
  const postings: number[] = []
  for (const [at, source] of sources.entries()) {
    const head = heads[at]
    if (head === undefined || head.done === true || head.value.term !== term) continue
    for (const value of head.value.postings()) postings.push(value)
    heads[at] = source.next()
  }
  return postings
}
