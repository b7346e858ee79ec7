/** As what the source of an account lists what a restore has put there: only where it says there what was put. */
import { AppError } from '../../core/errors.ts'
import type { Collection, Item, Originals } from '../../core/items.ts'
import type { Fingerprint } from '../../core/provider.ts'
import type { Source } from '../../core/source.ts'
import type { CheckOutcome, PutOutcome, TargetPlace } from '../../core/target.ts'
import { whole } from './whole.ts'

const itemLimit = 96 << 20
const batch = 200

interface Put {
  /** Of the item of the vault. */
  readonly key: string
  /** '' where what is there is not compared. */
  readonly says: string
}

export class ListedAgain {
  readonly #open: () => Source
  readonly #fingerprint: Fingerprint | null
  /** By place, and by the key that the source knows it by. */
  readonly #put = new Map<TargetPlace, Map<string, Put>>()

  /** `fingerprint` null: what was put is not read again, for it cannot be changed there. */
  constructor(open: () => Source, fingerprint: Fingerprint | null) {
    this.#open = open
    this.#fingerprint = fingerprint
  }

  /** Notes an item of which nothing was lost on its way there. */
  async note(place: TargetPlace, outcome: PutOutcome, bytes: Uint8Array, originals: Originals | null): Promise<void> {
    if (!('at' in outcome) || outcome.at === undefined || outcome.at === '') return
    if (outcome.kind === 'created' && (outcome.note !== undefined || (outcome.losses ?? []).length > 0)) return
    const says = this.#fingerprint === null ? '' : await this.#fingerprint(bytes, originals)
    const put = this.#put.get(place) ?? new Map<string, Put>()
    this.#put.set(place, put.set(outcome.at, { key: outcome.key, says }))
  }

  /** `collection`: its key. What cannot be told is left out: that costs the next backup a download. */
  async *of(place: TargetPlace, collection: string, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const put = this.#put.get(place)
    this.#put.delete(place)
    if (put === undefined) return
    const source = this.#open()
    try {
      for await (const c of source.collections(signal))
        if (c.key === collection && c.skipped === undefined) yield* this.#listed(source, c, put, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError) || error.code === 'bug') throw error
    } finally {
      await source.close()
    }
  }

  async *#listed(
    source: Source,
    c: Collection,
    put: ReadonlyMap<string, Put>,
    signal: AbortSignal,
  ): AsyncGenerator<CheckOutcome> {
    const items: Item[] = []
    for await (const change of source.changes(c, null, signal))
      if (change.kind === 'item' && put.has(change.item.key)) items.push(change.item)
    for (let n = 0; n < items.length; n += batch) {
      const some = items.slice(n, n + batch)
      const same = this.#fingerprint === null ? some : await saying(source, c, some, put, this.#fingerprint, signal)
      for (const { key, version } of same) {
        const listed = { collection: c.key, key, version }
        yield { key: put.get(key)?.key ?? '', losses: [], listed }
      }
    }
  }
}

/** Those that say there what was put. */
async function saying(
  source: Source,
  c: Collection,
  items: readonly Item[],
  put: ReadonlyMap<string, Put>,
  fingerprint: Fingerprint,
  signal: AbortSignal,
): Promise<Item[]> {
  const same = new Set<string>()
  for await (const answer of source.fetch(c, items, signal)) {
    if ('error' in answer) continue
    const { key, content, originals = null } = answer
    const bytes = content instanceof Uint8Array ? content : await whole(content, itemLimit)
    if ((await fingerprint(bytes, originals)) === put.get(key)?.says) same.add(key)
  }
  return items.filter(({ key }) => same.has(key))
}
