/**
 * The files of a Nextcloud account as its WebDAV documentation describes them (developer manual, "WebDAV"): file ids that
 * outlive renames and moves, folder ETags that change with everything below, checksums, permissions. Written from the
 * documentation, not checked against a Nextcloud. Contents are files on this disk.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NextcloudOptions {
  /** Without, the server names no `oc:fileid` and changes a folder's ETag only with its own entries. */
  readonly fileIds?: boolean
  readonly checksums?: boolean
}

interface Node {
  readonly id: number
  name: string
  parent: Node | null
  readonly children: Map<string, Node> | null
  etag: string
  modified: Date
  size: number
  checksum: string
  permissions: string
  /** HTTP status that every request for it gets. */
  refused: number | null
}

export interface NextcloudFiles {
  /** `http://127.0.0.1:…/remote.php/dav/files/alice/` */
  readonly url: string
  readonly user: string
  readonly password: string
  /** `METHOD path` of every request so far. */
  readonly requests: string[]
  /** Creates folders on the way. Paths have no slash at either end. */
  write(path: string, content: string | Uint8Array, modified?: Date): Promise<void>
  folder(path: string): void
  move(from: string, to: string): void
  remove(path: string): void
  /** Shows the folder `target` a second time, under `path`: what a careless mount does. */
  link(path: string, target: string): void
  setChecksum(path: string, checksum: string): void
  setPermissions(path: string, permissions: string): void
  refuse(path: string, status: number | null): void
  /** A file is rewritten right after its download began. */
  changeDuringDownload(path: string): void
  etag(path: string): string
  /** Paths of those that hold nothing. */
  emptyFolders(): string[]
  stop(): Promise<void>
}

const base = '/remote.php/dav/files/alice'
const user = 'alice'
const password = 'Wonderland-7'

export async function startNextcloudFiles(options: NextcloudOptions = {}): Promise<NextcloudFiles> {
  const store = await mkdtemp(join(tmpdir(), 'lb-nextcloud-'))
  const drive = new Drive(store, options)
  const server = createServer((request, response) => {
    drive.answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ url: `http://127.0.0.1:${port}${base}/`, user, password, requests: drive.requests },
    write: (path, content, modified) => drive.write(path, Buffer.from(content), modified),
    folder: (path) => void drive.makeFolder(path),
    move: (from, to) => drive.move(from, to),
    remove: (path) => drive.remove(drive.find(path)),
    link(path, target) {
      const { folder, name } = drive.place(path)
      folder.children?.set(name, drive.find(target))
      drive.touch(folder)
    },
    setChecksum(path, checksum) {
      drive.find(path).checksum = checksum
    },
    setPermissions(path, permissions) {
      drive.find(path).permissions = permissions
    },
    refuse(path, status) {
      drive.find(path).refused = status
    },
    changeDuringDownload(path) {
      drive.unstable.add(drive.find(path))
    },
    etag: (path) => drive.find(path).etag,
    emptyFolders: () => [...drive.emptyFolders()],
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(store, { recursive: true, force: true })
    },
  }
}

class Drive {
  readonly requests: string[] = []
  readonly unstable = new Set<Node>()
  readonly #store: string
  readonly #options: NextcloudOptions
  readonly #root: Node
  #ids = 100

  constructor(store: string, options: NextcloudOptions) {
    this.#store = store
    this.#options = options
    this.#root = this.#node('', null, new Map())
  }

  #node(name: string, parent: Node | null, children: Map<string, Node> | null): Node {
    const facts = { etag: newEtag(), modified: new Date(), size: 0, checksum: '', refused: null }
    return { id: ++this.#ids, name, parent, children, ...facts, permissions: children === null ? 'RGDNVW' : 'RGDNVCK' }
  }

  find(path: string): Node {
    const found = this.#lookUp(path === '' ? [] : path.split('/'))
    if (found === null) throw new Error(`No such file: ${path}`)
    return found
  }

