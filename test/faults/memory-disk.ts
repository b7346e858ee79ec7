/**
 * A disk in memory that knows what a loss of power would leave: the data of a file since its last `sync`, and names in a
 * directory since its last `syncDirectory`, may be lost. A rename is one step, as on every file system with a journal, unless
 * the loss is said to meet a disk without one.
 */
import { posix } from 'node:path'
import { type Capacity, type DirectoryEntry, type Disk, type DiskFile, diskError } from '../../src/vault/disk.ts'
import type { Random } from '../fixtures/random.ts'

interface FileNode {
  readonly kind: 'file'
  /** Never changed in place: copies of the disk share it. */
  content: Buffer
  durable: Buffer
  /** Pages that the system takes for written since a sync of them failed, and that are not on the medium. Never changed in place. */
  lost: ReadonlySet<number>
  /** Memory behind `content`, with room for more; null when what lies behind may be in use elsewhere. */
  room: Buffer | null
}

interface DirectoryNode {
  readonly kind: 'directory'
  readonly entries: Map<string, Node>
  readonly durable: Map<string, Node>
}

type Node = FileNode | DirectoryNode

interface NameStep {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: Node | null
}

/** Steps that become durable together. */
type NameChange = readonly NameStep[]

/**
 * What of the unsynced things a loss of power takes. `withoutJournal`: some, on FAT or exFAT, where a rename that was under way
 * can leave what was renamed with both names.
 */
export type Loss = 'everything' | Random | { readonly withoutJournal: Random }

const empty = Buffer.alloc(0)
const sector = 512
const page = 4096
const none: ReadonlySet<number> = new Set()

export class MemoryDisk implements Disk {
  #root: DirectoryNode = newDirectory()
  /** Changes of names that no `syncDirectory` has covered, oldest first. */
  #unsynced: NameChange[] = []

  async open(path: string, mode: 'read' | 'write' | 'new'): Promise<DiskFile> {
    const { directory, name } = this.#place(path)
    const found = directory.entries.get(name)
    if (found !== undefined && mode === 'new') throw systemError('EEXIST', path)
    if (found?.kind === 'directory' && mode !== 'read') throw systemError('EISDIR', path)
    if (found === undefined && mode === 'read') throw systemError('ENOENT', path)
    if (found !== undefined) return new MemoryFile(found, path)
    const node: FileNode = { kind: 'file', content: empty, durable: empty, lost: none, room: null }
    this.#change([{ directory, name, node }])
    return new MemoryFile(node, path)
  }

