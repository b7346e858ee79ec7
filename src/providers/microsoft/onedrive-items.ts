/** What is saved of a file in OneDrive, and under which name. */
import type { DriveItem, DriveItemVersion, IdentitySet } from '@microsoft/microsoft-graph-types'
import type { FileMeta, Item } from '../../core/items.ts'
import type { FilePlace } from './onedrive.ts'

/** What is kept of a `driveItem` until it is known where it lies. */
export interface Entry {
  readonly id: string
  readonly name: string
  readonly parent: string
  /** '' for the person's own drive. */
  readonly drive: string
  readonly isFolder: boolean
  /** Holds items that only its own program can open, e.g. a notebook. */
  readonly isPackage: boolean
  /** A folder that holds nothing. */
  readonly isEmpty: boolean
  readonly isRoot: boolean
  readonly isDeleted: boolean
  readonly size: number
  readonly hash: string
  /** Changes with the content. */
  readonly tag: string
  readonly modified: string
  readonly mime: string
  readonly link: string
  readonly owner: string
  readonly sharing: string
  readonly description: string
  /** Why it cannot be had as a file; '' where it can. */
  readonly reason: string
  /** Business drives change Office files that are put there. */
  readonly isBusiness: boolean
  /** What it stands for, where it lies in somebody else's drive. */
  readonly remote: FilePlace | null
}

/** Key of the person's own drive. */
export const ownDrive = 'my'

const packages: Readonly<Record<string, string>> = {
  oneNote:
    'A OneNote notebook: its pages lie under OneNote; the notebook as a file is given out only by OneNote itself (File, Export).',
}

/** @param drive in which it lies; '' for the person's own */
export function entryOf(item: DriveItem, drive = ''): Entry | null {
  if (!item.id) return null
  const { remoteItem, parentReference } = item
  const facets = remoteItem ?? item
  const times = item.fileSystemInfo ?? facets.fileSystemInfo
  const remoteDrive = remoteItem?.parentReference?.driveId
  return {
    ...{ id: item.id, name: item.name || remoteItem?.name || 'Untitled', parent: parentReference?.id ?? '', drive },
    ...{ isFolder: Boolean(facets.folder) && !isVault(item), isPackage: Boolean(facets.package) },
    isEmpty: facets.folder?.childCount === 0 && !isVault(item),
    ...{ isRoot: Boolean(item.root), isDeleted: Boolean(item.deleted) },
    ...{ size: facets.size ?? 0, hash: facets.file?.hashes?.quickXorHash ?? '', tag: item.cTag ?? '' },
    modified: times?.lastModifiedDateTime ?? item.lastModifiedDateTime ?? '1970-01-01T00:00:00Z',
    ...{ mime: facets.file?.mimeType ?? '', link: item.webUrl ?? remoteItem?.webUrl ?? '' },
    ...{ owner: nameOf(facets.shared?.owner ?? facets.createdBy), sharing: item.shared?.scope ?? '' },
    ...{ description: item.description ?? '', reason: reasonOf(item) },
    isBusiness: /^(?:business|documentLibrary)$/.test(parentReference?.driveType ?? ''),
    remote: remoteItem?.id && remoteDrive ? { driveId: wholeDriveId(remoteDrive), id: remoteItem.id } : null,
  }
}

/** Of a personal drive: 16 hexadecimal digits, of which the first come without their zeros (abraunegg/onedrive#3072). */
function wholeDriveId(id: string): string {
  return /^[0-9a-f]{1,15}$/i.test(id) ? id.padStart(16, '0') : id
}

/** The personal vault is a special folder; it may be called anything. */
function isVault({ specialFolder }: DriveItem): boolean {
  return specialFolder?.name === 'vault'
}

const vault = 'The personal vault: Microsoft opens it only to the person, at onedrive.com or in the app.'

function reasonOf(item: DriveItem): string {
  const facets = item.remoteItem ?? item
  const { type } = facets.package ?? {}
  if (isVault(item)) return vault
  if (item.malware) return `Microsoft found malware in it and does not give it out.`
  if (item.bundle) return 'An album: the pictures in it are saved where they lie themselves.'
  if (facets.package) return packages[type ?? ''] ?? `Microsoft gives no file for this (${type || 'a package'}).`
  if (facets.file || facets.folder || item.root || item.deleted) return ''
  // As the vault comes today (OneDrive/onedrive-api-docs#1905): it may be called anything.
  const isPersonal = item.parentReference?.driveType === 'personal' && !item.remoteItem
  return isPersonal ? `Microsoft gives no file for this. Most likely: ${vault}` : 'Microsoft gives no file for this.'
}

function nameOf(who: IdentitySet | null | undefined): string {
  const { user } = who ?? {}
  return (user as { readonly email?: string | null } | undefined)?.email ?? user?.displayName ?? ''
}

/** Of a file with this checksum (QuickXorHash). */
export function versionOf(hash: string, size: number): string {
  return `${hash} ${size}`
}

/** Keys that an item has had or could have. */
export function keysOf(id: string): string[] {
  return [id, `${id}:url`, folderKey(id)]
}

/** Of a folder that holds nothing. */
export function folderKey(id: string): string {
  return `${id}:folder`
}

