/** What lies in the drives of others and is shared with the person: no delta tells of it, so it is looked at each time. */
import { createHash } from 'node:crypto'
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { hasCode } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import type { FilePlace, OneDrive } from './onedrive.ts'
import { type Entry, entryOf, itemsOf } from './onedrive-items.ts'

/** A folder or a file of somebody else's that stands among the person's own; small enough for a cursor. */
export interface RemoteItem {
  /** Of what stands for it here. */
  readonly id: string
  readonly name: string
  readonly isFolder: boolean
  readonly place: FilePlace
  /** Where it stands here, without its own name. */
  readonly folders: readonly string[]
}

/** Null where it lies in the person's own drive, or Microsoft does not say where. */
export function remoteOf({ id, name, isFolder, remote }: Entry, folders: readonly string[]): RemoteItem | null {
  return remote === null ? null : { id, name, isFolder, place: remote, folders }
}

/** Everything in the folders, and the files. What is not shared any more, or refused, is left out. */
export async function* remoteItems(drive: OneDrive, remotes: readonly RemoteItem[]): AsyncGenerator<Item> {
  const files = remotes.filter(({ isFolder }) => !isFolder)
  const answers = await drive.items(files.map(({ place }) => place))
  for (const [n, one] of files.entries()) {
    const answer = answers[n]
    // The list of shared files and the shortcuts tell neither their checksum nor, always, their true size.
    if (answer !== undefined && 'body' in answer) yield* fileOf(one, answer.body)
    else if (answer !== undefined && !isOutOfReach(answer.error)) throw answer.error
  }
  for (const one of remotes) if (one.isFolder) yield* walk(drive, one)
}

function* fileOf({ id, name, place, folders }: RemoteItem, found: DriveItem): Generator<Item> {
  const entry = entryOf(found, place.driveId)
  if (entry !== null) yield* itemsOf({ ...entry, id, name, remote: place }, folders)
}

async function* walk(drive: OneDrive, { place, folders, name }: RemoteItem): AsyncGenerator<Item> {
  const waiting = [{ place, path: [...folders, name] }]
  // What stands for a folder may lie in that folder.
  const known = new Set<string>()
  isNew(known, place)
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const { driveId } = folder.place
    for await (const entry of entriesIn(drive, folder.place)) {
      const next = entry.remote ?? { driveId, id: entry.id }
      if (entry.isFolder && isNew(known, next)) waiting.push({ place: next, path: [...folder.path, entry.name] })
      // Ids are unique in their drive only.
      for (const item of itemsOf(entry, folder.path)) yield { ...item, key: `${driveId}!${item.key}` }
    }
  }
}

async function* entriesIn(drive: OneDrive, place: FilePlace): AsyncGenerator<Entry> {
  try {
    for await (const page of drive.children(place)) yield* page.flatMap((item) => entryOf(item, place.driveId) ?? [])
  } catch (error) {
    if (!isOutOfReach(error)) throw error
  }
}

/** From now on it is known. */
function isNew(known: Set<string>, { driveId, id }: FilePlace): boolean {
  return known.size < known.add(`${driveId}!${id}`).size
}

/** Also where the drive of somebody who left is closed (423 `resourceLocked`): the person's own files do not wait for it. */
function isOutOfReach(error: unknown): boolean {
  return hasCode(error, 'not-found', 'permission', 'unsupported')
}

/** Changes with anything among the items. */
export class ItemsSum {
  readonly #hash = createHash('sha256')

  add({ key, version, meta }: Item): void {
    this.#hash.update(`${JSON.stringify([key, version, meta])}\n`)
  }

  digest(): string {
    return this.#hash.digest('base64url')
  }
}
