/** Google Drive: My Drive, computers, what others share, and every shared drive, each with its folders. */
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import { type Collection, type Item, isFolder } from '../../core/items.ts'
import type { Census, Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { Drive, type DriveFile, folderType } from './drive.ts'
import { contentOf } from './drive-content.ts'
import { folderItem, folderKey, itemsOf, keysOf } from './drive-items.ts'
import { isRevisionKey, placedItems } from './drive-revisions.ts'
import { Climber, computers, type Place, type PlacedFile, rootId, sharedWithMe, walk } from './drive-walk.ts'
import { leastSeconds } from './quota.ts'
import { sessionOf } from './session.ts'
import { parseSettings } from './settings.ts'

const filesAtOnce = 8
const callsAtOnce = 2
/** More changes than these are dearer to place one by one than to list everything. */
const mostChanges = 500
const listedAnewAfter = 30 * 86_400_000

const cursorSchema = z.object({
  token: z.string(),
  /** Whose drive it is, and in which formats documents were saved. */
  formats: z.string(),
  /** When everything was listed last: RFC 3339. */
  listed: z.string(),
})

type CursorData = Readonly<z.infer<typeof cursorSchema>>

export class DriveSource implements Source {
  readonly concurrency = callsAtOnce
  readonly #account: Account
  readonly #context: Context
  readonly #drive = new OnceOpen<Drive>()
  #climber: Climber | null = null
  readonly #changes = new Map<string, ReturnType<Drive['changes']>>()
  readonly #listedAnew: Collection[] = []
  /** Earlier versions, and empty folders, that were listed in each place. */
  readonly #earlier = new Map<string, number>()
  readonly #empty = new Map<string, number>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const drive = await this.#open(signal)
    yield { service: 'files', key: 'my', path: ['My Drive'] }
    yield { service: 'files', key: 'computers', path: ['Computers'] }
    yield { service: 'files', key: 'shared', path: ['Shared with me'] }
    for (const { id, name } of await drive.sharedDrives()) {
      yield { service: 'files', key: `drive ${id}`, path: ['Shared drives', name] }
    }
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const drive = await this.#open(signal)
    if (since === null) this.#listedAnew.push(c)
    if (since === null) yield* this.#everything(drive, c, signal)
    else yield* this.#since(drive, c, this.#cursorOf(drive, since), signal)
  }

  async *fetch(_c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const drive = await this.#open(signal)
    yield* inParallel(items, filesAtOnce, (item) => contentOf(drive, item), signal, octetsHeld)
  }

  /**
   * Google gives no number, but lists files also without their folders: whatever no folder leads to is noticed. Only where
   * everything was listed in this run.
   */
  async census(signal: AbortSignal): Promise<readonly Census[]> {
    const drive = await this.#open(signal)
    const keys = new Set(this.#listedAnew.map(({ key }) => key))
    const own: readonly Place[] = ['my', 'computers', 'shared']
    const drives = this.#listedAnew.filter((c) => driveIdOf(c) !== null)
    const places = own.every((key) => keys.has(key))
      ? [{ what: 'files of yours and shared with you', driveId: null, collections: own }]
      : []
    const all = [
      ...places,
      ...drives.map((c) => ({ what: `files in ${c.path.join('/')}`, driveId: driveIdOf(c), collections: [c.key] })),
    ]
    const census: Census[] = []
    for (const { what, driveId, collections } of all) {
      const { files, items } = await countFiles(drive, driveId, this.#climberOf(drive))
      const sum = (listed: ReadonlyMap<string, number>) => collections.reduce((total, key) => total + (listed.get(key) ?? 0), 0)
      const apart = [
        { count: files - items, reason: 'kept more than once, in several formats' },
        { count: -sum(this.#earlier), reason: 'earlier versions of files, which you asked for' },
        { count: -sum(this.#empty), reason: 'folders that hold nothing' },
      ]
      census.push({ what, counted: files, collections, of: 'items', apart })
    }
    return census
  }

  leastSeconds(items: number): number {
    return leastSeconds('drive.files.download', items, parseSettings(this.#account.settings).quota)
  }

  async close(): Promise<void> {
    const drive = await this.#drive.opened()
    drive?.session.close()
  }

  #open(signal: AbortSignal): Promise<Drive> {
    return this.#drive.open(async () => new Drive(await sessionOf(this.#account, this.#context), signal))
  }

  async *#everything(drive: Drive, c: Collection, signal: AbortSignal): AsyncGenerator<Change> {
    const token = await drive.startToken(driveIdOf(c))
    let earlier = 0
    let empty = 0
    for await (const item of placedItems(drive, placedFiles(drive, c, this.#climberOf(drive)), signal)) {
      if (isRevisionKey(item.key)) earlier++
      if (isFolder(item.meta)) empty++
      yield { kind: 'item', item }
    }
    this.#earlier.set(c.key, earlier)
    this.#empty.set(c.key, empty)
    yield { kind: 'all-listed' }
    const cursor: CursorData = { token, formats: formatsOf(drive), listed: this.#context.clock.now().toISOString() }
    yield { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
  }

  async *#since(drive: Drive, c: Collection, cursor: CursorData, signal: AbortSignal): AsyncGenerator<Change> {
    const { changes, token } = await this.#changesSince(drive, cursor.token, driveIdOf(c))
    if (changes.length > mostChanges || changes.some(({ file }) => file === null || file.mime === folderType)) {
      // What lay in a folder that was renamed, moved or removed lies elsewhere now, and is not named itself.
      throw new AppError('cursor-expired', 'Folders have changed, so all files are listed again.')
    }
    for (const { file } of changes) if (file !== null) yield* this.#changed(drive, c, file, signal)
    const left = changes.flatMap(({ file }) => (file?.isTrashed ? (file.parent ?? []) : []))
    for (const folder of new Set(left)) yield* this.#emptied(drive, c, folder)
    yield { kind: 'checkpoint', cursor: JSON.stringify({ ...cursor, token } satisfies CursorData) }
  }

  async *#changed(drive: Drive, c: Collection, file: DriveFile, signal: AbortSignal): AsyncGenerator<Change> {
    const { place, folders } = file.isTrashed ? { place: null, folders: [] } : await this.#climberOf(drive).place(file)
    if (drive.session.settings.files.revisions && file.isTrashed) {
      throw new AppError('cursor-expired', 'A file has gone, with its earlier versions, so all files are listed again.')
    }
    const items: Item[] = []
    if (place === placeOf(c)) for await (const item of placedItems(drive, [{ file, folders }], signal)) items.push(item)
    const kept = new Set(items.map(({ key }) => key))
    for (const key of keysOf(file.id)) if (!kept.has(key)) yield { kind: 'removed', key }
    for (const item of items) yield { kind: 'item', item }
    if (items.length > 0 && file.parent !== null) yield { kind: 'removed', key: folderKey(file.parent) }
  }

  /** A folder out of which something was removed may hold nothing any more. */
  async *#emptied(drive: Drive, c: Collection, id: string): AsyncGenerator<Change> {
    for await (const page of drive.list(`'${id}' in parents and trashed = false`, driveIdOf(c))) if (page.length > 0) return
    const file = await drive.file(id).catch((error: unknown) => {
      if (hasCode(error, 'not-found')) return null
      throw error
    })
    if (file === null || file.isTrashed || file.parent === null) return
    const { place, folders } = await this.#climberOf(drive).place(file)
    if (place === placeOf(c)) yield { kind: 'item', item: folderItem(file, folders) }
  }

  #climberOf(drive: Drive): Climber {
    this.#climber ??= new Climber(drive)
    return this.#climber
  }

  /** My Drive, computers and what others share have the same changes. */
  #changesSince(drive: Drive, token: string, driveId: string | null): ReturnType<Drive['changes']> {
    const key = `${driveId ?? ''} ${token}`
    const known = this.#changes.get(key) ?? drive.changes(token, driveId)
    this.#changes.set(key, known)
    known.catch(() => this.#changes.delete(key))
    return known
  }

  #cursorOf(drive: Drive, cursor: Cursor): CursorData {
    const known = readCursor(cursorSchema, cursor)
    if (known.formats !== formatsOf(drive)) {
      throw new AppError(
        'cursor-expired',
        'Documents are saved in other formats now, or it is another account: all files are listed again.',
      )
    }
    if (this.#context.clock.now().getTime() - Date.parse(known.listed) > listedAnewAfter) {
      throw new AppError('cursor-expired', 'Once a month all files are listed again.')
    }
    return known
  }
}

async function countFiles(
  drive: Drive,
  driveId: string | null,
  climber: Climber,
): Promise<{ readonly files: number; readonly items: number }> {
  const { formats } = drive.session.settings.files
  let files = 0
  let items = 0
  for await (const page of drive.list(`mimeType != '${folderType}' and trashed = false`, driveId)) {
    for (const file of page) {
      if (driveId === null ? await climber.isOfDrive(file) : file.driveId !== driveId) continue
      files++
      items += itemsOf(file, [], formats).length
    }
  }
  return { files, items }
}

function placedFiles(drive: Drive, c: Collection, climber: Climber): AsyncIterable<PlacedFile> {
  switch (c.key) {
    case 'my':
      return walk(drive, [{ id: rootId, names: [] }], null)
    case 'computers':
      return computers(drive)
    case 'shared':
      return sharedWithMe(drive, climber)
    default: {
      const driveId = driveIdOf(c)
      if (driveId === null) throw new AppError('not-found', `Google Drive has no place ${c.path.join('/')}.`)
      return walk(drive, [{ id: driveId, names: [] }], driveId)
    }
  }
}

function driveIdOf({ key }: Collection): string | null {
  return /^drive ([\w-]+)$/.exec(key)?.[1] ?? null
}

function placeOf({ key }: Collection): Place {
  return key === 'my' || key === 'computers' || key === 'shared' ? key : `drive ${key.slice('drive '.length)}`
}

function formatsOf(drive: Drive): string {
  const { files, user = '' } = drive.session.settings
  return [user, ...[...files.formats, ...(files.revisions ? ['revisions'] : [])].sort()].join(' ')
}
