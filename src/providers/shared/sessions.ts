import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'

/** A provider's session, as far as it matters here. */
interface Shared {
  /** One more uses it. `forget`: for when the last one has closed it. */
  share(forget: () => void): void
}

/** The sources of one account and run share their sign-in, their connections and their pace. Each closes it once. */
export class Sessions<Session extends Shared> {
  readonly #start: (account: Account, context: Context) => Promise<Session>
  /** By account. */
  readonly #ofRun = new WeakMap<Context, Map<string, Promise<Session>>>()

  constructor(start: (account: Account, context: Context) => Promise<Session>) {
    this.#start = start
  }

  async of(account: Account, context: Context): Promise<Session> {
    const known = this.#ofRun.get(context) ?? new Map<string, Promise<Session>>()
    this.#ofRun.set(context, known)
    const opening = known.get(account.id) ?? this.#start(account, context)
    known.set(account.id, opening)
    const forget = () => void known.delete(account.id)
    opening.catch(forget)
    const session = await opening
    session.share(forget)
    return session
  }
}
