/**
 * Reads a vault from its plain files as FORMAT.md describes it and says what is wrong with it. Shares no code with the vault, so that
 * both do not err alike.
 */
import { createHash } from 'node:crypto'

type Entry = Record<string, unknown> & { readonly op: string }

export interface Saved {
  readonly c: number
  readonly key: string
  path: string
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly sha256: string
  removed: boolean
}

export interface Folded {
  /** By `<c> <key>`. */
  readonly items: Map<string, Saved>
  readonly collections: Map<number, { name: string; gone: boolean }>
  /** Every record that was ever saved: `<path> <offset>`. */
  readonly places: Map<string, Saved>
  /** Length of the committed part of each journal. */
  readonly journals: Map<string, number>
}

/** `files`: of the account's folder, by path relative to it. */
export function fold(files: ReadonlyMap<string, Buffer>): Folded {
  const folded: Folded = { items: new Map(), collections: new Map(), places: new Map(), journals: new Map() }
  for (const path of [...files.keys()].filter((path) => path.startsWith('Journal/')).sort()) {
    const { entries, length } = committed(files.get(path) ?? Buffer.alloc(0))
    folded.journals.set(path, length)
    for (const entry of entries) applyEntry(folded, entry)
  }
  return folded
}

export function committed(journal: Buffer): { readonly entries: readonly Entry[]; readonly length: number } {
  let entries: Entry[] = []
  let length = 0
  let lines: Entry[] = []
  for (let start = 0; start < journal.length; ) {
    const end = journal.indexOf(10, start) + 1
    const entry = end === 0 ? null : parse(journal.toString('utf8', start, end))
    if (entry === null) break
    if (entry.op === 'commit' && entry['sha256'] !== sha256(journal.subarray(0, start))) break
    if (entry.op === 'end' && lines.length > 0) break
    lines.push(entry)
    if (entry.op === 'commit' || entry.op === 'end') {
      entries = [...entries, ...lines]
      lines = []
      length = end
    }
    start = end
  }
  return { entries, length }
}

function parse(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'op' in value ? (value as Entry) : null
  } catch {
    return null
  }
}

function applyEntry({ items, collections, places }: Folded, entry: Entry): void {
  const id = `${entry['c']} ${entry['key']}`
  const item = items.get(id)
  if (entry.op === 'collection') collections.set(Number(entry['c']), { name: (entry['path'] as string[]).join('/'), gone: false })
  else if (entry.op === 'gone') collections.set(Number(entry['c']), { name: '', gone: true })
  else if (entry.op === 'put') {
    const saved = { ...(entry as unknown as Saved), removed: false }
    items.set(id, saved)
    places.set(`${saved.path} ${saved.offset}`, { ...saved })
  } else if (entry.op === 'remove' && entry['rekeyed'] !== undefined) items.delete(id)
  else if (entry.op === 'remove' && item !== undefined) item.removed = true
  else if (entry.op === 'rename') {
    const [from, to] = [`${entry['from']}/`, `${entry['to']}/`]
    const all = [...places.values()]
    places.clear()
    for (const place of new Set([...items.values(), ...all]))
      if (place.path.startsWith(from)) place.path = to + place.path.slice(from.length)
    for (const place of all) places.set(`${place.path} ${place.offset}`, place)
  }
}

