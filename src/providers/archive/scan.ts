/** Goes through the folders and zips of an archive and sorts what it finds. */
import { basename, dirname, join, sep } from 'node:path'
import type { Service } from '../../core/account.ts'
import { AppError } from '../../core/errors.ts'
import { DiskTree } from './disk-tree.ts'
import { driveName, holdsCalendars, isExport, takeoutPath, wrappersOf } from './exports.ts'
import { type FileKind, isJunk, isMailBookkeeping, itemKind, judgeContent, judgeName, sniffLength } from './file-kind.ts'
import { decodeModifiedUtf7, folderName, maildirPlusPath, mboxName } from './folder-names.ts'
import { Found } from './found.ts'
import { holdsWholeCollection } from './item-files.ts'
import type { Layout } from './layout.ts'
import { readDovecotKeywords } from './mail-facts.ts'
import { type Path, readError, readStart, type Tree, type TreeEntry } from './tree.ts'
import { isExportName, missingParts, zipParts } from './zip-parts.ts'
import { ZipTree } from './zip-tree.ts'

export interface Root {
  /** Of the archive, links resolved. */
  readonly path: string
  /** What files without a folder of their own are called. */
  readonly name: string
  readonly isFolder: boolean
}

interface Place {
  readonly tree: Tree
  readonly folder: Path
  /** The mailbox path this folder stands for; empty for the root. */
  readonly logical: Path
  /** A hidden folder counts for mail only where it is a Maildir. */
  readonly hidden: boolean
  /** Everything in it belongs to this drive. `below`: how many of the folder's names are above the drive's root. */
  readonly drive: { readonly path: Path; readonly below: number } | null
  /** Within a zip that is kept as a file itself. */
  readonly isInFile: boolean
}

export class Scan {
  readonly trees: Tree[] = []
  readonly #root: Root
  readonly #services: ReadonlySet<Service>
  readonly #signal: AbortSignal
  readonly #outside: Path
  readonly #found: Found
  #places: Place[] = []

  constructor(root: Root, services: readonly Service[], signal: AbortSignal) {
    this.#root = root
    this.#services = new Set(services)
    this.#signal = signal
    this.#outside = (root.isFolder ? root.path : dirname(root.path)).split(sep).filter(Boolean).slice(-2)
    this.#found = new Found(root.name, this.#outside)
  }

  async run(): Promise<void> {
    const { path, isFolder } = this.#root
    if (isFolder) {
      const tree = this.#keep(new DiskTree(path))
      await tree.list([]).catch((error: unknown) => {
        throw readError(error, path)
      })
      this.#places.push(rootOf(tree))
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
    if (!isFolder && this.#found.isNothing) {
      throw new AppError('unsupported', `${path} holds nothing that can be read.`, {
        advice:
          'A zip of Google Takeout or of Apple can be read, mail (mbox, .eml), contacts (.vcf), calendars (.ics), or a folder of such.',
      })
    }
  }

  layout(): Layout {
    return this.#found.layout(this.trees)
  }

  #keep<T extends Tree>(tree: T): T {
    this.trees.push(tree)
    return tree
  }

