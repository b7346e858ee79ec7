/**
 * Checks a whole vault from its plain files alone: tag files, manifest, journals, and every message against its own header
 * and the journal. No cache, no network, nothing written into the vault.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toAppError } from '../core/errors.ts'
import { canBeHealed, damageNote, writeDamageNote } from './damage.ts'
import { type Disk, readFile, temporarySuffix } from './disk.ts'
import { indexes, isAttachment, isMboxName, journalFolder, lockFile, systemPath, tagFiles } from './layout.ts'
import { hashFile, isManifestGenuine, type Manifest, payloadFiles, readManifest } from './manifest.ts'
import { blameMbox } from './mbox-blame.ts'
import { CheckRoom, type DamagedMessage, MboxCheck } from './mbox-check.ts'
import { type SavedMessage, SavedMessages } from './saved-messages.ts'
import { AccountState } from './state.ts'
import { startsLikeOurs } from './uncommitted.ts'
import { cacheFile, Vault, type VaultOptions } from './vault.ts'
import { noteVerification } from './verified.ts'
import { Findings } from './verify-findings.ts'
import { type SavedItem, SavedItems } from './verify-items.ts'
import { JournalCheck } from './verify-journals.ts'
import type { VerifyProgress, VerifyReport } from './verify-report.ts'

/**
 * Leaves a note of what is damaged in the cache, for the next backup.
 * @throws AppError `not-found` or `vault-absent` when there is no vault, `cancelled`
 */
