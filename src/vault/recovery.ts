/** Brings an account back to its last commit after a crash, a pulled cable or a full disk. Repeating it changes nothing. */
import { dirname, join } from 'node:path'
import type { Clock } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { asideOf, type Disk, moveFolder, readStream, syncPath, temporarySuffix, withFile } from './disk.ts'
import { committedBatches, journalRuns } from './journal.ts'
import { type EndEntry, type JournalEntry, lastRename, type RenameEntry } from './journal-entries.ts'
import { indexes, journalFolder, journalPath, scratchFolder, stagedPath, systemPath, tagFiles } from './layout.ts'
import { collect } from './mail-store.ts'
import { carryOut } from './operations.ts'
import type { AccountState } from './state.ts'
import { cutFiles, type ManifestView } from './uncommitted.ts'

/** What the manifest has to take over, in order; paths are relative to the account's folder. */
export type RecoveredChange =
  | { readonly kind: 'touched'; readonly path: string }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  /** A single file. */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string }

export interface Recovered {
  readonly changes: readonly RecoveredChange[]
  /** A sentence for a person, or null when nothing had to be repaired. */
  readonly notice: string | null
}

/** After repairs: what lies there is in its place by then, or belongs to nothing that was committed. */
export async function removeScratch(disk: Disk, vault: string): Promise<void> {
  const scratch = join(vault, scratchFolder)
  for (const entry of (await disk.list(scratch)) ?? []) {
    const path = join(scratch, entry.name)
    if (entry.kind === 'file') await disk.remove(path)
    else if (entry.kind === 'directory') await emptyFolder(disk, path)
  }
  await disk.removeDirectory(scratch)
  for (const name of Object.values(tagFiles)) await removeIfThere(disk, join(vault, name + temporarySuffix))
}

async function emptyFolder(disk: Disk, folder: string): Promise<void> {
  for (const entry of (await disk.list(folder)) ?? []) if (entry.kind === 'file') await disk.remove(join(folder, entry.name))
  await disk.removeDirectory(folder)
}

/**
 * What the last commit moved, placed and renamed, for an account of which nothing says that its run was interrupted.
 * @param isListed whether there is a list of checksums: then something is left to do only where something is staged
 */
export async function finishOperations(disk: Disk, vault: string, root: string, isListed: boolean, clock: Clock): Promise<void> {
  if (isListed && (await disk.list(dirname(stagedPath(vault, root, '-')))) === null) return
  const run = (await journalRuns(disk, root)).at(-1)
  if (run === undefined) return
  const path = systemPath(root, journalPath(run))
  let last: readonly JournalEntry[] = []
  let committed = 0
  for await (const { entries, length } of committedBatches(disk, path)) [last, committed] = [entries, length]
  await carryOut(disk, vault, root, last, true)
  const rename = lastRename(last)
  if (rename !== null) await finishRename(disk, root, rename.from, rename.to)
  const isWhole = committed > 0 && committed === (await disk.stat(path))?.size
  if (!isListed && isWhole && last.at(-1)?.op !== 'end') await endJournal(disk, path, committed, clock)
}

/** A folder that the last commit renamed and that has not got its name `to` yet lies at `at` meanwhile. */
export interface UndoneRename {
  readonly to: string
  readonly at: string
}

/** Null where nothing is left to do. `rename`: of the last commit, if it has one. Paths relative to `root`, the account's folder. */
export async function undoneRename(disk: Disk, root: string, rename: RenameEntry | null): Promise<UndoneRename | null> {
  if (rename === null || (await disk.stat(systemPath(root, rename.to))) !== null) return null
  const { from, to } = rename
  for (const at of [asideOf(from), from]) if ((await disk.stat(systemPath(root, at)))?.kind === 'directory') return { to, at }
  return null
}

/** A run that nobody will go on with. `committed`: octets of its journal, all of which count. */
async function endJournal(disk: Disk, path: string, committed: number, clock: Clock): Promise<void> {
  const end: EndEntry = { op: 'end', status: 'interrupted', ended: clock.now().toISOString(), collections: [] }
  await withFile(disk, path, async (file) => {
    await file.write([Buffer.from(`${JSON.stringify(end)}\n`)], committed)
    await file.sync()
  })
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== null) await disk.remove(path)
}

