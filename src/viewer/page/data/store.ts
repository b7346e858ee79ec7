/**
 * How the page gets at a vault. From the disk by script elements and, once the person has chosen the folder, by its files;
 * in the program by its own means. Everything else in the page works on this alone.
 */
import type { ShardLoader } from '../../format.ts'

export interface ViewerStore {
  readonly loadShard: ShardLoader
  /** Address of a file of the vault, for links and previews. `path` is relative to the vault's root, with `/`. */
  fileAddress(path: string): string
  /** The vault's files themselves; null until they may be read. */
  files(): VaultFiles | null
}

export interface VaultFiles {
  /** @throws when there is no such file or it is shorter */
  slice(path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}
