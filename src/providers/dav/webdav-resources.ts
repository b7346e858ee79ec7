/** Files and folders as a server describes them in its answer to a PROPFIND (RFC 4918 section 9.1). */
import type { DavAnswer } from './answer.ts'
import type { DavRequest } from './http.ts'
import { type DavResponse, readMultistatus } from './requests.ts'
import { childOf, type Name, type XmlElement } from './xml.ts'

export interface Resource {
  /** As the server spells it: percent-encoded, a path or a whole URL. */
  readonly href: string
  readonly isFolder: boolean
  /** With its quotes, and `W/` where it is weak. */
  readonly etag?: string
  readonly size?: number
  /** RFC 3339, UTC. */
  readonly modified?: string
  readonly mime?: string
  readonly name?: string
  /** ownCloud's and Nextcloud's number of the file, which a rename or move keeps. */
  readonly fileId?: string
  /** ownCloud's and Nextcloud's, e.g. `SHA1:… MD5:…`. */
  readonly checksums?: string
  /** ownCloud's and Nextcloud's letters; `M`: from another storage, `S`: shared by somebody. */
  readonly permissions?: string
  /** HTTP status of a resource that the server names but does not describe. */
  readonly failed?: number
}

/** Handed on at once: enough to spare work, little enough to stay small. */
const batchSize = 200

const davNames = ['resourcetype', 'getetag', 'getcontentlength', 'getlastmodified', 'getcontenttype'].map(
  (name) => `<d:${name}/>`,
)
const ownCloudNames = ['fileid', 'checksums', 'permissions'].map((name) => `<oc:${name}/>`)

const bodies = {
  drive: bodyOf('<d:displayname/>', ...davNames, ...ownCloudNames),
  plain: bodyOf(...davNames),
  ownCloud: bodyOf(...davNames, ...ownCloudNames),
} as const

function bodyOf(...properties: readonly string[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop>${properties.join('')}</d:prop></d:propfind>`
}

/** `kind`: of the drive's root; of files as any server describes them; also by ownCloud's and Nextcloud's own properties. */
export function propfindResources(url: URL, depth: 0 | 1, kind: keyof typeof bodies): DavRequest {
  return { method: 'PROPFIND', url, headers: { Depth: String(depth) }, body: bodies[kind] }
}

export function hasOwnClouds({ fileId, checksums, permissions }: Resource): boolean {
  return fileId !== undefined || checksums !== undefined || permissions !== undefined
}

/**
 * Yields the resources in batches, in the server's order.
 * @throws Refusal for every other status than 207; AppError `network` when the answer ends in the middle
 */
export async function* readResources(answer: DavAnswer): AsyncGenerator<readonly Resource[]> {
  let batch: Resource[] = []
  for await (const part of readMultistatus(answer)) {
    if (part.kind !== 'response') continue
    batch.push(toResource(part.response))
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function toResource({ href, status, properties }: DavResponse): Resource {
  const failed = status !== null && status >= 300 ? status : null
  // A description without any property is as good as forbidden.
  if (failed !== null || properties.size === 0) return { href, isFolder: href.endsWith('/'), failed: failed ?? 403 }
  const text = (name: Name) => properties.get(name)?.text.trim() || undefined
  const size = octets(text('{DAV:}getcontentlength'))
  const modified = instant(text('{DAV:}getlastmodified'))
  const [etag, mime, name] = [text('{DAV:}getetag'), text('{DAV:}getcontenttype'), text('{DAV:}displayname')]
  const [fileId, permissions] = [text('{http://owncloud.org/ns}fileid'), text('{http://owncloud.org/ns}permissions')]
  const checksums = allText(properties.get('{http://owncloud.org/ns}checksums'))
  return {
    href,
    isFolder: childOf(properties.get('{DAV:}resourcetype'), '{DAV:}collection') !== undefined,
    ...(etag === undefined ? {} : { etag }),
    ...(size === undefined ? {} : { size }),
    ...(modified === undefined ? {} : { modified }),
    ...(mime === undefined ? {} : { mime }),
    ...(name === undefined ? {} : { name }),
    ...(fileId === undefined ? {} : { fileId }),
    ...(checksums === '' ? {} : { checksums }),
    ...(permissions === undefined ? {} : { permissions }),
  }
}

function octets(value: string | undefined): number | undefined {
  const size = Number(value)
  return value !== undefined && /^\d+$/.test(value) && Number.isSafeInteger(size) ? size : undefined
}

function instant(value: string | undefined): string | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

/** `<checksums><checksum>SHA1:… MD5:…</checksum></checksums>`, one element with all of them or one for each. */
function allText(element: XmlElement | undefined): string {
  return element === undefined ? '' : [element.text.trim(), ...element.children.map(allText)].join(' ').trim()
}
