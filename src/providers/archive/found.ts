/** What a scan has found so far, by collection. */
import type { Service } from '../../core/account.ts'
import { withoutApples } from './exports.ts'
import { collectionKey, roleOf, withoutTakeout } from './folder-names.ts'
import type { Drive, ItemFiles, Layout, Mailbox, Unit } from './layout.ts'
import type { Path, Tree } from './tree.ts'

type Items = Map<string, { path: Path; files: ItemFiles['files'][number][] }>

export class Found {
  /** Files that are of no use for what is wanted. */
  otherFiles = 0
  readonly #rootName: string
  readonly #outside: Path
  readonly #books: Items = new Map()
  readonly #calendars: Items = new Map()
  readonly #drives = new Map<string, { path: Path; files: Drive['files'][number][] }>()
  readonly #mailboxes = new Map<string, { path: Path; units: Unit[] }>()
  readonly #skipped = new Map<string, { path: Path; reason: string; advice?: string }>()

  /** `rootName`: what lies outside of any folder is called. `outside`: the folders around the archive. */
  constructor(rootName: string, outside: Path) {
    this.#rootName = rootName
    this.#outside = outside
  }

  get isNothing(): boolean {
    return [this.#mailboxes, this.#skipped, this.#books, this.#calendars, this.#drives].every(({ size }) => size === 0)
  }

  mail(path: Path, unit: Unit): void {
    const { key, clean } = this.#place(withoutTakeout(path, this.#outside))
    const known = this.#mailboxes.get(key)
    if (known === undefined) this.#mailboxes.set(key, { path: clean, units: [unit] })
    else known.units.push(unit)
  }

  /** A file of contacts or calendar entries. */
  items(service: Service, path: Path, file: ItemFiles['files'][number]): void {
    const { key, clean } = this.#place(withoutApples(withoutTakeout(path, this.#outside)))
    const collections = service === 'contacts' ? this.#books : this.#calendars
    const known = collections.get(key) ?? { path: clean, files: [] }
    collections.set(key, known)
    known.files.push(file)
  }

  /** `drive`: null for the archive as a whole. */
  file(drive: Path | null, tree: Tree, file: Path, name: Path, isFolder = false): void {
    const { key, clean } = this.#place(drive ?? [])
    const known = this.#drives.get(key) ?? { path: clean, files: [] }
    this.#drives.set(key, known)
    known.files.push({ tree, file, name, ...(isFolder ? { isFolder } : {}) })
  }

  /** `advice`: something is missing without it, and the person can do this about it. */
  skip(path: Path, reason: string, advice?: string): void {
    const { key, clean } = this.#place(withoutTakeout(path, this.#outside))
    this.#skipped.set(key, { path: clean, reason, ...(advice === undefined ? {} : { advice }) })
  }

  #place(path: Path): { readonly key: string; readonly clean: Path } {
    return path.length === 0 ? { key: '.', clean: [this.#rootName] } : { key: collectionKey(path), clean: path }
  }

  layout(trees: Layout['trees']): Layout {
    const mailboxes: Mailbox[] = [...this.#mailboxes].map(([key, { path, units }]) => {
      const role = roleOf(path)
      return { key, path, units, ...(role === undefined ? {} : { role }) }
    })
    for (const [key, { path, reason, advice }] of this.#skipped) {
      // With its own key, so that a mailbox which cannot be read today is still there, unless that key is taken.
      mailboxes.push({
        key: this.#mailboxes.has(key) ? `:${key}` : key,
        path,
        units: [],
        skipped: reason,
        ...(advice === undefined ? {} : { advice }),
      })
    }
    const order = ({ path }: Mailbox) => path.join('\0')
    const sorted = mailboxes.sort((a, b) => (order(a) < order(b) ? -1 : 1))
    return {
      mailboxes: new Map(sorted.map((mailbox) => [mailbox.key, mailbox])),
      books: sortedByKey(this.#books),
      calendars: sortedByKey(this.#calendars),
      drives: sortedByKey(this.#drives),
      trees,
      otherFiles: this.otherFiles,
    }
  }
}

function sortedByKey<T extends object>(found: ReadonlyMap<string, T>): ReadonlyMap<string, T & { readonly key: string }> {
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([key, value]) => [key, { ...value, key }]))
}
