/**
 * Asks the provider of the first account which collections there are while the rest of the program is loaded and the vault is opened:
 * a server takes about as long for that.
 */
import type { Service } from '../core/account.ts'
import type { Connection } from './account-backup.ts'
import { Asked, type AskedAhead } from './asked.ts'
import { isBooks } from './books.ts'

export class Ahead implements AskedAhead {
  readonly #asked = new Map<Service, Asked>()
  readonly #account: string | undefined

  private constructor(account: string | undefined) {
    this.#account = account
  }

  /** Never throws: what cannot be asked is asked again in its turn, and told then. */
  static async ask(jobs: readonly Connection[], signal: AbortSignal): Promise<Ahead> {
    const id = jobs[0]?.account.id
    const ahead = new Ahead(id)
    const parts = jobs.flatMap(({ account, provider, context }) =>
      account.id === id ? account.services.map((service) => ({ account, provider, context, service })) : [],
    )
    for (const [n, { account, provider, context, service }] of parts.entries()) {
      // As many as would be asked at once in their turn.
      if (provider.load === undefined || n > 1 || (n === 1 && ![...ahead.#asked.keys(), service].every(isBooks))) break
      try {
        await provider.load(service)
        ahead.#asked.set(service, new Asked(() => provider.source(account, service, context), signal))
      } catch {
        break
      }
    }
    return ahead
  }

  take(account: string, service: Service): Asked | null {
    const asked = account === this.#account ? this.#asked.get(service) : undefined
    if (asked === undefined) return null
    this.#asked.delete(service)
    return asked
  }

  /** Those that nobody took. */
  async close(): Promise<void> {
    for (const asked of this.#asked.values()) await asked.close()
    this.#asked.clear()
  }
}
