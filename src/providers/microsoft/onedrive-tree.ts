/** Where files lie: OneDrive knows each item's parent only, so the folders are kept in the cursor from run to run. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

interface Folder {
  readonly name: string
  readonly parent: string
}

type Kept = [root: string, folders: string[][], packages?: string[]]

/** With more of them no tree is kept: a folder among the changes then means listing anew. */
const mostKept = 5_000
const deepest = 1_000

export class FolderTree {
  readonly #folders: Map<string, Folder>
  readonly #packages: Set<string>
  #root: string

  constructor(root = '', folders: Iterable<readonly [string, Folder]> = [], packages: Iterable<string> = []) {
    this.#root = root
    this.#folders = new Map(folders)
    this.#packages = new Set(packages)
  }

  setRoot(id: string): void {
    this.#root = id
  }

  isRoot(id: string): boolean {
    return id === this.#root
  }

  put(id: string, folder: Folder): void {
    this.#folders.set(id, folder)
  }

  /** What lies in it are no files that could be had one by one. */
  putPackage(id: string): void {
    this.#packages.add(id)
  }

  isInPackage(id: string): boolean {
    for (let at: string | undefined = id, depth = 0; at !== undefined && depth <= deepest; depth++) {
      if (this.#packages.has(at)) return true
      at = this.#folders.get(at)?.parent
    }
    return false
  }

  get(id: string): Folder | undefined {
    return this.#folders.get(id)
  }

  /** Names from the root down to the folder, its own included; null where that is not known. */
  path(id: string): readonly string[] | null {
    const names: string[] = []
    for (let at = id, depth = 0; at !== this.#root; depth++) {
      const folder = this.#folders.get(at)
      if (folder === undefined || depth > deepest) return null
      names.unshift(folder.name)
      at = folder.parent
    }
    return names
  }

  /** For the cursor; '' where there are too many. */
  toText(): string {
    if (this.#folders.size > mostKept) return ''
    const rows = [...this.#folders].map(([id, { name, parent }]) => [id, name, parent])
    return deflateRawSync(JSON.stringify([this.#root, rows, [...this.#packages]])).toString('base64')
  }

  /** Null where it is none. */
  static fromText(text: string): FolderTree | null {
    try {
      const [root, rows, packages = []] = JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString('utf8')) as Kept
      return new FolderTree(
        root,
        rows.map(([id = '', name = '', parent = '']) => [id, { name, parent }]),
        packages,
      )
    } catch {
      return null
    }
  }
}
