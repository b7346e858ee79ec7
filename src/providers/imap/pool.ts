import type { Context } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Session } from './session.ts'
import type { ImapSettings } from './settings.ts'

/** Milliseconds for which a connection that is lent is waited for before another one is opened: that takes longer than most work. */
const openAfter = 200

/** Runs `work` on a connection of its own choice; where the connection breaks, again on another one. */
export type Run = <T>(work: (session: Session) => Promise<T>) => Promise<T>

/** A connection on loan. */
export interface Lease<S extends Session = Session> extends AsyncDisposable {
  readonly session: S
}

type Open<S extends Session> = (settings: ImapSettings, context: Context, signal: AbortSignal) => Promise<S>

/** The connections of one account: opened when needed, one at a time, and never more than the server takes. */
export class Pool<S extends Session = Session> {
  readonly #settings: ImapSettings
  readonly #context: Context
  readonly #openSession: Open<S>
  readonly #idle: S[] = []
  readonly #lent = new Set<S>()
  readonly #waiting: (() => void)[] = []
  #limit: number
  #opening = false
  #closed = false
  /**
   * A refused sign-in, because another try with the same password could lock the account; or a server that stayed away
   * through all tries: the other folders need not wait for it as long again.
   */
  #refused: AppError | null = null

  constructor(settings: ImapSettings, context: Context, open: Open<S>) {
    this.#openSession = open
    this.#settings = settings
    this.#context = context
    this.#limit = settings.connections
  }

  /** How many connections may be open at once, as far as is known. */
  get limit(): number {
    return this.#limit
  }

  /**
   * Lends a connection, preferably one that has `mailbox` open; waits while all are lent. When `signal` aborts during the
   * loan, the connection is dropped and what runs on it fails.
   */
  async acquire(signal: AbortSignal, mailbox?: string): Promise<Lease<S>> {
    const began = performance.now()
    for (;;) {
      signal.throwIfAborted()
      if (this.#closed) throw new AppError('cancelled', 'Stopped.')
      if (this.#refused) throw this.#refused
      const patience = this.#lent.size > 0 ? openAfter - (performance.now() - began) : 0
      const idle = this.#takeIdle(mailbox)
      if (idle) return this.#lend(idle, signal)
      // Between this look and the waiting nothing else may happen: it would wake nobody.
      const mustWait = patience > 0 || this.#opening || this.#lent.size >= this.#limit
      const opened = mustWait ? await this.#change(signal, patience > 0 ? patience : undefined) : await this.#open(signal)
      if (opened) return opened
    }
  }

  /** Every later loan fails with `error`. */
  giveUp(error: AppError): void {
    this.#refused ??= error
    this.#wake()
  }

  /** Runs `work` on a connection that has `mailbox` open in the life `uidvalidity`. */
  async inMailbox<T>(mailbox: string, uidvalidity: string, signal: AbortSignal, work: (session: S) => Promise<T>): Promise<T> {
    await using lease = await this.acquire(signal, mailbox)
    await select(lease.session, mailbox, uidvalidity)
    return await work(lease.session)
  }

  /** The same, on a connection that opens the mailbox now: one that had it open may go on seeing it as it was then. */
  async inMailboxAnew<T>(
    mailbox: string,
    uidvalidity: string,
    signal: AbortSignal,
    work: (session: S) => Promise<T>,
  ): Promise<T> {
    await using lease = await this.acquire(signal, mailbox)
    await open(lease.session, mailbox, uidvalidity)
    return await work(lease.session)
  }

  /** Never throws. */
  async close(): Promise<void> {
    this.#closed = true
    for (const session of this.#lent) session.kill(new AppError('cancelled', 'Stopped.'))
    this.#wake()
    await Promise.all(this.#idle.splice(0).map((session) => session.logout()))
  }

  #takeIdle(mailbox: string | undefined): S | null {
    for (let i = this.#idle.length - 1; i >= 0; i--) if (!this.#idle[i]?.alive) this.#idle.splice(i, 1)
    const fitting = this.#idle.findIndex((session) => session.selected?.mailbox === mailbox)
    return this.#idle.splice(Math.max(fitting, 0), 1)[0] ?? null
  }

  /** Lent before anybody else looks how many there are; null where the server takes no more than there are. */
  async #open(signal: AbortSignal): Promise<Lease<S> | null> {
    this.#opening = true
    try {
      return this.#lend(await this.#openSession(this.#settings, this.#context, signal), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (this.#lent.size > 0 || this.#idle.length > 0) {
        this.#limit = Math.max(1, this.#lent.size + this.#idle.length)
        this.#context.log.warn('the server allows fewer connections', { limit: this.#limit, code: toAppError(error).code })
        return null
      }
      if (hasCode(error, 'auth')) this.#refused = toAppError(error)
      throw error
    } finally {
      this.#opening = false
      this.#wake()
    }
  }

  #lend(session: S, signal: AbortSignal): Lease<S> {
    const abort = () => session.kill(toAppError(signal.reason))
    signal.addEventListener('abort', abort)
    this.#lent.add(session)
    let lent = true
    return {
      session,
      [Symbol.asyncDispose]: async () => {
        if (!lent) return
        lent = false
        signal.removeEventListener('abort', abort)
        this.#lent.delete(session)
        if (this.#closed) await session.logout()
        else if (session.alive) this.#idle.push(session)
        this.#wake()
      },
    }
  }

  /** Resolves when a connection came back or could be opened, and after `most` milliseconds. */
  #change(signal: AbortSignal, most?: number): Promise<null> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        clearTimeout(timer)
        resolve(null)
      }
      const timer = most === undefined ? undefined : setTimeout(done, most)
      signal.addEventListener('abort', done)
      this.#waiting.push(done)
    })
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Makes `mailbox` the open one. @throws AppError `cursor-expired` where it is another mailbox by now */
export async function select(session: Session, mailbox: string, uidvalidity: string): Promise<void> {
  const { selected } = session
  if (selected?.mailbox !== mailbox || selected.uidvalidity !== uidvalidity) await open(session, mailbox, uidvalidity)
}

async function open(session: Session, mailbox: string, uidvalidity: string): Promise<void> {
  if ((await session.examine(mailbox)).uidvalidity === uidvalidity) return
  throw new AppError('cursor-expired', 'The folder was replaced on the server while it was being read.')
}
