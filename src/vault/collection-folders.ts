/** Which folder of the vault belongs to which mail folder, address book, calendar or drive of the account. */
import { collisionKey, type FolderNames, uniquePath } from '../formats/names.ts'
import { isReserved, type StoredKind, serviceFolders } from './layout.ts'

/** Remembers each spelling that was given away, so that no two names share a folder. */
export class CollectionFolders implements FolderNames {
  readonly #service: StoredKind
  /** By parent spelling and name. */
  readonly #spellings = new Map<string, string>()
  /** By parent spelling and collision key. */
  readonly #taken = new Set<string>()

  constructor(service: StoredKind) {
    this.#service = service
  }

  /** A folder that is in use already. `folder` is relative to the account's folder. */
  add(path: readonly string[], folder: string): void {
    const spellings = folder.split('/').slice(1)
    spellings.forEach((spelling, depth) => {
      const parent = spellings.slice(0, depth).join('/')
      this.#taken.add(pairOf(parent, collisionKey(spelling)))
      const name = path[depth]
      // A shortened spelling stands for several names: it belongs to none of them.
      if (name !== undefined && spellings.length === path.length) this.#spellings.set(pairOf(parent, name), spelling)
    })
  }

  spellingOf(parent: string, name: string): string | undefined {
    return this.#spellings.get(pairOf(parent, name))
  }

  isTaken(parent: string, key: string): boolean {
    return this.#taken.has(pairOf(parent, key)) || isReserved(this.#service, parent === '', key)
  }

  /** The folder that a path has already. */
  folderOf(path: readonly string[]): string | undefined {
    let folder = ''
    for (const name of path) {
      const spelling = this.spellingOf(folder, name)
      if (spelling === undefined) return undefined
      folder = folder === '' ? spelling : `${folder}/${spelling}`
    }
    return folder === '' ? this.#top : `${this.#top}/${folder}`
  }

  /** The folder for a path, given away from now on. */
  allocate(path: readonly string[]): string {
    const folder = [this.#top, ...uniquePath(path, this)].join('/')
    this.add(path, folder)
    return folder
  }

  /** The same, but never a folder that is in use: for one that is to be renamed. */
  allocateUnused(path: readonly string[]): string {
    const parent = path.slice(0, -1)
    const last = path.at(-1) ?? ''
    const fresh: FolderNames = {
      spellingOf: (at, name) => (name === last && this.#depthOf(at) === parent.length ? undefined : this.spellingOf(at, name)),
      isTaken: (at, key) => this.isTaken(at, key),
    }
    const folder = [this.#top, ...uniquePath(path, fresh)].join('/')
    this.add(path, folder)
    return folder
  }

  get #top(): string {
    return serviceFolders[this.#service]
  }

  #depthOf(parent: string): number {
    return parent === '' ? 0 : parent.split('/').length
  }
}

function pairOf(parent: string, name: string): string {
  return `${parent}\n${name}`
}
