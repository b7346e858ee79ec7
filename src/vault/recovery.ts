/** Brings an account back to its last commit after a crash, a pulled cable or a full disk. Repeating it changes nothing. */
import { dirname, join } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Clock } from '../core/types.ts'
import { type Disk, type DiskFile, temporarySuffix } from './disk.ts'
import { committedBatches, type EndEntry, type JournalEntry } from './journal.ts'
import { journalFolder, journalPath, mailFolder, mailIndex, scratchFolder, systemPath, tagFiles } from './layout.ts'
import { type AccountState, journalRuns } from './state.ts'

/** What the manifest has to take over, in order; paths are relative to the account's folder. */
export type RecoveredChange =
  | { readonly kind: 'touched'; readonly path: string }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }

export interface Recovered {
  readonly changes: readonly RecoveredChange[]
  /** A sentence for a person, or null when nothing had to be repaired. */
  readonly notice: string | null
}

export interface ManifestView {
  /** Paths of the account in the manifest, relative to its folder. */
  readonly listed: readonly string[]
  knows(path: string): boolean
}

export async function removeScratch(disk: Disk, vault: string): Promise<void> {
  const scratch = join(vault, scratchFolder)
  for (const entry of (await disk.list(scratch)) ?? []) await disk.remove(join(scratch, entry.name))
  for (const name of Object.values(tagFiles)) await removeIfThere(disk, join(vault, name + temporarySuffix))
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== null) await disk.remove(path)
}

/**
 * Cuts what no commit covers, ends the journal, finishes a rename that was under way, and brings the state up to date.
 * @throws AppError `corrupt` when a journal that the manifest lists is missing: then nothing is cut
 */
export async function recoverAccount(
  disk: Disk,
  root: string,
  state: AccountState,
  clock: Clock,
  manifest: ManifestView,
): Promise<Recovered> {
  const runs = await journalRuns(disk, root)
  for (const path of manifest.listed) {
    if (path.startsWith(`${journalFolder}/`) && !runs.some((run) => journalPath(run) === path))
      throw new AppError('corrupt', `The journal ${path} is missing, so it is not certain what belongs to the vault.`)
  }
  const changes: RecoveredChange[] = []
  let last: JournalEntry | null = null
  for (const run of runs.filter((run) => !manifest.knows(journalPath(run))))
    last = (await recoverJournal(disk, root, run, clock, changes)) ?? last
  if (last?.op === 'rename') await finishRename(disk, root, last.from, last.to)
  await state.catchUp(disk, root)
  const cut = await cutFiles(disk, root, state, manifest)
  await removeIfThere(disk, systemPath(root, mailIndex + temporarySuffix))
  changes.push({ kind: 'touched', path: mailIndex })
  const there = await onlyThere(disk, root, changes)
  const notice =
    runs.some((run) => !manifest.knows(journalPath(run))) || cut > 0
      ? 'the last run was interrupted; its saved part was kept and put in order.'
      : null
  return { changes: there, notice }
}

/** Answers the last thing that the run had committed. */
async function recoverJournal(
  disk: Disk,
  root: string,
  run: string,
  clock: Clock,
  changes: RecoveredChange[],
): Promise<JournalEntry | null> {
  const path = systemPath(root, journalPath(run))
  let length = 0
  let last: JournalEntry | null = null
  let ended = false
  for await (const batch of committedBatches(disk, path)) {
    length = batch.length
    for (const entry of batch.entries) {
      if (entry.op === 'rename') changes.push({ kind: 'renamed', from: entry.from, to: entry.to })
      if (entry.op === 'commit') for (const file of Object.keys(entry.files ?? {})) changes.push({ kind: 'touched', path: file })
      else last = entry
      ended = entry.op === 'end'
    }
  }
  if (length === 0) {
    await disk.remove(path)
    return null
  }
  await withFile(disk, path, async (file) => {
    if ((await file.size()) > length) await file.truncate(length)
    if (!ended) {
      const end: EndEntry = { op: 'end', status: 'interrupted', ended: clock.now().toISOString(), collections: [] }
      await file.write([Buffer.from(`${JSON.stringify(end)}\n`)], length)
    }
    await file.sync()
  })
  changes.push({ kind: 'touched', path: journalPath(run) })
  return last
}

async function withFile(disk: Disk, path: string, work: (file: DiskFile) => Promise<void>): Promise<void> {
  const file = await disk.open(path, 'write')
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

async function finishRename(disk: Disk, root: string, from: string, to: string): Promise<void> {
  const source = systemPath(root, from)
  const target = systemPath(root, to)
  if ((await disk.stat(source)) === null || (await disk.stat(target)) !== null) return
  await disk.makeDirectory(dirname(target))
  await disk.rename(source, target)
  await disk.syncDirectory(dirname(source))
  await disk.syncDirectory(dirname(target))
}

/** Answers how many files held octets of no commit. */
async function cutFiles(disk: Disk, root: string, state: AccountState, manifest: ManifestView): Promise<number> {
  const lengths = state.fileLengths()
  let cut = 0
  for await (const { path, size } of mboxFiles(disk, root, mailFolder)) {
    const committed = lengths.get(path)
    if (committed !== undefined && size > committed) {
      await withFile(disk, systemPath(root, path), async (file) => {
        await file.truncate(committed)
        await file.sync()
      })
      cut++
    } else if (committed === undefined && !manifest.knows(path) && (await isUncommitted(disk, systemPath(root, path)))) {
      await disk.remove(systemPath(root, path))
      cut++
    }
  }
  return cut
}

async function* mboxFiles(
  disk: Disk,
  root: string,
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly size: number }> {
  for (const entry of (await disk.list(systemPath(root, folder))) ?? []) {
    const path = `${folder}/${entry.name}`
    if (entry.kind === 'directory') yield* mboxFiles(disk, root, path)
    else if (entry.kind === 'file' && entry.name.endsWith('.mbox'))
      yield { path, size: (await disk.stat(systemPath(root, path)))?.size ?? 0 }
  }
}

/** Begins as ours do, or was never filled: a file that a person put there is left alone. */
async function isUncommitted(disk: Disk, path: string): Promise<boolean> {
  const file = await disk.open(path, 'read')
  try {
    const beginning = Buffer.alloc(128)
    const octets = beginning.subarray(0, await file.read(beginning, 0))
    return (
      octets.every((octet) => octet === 0) || /^From MAILER-DAEMON [^\n]{24}\nX-Lifeboat: v=1; /.test(octets.toString('latin1'))
    )
  } finally {
    await file.close()
  }
}

/** A touched file may since have been renamed, or never have come to be. */
async function onlyThere(disk: Disk, root: string, changes: readonly RecoveredChange[]): Promise<RecoveredChange[]> {
  const result: RecoveredChange[] = []
  for (const [index, change] of changes.entries()) {
    if (change.kind === 'renamed') {
      result.push(change)
      continue
    }
    let path = change.path
    for (const later of changes.slice(index + 1)) {
      if (later.kind === 'renamed' && path.startsWith(`${later.from}/`)) path = later.to + path.slice(later.from.length)
    }
    if ((await disk.stat(systemPath(root, path))) !== null) result.push(change)
  }
  return result
}
