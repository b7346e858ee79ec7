/** Earlier versions of files in Google Drive, where the person asked for them: each is a file of its own beside the present one. */
import { hasCode } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import { inParallel } from '../shared/in-parallel.ts'
import type { Drive, DriveFile, DriveRevision } from './drive.ts'
import { folderItem, itemsOf, metaOf } from './drive-items.ts'
import type { PlacedFile } from './drive-walk.ts'

const filesAtOnce = 8
const filesPerRound = 200

/** The items of each file, in any order. */
export async function* placedItems(
  drive: Drive,
  placed: AsyncIterable<PlacedFile> | Iterable<PlacedFile>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const { formats, revisions } = drive.session.settings.files
  let round: PlacedFile[] = []
  const all = () => inParallel(round, filesAtOnce, (one) => earlierVersions(drive, one), signal)
  for await (const one of placed) {
    const items = one.isEmpty ? [folderItem(one.file, one.folders)] : itemsOf(one.file, one.folders, formats)
    yield* items
    if (!revisions || !items.some(({ key }) => key === one.file.id)) continue
    round.push(one)
    if (round.length < filesPerRound) continue
    for await (const items of all()) yield* items
    round = []
  }
  for await (const items of all()) yield* items
}

async function earlierVersions(drive: Drive, { file, folders }: PlacedFile): Promise<Item[]> {
  try {
    const revisions = await drive.revisions(file.id)
    return revisions.filter(({ id }) => id !== file.head).map((revision) => revisionItem(file, folders, revision))
  } catch (error) {
    // Who may only read a file does not see what it was.
    if (hasCode(error, 'permission', 'not-found', 'unsupported')) return []
    throw error
  }
}

export function isRevisionKey(key: string): boolean {
  return /^[^:]+:rev:/.test(key)
}

function revisionItem(file: DriveFile, folders: readonly string[], { id, modified, size, md5 }: DriveRevision): Item {
  const name = `${modified.slice(0, 19).replace(/[-:]/g, '').replace('T', ' ')} ${file.name}`
  const path = [...folders, `${file.name} (earlier versions)`, name]
  return {
    ...{ key: `${file.id}:rev:${id}`, version: md5 ?? `${modified} ${size ?? ''}`, date: modified, title: name },
    ...(size === null ? {} : { size }),
    ...(md5 === null ? {} : { identities: [`md5 ${md5}`] }),
    meta: { ...metaOf(file, path, file.mime), modified },
  }
}
