/** Names of files on their way to a drive. */
import type { RestoreItem } from '../../core/target.ts'

/** One text for the names of a path. */
export function keyOf(names: readonly string[]): string {
  return JSON.stringify(names)
}

/** Folders and name from the drive's root down; never empty. */
export function namesOf({ meta, title }: RestoreItem): string[] {
  const path = meta['path']
  const names = Array.isArray(path) ? path.filter((name): name is string => typeof name === 'string' && name !== '') : []
  return names.length === 0 ? [title || 'Untitled'] : names
}

/** `letter.txt` as `letter (restored 1a2b3c4d).txt`. */
export function besideName(name: string, sha256: string): string {
  const [, stem = name, ending = ''] = /^(.+?)(\.\w{1,10})?$/s.exec(name) ?? []
  return `${stem} (restored ${sha256.slice(0, 8)})${ending}`
}
