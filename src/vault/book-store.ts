/**
 * Keeps address books and calendars: the items of each stand together in one file, which is written anew with every commit
 * that changes it. Items that cannot stand among others are files of their own.
 */
import { hash } from 'node:crypto'
import type { Content, Item } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { collisionKey, uniqueName } from '../formats/names.ts'
import { type BookText, bookFile, bookFormat } from './book-format.ts'
import type { BookWriter } from './book-writer.ts'
import { damageOf } from './damage.ts'
import type { History } from './history.ts'
import type { Heading, JournalEntry, PutEntry } from './journal-entries.ts'
import { bookExtension, systemPath } from './layout.ts'
import type { Staged } from './staging.ts'
import type { ItemRecord, StoredCollection } from './state-rows.ts'
import type { RunContext, Store } from './store.ts'

/** What becomes of the version before. */
interface Farewell {
  readonly moves: readonly JournalEntry[]
  /** For the entry that replaces or removes it. */
  readonly member: { readonly history?: string }
}

const stays: Farewell = { moves: [], member: {} }

export class BookStore implements Store {
  readonly #context: RunContext
  readonly #history: History
  readonly #writer: BookWriter
  /** By folder of a book, the collision keys of the names in it. */
  readonly #names = new Map<string, Set<string>>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: RunContext, history: History, writer: BookWriter) {
    this.#context = context
    this.#history = history
    this.#writer = writer
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async put(book: StoredCollection, item: Item, content: Content): Promise<number> {
    if (content instanceof Uint8Array) {
      const bytes = Buffer.from(content)
      await this.#inTurn(() => this.#putWhole(book, item, bytes))
      return bytes.length
    }
    // What is too large to come whole is a file of its own.
    const staged = await this.#context.staging.stage(content)
    await this.#inTurn(() => this.#putAlone(book, item, staged, {}))
    return staged.size
  }

  async #putWhole(book: StoredCollection, item: Item, bytes: Buffer): Promise<void> {
    const format = bookFormat(book.service)
    const joined = format.join(bytes, await this.#writer.zonesOf(book))
    if (joined === null) await this.#putAlone(book, item, await this.#context.staging.stage(bytes), format.describe(bytes))
    else await this.#putAmongOthers(book, item, bytes, joined)
  }

  async #putAmongOthers(book: StoredCollection, item: Item, bytes: Buffer, { file, text, frame }: BookText): Promise<void> {
    const known = await this.#settled(book, item.key)
    const path = bookFile(book, file)
    const sha256 = hash('sha256', bytes, 'hex')
    const isSame = known?.sha256 === sha256 && known.path === path
    const spooled = await this.#writer.spool(text)
    const { moves, member } = isSame ? stays : this.#farewell(known)
    const put: PutEntry = {
      ...this.#beginning(book, item),
      ...{ path, length: text.length, size: bytes.length, sha256, date: this.#date(item), meta: item.meta },
      ...{ head: bookFormat(book.service).describe(bytes), frame, text: spooled.sha256, ...member },
    }
    const batch = this.#context.batch()
    batch.add(...moves, put)
    batch.octets += bytes.length
    this.#note(book, item.key, path)
    this.#writer.note(batch, book, item.key, spooled)
  }

  async #putAlone(book: StoredCollection, item: Item, staged: Staged, head: Partial<Heading>): Promise<void> {
    const { size, sha256, name } = staged
    const known = await this.#settled(book, item.key)
    const isSame = known?.sha256 === sha256 && known.form === 'file'
    const damage = isSame ? await this.#damageOf(book, known) : null
    const isThere = isSame && damage === null
    if (isThere) await this.#context.staging.discard(name)
    const path = isSame ? known.path : await this.#pathAlone(book, head.subject ?? '')
    const { moves, member } = isThere || damage === 'missing' ? stays : this.#farewell(known)
    const put = { ...this.#beginning(book, item), path, size, sha256, date: this.#date(item), meta: item.meta, head, ...member }
    const batch = this.#context.batch()
    batch.add(...moves, ...(isThere ? [] : [{ op: 'place', staged: name, path, size, sha256 } as const]), put)
    batch.octets += size
    this.#note(book, item.key, path)
    this.#writer.note(batch, book, item.key, null)
  }

