/** Drive API v3. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, type Reply } from './api.ts'
import { type DriveFile, type DriveStore, folderType, md5, revisionId, shortcutType } from './drive-store.ts'
import { numberOf, Pages } from './pages.ts'

export interface DriveUser {
  readonly email: string
  readonly drive: DriveStore
}

type Call = ApiCall<DriveUser>
type Method = ApiMethod<DriveUser>

const reading = ['drive', 'drive.readonly']
const googleTypes = 'application/vnd.google-apps.'
/** "The exported content is limited to 10 MB." */
const exportLimit = 10 * 1024 * 1024

/** Units: "Usage limits" of the Drive API. */
export function driveMethods(): readonly Method[] {
  const pages = new Pages()
  const method = (id: string, path: string, units: number, handle: Method['handle']): Method => ({
    ...{ id: `drive.${id}`, api: 'drive', http: 'GET', path, units, scopes: reading, handle },
  })
  return [
    method('about.get', '/drive/v3/about', 5, about),
    method('drives.list', '/drive/v3/drives', 100, (call) => ({ json: listDrives(call, pages) })),
    method('files.list', '/drive/v3/files', 100, (call) => ({ json: listFiles(call, pages) })),
    method('changes.getStartPageToken', '/drive/v3/changes/startPageToken', 5, ({ user }) => ({
      json: { kind: 'drive#startPageToken', startPageToken: user.drive.startPageToken },
    })),
    method('changes.list', '/drive/v3/changes', 100, (call) => ({ json: listChanges(call) })),
    method('files.export', '/drive/v3/files/{fileId}/export', 200, exportFile),
    method('revisions.list', '/drive/v3/files/{fileId}/revisions', 100, (call) => ({ json: listRevisions(call, pages) })),
    method('revisions.get', '/drive/v3/files/{fileId}/revisions/{revisionId}', 5, getRevision),
    method('files.exportLink', '/feeds/download/{fileId}/{format}', 0, followExportLink),
    method('files.get', '/drive/v3/files/{fileId}', 5, (call) =>
      call.query.get('alt') === 'media' ? download(call) : { json: resource(call, visible(call, call.params['fileId'] ?? '')) },
    ),
  ]
}

function about({ user, query }: Call): Reply {
  if (!query.has('fields'))
    throw new ApiError(400, 'required', "The 'fields' parameter is required for this method.", { location: 'fields' })
  const used = [...user.drive.files.values()].reduce((sum, { content }) => sum + content.length, 0)
  return { json: { kind: 'drive#about', user: { emailAddress: user.email }, storageQuota: { usageInDrive: String(used) } } }
}

function listDrives({ user, query }: Call, pages: Pages): object {
  const list = () => [...user.drive.drives].map(([id, name]) => ({ kind: 'drive#drive', id, name }))
  const { items, nextPageToken } = pages.page(`${user.email} drives`, query, numberOf(query, 'pageSize', 10, 100), list)
  return { kind: 'drive#driveList', drives: items, ...(nextPageToken === undefined ? {} : { nextPageToken }) }
}

/** Without `includeItemsFromAllDrives`, files of shared drives are not there at all. */
function seesAllDrives(query: URLSearchParams): boolean {
  return query.get('supportsAllDrives') === 'true' && query.get('includeItemsFromAllDrives') === 'true'
}

function listFiles(call: Call, pages: Pages): object {
  const { user, query } = call
  const matches = queryFilter(query.get('q') ?? '', user)
  const corpora = query.get('corpora') ?? 'user'
  const driveId = query.get('driveId')
  if (corpora === 'drive' && (driveId === null || !seesAllDrives(query)))
    throw badRequest('driveId and includeItemsFromAllDrives are required.')
  const isLost = / or /.test(query.get('q') ?? '') && !query.has('pageToken') && user.drive.emptyAnswers > 0
  if (isLost) user.drive.emptyAnswers--
  const list = () =>
    [...user.drive.files.values()].filter((file) => {
      if (isLost) return false
      if (corpora === 'drive' ? file.driveId !== driveId : file.driveId !== null && !seesAllDrives(query)) return false
      return matches(file)
    })
  const { items, nextPageToken } = pages.page(`${user.email} files`, query, numberOf(query, 'pageSize', 100, 1_000), list)
  return {
    ...{ kind: 'drive#fileList', incompleteSearch: false, files: items.map((file) => resource(call, file)) },
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  }
}

