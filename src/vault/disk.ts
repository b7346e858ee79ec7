/**
 * Every file-system call of the vault goes through a `Disk`, so that a test can break any of them. Paths are absolute.
 */
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import { withPatience } from './patience.ts'

export interface DiskFile {
  /** Reads into `into` from `position`; answers how many octets, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `parts`, one after the other, from `position` on. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>
  truncate(length: number): Promise<void>
  /** Sets when the content was last changed, as far as the file system can say it. */
  setModified(time: Date): Promise<void>
  /** Returns once the data is on the medium. */
  sync(): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
}

export interface Disk {
  /** `read`: must exist. `write`: made when missing, kept when there. `new`: must not exist. */
  open(path: string, mode: 'read' | 'write' | 'new'): Promise<DiskFile>
  /** Makes missing parents too. */
  makeDirectory(path: string): Promise<void>
  /** Replaces `to` when it is there. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes names in the directory durable, where the system can. */
  syncDirectory(path: string): Promise<void>
  /** Null when there is nothing. */
  stat(path: string): Promise<{ readonly kind: DirectoryEntry['kind']; readonly size: number } | null>
  /** Sorted by name; null when there is no such directory. */
  list(path: string): Promise<readonly DirectoryEntry[] | null>
  /** Answers false, and does nothing, where it is not empty. */
  removeDirectory(path: string): Promise<boolean>
  /** Of the file system that holds the path. */
  capacity(path: string): Promise<Capacity>
}

export interface Capacity {
  /** Octets that can still be written; null where the system does not say. */
  readonly free: number | null
  /** Octets that one file can hold; null where that is not known to be less than anyone has. */
  readonly largestFile: number | null
}

/** Turns what the system says into words for a person; keeps an `AppError` as it is. */
export function diskError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const code = errnoOf(error)
  const options = { cause: error }
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('disk-full', `There is no room left on the disk to write ${basename(path)}.`, options)
    case 'EFBIG':
      return new AppError('unsupported', tooLargeForDisk, options)
    case 'EROFS':
      return new AppError('disk-failed', `The disk is write-protected: ${path}`, {
        ...options,
        advice: 'Choose another disk, or remove its write protection.',
      })
    case 'EACCES':
    case 'EPERM':
      return new AppError('disk-failed', `The system does not allow access to ${path}.`, options)
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
    case 'ESTALE':
    // What a driver that dies, or a network share that goes away, answers to a call that is under way.
    case 'ECONNABORTED':
    case 'ECONNRESET':
    case 'EHOSTDOWN':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'ENETUNREACH':
    case 'ESHUTDOWN':
    case 'ETIMEDOUT':
      return new AppError('disk-absent', `${path} is not there any more.`, options)
    default:
      return new AppError('disk-failed', `The disk did not do what it was asked (${code ?? 'unknown error'}): ${path}`, options)
  }
}

/** Of one item; the others go on. */
export const tooLargeForDisk =
  'The file is larger than the file system of this disk allows (4 GB on FAT32). A disk formatted as exFAT, NTFS, APFS or ext4 takes it.'

function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

async function translated<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw diskError(error, path)
  }
}

