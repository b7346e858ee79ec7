/** What is saved of a file in Google Drive, and under which name. */
import type { FileMeta, Item } from '../../core/items.ts'
import { type DriveFile, folderType } from './drive.ts'
import type { GoogleSettings } from './settings.ts'

type Format = GoogleSettings['files']['formats'][number]

interface Export {
  readonly extension: string
  readonly mime: string
}

const google = 'application/vnd.google-apps.'
const office = 'application/vnd.openxmlformats-officedocument.'
const pdf: Export = { extension: 'pdf', mime: 'application/pdf' }

/** "Export MIME types for Google Workspace documents" in the Drive API guide. */
const exportFormats: Readonly<Record<string, Partial<Readonly<Record<Format, Export>>>>> = {
  [`${google}document`]: {
    office: { extension: 'docx', mime: `${office}wordprocessingml.document` },
    odf: { extension: 'odt', mime: 'application/vnd.oasis.opendocument.text' },
    pdf,
  },
  [`${google}spreadsheet`]: {
    office: { extension: 'xlsx', mime: `${office}spreadsheetml.sheet` },
    odf: { extension: 'ods', mime: 'application/vnd.oasis.opendocument.spreadsheet' },
    pdf,
  },
  [`${google}presentation`]: {
    office: { extension: 'pptx', mime: `${office}presentationml.presentation` },
    odf: { extension: 'odp', mime: 'application/vnd.oasis.opendocument.presentation' },
    pdf,
  },
  [`${google}drawing`]: {
    office: { extension: 'svg', mime: 'image/svg+xml' },
    odf: { extension: 'svg', mime: 'image/svg+xml' },
    pdf,
  },
  [`${google}script`]: { office: { extension: 'json', mime: `${google}script+json` } },
}

/** Keys that a file has had or could have: its own, and one for each form in which it may be saved. */
const suffixes = ['', ':docx', ':odt', ':xlsx', ':ods', ':pptx', ':odp', ':svg', ':json', ':pdf', ':url', ':folder']

export function keysOf(id: string): string[] {
  return suffixes.map((suffix) => id + suffix)
}

export type Way =
  /** `revision`: an earlier version of it. */
  | {
      readonly kind: 'download'
      readonly id: string
      readonly revision: string | null
      readonly size: number | null
      readonly md5: string | null
    }
  | { readonly kind: 'export'; readonly id: string; readonly mime: string }
  /** Not to be had: a small file that leads to it says so. */
  | { readonly kind: 'link'; readonly url: string; readonly reason: string }
  | { readonly kind: 'folder'; readonly id: string }

/** How the octets of an item are had. */
export function wayOf({ key, version, size, meta }: Item): Way {
  const [id = '', form, revision = null] = key.split(':', 3)
  const text = (name: string) => (typeof meta[name] === 'string' ? meta[name] : '')
  const md5 = /^[0-9a-f]{32}$/.test(version) ? version : null
  if (form === undefined || form === 'rev') return { kind: 'download', id, revision, size: size ?? null, md5 }
  if (form === 'folder') return { kind: 'folder', id }
  if (form === 'url') return { kind: 'link', url: text('link'), reason: text('note') }
  return { kind: 'export', id, mime: text('mime') }
}

/** `folders`: names from the drive's root down. None for a folder. */
export function itemsOf(file: DriveFile, folders: readonly string[], formats: readonly Format[]): Item[] {
  if (file.mime === folderType) return []
  if (file.mime === `${google}shortcut`) {
    const url = `https://drive.google.com/open?id=${encodeURIComponent(file.target ?? file.id)}`
    return [linkItem(file, folders, url, 'A shortcut to another file.')]
  }
  if (file.canDownload && !file.mime.startsWith(google)) return [binaryItem(file, folders)]
  if (!file.canDownload) return [linkItem(file, folders, file.link, 'Its owner does not allow it to be downloaded.')]
  const wanted = formats.flatMap((format) => exportFormats[file.mime]?.[format] ?? [])
  const exported = wanted.flatMap((format) => exportItem(file, folders, format) ?? [])
  const different = [...new Map(exported.map((one) => [one.key, one])).values()]
  if (different.length > 0) return different
  const kind = file.mime.slice(google.length)
  return [linkItem(file, folders, file.link, `Google offers no file for this (${kind}); it can only be seen at Google.`)]
}

export function folderKey(id: string): string {
  return `${id}:folder`
}

/** A folder that holds nothing. */
export function folderItem(file: DriveFile, folders: readonly string[]): Item {
  const { modified, ...meta } = metaOf(file, [...folders, file.name], '')
  const { mime: _, ...rest } = meta
  return {
    ...{ key: folderKey(file.id), version: 'folder', size: 0, date: modified, title: file.name },
    meta: { ...rest, modified, folder: true },
  }
}

function binaryItem(file: DriveFile, folders: readonly string[]): Item {
  return {
    ...{ key: file.id, version: file.md5 ?? `${file.modified} ${file.size ?? ''}`, date: file.modified, title: file.name },
    ...(file.size === null ? {} : { size: file.size }),
    ...(file.md5 === null ? {} : { identities: [`md5 ${file.md5}`] }),
    meta: metaOf(file, [...folders, file.name], file.mime),
  }
}

function exportItem(file: DriveFile, folders: readonly string[], { extension, mime }: Export): Item | null {
  if (file.exports[mime] === undefined) return null
  const name = file.name.toLowerCase().endsWith(`.${extension}`) ? file.name : `${file.name}.${extension}`
  return {
    ...{ key: `${file.id}:${extension}`, version: file.modified, date: file.modified, title: name },
    meta: metaOf(file, [...folders, name], mime),
  }
}

function linkItem(file: DriveFile, folders: readonly string[], url: string, reason: string): Item {
  const name = `${file.name}.url`
  return {
    ...{ key: `${file.id}:url`, version: `${url} ${reason}`, date: file.modified, title: name },
    meta: { ...metaOf(file, [...folders, name], 'application/internet-shortcut'), link: url, note: reason },
  }
}

export function metaOf(file: DriveFile, path: readonly string[], mime: string): FileMeta & Item['meta'] {
  return {
    ...{ path, modified: file.modified, mime, link: file.link },
    ...(file.owner === null ? {} : { owner: file.owner }),
    ...(file.isShared ? { sharing: file.permissions.join(', ') || 'shared' } : {}),
    ...(file.isStarred ? { starred: true } : {}),
    ...(file.description === '' ? {} : { description: file.description }),
  }
}
