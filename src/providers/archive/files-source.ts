import { AppError } from '../../core/errors.ts'
import type { Collection, FileMeta, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { fingerprint, fingerprintCursor } from './fingerprint.ts'
import { collectionKey } from './folder-names.ts'
import type { Drive } from './layout.ts'
import type { OpenArchive } from './open-archive.ts'
import { type FileFacts, readError } from './tree.ts'

/** Content of at most this size comes whole. */
const wholeLimit = 4 * 1024 * 1024

type DriveFile = Drive['files'][number]

/** Reads the files of an archive. An item's key is its path in the drive, its version its size and time or checksum. */
export class FilesSource implements Source {
  readonly concurrency = 1
  readonly #archive: OpenArchive
  readonly #places = new Map<string, Map<string, DriveFile>>()
  readonly #failures = new Map<string, AppError>()

  constructor(archive: OpenArchive) {
    this.#archive = archive
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const layout = await this.#archive.readAnew(signal)
    this.#places.clear()
    for (const { key, path, files } of layout.drives.values()) yield { service: 'files', key, path, count: files.length }
    yield* this.#archive.unreadable('files', layout)
  }

  /** The cursor is a fingerprint of the drive's files. */
  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const drive = await this.#drive(c, signal)
    const before = await fingerprint(
      drive.files.map((file) => ({ ...file, label: file.isFolder ? [...file.name, ''] : file.name })),
      signal,
    )
    if (since !== null && since === fingerprintCursor(before, true)) {
      yield { kind: 'checkpoint', cursor: since }
      return
    }
    let complete = true
    for (const [key, file] of this.#keys(drive)) {
      signal.throwIfAborted()
      try {
        yield { kind: 'item', item: file.isFolder ? folderOf(key, file) : itemOf(key, file, await file.tree.facts(file.file)) }
      } catch (error) {
        complete = false
        this.#failures.set(key, readError(error, `The file ${file.name.join('/')}`))
        yield { kind: 'item', item: { key, version: 'unreadable', meta: metaOf(file, 0), title: file.name.join('/') } }
      }
    }
    if (complete) yield { kind: 'all-listed' }
    yield { kind: 'checkpoint', cursor: fingerprintCursor(before, complete) }
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const places = this.#keys(await this.#drive(c, signal))
    for (const item of items) {
      signal.throwIfAborted()
      const { key, size = 0 } = item
      const file = places.get(key)
      if (file === undefined) {
        yield { key, error: new AppError('not-found', `The file ${item.title ?? key} is not in the archive any more.`) }
        continue
      }
      const failure = item.version === 'unreadable' ? this.#failures.get(key) : undefined
      if (failure !== undefined) yield { key, error: failure }
      else if (file.isFolder) yield { key, content: new Uint8Array() }
      else if (size > wholeLimit) yield { key, content: contentOf(file, item) }
      else yield await small(file, item)
    }
  }

  async close(): Promise<void> {
    this.#places.clear()
    await this.#archive.close()
  }

  async #drive(c: Collection, signal: AbortSignal): Promise<Drive> {
    const drive = (await this.#archive.read(signal)).drives.get(c.key)
    if (drive === undefined) throw new AppError('not-found', `The files ${c.path.join('/')} are not in the archive any more.`)
    return drive
  }

  /** Two files of one path, from two parts of an export, are told apart by `-2`, `-3` … */
  #keys(drive: Drive): ReadonlyMap<string, DriveFile> {
    const known = this.#places.get(drive.key)
    if (known !== undefined) return known
    const places = new Map<string, DriveFile>()
    for (const file of drive.files) {
      const base = file.isFolder ? `${collectionKey(file.name)}/` : collectionKey(file.name)
      let key = base
      for (let n = 2; places.has(key); n++) key = `${base}%-${n}`
      places.set(key, file)
    }
    this.#places.set(drive.key, places)
    return places
  }
}

function itemOf(key: string, file: DriveFile, { size, modified, stamp }: FileFacts): Item {
  const meta = metaOf(file, modified)
  return { key, version: stamp, size, date: meta.modified, meta, title: file.name.join('/') }
}

function folderOf(key: string, file: DriveFile): Item {
  const meta: FileMeta = { ...metaOf(file, 0), folder: true }
  return { key, version: 'folder', size: 0, meta, title: file.name.join('/') }
}

function metaOf({ name }: DriveFile, modified: number): FileMeta {
  const time = new Date(modified)
  return { path: name, modified: (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString() }
}

async function small(file: DriveFile, item: Item): Promise<Fetched> {
  try {
    const parts: Buffer[] = []
    for await (const part of contentOf(file, item)) parts.push(part)
    return { key: item.key, content: Buffer.concat(parts) }
  } catch (error) {
    return { key: item.key, error: readError(error, `The file ${file.name.join('/')}`) }
  }
}

/** @throws AppError where the file is not what it was when it was listed */
async function* contentOf({ tree, file, name }: DriveFile, { version, size }: Item): AsyncGenerator<Buffer> {
  let octets = 0
  try {
    for await (const part of tree.read(file)) {
      octets += part.length
      yield part
    }
    if (octets === size && (await tree.facts(file)).stamp === version) return
  } catch (error) {
    throw readError(error, `The file ${name.join('/')}`)
  }
  throw new AppError('not-found', `The file ${name.join('/')} was changed while it was being read.`, {
    advice: 'Run the command again: it takes the file as it is then.',
  })
}
