/** How a vault is opened on this computer. */
import { join } from 'node:path'
import type { VaultOptions } from '../vault/vault.ts'
import { systemClock } from './clock.ts'
import { computerId } from './computer.ts'
import type { Config } from './config.ts'
import { type Paths, usableFolder } from './paths.ts'
import { version } from './version.ts'

/** `isNew`: another vault than the one that was seen at this place may be there. */
export async function vaultOptionsFor(config: Config, paths: Paths, directory: string, isNew = false): Promise<VaultOptions> {
  return {
    directory,
    disk: (await import('../vault/disk.ts')).realDisk,
    clock: systemClock,
    cache: await usableFolder(join(paths.cache, 'vaults')),
    computer: await computerId(paths.config),
    program: `Lifeboat ${version()}`,
    expectedId: isNew ? null : await config.knownVault(directory),
  }
}
