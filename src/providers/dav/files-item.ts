/** How a file on the server is an `Item`. */
import { AppError } from '../../core/errors.ts'
import type { FileMeta, Item } from '../../core/items.ts'
import { identityOf, strongestChecksum } from './files-checksums.ts'
import { nameOf, segmentsOf } from './webdav-paths.ts'
import type { Resource } from './webdav-resources.ts'

/** Times are required of a file; where the server knows none, this one says so. */
const noTime = '1970-01-01T00:00:00.000Z'

/**
 * The key is the server's number of the file, which outlives renames and moves, or else the file's href from the root down.
 *
 * Identities are given only where the server has no such numbers but strong checksums. Neither an ETag nor size and time
 * together can stand for the content: Apache's ETag is size and time, and files unpacked from one archive may share both.
 */
export function toItem(resource: Resource, segments: readonly string[], now: Date): Item {
  const path = segments.map(nameOf)
  const fileId = numberOf(resource)
  const checksum = fileId === null && resource.checksums !== undefined ? strongestChecksum(resource.checksums) : null
  const identity = checksum === null ? null : identityOf(checksum)
  return {
    key: fileId ?? hrefKey(segments),
    version: versionOf(resource) ?? now.toISOString(),
    ...(resource.size === undefined ? {} : { size: resource.size }),
    ...(resource.modified === undefined ? {} : { date: resource.modified }),
    ...(identity === null ? {} : { identities: [identity] }),
    meta: metaOf(path, resource),
    title: path.join('/'),
  }
}

/**
 * A folder that holds nothing. Its own time, which changes with what comes and goes in it, is not the time of anything that
 * somebody did.
 */
export function toFolderItem(fileId: string | null, segments: readonly string[]): Item {
  const path = segments.map(nameOf)
  const meta: FileMeta = { path, modified: noTime, folder: true }
  return { key: fileId ?? folderKey(segments), version: 'folder', size: 0, meta, title: path.join('/') }
}

/** Null where the server tells nothing that changes with the content. */
export function versionOf(resource: Resource): string | null {
  if (resource.etag !== undefined) return opaqueTag(resource.etag)
  return resource.modified === undefined ? null : `${resource.modified}/${resource.size ?? ''}`
}

/** An ETag without its weakness: the same tag is weak at first and strong a second later on Apache. */
export function opaqueTag(etag: string): string {
  return etag.replace(/^W\//, '')
}

/** ownCloud's and Nextcloud's number of a file or folder. */
export function numberOf(resource: Resource): string | null {
  return resource.fileId !== undefined && /^[\w-]{1,64}$/.test(resource.fileId) ? resource.fileId : null
}

/** Canonical segments of the file's address from the root down. */
export function addressSegments(item: Item): string[] {
  if (item.key.startsWith('/')) return segmentsOf(item.key)
  const { path } = item.meta as Partial<FileMeta>
  if (!Array.isArray(path) || path.length === 0) throw new AppError('bug', `A file without a path: ${item.key}`)
  return path.map((name) => segmentsOf(encodeURIComponent(String(name)))[0] ?? '')
}

/**
 * Stands for a folder or name that cannot be read, so that the report names it with its reason; `fetch` answers it with
 * that reason. Its key is none of a file's.
 */
export function problemItem(segments: readonly string[]): Item {
  const path = segments.map(nameOf)
  return { key: problemKey(segments), version: 'unreadable', meta: metaOf(path, {}), title: path.join('/') }
}

export function isProblem(key: string): boolean {
  return key.startsWith('?')
}

function problemKey(segments: readonly string[]): string {
  return `?${hrefKey(segments)}`
}

/** No file's key ends so. */
function folderKey(segments: readonly string[]): string {
  return `${hrefKey(segments)}/`
}

function hrefKey(segments: readonly string[]): string {
  return `/${segments.join('/')}`
}

function metaOf(path: readonly string[], resource: Pick<Resource, 'modified' | 'mime'>): FileMeta {
  return { path, modified: resource.modified ?? noTime, ...(resource.mime === undefined ? {} : { mime: resource.mime }) }
}
