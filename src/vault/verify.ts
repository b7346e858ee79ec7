/**
 * Checks a whole vault from its plain files alone: tag files, manifest, journals, and every message against its own header
 * and the journal. No cache, no network, nothing written into the vault.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toAppError } from '../core/errors.ts'
import { damageNote, type NotedFile, writeDamageNote } from './damage.ts'
import { type Disk, readFile, temporarySuffix } from './disk.ts'
import { committedBatches, isFileOperation, type JournalEntry, journalsInOrder, lastRename, type RenameEntry } from './journal.ts'
import {
  indexes,
  isAttachment,
  isMboxName,
  journalFolder,
  journalPath,
  lockFile,
  payloadFolder,
  systemPath,
  tagFiles,
} from './layout.ts'
import { hashFile, isManifestGenuine, type Manifest, payloadFiles, readManifest } from './manifest.ts'
import { blameMbox } from './mbox-blame.ts'
import { CheckRoom, type DamagedMessage, MboxCheck } from './mbox-check.ts'
import { startsLikeOurs } from './recovery.ts'
import { type SavedMessage, SavedMessages } from './saved-messages.ts'
import { cacheFile, Vault, type VaultOptions } from './vault.ts'
import { noteVerification } from './verified.ts'
import { SavedItems } from './verify-items.ts'
import type { Finding, FindingKind, VerifyProgress, VerifyReport } from './verify-report.ts'

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
    writeDamageNote(cacheFile(options, vault.id, damageNote), verification.damaged)
    noteVerification((name) => cacheFile(options, vault.id, name), { time: report.ended, sound: report.sound })
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
  readonly #findings: Finding[] = []
  readonly #saved = new SavedMessages(new DatabaseSync(''))
  readonly #room = new CheckRoom()
  readonly #items: SavedItems
  /** What journals that the manifest does not know renamed, moved and placed, in their order; paths in the vault. */
  #unlisted: UnlistedChange[] = []
  /** Folders of accounts of which a journal is damaged: not everything is known about their files. */
  readonly #uncertain = new Set<string>()
  /** Files in which items are not what was saved, for the next backup. */
  readonly damaged: NotedFile[] = []
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
  }

  async report(): Promise<VerifyReport> {
    const started = this.#options.clock.now().toISOString()
    try {
      const listed = await this.#tagFiles()
      await this.#journals(listed)
      await this.#payload(this.#withChanges(listed))
      return {
        ...{ vault: this.#directory, started, ended: this.#options.clock.now().toISOString() },
        sound: !this.#findings.some(({ kind }) => kind === 'damaged' || kind === 'missing' || kind === 'derived'),
        ...{ files: this.#files, bytes: this.#bytes, items: this.#saved.count() + this.#items.count(), findings: this.#findings },
      }
    } finally {
      this.#saved.close()
      this.#items.close()
    }
  }

  #find(kind: FindingKind, path: string, text: string, saved?: Saved): void {
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
    const text = 'The list of checksums is missing or damaged. Everything was checked by its own; the next backup makes it anew.'
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
      if (this.#hasItems.has(folder)) await this.#items.add(folder, this.#saved.accountOf(folder))
    }
  }

  /** Folders of accounts that have more than mail. */
  readonly #hasItems = new Set<string>()

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
        if (entries.some(isFileOperation)) this.#hasItems.add(folder)
        if (!isListed) this.#unlisted.push(...entries.flatMap((entry) => unlistedChange(folder, entry)))
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
    if (!this.#interrupted || source === null || target !== null) return
    this.#saved.undoLastRename()
    this.#unlisted = this.#unlisted.filter((change) => change.to !== to)
  }

  /** The manifest as it will be when it knows what the journals know already. */
  #withChanges(listed: Manifest | null): Manifest | null {
    if (listed === null || this.#unlisted.length === 0) return listed
    const now: Manifest = new Map(listed)
    const rename = (from: string, to: string) => {
      const sum = now.get(from)
      if (sum !== undefined) now.set(to, sum)
      now.delete(from)
    }
    for (const { op, from, to } of this.#unlisted) {
      if (op === 'place') now.delete(to)
      else if (op === 'move') rename(from, to)
      else for (const path of [...now.keys()]) if (path.startsWith(`${from}/`)) rename(path, to + path.slice(from.length))
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
    for (const path of new Set([...(manifest?.keys() ?? []), ...this.#saved.paths(), ...this.#items.paths()])) {
      if (present.has(path)) continue
      if (this.#interrupted && this.#items.has(path) && (await this.#items.isThere(path))) await this.#checkFile(path, manifest)
      else this.#reportMissing(path, manifest)
    }
  }

  #reportMissing(path: string, manifest: Manifest | null): void {
    if (isIndex(path)) {
      if (!this.#interrupted) this.#find('derived', path, 'The table is missing. The next backup writes it anew.')
      return
    }
    if (isAttachment(path)) {
      this.#find('derived', path, `${path} is missing. Its message is not; lifeboat viewer writes it anew.`)
      return
    }
    // It may go by another name, which the damaged journal knew.
    if (manifest !== null && !manifest.has(path) && this.#isUncertain(path)) return
    const messages = [...this.#saved.inFile(path)]
    const lostMessages = messages.filter(({ offset }) => !this.#saved.isReplaced(path, offset))
    const items = this.#items.inFile(path)
    const lost = [...lostMessages, ...items.filter((item) => !item.isReplaced)]
    if (messages.length + items.length > 0) this.#note(path, null, lost)
    if (messages.length + items.length > 0 && lost.length === 0) {
      this.#find('replaced', path, `${path} is missing. Everything in it was saved anew elsewhere in the vault.`)
      return
    }
    const journal = path.includes(`/${journalFolder}/`)
    const what = journal ? ': what its run did is not known' : lost.length > 1 ? `, and with it ${lost.length} items` : ''
    this.#find('missing', path, `${path} is missing${what}.`)
    for (const item of lost) this.#find('missing', path, 'It is missing with its file.', item)
  }

  #isUncertain(path: string): boolean {
    return this.#uncertain.has(path.split('/').slice(0, 2).join('/'))
  }

  async #checkFile(path: string, manifest: Manifest | null): Promise<void> {
    const file = systemPath(this.#directory, path)
    try {
      if (this.#saved.has(path)) await this.#checkMbox(path, manifest)
      else if (this.#items.has(path)) await this.#checkItems(path, manifest)
      else {
        const sum = await hashFile(this.#disk, file)
        const expected = manifest?.get(path)
        if (expected === undefined) await this.#judgeUnlisted(path, manifest)
        else if (sum !== expected) this.#reportDiffering(path)
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#find('damaged', path, `${path} cannot be read: ${toAppError(error).message}`)
      const items = [...this.#saved.inFile(path), ...this.#items.inFile(path)]
      this.#note(path, '', items)
      for (const item of items) this.#find('damaged', path, 'It cannot be read.', item)
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
    if (isExpected && damaged.length === 0) {
      if (expected === undefined && manifest !== null && !this.#interrupted)
        this.#find('damaged', path, `${path} is not in the list of checksums.`)
      return
    }
    const blame = await blameMbox(this.#disk, this.#directory, path, this.#saved)
    const wanting = this.#notReplaced(path, [...damaged, ...blame.damaged])
    if (damaged.length + blame.damaged.length > 0) this.#note(path, this.#interrupted ? '' : actual, wanting)
    if (wanting.length === 0 && damaged.length + blame.damaged.length > 0) {
      this.#find('replaced', path, `${path} is not what was saved. What is damaged in it was saved anew elsewhere in the vault.`)
      return
    }
    const shifted = blame.shifted > 0 ? ` ${blame.shifted} messages in it are whole but not where the journal says.` : ''
    this.#find('damaged', path, `${path} is not what was saved.${shifted}`)
    for (const { message, problem } of blame.damaged)
      if (!this.#saved.isReplaced(path, message.offset)) this.#find('damaged', path, problem, message)
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
      this.#find('damaged', path, `${path} is not in the list of checksums.`)
    const wanting = damaged.filter(({ item }) => !item.isReplaced)
    const isKnown = damaged.length > 0 && !this.#interrupted
    if (!isWhole || damaged.length > 0) {
      const items = wanting.map(({ item }) => item)
      this.#note(path, isKnown ? sum : '', items)
    }
    if (damaged.length > 0 && wanting.length === 0) {
      this.#find('replaced', path, `${path} is not what was saved. What is damaged in it was saved anew elsewhere in the vault.`)
      return
    }
    if (!isWhole || damaged.length > 0 || (expected !== undefined && expected !== sum))
      this.#find('damaged', path, `${path} is not what was saved.`)
    for (const { item, problem } of wanting) this.#find('damaged', path, problem, item)
  }

  #note(path: string, sum: string | null, wanting: readonly { readonly offset: number }[]): void {
    this.damaged.push({ path, sum, offsets: wanting.map(({ offset }) => offset) })
  }

  async #judgeUnlisted(path: string, manifest: Manifest | null): Promise<void> {
    const name = basename(path)
    const isOurs = path.includes(`/${journalFolder}/`) || isIndex(path) || name === lockFile
    // Without the list nobody can tell.
    if (isOurs && (manifest === null || this.#interrupted)) return
    if (this.#interrupted && (name.endsWith(temporarySuffix) || (isMboxName(name) && (await this.#isUncommitted(path))))) return
    if (manifest !== null && this.#isUncertain(path)) return
    if (this.#interrupted && isAttachment(path)) return
    if (this.#interrupted && [...this.#items.movedAway()].includes(path)) return
    this.#find('foreign', path, `${path} was not written by a backup. It is left alone.`)
  }

  async #isUncommitted(path: string): Promise<boolean> {
    return await startsLikeOurs(this.#disk, systemPath(this.#directory, path), 0)
  }

  #reportDiffering(path: string): void {
    if (isAttachment(path))
      this.#find('derived', path, `${path} is not what was saved. Its message is not touched; lifeboat viewer writes it anew.`)
    else if (!isIndex(path)) this.#find('damaged', path, `${path} is not what was saved: its checksum differs.`)
    else if (!this.#interrupted) this.#find('derived', path, 'The table was changed. The next backup writes it anew.')
  }
}

/** What a finding says of an item. */
type Saved = Omit<SavedMessage, 'offset' | 'length'>

interface UnlistedChange {
  readonly op: 'rename' | 'move' | 'place'
  readonly from: string
  readonly to: string
}

function unlistedChange(folder: string, entry: JournalEntry): UnlistedChange[] {
  if (entry.op === 'place') return [{ op: 'place', from: '', to: `${folder}/${entry.path}` }]
  if (entry.op !== 'rename' && entry.op !== 'move') return []
  return [{ op: entry.op, from: `${folder}/${entry.from}`, to: `${folder}/${entry.to}` }]
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
