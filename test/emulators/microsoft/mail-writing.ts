/** Mail of Microsoft Graph v1.0, as far as a restore writes. */
import type { Message as MessageType, Recipient } from '@microsoft/microsoft-graph-types'
import { AttachmentUploads } from './attachment-uploads.ts'
import { GraphError, type GraphMethod, jsonOf, type Reply } from './graph.ts'
import { folderOf, folderResource, type MailCall, messageOf, messageResource } from './mail.ts'
import type { MailStore } from './mail-store.ts'
import type { MicrosoftUser } from './user.ts'

const scopes = ['Mail.ReadWrite']
/** "Requests … are limited to 4 MB". */
const requestLimit = 4 << 20

export function mailWritingMethods(): GraphMethod<MicrosoftUser>[] {
  const uploads = new AttachmentUploads('uploads')
  const method = (
    id: string,
    http: 'POST' | 'DELETE',
    path: string,
    handle: (call: MailCall) => Reply,
  ): GraphMethod<MicrosoftUser> => ({ id, api: 'outlook', http, path, scopes, handle })
  return [
    method('user.post.mailFolders', 'POST', '/me/mailFolders', (call) => makeFolder(call, call.user.mail.rootId)),
    method('mailFolder.post.childFolders', 'POST', '/me/mailFolders/{id}/childFolders', (call) =>
      makeFolder(call, folderOf(call).id),
    ),
    method('mailFolder.delete', 'DELETE', '/me/mailFolders/{id}', (call) => {
      call.user.mail.removeFolder(folderOf(call).id)
      return { status: 204 }
    }),
    method('mailFolder.post.messages', 'POST', '/me/mailFolders/{id}/messages', addMessage),
    method('attachment.createUploadSession', 'POST', '/me/messages/{id}/attachments/createUploadSession', (call) => {
      const { mail } = call.user
      const { id } = messageOf(call)
      return uploads.begin(call, ({ name, contentType, octets }) =>
        append(mail, id, { name, contentType, contentBytes: octets.toString('base64') }),
      )
    }),
    method('message.post.attachments', 'POST', '/me/messages/{id}/attachments', (call) => {
      if (call.body.length > requestLimit) throw new GraphError(413, 'RequestEntityTooLarge', 'The request is too large.')
      append(call.user.mail, messageOf(call).id, jsonOf<File>(call))
      return { status: 201, json: {} }
    }),
    uploads.method,
  ]
}

function append(mail: MailStore, id: string, file: File): void {
  const mime = mail.message(id).mime.toString('utf8')
  mail.edit(
    id,
    mime.replace(/--b--\r\n$/, () => `${part(file)}\r\n--b--\r\n`),
  )
}

function makeFolder(call: MailCall, parent: string): Reply {
  const { displayName = '' } = jsonOf<{ displayName?: string }>(call)
  const { mail } = call.user
  const isSame = (name: string) => name.toLowerCase() === displayName.toLowerCase()
  const same = [...mail.folders.values()].some((folder) => folder.parentId === parent && isSame(folder.displayName))
  if (same) throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.')
  return { status: 201, json: folderResource(mail, mail.addFolder(displayName, { parent })) }
}

/** "Create message"; the properties of [MS-OXPROPS] decide whether it is a draft and when it came. */
function addMessage(call: MailCall): Reply {
  if (call.body.length > requestLimit) throw new GraphError(413, 'RequestEntityTooLarge', 'The request is too large.')
  const json = jsonOf<MessageType>(call)
  for (const { emailAddress } of json.replyTo ?? [])
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(emailAddress?.address ?? ''))
      throw new GraphError(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.')
  const property = (tag: string) => json.singleValueExtendedProperties?.find(({ id }) => id === tag)?.value ?? null
  const flags = property('Integer 0x0E07')
  const received = property('SystemTime 0x0E06') ?? new Date().toISOString()
  const sent = property('SystemTime 0x0039') ?? received
  const verb = property('Integer 0x1081')
  const message = call.user.mail.add(mimeOf(json, sent), folderOf(call).id, {
    received: received.replace(/\.\d+Z$/, 'Z'),
    isDraft: flags === null || (Number(flags) & 8) !== 0,
    isRead: json.isRead ?? false,
    flag: json.flag?.flagStatus ?? 'notFlagged',
    categories: json.categories ?? [],
    importance: json.importance ?? 'normal',
    focused: json.inferenceClassification ?? 'focused',
    verb: verb === null ? null : Number(verb),
  })
  return { status: 201, json: messageResource(call, message) }
}

function mimeOf(message: MessageType, date: string): string {
  const { subject, from, toRecipients, ccRecipients, bccRecipients, replyTo, internetMessageId, body } = message
  const who = ({ emailAddress }: Recipient) => `${quoted(emailAddress?.name ?? '')} <${emailAddress?.address ?? ''}>`
  const people = (name: string, list: readonly Recipient[] | null | undefined) =>
    list?.length ? [`${name}: ${list.map(who).join(', ')}`] : []
  const files = (message.attachments ?? []) as readonly File[]
  return [
    ...(internetMessageId ? [`Message-ID: ${internetMessageId}`] : []),
    `Date: ${new Date(date).toUTCString()}`,
    ...people('From', from ? [from] : []),
    ...people('To', toRecipients),
    ...people('Cc', ccRecipients),
    ...people('Bcc', bccRecipients),
    ...people('Reply-To', replyTo),
    `Subject: ${subject ?? ''}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    `Content-Type: text/${body?.contentType === 'html' ? 'html' : 'plain'}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    lines(Buffer.from(body?.content ?? '').toString('base64')),
    ...files.map(part),
    '--b--',
    '',
  ].join('\r\n')
}

interface File {
  readonly name?: string
  readonly contentType?: string
  readonly contentBytes?: string
  readonly contentId?: string
  readonly isInline?: boolean
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
const lines = (base64: string): string => base64.replace(/.{76}/g, '$&\r\n')

function part({ name = '', contentType = '', contentBytes = '', contentId, isInline = false }: File): string {
  return [
    '--b',
    `Content-Type: ${contentType}`,
    `Content-Disposition: ${isInline ? 'inline' : 'attachment'}; filename=${quoted(name)}`,
    ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
    'Content-Transfer-Encoding: base64',
    '',
    lines(contentBytes),
  ].join('\r\n')
}
