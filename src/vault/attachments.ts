/**
 * Attachments as ordinary files, `Mail/Attachments/<year>/<date> <sender> - <name>`, each content once in an account. They are
 * made from the messages and listed in the manifest; nothing else in the vault speaks of them.
 */
import { hash } from 'node:crypto'
import { dirname } from 'node:path'
import { collisionKey, encodeName } from '../formats/names.ts'
import { syncPath, temporarySuffix } from './disk.ts'
import { attachmentsFolder, systemPath } from './layout.ts'
import { hashFile } from './manifest.ts'
import type { OpenAccount, Vault } from './vault.ts'

export interface Attachment {
  /** Of the message: RFC 3339. */
  readonly date: string
  readonly sender: string
  /** As the sender named it, with a safe extension. */
  readonly name: string
  readonly content: Uint8Array
}

export class Attachments {
  readonly #vault: Vault
  readonly #account: OpenAccount
  /** Whether files that are listed are read before they are believed. */
  readonly #anew: boolean
  /** Paths by the SHA-256 of their content. */
  readonly #known = new Map<string, string>()
  /** Collision keys of names, by folder. */
  readonly #names = new Map<string, Set<string>>()
  readonly #written: string[] = []

  constructor(vault: Vault, account: OpenAccount, anew: boolean) {
    this.#vault = vault
    this.#account = account
    this.#anew = anew
    for (const [path, sum] of vault.listed(account, attachmentsFolder)) if (sum !== '') this.#known.set(sum, path)
  }

  /** Answers the path relative to the account's folder, '' for what must not lie about openly. */
  async keep(attachment: Attachment): Promise<string> {
    const { content } = attachment
    if (content.length === 0 || looksLikeMarkup(content)) return ''
    const sum = hash('sha256', content, 'hex')
    const known = this.#known.get(sum)
    if (known !== undefined && (await this.#isThere(known, sum))) return known
    const path = known ?? (await this.#pathFor(attachment, sum))
    this.#known.set(sum, path)
    if (!(await this.#isThere(path, sum))) await this.#write(path, content)
    this.#vault.manifestKnown(this.#account, path, sum)
    return path
  }

  /** Where everything is checked anew, each file is read once. */
  async #isThere(path: string, sum: string): Promise<boolean> {
    const file = systemPath(this.#account.root, path)
    if (this.#written.includes(path)) return true
    if (!this.#anew && this.#vault.knownSum(this.#account, path) === sum) return true
    return (await this.#vault.disk.stat(file))?.kind === 'file' && (await hashFile(this.#vault.disk, file)) === sum
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
      const isListed = (this.#vault.knownSum(this.#account, path) ?? '') !== ''
      if (names.has(key) && (isListed || !(await this.#isThere(path, sum)))) continue
      names.add(key)
      return path
    }
  }

  async #namesIn(folder: string): Promise<Set<string>> {
    const known = this.#names.get(folder)
    if (known !== undefined) return known
    const entries = (await this.#vault.disk.list(systemPath(this.#account.root, folder))) ?? []
    // Left over from a crash.
    const scratch = entries.filter(({ name }) => name.endsWith(temporarySuffix))
    for (const { name } of scratch) await this.#vault.disk.remove(systemPath(this.#account.root, `${folder}/${name}`))
    const names = new Set(entries.filter((entry) => !scratch.includes(entry)).map(({ name }) => collisionKey(name)))
    this.#names.set(folder, names)
    return names
  }

  async #write(path: string, content: Uint8Array): Promise<void> {
    const { disk } = this.#vault
    await this.#vault.markWriting()
    const file = systemPath(this.#account.root, path)
    await disk.makeDirectory(dirname(file))
    const handle = await disk.open(`${file}${temporarySuffix}`, 'write')
    try {
      await handle.truncate(0)
      await handle.write([content], 0)
    } finally {
      await handle.close()
    }
    await disk.rename(`${file}${temporarySuffix}`, file)
    this.#written.push(path)
  }

  /** What was listed and a person removed is not missed any more. */
  async forgetMissing(): Promise<void> {
    for (const path of [...this.#known.values()]) {
      if ((await this.#vault.disk.stat(systemPath(this.#account.root, path))) !== null) continue
      await this.#vault.markWriting()
      this.#vault.manifestTouched(this.#account, [path])
    }
  }

  /** Returns once everything that was kept is on the medium; before the manifest that lists it is written. */
  async finish(): Promise<void> {
    const { disk, directory } = this.#vault
    for (const path of this.#written) {
      const handle = await disk.open(systemPath(this.#account.root, path), 'write')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    for (const folder of new Set(this.#written.map((path) => dirname(systemPath(this.#account.root, path)))))
      await syncPath(disk, directory, folder)
    this.#written.length = 0
  }
}

/** Whatever its name says: a browser may take it for a page and run it. */
function looksLikeMarkup(content: Uint8Array): boolean {
  const start = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, 1024)).toString('latin1')
  return /^[^\x21-\x7e]*</.test(start.replaceAll('\u00ef\u00bb\u00bf', ''))
}

const longestSender = 40
const longestName = 60

function fileName({ date, sender, name }: Attachment): { readonly stem: string; readonly extension: string } {
  const [, base = '', extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?$/s.exec(plain(name.split(/[/\\]/).at(-1) ?? '')) ?? []
  const who = plain(sender.replace(/\s*<[^>]*>\s*$/, '') || sender)
  const stem = `${date.slice(0, 10)} ${cut(who, longestSender) || 'unknown'} - ${cut(base, longestName) || 'attachment'}`
  return { stem, extension: extension.toLowerCase() }
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
