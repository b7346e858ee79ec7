/** Reads back what a rehearsal has restored, with code that shares nothing with the restore. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Collection, Content, Service, Source } from '../core/types.ts'
import type { Connection } from './account-backup.ts'
import { sumOfFiles } from './readback-files.ts'

/** An item as it came back. */
export interface CameBack {
  readonly sha256: string
  /** Null where the target has none. */
  readonly flags: readonly string[] | null
  /** RFC 3339; null where the target has none. */
  readonly date: string | null
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
  const found = new Map<string, { readonly place: Place; readonly keywords: readonly string[] }>()
  for (const { place, folder } of folders) {
    const keywords = service === 'mail' ? dovecotKeywords(folder) : []
    for (const path of service === 'mail' ? filesOf(join(folder, 'cur')) : filesBelow(folder))
      found.set(path, { place, keywords })
  }
  await sumOfFiles([...found.keys()], signal, ({ path, sha256, modified }) => {
    const about = found.get(path)
    if (about === undefined) return
    const date = new Date(modified).toISOString()
    if (service !== 'mail') came(about.place, { sha256, flags: null, date: service === 'files' ? date : null })
    else came(about.place, { sha256, flags: maildirFlagsOf(path, about.keywords), date })
  })
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

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
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
  const items = new Map<string, Omit<CameBack, 'sha256'>>()
  for await (const change of source.changes(collection, null, signal)) {
    if (change.kind !== 'item') continue
    const { key, meta, date } = change.item
    const flags = Array.isArray(meta['flags']) ? meta['flags'].map(String).sort() : null
    items.set(key, { flags, date: date ?? null })
  }
  const listed = [...items.keys()].map((key) => ({ key, version: key, meta: {} }))
  for (let i = 0; i < listed.length; i += 200) {
    for await (const answer of source.fetch(collection, listed.slice(i, i + 200), signal)) {
      if ('error' in answer) throw answer.error
      yield { flags: null, date: null, ...items.get(answer.key), sha256: await sumOf(answer.content) }
    }
  }
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
