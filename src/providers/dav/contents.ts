/** The contents of items: multiget in batches, several at once, and a GET by itself for whatever a batch does not answer well. */
import { AppError, hasCode } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import type { Fetched } from '../../core/source.ts'
import { Channel } from '../shared/channel.ts'
import { type DavAnswer, refusal } from './answer.ts'
import { isRefusal, isTooLarge } from './errors.ts'
import type { DavService } from './home.ts'
import { hrefKey } from './hrefs.ts'
import type { DavClient, DavRequest } from './http.ts'
import { octetsOf } from './octets.ts'
import { type DavResponse, multigetRequest, propfind, readMultistatus } from './requests.ts'
import { type Name, name } from './xml.ts'

/** What is fetched, as far as it is of use here. */
export interface Wanted {
  readonly key: Item['key']
  readonly version?: Item['version']
  readonly size?: number
}

/** One collection as requests need it. */
export interface Place {
  readonly url: URL
  readonly service: DavService
  /** The href of an item as the server writes it. */
  href(key: string): string
}

const lengthName = name('dav', 'getcontentlength')
const batchItems = 100
const batchOctets = 4 * 1024 * 1024
/** Assumed where the server states no size. */
const usualSize = 2_048
/** Octets that wait for the reader. */
const waitingOctets = 8 * 1024 * 1024
const itemLimit = 128 * 1024 * 1024
/** Octets of contents that came with a listing and wait to be fetched, of all collections of one source. */
const keptOctets = 16 * 1024 * 1024
/** An answer that breaks off so often, while the server is up, is the fault of what was asked for. */
const brokenLimit = 2

/** The server is up, and this request never gets a whole answer. Not worth another try by itself. */
class NoWholeAnswer extends AppError {
  constructor(host: string, cause: unknown) {
    super('unsupported', `${host} breaks off whenever it is asked for this.`, { cause })
    this.name = 'NoWholeAnswer'
  }
}

/** A page of the web (a sign-in, a notice) came in place of the item. */
class NoItem extends AppError {
  constructor(host: string) {
    super('unsupported', `${host} sends a web page instead of this item.`, {
      advice: 'Sign in at the provider with a browser and see whether it asks something of you; then run the backup again.',
    })
    this.name = 'NoItem'
  }
}

/** Whatever else is no vCard or calendar is kept as it comes. */
function isPage(answer: DavAnswer, content: Buffer): boolean {
  return /^text\/html\b/i.test(answer.header('content-type') ?? '') && !/^BEGIN:/im.test(content.toString('latin1'))
}

/** Room for contents that came with a listing; what does not fit is asked for again. */
export class Room {
  #free = keptOctets

  take(octets: number): boolean {
    if (octets > this.#free) return false
    this.#free -= octets
    return true
  }

  giveBack(octets: number): void {
    this.#free += octets
  }
}

export class Contents {
  /** The property that holds an item's content. */
  readonly data: Name
  readonly #client: DavClient
  readonly #place: Place
  readonly #batchesAtOnce: number
  #canMultiget = true
  /** Until a stated length turns out to be wrong. */
  #lengthsAreRight = true
  /** The first item whose length did not fit, until a GET has told which of the two is wrong. */
  #doubted: { readonly key: string; readonly octets: Buffer } | null = null
  readonly #room: Room
  /** By key: what came with the listing. */
  readonly #kept = new Map<string, { readonly version: string; readonly octets: Buffer }>()

  constructor(client: DavClient, place: Place, batchesAtOnce: number, room = new Room()) {
    this.data = place.service === 'contacts' ? name('carddav', 'address-data') : name('caldav', 'calendar-data')
    this.#room = room
    this.#client = client
    this.#place = place
    this.#batchesAtOnce = batchesAtOnce
  }

