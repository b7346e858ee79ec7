/** Names of what a restore brings to an account. */
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

const between = ' – '

/** Calendars, address books and groups lie in no folder: the names of the way to one, joined. */
export function flatName(into: readonly string[], path: readonly string[]): string {
  return [...into, ...path].join(between)
}

/** Whether it is the flat name of something that a restore has put below folders of its own. */
export function isFlatBelow(name: string, into: readonly string[]): boolean {
  return into.length > 0 && name.startsWith(flatName(into, ['']))
}
