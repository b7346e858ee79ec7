/** An open vault. One writer at a time; readers need no lock and see what was committed. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Clock } from '../core/types.ts'
import { collisionKey } from '../formats/names.ts'
import { type Disk, readFile, replaceFile } from './disk.ts'
import { committedBatches } from './journal.ts'
import { accountFolder, journalPath, lockFile, payloadFolder, systemPath, tagFiles } from './layout.ts'
import { type Lock, lockVault } from './lock.ts'
import {
  bagitText,
  hashFile,
  type Manifest,
  markWriting,
  payloadFiles,
  readBagInfo,
  readManifest,
  writeManifests,
} from './manifest.ts'
import { readMeText } from './read-me.ts'
import { type Recovered, recoverAccount, removeScratch } from './recovery.ts'
import { AccountState, journalRuns } from './state.ts'

export interface VaultOptions {
  /** Absolute path. */
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  /** The user's cache directory, for databases that may vanish; null keeps them in memory-like scratch files. */
  readonly cache: string | null
  /** Name and version for the tag files, e.g. `Lifeboat 0.1.0`. */
  readonly program: string
  /** The id of the vault that was seen at this path before, if one was. */
  readonly expectedId?: string | null
}

export interface OpenAccount {
  readonly id: string
  /** Path in the vault, e.g. `data/alice@example.com`. */
  readonly folder: string
  /** The same as the system writes it. */
  readonly root: string
  readonly state: AccountState
}

/** Files of ours that a vault may hold before it is one: making it was interrupted. */
const beginnings: ReadonlySet<string> = new Set([...Object.values(tagFiles), lockFile, payloadFolder])

export class Vault {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly program: string
  readonly id: string
  readonly #cache: string | null
  readonly #lock: Lock | null
  readonly #accounts = new Map<string, OpenAccount>()
  /** Manifest as it will be written; an empty sum stands for a file that has to be read. */
  #manifest: Manifest
  #writing: Promise<void> | null = null
  #wasComplete: boolean
  /** What was repaired on opening, in words for a person. */
  readonly notices: string[] = []

  private constructor(options: VaultOptions, id: string, lock: Lock | null, manifest: Manifest, complete: boolean) {
    this.directory = options.directory
    this.disk = options.disk
    this.clock = options.clock
    this.program = options.program
    this.#cache = options.cache
    this.id = id
    this.#lock = lock
    this.#manifest = manifest
    this.#wasComplete = complete
  }

  /**
   * Opens the vault for a run, making it in an empty folder, and repairs what an interrupted run left.
   * @throws AppError `disk-absent`, `vault-absent`, `vault-locked`, `corrupt`, `unsupported` (the folder holds something else)
   */
  static async openForWriting(options: VaultOptions): Promise<Vault> {
    const { disk, directory, clock } = options
    await checkPlace(options)
    await disk.makeDirectory(directory)
    const lock = await lockVault(disk, directory, clock)
    try {
      const info = await readBagInfo(disk, directory)
      const id = info?.id ?? (await idFromJournals(disk, directory)) ?? randomUUID()
      checkId(options, id)
      const manifest = await readManifest(disk, directory, tagFiles.manifest)
      const vault = new Vault(options, id, lock, manifest ?? new Map(), info?.complete ?? false)
      await vault.#prepare(manifest !== null, info === null)
      return vault
    } catch (error) {
      await lock.release().catch(() => undefined)
      throw error
    }
  }

  /** @throws AppError `not-found` when there is no vault, `vault-absent` when there was one or there is another now */
  static async openForReading(options: VaultOptions): Promise<Vault> {
    const info = await readBagInfo(options.disk, options.directory)
    const id = info?.id ?? (await idFromJournals(options.disk, options.directory))
    if (id === null) {
      if (options.expectedId) throw absent(options.directory)
      throw new AppError('not-found', `There is no vault in ${options.directory}.`, {
        advice: 'Check the path, or plug in the disk it is on.',
      })
    }
    checkId(options, id)
    return new Vault(options, id, null, new Map(), info?.complete ?? false)
  }

