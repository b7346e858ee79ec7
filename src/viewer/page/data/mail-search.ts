/** What a query finds in mail as of a run, newest first; phrases are checked bit by bit. */
import type { MailDetail } from '../../format-documents.ts'
import { asksForNothing, type Query } from '../../query.ts'
import { filterTest, mailTexts, Search } from '../../search.ts'
import type { Library } from './library.ts'
import type { MailData } from './mail.ts'
import type { Places } from './places.ts'

export interface SearchProgress {
  /** Each message once: where it is, or else where it was last. */
  readonly found: Uint32Array
  readonly isDone: boolean
}

const searches = new WeakMap<Library, Search>()

function searchOf(library: Library, { table }: MailData): Search {
  const known = searches.get(library)
  if (known) return known
  const search = new Search({
    segments: library.segments('mail'),
    load: library.store.loadShard,
    texts: async (doc, fields) => {
      const detail = await library.text<MailDetail>('mail', doc)
      return detail ? await mailTexts(table.subject[doc] ?? '', detail, () => library.html(doc), fields) : []
    },
  })
  searches.set(library, search)
  return search
}

/** Milliseconds between two looks at what was found so far. */
const pace = 120

export async function* searchMail(
  library: Library,
  data: MailData,
  query: Query,
  asOf: number,
  signal: AbortSignal,
): AsyncGenerator<SearchProgress> {
  if (asksForNothing(query)) {
    yield { found: new Uint32Array(), isDone: true }
    return
  }
  const answer = await searchOf(library, data).find(query, signal)
  const found = placesOf(library, data, answer?.hits ?? null, query, asOf)
  if (!answer?.check) {
    yield { found, isDone: true }
    return
  }
  const held: number[] = []
  let shown = performance.now()
  for (const place of found) {
    if (signal.aborted) return
    if (await answer.check(data.places.doc[place] ?? -1)) held.push(place)
    if (performance.now() - shown < pace) continue
    yield { found: Uint32Array.from(held), isDone: false }
    shown = performance.now()
  }
  yield { found: Uint32Array.from(held), isDone: true }
}

/** `hits`: null means all. */
function placesOf(
  library: Library,
  { table, places, newest }: MailData,
  hits: Uint8Array | null,
  { filters }: Query,
  asOf: number,
): Uint32Array {
  const test = filterTest(filters, library.overview)
  const asksWhere = filters.in.length > 0 || filters.account.length > 0
  return newest.filter((place) => {
    const doc = places.doc[place] ?? -1
    if ((hits !== null && !hits[doc]) || places.standFor(doc, asOf) !== place) return false
    const collections = asksWhere ? collectionsOf(places, doc, asOf) : nowhere
    return test({ date: table.date[doc] ?? 0, marks: table.marks[doc] ?? 0, collections })
  })
}

const nowhere: readonly number[] = []

/** Where it is; where it was, if it is nowhere any more. */
function collectionsOf(places: Places, doc: number, asOf: number): number[] {
  const known = places.ofDoc(doc).filter((place) => (places.run[place] ?? 0) <= asOf)
  const there = known.filter((place) => places.isThere(place, asOf))
  return (there.length > 0 ? there : known).map((place) => places.collection[place] ?? -1)
}
