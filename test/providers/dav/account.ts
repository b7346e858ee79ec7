/** What the tests of the DAV provider share: accounts, items, and a source whose answers are gathered. */

import type { Account } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import { hasCode } from '../../../src/core/errors.ts'
import type { Collection, Item } from '../../../src/core/items.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Cursor } from '../../../src/core/source.ts'
import type { DavClientOptions } from '../../../src/providers/dav/http.ts'
import { ItemSource } from '../../../src/providers/dav/source.ts'

export const signal = new AbortController().signal

/** Waits are noted and not waited for. */
export interface TestContext extends Context {
  readonly waits: number[]
  /** Moves the clock. */
  now: Date
}

export function testContext(secrets: Readonly<Record<string, string>>): TestContext {
  const waits: number[] = []
  const context: TestContext = {
    waits,
    now: new Date('2026-03-01T12:00:00Z'),
    clock: {
      now: () => context.now,
      sleep: async (ms) => void waits.push(ms),
    },
    log: { debug: () => undefined, warn: () => undefined },
    secret: async (name) => secrets[name] ?? null,
  }
  return context
}

export interface Gathered {
  readonly items: readonly Item[]
  readonly removed: readonly string[]
  readonly isAllListed: boolean
  readonly cursor: Cursor
}

/** One service of one account, asked as the engine asks. */
export class TestSource {
  readonly source: ItemSource
  readonly context: TestContext

  constructor(
    service: 'contacts' | 'calendar',
    settings: JsonObject,
    secrets: Readonly<Record<string, string>>,
    options: DavClientOptions = {},
  ) {
    this.context = testContext(secrets)
    const account: Account = { id: 'test', provider: 'dav', services: [service], settings }
    this.source = new ItemSource(account, service, this.context, options)
  }

  async collections(): Promise<Collection[]> {
    const collections: Collection[] = []
    for await (const collection of this.source.collections(signal)) collections.push(collection)
    return collections
  }

  /** By the last part of its key. */
  async collection(name: string): Promise<Collection> {
    const found = (await this.collections()).find(({ key }) => key.endsWith(`/${name}/`))
    if (found === undefined) throw new Error(`There is no collection ${name}`)
    return found
  }

  async changes(c: Collection, since: Cursor | null): Promise<Gathered> {
    const items: Item[] = []
    const removed: string[] = []
    let cursor: Cursor | null = null
    let isAllListed = false
    for await (const change of this.source.changes(c, since, signal)) {
      if (change.kind === 'item') items.push(change.item)
      else if (change.kind === 'removed') removed.push(change.key)
      else if (change.kind === 'all-listed') isAllListed = true
      else if (change.kind === 'checkpoint') cursor = change.cursor
    }
    if (cursor === null) throw new Error('The changes end without a checkpoint')
    return { items, removed, isAllListed, cursor }
  }

  /** Octets by key; a failure is its error. */
  async contents(c: Collection, items: readonly Item[]): Promise<Map<string, Buffer | Error>> {
    const contents = new Map<string, Buffer | Error>()
    for await (const fetched of this.source.fetch(c, items, signal)) {
      if (contents.has(fetched.key)) throw new Error(`${fetched.key} is answered twice`)
      if ('error' in fetched) contents.set(fetched.key, fetched.error)
      else if (fetched.content instanceof Uint8Array) contents.set(fetched.key, Buffer.from(fetched.content))
      else throw new Error('Small content comes whole')
    }
    return contents
  }

  async close(): Promise<void> {
    await this.source.close()
  }
}

export function names(items: readonly Item[]): string[] {
  return items.map((item) => item.title ?? '').sort()
}

/** The code of the AppError that `work` ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (hasCode(error, 'bug')) throw error
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  return 'none'
}

export function card(uid: string, note = 'A note'): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${uid}`,
    `FN:Zoë ${uid} <&>`,
    `N:${uid};Zoë;;;`,
    `NOTE:${note}`,
    'END:VCARD',
    '',
  ].join('\r\n')
}

export function calendarObject(uid: string, component = 'VEVENT', summary = 'Lunch & <more>'): string {
  const start = component === 'VTODO' ? 'DUE:20260301T120000Z' : 'DTSTART:20260301T120000Z'
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Test//EN',
    `BEGIN:${component}`,
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    start,
  ]
  return [...lines, `SUMMARY:${summary}`, `END:${component}`, 'END:VCALENDAR', ''].join('\r\n')
}
