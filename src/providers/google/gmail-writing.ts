/** What a restore writes to Gmail: labels and messages. */
import { Readable } from 'node:stream'
import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { AppError } from '../../core/errors.ts'
import type { Collection, Role } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { TargetOptions } from '../../core/target.ts'
import { isRefusedWith } from './errors.ts'
import type { Gmail } from './gmail.ts'
import { systemLabelId } from './gmail-labels.ts'
import type { Session } from './session.ts'

const me = 'me'

export interface ImportedMessage {
  readonly id: string
  readonly threadId: string
}

interface Import {
  readonly octets: Uint8Array
  readonly labels: readonly string[]
  readonly threadId: string | undefined
  readonly hasDate: boolean
}

/** `arrived`: the message, where it came although the answer was lost. */
export async function importMessage(
  session: Session,
  { octets, labels, threadId, hasDate }: Import,
  arrived: () => Promise<ImportedMessage | null>,
  signal: AbortSignal,
): Promise<ImportedMessage> {
  const { rootUrl } = session.clientOptions
  const api = gmail({ version: 'v1', ...session.clientOptions })
  const data = await session.callOnce<gmail_v1.Schema$Message>(
    'gmail.messages.import',
    signal,
    (options) =>
      api.users.messages.import(
        {
          userId: me,
          internalDateSource: hasDate ? 'dateHeader' : 'receivedTime',
          neverMarkSpam: true,
          requestBody: { labelIds: [...labels], ...(threadId === undefined ? {} : { threadId }) },
          media: { mimeType: 'message/rfc822', body: Readable.from([octets]) },
        },
        // The client forgets where it was pointed to when it uploads.
        { ...options, ...(rootUrl === undefined ? {} : { rootUrl }) },
      ),
    arrived as () => Promise<gmail_v1.Schema$Message | null>,
    octets.length,
  )
  if (!data.id) throw new AppError('suspicious', "Google's answer to an imported message is not as documented.")
  return { id: data.id, threadId: data.threadId ?? data.id }
}

/** Labels of the places that a folder of another provider stands for. */
const rolesAsLabels: Readonly<Partial<Record<Role, readonly string[]>>> = {
  inbox: ['INBOX'],
  sent: ['SENT'],
  junk: ['SPAM'],
  trash: ['TRASH'],
  all: [],
  archive: [],
  drafts: [],
}
/** Only Gmail itself gives these. */
const notGiven: Readonly<Record<string, string>> = {
  DRAFT: 'Gmail takes no drafts from a restore: it is there as an ordinary message.',
  CHAT: 'Gmail takes no chats from a restore: it is there as an ordinary message.',
}
const mostInName = 213
const besideOwn = ' (restored)'

interface Labelled {
  readonly ids: readonly string[]
  readonly losses: readonly string[]
}

/** The labels of the account, made where they are missing. */
export class TargetLabels {
  readonly #session: Session
  readonly #gmail: Gmail
  readonly #options: TargetOptions
  readonly #signal: AbortSignal
  /** Id by name in lower case. */
  readonly #ids = new Map<string, Promise<string>>()

  private constructor(session: Session, reading: Gmail, options: TargetOptions, signal: AbortSignal) {
    this.#session = session
    this.#gmail = reading
    this.#options = options
    this.#signal = signal
  }

  static async open(session: Session, reading: Gmail, options: TargetOptions, signal: AbortSignal): Promise<TargetLabels> {
    const labels = new TargetLabels(session, reading, options, signal)
    await labels.#learn()
    return labels
  }

  async #learn(): Promise<void> {
    for (const { id, name } of await this.#gmail.labels()) if (id && name) this.#ids.set(name.toLowerCase(), Promise.resolve(id))
  }

  /** What every message of a folder gets. */
  async ofFolder({ role, path }: Collection): Promise<Labelled & { readonly isNew: boolean }> {
    const { into } = this.#options
    const own = role === undefined ? undefined : rolesAsLabels[role]
    const losses = role === 'drafts' ? ['Gmail takes no drafts from a restore: they become ordinary messages.'] : []
    if (into.length === 0 && own !== undefined) return { ids: own, losses, isNew: false }
    const name = [...into, ...(own === undefined || into.length > 0 ? path : [])].join('/')
    const isNew = !this.#ids.has(name.toLowerCase())
    return { ids: [await this.#idOf(name)], losses, isNew }
  }

  /** `meta` as `MailMeta`. */
  async ofMessage(meta: JsonObject, folder: readonly string[]): Promise<Labelled> {
    const { into } = this.#options
    const ids = new Set(folder)
    const losses: string[] = []
    const names = texts(meta['labels'])
    for (const name of names ?? []) {
      const system = systemLabelId(name)
      const refused = notGiven[system ?? '']
      if (refused !== undefined) losses.push(refused)
      else if (system !== null && (into.length === 0 || marks.has(system))) ids.add(system)
      else ids.add(await this.#idOf([...into, name].join('/')))
    }
    const flags = texts(meta['flags']) ?? []
    if (names === null && !flags.includes('\\Seen')) ids.add('UNREAD')
    if (flags.includes('\\Flagged')) ids.add('STARRED')
    if (names === null && flags.includes('\\Answered')) losses.push('Gmail has no mark for “answered”.')
    return { ids: [...ids], losses }
  }

  #idOf(wanted: string): Promise<string> {
    const name = wanted.slice(0, mostInName)
    const key = name.toLowerCase()
    const id = this.#ids.get(key) ?? (this.#options.dryRun ? Promise.resolve('') : this.#make(name))
    this.#ids.set(key, id)
    id.catch(() => this.#ids.delete(key))
    return id
  }

  async #make(name: string): Promise<string> {
    const api = gmail({ version: 'v1', ...this.#session.clientOptions })
    try {
      const { id } = await this.#session.call('gmail.labels.create', this.#signal, (options) =>
        api.users.labels.create({ userId: me, requestBody: { name } }, options),
      )
      if (id) return id
    } catch (error) {
      // Gmail keeps some names to itself, such as "Drafts".
      if (isRefusedWith(error, 400) && !name.endsWith(besideOwn)) return await this.#make(`${name}${besideOwn}`)
      if (!isRefusedWith(error, 409)) throw error
      // It may have been made by a try whose answer was lost.
      const found = (await this.#gmail.labels()).find((label) => label.name?.toLowerCase() === name.toLowerCase())
      if (found?.id) return found.id
      throw error
    }
    throw new AppError('suspicious', "Google's answer to a new label is not as documented.")
  }
}

/** What says something of a message rather than where it is. */
const marks: ReadonlySet<string> = new Set(['UNREAD', 'STARRED', 'IMPORTANT'])

function texts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : null
}
