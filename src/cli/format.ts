/** How numbers, sizes, times and tables look for a person. */
import type { Service } from '../core/account.ts'
import { printable } from './printable.ts'

/** What a person calls them. */
export const serviceWords: Readonly<Record<Service, string>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendar: 'calendars',
  files: 'files',
}

/** `, without contacts and files, which were not restored`; nothing where nothing was left out. */
export function withoutServices(services: readonly Service[] = []): string {
  if (services.length === 0) return ''
  const names = services.map((service) => serviceWords[service])
  return `, without ${new Intl.ListFormat('en').format(names)}, which were not restored`
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** `12,345`. By hand: the first `Intl.NumberFormat` takes as long as loading half the command. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 message`, `2 messages`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

const itemWords: Readonly<Record<Service, readonly [one: string, many: string]>> = {
  mail: ['message', 'messages'],
  contacts: ['contact', 'contacts'],
  calendar: ['entry', 'entries'],
  files: ['file', 'files'],
}

/** `2 contacts`; `2 items` where they are of several services. None of them: messages. */
export function countOf(services: Service | Iterable<Service>, count: number): string {
  const [first = 'mail', ...others] = new Set(typeof services === 'string' ? [services] : services)
  return others.length > 0 ? plural(count, 'item') : plural(count, ...itemWords[first])
}

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`
}

/** Rough, as an estimate should be. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** RFC 3339 as local `2026-11-22 07:31`; what is no date stays as it is. */
export function formatDate(date: string): string {
  const time = new Date(date)
  if (Number.isNaN(time.getTime())) return printable(date)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** A path of names from outside, on one line. */
export function formatPath(path: readonly string[]): string {
  return printable(path.join('/'))
}

/** Upper bound of the columns a text takes: everything beyond the scripts that are surely narrow counts as two. */
function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  return width
}

function isWide(code: number): boolean {
  return code >= 0x1100 && !(code >= 0x1e00 && code <= 0x22ff)
}

/** At most `width` columns, with `…` where something is left out. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 1
  for (const character of text) {
    used += displayWidth(character)
    if (used > width) break
    kept += character
  }
  return `${kept}…`
}

export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** Longer cells are cut to this many columns. */
  readonly limit?: number
}

/** Lines of a table, the title line first. Cells must be printable already. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map((column) => column.title), ...rows].map((row) =>
    columns.map((column, i) => shorten(row[i] ?? '', column.limit ?? 60)),
  )
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => displayWidth(row[i] ?? ''))))
  return cells.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.align === 'right'))
      .join('  ')
      .trimEnd(),
  )
}

/** Filled with blanks to so many columns. */
export function pad(cell: string, width: number, right = false): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(cell)))
  return right ? space + cell : cell + space
}
