import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Provider } from '../../src/core/provider.ts'
import type { Source } from '../../src/core/source.ts'
import { archive } from '../../src/providers/archive/provider.ts'
import { testContext } from '../fixtures/memory-account.ts'
import type { Driver, Handle } from './driver.ts'

const flagLetters: Readonly<Record<string, string>> = { '\\Seen': 'S', '\\Flagged': 'F', '\\Answered': 'R', '\\Draft': 'D' }

/** A tree of Maildirs. A handle is a file's path. */
export async function startArchiveDriver(): Promise<Driver> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-archive-driver-'))
  await makeMaildir(join(root, 'Inbox'))
  return new ArchiveDriver(root)
}

async function makeMaildir(path: string): Promise<void> {
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(path, name), { recursive: true })
}

class ArchiveDriver implements Driver {
  readonly provider: Provider
  readonly account
  readonly context = testContext
  readonly #root: string
  readonly #hidden = new Map<string, string>()
  #poisoned: string[] = []
  #count = 0

  constructor(root: string) {
    this.#root = root
    this.account = { id: 'old', provider: 'archive', services: ['mail'] as const, settings: { path: root } }
    this.provider = { ...archive, source: (...given) => this.#withVanishing(archive.source(...given)) }
  }

  /** Poisoned files are there when the archive is listed and gone when they are fetched. */
  #withVanishing(source: Source): Source {
    const hide = () => this.#hide()
    const show = () => this.#show()
    return {
      concurrency: 1,
      collections: (signal) => source.collections(signal),
      changes: (...given) => source.changes(...given),
      async *fetch(...given) {
        await hide()
        try {
          yield* source.fetch(...given)
        } finally {
          await show()
        }
      },
      close: () => source.close(),
    }
  }

  async #hide(): Promise<void> {
    for (const path of this.#poisoned) {
      const aside = join(dirname(dirname(path)), 'tmp', basename(path))
      await rename(path, aside)
      this.#hidden.set(aside, path)
    }
  }

  async #show(): Promise<void> {
    for (const [aside, path] of this.#hidden) await rename(aside, path)
    this.#hidden.clear()
  }

  #folder(path: readonly string[]): string {
    if (path.some((name) => name.includes('/') || name.includes('\0') || name === '.' || name === '..'))
      throw new Error('no such name on this disk')
    return join(this.#root, ...path)
  }

  /**
   * Refuses names that an archive takes for another one: `X.mbox` is Apple Mail's package of the folder X, and a name that is
   * not in NFC is a Mac's spelling of the one that is.
   */
  async addFolder(path: readonly string[]): Promise<void> {
    const other = path.find((name) => /\.mbox$/i.test(name) || name !== name.normalize('NFC'))
    if (other !== undefined) throw new Error(`An archive takes ${other} for another name`)
    await makeMaildir(this.#folder(path))
  }

  async renameFolder(from: readonly string[], to: readonly string[]): Promise<void> {
    await rename(this.#folder(from), this.#folder(to))
  }

  async add(path: readonly string[], message: Buffer, flags: readonly string[] = []): Promise<Handle> {
    const letters = flags
      .map((flag) => flagLetters[flag] ?? '')
      .sort()
      .join('')
    const file = join(
      this.#folder(path),
      'cur',
      `17385555${String(++this.#count).padStart(2, '0')}.M${this.#count}.test:2,${letters}`,
    )
    await writeFile(file, message)
    return file
  }

  async reflag(handle: Handle, flags: readonly string[]): Promise<void> {
    const letters = flags
      .map((flag) => flagLetters[flag] ?? '')
      .sort()
      .join('')
    await rename(handle, handle.replace(/:2,.*$/, `:2,${letters}`))
  }

  async move(handle: Handle, to: readonly string[]): Promise<Handle> {
    const target = join(this.#folder(to), 'cur', basename(handle))
    await rename(handle, target)
    return target
  }

  async remove(handle: Handle): Promise<void> {
    await rm(handle)
  }

  /** As when the archive was copied without its times: nothing tells any more that the files are the same. */
  async expireCursors(): Promise<void> {
    for (const entry of await readdir(this.#root, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), new Date(), new Date())
    }
  }

  async poison(handle: Handle): Promise<void> {
    this.#poisoned = [handle]
  }

  async heal(): Promise<void> {
    this.#poisoned = []
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const entry of await readdir(this.#root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const folder = dirname(entry.parentPath).slice(this.#root.length + 1)
      const sum = createHash('sha256')
        .update(await readFile(join(entry.parentPath, entry.name)))
        .digest('hex')
      contents[folder] = [...(contents[folder] ?? []), sum].sort()
    }
    return contents
  }

  async stop(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}
