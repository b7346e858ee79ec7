/** Reads back what a rehearsal has restored, with code that shares nothing with the restore. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Service } from '../core/account.ts'
import { type Collection, type Content, type Item, isFolder } from '../core/items.ts'
import type { Source } from '../core/source.ts'
import { decodeName, isShortened } from '../formats/names.ts'
import type { Connection } from './account-backup.ts'
import { sumOfFiles } from './readback-files.ts'

const nothing = createHash('sha256').digest('hex')

/** An item as it came back. */
export interface CameBack {
  readonly sha256: string
  /** Null where the target has none. */
  readonly flags: readonly string[] | null
  /** RFC 3339; null where the target has none. */
  readonly date: string | null
  /** Of a file: folders and name, where that is to be compared and its spelling tells. */
  readonly path?: readonly string[]
  /** A folder that holds nothing. */
  readonly isFolder?: true
}

const maildirFlags: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  P: '$Forwarded',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
}

/** Everything in the folders of collections; for mail a Maildir each. */
export async function readFolders<Place>(
  folders: readonly { readonly place: Place; readonly folder: string }[],
  service: Service,
  signal: AbortSignal,
  came: (place: Place, item: CameBack) => void,
): Promise<void> {
  const found = new Map<string, { readonly place: Place; readonly folder: string; readonly keywords: readonly string[] }>()
  for (const { place, folder } of folders) {
    const keywords = service === 'mail' ? dovecotKeywords(folder) : []
    const isEmpty = (path: string) =>
      came(place, { sha256: nothing, flags: null, date: null, isFolder: true, ...pathBelow(folder, path) })
    for (const path of service === 'mail' ? filesOf(join(folder, 'cur')) : filesBelow(folder, isEmpty))
      found.set(path, { place, folder, keywords })
  }
  await sumOfFiles([...found.keys()], signal, ({ path, sha256, modified }) => {
    const about = found.get(path)
    if (about === undefined) return
    const date = new Date(modified).toISOString()
    if (service === 'files') came(about.place, { sha256, flags: null, date, ...pathBelow(about.folder, path) })
    else if (service !== 'mail') came(about.place, { sha256, flags: null, date: null })
    else came(about.place, { sha256, flags: maildirFlagsOf(path, about.keywords), date })
  })
}

/** A shortened name only the restore itself could tell. */
function pathBelow(folder: string, path: string): { readonly path?: readonly string[] } {
  const spellings = relative(folder, path).split(sep)
  return spellings.some(isShortened) ? {} : { path: spellings.map(decodeName) }
}

function maildirFlagsOf(path: string, keywords: readonly string[]): string[] {
  const letters = /[:;]2,(.*)$/.exec(basename(path))?.[1] ?? ''
  return [...letters].map((letter) => maildirFlags[letter] ?? keywords[letter.charCodeAt(0) - 97] ?? letter).sort()
}

/** What a Maildir can hold besides the flags that all have. */
export function dovecotKeywords(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'dovecot-keywords'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\d+ /, ''))
  } catch {
    return []
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name))
}

/** Also tells of each folder below that holds nothing. */
function* filesBelow(folder: string, isEmpty: (path: string) => void): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) yield path
    else if (readdirSync(path).length === 0) isEmpty(path)
    else yield* filesBelow(path, isEmpty)
  }
}

/** The same from an account: every collection that `isWanted`. */
export async function* readAccount(
  { account, provider, context }: Connection,
  service: Service,
  isWanted: (path: readonly string[]) => boolean,
  signal: AbortSignal,
): AsyncGenerator<{ readonly path: readonly string[]; readonly item: CameBack }> {
  const source = provider.source(account, service, context)
  try {
    const collections: Collection[] = []
    for await (const collection of source.collections(signal))
      if (collection.skipped === undefined && isWanted(collection.path)) collections.push(collection)
    for (const collection of collections)
      for await (const item of readCollection(source, collection, signal)) yield { path: collection.path, item }
  } finally {
    await source.close()
  }
}

async function* readCollection(source: Source, collection: Collection, signal: AbortSignal): AsyncGenerator<CameBack> {
  const items = new Map<string, Item>()
  for await (const change of source.changes(collection, null, signal))
    if (change.kind === 'item') items.set(change.item.key, change.item)
  const listed = [...items.values()]
  for (let i = 0; i < listed.length; i += 200) {
    for await (const answer of source.fetch(collection, listed.slice(i, i + 200), signal)) {
      if ('error' in answer) throw answer.error
      yield { ...aboutOf(items.get(answer.key)), sha256: await sumOf(answer.content) }
    }
  }
}

function aboutOf(item: Item | undefined): Omit<CameBack, 'sha256'> {
  const { flags } = item?.meta ?? {}
  const date = item === undefined || isFolder(item.meta) ? null : (item.date ?? null)
  const about = { flags: Array.isArray(flags) ? flags.map(String).sort() : null, date }
  return item !== undefined && isFolder(item.meta) ? { ...about, isFolder: true } : about
}

export async function sumOf(content: Content): Promise<string> {
  const sum = createHash('sha256')
  if (content instanceof Uint8Array) sum.update(content)
  else for await (const chunk of content) sum.update(chunk)
  return sum.digest('hex')
}

/** The path itself, or the nearest folder above it that is there. */
export function nearestFolder(path: string): string {
  try {
    return statSync(path).isDirectory() ? path : dirname(path)
  } catch {
    return nearestFolder(dirname(path))
  }
}
