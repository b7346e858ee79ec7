/** Mail folders in the order of a tree, parents first; a parent that holds no messages itself has a row all the same. */
import type { CollectionInfo } from '../../format-overview.ts'

export interface FolderRow<Folder> {
  /** Names from the root down. */
  readonly path: readonly string[]
  /** Null: only the parent of others. */
  readonly folder: Folder | null
}

const firstRoles = ['inbox', 'drafts', 'sent', 'archive', 'all', 'important', 'flagged']
const lastRoles = ['junk', 'trash']

/** Folders with a role stand first or last among those of the top; the others by name. */
export function folderRows<Folder extends Pick<CollectionInfo, 'path' | 'role'>>(
  folders: readonly Folder[],
  compare: (a: string, b: string) => number,
): FolderRow<Folder>[] {
  const rows = new Map<string, FolderRow<Folder>>()
  for (const folder of folders) {
    for (let depth = 1; depth < folder.path.length; depth++) {
      const path = folder.path.slice(0, depth)
      const key = JSON.stringify(path)
      if (!rows.has(key)) rows.set(key, { path, folder: null })
    }
    const key = JSON.stringify(folder.path)
    // Two collections may go by one name, e.g. one that was removed and made anew.
    rows.set(rows.get(key)?.folder ? `${key}${rows.size}` : key, { path: folder.path, folder })
  }
  const rankOf = (name: string): number => {
    const role = rows.get(JSON.stringify([name]))?.folder?.role
    if (!role) return firstRoles.length
    if (lastRoles.includes(role)) return firstRoles.length + 1 + lastRoles.indexOf(role)
    const at = firstRoles.indexOf(role)
    return at >= 0 ? at : firstRoles.length
  }
  return [...rows.values()].sort((a, b) => {
    for (let depth = 0; depth < Math.min(a.path.length, b.path.length); depth++) {
      const [one = '', other = ''] = [a.path[depth], b.path[depth]]
      const byRank = depth === 0 ? rankOf(one) - rankOf(other) : 0
      const order = byRank || compare(one, other) || (one < other ? -1 : one > other ? 1 : 0)
      if (order !== 0) return order
    }
    return a.path.length - b.path.length
  })
}
