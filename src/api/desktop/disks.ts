/** The disks that a person keeps backups on, by the identity written on them: where each is now, and what was seen on it. */
import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { Config } from '../config.ts'
import type { Paths } from '../paths.ts'
import { vaultOptionsFor } from '../vault-options.ts'
import type { ChosenDisk, Snapshot, Volume } from './contract.ts'
import { accountsIn, identityOf, vaultsOn } from './find-disks.ts'
import type { DiskState } from './home.ts'
import type { Look } from './look.ts'
import { DiskMemory } from './memory.ts'
import type { KnownDisk, Preferences } from './preferences.ts'
import { type ListMounts, listVolumes, volumeOf } from './volumes.ts'

/** Name of the folder that is made on a disk. */
export const diskFolder = 'Lifeboat'

export interface DisksOptions {
  readonly paths: Paths
  readonly config: Config
  readonly preferences: Preferences
  readonly mounts: ListMounts
  readonly look: Look
  readonly now: () => Date
  /** Called whenever something else is known of a disk. */
  readonly changed: () => void
}

export class Disks {
  readonly memory: DiskMemory
  readonly #paths: Paths
  readonly #config: Config
  readonly #preferences: Preferences
  readonly #mounts: ListMounts
  readonly #look: Look
  readonly #now: () => Date
  readonly #changed: () => void
  /** Where each disk is now, as last seen; by identity. */
  #places = new Map<string, string>()
  readonly #looked = new Set<string>()
  readonly #looking = new Map<string, Promise<void>>()
  readonly #flushed = new Set<string>()
  /** Of each volume when it was shown, by its path: the number of its device. */
  readonly #shown = new Map<string, number>()

  constructor({ paths, config, preferences, mounts, look, now, changed }: DisksOptions) {
    this.memory = new DiskMemory(paths.state)
    this.#paths = paths
    this.#config = config
    this.#preferences = preferences
    this.#mounts = mounts
    this.#look = look
    this.#now = now
    this.#changed = changed
  }

  get isLooking(): boolean {
    return this.#looking.size > 0
  }

  /** Once every look that is under way has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#looking.values())
  }

  /** Looks anew at what is there, the next time that somebody wants to know. */
  lookAgain(): void {
    this.#looked.clear()
  }

  isLookedAt(id: string): boolean {
    return this.#looked.has(id)
  }

