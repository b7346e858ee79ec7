/** Adds up what a job says on its way: how far each part is, and how fast it goes. */
import type { Service } from '../../core/types.ts'
import type { BackupProgress, DrillProgress, RestoreProgress, VerifyProgress, ViewerProgress } from '../contract.ts'

type Progress = BackupProgress | DrillProgress | RestoreProgress | VerifyProgress | ViewerProgress

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
  /** When the first item came: RFC 3339. */
  readonly since: string
  readonly items: number
  readonly itemsKnown: number
  readonly bytes: number
  readonly bytesKnown: number
}

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
  #pace: Pace | null = null

  /** Cheap enough for every event. */
  note(progress: Progress, now: Date): void {
    if ('filesDone' in progress) {
      const { filesDone: items, filesTotal: itemsKnown, bytesDone: bytes, bytesTotal: bytesKnown } = progress
      this.#go(now, { items, itemsKnown, bytes, bytesKnown })
    } else if (progress.kind === 'listing') {
      this.#part(progress.account, progress.service, progress.collection).listed = progress.listed
    } else if (progress.kind === 'items' && 'known' in progress) {
      this.#go(now, { items: progress.done, itemsKnown: progress.known, bytes: 0, bytesKnown: 0 })
    } else if (progress.kind === 'items') {
      const { itemsSoFar: items, itemsKnown, bytesSoFar: bytes, bytesKnown } = progress
      this.#go(now, { items, itemsKnown, bytes, bytesKnown })
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
    return { tally, pace: this.#pace }
  }

  #go(now: Date, amounts: Omit<Pace, 'since'>): void {
    this.#pace = { since: this.#pace?.since ?? now.toISOString(), ...amounts }
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
