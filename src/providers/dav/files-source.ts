import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, toAppError } from '../../core/errors.ts'
import { type Collection, type Item, isFolder } from '../../core/items.ts'
import { defaultRetry, type RetryOptions } from '../../core/retry.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { type ListingCursor, readCursor, writeCursor } from './files-cursor.ts'
import { Download, type DownloadContext, downloadSmall, smallFile } from './files-download.ts'
import { Health } from './files-health.ts'
import { isProblem, numberOf } from './files-item.ts'
import { type Problem, Walk } from './files-walk.ts'
import { DavClient, type DavClientOptions } from './http.ts'
import { parseSettings } from './settings.ts'
import { nameOf } from './webdav-paths.ts'
import { type Drive, driveKey, openDrive } from './webdav-propfind.ts'
import { readTop, type Top } from './webdav-top.ts'

/** How long a root's ETag may stand for everything below it: servers do not see every change on other storages. */
const fullListingEvery = 7 * 24 * 3_600_000
/** How many small files one call of `fetch` asks for ahead of the one that it hands out, and how many octets at most. */
const ahead = { files: 4, octets: 4 << 20 }

/** Reads the files of one WebDAV account: one collection, its drive. */
export class FilesSource implements Source {
  readonly concurrency = 4
  readonly #client: DavClient
  readonly #address: URL
  readonly #context: Context
  readonly #connections: number
  readonly #retry: RetryOptions
  readonly #health = new Health()
  #drive: Promise<Drive> | null = null
  #problems: ReadonlyMap<string, Problem> = new Map()

  /** @throws AppError `usage` where the account has no address for files */
  constructor(account: Account, context: Context, options: DavClientOptions = {}) {
    const settings = parseSettings(account.settings)
    if (settings.webdav === undefined) {
      throw new AppError('usage', 'The account has no address for files (the setting "webdav").')
    }
    this.#client = new DavClient(settings, context, options)
    this.#address = new URL(settings.webdav)
    this.#context = context
    this.#connections = settings.connections
    this.#retry = options.retry ?? defaultRetry
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    this.#drive = null
    const drive = await this.#open(signal)
    yield { service: 'files', key: driveKey(drive), path: [driveName(drive)] }
  }

