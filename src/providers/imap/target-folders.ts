/** Which mailbox of the target takes a collection of the vault. */
import type { Collection, Role } from '../../core/items.ts'
import type { Mailbox } from './mailboxes.ts'
import { encodeModifiedUtf7 } from './protocol.ts'

export interface Destination {
  /** As the server writes it. */
  readonly name: string
  readonly path: readonly string[]
  readonly exists: boolean
  /** SPECIAL-USE attribute to ask for where it has to be made. */
  readonly use: string | null
  readonly losses: readonly string[]
}

export interface Naming {
  readonly prefix: string
  readonly delimiter: string | null
  /** Names are sent as UTF-8 (RFC 6855), not in modified UTF-7. */
  readonly utf8: boolean
}

const uses: Partial<Record<Role, string>> = {
  all: '\\All',
  archive: '\\Archive',
  drafts: '\\Drafts',
  flagged: '\\Flagged',
  junk: '\\Junk',
  sent: '\\Sent',
  trash: '\\Trash',
}

export class TargetFolders {
  readonly #naming: Naming
  readonly #into: readonly string[]
  /** By name, in the spelling that compares. */
  readonly #existing = new Map<string, Mailbox>()
  readonly #byRole = new Map<Role, Mailbox>()
  /** By source path. */
  readonly #given = new Map<string, Destination>()
  readonly #taken = new Set<string>()

  constructor(existing: readonly Mailbox[], naming: Naming, into: readonly string[]) {
    this.#naming = naming
    this.#into = into
    for (const mailbox of existing) {
      this.#existing.set(comparable(mailbox.name), mailbox)
      const { role, skipped } = mailbox.collection
      if (role !== undefined && skipped === undefined && !this.#byRole.has(role)) this.#byRole.set(role, mailbox)
    }
  }

  /** The same answer for the same collections in the same order; parents first. */
  destination(c: Collection): Destination {
    const known = this.#given.get(keyOf(c.path))
    if (known !== undefined) return known
    const found = this.#into.length === 0 ? this.#byUse(c) : null
    const destination = found ?? this.#byPath(c)
    this.#taken.add(comparable(destination.name))
    this.#given.set(keyOf(c.path), destination)
    return destination
  }

  #byUse({ role }: Collection): Destination | null {
    const mailbox = role === undefined ? undefined : this.#byRole.get(role)
    if (mailbox === undefined || this.#taken.has(comparable(mailbox.name))) return null
    return { name: mailbox.name, path: mailbox.collection.path, exists: true, use: null, losses: [] }
  }

  #byPath(c: Collection): Destination {
    const path = [...this.#into, ...c.path]
    const { base, basePath, rest } = this.#parentOf(path, c.path)
    const levels = rest.map((level) => this.#levelName(level))
    for (let copy = 1; ; copy++) {
      const own = levels.with(-1, copy === 1 ? (levels.at(-1) ?? '') : `${levels.at(-1)} (${copy})`)
      const name = this.#join(base, own)
      const isOthers = this.#taken.has(comparable(name))
      const existing = this.#existing.get(comparable(name))
      if (isOthers || existing?.collection.skipped?.startsWith('The name')) continue
      const changed = own.join('/') !== rest.join('/')
      const losses = changed
        ? [`The folder is called “${own.join('/')}” there: its name “${rest.join('/')}” cannot be used.`]
        : []
      const use = this.#into.length === 0 && c.role !== undefined ? (uses[c.role] ?? null) : null
      return { name, path: [...basePath, ...own], exists: isUsable(existing), use, losses }
    }
  }

  /** The nearest folder above that has its place already. */
  #parentOf(
    path: readonly string[],
    own: readonly string[],
  ): { base: string; basePath: readonly string[]; rest: readonly string[] } {
    for (let depth = own.length - 1; depth > 0; depth--) {
      const parent = this.#given.get(keyOf(own.slice(0, depth)))
      if (parent !== undefined) return { base: parent.name, basePath: parent.path, rest: own.slice(depth) }
    }
    const isInbox = /^inbox$/i.test(path[0] ?? '')
    return { base: '', basePath: isInbox ? [] : prefixPath(this.#naming), rest: path }
  }

  #join(base: string, levels: readonly string[]): string {
    const { prefix, delimiter, utf8 } = this.#naming
    const encoded = levels.map((level) => (utf8 ? level : encodeModifiedUtf7(level)))
    if (base !== '') return [base, ...encoded].join(delimiter ?? '/')
    const name = encoded.join(delimiter ?? '/')
    // The inbox stands outside of every prefix.
    return /^inbox$/i.test(name) ? 'INBOX' : /^inbox$/i.test(levels[0] ?? '') ? `INBOX${name.slice(5)}` : prefix + name
  }

  #levelName(level: string): string {
    const { delimiter } = this.#naming
    const name = level.toWellFormed().replace(/\p{Cc}/gu, '_')
    const free = delimiter === null ? name.replaceAll('/', '_') : name.replaceAll(delimiter, '_')
    return free === '' ? '_' : free
  }
}

/** The levels that the names of all folders but the inbox begin with. */
export function prefixPath({ prefix, delimiter }: Naming): readonly string[] {
  const levels = delimiter === null ? [prefix] : prefix.split(delimiter)
  return levels.filter((level) => level !== '').map((level) => (/^inbox$/i.test(level) ? 'Inbox' : level))
}

function isUsable(mailbox: Mailbox | undefined): boolean {
  return mailbox !== undefined && mailbox.collection.skipped === undefined
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}

function comparable(name: string): string {
  return (/^inbox$/i.test(name) ? 'INBOX' : name).normalize('NFC')
}
