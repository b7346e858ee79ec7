import type { Clock } from './context.ts'
import { AppError, hasCode } from './errors.ts'

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly tries: number
  /** Delay before the second try in milliseconds; doubled each time, up to `maxDelay`. */
  readonly delay: number
  readonly maxDelay: number
}

/** Enough to ride out a server's restart (about a minute), not more than a person would wait. */
export const defaultRetry: RetryOptions = { tries: 6, delay: 1_000, maxDelay: 20_000 }

/** Milliseconds: a server that wants more of them is not waited for. */
export function longestAsked({ maxDelay }: RetryOptions): number {
  return maxDelay * 10
}

/**
 * Calls `attempt` until it succeeds, fails for good, or the tries are used up. Only `network` and `rate-limit` are worth
 * another try; a `retryAfter` of the server's is honoured up to `longestAsked`. Half of each delay is random, so that
 * many clients do not come back at once.
 * @throws what the last attempt threw
 */
export async function retry<T>(
  attempt: (n: number) => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  options: RetryOptions = defaultRetry,
): Promise<T> {
  for (let n = 1; ; n++) {
    signal.throwIfAborted()
    try {
      return await attempt(n)
    } catch (error) {
      if (n >= options.tries || !hasCode(error, 'network', 'rate-limit')) throw error
      const backoff = Math.min(options.maxDelay, options.delay * 2 ** (n - 1)) * (0.5 + Math.random() / 2)
      const asked = error instanceof AppError ? (error.retryAfter ?? 0) : 0
      if (asked > longestAsked(options)) throw error
      await clock.sleep(Math.max(backoff, asked), signal)
    }
  }
}
