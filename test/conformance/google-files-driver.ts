import { ApiError } from '../emulators/google/api.ts'
import { type DriveStore, folderType } from '../emulators/google/drive-store.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import { GoogleDriver } from './google-driver.ts'
import { type FilesDriver, type Handle, sha256 } from './item-driver.ts'

export async function startGoogleFilesDriver(): Promise<FilesDriver> {
  return new GoogleFilesDriver(await startGoogleAccount({}, {}, ['files']))
}

class GoogleFilesDriver extends GoogleDriver implements FilesDriver {
  readonly drive = 'My Drive'
  readonly knowsMoves = true

  get #store(): DriveStore {
    return this.google.user.drive
  }

  async add(path: string, content: Buffer, modified?: Date): Promise<Handle> {
    const { parent, name } = this.#placeOf(path)
    const time = modified === undefined ? {} : { modifiedTime: modified.toISOString() }
    this.#store.add(name, { parent, content, mimeType: 'text/plain', ...time })
    return path
  }

  async addFolder(path: string): Promise<Handle> {
    this.#placeOf(`${path}/`)
    return path
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#store.edit(this.#idOf(handle), { content })
  }

  async move(from: Handle, to: string): Promise<Handle> {
    this.#store.edit(this.#idOf(from), this.#placeOf(to))
    return to
  }

  async remove(handle: Handle): Promise<void> {
    this.#store.delete(this.#idOf(handle))
  }

  async expireCursors(): Promise<void> {
    this.#store.forgetChanges()
  }

  async poison(handle: Handle): Promise<void> {
    const error = new ApiError(500, 'backendError', 'Backend Error')
    this.google.emulator.faults.always(/files\.get$/, { kind: 'error', error }, new RegExp(`${this.#idOf(handle)}.*alt=media`))
  }

  async heal(): Promise<void> {
    this.google.emulator.faults.clear()
  }

  async contents(): Promise<Record<string, string[]>> {
    const all = [...this.#store.files.values()]
    const holdsSome = new Set(all.map(({ parent }) => parent))
    const files = all.filter(({ id, mimeType }) => mimeType !== folderType || (id !== this.#store.root && !holdsSome.has(id)))
    return { [this.drive]: files.map(({ content }) => sha256(content)).sort() }
  }

  /** The folders on the way are made where they are missing. */
  #placeOf(path: string): { readonly parent: string; readonly name: string } {
    const names = path.split('/')
    const name = names.pop() ?? ''
    let parent = this.#store.root
    for (const folder of names) parent = this.#child(parent, folder, true) ?? this.#store.folder(folder, { parent }).id
    return { parent, name }
  }

  #idOf(path: string): string {
    let id = this.#store.root
    for (const name of path.split('/')) {
      const child = this.#child(id, name, false)
      if (child === null) throw new Error(`There is no file ${path}`)
      id = child
    }
    return id
  }

  #child(parent: string, name: string, isFolder: boolean): string | null {
    const all = [...this.#store.files.values()]
    const found = all.find((file) => file.parent === parent && file.name === name && (!isFolder || file.mimeType === folderType))
    return found?.id ?? null
  }
}