  async #prepare(hasManifest: boolean, isNew: boolean): Promise<void> {
    if (isNew) await this.#create()
    await removeScratch(this.disk, this.directory)
    for (const id of await this.accountIds()) await this.#open(id, !this.#wasComplete)
    if (hasManifest || isNew) return
    this.notices.push('The list of checksums was missing or damaged and is made anew. Run lifeboat verify afterwards.')
    for await (const { path } of payloadFiles(this.disk, this.directory)) this.#manifest.set(path, '')
    await this.markWriting()
  }

  async #create(): Promise<void> {
    await replaceFile(this.disk, join(this.directory, tagFiles.readMe), [Buffer.from(readMeText)])
    await replaceFile(this.disk, join(this.directory, tagFiles.bagit), [Buffer.from(bagitText)])
    await this.disk.makeDirectory(join(this.directory, payloadFolder))
    await markWriting(this.disk, this.directory, this.id, this.program, this.clock.now())
  }

  /** Accounts that left a journal, by id. */
  async accountIds(): Promise<string[]> {
    const ids: string[] = []
    for (const entry of (await this.disk.list(join(this.directory, payloadFolder))) ?? []) {
      if (entry.kind !== 'directory') continue
      const first = await firstEntry(this.disk, join(this.directory, payloadFolder, entry.name))
      if (first !== null) ids.push(first.account)
    }
    return ids
  }

  /** The account's committed state. */
  async account(id: string): Promise<OpenAccount> {
    return this.#accounts.get(id) ?? (await this.#open(id, false))
  }

  async #open(id: string, interrupted: boolean): Promise<OpenAccount> {
    const name = accountFolder(id)
    await this.#refuseNamesake(name)
    const folder = `${payloadFolder}/${name}`
    const root = systemPath(this.directory, folder)
    const state = AccountState.open(this.#cache === null ? null : join(this.#cache, this.id, `${name}.sqlite`))
    const account = { id, folder, root, state }
    try {
      if (this.#lock !== null && interrupted) await this.#recover(account)
      await state.catchUp(this.disk, root)
    } catch (error) {
      state.close()
      throw error
    }
    this.#accounts.set(id, account)
    return account
  }

  /** Two accounts whose names differ only in case would share a folder on many disks. */
  async #refuseNamesake(name: string): Promise<void> {
    for (const entry of (await this.disk.list(join(this.directory, payloadFolder))) ?? []) {
      if (entry.name !== name && collisionKey(entry.name) === collisionKey(name))
        throw new AppError('unsupported', `The vault has an account named ${entry.name} already. Choose another id for ${name}.`)
    }
  }

  async #recover(account: OpenAccount): Promise<void> {
    const inManifest = [...this.#manifest.keys()]
    const repaired: Recovered = await recoverAccount(this.disk, account.root, account.state, this.clock, {
      knows: (path) => this.#manifest.has(`${account.folder}/${path}`),
      listed: inManifest
        .filter((path) => path.startsWith(`${account.folder}/`))
        .map((path) => path.slice(account.folder.length + 1)),
    })
    for (const change of repaired.changes) {
      if (change.kind === 'renamed') this.manifestRenamed(account, change.from, change.to)
      else this.manifestTouched(account, [change.path])
    }
    if (repaired.notice !== null) this.notices.push(`${account.id}: ${repaired.notice}`)
  }

  /** Before the first change of a session; later calls do nothing. */
  markWriting(): Promise<void> {
    this.#writing ??= this.#wasComplete
      ? markWriting(this.disk, this.directory, this.id, this.program, this.clock.now())
      : Promise.resolve()
    return this.#writing
  }

  /** Files, relative to the account's folder, whose checksums have to be made again. */
  manifestTouched(account: OpenAccount, paths: readonly string[]): void {
    for (const path of paths) this.#manifest.set(`${account.folder}/${path}`, '')
  }

  manifestKnown(account: OpenAccount, path: string, sum: string): void {
    this.#manifest.set(`${account.folder}/${path}`, sum)
  }

  manifestRenamed(account: OpenAccount, from: string, to: string): void {
    const prefix = `${account.folder}/${from}/`
    for (const [path, sum] of [...this.#manifest].filter(([path]) => path.startsWith(prefix))) {
      this.#manifest.delete(path)
      this.#manifest.set(`${account.folder}/${to}/${path.slice(prefix.length)}`, sum)
    }
  }

  async manifestMatches(account: OpenAccount, path: string): Promise<boolean> {
    return (await hashFile(this.disk, systemPath(account.root, path))) === this.#manifest.get(`${account.folder}/${path}`)
  }

  /** Writes the manifest of what the session did and marks the vault as complete. Not after a failure of the disk. */
  async finish(): Promise<void> {
    if (this.#writing === null && this.#wasComplete) return
    for (const [path, sum] of this.#manifest) {
      if (sum === '') this.#manifest.set(path, await hashFile(this.disk, systemPath(this.directory, path)))
    }
    await this.#refreshTexts()
    await writeManifests(this.disk, this.directory, this.#manifest, this.id, this.program, this.clock.now())
    this.#wasComplete = true
    this.#writing = null
  }

  async #refreshTexts(): Promise<void> {
    for (const [name, text] of [
      [tagFiles.readMe, readMeText],
      [tagFiles.bagit, bagitText],
    ] as const) {
      const path = join(this.directory, name)
      if ((await readFile(this.disk, path))?.toString() !== text) await replaceFile(this.disk, path, [Buffer.from(text)])
    }
  }

  async close(): Promise<void> {
    for (const account of this.#accounts.values()) account.state.close()
    this.#accounts.clear()
    await this.#lock?.release()
  }
}

/** Never writes where a known disk should be mounted and is not, nor among somebody's other files. */
async function checkPlace({ disk, directory, expectedId }: VaultOptions): Promise<void> {
  const entries = await disk.list(directory)
  if (entries === null || entries.length === 0) {
    if (expectedId) throw absent(directory)
    if (entries === null && (await disk.stat(join(directory, '..')))?.kind !== 'directory')
      throw new AppError('disk-absent', `${join(directory, '..')} is not there.`, {
        advice: 'Plug in the disk, or make the folder that is to hold the vault.',
      })
    return
  }
  const isVault = entries.some((entry) => entry.name === tagFiles.bagInfo) || (await idFromJournals(disk, directory)) !== null
  const isBeginning = entries.every(
    (entry) => beginnings.has(entry.name) || [...beginnings].some((name) => entry.name.startsWith(`${name}.lifeboat-`)),
  )
  if (isVault || isBeginning) return
  throw new AppError('unsupported', `${directory} holds other files and is not a vault.`, {
    advice: 'Choose an empty folder, or one that does not exist yet.',
  })
}

function absent(directory: string): AppError {
  return new AppError('vault-absent', `The vault that was in ${directory} is not there; its disk seems not to be plugged in.`)
}

function checkId({ expectedId, directory }: VaultOptions, id: string): void {
  if (!expectedId || expectedId === id) return
  throw new AppError('vault-absent', `${directory} holds another vault than the one that was there before.`, {
    advice: 'Plug in the right disk and run the command again.',
  })
}

/** The tag file may be lost; every run says which vault it wrote. */
async function idFromJournals(disk: Disk, directory: string): Promise<string | null> {
  for (const entry of (await disk.list(join(directory, payloadFolder))) ?? []) {
    const first = await firstEntry(disk, join(directory, payloadFolder, entry.name))
    if (first !== null) return first.vault
  }
  return null
}

async function firstEntry(disk: Disk, root: string): Promise<{ readonly account: string; readonly vault: string } | null> {
  for (const run of await journalRuns(disk, root)) {
    for await (const { entries } of committedBatches(disk, systemPath(root, journalPath(run)))) {
      const first = entries[0]
      if (first?.op === 'begin') return first
      break
    }
  }
  return null
}
