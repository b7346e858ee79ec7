/** OneDrive: the person's own files, and what others share. */

import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { cursorOf, type LinkCursor, linkCheckpoint } from './link-cursor.ts'
import { NoDrive, OneDrive } from './onedrive.ts'
import { contentOrError } from './onedrive-content.ts'
import { type Entry, entryOf, folderKey, itemsOf, keysOf, ownDrive, versionItem } from './onedrive-items.ts'
import { ListedEntries } from './onedrive-listed.ts'
import { isWanting, type RemoteItem, RemoteListing, remoteOf, wantingItem, wantingKey } from './onedrive-remote.ts'
import { FolderTree } from './onedrive-tree.ts'
import { noteChanges, noteContent, notes } from './onenote.ts'
import { sessionOf } from './session.ts'

const filesAtOnce = 4
const listedAnewAfter = 30 * 86_400_000
const shared = 'shared'

/** "The sharedWithMe API … will operate in a degraded state until November, 2026, after which it will stop returning data." */
const sharedNotTold =
  'Microsoft names nothing that others share: since November 2026 it tells programs no more. For what is to be saved, choose “Add shortcut to My files” at onedrive.com, under Shared.'
/** "drive: sharedWithMe", permissions: "Application: Not supported". */
const sharedForPeopleOnly = 'Microsoft tells only people what others share with them, not a program that signs in for itself.'
/** "The Microsoft Graph OneNote API will no longer support app-only authentication effective March 31, 2025." */
const notesForPeopleOnly = 'Microsoft opens OneNote only to people, not to a program that signs in for itself.'

interface DriveCursor extends LinkCursor {
  /** `FolderTree`. */
  readonly tree: string
  /** How many earlier versions were wanted. */
  readonly versions: number
  /** What of others stands among the files. */
  readonly remotes?: readonly RemoteItem[]
}

/** Of a drive of which something was saved. */
const whereIsIt = 'What was saved of it is safe. If it should be there, ask the administrator of the organisation.'

export class OneDriveSource implements Source {
  readonly concurrency = 2
  readonly #account: Account
  readonly #context: Context
  readonly #drive = new OnceOpen<OneDrive>()
  /** What this run's list of shared items names. */
  #shared: readonly RemoteItem[] | null = null
  /** Why Microsoft did not tell what of others holds, by the key of what stands for it. */
  readonly #wanting = new Map<string, AppError>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const drive = await this.#open(signal)
    const own: Collection = { service: 'files', key: ownDrive, path: ['OneDrive'] }
    try {
      await drive.drive()
    } catch (error) {
      if (!(error instanceof NoDrive) || !drive.session.settings.appOnly) throw error
      // Shared mailboxes have none, and not everybody in an organisation has opened theirs.
      yield { ...own, skipped: error.message, count: 0, failsIfSaved: true, advice: whereIsIt }
      return
    }
    yield own
    yield await this.#sharedCollection(drive)
    yield drive.session.settings.appOnly ? { ...notes, skipped: notesForPeopleOnly, count: 0 } : notes
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const drive = await this.#open(signal)
    const now = this.#context.clock.now()
    if (c.key === shared) yield* this.#sharedChanges(drive, now)
    else if (c.key === notes.key) yield* noteChanges(drive.session, since, now, signal)
    else if (since === null) yield* this.#everything(drive, now)
    else yield* this.#since(drive, cursorOf(since, now, listedAnewAfter) as DriveCursor)
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const drive = await this.#open(signal)
    const one = async (item: Item): Promise<Fetched> => {
      if (isWanting(item)) return { key: item.key, error: this.#wanting.get(item.key) ?? notLookedAt() }
      return await (c.key === notes.key ? noteContent(drive.session, item, signal) : contentOrError(drive, item))
    }
    yield* inParallel(items, filesAtOnce, one, signal, octetsHeld)
  }

  async close(): Promise<void> {
    const drive = await this.#drive.opened()
    drive?.session.close()
  }

