/** Folders of a mailbox as collections: names from the root down, and what each is used for. */
import type { Collection, Role } from '../../core/items.ts'
import type { Folder, WellKnown } from './mail.ts'
import type { MicrosoftSettings } from './settings.ts'

const roles: Readonly<Partial<Record<WellKnown, Role>>> = {
  inbox: 'inbox',
  archive: 'archive',
  drafts: 'drafts',
  sentitems: 'sent',
  deleteditems: 'trash',
  junkemail: 'junk',
}

/** Deeper than Exchange lets folders nest. */
const deepest = 300

/** Parents before children. */
export function* mailFolders(
  folders: readonly Folder[],
  wellKnown: ReadonlyMap<string, WellKnown>,
  { junk, deleted, drafts }: MicrosoftSettings['mail'],
): Generator<Collection> {
  const byId = new Map(folders.map((folder) => [folder.id, folder]))
  const lineOf = (folder: Folder): Folder[] => {
    const line = [folder]
    for (let one: Folder | undefined = folder; line.length < deepest; ) {
      one = byId.get(one.parentFolderId ?? '')
      if (one === undefined || line.includes(one)) break
      line.unshift(one)
    }
    return line
  }
  const unwanted = new Set<WellKnown>([
    ...(junk ? [] : (['junkemail'] as const)),
    ...(deleted ? [] : (['deleteditems'] as const)),
    ...(drafts ? [] : (['drafts'] as const)),
  ])
  const lines = folders.map((folder) => ({ folder, line: lineOf(folder) }))
  for (const { folder, line } of lines.sort((a, b) => a.line.length - b.line.length)) {
    if (line.some(({ id }) => unwanted.has(wellKnown.get(id) ?? 'inbox'))) continue
    yield collectionOf(folder, line, wellKnown.get(folder.id))
  }
}

function collectionOf(folder: Folder, line: readonly Folder[], known: WellKnown | undefined): Collection {
  const role = known === undefined ? undefined : roles[known]
  const isSearch = folder['@odata.type'] === '#microsoft.graph.mailSearchFolder'
  return {
    service: 'mail',
    key: folder.id,
    path: line.map(({ displayName, id }) => displayName || id.slice(-12)),
    ...(role === undefined ? {} : { role }),
    ...(folder.totalItemCount == null ? {} : { count: folder.totalItemCount }),
    ...(isSearch ? { skipped: 'A search folder: its messages lie in other folders and are saved there.' } : {}),
    ...(folder.isHidden === true ? { meta: { hidden: true } } : {}),
  }
}
