/** The methods of the Drive API v3 that write: made ids, simple and resumable uploads, folders. */
import { randomBytes } from 'node:crypto'
import { type ApiCall, ApiError, type ApiMethod, badRequest, type Reply } from './api.ts'
import { type DriveUser, resource, visible } from './drive.ts'
import { type DriveFile, folderType, type NewFile } from './drive-store.ts'
import { jsonOf, multipartUpload } from './uploads.ts'

type Call = ApiCall<DriveUser>
type Method = ApiMethod<DriveUser>

const writing = ['drive', 'drive.file']
/** Chunks but the last one: "a multiple of 256 KB". */
const chunk = 256 * 1024
/** Office formats that Google turns into documents of its own. */
const convertible: Readonly<Record<string, RegExp>> = {
  'application/vnd.google-apps.document': /wordprocessingml|opendocument\.text|text\/plain|rtf/,
  'application/vnd.google-apps.spreadsheet': /spreadsheetml|opendocument\.spreadsheet|csv/,
  'application/vnd.google-apps.presentation': /presentationml|opendocument\.presentation/,
}

interface Session {
  readonly email: string
  readonly resource: Record<string, unknown>
  readonly fileId: string | null
  readonly type: string
  readonly total: number | null
  received: Buffer
  /** What was answered to the last chunk. */
  done: Reply | null
}

/** Units: "Usage limits" of the Drive API. */
export function driveWritingMethods(): readonly Method[] {
  const sessions = new Map<string, Session>()
  const ids = new Set<string>()
  const method = (id: string, http: Method['http'], path: string, units: number, handle: Method['handle']): Method => ({
    ...{ id: `drive.${id}`, api: 'drive', http, path, units, scopes: writing, handle },
  })
  return [
    method('files.generateIds', 'GET', '/drive/v3/files/generateIds', 5, (call) => ({ json: generateIds(call, ids) })),
    method('files.create', 'POST', '/drive/v3/files', 50, (call) => created(call, ids, jsonOf(call.body), '', null)),
    method('files.create', 'POST', '/upload/drive/v3/files', 50, (call) => beginUpload(call, ids, sessions, null)),
    method('files.upload', 'PUT', '/upload/drive/v3/files', 0, (call) => takeChunk(call, ids, sessions)),
    method('files.update', 'PATCH', '/upload/drive/v3/files/{fileId}', 50, (call) =>
      beginUpload(call, ids, sessions, call.params['fileId'] ?? ''),
    ),
    method('files.delete', 'DELETE', '/drive/v3/files/{fileId}', 50, remove),
  ]
}

function generateIds({ query }: Call, ids: Set<string>): object {
  const count = Number(query.get('count') ?? 10)
  if (!Number.isSafeInteger(count) || count < 1 || count > 1_000) throw badRequest('Invalid value for count.', 'count')
  const made = Array.from({ length: count }, () => `1${randomBytes(24).toString('base64url')}`)
  for (const id of made) ids.add(id)
  return { kind: 'drive#generatedIds', space: 'drive', ids: made }
}

function beginUpload(call: Call, ids: Set<string>, sessions: Map<string, Session>, fileId: string | null): Reply {
  if (fileId !== null) visible(call, fileId)
  if (call.query.get('uploadType') !== 'resumable') {
    const { resource: given, type, octets } = multipartUpload(call)
    return fileId === null ? created(call, ids, given, type, octets) : updated(call, fileId, given, octets)
  }
  const given = jsonOf(call.body)
  if (fileId === null) checkNew(call, ids, given)
  const total = Number(call.headers['x-upload-content-length'] ?? Number.NaN)
  const upload = randomBytes(16).toString('base64url')
  sessions.set(upload, {
    ...{ email: call.user.email, resource: given, fileId, received: Buffer.alloc(0), done: null },
    type: String(call.headers['x-upload-content-type'] ?? 'application/octet-stream'),
    total: Number.isSafeInteger(total) ? total : null,
  })
  const location = `${call.origin}/upload/drive/v3/files?uploadType=resumable&upload_id=${upload}`
  return { headers: { location }, json: {} }
}

