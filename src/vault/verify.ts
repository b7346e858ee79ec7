/**
 * Checks a whole vault from its plain files alone: tag files, manifest, journals, and every message against its own header
 * and the journal. No cache, no network, nothing written.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toAppError } from '../core/errors.ts'
import { type Disk, readFile, temporarySuffix } from './disk.ts'
import { committedBatches, journalsInOrder, lastRename, type RenameEntry } from './journal.ts'
import { isMboxName, journalFolder, journalPath, lockFile, mailIndex, payloadFolder, systemPath, tagFiles } from './layout.ts'
import { hashFile, isManifestGenuine, type Manifest, payloadFiles, readManifest } from './manifest.ts'
import { blameMbox } from './mbox-blame.ts'
import { CheckRoom, type DamagedMessage, MboxCheck } from './mbox-check.ts'
import { startsLikeOurs } from './recovery.ts'
import { type SavedMessage, SavedMessages } from './saved-messages.ts'
import { Vault, type VaultOptions } from './vault.ts'
import type { Finding, FindingKind, VerifyProgress, VerifyReport } from './verify-report.ts'

/** @throws AppError `not-found` or `vault-absent` when there is no vault, `cancelled` */
export async function verifyVault(
  options: VaultOptions,
  signal: AbortSignal,
  onProgress: (event: VerifyProgress) => void,
): Promise<VerifyReport> {
  const vault = await Vault.openForReading({ ...options, cache: null })
  try {
    const interrupted = await vault.wasInterrupted()
    return await new Verification(options, vault.state, interrupted, signal, onProgress).report()
  } finally {
    await vault.close()
  }
}

class Verification {
  readonly #disk: Disk
  readonly #directory: string
  readonly #options: VaultOptions
  readonly #state: Vault['state']
  /** A run is under way or was broken off: what the manifest does not know of yet is not judged by it. */
  readonly #interrupted: boolean
  readonly #signal: AbortSignal
  readonly #onProgress: (event: VerifyProgress) => void
  readonly #findings: Finding[] = []
  readonly #saved = new SavedMessages(new DatabaseSync(''))
  readonly #room = new CheckRoom()
  /** Folders of accounts of which a journal is damaged: not everything is known about their files. */
  readonly #uncertain = new Set<string>()
  #files = 0
  #bytes = 0
  #filesTotal = 0
  #bytesTotal = 0

  constructor(
    options: VaultOptions,
    state: Vault['state'],
    interrupted: boolean,
    signal: AbortSignal,
    onProgress: (event: VerifyProgress) => void,
  ) {
    this.#disk = options.disk
    this.#directory = options.directory
    this.#options = options
    this.#state = state
    this.#interrupted = interrupted
    this.#signal = signal
    this.#onProgress = onProgress
  }

