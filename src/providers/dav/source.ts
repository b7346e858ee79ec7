/** The address books or the calendars of one account. */

import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { changesOf } from './changes.ts'
import { type FoundCollection, listCollections } from './collections.ts'
import { Contents, Room } from './contents.ts'
import { type DavService, findHome, type Home } from './home.ts'
import { DavClient, type DavClientOptions } from './http.ts'
import { type DavSettings, parseSettings } from './settings.ts'

/** Calls of `fetch` at once: one waits for the server while the other's items are stored. */
const callsAtOnce = 2

/** A collection in use, with how the server writes those hrefs that our own form differs from. */
interface OpenCollection extends FoundCollection {
  readonly contents: Contents
  readonly hrefs: Map<string, string>
}

export class ItemSource implements Source {
  readonly concurrency = callsAtOnce
  readonly #service: DavService
  readonly #settings: DavSettings
  readonly #context: Context
  readonly #client: DavClient
  readonly #open = new Map<string, OpenCollection>()
  readonly #room = new Room()
  #home: Promise<Home> | null = null

  constructor(account: Account, service: DavService, context: Context, options: DavClientOptions = {}) {
    this.#service = service
    this.#settings = parseSettings(account.settings)
    this.#context = context
    this.#client = new DavClient(this.#settings, context, options)
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection, void, undefined> {
    const home = await this.#findHome(signal)
    for await (const found of listCollections(this.#client, home, this.#service, signal)) {
      this.#remember(found)
      yield found.collection
    }
  }

  async *changes(
    c: Collection,
    since: Cursor | null,
    signal: AbortSignal,
    isKnown = false,
  ): AsyncGenerator<Change, void, undefined> {
    const { collection, contents, hrefs, ...found } = await this.#opened(c, signal)
    const noteHref = (key: string, href: string) => {
      if (href === key) hrefs.delete(key)
      else hrefs.set(key, href)
    }
    const context = { client: this.#client, clock: this.#context.clock, log: this.#context.log }
    yield* changesOf(context, { ...found, key: collection.key, noteHref, contents, isKnown }, since, signal)
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched, void, undefined> {
    const { contents } = await this.#opened(c, signal)
    yield* contents.fetch(items, signal)
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  #findHome(signal: AbortSignal): Promise<Home> {
    this.#home ??= findHome(this.#client, this.#configured(), this.#service, signal).catch((error: unknown) => {
      this.#home = null
      throw error
    })
    return this.#home
  }

  #configured(): URL {
    const url = this.#service === 'contacts' ? this.#settings.carddav : this.#settings.caldav
    if (url !== undefined) return new URL(url)
    const name = this.#service === 'contacts' ? 'carddav' : 'caldav'
    throw new AppError(
      'usage',
      `The account has no address for ${this.#service === 'contacts' ? 'contacts' : 'calendars'} (the setting "${name}").`,
    )
  }

  #remember(found: FoundCollection): OpenCollection {
    const hrefs = this.#open.get(found.collection.key)?.hrefs ?? new Map<string, string>()
    const place = { url: found.url, service: this.#service, href: (key: string) => hrefs.get(key) ?? key }
    const opened = { ...found, hrefs, contents: new Contents(this.#client, place, this.#settings.connections, this.#room) }
    this.#open.set(found.collection.key, opened)
    return opened
  }

  /** A collection that another run has listed is found again by listing. */
  async #opened(c: Collection, signal: AbortSignal): Promise<OpenCollection> {
    const known = this.#open.get(c.key)
    if (known !== undefined) return known
    for await (const found of listCollections(this.#client, await this.#findHome(signal), this.#service, signal))
      this.#remember(found)
    const found = this.#open.get(c.key)
    if (found === undefined) throw new AppError('not-found', 'The server does not list this collection any more.')
    return found
  }
}