  #open(signal: AbortSignal): Promise<OneDrive> {
    return this.#drive.open(async () => new OneDrive(await sessionOf(this.#account, this.#context), signal))
  }

  async *#everything(drive: OneDrive, now: Date): AsyncGenerator<Change> {
    const tree = new FolderTree()
    using listed = new ListedEntries()
    const link = await listWhole(drive, tree, listed)
    // What was not listed would count as removed.
    if (link === '') throw new AppError('suspicious', 'Microsoft does not say how to go on after its list of files.')
    const remotes: RemoteItem[] = []
    for (const entries of listed.pages()) {
      remotes.push(...remotesAmong(entries, tree))
      for await (const item of this.#itemsOf(drive, entries, tree)) yield { kind: 'item', item }
    }
    const listing = new RemoteListing(drive, remotes)
    yield* this.#ofOthers(listing)
    const { versions } = drive.session.settings.files
    const cursor = { listed: now.toISOString(), tree: tree.toText(), versions, remotes: listing.noted() }
    yield linkCheckpoint({ link, ...cursor } as DriveCursor)
  }

  /** The end of a list of everything. Where Microsoft fails at something of others, nobody knows what of that is gone. */
  async *#ofOthers(listing: RemoteListing): AsyncGenerator<Change> {
    for await (const item of listing.items()) yield { kind: 'item', item }
    yield* this.#wantingOf(listing)
    if (listing.failures().length === 0) yield { kind: 'all-listed' }
    else for (const { id } of listing.answered()) yield { kind: 'removed', key: wantingKey(id) }
  }

  /** @throws AppError `cursor-expired` where something changed: nobody says what */
  async *#stillOfOthers(listing: RemoteListing): AsyncGenerator<Change> {
    for await (const _ of listing.items());
    if (listing.hasChanged()) throw anew('Something changed in what somebody else shares')
    yield* this.#wantingOf(listing)
    for (const one of listing.answered()) if (one.isWanting === true) yield { kind: 'removed', key: wantingKey(one.id) }
  }

  *#wantingOf(listing: RemoteListing): Generator<Change> {
    for (const [remote, failure] of listing.failures()) {
      const item = wantingItem(remote)
      this.#wanting.set(item.key, stays(failure))
      yield { kind: 'item', item }
    }
  }

  async *#itemsOf(drive: OneDrive, entries: readonly Entry[], tree: FolderTree): AsyncGenerator<Item> {
    const own = entries.filter(({ remote, parent }) => remote === null && !tree.isInPackage(parent))
    yield* this.#withVersions(
      drive,
      own.flatMap((entry) => itemsOf(entry, placeIn(tree, entry))),
    )
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

  async *#since(drive: OneDrive, cursor: DriveCursor): AsyncGenerator<Change> {
    const tree = FolderTree.fromText(cursor.tree)
    if (cursor.versions !== drive.session.settings.files.versions) throw anew('Earlier versions are wanted otherwise now')
    const listing = new RemoteListing(drive, cursor.remotes ?? [])
    yield* this.#stillOfOthers(listing)
    const changed = new Map<string, Entry>()
    let { link } = cursor
    for await (const page of drive.delta(cursor.link)) {
      for (const item of page.items) {
        const entry = entryOf(item)
        if (entry !== null) changed.set(entry.id, entry)
      }
      link = page.link ?? link
    }
    // Of what is taken away nothing tells any more that it was somebody else's.
    if (cursor.remotes?.some(({ id }) => changed.has(id))) throw anew(remotesChanged)
    for (const entry of changed.values()) noteFolder(tree, entry)
    const entries = [...changed.values()].filter(({ isRoot }) => !isRoot)
    // A folder says itself when it holds nothing any more; it is among the changes whenever something came or went in it.
    const filled = new Set(entries.flatMap(({ isDeleted, parent }) => (isDeleted ? [] : [parent])))
    for (const id of filled) yield { kind: 'removed', key: folderKey(id) }
    for (const entry of entries) if (!isOwnFolder(entry) || tree !== null) yield* this.#changed(drive, tree, entry)
    yield linkCheckpoint({ ...cursor, link, tree: tree?.toText() ?? cursor.tree, remotes: listing.noted() } as DriveCursor)
  }

  async *#changed(drive: OneDrive, tree: FolderTree | null, entry: Entry): AsyncGenerator<Change> {
    if (tree?.isInPackage(entry.parent) === true) return
    const folders = entry.isDeleted ? [] : (tree?.path(entry.parent) ?? null)
    if (folders === null) throw anew('A file lies in a folder that is not known')
    const items = entry.isDeleted ? [] : itemsOf(entry, folders)
    const kept = new Set(items.map(({ key }) => key))
    for (const key of keysOf(entry.id)) if (!kept.has(key)) yield { kind: 'removed', key }
    for await (const item of this.#withVersions(drive, items)) yield { kind: 'item', item }
  }

  async #sharedCollection(drive: OneDrive): Promise<Collection> {
    const collection: Collection = { service: 'files', key: shared, path: ['Shared with me'] }
    if (drive.session.settings.appOnly) return { ...collection, skipped: sharedForPeopleOnly, count: 0 }
    const named = await this.#sharedItems(drive)
    return named.length === 0 ? { ...collection, skipped: sharedNotTold, count: 0 } : collection
  }

  /** Nothing also where Microsoft does not tell. */
  async #sharedItems(drive: OneDrive): Promise<readonly RemoteItem[]> {
    if (this.#shared !== null) return this.#shared
    const named: RemoteItem[] = []
    try {
      for await (const page of drive.sharedWithMe())
        for (const item of page) {
          const entry = entryOf(item)
          const remote = entry === null ? null : remoteOf(entry, [])
          if (remote !== null) named.push(remote)
        }
    } catch (error) {
      if (!hasCode(error, 'unsupported', 'permission', 'not-found', 'cursor-expired')) throw error
      // What a list that broke off leaves out is not gone.
      named.length = 0
    }
    this.#shared = named
    return named
  }

  /** There are no changes to be asked for: it is listed each time. */
  async *#sharedChanges(drive: OneDrive, now: Date): AsyncGenerator<Change> {
    const named = await this.#sharedItems(drive)
    if (named.length > 0) yield* this.#ofOthers(new RemoteListing(drive, named))
    yield linkCheckpoint({ link: '', listed: now.toISOString() })
  }
}

