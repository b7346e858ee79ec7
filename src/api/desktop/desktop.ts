/** Everything the screens need beyond `App`: the answer of Home, the disks as they come and go, and what is due. */
import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Service } from '../../core/account.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import { isDue } from '../../engine/schedule.ts'
import { uniqueName } from '../../formats/names.ts'
import { systemClock } from '../clock.ts'
import { Config } from '../config.ts'
import type { App } from '../contract.ts'
import type { Job, JobRequest } from '../jobs/job.ts'
import { isActive, type Jobs } from '../jobs/jobs.ts'
import { fileLog } from '../log.ts'
import { openOutside } from '../open.ts'
import { type Paths, pathsBelow, usableFolder, userPaths } from '../paths.ts'
import { secretStore } from '../secrets.ts'
import { attemptOf } from './attempt.ts'
import type { AccountRequest, AddedAccount, ChosenDisk, Discovery, Home, Settings } from './contract.ts'
import { diagnostics, namesIn } from './diagnostics.ts'
import { discover } from './discover.ts'
import { Disks, diskFolder } from './disks.ts'
import { eject } from './eject.ts'
import { accountsFor, historyOf, homeOf } from './home.ts'
import { type Look, lookInProcess } from './look.ts'
import { refusalIn, replacePassword, tried } from './password.ts'
import { Preferences } from './preferences.ts'
import { SignIns } from './sign-ins.ts'
import { type ListMounts, systemMounts } from './volumes.ts'

