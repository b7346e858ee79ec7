import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Account, Service } from '../../src/core/account.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Source } from '../../src/core/source.ts'
import { archive } from '../../src/providers/archive/provider.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { emptyFolders, type FilesDriver, type Handle, type ItemDriver, sha256 } from './item-driver.ts'

/** A folder on this disk whose poisoned file is there when it is listed and gone when it is fetched. */
class Folder {
  readonly root: string
  readonly provider: Provider
  readonly account: Account
  #poisoned: string | null = null
  #edits = 0

  constructor(root: string, service: Service) {
    this.root = root
    this.account = { id: 'old', provider: 'archive', services: [service], settings: { path: join(root, 'archive') } }
    this.provider = { ...archive, source: (...given) => this.#withVanishing(archive.source(...given)) }
  }

  static async make(service: Service): Promise<Folder> {
    const root = await mkdtemp(join(tmpdir(), 'lifeboat-archive-items-'))
    await mkdir(join(root, 'archive'))
    return new Folder(root, service)
  }

  #withVanishing(source: Source): Source {
    const poisoned = () => this.#poisoned
    const aside = join(this.root, 'aside')
    return {
      concurrency: 1,
      collections: (signal) => source.collections(signal),
      changes: (...given) => source.changes(...given),
      async *fetch(...given) {
        const path = poisoned()
        if (path !== null) await rename(path, aside)
        try {
          yield* source.fetch(...given)
        } finally {
          if (path !== null) await rename(aside, path)
        }
      },
      close: () => source.close(),
    }
  }

  path(name: string): string {
    if (name.includes('\0') || name.split('/').some((part) => part === '.' || part === '..')) throw new Error('no such name')
    return join(this.root, 'archive', name)
  }

  async write(name: string, content: Buffer, modified?: Date): Promise<Handle> {
    const path = this.path(name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    if (modified !== undefined) await utimes(path, modified, modified)
    return name
  }

  /** With a time of its own: two writes of a test may fall into one tick of the disk's clock. */
  async edit(name: string, content: Buffer): Promise<void> {
    await this.write(name, content, new Date(Date.now() + ++this.#edits * 2_000))
  }

  poison(name: string | null): void {
    this.#poisoned = name === null ? null : this.path(name)
  }

  async files(): Promise<string[]> {
    const entries = await readdir(join(this.root, 'archive'), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}

/** Each collection is a folder with one file for each item, as vdirsyncer keeps them. */
export async function startArchiveItemDriver(service: 'contacts' | 'calendar'): Promise<ItemDriver> {
  const folder = await Folder.make(service)
  let count = 0
  return {
    ...{ service, provider: folder.provider, account: folder.account, context: testContext, isIncremental: false },
    async addCollection(name) {
      if (name !== name.normalize('NFC') || name.includes('/')) throw new Error('An archive takes it for another name')
      await mkdir(folder.path(name))
    },
    add: (collection, content) => folder.write(`${collection}/i${++count}.${service === 'contacts' ? 'vcf' : 'ics'}`, content),
    edit: (handle, content) => folder.edit(handle, content),
    remove: (handle) => rm(folder.path(handle)),
    async expireCursors() {
      for (const file of await folder.files()) await utimes(file, new Date(), new Date())
    },
    poison: async (handle) => folder.poison(handle),
    heal: async () => folder.poison(null),
    async contents() {
      const contents: Record<string, string[]> = {}
      for (const file of await folder.files()) {
        const name = basename(dirname(file))
        contents[name] = [...(contents[name] ?? []), sha256(await readFile(file))].sort()
      }
      return contents
    },
    stop: () => folder.remove(),
  }
}

export async function startArchiveFilesDriver(): Promise<FilesDriver> {
  const folder = await Folder.make('files')
  return {
    ...{ provider: folder.provider, account: folder.account, context: testContext, drive: 'archive', knowsMoves: false },
    add: (path, content, modified) => folder.write(path, content, modified),
    async addFolder(path) {
      await mkdir(folder.path(path), { recursive: true })
      return path
    },
    edit: (handle, content) => folder.edit(handle, content),
    async move(from, to) {
      await mkdir(dirname(folder.path(to)), { recursive: true })
      await rename(folder.path(from), folder.path(to))
      return to
    },
    remove: (handle) => rm(folder.path(handle), { recursive: true, force: true }),
    async expireCursors() {
      // Nothing tells any more that this was the archive's own cursor: a file comes and goes.
      const passing = await folder.write('passing', Buffer.from('x'))
      await rm(folder.path(passing))
    },
    poison: async (handle) => folder.poison(handle),
    heal: async () => folder.poison(null),
    async contents() {
      const found = await Promise.all((await folder.files()).map(async (file) => sha256(await readFile(file))))
      return { archive: [...found, ...(await emptyFolders(folder.path('')))].sort() }
    },
    stop: () => folder.remove(),
  }
}
