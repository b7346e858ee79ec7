import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { type NextcloudFiles, startNextcloudFiles } from '../emulators/nextcloud-files.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { type DavProxy, startDavProxy } from '../servers/dav-proxy.ts'
import type { WebdavServer } from '../servers/webdav.ts'
import { expectReadingOnly } from './dav-item-driver.ts'
import { emptyFolders, type FilesDriver, type Handle, sha256 } from './item-driver.ts'

interface Served {
  readonly url: string
  readonly user: string
  readonly password: string
}

abstract class DavFilesDriver implements FilesDriver {
  readonly provider = dav
  readonly account: Account
  readonly context: Context
  abstract readonly drive: string
  abstract readonly knowsMoves: boolean
  readonly #proxy: DavProxy
  #poisoned: string | null = null

  constructor(served: Served, proxy: DavProxy) {
    const url = new URL(served.url)
    url.port = String(proxy.port)
    this.#proxy = proxy
    this.#proxy.trouble.answer = ({ method, path }) =>
      method === 'GET' && this.#poisoned !== null && decodeURIComponent(path).endsWith(this.#poisoned) ? { status: 500 } : null
    this.account = { id: 'home', provider: 'dav', services: ['files'], settings: { user: served.user, webdav: url.href } }
    this.context = { ...testContext, secret: async () => served.password }
  }

  abstract add(path: string, content: Buffer, modified?: Date): Promise<Handle>
  abstract addFolder(path: string): Promise<Handle>
  abstract edit(handle: Handle, content: Buffer): Promise<void>
  abstract move(from: Handle, to: string): Promise<Handle>
  abstract remove(handle: Handle): Promise<void>
  abstract contents(): Promise<Record<string, string[]>>
  protected abstract end(): Promise<void>

  /** WebDAV knows no cursors: every run compares. */
  async expireCursors(): Promise<void> {}

  async poison(handle: Handle): Promise<void> {
    this.#poisoned = `/${handle}`
  }

  async heal(): Promise<void> {
    this.#poisoned = null
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    await this.end()
    expectReadingOnly(this.#proxy.requests)
  }
}

/** Apache or rclone over a folder of this disk. */
export async function startServedFolder(start: () => Promise<WebdavServer>, drive: string): Promise<FilesDriver> {
  const server = await start()
  const { origin } = new URL(server.url)
  return new ServedFolder(server, await startDavProxy({ target: origin, user: server.user, password: server.password }), drive)
}

class ServedFolder extends DavFilesDriver {
  readonly drive: string
  readonly knowsMoves = false
  readonly #server: WebdavServer
  #edits = 0

  constructor(server: WebdavServer, proxy: DavProxy, drive: string) {
    super(server, proxy)
    this.#server = server
    this.drive = drive
  }

  async add(path: string, content: Buffer, modified?: Date): Promise<Handle> {
    await mkdir(dirname(join(this.#server.files, path)), { recursive: true })
    await writeFile(join(this.#server.files, path), content)
    if (modified !== undefined) await utimes(join(this.#server.files, path), modified, modified)
    return path
  }

  async addFolder(path: string): Promise<Handle> {
    await mkdir(join(this.#server.files, path), { recursive: true })
    return path
  }

  /** With a time of its own: two writes of a test may fall into one tick of the server's clock. */
  async edit(handle: Handle, content: Buffer): Promise<void> {
    await this.add(handle, content, new Date(Date.now() + ++this.#edits * 2_000))
  }

  async move(from: Handle, to: string): Promise<Handle> {
    await mkdir(dirname(join(this.#server.files, to)), { recursive: true })
    await rename(join(this.#server.files, from), join(this.#server.files, to))
    return to
  }

  async remove(handle: Handle): Promise<void> {
    await rm(join(this.#server.files, handle), { recursive: true, force: true })
  }

  async contents(): Promise<Record<string, string[]>> {
    const entries = await readdir(this.#server.files, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const found = await Promise.all(files.map(async (file) => sha256(await readFile(file))))
    return { [this.drive]: [...found, ...(await emptyFolders(this.#server.files))].sort() }
  }

  protected async end(): Promise<void> {
    await this.#server.stop()
  }
}

/** The emulator of a Nextcloud, with file numbers and checksums. */
export async function startNextcloudDriver(): Promise<FilesDriver> {
  const server = await startNextcloudFiles({ fileIds: true, checksums: true })
  const { origin } = new URL(server.url)
  return new NextcloudDriver(server, await startDavProxy({ target: origin, user: server.user, password: server.password }))
}

class NextcloudDriver extends DavFilesDriver {
  readonly drive = 'alice'
  readonly knowsMoves = true
  readonly #server: NextcloudFiles
  readonly #files = new Map<Handle, Buffer>()

  constructor(server: NextcloudFiles, proxy: DavProxy) {
    super(server, proxy)
    this.#server = server
  }

  async add(path: string, content: Buffer, modified?: Date): Promise<Handle> {
    await this.#server.write(path, content, modified)
    this.#files.set(path, content)
    return path
  }

  async addFolder(path: string): Promise<Handle> {
    this.#server.folder(path)
    return path
  }

  edit(handle: Handle, content: Buffer): Promise<void> {
    return this.add(handle, content).then(() => undefined)
  }

  async move(from: Handle, to: string): Promise<Handle> {
    this.#server.move(from, to)
    for (const [path, content] of [...this.#files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.#files.delete(path)
      this.#files.set(to + path.slice(from.length), content)
    }
    return to
  }

  async remove(handle: Handle): Promise<void> {
    this.#server.remove(handle)
    this.#files.delete(handle)
  }

  async contents(): Promise<Record<string, string[]>> {
    const empty = this.#server.emptyFolders().map(() => Buffer.alloc(0))
    return { [this.drive]: [...this.#files.values(), ...empty].map(sha256).sort() }
  }

  protected async end(): Promise<void> {
    await this.#server.stop()
  }
}
