/** Backups on a volume, by the identity that is written in them; the volume's own name and place do not count. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { realDisk } from '../../vault/disk.ts'
import { payloadFolder } from '../../vault/layout.ts'
import { readBagInfo } from '../../vault/manifest.ts'

/** Folders of a volume that are looked into, at most. */
const mostFolders = 200

/** The identity of the vault in this folder; null where there is none. Never throws. */
export async function identityOf(folder: string): Promise<string | null> {
  return (await readBagInfo(realDisk, folder).catch(() => null))?.id ?? null
}

/** In the volume's top folder and one level below. */
export async function vaultsOn(volume: string): Promise<{ readonly id: string; readonly folder: string }[]> {
  const names = await readdir(volume, { withFileTypes: true }).catch(() => [])
  const folders = names.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).slice(0, mostFolders)
  const places = [volume, ...folders.map(({ name }) => join(volume, name))]
  const found = await Promise.all(places.map(async (folder) => ({ folder, id: await identityOf(folder) })))
  return found.flatMap(({ folder, id }) => (id === null ? [] : [{ folder, id }]))
}

/** Names of the accounts' folders: what a person recognises. */
export async function accountsIn(vault: string): Promise<string[]> {
  const entries = await readdir(join(vault, payloadFolder), { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
