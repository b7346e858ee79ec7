/** Files of Microsoft Graph v1.0: `drive` and `driveItem`, as far as reading goes. */
import { randomBytes } from 'node:crypto'
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { type DriveStore, preauthenticated, type StoredItem } from './drive-store.ts'
import { type GraphCall, GraphError, type GraphMethod, type Reply } from './graph.ts'
import { type Pages, type Resource, select } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

export type DriveCall = GraphCall<MicrosoftUser>

const reading = ['Files.Read', 'Files.Read.All', 'Files.ReadWrite', 'Files.ReadWrite.All']
const sizes = { usual: 200, most: 1_000 }

export const itemNotFound = (): GraphError => new GraphError(404, 'itemNotFound', 'The resource could not be found.')

/** Every method of an item answers in the person's own drive and in any other. */
export const itemPaths = ['/me/drive/items/{id}', '/drives/{drive}/items/{id}'] as const

export function driveMethods(pages: Pages): GraphMethod<MicrosoftUser>[] {
  const method = (id: string, path: string, handle: (call: DriveCall) => Reply): GraphMethod<MicrosoftUser> => ({
    ...{ id, api: 'files', http: 'GET', path, scopes: reading, handle },
  })
  const download: GraphMethod<MicrosoftUser> = { ...method('download', '/download/{token}', answerDownload), isPublic: true }
  return [...driveOnly(pages, method), ...itemPaths.flatMap((item) => itemMethods(pages, item, method)), download]
}

type Make = (id: string, path: string, handle: (call: DriveCall) => Reply) => GraphMethod<MicrosoftUser>

function driveOnly(pages: Pages, method: Make): GraphMethod<MicrosoftUser>[] {
  return [
    method('drive.get', '/me/drive', (call) => ({
      json: select({ id: call.user.drive.id, driveType: driveType(call), quota: { used: 0 } }, call.query.get('$select')),
    })),
    method('driveItem.delta', '/me/drive/root/delta', (call) => ({ json: delta(call, pages) })),
    method('drive.sharedWithMe', '/me/drive/sharedWithMe', (call) => {
      if (call.isItself) throw new GraphError(403, 'accessDenied', 'Application permissions are not supported.')
      const list = () => call.user.drive.sharedWithMe.map(({ drive, id }) => sharedResource(call, drive, drive.one(id)))
      return { json: pages.list(call, `${call.user.email} shared`, sizes, list) }
    }),
  ]
}

function itemMethods(pages: Pages, item: string, method: Make): GraphMethod<MicrosoftUser>[] {
  return [
    method('driveItem.list.children', `${item}/children`, (call) => {
      const { drive, stored } = itemOf(call)
      const list = () => [...drive.items.values()].filter((one) => one.parent === stored.id && isShown(call, one))
      return { json: pages.list(call, `${stored.id} children`, sizes, () => list().map((one) => itemResource(call, drive, one))) }
    }),
    method('driveItem.list.versions', `${item}/versions`, (call) => {
      const { stored } = itemOf(call)
      const all = [...stored.versions, { content: stored.content ?? Buffer.alloc(0), modified: stored.modified }]
      const versions = all.map(({ content, modified }, n) => ({
        id: `${n + 1}.0`,
        size: content.length,
        lastModifiedDateTime: modified,
      }))
      return { json: pages.list(call, `${stored.id} versions`, sizes, () => versions.toReversed()) }
    }),
    method('driveItemVersion.get.content', `${item}/versions/{version}/content`, (call) => {
      const { stored } = itemOf(call)
      const old = stored.versions[Number.parseInt(call.params['version'] ?? '', 10) - 1]
      if (old === undefined) throw itemNotFound()
      return redirect(call, old.content)
    }),
    method('driveItem.get.content', `${item}/content`, (call) => {
      const { drive, stored } = itemOf(call)
      const refusal = drive.locked.get(stored.id)
      if (refusal !== undefined) throw new GraphError(refusal.status, refusal.code, 'The item cannot be downloaded.')
      if (stored.content === null) throw new GraphError(400, 'invalidRequest', 'A folder has no content.')
      return redirect(call, drive.rewritten.get(stored.id) ?? stored.content)
    }),
    method('driveItem.get', item, (call) => {
      const { drive, stored } = itemOf(call)
      return { json: select(itemResource(call, drive, stored), call.query.get('$select')) }
    }),
  ]
}

/** "Preauthenticated URL which is only valid for a short period of time and doesn't require an Authorization header." */
function redirect(call: DriveCall, content: Buffer): Reply {
  const token = randomBytes(18).toString('base64url')
  preauthenticated.contents.set(token, { drive: call.user.drive, content })
  return { status: 302, headers: { location: `${call.origin}/v1.0/download/${token}` } }
}

function answerDownload({ params, headers }: DriveCall): Reply {
  if (headers.authorization !== undefined) throw new GraphError(401, 'unauthenticated', 'A token has no business here.')
  const known = preauthenticated.contents.get(params['token'] ?? '')
  if (known === undefined) throw new GraphError(403, 'accessDenied', 'The address has expired.')
  const { drive, content } = known
  const start = drive.ignoresRange ? undefined : /^bytes=(\d+)-$/.exec(String(headers.range ?? ''))?.[1]
  if (start !== undefined && Number(start) >= content.length)
    throw new GraphError(416, 'invalidRange', 'Requested Range Not Satisfiable')
  const wanted = content.subarray(Number(start ?? 0))
  const cut = drive.breaks.shift()
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
  const bytes = cut === undefined ? wanted : wanted.subarray(0, cut)
  return { status: start === undefined ? 200 : 206, headers: start === undefined ? {} : range, bytes }
}

