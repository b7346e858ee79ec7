/** Adds contacts and events to an account over CardDAV and CalDAV; what is there stays. */
import { hash } from 'node:crypto'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { Collection } from '../../core/items.ts'
import type { CheckOutcome, ListedAs, PutOutcome, RestoreItem, Target, TargetOptions, TargetPlace } from '../../core/target.ts'
import { addedProperties, lostProperties, saySame, uidOf, withUid } from '../../formats/item-text.ts'
import { flatName, isFlatBelow } from '../shared/restored-names.ts'
import { type FoundCollection, listCollections } from './collections.ts'
import { isRefusal } from './errors.ts'
import { type DavService, findHome, type Home } from './home.ts'
import { hrefKey } from './hrefs.ts'
import type { DavClientOptions } from './http.ts'
import { makeCollectionRequest } from './make-collection.ts'
import { Putting } from './putting.ts'
import { type DavSettings, parseSettings } from './settings.ts'
import { ItemSource } from './source.ts'
import { WritingDavClient } from './writing-http.ts'

const media = { contacts: 'text/vcard; charset=utf-8', calendar: 'text/calendar; charset=utf-8' } as const
const extensions = { contacts: '.vcf', calendar: '.ics' } as const
/** Items are small; a larger one is no contact or event. Octets. */
const itemLimit = 128 << 20

interface There {
  readonly key: string
  readonly etag: string
  readonly bytes: Uint8Array
}

interface Created {
  /** Of the item. */
  readonly key: string
  readonly original: Uint8Array
  /** Of what was put beside another version, with a UID of its own: it is none of the vault's items. */
  readonly isOther: boolean
}

interface Open {
  readonly url: URL
  readonly collection: Collection
  /** What the server has, by UID; null before it was asked. */
  there: Map<string, There> | null
  readonly byKey: Map<string, There>
  readonly created: Map<string, Created>
}

