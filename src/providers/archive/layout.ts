/** Finds the mailboxes of an archive: reads names, and the first octets of files whose name does not tell what they are. */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { Role } from '../../core/types.ts'
import { DiskTree } from './disk-tree.ts'
import { type FileKind, judgeContent, judgeName, sniffLength } from './file-kind.ts'
import {
  collectionKey,
  decodeModifiedUtf7,
  folderName,
  maildirPlusPath,
  mboxName,
  roleOf,
  withoutTakeout,
} from './folder-names.ts'
import { readDovecotKeywords } from './mail-facts.ts'
import { type Path, readError, readStart, systemCode, type Tree, type TreeEntry } from './tree.ts'
import { missingParts, zipParts } from './zip-parts.ts'
import { ZipTree } from './zip-tree.ts'

/** Files of one kind in one folder. The files of a Maildir have `cur/` or `new/` before their name. */
export interface Unit {
  readonly kind: 'mbox' | 'messages' | 'maildir'
  readonly tree: Tree
  readonly folder: Path
  readonly names: readonly string[]
  /** Dovecot's names of the flags `a` to `z`. */
  readonly keywords: readonly string[]
}

export interface Mailbox {
  readonly key: string
  readonly path: Path
  readonly role?: Role
  readonly units: readonly Unit[]
  /** Why it has no units. */
  readonly skipped?: string
}

export interface Layout {
  /** Parents before children. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>
  readonly trees: readonly Tree[]
  /** How many files were passed over because they are no mail. */
  readonly otherFiles: number
}

/** @throws AppError when the archive itself is missing or cannot be read */
export async function readLayout(path: string, signal: AbortSignal): Promise<Layout> {
  const root = await findRoot(path)
  const scan = new Scan(root, signal)
  try {
    await scan.run()
    return scan.layout()
  } catch (error) {
    for (const tree of scan.trees) tree.close()
    throw error
  }
}

interface Root {
  /** Of the archive, links resolved. */
  readonly path: string
  readonly isFolder: boolean
}

async function findRoot(path: string): Promise<Root> {
  try {
    const real = await realpath(resolve(path))
    const facts = await stat(real)
    if (!facts.isDirectory() && !facts.isFile()) throw new AppError('unsupported', `${path} is neither a file nor a folder.`)
    return { path: real, isFolder: facts.isDirectory() }
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw readError(error, path)
    const parent = await stat(dirname(resolve(path))).catch(() => null)
    const [text, advice] =
      parent === null
        ? [`The folder that holds ${path} is not there.`, 'If it is on another disk, plug that in and run the command again.']
        : [`There is no archive at ${path}.`, 'Was it moved, renamed or deleted? What was saved from it is safe.']
    throw new AppError('not-found', text, { cause: error, advice })
  }
}

interface Place {
  readonly tree: Tree
  readonly folder: Path
  /** The mailbox path this folder stands for; empty for the root. */
  readonly logical: Path
  /** A hidden folder counts only where it is a Maildir. */
  readonly hidden: boolean
}

class Scan {
  readonly trees: Tree[] = []
  readonly #root: Root
  readonly #signal: AbortSignal
  readonly #outside: Path
  readonly #mailboxes = new Map<string, { path: Path; units: Unit[] }>()
  readonly #skipped = new Map<string, { path: Path; reason: string }>()
  #places: Place[] = []
  #otherFiles = 0

  constructor(root: Root, signal: AbortSignal) {
    this.#root = root
    this.#signal = signal
    this.#outside = (root.isFolder ? root.path : dirname(root.path)).split(sep).filter(Boolean).slice(-2)
  }

  async run(): Promise<void> {
    const { path, isFolder } = this.#root
    if (isFolder) {
      const tree = this.#keep(new DiskTree(path))
      await tree.list([]).catch((error: unknown) => {
        throw readError(error, path)
      })
      this.#places.push({ tree, folder: [], logical: [], hidden: false })
    } else if (/\.zip$/i.test(path)) {
      const parts = await zipParts(path)
      for (const part of parts) this.#openRoot(await this.#openZip(part))
      this.#reportMissing(parts, [])
    } else {
      this.#openRoot(new DiskTree(dirname(path), basename(path)))
    }
    for (let place = this.#places.pop(); place !== undefined; place = this.#places.pop()) {
      this.#signal.throwIfAborted()
      await this.#visit(place)
    }
    if (!isFolder && this.#mailboxes.size === 0 && this.#skipped.size === 0) {
      throw new AppError('unsupported', `${path} holds no mail that can be read.`, {
        advice: 'An mbox file, a zip of Google Takeout or a message (.eml) can be read, or a folder of such.',
      })
    }
  }