const openFlags = {
  // Where somebody put a pipe in a file's place, its opening would wait for a writer. Windows knows no such flag.
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  write: constants.O_RDWR | constants.O_CREAT,
  new: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const

class RealFile implements DiskFile {
  readonly #path: string
  readonly #handle: fs.FileHandle

  constructor(path: string, handle: fs.FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return translated(this.#path, async () => (await this.#handle.read(into, 0, into.length, position)).bytesRead)
  }

  write(parts: readonly Uint8Array[], position: number): Promise<void> {
    return translated(this.#path, () => writeAll(this.#handle, parts, position))
  }

  truncate(length: number): Promise<void> {
    return translated(this.#path, () => this.#handle.truncate(length))
  }

  async setModified(time: Date): Promise<void> {
    // Not every file system knows every year; the time also stands in the journal.
    await this.#handle.utimes(time, time).catch(() => undefined)
  }

  sync(): Promise<void> {
    return translated(this.#path, () => this.#handle.sync())
  }

  size(): Promise<number> {
    return translated(this.#path, async () => (await this.#handle.stat()).size)
  }

  close(): Promise<void> {
    return translated(this.#path, () => this.#handle.close())
  }
}

/** `writev` takes at most 1,024 parts (IOV_MAX) and may write less than all. */
async function writeAll(handle: fs.FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position
  for (let first = 0; first < parts.length; first += 512) {
    let batch = parts.slice(first, first + 512)
    while (batch.length > 0) {
      const { bytesWritten } = await handle.writev(batch, at)
      at += bytesWritten
      batch = withoutFirst(batch, bytesWritten)
    }
  }
}

function withoutFirst(parts: readonly Uint8Array[], octets: number): Uint8Array[] {
  let left = octets
  const rest: Uint8Array[] = []
  for (const part of parts) {
    if (left >= part.length) {
      left -= part.length
      continue
    }
    rest.push(left > 0 ? part.subarray(left) : part)
    left = 0
  }
  return rest
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): DirectoryEntry['kind'] {
  if (entry.isFile()) return 'file'
  return entry.isDirectory() ? 'directory' : 'other'
}

/**
 * What the system says where directories cannot be synced: Windows cannot open one, and some file systems have no such call.
 * There names are durable when the system says so.
 */
const noDirectorySync: ReadonlySet<string> = new Set([
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
])

/**
 * Makes a folder and those above it that are missing; what the first missing one says of itself counts. Node's own way says of a
 * write-protected disk that it is not there, and goes on for ever where a file system answers ENOENT although the folder above
 * is there (/proc, a share that is not connected).
 */
async function makeFolders(path: string): Promise<void> {
  const first = await madeOrThere(path)
  if (first === null) return
  const above = dirname(path)
  if (errnoOf(first) !== 'ENOENT' || above === path) throw first
  await makeFolders(above)
  const second = await madeOrThere(path)
  if (second !== null) throw second
}

/** Null where the folder is there now, else why not. @throws where a link leads nowhere: it is there, and its disk is not */
async function madeOrThere(path: string): Promise<unknown> {
  try {
    await fs.mkdir(path)
    return null
  } catch (error) {
    const found = await (errnoOf(error) === 'EEXIST' ? fs.stat(path) : fs.stat(path).catch(nullWhenAbsent))
    return found?.isDirectory() ? null : error
  }
}

export const realDisk: Disk = {
  open: (path, mode) =>
    translated(path, async () => {
      const handle = await fs.open(path, openFlags[mode], 0o644)
      if (mode !== 'read' || (await handle.stat()).isFile()) return new RealFile(path, handle)
      await handle.close()
      throw Object.assign(new Error(`${path} is no file`), { code: 'EISDIR' })
    }),
  makeDirectory: (path) => translated(path, () => makeFolders(path)),
  rename: (from, to) => translated(to, () => withPatience(() => fs.rename(from, to))),
  remove: (path) => translated(path, () => withPatience(() => fs.unlink(path))),
  async syncDirectory(path) {
    try {
      const handle = await fs.open(path, constants.O_RDONLY)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (!noDirectorySync.has(errnoOf(error) ?? '')) throw diskError(error, path)
    }
  },
  stat: (path) =>
    translated(path, async () => {
      const stat = await fs.lstat(path).catch(nullWhenAbsent)
      return stat === null ? null : { kind: kindOf(stat), size: stat.size }
    }),
  list: (path) =>
    translated(path, async () => {
      const entries = await fs.readdir(path, { withFileTypes: true }).catch(nullWhenAbsent)
      if (entries === null) return null
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort((a, b) => (a.name < b.name ? -1 : 1))
    }),
  removeDirectory: (path) =>
    translated(path, async () => {
      try {
        await fs.rmdir(path)
        return true
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM', 'EBUSY'].includes(errnoOf(error) ?? '')) return false
        throw error
      }
    }),
  capacity: (path) =>
    translated(path, async () => {
      const { type, blocks, bavail, bsize } = await fs.statfs(path)
      const isFat = type === fatType || (type === fuseType && /^fuse\.\w*fat$/.test((await fileSystemOf(path)) ?? ''))
      return { free: blocks === 0 ? null : bavail * bsize, largestFile: isFat ? 2 ** 32 - 1 : null }
    }),
}

/** `statfs(2)`: MSDOS_SUPER_MAGIC and FUSE_SUPER_MAGIC. */
const fatType = 0x4d44
const fuseType = 0x65735546

/** The type of the file system that holds the path, as Linux names it (proc(5), `mountinfo`). Null where that is not known. */
async function fileSystemOf(path: string): Promise<string | null> {
  const real = await fs.realpath(path)
  const mounts = await fs.readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  let found: { readonly point: string; readonly type: string } | null = null
  for (const line of mounts.split('\n')) {
    const [place = '', source = ''] = line.split(' - ')
    const point = (place.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    )
    const holds = point === '/' || real === point || real.startsWith(`${point}/`)
    if (point !== '' && holds && point.length >= (found?.point.length ?? 0)) found = { point, type: source.split(' ')[0] ?? '' }
  }
  return found?.type ?? null
}

function nullWhenAbsent(error: unknown): null {
  const code = errnoOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw error
}

/** Names that end so are scratch: left over from a crash, they may be removed. */
export const temporarySuffix = '.lifeboat-tmp'

/** Replaces `path` so that a crash leaves either the old or the new content. */
export async function replaceFile(disk: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = join(dirname(path), `${basename(path)}${temporarySuffix}`)
  await writeFile(disk, temporary, parts)
  await disk.rename(temporary, path)
  await disk.syncDirectory(dirname(path))
}

/** In place: for a name that nobody else looks at yet. */
export async function writeFile(disk: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await disk.open(path, 'write')
  try {
    await file.truncate(0)
    await file.write(parts, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the names of the directories from `top` down to `bottom`, and those in `bottom`, durable. */
export async function syncPath(disk: Disk, top: string, bottom: string): Promise<void> {
  for (let directory = bottom; ; directory = dirname(directory)) {
    await disk.syncDirectory(directory)
    if (directory === top || directory === dirname(directory)) return
  }
}

/**
 * Renames to a place below `top`, making the directories that are missing there, and returns once that is durable. They are
 * made durable first: what was renamed into one that a loss of power takes would be lost with it.
 */
export async function renameDurably(disk: Disk, top: string, from: string, to: string): Promise<void> {
  await disk.makeDirectory(dirname(to))
  await syncPath(disk, top, dirname(to))
  await disk.rename(from, to)
  await disk.syncDirectory(dirname(to))
  await disk.syncDirectory(dirname(from))
}

/**
 * The same for a folder, which may go into one that takes its own former name. Told again after it was broken off, it does what is
 * left to do.
 */
export async function moveFolder(disk: Disk, top: string, from: string, to: string): Promise<void> {
  const isInside = to.startsWith(`${from}${sep}`)
  const aside = isInside ? asideOf(from) : from
  if (isInside && (await disk.stat(aside)) === null) await renameDurably(disk, top, from, aside)
  await renameDurably(disk, top, aside, to)
}

/** Where a folder waits that is on its way into its own former name: with a %, which no name of ours has (`encodeName`). */
export function asideOf(folder: string): string {
  return `${folder}%${temporarySuffix}`
}

/** Of a file to write to; it is made where there is none. */
export async function withFile(disk: Disk, path: string, work: (file: DiskFile) => Promise<void>): Promise<void> {
  const file = await disk.open(path, 'write')
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

/** Null when the file is not there. For small files only. */
export async function readFile(disk: Disk, path: string): Promise<Buffer | null> {
  if ((await disk.stat(path)) === null) return null
  const file = await disk.open(path, 'read')
  try {
    const bytes = Buffer.alloc(await file.size())
    let length = 0
    while (length < bytes.length) {
      const n = await file.read(bytes.subarray(length), length)
      if (n === 0) break
      length += n
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}

/** The octets from `start` up to `end` (the file's end when absent), in chunks that may be kept. */
export async function* readStream(disk: Disk, path: string, start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  const file = await disk.open(path, 'read')
  try {
    let position = start
    while (position < end) {
      const chunk = Buffer.allocUnsafe(Math.min(1 << 20, end - position))
      const n = await file.read(chunk, position)
      if (n === 0) return
      position += n
      yield chunk.subarray(0, n)
    }
  } finally {
    await file.close()
  }
}
