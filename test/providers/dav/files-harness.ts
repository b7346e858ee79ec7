/** A source of files over a real server or an emulator, and a proxy in between that fails on demand. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/api/clock.ts'
import { toAppError } from '../../../src/core/errors.ts'
import type { Collection, FileMeta, Item } from '../../../src/core/items.ts'
import type { Change, Cursor } from '../../../src/core/source.ts'
import { FilesSource } from '../../../src/providers/dav/files-source.ts'

interface Server {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly ca?: string | null
}

const quick = { tries: 4, delay: 1, maxDelay: 4 }
const never = new AbortController().signal

export interface Listing {
  readonly items: readonly Item[]
  readonly removed: readonly string[]
  readonly allListed: boolean
  readonly cursor: Cursor
}

export class TestFiles {
  readonly source: FilesSource
  readonly #clock: { skew: number }

  constructor(server: Server, more: { url?: string; timeout?: number } = {}) {
    const clock = { skew: 0 }
    this.#clock = clock
    const settings = {
      user: server.user,
      webdav: more.url ?? server.url,
      ...(server.ca ? { ca: server.ca } : {}),
      timeout: more.timeout ?? 10,
    }
    const context = {
      clock: { ...systemClock, now: () => new Date(Date.now() + clock.skew) },
      log: { debug: () => undefined, warn: () => undefined },
      secret: async () => server.password,
    }
    this.source = new FilesSource({ id: 'alice', provider: 'dav', services: ['files'], settings }, context, { retry: quick })
    onTestFinished(() => this.source.close())
  }

  letTimePass(milliseconds: number): void {
    this.#clock.skew += milliseconds
  }

  async drive(): Promise<Collection> {
    const [drive] = await all(this.source.collections(never))
    if (drive === undefined) throw new Error('No collection')
    return drive
  }

  async list(since: Cursor | null = null): Promise<Listing> {
    return toListing(this.source.changes(await this.drive(), since, never))
  }

  /** By path, joined with `/`: the content, or the code and words of the failure. */
  async fetch(items: readonly Item[]): Promise<Record<string, Buffer | string>> {
    const byKey = new Map(items.map((item) => [item.key, item]))
    const results: Record<string, Buffer | string> = {}
    for await (const fetched of this.source.fetch(await this.drive(), items, never)) {
      const item = byKey.get(fetched.key)
      if (item === undefined) throw new Error(`Never asked for ${fetched.key}`)
      results[pathOf(item)] =
        'error' in fetched ? `${fetched.error.code}: ${fetched.error.message}` : await whole(fetched.content)
    }
    return results
  }
}

async function toListing(changes: AsyncIterable<Change>): Promise<Listing> {
  const items = new Map<string, Item>()
  const removed: string[] = []
  let allListed = false
  let cursor: Cursor = ''
  for await (const change of changes) {
    if (change.kind === 'item') items.set(change.item.key, change.item)
    else if (change.kind === 'removed') removed.push(change.key)
    else if (change.kind === 'all-listed') allListed = true
    else if (change.kind === 'checkpoint') cursor = change.cursor
  }
  return { items: [...items.values()], removed, allListed, cursor }
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const value of values) collected.push(value)
  return collected
}

