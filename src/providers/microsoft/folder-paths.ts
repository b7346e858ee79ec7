/** Where folders lie that know their parent only. */

interface Folder {
  readonly id?: string
  readonly displayName?: string | null
  readonly parentFolderId?: string | null
}

/** Parents before children. A parent that is not among them is the top. `unnamed`: for a folder without a name. */
export function folderPaths<T extends Folder>(
  folders: readonly T[],
  unnamed: string,
): { readonly folder: T; readonly path: readonly string[] }[] {
  const byId = new Map(folders.flatMap((folder) => (folder.id ? [[folder.id, folder]] : [])))
  const pathOf = (folder: T, below: ReadonlySet<T>): string[] => {
    const parent = byId.get(folder.parentFolderId ?? '')
    const above = parent === undefined || below.has(parent) ? [] : pathOf(parent, new Set([...below, folder]))
    return [...above, folder.displayName || unnamed]
  }
  return [...byId.values()]
    .map((folder) => ({ folder, path: pathOf(folder, new Set([folder])) }))
    .sort((a, b) => a.path.length - b.path.length)
}
