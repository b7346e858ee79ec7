/** What a restore needs of `driveItem`: folders, upload sessions, whole contents, and their end. */
import { randomBytes } from 'node:crypto'
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { type DriveCall, itemNotFound, itemOf, itemPaths, itemResource } from './drive.ts'
import { type DriveStore, preauthenticated, type StoredItem } from './drive-store.ts'
import { GraphError, type GraphMethod, jsonOf, type Reply } from './graph.ts'
import type { MicrosoftUser } from './user.ts'

const writing = ['Files.ReadWrite', 'Files.ReadWrite.All']
const step = 320 * 1024

export function driveWritingMethods(): GraphMethod<MicrosoftUser>[] {
  const method = (
    id: string,
    http: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    handle: (call: DriveCall) => Reply,
  ): GraphMethod<MicrosoftUser> => ({ id, api: 'files', http, path, scopes: writing, handle })
  const ofItem = (item: string) => [
    method('driveItem.createUploadSession', 'POST', `${item}:/{name}:/createUploadSession`, begin),
    method('driveItem.put.content', 'PUT', `${item}:/{name}:/content`, (call) => {
      const { drive, stored } = itemOf(call)
      const behavior = call.query.get('@microsoft.graph.conflictBehavior') ?? 'replace'
      return { status: 201, json: itemResource(call, drive, put(drive, stored.id, nameOf(call), call.body, null, behavior)) }
    }),
    method('driveItem.post.children', 'POST', `${item}/children`, (call) => {
      const { drive, stored } = itemOf(call)
      const { name, folder } = jsonOf<DriveItem>(call)
      if (!name || !folder) throw new GraphError(400, 'invalidRequest', 'A name and a folder facet are wanted.')
      checkName(name)
      if (childOf(drive, stored.id, name) !== undefined) throw taken()
      return { status: 201, json: itemResource(call, drive, drive.add(name, null, stored.id)) }
    }),
    method('driveItem.update', 'PATCH', item, (call) => {
      const { drive, stored } = itemOf(call)
      const { fileSystemInfo } = jsonOf<DriveItem>(call)
      stored.modified = fileSystemInfo?.lastModifiedDateTime ?? stored.modified
      drive.log.touch(stored.id)
      return { json: itemResource(call, drive, stored) }
    }),
    method('driveItem.delete', 'DELETE', item, (call) => {
      const { drive, stored } = itemOf(call)
      drive.delete(stored.id)
      return { status: 204 }
    }),
  ]
  return [
    ...itemPaths.flatMap(ofItem),
    { ...method('uploadSession.put', 'PUT', '/upload/{token}', receive), isPublic: true },
    { ...method('uploadSession.get', 'PUT', '/upload/{token}', state), http: 'GET', isPublic: true },
  ]
}

const taken = (): GraphError =>
  new GraphError(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent.')

function nameOf({ params, path }: DriveCall): string {
  const name = params['name'] ?? ''
  // OData's own marks, unless they are encoded (OneDrive/onedrive-api-docs#956).
  if (/:\/[^/]*['()]/.test(path)) throw new GraphError(400, 'invalidRequest', 'The resource path is not a valid OData URL.')
  checkName(name)
  return name
}

/** "Restrictions and limitations in OneDrive and SharePoint." */
function checkName(name: string): void {
  if (
    /["*:<>?/\\|]/.test(name) ||
    /^\s|\s$|\.$/.test(name) ||
    // Devices also with an extension, as trackers tell (abraunegg/onedrive#3661), and `_vti_` anywhere (onedrive-api-docs#1653).
    /^(?:(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|(?:\.lock|desktop\.ini)$|~\$)|_vti_/i.test(name)
  )
    throw new GraphError(400, 'invalidRequest', 'The provided name cannot contain these characters.')
}

function childOf(drive: DriveStore, parent: string, name: string): StoredItem | undefined {
  return [...drive.items.values()].find((one) => one.parent === parent && one.name.toLowerCase() === name.toLowerCase())
}

function put(
  drive: DriveStore,
  parent: string,
  name: string,
  content: Buffer,
  modified: string | null,
  behavior: string,
): StoredItem {
  const known = childOf(drive, parent, name)
  if (known === undefined) return drive.add(name, content, parent, modified ?? undefined)
  if (behavior !== 'replace') throw taken()
  drive.edit(known.id, content, modified ?? undefined)
  return known
}

function begin(call: DriveCall): Reply {
  const { drive, stored } = itemOf(call)
  const { item } = jsonOf<{ readonly item?: DriveItem & { readonly '@microsoft.graph.conflictBehavior'?: string } }>(call)
  const behavior = item?.['@microsoft.graph.conflictBehavior'] ?? 'fail'
  const name = nameOf(call)
  if (behavior !== 'replace' && childOf(drive, stored.id, name) !== undefined) throw taken()
  const token = randomBytes(18).toString('base64url')
  const modified = item?.fileSystemInfo?.lastModifiedDateTime ?? null
  const upload = { parent: stored.id, name, modified, behavior, received: Buffer.alloc(0) }
  preauthenticated.uploads.set(token, { drive, upload })
  const uploadUrl = `${call.origin}/v1.0/upload/${token}`
  return { json: { uploadUrl, expirationDateTime: '2030-01-01T00:00:00Z', nextExpectedRanges: ['0-'] } }
}

/** "The fragments of the file must be uploaded sequentially in order", each a multiple of 320 KiB but the last. */
function receive(call: DriveCall): Reply {
  if (call.headers.authorization !== undefined) throw new GraphError(401, 'unauthenticated', 'A token has no business here.')
  const token = call.params['token'] ?? ''
  const known = preauthenticated.uploads.get(token)
  if (known === undefined) throw itemNotFound()
  const { drive, upload } = known
  const [, from, to, total] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(call.headers['content-range'])) ?? []).map(Number)
  if (from !== upload.received.length || to !== (from ?? 0) + call.body.length - 1)
    throw new GraphError(416, 'invalidRange', 'The uploaded fragment overlaps with data that has already been received.')
  upload.received = Buffer.concat([upload.received, call.body])
  if (upload.received.length < (total ?? 0)) {
    if (call.body.length % step !== 0) throw new GraphError(400, 'invalidRequest', 'A fragment is a multiple of 320 KiB.')
    return { status: 202, json: { nextExpectedRanges: [`${upload.received.length}-`] } }
  }
  preauthenticated.uploads.delete(token)
  const stored = put(drive, upload.parent, upload.name, upload.received, upload.modified, upload.behavior)
  return { status: 201, json: itemResource(call, drive, stored) }
}

function state({ params }: DriveCall): Reply {
  const upload = preauthenticated.uploads.get(params['token'] ?? '')?.upload
  if (upload === undefined) throw itemNotFound()
  return { json: { nextExpectedRanges: [`${upload.received.length}-`] } }
}
