/** Names every file and every empty folder of a drive, folder by folder: `Depth: infinity` is refused by many servers and held in memory by others. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import { Channel } from '../shared/channel.ts'
import { isRefusal } from './errors.ts'
import { Health } from './files-health.ts'
import { numberOf, problemItem, toFolderItem, toItem } from './files-item.ts'
import type { DavClient } from './http.ts'
import { isTraversal, nameOf } from './webdav-paths.ts'
import { type Child, type Drive, listFolder } from './webdav-propfind.ts'
import type { Resource } from './webdav-resources.ts'

/** Beyond these a server is not describing files that anybody has. */
const maxDepth = 1_200
const maxFolders = 1_000_000
const maxFiles = 20_000_000
const maxStrangers = 100
/** Folders with the very same files on one way down: a link to a folder above looks like that. */
const maxRepeats = 8
/** Items that wait for the reader. */
const buffered = 2_000

export interface Problem {
  readonly error: AppError
  /** True where files may be there that were not named, so that nothing can be said to be gone. */
  readonly hidesFiles: boolean
  /** True where the server gave a clear no, which may last. */
  readonly isRefusal: boolean
}

interface Folder {
  readonly parent: Folder | null
  readonly segments: readonly string[]
  readonly fileId: string | null
  /** Hash over its content, once listed; null while it holds no files. */
  fingerprint: string | null
}