export class ItemsTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #account: Account
  readonly #service: DavService
  readonly #settings: DavSettings
  readonly #context: Context
  readonly #options: TargetOptions
  readonly #client: WritingDavClient
  readonly #source: ItemSource
  readonly #putting = new Putting()
  readonly #open = new Map<TargetPlace, Open>()
  #home: Home | null = null
  #found: FoundCollection[] = []
  readonly #taken = new Set<string>()

  constructor(account: Account, service: DavService, context: Context, options: TargetOptions, client: DavClientOptions = {}) {
    this.#account = account
    this.#service = service
    this.#settings = parseSettings(account.settings)
    this.#context = context
    this.#options = options
    this.#client = new WritingDavClient(this.#settings, context, client)
    this.#source = new ItemSource(account, service, context, client)
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    const address = this.#service === 'contacts' ? this.#settings.carddav : this.#settings.caldav
    if (address === undefined) throw new AppError('usage', `The account ${this.#account.id} has no address for ${this.#service}.`)
    this.#home = await findHome(this.#client, new URL(address), this.#service, signal)
    await this.#list(signal)
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#found = []
    if (this.#home === null) return
    for await (const found of listCollections(this.#client, this.#home, this.#service, signal)) this.#found.push(found)
  }

  async ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace> {
    const wanted = flatName(this.#options.into, c.path)
    let found = this.#existing(wanted)
    const isNew = found === undefined
    if (found === undefined && !this.#options.dryRun) {
      await this.#make(wanted, c, signal)
      await this.#list(signal)
      found = this.#existing(wanted)
      if (found === undefined) throw new AppError('unsupported', `The server does not show “${wanted}”, which it has just made.`)
    }
    const place: TargetPlace = { service: this.#service, path: found?.collection.path ?? [wanted], isNew, losses: [] }
    if (found !== undefined) this.#taken.add(found.collection.key)
    const url = found?.url ?? new URL('http://localhost/')
    const there = isNew && this.#options.dryRun ? new Map<string, There>() : null
    this.#open.set(place, { url, collection: found?.collection ?? c, there, byKey: new Map(), created: new Map() })
    return place
  }

  #existing(wanted: string): FoundCollection | undefined {
    return this.#found.find(
      ({ collection: { path, skipped, key } }) =>
        skipped === undefined && !this.#taken.has(key) && path.join('/').normalize('NFC') === wanted.normalize('NFC'),
    )
  }

  async #make(name: string, c: Collection, signal: AbortSignal): Promise<void> {
    const home = this.#home?.places.find(({ kind }) => kind === 'home')
    if (home === undefined)
      throw new AppError('unsupported', 'The account names one collection only; a new one has no place there.')
    const slug = name
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60)
    const stem = `${slug === '' ? this.#service : slug}-${hash('sha256', name, 'hex').slice(0, 8)}`
    const base = home.url.pathname.endsWith('/') ? home.url : new URL(`${home.url.pathname}/`, home.url)
    const url = new URL(`${stem}/`, base)
    const { written } = await this.#client.create(
      makeCollectionRequest(url, this.#service, name, c.meta ?? {}),
      signal,
      this.#context.clock,
    )
    if (written === null) this.#context.log.debug('the collection is there already')
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const open = this.#at(place)
    open.there ??= await this.#read(open, signal)
    yield* this.#putting.each(items, (item) => this.#putOne(open, item, signal), signal)
  }

  #at(place: TargetPlace): Open {
    const open = this.#open.get(place)
    if (open === undefined) throw new AppError('bug', 'The collection was not made ready.')
    return open
  }

  /** Everything that is in the collection: a server may write an item anew, so only its content tells what it is. */
  async #read({ collection, byKey }: Open, signal: AbortSignal): Promise<Map<string, There>> {
    const there = new Map<string, There>()
    const versions = await this.#versions(collection, signal, false)
    const items = [...versions].map(([key, version]) => ({ key, version, meta: {} }))
    for (let i = 0; i < items.length; i += 200) {
      for await (const answer of this.#source.fetch(collection, items.slice(i, i + 200), signal)) {
        if ('error' in answer) continue
        const bytes = await whole(answer.content)
        const entry = { key: answer.key, etag: versions.get(answer.key) ?? '', bytes }
        byKey.set(answer.key, entry)
        there.set(uidOf(bytes) ?? `no UID ${answer.key}`, entry)
      }
    }
    return there
  }

  /** What there is, before anything of it is read: as long as a version is the same, so is what was read. */
  async #versions(collection: Collection, signal: AbortSignal, isKnown: boolean): Promise<Map<string, string>> {
    const versions = new Map<string, string>()
    for await (const change of this.#source.changes(collection, null, signal, isKnown))
      if (change.kind === 'item') versions.set(change.item.key, change.item.version)
    return versions
  }

  async #putOne(open: Open, item: RestoreItem, signal: AbortSignal): Promise<PutOutcome> {
    const { key } = item
    const bytes = await whole(item.content())
    const known = open.byKey.get(item.at?.split('\n')[0] ?? '')
    // As an earlier attempt put it, and unchanged since, whatever the server made of it.
    if (known !== undefined && item.at === atOf(known)) {
      const listed = saySame(bytes, known.bytes) ? listedAs(open, known) : {}
      return { key, kind: 'already-there', at: item.at, ...listed }
    }
    const uid = uidOf(bytes)
    const there = (uid === null ? undefined : open.there?.get(uid)) ?? (uid === null ? this.#equal(open, bytes) : undefined)
    if (there === undefined) return await this.#create(open, item, bytes, signal)
    if (saySame(bytes, there.bytes)) return { key, kind: 'already-there', at: atOf(there), ...listedAs(open, there) }
    return await this.#conflict(open, item, bytes, there, signal)
  }

  #equal(open: Open, bytes: Uint8Array): There | undefined {
    return [...open.byKey.values()].find((there) => saySame(bytes, there.bytes))
  }

  async #create(open: Open, item: RestoreItem, bytes: Uint8Array, signal: AbortSignal, note?: string): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#options.dryRun) return { key: item.key, kind: 'created', ...noted }
    for (const stem of stemsOf(item, bytes)) {
      const url = new URL(encodeURIComponent(stem) + extensions[this.#service], open.url)
      const headers = { 'Content-Type': media[this.#service], 'Content-Length': String(bytes.length), 'If-None-Match': '*' }
      const request = { method: 'PUT', url, headers, body: bytes } as const
      const { written, retried } = await this.#client.create(request, signal, this.#context.clock)
      // Taken by another item, unless a try whose answer was lost has done it.
      if (written === null && !retried) continue
      const key = hrefKey(url.pathname, url) ?? url.pathname
      open.created.set(key, { key: item.key, original: bytes, isOther: hash('sha256', bytes, 'hex') !== item.sha256 })
      const uid = uidOf(bytes)
      const entry = { key, etag: written?.etag ?? '', bytes }
      open.byKey.set(key, entry)
      if (uid !== null) open.there?.set(uid, entry)
      return { key: item.key, kind: 'created', ...(written?.etag ? { at: atOf(entry) } : {}), ...noted }
    }
    throw new AppError('unsupported', 'The server has something else under every name that it could have.')
  }

  async #conflict(open: Open, item: RestoreItem, bytes: Uint8Array, there: There, signal: AbortSignal): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#options
    if (conflict === 'skip') return { key: item.key, kind: 'conflict', reason: 'Another version of it is there.' }
    if (conflict === 'keep-both') {
      const uid = `lifeboat-${item.sha256.slice(0, 32)}`
      const known = open.there?.get(uid)
      if (known !== undefined) return { key: item.key, kind: 'already-there', at: atOf(known) }
      return await this.#create(
        open,
        item,
        withUid(bytes, uid),
        signal,
        `Another version of it is there: kept beside it, with the UID ${uid}.`,
      )
    }
    if (dryRun) return { key: item.key, kind: 'created', note: 'Another version of it is there; it would be kept elsewhere.' }
    const kept = await keep(`${item.title || 'item'}${extensions[this.#service]}`, there.bytes)
    const url = new URL(there.key, open.url)
    const headers = { 'Content-Type': media[this.#service], 'Content-Length': String(bytes.length), 'If-Match': there.etag }
    try {
      const { etag } = await this.#client.write({ method: 'PUT', url, headers, body: bytes }, signal)
      open.created.set(there.key, { key: item.key, original: bytes, isOther: false })
      const note = `The version that was there lies in ${kept} now.`
      return { key: item.key, kind: 'created', note, ...(etag === null ? {} : { at: `${there.key}\n${etag}` }) }
    } catch (error) {
      if (!isRefusal(error, 412)) throw error
      return { key: item.key, kind: 'conflict', reason: 'It was changed at the target at this moment.' }
    }
  }

  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const open = this.#at(place)
    const { collection, created } = open
    if (created.size === 0) return
    const versions = await this.#versions(collection, signal, true)
    const items = [...created.keys()].map((key) => ({ key, version: versions.get(key) ?? key, meta: {} }))
    for (let i = 0; i < items.length; i += 200) {
      for await (const answer of this.#source.fetch(collection, items.slice(i, i + 200), signal)) {
        const asked = created.get(answer.key)
        if (asked === undefined) continue
        if ('error' in answer) yield { key: asked.key, losses: [`It could not be read back: ${answer.error.message}`] }
        else yield compared(open, asked, await whole(answer.content), answer.key, versions.get(answer.key) ?? '')
      }
    }
  }

  async discard(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (this.#home === null) await this.open([], signal)
    const wanted = new Set(paths.map((path) => path.join('/')).filter((name) => isFlatBelow(name, this.#options.into)))
    for (const { collection, url } of this.#found)
      if (wanted.has(collection.path.join('/'))) await this.#client.write({ method: 'DELETE', url }, signal)
  }

  async close(): Promise<void> {
    this.#client.close()
    await this.#source.close()
  }
}

function compared(open: Open, asked: Created, copy: Uint8Array, key: string, etag: string): CheckOutcome {
  const isSame = saySame(asked.original, copy) && !asked.isOther
  return { key: asked.key, losses: differences(asked.original, copy), ...(isSame ? listedAs(open, { key, etag }) : {}) }
}

function differences(original: Uint8Array, copy: Uint8Array): string[] {
  const lost = lostProperties(original, copy)
  if (lost.length > 0) return [`The server changed or left out: ${lost.join(', ')}.`]
  const added = addedProperties(original, copy)
  return added.length === 0 ? [] : [`Nothing is missing; the server added: ${added.join(', ')}.`]
}

/** Nothing where the server tells no version. */
function listedAs({ collection }: Open, { key, etag }: Pick<There, 'key' | 'etag'>): { readonly listed?: ListedAs } {
  return etag === '' ? {} : { listed: { collection: collection.key, key, version: etag } }
}

function atOf({ key, etag }: Pick<There, 'key' | 'etag'>): string {
  return `${key}\n${etag}`
}

/** Names to try for a resource: its own, then ones that no other item has. */
function stemsOf(item: RestoreItem, bytes: Uint8Array): string[] {
  const own = decoded(item.key.split('/').at(-1) ?? '').replace(/\.(vcf|ics)$/i, '')
  const uid = uidOf(bytes) ?? ''
  const unique = hash('sha256', bytes, 'hex').slice(0, 32)
  return [...new Set([own, uid, unique])].filter((stem) => /^[^\p{Cc}/\\]{1,200}$/u.test(stem) && !/^\.+$/.test(stem))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function whole(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > itemLimit) throw new AppError('unsupported', 'It is too large for a contact or an event.')
    parts.push(part)
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
