/** What lies in the drives of others and is shared with the person: no delta tells of it, so it is looked at each time. */
import { createHash } from 'node:crypto'
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import type { Batched } from './batch.ts'
import type { ChildrenPage, FilePlace, OneDrive } from './onedrive.ts'
import { type Entry, entryOf, itemsOf } from './onedrive-items.ts'

const foldersAtOnce = 20

/** A folder or a file of somebody else's that stands among the person's own; small enough for a cursor. */
export interface RemoteItem {
  /** Of what stands for it here. */
  readonly id: string
  readonly name: string
  readonly isFolder: boolean
  readonly place: FilePlace
  /** Where it stands here, without its own name. */
  readonly folders: readonly string[]
  /** Of what lay in it when it was listed last; absent where Microsoft did not tell. */
  readonly sum?: string
  /** Microsoft did not tell the last time. */
  readonly isWanting?: true
}

/** Null where it lies in the person's own drive, or Microsoft does not say where. */
export function remoteOf({ id, name, isFolder, remote }: Entry, folders: readonly string[]): RemoteItem | null {
  return remote === null ? null : { id, name, isFolder, place: remote, folders }
}

/** Reads what they hold, once. One at which Microsoft fails holds up neither the others nor the person's own files. */
export class RemoteListing {
  readonly #drive: OneDrive
  readonly #remotes: readonly RemoteItem[]
  readonly #sums = new Map<string, string>()
  /** Why Microsoft did not tell, by the id of what stands for it here. */
  readonly #failures = new Map<string, AppError>()

  constructor(drive: OneDrive, remotes: readonly RemoteItem[]) {
    this.#drive = drive
    this.#remotes = remotes
  }

  /**
   * Everything in the folders, and the files. What is not shared any more, or refused, is left out.
   * @throws AppError where OneDrive as a whole is out of order
   */
  async *items(): AsyncGenerator<Item, void, undefined> {
    const files = this.#remotes.filter(({ isFolder }) => !isFolder)
    const answers = await this.#drive.items(files.map(({ place }) => place))
    for (const [n, one] of files.entries()) yield* this.#summed(one, fileOf(one, answers[n]))
    for (const one of this.#remotes) if (one.isFolder) yield* this.#summed(one, walk(this.#drive, one))
  }

  async *#summed({ id }: RemoteItem, items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined> {
    const sum = createHash('sha256')
    try {
      for await (const item of items) {
        sum.update(`${JSON.stringify([item.key, item.version, item.meta])}\n`)
        yield item
      }
      this.#sums.set(id, sum.digest('base64url'))
    } catch (error) {
      if (!(error instanceof AppError && hasCode(error, 'network', 'rate-limit'))) throw error
      await this.#drive.look()
      this.#failures.set(id, error)
    }
  }

  /** Those at which Microsoft failed, and why. */
  failures(): readonly (readonly [RemoteItem, AppError])[] {
    return this.#remotes.flatMap((one) => {
      const failure = this.#failures.get(one.id)
      return failure === undefined ? [] : [[one, failure] as const]
    })
  }

  /** Those of which Microsoft told. */
  answered(): readonly RemoteItem[] {
    return this.#remotes.filter(({ id }) => this.#sums.has(id))
  }

  /** Something that Microsoft told is not as it was when it was listed last. */
  hasChanged(): boolean {
    return this.answered().some(({ id, sum }) => this.#sums.get(id) !== sum)
  }

  /** For the next run. */
  noted(): readonly RemoteItem[] {
    return this.#remotes.map(({ isWanting: _, ...one }) => {
      const sum = this.#sums.get(one.id)
      return sum === undefined ? { ...one, isWanting: true } : { ...one, sum }
    })
  }
}

/** Stands for one at which Microsoft fails, until it answers again. */
export function wantingItem({ id, name, folders }: Pick<RemoteItem, 'id' | 'name' | 'folders'>): Item {
  return { key: wantingKey(id), version: 'wanting', title: name, meta: { path: [...folders, name] } }
}

export function wantingKey(id: string): string {
  return `${id}${wanting}`
}

export function isWanting({ key }: Pick<Item, 'key'>): boolean {
  return key.endsWith(wanting)
}

const wanting = ':wanting'

/** The list of shared files and the shortcuts tell neither their checksum nor, always, their true size. */
function* fileOf({ id, name, place, folders }: RemoteItem, found: Batched<DriveItem> | undefined): Generator<Item> {
  if (found === undefined || isLeftOut(found)) return
  const entry = entryOf(found.body, place.driveId)
  if (entry !== null) yield* itemsOf({ ...entry, id, name, remote: place }, folders)
}

async function* walk(drive: OneDrive, { place, folders, name }: RemoteItem): AsyncGenerator<Item> {
  const waiting = [{ place, path: [...folders, name] }]
  // What stands for a folder may lie in that folder.
  const known = new Set<string>()
  isNew(known, place)
  while (waiting.length > 0) {
    const some = waiting.splice(0, foldersAtOnce)
    const pages = await drive.childrenOfEach(some.map((folder) => folder.place))
    for (const [n, folder] of some.entries()) {
      const { driveId } = folder.place
      for await (const entry of entriesIn(drive, driveId, pages[n])) {
        const next = entry.remote ?? { driveId, id: entry.id }
        if (entry.isFolder && isNew(known, next)) waiting.push({ place: next, path: [...folder.path, entry.name] })
        // Ids are unique in their drive only.
        for (const item of itemsOf(entry, folder.path)) yield { ...item, key: `${driveId}!${item.key}` }
      }
    }
  }
}

async function* entriesIn(drive: OneDrive, driveId: string, first: Batched<ChildrenPage> | undefined): AsyncGenerator<Entry> {
  if (first === undefined || isLeftOut(first)) return
  const { value = [], '@odata.nextLink': next } = first.body
  const entriesOf = (items: readonly DriveItem[]) => items.flatMap((item) => entryOf(item, driveId) ?? [])
  yield* entriesOf(value)
  if (next === undefined) return
  try {
    for await (const page of drive.more(next)) yield* entriesOf(page)
  } catch (error) {
    if (!isOutOfReach(error)) throw error
  }
}

/** From now on it is known. */
function isNew(known: Set<string>, { driveId, id }: FilePlace): boolean {
  return known.size < known.add(`${driveId}!${id}`).size
}

/** @throws AppError where Microsoft does not tell */
function isLeftOut<T>(answer: Batched<T>): answer is Exclude<Batched<T>, { readonly body: T }> {
  if ('body' in answer) return false
  if (!isOutOfReach(answer.error)) throw answer.error
  return true
}

/** Also where the drive of somebody who left is closed (423 `resourceLocked`): the person's own files do not wait for it. */
function isOutOfReach(error: unknown): boolean {
  return hasCode(error, 'not-found', 'permission', 'unsupported')
}
