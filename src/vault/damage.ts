/**
 * What on the disk is not what was saved, so that the next backup fetches it anew. `verify` reads everything and leaves a note
 * of what it found in the user's cache directory; a backup itself sees only what is missing or cut off.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../core/errors.ts'
import type { Disk } from './disk.ts'
import { readItem } from './item-reader.ts'
import type { FileOperation } from './journal-entries.ts'
import { filesFolder, historyFolder, isMboxName, systemPath } from './layout.ts'
import { collect, wholeMessage } from './mail-store.ts'
import { sumOf } from './manifest.ts'
import type { AccountState } from './state.ts'
import type { ItemRecord } from './state-rows.ts'

/** The note's name in the vault's cache. */
export const damageNote = 'damaged.json'

const notedFile = z.object({
  path: z.string(),
  /** SHA-256 of the file as `verify` read it, null where it was missing; empty where it could not be read as a whole. */
  sum: z.string().nullable(),
  /** Where the damaged items begin that were not saved anew since; none where all that is damaged in the file was. */
  offsets: z.array(z.int().min(0)),
})

export type NotedFile = Readonly<z.infer<typeof notedFile>>

/** Replaces the note. Without a cache, or where it cannot be written, there is none. */
export function writeDamageNote(file: string | null, damaged: readonly NotedFile[]): void {
  if (file === null) return
  try {
    if (damaged.length === 0) rmSync(file, { force: true })
    else {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(file, JSON.stringify(damaged), { mode: 0o600 })
    }
  } catch {
    // The next verify finds it again.
  }
}

/** Empty where there is no note that can be read. */
export function readDamageNote(file: string | null): NotedFile[] {
  try {
    return file === null ? [] : z.array(notedFile).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return []
  }
}

/** A file in which items are damaged. Paths are relative to the account's folder. */
export class SuspectFile {
  /** As it is called now. */
  path: string
  /** Its checksum, null where it is missing; undefined where not all is known that is damaged in it. */
  readonly sum: string | null | undefined
  readonly #size: number
  readonly #offsets: Set<number>
  /** Items of the account whose damaged copy lies in it, by where they begin. */
  readonly #awaited = new Map<number, Pick<ItemRecord, 'c' | 'key'>>()

  constructor(path: string, size: number, offsets: Set<number>, sum: string | null | undefined) {
    this.path = path
    this.sum = sum
    this.#size = size
    this.#offsets = offsets
  }

  isDamaged({ offset, length }: ItemRecord): boolean {
    return offset + length > this.#size || this.#offsets.has(offset)
  }

  get hasDamagedItems(): boolean {
    return this.#hasRescued || this.#offsets.size + this.#awaited.size > 0
  }

  await({ c, key, offset }: ItemRecord): void {
    this.#awaited.set(offset, { c, key })
  }

  /** It was saved anew elsewhere, and is not in the account any more. */
  rescued({ offset }: ItemRecord): void {
    this.#offsets.delete(offset)
    this.#hasRescued = true
  }

  #hasRescued = false

  /** Whether everything that is damaged in it was saved anew elsewhere. */
  isReplaced(state: AccountState): boolean {
    if (this.sum === undefined) return false
    for (const offset of this.#offsets) {
      const item = this.#awaited.get(offset)
      if (item === undefined || state.isPending(item.c, item.key) || state.item(item.c, item.key)?.removed !== null) return false
    }
    return true
  }
}

/** Items that are looked at a page at a time, by row. */
export function* paged(page: (after: number) => readonly ItemRecord[]): Generator<readonly ItemRecord[]> {
  for (let items = page(0); items.length > 0; items = page(items.at(-1)?.id ?? 0)) yield items
}

/** Whether a backup can fetch something of it anew, or make the file again. Paths are relative to the account's folder. */
export async function canBeHealed(disk: Disk, root: string, state: AccountState, { path, offsets }: NotedFile): Promise<boolean> {
  // All items in it are whole: it is listed as it is, or, of an address book or calendar, written anew.
  if (offsets.length === 0)
    return !path.startsWith(`${historyFolder}/`) && (isMboxName(basename(path)) || state.headLength(path) !== null)
  const damaged = new Set(offsets)
  for (const items of paged((after) => state.livingIn(path, after)))
    if (items.some(({ offset }) => damaged.has(offset))) return true
  for (const items of paged((after) => state.goneIn(path, after)))
    for (const item of items)
      if (damaged.has(item.offset) && (await rescuedContent(disk, root, state, item)) !== null) return true
  return false
}

/** What the manifest says of a file of the account. */
type KnownSum = (path: string) => string | undefined

/** Files of an account in which something is damaged. `noted`: what the note says of this account. */
export async function suspectFiles(
  disk: Disk,
  root: string,
  state: AccountState,
  noted: readonly NotedFile[],
  knownSum: KnownSum,
): Promise<SuspectFile[]> {
  const notes = new Map(noted.map((file) => [file.path, file]))
  const suspects: SuspectFile[] = []
  for (const [path, length] of state.fileLengths()) {
    const note = notes.get(path)
    const found = note === undefined ? null : await asNoted(disk, root, note, knownSum)
    const suspect = found ?? (await cutOff(disk, root, path, length))
    if (suspect !== null) suspects.push(suspect)
  }
  return suspects
}

/** Null where somebody has put a sound copy of the file in its place since. */
async function asNoted(disk: Disk, root: string, note: NotedFile, knownSum: KnownSum): Promise<SuspectFile | null> {
  const file = systemPath(root, note.path)
  const size = (await disk.stat(file))?.size ?? null
  const sum = size === null ? null : await sumOf(disk, file)
  if (sum !== null && sum === knownSum(note.path)) return null
  const isAllKnown = note.sum !== '' && note.sum === sum
  return new SuspectFile(note.path, size ?? 0, new Set(note.offsets), isAllKnown ? sum : undefined)
}

async function cutOff(disk: Disk, root: string, path: string, length: number): Promise<SuspectFile | null> {
  // A look at each of very many files would take too long.
  if (path.startsWith(`${filesFolder}/`) || path.startsWith(`${historyFolder}/`)) return null
  const size = (await disk.stat(systemPath(root, path)))?.size ?? 0
  return size < length ? new SuspectFile(path, size, new Set(), undefined) : null
}

/** What is wrong with a file that was saved with this checksum; null where nothing is. */
export async function damageOf(disk: Disk, path: string, sha256: string): Promise<'missing' | 'damaged' | null> {
  if ((await disk.stat(path)) === null) return 'missing'
  return (await sumOf(disk, path)) === sha256 ? null : 'damaged'
}

/** The octets of a message that is not as it was saved, out of a file that a mail program has written anew; null where it is lost. */
export async function rescuedContent(disk: Disk, root: string, state: AccountState, item: ItemRecord): Promise<Buffer | null> {
  if (item.size > wholeMessage) return null
  try {
    return await collect(readItem(disk, root, state, item))
  } catch (error) {
    if (hasCode(error, 'corrupt', 'disk-absent', 'disk-failed')) return null
    throw error
  }
}

/** The suspects after a file got another name or was written anew. */
export function afterOperation(suspects: readonly SuspectFile[], operation: FileOperation): readonly SuspectFile[] {
  if (operation.op === 'place') return suspects.filter(({ path }) => path !== operation.path)
  for (const suspect of suspects) if (suspect.path === operation.from) suspect.path = operation.to
  return suspects
}
