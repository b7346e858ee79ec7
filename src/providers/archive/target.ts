/** A folder on a disk as the target of a restore, in formats that other programs read. Overwrites and deletes nothing. */
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Account, Service } from '../../core/account.ts'
import { AppError, toAppError } from '../../core/errors.ts'
import { type Collection, isFolder } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { PutOutcome, RestoreItem, Target, TargetOptions, TargetPlace } from '../../core/target.ts'
import { collisionKey, type FolderNames, uniquePath } from '../../formats/names.ts'
import { ScratchWriter } from './scratch-writer.ts'
import { exists, FolderNamesTaken, makeFolder, placeFile, removeTemporaries, sizeOf, writeError } from './target-files.ts'
import { MaildirFolder } from './target-maildir.ts'
import { MboxFolder } from './target-mbox.ts'

const schema = z.strictObject({
  path: z.string().min(1),
  /** How mail is written. */
  format: z.enum(['maildir', 'mbox', 'eml']),
  /** False for a folder that is thrown away: nothing waits for the disk. */
  durable: z.boolean().default(true),
  /** `folders`: a message lies in the folder of each of its labels, where the format has no place for labels. */
  labels: z.enum(['folders', 'ignored']).default('folders'),
})

const serviceFolders: Readonly<Record<Service, string>> = {
  mail: 'Mail',
  contacts: 'Contacts',
  calendar: 'Calendars',
  files: 'Files',
}

/** Names that a folder of mail cannot have: they are a Maildir's own. */
const ownNames = new Set(['cur', 'new', 'tmp'])

type MailFolder = MaildirFolder | MboxFolder

interface Opened {
  readonly folder: string
  readonly mail: MailFolder | null
  readonly names: Map<string, FolderNamesTaken>
  readonly paths: Names
  /** Folders below that are ready, by their paths. */
  readonly made: Set<string>
}

