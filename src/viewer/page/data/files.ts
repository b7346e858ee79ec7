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
  readonly files: FileItem[]
  /** Everything below. */
  count: number
  size: number
  /** Nothing below is there any more. */
  isRemoved: boolean
}

export function fileTree(library: Library, { rows, places }: Table<FileRow>, asOf: number): FileFolder {
  const root = newFolder('', [], -1)
  for (const item of items(rows, places, library.overview.renames, asOf)) {
    const collection = places.collection[item.place] ?? -1
    const drive = driveName(library, collection)
    const folders = [drive, ...item.row.folder]
    let folder = root
    const passed = [root]
    for (const [depth, name] of folders.entries()) {
      const known = folder.folders.get(name) ?? newFolder(name, folders.slice(0, depth + 1), collection)
      folder.folders.set(name, known)
      folder = known
      passed.push(folder)
    }
    folder.files.push(item)
    if (item.isRemoved) continue
    for (const one of passed) {
      one.count++
      one.size += item.row.size
      one.isRemoved = false
    }
  }
  return root
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

function items(
  rows: readonly (FileRow | undefined)[],
  places: Places,
  renames: readonly FolderRename[],
  asOf: number,
): FileItem[] {
  const current: { place: number; row: FileRow; isRemoved: boolean }[] = []
  const superseded = new Map<string, FileVersion[]>()
  for (let place = 0; place < places.count; place++) {
    const row = rows[places.doc[place] ?? -1]
    if (!row || (places.run[place] ?? 0) > asOf) continue
    const isThere = places.isThere(place, asOf)
    if (!isThere && places.removedReason[place] === 1) {
      const key = nameKey(places, place, row)
      const list = superseded.get(key) ?? []
      list.push({ row, place, path: pathOf(places, renames, place, row), until: places.removedRun[place] ?? 0 })
      superseded.set(key, list)
    } else if (isThere || places.removedReason[place] === 0) {
      current.push({ place, row, isRemoved: !isThere })
    }
  }
  const there = new Set(current.filter(({ isRemoved }) => !isRemoved).map(({ place, row }) => nameKey(places, place, row)))
  return current
    .filter(({ isRemoved, place, row }) => !isRemoved || !there.has(nameKey(places, place, row)))
    .map(({ place, row, isRemoved }) => ({
      place,
      row,
      isRemoved,
      path: pathOf(places, renames, place, row),
      versions: (superseded.get(nameKey(places, place, row)) ?? []).sort((a, b) => b.until - a.until),
      removedRun: isRemoved ? (places.removedRun[place] ?? null) : null,
    }))
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

export function itemsBelow(folder: FileFolder): FileItem[] {
  return [...folder.files, ...[...folder.folders.values()].flatMap(itemsBelow)]
}
