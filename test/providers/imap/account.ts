/** What the tests of the IMAP source share: an account on a test server, and whole answers instead of streams. */
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Account } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import type { AppError } from '../../../src/core/errors.ts'
import type { Collection, Item } from '../../../src/core/items.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { RetryOptions } from '../../../src/core/retry.ts'
import type { Change, Cursor, Source } from '../../../src/core/source.ts'
import { ImapSource } from '../../../src/providers/imap/source.ts'
import { type Dovecot, startDovecot } from '../../servers/dovecot.ts'
import { startImapProxy, type Trouble } from '../../servers/imap-proxy.ts'

export const never = new AbortController().signal

interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Opened {
  readonly source: ImapSource
  /** What the source logged as warnings. */
  readonly warnings: readonly string[]
}

/** A Dovecot with these messages in its inbox, and a proxy before it; both until the test ends. */
export async function startWith(messages: readonly Buffer[], trouble: Trouble = {}) {
  const dovecot = await startDovecot()
  onTestFinished(() => dovecot.stop())
  fillInbox(dovecot, messages)
  const proxy = await startImapProxy(dovecot, trouble)
  onTestFinished(() => proxy.stop())
  return { dovecot, proxy }
}

/** Waits are a hundredth of what they are for people. */
export function openSource(
  dovecot: Pick<Dovecot, 'user' | 'password'>,
  { host, port }: Endpoint,
  settings: JsonObject = {},
  retry?: RetryOptions,
): Opened {
  const account: Account = {
    id: 'test',
    provider: 'imap',
    services: ['mail'],
    settings: { host, port, security: 'none', user: dovecot.user, ...settings },
  }
  const warnings: string[] = []
  const context: Context = {
    clock: { now: () => new Date(), sleep: (ms, signal) => delay(ms / 100, undefined, signal ? { signal } : {}) },
    log: { debug() {}, warn: (message) => void warnings.push(message) },
    secret: async (name) => (name === 'password' ? dovecot.password : null),
  }
  return { source: new ImapSource(account, context, retry), warnings }
}

export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of stream) values.push(value)
  return values
}

export async function folder(source: Source, name: string): Promise<Collection> {
  const found = (await all(source.collections(never))).find(({ path }) => path.join('/') === name)
  if (!found) throw new Error(`no folder ${name}`)
  return found
}

export interface Listing {
  readonly items: readonly Item[]
  readonly removed: readonly string[]
  readonly isComplete: boolean
  readonly cursor: Cursor
}

export async function list(source: Source, collection: Collection, since: Cursor | null): Promise<Listing> {
  return summary(await all(source.changes(collection, since, never)))
}

function summary(changes: readonly Change[]): Listing {
  const items = new Map<string, Item>()
  const removed: string[] = []
  let isComplete = false
  let cursor: Cursor | null = null
  for (const change of changes) {
    if (change.kind === 'item') items.set(change.item.key, change.item)
    if (change.kind === 'removed') removed.push(change.key)
    if (change.kind === 'all-listed') isComplete = true
    if (change.kind === 'checkpoint') cursor = change.cursor
  }
  if (cursor === null) throw new Error('the stream of changes ended without a checkpoint')
  return { items: [...items.values()], removed, isComplete, cursor }
}

export interface Answers {
  readonly contents: ReadonlyMap<string, Buffer>
  readonly errors: ReadonlyMap<string, AppError>
}

export async function fetchAll(source: Source, collection: Collection, items: readonly Item[]): Promise<Answers> {
  const contents = new Map<string, Buffer>()
  const errors = new Map<string, AppError>()
  for await (const answer of source.fetch(collection, items, never)) {
    if (contents.has(answer.key) || errors.has(answer.key)) throw new Error(`${answer.key} was answered twice`)
    if ('error' in answer) errors.set(answer.key, answer.error)
    else if (answer.content instanceof Uint8Array) contents.set(answer.key, Buffer.from(answer.content))
    else contents.set(answer.key, await joined(answer.content))
  }
  return { contents, errors }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

export function uidOf(key: string): number {
  return Number(key.split('.')[1])
}

/** Puts messages straight into the Maildir of the inbox: thousands in no time. Before the server first looks there. */
export function fillInbox(dovecot: Dovecot, messages: Iterable<Buffer>): void {
  const maildir = join(dovecot.home(), 'Maildir')
  for (const name of ['', 'cur', 'new', 'tmp']) {
    mkdirSync(join(maildir, name), { recursive: true })
    chownSync(join(maildir, name), 8, 8)
  }
  let n = 0
  for (const message of messages) {
    const path = join(maildir, 'cur', `${1_700_000_000 + ++n}.M${n}.test,S=${message.length}:2,`)
    writeFileSync(path, message)
    chownSync(path, 8, 8)
  }
}

export function message(subject: string, body = 'Hello.'): Buffer {
  return Buffer.from(
    `Message-ID: <${subject.replaceAll(' ', '-')}@example.org>\r\nSubject: ${subject}\r\nFrom: a@example.org\r\n\r\n${body}\r\n`,
  )
}
