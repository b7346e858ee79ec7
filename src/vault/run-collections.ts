/** Which collections a run has, what they are called, and in which folders they lie. */
import { dirname } from 'node:path'
import type { Service } from '../core/account.ts'
import type { Collection } from '../core/items.ts'
import type { BookWriter } from './book-writer.ts'
import { CollectionFolders } from './collection-folders.ts'
import { moveFolder } from './disk.ts'
import type { CollectionEntry } from './journal-entries.ts'
import { historyFolder, type StoredKind, systemPath } from './layout.ts'
import { originalsPath } from './originals.ts'
import { type CollectionRecord, canonicalJson, type StoredCollection } from './state-rows.ts'
import type { RunContext } from './store.ts'

interface Surroundings {
  /** Null where the collection has none. */
  originalsOf(owner: CollectionRecord): StoredCollection | null
  /** The table of the service no longer shows what is there. */
  changed(service: Service): void
  /** A folder got another name on the disk; both relative to the account's folder. */
  renamed(from: string, to: string): void
}

export class RunCollections {
  readonly #context: RunContext
  readonly #books: BookWriter
  readonly #surroundings: Surroundings
  readonly #folders: Readonly<Record<StoredKind, CollectionFolders>> = {
    mail: new CollectionFolders('mail'),
    contacts: new CollectionFolders('contacts'),
    calendar: new CollectionFolders('calendar'),
    files: new CollectionFolders('files'),
    originals: new CollectionFolders('originals'),
  }
  #nextId: number

  constructor(context: RunContext, books: BookWriter, surroundings: Surroundings) {
    this.#context = context
    this.#books = books
    this.#surroundings = surroundings
    const { state } = context
    this.#nextId = state.nextCollectionId()
    for (const { service, path, folder } of [...state.collections(), ...state.allOriginals()])
      this.#folders[service].add(path, folder)
  }

  add(collection: Collection): CollectionRecord {
    return this.#describe(this.#nextId++, collection, this.#folders[collection.service].allocate(collection.path), null)
  }

  /** Whether the provider describes the collection as it did when it was recorded: nothing is to be taken over. */
  isDescribedSo(known: CollectionRecord, collection: Collection): boolean {
    const { c, folder, gone } = known
    const [now, then] = [collectionEntry(c, collection, folder), collectionEntry(c, describedAs(known), folder)]
    return !gone && canonicalJson({ ...now }) === canonicalJson({ ...then })
  }

  /**
   * Takes over the collection's present key, name and description; a changed name renames its folder. Must not run beside
   * puts.
   */
  async update(known: CollectionRecord, collection: Collection): Promise<CollectionRecord> {
    // A parent's rename may have moved it since it was read.
    const before = this.#context.state.collection(known.c) ?? known
    const folder = await this.#folderFor(before, collection)
    const after = collectionEntry(known.c, collection, folder)
    const unchanged = collectionEntry(before.c, describedAs(before), before.folder)
    if (!before.gone && canonicalJson({ ...after }) === canonicalJson({ ...unchanged })) return before
    if (collection.service === 'contacts' || collection.service === 'calendar')
      return await this.#updateBook(before, collection, folder)
    const isThere = (await this.#context.disk.stat(systemPath(this.#context.root, before.folder))) !== null
    const mustMove = isThere && folder !== before.folder
    if (mustMove) this.#context.batch().add({ op: 'rename', from: before.folder, to: folder })
    const record = this.#describe(known.c, collection, folder, before.cursor)
    if (mustMove) await this.#commitAndRename(before.folder, folder)
    this.#surroundings.changed(collection.service)
    return record
  }

  /** Its files get the new name one by one, and then what they say of it at their beginning. */
  async #updateBook(before: CollectionRecord, collection: Collection, folder: string): Promise<CollectionRecord> {
    if (folder !== before.folder)
      for (const from of this.#presentFilesOf(before.c))
        this.#context.batch().add({ op: 'move', from, to: folder + from.slice(before.folder.length) })
    const record = this.#describe(before.c, collection, folder, before.cursor)
    await this.#renameOriginals(record)
    await this.#context.commit()
    if (!before.gone) this.#books.noteHead(this.#context.batch(), record)
    return record
  }

  /** Makes the place for what the provider itself says of a collection's items. */
  createOriginals({ key, path }: Pick<CollectionEntry, 'key' | 'path'>): StoredCollection {
    return this.#describeOriginals(this.#nextId++, key, path, this.#folders.originals.allocate(path))
  }

  #describeOriginals(c: number, key: string, path: readonly string[], folder: string): StoredCollection {
    this.#context.batch().add({ op: 'collection', c, service: 'originals', key, path, folder })
    return {
      ...{ c, service: 'originals', key, path, folder, cursor: null, gone: false },
      ...{ role: null, lineage: null, meta: null },
    }
  }

  /** They are called like the collection that they belong to. */
  async #renameOriginals(owner: CollectionRecord): Promise<void> {
    const known = this.#surroundings.originalsOf(owner)
    const path = originalsPath(owner)
    if (known === null || JSON.stringify(known.path) === JSON.stringify(path)) return
    const to = await this.#unusedFolder(this.#folders.originals, path)
    for (const from of this.#presentFilesOf(known.c))
      this.#context.batch().add({ op: 'move', from, to: to + from.slice(known.folder.length) })
    this.#describeOriginals(known.c, known.key, path, to)
  }

  #presentFilesOf(c: number): string[] {
    return this.#context.state.filesOf(c).filter((path) => !path.startsWith(`${historyFolder}/`))
  }

  #describe(c: number, collection: Collection, folder: string, cursor: string | null): CollectionRecord {
    this.#context.batch().add(collectionEntry(c, collection, folder))
    const { service, key, path, role, lineage, meta } = collection
    return {
      ...{ c, service, key, path, folder, cursor, gone: false },
      role: role ?? null,
      lineage: lineage ?? null,
      meta: meta ?? null,
    }
  }

  /** The folder that belongs to the present name. */
  async #folderFor(known: CollectionRecord, collection: Collection): Promise<string> {
    if (JSON.stringify(known.path) === JSON.stringify(collection.path)) return known.folder
    const folders = this.#folders[collection.service]
    const parentKept = folders.folderOf(collection.path.slice(0, -1)) === dirname(known.folder)
    if (parentKept && known.path.at(-1) === collection.path.at(-1)) {
      folders.add(collection.path, known.folder)
      return known.folder
    }
    return await this.#unusedFolder(folders, collection.path)
  }

  async #unusedFolder(folders: CollectionFolders, path: readonly string[]): Promise<string> {
    let to = folders.allocateUnused(path)
    // Somebody else may have put something there.
    while (await this.#isSomethingThere(to)) to = folders.allocateUnused(path)
    return to
  }

  /** Also as the file of a book. */
  async #isSomethingThere(folder: string): Promise<boolean> {
    for (const path of [folder, `${folder}.vcf`, `${folder}.ics`, `${folder}.jsonl`])
      if ((await this.#context.disk.stat(systemPath(this.#context.root, path))) !== null) return true
    return false
  }

  /** The rename is the last one of its commit, and nothing is committed before it is done: so recovery can tell whether it was. */
  async #commitAndRename(from: string, to: string): Promise<void> {
    const { disk, root } = this.#context
    const source = systemPath(root, from)
    const target = systemPath(root, to)
    await this.#context.commit()
    await moveFolder(disk, root, source, target)
    this.#surroundings.renamed(from, to)
  }

  remove(known: CollectionRecord): void {
    this.#context.batch().add({ op: 'gone', c: known.c })
  }
}

function collectionEntry(c: number, collection: Collection, folder: string): CollectionEntry {
  const { service, key, path, role, lineage, meta } = collection
  return {
    ...{ op: 'collection', c, service, key, path, folder },
    ...(role === undefined ? {} : { role }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(meta === undefined ? {} : { meta }),
  }
}

/** A record as the provider described the collection then. */
function describedAs(record: CollectionRecord): Collection {
  const { service, key, path, role, lineage, meta } = record
  return {
    ...{ service, key, path },
    ...(role === null ? {} : { role }),
    ...(lineage === null ? {} : { lineage }),
    ...(meta === null ? {} : { meta }),
  }
}
