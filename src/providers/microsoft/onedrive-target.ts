/** Adds files to OneDrive by upload sessions, below a folder of their own. What is there stays. */
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { AppError } from '../../core/errors.ts'
import { type Collection, isFolder } from '../../core/items.ts'
import type { ListedAs, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { inParallel } from '../shared/in-parallel.ts'
import { passing } from '../shared/passing.ts'
import { besideName, keyOf, namesOf } from '../shared/restored-names.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { type FilePlace, OneDrive } from './onedrive.ts'
import { folderKey, ownDrive, versionOf } from './onedrive-items.ts'
import { driveName, type NewFile, WritingDrive } from './onedrive-writing.ts'
import { QuickXorHash } from './quick-xor-hash.ts'
import type { Session } from './session.ts'

const filesAtOnce = 2
const ownFolder = 'Restored by Lifeboat'

interface Open {
  readonly session: Session
  readonly reading: OneDrive
  readonly writing: WritingDrive
}

interface There {
  readonly id: string
  readonly size: number
  readonly hash: string
}

interface Folder {
  /** Null in a dry run, where it is not there. */
  readonly id: string | null
  /** What lies in it, by its names below in lower case, joined: OneDrive does not tell them apart. */
  readonly files: Map<string, There>
  readonly folders: Map<string, Promise<string>>
}

export class OneDriveTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #at: WritingSession<Open>
  readonly #folders = new Map<TargetPlace, Folder>()

  constructor(at: WritingSession<Open>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const reading = new OneDrive(session, signal)
      await reading.drive()
      return { session, reading, writing: new WritingDrive(reading, signal) }
    })
  }

  get #open(): Open {
    return this.#at.opened
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { into, dryRun } = this.#at.options
    const path = [...(into.length === 0 ? [ownFolder] : into), ...c.path].map(driveName)
    let at: string | null = 'root'
    let isNew = false
    for (const name of path) {
      const found: string | null = at === null ? null : await this.#childFolder(at, name)
      isNew ||= found === null
      at = found ?? (dryRun || at === null ? null : await this.#open.writing.createFolder(name, ownPlace(at)))
    }
    const place: TargetPlace = { service: 'files', path, isNew, losses: [] }
    const folder: Folder = { id: at, files: new Map(), folders: new Map() }
    if (at !== null && !isNew) await this.#look(folder, at, [])
    this.#folders.set(place, folder)
    return place
  }

  async #childFolder(parent: string, name: string): Promise<string | null> {
    for await (const page of this.#open.reading.children(ownPlace(parent))) {
      const found = page.find((item) => item.folder && item.name?.toLowerCase() === name.toLowerCase())
      if (found?.id) return found.id
    }
    return null
  }

  async #look(folder: Folder, id: string, names: readonly string[]): Promise<void> {
    for await (const page of this.#open.reading.children(ownPlace(id))) {
      for (const item of page) {
        const path = [...names, item.name ?? '']
        if (!item.id) continue
        if (item.folder) {
          folder.folders.set(lowerKey(path), Promise.resolve(item.id))
          await this.#look(folder, item.id, path)
        } else folder.files.set(lowerKey(path), thereOf(item.id, item))
      }
    }
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const folder = this.#folders.get(place)
    if (folder === undefined) throw new AppError('bug', 'The folder was not made ready.')
    yield* inParallel(items, filesAtOnce, (item) => this.#putOne(folder, item, signal), signal)
  }

  async #putOne(folder: Folder, item: RestoreItem, signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    try {
      const names = namesOf(item).map(driveName)
      if (isFolder(item.meta)) return await this.#putFolder(folder, item, names)
      const there = folder.files.get(lowerKey(names))
      if (there === undefined) return await this.#create(folder, item, names)
      if (await isSame(there, item)) return { key, kind: 'already-there', at: there.id, listed: listedAs(there.id, there) }
      return await this.#conflict(folder, item, names, there)
    } catch (error) {
      return failedItem(key, error, signal)
    }
  }

  /** One that holds nothing. */
  async #putFolder(folder: Folder, { key }: RestoreItem, names: readonly string[]): Promise<PutOutcome> {
    const known = await folder.folders.get(lowerKey(names))
    if (known !== undefined) return { key, kind: 'already-there', at: folderKey(known), listed: emptyListed(known) }
    if (this.#at.options.dryRun || folder.id === null) return { key, kind: 'created' }
    const made = await this.#parent(folder, folder.id, names)
    return { key, kind: 'created', at: folderKey(made), listed: emptyListed(made) }
  }

  async #create(folder: Folder, item: RestoreItem, names: readonly string[], note?: string): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#at.options.dryRun || folder.id === null) return { key: item.key, kind: 'created', ...noted }
    const parent = await this.#parent(folder, folder.id, names.slice(0, -1))
    const name = names.at(-1) ?? item.title
    let sum = new QuickXorHash()
    const content = () => {
      sum = new QuickXorHash()
      return passing(item.content(), (octets) => sum.update(octets))
    }
    const id = await this.#open.writing.upload({ ...newFile(item, name), content }, ownPlace(parent), 'fail')
    const listed = note === undefined ? { listed: listedAs(id, { size: item.size, hash: sum.digest() }) } : {}
    const wanted = namesOf(item)
    const renamed = note === undefined && names.some((one, n) => one !== wanted[n])
    const losses = renamed ? [`OneDrive does not take the name ${wanted.join('/')}: it is ${names.join('/')} there.`] : []
    return { key: item.key, kind: 'created', at: id, ...listed, losses, ...noted }
  }

  async #conflict(folder: Folder, item: RestoreItem, names: readonly string[], there: There): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#at.options
    const { key } = item
    if (conflict === 'skip') return { key, kind: 'conflict', reason: 'Another file of this name is there.' }
    if (conflict === 'keep-both') {
      const name = besideName(names.at(-1) ?? '', item.sha256)
      const other = [...names.slice(0, -1), name]
      const known = folder.files.get(lowerKey(other))
      if (known !== undefined) return { key, kind: 'already-there', at: known.id }
      return await this.#create(folder, item, other, `Another file of this name is there: kept beside it, as ${name}.`)
    }
    if (dryRun) return { key, kind: 'created', note: 'Another file of this name is there; it would be kept elsewhere.' }
    const { reading, writing } = this.#open
    const { content } = await reading.download(await reading.location(ownPlace(there.id), null), 0)
    const kept = await keep(names.at(-1) ?? 'file', content)
    const parent = await this.#parent(folder, folder.id ?? 'root', names.slice(0, -1))
    await writing.upload(newFile(item, names.at(-1) ?? item.title), ownPlace(parent), 'replace')
    return { key, kind: 'created', at: there.id, note: `The file that was there lies in ${kept} now.` }
  }

  #parent(folder: Folder, top: string, names: readonly string[]): Promise<string> {
    if (names.length === 0) return Promise.resolve(top)
    const key = lowerKey(names)
    const known =
      folder.folders.get(key) ??
      this.#parent(folder, top, names.slice(0, -1)).then((above) =>
        this.#open.writing.createFolder(names.at(-1) ?? '', ownPlace(above)),
      )
    folder.folders.set(key, known)
    return known
  }

  async *check(): AsyncGenerator<{ readonly key: string; readonly losses: readonly string[] }> {}

  async discard(_paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    const [top] = this.#at.options.into
    const id = top === undefined ? null : await this.#childFolder('root', driveName(top))
    if (id !== null) await this.#open.writing.delete(ownPlace(id))
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

const ownPlace = (id: string): FilePlace => ({ driveId: '', id })

const lowerKey = (names: readonly string[]): string => keyOf(names.map((name) => name.toLowerCase()))

function thereOf(id: string, { size, file }: DriveItem): There {
  return { id, size: size ?? 0, hash: file?.hashes?.quickXorHash ?? '' }
}

/** What Microsoft lists of a file changes with its octets, also where it writes them anew itself: then it is another one. */
function listedAs(id: string, { size, hash }: Pick<There, 'size' | 'hash'>): ListedAs {
  return { collection: ownDrive, key: id, version: versionOf(hash, size) }
}

function emptyListed(id: string): ListedAs {
  return { collection: ownDrive, key: folderKey(id), version: 'folder' }
}

function newFile(item: RestoreItem, name: string): NewFile {
  const modified = Date.parse(String(item.meta['modified'] ?? ''))
  return {
    ...{ name, size: item.size, content: () => item.content() },
    modified: Number.isNaN(modified) ? null : new Date(modified).toISOString(),
  }
}

/** With the same octets, as far as Microsoft tells. */
async function isSame({ size, hash }: There, item: RestoreItem): Promise<boolean> {
  if (size !== item.size) return false
  if (hash === '') return size === 0
  const sum = new QuickXorHash()
  for await (const chunk of item.content()) sum.update(chunk)
  return sum.digest() === hash
}
