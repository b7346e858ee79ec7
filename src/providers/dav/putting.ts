/** How the targets of this provider put items: one after the other, and what a failure means for those that follow. */
import { type AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../core/target.ts'
import { isFull } from './errors.ts'

/** So many in a row that do not fit: then the account is full, and the rest need not be sent. */
const patienceWhenFull = 5

export class Putting {
  #refusedAsFull = 0
  #full: AppError | null = null

  /** As `Target.put`. @throws AppError where the server stays away, which is no single item's fault */
  async *each(
    items: readonly RestoreItem[],
    putOne: (item: RestoreItem) => Promise<PutOutcome>,
    signal: AbortSignal,
  ): AsyncGenerator<PutOutcome> {
    for (const item of items) {
      signal.throwIfAborted()
      yield await this.#outcome(item, putOne, signal)
    }
  }

  async #outcome(
    item: RestoreItem,
    putOne: (item: RestoreItem) => Promise<PutOutcome>,
    signal: AbortSignal,
  ): Promise<PutOutcome> {
    if (this.#full !== null) return { key: item.key, kind: 'failed', error: this.#full }
    try {
      const outcome = await putOne(item)
      if (outcome.kind === 'created') this.#refusedAsFull = 0
      return outcome
    } catch (error) {
      signal.throwIfAborted()
      const failure = toAppError(error)
      if (hasCode(failure, 'network', 'rate-limit', 'auth')) throw failure
      if (isFull(failure) && ++this.#refusedAsFull >= patienceWhenFull) this.#full = failure
      return { key: item.key, kind: 'failed', error: failure }
    }
  }
}
