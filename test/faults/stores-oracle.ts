/**
 * Reads contacts, calendars and files from a vault's plain files as FORMAT.md describes it, and says what is wrong with them. Shares
 * no code with the vault, so that both do not err alike.
 */
import { sha256 } from '../fixtures/memory-account.ts'
import { below, committed } from './oracle.ts'

interface Frame {
  readonly lineEnds: 'crlf' | 'lf' | 'asis'
  readonly lineEndsAfter: number
  readonly header?: string
  readonly zones?: readonly (string | { readonly text: string })[]
  readonly zonesLast?: true
}

interface Version {
  readonly c: number
  readonly key: string
  path: string
  readonly sha256: string
  readonly length: number
  readonly frame?: Frame
  readonly text?: string
  removed: boolean
}

export interface FoldedItems {
  /** By `<c> <key>`. */
  readonly items: Map<string, Version>
  readonly former: Version[]
  readonly collections: Map<number, string>
  /** Number of the collection that the originals belong to, by that of the originals. */
  readonly originals: Map<number, number>
  /** What stands in a file with many, in its order. */
  readonly lists: Map<string, Version[]>
  readonly heads: Map<string, number>
  readonly sizes: Map<string, number>
}

/** `files`: of the account's folder, by path relative to it. */
export function foldItems(files: ReadonlyMap<string, Buffer>): FoldedItems {
  const folded: FoldedItems = {
    ...{
      items: new Map(),
      former: [],
      collections: new Map(),
      originals: new Map(),
      lists: new Map(),
      heads: new Map(),
      sizes: new Map(),
    },
  }
  for (const path of [...files.keys()].filter((path) => path.startsWith('Journal/')).sort())
    for (const entry of committed(files.get(path) ?? Buffer.alloc(0)).entries) applyEntry(folded, entry)
  return folded
}

type Entry = ReturnType<typeof committed>['entries'][number]

function applyEntry(folded: FoldedItems, entry: Entry): void {
  const { items, collections, heads, sizes } = folded
  const known = items.get(`${entry['c']} ${entry['key']}`)
  const path = String(entry['path'])
  if (entry.op === 'collection' && entry['service'] === 'originals')
    folded.originals.set(Number(entry['c']), Number(entry['key']))
  else if (entry.op === 'collection') collections.set(Number(entry['c']), (entry['path'] as string[]).join('/'))
  else if (entry.op === 'move' || entry.op === 'rename') applyRename(folded, entry)
  else if (entry.op === 'place') {
    sizes.set(path, Number(entry['size']))
    if (entry['head'] !== undefined) heads.set(path, Number(entry['head']))
  } else if (entry.op === 'put') applyPut(folded, entry, known)
  else if (entry.op === 'remove' && known !== undefined) applyRemove(folded, entry, known)
}

function applyRename({ items, former, lists, heads, sizes }: FoldedItems, entry: Entry): void {
  const [from, to] = [String(entry['from']), String(entry['to'])]
  const renamed = (path: string) =>
    path === from ? to : entry.op === 'rename' && path.startsWith(`${from}/`) ? to + path.slice(from.length) : path
  for (const version of [...items.values(), ...former]) version.path = renamed(version.path)
  for (const map of [lists, heads, sizes] as Map<string, unknown>[]) {
    for (const [path, value] of [...map]) {
      map.delete(path)
      map.set(renamed(path), value)
    }
  }
}

function applyPut({ items, former, lists }: FoldedItems, entry: Entry, known: Version | undefined): void {
  const version: Version = {
    ...(entry as unknown as Version),
    length: Number(entry['length'] ?? entry['size']),
    removed: false,
  }
  const isOther = known?.sha256 !== version.sha256 || known.path !== version.path || entry['history'] !== undefined
  if (known !== undefined && isOther) former.push(known)
  const list = listOf(lists, version.path)
  const at = known === undefined ? -1 : list.indexOf(known)
  if (version.frame !== undefined) list.splice(at < 0 ? list.length : at, at < 0 ? 0 : 1, version)
  else if (at >= 0) list.splice(at, 1)
  // What was removed stays where it went.
  if (known !== undefined && !known.removed && known.path !== version.path) remove(lists, known)
  if (known !== undefined && entry['history'] !== undefined) append(lists, known, String(entry['history']))
  items.set(`${version.c} ${version.key}`, version)
}

function applyRemove({ items, lists }: FoldedItems, entry: Entry, known: Version): void {
  if (known.frame !== undefined && !known.path.startsWith('History/')) remove(lists, known)
  if (entry['history'] !== undefined) append(lists, known, String(entry['history']))
  if (entry['rekeyed'] !== undefined) items.delete(`${known.c} ${known.key}`)
  else known.removed = true
}

function listOf(lists: Map<string, Version[]>, path: string): Version[] {
  const list = lists.get(path) ?? []
  lists.set(path, list)
  return list
}