  layout(): Layout {
    const found: Mailbox[] = [...this.#mailboxes].map(([key, { path, units }]) => {
      const role = roleOf(path)
      return { key, path, units, ...(role === undefined ? {} : { role }) }
    })
    for (const [key, { path, reason }] of this.#skipped) {
      // With its own key, so that a mailbox which cannot be read today is still there, unless that key is taken.
      found.push({ key: this.#mailboxes.has(key) ? `:${key}` : key, path, units: [], skipped: reason })
    }
    const order = ({ path }: Mailbox) => path.join('\0')
    const sorted = found.sort((a, b) => (order(a) < order(b) ? -1 : 1))
    return {
      mailboxes: new Map(sorted.map((mailbox) => [mailbox.key, mailbox])),
      trees: this.trees,
      otherFiles: this.#otherFiles,
    }
  }

  #keep<T extends Tree>(tree: T): T {
    this.trees.push(tree)
    return tree
  }

  #openRoot(tree: Tree): void {
    if (!this.trees.includes(tree)) this.#keep(tree)
    this.#places.unshift({ tree, folder: [], logical: [], hidden: false })
  }

  async #openZip(path: string): Promise<ZipTree> {
    const wanted = (name: string) => {
      const { kind } = judgeName(name)
      return (kind !== 'other' && kind !== 'zip') || name === 'dovecot-keywords'
    }
    return this.#keep(await ZipTree.open(path, wanted, this.#signal))
  }

  async #visit(place: Place): Promise<void> {
    const { tree, folder, logical } = place
    let entries: readonly TreeEntry[]
    try {
      entries = await tree.list(folder)
    } catch (error) {
      this.#skip(logical, readError(error, `The folder ${join(tree.location, ...folder)}`).message)
      return
    }
    const folders = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name))
    const isMaildir = folders.has('cur') || (folders.has('new') && folders.has('tmp'))
    if (place.hidden && !isMaildir) return
    if (isMaildir) await this.#addMaildir(place, folders)
    else await this.#addFiles(place, entries)
    this.#skipLinks(logical, entries)
    for (const name of [...folders].reverse()) {
      if (isMaildir && ['cur', 'new', 'tmp'].includes(name)) continue
      const hidden = name.startsWith('.')
      const below = hidden ? maildirPlusPath(name) : [folderName(name)]
      this.#places.push({ tree, folder: [...folder, name], logical: [...logical, ...below], hidden })
    }
  }

  #skipLinks(logical: Path, entries: readonly TreeEntry[]): void {
    const links = entries.filter(({ kind }) => kind === 'link')
    if (links.length === 1)
      this.#skip([...logical, links[0]?.name ?? ''], 'This is a link to a place outside the archive, which is not followed.')
    if (links.length > 1) this.#skip(logical, `${links.length} links to places outside the archive were not followed.`)
    for (const { name, kind, reason } of entries) {
      if (kind === 'refused') this.#skip([...logical, mboxName(name)], reason ?? 'The file cannot be read.')
    }
  }

  async #addMaildir({ tree, folder, logical }: Place, folders: ReadonlySet<string>): Promise<void> {
    const path = logical.length === 0 ? ['Inbox'] : logical.map(decodeModifiedUtf7)
    const names: string[] = []
    for (const part of ['cur', 'new'].filter((name) => folders.has(name))) {
      try {
        const entries = await tree.list([...folder, part])
        this.#skipLinks(path, entries)
        for (const { name, kind } of entries) if (kind === 'file' && !name.startsWith('.')) names.push(`${part}/${name}`)
      } catch (error) {
        this.#skip(path, readError(error, `The folder ${join(tree.location, ...folder, part)}`).message)
        return
      }
    }
    const keywords = await readStart(tree, [...folder, 'dovecot-keywords'], 4096).catch(() => Buffer.alloc(0))
    this.#add(path, { kind: 'maildir', tree, folder, names, keywords: readDovecotKeywords(keywords.toString('utf8')) })
  }

  async #addFiles({ tree, folder, logical }: Place, entries: readonly TreeEntry[]): Promise<void> {
    const files = await this.#judge(tree, folder, logical, entries)
    const areMessages = files.message.length > 0
    const mboxes = areMessages ? files.mbox : [...files.mbox, ...files['mbox-or-message']].sort()
    const messages = areMessages ? [...files.message, ...files['mbox-or-message'], ...files['maybe-message']].sort() : []
    this.#otherFiles += files.other.length + (areMessages ? 0 : files['maybe-message'].length)
    for (const name of files['not-mbox']) {
      this.#skip([...logical, mboxName(name)], 'The file is called an mbox, but does not begin like one.')
    }
    for (const name of mboxes) {
      const isApple = name === 'mbox' && /\.mbox$/i.test(folder.at(-1) ?? '')
      this.#add(isApple ? logical : [...logical, mboxName(name)], { kind: 'mbox', tree, folder, names: [name], keywords: [] })
    }
    if (messages.length > 0) this.#add(logical, { kind: 'messages', tree, folder, names: messages, keywords: [] })
    if (tree instanceof DiskTree) await this.#addZips(tree, folder, logical, files.zip)
  }

  async #judge(
    tree: Tree,
    folder: Path,
    logical: Path,
    entries: readonly TreeEntry[],
  ): Promise<Record<FileKind | 'zip', string[]>> {
    const kinds = { message: [], mbox: [], 'mbox-or-message': [], 'maybe-message': [], 'not-mbox': [], other: [], zip: [] }
    const files: Record<FileKind | 'zip', string[]> = kinds
    for (const { name, kind } of entries) {
      if (kind !== 'file') continue
      this.#signal.throwIfAborted()
      const verdict = judgeName(name)
      if (verdict.kind === 'unsupported') {
        this.#skip([...logical, name], verdict.reason)
      } else {
        const judged = verdict.kind === 'ask' ? await this.#sniff(tree, [...folder, name], logical) : verdict.kind
        if (judged !== null) files[judged].push(name)
      }
    }
    return files
  }

  async #sniff(tree: Tree, file: Path, logical: Path): Promise<FileKind | null> {
    const name = file.at(-1) ?? ''
    try {
      return judgeContent(name, await readStart(tree, file, sniffLength))
    } catch (error) {
      this.#signal.throwIfAborted()
      this.#skip([...logical, mboxName(name)], readError(error, `The file ${name}`).message)
      return null
    }
  }

  async #addZips(tree: DiskTree, folder: Path, logical: Path, names: readonly string[]): Promise<void> {
    for (const name of names.toReversed()) {
      try {
        const zip = await this.#openZip(join(tree.location, ...folder, name))
        const isTakeout = (await zip.list([])).some((entry) => entry.kind === 'folder' && entry.name === 'Takeout')
        this.#places.push({
          tree: zip,
          folder: [],
          logical: isTakeout ? logical : [...logical, name.slice(0, -4)],
          hidden: false,
        })
      } catch (error) {
        this.#signal.throwIfAborted()
        this.#skip([...logical, name], readError(error, name).message)
      }
    }
    this.#reportMissing(names, logical)
  }

  #reportMissing(names: readonly string[], logical: Path): void {
    for (const name of missingParts(names.map((path) => basename(path)))) {
      this.#skip(
        [...logical, name],
        `The part ${name} of the export is missing. Download it as well and put it beside the others.`,
      )
    }
  }

  #add(path: Path, unit: Unit): void {
    const clean = withoutTakeout(path, this.#outside)
    const isRoot = clean.length === 0
    const key = isRoot ? '.' : collectionKey(clean)
    const known = this.#mailboxes.get(key)
    if (known === undefined) this.#mailboxes.set(key, { path: isRoot ? [this.#rootName()] : clean, units: [unit] })
    else known.units.push(unit)
  }

  #rootName(): string {
    return basename(this.#root.path).replace(/(?<=.)\.(?:zip|eml)$/i, '') || 'Mail'
  }

  #skip(path: Path, reason: string): void {
    const clean = withoutTakeout(path, this.#outside)
    const shown = clean.length === 0 ? [this.#rootName()] : clean
    this.#skipped.set(clean.length === 0 ? '.' : collectionKey(clean), { path: shown, reason })
  }
}
