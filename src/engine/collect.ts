/** Takes documents out of a vault into plain folders: attachments of messages, files of drives, and a table of where each came from. */
import { writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import PostalMime, { type Attachment } from 'postal-mime'
import { AppError, toAppError } from '../core/errors.ts'
import { isFolder } from '../core/items.ts'
import { csvByteOrderMark, csvRow } from '../formats/csv.ts'
import { contentIdsIn, isInText } from '../formats/inline-pictures.ts'
import { runId } from '../vault/layout.ts'
import { Snapshot } from '../vault/snapshot.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import { type OpenAccount, Vault, type VaultOptions } from '../vault/vault.ts'
import { OutFolder } from './out-folder.ts'
import { matcher, titleOf } from './selection.ts'

/** A larger message is not taken apart in memory. Octets. */
const messageLimit = 64 << 20

/** Which documents, and where to. */
export interface CollectChoice {
  readonly out: string
  readonly account?: string
  /** Of the message's or file's date, in this computer's time. */
  readonly year?: number
  /** Part of the sender; files of drives have none and are left out then. */
  readonly from?: string
  /** Words that all occur in subject, sender, recipient, name or path. */
  readonly search?: string
  /** File name extensions in lower case, without the dot. */
  readonly types?: readonly string[]
  /** The messages themselves as `.eml`, too. */
  readonly messages?: boolean
}

export interface CollectOptions extends CollectChoice {
  readonly vault: VaultOptions
  readonly signal: AbortSignal
  readonly onProgress: (event: { readonly kind: 'items'; readonly done: number; readonly known: number }) => void
}

export interface LeftOut {
  readonly account: string
  readonly collection: readonly string[]
  readonly title: string
  readonly reason: string
}

export interface CollectReport {
  readonly out: string
  /** Path of the table. */
  readonly table: string
  /** Files that were written; each content once. */
  readonly written: number
  /** Rows of the table: one for each place where a document was found. */
  readonly found: number
  /** Found here by an earlier call. */
  readonly alreadyThere: number
  readonly bytes: number
  readonly leftOut: readonly LeftOut[]
  /** Pictures that belong to the text of a message (logos, signatures), which are no documents. */
  readonly inlinePictures: number
  /** Files of drives that would have been taken without `from`. */
  readonly withoutSender: number
  readonly stopped: boolean
}

const columns = ['File', 'Original name', 'From', 'Subject', 'Date', 'Account', 'Folder', 'Message-ID', 'Size', 'SHA-256']

/** Only reads the vault. What cannot be taken is in `leftOut`. @throws AppError where the vault cannot be read or `out` not written to */
export async function collect(options: CollectOptions): Promise<CollectReport> {
  const vault = await Vault.openForReading(options.vault)
  try {
    return await new Collect(vault, options).run()
  } finally {
    await vault.close()
  }
}

class Collect {
  readonly #vault: Vault
  readonly #options: CollectOptions
  readonly #out: OutFolder
  readonly #leftOut: LeftOut[] = []
  #rows: string[] = []
  #found = 0
  #inlinePictures = 0
  #withoutSender = 0

  constructor(vault: Vault, options: CollectOptions) {
    this.#vault = vault
    this.#options = options
    this.#out = new OutFolder(options.out)
  }

  async run(): Promise<CollectReport> {
    const { account, out, signal } = this.#options
    const ids = await this.#vault.accountIds()
    if (account !== undefined && !ids.includes(account))
      throw new AppError('not-found', `The vault holds nothing of an account "${account}".`, {
        advice: `It holds these accounts: ${ids.join(', ')}`,
      })
    await this.#out.make()
    for (const id of ids.filter((each) => account === undefined || each === account)) {
      if (signal.aborted) break
      await this.#account(await this.#vault.account(id))
    }
    const table = await this.#writeTable()
    const { written, alreadyThere, bytes } = this.#out
    return {
      out,
      table,
      written,
      found: this.#found,
      alreadyThere,
      bytes,
      leftOut: this.#leftOut,
      inlinePictures: this.#inlinePictures,
      withoutSender: this.#withoutSender,
      stopped: signal.aborted,
    }
  }

  async #account(account: OpenAccount): Promise<void> {
    using snapshot = await Snapshot.open(this.#vault, account, null)
    const collections = snapshot.state.collections().filter(({ service }) => service === 'mail' || service === 'files')
    const known = collections.reduce((sum, { c }) => sum + snapshot.state.countItems(c).live, 0)
    let done = 0
    for (const collection of collections) {
      for (const item of snapshot.state.items(collection.c, false)) {
        if (this.#options.signal.aborted) return
        if (++done % 100 === 0) this.#options.onProgress({ kind: 'items', done, known })
        try {
          if (collection.service === 'mail') await this.#message(snapshot, collection, item)
          else await this.#file(snapshot, collection, item)
        } catch (error) {
          const failure = toAppError(error)
          if (failure.code === 'disk-full') throw failure
          this.#leave(account, collection, item, failure.message)
        }
      }
    }
  }

  #leave({ id }: OpenAccount, { path }: CollectionRecord, item: ItemRecord, reason: string): void {
    this.#leftOut.push({ account: id, collection: path, title: titleOf(item), reason })
  }

  #isOfYear(date: string): boolean {
    return this.#options.year === undefined || new Date(date).getFullYear() === this.#options.year
  }

  #isOfType(name: string): boolean {
    const { types } = this.#options
    return types === undefined || types.includes(extname(name).slice(1).toLowerCase())
  }

  async #message(snapshot: Snapshot, collection: CollectionRecord, item: ItemRecord): Promise<void> {
    const { from, search, messages } = this.#options
    if (from !== undefined && !item.head.from.toLowerCase().includes(from.toLowerCase())) return
    if (!this.#isOfYear(item.date)) return
    if (item.size > messageLimit) {
      this.#leave(
        snapshot.account,
        collection,
        item,
        'The message is too large to be taken apart; it can be saved whole where one looks inside (lifeboat show --raw).',
      )
      return
    }
    const bytes = await whole(snapshot.content(item))
    const { attachments, html } = await PostalMime.parse(bytes)
    const shown = contentIdsIn(html ?? '')
    const names = attachments.map((attachment) => attachment.filename ?? '').join('\n')
    if (!matcher(search)({ ...item, head: { ...item.head, subject: `${item.head.subject}\n${names}` } })) return
    let isWanted = false
    for (const [n, attachment] of attachments.entries()) {
      const name = nameOf(attachment, n)
      const content = contentOf(attachment)
      const isShown = isInText(attachment.contentId ?? '', attachment.mimeType, content.length, shown)
      if (isShown && this.#options.types === undefined) this.#inlinePictures++
      else if (this.#isOfType(name)) {
        isWanted = true
        await this.#take(snapshot, collection, item, {
          folder: ['Mail', yearOf(item)],
          name: `${day(item)} ${sender(item)} - ${name}`,
          original: name,
          content,
        })
      }
    }
    if (messages && (isWanted || this.#options.types === undefined))
      await this.#take(snapshot, collection, item, {
        folder: ['Messages', yearOf(item)],
        name: `${day(item)} ${sender(item)} - ${item.head.subject || '(no subject)'}.eml`,
        original: '',
        content: bytes,
      })
  }

  async #file(snapshot: Snapshot, collection: CollectionRecord, item: ItemRecord): Promise<void> {
    if (isFolder(item.meta)) return
    const path = Array.isArray(item.meta['path']) ? item.meta['path'].map(String) : [item.key]
    const modified = typeof item.meta['modified'] === 'string' ? item.meta['modified'] : item.date
    const name = path.at(-1) ?? item.key
    if (!this.#isOfYear(modified) || !this.#isOfType(name) || !matcher(this.#options.search)(item)) return
    if (this.#options.from !== undefined) {
      this.#withoutSender++
      return
    }
    const folder = ['Files', ...collection.path, ...path.slice(0, -1)]
    await this.#take(snapshot, collection, item, { folder, name, original: path.join('/'), content: snapshot.content(item) })
  }

  async #take(
    { account }: Snapshot,
    { path }: CollectionRecord,
    item: ItemRecord,
    document: {
      readonly folder: readonly string[]
      readonly name: string
      readonly original: string
      readonly content: Uint8Array | AsyncIterable<Uint8Array>
    },
  ): Promise<void> {
    const placed = await this.#out.place([account.id, ...document.folder], document.name, document.content)
    const { from, subject, messageId } = item.head
    this.#found++
    const row = [
      placed.path,
      document.original,
      from,
      subject,
      item.date,
      account.id,
      path.join('/'),
      messageId,
      placed.size,
      placed.sha256,
    ]
    this.#rows.push(csvRow(row))
  }

  /** A table that is there stays: a second one stands beside it. */
  async #writeTable(): Promise<string> {
    const text = csvByteOrderMark + csvRow(columns) + this.#rows.join('')
    for (let n = 0; ; n++) {
      const name = n === 0 ? 'contents.csv' : `contents ${runId(this.#options.vault.clock.now())}${n === 1 ? '' : ` (${n})`}.csv`
      try {
        await writeFile(join(this.#options.out, name), text, { flag: 'wx' })
        return join(this.#options.out, name)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || n > 100) throw error
      }
    }
  }
}

function contentOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
}

const usualExtensions: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'message/rfc822': 'eml',
  'text/calendar': 'ics',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
}

function nameOf({ filename, mimeType }: Attachment, n: number): string {
  const name = (filename ?? '').split(/[/\\]/).at(-1)?.trim() ?? ''
  return name === '' || /^\.+$/.test(name) ? `attachment ${n + 1}.${usualExtensions[mimeType] ?? 'bin'}` : name
}

function yearOf({ date }: ItemRecord): string {
  const year = new Date(date).getFullYear()
  return Number.isNaN(year) ? 'without date' : String(year)
}

/** In this computer's time, as the year is. */
function day({ date }: ItemRecord): string {
  const at = new Date(date)
  if (Number.isNaN(at.getTime())) return 'undated'
  const [month, ofMonth] = [at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, '0'))
  return `${String(at.getFullYear()).padStart(4, '0')}-${month}-${ofMonth}`
}

/** The name where there is one, else the address. */
function sender({ head }: ItemRecord): string {
  const name = /^\s*"?([^"<]*?)"?\s*</.exec(head.from)?.[1]?.trim()
  return (name || head.from.replace(/[<>]/g, '').trim() || 'unknown').slice(0, 40)
}

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts)
}
