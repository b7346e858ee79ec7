/** An open vault. One writer at a time; readers need no lock and see what was committed. */
import { hash, randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { collisionKey, decodeName } from '../formats/names.ts'
import { AccountManifest } from './account-manifest.ts'
import { damageNote, type NotedFile, readDamageNote } from './damage.ts'
import { type Disk, readFile, replaceFile, syncPath } from './disk.ts'
import { journalRuns } from './journal.ts'
import {
  accountFolder,
  attachmentsFolder,
  indexes,
  journalFolder,
  journalPath,
  payloadFolder,
  systemPath,
  tagFiles,
} from './layout.ts'
import { type Lock, lockVault } from './lock.ts'
import {
  type BagInfo,
  type BagLabels,
  type BagState,
  bagitText,
  hashFile,
  isManifestGenuine,
  type Manifest,
  markWriting,
  payloadFiles,
  readBagInfo,
  readManifest,
  writeEmptyManifest,
  writeManifests,
} from './manifest.ts'
import { readMeText } from './read-me.ts'
import { finishOperations, type Recovered, recoverAccount, removeScratch, undoneRename } from './recovery.ts'
import { AccountState } from './state.ts'
import { absent, checkFormat, checkId, checkPlace, firstRun, knownId, type VaultPlace } from './vault-place.ts'

export interface VaultOptions extends VaultPlace {
  readonly clock: Clock
  /** The user's cache directory, for databases that may vanish; null keeps them in memory-like scratch files. */
  readonly cache: string | null
  /** Name and version for the tag files, e.g. `Lifeboat 0.1.0`. */
  readonly program: string
  /** A random id of this computer, which it keeps for the person: others may have its name. Null where it cannot be kept. */
  readonly computer?: string | null
  /** Told a sentence before a long wait for somebody else's lock. */
  readonly onWait?: (text: string) => void
}

interface AccountFolder {
  /** Path in the vault, e.g. `data/alice@example.com`. */
  readonly folder: string
  /** The same as the system writes it. */
  readonly root: string
  readonly state: AccountState
  readonly manifest: AccountManifest
}

export interface OpenAccount extends AccountFolder {
  readonly id: string
}

export class Vault {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly program: string
  readonly id: string
  readonly #cache: string | null
  readonly #lock: Lock | null
  /** By the name of the folder. */
  readonly #accounts = new Map<string, AccountFolder>()
  /** Manifest as it will be written; an empty sum stands for a file that has to be read. */
  readonly #manifest: Manifest
  readonly #hasManifest: boolean
  #writing: Promise<void> | null = null
  /** What `bag-info.txt` says. */
  #state: BagState
  #attachments: boolean
  /** A run was broken off: what it left is not in order, and the vault must not be called complete. */
  #abandoned = false
  /** What was repaired on opening, in words for a person. */
  readonly notices: string[] = []
  /** Called after each commit of a run: the run's journal, and how many octets of it count. */
  onCommit: ((account: string, run: string, length: number) => void) | null = null

  private constructor(options: VaultOptions, id: string, lock: Lock | null, manifest: Manifest | null, info: BagInfo) {
    this.directory = options.directory
    this.disk = options.disk
    this.clock = options.clock
    this.program = options.program
    this.#cache = options.cache
    this.id = id
    this.#lock = lock
    this.#manifest = manifest ?? new Map()
    this.#hasManifest = manifest !== null
    this.#state = info.state
    this.#attachments = info.attachments
  }

  /**
   * Opens the vault for a run, making it in an empty folder, and repairs what an interrupted run left.
   * @throws AppError `disk-absent`, `vault-absent`, `vault-locked`, `corrupt`, `unsupported` (the folder holds something else)
   */
  static async openForWriting(options: VaultOptions): Promise<Vault> {
    const { disk, directory, clock, onWait, computer = null } = options
    await checkPlace(options)
    await disk.makeDirectory(directory)
    const lock = await lockVault(disk, directory, clock, onWait, computer)
    let vault: Vault | null = null
    try {
      const info = await readBagInfo(disk, directory)
      checkFormat(directory, info)
      const known = await knownId(disk, directory, info)
      checkId(options, known)
      const manifest = await readManifest(disk, directory, tagFiles.manifest)
      vault = new Vault(options, known ?? randomUUID(), lock, manifest, info)
      if (known === null) await vault.#create()
      else await vault.#prepare()
      return vault
    } catch (error) {
      await (vault?.close() ?? lock.release())
      throw error
    }
  }

  /** @throws AppError `not-found` when there is no vault, `vault-absent` when there was one or there is another now */
  static async openForReading(options: VaultOptions): Promise<Vault> {
    const info = await readBagInfo(options.disk, options.directory)
    checkFormat(options.directory, info)
    const id = await knownId(options.disk, options.directory, info)
    if (id === null) {
      if (options.expectedId) throw absent(options.directory)
      throw new AppError('not-found', `There is no vault in ${options.directory}.`, {
        advice: 'Check the path, or plug in the disk it is on.',
      })
    }
    checkId(options, id)
    const manifest = await readManifest(options.disk, options.directory, tagFiles.manifest)
    return new Vault(options, id, null, manifest, info)
  }

  async #create(): Promise<void> {
    await replaceFile(this.disk, join(this.directory, tagFiles.readMe), [Buffer.from(readMeText)])
    await replaceFile(this.disk, join(this.directory, tagFiles.bagit), [Buffer.from(bagitText)])
    await writeEmptyManifest(this.disk, this.directory)
    await this.disk.makeDirectory(join(this.directory, payloadFolder))
    await syncPath(this.disk, dirname(this.directory), this.directory)
    this.#state = 'writing'
    await markWriting(this.disk, this.directory, this.#labels(), this.clock.now())
  }

  /** What `bag-info.txt` says of the vault. */
  get state(): BagState {
    return this.#state
  }

  #labels(): BagLabels {
    return { id: this.id, program: this.program, attachments: this.#attachments }
  }

  /** Whether attachments are kept as ordinary files. */
  get keepsAttachments(): boolean {
    return this.#attachments
  }

  /** The person wants attachments as ordinary files, or does not, from now on. */
  async keepAttachments(wanted: boolean): Promise<void> {
    if (wanted === this.#attachments) return
    this.#attachments = wanted
    await this.markWriting()
  }

  /** A file about the vault in the user's cache directory; null where there is none. */
  cacheFile(name: string): string | null {
    return cacheFile({ cache: this.#cache, directory: this.directory }, this.id, name)
  }

  /** Puts in order what an interrupted run left, and looks whether the list of checksums can be trusted. */
  async #prepare(): Promise<void> {
    const accounts = await this.#accountFolders()
    const interrupted = await this.wasInterrupted()
    for (const name of accounts) {
      if (interrupted) await this.#recover(await this.#stateOf(name))
      else await finishOperations(this.disk, this.directory, this.#rootOf(name), this.#hasManifest, this.clock)
    }
    await removeScratch(this.disk, this.directory)
    if (!interrupted && !(await isManifestGenuine(this.disk, this.directory))) {
      await this.#listAnew(accounts)
    }
  }

  /**
   * Where the state itself is unreadable, a journal that the manifest does not list shows that a run did not come to its end.
   * Never true without a manifest: it tells what must be there before anything is cut.
   */
  async wasInterrupted(): Promise<boolean> {
    if (!this.#hasManifest) return false
    if (this.#state !== 'unknown') return this.#state === 'writing'
    for (const name of await this.#accountFolders()) {
      for (const run of await journalRuns(this.disk, this.#rootOf(name)))
        if (!this.#manifest.has(`${payloadFolder}/${name}/${journalPath(run)}`)) return true
    }
    return false
  }

  /** What the journals speak of, the journals, and what is made from them; nothing that somebody else put there. */
  async #listAnew(accounts: readonly string[]): Promise<void> {
    this.notices.push(
      'The list of checksums was missing or damaged and is made anew. Check the disk afterwards (lifeboat verify).',
    )
    this.#manifest.clear()
    for (const name of accounts) {
      const account = await this.#stateOf(name)
      const runs = await journalRuns(this.disk, account.root)
      for await (const { path } of payloadFiles(this.disk, this.directory, `${account.folder}/${attachmentsFolder}`))
        account.manifest.touched([path.slice(account.folder.length + 1)])
      for (const path of [...account.state.fileLengths().keys(), ...runs.map(journalPath), ...indexes]) {
        if ((await this.disk.stat(systemPath(account.root, path)))?.kind === 'file') account.manifest.touched([path])
      }
    }
    await this.markWriting()
  }

  async #accountFolders(): Promise<string[]> {
    const entries = (await this.disk.list(join(this.directory, payloadFolder))) ?? []
    return entries.filter(({ kind }) => kind === 'directory').map(({ name }) => name)
  }

  #rootOf(name: string): string {
    return systemPath(this.directory, `${payloadFolder}/${name}`)
  }

  /** Accounts that left a journal, by id. */
  async accountIds(): Promise<string[]> {
    const ids: string[] = []
    for (const name of await this.#accountFolders()) {
      const first = await firstRun(this.disk, this.#rootOf(name))
      if (first !== null) ids.push(first.account)
    }
    return ids
  }

  /** Also those of which only the list of checksums knows, because all their journals are missing or damaged: nothing is known of these. */
  async allAccounts(): Promise<OpenAccount[]> {
    const listed = new Set<string>()
    for (const path of this.#manifest.keys()) {
      const [, name, folder, journal] = path.split('/')
      if (name !== undefined && folder === journalFolder && journal !== undefined) listed.add(name)
    }
    const accounts: OpenAccount[] = []
    for (const name of new Set([...(await this.#accountFolders()), ...listed])) {
      const first = await firstRun(this.disk, this.#rootOf(name))
      if (first !== null) accounts.push(await this.account(first.account))
      else if (listed.has(name)) accounts.push({ ...(await this.#stateOf(name)), id: decodeName(name) })
    }
    return accounts
  }

  /** The account's committed state. */
  async account(id: string): Promise<OpenAccount> {
    const name = accountFolder(id)
    await this.#refuseNamesake(name)
    return { ...(await this.#stateOf(name)), id }
  }

  /** `name`: of the account's folder. */
  async #stateOf(name: string): Promise<AccountFolder> {
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const root = this.#rootOf(name)
    const { state, unread } = await this.#caughtUp(this.cacheFile(`${name}.sqlite`), root)
    for (const run of this.#state === 'writing' ? [] : unread)
      this.notices.push(`${name}: the journal of run ${run} is damaged. Check the disk (lifeboat verify).`)
    const folder = `${payloadFolder}/${name}`
    const account = { folder, root, state, manifest: new AccountManifest(this.disk, { folder, root }, this.#manifest) }
    this.#accounts.set(name, account)
    return account
  }

  /** Who only reads must find also what a run that was broken off had still to rename. */
  async #caughtUp(file: string | null, root: string): ReturnType<typeof AccountState.caughtUp> {
    const known = await AccountState.caughtUp(file, this.disk, root)
    if (this.#lock !== null || this.#state === 'complete') return known
    const undone = await undoneRename(this.disk, root, known.state.lastRename())
    if (undone === null) return known
    known.state.close()
    // Others share the cache.
    const own = await AccountState.caughtUp(null, this.disk, root)
    own.state.renameBack(undone)
    return own
  }

  /** What `verify` found damaged in files of the account, whose paths are relative to its folder. */
  notedDamage(account: AccountFolder): NotedFile[] {
    const prefix = `${account.folder}/`
    return readDamageNote(this.cacheFile(damageNote))
      .filter(({ path }) => path.startsWith(prefix))
      .map((file) => ({ ...file, path: file.path.slice(prefix.length) }))
  }

  /** Two accounts whose names differ only in case would share a folder on many disks. */
  async #refuseNamesake(name: string): Promise<void> {
    for (const other of await this.#accountFolders()) {
      if (other !== name && collisionKey(other) === collisionKey(name))
        throw new AppError('unsupported', `The vault has an account named ${other} already. Choose another id for ${name}.`)
    }
  }

  async #recover(account: AccountFolder): Promise<void> {
    const { manifest } = account
    const repaired: Recovered = await recoverAccount(this.disk, this.directory, account.root, account.state, this.clock, {
      knows: (path) => manifest.sumOf(path) !== undefined,
      hasSum: (sha256) => [...this.#manifest.values()].includes(sha256),
      listed: [...manifest.below('')].map(([path]) => path),
    })
    for (const change of repaired.changes) {
      if (change.kind === 'renamed') manifest.renamed(change.from, change.to)
      else if (change.kind === 'moved') manifest.moved(change.from, change.to)
      else manifest.touched([change.path])
    }
    if (repaired.notice !== null) this.notices.push(`${basename(account.root)}: ${repaired.notice}`)
  }

  /**
   * Before each change; marks the vault at the first one of a session.
   * @throws AppError `vault-locked` when another program has taken the vault over
   */
  async markWriting(): Promise<void> {
    await this.#lock?.confirm()
    this.#writing ??= this.#state === 'writing' ? Promise.resolve() : this.#mark()
    await this.#writing
  }

  async #mark(): Promise<void> {
    await markWriting(this.disk, this.directory, this.#labels(), this.clock.now())
    this.#state = 'writing'
  }

  /** A run could not come to its end: the next session has to put it in order. */
  abandon(): void {
    this.#abandoned = true
  }

  /** Writes the manifest of what the session did and marks the vault as complete; not after a run was abandoned. */
  async finish(): Promise<void> {
    if (this.#abandoned || this.#state === 'complete') return
    await this.markWriting()
    for (const [path, sum] of this.#manifest) {
      if (sum !== '') continue
      const file = systemPath(this.directory, path)
      if ((await this.disk.stat(file)) === null) this.#manifest.delete(path)
      else this.#manifest.set(path, await hashFile(this.disk, file))
    }
    await this.#refreshTexts()
    await writeManifests(this.disk, this.directory, this.#manifest, this.#labels(), this.clock.now())
    this.#state = 'complete'
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

/** A file about the vault of this id in the user's cache directory; null where there is none. */
export function cacheFile(
  { cache, directory }: Pick<VaultOptions, 'cache' | 'directory'>,
  id: string,
  name: string,
): string | null {
  return cache === null ? null : join(cache, id, hash('sha256', directory).slice(0, 16), name)
}
