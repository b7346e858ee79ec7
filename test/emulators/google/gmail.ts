/** Gmail API v1. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, notFound } from './api.ts'
import type { GmailMailbox, HistoryRecord, Label, Message } from './gmail-mailbox.ts'
import { field } from './gmail-mailbox.ts'
import { numberOf, Pages } from './pages.ts'

export interface GmailUser {
  readonly email: string
  readonly gmail: GmailMailbox
}

type Call = ApiCall<GmailUser>
type Method = ApiMethod<GmailUser>

const full = 'https://mail.google.com/'
const reading = [full, 'gmail.modify', 'gmail.readonly']

/** Units: "Usage limits" of the Gmail API, for projects made since May 2026. */
export function gmailMethods(): readonly Method[] {
  const pages = new Pages()
  const method = (
    id: string,
    http: Method['http'],
    path: string,
    units: number,
    handle: Method['handle'],
    scopes = reading,
  ): Method => ({
    ...{ id: `gmail.users.${id}`, api: 'gmail', http, path: `/gmail/v1/users/{userId}/${path}`, units, scopes },
    handle: (call) => handle(ownMailbox(call)),
  })
  return [
    method('getProfile', 'GET', 'profile', 1, ({ user }) => ({ json: profile(user) })),
    method(
      'labels.list',
      'GET',
      'labels',
      1,
      ({ user }) => ({
        json: { labels: [...user.gmail.labels.values()].map((label) => labelResource(label)) },
      }),
      [...reading, 'gmail.labels', 'gmail.metadata'],
    ),
    method('labels.get', 'GET', 'labels/{id}', 1, (call) => ({ json: getLabel(call) }), [
      ...reading,
      'gmail.labels',
      'gmail.metadata',
    ]),
    method('messages.list', 'GET', 'messages', 5, (call) => ({ json: listMessages(call, pages) })),
    method('messages.get', 'GET', 'messages/{id}', 20, (call) => ({ json: getMessage(call) })),
    method('history.list', 'GET', 'history', 2, (call) => ({ json: listHistory(call, pages) })),
  ]
}

export function ownMailbox(call: Call): Call {
  const { userId } = call.params
  if (userId === 'me' || userId === call.user.email) return call
  throw new ApiError(403, 'forbidden', `Delegation denied for ${call.user.email}`)
}

function profile({ email, gmail }: GmailUser): object {
  const messages = [...gmail.messages.values()]
  const threads = new Set(messages.map(({ threadId }) => threadId))
  return { emailAddress: email, messagesTotal: messages.length, threadsTotal: threads.size, historyId: String(gmail.historyId) }
}

export function labelResource({ id, name, type }: Label): object {
  const hidden = type === 'user' ? {} : { messageListVisibility: 'hide', labelListVisibility: 'labelHide' }
  return { id, name, ...hidden, type }
}

function getLabel({ user, params }: Call): object {
  const label = user.gmail.labels.get(params['id'] ?? '')
  if (label === undefined) throw notFound('Label not found')
  const bearers = [...user.gmail.messages.values()].filter(({ labels }) => labels.has(label.id))
  const unread = bearers.filter(({ labels }) => labels.has('UNREAD'))
  const threads = (messages: readonly Message[]) => new Set(messages.map(({ threadId }) => threadId)).size
  return {
    ...labelResource(label),
    ...{ messagesTotal: bearers.length, messagesUnread: unread.length },
    ...{ threadsTotal: threads(bearers), threadsUnread: threads(unread) },
  }
}