/** `folders`: names from the drive's root down. Nothing for a folder that holds something. */
export function itemsOf(entry: Entry, folders: readonly string[]): Item[] {
  if (entry.isRoot || (entry.isFolder && !entry.isEmpty)) return []
  if (entry.isFolder) return [folderItem(entry, folders)]
  const { id, name, size, modified } = entry
  if (entry.reason !== '') {
    const shown = `${name}.url`
    const meta = { ...metaOf(entry, [...folders, shown], 'application/internet-shortcut'), note: entry.reason }
    return [{ key: `${id}:url`, version: `${entry.link} ${entry.reason}`, date: modified, title: shown, meta }]
  }
  const version = entry.hash === '' ? `${entry.tag} ${size}` : versionOf(entry.hash, size)
  const identities = entry.hash === '' || size === 0 ? {} : { identities: [`quickxor ${entry.hash} ${size}`] }
  const place = entry.remote ?? { driveId: entry.drive, id }
  const meta = { ...metaOf(entry, [...folders, name], entry.mime), drive: place.driveId, id: place.id }
  return [{ key: id, version, size, date: modified, title: name, ...identities, meta: { ...meta, ...businessOf(entry) } }]
}

function folderItem(entry: Entry, folders: readonly string[]): Item {
  const { mime: _, ...meta } = metaOf(entry, [...folders, entry.name], '')
  const { id, name, modified } = entry
  return { key: folderKey(id), version: 'folder', size: 0, date: modified, title: name, meta: { ...meta, folder: true } }
}

function businessOf({ isBusiness }: Entry): { business?: true } {
  return isBusiness ? { business: true } : {}
}

/** An earlier content, beside the file: `letter (version 2.0).txt`. */
export function versionItem(of: Item, { id, size, lastModifiedDateTime }: DriveItemVersion): Item | null {
  if (!id) return null
  const path = of.meta['path'] as readonly string[]
  const [, stem = '', ending = ''] = /^(.+?)(\.\w{1,10})?$/s.exec(path.at(-1) ?? '') ?? []
  const name = `${stem} (version ${id})${ending}`
  const modified = lastModifiedDateTime ?? of.date ?? ''
  const meta = { ...of.meta, path: [...path.slice(0, -1), name], modified, version: id }
  return { key: `${of.key}:v${id}`, version: `${id} ${modified}`, date: modified, title: name, ...(size ? { size } : {}), meta }
}

export type Way =
  | {
      readonly kind: 'download'
      readonly place: FilePlace
      readonly version: string | null
      readonly size: number | null
      readonly hash: string | null
      /** Microsoft may give it out otherwise than it says, and why; '' where nothing is known of that. */
      readonly altered: string
    }
  /** Not to be had: a small file that leads to it says so. */
  | { readonly kind: 'link'; readonly url: string; readonly reason: string }
  | { readonly kind: 'folder'; readonly place: FilePlace }

/**
 * "SharePoint rewrites Office files": it adds properties of its own when they are put there. What an organisation protects (Azure
 * Information Protection) comes otherwise than it lies there, PDF too.
 */
const office = /\.(?:docx?|docm|dotx|xlsx?|xlsm|xltx|pptx?|pptm|potx|vsdx|one|pdf)$/i
/** Of a live photo only the still picture is given out (OneDrive/onedrive-api-docs#1723). */
const livePhoto = /\.hei[cf]$/i

function alteredBy({ meta, title = '' }: Item): string {
  if (meta['business'] === true && office.test(title))
    return 'SharePoint has rewritten or protected this file: size and checksum are not as it says.'
  if (livePhoto.test(title))
    return 'A live photo: OneDrive gives programs the still picture alone; to have the moving part, download it at onedrive.com.'
  return ''
}

/** How the octets of an item are had. Without its meta it lies in the person's own drive: `driveId` is '' then. */
export function wayOf(item: Item): Way {
  const { key, version, size, meta } = item
  const text = (name: string) => (typeof meta[name] === 'string' ? meta[name] : '')
  if (key.endsWith(':folder')) return { kind: 'folder', place: { driveId: '', id: key.slice(0, -':folder'.length) } }
  if (key.endsWith(':url')) return { kind: 'link', url: text('link'), reason: text('note') }
  const [hash = ''] = version.split(' ')
  const isHash = text('version') === '' && /^[A-Za-z0-9+/]{27}=$/.test(hash)
  return {
    ...{ kind: 'download', place: { driveId: text('drive'), id: text('id') || key }, version: text('version') || null },
    ...{ size: size ?? null, hash: isHash ? hash : null, altered: alteredBy(item) },
  }
}

function metaOf(entry: Entry, path: readonly string[], mime: string): FileMeta & Item['meta'] {
  return {
    ...{ path, modified: entry.modified },
    ...(mime === '' ? {} : { mime }),
    ...(entry.link === '' ? {} : { link: entry.link }),
    ...(entry.owner === '' ? {} : { owner: entry.owner }),
    ...(entry.sharing === '' ? {} : { sharing: entry.sharing }),
    ...(entry.description === '' ? {} : { description: entry.description }),
  }
}