export class Walk {
  /** By key of the item that stands for them. */
  readonly problems = new Map<string, Problem>()
  /** A folder vanished meanwhile: it may have moved to where it was not seen. */
  movedMeanwhile = false
  /** Something below lies on another storage or belongs to somebody else. */
  hasMounts = false
  readonly #client: DavClient
  readonly #drive: Drive
  readonly #clock: Clock
  readonly #atOnce: number
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #health = new Health()
  readonly #found = new Channel<readonly Item[]>(buffered)
  readonly #waiting: Folder[] = []
  #active = 0
  #folders = 1
  #files = 0
  #strangers = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(client: DavClient, drive: Drive, clock: Clock, atOnce: number, signal: AbortSignal) {
    this.#client = client
    this.#drive = drive
    this.#clock = clock
    this.#atOnce = atOnce
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
    this.#waiting.push({ parent: null, segments: [], fileId: numberOf(drive.root), fingerprint: null })
  }

  /** Can be read once. A file may be named twice. */
  async *items(): AsyncGenerator<Item> {
    try {
      this.#start()
      for (;;) {
        const items = await this.#found.next()
        if (items === null) return
        yield* items
      }
    } finally {
      this.#stop.abort(new AppError('cancelled', 'Stopped.'))
      this.#found.close()
    }
  }

  /** The last folder found is listed first: what waits is then no more than the folders beside one way down. */
  #start(): void {
    while (this.#active < this.#atOnce && !this.#signal.aborted) {
      const folder = this.#waiting.pop()
      if (folder === undefined) break
      this.#active++
      this.#list(folder).then(
        () => {
          this.#active--
          this.#start()
        },
        (error: unknown) => this.#fail(error),
      )
    }
    if (this.#signal.aborted) this.#fail(this.#signal.reason)
    else if (this.#active === 0) this.#found.end()
  }

  #fail(error: unknown): void {
    this.#found.end(error)
    this.#stop.abort(error)
  }

  async #list(folder: Folder): Promise<void> {
    let below: Folder[] = []
    let holdsFiles = false
    let isEmpty = true
    let seen = createHash('sha256')
    const listing = {
      begin: () => {
        below = []
        holdsFiles = false
        isEmpty = true
        seen = createHash('sha256')
      },
      self: (self: Resource) => {
        this.#look(self)
      },
      stranger: (href: string) => {
        isEmpty = false
        this.#stranger(folder, href)
      },
      children: async (batch: readonly Child[]) => {
        const items: Item[] = []
        isEmpty = false
        for (const { segment, resource } of batch) {
          const segments = [...folder.segments, segment]
          this.#look(resource)
          seen.update(JSON.stringify([segment, resource.etag, resource.size, resource.modified]))
          const problem = problemOf(segments, resource)
          if (problem !== null) items.push(this.#problem(segments, problem))
          else if (resource.isFolder) {
            below.push({ parent: folder, segments, fileId: numberOf(resource), fingerprint: null })
          } else {
            items.push(toItem(resource, segments, this.#clock.now()))
            holdsFiles = true
          }
        }
        await this.#hand(items)
      },
    }
    try {
      const isThere = await listFolder(this.#client, this.#drive, folder.segments, listing, this.#signal)
      if (!isThere) this.#vanished(folder)
      else if (isEmpty && folder.parent !== null) await this.#hand([toFolderItem(folder.fileId, folder.segments)])
      this.#health.succeeded()
    } catch (error) {
      await this.#failed(folder, error)
      return
    }
    folder.fingerprint = holdsFiles ? seen.digest('base64') : null
    await this.#descend(folder, below)
  }

  #vanished(folder: Folder): void {
    if (folder.parent === null) throw new AppError('not-found', 'The folder of all files is not there any more.')
    this.movedMeanwhile = true
  }

  async #failed(folder: Folder, error: unknown): Promise<void> {
    this.#signal.throwIfAborted()
    if (!(error instanceof AppError) || folder.parent === null) throw error
    this.#health.failed(error)
    const sentence = `The folder could not be read: ${error.message}`
    await this.#hand([
      this.#problem(folder.segments, {
        error: new AppError(error.code, sentence, { cause: error }),
        hidesFiles: true,
        isRefusal: isRefusal(error, 403, 423, 404, 410),
      }),
    ])
  }

  async #descend(folder: Folder, below: readonly Folder[]): Promise<void> {
    if (below.length === 0) return
    const loop = containsItself(folder)
    const tooDeep = folder.segments.length >= maxDepth
    if (!loop && !tooDeep) {
      // Each of them once, should the server have named one twice.
      const unique = new Map(below.map((one) => [one.segments.at(-1), one]))
      this.#folders += unique.size
      if (this.#folders > maxFolders) throw endless()
      this.#waiting.push(...unique.values())
      return
    }
    const sentence = loop
      ? 'The folder contains itself, so that it was not followed further.'
      : 'The folders lie deeper than Lifeboat follows.'
    await this.#hand([
      this.#problem(folder.segments, { error: new AppError('suspicious', sentence), hidesFiles: false, isRefusal: true }),
    ])
  }

  #stranger(folder: Folder, href: string): void {
    if (++this.#strangers > maxStrangers) {
      throw new AppError('suspicious', 'The server lists files that lie outside of the folder that it was asked for.')
    }
    const error = new AppError('suspicious', 'The server names a file that lies outside of its folder; it was not saved.')
    const segments = [...folder.segments, `outside: ${href}`.slice(0, 200)]
    this.#turn = this.#turn.then(() => this.#pushed([this.#problem(segments, { error, hidesFiles: false, isRefusal: true })]))
  }

  #problem(segments: readonly string[], problem: Problem): Item {
    const item = problemItem(segments)
    this.problems.set(item.key, problem)
    return item
  }

  #look({ permissions }: Resource): void {
    if (permissions !== undefined && /[MS]/.test(permissions)) this.hasMounts = true
  }

  /** Several folders at once hand over their items one after the other, and wait while the reader is behind. */
  #hand(items: readonly Item[]): Promise<void> {
    this.#files += items.length
    if (this.#files > maxFiles) throw endless()
    this.#turn = this.#turn.then(() => this.#pushed(items))
    return this.#turn
  }

  async #pushed(items: readonly Item[]): Promise<void> {
    if (items.length > 0) await this.#found.push(items, items.length)
  }
}

function problemOf(segments: readonly string[], resource: Resource): Problem | null {
  const segment = segments.at(-1) ?? ''
  if (isTraversal(segment)) {
    const error = new AppError(
      'suspicious',
      `The server names a file “${nameOf(segment)}”, which would lie outside of its folder.`,
    )
    return { error, hidesFiles: false, isRefusal: true }
  }
  if (resource.failed === undefined) return null
  const error = new AppError('permission', `The server names it but does not describe it (HTTP ${resource.failed}).`)
  return { error, hidesFiles: true, isRefusal: resource.failed < 500 }
}

/** A link to a folder above: the same number, or the very same files again and again on the way down. */
function containsItself(folder: Folder): boolean {
  let repeats = 0
  for (let above = folder.parent; above !== null; above = above.parent) {
    if (folder.fileId !== null && above.fileId === folder.fileId) return true
    if (folder.fingerprint !== null && above.fingerprint === folder.fingerprint) repeats++
    if (repeats >= maxRepeats) return true
  }
  return false
}

function endless(): AppError {
  return new AppError('suspicious', 'The server names files without end.')
}
