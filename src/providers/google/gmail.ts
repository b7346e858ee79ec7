/** The calls to the Gmail API that are needed here, all of them reading, with their answers checked. */
import { addAbortSignal, type Readable } from 'node:stream'
import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Content } from '../../core/items.ts'
import { joined } from '../shared/whole.ts'
import { isRefusedWith } from './errors.ts'
import { RawAnswer } from './gmail-raw.ts'
import type { CallOptions, Session } from './session.ts'
import { watched } from './watched.ts'

export interface ListedMessage {
  readonly id: string
  readonly thread: string
}

/** The last thing that is known of a message that something happened to. */
export interface TouchedMessage extends ListedMessage {
  readonly isDeleted: boolean
  /** After the last change; null where Google did not say. */
  readonly labels: readonly string[] | null
}

export interface RawMessage {
  readonly thread: string
  readonly labels: readonly string[]
  /** RFC 3339. */
  readonly date: string | undefined
  readonly content: Content
}

const me = 'me'
const pageSize = 500
/** A message that Google always fails at is given up sooner than Google itself. */
const triesForOne = 4
/** Larger messages are streamed. */
const wholeOctets = 4 << 20
/** Breaks in a row without an octet between them. */
const mostBreaks = 5
const aboutFields = 'threadId,labelIds,internalDate'

export class Gmail {
  readonly #session: Session
  readonly #api: gmail_v1.Gmail
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session
    this.#api = gmail({ version: 'v1', ...session.clientOptions })
    this.#signal = signal
  }

  async profile(): Promise<{ readonly address: string; readonly messages: number; readonly historyId: string }> {
    const data = await this.#session.call('gmail.getProfile', this.#signal, (options) =>
      this.#api.users.getProfile({ userId: me }, options),
    )
    const { emailAddress, messagesTotal, historyId } = data
    if (typeof historyId !== 'string' || !/^\d+$/.test(historyId)) throw unexpected('profile')
    return { address: emailAddress ?? '', messages: messagesTotal ?? 0, historyId }
  }

  /** How many messages bear the label. */
  async labelled(id: string): Promise<number> {
    const data = await this.#session.call('gmail.labels.get', this.#signal, (options) =>
      this.#api.users.labels.get({ userId: me, id, fields: 'messagesTotal' }, options),
    )
    return data.messagesTotal ?? 0
  }

  async labels(): Promise<readonly gmail_v1.Schema$Label[]> {
    const data = await this.#session.call('gmail.labels.list', this.#signal, (options) =>
      this.#api.users.labels.list({ userId: me, fields: 'labels(id,name,type)' }, options),
    )
    return data.labels ?? []
  }

  /** A page at a time, newest first. Without a label: everything but spam and trash. */
  async *list(label: string | null): AsyncGenerator<readonly ListedMessage[], void, undefined> {
    yield* this.#listed(label === null ? {} : { labelIds: [label], includeSpamTrash: true })
  }

  async *#listed(which: gmail_v1.Params$Resource$Users$Messages$List): AsyncGenerator<readonly ListedMessage[], void, undefined> {
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const data = await this.#session.call<gmail_v1.Schema$ListMessagesResponse>(
        'gmail.messages.list',
        this.#signal,
        (options) => this.#api.users.messages.list({ userId: me, maxResults: pageSize, ...which, ...at }, options),
      )
      yield (data.messages ?? []).flatMap(({ id, threadId }) => (id ? [{ id, thread: threadId ?? id }] : []))
      if (!data.nextPageToken) return
      pageToken = data.nextPageToken
    }
  }

  /** A page at a time, spam and trash included. `words` as in Gmail's search; empty: everything. */
  async *search(words: string): AsyncGenerator<readonly ListedMessage[], void, undefined> {
    yield* this.#listed({ includeSpamTrash: true, ...(words === '' ? {} : { q: words }) })
  }

  /**
   * What happened after `start`, each message once.
   * @throws AppError `cursor-expired` where Google has forgotten
   */
  async history(start: string): Promise<{ readonly messages: readonly TouchedMessage[]; readonly historyId: string }> {
    const touched = new Map<string, TouchedMessage>()
    let historyId: string | undefined
    for (let pageToken: string | undefined; ; ) {
      const data = await this.#historyPage(start, pageToken)
      // That of the first page: what happens meanwhile is told again next time.
      historyId ??= data.historyId ?? undefined
      for (const record of data.history ?? []) for (const message of touchedBy(record)) touched.set(message.id, message)
      if (!data.nextPageToken) break
      pageToken = data.nextPageToken
    }
    if (historyId === undefined) throw unexpected('history')
    return { messages: [...touched.values()], historyId }
  }

  async #historyPage(start: string, pageToken: string | undefined): Promise<gmail_v1.Schema$ListHistoryResponse> {
    const at = pageToken === undefined ? {} : { pageToken }
    try {
      return await this.#session.call<gmail_v1.Schema$ListHistoryResponse>('gmail.history.list', this.#signal, (options) =>
        this.#api.users.history.list({ userId: me, startHistoryId: start, maxResults: pageSize, ...at }, options),
      )
    } catch (error) {
      // As a rule HTTP 404, but for an invalid number 400.
      if (hasCode(error, 'not-found') || isRefusedWith(error, 400)) {
        throw new AppError('cursor-expired', 'Google has forgotten what changed in the mailbox since the last run.')
      }
      throw error
    }
  }

  async labelsOf(id: string): Promise<readonly string[]> {
    const data = await this.#session.call('gmail.messages.get', this.#signal, (options) =>
      this.#api.users.messages.get({ userId: me, id, format: 'minimal', fields: 'labelIds' }, options),
    )
    return data.labelIds ?? []
  }

  async raw(id: string): Promise<RawMessage> {
    const { fields, content } = await this.#session.call(
      'gmail.messages.get',
      this.#signal,
      async (options) => ({ data: await this.#rawMessage(id, options) }),
      { tries: triesForOne },
    )
    return { ...aboutOf(id, fields ?? (await this.#about(id))), content }
  }

  /** `fields` is null where the message is too large to be in memory: they come when all of it has come. */
  async #rawMessage(
    id: string,
    options: CallOptions,
  ): Promise<{ readonly fields: gmail_v1.Schema$Message | null; readonly content: Content }> {
    const answer = new RawAnswer()
    const octets = decoded(await this.#rawStream(id, options), answer)
    const parts: Buffer[] = []
    let size = 0
    for (let next = await octets.next(); next.done !== true; next = await octets.next()) {
      parts.push(next.value)
      size += next.value.length
      if (size > wholeOctets) return { fields: null, content: this.#goingOn(id, following(parts, octets)) }
    }
    const fields: gmail_v1.Schema$Message = answer.fields()
    if (typeof fields.raw !== 'string') throw new AppError('unsupported', 'Google sends this message without its content.')
    return { fields, content: joined(parts) }
  }

  async #rawStream(id: string, options: CallOptions): Promise<Readable> {
    const which = { userId: me, id, format: 'raw', fields: `${aboutFields},raw` }
    const { data } = await this.#api.users.messages.get(which, { ...options, responseType: 'stream' })
    return addAbortSignal(this.#signal, data)
  }

  /** Where `begun` breaks, the message is asked for again, and what was given of it is passed over. */
  async *#goingOn(id: string, begun: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let given = 0
    for (let content = begun, breaks = 0; ; ) {
      try {
        let at = 0
        for await (const octets of content) {
          const unknown = octets.subarray(Math.max(0, Math.min(octets.length, given - at)))
          at += octets.length
          if (unknown.length === 0) continue
          given = at
          breaks = 0
          yield unknown
        }
        return
      } catch (error) {
        const known = this.#session.explain(error)
        if (!hasCode(known, 'network') || ++breaks >= mostBreaks) throw known
      }
      content = decoded(
        await this.#session.call('gmail.messages.get', this.#signal, async (options) => ({
          data: await this.#rawStream(id, options),
        })),
        new RawAnswer(),
      )
    }
  }

  async #about(id: string): Promise<gmail_v1.Schema$Message> {
    return await this.#session.call('gmail.messages.get', this.#signal, (options) =>
      this.#api.users.messages.get({ userId: me, id, format: 'minimal', fields: aboutFields }, options),
    )
  }
}

