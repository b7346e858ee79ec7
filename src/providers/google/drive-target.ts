/** Adds files to Google Drive, below a folder of their own. What is there stays. */
import { createHash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import { type Collection, isFolder } from '../../core/items.ts'
import type { ListedAs, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { inParallel } from '../shared/in-parallel.ts'
import { passing } from '../shared/passing.ts'
import { besideName, keyOf, namesOf } from '../shared/restored-names.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { Drive, type DriveFile, folderType } from './drive.ts'
import { folderKey } from './drive-items.ts'
import { rootId, walk } from './drive-walk.ts'
import { type NewFile, WritingDrive } from './drive-writing.ts'
import type { Session } from './session.ts'

const filesAtOnce = 4
const ownFolder = 'Restored by Lifeboat'
const office = 'application/vnd.openxmlformats-officedocument.'
const documents = 'application/vnd.google-apps.'
/** What Google makes of Office files where that is wanted. */
const conversions: Readonly<Record<string, string>> = {
  [`${office}wordprocessingml.document`]: `${documents}document`,
  [`${office}spreadsheetml.sheet`]: `${documents}spreadsheet`,
  [`${office}presentationml.presentation`]: `${documents}presentation`,
}

interface Open {
  readonly session: Session
  readonly reading: Drive
  readonly writing: WritingDrive
}

interface Folder {
  /** Null in a dry run, where it is not there. */
  readonly id: string | null
  /** What lies in it, by its names below, joined. */
  readonly files: Map<string, DriveFile[]>
  readonly folders: Map<string, Promise<string>>
}

export class DriveTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #at: WritingSession<Open>
  readonly #folders = new Map<TargetPlace, Folder>()
  /** Folders of the way to the collections, by their names. */
  readonly #tops = new Map<string, Promise<string | null>>()

  constructor(at: WritingSession<Open>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, (session) => ({
      ...{ session, reading: new Drive(session, signal), writing: new WritingDrive(session, signal) },
    }))
  }

  get #open(): Open {
    return this.#at.opened
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { into } = this.#at.options
    const path = [...(into.length === 0 ? [ownFolder] : into), ...c.path]
    const before = await this.#find(path)
    const id = before ?? (this.#at.options.dryRun ? null : await this.#top(path))
    const place: TargetPlace = { service: 'files', path, isNew: before === null, losses: [] }
    this.#folders.set(place, { id, ...(await this.#contents(before)) })
    return place
  }

  /** Null where it is not there. */
  async #find(path: readonly string[]): Promise<string | null> {
    let parent = rootId
    for (const name of path) {
      const found = await this.#child(parent, name)
      if (found === null) return null
      parent = found
    }
    return parent
  }

  async #child(parent: string, name: string): Promise<string | null> {
    const query = `'${parent}' in parents and mimeType = '${folderType}' and trashed = false`
    for await (const page of this.#open.reading.list(query, null)) {
      const found = page.find((file) => file.name === name)
      if (found !== undefined) return found.id
    }
    return null
  }

  /** Made where it is missing. */
  async #top(path: readonly string[]): Promise<string> {
    let parent = rootId
    for (const [depth, name] of path.entries()) {
      const key = JSON.stringify(path.slice(0, depth + 1))
      const above = parent
      const known =
        this.#tops.get(key) ??
        this.#child(above, name).then(async (found) => found ?? (await this.#open.writing.createFolder(name, above)))
      this.#tops.set(key, known)
      parent = (await known) ?? parent
    }
    return parent
  }

  async #contents(id: string | null): Promise<Pick<Folder, 'files' | 'folders'>> {
    const files = new Map<string, DriveFile[]>()
    const folders = new Map<string, Promise<string>>()
    if (id === null) return { files, folders }
    for await (const { file, folders: above } of walk(this.#open.reading, [{ id, names: [] }], null)) {
      const key = keyOf([...above, file.name])
      if (file.mime === folderType) folders.set(key, folders.get(key) ?? Promise.resolve(file.id))
      else files.set(key, [...(files.get(key) ?? []), file])
    }
    return { files, folders }
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const folder = this.#folders.get(place)
    if (folder === undefined) throw new AppError('bug', 'The folder was not made ready.')
    yield* inParallel(items, filesAtOnce, (item) => this.#putOne(folder, item, signal), signal)
  }

  async #putOne(folder: Folder, item: RestoreItem, signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    try {
      const names = namesOf(item)
      if (isFolder(item.meta)) return await this.#putFolder(folder, item, names)
      const there = folder.files.get(keyOf(names)) ?? []
      const same = await findSame(there, item)
      if (same !== null) return { key, kind: 'already-there', at: same.id }
      const [other] = there
      if (other === undefined) return await this.#create(folder, item, names)
      return await this.#conflict(folder, item, names, other)
    } catch (error) {
      return failedItem(key, error, signal)
    }
  }

  /** One that holds nothing. */
  async #putFolder(folder: Folder, { key }: RestoreItem, names: readonly string[]): Promise<PutOutcome> {
    const known = await folder.folders.get(keyOf(names))
    if (known !== undefined) return { key, kind: 'already-there', at: folderKey(known), listed: emptyListed(known) }
    if (this.#at.options.dryRun || folder.id === null) return { key, kind: 'created' }
    const made = await this.#parent(folder, folder.id, names)
    return { key, kind: 'created', at: folderKey(made), listed: emptyListed(made) }
  }

  async #create(folder: Folder, item: RestoreItem, names: readonly string[], note?: string): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#at.options.dryRun || folder.id === null) return { key: item.key, kind: 'created', ...noted }
    const parent = await this.#parent(folder, folder.id, names.slice(0, -1))
    const file = this.#newFile(item, names.at(-1) ?? item.title, parent)
    let sum = createHash('md5')
    const content = () => {
      sum = createHash('md5')
      return passing(item.content(), (octets) => void sum.update(octets))
    }
    const id = await this.#open.writing.create({ ...file, content })
    // What Google has made a document of has other octets.
    const listed = note === undefined && file.convertTo === null ? { listed: listedAs(id, sum.digest('hex')) } : {}
    return { key: item.key, kind: 'created', at: id, ...listed, ...noted }
  }

  async #conflict(folder: Folder, item: RestoreItem, names: readonly string[], there: DriveFile): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#at.options
    if (conflict === 'skip') return { key: item.key, kind: 'conflict', reason: 'Another file of this name is there.' }
    const beside = (): [readonly string[], string] => {
      const name = besideName(names.at(-1) ?? '', item.sha256)
      return [[...names.slice(0, -1), name], `Another file of this name is there: kept beside it, as ${name}.`]
    }
    if (conflict === 'keep-both') {
      const [other, note] = beside()
      const same = await findSame(folder.files.get(keyOf(other)) ?? [], item)
      return same === null ? await this.#create(folder, item, other, note) : { key: item.key, kind: 'already-there', at: same.id }
    }
    if (dryRun) return { key: item.key, kind: 'created', note: 'Another file of this name is there; it would be kept elsewhere.' }
    const kept = await keep(names.at(-1) ?? 'file', await this.#open.reading.download(there.id, 0))
    await this.#open.writing.replace(there.id, this.#newFile(item, there.name, there.parent ?? rootId))
    return { key: item.key, kind: 'created', at: there.id, note: `The file that was there lies in ${kept} now.` }
  }

  #parent(folder: Folder, top: string, names: readonly string[]): Promise<string> {
    if (names.length === 0) return Promise.resolve(top)
    const key = keyOf(names)
    const known =
      folder.folders.get(key) ??
      this.#parent(folder, top, names.slice(0, -1)).then((above) => this.#open.writing.createFolder(names.at(-1) ?? '', above))
    folder.folders.set(key, known)
    return known
  }

  #newFile(item: RestoreItem, name: string, parent: string): NewFile {
    const text = (member: string) => (typeof item.meta[member] === 'string' ? item.meta[member] : '')
    const type = /^[\w.+-]+\/[\w.+-]+$/.test(text('mime')) ? text('mime') : 'application/octet-stream'
    const modified = Date.parse(text('modified'))
    const { convert } = this.#open.session.settings.files
    return {
      ...{ name, parent, type, convertTo: convert ? (conversions[type] ?? null) : null },
      ...{ size: item.size, sha256: item.sha256, content: () => item.content() },
      modified: Number.isNaN(modified) ? null : new Date(modified).toISOString(),
      ...{ description: text('description'), isStarred: item.meta['starred'] === true },
    }
  }

  async *check(): AsyncGenerator<{ readonly key: string; readonly losses: readonly string[] }> {}

  async discard(_paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    const [top] = this.#at.options.into
    const id = top === undefined ? null : await this.#child(rootId, top)
    if (id !== null) await this.#open.writing.delete(id)
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

/** What Google lists of a file changes with its octets: then it is another one. */
function listedAs(id: string, md5: string): ListedAs {
  return { collection: 'my', key: id, version: md5 }
}

function emptyListed(id: string): ListedAs {
  return { collection: 'my', key: folderKey(id), version: 'folder' }
}

/** As this program put it, or with the same octets. */
async function findSame(there: readonly DriveFile[], item: RestoreItem): Promise<DriveFile | null> {
  const own = there.find(({ checksum }) => checksum === item.sha256)
  const likely = there.filter(({ size, md5 }) => size === item.size && md5 !== null)
  if (own !== undefined || likely.length === 0) return own ?? null
  const sum = createHash('md5')
  for await (const chunk of item.content()) sum.update(chunk)
  const md5 = sum.digest('hex')
  return likely.find((file) => file.md5 === md5) ?? null
}
