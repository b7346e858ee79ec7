/**
 * Runs the IMAP source once against a server, as a program of its own, so that its memory and its end can be watched.
 * Takes a `HostileRequest` as JSON on standard input and prints a `HostileReport`.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import { AppError, toAppError } from '../../../src/core/errors.ts'
import type { Collection, Item } from '../../../src/core/items.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { imap } from '../../../src/providers/imap/provider.ts'

export interface HostileRequest {
  readonly settings: JsonObject
  readonly secret: string
  /** Read a second time with the cursors of the first. */
  readonly twice: boolean
}

export interface HostileFailure {
  readonly where: string
  readonly code: string
  readonly message: string
  readonly stack: string
}

export interface HostileReport {
  readonly collections: number
  /** At most the first few thousand. */
  readonly paths: readonly (readonly string[])[]
  readonly items: number
  /** SHA-256 by collection and key. */
  readonly fetched: Readonly<Record<string, string>>
  readonly removed: number
  readonly failures: readonly HostileFailure[]
  /** Octets, at the peak. */
  readonly peakMemory: number
  readonly milliseconds: number
}

const started = performance.now()
const request = JSON.parse(await readAll(process.stdin)) as HostileRequest
const account: Account = { id: 'test', provider: 'imap', services: ['mail'], settings: request.settings }
const context: Context = {
  clock: { now: () => new Date(), sleep: (ms, signal) => delay(ms / 50, undefined, signal ? { signal } : {}) },
  log: { debug() {}, warn() {} },
  secret: async () => request.secret,
}
const failures: HostileFailure[] = []
const paths: (readonly string[])[] = []
const fetched: Record<string, string> = {}
let [collections, items, removed] = [0, 0, 0]

const source = imap.source(account, 'mail', context)
const signal = new AbortController().signal
const cursors = new Map<string, Cursor>()
await readAccount(source)
if (request.twice) await readAccount(source)
await attempt('close', () => source.close())

const report: HostileReport = {
  collections,
  paths,
  items,
  fetched,
  removed,
  failures,
  peakMemory: process.resourceUsage().maxRSS * 1024,
  milliseconds: performance.now() - started,
}
process.stdout.write(JSON.stringify(report))

async function readAccount(source: Source): Promise<void> {
  const wanted: Collection[] = []
  await attempt('collections', async () => {
    for await (const collection of source.collections(signal)) {
      collections++
      if (paths.length < 3_000) paths.push(collection.path)
      if (collection.skipped === undefined && wanted.length < 5) wanted.push(collection)
    }
  })
  for (const collection of wanted) await attempt(`folder ${wanted.indexOf(collection)}`, () => readCollection(source, collection))
}

async function readCollection(source: Source, collection: Collection): Promise<void> {
  let batch: Item[] = []
  for await (const change of source.changes(collection, cursors.get(collection.key) ?? null, signal)) {
    if (change.kind === 'removed') removed++
    if (change.kind === 'checkpoint') cursors.set(collection.key, change.cursor)
    if (change.kind !== 'item') continue
    items++
    batch.push(change.item)
    if (batch.length === 100) await fetchBatch(source, collection, batch.splice(0))
  }
  if (batch.length > 0) await fetchBatch(source, collection, batch)
  batch = []
}

async function fetchBatch(source: Source, collection: Collection, batch: readonly Item[]): Promise<void> {
  for await (const answer of source.fetch(collection, batch, signal)) {
    if ('error' in answer) note('message', answer.error)
    else {
      const hash = createHash('sha256')
      for await (const part of answer.content instanceof Uint8Array ? [answer.content] : answer.content) hash.update(part)
      if (Object.keys(fetched).length < 3_000) fetched[`${collection.key} ${answer.key}`] = hash.digest('hex')
    }
  }
}

async function attempt(where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    note(where, error)
  }
}

function note(where: string, error: unknown): void {
  const known = error instanceof AppError ? error : toAppError(error)
  if (failures.length < 100) failures.push({ where, code: known.code, message: known.message, stack: known.stack ?? '' })
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const part of stream) text += part.toString()
  return text
}
