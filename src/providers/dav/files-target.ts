/** Adds files to an account over WebDAV; what is there stays. */
import { createHash } from 'node:crypto'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { type Collection, isFolder } from '../../core/items.ts'
import { retry } from '../../core/retry.ts'
import type { CheckOutcome, ListedAs, PutOutcome, RestoreItem, Target, TargetOptions, TargetPlace } from '../../core/target.ts'
import { refusal } from './answer.ts'
import { isRefusal } from './errors.ts'
import { numberOf, opaqueTag, toFolderItem, toItem, versionOf } from './files-item.ts'
import type { DavClientOptions } from './http.ts'
import { Putting } from './putting.ts'
import { parseSettings } from './settings.ts'
import { addressOf, segmentsOf } from './webdav-paths.ts'
import { type Drive, driveKey, openDrive, statAny, statFile } from './webdav-propfind.ts'
import type { Resource } from './webdav-resources.ts'
import { WritingDavClient } from './writing-http.ts'

interface Open {
  readonly drive: Drive
  /** Names below the drive's root. */
  readonly below: readonly string[]
  readonly losses: string[]
  /** One that was made, with its time. */
  made: { readonly segments: readonly string[]; readonly item: RestoreItem } | null
}

export class FilesTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #client: WritingDavClient
  readonly #address: URL
  readonly #context: Context
  readonly #options: TargetOptions
  readonly #putting = new Putting()
  readonly #open = new Map<TargetPlace, Open>()
  readonly #folders = new Set<string>()
  #drive: Drive | null = null
  #drives = 0

  constructor(account: Account, context: Context, options: TargetOptions, client: DavClientOptions = {}) {
    const settings = parseSettings(account.settings)
    if (settings.webdav === undefined) throw new AppError('usage', `The account ${account.id} has no address for files.`)
    this.#client = new WritingDavClient(settings, context, client)
    this.#address = new URL(settings.webdav)
    this.#context = context
    this.#options = options
  }

  async open(collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    this.#drive = await openDrive(this.#client, this.#address, signal)
    this.#drives = collections.length
  }

  /** One drive becomes the whole drive there; of several, each a folder of its name. */
  async ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace> {
    if (this.#drive === null) throw new AppError('bug', 'The target was not opened.')
    const below = [...this.#options.into, ...(this.#drives > 1 ? c.path : [])]
    const isNew = below.length > 0 && !this.#options.dryRun && (await this.#makeFolders(this.#drive, below, signal))
    const losses: string[] = []
    const place: TargetPlace = { service: 'files', path: below.length === 0 ? c.path : below, isNew, losses }
    this.#open.set(place, { drive: this.#drive, below, losses, made: null })
    return place
  }

  /** Whether the last of them was made. */
  async #makeFolders(drive: Drive, names: readonly string[], signal: AbortSignal): Promise<boolean> {
    let isNew = false
    for (let depth = 1; depth <= names.length; depth++) {
      const segments = names.slice(0, depth).map(segmentOf)
      const key = segments.join('/')
      if (this.#folders.has(key)) continue
      const url = addressOf(drive.url, segments, true)
      const { written } = await this.#client.create({ method: 'MKCOL', url }, signal, this.#context.clock)
      isNew = written !== null
      this.#folders.add(key)
    }
    return isNew
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const open = this.#open.get(place)
    if (open === undefined) throw new AppError('bug', 'The drive was not made ready.')
    yield* this.#putting.each(items, (item) => this.#putOne(open, item, signal), signal)
  }

  async #putOne(open: Open, item: RestoreItem, signal: AbortSignal): Promise<PutOutcome> {
    const names = [...open.below, ...pathOf(item)]
    const segments = names.map(segmentOf)
    if (isFolder(item.meta)) return await this.#putFolder(open, item, names, segments, signal)
    const there = await statFile(this.#client, open.drive, segments, signal)
    if (there === null) return await this.#create(open, item, names, signal)
    if (await this.#isSame(open, item, segments, there, signal))
      return { key: item.key, kind: 'already-there', ...this.#found(open, segments, there) }
    const { conflict } = this.#options
    if (conflict === 'skip') return { key: item.key, kind: 'conflict', reason: 'Another file is in its place.' }
    if (conflict === 'replace') return await this.#replace(open, item, segments, there, signal)
    const beside = [...names.slice(0, -1), besideName(names.at(-1) ?? '', item.sha256)]
    const other = await statFile(this.#client, open.drive, beside.map(segmentOf), signal)
    if (other !== null) return { key: item.key, kind: 'already-there', ...at(other) }
    return await this.#create(open, item, beside, signal, `Another file is in its place: kept beside it as “${beside.at(-1)}”.`)
  }

  /** One that holds nothing. */
  async #putFolder(
    open: Open,
    { key }: RestoreItem,
    names: readonly string[],
    segments: readonly string[],
    signal: AbortSignal,
  ): Promise<PutOutcome> {
    const there = await statAny(this.#client, open.drive, segments, signal)
    if (there !== null && !there.isFolder) return { key, kind: 'conflict', reason: 'A file is in its place.' }
    if (there === null && this.#options.dryRun) return { key, kind: 'created' }
    if (there === null) await this.#makeFolders(open.drive, names, signal)
    const now = there ?? (await statAny(this.#client, open.drive, segments, signal))
    const item = now === null ? null : toFolderItem(numberOf(now), segmentsOf(segments.join('/')))
    const listed = item === null ? {} : { listed: { collection: driveKey(open.drive), key: item.key, version: item.version } }
    return { key, kind: there === null ? 'created' : 'already-there', ...listed }
  }

  async #isSame(
    open: Open,
    item: RestoreItem,
    segments: readonly string[],
    there: Resource,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (item.at !== null && item.at === at(there).at) return true
    if (there.size !== undefined && there.size !== item.size) return false
    const url = addressOf(open.drive.url, segments, false)
    const sum = await this.#client.read(
      { method: 'GET', url },
      async (answer) => {
        if (answer.status !== 200) throw await refusal(answer)
        const hash = createHash('sha256')
        for await (const chunk of answer.body) hash.update(chunk)
        return hash.digest('hex')
      },
      signal,
    )
    return sum === item.sha256
  }

  async #create(
    open: Open,
    item: RestoreItem,
    names: readonly string[],
    signal: AbortSignal,
    note?: string,
  ): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#options.dryRun) return { key: item.key, kind: 'created', ...noted }
    await this.#makeFolders(open.drive, names.slice(0, -1), signal)
    const segments = names.map(segmentOf)
    const url = addressOf(open.drive.url, segments, false)
    const headers = { ...headersOf(item), 'If-None-Match': '*' }
    const request = { method: 'PUT', url, headers, body: () => item.content() } as const
    const { written, retried } = await this.#client.create(request, signal, this.#context.clock)
    const now = await statFile(this.#client, open.drive, segments, signal)
    if (written === null && !(retried && now?.size === item.size))
      return { key: item.key, kind: 'conflict', reason: 'Another file has come into its place.' }
    if (now !== null && now.size !== undefined && now.size !== item.size)
      throw new AppError('unsupported', `The server has ${now.size} bytes of it where ${item.size} were sent.`)
    if (!Number.isNaN(modifiedOf(item))) open.made = { segments, item }
    if (now === null) return { key: item.key, kind: 'created', ...noted }
    // Somebody else may have been there in between.
    const isOurs = written !== null && (written.etag === null || opaqueTag(written.etag) === opaqueTag(now.etag ?? ''))
    return { key: item.key, kind: 'created', ...(isOurs ? this.#found(open, segments, now) : at(now)), ...noted }
  }

  /** How a backup will find it. */
  #found({ drive }: Open, segments: readonly string[], there: Resource): { readonly at?: string; readonly listed?: ListedAs } {
    const { key, version } = toItem(there, segmentsOf(segments.join('/')), this.#context.clock.now())
    const isTold = there.size !== undefined && versionOf(there) !== null
    return { ...at(there), ...(isTold ? { listed: { collection: driveKey(drive), key, version } } : {}) }
  }

  async #replace(
    open: Open,
    item: RestoreItem,
    segments: readonly string[],
    there: Resource,
    signal: AbortSignal,
  ): Promise<PutOutcome> {
    if (this.#options.dryRun)
      return { key: item.key, kind: 'created', note: 'Another file is in its place; it would be kept elsewhere.' }
    const url = addressOf(open.drive.url, segments, false)
    const kept = await this.#client.read(
      { method: 'GET', url },
      async (answer) => {
        if (answer.status !== 200) throw await refusal(answer)
        return await this.#options.keep(pathOf(item).at(-1) ?? 'file', answer.body)
      },
      signal,
    )
    const headers = { ...headersOf(item), ...(there.etag === undefined ? {} : { 'If-Match': there.etag }) }
    const replace = () => this.#client.write({ method: 'PUT', url, headers, body: () => item.content() }, signal)
    try {
      await retry(replace, this.#context.clock, signal)
    } catch (error) {
      if (!isRefusal(error, 412)) throw error
      return { key: item.key, kind: 'conflict', reason: 'It was changed at the target at this moment.' }
    }
    const now = await statFile(this.#client, open.drive, segments, signal)
    return {
      key: item.key,
      kind: 'created',
      note: `The file that was there lies in ${kept} now.`,
      ...(now === null ? {} : at(now)),
    }
  }

  /** Servers take times of files all alike: it is said once, of the drive. */
  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const open = this.#open.get(place)
    if (open?.made == null) return
    const now = await statFile(this.#client, open.drive, open.made.segments, signal)
    const seconds = Math.floor(modifiedOf(open.made.item) / 1000)
    if (now?.modified !== undefined && Math.abs(Math.floor(Date.parse(now.modified) / 1000) - seconds) > 1)
      open.losses.push('The server does not keep times of files: they are those of the restore.')
    yield* []
  }

  async discard(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    const { into } = this.#options
    if (into.length === 0 || paths.length === 0) return
    const drive = this.#drive ?? (await openDrive(this.#client, this.#address, signal))
    await this.#client.write({ method: 'DELETE', url: addressOf(drive.url, into.map(segmentOf), true) }, signal)
  }

  async close(): Promise<void> {
    this.#client.close()
  }
}

function pathOf({ meta, title }: RestoreItem): readonly string[] {
  const path = meta['path']
  const names = Array.isArray(path) ? path.filter((name): name is string => typeof name === 'string') : []
  return names.length === 0 ? [title] : names
}

/** `X-OC-Mtime` is taken by Nextcloud, ownCloud and rclone: seconds since 1970. */
function headersOf(item: RestoreItem): Record<string, string> {
  const seconds = Math.floor(modifiedOf(item) / 1000)
  const { mime } = item.meta
  return {
    'Content-Type': typeof mime === 'string' && /^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : 'application/octet-stream',
    'Content-Length': String(item.size),
    ...(seconds > 0 ? { 'X-OC-Mtime': String(seconds) } : {}),
  }
}

/** Milliseconds; NaN where it is not known. */
function modifiedOf({ meta, date }: RestoreItem): number {
  const { modified } = meta
  return Date.parse(typeof modified === 'string' ? modified : date)
}

function at({ etag }: Resource): { readonly at?: string } {
  return etag === undefined ? {} : { at: opaqueTag(etag) }
}

function segmentOf(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The same name for the same content, so that a repeat finds it. */
function besideName(name: string, sha256: string): string {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 ? dot : name.length
  return `${name.slice(0, at)} (restored ${sha256.slice(0, 8)})${name.slice(at)}`
}
