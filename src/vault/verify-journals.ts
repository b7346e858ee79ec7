/** Reads the journals of all accounts for `verify`: what should be in the vault, and what of it the manifest cannot know yet. */
import { toAppError } from '../core/errors.ts'
import type { Disk } from './disk.ts'
import { committedBatches, journalsInOrder } from './journal.ts'
import { isFileOperation, type JournalEntry, lastRename, type RenameEntry } from './journal-entries.ts'
import { journalPath, payloadFolder, systemPath } from './layout.ts'
import type { Manifest } from './manifest.ts'
import { undoneRename } from './recovery.ts'
import type { SavedMessages } from './saved-messages.ts'
import type { Findings } from './verify-findings.ts'
import type { SavedItems } from './verify-items.ts'

export class JournalCheck {
  readonly #disk: Disk
  readonly #directory: string
  readonly #interrupted: boolean
  readonly #findings: Findings
  readonly #saved: SavedMessages
  readonly #items: SavedItems
  /** What journals that the manifest does not know renamed, moved and placed, in their order; paths in the vault. */
  #unlisted: UnlistedChange[] = []
  /** Folders of accounts of which a journal is damaged: not everything is known about their files. */
  readonly #uncertain = new Set<string>()

  /** `saved` and `items` take in what the journals speak of. */
  constructor(disk: Disk, directory: string, interrupted: boolean, findings: Findings, saved: SavedMessages, items: SavedItems) {
    this.#disk = disk
    this.#directory = directory
    this.#interrupted = interrupted
    this.#findings = findings
    this.#saved = saved
    this.#items = items
  }

  /** `listed`: the manifest, where it is to be believed. */
  async check(listed: Manifest | null): Promise<void> {
    for (const entry of (await this.#disk.list(systemPath(this.#directory, payloadFolder))) ?? []) {
      if (entry.kind !== 'directory') continue
      const folder = `${payloadFolder}/${entry.name}`
      let rename: RenameEntry | null = null
      for (const { run, isInPlace } of await journalsInOrder(this.#disk, systemPath(this.#directory, folder))) {
        const path = `${folder}/${journalPath(run)}`
        if (!isInPlace) this.#findDamagedJournal(folder, path, `${path} holds the journal of another run.`)
        rename = await this.#journal(listed, folder, run)
      }
      const root = systemPath(this.#directory, folder)
      const undone = this.#interrupted ? await undoneRename(this.#disk, root, rename) : null
      if (undone !== null) this.#undoRename(`${folder}/${undone.to}`, `${folder}/${undone.at}`)
      if (this.#hasItems.has(folder)) await this.#items.add(folder, this.#saved.accountOf(folder), undone)
    }
  }

  /** Folders of accounts that have more than mail. */
  readonly #hasItems = new Set<string>()

  #findDamagedJournal(folder: string, path: string, text: string): void {
    this.#uncertain.add(folder)
    this.#findings.add('damaged', path, text)
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
      this.#findDamagedJournal(folder, path, `The journal of run ${run} is damaged after byte ${length}.`)
    return rename
  }

  /** A rename that was committed last and not carried out: the next backup does so. Until then the folder lies at `at`. */
  #undoRename(to: string, at: string): void {
    this.#saved.rename({ from: to, to: at })
    this.#unlisted = this.#unlisted.map((change) => (change.op === 'rename' && change.to === to ? { ...change, to: at } : change))
  }

  /** The manifest as it will be when it knows what the journals know already. */
  withChanges(listed: Manifest | null): Manifest | null {
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

  /** Whether a journal that may know more of the file is damaged. */
  isUncertain(path: string): boolean {
    return this.#uncertain.has(path.split('/').slice(0, 2).join('/'))
  }
}

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
