/** What a commit does to the items of address books and calendars. */
import type { CollectionId, JournalEntry, PendingEntry, PutEntry, RemoveEntry } from './journal-entries.ts'
import type { AccountState } from './state.ts'
import { canonicalJson, type ItemRecord, type StoredCollection } from './state-rows.ts'

export interface BookChange {
  readonly entry: PutEntry | RemoveEntry
  /** The item before it, where that is in the account and shares its file. */
  readonly before: ItemRecord | null
}

export class BookChanges {
  readonly #entries: JournalEntry[]
  readonly #changes: BookChange[] = []
  readonly #books: ReadonlyMap<CollectionId, StoredCollection>
  readonly #state: AccountState

  constructor(entries: readonly JournalEntry[], books: ReadonlyMap<CollectionId, StoredCollection>, state: AccountState) {
    this.#entries = [...entries]
    this.#books = books
    this.#state = state
    for (const entry of entries) {
      if ((entry.op !== 'put' && entry.op !== 'remove') || !books.has(entry.c)) continue
      const before = state.item(entry.c, entry.key)
      const isShared = before !== null && before.removed === null && before.form === 'shared'
      this.#changes.push({ entry, before: isShared ? before : null })
    }
  }

  all(): readonly BookChange[] {
    return this.#changes
  }

  /** Of the batch, without what was lost. */
  entries(): readonly JournalEntry[] {
    return this.#entries
  }

  /** The files whose content is another afterwards, with the book they belong to. */
  files(): Map<string, CollectionId> {
    const files = new Map<string, CollectionId>()
    for (const { entry, before } of this.#changes) {
      const path = entry.op === 'put' && entry.frame !== undefined ? entry.path : null
      const isThere = path !== null && before !== null && path === before.path && isSameText(entry, before)
      if (isThere && !this.#isAwaited(entry)) continue
      for (const changed of [path, before?.path ?? null, entry.history ?? null]) if (changed !== null) files.set(changed, entry.c)
    }
    return files
  }

  /**
   * The text that a file should hold is not in the vault any more as it was saved. A present item waits to be fetched again;
   * of a former one nothing is said that is not so.
   * @param entry that should have brought it into the file; null for one that was there
   */
  lose(entry: PutEntry | RemoveEntry | null, item: ItemRecord | null): void {
    if (entry?.history !== undefined) this.#replace(entry, [withoutHistory(entry)])
    else if (entry?.op === 'put' && item !== null) {
      this.#replace(entry, this.#waiting({ ...item, key: entry.key, version: entry.version ?? entry.key }))
      this.#entries.forEach((other, n) => {
        if (other.op === 'remove' && other.rekeyed === entry.key) this.#entries[n] = { op: 'remove', c: other.c, key: other.key }
      })
    } else if (item !== null) this.#entries.push({ op: 'remove', c: item.c, key: item.key }, ...this.#waiting(item))
  }

  /** It could not be had before, perhaps because it is damaged on the disk: then the file needs it even if it is the same. */
  #isAwaited({ c, key }: PutEntry | RemoveEntry): boolean {
    const book = this.#books.get(c)
    return this.#state.isPending(book?.service === 'originals' ? Number(book.key) : c, key)
  }

  /** An original comes again with its item. */
  #waiting(item: ItemRecord): PendingEntry[] {
    const book = this.#books.get(item.c)
    if (book?.service !== 'originals') return [pendingAgain(item)]
    const owner = this.#state.item(Number(book.key), item.key)
    return owner === null || owner.removed !== null ? [] : [pendingAgain(owner)]
  }

  #replace(entry: JournalEntry, by: readonly JournalEntry[]): void {
    const at = this.#entries.indexOf(entry)
    if (at >= 0) this.#entries.splice(at, 1, ...by)
  }
}

function isSameText(entry: PutEntry | RemoveEntry, before: ItemRecord): boolean {
  return entry.op === 'put' && entry.text === before.text && canonicalJson(entry.frame ?? null) === canonicalJson(before.frame)
}

function withoutHistory<T extends PutEntry | RemoveEntry>(entry: T): T {
  const { history: _, ...rest } = entry
  return rest as T
}

function pendingAgain({ c, key, version, size, date, meta, head }: ItemRecord): PendingEntry {
  return {
    ...{ op: 'pending', c, key },
    ...(version === key ? {} : { version }),
    ...{ size, date, meta, title: head.subject, code: 'corrupt' },
    reason: 'What the vault had of it was damaged; it is fetched again with the next backup.',
  }
}

export function idOf({ c, key }: { readonly c: CollectionId; readonly key: string }): string {
  return `${c} ${key}`
}