/** Milliseconds between two looks for disks that came or went, and for what is due. */
const tickEvery = 15_000
/** Milliseconds that somebody who is setting up has to say how often, before what is due begins by itself. */
const setUpTime = 30 * 60_000
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
  readonly disks: Disks
  readonly #paths: Paths
  readonly #config: Config
  readonly #preferences: Preferences
  readonly #now: () => Date
  readonly #open: (target: string) => boolean
  readonly #followers = new Set<() => void>()
  /** What is still noted of jobs that ended. */
  readonly #noting = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | null = null
  /** Milliseconds since 1970. */
  #lastChange = 0
  /** Milliseconds since 1970; 0: nobody is setting up. */
  #setUpSince = 0

  constructor({ app, jobs, home, mounts, look, now, open }: DesktopOptions) {
    this.app = app
    this.jobs = jobs
    this.#paths = home === undefined ? userPaths() : pathsBelow(home)
    this.#config = new Config(this.#paths.config)
    this.#preferences = new Preferences(this.#paths.config)
    this.#now = now ?? (() => systemClock.now())
    this.disks = new Disks({
      ...{ paths: this.#paths, config: this.#config, preferences: this.#preferences, now: this.#now },
      ...{ mounts: mounts ?? systemMounts, look: look ?? lookInProcess, changed: () => this.#changed() },
    })
    this.#open = open ?? ((target) => openOutside(target, process.env))
    this.signIns = new SignIns(app, () => {
      this.#setUpSince = this.#now().getTime()
      // What is said of an account's future may be different now.
      this.disks.lookAgain()
      this.#changed()
    })
    jobs.follow((job) => {
      if (job.kind === 'backup') this.#setUpSince = 0
      if (job.state === 'running' && job.progress === null) this.disks.noteFlushed(job.request.vault, false)
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
    while (this.#noting.size > 0 || this.disks.isLooking) await Promise.all([...this.#noting, this.disks.settled()])
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
    const disks = await this.disks.states()
    for (const { known, folder } of disks)
      if (folder !== null && !this.disks.isLookedAt(known.id)) void this.disks.lookAt(known.id, folder)
    return homeOf({ accounts, preferences, disks, looking: this.disks.isLooking, now: this.#now() })
  }

  /** Looks where the disks are now, and starts the backups that are due. */
  async tick(): Promise<void> {
    const { isMoved } = await this.disks.find()
    if (isMoved || Math.abs(this.#now().getTime() - this.#lastChange) >= timeTells) this.#changed()
    await this.#startDue()
  }

  async ejectDisk(id: string): Promise<void> {
    const folder = await this.disks.folderOf(id)
    if (this.jobs.all().some((job) => isActive(job) && job.request.vault === folder)) {
      throw new AppError('vault-locked', 'Lifeboat is still working with this disk.', {
        advice: 'Wait until it has ended, or stop it.',
      })
    }
    await eject(await this.disks.volumeOf(folder))
    await this.tick()
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
    const before = this.#setUpSince
    // While it is tried it is known already, and nothing may begin with it.
    this.#setUpSince = this.#now().getTime()
    try {
      await this.app.addAccount({ id, connections, ...secret })
      const findings = await this.#triedOnce(id, signal)
      this.#setUpSince = this.#now().getTime()
      this.#changed()
      return { id, findings }
    } catch (error) {
      this.#setUpSince = before
      throw error
    }
  }

  /** An account that does not let us in is not kept. @throws AppError what signing in said */
  async #triedOnce(id: string, signal: AbortSignal): Promise<AddedAccount['findings']> {
    try {
      const findings = await tried(this.app, id, signal)
      const refused = refusalIn(findings)
      if (refused !== null) throw refused
      return findings
    } catch (error) {
      await this.app.removeAccount(id).catch(() => undefined)
      throw error
    }
  }

  /** A disk for what is set up now: nothing is written to it before the person says so. @throws AppError as `Disks.use` */
  async useDisk(chosen: ChosenDisk): Promise<{ readonly id: string; readonly folder: string }> {
    this.#setUpSince = this.#now().getTime()
    return await this.disks.use(chosen)
  }

  /** @throws AppError what signing in said; the old password stays then */
  async setPassword(account: string, password: string, signal: AbortSignal): Promise<void> {
    const base = { clock: systemClock, log: fileLog(this.#paths.log, process.env.LIFEBOAT_DEBUG === '1') }
    const secrets = secretStore(this.#paths.config)
    await replacePassword({ config: this.#config, secrets, base }, account, password, signal)
    this.#changed()
  }

  async removeAccount(id: string): Promise<void> {
    try {
      await this.app.removeAccount(id)
    } finally {
      // It may be gone while its password is not.
      this.#changed()
    }
  }

  /** @throws AppError `usage` for none at all */
  async chooseServices(account: string, services: readonly Service[]): Promise<void> {
    await this.app.chooseServices(account, services)
    this.#changed()
  }

  /** @throws AppError `usage` where that cannot be */
  async choose(account: string, choice: string, isOn: boolean): Promise<void> {
    await this.app.choose(account, choice, isOn)
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
    if (change.every !== undefined) this.#setUpSince = 0
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
    const accounts = await this.app.listAccounts()
    const places = accounts.flatMap(({ connections }) => connections.flatMap(({ settings }) => namesIn(settings)))
    return await diagnostics(await this.home(), places, this.#paths.log)
  }

  /** A folder, and never a file: opening one may run it. @throws AppError `not-found`, `unsupported` where nothing can show it */
  async show(target: { readonly folder: string } | 'log'): Promise<void> {
    const path = target === 'log' ? this.#paths.log : target.folder
    if (target === 'log') await usableFolder(path)
    if (!(await stat(path).catch(() => null))?.isDirectory())
      throw new AppError('not-found', `The folder ${path} is not there.`, { advice: 'Plug in the disk that it is on.' })
    if (this.#open(path)) return
    throw new AppError('unsupported', 'The folder cannot be opened from here.', { advice: `It is ${path}` })
  }

  /** @throws AppError `disk-absent`, `vault-locked` */
  async backUp(id: string): Promise<void> {
    const [folder, { attachments }] = await Promise.all([this.disks.folderOf(id), this.#preferences.read()])
    await this.startJob({ kind: 'backup', request: { vault: folder, attachments } })
  }

  /**
   * A backup that names no accounts saves those that are chosen for the disk.
   * @throws AppError `disk-absent`, `vault-locked`
   */
  async startJob(job: JobRequest): Promise<Job> {
    const { vault } = job.request
    await this.disks.recognise(vault)
    if (job.kind !== 'backup' || job.request.accounts !== undefined) return this.jobs.start(job)
    const disk = await this.disks.at(vault)
    // Where all are saved none are named, so that whoever comes to an organisation is saved, too.
    if (disk === null || disk.chosen === null) return this.jobs.start(job)
    return this.jobs.start({ ...job, request: { ...job.request, accounts: accountsFor(disk, await this.app.listAccounts()) } })
  }

  /** Starts a backup on every disk that is there and due, one job a disk. */
  async #startDue(): Promise<void> {
    const [accounts, preferences] = await Promise.all([this.app.listAccounts(), this.#preferences.read()])
    const now = this.#now()
    if (preferences.pausedUntil !== null && Date.parse(preferences.pausedUntil) > now.getTime()) return
    if (Math.abs(now.getTime() - this.#setUpSince) < setUpTime) return
    // A backup that has just ended is not known as a success until its disk was looked at.
    if (this.#noting.size > 0 || this.disks.isLooking) return
    for (const state of await this.disks.states()) {
      const { known, folder } = state
      if (folder === null || accountsFor(known, accounts).length === 0 || !this.disks.isLookedAt(known.id)) continue
      if (!isDue(preferences.every, historyOf(state, accounts), now)) continue
      if (this.jobs.all().some((job) => isActive(job) && job.request.vault === folder)) continue
      // A disk that was pulled at this moment keeps nothing from the others.
      await this.startJob({ kind: 'backup', request: { vault: folder, attachments: preferences.attachments } }).catch(unlessGone)
    }
  }

  async #afterJob(jobId: string): Promise<void> {
    const job = this.jobs.all().find(({ id }) => id === jobId)
    if (job === undefined) return
    const disk = await this.disks.at(job.request.vault)
    if (disk === null) return
    const attempt = attemptOf(job)
    if (attempt !== null) await this.disks.memory.keepAttempt(disk.id, attempt)
    const folder = await this.disks.locate(disk)
    if (folder !== null) await this.disks.lookAnew(disk.id, folder)
    if (folder !== null && job.state === 'done') this.disks.noteFlushed(folder, true)
    this.#changed()
  }

  #changed(): void {
    this.#lastChange = this.#now().getTime()
    for (const follower of this.#followers) follower()
  }
}

function unlessGone(error: unknown): void {
  if (!hasCode(error, 'disk-absent', 'vault-locked')) throw error
}