  /** Looks at what is there and was not looked at yet; answers where the disks are, and whether any is somewhere else than before. */
  async find(): Promise<{ readonly states: readonly DiskState[]; readonly isMoved: boolean }> {
    const before = new Map(this.#places)
    const states = await this.states()
    for (const { known, folder } of states) {
      if (folder !== null && before.get(known.id) !== folder) this.#looked.delete(known.id)
      if (folder !== null && !this.#looked.has(known.id)) await this.lookAt(known.id, folder)
    }
    return { states, isMoved: states.some(({ known, folder }) => (before.get(known.id) ?? null) !== folder) }
  }

  /** Everything that was written to this folder is on the disk, or is not any more. */
  noteFlushed(folder: string, isFlushed: boolean): void {
    if (isFlushed) this.#flushed.add(folder)
    else this.#flushed.delete(folder)
  }

  /**
   * The disk that a job worked with. Several may take turns at one place; where it was pulled, the one that was seen there last
   * counts.
   */
  async at(folder: string): Promise<KnownDisk | null> {
    const { disks } = await this.#preferences.read()
    const written = await identityOf(folder)
    return (
      disks.find(({ id }) => id === written) ??
      disks.find(({ id }) => this.#places.get(id) === folder) ??
      disks.find((disk) => disk.folder === folder) ??
      null
    )
  }

  async volumes(): Promise<Volume[]> {
    const [volumes, known] = await Promise.all([listVolumes(this.#mounts), this.#preferences.read()])
    return await Promise.all(
      volumes.map(async (volume) => {
        const place = await stat(volume.path).catch(() => null)
        if (place !== null) this.#shown.set(volume.path, place.dev)
        return { ...volume, found: await this.#foundOn(volume.path, known.disks) }
      }),
    )
  }

  /** Where a disk was pulled, its mount point may stay behind as a folder of the computer's own disk. @throws AppError `disk-absent` */
  async #refuseLeftBehind(folder: string): Promise<void> {
    for (const [path, device] of this.#shown) {
      if (folder !== path && !folder.startsWith(path.endsWith(sep) ? path : path + sep)) continue
      if ((await stat(path).catch(() => null))?.dev !== device) throw gone()
    }
  }

  /** Makes the folder where there is none, and takes the disk into use. @throws AppError where nothing can be kept there */
  async use({ path, name }: ChosenDisk): Promise<{ readonly id: string; readonly folder: string }> {
    const given = resolve(path)
    const here = await identityOf(given)
    const folder = here !== null || basename(given) === diskFolder ? given : join(given, diskFolder)
    let id = here ?? (await identityOf(folder))
    if (id === null) {
      await this.#refuseLeftBehind(given)
      // Nothing above it: where the disk was pulled at this moment, its folder would come to be on the computer's own disk.
      await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST' && (await stat(folder)).isDirectory()) return
        if (error.code === 'ENOENT') throw gone(error)
        throw new AppError('permission', 'The folder for the backup cannot be made on this disk.', {
          cause: error,
          advice: 'Choose another disk, or remove its write protection.',
        })
      })
      const { Vault } = await import('../../vault/vault.ts')
      const vault = await Vault.openForWriting(await vaultOptionsFor(this.#config, this.#paths, folder, true))
      id = vault.id
      await vault.close()
    }
    return await this.#take(id, folder, name)
  }

  /** A disk that Lifeboat wrote before, here or elsewhere; it may be write-protected. @throws AppError `not-found` */
  async open({ path, name }: ChosenDisk): Promise<{ readonly id: string; readonly folder: string }> {
    const given = resolve(path)
    const places = [given, join(given, diskFolder), ...(await vaultsOn(given)).map(({ folder }) => folder)]
    for (const folder of places) {
      const id = await identityOf(folder)
      if (id !== null) return await this.#take(id, folder, name)
    }
    throw new AppError('not-found', 'There is no Lifeboat backup in this folder.', {
      advice: 'Choose the disk, or the folder on it that holds “START HERE.html”.',
    })
  }

  async #take(id: string, folder: string, name: string): Promise<{ readonly id: string; readonly folder: string }> {
    const now = this.#now()
    await this.#config.rememberVault(id, folder, now)
    await this.#preferences.rememberDisk({
      id,
      name: name.trim() || basename(dirname(folder)),
      folder,
      lastSeen: now.toISOString(),
    })
    await this.lookAt(id, folder)
    this.#changed()
    return { id, folder }
  }

  async change(
    id: string,
    change: { readonly name?: string | undefined; readonly chosen?: readonly string[] | null | undefined },
  ): Promise<void> {
    await this.known(id)
    await this.#preferences.change((data) => ({
      ...data,
      disks: data.disks.map((disk) =>
        disk.id === id
          ? {
              ...disk,
              name: change.name?.trim() || disk.name,
              chosen: change.chosen === undefined ? disk.chosen : (change.chosen?.slice() ?? null),
            }
          : disk,
      ),
    }))
    this.#changed()
  }

  /** Nothing on the disk changes. */
  async forget(id: string): Promise<void> {
    await this.known(id)
    await this.#preferences.change((data) => ({ ...data, disks: data.disks.filter((disk) => disk.id !== id) }))
    await this.memory.forget(id)
    this.#changed()
  }

  /** Where the disk is now. @throws AppError `disk-absent` that names it */
  async folderOf(id: string): Promise<string> {
    const known = await this.known(id)
    const folder = await this.locate(known)
    if (folder !== null) return folder
    throw new AppError('disk-absent', `"${known.name}" is not plugged in.`, { advice: `Plug in "${known.name}" and try again.` })
  }

