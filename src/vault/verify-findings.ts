/** What `verify` has found so far, for the report and for the next backup. */
import type { NotedFile } from './damage.ts'
import type { SavedMessage } from './saved-messages.ts'
import type { Finding, FindingKind } from './verify-report.ts'

/** What a finding says of an item. */
type Saved = Omit<SavedMessage, 'offset' | 'length'>

export class Findings {
  readonly all: Finding[] = []
  /** Files in which items are not what was saved, for the next backup. */
  readonly damaged: NotedFile[] = []
  /** Files of which one finding says what is wrong as a whole. */
  readonly #files = new Set<string>()

  get isSound(): boolean {
    return !this.all.some(({ kind }) => kind === 'damaged' || kind === 'missing' || kind === 'derived')
  }

  add(kind: FindingKind, path: string, text: string, saved?: Saved): void {
    // One finding says what is wrong with a file, others name its messages.
    if (saved === undefined && this.#files.has(path)) return
    if (saved === undefined) this.#files.add(path)
    const { account, collection, key, title, date } = saved ?? {}
    const item =
      account === undefined || collection === undefined || key === undefined || title === undefined || date === undefined
        ? undefined
        : { account, collection, key, title, date }
    this.all.push({ kind, path, text, ...(item === undefined ? {} : { item }) })
  }

  /** `wanting`: the damaged items that were not saved anew. `sum`: as in `NotedFile`. */
  note(path: string, sum: string | null, wanting: readonly { readonly offset: number }[]): void {
    this.damaged.push({ path, sum, offsets: wanting.map(({ offset }) => offset) })
  }
}
