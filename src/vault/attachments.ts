/**
 * Attachments as ordinary files, `Mail/Attachments/<year>/<date> <sender> - <name>`, each content once in an account. They are
 * made from the messages and listed in the manifest; nothing else in the vault speaks of them.
 */
import { hash } from 'node:crypto'
import { dirname } from 'node:path'
import { collisionKey, encodeName } from '../formats/names.ts'
import { type Disk, syncPath, temporarySuffix } from './disk.ts'
import { attachmentsFolder, systemPath } from './layout.ts'
import { hashFile } from './manifest.ts'

export interface Attachment {
  /** Of the message: RFC 3339. */
  readonly date: string
  readonly sender: string
  /** As the sender named it, with a safe extension. */
  readonly name: string
  readonly content: Uint8Array
}

/** The account whose attachments are kept, and the list of checksums as far as it is about them. Paths are relative to `root`. */
export interface AttachmentHome {
  readonly disk: Disk
  /** Of the vault. */
  readonly directory: string
  /** The account's folder, as the system writes it. */
  readonly root: string
  /** By path; an empty sum stands for a file that has to be read. */
  readonly listed: ReadonlyMap<string, string>
  /** Lists a file; `sum` '': it has to be read, or is gone. */
  list(path: string, sum: string): void
  /** Before anything is written. */
  markWriting(): Promise<void>
}

export class Attachments {
  readonly #home: AttachmentHome
  /** Whether files that are listed are read before they are believed. */
  readonly #anew: boolean
  /** Paths by the SHA-256 of their content. */
  readonly #known = new Map<string, string>()
  /** Collision keys of names, by folder. */
  readonly #names = new Map<string, Set<string>>()
  readonly #written = new Set<string>()

  constructor(home: AttachmentHome, anew: boolean) {
    this.#home = home
    this.#anew = anew
    for (const [path, sum] of home.listed) if (sum !== '') this.#known.set(sum, path)
  }

  /** Answers the path relative to the account's folder, '' for what must not lie about openly. */
  async keep(attachment: Attachment): Promise<string> {
    const { content } = attachment
    // A browser may take what has no extension for a page.
    if (content.length === 0 || looksLikeMarkup(content) || fileName(attachment).extension === '') return ''
    const sum = hash('sha256', content, 'hex')
    const known = this.#known.get(sum)
    if (known !== undefined && (await this.#isThere(known, sum))) return known
    const path = known ?? (await this.#pathFor(attachment, sum))
    this.#known.set(sum, path)
    if (!(await this.#isThere(path, sum))) await this.#write(path, content)
    this.#home.list(path, sum)
    return path
  }

  /** Where everything is checked anew, each file is read once. */
  async #isThere(path: string, sum: string): Promise<boolean> {
    const file = systemPath(this.#home.root, path)
    if (this.#written.has(path)) return true
    if (!this.#anew && this.#home.listed.get(path) === sum) return true
    return (await this.#home.disk.stat(file))?.kind === 'file' && (await hashFile(this.#home.disk, file)) === sum
  }

  /** A name that is free, or one that has this content already: an interrupted run left it. */
  async #pathFor(attachment: Attachment, sum: string): Promise<string> {
    const folder = `${attachmentsFolder}/${attachment.date.slice(0, 4)}`
    const names = await this.#namesIn(folder)
    const { stem, extension } = fileName(attachment)
    for (let n = 1; ; n++) {
      const name = encodeName(`${stem}${n === 1 ? '' : ` (${n})`}${extension}`)
      const path = `${folder}/${name}`
      const key = collisionKey(name)
      const isListed = (this.#home.listed.get(path) ?? '') !== ''
      if (names.has(key) && (isListed || !(await this.#isThere(path, sum)))) continue
      names.add(key)
      return path
    }
  }

  async #namesIn(folder: string): Promise<Set<string>> {
    const known = this.#names.get(folder)
    if (known !== undefined) return known
    const entries = (await this.#home.disk.list(systemPath(this.#home.root, folder))) ?? []
    // Left over from a crash.
    const scratch = entries.filter(({ name }) => name.endsWith(temporarySuffix))
    for (const { name } of scratch) await this.#home.disk.remove(systemPath(this.#home.root, `${folder}/${name}`))
    const names = new Set(entries.filter((entry) => !scratch.includes(entry)).map(({ name }) => collisionKey(name)))
    this.#names.set(folder, names)
    return names
  }

  async #write(path: string, content: Uint8Array): Promise<void> {
    const { disk } = this.#home
    await this.#home.markWriting()
    const file = systemPath(this.#home.root, path)
    await disk.makeDirectory(dirname(file))
    const handle = await disk.open(`${file}${temporarySuffix}`, 'write')
    try {
      await handle.truncate(0)
      await handle.write([content], 0)
    } finally {
      await handle.close()
    }
    await disk.rename(`${file}${temporarySuffix}`, file)
    this.#written.add(path)
  }

  /** What was listed and a person removed is not missed any more. */
  async forgetMissing(): Promise<void> {
    for (const path of [...this.#known.values()]) {
      if ((await this.#home.disk.stat(systemPath(this.#home.root, path))) !== null) continue
      await this.#home.markWriting()
      this.#home.list(path, '')
    }
  }

  /** Returns once everything that was kept is on the medium; before the manifest that lists it is written. */
  async finish(): Promise<void> {
    const { disk, directory } = this.#home
    for (const path of this.#written) {
      const handle = await disk.open(systemPath(this.#home.root, path), 'write')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    for (const folder of new Set([...this.#written].map((path) => dirname(systemPath(this.#home.root, path)))))
      await syncPath(disk, directory, folder)
    this.#written.clear()
  }
}

/** Whatever its name says: a browser may take it for a page and run it. */
function looksLikeMarkup(content: Uint8Array): boolean {
  const start = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, 1024)).toString('latin1')
  return /^[^\x21-\x7e]*</.test(start.replaceAll('\u00ef\u00bb\u00bf', ''))
}

const longestSender = 40
const longestName = 60

/** The extension is what made the name a safe one: it stays, whatever has to go. */
function fileName({ date, sender, name }: Attachment): { readonly stem: string; readonly extension: string } {
  const [, base = '', extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?\s*$/s.exec(name.split(/[/\\]/).at(-1) ?? '') ?? []
  const who = plain(sender.replace(/\s*<[^>]*>\s*$/, '') || sender)
  const what = cut(plain(base), longestName) || 'attachment'
  return { stem: `${date.slice(0, 10)} ${cut(who, longestSender) || 'unknown'} - ${what}`, extension: extension.toLowerCase() }
}

/** Without what is invisible, changes the direction of writing, or needs an escape in a file's name. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]+/gu, '')
    .replaceAll(/[<>:"/\\|?*%=~]+/g, '_')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/^[\s.-]+|[\s.]+$/gu, '')
}

function cut(text: string, length: number): string {
  return [...text].slice(0, length).join('').trim()
}
