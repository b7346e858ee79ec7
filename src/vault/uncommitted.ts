/**
 * Octets in the mbox files that no commit covers: what a crash left is cut, what somebody else put there stays, and so does what
 * somebody moved there.
 */
import { dirname } from 'node:path'
import { hasCode } from '../core/errors.ts'
import { type Disk, withFile } from './disk.ts'
import { isMboxName, mailFolder, systemPath } from './layout.ts'
import { claimedSums } from './lost-records.ts'
import { readMessage } from './mail-store.ts'
import { hashFile } from './manifest.ts'
import type { AccountState } from './state.ts'
import type { ItemRecord } from './state-rows.ts'

export interface ManifestView {
  /** Paths of the account in the manifest, relative to its folder. */
  readonly listed: readonly string[]
  knows(path: string): boolean
  /** Whether it lists a file of this checksum, in whatever account. */
  hasSum(sha256: string): boolean
}

/** Answers how many files held octets of no commit. */
export async function cutFiles(
  disk: Disk,
  root: string,
  state: AccountState,
  listed: ReadonlySet<string>,
  manifest: ManifestView,
): Promise<number> {
  const lengths = state.fileLengths()
  let cut = 0
  for await (const { path, size } of mboxFiles(disk, root, mailFolder)) {
    const file = systemPath(root, path)
    const committed = lengths.get(path)
    if (committed !== undefined && size > committed && (await isCrashTail(disk, root, path, committed, state))) {
      await withFile(disk, file, async (handle) => {
        await handle.truncate(committed)
        await handle.sync()
      })
      cut++
    } else if (committed === undefined && !listed.has(path) && (await startsLikeOurs(disk, file, 0))) {
      if (await isCopy(disk, root, path, lengths)) continue
      if (await isMoved(disk, root, path, state, manifest)) continue
      await disk.remove(file)
      await disk.syncDirectory(dirname(file))
      cut++
    }
  }
  return cut
}

/**
 * True for another name of a saved file, whatever follows its end: a copy that somebody made or, where a loss of power broke off
 * a rename on a file system without a journal, the very same octets, which must not be given free.
 */
async function isCopy(disk: Disk, root: string, path: string, lengths: ReadonlyMap<string, number>): Promise<boolean> {
  const file = systemPath(root, path)
  const beginning = await beginningAt(disk, file, 0)
  for (const [known, length] of lengths) {
    const saved = systemPath(root, known)
    if (length === 0 || (await disk.stat(saved)) === null || (await beginningAt(disk, saved, 0)) !== beginning) continue
    if ((await hashFile(disk, file, length)) === (await hashFile(disk, saved, length))) return true
  }
  return false
}

/** True for a saved file that somebody has moved: nothing else holds what is in it. */
async function isMoved(disk: Disk, root: string, path: string, state: AccountState, manifest: ManifestView): Promise<boolean> {
  for await (const claimed of claimedSums(disk, systemPath(root, path), 0))
    if (await isOnlyThere(disk, root, claimed, state)) return true
  return manifest.hasSum(await hashFile(disk, systemPath(root, path)))
}

/** Whether such a message was saved, and is at none of its places any more. */
async function isOnlyThere(disk: Disk, root: string, sha256: string, state: AccountState): Promise<boolean> {
  const places = state.places('mail', sha256)
  for (const place of places) if (await isWhole(disk, root, place)) return false
  return places.length > 0
}

async function isWhole(disk: Disk, root: string, place: ItemRecord): Promise<boolean> {
  try {
    for await (const _ of readMessage(disk, root, place, place.sha256));
    return true
  } catch (error) {
    if (hasCode(error, 'corrupt', 'disk-absent', 'disk-failed')) return false
    throw error
  }
}

async function* mboxFiles(
  disk: Disk,
  root: string,
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly size: number }> {
  for (const entry of (await disk.list(systemPath(root, folder))) ?? []) {
    const path = `${folder}/${entry.name}`
    if (entry.kind === 'directory') yield* mboxFiles(disk, root, path)
    else if (entry.kind === 'file' && isMboxName(entry.name))
      yield { path, size: (await disk.stat(systemPath(root, path)))?.size ?? 0 }
  }
}

/**
 * False for a message that somebody else added, or moved there from another file of ours, and for a file that is not what it was
 * up to there: a mail program that opened it may have written it anew, and its end would be messages.
 */
async function isCrashTail(disk: Disk, root: string, path: string, committed: number, state: AccountState): Promise<boolean> {
  if (await isOthersMessage(disk, systemPath(root, path), committed)) return false
  if (await holdsMovedMessage(disk, root, path, committed, state)) return false
  const last = state.lastInFile(path)
  if (last === null) return true
  return last.offset + last.length === committed && (await isWhole(disk, root, last))
}

/** What is damaged elsewhere and waits to be fetched anew may have come there by the run that was broken off. */
async function holdsMovedMessage(disk: Disk, root: string, path: string, from: number, state: AccountState): Promise<boolean> {
  const isWaitedFor = (sha256: string) => state.places('mail', sha256).some(({ c, key }) => state.isPending(c, key))
  for await (const claimed of claimedSums(disk, systemPath(root, path), from))
    if ((await isOnlyThere(disk, root, claimed, state)) && !isWaitedFor(claimed)) return true
  return false
}

const ourBeginning = 'From MAILER-DAEMON Www Mmm dd hh:mm:ss yyyy\nX-Lifeboat: v=1; '
/** Room for empty lines before a message, and for the beginning of its header after its `From ` line. */
const beginningLength = 160

/** True for the beginning of a record of ours, however little of it was written, and for what was not filled from the start. */
export async function startsLikeOurs(disk: Disk, path: string, position: number): Promise<boolean> {
  return isOurBeginning(await beginningAt(disk, path, position))
}

/**
 * True for a message that a mail program added. Anything else after the last commit was left by a crash: of data that was not
 * synced, a loss of power keeps some sectors and leaves others empty, or with what was there before (FAT, exFAT).
 */
async function isOthersMessage(disk: Disk, path: string, position: number): Promise<boolean> {
  const text = await beginningAt(disk, path, position)
  return /^[\r\n]*From [\t\r\n -\xff]*$/.test(text) && !isOurBeginning(text)
}

async function beginningAt(disk: Disk, path: string, position: number): Promise<string> {
  const file = await disk.open(path, 'read')
  try {
    const beginning = Buffer.alloc(beginningLength)
    return beginning.toString('latin1', 0, await file.read(beginning, position))
  } finally {
    await file.close()
  }
}

function isOurBeginning(beginning: string): boolean {
  const text = beginning.slice(0, ourBeginning.length)
  if (text === '' || text.startsWith('\0')) return true
  // The date may be any.
  const masked = text.slice(0, 19) + ourBeginning.slice(19, Math.min(43, text.length)) + text.slice(43)
  return ourBeginning.startsWith(masked.replace(/\0+$/, ''))
}
