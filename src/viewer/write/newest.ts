/** The newest messages of each folder, so that the page has something to show at once. */
import type { Service } from '../../core/account.ts'
import type { ListedMessage, Overview } from '../format-overview.ts'

const kept = 100

export type Described = Pick<ListedMessage, 'doc' | 'date' | 'from' | 'subject' | 'marks'>

export class Newest {
  /** By collection. */
  readonly #lists = new Map<number, ListedMessage[]>()
  /** What was read last: a put of it follows. */
  readonly #described = new Map<number, Described>()

  constructor(before: Overview | null) {
    for (const message of before?.newest ?? []) this.#listOf(message.collection).push(message)
  }

  #listOf(collection: number): ListedMessage[] {
    const known = this.#lists.get(collection)
    if (known !== undefined) return known
    const list: ListedMessage[] = []
    this.#lists.set(collection, list)
    return list
  }

  describe(message: Described): void {
    if (this.#described.size > 5000) this.#described.clear()
    this.#described.set(message.doc, message)
  }

  put({ doc, place, collection, flags }: Pick<ListedMessage, 'doc' | 'place' | 'collection' | 'flags'>): void {
    const described = this.#described.get(doc) ?? this.#listed(doc)
    if (described === null) return
    const list = this.#listOf(collection)
    list.push({ ...described, place, collection, flags })
    if (list.length >= 3 * kept) this.#trim(list)
  }

  /** The same content in another place. */
  #listed(doc: number): Described | null {
    for (const list of this.#lists.values()) {
      const found = list.find((message) => message.doc === doc)
      if (found !== undefined) return found
    }
    return null
  }

  #trim(list: ListedMessage[]): void {
    list.sort((a, b) => b.date - a.date || b.doc - a.doc)
    list.length = Math.min(list.length, kept)
  }

  changed(service: Service, place: number, flags: readonly string[]): void {
    if (service === 'mail') this.#edit(place, (message) => [{ ...message, flags }])
  }

  remove(service: Service, place: number): void {
    if (service === 'mail') this.#edit(place, () => [])
  }

  #edit(place: number, edit: (message: ListedMessage) => ListedMessage[]): void {
    for (const list of this.#lists.values()) {
      const at = list.findIndex((message) => message.place === place)
      const found = list[at]
      if (found !== undefined) list.splice(at, 1, ...edit(found))
    }
  }

  /** Of these collections, or of all where there are none. */
  list(collections: ReadonlySet<number>): readonly ListedMessage[] {
    const all = [...this.#lists].flatMap(([collection, list]) =>
      collections.size === 0 || collections.has(collection) ? list : [],
    )
    this.#trim(all)
    return all
  }
}
