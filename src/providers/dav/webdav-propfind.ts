import { AppError } from '../../core/errors.ts'
import type { DavAnswer } from './answer.ts'
import { Refusal } from './errors.ts'
import type { DavClient } from './http.ts'
import { addressOf, isWithin, segmentsOf } from './webdav-paths.ts'
import { hasOwnClouds, propfindResources, type Resource, readResources } from './webdav-resources.ts'

/** Where a drive is: the address to ask, and the path under which the server's hrefs name it (a proxy may make them differ). */
export interface Drive {
  /** Ends in a slash. */
  readonly url: URL
  /** Canonical segments of the root's own href. */
  readonly base: readonly string[]
  readonly root: Resource
  /** `plain` once a file has shown that the server knows no others: it would say so of each file anew. */
  properties: 'ownCloud' | 'plain'
}

/** The key of the collection that the drive is. */
export function driveKey({ base }: Pick<Drive, 'base'>): string {
  return `/${base.join('/')}`
}

/** @throws AppError, among them the `Refusal`s of the server */
export async function openDrive(client: DavClient, address: URL, signal: AbortSignal): Promise<Drive> {
  const asked = new URL(address)
  if (!asked.pathname.endsWith('/')) asked.pathname += '/'
  asked.search = ''
  asked.hash = ''
  return client.read(
    propfindResources(asked, 0, 'drive'),
    async (answer) => {
      const [root] = await readAll(answer)
      if (root === undefined) throw notListed(asked)
      if (!root.isFolder) throw new AppError('usage', `${asked.href} is a file, not a folder of files.`)
      const url = new URL(answer.url)
      if (!url.pathname.endsWith('/')) url.pathname += '/'
      return { url, base: segmentsOf(root.href), root, properties: 'ownCloud' }
    },
    signal,
  )
}

/** One file as it is now; null where it is not there any more. `segments`: canonical, from the drive's root down. */
export async function statFile(
  client: DavClient,
  drive: Drive,
  segments: readonly string[],
  signal: AbortSignal,
): Promise<Resource | null> {
  const found = await statAny(client, drive, segments, signal)
  return found === null || found.isFolder ? null : found
}

/** The same of a file or folder. */
export function statAny(
  client: DavClient,
  drive: Drive,
  segments: readonly string[],
  signal: AbortSignal,
): Promise<Resource | null> {
  return client.read(
    propfindResources(addressOf(drive.url, segments, false), 0, drive.properties),
    async (answer) => {
      if (answer.status === 404) return null
      const [resource] = await readAll(answer)
      return resource === undefined || resource.failed !== undefined ? null : resource
    },
    signal,
  )
}

export interface Child {
  /** Canonical. */
  readonly segment: string
  readonly resource: Resource
}

/** What one folder holds, in batches as they arrive. */
export interface FolderListing {
  /** Before the first batch, and again when the connection broke and all of it is named anew. */
  begin(): void
  /** The folder's own description, as far as it was seen. */
  self(resource: Resource): void
  children(batch: readonly Child[]): Promise<void>
  /** An href that is none of a child of this folder. */
  stranger(href: string): void
}

/**
 * @returns false where there is no such folder any more
 * @throws AppError for an answer that does not describe the folder itself: it is no list of its content, whatever else it is
 */
export function listFolder(
  client: DavClient,
  drive: Drive,
  segments: readonly string[],
  listing: FolderListing,
  signal: AbortSignal,
): Promise<boolean> {
  const folder = [...drive.base, ...segments]
  const address = addressOf(drive.url, segments, true)
  return client.read(
    propfindResources(address, 1, drive.properties),
    async (answer) => {
      if (answer.status === 404 || answer.status === 410) return false
      expectWebdav(answer)
      listing.begin()
      let self: Resource | null = null
      for await (const resources of readResources(answer)) {
        const sorted = sortOut(folder, resources)
        self = sorted.self ?? self
        for (const href of sorted.strangers) listing.stranger(href)
        if (showsPlainServer(drive.root, sorted.children)) drive.properties = 'plain'
        if (sorted.children.length > 0) await listing.children(sorted.children)
      }
      if (self === null) throw notListed(address)
      listing.self(self)
      return isFolderStill(self, address)
    },
    signal,
  )
}

/** @throws Refusal for one that the server names and does not read: that is no list of what it holds */
function isFolderStill({ isFolder, failed }: Resource, address: URL): boolean {
  if (failed === undefined || failed === 404 || failed === 410) return isFolder && failed === undefined
  throw new Refusal(failed, address.host)
}

function showsPlainServer(root: Resource, children: readonly Child[]): boolean {
  if (hasOwnClouds(root)) return false
  const file = children.find(({ resource }) => !resource.isFolder && resource.failed === undefined)
  return file !== undefined && !hasOwnClouds(file.resource)
}

/** What lies deeper than right below `folder` is left for later: some servers answer more than they were asked. */
function sortOut(folder: readonly string[], resources: readonly Resource[]) {
  let self: Resource | null = null
  const children: Child[] = []
  const strangers: string[] = []
  for (const resource of resources) {
    const named = segmentsOf(resource.href)
    const segment = named.at(-1)
    if (!isWithin(folder, named)) strangers.push(resource.href)
    else if (named.length === folder.length) self = resource
    else if (named.length === folder.length + 1 && segment !== undefined) children.push({ segment, resource })
  }
  return { self, children, strangers }
}

async function readAll(answer: DavAnswer): Promise<Resource[]> {
  expectWebdav(answer)
  const all: Resource[] = []
  for await (const resources of readResources(answer)) {
    all.push(...resources)
    if (all.length > 1_000) throw notListed(answer.url)
  }
  return all
}

/** A web server that knows nothing of WebDAV may answer PROPFIND with a page. */
function expectWebdav(answer: DavAnswer): void {
  if (answer.status < 300 && answer.status !== 207) {
    throw new AppError('unsupported', `There is no WebDAV folder at ${answer.url.href}.`)
  }
}

function notListed(url: URL): AppError {
  return new AppError('suspicious', `The server’s answer about ${url.href} is about something else.`)
}
