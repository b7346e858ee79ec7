/** Reads the answer to a PROPFIND (RFC 4918 section 13) while it arrives. */
import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { ElementSplitter } from './webdav-elements.ts'

/** One resource as the server describes it. */
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
  /** ownCloud's and Nextcloud's, e.g. `SHA1:… MD5:…`; empty where there are none. */
  readonly checksums?: string
  /** ownCloud's and Nextcloud's letters; `M`: from another storage, `S`: shared by somebody. */
  readonly permissions?: string
  /** HTTP status of a resource that the server names but does not describe. */
  readonly failed?: number
}

/** The properties that `Resource` is made of. */
export const propfindBody = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:getetag/><d:getcontentlength/><d:getlastmodified/><d:getcontenttype/><d:displayname/><oc:fileid/><oc:checksums/><oc:permissions/></d:prop></d:propfind>`

/** How much is parsed at once: enough to spare the parser's start, little enough to stay small. */
const batchOctets = 64 << 10

// Numbers stay text, since an ETag or a name may look like one. `htmlEntities` stands for character references as well.
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  htmlEntities: true,
  isArray: (name) => name === 'response' || name === 'propstat',
})

const text = z
  .unknown()
  .optional()
  .transform((value) => {
    const first: unknown = Array.isArray(value) ? value[0] : value
    return typeof first === 'string' && first !== '' ? first : undefined
  })

const propstat = z.object({
  status: text,
  prop: z
    .object({
      resourcetype: z.unknown().optional(),
      getetag: text,
      getcontentlength: text,
      getlastmodified: text,
      getcontenttype: text,
      displayname: text,
      fileid: text,
      checksums: z.unknown().optional(),
      permissions: text,
    })
    .or(z.literal('').transform(() => undefined)),
})

const response = z.object({
  // A response about several resources at once (RFC 4918 section 14.24) only says that something failed for all of them.
  href: text,
  status: text,
  propstat: z.array(propstat.or(z.literal('').transform(() => undefined))).optional(),
})

const parsed = z.object({ r: z.object({ response: z.array(response).optional() }) })

/**
 * Yields the resources in batches, in the server's order.
 * @throws AppError `network` when the answer ends in the middle, `suspicious` when it is no multistatus
 */
export async function* readMultistatus(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Resource[]> {
  const decoder = new TextDecoder()
  const splitter = new ElementSplitter()
  let batch = ''
  for await (const chunk of body) {
    for (const element of splitter.push(decoder.decode(chunk, { stream: true }))) {
      batch += element
      if (batch.length < batchOctets) continue
      yield parseElements(batch)
      batch = ''
    }
  }
  splitter.push(decoder.decode())
  if (!splitter.ended) throw new AppError('network', 'The server’s list of files ends in the middle.')
  if (batch !== '') yield parseElements(batch)
}

function parseElements(elements: string): Resource[] {
  const result = parsed.safeParse(toTree(elements))
  if (!result.success) throw notMultistatus(result.error)
  return (result.data.r.response ?? []).flatMap((one) => toResource(one) ?? [])
}

function toTree(elements: string): unknown {
  try {
    return parser.parse(`<r>${elements}</r>`)
  } catch (cause) {
    throw notMultistatus(cause)
  }
}

function notMultistatus(cause: unknown): AppError {
  return new AppError('suspicious', 'The server’s list of files is not in the form that WebDAV prescribes.', { cause })
}

function toResource({ href, status, propstat: propstats }: z.infer<typeof response>): Resource | null {
  if (href === undefined) return null
  const found = propstats?.find((one) => one !== undefined && isSuccess(one.status))?.prop
  if (found === undefined) {
    const said = status ?? propstats?.find((one) => one?.status !== undefined)?.status
    return { href, isFolder: href.endsWith('/'), failed: statusOf(said) ?? 500 }
  }
  const size = found.getcontentlength === undefined ? undefined : octets(found.getcontentlength)
  const modified = found.getlastmodified === undefined ? undefined : instant(found.getlastmodified)
  return {
    href,
    isFolder: isCollection(found.resourcetype),
    ...(found.getetag === undefined ? {} : { etag: found.getetag }),
    ...(size === undefined ? {} : { size }),
    ...(modified === undefined ? {} : { modified }),
    ...(found.getcontenttype === undefined ? {} : { mime: found.getcontenttype }),
    ...(found.displayname === undefined ? {} : { name: found.displayname }),
    ...(found.fileid === undefined ? {} : { fileId: found.fileid }),
    ...(found.checksums === undefined ? {} : { checksums: flatText(found.checksums) }),
    ...(found.permissions === undefined ? {} : { permissions: found.permissions }),
  }
}

function isSuccess(status: string | undefined): boolean {
  const code = statusOf(status)
  return code === undefined || (code >= 200 && code < 300)
}

function statusOf(line: string | undefined): number | undefined {
  const digits = line?.match(/^HTTP\/\S+\s+(\d{3})/)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function isCollection(type: unknown): boolean {
  return typeof type === 'object' && type !== null && 'collection' in type
}

function octets(value: string): number | undefined {
  const size = Number(value)
  return /^\d+$/.test(value) && Number.isSafeInteger(size) ? size : undefined
}

function instant(value: string): string | undefined {
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

/** `<checksums><checksum>SHA1:… MD5:…</checksum></checksums>`, one element with all of them or one for each. */
function flatText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(flatText).join(' ')
  return typeof value === 'object' && value !== null ? Object.values(value).map(flatText).join(' ') : ''
}