  async report(): Promise<VerifyReport> {
    const started = this.#options.clock.now().toISOString()
    try {
      const listed = await this.#tagFiles()
      await this.#journals(listed)
      await this.#payload(this.#withRenames(listed))
      return {
        ...{ vault: this.#directory, started, ended: this.#options.clock.now().toISOString() },
        sound: !this.#findings.some(({ kind }) => kind === 'damaged' || kind === 'missing' || kind === 'derived'),
        ...{ files: this.#files, bytes: this.#bytes, items: this.#saved.count(), findings: this.#findings },
      }
    } finally {
      this.#saved.close()
    }
  }

  #find(kind: FindingKind, path: string, text: string, saved?: SavedMessage): void {
    // One finding says what is wrong with a file, others name its messages.
    if (saved === undefined && this.#findings.some((finding) => finding.path === path && finding.item === undefined)) return
    const { account, collection, key, title, date } = saved ?? {}
    const item =
      account === undefined || collection === undefined || key === undefined || title === undefined || date === undefined
        ? undefined
        : { account, collection, key, title, date }
    this.#findings.push({ kind, path, text, ...(item === undefined ? {} : { item }) })
  }

  /** Answers the manifest, or null when it is not to be believed. */
  async #tagFiles(): Promise<Manifest | null> {
    const manifest = await readManifest(this.#disk, this.#directory, tagFiles.manifest)
    if (this.#state === 'unknown')
      this.#find('derived', tagFiles.bagInfo, 'bag-info.txt is missing or damaged. The next backup writes it anew.')
    if (this.#interrupted) {
      const text = 'The last run was interrupted or is under way. The next backup puts everything in order by itself.'
      if (this.#state === 'writing') this.#find('interrupted', tagFiles.bagInfo, text)
      if (manifest === null) this.#findBadManifest()
      return manifest
    }
    const tags = await readManifest(this.#disk, this.#directory, tagFiles.tagManifest)
    if (tags === null) {
      const text = 'The checksums of the tag files are missing or unreadable. The next backup writes them anew.'
      this.#find('derived', tagFiles.tagManifest, text)
    }
    for (const name of tags === null ? [] : [tagFiles.bagit, tagFiles.bagInfo, tagFiles.readMe]) {
      const bytes = await readFile(this.#disk, systemPath(this.#directory, name))
      if (bytes === null) this.#find('derived', name, `${name} is missing. The next backup writes it anew.`)
      else if (tags?.get(name) !== hash('sha256', bytes, 'hex'))
        this.#find('derived', name, `${name} is not what was written, or its checksum is not. The next backup writes both anew.`)
    }
    if (manifest !== null && (tags === null || (await isManifestGenuine(this.#disk, this.#directory)))) return manifest
    this.#findBadManifest()
    return null
  }

  #findBadManifest(): void {
    const text =
      'The list of checksums is missing or damaged. The messages were checked by their own; the next backup makes it anew.'
    this.#find('derived', tagFiles.manifest, text)
  }

  async #journals(listed: Manifest | null): Promise<void> {
    for (const entry of (await this.#disk.list(systemPath(this.#directory, payloadFolder))) ?? []) {
      if (entry.kind !== 'directory') continue
      const folder = `${payloadFolder}/${entry.name}`
      let rename: RenameEntry | null = null
      for (const { run, isInPlace } of await journalsInOrder(this.#disk, systemPath(this.#directory, folder))) {
        const path = `${folder}/${journalPath(run)}`
        if (!isInPlace) this.#findDamagedJournal(folder, path, `${path} holds the journal of another run.`)
        rename = await this.#journal(listed, folder, run)
      }
      if (rename !== null) await this.#undoRename(`${folder}/${rename.from}`, `${folder}/${rename.to}`)
    }
  }

  #findDamagedJournal(folder: string, path: string, text: string): void {
    this.#uncertain.add(folder)
    this.#find('damaged', path, text)
  }

  /** Answers the rename of the last commit, if it has one. */
  async #journal(listed: Manifest | null, folder: string, run: string): Promise<RenameEntry | null> {
    const path = `${folder}/${journalPath(run)}`
    const file = systemPath(this.#directory, path)
    const isListed = listed === null || listed.has(path)
    let length = 0
    let isEnded = false
    let rename: RenameEntry | null = null
    try {
      for await (const { entries, length: end } of committedBatches(this.#disk, file)) {
        this.#saved.add(folder, entries, isListed)
        length = end
        isEnded = entries.at(-1)?.op === 'end'
        rename = lastRename(entries)
      }
    } catch (error) {
      this.#findDamagedJournal(folder, path, `The journal of run ${run} cannot be read: ${toAppError(error).message}`)
      return null
    }
    const size = (await this.#disk.stat(file))?.size ?? 0
    if ((!this.#interrupted || (isListed && listed !== null)) && (size !== length || !isEnded))
      this.#findDamagedJournal(folder, path, `The journal of run ${run} is damaged after octet ${length}.`)
    return rename
  }

  /** A rename that was committed last and never carried out: the next backup does so. */
  async #undoRename(from: string, to: string): Promise<void> {
    const source = await this.#disk.stat(systemPath(this.#directory, from))
    const target = await this.#disk.stat(systemPath(this.#directory, to))
    if (this.#interrupted && source !== null && target === null) this.#saved.undoLastRename()
  }

  #withRenames(listed: Manifest | null): Manifest | null {
    if (listed === null) return null
    const now: Manifest = new Map()
    for (const [listedPath, sum] of listed) {
      let path = listedPath
      for (const { from, to } of this.#saved.renames()) if (path.startsWith(`${from}/`)) path = to + path.slice(from.length)
      now.set(path, sum)
    }
    return now
  }

  async #payload(manifest: Manifest | null): Promise<void> {
    const present = new Map<string, number>()
    for await (const { path, size } of payloadFiles(this.#disk, this.#directory)) present.set(path, size)
    this.#filesTotal = present.size
    for (const size of present.values()) this.#bytesTotal += size
    for (const path of present.keys()) {
      this.#signal.throwIfAborted()
      await this.#checkFile(path, manifest)
    }
    for (const path of new Set([...(manifest?.keys() ?? []), ...this.#saved.paths()]))
      if (!present.has(path)) this.#reportMissing(path, manifest)
  }

  #reportMissing(path: string, manifest: Manifest | null): void {
    if (path.endsWith(`/${mailIndex}`)) {
      if (!this.#interrupted) this.#find('derived', path, 'The table of messages is missing. The next backup writes it anew.')
      return
    }
    // It may go by another name, which the damaged journal knew.
    if (manifest !== null && !manifest.has(path) && this.#isUncertain(path)) return
    const lost = [...this.#saved.inFile(path)]
    const journal = path.includes(`/${journalFolder}/`)
    const what = journal ? ': what its run did is not known' : lost.length > 0 ? `, and with it ${lost.length} messages` : ''
    this.#find('missing', path, `${path} is missing${what}.`)
    for (const message of lost) this.#find('missing', path, 'The message is missing with its file.', message)
  }

  #isUncertain(path: string): boolean {
    return this.#uncertain.has(path.split('/').slice(0, 2).join('/'))
  }

  async #checkFile(path: string, manifest: Manifest | null): Promise<void> {
    const file = systemPath(this.#directory, path)
    try {
      if (this.#saved.has(path)) await this.#checkMbox(path, manifest)
      else {
        const sum = await hashFile(this.#disk, file)
        const expected = manifest?.get(path)
        if (expected === undefined) await this.#judgeUnlisted(path, manifest)
        else if (sum !== expected) this.#reportDiffering(path)
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#find('damaged', path, `${path} cannot be read: ${toAppError(error).message}`)
      for (const message of this.#saved.inFile(path)) this.#find('damaged', path, 'The message cannot be read.', message)
    }
    this.#files++
    this.#say()
  }

  #say(): void {
    this.#onProgress({
      ...{ filesDone: this.#files, filesTotal: this.#filesTotal, bytesDone: this.#bytes, bytesTotal: this.#bytesTotal },
    })
  }

  async #checkMbox(path: string, manifest: Manifest | null): Promise<void> {
    const expected = manifest?.get(path)
    const sum = new SumWithin(this.#interrupted ? this.#saved.listedLength(path) : undefined)
    const damaged: DamagedMessage[] = []
    const file = systemPath(this.#directory, path)
    const check = new MboxCheck(this.#disk, this.#room, file, this.#saved.inFile(path), (chunk) => {
      sum.update(chunk)
      this.#bytes += chunk.length
      this.#signal.throwIfAborted()
      this.#say()
    })
    for await (const problem of check.damaged()) damaged.push(problem)
    const isExpected = expected === undefined || sum.digest() === expected
    if (isExpected && damaged.length === 0) {
      if (expected === undefined && manifest !== null && !this.#interrupted)
        this.#find('damaged', path, `${path} is not in the list of checksums.`)
      return
    }
    const blame = await blameMbox(this.#disk, this.#directory, path, this.#saved)
    const shifted = blame.shifted > 0 ? ` ${blame.shifted} messages in it are whole but not where the journal says.` : ''
    this.#find('damaged', path, `${path} is not what was saved.${shifted}`)
    for (const { message, problem } of blame.damaged) this.#find('damaged', path, problem, message)
  }

  async #judgeUnlisted(path: string, manifest: Manifest | null): Promise<void> {
    const name = basename(path)
    const isOurs = path.includes(`/${journalFolder}/`) || path.endsWith(`/${mailIndex}`) || name === lockFile
    // Without the list nobody can tell.
    if (isOurs && (manifest === null || this.#interrupted)) return
    if (this.#interrupted && (name.endsWith(temporarySuffix) || (isMboxName(name) && (await this.#isUncommitted(path))))) return
    if (manifest !== null && this.#isUncertain(path)) return
    this.#find('foreign', path, `${path} was not written by a backup. It is left alone.`)
  }

  async #isUncommitted(path: string): Promise<boolean> {
    return await startsLikeOurs(this.#disk, systemPath(this.#directory, path), 0)
  }

  #reportDiffering(path: string): void {
    if (!path.endsWith(`/${mailIndex}`)) this.#find('damaged', path, `${path} is not what was saved: its checksum differs.`)
    else if (!this.#interrupted) this.#find('derived', path, 'The table of messages was changed. The next backup writes it anew.')
  }
}

/** The checksum of a file, or of its first `length` octets. */
class SumWithin {
  readonly #sum: Hash = createHash('sha256')
  #left: number

  constructor(length = Number.POSITIVE_INFINITY) {
    this.#left = length
  }

  update(chunk: Uint8Array): void {
    this.#sum.update(chunk.length <= this.#left ? chunk : chunk.subarray(0, this.#left))
    this.#left -= Math.min(this.#left, chunk.length)
  }

  digest(): string {
    return this.#sum.digest('hex')
  }
}
