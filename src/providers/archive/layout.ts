/** What an archive holds. */
import type { Role } from '../../core/items.ts'
import type { Path, Tree } from './tree.ts'

export interface ArchiveSettings {
  /** Of the folder, file or zip. */
  readonly path: string
  /** What to call the archive's own folder where a name is wanted; else its name on the disk. */
  readonly name?: string
}

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
  /** With `skipped`: something is missing without it, and the person can do this about it. */
  readonly advice?: string
}

export interface ArchivedFile {
  readonly tree: Tree
  /** In the tree. */
  readonly file: Path
}

/** An address book or calendar: files that hold one or many items each. */
export interface ItemFiles {
  readonly key: string
  readonly path: Path
  readonly files: readonly ArchivedFile[]
}

/** Files that are kept as files. */
export interface Drive {
  readonly key: string
  readonly path: Path
  /** `name`: folders and name from the drive's root down. */
  readonly files: readonly (ArchivedFile & {
    readonly name: Path
    /** A folder that holds nothing, and no file. */
    readonly isFolder?: true
  })[]
}

/** By key. */
export interface Layout {
  /** Parents before children. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>
  readonly books: ReadonlyMap<string, ItemFiles>
  readonly calendars: ReadonlyMap<string, ItemFiles>
  readonly drives: ReadonlyMap<string, Drive>
  readonly trees: readonly Tree[]
  /** How many files were passed over because they are nothing of what was asked for. */
  readonly otherFiles: number
}
