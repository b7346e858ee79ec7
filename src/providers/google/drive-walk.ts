/** Where files lie: Google Drive knows each file's parent only, so folders are walked from the top down, or climbed up. */
import { hasCode } from '../../core/errors.ts'
import { ScratchMap } from '../shared/scratch.ts'
import { type Drive, type DriveFile, folderType } from './drive.ts'

export interface PlacedFile {
  readonly file: DriveFile
  /** Names of the folders that it lies in, from the top of the collection. */
  readonly folders: readonly string[]
  /** A folder, of which it is known by now that nothing is in it. */
  readonly isEmpty?: true
}

/** A top of a collection: everything below it is in the collection. */
interface Folder {
  readonly id: string
  /** Names from the top, its own included. */
  readonly names: readonly string[]
  /** Absent for the top of a drive. */
  readonly file?: DriveFile
}

/** Folders whose contents are asked for at once: as many as a question has room for. */
const foldersAtOnce = 40

export const rootId = 'root'

/** Everything below `tops`, folder by folder; what is met twice is named once, and an empty folder once more as such. */
export async function* walk(
  drive: Drive,
  tops: readonly Folder[],
  driveId: string | null,
): AsyncGenerator<PlacedFile, void, undefined> {
  using seen = new ScratchMap<number>()
  yield* walkUnseen(drive, tops, driveId, seen)
}

async function* walkUnseen(
  drive: Drive,
  tops: readonly Folder[],
  driveId: string | null,
  seen: ScratchMap<number>,
): AsyncGenerator<PlacedFile, void, undefined> {
  const waiting = [...tops]
  for (const { id } of tops) seen.set(id, 1)
  while (waiting.length > 0) {
    const folders = waiting.splice(0, foldersAtOnce)
    const filled = new Set<string | null>()
    for await (const { file, above } of inFolders(drive, folders, driveId)) {
      filled.add(file.parent)
      if (seen.get(file.id) !== undefined) continue
      seen.set(file.id, 1)
      yield { file, folders: above }
      if (file.mime === folderType) waiting.push({ id: file.id, names: [...above, file.name], file })
    }
    yield* empty(folders.filter(({ id }) => !filled.has(id)))
  }
}

interface Found {
  readonly file: DriveFile
  readonly above: readonly string[]
}

/**
 * What lies in the folders. Google sometimes answers nothing to a question about several (issue 149522397 of its tracker), so what
 * seems empty then is asked for alone.
 */
async function* inFolders(
  drive: Drive,
  folders: readonly Folder[],
  driveId: string | null,
): AsyncGenerator<Found, void, undefined> {
  const names = new Map(folders.map((folder) => [folder.id, folder.names]))
  const filled = new Set<string | null>()
  const asked = folders.map(({ id }) => `'${id}' in parents`).join(' or ')
  for await (const page of drive.list(`(${asked}) and trashed = false`, driveId)) {
    for (const file of page) {
      filled.add(file.parent)
      // The root goes by another name in its children.
      yield { file, above: names.get(file.parent ?? '') ?? names.get(rootId) ?? [] }
    }
  }
  if (folders.length === 1) return
  for (const folder of folders) if (!filled.has(folder.id)) yield* inFolders(drive, [folder], driveId)
}

function* empty(folders: readonly Folder[]): Generator<PlacedFile, void, undefined> {
  for (const { names, file } of folders) if (file !== undefined) yield { file, folders: names.slice(0, -1), isEmpty: true }
}

/**
 * What others share, as far as it does not lie in a folder that is seen anyway: also a file whose folder can be seen, but was not
 * shared by itself.
 */
export async function* sharedWithMe(drive: Drive, climber: Climber): AsyncGenerator<PlacedFile, void, undefined> {
  using seen = new ScratchMap<number>()
  const tops: Folder[] = []
  // Few: what lies in a shared folder was not shared by itself, as a rule.
  const within: DriveFile[] = []
  for await (const page of drive.list('sharedWithMe = true and trashed = false', null)) {
    for (const file of page) {
      if (file.parent !== null) within.push(file)
      else yield* topOf({ file, folders: [] }, tops, seen)
    }
  }
  yield* walkUnseen(drive, tops, null, seen)
  for (const file of within) {
    if (seen.get(file.id) !== undefined) continue
    const { place, folders } = await climber.place(file)
    if (place !== 'shared') continue
    const below: Folder[] = []
    yield* topOf({ file, folders }, below, seen)
    yield* walkUnseen(drive, below, null, seen)
  }
}

function* topOf(placed: PlacedFile, tops: Folder[], seen: ScratchMap<number>): Generator<PlacedFile> {
  const { file, folders } = placed
  yield placed
  seen.set(file.id, 1)
  if (file.mime === folderType) tops.push({ id: file.id, names: [...folders, file.name], file })
}

/**
 * What is the person's own and lies in no folder: the folders of computers that Drive backs up, and files that lost theirs, because
 * it was somebody else's and is gone. Google's search knows no word for that, so all that they own is listed.
 */
export async function* computers(drive: Drive): AsyncGenerator<PlacedFile, void, undefined> {
  const { id } = await drive.file(rootId)
  using seen = new ScratchMap<number>()
  const tops: Folder[] = []
  for await (const page of drive.list("'me' in owners and trashed = false", null)) {
    for (const file of page)
      if (file.parent === null && file.driveId === null && file.id !== id) yield* topOf({ file, folders: [] }, tops, seen)
  }
  yield* walkUnseen(drive, tops, null, seen)
}

export type Place = 'my' | 'computers' | 'shared' | `drive ${string}`

/** Climbs from files to the top of what they lie in. Remembers the folders that it met. */
export class Climber {
  readonly #drive: Drive
  readonly #folders = new Map<string, Promise<DriveFile | null>>()
  #root: Promise<string> | null = null
  #drives: Promise<ReadonlySet<string>> | null = null

  constructor(drive: Drive) {
    this.#drive = drive
  }

  async place(file: DriveFile): Promise<{ readonly place: Place; readonly folders: readonly string[] }> {
    const names: string[] = []
    let top = file
    for (let depth = 0; top.parent !== null && depth < 1_000; depth++) {
      if (top.driveId !== null && top.parent === top.driveId) break
      const parent = await this.#folder(top.parent)
      if (parent === null) break
      if (parent.id === (await this.#rootId())) return { place: 'my', folders: names }
      names.unshift(parent.name)
      top = parent
    }
    if (top.driveId !== null) return { place: (await this.isOfDrive(top)) ? `drive ${top.driveId}` : 'shared', folders: names }
    return { place: top.isMine ? 'computers' : 'shared', folders: names }
  }

  /** Whether it lies in a shared drive that the person sees as a whole: single files of others may be shared as well. */
  async isOfDrive({ driveId }: DriveFile): Promise<boolean> {
    if (driveId === null) return false
    this.#drives ??= this.#drive.sharedDrives().then((drives) => new Set(drives.map(({ id }) => id)))
    return (await this.#drives).has(driveId)
  }

  #rootId(): Promise<string> {
    this.#root ??= this.#drive.file(rootId).then(({ id }) => id)
    return this.#root
  }

  /** Null where the person cannot see it. */
  #folder(id: string): Promise<DriveFile | null> {
    const known =
      this.#folders.get(id) ??
      this.#drive.file(id).catch((error: unknown) => {
        if (hasCode(error, 'not-found')) return null
        throw error
      })
    this.#folders.set(id, known)
    return known
  }
}