  /** Takes in a content that came with the listing, where it is whole beyond doubt and there is room. */
  keep({ key, version }: Pick<Item, 'key' | 'version'>, { properties }: DavResponse): void {
    const text = properties.get(this.data)?.text
    if (text === undefined) return
    const octets = this.#sureOctets(key, text, properties.get(lengthName)?.text)
    this.#forget(key)
    if (octets !== null && this.#room.take(octets.length)) this.#kept.set(own(key), { version: own(version), octets })
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#room.giveBack(kept.octets.length)
  }

  /** As `Source.fetch`. */
  async *fetch(items: readonly Wanted[], signal: AbortSignal): AsyncGenerator<Fetched, void, undefined> {
    const missing: Wanted[] = []
    for (const item of items) {
      const kept = this.#kept.get(item.key)
      this.#forget(item.key)
      if (kept === undefined || kept.version !== item.version) missing.push(item)
      else {
        signal.throwIfAborted()
        yield { key: item.key, content: kept.octets }
      }
    }
    if (missing.length > 0) yield* this.#fetch(missing, signal)
  }

  async *#fetch(items: readonly Wanted[], signal: AbortSignal): AsyncGenerator<Fetched, void, undefined> {
    const answers = new Channel<Fetched>(waitingOctets)
    const abandoned = new AbortController()
    const limited = AbortSignal.any([signal, abandoned.signal])
    const batches = batchesOf(items).values()
    const work = async () => {
      for (const batch of batches) await this.#batch(batch, answers, limited)
    }
    const working = Promise.all(Array.from({ length: this.#batchesAtOnce }, work)).then(
      () => answers.end(),
      (error: unknown) => answers.end(error),
    )
    try {
      yield* answers.values(signal)
    } finally {
      abandoned.abort()
      answers.close()
      await working
    }
  }

  async #batch(items: readonly Wanted[], answers: Channel<Fetched>, signal: AbortSignal): Promise<void> {
    if (!this.#canMultiget || items.length === 1) return this.#singly(items, answers, signal)
    const waiting = new Map(items.map((item) => [item.key, item]))
    try {
      await this.#multiget(waiting, answers, signal)
    } catch (error) {
      if (!(isRefusal(error) || error instanceof NoWholeAnswer)) throw error
      // Not offered, or not to us: RFC 4791 and 6352 demand it, GET does as well.
      if (isRefusal(error, 403, 404, 405, 415, 501)) this.#canMultiget = false
      else return this.#halves([...waiting.values()], answers, signal)
    }
    await this.#singly([...waiting.values()], answers, signal)
  }

  /** One item may spoil the answer to all. */
  async #halves(items: readonly Wanted[], answers: Channel<Fetched>, signal: AbortSignal): Promise<void> {
    const middle = Math.ceil(items.length / 2)
    await this.#batch(items.slice(0, middle), answers, signal)
    if (middle < items.length) await this.#batch(items.slice(middle), answers, signal)
  }

  /** Takes out of `waiting` what was answered well. */
  async #multiget(waiting: Map<string, Wanted>, answers: Channel<Fetched>, signal: AbortSignal): Promise<void> {
    const { data } = this
    const { url, service } = this.#place
    const hrefs = [...waiting.keys()].map((key) => this.#place.href(key))
    const request = multigetRequest(url, service, hrefs, [lengthName, data])
    const consume = async (answer: DavAnswer) => {
      for await (const part of readMultistatus(answer)) {
        if (part.kind !== 'response') continue
        const key = hrefKey(part.response.href, part.base)
        const text = part.response.properties.get(data)?.text
        if (key === null || text === undefined || !waiting.has(key)) continue
        const octets = this.#sureOctets(key, text, part.response.properties.get(lengthName)?.text)
        if (octets === null) continue
        waiting.delete(key)
        await answers.push({ key, content: octets }, octets.length)
      }
    }
    await this.#whole(request, consume, signal)
  }

  /** Null where only a GET of its own tells. `stated`: the length as the server writes it. */
  #sureOctets(key: string, text: string, stated: string | undefined): Buffer | null {
    const length = this.#lengthsAreRight && /^\s*\d{1,15}\s*$/.test(stated ?? '') ? Number(stated) : null
    const { octets, isSure } = octetsOf(text, length)
    if (isSure) return octets
    if (length !== null) this.#doubted ??= { key, octets }
    return null
  }

  async #singly(items: readonly Wanted[], answers: Channel<Fetched>, signal: AbortSignal): Promise<void> {
    for (const { key } of items) {
      const answer = await this.#one(key, signal)
      await answers.push(answer, 'content' in answer ? answer.content.length : 0)
    }
  }

  async #one(key: string, signal: AbortSignal): Promise<{ key: string; content: Buffer } | { key: string; error: AppError }> {
    const request = { method: 'GET', url: new URL(this.#place.url.origin + this.#place.href(key)) } as const
    const consume = async (answer: DavAnswer) => {
      if (answer.status !== 200) throw await refusal(answer)
      const content = await answer.bytes(itemLimit)
      if (isPage(answer, content)) throw new NoItem(answer.url.host)
      return content
    }
    try {
      const content = await this.#whole(request, consume, signal)
      if (this.#doubted?.key === key && this.#doubted.octets.equals(content)) this.#lengthsAreRight = false
      return { key, content }
    } catch (error) {
      if (isRefusal(error) || error instanceof NoWholeAnswer || error instanceof NoItem || isTooLarge(error))
        return { key, error }
      throw error
    }
  }

  /**
   * @throws NoWholeAnswer where only this request fails
   * @throws AppError `network`, where the server as a whole cannot be asked any more
   */
  async #whole<T>(request: DavRequest, consume: (answer: DavAnswer) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { host } = this.#place.url
    let broken = 0
    const counted = async (answer: DavAnswer) => {
      try {
        return await consume(answer)
      } catch (error) {
        if (hasCode(error, 'network') && ++broken >= brokenLimit) throw new NoWholeAnswer(host, error)
        throw error
      }
    }
    try {
      return await this.#client.read(request, counted, signal)
    } catch (error) {
      if (!hasCode(error, 'network') || signal.aborted) throw error
      await propfind(this.#client, this.#place.url, 0, [name('dav', 'resourcetype')], signal)
      throw new NoWholeAnswer(host, error)
    }
  }
}

/** A string cut out of an answer keeps all of the answer in memory; this one does not. */
function own(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

function batchesOf(items: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const batches: Wanted[][] = []
  let octets = 0
  for (const item of items) {
    const size = item.size ?? usualSize
    const current = batches.at(-1)
    if (current !== undefined && current.length < batchItems && octets + size <= batchOctets) {
      current.push(item)
      octets += size
    } else {
      batches.push([item])
      octets = size
    }
  }
  return batches
}