/**
 * Cuts what no commit covers, ends the journal, finishes a rename that was under way, and brings the state up to date.
 * @throws AppError `corrupt` when a journal that the manifest lists is missing, or one is damaged and not only cut off: then
 *   nothing is changed
 */
export async function recoverAccount(
  disk: Disk,
  vault: string,
  root: string,
  state: AccountState,
  clock: Clock,
  manifest: ManifestView,
): Promise<Recovered> {
  const runs = await journalRuns(disk, root)
  for (const path of manifest.listed) {
    if (path.startsWith(`${journalFolder}/`) && !runs.some((run) => journalPath(run) === path))
      throw uncertain(`The journal ${path} is missing, so it is not certain what belongs to the vault.`)
  }
  const unfinished = runs.filter((run) => !manifest.knows(journalPath(run)))
  const journals = await Promise.all(unfinished.map((run) => readJournal(disk, root, run)))
  const changes: RecoveredChange[] = []
  for (const journal of journals) {
    changes.push(...journal.changes)
    await repairJournal(disk, vault, root, journal, clock)
  }
  await state.runs.catchUp(disk, root)
  const cut = await cutFiles(disk, root, state, nowListed(manifest, changes), manifest)
  for (const index of indexes) {
    await removeIfThere(disk, systemPath(root, index + temporarySuffix))
    changes.push({ kind: 'touched', path: index })
  }
  const there = await onlyThere(disk, root, changes)
  const notice =
    unfinished.length > 0 || cut > 0 ? 'the last run was interrupted; its saved part was kept and put in order.' : null
  return { changes: there, notice }
}

function uncertain(message: string): AppError {
  return new AppError('corrupt', message, {
    advice:
      'Do not delete anything. If you have another copy of this vault, copy that file from there. Else keep the vault as it is, which can be looked into and restored from, and back up into a new folder.',
  })
}

interface FoundJournal {
  readonly run: string
  /** Where the lines of the last commit begin. */
  readonly lastFrom: number
  /** Octets up to the last commit. */
  readonly committed: number
  readonly ended: boolean
  /** Of the last commit: it may not have been carried out. */
  readonly operations: readonly JournalEntry[]
  readonly rename: RenameEntry | null
  readonly changes: readonly RecoveredChange[]
}

/** Changes nothing. @throws AppError `corrupt` */
async function readJournal(disk: Disk, root: string, run: string): Promise<FoundJournal> {
  const path = systemPath(root, journalPath(run))
  const changes: RecoveredChange[] = []
  let lastFrom = 0
  let committed = 0
  let ended = false
  let operations: readonly JournalEntry[] = []
  let rename: RenameEntry | null = null
  for await (const batch of committedBatches(disk, path)) {
    if (batch.entries.at(-1)?.op === 'commit') lastFrom = committed
    committed = batch.length
    changes.push(...batch.entries.flatMap(changesOf))
    ended = batch.entries.at(-1)?.op === 'end'
    operations = batch.entries
    rename = lastRename(batch.entries)
  }
  if (committed > 0) changes.push({ kind: 'touched', path: journalPath(run) })
  if (await hasLaterCommit(disk, path, committed))
    throw uncertain(`The journal ${journalPath(run)} is damaged, so it is not certain what belongs to the vault.`)
  return { run, lastFrom, committed, ended, operations, rename, changes }
}

function changesOf(entry: JournalEntry): RecoveredChange[] {
  if (entry.op === 'rename') return [{ kind: 'renamed', from: entry.from, to: entry.to }]
  if (entry.op === 'move') return [{ kind: 'moved', from: entry.from, to: entry.to }]
  if (entry.op === 'place') return [{ kind: 'touched', path: entry.path }]
  return entry.op === 'commit' ? Object.keys(entry.files ?? {}).map((path) => ({ kind: 'touched', path })) : []
}