  /**
   * ownCloud's and Nextcloud's drives are not listed while their root's ETag is the same. Others, and those with mounted
   * storages, are listed in full each time.
   */
  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const known = since === null ? null : readCursor(since)
    if (since !== null && known === null) throw new AppError('cursor-expired', 'The place where the last run ended is not known.')
    const drive = await this.#expect(c, signal)
    const top = await this.#readTop(drive, signal)
    const at = this.#context.clock.now().getTime()
    if (since !== null && known !== null && top !== null && isUnchanged(known, top, at)) {
      yield { kind: 'checkpoint', cursor: since }
      return
    }
    const walk = new Walk(this.#client, drive, this.#context.clock, this.#connections, signal)
    this.#problems = walk.problems
    for await (const item of walk.items()) yield { kind: 'item', item }
    const hidesFiles = [...walk.problems].some(([key, problem]) => problem.hidesFiles && !isLasting(key, problem, known))
    const complete = !hidesFiles && !walk.movedMeanwhile && (await this.#isStill(drive, top, signal))
    if (complete) yield { kind: 'all-listed' }
    else for (const key of known?.problems ?? []) if (!walk.problems.has(key)) yield { kind: 'removed', key }
    const stands = complete && walk.problems.size === 0 && !walk.hasMounts
    yield {
      kind: 'checkpoint',
      cursor: writeCursor({
        at,
        ...(stands && top !== null ? { etag: top.etag, top: top.hash } : {}),
        problems: [...walk.problems.keys()],
      }),
    }
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const drive = await this.#expect(c, signal)
    const stop = new AbortController()
    const source: DownloadContext = {
      ...{ client: this.#client, drive, context: this.#context, retry: this.#retry },
      signal: AbortSignal.any([signal, stop.signal]),
    }
    const queue: { readonly item: Item; readonly octets: number; readonly answer: Promise<Fetched> | null }[] = []
    let next = 0
    let octets = 0
    try {
      for (;;) {
        for (let item = items[next]; item !== undefined; item = items[++next]) {
          const size = item.size !== undefined && item.size <= smallFile ? item.size : 0
          if (queue.length > 0 && (queue.length >= ahead.files || octets + size > ahead.octets)) break
          queue.push({ item, octets: size, answer: this.#begin(source, item) })
          octets += size
        }
        const first = queue.shift()
        if (first === undefined) return
        octets -= first.octets
        signal.throwIfAborted()
        this.#health.check()
        yield first.answer === null
          ? { key: first.item.key, content: this.#stream(source, first.item) }
          : this.#judge(await first.answer)
      }
    } finally {
      stop.abort(new AppError('cancelled', 'Stopped.'))
    }
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  /** Small files are on their way at once; a large one (null) only when it is asked for. */
  #begin(source: DownloadContext, item: Item): Promise<Fetched> | null {
    const { key, size } = item
    if (isProblem(key)) {
      const error = this.#problems.get(key)?.error ?? new AppError('not-found', 'It could not be read when it was listed.')
      return Promise.resolve({ key, error })
    }
    if (isFolder(item.meta)) return Promise.resolve({ key, content: new Uint8Array() })
    if (size === undefined || size > smallFile) return null
    return downloadSmall(source, item).then(
      (content) => ({ key, content }),
      (error: unknown) => ({ key, error: toAppError(error) }),
    )
  }

  /** @throws AppError when it says that no further file can be had */
  #judge(fetched: Fetched): Fetched {
    if ('error' in fetched) this.#health.failed(fetched.error)
    else this.#health.succeeded()
    return fetched
  }

  async *#stream(source: DownloadContext, item: Item): AsyncGenerator<Uint8Array> {
    try {
      yield* new Download(source, item).octets()
      this.#health.succeeded()
    } catch (error) {
      this.#health.failed(error)
      throw error
    }
  }

  /** ownCloud and Nextcloud promise that a folder's ETag changes with everything below it; null for other servers. */
  async #readTop(drive: Drive, signal: AbortSignal): Promise<Top | null> {
    if (numberOf(drive.root) === null) return null
    const top = await readTop(this.#client, drive, signal)
    return top.etag === '' ? null : top
  }

  /** Whether nothing changed since `top` was read, as far as the server can tell. */
  async #isStill(drive: Drive, top: Top | null, signal: AbortSignal): Promise<boolean> {
    if (top === null) return true
    const now = await openDrive(this.#client, drive.url, signal)
    return now.root.etag === top.etag
  }

  async #expect(c: Collection, signal: AbortSignal): Promise<Drive> {
    const drive = await this.#open(signal)
    if (driveKey(drive) === c.key) return drive
    throw new AppError('not-found', `The files ${c.path.join('/')} are not there any more.`)
  }

  #open(signal: AbortSignal): Promise<Drive> {
    this.#drive ??= openDrive(this.#client, this.#address, signal).catch((error: unknown) => {
      this.#drive = null
      throw error
    })
    return this.#drive
  }
}

function driveName({ base, root, url }: Drive): string {
  const last = base.at(-1)
  return root.name ?? (last === undefined ? url.hostname : nameOf(last))
}

function isUnchanged(known: ListingCursor, top: Top, now: number): boolean {
  if (known.etag === undefined) return false
  return known.etag === top.etag && known.top === top.hash && Math.abs(now - known.at) < fullListingEvery
}

/** A folder that was refused in the last run as well is as good as gone: it must not keep removals from being noted for ever. */
function isLasting(key: string, { isRefusal }: Problem, known: ListingCursor | null): boolean {
  return isRefusal && (known?.problems.includes(key) ?? false)
}
