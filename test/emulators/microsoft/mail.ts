/** Mail of Microsoft Graph v1.0: `mailFolder` and `message`, as far as reading goes. */
import type { FileAttachment, MailFolder as FolderType, Message as MessageType } from '@microsoft/microsoft-graph-types'
import { expandedProperties } from './extended.ts'
import { type GraphCall, GraphError, type GraphMethod, notFound, wantsImmutableIds } from './graph.ts'
import { changingId, type MailFolder, type MailMessage, type MailStore } from './mail-store.ts'
import { type DeltaPlace, type Pages, type Resource, select } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

export type MailCall = GraphCall<MicrosoftUser>

const reading = ['Mail.Read', 'Mail.ReadWrite']

export function mailMethods(pages: Pages): GraphMethod<MicrosoftUser>[] {
  const method = (id: string, path: string, handle: (call: MailCall) => Resource | Buffer): GraphMethod<MicrosoftUser> => ({
    id,
    api: 'outlook',
    http: 'GET',
    path,
    scopes: reading,
    handle: (call) => {
      const value = handle(call)
      return Buffer.isBuffer(value) ? { bytes: value, headers: { 'content-type': 'text/plain' } } : { json: value }
    },
  })
  return [
    method('mailFolder.delta', '/me/mailFolders/delta', (call) => {
      const { folders, rootId } = call.user.mail
      const resource = (id: string) => {
        const folder = folders.get(id)
        return folder === undefined || folder.id === rootId || folder.isHidden ? null : folderResource(call.user.mail, folder)
      }
      return pages.delta(
        call,
        { place: `${call.user.email} folders`, log: visible(call.user.mail), resource },
        { usual: 10, most: 1_000 },
      )
    }),
    method('user.list.mailFolders', '/me/mailFolders', (call) => listFolders(call, pages, call.user.mail.rootId)),
    method('mailFolder.list.childFolders', '/me/mailFolders/{id}/childFolders', (call) =>
      listFolders(call, pages, folderOf(call).id),
    ),
    method('mailFolder.get', '/me/mailFolders/{id}', (call) =>
      select(folderResource(call.user.mail, folderOf(call)), call.query.get('$select')),
    ),
    method('message.delta', '/me/mailFolders/{id}/messages/delta', (call) => {
      const { mail, email } = call.user
      // OData/odata.net#1667: `$filter` within `$expand` fails at functions.
      if (/\(\$filter=/.test(call.query.get('$expand') ?? ''))
        throw new GraphError(500, 'InternalServerError', 'Value cannot be null.\r\nParameter name: type')
      const folder = folderOf(call)
      const resource = (id: string, query: URLSearchParams) => {
        const message = mail.messages.get(id)
        return message?.folderId !== folder.id ? null : messageResource({ ...call, query }, message)
      }
      return pages.delta(call, { place: `${email} ${folder.id} messages`, log: folder.log, resource }, { usual: 10, most: 500 })
    }),
    method('mailFolder.list.messages', '/me/mailFolders/{id}/messages', (call) => {
      const { id } = folderOf(call)
      const messages = () => [...call.user.mail.messages.values()].filter(({ folderId }) => folderId === id)
      const sorted = () => messages().sort((a, b) => (a.received < b.received ? 1 : -1))
      return pages.list(call, `${id} list`, { usual: 10, most: 1_000 }, () =>
        sorted().map((message) => messageResource(call, message)),
      )
    }),
    method('message.get', '/me/messages/{id}', (call) =>
      select(messageResource(call, messageOf(call)), call.query.get('$select')),
    ),
    method('message.list.attachments', '/me/messages/{id}/attachments', (call) => {
      const message = messageOf(call)
      return pages.list(call, `${message.id} attachments`, { usual: 10, most: 1_000 }, () => attachmentsOf(message))
    }),
    method('message.get.mime', '/me/messages/{id}/$value', (call) => mimeOf(call.user.mail, messageOf(call))),
  ]
}

/** Hidden folders are in no delta; the root is not, either. */
function visible({ folders, rootId, folderLog }: MailStore): DeltaPlace['log'] {
  const isVisible = ({ id, isRemoved }: { id: string; isRemoved: boolean }) =>
    isRemoved || (id !== rootId && folders.get(id)?.isHidden !== true)
  return {
    now: folderLog.now,
    all: () => folderLog.all().filter(isVisible),
    since: (at) => folderLog.since(at).filter(isVisible),
  }
}

function listFolders(call: MailCall, pages: Pages, parent: string): Resource {
  const { folders } = call.user.mail
  const hidden = call.query.get('includeHiddenFolders') === 'true'
  const list = () =>
    [...folders.values()]
      .filter(({ parentId, isHidden }) => parentId === parent && (hidden || !isHidden))
      .map((folder) => folderResource(call.user.mail, folder))
  return pages.list(call, `${parent} folders ${hidden}`, { usual: 10, most: 1_000 }, list)
}

/** @throws GraphError 404 */
export function folderOf(call: MailCall): MailFolder {
  const folder = call.user.mail.folder(call.params['id'] ?? '')
  if (folder === undefined) throw notFound()
  return folder
}

/** Both kinds of id find it. @throws GraphError 404 */
export function messageOf({ user, params }: MailCall): MailMessage {
  const id = params['id'] ?? ''
  const message = user.mail.messages.get(id) ?? [...user.mail.messages.values()].find((one) => changingId(one) === id)
  if (message === undefined) throw notFound()
  return message
}

export function folderResource({ folders, messages }: MailStore, folder: MailFolder): Resource {
  const children = [...folders.values()].filter(({ parentId }) => parentId === folder.id)
  const inside = [...messages.values()].filter(({ folderId }) => folderId === folder.id)
  const resource = {
    id: folder.id,
    displayName: folder.displayName,
    parentFolderId: folder.parentId ?? '',
    childFolderCount: children.length,
    totalItemCount: inside.length,
    unreadItemCount: inside.filter(({ isRead }) => !isRead).length,
    isHidden: folder.isHidden,
  } satisfies FolderType
  return folder.isSearch ? { '@odata.type': '#microsoft.graph.mailSearchFolder', ...resource } : resource
}

export function messageResource(call: Pick<MailCall, 'headers' | 'query' | 'user'>, message: MailMessage): Resource {
  const changeKey = `CQAAAB${message.change.toString(36)}`
  const resource = {
    id: wantsImmutableIds(call) ? message.id : changingId(message),
    changeKey,
    createdDateTime: message.received,
    lastModifiedDateTime: message.modified,
    receivedDateTime: message.received,
    sentDateTime: message.received,
    parentFolderId: call.user.mail.hasTwoSpellings ? `AQMk${message.folderId.slice(4)}` : message.folderId,
    subject: message.subject,
    internetMessageId: message.internetMessageId,
    conversationId: message.conversationId,
    isRead: message.isRead,
    isDraft: message.isDraft,
    importance: message.importance,
    inferenceClassification: message.focused,
    categories: [...message.categories],
    hasAttachments: message.hasAttachments,
    flag: { flagStatus: message.flag },
  } satisfies MessageType
  const properties = message.verb === null ? [] : [{ id: 'Integer 0x1081', value: String(message.verb) }]
  return { '@odata.etag': `W/"${changeKey}"`, ...resource, ...expandedProperties(call, properties) }
}

/** Of a part that stands for itself; `size`: "The length of the attachment in bytes". */
function attachmentsOf({ id, mime, modified }: MailMessage): Resource[] {
  const [, boundary] = /boundary="?([^"\r\n]+)"?/i.exec(mime.toString('latin1')) ?? []
  const parts = boundary === undefined ? [] : mime.toString('utf8').split(`--${boundary}`).slice(1)
  return parts.flatMap((part, n) => {
    const [header = '', content = ''] = part.split('\r\n\r\n', 2)
    const [, kind = '', name = ''] = /^Content-Disposition: (\w+); filename="(.*)"/im.exec(header) ?? []
    if (kind === '') return []
    const octets = Buffer.from(content, /^Content-Transfer-Encoding: base64/im.test(header) ? 'base64' : 'utf8')
    const file = {
      ...{ id: `${id}-${n}`, lastModifiedDateTime: modified, name: name.replace(/\\(.)/g, '$1'), size: octets.length },
      contentType: /^Content-Type: ([^;\r\n]+)/im.exec(header)?.[1] ?? null,
      isInline: kind.toLowerCase() === 'inline',
      contentId: /^Content-ID: <(.*)>/im.exec(header)?.[1] ?? null,
      contentLocation: null,
      contentBytes: octets.toString('base64'),
    } satisfies FileAttachment & { readonly contentBytes: string }
    return [{ '@odata.type': '#microsoft.graph.fileAttachment', '@odata.mediaContentType': file.contentType, ...file }]
  })
}

/** @throws GraphError as for items whose content cannot be made */
function mimeOf(mail: MailStore, message: MailMessage): Buffer {
  if (message.mime.length === 0)
    throw new GraphError(500, 'ErrorMimeContentConversionFailed', 'Failed to convert to MIME content.')
  if (!mail.regenerates) return message.mime
  const stamp = `X-MS-Exchange-Organization-Network-Message-Id: ${Math.random().toString(36).slice(2)}\r\n`
  return Buffer.concat([Buffer.from(stamp), message.mime])
}