  /** Null where its file is as it was saved. Looked at only where something was found wrong, or could not be had, before. */
  async #damageOf({ c }: StoredCollection, { key, path, sha256 }: ItemRecord): Promise<'missing' | 'damaged' | null> {
    const { disk, root, state } = this.#context
    return state.isPending(c, key) ? await damageOf(disk, systemPath(root, path), sha256) : null
  }

  #beginning({ c }: StoredCollection, item: Item): Pick<PutEntry, 'op' | 'c' | 'key' | 'version' | 'identity'> {
    return {
      ...{ op: 'put', c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(item.identities === undefined || item.identities.length === 0 ? {} : { identity: item.identities }),
    }
  }

  #date(item: Item): string {
    return item.date ?? this.#context.now().toISOString()
  }

  #note({ c }: StoredCollection, key: string, path: string): void {
    this.#context.batch().places.set(`${c} ${key}`, { path, names: [] })
  }

  /** The item as it is in the account; what this run did to it before is committed first. Null where it is not there. */
  async #settled({ c }: StoredCollection, key: string): Promise<ItemRecord | null> {
    if (this.#context.batches().some((batch) => batch.places.has(`${c} ${key}`))) await this.#context.commit()
    const known = this.#context.state.item(c, key)
    return known === null || known.removed !== null ? null : known
  }

  #farewell(known: ItemRecord | null): Farewell {
    if (known === null) return stays
    if (known.form === 'shared') return { moves: [], member: { history: this.#history.sharedPlaceFor(known.path) } }
    return { moves: [{ op: 'move', from: known.path, to: this.#history.placeFor(known.path) }], member: {} }
  }

  /** A name that nothing in the book's folder has, be it ours or not. */
  async #pathAlone(book: StoredCollection, name: string): Promise<string> {
    const { fallback } = bookFormat(book.service)
    const { disk, root } = this.#context
    let taken = this.#names.get(book.folder)
    if (taken === undefined) {
      const present = (await disk.list(systemPath(root, book.folder))) ?? []
      const saved = this.#context.state.fileLengths(`${book.folder}/`).keys()
      const names = [...present.map((entry) => entry.name), ...[...saved].map((path) => path.slice(book.folder.length + 1))]
      taken = new Set([...names, 'vCard 2.1.vcf'].map(collisionKey))
      this.#names.set(book.folder, taken)
    }
    const inUse = taken
    const spelling = uniqueName(`${name.trim() === '' ? fallback : name}${bookExtension(book.service)}`, (key) => inUse.has(key))
    inUse.add(collisionKey(spelling))
    return `${book.folder}/${spelling}`
  }

  async rekey(book: StoredCollection, item: Item, from: ItemRecord): Promise<void> {
    await this.#inTurn(async () => {
      const known = (await this.#settled(book, from.key)) ?? from
      const isOther = from.key !== item.key
      const { moves, member } = isOther ? this.#farewell(await this.#settled(book, item.key)) : stays
      const { path, length, size, sha256, head, frame, text } = known
      const put: PutEntry = {
        ...this.#beginning(book, item),
        ...{ path, size, sha256, date: this.#date(item), meta: item.meta, head },
        ...(frame === null || text === null ? {} : { length, frame, text }),
        ...member,
      }
      const batch = this.#context.batch()
      batch.add(...moves, put, ...(isOther ? [{ op: 'remove', c: book.c, key: from.key, rekeyed: item.key } as const] : []))
      for (const key of [from.key, item.key]) this.#note(book, key, path)
      this.#writer.note(batch, book, item.key, frame === null ? null : known)
    })
  }

  async meta({ c }: StoredCollection, key: string, meta: JsonObject): Promise<void> {
    this.#context.batch().add({ op: 'meta', c, key, meta })
  }

  async remove(book: StoredCollection, key: string): Promise<void> {
    await this.#inTurn(async () => {
      const { moves, member } = this.#farewell(await this.#settled(book, key))
      const batch = this.#context.batch()
      batch.add(...moves, { op: 'remove', c: book.c, key, ...member })
      this.#note(book, key, '')
      this.#writer.note(batch, book, key, null)
    })
  }
}
