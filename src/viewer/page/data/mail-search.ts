/** What a query finds in mail as of a run, newest first; phrases are checked bit by bit. */
import type { MailDetail } from '../../format-documents.ts'
import type { Query } from '../../query.ts'
import { filterTest, mailTexts, Search } from '../../search.ts'
import type { Library } from './library.ts'
import type { MailRow } from './mail.ts'
import type { Places } from './places.ts'
import type { MailData } from './vault.tsx'

export interface SearchProgress {
  readonly rows: readonly MailRow[]
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
  const found = await searchOf(library, data).find(query, signal)
  const rows = rowsOf(library, data, found?.docs ?? null, query, asOf)
  if (!found?.check) {
    yield { rows, isDone: true }
    return
  }
  const held: MailRow[] = []
  let shown = performance.now()
  for (const row of rows) {
    if (signal.aborted) return
    if (await found.check(row.doc)) held.push(row)
    if (performance.now() - shown < pace) continue
    yield { rows: [...held], isDone: false }
    shown = performance.now()
  }
  yield { rows: held, isDone: true }
}

/** One row per message: where it is, or else where it was last. `docs`: null means all. */
function rowsOf(
  library: Library,
  { table, places }: MailData,
  docs: readonly number[] | null,
  { filters }: Query,
  asOf: number,
): MailRow[] {
  const test = filterTest(filters, library.overview)
  const asksWhere = filters.in.length > 0 || filters.account.length > 0
  const rows: MailRow[] = []
  for (let at = 0; at < (docs?.length ?? table.count); at++) {
    const doc = docs?.[at] ?? at
    const place = places.standFor(doc, asOf)
    if (place < 0) continue
    const collections = asksWhere ? collectionsOf(places, doc, asOf) : []
    if (test({ date: table.date[doc] ?? 0, marks: table.marks[doc] ?? 0, collections })) rows.push({ doc, place, count: 1 })
  }
  return rows.sort((a, b) => (table.date[b.doc] ?? 0) - (table.date[a.doc] ?? 0) || b.place - a.place)
}

/** Where it is; where it was, if it is nowhere any more. */
function collectionsOf(places: Places, doc: number, asOf: number): number[] {
  const known = places.ofDoc(doc).filter((place) => (places.run[place] ?? 0) <= asOf)
  const there = known.filter((place) => places.isThere(place, asOf))
  return (there.length > 0 ? there : known).map((place) => places.collection[place] ?? -1)
}
