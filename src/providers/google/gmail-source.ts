/** Gmail by Google's API: one collection for all mail, one each for spam and trash; labels are metadata. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Item, Role } from '../../core/items.ts'
import type { Census, Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { ScratchMap } from '../shared/scratch.ts'
import { ServerFault } from './errors.ts'
import { Gmail, type ListedMessage, type TouchedMessage } from './gmail.ts'
import { type LabelNames, labelNames, messageMeta, type PlaceKey, placeOf } from './gmail-labels.ts'
import { leastSeconds } from './quota.ts'
import { type Session, sessionOf } from './session.ts'
import { parseSettings } from './settings.ts'

/** Under the quota of today one would nearly do; older projects may do ten times as much. */
const messagesAtOnce = 8
const callsAtOnce = 2

const places: Readonly<Record<PlaceKey, { readonly name: string; readonly role: Role; readonly label: string | null }>> = {
  all: { name: 'All Mail', role: 'all', label: null },
  spam: { name: 'Spam', role: 'junk', label: 'SPAM' },
  trash: { name: 'Trash', role: 'trash', label: 'TRASH' },
}

/** What a person may leave out. */
const leftOut = [
  { setting: 'spam', label: 'SPAM', reason: 'spam, which you left out' },
  { setting: 'trash', label: 'TRASH', reason: 'in the trash, which you left out' },
  { setting: 'drafts', label: 'DRAFT', reason: 'drafts, which you left out' },
  { setting: 'chats', label: 'CHAT', reason: 'chats, which you left out' },
] as const

/** What is the same for all places of one run. */
interface Mailbox {
  readonly session: Session
  readonly gmail: Gmail
  readonly names: LabelNames
  /**
   * Changes when a label is renamed, added or removed, something else is left out, or it is another mailbox: nothing in the
   * history tells of it.
   */
  readonly namesHash: string
}

const cursorSchema = z.object({
  historyId: z.string(),
  names: z.string(),
  /** When everything was listed last: RFC 3339. */
  listed: z.string(),
})

type CursorData = Readonly<z.infer<typeof cursorSchema>>

/** Now and then everything is listed, which costs little: so nothing that the history left out stays unseen. */
const listedAnewAfter = 30 * 86_400_000

export class GmailSource implements Source {
  readonly concurrency = callsAtOnce
  readonly #account: Account
  readonly #context: Context
  readonly #mailbox = new OnceOpen<Mailbox>()
  #labelled: Promise<LabelledMessages> | null = null
  readonly #labelSets = new ScratchMap<number>()
  readonly #histories = new Map<string, ReturnType<Gmail['history']>>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const { session } = await this.#open(signal)
    const { mail } = session.settings
    yield collectionOf('all')
    // What was saved before it was left out stays: it is not gone.
    for (const place of ['spam', 'trash'] as const)
      yield { ...collectionOf(place), ...(mail[place] ? {} : { skipped: 'You left it out.' }) }
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const mailbox = await this.#open(signal)
    const place = placeKeyOf(c)
    if (since === null) yield* this.#everything(mailbox, place)
    else yield* this.#since(mailbox, place, readCursor(cursorSchema, since))
  }

  async *fetch(_c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const mailbox = await this.#open(signal)
    yield* inParallel(items, messagesAtOnce, ({ key }) => fetchOne(mailbox, key), signal, octetsHeld)
  }

  async census(signal: AbortSignal): Promise<readonly Census[]> {
    const { gmail, session } = await this.#open(signal)
    const { mail } = session.settings
    const { messages } = await gmail.profile()
    const left = leftOut.filter(({ setting }) => !mail[setting])
    const apart = await Promise.all(left.map(async ({ label, reason }) => ({ count: await gmail.labelled(label), reason })))
    return [{ what: 'messages in the whole mailbox', counted: messages, collections: Object.keys(places), of: 'items', apart }]
  }

  leastSeconds(items: number): number {
    return leastSeconds('gmail.messages.get', items, parseSettings(this.#account.settings).quota)
  }

  async close(): Promise<void> {
    const mailbox = await this.#mailbox.opened()
    mailbox?.session.close()
    this.#labelSets[Symbol.dispose]()
  }

  #open(signal: AbortSignal): Promise<Mailbox> {
    return this.#mailbox.open(() => openMailbox(this.#account, this.#context, signal))
  }

  async *#everything(mailbox: Mailbox, place: PlaceKey): AsyncGenerator<Change> {
    this.#labelled ??= labelledMessages(mailbox, this.#labelSets)
    const { historyId, labelsOf } = await this.#labelled
    for await (const page of mailbox.gmail.list(places[place].label)) {
      for (const message of page) {
        const labels = labelsOf(message.id)
        if (isWanted(mailbox, labels)) yield { kind: 'item', item: itemOf(mailbox, message, labels) }
      }
    }
    yield { kind: 'all-listed' }
    const listed = this.#context.clock.now().toISOString()
    yield { kind: 'checkpoint', cursor: JSON.stringify({ historyId, names: mailbox.namesHash, listed } satisfies CursorData) }
  }

  async *#since(mailbox: Mailbox, place: PlaceKey, cursor: CursorData): AsyncGenerator<Change> {
    if (cursor.names !== mailbox.namesHash) {
      throw new AppError(
        'cursor-expired',
        'Labels have other names now, something else is left out, or it is another mailbox: all messages are listed again.',
      )
    }
    if (this.#context.clock.now().getTime() - Date.parse(cursor.listed) > listedAnewAfter) {
      throw new AppError('cursor-expired', 'Once a month all messages are listed again.')
    }
    const { messages, historyId } = await this.#history(mailbox, cursor.historyId)
    for (const message of messages) yield await changeOf(mailbox, place, message)
    yield { kind: 'checkpoint', cursor: JSON.stringify({ ...cursor, historyId } satisfies CursorData) }
  }

  /** The places have the same history. */
  #history({ gmail }: Mailbox, start: string): ReturnType<Gmail['history']> {
    const known = this.#histories.get(start) ?? gmail.history(start)
    this.#histories.set(start, known)
    known.catch(() => this.#histories.delete(start))
    return known
  }
}

