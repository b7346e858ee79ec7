/** What the targets of an account begin with: a session that may write, and what was learnt of the account with it. */
import { AppError } from '../../core/errors.ts'
import type { Account, Context, Service, TargetOptions } from '../../core/types.ts'
import { type Session, sessionOf } from './session.ts'

export class WritingSession<Opened extends { readonly session: Session }> {
  readonly account: Account
  readonly options: TargetOptions
  readonly #service: Service
  readonly #context: Context
  #opened: Opened | null = null

  constructor(service: Service, account: Account, context: Context, options: TargetOptions) {
    this.#service = service
    this.account = account
    this.#context = context
    this.options = options
  }

  /** @throws AppError `permission` where nobody was asked for leave to write, or gave none */
  async open(signal: AbortSignal, learn: (session: Session) => Opened | Promise<Opened>): Promise<void> {
    const session = await sessionOf(this.account, this.#context)
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
