/**
 * What a commit says is moved and put in place, done on the disk. Told twice, it does what is left to do: so recovery
 * repeats what the last commit asked for.
 */
import { dirname, relative, sep } from 'node:path'
import type { Disk } from './disk.ts'
import { isFileOperation, type JournalEntry } from './journal-entries.ts'
import { stagedPath, systemPath } from './layout.ts'
import { sumOf } from './manifest.ts'

/**
 * Returns once everything is durable. A file that is not where it should be is passed over: `verify` misses it. What somebody
 * else put where ours belongs is set aside, under a name that says so.
 * @param root the account's folder
 * @param isRepeated some of it may have been done before, and not be durable
 */
export async function carryOut(
  disk: Disk,
  vault: string,
  root: string,
  entries: readonly JournalEntry[],
  isRepeated: boolean,
): Promise<void> {
  const operations = entries.filter(isFileOperation)
  if (operations.length === 0) return
  const work = new Work(disk, root, isRepeated)
  for (const operation of operations) {
    if (operation.op === 'move') await work.move(systemPath(root, operation.from), systemPath(root, operation.to))
    else
      await work.place(stagedPath(vault, root, operation.staged), systemPath(root, operation.path), operation.replaces === true)
  }
  await work.settle()
}

class Work {
  readonly #disk: Disk
  readonly #root: string
  readonly #isRepeated: boolean
  /** Directories that are there for sure. */
  readonly #there = new Set<string>()
  /** Directories that got a name and that lost one: the former are synced first, so that no file is ever without one. */
  readonly #gained = new Set<string>()
  readonly #lost = new Set<string>()
  /** Directories out of which files were moved. */
  readonly #left = new Set<string>()

  constructor(disk: Disk, root: string, isRepeated: boolean) {
    this.#disk = disk
    this.#root = root
    this.#isRepeated = isRepeated
  }

  /** Repeated, it is done where the target is there: what is at `from` then may have been put there later. */
  async move(from: string, to: string): Promise<void> {
    await this.#makeDirectory(dirname(to))
    const there = await this.#disk.stat(to)
    const here = await this.#disk.stat(from)
    // To a disk that does not tell letters from capitals, both names may be those of one file.
    const isOne = there !== null && here !== null && (await isOneFile(this.#disk, from, to))
    if (there !== null && here?.kind === 'file' && !isOne && !this.#isRepeated) {
      await this.#setAside(to)
      await this.#disk.rename(from, to)
    } else if (there === null && here !== null) await this.#disk.rename(from, to)
    else if (isOne && this.#isRepeated) await this.#disk.remove(from)
    this.#gained.add(dirname(to))
    this.#lost.add(dirname(from))
    this.#left.add(dirname(from))
  }

  /** Done where what was staged is no longer there. */
  async place(staged: string, to: string, replaces: boolean): Promise<void> {
    await this.#makeDirectory(dirname(to))
    if (this.#isRepeated && (await isOneFile(this.#disk, staged, to))) await this.#disk.remove(staged)
    else if ((await this.#disk.stat(staged)) !== null) {
      if ((await this.#disk.stat(to))?.kind === 'directory') {
        // What was moved out of it has its new name for sure before the folder goes.
        await this.#sync()
        await this.#removeLeft(to)
        // A folder that held nothing else went with it.
        await this.#makeDirectory(dirname(to))
      }
      const there = await this.#disk.stat(to)
      if (there !== null && !(replaces && there.kind === 'file')) await this.#setAside(to)
      await this.#disk.rename(staged, to)
    }
    this.#gained.add(dirname(to))
    this.#lost.add(dirname(staged))
  }

  async #setAside(path: string): Promise<void> {
    for (let n = 1; ; n++) {
      const aside = `${path} (found ${n})`
      if ((await this.#disk.stat(aside)) === null) return await this.#disk.rename(path, aside)
    }
  }

  /** Durable before anything is renamed into it: it would be lost with it. */
  async #makeDirectory(directory: string): Promise<void> {
    if (this.#there.has(directory) || directory === this.#root) return
    const above = dirname(directory)
    await this.#makeDirectory(above)
    this.#there.add(directory)
    const found = await this.#disk.stat(directory)
    if (found?.kind === 'directory' && !this.#isRepeated) return
    if (found !== null && found.kind !== 'directory') await this.#setAside(directory)
    await this.#disk.makeDirectory(directory)
    await this.#disk.syncDirectory(above)
  }

  async settle(): Promise<void> {
    await this.#sync()
    await this.#removeLeft(this.#root)
  }

  async #sync(): Promise<void> {
    for (const directories of [this.#gained, this.#lost]) {
      for (const directory of directories)
        if ((await this.#disk.stat(directory))?.kind === 'directory') await this.#disk.syncDirectory(directory)
      directories.clear()
    }
  }

  /** Directories at or below `top` that are empty now, because files were moved out of them. */
  async #removeLeft(top: string): Promise<void> {
    const left = [...this.#left].filter((directory) => directory === top || directory.startsWith(top + sep))
    for (const directory of left.sort().reverse()) {
      this.#left.delete(directory)
      await this.#removeEmpty(directory)
    }
  }

  /** And what is empty then above it, up to the folder of the service. */
  async #removeEmpty(directory: string): Promise<void> {
    const depth = relative(this.#root, directory).split(sep).length
    if (depth <= 1 || !(await this.#disk.removeDirectory(directory))) return
    this.#there.delete(directory)
    await this.#removeEmpty(dirname(directory))
  }
}

/** One file with two names, as a rename leaves it that was broken off on a disk without a journal. */
export async function isOneFile(disk: Disk, one: string, other: string): Promise<boolean> {
  const [a, b] = [await disk.stat(one), await disk.stat(other)]
  if (a?.kind !== 'file' || b?.kind !== 'file' || a.size !== b.size) return false
  const sum = await sumOf(disk, one)
  return sum !== '' && sum === (await sumOf(disk, other))
}
