/** Files of one person in OneDrive, and those of others that they may see. */
import { randomBytes } from 'node:crypto'
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { QuickXorHash } from '../../../src/providers/microsoft/quick-xor-hash.ts'
import { DeltaLog } from './odata.ts'

export interface StoredItem {
  readonly id: string
  name: string
  parent: string
  /** Null: a folder. */
  content: Buffer | null
  modified: string
  change: number
  /** More of the item, e.g. `package` or `malware`. */
  more: DriveItem
  /** Earlier contents, the oldest first. */
  readonly versions: { readonly content: Buffer; readonly modified: string }[]
}

interface Upload {
  readonly parent: string
  readonly name: string
  readonly modified: string | null
  readonly behavior: string
  received: Buffer
}

/** Addresses that need no sign-in, by their tokens: whoever knows one may read, or go on with an upload. */
export const preauthenticated = {
  contents: new Map<string, { readonly drive: DriveStore; readonly content: Buffer }>(),
  uploads: new Map<string, { readonly drive: DriveStore; readonly upload: Upload }>(),
} as const

export class DriveStore {
  readonly id: string
  readonly items = new Map<string, StoredItem>()
  readonly log = new DeltaLog()
  readonly rootId: string
  /** Items of other drives that are shared with the person: drive and id. */
  readonly sharedWithMe: { readonly drive: DriveStore; readonly id: string }[] = []
  /** Drives of others of which something stands among the files. */
  readonly shortcuts = new Set<DriveStore>()
  /** Microsoft gives no checksum. */
  hasNoHashes = false
  /** The octets that come are others than is said of them, as SharePoint does with Office files: by id. */
  readonly rewritten = new Map<string, Buffer>()
  /** Ids that cannot be downloaded, and the error's status and code. */
  readonly locked = new Map<string, { readonly status: number; readonly code: string }>()
  /** After so many octets the next downloads break off, one after the other. */
  readonly breaks: number[] = []
  /** `Range` is not heard. */
  ignoresRange = false
  #changes = 0

  constructor(id = randomBytes(8).toString('hex').toUpperCase()) {
    this.id = id
    this.rootId = `${this.id}!root`
    this.items.set(this.rootId, this.#item(this.rootId, 'root', '', null))
    this.log.touch(this.rootId)
  }

  get reachable(): readonly DriveStore[] {
    return [...this.sharedWithMe.map(({ drive }) => drive), ...this.shortcuts]
  }

  #item(id: string, name: string, parent: string, content: Buffer | null, modified = '2025-01-01T00:00:00Z'): StoredItem {
    return { id, name, parent, content, modified, change: ++this.#changes, more: {}, versions: [] }
  }

  add(name: string, content: Buffer | null, parent = this.rootId, modified?: string, more: DriveItem = {}): StoredItem {
    const item = { ...this.#item(`${this.id}!${randomBytes(6).toString('hex')}`, name, parent, content, modified), more }
    this.items.set(item.id, item)
    this.#note(item)
    return item
  }

  /** Among the changes are all folders above what has changed, by design (OneDrive/onedrive-api-docs issue 295). */
  #note(item: StoredItem): void {
    this.log.touch(item.id)
    this.#noteAbove(item.parent)
  }

  #noteAbove(id: string): void {
    for (let above = this.items.get(id); above !== undefined; above = this.items.get(above.parent)) this.log.touch(above.id)
  }

  /** The folder at the path, made where it is missing. */
  folder(names: readonly string[]): string {
    let at = this.rootId
    for (const name of names) {
      const above = at
      const found = [...this.items.values()].find((item) => item.parent === above && item.name === name && item.content === null)
      at = (found ?? this.add(name, null, above)).id
    }
    return at
  }

  edit(id: string, content: Buffer, modified = '2025-02-01T00:00:00Z'): void {
    const item = this.one(id)
    if (item.content !== null) item.versions.push({ content: item.content, modified: item.modified })
    item.content = content
    item.modified = modified
    this.touch(item)
  }

  move(id: string, name: string, parent: string): void {
    const item = this.one(id)
    this.#noteAbove(item.parent)
    item.name = name
    item.parent = parent
    this.#note(item)
  }

  delete(id: string): void {
    for (const item of this.items.values()) if (item.parent === id) this.delete(item.id)
    const above = this.items.get(id)?.parent ?? ''
    this.items.delete(id)
    this.log.remove(id)
    this.#noteAbove(above)
  }

  touch(item: StoredItem): void {
    item.change = ++this.#changes
    this.#note(item)
  }

  one(id: string): StoredItem {
    const item = this.items.get(id)
    if (item === undefined) throw new Error(`no item ${id}`)
    return item
  }

  pathOf(item: StoredItem): string[] {
    if (item.id === this.rootId) return []
    const parent = this.items.get(item.parent)
    return parent === undefined ? [item.name] : [...this.pathOf(parent), item.name]
  }

  at(path: readonly string[]): StoredItem | undefined {
    return [...this.items.values()].find((item) => this.pathOf(item).join('/') === path.join('/'))
  }

  hashOf(content: Buffer): string {
    const hash = new QuickXorHash()
    hash.update(content)
    return hash.digest()
  }
}
