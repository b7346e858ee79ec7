/** Whether a folder holds a vault, and which one. */
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Disk } from './disk.ts'
import { firstEntry, journalRuns } from './journal.ts'
import type { BeginEntry } from './journal-entries.ts'
import { journalPath, lockFile, payloadFolder, systemPath, tagFiles } from './layout.ts'
import { type BagInfo, knownFormat, readBagInfo } from './manifest.ts'

export interface VaultPlace {
  /** Absolute path. */
  readonly directory: string
  readonly disk: Disk
  /** The id of the vault that was seen at this path before, if one was. */
  readonly expectedId?: string | null
}

/** Files of ours that a vault may hold before it is one: making it was interrupted. */
const beginnings: ReadonlySet<string> = new Set([...Object.values(tagFiles), lockFile, payloadFolder])

/** Never writes where a known disk should be mounted and is not, nor among somebody's other files. */
export async function checkPlace({ disk, directory, expectedId }: VaultPlace): Promise<void> {
  const entries = await disk.list(directory)
  if (entries === null || entries.length === 0) {
    if (expectedId) throw absent(directory)
    if (entries === null && (await disk.stat(directory)) !== null)
      throw new AppError('unsupported', `${directory} is a file.`, { advice: 'Choose a folder for the vault.' })
    if (entries === null && (await disk.stat(join(directory, '..')))?.kind !== 'directory')
      throw new AppError('disk-absent', `${join(directory, '..')} is not there.`, {
        advice: 'Plug in the disk, or make the folder that is to hold the vault.',
      })
    return
  }
  if ((await knownId(disk, directory, await readBagInfo(disk, directory))) !== null) return
  const isBeginning = entries.every(
    (entry) => beginnings.has(entry.name) || [...beginnings].some((name) => entry.name.startsWith(`${name}.lifeboat-`)),
  )
  const payload = (await disk.list(join(directory, payloadFolder))) ?? []
  if (isBeginning && payload.length === 0) return
  throw new AppError('unsupported', `${directory} holds other files and is not a vault.`, {
    advice: 'Choose an empty folder, or one that does not exist yet.',
  })
}

export function absent(directory: string): AppError {
  return new AppError('vault-absent', `The vault that was in ${directory} is not there; its disk seems not to be plugged in.`)
}

export function checkId({ expectedId, directory }: VaultPlace, id: string | null): void {
  if (!expectedId || expectedId === id) return
  throw new AppError('vault-absent', `${directory} holds another vault than the one that was there before.`, {
    advice: 'Plug in the right disk and run the command again.',
  })
}

/** @throws AppError `unsupported` for what only a later version of the program knows how to read and repair */
export function checkFormat(directory: string, { format }: BagInfo): void {
  if (format <= knownFormat) return
  throw new AppError('unsupported', `The vault in ${directory} was written by a newer version of Lifeboat.`, {
    advice: 'Install the newest version of Lifeboat and run the command again.',
  })
}

/** The journals have it with a checksum; the tag file alone is believed before the first commit. Null where there is no vault. */
export async function knownId(disk: Disk, directory: string, info: BagInfo): Promise<string | null> {
  return (await idFromJournals(disk, directory)) ?? info.id
}

/** Every run says which vault it wrote. */
async function idFromJournals(disk: Disk, directory: string): Promise<string | null> {
  for (const entry of (await disk.list(join(directory, payloadFolder))) ?? []) {
    const first = await firstRun(disk, join(directory, payloadFolder, entry.name))
    if (first !== null) return first.vault
  }
  return null
}

/** The first run of an account whose journal can be read. */
export async function firstRun(disk: Disk, accountRoot: string): Promise<BeginEntry | null> {
  for (const run of await journalRuns(disk, accountRoot)) {
    const first = await firstEntry(disk, systemPath(accountRoot, journalPath(run)))
    if (first !== null) return first
  }
  return null
}