  #lookUp(names: readonly string[]): Node | null {
    let node: Node | null = this.#root
    for (const name of names) node = node?.children?.get(name) ?? null
    return node
  }

  *emptyFolders(folder = this.#root, path = ''): Generator<string> {
    for (const [name, node] of folder.children ?? []) {
      if (node.children?.size === 0) yield `${path}${name}`
      else if (node.children !== null) yield* this.emptyFolders(node, `${path}${name}/`)
    }
  }

  place(path: string): { folder: Node; name: string } {
    const names = path.split('/')
    const name = names.pop() ?? ''
    return { folder: this.makeFolder(names.join('/')), name }
  }

  makeFolder(path: string): Node {
    let node = this.#root
    for (const name of path === '' ? [] : path.split('/')) {
      const known = node.children?.get(name)
      const next: Node = known ?? this.#node(name, node, new Map())
      if (known === undefined) {
        node.children?.set(name, next)
        this.touch(node)
      }
      node = next
    }
    return node
  }

  async write(path: string, content: Buffer, modified = new Date()): Promise<void> {
    const { folder, name } = this.place(path)
    const node = folder.children?.get(name) ?? this.#node(name, folder, null)
    folder.children?.set(name, node)
    await writeFile(join(this.#store, String(node.id)), content)
    node.size = content.length
    node.modified = modified
    node.checksum = this.#options.checksums
      ? `SHA1:${createHash('sha1').update(content).digest('hex')} MD5:${createHash('md5').update(content).digest('hex')}`
      : ''
    this.touch(node)
  }

  move(from: string, to: string): void {
    const node = this.find(from)
    const { folder, name } = this.place(to)
    node.parent?.children?.delete(node.name)
    if (node.parent !== null) this.touch(node.parent)
    node.name = name
    node.parent = folder
    folder.children?.set(name, node)
    this.touch(folder)
  }

  remove(node: Node): void {
    node.parent?.children?.delete(node.name)
    if (node.parent !== null) this.touch(node.parent)
  }

  /** A change shows in the ETags of all folders above. */
  touch(changed: Node): void {
    changed.etag = newEtag()
    const propagates = this.#options.fileIds !== false
    for (let above = changed.parent; above !== null; above = propagates ? above.parent : null) above.etag = newEtag()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    this.requests.push(`${request.method} ${path}`)
    request.resume()
    if (request.headers.authorization !== `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Nextcloud", charset="UTF-8"' }).end()
      return
    }
    const names = path
      .slice(base.length)
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent)
    const node = path.startsWith(base) ? this.#lookUp(names) : null
    if (node === null) response.writeHead(404).end()
    else if (node.refused !== null) response.writeHead(node.refused).end()
    else if (request.method === 'PROPFIND') this.#describe(node, names, request.headers.depth === '0', response)
    else if (request.method === 'GET' && node.children === null) await this.#send(node, request, response)
    else response.writeHead(405).end()
  }

  /** `Depth: infinity` is answered like 1. */
  #describe(node: Node, names: readonly string[], alone: boolean, response: ServerResponse): void {
    response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' })
    response.write(
      '<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">',
    )
    response.write(this.#description(node, names))
    if (!alone) for (const [name, child] of node.children ?? []) response.write(this.#description(child, [...names, name]))
    response.end('</d:multistatus>')
  }

  #description(node: Node, names: readonly string[]): string {
    const isFolder = node.children !== null
    const href = `${base}/${names.map((name) => `${encodeURIComponent(name)}`).join('/')}${isFolder && names.length > 0 ? '/' : ''}`
    const { fileIds = true } = this.#options
    const found = [
      `<d:resourcetype>${isFolder ? '<d:collection/>' : ''}</d:resourcetype>`,
      `<d:getetag>&quot;${node.etag}&quot;</d:getetag>`,
      `<d:getlastmodified>${node.modified.toUTCString()}</d:getlastmodified>`,
      ...(isFolder
        ? []
        : [`<d:getcontentlength>${node.size}</d:getcontentlength>`, '<d:getcontenttype>text/plain</d:getcontenttype>']),
      ...(fileIds ? [`<oc:fileid>${node.id}</oc:fileid>`, `<oc:permissions>${node.permissions}</oc:permissions>`] : []),
      ...(node.checksum === '' ? [] : [`<oc:checksums><oc:checksum>${node.checksum}</oc:checksum></oc:checksums>`]),
    ]
    const absent = node.checksum === '' ? '<oc:checksums/>' : '<d:displayname/>'
    return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${found.join('')}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop>${absent}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>`
  }

  async #send(node: Node, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = join(this.#store, String(node.id))
    const etag = `"${node.etag}"`
    const { size } = await stat(file)
    const condition = request.headers['if-range']
    const range = request.headers.range?.match(/^bytes=(\d+)-$/)?.[1]
    const start = range !== undefined && (condition === undefined || condition === etag) ? Number(range) : 0
    if (start >= size && start > 0) {
      response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end()
      return
    }
    response.writeHead(start > 0 ? 206 : 200, {
      ...{ ETag: etag, 'OC-ETag': etag, 'Last-Modified': node.modified.toUTCString(), 'Content-Length': size - start },
      ...(start > 0 ? { 'Content-Range': `bytes ${start}-${size - 1}/${size}` } : {}),
      ...(node.checksum === '' ? {} : { 'OC-Checksum': node.checksum }),
    })
    if (this.unstable.has(node)) this.touch(node)
    createReadStream(file, { start })
      .on('error', () => response.destroy())
      .pipe(response)
  }
}

function newEtag(): string {
  return randomBytes(12).toString('hex')
}
