/** OneDrive: the person's own files, and what others share. */
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Account, Change, Collection, Context, Cursor, Fetched, Item, Source } from '../../core/types.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { cursorOf, type LinkCursor, linkCheckpoint } from './link-cursor.ts'
import { OneDrive } from './onedrive.ts'
import { contentOrError } from './onedrive-content.ts'
import { type Entry, entryOf, folderKey, itemsOf, keysOf, ownDrive, versionItem } from './onedrive-items.ts'
import { ListedEntries } from './onedrive-listed.ts'
import { FolderTree } from './onedrive-tree.ts'
import { noteChanges, noteContent, notes } from './onenote.ts'
import { sessionOf } from './session.ts'

const filesAtOnce = 4
const listedAnewAfter = 30 * 86_400_000
const shared = 'shared'

interface DriveCursor extends LinkCursor {
  /** `FolderTree`. */
  readonly tree: string
  /** How many earlier versions were wanted. */
  readonly versions: number
}

export class OneDriveSource implements Source {
  readonly concurrency = 2
  readonly #account: Account
  readonly #context: Context
  #drive: Promise<OneDrive> | null = null

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const drive = await this.#open(signal)
    await drive.drive()
    yield { service: 'files', key: ownDrive, path: ['OneDrive'] }
    yield { service: 'files', key: shared, path: ['Shared with me'] }
    yield notes
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const drive = await this.#open(signal)
    const now = this.#context.clock.now()
    if (c.key === shared) yield* this.#shared(drive, now)
    else if (c.key === notes.key) yield* noteChanges(drive.session, since, now, signal)
    else if (since === null) yield* this.#everything(drive, now)
    else yield* this.#since(drive, cursorOf(since, now, listedAnewAfter) as DriveCursor)
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const drive = await this.#open(signal)
    const one = (item: Item) => (c.key === notes.key ? noteContent(drive.session, item, signal) : contentOrError(drive, item))
    yield* inParallel(items, filesAtOnce, one, signal, octetsHeld)
  }

  async close(): Promise<void> {
    const drive = await this.#drive?.catch(() => null)
    drive?.session.close()
  }

  #open(signal: AbortSignal): Promise<OneDrive> {
    this.#drive ??= sessionOf(this.#account, this.#context).then((session) => new OneDrive(session, signal))
    return this.#drive.catch((error: unknown) => {
      this.#drive = null
      throw error
    })
  }

  /** Folders may come after what lies in them, and an item several times: its last state counts. */
  async *#everything(drive: OneDrive, now: Date): AsyncGenerator<Change> {
    const tree = new FolderTree()
    using listed = new ListedEntries()
    let link = ''
    for await (const page of drive.delta(null)) {
      for (const entry of page.items.flatMap((item) => entryOf(item) ?? [])) {
        const isFolderOnly = isOwnFolder(entry) && !entry.isDeleted
        if (entry.isRoot) tree.setRoot(entry.id)
        else if (isFolderOnly) tree.put(entry.id, entry)
        if (entry.isRoot || entry.isDeleted || (isFolderOnly && !entry.isEmpty)) listed.delete(entry.id)
        else listed.put(entry)
      }
      link = page.link ?? link
    }
    for (const entries of listed.pages())
      for await (const item of this.#itemsOf(drive, entries, tree)) yield { kind: 'item', item }
    yield { kind: 'all-listed' }
    const { versions } = drive.session.settings.files
    yield linkCheckpoint({ link, listed: now.toISOString(), tree: tree.toText(), versions } as DriveCursor)
  }

  async *#itemsOf(drive: OneDrive, entries: readonly Entry[], tree: FolderTree): AsyncGenerator<Item> {
    const items: Item[] = []
    for (const entry of entries) {
      const folders = tree.path(entry.parent)
      if (folders === null) continue
      if (entry.isFolder && entry.remote !== null) yield* this.#walk(drive, entry, [...folders, entry.name])
      else items.push(...itemsOf(entry, folders))
    }
    yield* this.#withVersions(drive, items)
  }

  async *#withVersions(drive: OneDrive, items: readonly Item[]): AsyncGenerator<Item> {
    yield* items
    const { versions } = drive.session.settings.files
    const files = versions === 0 ? [] : items.filter(({ key }) => !/:(?:url|folder)$/.test(key))
    const places = files.map(({ meta }) => ({ driveId: String(meta['drive']), id: String(meta['id']) }))
    for (const [n, answer] of (await drive.versions(places)).entries()) {
      const of = files[n]
      if (of === undefined || 'error' in answer) continue
      for (const version of (answer.body.value ?? []).slice(1, versions + 1)) {
        const item = versionItem(of, version)
        if (item !== null) yield item
      }
    }
  }

  /** A folder of somebody else's that stands in a folder of the person's own. */
  async *#walk(drive: OneDrive, top: Entry, path: readonly string[]): AsyncGenerator<Item> {
    const waiting = [{ place: top.remote ?? { driveId: top.drive, id: top.id }, path }]
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      for await (const page of drive.children(folder.place)) {
        for (const entry of page.flatMap((item: DriveItem) => entryOf(item) ?? [])) {
          // Ids are unique in their drive only.
          const known = { ...entry, drive: entry.drive || folder.place.driveId }
          if (entry.isFolder) waiting.push({ place: { driveId: known.drive, id: entry.id }, path: [...folder.path, entry.name] })
          for (const item of itemsOf(known, folder.path)) yield { ...item, key: `${known.drive}!${item.key}` }
        }
      }
    }
  }

  async *#since(drive: OneDrive, cursor: DriveCursor): AsyncGenerator<Change> {
    const tree = FolderTree.fromText(cursor.tree)
    if (cursor.versions !== drive.session.settings.files.versions) throw anew('Earlier versions are wanted otherwise now')
    const changed = new Map<string, Entry>()
    let { link } = cursor
    for await (const page of drive.delta(cursor.link)) {
      for (const item of page.items) {
        const entry = entryOf(item)
        if (entry !== null) changed.set(entry.id, entry)
      }
      link = page.link ?? link
    }
    for (const entry of changed.values()) noteFolder(tree, entry)
    const entries = [...changed.values()].filter(({ isRoot }) => !isRoot)
    // A folder says itself when it holds nothing any more; it is among the changes whenever something came or went in it.
    const filled = new Set(entries.flatMap(({ isDeleted, parent }) => (isDeleted ? [] : [parent])))
    for (const id of filled) yield { kind: 'removed', key: folderKey(id) }
    for (const entry of entries) if (!isOwnFolder(entry) || tree !== null) yield* this.#changed(drive, tree, entry)
    yield linkCheckpoint({ ...cursor, link, tree: tree?.toText() ?? cursor.tree } as DriveCursor)
  }

  async *#changed(drive: OneDrive, tree: FolderTree | null, entry: Entry): AsyncGenerator<Change> {
    const folders = entry.isDeleted ? [] : (tree?.path(entry.parent) ?? null)
    if (folders === null) throw anew('A file lies in a folder that is not known')
    const items = entry.isDeleted ? [] : itemsOf(entry, folders)
    const kept = new Set(items.map(({ key }) => key))
    for (const key of keysOf(entry.id)) if (!kept.has(key)) yield { kind: 'removed', key }
    for await (const item of this.#withVersions(drive, items)) yield { kind: 'item', item }
  }

  /** There are no changes to be asked for: it is listed each time. */
  async *#shared(drive: OneDrive, now: Date): AsyncGenerator<Change> {
    try {
      for await (const page of drive.sharedWithMe()) {
        for (const entry of page.flatMap((item) => entryOf(item) ?? [])) {
          if (entry.isFolder) for await (const item of this.#walk(drive, entry, [entry.name])) yield { kind: 'item', item }
          else for (const item of itemsOf(entry, [])) yield { kind: 'item', item }
        }
      }
    } catch (error) {
      // "Deprecated": where it is not answered any more, shared files are those that the person has put among their own.
      if (!hasCode(error, 'unsupported')) throw error
    }
    yield { kind: 'all-listed' }
    yield linkCheckpoint({ link: '', listed: now.toISOString() })
  }
}

function isOwnFolder({ isFolder, remote }: Entry): boolean {
  return isFolder && remote === null
}

/** @throws AppError `cursor-expired` where what lies in the folder lies elsewhere now, without being named itself */
function noteFolder(tree: FolderTree | null, entry: Entry): void {
  if (!entry.isFolder || entry.isRoot) return
  if (entry.remote !== null) throw anew('A folder of somebody else came or went')
  const known = tree?.get(entry.id)
  if (tree === null) throw anew('Folders have changed')
  if (known === undefined && !entry.isDeleted) tree.put(entry.id, entry)
  else if (entry.isDeleted || known?.name !== entry.name || known.parent !== entry.parent) throw anew('Folders have changed')
}

function anew(why: string): AppError {
  return new AppError('cursor-expired', `${why}, so all files are listed again.`)
}
