/** Where things lie in a vault. Paths inside the vault are written with `/`; FORMAT.md is the description for strangers. */
import { basename, join } from 'node:path'
import type { Service } from '../core/account.ts'
import { collisionKey, uniqueName } from '../formats/names.ts'

export const tagFiles = {
  bagit: 'bagit.txt',
  bagInfo: 'bag-info.txt',
  manifest: 'manifest-sha256.txt',
  tagManifest: 'tagmanifest-sha256.txt',
  readMe: 'READ ME FIRST.txt',
} as const

/** Holds the name of the program that writes now; removed when it ends. */
export const lockFile = '.lifeboat-lock'
/** Messages too large for memory, and by account what waits to be put in place; emptied on opening, after repairs. */
export const scratchFolder = '.lifeboat-scratch'
export const payloadFolder = 'data'
export const mailFolder = 'Mail'
export const filesFolder = 'Files'
export const mailIndex = 'Mail/index.csv'
/** Attachments as ordinary files, by year. */
export const attachmentsFolder = 'Mail/Attachments'
export const filesIndex = 'Files/index.csv'
/** What collections of the vault hold: what a service has, or the provider's own JSON of what was converted. */
export type StoredKind = Service | 'originals'
/** The folder that holds the folders and files of the collections. */
export const serviceFolders: Readonly<Record<StoredKind, string>> = {
  mail: mailFolder,
  contacts: 'Contacts',
  calendar: 'Calendars',
  files: filesFolder,
  originals: 'Originals',
}
const bookExtensions = { contacts: '.vcf', calendar: '.ics', originals: '.jsonl', mail: '', files: '' } as const

/** Of the file of an address book or calendar, or of the originals of one; '' for what has a folder. */
export function bookExtension(kind: StoredKind): '.vcf' | '.ics' | '.jsonl' | '' {
  return bookExtensions[kind]
}

/** Derived tables: everything in them comes from the journals. */
export const indexes: readonly string[] = [mailIndex, filesIndex]
/** What a run superseded or removed: `History/<run>/<path it had>`. */
export const historyFolder = 'History'
export const journalFolder = 'Journal'

/** An mbox never grows past this: FAT32 and every mail program can take it. Octets. */
export const maxMboxLength = 2 ** 31 - 1

export function accountFolder(account: string): string {
  return uniqueName(account, () => false)
}

/** `2025.mbox`, `2025 (2).mbox`, … */
export function mboxName(year: number, part: number): string {
  const stem = String(year).padStart(4, '0')
  return part === 1 ? `${stem}.mbox` : `${stem} (${part}).mbox`
}

export function isMboxName(name: string): boolean {
  return /^\d{4}( \(\d+\))?\.mbox$/.test(name)
}

/** Whether the vault needs a name for itself that a collection's folder would take. `isTop`: in the folder of the service. */
export function isReserved(service: StoredKind, isTop: boolean, key: string): boolean {
  switch (service) {
    case 'mail':
      if (/^\d+( \(\d+\))?\.mbox$/.test(key)) return true
      return isTop && [collisionKey('index.csv'), collisionKey('Attachments')].includes(key)
    case 'contacts':
    case 'calendar':
      return /\.(?:vcf|ics)$/.test(key)
    case 'originals':
      return /\.jsonl$/.test(key)
    case 'files':
      return isTop && key === collisionKey('index.csv')
  }
}

/** `path`: in the vault. */
export function isAttachment(path: string): boolean {
  const [top, account, ...rest] = path.split('/')
  return top === payloadFolder && account !== undefined && rest.join('/').startsWith(`${attachmentsFolder}/`)
}

/** The run's id from its UTC start: `2026-11-22T073105Z`, a name that every file system takes. */
export function runId(start: Date): string {
  return `${start.toISOString().slice(0, 19).replaceAll(':', '')}Z`
}

/** As `runId` gives them, also where one had to be made up after the last. */
export function isRunId(name: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{6}Z$/.test(name)
}

export function journalPath(run: string): string {
  return `${journalFolder}/${run}.jsonl`
}

/** A path inside the vault or the account's folder as the system writes it. */
export function systemPath(root: string, path: string): string {
  return join(root, ...path.split('/'))
}

/** Where what a `place` entry calls `staged` lies until it is put in place. `root`: the account's folder. */
export function stagedPath(vault: string, root: string, staged: string): string {
  return join(vault, scratchFolder, basename(root), staged)
}
