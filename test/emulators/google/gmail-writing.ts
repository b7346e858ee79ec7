/** The methods of the Gmail API v1 that write. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, notFound } from './api.ts'
import { type GmailUser, labelResource, ownMailbox } from './gmail.ts'
import { field, type GmailMailbox, type Message } from './gmail-mailbox.ts'
import { jsonOf, multipartUpload } from './uploads.ts'

type Call = ApiCall<GmailUser>
type Method = ApiMethod<GmailUser>

const full = 'https://mail.google.com/'
const labelling = [full, 'gmail.modify', 'gmail.labels']
const inserting = [full, 'gmail.modify', 'gmail.insert']
/** "Maximum file size: 50MB". */
const largestMessage = 50 << 20

/** Names that Gmail shows for labels of its own, and gives to no other. */
const reserved = new Set(['inbox', 'sent', 'drafts', 'spam', 'trash', 'starred', 'important', 'unread', 'chats', 'all mail'])

/** Units: "Usage limits" of the Gmail API. */
export function gmailWritingMethods(): readonly Method[] {
  const method = (
    ...[id, http, path, units, scopes, handle]: [string, Method['http'], string, number, readonly string[], Method['handle']]
  ): Method => ({
    ...{ id: `gmail.users.${id}`, api: 'gmail', http, path: `${path}`, units, scopes },
    handle: (call) => handle(ownMailbox(call)),
  })
  const users = '/gmail/v1/users/{userId}'
  return [
    method('labels.create', 'POST', `${users}/labels`, 5, labelling, (call) => ({ json: createLabel(call) })),
    method('labels.delete', 'DELETE', `${users}/labels/{id}`, 5, labelling, deleteLabel),
    method('messages.import', 'POST', `${users}/messages/import`, 25, inserting, (call) => ({ json: importRaw(call) })),
    method('messages.import', 'POST', `/upload${users}/messages/import`, 25, inserting, (call) => ({ json: importUpload(call) })),
  ]
}

function createLabel({ user, body }: Call): object {
  const { name } = jsonOf(body)
  if (typeof name !== 'string' || name.trim() === '') throw badRequest('Invalid label name')
  if (reserved.has(name.toLowerCase())) throw badRequest('Invalid label name')
  const isTaken = [...user.gmail.labels.values()].some((label) => label.name.toLowerCase() === name.toLowerCase())
  if (isTaken) throw new ApiError(409, 'aborted', 'Label name exists or conflicts')
  return labelResource(user.gmail.createLabel(name))
}

function deleteLabel({ user, params }: Call) {
  const label = user.gmail.labels.get(params['id'] ?? '')
  if (label === undefined) throw notFound()
  if (label.type === 'system') throw badRequest('Invalid delete request')
  user.gmail.labels.delete(label.id)
  for (const { id, labels } of user.gmail.messages.values()) if (labels.has(label.id)) user.gmail.modify(id, [], [label.id])
  return { status: 204 }
}

function importRaw(call: Call): object {
  const resource = jsonOf(call.body)
  const { raw } = resource
  if (typeof raw !== 'string')
    throw new ApiError(
      400,
      'invalidArgument',
      "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
    )
  return imported(call, resource, Buffer.from(raw, 'base64url'))
}

function importUpload(call: Call): object {
  const { resource, type, octets } = multipartUpload(call)
  if (!/^message\/rfc822$/i.test(type)) throw badRequest(`Media type '${type}' is not supported. Valid media types: [message/*]`)
  return imported(call, resource, octets)
}

function imported({ user, query }: Call, resource: Record<string, unknown>, raw: Buffer): object {
  const { gmail } = user
  if (raw.length > largestMessage) throw new ApiError(413, 'uploadTooLarge', 'Request entity too large')
  const labels = Array.isArray(resource['labelIds']) ? resource['labelIds'].map(String) : []
  for (const label of labels)
    if (!gmail.labels.has(label) || label === 'DRAFT' || label === 'CHAT') throw badRequest(`Invalid label: ${label}`)
  const wanted = typeof resource['threadId'] === 'string' ? resource['threadId'] : null
  const asked = query.get('internalDateSource') ?? 'dateHeader'
  const date = asked === 'dateHeader' ? Date.parse(field(raw, 'date')) : Number.NaN
  const time = new Date(Number.isNaN(date) ? Date.now() : date).toISOString()
  const { id, threadId } = gmail.add(raw, labels, time, threadOf(gmail, raw, wanted))
  return { id, threadId, ...(labels.length === 0 ? {} : { labelIds: labels }) }
}

/** The thread that was asked for where the subject matches; else the one that a reference leads to. */
function threadOf(gmail: GmailMailbox, raw: Buffer, wanted: string | null): string | undefined {
  const messages = [...gmail.messages.values()]
  if (wanted !== null) {
    const first = messages.find(({ threadId }) => threadId === wanted)
    if (first === undefined) throw notFound()
    if (topic(first) === topic({ raw })) return wanted
  }
  const references = new Set(`${field(raw, 'references')} ${field(raw, 'in-reply-to')}`.match(/<[^<>\s]+>/g) ?? [])
  const parent = messages.find((message) => references.has(field(message.raw, 'message-id')))
  return parent !== undefined && topic(parent) === topic({ raw }) ? parent.threadId : undefined
}

function topic({ raw }: Pick<Message, 'raw'>): string {
  return field(raw, 'subject')
    .replace(/^(?:(?:re|fwd?|aw|wg):\s*)+/i, '')
    .toLowerCase()
}