/** What others share stands among the person's own files only for those who ask for it (rclone#8608). */
function isShown({ headers }: DriveCall, { more }: StoredItem): boolean {
  return more.remoteItem == null || /\bInclude-Feature=AddToOneDrive\b/.test(String(headers['prefer'] ?? ''))
}

/** The last state of each item, with the folders that it lies in. */
function delta(call: DriveCall, pages: Pages): Resource {
  const { drive } = call.user
  const withParents = (changed: readonly { readonly id: string; readonly isRemoved: boolean }[]) => {
    const found = new Map<string, { readonly id: string; readonly isRemoved: boolean }>()
    for (const one of changed) {
      for (let at = drive.items.get(one.id)?.parent; at !== undefined && at !== ''; at = drive.items.get(at)?.parent)
        found.set(at, { id: at, isRemoved: false })
      found.set(one.id, one)
    }
    return [...found.values()]
  }
  const log = {
    now: drive.log.now,
    all: () => drive.log.all(),
    since: (at: number) => withParents(drive.log.since(at)),
  }
  const resource = (id: string) => {
    const stored = drive.items.get(id)
    return stored === undefined || !isShown(call, stored) ? null : itemResource(call, drive, stored)
  }
  const page = pages.delta(call, { place: `${call.user.email} drive`, log, resource }, sizes)
  // OneDrive has a facet for what is gone.
  const value = (page['value'] as Resource[]).map((one) =>
    '@removed' in one ? { id: one['id'], deleted: { state: 'deleted' } } : one,
  )
  return { ...page, value }
}

export function itemOf(call: DriveCall): { readonly drive: DriveStore; readonly stored: StoredItem } {
  const { drive: own } = call.user
  const { drive: named } = call.params
  const drive = named === undefined ? own : [own, ...own.reachable].find(({ id }) => id === named)
  const stored = drive?.items.get(call.params['id'] === 'root' ? drive.rootId : (call.params['id'] ?? ''))
  if (drive === undefined || stored === undefined) throw itemNotFound()
  return { drive, stored }
}

function driveType({ user }: DriveCall): string {
  return user.kind === 'personal' ? 'personal' : 'business'
}

export function itemResource(call: DriveCall, drive: DriveStore, stored: StoredItem): Resource {
  const { content, more } = stored
  const children = [...drive.items.values()].filter(({ parent }) => parent === stored.id).length
  const hash = content === null || drive.hasNoHashes ? {} : { hashes: { quickXorHash: drive.hashOf(content) } }
  const isFile = content !== null && more.package === undefined
  return {
    ...{ id: stored.id, name: stored.name, webUrl: `https://onedrive.example/${encodeURIComponent(stored.id)}` },
    ...{ eTag: `"{${stored.id}},${stored.change}"`, cTag: `"c:{${stored.id}},${stored.change}"`, size: content?.length ?? 0 },
    ...{ createdDateTime: '2025-01-01T00:00:00Z', lastModifiedDateTime: stored.modified },
    fileSystemInfo: { createdDateTime: '2025-01-01T00:00:00Z', lastModifiedDateTime: stored.modified },
    parentReference: {
      driveId: toldId(drive),
      driveType: driveType(call),
      ...(stored.parent === '' ? {} : { id: stored.parent }),
    },
    ...(stored.id === drive.rootId ? { root: {} } : {}),
    ...(content === null && more.package === undefined && more.remoteItem === undefined
      ? { folder: { childCount: children } }
      : {}),
    ...(isFile ? { file: { mimeType: 'application/octet-stream', ...hash } } : {}),
    ...more,
  } satisfies DriveItem & Resource
}

/** Items name the drive of a personal account without its leading zeros (abraunegg/onedrive#3072). */
function toldId({ id }: DriveStore): string {
  return id.replace(/^0+(?=[0-9A-F]+$)/, '')
}

/** As it stands among the person's own files. */
export function shortcutTo(drive: DriveStore, id: string): DriveItem {
  const { name, content } = drive.one(id)
  const facet = content === null ? { folder: { childCount: 1 } } : { file: { mimeType: 'application/octet-stream' } }
  return { folder: null, file: null, remoteItem: { id, name, parentReference: { driveId: toldId(drive) }, ...facet } }
}

/** "Degraded": without checksum, with a size and times that are not those of the file (trackers tell). */
function sharedResource(call: DriveCall, drive: DriveStore, stored: StoredItem): Resource {
  const { parentReference: _1, size: _2, file, cTag: _3, eTag: _4, ...own } = itemResource(call, drive, stored) as DriveItem
  const degraded = {
    ...(file ? { file: { mimeType: file.mimeType }, size: 1 } : {}),
    lastModifiedDateTime: '2026-01-01T00:00:00Z',
  }
  const remoteItem = { ...own, ...degraded, parentReference: { driveId: toldId(drive), driveType: driveType(call) } }
  return { id: stored.id, name: stored.name, remoteItem, webUrl: own.webUrl } as unknown as Resource
}