/** The part of the query language that is used: terms joined by `and`, of which one may be a bracket of `or`. */
function queryFilter(q: string, user: DriveUser): (file: DriveFile) => boolean {
  const terms = q === '' ? [] : q.split(/ and (?![^(]*\))/)
  const filters = terms.map((term) => {
    const bare = /^\((.*)\)$/s.exec(term.trim())?.[1] ?? term.trim()
    const anyOf = bare.split(' or ').map((one) => termFilter(one.trim(), user))
    return (file: DriveFile) => anyOf.some((filter) => filter(file))
  })
  return (file) => filters.every((filter) => filter(file))
}

function termFilter(term: string, { email, drive }: DriveUser): (file: DriveFile) => boolean {
  const [, id, list] = /^'([^']*)' in (parents|owners)$/.exec(term) ?? []
  if (id !== undefined && list === 'parents') {
    const parent = id === 'root' ? drive.root : id
    return (file) => file.parent === parent
  }
  if (id !== undefined && list === 'owners') return (file) => file.owner === (id === 'me' ? email : id)
  const [, operator, type] = /^mimeType (!?=) '([^']*)'$/.exec(term) ?? []
  if (type !== undefined) return (file) => (file.mimeType === type) === (operator === '=')
  if (term === 'trashed = false') return (file) => !isTrashed(file, drive)
  if (term === 'sharedWithMe = true') return (file) => file.sharedWithMe
  throw new ApiError(400, 'invalid', `Invalid Value: ${term}`, { location: 'q' })
}

/** Itself or through a folder that it lies in. */
function isTrashed(file: DriveFile, drive: DriveStore): boolean {
  for (
    let one: DriveFile | undefined = file;
    one !== undefined;
    one = one.parent === null ? undefined : drive.files.get(one.parent)
  ) {
    if (one.trashed) return true
  }
  return false
}

function listChanges(call: Call): object {
  const { user, query } = call
  const driveId = query.get('driveId')
  if (driveId !== null && !seesAllDrives(query)) throw badRequest('includeItemsFromAllDrives is required.')
  const size = numberOf(query, 'pageSize', 100, 1_000)
  const changes = user.drive.changesAfter(driveId, query.get('pageToken') ?? '')
  if (changes === null) throw new ApiError(400, 'invalid', 'Invalid Value', { location: 'pageToken' })
  const page = changes.slice(0, size)
  const next = changes[size]
  return {
    kind: 'drive#changeList',
    changes: page.map(({ fileId, isRemoved }) => {
      const file = user.drive.files.get(fileId)
      const isGone = isRemoved || file === undefined
      return {
        kind: 'drive#change',
        changeType: 'file',
        fileId,
        removed: isGone,
        ...(isGone ? {} : { file: resource(call, file) }),
      }
    }),
    ...(next === undefined ? { newStartPageToken: user.drive.startPageToken } : { nextPageToken: String(next.number) }),
  }
}

export function visible({ user, query }: Call, id: string): DriveFile {
  const file = user.drive.files.get(id === 'root' ? user.drive.root : id)
  if (file === undefined || (file.driveId !== null && query.get('supportsAllDrives') !== 'true')) {
    throw new ApiError(404, 'notFound', `File not found: ${id}.`, { location: 'fileId' })
  }
  return file
}

/** Google's own documents have neither size nor checksum; a folder is one of them. */
export function resource({ user, origin }: Call, file: DriveFile): object {
  const isGoogle = file.mimeType.startsWith(googleTypes)
  const formats = [...file.exports.keys()]
  const links = Object.fromEntries(
    formats.map((type) => [type, `${origin}/feeds/download/${file.id}/${encodeURIComponent(type)}`]),
  )
  const parent = file.parent ?? null
  return {
    ...{ kind: 'drive#file', id: file.id, name: file.name, mimeType: file.mimeType, description: file.description },
    ...(parent === null ? {} : { parents: [parent] }),
    ...(file.driveId === null
      ? { ownedByMe: file.owner === user.email, owners: [{ emailAddress: file.owner }] }
      : { driveId: file.driveId }),
    ...{
      shared: file.sharedWithMe || file.permissions.length > 0,
      starred: file.starred,
      trashed: isTrashed(file, user.drive),
      explicitlyTrashed: file.trashed,
    },
    ...{
      version: String(file.version),
      modifiedTime: file.modifiedTime,
      webViewLink: `https://drive.google.com/open?id=${file.id}`,
    },
    ...(file.permissions.length === 0
      ? {}
      : { permissions: [{ type: 'user', role: 'owner', emailAddress: file.owner }, ...file.permissions] }),
    ...(Object.keys(file.appProperties).length === 0 ? {} : { appProperties: file.appProperties }),
    ...{ capabilities: { canDownload: file.canDownload } },
    ...(file.mimeType === shortcutType ? { shortcutDetails: { targetId: file.target, targetMimeType: 'text/plain' } } : {}),
    ...(isGoogle ? {} : { size: String(file.content.length), md5Checksum: md5(file.content), headRevisionId: revisionId(file) }),
    ...(formats.length === 0 ? {} : { exportLinks: links }),
  }
}

