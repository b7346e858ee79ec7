/** What the targets of an account begin with: a session that may write, and what was learnt of the account with it. */

import type { Account, Service } from '../../core/account.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { PutOutcome, TargetOptions } from '../../core/target.ts'
import type { ListedAgain } from './listed-again.ts'

/** A provider's session, as far as it matters here. */
interface Session {
  /** @throws AppError `permission` */
  requireWriting(service: Service, signal: AbortSignal): Promise<void>
  close(): void
}

export class WritingSession<Opened extends { readonly session: Session }> {
  readonly account: Account
  readonly options: TargetOptions
  readonly again: ListedAgain
  readonly #service: Service
  readonly #start: () => Promise<Opened['session']>
  #opened: Opened | null = null

  constructor(
    service: Service,
    account: Account,
    options: TargetOptions,
    start: () => Promise<Opened['session']>,
    again: ListedAgain,
  ) {
    this.again = again
    this.#service = service
    this.account = account
    this.options = options
    this.#start = start
  }

  /** @throws AppError `permission` where nobody was asked for leave to write, or gave none */
  async open(signal: AbortSignal, learn: (session: Opened['session']) => Opened | Promise<Opened>): Promise<void> {
    const session = await this.#start()
    await session.requireWriting(this.#service, signal)
    this.#opened = await learn(session)
  }

  get isOpen(): boolean {
    return this.#opened !== null
  }

  get opened(): Opened {
    if (this.#opened === null) throw new AppError('bug', 'The target was not opened.')
    return this.#opened
  }

  close(): void {
    this.#opened?.session.close()
  }
}

/** What became of an item that failed by itself. @throws what concerns the others as well */
export function failedItem(key: string, error: unknown, signal: AbortSignal): PutOutcome {
  signal.throwIfAborted()
  const failure = toAppError(error)
  if (hasCode(failure, 'network', 'auth', 'rate-limit', 'locked-out', 'bug')) throw failure
  return { key, kind: 'failed', error: failure }
}
