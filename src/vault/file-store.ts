/** Keeps the files of a drive as files. What is done here is journal entries; `carryOut` does it on the disk. */
import { AppError } from '../core/errors.ts'
import { type Content, type Item, isFolder } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { collisionKey, encodeName } from '../formats/names.ts'
import type { ItemState } from './batch.ts'
import { damageOf } from './damage.ts'
import { FileNames, namesOf, type Occupant } from './file-names.ts'
import type { History } from './history.ts'
import type { PutEntry } from './journal-entries.ts'
import { systemPath } from './layout.ts'
import type { Staged } from './staging.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import type { RunContext, Store } from './store.ts'

/** Files that make room for each other; more go into the history on their way. */
const deepest = 200

export class FileStore implements Store {
  readonly #context: RunContext
  readonly #names: FileNames
  readonly #history: History
  /** Keys of files that wait for their new place while others make room. */
  readonly #moving = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: RunContext, history: History) {
    this.#context = context
    this.#names = new FileNames(context.state)
    this.#history = history
  }

  /** Names are given away one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async put(drive: CollectionRecord, item: Item, content: Content): Promise<number> {
    const staged = await this.#context.staging.stage(content, modifiedOf(item.meta))
    await this.#inTurn(() => this.#take(drive, item, staged))
    return staged.size
  }

  async #take(drive: CollectionRecord, item: Item, staged: Staged): Promise<void> {
    const names = namesOf(item.meta)
    const known = this.#known(drive, item.key)
    const damage = known === null ? null : await this.#damageOf(drive, known)
    if (known !== null && known.sha256 === staged.sha256 && damage === null) {
      await this.#context.staging.discard(staged.name)
      const path = await this.#moveTo(drive, known, names)
      this.#context.batch().add(this.#putEntry(drive, item, { ...known, path }))
      return
    }
    if (known === null && (await this.#isOldAcquaintance(drive, item, staged))) return
    if (known !== null && damage !== 'missing') await this.#shelve(drive, known)
    else if (known !== null) this.#names.release(drive, known.path)
    const path = await this.#allocate(drive, names)
    const { name, size, sha256 } = staged
    this.#context.batch().octets += size
    this.#occupy(drive, item.key, path, names)
    this.#context
      .batch()
      .add({ op: 'place', staged: name, path, size, sha256 }, this.#putEntry(drive, item, { path, size, sha256 }))
  }

  /** Null where it lies there as it was saved. Looked at only where something was found wrong, or could not be had, before. */
  async #damageOf(drive: CollectionRecord, { key, path, sha256 }: Known): Promise<'missing' | 'damaged' | null> {
    if (!this.#context.state.isPending(drive.c, key)) return null
    return await damageOf(this.#context.disk, systemPath(this.#context.root, path), sha256)
  }

  /** The same bytes as a file that is gone from its place: it was moved, at a provider that has no lasting ids. */
  async #isOldAcquaintance(drive: CollectionRecord, item: Item, staged: Staged): Promise<boolean> {
    const { listing } = this.#context
    if (!listing.hasGone(drive.c)) return false
    const isLike = ({ meta, removed }: ItemRecord) => removed === null && isFolder(meta) === isFolder(item.meta)
    const from = listing.goneLike(drive.c, staged.sha256, isLike)
    if (from === undefined) return false
    await this.#context.staging.discard(staged.name)
    await this.#rekeyNow(drive, item, from)
    listing.keep(drive.c, from.key)
    return true
  }

  /** The file as it is in the account, where it lies now; null for one that is not there. */
  #known(drive: CollectionRecord, key: string): Known | null {
    const known = this.#context.state.item(drive.c, key)
    if (known === null || known.removed !== null) return null
    const { size, sha256 } = known
    return { key, size, sha256, ...(this.#changed(drive, key) ?? { path: known.path, names: namesOf(known.meta) }) }
  }

  #changed(drive: CollectionRecord, key: string): ItemState | undefined {
    for (const batch of this.#context.batches()) {
      const state = batch.places.get(idOf(drive, key))
      if (state !== undefined) return state
    }
    return undefined
  }

  #putEntry(drive: CollectionRecord, item: Item, place: Pick<Known, 'path' | 'size' | 'sha256'>): PutEntry {
    const { path, size, sha256 } = place
    return {
      ...{ op: 'put', c: drive.c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(item.identities === undefined || item.identities.length === 0 ? {} : { identity: item.identities }),
      ...{ path, size, sha256, date: item.date ?? this.#context.now().toISOString(), meta: item.meta },
    }
  }

  async rekey(drive: CollectionRecord, item: Item, from: ItemRecord): Promise<void> {
    await this.#inTurn(() => this.#rekeyNow(drive, item, from))
  }

  async #rekeyNow(drive: CollectionRecord, item: Item, from: ItemRecord): Promise<void> {
    const known = this.#known(drive, from.key)
    if (known === null) throw new AppError('bug', 'A file that is not in the account cannot get another key.')
    const names = namesOf(item.meta)
    const former = from.key === item.key ? null : this.#known(drive, item.key)
    if (former !== null) await this.#shelve(drive, former)
    const path = await this.#moveTo(drive, known, names)
    this.#occupy(drive, item.key, path, names)
    this.#context.batch().add(this.#putEntry(drive, item, { ...known, path }))
    if (from.key !== item.key) this.#context.batch().add({ op: 'remove', c: drive.c, key: from.key, rekeyed: item.key })
  }

  async meta(drive: CollectionRecord, key: string, meta: JsonObject): Promise<void> {
    await this.#inTurn(async () => {
      const known = this.#known(drive, key)
      if (known !== null) await this.#moveTo(drive, known, namesOf(meta))
      this.#context.batch().add({ op: 'meta', c: drive.c, key, meta })
    })
  }

  async remove(drive: CollectionRecord, key: string): Promise<void> {
    await this.#inTurn(async () => {
      const known = this.#known(drive, key)
      if (known !== null) await this.#shelve(drive, known)
      this.#context.batch().add({ op: 'remove', c: drive.c, key })
    })
  }

  /** Into the history. What a run put out of the way before stays where it is. */
  async #shelve(drive: CollectionRecord, known: Known): Promise<void> {
    if (isInDrive(drive, known.path)) await this.#move(drive, known, this.#history.placeFor(known.path))
  }

  async #move(drive: CollectionRecord, { key, path, names }: Known, to: string): Promise<void> {
    if (this.#context.batches().some((batch) => batch.isTarget(path))) await this.#context.commit()
    const batch = this.#context.batch()
    batch.add({ op: 'move', from: path, to })
    batch.places.set(idOf(drive, key), { path: to, names })
    if (isInDrive(drive, path)) this.#names.release(drive, path)
  }

  /** Gives the file the path of these names, if it has not got it. */
  async #moveTo(drive: CollectionRecord, known: Known, names: readonly string[]): Promise<string> {
    if (isInDrive(drive, known.path) && JSON.stringify(known.names) === JSON.stringify(names)) return known.path
    this.#moving.add(known.key)
    const to = await this.#allocate(drive, names)
    this.#moving.delete(known.key)
    // It may itself have been in the way of another one.
    const { path } = this.#known(drive, known.key) ?? known
    await this.#move(drive, { ...known, path }, to)
    this.#occupy(drive, known.key, to, names)
    return to
  }

  #occupy(drive: CollectionRecord, key: string, path: string, names: readonly string[]): void {
    this.#names.take(drive.folder, path, names, key)
    this.#context.batch().places.set(idOf(drive, key), { path, names })
  }

  /** A path for a file of these names. What is there and no longer belongs there goes out of the way. */
  async #allocate(drive: CollectionRecord, names: readonly string[]): Promise<string> {
    for (;;) {
      const occupant = this.#names.inTheWay(drive, names, encodeName)
      if (occupant === null || !(await this.#clear(drive, occupant))) break
    }
    const foreign = new Set<string>()
    for (;;) {
      const path = this.#names.allocate(drive, names, (candidate) => foreign.has(candidate))
      // Somebody else may have put something there.
      const isFree = (await this.#context.disk.stat(systemPath(this.#context.root, path))) === null
      if (isFree || this.#context.batches().some((batch) => batch.isVacated(path))) return path
      const slash = path.lastIndexOf('/')
      foreign.add(`${path.slice(0, slash)}/${collisionKey(path.slice(slash + 1))}`)
    }
  }

  /** False where it has a right to its name. */
  async #clear(drive: CollectionRecord, occupant: Occupant): Promise<boolean> {
    if (occupant.item !== null) return await this.#clearFile(drive, occupant.item)
    const below = this.#names.filesBelow(occupant.path)
    if (below.some(({ item }) => item !== null && !this.#mayMove(drive, item))) return false
    for (const { item } of below) if (item !== null) await this.#clearFile(drive, item)
    if (this.#names.filesBelow(occupant.path).length > 0) return false
    this.#names.releaseFolder(occupant.path)
    this.#context.batch().vacate(occupant.path)
    return true
  }

  /** Whether the provider says that it is not, or will not be, where it lies now. */
  #mayMove(drive: CollectionRecord, key: string): boolean {
    const { listing } = this.#context
    const known = this.#known(drive, key)
    const listed = listing.meta(drive.c, key)
    if (known === null || this.#moving.has(key) || listing.isGone(drive.c, key)) return true
    return listed !== null && JSON.stringify(namesOf(listed)) !== JSON.stringify(known.names)
  }

  async #clearFile(drive: CollectionRecord, key: string): Promise<boolean> {
    const known = this.#known(drive, key)
    if (known === null || !this.#mayMove(drive, key)) return false
    const listed = this.#context.listing.isGone(drive.c, key) ? null : this.#context.listing.meta(drive.c, key)
    const isOnItsWay = this.#moving.has(key) || this.#moving.size > deepest
    if (listed === null || isOnItsWay) await this.#shelve(drive, known)
    else {
      await this.#moveTo(drive, known, namesOf(listed))
      this.#context.batch().add({ op: 'meta', c: drive.c, key, meta: listed })
    }
    return true
  }
}

interface Known extends ItemState {
  readonly key: string
  readonly size: number
  readonly sha256: string
}

function idOf({ c }: CollectionRecord, key: string): string {
  return `${c} ${key}`
}

function isInDrive({ folder }: CollectionRecord, path: string): boolean {
  return path.startsWith(`${folder}/`)
}

/** Null where the provider knows none, and for what is before all computers. */
function modifiedOf({ modified }: JsonObject): Date | null {
  const time = typeof modified === 'string' ? new Date(modified) : null
  return time !== null && time.getTime() > 0 ? time : null
}