  async makeDirectory(path: string): Promise<void> {
    let directory = this.#root
    for (const name of segmentsOf(path)) {
      let next = directory.entries.get(name)
      if (next === undefined) {
        next = newDirectory()
        this.#change([{ directory, name, node: next }])
      }
      if (next.kind !== 'directory') throw systemError('EEXIST', path)
      directory = next
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#place(from)
    const target = this.#place(to)
    const node = source.directory.entries.get(source.name)
    if (node === undefined) throw systemError('ENOENT', from)
    const replaced = target.directory.entries.get(target.name)
    if (replaced?.kind === 'directory' && replaced.entries.size > 0) throw systemError('ENOTEMPTY', to)
    this.#change([
      { ...source, node: null },
      { ...target, node },
    ])
  }

  async remove(path: string): Promise<void> {
    const place = this.#place(path)
    const node = place.directory.entries.get(place.name)
    if (node === undefined) throw systemError('ENOENT', path)
    if (node.kind === 'directory') throw systemError('EISDIR', path)
    this.#change([{ ...place, node: null }])
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#find(path)
    if (directory?.kind !== 'directory') throw systemError('ENOENT', path)
    for (const change of [...this.#unsynced]) if (change.some((step) => step.directory === directory)) this.#makeDurable(change)
  }

  async stat(path: string): Promise<{ kind: DirectoryEntry['kind']; size: number } | null> {
    const node = this.#find(path)
    if (node === null) return null
    return { kind: node.kind, size: node.kind === 'file' ? node.content.length : 4096 }
  }

  async list(path: string): Promise<readonly DirectoryEntry[] | null> {
    const node = this.#find(path)
    if (node?.kind !== 'directory') return null
    return [...node.entries].map(([name, { kind }]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async removeDirectory(path: string): Promise<boolean> {
    const node = this.#find(path)
    if (node?.kind !== 'directory' || node.entries.size > 0) return false
    this.#change([{ ...this.#place(path), node: null }])
    return true
  }

  async capacity(): Promise<Capacity> {
    return { free: null, largestFile: null }
  }

  /** Every file by its path. */
  files(): Map<string, Buffer> {
    const found = new Map<string, Buffer>()
    const walk = (directory: DirectoryNode, path: string) => {
      for (const [name, node] of directory.entries) {
        if (node.kind === 'file') found.set(`${path}/${name}`, node.content)
        else walk(node, `${path}/${name}`)
      }
    }
    walk(this.#root, '')
    return found
  }

  /** Folders with more than one name, each with all of them. */
  twins(): string[][] {
    const names = new Map<Node, string[]>()
    const walk = (directory: DirectoryNode, path: string) => {
      for (const [name, node] of directory.entries) {
        if (node.kind === 'file') continue
        names.set(node, [...(names.get(node) ?? []), `${path}/${name}`])
        walk(node, `${path}/${name}`)
      }
    }
    walk(this.#root, '')
    return [...names.values()].filter((all) => all.length > 1)
  }

  /** The same disk once more, with what is synced and what is not. */
  copy(): MemoryDisk {
    const copies = new Map<Node, Node>()
    const copyOf = (node: Node): Node => {
      const done = copies.get(node)
      if (done !== undefined) return done
      if (node.kind === 'file') return remember(copies, node, { ...node, room: null })
      const copy = newDirectory()
      remember(copies, node, copy)
      for (const [name, child] of node.entries) copy.entries.set(name, copyOf(child))
      for (const [name, child] of node.durable) copy.durable.set(name, copyOf(child))
      return copy
    }
    const disk = new MemoryDisk()
    disk.#root = copyOf(this.#root) as DirectoryNode
    disk.#unsynced = this.#unsynced.map((change) =>
      change.map(({ directory, name, node }) => ({
        directory: copyOf(directory) as DirectoryNode,
        name,
        node: node === null ? null : copyOf(node),
      })),
    )
    return disk
  }

  /** What is found when power is back. This disk stays as it is. */
  afterPowerLoss(loss: Loss): MemoryDisk {
    const disk = this.copy()
    const random = loss === 'everything' ? null : 'withoutJournal' in loss ? loss.withoutJournal : loss
    if (random !== null) {
      const share = random.next()
      for (const change of [...disk.#unsynced]) if (random.chance(share)) disk.#makeDurable(change)
      if (random !== loss) disk.#tearRename(random)
    }
    const survivors = new Map<Node, Node>()
    const survivor = (node: Node): Node => {
      const done = survivors.get(node)
      if (done !== undefined) return done
      if (node.kind === 'file') {
        const content = random === null ? node.durable : remainder(node, random)
        return remember(survivors, node, { kind: 'file', content, durable: content, lost: none, room: null })
      }
      const directory = newDirectory()
      remember(survivors, node, directory)
      for (const [name, child] of node.durable) {
        const survived = survivor(child)
        directory.entries.set(name, survived)
        directory.durable.set(name, survived)
      }
      return directory
    }
    const after = new MemoryDisk()
    after.#root = survivor(disk.#root) as DirectoryNode
    return after
  }

  /** Only the new name of one that was under way is written. */
  #tearRename(random: Random): void {
    const renames = this.#unsynced.filter((change) => change.length === 2)
    const torn = renames[random.below(Math.max(1, renames.length))]
    if (torn === undefined) return
    this.#unsynced = this.#unsynced.map((change) => (change === torn ? change.filter(({ node }) => node !== null) : change))
    for (const change of this.#unsynced) if (change[0] === torn[1]) this.#makeDurable(change)
  }

  #find(path: string): Node | null {
    let node: Node = this.#root
    for (const name of segmentsOf(path)) {
      const next: Node | undefined = node.kind === 'directory' ? node.entries.get(name) : undefined
      if (next === undefined) return null
      node = next
    }
    return node
  }

  #place(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const directory = this.#find(posix.dirname(path))
    if (directory?.kind !== 'directory') throw systemError('ENOENT', path)
    return { directory, name: posix.basename(path) }
  }

  #change(change: NameChange): void {
    for (const step of change) apply(step.directory.entries, step)
    this.#unsynced.push(change)
  }

  /** Earlier changes of the same names go before it. */
  #makeDurable(change: NameChange): void {
    const index = this.#unsynced.indexOf(change)
    if (index < 0) return
    const before = this.#unsynced.slice(0, index)
    this.#unsynced.splice(index, 1)
    for (const earlier of before)
      if (earlier.some((step) => change.some((later) => isSameName(step, later)))) this.#makeDurable(earlier)
    for (const step of change) apply(step.directory.durable, step)
  }
}

export class MemoryFile implements DiskFile {
  readonly #node: FileNode
  readonly #path: string

  constructor(node: Node, path: string) {
    if (node.kind !== 'file') throw systemError('EISDIR', path)
    this.#node = node
    this.#path = path
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#node.content.copy(into, 0, position)
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    if (position < 0) throw systemError('EINVAL', this.#path)
    const { content } = this.#node
    if (position === content.length) {
      this.#keepPages(position, position + 1)
      this.#append(Buffer.concat(parts))
      return
    }
    const hole = Buffer.alloc(Math.max(0, position - content.length))
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    this.#keepPages(Math.min(position, content.length), position + length)
    this.#set(Buffer.concat([content.subarray(0, position), hole, ...parts, content.subarray(position + length)]))
  }

  #append(bytes: Buffer): void {
    const { content, room } = this.#node
    const length = content.length + bytes.length
    const enough = room !== null && room.length >= length ? room : Buffer.alloc(2 * length)
    if (enough !== room) content.copy(enough)
    bytes.copy(enough, content.length)
    this.#set(enough.subarray(0, length), enough)
  }

  #set(content: Buffer, room: Buffer | null = null): void {
    this.#node.content = content
    this.#node.room = room
  }

  async truncate(length: number): Promise<void> {
    const { content } = this.#node
    this.#keepPages(Math.min(length, content.length), Number.POSITIVE_INFINITY)
    this.#set(Buffer.concat([content.subarray(0, length), Buffer.alloc(Math.max(0, length - content.length))]))
  }

  async setModified(): Promise<void> {}

  async sync(): Promise<void> {
    const { content, durable, lost } = this.#node
    if (lost.size === 0) {
      this.#node.durable = content
      return
    }
    const written = Buffer.from(content)
    for (const n of lost) {
      written.fill(0, n * page, (n + 1) * page)
      if (n * page < durable.length) durable.copy(written, n * page, n * page, (n + 1) * page)
    }
    this.#node.durable = written
  }

  /** As on Linux: what could not be written counts as written from then on. */
  failSync(): void {
    const { content, durable, lost } = this.#node
    const all = new Set(lost)
    for (let at = 0; at < content.length; at += page)
      if (!content.subarray(at, at + page).equals(durable.subarray(at, at + page))) all.add(at / page)
    this.#node.lost = all
  }

  /** What is changed is written again as whole pages. */
  #keepPages(from: number, to: number): void {
    const { lost } = this.#node
    if (lost.size > 0) this.#node.lost = new Set([...lost].filter((n) => (n + 1) * page <= from || n * page >= to))
  }

  async size(): Promise<number> {
    return this.#node.content.length
  }

  async close(): Promise<void> {}
}

/** One of the things that file systems leave of a file whose latest data was not synced. */
function remainder({ content, durable }: FileNode, random: Random): Buffer {
  if (content === durable) return durable
  switch (random.pick(['old', 'new', 'cut', 'zeros', 'sectors', 'sectors', 'stale'] as const)) {
    case 'old':
      return durable
    case 'new':
      return content
    case 'cut':
      return content.subarray(
        0,
        Math.min(content.length, durable.length) + random.below(Math.abs(content.length - durable.length) + 1),
      )
    case 'zeros':
      // The length is written, the data is not.
      return Buffer.concat([durable.subarray(0, content.length), Buffer.alloc(Math.max(0, content.length - durable.length))])
    case 'sectors':
      return mixed(content, durable, random, () => 0)
    case 'stale':
      // File systems without a journal hand out room with what was in it before. (A new file that holds such from its first
      // octet could be anybody's: it is kept and named.)
      return mixed(content, durable, random, () => (durable.length === 0 ? 0 : random.below(256)))
  }
}

/** Each sector is written or not; what was never written holds what `unwritten` says. */
function mixed(content: Buffer, durable: Buffer, random: Random, unwritten: () => number): Buffer {
  const length = random.pick([content.length, content.length, durable.length])
  const result = Buffer.alloc(length)
  for (let at = durable.copy(result); at < length; at++) result[at] = unwritten()
  const share = random.next()
  for (let at = 0; at < length; at += sector) {
    if (random.chance(share) && at < content.length) content.copy(result, at, at, Math.min(at + sector, length))
  }
  return result
}

function newDirectory(): DirectoryNode {
  return { kind: 'directory', entries: new Map(), durable: new Map() }
}

function remember(copies: Map<Node, Node>, node: Node, copy: Node): Node {
  copies.set(node, copy)
  return copy
}

function apply(entries: Map<string, Node>, { name, node }: NameStep): void {
  if (node === null) entries.delete(name)
  else entries.set(name, node)
}

function isSameName(a: NameStep, b: NameStep): boolean {
  return a.directory === b.directory && a.name === b.name
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

export function systemError(code: string, path: string): Error {
  return diskError(Object.assign(new Error(`${code}: ${path}`), { code }), path)
}
