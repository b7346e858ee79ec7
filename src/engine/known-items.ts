/** What a collection lists anew and the vault has already: taken over from where it is, and not downloaded or stored again. */
import { hash } from 'node:crypto'
import { type Collection, type Item, isFolder } from '../core/items.ts'
import type { Source } from '../core/source.ts'
import { isHeaderIdentity } from '../formats/mail-header.ts'
import type { AccountRun } from '../vault/account-run.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import type { Recollection } from './recollection.ts'

export class KnownItems {
  readonly #run: AccountRun
  readonly #record: CollectionRecord
  /** Null where the provider does not list it any more. */
  readonly #collection: Collection | null
  /** Null where nothing was restored into the collection. */
  readonly #recollection: Recollection | null
  /** Items of the service that were in the vault before this run: only then can a new one be known from elsewhere. */
  readonly #mayBeKnown: boolean
  /** Something that was saved is not listed any more. */
  #hasGone = false
  /** Two new items must not both take over the same old one. */
  readonly #rekeyed = new Set<string>()

  constructor(run: AccountRun, record: CollectionRecord, collection: Collection | null, recollection: Recollection | null) {
    this.#run = run
    this.#record = record
    this.#collection = collection
    this.#recollection = recollection
    this.#mayBeKnown = run.state.hasItemsOf(record.service) || recollection !== null
  }

  /** Once everything is listed. */
  lookForGone(): void {
    this.#hasGone = this.#run.listing.hasGone(this.#record.c)
  }

  /** Whether an item of this key is saved, and was not removed. */
  isThere(key: string): boolean {
    return this.#mayBeKnown && this.#run.state.item(this.#record.c, key)?.removed === null
  }

  /** Saves what is in the vault already without downloading it, and says so of each; answers the rest. */
  async takeOver(source: Source, items: readonly Item[], signal: AbortSignal, onTaken: () => void): Promise<readonly Item[]> {
    if (!this.#mayBeKnown) return items
    const learnt = await this.#identities(source, items, signal)
    const unknown: Item[] = []
    for (const item of items) {
      const identified = { ...item, identities: [...(item.identities ?? []), ...(learnt.get(item.key) ?? [])] }
      if (await this.#reuse(identified)) onTaken()
      else unknown.push(item)
    }
    return unknown
  }

  /** What the provider tells on being asked, of items of which the vault may have one of the same size. */
  async #identities(source: Source, items: readonly Item[], signal: AbortSignal): Promise<Map<string, readonly string[]>> {
    const learnt = new Map<string, readonly string[]>()
    if (source.identify === undefined || this.#collection === null) return learnt
    const asked = items.filter(({ size }) => size === undefined || this.#run.state.hasSize(size))
    const toIdentify = asked.filter((item) => this.#match(item) === null)
    if (toIdentify.length === 0) return learnt
    for await (const { key, identities } of source.identify(this.#collection, toIdentify, signal)) learnt.set(key, identities)
    return learnt
  }

  /** What the vault has of the same content, the best candidate first. */
  #match(item: Item): ItemRecord | null {
    const { c } = this.#record
    for (const identity of item.identities ?? []) {
      const same = this.#run.state
        .byIdentity(identity, c)
        .filter((known) => (item.size === undefined || known.size === item.size) && !this.#isWanting(known))
        .filter((known) => !isHeaderIdentity(identity) || isOfSameSecond(item, known))
      const here = same.find(
        (known) => known.c === c && (known.key === item.key || known.removed !== null || this.#isNoLongerListed(known)),
      )
      const found = here ?? same[0]
      if (found !== undefined) return found
    }
    return null
  }

  /** Its record is damaged, or it has another version that could not be had. */
  #isWanting(known: ItemRecord): boolean {
    return this.#run.state.isPending(known.c, known.key)
  }

  #isNoLongerListed(known: ItemRecord): boolean {
    return this.#run.listing.isGone(known.c, known.key)
  }

  async #reuse(item: Item): Promise<boolean> {
    const known = this.#match(item)
    return known === null ? await this.#recollect(item) : await this.#save(item, known)
  }

  /** What was restored into the account, from this one or another. */
  async #recollect(item: Item): Promise<boolean> {
    if (this.#recollection === null || this.#collection === null) return false
    for (const { account, record } of await this.#recollection.find(this.#collection, item)) {
      const isOwn = account.state === this.#run.state
      if (isOwn && this.#isWanting(record)) continue
      if (await (isOwn ? this.#save(item, record) : this.#run.copy(this.#record, item, record, account))) return true
    }
    return false
  }

  /** False when the bytes of `known` are not what was saved. */
  async #save(item: Item, known: ItemRecord): Promise<boolean> {
    if (!this.#isSameOccurrence(item, known)) return await this.#run.copy(this.#record, item, known)
    this.#rekeyed.add(known.key)
    return await this.#run.rekey(this.#record, item, known)
  }

  #isSameOccurrence(item: Item, known: ItemRecord): boolean {
    const { c } = this.#record
    if (known.c !== c || this.#rekeyed.has(known.key)) return false
    // A former version of it is none.
    if (this.#run.state.item(c, known.key)?.sha256 !== known.sha256) return false
    return known.key === item.key || known.removed !== null || this.#isNoLongerListed(known)
  }

  /**
   * What no identity told, the bytes do: a message of this collection that goes by another key now, after the server
   * numbered everything anew, is not stored twice.
   */
  async takeOverFetched(item: Item, content: Uint8Array): Promise<boolean> {
    const { c } = this.#record
    if (!this.#hasGone) return false
    const isFree = (one: ItemRecord) => !this.#rekeyed.has(one.key) && !this.#isWanting(one)
    const isSame = (one: ItemRecord) => isFree(one) && isFolder(one.meta) === isFolder(item.meta)
    const known = this.#run.listing.goneLike(c, hash('sha256', content, 'hex'), isSame)
    if (known === undefined) return false
    this.#rekeyed.add(known.key)
    await this.#run.rekey(this.#record, item, known)
    return true
  }
}

/** Servers keep the date of a message that is moved or numbered anew. True where the server states none. */
function isOfSameSecond({ date }: Item, known: ItemRecord): boolean {
  return date === undefined || Math.floor(Date.parse(date) / 1000) === Math.floor(Date.parse(known.date) / 1000)
}
