/** Gmail's labels as folders, for targets that know no labels: a message comes into the folder of each of its labels. */
import type { Collection, Role } from '../core/items.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'

const roles: readonly (readonly [Role, RegExp])[] = [
  ['inbox', /^\\?(?:inbox|posteingang)$/i],
  ['sent', /^(?:\\sent|sent|sent mail|gesendet)$/i],
  ['drafts', /^(?:\\drafts?|drafts?|entwurf|entwürfe)$/i],
  ['trash', /^(?:\\trash|trash|papierkorb)$/i],
  ['junk', /^(?:\\junk|\\spam|spam)$/i],
]

const roleNames: Partial<Record<Role, string>> = { inbox: 'Inbox', sent: 'Sent', drafts: 'Drafts', trash: 'Trash', junk: 'Junk' }

/** Kept as flags, or Gmail's own opinion: no folder that a person made. */
const noFolder =
  /^\\(?:starred|important|muted|flagged|seen)$|^(?:unread|opened|starred|important|archived|chats?|muted|ungelesen|geöffnet|markiert|wichtig|archiviert|category .*|kategorie .*)$/i

/** Whatever labels a message in there has: that is where it belongs. */
export function isApart({ role }: Pick<CollectionRecord, 'role'>): boolean {
  return role === 'junk' || role === 'trash'
}

/** Null for a message whose provider has no labels. */
export function labelsOf({ meta }: Pick<ItemRecord, 'meta'>): string[] | null {
  const labels = meta['labels']
  return Array.isArray(labels) ? labels.filter((label): label is string => typeof label === 'string') : null
}

/** The folder of a label, below nothing. Null where the label is none that a folder could stand for. */
function labelFolder(label: string): { readonly path: readonly string[]; readonly role?: Role } | null {
  const normal = label.normalize('NFC')
  if (noFolder.test(normal)) return null
  const role = roles.find(([, pattern]) => pattern.test(normal))?.[0]
  if (role !== undefined) return { path: [roleNames[role] ?? label], role }
  const path = label.split('/').filter((name) => name !== '')
  return path.length === 0 ? null : { path }
}

/** Where a message with these labels belongs; the archive where it has none that a folder stands for. */
export function foldersOfLabels(
  labels: readonly string[],
): readonly { readonly path: readonly string[]; readonly role?: Role }[] {
  const folders = labels.map(labelFolder).filter((folder) => folder !== null)
  return folders.length === 0 ? [{ path: ['Archive'], role: 'archive' }] : folders
}

/** Parents before children, each once. */
export function labelCollections(labels: Iterable<string>): Collection[] {
  const byPath = new Map<string, Collection>()
  const add = (path: readonly string[], role?: Role) => {
    const key = JSON.stringify(path)
    if (!byPath.has(key)) byPath.set(key, { service: 'mail', key: `label:${path.join('/')}`, path, ...(role && { role }) })
  }
  for (const { path, role } of [
    ...foldersOfLabels([]),
    ...[...labels]
      .sort()
      .map(labelFolder)
      .filter((folder) => folder !== null),
  ]) {
    for (let depth = 1; depth < path.length; depth++) add(path.slice(0, depth))
    add(path, role)
  }
  return [...byPath.values()].sort((a, b) => (a.path.join('\0') < b.path.join('\0') ? -1 : 1))
}
