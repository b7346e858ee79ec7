/** Files as folders of folders, as of a run, each with its earlier versions. */
import type { FolderRename } from '../../format-overview.ts'
import type { Library } from './library.ts'
import type { Places } from './places.ts'
import type { FileRow, Table } from './tables.ts'

export interface FileItem {
  readonly place: number
  readonly row: FileRow
  readonly isRemoved: boolean
  /** Where the file lies now, relative to the vault's root. */
  readonly path: string
  /** What it was before, newest first. */
  readonly versions: readonly FileVersion[]
  /** Run that noticed the removal. */
  readonly removedRun: number | null
}

export interface FileVersion {
  readonly row: FileRow
  readonly path: string
  readonly place: number
  /** Run that put another in its place. */
  readonly until: number
}

export interface FileFolder {
  readonly name: string
  /** From the drive down. */
  readonly path: readonly string[]
  readonly collection: number
  readonly folders: Map<string, FileFolder>
  /** Places. */
  readonly files: number[]
  /** Everything below. */
  count: number
  size: number
  /** Nothing below is there any more. */
  isRemoved: boolean
}

/** As of a run. What is said of a file is put together when it is asked for: there may be very many. */
export interface FileTree {
  readonly root: FileFolder
  row(place: number): FileRow
  item(place: number): FileItem
}

export function fileTree(library: Library, { rows, places }: Table<FileRow>, asOf: number): FileTree {
  const { renames } = library.overview
  const root = newFolder('', [], -1)
  const { shown, versions } = shownFiles(rows, places, renames, asOf)
  const row = (place: number): FileRow => rows[places.doc[place] ?? -1] ?? noRow
  const known = new Map<readonly string[], readonly FileFolder[]>()
  for (const place of shown) {
    const file = row(place)
    const folder = emptyFolder(file) ?? file.folder
    const collection = places.collection[place] ?? -1
    let passed = known.get(folder)
    if (passed === undefined || passed.at(-1)?.collection !== collection) passed = foldersOf(root, library, collection, folder)
    known.set(folder, passed)
    const isFile = folder === file.folder
    if (isFile) passed.at(-1)?.files.push(place)
    if (!places.isThere(place, asOf)) continue
    for (const one of passed) {
      if (isFile) one.count++
      one.size += file.size
      one.isRemoved = false
    }
  }
  const item = (place: number): FileItem => {
    const isRemoved = !places.isThere(place, asOf)
    return {
      ...{ place, row: row(place), isRemoved },
      path: pathOf(places, renames, place, row(place)),
      versions: versions.get(nameKey(places, place, row(place))) ?? [],
      removedRun: isRemoved ? (places.removedRun[place] ?? null) : null,
    }
  }
  return { root, row, item }
}

/** What stands for a folder that holds nothing: the names of that folder; null for every file. */
function emptyFolder({ name, folder, size, path }: FileRow): string[] | null {
  return name.endsWith('/') && size === 0 && path.endsWith('/.keep') ? [...folder, name.slice(0, -1)] : null
}

const noRow: FileRow = { folder: [], name: '', size: 0, modified: 0, kind: 'other', path: '' }

/** From the root to the folder of the file; those that are not there yet are made. */
function foldersOf(root: FileFolder, library: Library, collection: number, names: readonly string[]): FileFolder[] {
  const path = [driveName(library, collection), ...names]
  const passed = [root]
  let folder = root
  for (const [depth, name] of path.entries()) {
    const known = folder.folders.get(name) ?? newFolder(name, path.slice(0, depth + 1), collection)
    folder.folders.set(name, known)
    folder = known
    passed.push(folder)
  }
  return passed
}

function newFolder(name: string, path: readonly string[], collection: number): FileFolder {
  return { name, path, collection, folders: new Map(), files: [], count: 0, size: 0, isRemoved: true }
}

/** Drives of two accounts may have one name. */
function driveName(library: Library, position: number): string {
  const { collections, accounts } = library.overview
  const drive = collections[position]
  const name = drive?.path.join(' / ') ?? ''
  const isShared = collections.some(
    (other, at) => at !== position && other.service === 'files' && other.path.join(' / ') === name,
  )
  return isShared ? `${name} (${accounts[drive?.account ?? -1]?.id ?? ''})` : name
}

/** What is there, and what was removed and not replaced; by name what a file was before, newest first. */
function shownFiles(
  rows: readonly (FileRow | undefined)[],
  places: Places,
  renames: readonly FolderRename[],
  asOf: number,
): { readonly shown: readonly number[]; readonly versions: ReadonlyMap<string, readonly FileVersion[]> } {
  const there: number[] = []
  const removed = new Map<string, number[]>()
  const versions = new Map<string, FileVersion[]>()
  for (let place = 0; place < places.count; place++) {
    const row = rows[places.doc[place] ?? -1]
    if (!row || (places.run[place] ?? 0) > asOf) continue
    if (places.isThere(place, asOf)) {
      there.push(place)
      continue
    }
    const key = nameKey(places, place, row)
    if (places.removedReason[place] === 1) {
      const version = { row, place, path: pathOf(places, renames, place, row), until: places.removedRun[place] ?? 0 }
      versions.set(key, [...(versions.get(key) ?? []), version])
    } else if (places.removedReason[place] === 0) removed.set(key, [...(removed.get(key) ?? []), place])
  }
  for (const list of versions.values()) list.sort((a, b) => b.until - a.until)
  if (removed.size === 0) return { shown: there, versions }
  for (const place of there) removed.delete(nameKey(places, place, rows[places.doc[place] ?? -1] ?? noRow))
  return { shown: [...there, ...[...removed.values()].flat()].sort((a, b) => a - b), versions }
}

/** Where a file lies now: folders may have got other names since it was put there. */
function pathOf(places: Places, renames: readonly FolderRename[], place: number, row: FileRow): string {
  const moved = places.removedPath.get(place)
  if (moved !== undefined) return moved
  const renamed = (path: string, { from, to, place: before }: FolderRename) =>
    place < before && path.startsWith(`${from}/`) ? to + path.slice(from.length) : path
  return renames.reduce(renamed, row.path)
}

const nameKey = (places: Places, place: number, row: FileRow): string =>
  JSON.stringify([places.collection[place], row.folder, row.name])

/** Places. */
export function filesBelow(folder: FileFolder): number[] {
  return [...folder.files, ...[...folder.folders.values()].flatMap(filesBelow)]
}