function download(call: Call): Reply {
  const file = visible(call, call.params['fileId'] ?? '')
  if (file.mimeType === folderType || file.mimeType.startsWith(googleTypes)) {
    throw new ApiError(
      403,
      'fileNotDownloadable',
      'Only files with binary content can be downloaded. Use Export with Docs Editors files.',
      { location: 'alt' },
    )
  }
  if (!file.canDownload) throw new ApiError(403, 'cannotDownloadFile', 'This file cannot be downloaded by the user.')
  if (file.isAbusive && call.query.get('acknowledgeAbuse') !== 'true') {
    throw new ApiError(
      403,
      'cannotDownloadAbusiveFile',
      'This file has been identified as malware or spam and cannot be downloaded.',
    )
  }
  return ranged(file.content, file.mimeType, call.headers.range)
}

function revisionsOf(call: Call) {
  const file = visible({ ...call, query: new URLSearchParams({ supportsAllDrives: 'true' }) }, call.params['fileId'] ?? '')
  const { mimeType, modifiedTime, content } = file
  if (mimeType === folderType) throw new ApiError(403, 'revisionsNotSupported', 'The file does not support revisions.')
  return { mimeType, all: [...file.revisions, { id: revisionId(file), modifiedTime, content }] }
}

function listRevisions(call: Call, pages: Pages): object {
  const { mimeType, all } = revisionsOf(call)
  const resources = all.map(({ id, modifiedTime, content }) => ({
    ...{ kind: 'drive#revision', id, mimeType, modifiedTime, keepForever: false, published: false },
    ...{ size: String(content.length), md5Checksum: md5(content) },
  }))
  const place = `${call.user.email} revisions ${call.params['fileId']}`
  const { items, nextPageToken } = pages.page(place, call.query, numberOf(call.query, 'pageSize', 200, 1_000), () => resources)
  return { kind: 'drive#revisionList', revisions: items, ...(nextPageToken === undefined ? {} : { nextPageToken }) }
}

function getRevision(call: Call): Reply {
  const { mimeType, all } = revisionsOf(call)
  const revision = all.find(({ id }) => id === call.params['revisionId'])
  if (revision === undefined || call.query.get('alt') !== 'media')
    throw new ApiError(404, 'notFound', `Revision not found: ${call.params['revisionId']}.`)
  return ranged(revision.content, mimeType, call.headers.range)
}

/** RFC 9110 section 14: one range, open at its end. */
function ranged(content: Buffer, type: string, range: string | undefined): Reply {
  const from = /^bytes=(\d+)-$/.exec(range ?? '')?.[1]
  if (from === undefined) return { bytes: content, headers: { 'content-type': type } }
  const start = Number(from)
  if (start >= content.length)
    return { status: 416, headers: { 'content-range': `bytes */${content.length}` }, bytes: Buffer.alloc(0) }
  return {
    status: 206,
    headers: { 'content-type': type, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` },
    bytes: content.subarray(start),
  }
}

function exported(call: Call, type: string): Buffer {
  const file = visible(call, call.params['fileId'] ?? '')
  const octets = file.exports.get(type)
  if (!file.mimeType.startsWith(googleTypes))
    throw new ApiError(403, 'fileNotExportable', 'Export only supports Docs Editors files.')
  if (octets === undefined)
    throw new ApiError(400, 'badRequest', 'The requested conversion is not supported.', { location: 'convertTo' })
  return octets
}

function exportFile(call: Call): Reply {
  const type = call.query.get('mimeType') ?? ''
  const octets = exported(call, type)
  if (octets.length > exportLimit) throw new ApiError(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.')
  return { bytes: octets, headers: { 'content-type': type } }
}

function followExportLink(call: Call): Reply {
  const type = call.params['format'] ?? ''
  return { bytes: exported(call, type), headers: { 'content-type': type } }
}
