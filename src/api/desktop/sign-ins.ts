/** Sign-ins with the browser that are under way: the provider's page is open somewhere, and the screens wait for its end. */
import { randomUUID } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import type { App } from '../contract.ts'
import { failureOf } from '../failure.ts'
import type { SignInStart, SignInState } from './contract.ts'

/** Longer than anybody reads a consent page. Milliseconds. */
const longest = 15 * 60_000

export class SignIns {
  readonly #app: App
  readonly #changed: () => void
  readonly #all = new Map<string, { state: SignInState; readonly abort: AbortController }>()

  /** `changed`: after an account was added or signed in to anew. */
  constructor(app: App, changed: () => void) {
    this.#app = app
    this.#changed = changed
  }

  /** @throws AppError `not-found` */
  get(id: string): SignInState {
    const entry = this.#all.get(id)
    if (entry === undefined) throw new AppError('not-found', 'This sign-in is not known any more.')
    return entry.state
  }

  start(request: SignInStart): SignInState {
    const id = randomUUID()
    const abort = new AbortController()
    const state: SignInState = { id, state: 'starting', url: null, account: null, notes: [], failure: null }
    this.#all.set(id, { state, abort })
    const timer = setTimeout(() => abort.abort(), longest)
    timer.unref()
    void this.#run(id, request, abort.signal).finally(() => clearTimeout(timer))
    return state
  }

  cancel(id: string): void {
    this.#all.get(id)?.abort.abort()
  }

  close(): void {
    for (const { abort } of this.#all.values()) abort.abort()
  }

  async #run(id: string, request: SignInStart, signal: AbortSignal): Promise<void> {
    const prompt = { open: async (url: string) => this.#update(id, { state: 'waiting', url }) }
    try {
      const { account, notes } =
        request.account === undefined
          ? await this.#addNew(request, prompt, signal)
          : { account: request.account, ...(await this.#app.signInAgain(request.account, prompt, signal)) }
      this.#update(id, { state: 'done', account, notes })
      this.#changed()
    } catch (error) {
      this.#update(id, { state: 'failed', failure: failureOf(error) })
    }
  }

  async #addNew(request: SignInStart, prompt: { open(url: string): Promise<void> }, signal: AbortSignal) {
    const { provider, clientFile, keep } = request
    const signedIn = await this.#app.signIn({ provider, clientFile, settings: {}, keep }, prompt, signal)
    await this.#app.addAccount({
      id: signedIn.user,
      connections: [{ provider, settings: signedIn.settings }],
      secret: { place: { kind: keep }, value: signedIn.secret },
    })
    return { account: signedIn.user, notes: signedIn.notes }
  }

  #update(id: string, change: Partial<SignInState>): void {
    const entry = this.#all.get(id)
    if (entry !== undefined) entry.state = { ...entry.state, ...change }
  }
}