/** Nothing is written after a commit before it is on the medium. One with anything after it was whole once: no crash left it so. */
async function hasLaterCommit(disk: Disk, path: string, from: number): Promise<boolean> {
  const size = (await disk.stat(path))?.size ?? 0
  if (size === from) return false
  const tail = (await collect(readStream(disk, path, from))).toString('latin1')
  return /^\{"op":"commit",[^\n]*\}\n[\s\S]/m.test(tail)
}

/**
 * Writes the last commit once more: where its sync had failed, the system may take it for written and not write it when it is
 * asked again.
 */
async function repairJournal(disk: Disk, vault: string, root: string, journal: FoundJournal, clock: Clock): Promise<void> {
  const { run, lastFrom, committed, ended, operations, rename } = journal
  const path = systemPath(root, journalPath(run))
  if (committed === 0) {
    await disk.remove(path)
    await disk.syncDirectory(dirname(path))
    return
  }
  const last = await collect(readStream(disk, path, lastFrom, committed))
  await withFile(disk, path, async (file) => {
    if ((await file.size()) > committed) await file.truncate(committed)
    await file.write([last], lastFrom)
    await file.sync()
  })
  // A new one may not have come so far that its name is durable, and that of the account's folder.
  await syncPath(disk, dirname(dirname(root)), dirname(path))
  // What it asks for: after it is durable, before the end line, which says that nothing is left to do.
  await carryOut(disk, vault, root, operations, true)
  if (rename !== null) await finishRename(disk, root, rename.from, rename.to)
  if (!ended) await endJournal(disk, path, committed, clock)
}

async function finishRename(disk: Disk, root: string, from: string, to: string): Promise<void> {
  const source = systemPath(root, from)
  const target = systemPath(root, to)
  const isThere = (await disk.stat(source)) !== null || (await disk.stat(asideOf(source))) !== null
  if (isThere && (await disk.stat(target)) === null) await moveFolder(disk, root, source, target)
  // It may have been carried out, and not be durable yet.
  else for (const path of [target, source]) if ((await disk.stat(dirname(path))) !== null) await disk.syncDirectory(dirname(path))
}

/** What the manifest lists, by its present names: what has come to a former name since is not what it speaks of. */
function nowListed({ listed }: ManifestView, changes: readonly RecoveredChange[]): ReadonlySet<string> {
  const now = new Set(listed)
  for (const change of changes) {
    if (change.kind === 'moved' && now.delete(change.from)) now.add(change.to)
    if (change.kind !== 'renamed') continue
    const { from, to } = change
    for (const path of [...now])
      if (path.startsWith(`${from}/`)) {
        now.delete(path)
        now.add(to + path.slice(from.length))
      }
  }
  return now
}

/** A touched file may since have been renamed, or never have come to be. */
async function onlyThere(disk: Disk, root: string, changes: readonly RecoveredChange[]): Promise<RecoveredChange[]> {
  const result: RecoveredChange[] = []
  const later = new LaterNames()
  for (const change of changes.toReversed()) {
    if (change.kind !== 'touched') later.note(change)
    else if ((await disk.stat(systemPath(root, later.of(change.path)))) === null) continue
    result.push(change)
  }
  return result.reverse()
}

/** What files are called in the end. Told of changes from the last to the first. */
class LaterNames {
  /** Moves that no rename of a folder parts, the first ones first, and the rename that comes after them. */
  readonly #stretches: { readonly moved: Map<string, string>; readonly rename: { from: string; to: string } | null }[] = [
    { moved: new Map(), rename: null },
  ]

  note({ kind, from, to }: Exclude<RecoveredChange, { kind: 'touched' }>): void {
    if (kind === 'renamed') this.#stretches.unshift({ moved: new Map(), rename: { from, to } })
    else this.#stretches[0]?.moved.set(from, this.#within(0, to))
  }

  #within(stretch: number, path: string): string {
    return this.#stretches[stretch]?.moved.get(path) ?? path
  }

  of(path: string): string {
    let name = path
    for (const [n, { rename }] of this.#stretches.entries()) {
      name = this.#within(n, name)
      if (rename !== null && name.startsWith(`${rename.from}/`)) name = rename.to + name.slice(rename.from.length)
    }
    return name
  }
}