function remove(lists: Map<string, Version[]>, version: Version): void {
  const list = lists.get(version.path)
  const at = list?.indexOf(version) ?? -1
  if (at >= 0) list?.splice(at, 1)
}

function append(lists: Map<string, Version[]>, version: Version, path: string): void {
  version.path = path
  listOf(lists, path).push(version)
}

/** The octets of everything that was ever saved: by item or version; null for one that is not there. */
function contentsOf(files: ReadonlyMap<string, Buffer>, folded: FoldedItems): Map<Version, Buffer | null> {
  const found = new Map<Version, Buffer | null>()
  for (const version of [...folded.items.values(), ...folded.former])
    if (version.frame === undefined) found.set(version, files.get(version.path) ?? null)
  for (const [path, list] of folded.lists) {
    const bytes = files.get(path)
    let at = folded.heads.get(path) ?? 0
    const zones = zonesOf(bytes?.subarray(0, at) ?? Buffer.alloc(0))
    for (const version of list) {
      const text = bytes?.subarray(at, at + version.length)
      at += version.length
      found.set(version, text === undefined || version.frame === undefined ? null : restore(text, version.frame, zones))
    }
  }
  return found
}

function zonesOf(head: Buffer): Map<string, string> {
  const zones = [...head.toString('latin1').matchAll(/^BEGIN:VTIMEZONE\r\n[\s\S]*?^END:VTIMEZONE\r\n/gm)].map(([text]) => text)
  return new Map(zones.map((text) => [/^TZID:(.*)\r$/m.exec(text)?.[1] ?? '', text]))
}

function restore(
  text: Buffer,
  { header, zones, zonesLast, lineEnds, lineEndsAfter }: Frame,
  defined: Map<string, string>,
): Buffer {
  if (lineEnds === 'asis') return text
  let whole = text.toString('latin1')
  if (zones !== undefined) {
    const all = zones.map((zone) => (typeof zone === 'string' ? defined.get(zone) : latin1(zone.text))).join('')
    whole = `BEGIN:VCALENDAR\r\n${latin1(header ?? '')}${zonesLast === true ? whole + all : all + whole}END:VCALENDAR\r\n`
  }
  const ended = whole.slice(0, -2) + '\r\n'.repeat(lineEndsAfter)
  return Buffer.from(lineEnds === 'lf' ? ended.replaceAll('\r\n', '\n') : ended, 'latin1')
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** SHA-256 of what is in the account now, by collection, sorted. */
export function liveItems({ items, collections }: FoldedItems): Record<string, string[]> {
  const live: Record<string, string[]> = {}
  for (const name of collections.values()) live[name] = []
  for (const item of items.values()) if (!item.removed) live[collections.get(item.c) ?? '?']?.push(item.sha256)
  for (const sums of Object.values(live)) sums.sort()
  return live
}

/** `<collection> <SHA-256>` of every version that can be read back, each as often as it is there. */
export function readableVersions(account: ReadonlyMap<string, Buffer>): string[] {
  const folded = foldItems(account)
  return [...contentsOf(account, folded)]
    .filter(([version, bytes]) => bytes !== null && sha256(bytes) === version.sha256)
    .map(([version]) => `${folded.collections.get(version.c)} ${version.sha256}`)
    .sort()
}

/** What is wrong with the files of a vault of one account. */
export function flawsOfItems(vault: ReadonlyMap<string, Buffer>, account: string): string[] {
  const files = below(vault, `data/${account}`)
  const folded = foldItems(files)
  const problems: string[] = []
  for (const [{ key, path, sha256: sum }, bytes] of contentsOf(files, folded))
    if (bytes === null || sha256(bytes) !== sum) problems.push(`${key} in ${path} ${bytes === null ? 'is not there' : 'differs'}`)
  for (const [path, list] of folded.lists) {
    if (!folded.heads.has(path)) continue
    const tail = path.endsWith('.ics') ? 'END:VCALENDAR\r\n' : ''
    const length = list.reduce((sum, item) => sum + item.length, (folded.heads.get(path) ?? 0) + tail.length)
    if (files.get(path)?.length !== length) problems.push(`${path} has ${files.get(path)?.length} octets instead of ${length}`)
  }
  problems.push(...withoutOriginal(folded))
  const known = new Set([...folded.lists.keys(), ...folded.sizes.keys(), ...folded.former.map(({ path }) => path)])
  for (const path of files.keys())
    if (!/^(Journal\/|Mail\/|Files\/index\.csv$)/.test(path) && !known.has(path)) problems.push(`${path} is nobody's`)
  return problems
}

/** Once a provider gives originals, no item is committed without its own. */
function withoutOriginal({ items, originals }: FoldedItems): string[] {
  return [...originals].flatMap(([c, owner]) =>
    [...items.values()]
      .filter((item) => item.c === owner && !item.removed && items.get(`${c} ${item.key}`)?.removed !== false)
      .map(({ key }) => `${key} is there without its original`),
  )
}