async function whole(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer | string> {
  if (content instanceof Uint8Array) return Buffer.from(content)
  try {
    return Buffer.concat(await all(content))
  } catch (error) {
    const { code, message } = toAppError(error)
    return `${code}: ${message}`
  }
}

export function pathOf(item: Item): string {
  return (item.meta as FileMeta).path.join('/')
}

export function paths(items: readonly Item[]): string[] {
  return items.map(pathOf).sort()
}

export function itemAt(items: readonly Item[], path: string): Item {
  const found = items.find((item) => pathOf(item) === path)
  if (found === undefined) throw new Error(`Not listed: ${path}; there is ${paths(items).join(', ')}`)
  return found
}

/** Not compressible and not periodic, so that octets in the wrong place show. */
export function pattern(size: number, seed = 'x'): Buffer {
  const parts: Buffer[] = []
  for (let n = 0; n * 64 < size; n++) parts.push(createHash('sha512').update(`${seed}${n}`).digest())
  return Buffer.concat(parts).subarray(0, size)
}

/** What the proxy does to one answer; undefined: passes it on. */
export interface Fault {
  /** Answers with this instead of asking the server. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Cuts the connection after so many octets of the body. */
  readonly dropAfter?: number
  /** Sends so many octets of the body and claims that this is all of it. */
  readonly shortenTo?: number
  /** Answers only then. */
  readonly after?: Promise<unknown>
  /** Never answers. */
  readonly silent?: boolean
  /** Another body in place of the server's. */
  readonly rewrite?: (body: string) => string
  /** Headers of the answer. */
  readonly set?: Readonly<Record<string, string>>
  /** Takes headers out of the request and the answer, in lower case. */
  readonly without?: readonly string[]
}

export interface FaultProxy {
  readonly url: string
  /** `METHOD path range` of every request. */
  readonly requests: string[]
  /** Decides about each request; `n` counts those of the same method from 1. */
  fault: (request: IncomingMessage, n: number) => Fault | undefined
}

/** Stands in front of the server at `target` on the same paths. Ends with the test. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const origin = new URL(target)
  const requests: string[] = []
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    const method = request.method ?? ''
    const n = (counts.get(method) ?? 0) + 1
    counts.set(method, n)
    requests.push(`${method} ${request.url} ${request.headers.range ?? ''}`.trim())
    const fault = proxy.fault(request, n) ?? {}
    if (fault.silent) return
    const answer = () =>
      fault.status === undefined ? forward(origin, request, response, fault) : refuse(request, response, fault)
    void Promise.resolve(fault.after).then(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  const proxy: FaultProxy = { url: url.href, requests, fault: () => undefined }
  return proxy
}

function refuse(request: IncomingMessage, response: ServerResponse, { status = 500, headers = {}, body = '' }: Fault): void {
  request.resume()
  response.writeHead(status, headers).end(body)
}

function forward(origin: URL, request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  const without = (headers: NodeJS.Dict<string | string[]>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !fault.without?.includes(name)))
  const upstream = requestHttp(
    { host: origin.hostname, port: origin.port, method: request.method, path: request.url, headers: without(request.headers) },
    (answer) => {
      const headers = without(answer.headers)
      if (fault.rewrite !== undefined) {
        all<Buffer>(answer).then(
          (parts) => {
            const body = fault.rewrite?.(Buffer.concat(parts).toString('utf8')) ?? ''
            const { 'transfer-encoding': _, ...rest } = headers
            response.writeHead(answer.statusCode ?? 500, { ...rest, 'content-length': Buffer.byteLength(body) }).end(body)
          },
          () => response.destroy(),
        )
        return
      }
      const limit = fault.dropAfter ?? fault.shortenTo ?? Number.POSITIVE_INFINITY
      response.writeHead(answer.statusCode ?? 500, {
        ...headers,
        ...fault.set,
        ...(fault.shortenTo === undefined ? {} : { 'content-length': fault.shortenTo }),
      })
      passOn(answer, response, limit, fault.dropAfter !== undefined)
    },
  )
  upstream.on('error', () => response.destroy())
  request.pipe(upstream)
}

function passOn(answer: IncomingMessage, response: ServerResponse, limit: number, drop: boolean): void {
  let left = limit
  answer.on('error', () => response.destroy())
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    if (left > 0) {
      if (!response.write(part)) {
        answer.pause()
        response.once('drain', () => answer.resume())
      }
      return
    }
    answer.destroy()
    if (drop) response.write(part, () => setTimeout(() => response.destroy(), 20))
    else response.end(part)
  })
  answer.on('end', () => response.end())
}