  /**
   * Before a job on this folder: makes sure that the disk which is meant is there, whatever was at this place before.
   * @throws AppError `disk-absent`
   */
  async recognise(folder: string): Promise<void> {
    const { disks } = await this.#preferences.read()
    const expected = disks.find((disk) => disk.folder === folder || this.#places.get(disk.id) === folder)
    const id = await identityOf(folder)
    if (id !== null && disks.some((disk) => disk.id === id)) {
      await this.#config.rememberVault(id, folder, this.#now())
      return
    }
    if (expected === undefined) return
    throw new AppError('disk-absent', `"${expected.name}" is not plugged in.`, {
      advice: `Plug in "${expected.name}" and try again.`,
    })
  }

  async nameOf(id: string): Promise<string> {
    return (await this.known(id)).name
  }

  async snapshot(id: string): Promise<Snapshot | null> {
    await this.known(id)
    return (await this.memory.of(id)).snapshot
  }

  /** What was written until now is seen: a look that is under way may have come too early for it. */
  async lookAnew(id: string, folder: string): Promise<void> {
    await this.#looking.get(id)
    await this.lookAt(id, folder)
  }

  /** One look at a time for each disk. */
  lookAt(id: string, folder: string): Promise<void> {
    const running = this.#looking.get(id)
    if (running !== undefined) return running
    this.#looked.add(id)
    const looking = this.#look(folder)
      .then(async (snapshot) => {
        // Of a disk that was pulled meanwhile only a part was seen: what was known of it before is better.
        if (snapshot?.id === id && (await identityOf(folder)) === id) await this.memory.keepSnapshot(snapshot)
      })
      .catch(() => undefined)
      .finally(() => {
        this.#looking.delete(id)
        this.#changed()
      })
    this.#looking.set(id, looking)
    return looking
  }

  async states(): Promise<DiskState[]> {
    const { disks } = await this.#preferences.read()
    const states = await Promise.all(
      disks.map(async (known): Promise<DiskState> => {
        const folder = await this.locate(known)
        const { snapshot, attempt } = await this.memory.of(known.id)
        const space = folder === null ? null : await volumeOf({ path: folder, label: '', kind: 'folder', fileSystem: '' })
        return {
          known,
          folder,
          free: space?.free ?? null,
          snapshot,
          attempt,
          canUnplug: folder !== null && this.#flushed.has(folder) && !folder.startsWith(homedir() + sep),
        }
      }),
    )
    const places = states.flatMap(({ known, folder }) => (folder === null ? [] : [[known.id, folder] as const]))
    this.#places = new Map(places)
    return states
  }

  /** At its last place, else wherever a volume has it now. */
  async locate(known: KnownDisk): Promise<string | null> {
    const seen = this.#places.get(known.id)
    for (const folder of [...(seen === undefined ? [] : [seen]), known.folder]) {
      if ((await identityOf(folder)) === known.id) return folder
    }
    for (const { path } of await this.#mounts().catch(() => [])) {
      const found = (await vaultsOn(path)).find(({ id }) => id === known.id)
      if (found === undefined) continue
      await this.#preferences.rememberDisk({ ...known, folder: found.folder, lastSeen: this.#now().toISOString() })
      return found.folder
    }
    return null
  }

  async #foundOn(volume: string, known: readonly KnownDisk[]) {
    const vaults = await vaultsOn(volume)
    return await Promise.all(
      vaults.map(async ({ id, folder }) => ({
        ...{ id, folder, accounts: await accountsIn(folder) },
        known: known.some((disk) => disk.id === id),
      })),
    )
  }

  /**
   * The mount point that holds the folder: the longest that fits.
   * @throws AppError `unsupported` for a folder of the computer's own disk
   */
  async volumeOf(folder: string): Promise<string> {
    const mounts = await this.#mounts().catch(() => [])
    const fitting = mounts
      .map(({ path }) => path)
      .filter((path) => folder === path || folder.startsWith(path.endsWith(sep) ? path : path + sep))
    const volume = fitting.toSorted((a, b) => b.length - a.length)[0]
    if (volume !== undefined) return volume
    throw new AppError('unsupported', 'This folder lies on no disk that can be ejected.', {
      advice: 'Everything is written. There is nothing to unplug.',
    })
  }

  async known(id: string): Promise<KnownDisk> {
    const { disks } = await this.#preferences.read()
    const disk = disks.find((each) => each.id === id)
    if (disk === undefined) throw new AppError('not-found', 'This disk is not known any more.')
    return disk
  }
}

function gone(cause?: unknown): AppError {
  return new AppError('disk-absent', 'The disk is not there any more.', { cause, advice: 'Plug it in and choose it again.' })
}