export class FolderTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels: boolean
  readonly #settings: z.infer<typeof schema>
  readonly #service: Service
  readonly #options: TargetOptions
  readonly #suffix: string
  /** Of folders that are thrown away. */
  readonly #scratch = new ScratchWriter()
  readonly #names = new Names()
  readonly #opened = new Map<TargetPlace, Opened>()

  constructor(account: Account, service: Service, now: Date, options: TargetOptions) {
    this.#settings = readSettings(account.settings)
    this.#service = service
    this.#options = options
    this.#suffix = `restored ${now.toISOString().slice(0, 10)}`
    // An mbox file says in its messages what their labels are.
    this.keepsLabels = this.#settings.format === 'mbox' || this.#settings.labels === 'ignored'
  }

  async open(collections: readonly Collection[]): Promise<void> {
    for (const { path } of collections) this.#names.spell([...this.#options.into, ...path])
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { dryRun, into } = this.#options
    const { path: root, format, durable } = this.#settings
    const spelled = this.#names.spell([...into, ...c.path])
    const folder = join(resolve(root), serviceFolders[this.#service], ...spelled)
    let isNew = !(await exists(folder))
    let mail: MailFolder | null = null
    const losses: string[] = []
    if (this.#service === 'mail' && format !== 'eml') {
      const scratch = durable ? null : this.#scratch
      mail = format === 'maildir' ? new MaildirFolder(folder, dryRun, scratch) : new MboxFolder(folder, dryRun, durable)
      isNew = await mail.make()
    } else if (!dryRun) {
      await makeFolder(folder)
      await removeTemporaries(folder)
    }
    if (this.#service === 'mail' && format === 'eml')
      losses.push('Files of one message each (.eml) hold no marks such as read, answered or flagged.')
    const place: TargetPlace = { service: this.#service, path: spelled, isNew, losses }
    this.#opened.set(place, { folder, mail, names: new Map(), paths: new Names(), made: new Set() })
    return place
  }

  #at(place: TargetPlace): Opened {
    const opened = this.#opened.get(place)
    if (opened === undefined) throw new AppError('bug', 'The folder was not made ready.')
    return opened
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const opened = this.#at(place)
    signal.throwIfAborted()
    if (opened.mail !== null) {
      yield* opened.mail.put(items)
      return
    }
    for (const item of items) {
      signal.throwIfAborted()
      yield await this.#putFile(opened, item)
    }
  }

  async #putFile(opened: Opened, item: RestoreItem): Promise<PutOutcome> {
    const { key, size, sha256 } = item
    try {
      if (isFolder(item.meta)) return await this.#putFolder(opened, item)
      const { below, name, modified } = this.#nameOf(opened, item)
      const folder = join(opened.folder, ...below)
      if (below.length > 0 && !this.#options.dryRun && !opened.made.has(folder)) {
        opened.made.add(folder)
        await makeFolder(folder)
        // Of an attempt that was broken off.
        await removeTemporaries(folder)
      }
      const { conflict, dryRun, keep } = this.#options
      const placing = { conflict, dryRun, keep, durable: this.#settings.durable, suffix: this.#suffix }
      const placed = await placeFile(folder, name, { size, sha256, modified, content: () => item.content() }, placing)
      if (placed.kind === 'conflict') return { key, kind: 'conflict', reason: `Another file is at ${placed.path}.` }
      const note = placed.note === undefined ? {} : { note: placed.note }
      return placed.kind === 'created'
        ? { key, kind: 'created', at: placed.path, ...note }
        : { key, kind: 'already-there', at: placed.path }
    } catch (error) {
      return { key, kind: 'failed', error: toAppError(writeError(error, item.title)) }
    }
  }

  /** One that holds nothing. */
  async #putFolder(opened: Opened, item: RestoreItem): Promise<PutOutcome> {
    const { key } = item
    const path = join(opened.folder, ...opened.paths.spell(filePath(item)))
    const there = await sizeOf(path)
    if (there !== null && there >= 0) return { key, kind: 'conflict', reason: `A file is at ${path}.` }
    if (there === null && !this.#options.dryRun) await makeFolder(path)
    return { key, kind: there === null ? 'created' : 'already-there', at: path }
  }

  #nameOf(opened: Opened, item: RestoreItem): { below: readonly string[]; name: string; modified: Date | null } {
    if (this.#service === 'files') {
      const path = filePath(item)
      const below = path.length > 1 ? opened.paths.spell(path.slice(0, -1)) : []
      return {
        below,
        name: namesIn(opened, below).take(path.at(-1) ?? item.key),
        modified: dateOf(item.meta['modified'] ?? item.date),
      }
    }
    const names = namesIn(opened, [])
    if (this.#service === 'mail') {
      const date = new Date(item.date)
      const day = Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 10)} `
      const title = item.title.slice(0, 60).replaceAll('/', '-')
      return { below: [], name: names.take(`${day}${title} [${item.sha256.slice(0, 8)}].eml`), modified: dateOf(item.date) }
    }
    const extension = this.#service === 'contacts' ? '.vcf' : '.ics'
    const stem = (item.key.split('/').at(-1) ?? item.key).replace(/\.(vcf|ics)$/i, '')
    return {
      below: [],
      name: names.take(`${stem === '' ? item.sha256.slice(0, 16) : stem}${extension}`),
      modified: dateOf(item.date),
    }
  }

  async *check(place: TargetPlace): AsyncGenerator<{ key: string; losses: readonly string[] }> {
    const { mail } = this.#at(place)
    if (mail instanceof MboxFolder) await mail.finish()
    yield* []
  }

  async close(): Promise<void> {
    for (const { mail } of this.#opened.values()) if (mail instanceof MboxFolder) await mail.close()
    await this.#scratch.close()
  }
}

/** Portable spellings for the paths of one tree; the same paths in the same order get the same ones. */
class Names implements FolderNames {
  readonly #spellings = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #whole = new Map<string, readonly string[]>()

  spellingOf(parent: string, name: string): string | undefined {
    return this.#spellings.get(`${parent}\n${name}`)
  }

  isTaken(parent: string, key: string): boolean {
    return ownNames.has(key) || this.#taken.has(`${parent}\n${key}`)
  }

  spell(path: readonly string[]): readonly string[] {
    const known = this.#whole.get(JSON.stringify(path))
    if (known !== undefined) return known
    const spelled = uniquePath(path, this)
    this.#whole.set(JSON.stringify(path), spelled)
    spelled.forEach((spelling, depth) => {
      const parent = spelled.slice(0, depth).join('/')
      this.#taken.add(`${parent}\n${collisionKey(spelling)}`)
      const name = path[depth]
      if (name !== undefined && spelled.length === path.length) this.#spellings.set(`${parent}\n${name}`, spelling)
    })
    return spelled
  }
}

function namesIn(opened: Opened, below: readonly string[]): FolderNamesTaken {
  const key = below.join('/')
  const names = opened.names.get(key) ?? new FolderNamesTaken()
  opened.names.set(key, names)
  return names
}

function filePath({ meta, title }: RestoreItem): readonly string[] {
  const path = meta['path']
  const names = Array.isArray(path) ? path.filter((name): name is string => typeof name === 'string') : []
  return names.length === 0 ? [title] : names
}

function dateOf(value: unknown): Date | null {
  const date = new Date(typeof value === 'string' ? value : '')
  return Number.isNaN(date.getTime()) ? null : date
}

function readSettings(settings: JsonObject): z.infer<typeof schema> {
  // An archive that was added as an account is there to be read.
  if (settings['format'] === undefined)
    throw new AppError('unsupported', 'Nothing is restored into an archive.', {
      advice: 'Name a folder to restore to: --to ./restored',
    })
  const parsed = schema.safeParse(settings)
  if (parsed.success) return parsed.data
  throw new AppError('usage', 'The folder or the format to restore to is not right.', {
    advice: 'The formats for mail are maildir, mbox and eml.',
  })
}
