/** One mailbox as Gmail keeps it: messages with labels, and a history of what happened to them. */
import { randomBytes } from 'node:crypto'

export interface Message {
  readonly id: string
  readonly threadId: string
  readonly raw: Buffer
  readonly labels: Set<string>
  /** Milliseconds since 1970. */
  readonly internalDate: number
  historyId: bigint
}

export interface Label {
  readonly id: string
  name: string
  readonly type: 'system' | 'user'
}

export type HistoryKind = 'messagesAdded' | 'messagesDeleted' | 'labelsAdded' | 'labelsRemoved'

export interface HistoryRecord {
  readonly id: bigint
  readonly kind: HistoryKind
  readonly messageId: string
  readonly threadId: string
  /** The message's labels after the change. */
  readonly after: readonly string[]
  /** Which labels were added or removed. */
  readonly labels: readonly string[]
}

const systemLabels = [
  ...['INBOX', 'SENT', 'DRAFT', 'SPAM', 'TRASH', 'UNREAD', 'STARRED', 'IMPORTANT', 'CHAT'],
  ...['CATEGORY_PERSONAL', 'CATEGORY_SOCIAL', 'CATEGORY_PROMOTIONS', 'CATEGORY_UPDATES', 'CATEGORY_FORUMS'],
]

export class GmailMailbox {
  readonly messages = new Map<string, Message>()
  readonly labels = new Map<string, Label>(systemLabels.map((id) => [id, { id, name: id, type: 'system' }]))
  readonly history: HistoryRecord[] = []
  /** `messages.list` does not show these yet: its index lags behind `history.list` and `messages.get`. */
  readonly unindexed = new Set<string>()
  /** Older start ids are answered with 404. */
  oldestHistoryId = 0n
  #historyId = 1_000_000n
  #nextId = 0x18f0_0000_0000_0000n
  #labels = 0

  get historyId(): bigint {
    return this.#historyId
  }

  /** `labels`: ids. */
  add(
    raw: Buffer | string,
    labels: readonly string[] = ['INBOX', 'UNREAD'],
    date = '2025-02-03T04:05:06Z',
    threadId?: string,
  ): Message {
    this.#nextId += BigInt(1 + (randomBytes(1)[0] ?? 0))
    const id = this.#nextId.toString(16)
    const message: Message = {
      id,
      threadId: threadId ?? id,
      raw: Buffer.from(raw),
      labels: new Set(labels),
      internalDate: Date.parse(date),
      historyId: 0n,
    }
    this.messages.set(id, message)
    this.#note(message, 'messagesAdded', [])
    return message
  }

  modify(id: string, add: readonly string[], remove: readonly string[] = []): void {
    const message = this.message(id)
    const added = add.filter((label) => !message.labels.has(label))
    const removed = remove.filter((label) => message.labels.has(label))
    for (const label of added) message.labels.add(label)
    if (added.length > 0) this.#note(message, 'labelsAdded', added)
    for (const label of removed) message.labels.delete(label)
    if (removed.length > 0) this.#note(message, 'labelsRemoved', removed)
  }

  delete(id: string): void {
    const message = this.message(id)
    this.messages.delete(id)
    this.#note(message, 'messagesDeleted', [])
  }

  createLabel(name: string): Label {
    const label: Label = { id: `Label_${++this.#labels}`, name, type: 'user' }
    this.labels.set(label.id, label)
    return label
  }

  labelByName(name: string): Label | undefined {
    return [...this.labels.values()].find((label) => label.name === name)
  }

  /** As Google's interface does it: messages and history know nothing of the new name. */
  renameLabel(name: string, to: string): void {
    const label = this.labelByName(name)
    if (label === undefined) throw new Error(`no label ${name}`)
    label.name = to
  }

  message(id: string): Message {
    const message = this.messages.get(id)
    if (message === undefined) throw new Error(`no message ${id}`)
    return message
  }

  /** Everything up to now is forgotten, as Google does after a week or sooner. */
  expireHistory(): void {
    this.#historyId += 1n
    this.oldestHistoryId = this.#historyId
    this.history.length = 0
  }

  #note(message: Message, kind: HistoryKind, labels: readonly string[]): void {
    this.#historyId += BigInt(1 + ((randomBytes(1)[0] ?? 0) % 40))
    message.historyId = this.#historyId
    const { id: messageId, threadId } = message
    this.history.push({ id: this.#historyId, kind, messageId, threadId, after: [...message.labels], labels })
  }
}

/** The first header field of the name, unfolded. */
export function field(raw: Buffer, name: string): string {
  const head = raw.toString('latin1').split(/\r?\n\r?\n/, 1)[0] ?? ''
  const found = new RegExp(`^${name}[ \\t]*:(.*(?:\\r?\\n[ \\t].*)*)`, 'im').exec(head)
  return (found?.[1] ?? '').replace(/\r?\n/g, '').trim()
}