/** Newest first; without `includeSpamTrash` neither spam nor trash, unless asked for by label. */
function listMessages({ user, query }: Call, pages: Pages): object {
  const wanted = query.getAll('labelIds')
  for (const label of wanted) if (!user.gmail.labels.has(label)) throw badRequest(`Invalid label: ${label}`)
  const isFound = searchFor(query.get('q') ?? '')
  const includes = query.get('includeSpamTrash') === 'true' || wanted.includes('SPAM') || wanted.includes('TRASH')
  const list = () =>
    [...user.gmail.messages.values()]
      .filter(({ id, labels }) => {
        if (user.gmail.unindexed.has(id) || !isFound(user.gmail.message(id))) return false
        return wanted.every((label) => labels.has(label)) && (includes || !(labels.has('SPAM') || labels.has('TRASH')))
      })
      .sort((a, b) => b.internalDate - a.internalDate || (a.id < b.id ? 1 : -1))
      .map(({ id, threadId }) => ({ id, threadId }))
  const { items, nextPageToken } = pages.page(`${user.email} messages`, query, numberOf(query, 'maxResults', 100, 500), list)
  return {
    ...(items.length === 0 ? {} : { messages: items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    resultSizeEstimate: items.length,
  }
}

/** Of Gmail's search only `rfc822msgid:`, and `after:` and `before:` in seconds since 1970. */
function searchFor(q: string): (message: Message) => boolean {
  const terms = q.split(' ').filter((term) => term !== '')
  const filters = terms.map((term): ((message: Message) => boolean) => {
    const [, operator, value = ''] = /^(rfc822msgid|after|before):(.+)$/.exec(term) ?? []
    if (operator === 'rfc822msgid')
      return ({ raw }) => field(raw, 'message-id').replace(/^<|>$/g, '') === value.replace(/^<|>$/g, '')
    if (operator === 'after') return ({ internalDate }) => internalDate >= Number(value) * 1_000
    if (operator === 'before') return ({ internalDate }) => internalDate < Number(value) * 1_000
    throw new ApiError(501, 'notImplemented', `The emulator does not search for ${term}.`)
  })
  return (message) => filters.every((filter) => filter(message))
}

function getMessage({ user, params, query }: Call): object {
  const message = user.gmail.messages.get(params['id'] ?? '')
  if (message === undefined) throw notFound()
  const format = query.get('format') ?? 'full'
  if (format === 'full' || format === 'metadata') throw new ApiError(501, 'notImplemented', 'The emulator parses no messages.')
  if (format !== 'raw' && format !== 'minimal') throw badRequest(`Invalid format: ${format}`)
  return messageResource(message, format)
}

/** Empty lists are left out, as everywhere in Google's JSON. */
function messageResource({ id, threadId, raw, labels, internalDate, historyId }: Message, format: 'raw' | 'minimal'): object {
  return {
    ...{ id, threadId },
    ...(labels.size === 0 ? {} : { labelIds: [...labels] }),
    ...(format === 'raw' ? {} : { snippet: '' }),
    ...{ historyId: String(historyId), internalDate: String(internalDate), sizeEstimate: raw.length },
    ...(format === 'raw'
      ? { raw: `${raw.toString('base64url')}${'='.repeat((4 - (raw.toString('base64url').length % 4)) % 4)}` }
      : {}),
  }
}

function listHistory({ user, query }: Call, pages: Pages): object {
  const { gmail } = user
  const start = query.get('startHistoryId')
  if (start === null || !/^\d{1,20}$/.test(start)) throw badRequest('Missing or invalid startHistoryId', 'startHistoryId')
  if (BigInt(start) < gmail.oldestHistoryId || BigInt(start) > gmail.historyId) throw notFound()
  const kinds = query.getAll('historyTypes')
  const wanted = (record: HistoryRecord) => kinds.length === 0 || kinds.some((kind) => kindsOf[kind] === record.kind)
  const list = () => gmail.history.filter((record) => record.id > BigInt(start) && wanted(record)).map(historyResource)
  const { items, nextPageToken } = pages.page(`${user.email} history`, query, numberOf(query, 'maxResults', 100, 500), list)
  return {
    ...(items.length === 0 ? {} : { history: items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    historyId: String(gmail.historyId),
  }
}

const kindsOf: Readonly<Record<string, HistoryRecord['kind']>> = {
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
}

function historyResource({ id, kind, messageId, threadId, after, labels }: HistoryRecord): object {
  const message = { id: messageId, threadId, ...(after.length === 0 ? {} : { labelIds: after }) }
  const change = kind === 'labelsAdded' || kind === 'labelsRemoved' ? { message, labelIds: labels } : { message }
  return { id: String(id), messages: [{ id: messageId, threadId }], [kind]: [change] }
}