  #openRoot(tree: Tree): void {
    if (!this.trees.includes(tree)) this.#keep(tree)
    this.#places.unshift(rootOf(tree))
  }

  async #openZip(path: string): Promise<ZipTree> {
    const wanted = (name: string) => {
      const { kind } = judgeName(name)
      if (this.#services.has('files') || itemKind(name) !== null) return true
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
      const { message, advice } = readError(error, `The folder ${join(tree.location, ...folder)}`)
      this.#found.skip(logical, message, advice)
      return
    }
    const folders = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name))
    const drive = place.drive ?? this.#driveAt(place, entries)
    if (entries.every(({ name }) => isJunk(name))) {
      this.#addEmpty({ ...place, drive })
      return
    }
    if (drive !== null) {
      this.#addToDrive({ ...place, drive }, entries)
      this.#descend({ ...place, drive }, [...folders])
      return
    }
    const isMaildir = this.#services.has('mail') && (folders.has('cur') || (folders.has('new') && folders.has('tmp')))
    if (place.hidden && !isMaildir) {
      // Nothing of a mail folder, but files all the same.
      this.#addOthers(
        place,
        entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : [])),
      )
      this.#descend(place, [...folders], true)
      return
    }
    if (isMaildir) await this.#addMaildir(place, folders)
    else await this.#addFiles(place, entries)
    this.#skipLinks(place, logical, entries)
    this.#descend(
      place,
      [...folders].filter((name) => !isMaildir || !['cur', 'new', 'tmp'].includes(name)),
    )
  }

  #descend(place: Place, names: readonly string[], hidden = false): void {
    for (const name of names.toReversed()) {
      if (isJunk(name)) continue
      const isHidden = hidden || name.startsWith('.')
      const below = name.startsWith('.') ? maildirPlusPath(name) : [folderName(name)]
      const inside = { folder: [...place.folder, name], logical: [...place.logical, ...below], hidden: isHidden }
      this.#places.push({ ...place, ...inside })
    }
  }

  /** A drive of an export begins here, or the whole archive is one. */
  #driveAt({ folder, logical, isInFile }: Place, entries: readonly TreeEntry[]): Place['drive'] {
    const name = driveName([...this.#outside, ...logical])
    if (name === null) return null
    // Not to be taken for mail either.
    if (isInFile || !this.#services.has('files')) return { path: [], below: 0 }
    const folders = entries.flatMap((entry) => (entry.kind === 'folder' && !isJunk(entry.name) ? [entry.name] : []))
    return { path: [name], below: folder.length + wrappersOf(name, folders) }
  }

  #addToDrive({ tree, folder, drive }: Place, entries: readonly TreeEntry[]): void {
    for (const { name, kind } of entries) {
      if (kind === 'folder' || isJunk(name)) continue
      if (drive === null || drive.path.length === 0) this.#found.otherFiles++
      else if (kind === 'file') this.#found.file(drive.path, tree, [...folder, name], [...folder.slice(drive.below), name])
      else
        this.#found.skip(
          [...drive.path, ...folder.slice(drive.below), name],
          'This is a link, or cannot be read; it is not followed.',
        )
    }
  }

  /** A folder that holds nothing is worth keeping where files are. */
  #addEmpty({ tree, folder, drive, isInFile }: Place): void {
    if (folder.length === 0 || isInFile || !this.#services.has('files')) return
    if (drive === null) {
      const takeout = takeoutPath([...this.#outside, ...folder])
      this.#found.file(takeout === null ? null : ['Takeout'], tree, folder, takeout ?? folder, true)
    } else if (drive.path.length > 0 && folder.length > drive.below)
      this.#found.file(drive.path, tree, folder, folder.slice(drive.below), true)
  }

  /** Files outside of any drive: of a Takeout, of the archive. */
  #addOthers({ tree, folder, isInFile }: Place, names: readonly string[]): void {
    for (const name of names) {
      if (isJunk(name)) continue
      if (isInFile || !this.#services.has('files')) {
        this.#found.otherFiles++
        continue
      }
      const file = [...folder, name]
      const takeout = takeoutPath([...this.#outside, ...file])
      if (takeout === null) this.#found.file(null, tree, file, file)
      else this.#found.file(['Takeout'], tree, file, takeout)
    }
  }

  #skipLinks({ isInFile }: Place, logical: Path, entries: readonly TreeEntry[]): void {
    const links = entries.filter(({ kind }) => kind === 'link')
    if (links.length === 1)
      this.#found.skip(
        [...logical, links[0]?.name ?? ''],
        'This is a link to a place outside the archive, which is not followed.',
      )
    if (links.length > 1) this.#found.skip(logical, `${links.length} links to places outside the archive were not followed.`)
    for (const { name, kind, reason } of entries) {
      if (kind !== 'refused') continue
      // What lies in a zip that is kept as a file is saved with it.
      const advice = isInFile ? undefined : 'Unpack the zip with another program, and use the folder.'
      this.#found.skip([...logical, mboxName(name)], reason ?? 'The file cannot be read.', advice)
    }
  }

  async #addMaildir(place: Place, folders: ReadonlySet<string>): Promise<void> {
    const { tree, folder, logical } = place
    const path = logical.length === 0 ? ['Inbox'] : logical.map(decodeModifiedUtf7)
    const names: string[] = []
    for (const part of ['cur', 'new'].filter((name) => folders.has(name))) {
      try {
        const entries = await tree.list([...folder, part])
        this.#skipLinks(place, path, entries)
        for (const { name, kind } of entries) if (kind === 'file' && !name.startsWith('.')) names.push(`${part}/${name}`)
      } catch (error) {
        this.#found.skip(path, readError(error, `The folder ${join(tree.location, ...folder, part)}`).message)
        return
      }
    }
    const keywords = await readStart(tree, [...folder, 'dovecot-keywords'], 4096).catch(() => Buffer.alloc(0))
    this.#found.mail(path, { kind: 'maildir', tree, folder, names, keywords: readDovecotKeywords(keywords.toString('utf8')) })
  }

  async #addFiles(place: Place, entries: readonly TreeEntry[]): Promise<void> {
    const { tree, folder, logical } = place
    const wanted = entries.filter(({ name, kind }) => kind === 'file' && !isJunk(name))
    const taken = await this.#addItemFiles(place, wanted)
    const rest = wanted.filter(({ name }) => !taken.has(name))
    if (!this.#services.has('mail')) {
      const zips = tree instanceof DiskTree ? rest.filter(({ name }) => judgeName(name).kind === 'zip') : []
      const zipNames = zips.map(({ name }) => name)
      const opened = tree instanceof DiskTree ? await this.#addZips(place, tree, zipNames) : new Set<string>()
      this.#addOthers(
        place,
        rest.flatMap(({ name }) => (opened.has(name) ? [] : [name])),
      )
      return
    }
    const files = await this.#judge(tree, folder, logical, rest)
    const areMessages = files.message.length > 0
    const mboxes = areMessages ? files.mbox : [...files.mbox, ...files['mbox-or-message']].sort()
    const messages = areMessages ? [...files.message, ...files['mbox-or-message'], ...files['maybe-message']].sort() : []
    for (const name of files['not-mbox']) {
      this.#found.skip([...logical, mboxName(name)], 'The file is called an mbox, but does not begin like one.')
    }
    for (const name of mboxes) {
      const isApple = name === 'mbox' && /\.mbox$/i.test(folder.at(-1) ?? '')
      this.#found.mail(isApple ? logical : [...logical, mboxName(name)], {
        kind: 'mbox',
        tree,
        folder,
        names: [name],
        keywords: [],
      })
    }
    if (messages.length > 0) this.#found.mail(logical, { kind: 'messages', tree, folder, names: messages, keywords: [] })
    const opened = tree instanceof DiskTree ? await this.#addZips(place, tree, files.zip) : new Set<string>()
    const others = [...files.other, ...files['not-mbox'], ...files.unsupported, ...files.zip.filter((name) => !opened.has(name))]
    this.#addOthers(place, [...others, ...(areMessages ? [] : files['maybe-message'])].sort())
  }

  /** Address books and calendars. Answers the names that are dealt with. */
  async #addItemFiles({ tree, folder, logical }: Place, entries: readonly TreeEntry[]): Promise<ReadonlySet<string>> {
    const taken = new Set<string>()
    for (const { name } of entries) {
      const service = itemKind(name)
      if (service === null || !this.#services.has(service)) continue
      this.#signal.throwIfAborted()
      const file = [...folder, name]
      taken.add(name)
      // What cannot be read now is named when it is listed.
      const isWhole =
        (service === 'calendar' && holdsCalendars(logical)) ||
        (await holdsWholeCollection(service, tree, file).catch(() => false))
      const stem = name.replace(/\.[^.]+$/, '')
      const own = stem === logical.at(-1) ? logical : [...logical, stem]
      this.#found.items(service, isWhole ? own : logical, { tree, file })
    }
    return taken
  }

  async #judge(tree: Tree, folder: Path, logical: Path, entries: readonly TreeEntry[]): Promise<Judged> {
    const files: Judged = {
      ...{ message: [], mbox: [], 'mbox-or-message': [], 'maybe-message': [], 'not-mbox': [] },
      ...{ other: [], zip: [], unsupported: [] },
    }
    for (const { name } of entries) {
      if (isMailBookkeeping(name)) {
        this.#found.otherFiles++
        continue
      }
      this.#signal.throwIfAborted()
      const verdict = judgeName(name)
      if (verdict.kind === 'unsupported') {
        this.#found.skip([...logical, name], verdict.reason)
        files.unsupported.push(name)
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
      this.#found.skip([...logical, mboxName(name)], readError(error, `The file ${name}`).message)
      return null
    }
  }

  /** Answers the names of those whose files are files of the archive; others are files themselves, whatever mail they hold. */
  async #addZips(place: Place, tree: DiskTree, names: readonly string[]): Promise<ReadonlySet<string>> {
    const { folder, logical } = place
    const opened = new Set<string>()
    for (const name of names.toReversed()) {
      try {
        const zip = await this.#openZip(join(tree.location, ...folder, name))
        const folders = (await zip.list([])).filter(({ kind }) => kind === 'folder').map((entry) => entry.name)
        const isWhole = isExport(name, folders)
        if (isWhole) opened.add(name)
        this.#places.push({
          ...rootOf(zip),
          logical: isWhole ? logical : [...logical, name.slice(0, -4)],
          isInFile: !isWhole,
        })
      } catch (error) {
        this.#signal.throwIfAborted()
        const { message, advice } = readError(error, name)
        if (isExportName(name)) this.#found.skip([...logical, name], message, advice)
        // Where only files are wanted it is one, broken or not.
        else if (this.#services.has('mail')) this.#found.skip([...logical, name], message)
      }
    }
    this.#reportMissing(names, logical)
    return opened
  }

  #reportMissing(names: readonly string[], logical: Path): void {
    for (const name of missingParts(names.map((path) => basename(path)))) {
      this.#found.skip(
        [...logical, name],
        `The part ${name} of the export is missing.`,
        'Download it as well and put it beside the others.',
      )
    }
  }
}

type Judged = Record<FileKind | 'zip' | 'unsupported', string[]>

function rootOf(tree: Tree): Place {
  return { tree, folder: [], logical: [], hidden: false, drive: null, isInFile: false }
}
