/** Which parts of a text a query found. */
import type { Query, QueryWord } from './query.ts'
import { fold, isUnspaced, queryTerms } from './tokens.ts'

const word = /[\p{L}\p{N}\p{M}\u00ad\u200b-\u200d]+/gu

interface Wanted {
  readonly exact: ReadonlySet<string>
  readonly prefixes: readonly string[]
  /** Of scripts without spaces. */
  readonly parts: readonly string[]
}

/** Pairs of start and end (excluded), ascending, apart from each other; UTF-16 units. At most `limit`. */
export function highlights(text: string, query: Query, limit = 500): (readonly [start: number, end: number])[] {
  const { exact, prefixes, parts } = wantedOf(query)
  const isHit = (term: string) => !isUnspaced(term) && (exact.has(term) || prefixes.some((prefix) => term.startsWith(prefix)))
  const ranges: [number, number][] = []
  for (const { 0: found, index } of text.matchAll(word)) {
    if (ranges.length >= limit) break
    if (queryTerms(found).some(isHit)) add(ranges, index, index + found.length)
    else for (const part of parts) addParts(ranges, found, index, part)
  }
  return ranges
}

function wantedOf({ words }: Query): Wanted {
  const wanted = words.filter(({ negated }) => !negated)
  const last = ({ terms, prefix }: QueryWord) => (prefix ? terms.slice(-1) : []).filter((term) => !isUnspaced(term))
  const others = ({ terms, prefix }: QueryWord) => (prefix ? terms.slice(0, -1) : terms).filter((term) => !isUnspaced(term))
  return {
    exact: new Set(wanted.flatMap(others)),
    prefixes: wanted.flatMap(last),
    parts: wanted.flatMap(({ terms }) => terms.filter(isUnspaced)),
  }
}

function add(ranges: [number, number][], start: number, end: number): void {
  const last = ranges.at(-1)
  if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
  else ranges.push([start, end])
}

/** Of a run without spaces only the characters that were searched for. Where folding changes the length, all of it. */
function addParts(ranges: [number, number][], found: string, index: number, part: string): void {
  const folded = fold(found)
  if (folded.length !== found.length) {
    if (folded.includes(part)) add(ranges, index, index + found.length)
    return
  }
  for (let at = folded.indexOf(part); at >= 0; at = folded.indexOf(part, at + 1))
    add(ranges, index + at, index + at + part.length)
}
