/**
 * Checks a whole vault from its plain files alone: tag files, manifest, journals, and every message against its own header
 * and the journal. No cache, no network, nothing written.
 */
import { createHash, hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { toAppError } from '../core/errors.ts'
import { type Disk, readFile } from './disk.ts'
import { committedBatches } from './journal.ts'
import { journalFolder, journalPath, lockFile, mailIndex, payloadFolder, systemPath, tagFiles } from './layout.ts'
import { hashFile, type Manifest, payloadFiles, readBagInfo, readManifest } from './manifest.ts'
import { MboxCheck } from './mbox-check.ts'
import { type SavedMessage, SavedMessages } from './saved-messages.ts'
import { journalRuns } from './state.ts'
import { Vault, type VaultOptions } from './vault.ts'
import type { Finding, FindingKind, VerifyProgress, VerifyReport } from './verify-report.ts'

/** @throws AppError `not-found` or `vault-absent` when there is no vault, `cancelled` */
export async function verifyVault(
  options: VaultOptions,
  signal: AbortSignal,
  onProgress: (event: VerifyProgress) => void,
): Promise<VerifyReport> {
  const vault = await Vault.openForReading({ ...options, cache: null })
  await vault.close()
  return new Verification(options, signal, onProgress).report()
}

class Verification {
  readonly #disk: Disk
  readonly #directory: string
  readonly #options: VaultOptions
  readonly #signal: AbortSignal
  readonly #onProgress: (event: VerifyProgress) => void
  readonly #findings: Finding[] = []
  readonly #saved = new SavedMessages(new DatabaseSync(''))
  #complete = false
  #files = 0
  #bytes = 0
  #filesTotal = 0
  #bytesTotal = 0

  constructor(options: VaultOptions, signal: AbortSignal, onProgress: (event: VerifyProgress) => void) {
    this.#disk = options.disk
    this.#directory = options.directory
    this.#options = options
    this.#signal = signal
    this.#onProgress = onProgress
  }

  async report(): Promise<VerifyReport> {
    const started = this.#options.clock.now().toISOString()
    try {
      this.#complete = (await readBagInfo(this.#disk, this.#directory))?.complete ?? false
      if (!this.#complete)
        this.#find(
          'interrupted',
          tagFiles.bagInfo,
          'The last run was interrupted or is under way. The next backup puts everything in order by itself.',
        )
      const manifest = await this.#tagFiles()
      await this.#journals(manifest)
      await this.#payload(manifest)
      const items = this.#saved.count()
      const ended = this.#options.clock.now().toISOString()
      const sound = !this.#findings.some(({ kind }) => kind === 'damaged' || kind === 'missing' || kind === 'derived')
      return {
        vault: this.#directory,
        started,
        ended,
        sound,
        files: this.#files,
        bytes: this.#bytes,
        items,
        findings: this.#findings,
      }
    } finally {
      this.#saved.close()
    }
  }

  #find(kind: FindingKind, path: string, text: string, saved?: SavedMessage): void {
    const item = saved && {
      account: saved.account,
      collection: saved.collection,
      key: saved.key,
      title: saved.title,
      date: saved.date,
    }
    this.#findings.push({ kind, path, text, ...(item === undefined ? {} : { item }) })
  }

  /** While a vault is being written its tag files are behind; then only the messages themselves are judged. */
  async #tagFiles(): Promise<Manifest> {
    const manifest = await readManifest(this.#disk, this.#directory, tagFiles.manifest)
    const tags = await readManifest(this.#disk, this.#directory, tagFiles.tagManifest)
    if (!this.#complete) {
      await this.#judgeState()
      return manifest ?? new Map()
    }
    for (const name of [tagFiles.bagit, tagFiles.bagInfo, tagFiles.manifest, tagFiles.readMe]) {
      const bytes = await readFile(this.#disk, systemPath(this.#directory, name))
      if (bytes === null) this.#find('missing', name, `${name} is missing. The next backup writes it anew.`)
      else if (tags?.get(name) !== hash('sha256', bytes, 'hex'))
        this.#find(
          name === tagFiles.manifest ? 'damaged' : 'derived',
          name,
          `${name} is not what tagmanifest-sha256.txt says: one of the two was changed.`,
        )
    }
    if (tags === null)
      this.#find(
        'derived',
        tagFiles.tagManifest,
        'The checksums of the tag files are missing or unreadable. The next backup writes them anew.',
      )
    if (manifest === null)
      this.#find(
        'damaged',
        tagFiles.manifest,
        'The list of checksums is missing or unreadable. The messages are checked by their own checksums.',
      )
    return manifest ?? new Map()
  }

  /** A changed letter in the state line would look like an interrupted run: a real one leaves something behind that is not in order. */
  async #judgeState(): Promise<void> {
    const text = (await readFile(this.#disk, systemPath(this.#directory, tagFiles.bagInfo)))?.toString() ?? ''
    if (/^Lifeboat-State: being written since \d{4}-\d\d-\d\dT[\d:.]+Z$/m.test(text)) return
    this.#find('derived', tagFiles.bagInfo, 'bag-info.txt is missing or damaged. The next backup writes it anew.')
  }

  async #journals(manifest: Manifest): Promise<void> {
    for (const entry of (await this.#disk.list(systemPath(this.#directory, payloadFolder))) ?? []) {
      if (entry.kind !== 'directory') continue
      const folder = `${payloadFolder}/${entry.name}`
      const root = systemPath(this.#directory, folder)
      for (const run of await journalRuns(this.#disk, root)) await this.#journal(manifest, folder, run)
    }
  }

  async #journal(manifest: Manifest, folder: string, run: string): Promise<void> {
    const path = `${folder}/${journalPath(run)}`
    const file = systemPath(this.#directory, path)
    let length = 0
    let ended = false
    try {
      for await (const batch of committedBatches(this.#disk, file)) {
        this.#saved.add(folder, batch.entries)
        length = batch.length
        ended = batch.entries.at(-1)?.op === 'end'
      }
    } catch (error) {
      this.#find('damaged', path, `The journal of run ${run} cannot be read: ${toAppError(error).message}`)
      return
    }
    const size = (await this.#disk.stat(file))?.size ?? 0
    const isFinished = this.#complete || manifest.has(path)
    if (isFinished && (size !== length || !ended))
      this.#find('damaged', path, `The journal of run ${run} is damaged after octet ${length}.`)
  }

  async #payload(manifest: Manifest): Promise<void> {
    const present = new Map<string, number>()
    for await (const { path, size } of payloadFiles(this.#disk, this.#directory)) present.set(path, size)
    this.#filesTotal = present.size
    for (const size of present.values()) this.#bytesTotal += size
    for (const [path] of present) {
      this.#signal.throwIfAborted()
      await this.#checkFile(path, manifest)
    }
    const expected = new Set([...manifest.keys(), ...this.#saved.paths()])
    for (const path of expected) if (!present.has(path)) this.#reportMissing(path)
  }

  #reportMissing(path: string): void {
    const lost = [...this.#saved.inFile(path)]
    if (path.endsWith(`/${mailIndex}`))
      this.#find('derived', path, 'The table of messages is missing. The next backup writes it anew.')
    else this.#find('missing', path, `${path} is missing${lost.length > 0 ? `, and with it ${lost.length} messages` : ''}.`)
    for (const message of lost) this.#find('missing', path, 'The message is missing with its file.', message)
  }

  async #checkFile(path: string, manifest: Manifest): Promise<void> {
    const expected = manifest.get(path)
    const file = systemPath(this.#directory, path)
    try {
      const actual = this.#saved.has(path) ? await this.#checkMbox(path, file) : await hashFile(this.#disk, file)
      if (expected === undefined) this.#judgeUnlisted(path)
      else if (actual !== expected && !this.#mayBeBehind(path)) this.#reportDiffering(path)
    } catch (error) {
      this.#find('damaged', path, `${path} cannot be read: ${toAppError(error).message}`)
      for (const message of this.#saved.inFile(path)) this.#find('damaged', path, 'The message cannot be read.', message)
    }
    this.#files++
    this.#onProgress({
      filesDone: this.#files,
      filesTotal: this.#filesTotal,
      bytesDone: this.#bytes,
      bytesTotal: this.#bytesTotal,
    })
  }

  /** Answers the file's checksum; every message in it is checked on the way. */
  async #checkMbox(path: string, file: string): Promise<string> {
    const sum = createHash('sha256')
    const check = new MboxCheck(this.#disk, file, this.#saved.inFile(path), (chunk) => {
      sum.update(chunk)
      this.#bytes += chunk.length
      this.#signal.throwIfAborted()
      this.#onProgress({
        filesDone: this.#files,
        filesTotal: this.#filesTotal,
        bytesDone: this.#bytes,
        bytesTotal: this.#bytesTotal,
      })
    })
    for await (const { message, problem } of check.damaged()) this.#find('damaged', path, problem, message)
    return sum.digest('hex')
  }

  #judgeUnlisted(path: string): void {
    if (!this.#complete && (this.#saved.has(path) || path.includes(`/${journalFolder}/`) || path.endsWith(`/${mailIndex}`)))
      return
    if (this.#complete && this.#saved.has(path)) this.#find('damaged', path, `${path} is not in the list of checksums.`)
    else if (!path.endsWith(`/${lockFile}`)) this.#find('foreign', path, `${path} was not written by a backup. It is left alone.`)
  }

  /** A run that did not end may have written to it since the manifest. */
  #mayBeBehind(path: string): boolean {
    return !this.#complete && (this.#saved.touchedSince(path) || path.endsWith(`/${mailIndex}`))
  }

  #reportDiffering(path: string): void {
    if (path.endsWith(`/${mailIndex}`))
      this.#find('derived', path, 'The table of messages was changed. The next backup writes it anew.')
    else this.#find('damaged', path, `${path} is not what was saved: its checksum differs.`)
  }
}
