/** Mail that is put into an account in another way than its backups read it: noted as what those will list. */
import { AppError } from '../core/errors.ts'
import type { Collection } from '../core/items.ts'
import type { PutFolder, PutMail } from '../core/provider.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../core/target.ts'
import { readMailHeader } from '../formats/mail-header.ts'

type Find = (folder: PutFolder, put: readonly PutMail[], signal: AbortSignal) => AsyncIterable<CheckOutcome>

interface Place {
  readonly folder: PutFolder
  put: PutMail[]
}

export class ListedElsewhere implements Target {
  readonly #target: Target
  /** Everything goes below folders of the restore's own, where a folder's use says nothing. */
  readonly #isBelow: boolean
  readonly #find: Find
  readonly #places = new Map<TargetPlace, Place>()

  /** `find`: as `Provider.listedMail`. */
  constructor(target: Target, isBelow: boolean, find: Find) {
    this.#target = target
    this.#isBelow = isBelow
    this.#find = find
  }

  get concurrency(): number {
    return this.#target.concurrency
  }

  get keepsLabels(): boolean {
    return this.#target.keepsLabels
  }

  async open(collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#target.open(collections, signal)
  }

  async ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace> {
    const place = await this.#target.ensure(c, signal)
    this.#places.set(place, { folder: { path: place.path, role: this.#isBelow ? null : (c.role ?? null) }, put: [] })
    return place
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const byKey = new Map(items.map((item) => [item.key, item]))
    for await (const outcome of this.#target.put(place, items, signal)) {
      const item = byKey.get(outcome.key)
      const message = item === undefined || !isThere(outcome) ? null : await messageOf(item)
      if (message !== null) this.#places.get(place)?.put.push(message)
      yield outcome
    }
  }

  /** What cannot be told costs the next backup a download. */
  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    yield* this.#target.check(place, signal)
    const known = this.#places.get(place)
    if (known === undefined || known.put.length === 0) return
    const { folder, put } = known
    known.put = []
    try {
      yield* this.#find(folder, put, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError) || error.code === 'bug') throw error
    }
  }

  async discard(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (this.#target.discard === undefined) throw new AppError('unsupported', 'This kind of account cannot be tidied up.')
    await this.#target.discard(paths, signal)
  }

  async close(): Promise<void> {
    await this.#target.close()
  }
}

/** Also where the target had it: perhaps from an attempt that was broken off before it heard so, and in any case the same message. */
function isThere({ kind }: PutOutcome): boolean {
  return kind === 'created' || kind === 'already-there'
}

/** Null for one that nobody could know again: without a Message-ID, a draft, or damaged. */
async function messageOf(item: RestoreItem): Promise<PutMail | null> {
  const { key, date, meta } = item
  if (Array.isArray(meta['flags']) && meta['flags'].includes('\\Draft')) return null
  try {
    for await (const beginning of item.content()) {
      const { messageId } = readMailHeader(beginning)
      return messageId === '' ? null : { key, messageId, date }
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'bug') throw error
  }
  return null
}
