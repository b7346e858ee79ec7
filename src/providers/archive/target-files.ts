/** Puts single files into a folder so that nothing there is ever overwritten, and a broken-off one is never seen. */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, createReadStream, futimesSync, openSync, writeSync } from 'node:fs'
import { link, mkdir, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { ConflictRule, TargetOptions } from '../../core/target.ts'
import { collisionKey, uniqueName } from '../../formats/names.ts'
import { systemCode } from './tree.ts'

/** Begins the names of files that are being written; left over after a crash, they may be removed. */
const temporaryPrefix = '.lifeboat-tmp-'

export interface NewFile {
  readonly size: number
  readonly sha256: string
  /** Modification time; null: now. */
  readonly modified: Date | null
  content(): AsyncIterable<Uint8Array>
}

export type Placed =
  | { readonly kind: 'created' | 'already-there'; readonly path: string; readonly note?: string }
  | { readonly kind: 'conflict'; readonly path: string }

/** What the system says when it does not take a file, as a sentence for a person. */
export function writeError(error: unknown, path: string): unknown {
  const code = systemCode(error)
  if (code === '' || error instanceof AppError) return error
  const options = { cause: error }
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('disk-full', `There is no room left for ${path}.`, options)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new AppError('permission', `${path} may not be written by this user.`, {
      ...options,
      advice: 'Choose another folder.',
    })
  if (code === 'ENAMETOOLONG')
    return new AppError('unsupported', `The name ${path} is too long for this system.`, {
      ...options,
      advice: 'Choose a folder nearer to the root of its disk.',
    })
  return new AppError('disk-failed', `${path} cannot be written (${code}).`, options)
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw writeError(error, path)
  }
}

/** Writes to a temporary name in `folder`; answers its path. `durable`: returns once it is on the medium. */
export async function writeTemporary(folder: string, file: NewFile, durable: boolean): Promise<string> {
  const path = join(folder, `${temporaryPrefix}${randomUUID()}`)
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      for await (const chunk of file.content()) await handle.writeFile(chunk)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    if (file.modified !== null) await utimes(path, file.modified, file.modified)
    return path
  } catch (error) {
    await unlink(path).catch(() => {})
    throw writeError(error, path)
  }
}

/** Writes a file under its own name at once, for a folder that is thrown away; false where something is there, which stays. */
export async function writeNew(path: string, file: NewFile): Promise<boolean> {
  let descriptor: number | null = null
  try {
    for await (const chunk of file.content()) {
      // Of many small files each wait costs more than the work.
      descriptor ??= openSync(path, 'wx', 0o600)
      for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done)
    }
    descriptor ??= openSync(path, 'wx', 0o600)
    if (file.modified !== null) futimesSync(descriptor, file.modified, file.modified)
    return true
  } catch (error) {
    if (descriptor === null && systemCode(error) === 'EEXIST') return false
    if (descriptor !== null) await unlink(path).catch(() => {})
    throw writeError(error, path)
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

/** Gives a file that was written its name, unless something is there; then it stays as it is, and the answer is false. */
export async function giveName(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    await unlink(temporary)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return false
    // exFAT and FAT32 know no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS' && code !== 'EMLINK')
      throw writeError(error, path)
  }
  if (await exists(path)) return false
  await rename(temporary, path)
  return true
}

export async function exists(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== null
}

/** Octets; -1 for what is no file; null where nothing is. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    const facts = await stat(path)
    return facts.isFile() ? facts.size : -1
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw writeError(error, path)
  }
}

export async function hashOf(path: string): Promise<string> {
  const sum = createHash('sha256')
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) sum.update(chunk)
  return sum.digest('hex')
}

async function isSame(path: string, file: NewFile): Promise<boolean> {
  return (await sizeOf(path)) === file.size && (await hashOf(path)) === file.sha256
}

/** Names of one folder at the target: which are given to items of this restore, whatever was there before. */
export class FolderNamesTaken {
  readonly #taken = new Set<string>()

  /** A portable spelling that no other item of this restore has in the folder. The same order gives the same names. */
  take(name: string): string {
    const spelling = uniqueName(name, (key) => this.#taken.has(key))
    this.#taken.add(collisionKey(spelling))
    return spelling
  }
}

export interface Placing {
  readonly conflict: ConflictRule
  readonly dryRun: boolean
  readonly durable: boolean
  /** What stands behind the name of one that is kept beside another. */
  readonly suffix: string
  readonly keep: TargetOptions['keep']
}

/** Puts a file at `folder`/`name`, by the rule where another one is there. */
export async function placeFile(folder: string, name: string, file: NewFile, placing: Placing): Promise<Placed> {
  const path = join(folder, name)
  const there = await sizeOf(path)
  if (there === null) return await put(folder, name, file, placing)
  if (await isSame(path, file)) return { kind: 'already-there', path }
  if (placing.conflict === 'skip' || there === -1) return { kind: 'conflict', path }
  if (placing.conflict === 'keep-both') {
    const beside = besideName(name, placing.suffix)
    const other = await sizeOf(join(folder, beside))
    if (other !== null && (await isSame(join(folder, beside), file))) return { kind: 'already-there', path: join(folder, beside) }
    if (other !== null) return { kind: 'conflict', path: join(folder, beside) }
    const placed = await put(folder, beside, file, placing)
    return placed.kind === 'created'
      ? { ...placed, note: `Another file is called “${name}”: kept beside it as “${beside}”.` }
      : placed
  }
  return await replace(folder, name, file, placing)
}

async function put(folder: string, name: string, file: NewFile, { dryRun, durable }: Placing): Promise<Placed> {
  const path = join(folder, name)
  if (dryRun) return { kind: 'created', path }
  const temporary = await writeTemporary(folder, file, durable)
  if (await giveName(temporary, path)) return { kind: 'created', path }
  await unlink(temporary)
  return (await isSame(path, file)) ? { kind: 'already-there', path } : { kind: 'conflict', path }
}

/** The file that was there is kept elsewhere first. */
async function replace(folder: string, name: string, file: NewFile, { dryRun, durable, keep }: Placing): Promise<Placed> {
  const path = join(folder, name)
  if (dryRun) return { kind: 'created', path, note: `What is at “${name}” now would be kept elsewhere.` }
  const kept = await keep(name, createReadStream(path) as AsyncIterable<Uint8Array>)
  const temporary = await writeTemporary(folder, file, durable)
  await rename(temporary, path)
  return { kind: 'created', path, note: `What was at “${name}” lies in ${kept} now.` }
}

/** `report.pdf` → `report (suffix).pdf`. */
function besideName(name: string, suffix: string): string {
  const extension = extname(name)
  return `${name.slice(0, name.length - extension.length)} (${suffix})${extension}`
}

/** Removes what an attempt that was broken off left in a folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(temporaryPrefix)) await unlink(join(folder, name)).catch(() => {})
}
