/** What happened in one collection: sync-collection (RFC 6578) where it works, otherwise a listing of entity tags. */
import { createHash } from 'node:crypto'
import type { Clock, Log } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Change, Cursor } from '../../core/source.ts'
import type { Contents } from './contents.ts'
import { changesCounted, type DavCursor, isReconcileDue, newCursor, nextCursor, parseCursor } from './cursor.ts'
import { isRefusal, isTooLarge, Refusal } from './errors.ts'
import type { DavClient } from './http.ts'
import { type Member, memberOf, memberProperties } from './members.ts'
import { type DavResponse, propfind, propfindRequest, streamMultistatus, syncRequest } from './requests.ts'
import { type Name, name } from './xml.ts'

/** One collection as listing needs it. */
export interface Listed {
  readonly key: string
  readonly url: URL
  readonly canSync: boolean
  /** As `FoundCollection`. */
  readonly changesCounted: number | null
  /** Told the href of each member as the server writes it. */
  noteHref(key: string, href: string): void
  readonly contents: Contents
  /** As `Source.changes`. */
  readonly isKnown: boolean
}

export interface ListingContext {
  readonly client: DavClient
  readonly clock: Clock
  readonly log: Log
}

type Unversioned = Extract<Member, { kind: 'unversioned' }>

/** Members without any version that are read at once. */
const unversionedAtOnce = 100
const ctagName = name('calendarServer', 'getctag')
const tokenName = name('dav', 'sync-token')

/** The server's own account of changes cannot be used; a listing can. */
class NoSync extends Error {}

/** As `Source.changes`. */
export async function* changesOf(
  context: ListingContext,
  listed: Listed,
  since: Cursor | null,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const cursor = since === null ? null : parseCursor(since)
  if (since !== null && cursor === null) throw expired(listed)
  if (cursor === null || isReconcileDue(cursor, context.clock))
    return yield* everything(context, listed, signal, cursor === null && !listed.isKnown)
  if (cursor.token !== undefined && listed.canSync) return yield* sinceToken(context, listed, cursor, cursor.token, signal)
  const state = await stateOf(context.client, listed, signal)
  if (state.ctag === undefined || state.ctag !== cursor.ctag) return yield* listing(context, listed, state, signal)
  yield { kind: 'checkpoint', cursor: nextCursor(cursor, state) }
}

/** `withData`: most of it is wanted. */
async function* everything(
  context: ListingContext,
  listed: Listed,
  signal: AbortSignal,
  withData: boolean,
): AsyncGenerator<Change, void, undefined> {
  if (listed.canSync) {
    try {
      const token = yield* synchronised(context, listed, '', withData, signal, null)
      yield { kind: 'all-listed' }
      yield { kind: 'checkpoint', cursor: newCursor({ token }, context.clock) }
      return
    } catch (error) {
      if (!(error instanceof NoSync)) throw error
      context.log.debug('sync-collection does not work here', { reason: error.message })
    }
  }
  yield* listing(context, listed, await stateOf(context.client, listed, signal), signal)
}

async function* sinceToken(
  context: ListingContext,
  listed: Listed,
  cursor: DavCursor,
  token: string,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const known = changesCounted(token)
  // Another collection has its address now, or the server was put back to what it was before.
  if (known !== null && listed.changesCounted !== null && listed.changesCounted < known) throw expired(listed)
  const named = new Set<string>()
  try {
    const newToken = yield* synchronised(context, listed, token, true, signal, named)
    const counted = changesCounted(newToken)
    // Nextcloud forgets old changes and does not say so; each that it counts belongs to one member.
    if (known !== null && counted !== null && (counted < known || counted - known > named.size)) throw expired(listed)
    yield { kind: 'checkpoint', cursor: nextCursor(cursor, { token: newToken }) }
  } catch (error) {
    // Whatever the refusal means (valid-sync-token, too many changes, a fault): a full listing finds out.
    throw error instanceof NoSync ? expired(listed, error) : error
  }
}

/**
 * All pages from `token` on; returns the token after the last one.
 * @param withData the contents are asked for with them, which spares asking for them by themselves; where that fails, it goes
 *   on without
 * @param named takes the hrefs that are named
 * @throws NoSync where the server refuses or goes round in circles
 */
