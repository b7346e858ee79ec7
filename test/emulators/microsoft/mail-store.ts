/** One mailbox as Exchange keeps it: folders that nest, messages with properties, and what happened to each. */
import { createHash, randomBytes } from 'node:crypto'
import { DeltaLog } from './odata.ts'

export interface MailFolder {
  readonly id: string
  displayName: string
  parentId: string | null
  isHidden: boolean
  /** "Well-known folder names". */
  readonly wellKnown: string | null
  /** A search folder shows messages of other folders. */
  readonly isSearch: boolean
  readonly log: DeltaLog
}

export interface MailMessage {
  readonly id: string
  folderId: string
  mime: Buffer
  subject: string
  internetMessageId: string | null
  received: string
  isRead: boolean
  isDraft: boolean
  flag: 'notFlagged' | 'flagged' | 'complete'
  categories: readonly string[]
  importance: 'low' | 'normal' | 'high'
  focused: 'focused' | 'other'
  conversationId: string
  /** `Integer 0x1081`. */
  verb: number | null
  hasAttachments: boolean
  modified: string
  change: number
}

export type MessageFields = Partial<
  Pick<MailMessage, 'received' | 'isRead' | 'isDraft' | 'flag' | 'categories' | 'importance' | 'focused' | 'verb'>
>

const wellKnown: Readonly<Record<string, string>> = {
  inbox: 'Inbox',
  drafts: 'Drafts',
  sentitems: 'Sent Items',
  deleteditems: 'Deleted Items',
  junkemail: 'Junk Email',
  archive: 'Archive',
  outbox: 'Outbox',
  conversationhistory: 'Conversation History',
}

const newId = (): string => `AAkALg${randomBytes(60).toString('base64url')}`

export class MailStore {
  readonly folders = new Map<string, MailFolder>()
  readonly messages = new Map<string, MailMessage>()
  readonly folderLog = new DeltaLog()
  readonly rootId = newId()
  /** Exchange makes the MIME of a message anew each time it is asked for. */
  regenerates = false
  /** Messages name their folder in another spelling than the list of folders does. */
  hasTwoSpellings = false
  #changes = 0

  constructor() {
    this.folders.set(
      this.rootId,
      this.#newFolder('Top of Information Store', null, { id: this.rootId, wellKnown: 'msgfolderroot' }),
    )
    for (const [name, displayName] of Object.entries(wellKnown))
      this.#keep(this.#newFolder(displayName, this.rootId, { wellKnown: name }))
  }

  /** By id or by well-known name. */
  folder(name: string): MailFolder | undefined {
    return this.folders.get(name) ?? [...this.folders.values()].find((folder) => folder.wellKnown === name.toLowerCase())
  }

  addFolder(
    displayName: string,
    { parent, isHidden = false, isSearch = false }: { parent?: string; isHidden?: boolean; isSearch?: boolean } = {},
  ): MailFolder {
    const parentId = parent === undefined ? this.rootId : this.#folder(parent).id
    return this.#keep(this.#newFolder(displayName, parentId, { isHidden, isSearch }))
  }

  renameFolder(name: string, displayName: string, parent?: string): void {
    const folder = this.#folder(name)
    folder.displayName = displayName
    if (parent !== undefined) folder.parentId = this.#folder(parent).id
    this.folderLog.touch(folder.id)
  }

  removeFolder(name: string): void {
    const { id } = this.#folder(name)
    for (const child of [...this.folders.values()]) if (child.parentId === id) this.removeFolder(child.id)
    for (const message of [...this.messages.values()]) if (message.folderId === id) this.messages.delete(message.id)
    this.folders.delete(id)
    this.folderLog.remove(id)
  }

  add(mime: Buffer | string, folder = 'inbox', fields: MessageFields = {}): MailMessage {
    const octets = Buffer.from(mime)
    const { id: folderId, log } = this.#folder(folder)
    const message: MailMessage = {
      ...{ id: newId(), folderId, mime: octets, ...headersOf(octets) },
      ...{ received: '2026-01-05T10:00:00Z', isRead: false, isDraft: false, flag: 'notFlagged', categories: [] },
      ...{ importance: 'normal', focused: 'focused', conversationId: newId(), verb: null, change: ++this.#changes },
      modified: '2026-01-05T10:00:00Z',
      ...fields,
    }
    this.messages.set(message.id, message)
    log.touch(message.id)
    return message
  }

  /** `silently`: the delta does not tell of it, as happens with changes of the read state alone. */
  change(id: string, fields: MessageFields, silently = false): void {
    const message = this.message(id)
    Object.assign(message, fields, { change: ++this.#changes })
    if (!silently) this.#folder(message.folderId).log.touch(id, Object.keys(fields).map(memberOf))
  }

  /** The content of a draft, or of a message that somebody edited. */
  edit(id: string, mime: Buffer | string): void {
    const message = this.message(id)
    const octets = Buffer.from(mime)
    Object.assign(message, { mime: octets, ...headersOf(octets), change: ++this.#changes })
    this.#folder(message.folderId).log.touch(id)
  }

  move(id: string, to: string): void {
    const message = this.message(id)
    this.#folder(message.folderId).log.remove(id)
    const folder = this.#folder(to)
    message.folderId = folder.id
    message.change = ++this.#changes
    folder.log.comeBack(id)
  }

  remove(id: string): void {
    const message = this.message(id)
    this.#folder(message.folderId).log.remove(id)
    this.messages.delete(id)
  }

  message(id: string): MailMessage {
    const message = this.messages.get(id)
    if (message === undefined) throw new Error(`no message ${id}`)
    return message
  }

  #folder(name: string): MailFolder {
    const folder = this.folder(name)
    if (folder === undefined) throw new Error(`no folder ${name}`)
    return folder
  }

  #newFolder(displayName: string, parentId: string | null, fields: Partial<MailFolder>): MailFolder {
    const usual = { id: newId(), isHidden: false, wellKnown: null, isSearch: false, log: new DeltaLog() }
    return { ...usual, displayName, parentId, ...fields }
  }

  #keep(folder: MailFolder): MailFolder {
    this.folders.set(folder.id, folder)
    this.folderLog.touch(folder.id)
    return folder
  }
}

/** As the `message` resource calls it. */
function memberOf(field: string): string {
  return { received: 'receivedDateTime', focused: 'inferenceClassification' }[field] ?? field
}

function headersOf(mime: Buffer) {
  const header =
    mime
      .toString('latin1')
      .split(/\r?\n\r?\n/, 1)[0]
      ?.replace(/\r?\n[ \t]+/g, ' ') ?? ''
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)\\r?$`, 'im').exec(header)?.[1]?.trim()
  return {
    subject: field('subject') ?? '',
    internetMessageId: field('message-id') ?? null,
    hasAttachments: /^content-disposition:\s*attachment/im.test(mime.toString('latin1')),
  }
}

/** Without `IdType="ImmutableId"` the id of a message is another one in each folder. */
export function changingId({ id, folderId }: Pick<MailMessage, 'id' | 'folderId'>): string {
  return `AAMkAG${createHash('sha256').update(`${id} ${folderId}`).digest('base64url')}`
}
