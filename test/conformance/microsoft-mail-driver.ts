import { documentedErrors } from '../emulators/microsoft/graph.ts'
import type { MailStore } from '../emulators/microsoft/mail-store.ts'
import { startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import type { Driver, Handle } from './driver.ts'
import { sha256 } from './item-driver.ts'
import { MicrosoftDriver } from './microsoft-driver.ts'

export async function startMicrosoftMailDriver(): Promise<Driver> {
  return new MicrosoftMailDriver(await startMicrosoftAccount())
}

class MicrosoftMailDriver extends MicrosoftDriver implements Driver {
  get #mail(): MailStore {
    return this.microsoft.user.mail
  }

  async addFolder(path: readonly string[]): Promise<void> {
    let parent: string | undefined
    for (const name of path) {
      const known = this.#child(parent ?? this.#mail.rootId, name)
      parent = (known ?? this.#mail.addFolder(name, parent === undefined ? {} : { parent })).id
    }
  }

  async renameFolder(from: readonly string[], to: readonly string[]): Promise<void> {
    await this.addFolder(to.slice(0, -1))
    const parent = to.length === 1 ? this.#mail.rootId : this.#idOf(to.slice(0, -1))
    this.#mail.renameFolder(this.#idOf(from), to.at(-1) ?? '', parent)
  }

  async add(path: readonly string[], message: Buffer, flags: readonly string[] = []): Promise<Handle> {
    return this.#mail.add(message, this.#idOf(path), fieldsOf(flags)).id
  }

  async reflag(handle: Handle, flags: readonly string[]): Promise<void> {
    this.#mail.change(handle, fieldsOf(flags))
  }

  async move(handle: Handle, to: readonly string[]): Promise<Handle> {
    this.#mail.move(handle, this.#idOf(to))
    return handle
  }

  async remove(handle: Handle): Promise<void> {
    this.#mail.remove(handle)
  }

  async poison(handle: Handle): Promise<void> {
    this.microsoft.emulator.faults.always(
      /^message\.get\.mime$/,
      { kind: 'error', error: documentedErrors.internal() },
      new RegExp(handle),
    )
  }

  async heal(): Promise<void> {
    this.microsoft.emulator.faults.clear()
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const { mime, folderId } of this.#mail.messages.values()) {
      const path = this.#pathOf(folderId).join('/')
      contents[path] = [...(contents[path] ?? []), sha256(mime)].sort()
    }
    return contents
  }

  #child(parent: string, name: string) {
    return [...this.#mail.folders.values()].find(({ parentId, displayName }) => parentId === parent && displayName === name)
  }

  #idOf(path: readonly string[]): string {
    let id = this.#mail.rootId
    for (const name of path) id = this.#child(id, name)?.id ?? this.#missing(path)
    return id
  }

  #missing(path: readonly string[]): never {
    throw new Error(`no folder ${path.join('/')}`)
  }

  #pathOf(id: string): string[] {
    const folder = this.#mail.folders.get(id)
    if (folder === undefined || folder.parentId === null) return []
    return [...this.#pathOf(folder.parentId), folder.displayName]
  }
}

function fieldsOf(flags: readonly string[]) {
  const flag = flags.includes('\\Flagged') ? ('flagged' as const) : ('notFlagged' as const)
  return { isRead: flags.includes('\\Seen'), flag }
}
