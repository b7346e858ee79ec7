/** Takeout cuts a large export into zips `takeout-<time>-001.zip`, `-002.zip` …, each a whole zip with other files. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const partName = /^(takeout-.+)-(\d{1,4})\.zip$/i

/** The paths of all parts of the export that `path` belongs to, or only itself. */
export async function zipParts(path: string): Promise<string[]> {
  const stem = partName.exec(basename(path))?.[1]
  if (stem === undefined) return [path]
  const names = await readdir(dirname(path))
  const parts = names.filter((name) => partName.exec(name)?.[1] === stem)
  return parts.sort().map((name) => join(dirname(path), name))
}

/** Names of parts that must exist because a later one does. */
export function missingParts(names: readonly string[]): string[] {
  const found = new Map<string, Map<number, number>>()
  for (const name of names) {
    const [, stem, digits] = partName.exec(name) ?? []
    if (stem === undefined || digits === undefined) continue
    const numbers = found.get(stem) ?? new Map<number, number>()
    found.set(stem, numbers.set(Number(digits), digits.length))
  }
  return [...found].flatMap(([stem, numbers]) => {
    const last = Math.max(...numbers.keys())
    const all = Array.from({ length: last }, (_, i) => i + 1)
    const missing = all.filter((number) => !numbers.has(number))
    return missing.map((number) => `${stem}-${String(number).padStart(numbers.get(last) ?? 3, '0')}.zip`)
  })
}
