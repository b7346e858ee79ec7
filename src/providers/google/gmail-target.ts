/** Adds mail to Gmail by `messages.import`: labels, threads and, as far as Gmail takes them, dates. Never changes what is there. */
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Content } from '../../core/items.ts'
import type { ListedAs, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { inParallel } from '../shared/in-parallel.ts'
import { whole } from '../shared/whole.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { Gmail } from './gmail.ts'
import { type ImportedMessage, importMessage, TargetLabels } from './gmail-writing.ts'
import { dateOf, messageIdOf } from './mail-fields.ts'
import type { Session } from './session.ts'

const messagesAtOnce = 6
/** "Maximum file size: 50MB" (`messages.import`). */
const largestMessage = 50 << 20
/** Milliseconds by which a message's own date may differ from that of its arrival without a word. */
const sameDay = 86_400_000

interface Mailbox {
  readonly session: Session
  readonly gmail: Gmail
  readonly labels: TargetLabels
  /** From before the first message was added: what was added since is in the history. */
  readonly historyId: string
  /** There was nothing to recognise at the beginning. */
  readonly wasEmpty: boolean
}

interface Place {
  readonly collection: Collection
  readonly labels: readonly string[]
}

export class GmailTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = true
  readonly #at: WritingSession<Mailbox>
  readonly #places = new Map<TargetPlace, Place>()
  /** Ids of messages that an item of this restore stands for already. */
  readonly #taken = new Set<string>()
  /** The thread at the target by that of the source. */
  readonly #threads = new Map<string, string>()
  #present: Promise<ReadonlySet<string>> | null = null

  constructor(at: WritingSession<Mailbox>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const gmail = new Gmail(session, signal)
      const { historyId, messages } = await gmail.profile()
      const labels = await TargetLabels.open(session, gmail, this.#at.options, signal)
      return { session, gmail, labels, historyId, wasEmpty: messages === 0 }
    })
  }

  get #open(): Mailbox {
    return this.#at.opened
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { labels } = this.#open
    const { ids, isNew, losses } = await labels.ofFolder(c)
    const name = ids.includes('TRASH') ? 'Trash' : ids.includes('SPAM') ? 'Spam' : 'All Mail'
    const place: TargetPlace = { service: 'mail', path: [name], isNew, losses }
    this.#places.set(place, { collection: c, labels: ids })
    return place
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const { labels = [] } = this.#places.get(place) ?? {}
    yield* inParallel(items, messagesAtOnce, (item) => this.#putOne(item, labels, signal), signal)
  }

  async #putOne(item: RestoreItem, folder: readonly string[], signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    try {
      if (item.at !== null && (await this.#isPresent(item.at))) {
        this.#taken.add(item.at)
        return { key, kind: 'already-there', at: item.at, listed: listedAs(item.at) }
      }
      if (item.size > largestMessage) throw new AppError('unsupported', 'Gmail takes no message of more than 50 MB.')
      const octets = await whole(item.content(), largestMessage)
      const found = this.#open.wasEmpty ? null : await this.#find(octets)
      if (found !== null) {
        this.#noteThread(item, found)
        return { key, kind: 'already-there', at: found.id, listed: listedAs(found.id) }
      }
      if (this.#at.options.dryRun) return { key, kind: 'created' }
      const { ids, losses } = await this.#open.labels.ofMessage(item.meta, folder)
      const { id } = await this.#import(item, octets, ids, signal)
      return { key, kind: 'created', at: id, listed: listedAs(id), losses: [...losses, ...dateLoss(octets, item.date)] }
    } catch (error) {
      return failedItem(key, error, signal)
    }
  }

  async #isPresent(id: string): Promise<boolean> {
    this.#present ??= allIds(this.#open.gmail)
    return (await this.#present).has(id)
  }

  /** A message of these octets that no item stands for yet. */
  async #find(octets: Uint8Array): Promise<ImportedMessage | null> {
    const { gmail } = this.#open
    const words = searchFor(octets)
    if (words === null) return null
    for await (const page of gmail.search(words)) {
      const found = await this.#firstEqual(
        page.map(({ id }) => id),
        octets,
      )
      if (found !== null) return found
    }
    return null
  }

  async #firstEqual(ids: readonly string[], octets: Uint8Array): Promise<ImportedMessage | null> {
    for (const id of ids) {
      if (this.#taken.has(id)) continue
      this.#taken.add(id)
      const there = await this.#open.gmail.raw(id)
      if (await isEqual(there.content, octets)) return { id, threadId: there.thread }
      this.#taken.delete(id)
    }
    return null
  }

  async #import(item: RestoreItem, octets: Uint8Array, labels: readonly string[], signal: AbortSignal): Promise<ImportedMessage> {
    const { session } = this.#open
    const thread = this.#threads.get(threadOf(item))
    const arrived = () => this.#arrived(octets)
    const send = (threadId: string | undefined) =>
      importMessage(session, { octets, labels, threadId, hasDate: dateOf(octets) !== null }, arrived, signal)
    let imported: ImportedMessage
    try {
      imported = await send(thread)
    } catch (error) {
      // The thread is gone, or Gmail does not put this message into it.
      if (thread === undefined || !hasCode(error, 'not-found', 'unsupported')) throw error
      imported = await send(undefined)
    }
    this.#taken.add(imported.id)
    this.#noteThread(item, imported)
    return imported
  }

  #noteThread(item: RestoreItem, { threadId }: ImportedMessage): void {
    const thread = threadOf(item)
    if (thread !== '' && !this.#threads.has(thread)) this.#threads.set(thread, threadId)
  }

  /** The answer to an import was lost: whether the message came, the history knows at once. */
  async #arrived(octets: Uint8Array): Promise<ImportedMessage | null> {
    const { messages } = await this.#open.gmail.history(this.#open.historyId)
    const ids = messages.flatMap(({ id, isDeleted }) => (isDeleted ? [] : [id]))
    return await this.#firstEqual(ids, octets)
  }

  async *check(): AsyncGenerator<{ readonly key: string; readonly losses: readonly string[] }> {}

  async close(): Promise<void> {
    this.#at.close()
  }
}

/** Nobody can change a message there. */
function listedAs(id: string): ListedAs {
  return { key: id, version: id }
}

async function allIds(gmail: Gmail): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for await (const page of gmail.search('')) for (const { id } of page) ids.add(id)
  return ids
}

/** Null where nothing tells it from others. */
function searchFor(octets: Uint8Array): string | null {
  const id = messageIdOf(octets)
  if (id !== null) return `rfc822msgid:${id}`
  const date = dateOf(octets)
  if (date === null) return null
  const second = Math.floor(date / 1_000)
  return `after:${second - 1} before:${second + 2}`
}

function threadOf({ meta }: RestoreItem): string {
  return typeof meta['thread'] === 'string' ? meta['thread'] : ''
}

function dateLoss(octets: Uint8Array, arrived: string): string[] {
  const own = dateOf(octets)
  if (own === null) return ['Gmail gives it the date of the restore: it has no date of its own.']
  if (Math.abs(own - Date.parse(arrived)) <= sameDay) return []
  return [`Gmail shows the date that the message itself bears, ${new Date(own).toISOString().slice(0, 10)}.`]
}

async function isEqual(content: Content, octets: Uint8Array): Promise<boolean> {
  let at = 0
  for await (const part of content instanceof Uint8Array ? [content] : content) {
    if (Buffer.compare(part, octets.subarray(at, at + part.length)) !== 0) return false
    at += part.length
  }
  return at === octets.length
}
