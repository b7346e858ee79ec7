/** Everything the screens need beyond `App`: the answer of Home, the disks as they come and go, and what is due. */
import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../core/errors.ts'
import type { Service } from '../../core/types.ts'
import { isDue } from '../../engine/schedule.ts'
import { uniqueName } from '../../formats/names.ts'
import { systemClock } from '../clock.ts'
import { Config } from '../config.ts'
import type { App } from '../contract.ts'
import { isActive, type Jobs } from '../jobs/jobs.ts'
import { openOutside } from '../open.ts'
import { type Paths, pathsBelow, userPaths } from '../paths.ts'
import { secretStore } from '../secrets.ts'
import { vaultOptionsFor } from '../vault-options.ts'
import { attemptOf } from './attempt.ts'
import type { AccountRequest, AddedAccount, ChosenDisk, Discovery, Home, Settings, Snapshot, Volume } from './contract.ts'
import { diagnostics } from './diagnostics.ts'
import { discover } from './discover.ts'
import { eject } from './eject.ts'
import { accountsIn, identityOf, vaultsOn } from './find-disks.ts'
import { accountsFor, type DiskState, historyOf, homeOf } from './home.ts'
import { type Look, lookInProcess } from './look.ts'
import { DiskMemory } from './memory.ts'
import { refusalIn, replacePassword, tried } from './password.ts'
import { type KnownDisk, Preferences } from './preferences.ts'
import { SignIns } from './sign-ins.ts'
import { type ListMounts, listVolumes, systemMounts, volumeOf } from './volumes.ts'

/** Name of the folder that is made on a disk. */
const diskFolder = 'Lifeboat'
/** Milliseconds between two looks for disks that came or went, and for what is due. */
const tickEvery = 15_000
/** Milliseconds after which time alone makes a difference: days without a backup count. */
const timeTells = 3_600_000
/** Packed, it lies beside the archive: not everything that walks folders can walk that. */
const sampleAccount = fileURLToPath(new URL('../../../assets/sample-account', import.meta.url)).replace(
  /([\\/]app\.asar)(?=[\\/])/,
  '$1.unpacked',
)

export interface DesktopOptions {
  readonly app: App
  readonly jobs: Jobs
  /** A folder for settings instead of the person's own, as in `createApp`. */
  readonly home?: string
  readonly mounts?: ListMounts
  readonly look?: Look
  readonly now?: () => Date
  /** Shows a folder or an address; false where nothing could. */
  readonly open?: (target: string) => boolean
}

export class Desktop {
  readonly app: App
  readonly jobs: Jobs
  readonly signIns: SignIns
  readonly #paths: Paths
  readonly #config: Config
  readonly #preferences: Preferences
  readonly #memory: DiskMemory
  readonly #mounts: ListMounts
  readonly #look: Look
  readonly #now: () => Date
  readonly #open: (target: string) => boolean
  readonly #followers = new Set<() => void>()
  /** Where each disk is now, as last seen; by identity. */
  #places = new Map<string, string>()
  readonly #looked = new Set<string>()
  readonly #looking = new Map<string, Promise<void>>()
  readonly #flushed = new Set<string>()
  /** What is still noted of jobs that ended. */
  readonly #noting = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | null = null
  /** Milliseconds since 1970. */
  #lastChange = 0

  constructor({ app, jobs, home, mounts, look, now, open }: DesktopOptions) {
    this.app = app
    this.jobs = jobs
    this.#paths = home === undefined ? userPaths() : pathsBelow(home)
    this.#config = new Config(this.#paths.config)
    this.#preferences = new Preferences(this.#paths.config)
    this.#memory = new DiskMemory(this.#paths.state)
    this.#mounts = mounts ?? systemMounts
    this.#look = look ?? lookInProcess
    this.#now = now ?? (() => systemClock.now())
    this.#open = open ?? ((target) => openOutside(target, process.env))
    this.signIns = new SignIns(app, () => {
      // What is said of an account's future may be different now.
      this.#looked.clear()
      this.#changed()
    })
    jobs.follow((job) => {
      if (job.state === 'running' && job.progress === null) this.#flushed.delete(job.request.vault)
      if (!isActive(job)) this.#follow(this.#afterJob(job.id))
    })
  }