async function* synchronised(
  context: ListingContext,
  listed: Listed,
  token: string,
  withData: boolean,
  signal: AbortSignal,
  named: Set<string> | null,
): AsyncGenerator<Change, string, undefined> {
  const seen = new Set<string>()
  let asksForData = withData
  for (let current = token; !seen.has(current); ) {
    const end: PageEnd = { token: null, isTruncated: false, named }
    try {
      yield* pageAfter(context, listed, current, asksForData, end, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (asksForData && mayWorkWithoutData(error)) {
        context.log.debug('sync-collection with contents does not work here', { reason: String(error) })
        asksForData = false
        continue
      }
      throw isRefusal(error) ? new NoSync(`HTTP ${error.status} ${error.conditions.join(' ')}`) : error
    }
    seen.add(current)
    if (end.token === null) throw new NoSync('no token')
    if (!end.isTruncated) return end.token
    current = end.token
  }
  throw new NoSync('no progress')
}

function mayWorkWithoutData(error: unknown): boolean {
  return isRefusal(error) ? !error.conditions.includes('valid-sync-token') : hasCode(error, 'network') || isTooLarge(error)
}

interface PageEnd {
  token: string | null
  isTruncated: boolean
  readonly named: Set<string> | null
}

async function* pageAfter(
  context: ListingContext,
  listed: Listed,
  token: string,
  withData: boolean,
  end: PageEnd,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const members = new Members(listed, signal)
  const request = syncRequest(listed.url, token, withData ? [...memberProperties, listed.contents.data] : memberProperties)
  for await (const part of streamMultistatus(context.client, request, signal)) {
    if (part.kind === 'sync-token') end.token = part.token || null
    else if (isTruncation(part.response)) end.isTruncated = true
    else {
      end.named?.add(part.response.href)
      yield* members.changes(part.response, part.base)
    }
  }
  yield* members.rest()
  // What was never described is not empty.
  if (token === '') members.throwRefusal()
}

/** RFC 6578 section 3.6: the collection itself with 507. */
function isTruncation({ status, conditions }: DavResponse): boolean {
  return status === 507 || conditions.includes('number-of-matches-within-limits')
}

interface State {
  readonly token?: string | undefined
  readonly ctag?: string | undefined
}

/** `state` was read before, so that nothing that happens meanwhile is missed. */
async function* listing(
  context: ListingContext,
  listed: Listed,
  state: State,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const members = new Members(listed, signal)
  let isWhole = true
  let isEmpty = true
  for await (const part of streamMultistatus(context.client, propfindRequest(listed.url, 1, memberProperties), signal)) {
    if (part.kind !== 'response') continue
    isEmpty = false
    if (isTruncation(part.response)) isWhole = false
    else yield* members.changes(part.response, part.base)
  }
  yield* members.rest()
  members.throwRefusal()
  // An empty collection is named itself.
  if (isEmpty) throw new AppError('suspicious', `${listed.url.host} lists nothing at all, not even the collection.`)
  if (!isWhole) {
    throw new AppError('unsupported', `${listed.url.host} lists only a part of this collection and no way to the rest of it.`)
  }
  yield { kind: 'all-listed' }
  yield { kind: 'checkpoint', cursor: newCursor(state, context.clock) }
}

async function stateOf(client: DavClient, listed: Listed, signal: AbortSignal): Promise<State> {
  const { responses } = await propfind(client, listed.url, 0, [ctagName, ...(listed.canSync ? [tokenName] : [])], signal)
  const text = (property: Name) => responses[0]?.properties.get(property)?.text.trim() || undefined
  return { token: text(tokenName), ctag: text(ctagName) }
}

/** Turns responses into changes; those that only their content tells apart are gathered and read. */
class Members {
  readonly #listed: Listed
  readonly #signal: AbortSignal
  #unversioned: Unversioned[] = []
  #refusal: Refusal | null = null

  constructor(listed: Listed, signal: AbortSignal) {
    this.#listed = listed
    this.#signal = signal
  }

  async *changes(response: DavResponse, base: URL): AsyncGenerator<Change, void, undefined> {
    const member = memberOf(response, base, this.#listed.key)
    switch (member.kind) {
      case 'present':
        this.#listed.noteHref(member.item.key, member.href)
        this.#listed.contents.keep(member.item, response)
        yield { kind: 'item', item: member.item }
        return
      case 'unversioned':
        this.#listed.noteHref(member.item.key, member.href)
        this.#unversioned.push(member)
        if (this.#unversioned.length >= unversionedAtOnce) yield* this.rest()
        return
      case 'gone':
        yield { kind: 'removed', key: member.key }
        return
      case 'self':
        if (response.status !== null && response.status >= 400) this.#refusal = new Refusal(response.status, base.host)
        return
      case 'other':
        return
    }
  }

  /** @throws Refusal when the server said of the collection itself that it cannot be read */
  throwRefusal(): void {
    if (this.#refusal !== null) throw this.#refusal
  }

  async *rest(): AsyncGenerator<Change, void, undefined> {
    const unversioned = new Map(this.#unversioned.map(({ item }) => [item.key, item]))
    this.#unversioned = []
    if (unversioned.size === 0) return
    for await (const fetched of this.#listed.contents.fetch([...unversioned.values()], this.#signal)) {
      const item = unversioned.get(fetched.key)
      if (item === undefined) continue
      if ('content' in fetched) yield { kind: 'item', item: { ...item, version: await hashOf(fetched.content) } }
      else if (hasCode(fetched.error, 'not-found')) yield { kind: 'removed', key: item.key }
      else yield { kind: 'item', item: { ...item, version: 'unreadable' } }
    }
  }
}

async function hashOf(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  if (content instanceof Uint8Array) hash.update(content)
  else for await (const part of content) hash.update(part)
  return `sha256 ${hash.digest('hex')}`
}

function expired(listed: Listed, cause?: unknown): AppError {
  return new AppError('cursor-expired', `${listed.url.host} does not know any more what changed since the last run.`, { cause })
}
