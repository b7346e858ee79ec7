import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Account, Service } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import type { AppError } from '../../../src/core/errors.ts'
import type { Collection, Item, MailMeta } from '../../../src/core/items.ts'
import type { TestFinding } from '../../../src/core/provider.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { archive } from '../../../src/providers/archive/provider.ts'

export const signal = new AbortController().signal

const context: Context = {
  clock: { now: () => new Date('2026-01-01T00:00:00Z'), sleep: async () => {} },
  log: { debug: () => {}, warn: () => {} },
  secret: async () => null,
}

export type Files = Readonly<Record<string, string | Uint8Array>>

/** A folder that is gone after the test; text is written as Latin-1, so that each character is an octet. */
export function folder(files: Files = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'lifeboat-archive-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  write(root, files)
  return root
}

export function write(root: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), typeof content === 'string' ? Buffer.from(content, 'latin1') : content)
  }
}

function account(path: string, services: readonly Service[]): Account {
  return { id: 'old', provider: 'archive', services, settings: { path } }
}

export function open(path: string, service: Service = 'mail', services: readonly Service[] = [service]): Source {
  const source = archive.source(account(path, services), service, context)
  onTestFinished(() => source.close())
  return source
}

export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const value of values) collected.push(value)
  return collected
}

export async function findings(path: string, services: readonly Service[] = ['mail']): Promise<TestFinding[]> {
  return await all(archive.test(account(path, services), context, signal))
}

export async function collections(source: Source): Promise<Collection[]> {
  return await all(source.collections(signal))
}

export interface Listing {
  readonly items: readonly Item[]
  readonly kinds: readonly string[]
  readonly cursor: Cursor
}

export async function list(source: Source, collection: Collection, since: Cursor | null = null): Promise<Listing> {
  const changes = await all(source.changes(collection, since, signal))
  const last = changes.at(-1)
  if (last?.kind !== 'checkpoint') throw new Error('The changes do not end with a checkpoint')
  const items = changes.flatMap((change) => (change.kind === 'item' ? [change.item] : []))
  return { items, kinds: [...new Set(changes.map(({ kind }) => kind))], cursor: last.cursor }
}

export interface Message {
  readonly item: Item
  readonly bytes: Buffer
  readonly text: string
  readonly flags: readonly string[]
}

/** Everything in the archive by the path of its folder; what is skipped is left out. Checks what holds for every item. */
export async function readArchive(path: string): Promise<Map<string, Message[]>> {
  const source = open(path)
  const mailboxes = new Map<string, Message[]>()
  for (const collection of await collections(source)) {
    if (collection.skipped !== undefined) continue
    const { items } = await list(source, collection)
    const { contents, errors } = await fetchAll(source, collection, items)
    if (errors.size > 0) throw [...errors.values()][0]
    const messages = items.map((item) => message(item, contents.get(item.key) ?? Buffer.alloc(0)))
    mailboxes.set(collection.path.join('/'), messages)
  }
  return mailboxes
}

const noted =
  /^(?:x-gmail-labels|x-gm-thrid|status|x-status|x-keywords|x-mozilla-(?:status2?|keys)|x-uid|x-imap(?:base)?)[ \t]*:/i

/** Line by line: what a key is the hash of. */
function withoutNotes(bytes: Buffer): Buffer {
  let inHeader = true
  let isNote = false
  const kept = bytes
    .toString('latin1')
    .split(/(?<=\n)/)
    .filter((line) => {
      inHeader &&= !/^\r?\n/.test(line)
      if (!/^[ \t]/.test(line)) isNote = noted.test(line)
      return !inHeader || !isNote
    })
  return Buffer.from(kept.join(''), 'latin1')
}

function message(item: Item, bytes: Buffer): Message {
  const sha256 = (octets: Buffer) => createHash('sha256').update(octets).digest('hex')
  const year = Number(item.date?.slice(0, 4))
  const hash = sha256(withoutNotes(bytes)).slice(0, 32)
  if (item.key.replace(/-\d+$/, '') !== hash || item.version !== item.key) throw new Error(`Wrong key ${item.key}`)
  if (item.identities?.join() !== `sha256:${sha256(bytes)}`) throw new Error(`Wrong identity ${item.identities}`)
  if (item.size !== bytes.length) throw new Error(`Wrong size ${item.size}`)
  if (!(year >= 1970 && year <= 2100) || Number.isNaN(Date.parse(item.date ?? ''))) throw new Error(`Wrong date ${item.date}`)
  return { item, bytes, text: bytes.toString('latin1'), flags: (item.meta as MailMeta).flags }
}

export async function fetchAll(
  source: Source,
  collection: Collection,
  items: readonly Item[],
): Promise<{ contents: Map<string, Buffer>; errors: Map<string, AppError> }> {
  const contents = new Map<string, Buffer>()
  const errors = new Map<string, AppError>()
  for await (const fetched of source.fetch(collection, items, signal)) {
    if ('error' in fetched) errors.set(fetched.key, fetched.error)
    else contents.set(fetched.key, await whole(fetched.content))
  }
  return { contents, errors }
}

async function whole(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.concat(await all(content))
}

const fromLine = 'From a@example.com Mon Jan  1 10:20:30 2024\n'

/** An mbox of these messages, with an empty line after each. */
export function mbox(...messages: readonly string[]): string {
  return messages.map((text) => `${fromLine}${text}\n`).join('')
}