  /** Begins to look for disks, and to start what is due. */
  start(): void {
    if (this.#timer !== null) return
    const tick = () => void this.tick().catch(() => undefined)
    this.#timer = setInterval(tick, tickEvery)
    this.#timer.unref()
    tick()
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.signIns.close()
    await this.settled()
  }

  /** Once everything that is known of the jobs that ended is noted. */
  async settled(): Promise<void> {
    while (this.#noting.size + this.#looking.size > 0) await Promise.all([...this.#noting, ...this.#looking.values()])
  }

  #follow(noting: Promise<void>): void {
    const noted = noting.catch(() => undefined).finally(() => this.#noting.delete(noted))
    this.#noting.add(noted)
  }

  /** Called whenever `home` would answer something else; answers how to stop. */
  follow(follower: () => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  async home(): Promise<Home> {
    const [accounts, preferences] = await Promise.all([this.app.listAccounts(), this.#preferences.read()])
    const disks = await this.#states()
    for (const { known, folder } of disks) if (folder !== null && !this.#looked.has(known.id)) void this.#lookAt(known.id, folder)
    return homeOf({ accounts, preferences, disks, looking: this.#looking.size > 0, now: this.#now() })
  }

  /** Looks where the disks are now, and starts the backups that are due. */
  async tick(): Promise<void> {
    const before = new Map(this.#places)
    const states = await this.#states()
    for (const { known, folder } of states) {
      if (folder !== null && before.get(known.id) !== folder) this.#looked.delete(known.id)
      if (folder !== null && !this.#looked.has(known.id)) await this.#lookAt(known.id, folder)
    }
    const isLater = Math.abs(this.#now().getTime() - this.#lastChange) >= timeTells
    if (isLater || states.some(({ known, folder }) => (before.get(known.id) ?? null) !== folder)) this.#changed()
    await this.#startDue()
  }

  async volumes(): Promise<Volume[]> {
    const [volumes, known] = await Promise.all([listVolumes(this.#mounts), this.#preferences.read()])
    return await Promise.all(volumes.map(async (volume) => ({ ...volume, found: await this.#foundOn(volume.path, known.disks) })))
  }

  /** Makes the folder where there is none, and takes the disk into use. @throws AppError where nothing can be kept there */
  async useDisk({ path, name }: ChosenDisk): Promise<{ readonly id: string; readonly folder: string }> {
    const given = resolve(path)
    const here = await identityOf(given)
    const folder = here !== null || basename(given) === diskFolder ? given : join(given, diskFolder)
    let id = here ?? (await identityOf(folder))
    if (id === null) {
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
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
  async openDisk({ path, name }: ChosenDisk): Promise<{ readonly id: string; readonly folder: string }> {
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
    await this.#lookAt(id, folder)
    this.#changed()
    return { id, folder }
  }

  async changeDisk(
    id: string,
    change: { readonly name?: string | undefined; readonly chosen?: readonly string[] | null | undefined },
  ): Promise<void> {
    await this.#disk(id)
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
  async forgetDisk(id: string): Promise<void> {
    await this.#disk(id)
    await this.#preferences.change((data) => ({ ...data, disks: data.disks.filter((disk) => disk.id !== id) }))
    this.#changed()
  }

  async ejectDisk(id: string): Promise<void> {
    const folder = await this.folderOf(id)
    if (this.jobs.all().some((job) => isActive(job) && job.request.vault === folder)) {
      throw new AppError('vault-locked', 'Lifeboat is still working with this disk.', {
        advice: 'Wait until it has ended, or stop it.',
      })
    }
    await eject(await this.#volumeOf(folder))
    await this.tick()
  }

  /** Where the disk is now. @throws AppError `disk-absent` that names it */
  async folderOf(id: string): Promise<string> {
    const known = await this.#disk(id)
    const folder = await this.#locate(known)
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
    return (await this.#disk(id)).name
  }

  async snapshot(id: string): Promise<Snapshot | null> {
    await this.#disk(id)
    return (await this.#memory.of(id)).snapshot
  }

  discover(address: string, signal: AbortSignal): Promise<Discovery> {
    return discover(this.app, address, signal)
  }

  /**
   * Adds the account and tries it; where it does not let us in, nothing is added.
   * @throws AppError what signing in said
   */
  async addAccount(request: AccountRequest, signal: AbortSignal): Promise<AddedAccount> {
    const { id, connections, password, keep } = request
    const secret = password === undefined ? {} : { secret: { place: { kind: keep }, value: password } }
    await this.app.addAccount({ id, connections, ...secret })
    try {
      const findings = await tried(this.app, id, signal)
      const refused = refusalIn(findings)
      if (refused !== null) throw refused
      this.#changed()
      return { id, findings }
    } catch (error) {
      await this.app.removeAccount(id).catch(() => undefined)
      throw error
    }
  }

  /** @throws AppError what signing in said; the old password stays then */
  async setPassword(account: string, password: string, signal: AbortSignal): Promise<void> {
    const { app } = this
    await replacePassword({ app, config: this.#config, secrets: secretStore(this.#paths.config) }, account, password, signal)
    this.#changed()
  }

  async removeAccount(id: string): Promise<void> {
    await this.app.removeAccount(id)
    this.#changed()
  }

  /** @throws AppError `usage` for none at all */
  async chooseServices(account: string, services: readonly Service[]): Promise<void> {
    await this.app.chooseServices(account, services)
    this.#changed()
  }

  async setPerson(account: string, person: string): Promise<void> {
    await this.#preferences.change((data) => {
      const { [account]: _before, ...others } = data.people
      return { ...data, people: person.trim() === '' ? others : { ...others, [account]: person.trim() } }
    })
    this.#changed()
  }

  /** An account to try everything with, on a disk that is a folder of this computer. */
  async practise(name: string): Promise<{ readonly id: string; readonly folder: string }> {
    const accounts = await this.app.listAccounts()
    if (!accounts.some(({ id }) => id === name)) {
      const settings = { path: sampleAccount, name: 'My Drive' }
      await this.app.addAccount({ id: name, connections: [{ provider: 'archive', settings }] })
    }
    const folder = join(homedir(), 'Lifeboat practice')
    await mkdir(folder, { recursive: true })
    return await this.useDisk({ path: join(folder, diskFolder), name })
  }

  async changeSettings(change: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Promise<void> {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    await this.#preferences.change((data) => ({ ...data, ...given }))
    this.#changed()
    await this.#startDue()
  }

  /** A folder that is not there yet, for what is brought back or collected: in the person's documents, else their home. */
  async suggestFolder(name: string): Promise<string> {
    const documents = join(homedir(), 'Documents')
    const parent = (await stat(documents).catch(() => null))?.isDirectory() ? documents : homedir()
    const stem = `Lifeboat ${name} ${this.#now().toISOString().slice(0, 10)}`
    for (let count = 1; ; count++) {
      const folder = join(
        parent,
        uniqueName(count === 1 ? stem : `${stem} (${count})`, () => false),
      )
      if ((await stat(folder).catch(() => null)) === null) return folder
    }
  }

  /** Without starting what is due now. */
  async setEvery(every: Settings['every']): Promise<void> {
    await this.#preferences.change((data) => ({ ...data, every }))
  }

  async diagnostics(): Promise<string> {
    return await diagnostics(await this.home(), this.#paths.log)
  }

  /** @throws AppError `unsupported` where nothing can show it */
  show(target: { readonly folder: string } | 'log'): void {
    const path = target === 'log' ? this.#paths.log : target.folder
    if (this.#open(path)) return
    throw new AppError('unsupported', 'The folder cannot be opened from here.', { advice: `It is ${path}` })
  }

  /** @throws AppError `disk-absent`, `vault-locked` */
  async backUp(id: string): Promise<void> {
    const [known, folder, accounts] = await Promise.all([this.#disk(id), this.folderOf(id), this.app.listAccounts()])
    const { attachments } = await this.#preferences.read()
    await this.recognise(folder)
    this.jobs.start({ kind: 'backup', request: { vault: folder, accounts: accountsFor(known, accounts), attachments } })
  }

  /** Starts a backup on every disk that is there and due, one job a disk. */
  async #startDue(): Promise<void> {
    const [accounts, preferences] = await Promise.all([this.app.listAccounts(), this.#preferences.read()])
    const now = this.#now()
    if (preferences.pausedUntil !== null && Date.parse(preferences.pausedUntil) > now.getTime()) return
    // A backup that has just ended is not known as a success until its disk was looked at.
    if (this.#noting.size + this.#looking.size > 0) return
    for (const state of await this.#states()) {
      const { known, folder } = state
      const wanted = accountsFor(known, accounts)
      if (folder === null || wanted.length === 0 || !this.#looked.has(known.id)) continue
      if (!isDue(preferences.every, historyOf(state, accounts), now)) continue
      if (this.jobs.all().some((job) => isActive(job) && job.request.vault === folder)) continue
      await this.recognise(folder)
      this.jobs.start({ kind: 'backup', request: { vault: folder, accounts: wanted, attachments: preferences.attachments } })
    }
  }

  async #afterJob(jobId: string): Promise<void> {
    const job = this.jobs.all().find(({ id }) => id === jobId)
    const { disks } = await this.#preferences.read()
    if (job === undefined) return
    // Several disks may take turns at one place; where it was pulled, the one that was seen there last counts.
    const { vault } = job.request
    const written = await identityOf(vault)
    const disk =
      disks.find(({ id }) => id === written) ??
      disks.find(({ id }) => this.#places.get(id) === vault) ??
      disks.find(({ folder }) => folder === vault)
    if (disk === undefined) return
    const attempt = attemptOf(job)
    if (attempt !== null) await this.#memory.keepAttempt(disk.id, attempt)
    const folder = await this.#locate(disk)
    if (folder !== null) await this.#lookAt(disk.id, folder)
    if (folder !== null && job.state === 'done') this.#flushed.add(folder)
    this.#changed()
  }

  /** One look at a time for each disk. */
  #lookAt(id: string, folder: string): Promise<void> {
    const running = this.#looking.get(id)
    if (running !== undefined) return running
    this.#looked.add(id)
    const looking = this.#look(folder)
      .then(async (snapshot) => {
        if (snapshot?.id === id) await this.#memory.keepSnapshot(snapshot)
      })
      .catch(() => undefined)
      .finally(() => {
        this.#looking.delete(id)
        this.#changed()
      })
    this.#looking.set(id, looking)
    return looking
  }

  async #states(): Promise<DiskState[]> {
    const { disks } = await this.#preferences.read()
    const states = await Promise.all(
      disks.map(async (known): Promise<DiskState> => {
        const folder = await this.#locate(known)
        const { snapshot, attempt } = await this.#memory.of(known.id)
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
  async #locate(known: KnownDisk): Promise<string | null> {
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
  async #volumeOf(folder: string): Promise<string> {
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

  async #disk(id: string): Promise<KnownDisk> {
    const { disks } = await this.#preferences.read()
    const disk = disks.find((each) => each.id === id)
    if (disk === undefined) throw new AppError('not-found', 'This disk is not known any more.')
    return disk
  }

  #changed(): void {
    this.#lastChange = this.#now().getTime()
    for (const follower of this.#followers) follower()
  }
}
