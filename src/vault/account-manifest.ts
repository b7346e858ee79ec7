import type { Disk } from './disk.ts'
import type { FileOperation } from './journal-entries.ts'
import { systemPath } from './layout.ts'
import { type Manifest, sumOf } from './manifest.ts'

/**
 * What the vault's manifest says, and will say, of one account. Paths are relative to the account's folder. An empty sum stands
 * for a file that has to be read before the manifest is written.
 */
export class AccountManifest {
  readonly #disk: Disk
  readonly #root: string
  /** Before each path of the account in the manifest. */
  readonly #prefix: string
  readonly #manifest: Manifest

  /** `folder`: in the vault; `root`: the same as the system writes it. `manifest`: of the whole vault. */
  constructor(disk: Disk, { folder, root }: { readonly folder: string; readonly root: string }, manifest: Manifest) {
    this.#disk = disk
    this.#root = root
    this.#prefix = `${folder}/`
    this.#manifest = manifest
  }

  /** Undefined where it says nothing, '' where it is not up to date. */
  sumOf(path: string): string | undefined {
    return this.#manifest.get(this.#prefix + path)
  }

  async matches(path: string): Promise<boolean> {
    const file = systemPath(this.#root, path)
    const sum = this.sumOf(path)
    return sum !== undefined && sum !== '' && (await this.#disk.stat(file)) !== null && (await sumOf(this.#disk, file)) === sum
  }

  /** What it lists of a folder; of the whole account where that is ''. */
  *below(folder: string): Generator<readonly [path: string, sum: string]> {
    const prefix = this.#prefix + (folder === '' ? '' : `${folder}/`)
    for (const [path, sum] of this.#manifest) if (path.startsWith(prefix)) yield [path.slice(this.#prefix.length), sum]
  }

  /** Their checksums have to be made again. */
  touched(paths: readonly string[]): void {
    for (const path of paths) this.known(path, '')
  }

  known(path: string, sum: string): void {
    this.#manifest.set(this.#prefix + path, sum)
  }

  changed(operation: FileOperation): void {
    if (operation.op === 'place') this.known(operation.path, operation.sha256)
    else this.moved(operation.from, operation.to)
  }

  moved(from: string, to: string): void {
    const sum = this.sumOf(from)
    if (sum === undefined) return
    this.#manifest.delete(this.#prefix + from)
    this.known(to, sum)
  }

  /** Of a folder. */
  renamed(from: string, to: string): void {
    for (const [path] of [...this.below(from)]) this.moved(path, to + path.slice(from.length))
  }

  /** The file is not what was saved and stays so. `sum`: of what it is, null where it is missing. False where that is known. */
  asFound(path: string, sum: string | null): boolean {
    const known = this.sumOf(path)
    if (known === undefined || known === sum) return false
    if (sum === null) this.#manifest.delete(this.#prefix + path)
    else this.known(path, sum)
    return true
  }
}