/** The original message of a record. @throws when the record is none */
function decode(record: Buffer): Buffer {
  const claim = /^From [^\n]*\nX-Lifeboat: v=1; lines=(\d+); size=(\d+); sha256=[0-9a-f]{64}; eol=(crlf|asis); id=/.exec(
    record.toString('latin1'),
  )
  if (claim === null) throw new Error('no record')
  let start = 0
  for (let lines = Number(claim[1]) + 1; lines > 0; lines--) start = record.indexOf(10, start) + 1
  const unquoted = record.toString('latin1', start).replace(/^>(>*From )/gm, '$1')
  const original = claim[3] === 'crlf' ? unquoted.replaceAll('\n', '\r\n') : unquoted
  return Buffer.from(original.slice(0, Number(claim[2])), 'latin1')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What is in a folder of the vault, by path relative to it. */
export function below(files: ReadonlyMap<string, Buffer>, folder: string): Map<string, Buffer> {
  const prefix = `${folder}/`
  return new Map(
    [...files].filter(([path]) => path.startsWith(prefix)).map(([path, bytes]) => [path.slice(prefix.length), bytes]),
  )
}

/** SHA-256 of what is in the account now, by folder, sorted. */
export function liveContents({ items, collections }: Folded): Record<string, string[]> {
  const live: Record<string, string[]> = {}
  for (const { name, gone } of collections.values()) if (!gone) live[name] = []
  for (const item of items.values()) if (!item.removed) live[collections.get(item.c)?.name ?? '?']?.push(item.sha256)
  for (const sums of Object.values(live)) sums.sort()
  return live
}

/** SHA-256 of every message by the mbox file's folder, read from the files alone: shows what is stored twice. */
export function storedContents(account: ReadonlyMap<string, Buffer>): Record<string, string[]> {
  const stored: Record<string, string[]> = {}
  for (const [path, bytes] of account) {
    if (!path.endsWith('.mbox')) continue
    const folder = path.slice(0, path.lastIndexOf('/'))
    const sums = records(bytes).map((record) => sha256(decode(record)))
    stored[folder] = [...(stored[folder] ?? []), ...sums].sort()
  }
  return stored
}

function records(mbox: Buffer): Buffer[] {
  const starts = [...mbox.toString('latin1').matchAll(/^From /gm)].map(({ index }) => index)
  return starts.map((start, n) => mbox.subarray(start, starts[n + 1] ?? mbox.length))
}

/** The saved messages that cannot be read back octet for octet. */
export function unreadable(account: ReadonlyMap<string, Buffer>, saved: Iterable<Saved>): string[] {
  const problems: string[] = []
  for (const { key, path, offset, length, size, sha256: sum } of saved) {
    const record = account.get(path)?.subarray(offset, offset + length)
    try {
      const original = decode(record ?? Buffer.alloc(0))
      if (sha256(original) === sum && original.length === size) continue
      problems.push(`${key} in ${path} at ${offset} differs`)
    } catch {
      problems.push(`${key} in ${path} at ${offset} is not there`)
    }
  }
  return problems
}

/** Everything that is wrong with a vault of one account after a run that went well. A lock that could not be removed is no harm. */
export function flaws(vault: ReadonlyMap<string, Buffer>, account: string): string[] {
  const files = below(vault, `data/${account}`)
  const folded = fold(files)
  return [...unreadable(files, folded.places.values()), ...badLengths(files, folded), ...badSums(vault), ...strangeFiles(vault)]
}

/** Journals end with their last commit, and each mbox file is made of the records that the journals speak of. */
function badLengths(files: ReadonlyMap<string, Buffer>, { places, journals }: Folded): string[] {
  const problems: string[] = []
  for (const [path, length] of journals)
    if (files.get(path)?.length !== length) problems.push(`${path} goes on after its last commit`)
  for (const [path, bytes] of files) {
    if (!path.endsWith('.mbox')) continue
    const here = [...places.values()].filter((place) => place.path === path).sort((a, b) => a.offset - b.offset)
    let end = 0
    for (const { offset, length } of here) {
      if (offset !== end) problems.push(`${path}: octets ${end} to ${offset} belong to no message`)
      end = offset + length
    }
    if (end !== bytes.length) problems.push(`${path}: octets ${end} to ${bytes.length} belong to no message`)
    if (records(bytes).length !== here.length)
      problems.push(`${path}: ${records(bytes).length} records, ${here.length} in the journals`)
  }
  return problems
}

/** What `sha256sum -c` would say, and that nothing is unlisted. */
export function badSums(vault: ReadonlyMap<string, Buffer>): string[] {
  const problems: string[] = []
  for (const [list, names] of [
    ['manifest-sha256.txt', [...vault.keys()].filter((path) => path.startsWith('data/'))],
    ['tagmanifest-sha256.txt', ['READ ME FIRST.txt', 'bag-info.txt', 'bagit.txt', 'manifest-sha256.txt']],
  ] as const) {
    const lines = (vault.get(list)?.toString() ?? '').split('\n').filter((line) => line !== '')
    const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
    for (const [path, sum] of sums)
      if (sha256(vault.get(path) ?? Buffer.alloc(0)) !== sum || !vault.has(path)) problems.push(`${list}: ${path} FAILED`)
    for (const name of names) if (!sums.has(name)) problems.push(`${list} does not list ${name}`)
  }
  if (!vault.get('bag-info.txt')?.includes('\nLifeboat-State: complete\n')) problems.push('bag-info.txt does not say complete')
  return problems
}

export function strangeFiles(vault: ReadonlyMap<string, Buffer>): string[] {
  const known =
    /^(\.lifeboat-lock|READ ME FIRST\.txt|bagit\.txt|bag-info\.txt|(tag)?manifest-sha256\.txt|data\/[^/]+\/(Mail\/index\.csv|Mail\/.+\/\d{4}( \(\d+\))?\.mbox|Files\/index\.csv|(Contacts|Calendars|Files|Originals|History)\/.+|Journal\/[\dTZ-]+\.jsonl))$/
  return [...vault.keys()].filter((path) => !known.test(path)).map((path) => `${path} is left over`)
}
