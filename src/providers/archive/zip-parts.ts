/**
 * Takeout cuts a large export into zips `takeout-<time>-001.zip`, `-002.zip` …, Apple into `iCloud Drive Part 1 of 3.zip` …; each is
 * a whole zip with other files.
 */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

interface Part {
  /** The same for all parts of an export. */
  readonly export: string
  readonly number: number
  /** How many there are, where the name tells. */
  readonly count?: number
  name(number: number): string
}

function partOf(zip: string): Part | null {
  const [, takeout, digits] = /^(takeout-.+)-(\d{1,4})\.zip$/i.exec(zip) ?? []
  if (takeout !== undefined && digits !== undefined) {
    const name = (number: number) => `${takeout}-${String(number).padStart(digits.length, '0')}.zip`
    return { export: takeout, number: Number(digits), name }
  }
  const [, apples, number, count] = /^((?:icloud|apple) .+) Part (\d{1,3}) of (\d{1,3})\.zip$/i.exec(zip) ?? []
  if (apples === undefined) return null
  const name = (other: number) => `${apples} Part ${other} of ${count}.zip`
  return { export: `${apples} of ${count}`, number: Number(number), count: Number(count), name }
}

/** Whether a zip of this name comes from an export of Google or Apple. */
export function isExportName(zip: string): boolean {
  return partOf(zip) !== null || /^(?:icloud|apple) .*\.zip$/i.test(zip)
}

/** The paths of all parts of the export that `path` belongs to, or only itself. */
export async function zipParts(path: string): Promise<string[]> {
  const part = partOf(basename(path))
  if (part === null) return [path]
  const parts = (await readdir(dirname(path))).flatMap((name) => {
    const found = partOf(name)
    return found?.export === part.export ? [{ name, number: found.number }] : []
  })
  return parts.sort((a, b) => a.number - b.number).map(({ name }) => join(dirname(path), name))
}

/** Names of parts that must exist because a later one does, or because a name tells how many there are. */
export function missingParts(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => partOf(name) ?? [])
  return [...Map.groupBy(parts, (part) => part.export).values()].flatMap((found) => {
    const numbers = new Set(found.map(({ number }) => number))
    const last = found.reduce((a, b) => (a.number > b.number ? a : b))
    const all = Array.from({ length: last.count ?? last.number }, (_, n) => n + 1)
    return all.filter((number) => !numbers.has(number)).map((number) => last.name(number))
  })
}