/** "Upload the content in multiple chunks"; with `bytes *\/total` it is only asked how far it got. */
function takeChunk(call: Call, ids: Set<string>, sessions: Map<string, Session>): Reply {
  const session = sessions.get(call.query.get('upload_id') ?? '')
  if (session === undefined || session.email !== call.user.email) throw new ApiError(404, 'notFound', 'Upload session not found.')
  const range = String(call.headers['content-range'] ?? '')
  const [, from, to, of] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(range) ?? []
  if (of === undefined) throw badRequest('Content-Range is required here.')
  const total = Number(of)
  if (session.total !== null && session.total !== total) throw badRequest('The size is another than was announced.')
  if (from !== undefined) {
    if (Number(from) !== session.received.length || Number(to) + 1 - Number(from) !== call.body.length)
      throw new ApiError(400, 'badRequest', 'The chunk does not begin where the last one ended.')
    if (Number(to) + 1 < total && call.body.length % chunk !== 0) throw badRequest('Chunks must be a multiple of 256 KB.')
    session.received = Buffer.concat([session.received, call.body])
  }
  if (session.received.length < total) {
    const range = session.received.length === 0 ? {} : { range: `bytes=0-${session.received.length - 1}` }
    return { status: 308, headers: range }
  }
  const { fileId, resource: given, type, received } = session
  session.done ??= fileId === null ? created(call, ids, given, type, received) : updated(call, fileId, given, received)
  return session.done
}

function checkNew({ user }: Call, ids: Set<string>, { id, parents, mimeType }: Record<string, unknown>): void {
  if (id !== undefined) {
    // "Not supported for Google Workspace document creation or conversion."
    if (String(mimeType) in convertible)
      throw new ApiError(400, 'generatedIdNotSupported', 'Generated IDs are not supported for Docs Editors formats.')
    if (typeof id !== 'string' || !ids.has(id))
      throw new ApiError(400, 'invalid', 'The provided file ID is not usable.', { location: 'file.id' })
    if (user.drive.files.has(id))
      throw new ApiError(409, 'fileIdInUse', 'A file already exists with the provided ID.', { location: 'file.id' })
  }
  const [parent] = Array.isArray(parents) ? parents.map(String) : []
  if (parent !== undefined && parent !== 'root' && !user.drive.files.has(parent))
    throw new ApiError(404, 'notFound', `File not found: ${parent}.`, { location: 'fileId' })
}

function created(call: Call, ids: Set<string>, given: Record<string, unknown>, type: string, octets: Buffer | null): Reply {
  checkNew(call, ids, given)
  const { drive } = call.user
  const { id, name, parents, mimeType } = given
  const wanted = typeof mimeType === 'string' ? mimeType : type || 'application/octet-stream'
  const pattern = convertible[wanted]
  if (octets !== null && wanted.startsWith('application/vnd.google-apps.') && (pattern === undefined || !pattern.test(type)))
    throw badRequest('Bad Request')
  const [parent] = Array.isArray(parents) ? parents.map(String) : []
  const file: NewFile = {
    ...{ mimeType: wanted, parent: parent === undefined || parent === 'root' ? drive.root : parent },
    ...(typeof id === 'string' ? { id } : {}),
    ...(octets === null ? {} : pattern === undefined ? { content: octets } : { exports: { [type]: octets } }),
    ...describedBy(given),
  }
  return { json: resource(call, drive.add(typeof name === 'string' ? name : 'Untitled', file)) }
}

function describedBy(
  given: Record<string, unknown>,
): Pick<NewFile, 'modifiedTime' | 'description' | 'starred' | 'appProperties'> {
  const { modifiedTime, description, starred, appProperties } = given
  return {
    ...(typeof modifiedTime === 'string' ? { modifiedTime: new Date(modifiedTime).toISOString() } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(starred === true ? { starred } : {}),
    ...(typeof appProperties === 'object' && appProperties !== null
      ? { appProperties: appProperties as Record<string, string> }
      : {}),
  }
}

function updated(call: Call, id: string, given: Record<string, unknown>, octets: Buffer): Reply {
  const { drive } = call.user
  drive.edit(id, { content: octets })
  const file: DriveFile = Object.assign(drive.file(id), describedBy(given))
  return { json: resource(call, file) }
}

/** Also everything in it, where it is a folder. */
function remove(call: Call): Reply {
  const { drive } = call.user
  const file = visible(call, call.params['fileId'] ?? '')
  const below = file.mimeType === folderType ? [...drive.files.values()].filter(({ parent }) => parent === file.id) : []
  for (const child of below) remove({ ...call, params: { fileId: child.id } })
  drive.delete(file.id)
  return { status: 204 }
}
