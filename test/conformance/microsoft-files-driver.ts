import { startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { type FilesDriver, type Handle, sha256 } from './item-driver.ts'
import { MicrosoftDriver } from './microsoft-driver.ts'

export async function startMicrosoftFilesDriver(): Promise<FilesDriver> {
  return new MicrosoftFilesDriver(await startMicrosoftAccount({}, { services: ['files'] }))
}

class MicrosoftFilesDriver extends MicrosoftDriver implements FilesDriver {
  readonly drive = 'OneDrive'
  readonly knowsMoves = true

  get #store() {
    return this.microsoft.user.drive
  }

  async add(path: string, content: Buffer, modified?: Date): Promise<Handle> {
    const { parent, name } = this.#placeOf(path)
    this.#store.add(name, content, parent, modified?.toISOString())
    return path
  }

  async addFolder(path: string): Promise<Handle> {
    this.#store.folder(path.split('/'))
    return path
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#store.edit(this.#idOf(handle), content)
  }

  async move(from: Handle, to: string): Promise<Handle> {
    const { parent, name } = this.#placeOf(to)
    this.#store.move(this.#idOf(from), name, parent)
    return to
  }

  async remove(handle: Handle): Promise<void> {
    this.#store.delete(this.#idOf(handle))
  }

  async poison(handle: Handle): Promise<void> {
    this.#store.locked.set(this.#idOf(handle), { status: 423, code: 'resourceLocked' })
  }

  async heal(): Promise<void> {
    this.#store.locked.clear()
  }

  async contents(): Promise<Record<string, string[]>> {
    const all = [...this.#store.items.values()]
    const holdsSome = new Set(all.map(({ parent }) => parent))
    const isEmpty = ({ id, content }: (typeof all)[number]) => content === null && id !== this.#store.rootId && !holdsSome.has(id)
    const contents = all.flatMap((item) => item.content ?? (isEmpty(item) ? [Buffer.alloc(0)] : []))
    return { [this.drive]: contents.map(sha256).sort() }
  }

  #placeOf(path: string): { readonly parent: string; readonly name: string } {
    const names = path.split('/')
    const name = names.pop() ?? ''
    return { parent: this.#store.folder(names), name }
  }

  #idOf(path: string): string {
    const found = this.#store.at(path.split('/'))
    if (found === undefined) throw new Error(`There is no file ${path}`)
    return found.id
  }
}