async function openMailbox(account: Account, context: Context, signal: AbortSignal): Promise<Mailbox> {
  const session = await sessionOf(account, context)
  const gmail = new Gmail(session, signal)
  const names = labelNames(await gmail.labels())
  const pairs = JSON.stringify([...names].sort(([a], [b]) => (a < b ? -1 : 1)))
  const { mail, user = '' } = session.settings
  const { drafts, chats } = mail
  const choice = JSON.stringify([user, drafts, chats])
  return { session, gmail, names, namesHash: hash('sha256', pairs + choice, 'hex').slice(0, 16) }
}

function collectionOf(place: PlaceKey): Collection {
  const { name, role } = places[place]
  return { service: 'mail', key: place, path: [name], role }
}

function placeKeyOf({ key, path }: Collection): PlaceKey {
  if (key === 'all' || key === 'spam' || key === 'trash') return key
  throw new AppError('not-found', `Gmail has no folder ${path.join('/')}.`)
}

interface LabelledMessages {
  /** From before the listing: what happened meanwhile is told again next time. */
  readonly historyId: string
  readonly labelsOf: (id: string) => ReadonlySet<string>
}

/**
 * The labels of all messages by listing the messages of each label: `messages.list` names no labels, and asking message by
 * message would cost as much of the quota as downloading everything. Equal sets are kept once.
 * @param setOf takes the number of each message's set
 */
async function labelledMessages({ gmail, names }: Mailbox, setOf: ScratchMap<number>): Promise<LabelledMessages> {
  const { historyId } = await gmail.profile()
  const sets: { readonly labels: ReadonlySet<string>; readonly extended: Map<string, number> }[] = [
    { labels: new Set(), extended: new Map() },
  ]
  const extend = (index: number, label: string): number => {
    const set = sets[index]
    if (set === undefined) throw new AppError('bug', 'labels out of order')
    const known = set.extended.get(label)
    if (known !== undefined) return known
    sets.push({ labels: new Set([...set.labels, label]), extended: new Map() })
    set.extended.set(label, sets.length - 1)
    return sets.length - 1
  }
  for (const label of names.keys()) {
    for await (const page of gmail.list(label)) {
      for (const { id } of page) setOf.set(id, extend(setOf.get(id) ?? 0, label))
    }
  }
  const none = new Set<string>()
  return { historyId, labelsOf: (id) => sets[setOf.get(id) ?? 0]?.labels ?? none }
}

function isWanted({ session }: Mailbox, labels: ReadonlySet<string>): boolean {
  const { drafts, chats } = session.settings.mail
  return (drafts || !labels.has('DRAFT')) && (chats || !labels.has('CHAT'))
}

function itemOf({ names }: Mailbox, { id, thread }: ListedMessage, labels: ReadonlySet<string>): Item {
  return { key: id, version: id, identities: [`gmail ${id}`], meta: messageMeta(labels, names, thread) }
}

async function changeOf(mailbox: Mailbox, place: PlaceKey, message: TouchedMessage): Promise<Change> {
  if (message.isDeleted) return { kind: 'removed', key: message.id }
  const labels = await currentLabels(mailbox, message)
  if (labels === null || placeOf(labels) !== place || !isWanted(mailbox, labels)) return { kind: 'removed', key: message.id }
  return { kind: 'item', item: itemOf(mailbox, message, labels) }
}

/** Null where the message is gone by now. */
async function currentLabels({ gmail }: Mailbox, { id, labels }: TouchedMessage): Promise<ReadonlySet<string> | null> {
  if (labels !== null) return new Set(labels)
  try {
    return new Set(await gmail.labelsOf(id))
  } catch (error) {
    if (hasCode(error, 'not-found')) return null
    throw error
  }
}

async function fetchOne({ gmail, names }: Mailbox, key: string): Promise<Fetched> {
  try {
    const { content, date, labels, thread } = await gmail.raw(key)
    return { key, content, meta: messageMeta(labels, names, thread), ...(date === undefined ? {} : { date }) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error instanceof ServerFault) {
      // Throws where Google as a whole is out of order.
      await gmail.profile()
      return { key, error }
    }
    if (hasCode(error, 'not-found', 'unsupported', 'permission')) return { key, error }
    throw error
  }
}