/** @throws AppError `network` where the answer is not whole */
async function* decoded(stream: Readable, answer: RawAnswer): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of watched(stream)) yield answer.octets(chunk)
  answer.fields()
}

async function* following(first: Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let part = first.shift(); part !== undefined; part = first.shift()) yield part
  yield* rest
}

function aboutOf(id: string, { threadId, labelIds, internalDate }: gmail_v1.Schema$Message): Omit<RawMessage, 'content'> {
  const ms = Number(internalDate ?? Number.NaN)
  return {
    thread: threadId ?? id,
    labels: labelIds ?? [],
    date: Number.isSafeInteger(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : undefined,
  }
}

/** A later record of the same message says what holds now. Where labels are left out there are none, or Google did not say. */
function* touchedBy(record: gmail_v1.Schema$History): Generator<TouchedMessage> {
  const changes = [...(record.messagesAdded ?? []), ...(record.labelsAdded ?? []), ...(record.labelsRemoved ?? [])]
  for (const { message } of changes) {
    if (message?.id)
      yield { id: message.id, thread: message.threadId ?? message.id, isDeleted: false, labels: message.labelIds ?? null }
  }
  for (const { message } of record.messagesDeleted ?? []) {
    if (message?.id) yield { id: message.id, thread: message.threadId ?? message.id, isDeleted: true, labels: null }
  }
}

function unexpected(what: string): AppError {
  return new AppError('suspicious', `Google's answer to the question for the ${what} is not as documented.`)
}
