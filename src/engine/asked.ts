/** A source that is asked which collections there are, before or while others are saved. */
import type { Service } from '../core/account.ts'
import { AppError } from '../core/errors.ts'
import type { Collection } from '../core/items.ts'
import type { Source } from '../core/source.ts'

export class Asked {
  readonly source: Source
  /** Where it fails and nobody waits for it, that is nobody's business. */
  readonly collections: Promise<readonly Collection[]>
  readonly #stop = new AbortController()

  /** @throws AppError when the source cannot be opened */
  constructor(open: () => Source, signal: AbortSignal) {
    this.source = open()
    this.collections = all(this.source.collections(AbortSignal.any([signal, this.#stop.signal])))
    this.collections.catch(() => undefined)
  }

  /** Ends the asking. */
  async close(): Promise<void> {
    this.#stop.abort(new AppError('cancelled', 'Stopped.'))
    await this.source.close()
  }
}

/** Sources that were asked before the run began. */
export interface AskedAhead {
  /** Whoever takes one closes it. Null where it was not asked. */
  take(account: string, service: Service): Asked | null
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const value of values) collected.push(value)
  return collected
}
