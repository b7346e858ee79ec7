/**
 * Messages whose record on the disk is not what was saved, so that the next backup fetches them anew. `verify` reads everything
 * and leaves a note of what it found in the user's cache directory; a backup itself sees only what is missing or cut off.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { hasCode } from '../core/errors.ts'
import type { Disk } from './disk.ts'
import { isMboxName, systemPath } from './layout.ts'
import { hashFile } from './manifest.ts'
import type { AccountState } from './state.ts'

/** The note's name in the vault's cache. */
export const damageNote = 'damaged.json'

/** A record: its file's path in the vault and where it begins. */
export type DamagedPlace = readonly [path: string, offset: number]

/** Replaces the note. Without a cache, or where it cannot be written, there is none. */
export function writeDamageNote(file: string | null, places: readonly DamagedPlace[]): void {
  if (file === null) return
  try {
    if (places.length === 0) rmSync(file, { force: true })
    else {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(file, JSON.stringify(places), { mode: 0o600 })
    }
  } catch {
    // The next verify finds it again.
  }
}

/** Empty where there is no note that can be read. */
export function readDamageNote(file: string | null): DamagedPlace[] {
  try {
    const places: unknown = file === null ? [] : JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(places) ? places.filter(isPlace) : []
  } catch {
    return []
  }
}

function isPlace(value: unknown): value is DamagedPlace {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}

export interface SuspectFile {
  /** Relative to the account's folder. */
  readonly path: string
  /** Whether the record there is damaged. */
  isDamaged(offset: number, length: number): boolean
}

/**
 * Mail files of an account in which records are damaged.
 * @param noted what the note says of this account; paths relative to its folder
 * @param knownSum what the manifest says of a file
 */
export async function suspectFiles(
  disk: Disk,
  root: string,
  state: AccountState,
  noted: readonly DamagedPlace[],
  knownSum: (path: string) => string | undefined,
): Promise<SuspectFile[]> {
  const suspects: SuspectFile[] = []
  const places = Map.groupBy(noted, ([path]) => path)
  for (const [path, length] of state.fileLengths()) {
    if (!isMboxName(basename(path))) continue
    const size = (await disk.stat(systemPath(root, path)))?.size ?? 0
    const offsets = new Set(places.get(path)?.map(([, offset]) => offset))
    // Somebody may have put a sound copy of the file in its place since.
    const isNoted = size > 0 && offsets.size > 0 && (await sumOf(disk, systemPath(root, path))) !== knownSum(path)
    if (size < length || isNoted)
      suspects.push({ path, isDamaged: (offset, octets) => offset + octets > size || (isNoted && offsets.has(offset)) })
  }
  return suspects
}

/** Null when a part of the file cannot be read. */
async function sumOf(disk: Disk, path: string): Promise<string | null> {
  try {
    return await hashFile(disk, path)
  } catch (error) {
    if (hasCode(error, 'disk-failed')) return null
    throw error
  }
}
