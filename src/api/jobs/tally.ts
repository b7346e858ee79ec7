/** Adds up what a job says on its way: how far each part is, and how fast it goes. */

import type { Service } from '../../core/account.ts'
import { Rate } from '../../core/rate.ts'
import type { BackupProgress, DrillProgress, RestoreProgress, VerifyProgress, ViewerProgress } from '../contract.ts'

type Progress = BackupProgress | DrillProgress | RestoreProgress | VerifyProgress | ViewerProgress

/** A bar that stands still this far before what is known by now says something untrue. */
const clearlyAhead = 0.2

/** One service of one account. */
export interface Tally {
  readonly account: string
  readonly service: Service
  /** The one that was worked on last. */
  readonly collection: readonly string[]
  /** Named by the provider so far. */
  readonly listed: number
  readonly done: number
  /** Known to be to do so far. */
  readonly total: number
}

export interface Pace {
  readonly items: number
  readonly itemsKnown: number
  readonly bytes: number
  readonly bytesKnown: number
  /** Octets, lately; null while it is too early to say, and where only items are counted. */
  readonly perSecond: number | null
  /** Null while an estimate would not be steady, e.g. while folders are still being listed. */
  readonly secondsLeft: number | null
  /** 0 to 1 of all accounts, each for the same; never less than it was for the same work. Null while nobody can know, also while much more has become known. */
  readonly share: number | null
  /** The account that is worked on, where others come after it: what is left is of this one. Else null. */
  readonly of: string | null
}

type Amounts = Omit<Pace, 'perSecond' | 'secondsLeft' | 'share' | 'of'>

interface Part {
  listed: number
  done: number
  total: number
}

interface Line {
  readonly account: string
  readonly service: Service
  collection: readonly string[]
  readonly parts: Map<string, Part>
}

export class Tallies {
  readonly #lines = new Map<string, Line>()
  readonly #bytes = new Rate()
  readonly #items = new Rate()
  /** By account; '' where a job has none. */
  readonly #amounts = new Map<string, Amounts>()
  #account = ''
  /** Accounts that it has come to, and that come after them. */
  #begun = 0
  #toCome = 0
  /** The most that was said of the same work. */
  #share: number | null = null
  /** It was said too early, and what is known by now has not caught up with it. */
  #isAhead = false

  /** Cheap enough for every event. `time`: milliseconds, never going back. */
  note(progress: Progress, time: number): void {
    if ('filesDone' in progress) {
      const { filesDone: items, filesTotal: itemsKnown, bytesDone: bytes, bytesTotal: bytesKnown } = progress
      this.#go(time, '', { items, itemsKnown, bytes, bytesKnown })
    } else if (progress.kind === 'account') {
      this.#account = progress.account
      this.#begun++
      this.#toCome = progress.toCome
    } else if (progress.kind === 'listing') {
      this.#part(progress.account, progress.service, progress.collection).listed = progress.listed
    } else if (progress.kind === 'items' && 'known' in progress) {
      this.#go(time, '', { items: progress.done, itemsKnown: progress.known, bytes: 0, bytesKnown: 0 })
    } else if (progress.kind === 'items') {
      const { itemsSoFar: items, itemsKnown, bytesSoFar: bytes, bytesKnown } = progress
      this.#go(time, 'account' in progress ? progress.account : '', { items, itemsKnown, bytes, bytesKnown })
      if (!('account' in progress)) return
      const part = this.#part(progress.account, progress.service, progress.collection)
      part.done = progress.done
      part.total = progress.total
    }
  }

  sums(): { readonly tally: readonly Tally[]; readonly pace: Pace | null } {
    const tally = [...this.#lines.values()].map(({ account, service, collection, parts }): Tally => {
      const sum = { listed: 0, done: 0, total: 0 }
      for (const { listed, done, total } of parts.values()) {
        sum.listed += listed
        sum.done += done
        sum.total += total
      }
      return { account, service, collection, ...sum }
    })
    return { tally, pace: this.#pace() }
  }

  #pace(): Pace | null {
    if (this.#amounts.size === 0) return null
    const amounts = this.#inAll()
    const hasSizes = amounts.bytesKnown > 0
    return {
      ...amounts,
      perSecond: hasSizes ? this.#bytes.perSecond() : null,
      secondsLeft: (hasSizes ? this.#bytes : this.#items).remaining(),
      share: this.#isAhead ? null : this.#share,
      of: this.#toCome > 0 ? this.#account : null,
    }
  }

  #go(time: number, account: string, amounts: Amounts): void {
    // Less done than before: something else has begun.
    if (amounts.items < (this.#amounts.get(account)?.items ?? 0)) {
      this.#share = null
      this.#isAhead = false
    }
    this.#amounts.set(account, amounts)
    const { items, itemsKnown, bytes, bytesKnown } = this.#inAll()
    this.#bytes.add(time, bytes, bytesKnown)
    this.#items.add(time, items, itemsKnown)
    const share = this.#shareNow()
    // More may become known than is done meanwhile.
    if (share === null) return
    const kept = Math.max(this.#share ?? 0, share)
    this.#isAhead = kept > share && (this.#isAhead || kept - share >= clearlyAhead)
    this.#share = kept
  }

  #shareNow(): number | null {
    const own = shareOf(this.#begun === 0 ? this.#inAll() : this.#amounts.get(this.#account))
    if (this.#begun <= 1 && own === null) return null
    return (Math.max(0, this.#begun - 1) + (own ?? 0)) / Math.max(1, this.#begun + this.#toCome)
  }

  #inAll(): Amounts {
    const sum = { items: 0, itemsKnown: 0, bytes: 0, bytesKnown: 0 }
    for (const { items, itemsKnown, bytes, bytesKnown } of this.#amounts.values()) {
      sum.items += items
      sum.itemsKnown += itemsKnown
      sum.bytes += bytes
      sum.bytesKnown += bytesKnown
    }
    return sum
  }

  #part(account: string, service: Service, collection: readonly string[]): Part {
    const key = JSON.stringify([account, service])
    const line = this.#lines.get(key) ?? { account, service, collection, parts: new Map<string, Part>() }
    this.#lines.set(key, line)
    line.collection = collection
    const name = JSON.stringify(collection)
    const part = line.parts.get(name) ?? { listed: 0, done: 0, total: 0 }
    line.parts.set(name, part)
    return part
  }
}

function shareOf(amounts: Amounts | undefined): number | null {
  if (amounts === undefined) return null
  const { items, itemsKnown, bytes, bytesKnown } = amounts
  if (bytesKnown > 0) return Math.min(1, bytes / bytesKnown)
  return itemsKnown > 0 ? Math.min(1, items / itemsKnown) : null
}
