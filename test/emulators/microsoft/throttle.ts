/** The limits of a mailbox ("Outlook service limits"), and the peaks that were reached. */
import { type Api, documentedErrors } from './graph.ts'

export interface Limits {
  readonly atOnce: number
  readonly requests: number
  /** Milliseconds. */
  readonly window: number
}

export const documentedLimits: Readonly<Record<Api, Limits>> = {
  outlook: { atOnce: 4, requests: 10_000, window: 600_000 },
  files: { atOnce: Number.POSITIVE_INFINITY, requests: 3_000, window: 300_000 },
  notes: { atOnce: 5, requests: 400, window: 3_600_000 },
  directory: { atOnce: Number.POSITIVE_INFINITY, requests: 3_500, window: 10_000 },
}

export class Throttle {
  limits: Readonly<Record<Api, Limits>>
  /** The most requests of a mailbox that were ever on their way at once, refused ones included. */
  peak = 0
  /** The most requests of a mailbox that a window ever held. */
  fullest = 0
  /** Requests that were refused. */
  refused = 0
  readonly #running = new Map<string, number>()
  readonly #spent = new Map<string, number[]>()
  readonly #now: () => number

  constructor(limits: Readonly<Record<Api, Limits>>, now: () => number) {
    this.limits = limits
    this.#now = now
  }

  /** @returns what ends the request. @throws GraphError 429 */
  begin(api: Api, user: string): () => void {
    const key = `${api} ${user}`
    const { atOnce, requests, window } = this.limits[api]
    const running = (this.#running.get(key) ?? 0) + 1
    if (api === 'outlook') this.peak = Math.max(this.peak, running)
    const now = this.#now()
    const spent = (this.#spent.get(key) ?? []).filter((at) => at > now - window)
    this.#spent.set(key, spent)
    if (running > atOnce || spent.length >= requests) {
      this.refused++
      if (running > atOnce) throw documentedErrors.mailboxConcurrency(1)
      throw documentedErrors.tooManyRequests(Math.ceil(((spent[0] ?? now) + window - now) / 1_000))
    }
    spent.push(now)
    if (api === 'outlook') this.fullest = Math.max(this.fullest, spent.length)
    this.#running.set(key, running)
    return () => this.#running.set(key, (this.#running.get(key) ?? 1) - 1)
  }
}
