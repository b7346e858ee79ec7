/** Keeps what the provider itself said of converted items: beside each collection that has such, one with the originals. */
import { hash } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import type { Collection, Item, Originals } from '../core/items.ts'
import { originalText } from './book-format.ts'
import type { BookStore } from './book-store.ts'
import type { CollectionEntry, CollectionId } from './journal-entries.ts'
import { serviceFolders } from './layout.ts'
import { collect } from './mail-store.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord, StoredCollection } from './state-rows.ts'
import type { RunContext } from './store.ts'

/** The key of what is said of the collection itself. */
const ofCollection = ''

/** Makes the originals of a collection, in the journal. */
type Create = (description: Omit<CollectionEntry, 'op' | 'c' | 'folder'>) => StoredCollection

export class OriginalsStore {
  readonly #context: RunContext
  readonly #store: BookStore
  readonly #create: Create
  /** Those that this run made: the state knows only what is committed. */
  readonly #made = new Map<CollectionId, StoredCollection>()

  constructor(context: RunContext, store: BookStore, create: Create) {
    this.#context = context
    this.#store = store
    this.#create = create
  }

  /** Null where the collection has none. */
  of({ c }: Pick<CollectionRecord, 'c'>): StoredCollection | null {
    return this.#made.get(c) ?? this.#context.state.originalsOf(c)
  }

  async put(owner: CollectionRecord, item: Item, values: Originals): Promise<void> {
    const { key, version, date } = item
    const dated = date === undefined ? {} : { date }
    await this.#store.put(this.#ensured(owner), { key, version, meta: {}, ...dated }, originalText(values))
  }

  /** What is said of the collection itself; nothing is done where it is the same as before. */
  async describe(owner: CollectionRecord, values: Originals): Promise<void> {
    const text = originalText(values)
    const known = this.#context.state.originalsOf(owner.c)
    const before = known === null ? null : this.#context.state.item(known.c, ofCollection)
    const version = hash('sha256', text, 'hex')
    if (before?.removed === null && before.version === version) return
    await this.#store.put(this.#ensured(owner), { key: ofCollection, version, meta: {} }, text)
  }

  async rekey(owner: CollectionRecord, item: Item, from: string): Promise<void> {
    const known = this.#living(owner, from)
    if (known !== null) await this.#store.rekey(known.originals, { key: item.key, version: item.version, meta: {} }, known.item)
  }

  async remove(owner: CollectionRecord, key: string): Promise<void> {
    const known = this.#living(owner, key)
    if (known !== null) await this.#store.remove(known.originals, key)
  }

  #living(owner: CollectionRecord, key: string): { readonly originals: StoredCollection; readonly item: ItemRecord } | null {
    const originals = this.of(owner)
    const item = originals === null ? null : this.#context.state.item(originals.c, key)
    return originals === null || item === null || item.removed !== null ? null : { originals, item }
  }

  #ensured(owner: CollectionRecord): StoredCollection {
    const known = this.of(owner)
    if (known !== null) return known
    const made = this.#create({ service: 'originals', key: String(owner.c), path: originalsPath(owner) })
    this.#made.set(owner.c, made)
    return made
  }
}

/** What the provider itself said of an item; null where nothing was kept, or it is not whole any more. */
export async function keptOriginals(
  state: AccountState,
  { c, key }: Pick<ItemRecord, 'c' | 'key'>,
  read: (original: ItemRecord) => AsyncIterable<Uint8Array>,
): Promise<Originals | null> {
  const kept = state.originalsOf(c)
  const item = kept === null ? null : state.item(kept.c, key)
  if (item === null) return null
  try {
    const text = (await collect(read(item))).toString('utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]))
  } catch (error) {
    if (hasCode(error, 'corrupt', 'disk-absent')) return null
    throw error
  }
}

/** The names below `Originals/`. */
export function originalsPath({ service, path }: Pick<Collection, 'service' | 'path'>): string[] {
  return [serviceFolders[service], ...path]
}
