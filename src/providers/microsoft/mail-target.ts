import { AppError } from '../../core/errors.ts'
import type { Collection } from '../../core/items.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { readMailHeader } from '../../formats/mail-header.ts'
import { inParallel } from '../shared/in-parallel.ts'
import { whole } from '../shared/whole.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { addAttachment } from './attachments.ts'
import { Mail } from './mail.ts'
import { newMessage, putTogetherAnew } from './mail-message.ts'
import { addMessage, messagePath, missingOf, surelyInOne, TargetFolders } from './mail-writing.ts'
import type { Session } from './session.ts'

const messagesAtOnce = 4
const largestMessage = 150 << 20

interface Mailbox {
  readonly session: Session
  readonly mail: Mail
  readonly folders: TargetFolders
}

/** What is in a folder, by what a message is recognised by; each id stands for one item. */
type Present = Map<string, string[]>

export class MailTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #at: WritingSession<Mailbox>
  readonly #places = new Map<TargetPlace, { readonly id: string | null; present: Promise<Present> | null }>()

  constructor(at: WritingSession<Mailbox>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const mail = new Mail(session, signal)
      return { session, mail, folders: await TargetFolders.open(session, mail, this.#at.options, signal) }
    })
  }

  get #open(): Mailbox {
    return this.#at.opened
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { id, path, isNew } = await this.#open.folders.ensure(c)
    const place: TargetPlace = { service: 'mail', path, isNew, losses: [putTogetherAnew] }
    this.#places.set(place, { id, present: isNew ? Promise.resolve(new Map()) : null })
    return place
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    yield* inParallel(items, messagesAtOnce, (item) => this.#putOne(place, item, signal), signal)
  }

  async #putOne(place: TargetPlace, item: RestoreItem, signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    try {
      if (item.size > largestMessage) throw new AppError('unsupported', 'Microsoft takes no message of more than 150 MB.')
      const octets = await whole(item.content(), largestMessage)
      const mark = markOf(octets, item.date)
      const there = await this.#take(place, mark, item.at)
      if (there !== null) return await this.#complete(item, octets, there, signal)
      const folder = this.#places.get(place)?.id ?? null
      if (this.#at.options.dryRun || folder === null) return { key, kind: 'created' }
      const { session } = this.#open
      const message = await newMessage(octets, item.date, item.meta)
      const at = await addMessage(session, folder, message, () => this.#arrived(folder, place, mark), signal)
      this.#taken.add(at)
      const created: PutOutcome = { key, kind: 'created', at, losses: message.losses }
      if (!isDraft(item)) await this.#at.again.note(place, created, octets, null)
      return created
    } catch (error) {
      return failedItem(key, error, signal)
    }
  }

  /** Large attachments follow their message: where a restore broke in between, the message is there without them. */
  async #complete(item: RestoreItem, octets: Uint8Array, at: string, signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    if (octets.length <= surelyInOne) return { key, kind: 'already-there', at }
    const { session } = this.#open
    const message = await newMessage(octets, item.date, item.meta)
    const missing = await missingOf(session, at, message, signal)
    if (missing.length === 0) return { key, kind: 'already-there', at }
    const names = missing.map(({ name }) => name).join(', ')
    if (this.#at.options.dryRun) return { key, kind: 'created', note: `It is there without ${names}; that would be added.` }
    for (const one of missing) await addAttachment(session, messagePath(session, at), one, message.attachments, signal)
    return { key, kind: 'created', at, losses: message.losses, note: `It was there without ${names}; that was added.` }
  }

  readonly #taken = new Set<string>()

  /** An id that no item stands for yet. */
  async #take(place: TargetPlace, mark: string, at: string | null): Promise<string | null> {
    const entry = this.#places.get(place)
    if (entry === undefined || entry.id === null) return null
    entry.present ??= this.#list(entry.id)
    const ids = (await entry.present).get(mark) ?? []
    const free = ids.filter((id) => !this.#taken.has(id))
    const chosen = at !== null && free.includes(at) ? at : free[0]
    if (chosen === undefined) return null
    this.#taken.add(chosen)
    return chosen
  }

  async #arrived(folder: string, place: TargetPlace, mark: string): Promise<{ readonly id: string } | null> {
    const entry = this.#places.get(place)
    const known = new Set([...((await entry?.present) ?? new Map<string, string[]>()).values()].flat())
    const ids = (await this.#list(folder)).get(mark) ?? []
    const id = ids.find((one) => !known.has(one) && !this.#taken.has(one))
    if (id === undefined) return null
    this.#taken.add(id)
    return { id }
  }

  async #list(folder: string): Promise<Present> {
    const present: Present = new Map()
    for await (const { touched } of this.#open.mail.delta(folder, null)) {
      for (const one of touched) {
        if (!('message' in one)) continue
        const { id, internetMessageId, receivedDateTime, subject } = one.message
        const mark = markFrom(internetMessageId ?? '', subject ?? '', receivedDateTime ?? '')
        present.set(mark, [...(present.get(mark) ?? []), id])
      }
    }
    return present
  }

  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const id = this.#places.get(place)?.id ?? null
    if (id !== null) yield* this.#at.again.of(place, id, signal)
  }

  async discard(_paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    await this.#open.folders.discard()
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

/** The only kind of message that people write anew. */
function isDraft({ meta: { flags } }: RestoreItem): boolean {
  return Array.isArray(flags) && flags.includes('\\Draft')
}

/** Exchange puts the octets together anew, so a message is known by its Message-ID, or by its subject, and when it came. */
function markOf(octets: Uint8Array, date: string): string {
  const { messageId, subject } = readMailHeader(octets)
  return markFrom(messageId, subject, date)
}

function markFrom(messageId: string, subject: string, date: string): string {
  const second = Math.floor(Date.parse(date) / 1_000)
  return `${second} ${messageId === '' ? subject : messageId.replace(/^<|>$/g, '')}`
}
