/** What is known of the exports that Google (Takeout) and Apple (privacy.apple.com) make. */
import type { Path } from './tree.ts'

/** The name of the drive that begins at this folder: Google Drive within a Takeout, iCloud Drive; null where none does. */
export function driveName(path: Path): string | null {
  const name = path.at(-1) ?? ''
  if (path.at(-2) === 'Takeout' && /^(?:google )?drive$/i.test(name)) return 'Drive'
  return /^icloud drive$/i.test(name) ? 'iCloud Drive' : null
}

/** The part of a file's path below `Takeout`; null for a file of no Takeout. */
export function takeoutPath(path: Path): Path | null {
  const at = path.lastIndexOf('Takeout')
  return at < 0 || at === path.length - 1 ? null : path.slice(at + 1)
}

/**
 * Whether a zip is a part of an export, so that what it holds is wanted and not the zip. `folders`: at its root. Apple calls its
 * zips `iCloud Drive.zip` or `iCloud Contacts Part 1 of 2.zip`, with a folder of that name in them.
 */
export function isExport(name: string, folders: readonly string[]): boolean {
  if (folders.includes('Takeout')) return true
  return /^(?:icloud|apple) .*\.zip$/i.test(name) && folders.some((folder) => name.toLowerCase().startsWith(folder.toLowerCase()))
}
