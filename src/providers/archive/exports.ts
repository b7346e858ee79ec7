/** What is known of the exports that Google (Takeout) and Apple (privacy.apple.com) make. */
import type { Path } from './tree.ts'

/** What Google calls its Drive where it translates the name, as it does with all folders of a Takeout. */
const googleDrive = /^(?:(?:google )?drive|ドライブ|云端硬盘|雲端硬碟|드라이브|диск|ไดรฟ์)$/iu

/** The name of the drive that begins at this folder: Google Drive within a Takeout, iCloud Drive; null where none does. */
export function driveName(path: Path): string | null {
  const name = path.at(-1) ?? ''
  if (path.at(-2) === 'Takeout' && googleDrive.test(name.normalize('NFC'))) return 'Drive'
  return isApples(name, 'icloud drive') ? 'iCloud Drive' : null
}

/**
 * How many folders lie between the one that a drive begins at and what the person sees as the drive's root. Apple wraps it twice:
 * `iCloud Drive/Drive/…`, or `iCloud Drive Part 1 of 2/Drive/…`. `folders`: all that the drive begins with.
 */
export function wrappersOf(drive: string, folders: readonly string[]): number {
  return drive === 'iCloud Drive' && folders.length === 1 && folders[0] === 'Drive' ? 1 : 0
}

/** Whether each file of this folder is a calendar, however little is in it. */
export function holdsCalendars(path: Path): boolean {
  return path.some((name) => isApples(name, 'icloud calendars and reminders'))
}

/** The path of an address book or calendar without what Apple wraps it in: parts of one export, and the folder of all cards. */
export function withoutApples(path: Path): Path {
  const named = path.map((name) => (/^icloud /i.test(name) ? withoutPart(name) : name))
  return named.at(-1) === 'vCards' && isApples(named.at(-2) ?? '', 'icloud contacts') ? named.slice(0, -1) : named
}

function isApples(folder: string, service: string): boolean {
  return withoutPart(folder).toLowerCase() === service
}

function withoutPart(name: string): string {
  return name.replace(/(?<=.) Part \d{1,3} of \d{1,3}$/i, '')
}

/** The part of a file's path below `Takeout`; null for a file of no Takeout. */
export function takeoutPath(path: Path): Path | null {
  const at = path.lastIndexOf('Takeout')
  return at < 0 || at === path.length - 1 ? null : path.slice(at + 1)
}

/**
 * Whether a zip is a part of an export, so that what it holds is wanted and not the zip. `folders`: at its root. Apple calls its
 * zips `iCloud Contacts.zip` or `iCloud Drive Part 1 of 2.zip`, with a folder of that name in them.
 */
export function isExport(name: string, folders: readonly string[]): boolean {
  if (folders.includes('Takeout')) return true
  return /^(?:icloud|apple) .*\.zip$/i.test(name) && folders.some((folder) => name.toLowerCase().startsWith(folder.toLowerCase()))
}