/**
 * Folders may come after what lies in them, and an item several times: its last state counts.
 * @returns the link that goes on from here
 */
async function listWhole(drive: OneDrive, tree: FolderTree, listed: ListedEntries): Promise<string> {
  let link = ''
  for await (const page of drive.delta(null)) {
    for (const entry of page.items.flatMap((item) => entryOf(item) ?? [])) {
      const isFolderOnly = isOwnFolder(entry) && !entry.isDeleted
      if (entry.isRoot) tree.setRoot(entry.id)
      else if (isFolderOnly) tree.put(entry.id, entry)
      if (entry.isPackage) tree.putPackage(entry.id)
      if (entry.isRoot || entry.isDeleted || (isFolderOnly && !entry.isEmpty)) listed.delete(entry.id)
      else listed.put(entry)
    }
    link = page.link ?? link
  }
  return link
}

function remotesAmong(entries: readonly Entry[], tree: FolderTree): RemoteItem[] {
  return entries.flatMap((entry) => remoteOf(entry, placeIn(tree, entry)) ?? [])
}

/** At the top where its folder was not named: nothing is left out. */
function placeIn(tree: FolderTree, { parent }: Entry): readonly string[] {
  return tree.path(parent) ?? []
}

function isOwnFolder({ isFolder, remote }: Entry): boolean {
  return isFolder && remote === null
}

/** @throws AppError `cursor-expired` where what lies in the folder lies elsewhere now, without being named itself */
function noteFolder(tree: FolderTree | null, entry: Entry): void {
  if (entry.remote !== null) throw anew(remotesChanged)
  if (entry.isPackage) tree?.putPackage(entry.id)
  if (!entry.isFolder || entry.isRoot) return
  const known = tree?.get(entry.id)
  if (tree === null) throw anew('Folders have changed')
  if (known === undefined && !entry.isDeleted) tree.put(entry.id, entry)
  else if (entry.isDeleted || known?.name !== entry.name || known.parent !== entry.parent) throw anew('Folders have changed')
}

function stays({ message }: AppError): AppError {
  return new AppError(
    'network',
    `${message} Somebody else shares this; what was saved of it stays, and the next backup tries again.`,
  )
}

const notLookedAt = () => new AppError('network', 'Somebody else shares this; the next whole backup looks into it.')

const remotesChanged = 'Something of somebody else came or went'

function anew(why: string): AppError {
  return new AppError('cursor-expired', `${why}, so all files are listed again.`)
}
