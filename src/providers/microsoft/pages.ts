/** Lists and deltas, a page after the other ("Paging Microsoft Graph data in your app"). */
import { Endless } from './errors.ts'

export interface Page<T> {
  readonly value: readonly T[]
  /** On the last page of a delta. */
  readonly deltaLink?: string
}

interface ODataPage<T> {
  readonly value?: readonly T[]
  readonly '@odata.nextLink'?: string
  readonly '@odata.deltaLink'?: string
}

/** Of the same page in a row, with another link each time. */
const mostAlike = 3

/**
 * All pages, also those without a value. Microsoft's lists may go round in circles: with one link for ever
 * (microsoft-graph-docs#4897), or with new links to a page that stays the same (msgraph-sdk-dotnet#3082).
 * @throws Endless
 */
export async function* pagesFrom<T>(
  first: string,
  get: (path: string) => Promise<ODataPage<T>>,
): AsyncGenerator<Page<T>, void, undefined> {
  let before = ''
  let alike = 0
  for (let path: string | undefined = first; path !== undefined; ) {
    const page: ODataPage<T> = await get(path)
    const { value = [], '@odata.deltaLink': deltaLink, '@odata.nextLink': next } = page
    // Some lists tell no ids.
    const ids = value.map((one) => (one as { readonly id?: string }).id ?? JSON.stringify(one)).join(' ')
    alike = ids !== '' && ids === before ? alike + 1 : 0
    before = ids
    if (next !== undefined && alike >= mostAlike) throw new Endless()
    yield { value, ...(deltaLink === undefined ? {} : { deltaLink }) }
    // The link back to an empty page is one to nothing more.
    if (next === path && value.length === 0) return
    if (next === path) throw new Endless()
    path = next
  }
}
