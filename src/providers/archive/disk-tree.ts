import type { Dirent } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { byName, type FileFacts, type Path, type Tree, type TreeEntry } from './tree.ts'

const blockSize = 256 * 1024

/** A folder on a disk. `root` is a real path; `only` narrows the root to one of its entries. */
export class DiskTree implements Tree {
  readonly seekable = true
  readonly location: string
  readonly #root: string
  readonly #only: string | null
  /** Real names that are not UTF-8, by the path that stands for them. */
  readonly #rawNames = new Map<string, Buffer>()

  constructor(root: string, only: string | null = null) {
    this.location = root
    this.#root = root
    this.#only = only
  }

  async list(folder: Path): Promise<TreeEntry[]> {
    const entries: TreeEntry[] = []
    for (const dirent of await readdir(this.#real(folder), { withFileTypes: true, encoding: 'buffer' })) {
      const name = this.#name(folder, dirent.name)
      if (this.#only !== null && folder.length === 0 && name !== this.#only) continue
      const kind = await this.#kind(folder, name, dirent)
      if (kind !== null) entries.push({ name, kind })
    }
    return entries.sort(byName)
  }

  async #kind(folder: Path, name: string, dirent: Dirent<Buffer>): Promise<TreeEntry['kind'] | null> {
    if (dirent.isFile()) return 'file'
    if (dirent.isDirectory()) return 'folder'
    if (!dirent.isSymbolicLink()) return null
    const target = await realpath(this.#real([...folder, name])).catch(() => null)
    if (target === null) return null
    const inside = relative(this.#root, target)
    return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? 'link' : null
  }

  async facts(file: Path): Promise<FileFacts> {
    const { size, mtimeMs } = await stat(this.#real(file))
    return { size, modified: mtimeMs, stamp: `${size}:${mtimeMs}` }
  }

  async *read(file: Path, start = 0): AsyncGenerator<Buffer> {
    const handle = await open(this.#real(file))
    try {
      const { size } = await handle.stat()
      // One octet more than is left tells the end of a small file without a second block.
      const length = Math.max(1, Math.min(blockSize, size - start + 1))
      for (let position = start; ; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
        position += bytesRead
        if (bytesRead === 0 || (bytesRead < length && position >= size)) return
      }
    } finally {
      await handle.close()
    }
  }

  close(): void {}

  /** Names that are not UTF-8 are shown as Latin-1. */
  #name(folder: Path, raw: Buffer): string {
    const name = raw.toString('utf8')
    if (!name.includes('\uFFFD') || Buffer.from(name).equals(raw)) return name
    const shown = raw.toString('latin1')
    this.#rawNames.set(pathKey([...folder, shown]), raw)
    return shown
  }

  #real(path: Path): string | Buffer {
    if (this.#rawNames.size === 0) return [this.#root, ...path].join(sep)
    const parts = path.map((name, i) => this.#rawNames.get(pathKey(path.slice(0, i + 1))) ?? Buffer.from(name))
    return Buffer.concat([Buffer.from(this.#root), ...parts.flatMap((part) => [Buffer.from(sep), part])])
  }
}

function pathKey(path: Path): string {
  return path.join('/')
}