export async function verifyVault(
  options: VaultOptions,
  signal: AbortSignal,
  onProgress: (event: VerifyProgress) => void,
): Promise<VerifyReport> {
  const vault = await Vault.openForReading({ ...options, cache: null })
  try {
    const interrupted = await vault.wasInterrupted()
    const verification = new Verification(options, vault.state, interrupted, signal, onProgress)
    const report = await verification.report()
    writeDamageNote(cacheFile(options, vault.id, damageNote), verification.findings.damaged)
    const { ended: time, sound, healable } = report
    noteVerification((name) => cacheFile(options, vault.id, name), { time, sound, healable })
    return report
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
  readonly findings = new Findings()
  readonly #saved = new SavedMessages(new DatabaseSync(''))
  readonly #room = new CheckRoom()
  readonly #items: SavedItems
  readonly #journals: JournalCheck
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
    this.#items = new SavedItems(this.#disk, this.#directory)
    this.#journals = new JournalCheck(this.#disk, this.#directory, interrupted, this.findings, this.#saved, this.#items)
  }

  async report(): Promise<VerifyReport> {
    const started = this.#options.clock.now().toISOString()
    try {
      const listed = await this.#tagFiles()
      await this.#journals.check(listed)
      await this.#payload(this.#journals.withChanges(listed))
      const { isSound } = this.findings
      return {
        ...{ vault: this.#directory, started, ended: this.#options.clock.now().toISOString() },
        ...{ sound: isSound, healable: !isSound && (await this.#isHealable()) },
        ...{
          files: this.#files,
          bytes: this.#bytes,
          items: this.#saved.count() + this.#items.count(),
          findings: this.findings.all,
        },
      }
    } finally {
      this.#saved.close()
      this.#items.close()
    }
  }

  async #isHealable(): Promise<boolean> {
    const { all, damaged } = this.findings
    if (all.some(({ kind }) => kind === 'derived')) return true
    for (const [folder, files] of Map.groupBy(damaged, ({ path }) => path.split('/').slice(0, 2).join('/'))) {
      const root = systemPath(this.#directory, folder)
      const { state } = await AccountState.caughtUp(null, this.#disk, root)
      try {
        for (const file of files)
          if (await canBeHealed(this.#disk, root, state, { ...file, path: file.path.slice(folder.length + 1) })) return true
      } finally {
        state.close()
      }
    }
    return false
  }

  /** Answers the manifest, or null when it is not to be believed. */
  async #tagFiles(): Promise<Manifest | null> {
    const manifest = await readManifest(this.#disk, this.#directory, tagFiles.manifest)
    if (this.#state === 'unknown')
      this.findings.add('derived', tagFiles.bagInfo, 'bag-info.txt is missing or damaged. The next backup writes it anew.')
    if (this.#interrupted) {
      const text = 'The last run was interrupted or is under way. The next backup puts everything in order by itself.'
      if (this.#state === 'writing') this.findings.add('interrupted', tagFiles.bagInfo, text)
      if (manifest === null) this.#findBadManifest()
      return manifest
    }
    const tags = await readManifest(this.#disk, this.#directory, tagFiles.tagManifest)
    if (tags === null) {
      const text = 'The checksums of the tag files are missing or unreadable. The next backup writes them anew.'
      this.findings.add('derived', tagFiles.tagManifest, text)
    }
    for (const name of tags === null ? [] : [tagFiles.bagit, tagFiles.bagInfo, tagFiles.readMe]) {
      const bytes = await readFile(this.#disk, systemPath(this.#directory, name))
      if (bytes === null) this.findings.add('derived', name, `${name} is missing. The next backup writes it anew.`)
      else if (tags?.get(name) !== hash('sha256', bytes, 'hex'))
        this.findings.add(
          'derived',
          name,
          `${name} is not what was written, or its checksum is not. The next backup writes both anew.`,
        )
    }
    if (manifest !== null && (tags === null || (await isManifestGenuine(this.#disk, this.#directory)))) return manifest
    this.#findBadManifest()
    return null
  }

  #findBadManifest(): void {
    const text = 'The list of checksums is missing or damaged. Everything was checked by its own; the next backup makes it anew.'
    this.findings.add('derived', tagFiles.manifest, text)
  }

  async #payload(manifest: Manifest | null): Promise<void> {
    const present = new Map<string, number>()
    for await (const { path, size } of payloadFiles(this.#disk, this.#directory)) present.set(path, size)
    this.#filesTotal = present.size
    for (const size of present.values()) this.#bytesTotal += size
    for (const [path, size] of present) {
      this.#signal.throwIfAborted()
      await this.#checkFile(path, manifest, size)
    }
    for (const path of new Set([...(manifest?.keys() ?? []), ...this.#saved.paths(), ...this.#items.paths()])) {
      if (present.has(path)) continue
      if (this.#interrupted && this.#items.has(path) && (await this.#items.isThere(path))) await this.#checkFile(path, manifest)
      else this.#reportMissing(path, manifest)
    }
  }

  #reportMissing(path: string, manifest: Manifest | null): void {
    if (isIndex(path)) {
      if (!this.#interrupted) this.findings.add('derived', path, 'The table is missing. The next backup writes it anew.')
      return
    }
    if (isAttachment(path)) {
      this.findings.add(
        'derived',
        path,
        `${path} is missing. Its message is not; preparing the pages for looking inside writes it anew (lifeboat viewer).`,
      )
      return
    }
    // It may go by another name, which the damaged journal knew.
    if (manifest !== null && !manifest.has(path) && this.#journals.isUncertain(path)) return
    const { lost, isReplaced } = this.#lostWith(path, null)
    if (isReplaced) {
      this.findings.add('replaced', path, `${path} is missing. Everything in it was saved anew elsewhere in the vault.`)
      return
    }
    const journal = path.includes(`/${journalFolder}/`)
    const what = journal ? ': what its run did is not known' : lost.length > 1 ? `, and with it ${lost.length} items` : ''
    this.findings.add('missing', path, `${path} is missing${what}.`)
    for (const item of lost) this.findings.add('missing', path, 'It is missing with its file.', item)
  }

  #reportUnreadable(path: string, why: string): void {
    const { lost, isReplaced } = this.#lostWith(path, '')
    if (isReplaced) {
      this.findings.add('replaced', path, `${path} cannot be read. Everything in it was saved anew elsewhere in the vault.`)
      return
    }
    this.findings.add('damaged', path, `${path} cannot be read: ${why}`)
    for (const item of lost) this.findings.add('damaged', path, 'It cannot be read.', item)
  }

  /** What was in a file that is not there or cannot be read, and was not saved anew since. `sum`: as `NotedFile.sum`. */
  #lostWith(
    path: string,
    sum: string | null,
  ): { readonly lost: readonly (SavedMessage | SavedItem)[]; readonly isReplaced: boolean } {
    const messages = [...this.#saved.inFile(path)]
    const items = this.#items.inFile(path)
    const lost = [
      ...messages.filter(({ offset }) => !this.#saved.isReplaced(path, offset)),
      ...items.filter((item) => !item.isReplaced),
    ]
    const isSomething = messages.length + items.length > 0
    if (isSomething) this.findings.note(path, sum, lost)
    return { lost, isReplaced: isSomething && lost.length === 0 }
  }

  async #checkFile(path: string, manifest: Manifest | null, size = 0): Promise<void> {
    const file = systemPath(this.#directory, path)
    try {
      if (this.#saved.has(path)) await this.#checkMbox(path, manifest)
      else if (this.#items.has(path)) await this.#checkItems(path, manifest)
      else {
        const sum = await hashFile(this.#disk, file)
        this.#bytes += size
        const expected = manifest?.get(path)
        if (expected === undefined) await this.#judgeUnlisted(path, manifest)
        else if (sum !== expected) this.#reportDiffering(path)
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#reportUnreadable(path, toAppError(error).message)
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
    const actual = sum.digest()
    const isExpected = expected === undefined || actual === expected
    const wasAddedTo = check.added > 0 && !this.#interrupted && !this.#journals.isUncertain(path)
    if (!isExpected || damaged.length > 0) await this.#judgeMbox(path, damaged, actual, wasAddedTo)
    else if (expected === undefined && manifest !== null && !this.#interrupted)
      this.findings.add('damaged', path, `${path} is not in the list of checksums.`)
    else if (wasAddedTo) this.#findAddition(path)
  }

  /** `sum`: of the file, which is not what was saved. */
  async #judgeMbox(path: string, damaged: readonly DamagedMessage[], sum: string, wasAddedTo: boolean): Promise<void> {
    const blame = await blameMbox(this.#disk, this.#directory, path, this.#saved)
    if (wasAddedTo && damaged.length + blame.damaged.length + blame.shifted === 0) {
      const text = `Something was added to ${path} that no backup wrote; everything that was saved in it is whole. The next backup lists it as it is now.`
      this.findings.add('damaged', path, text)
      this.findings.note(path, sum, [])
      return
    }
    const wanting = this.#notReplaced(path, [...damaged, ...blame.damaged])
    if (damaged.length + blame.damaged.length > 0) this.findings.note(path, this.#interrupted ? '' : sum, wanting)
    if (wanting.length === 0 && damaged.length + blame.damaged.length > 0) {
      this.findings.add(
        'replaced',
        path,
        `${path} is not what was saved. What is damaged in it was saved anew elsewhere in the vault.`,
      )
      return
    }
    const shifted = blame.shifted > 0 ? ` ${blame.shifted} messages in it are whole but not where the journal says.` : ''
    this.findings.add('damaged', path, `${path} is not what was saved.${shifted}`)
    for (const { message, problem } of blame.damaged)
      if (!this.#saved.isReplaced(path, message.offset)) this.findings.add('damaged', path, problem, message)
  }

  /** A mail program delivers into it, or somebody copied something there: a backup has listed it so. */
  #findAddition(path: string): void {
    const text = `Something was added to ${path} that no backup wrote. It is left alone; everything that was saved in it is whole.`
    this.findings.add('foreign', path, text)
  }

  #notReplaced(path: string, damaged: readonly DamagedMessage[]): SavedMessage[] {
    const byOffset = new Map(damaged.map(({ message }) => [message.offset, message]))
    return [...byOffset.values()].filter(({ offset }) => !this.#saved.isReplaced(path, offset))
  }

  /** By their own checksums, and the file as a whole by those of the journal and the manifest. */
  async #checkItems(path: string, manifest: Manifest | null): Promise<void> {
    const { sum, isWhole, damaged } = await this.#items.check(path, (chunk) => {
      this.#bytes += chunk.length
      this.#signal.throwIfAborted()
    })
    const expected = manifest?.get(path)
    if (expected === undefined && manifest !== null && !this.#interrupted)
      this.findings.add('damaged', path, `${path} is not in the list of checksums.`)
    const wanting = damaged.filter(({ item }) => !item.isReplaced)
    const isKnown = damaged.length > 0 && !this.#interrupted
    if (!isWhole || damaged.length > 0) {
      const items = wanting.map(({ item }) => item)
      this.findings.note(path, isKnown ? sum : '', items)
    }
    if (damaged.length > 0 && wanting.length === 0) {
      this.findings.add(
        'replaced',
        path,
        `${path} is not what was saved. What is damaged in it was saved anew elsewhere in the vault.`,
      )
      return
    }
    if (!isWhole || damaged.length > 0 || (expected !== undefined && expected !== sum))
      this.findings.add('damaged', path, `${path} is not what was saved.`)
    for (const { item, problem } of wanting) this.findings.add('damaged', path, problem, item)
  }

  async #judgeUnlisted(path: string, manifest: Manifest | null): Promise<void> {
    const name = basename(path)
    const isOurs = path.includes(`/${journalFolder}/`) || isIndex(path) || name === lockFile
    // Without the list nobody can tell.
    if (isOurs && (manifest === null || this.#interrupted)) return
    if (this.#interrupted && (name.endsWith(temporarySuffix) || (isMboxName(name) && (await this.#isUncommitted(path))))) return
    if (manifest !== null && this.#journals.isUncertain(path)) return
    if (this.#interrupted && isAttachment(path)) return
    if (this.#interrupted && [...this.#items.movedAway()].includes(path)) return
    this.findings.add('foreign', path, `${path} was not written by a backup. It is left alone.`)
  }

  async #isUncommitted(path: string): Promise<boolean> {
    return await startsLikeOurs(this.#disk, systemPath(this.#directory, path), 0)
  }

  #reportDiffering(path: string): void {
    if (isAttachment(path))
      this.findings.add(
        'derived',
        path,
        `${path} is not what was saved. Its message is not touched; preparing the pages for looking inside writes it anew (lifeboat viewer).`,
      )
    else if (!isIndex(path)) this.findings.add('damaged', path, `${path} is not what was saved: its checksum differs.`)
    else if (!this.#interrupted) this.findings.add('derived', path, 'The table was changed. The next backup writes it anew.')
  }
}

/** Of an account: the third name of its path in the vault begins there. */
function isIndex(path: string): boolean {
  return indexes.includes(path.split('/').slice(2).join('/'))
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
