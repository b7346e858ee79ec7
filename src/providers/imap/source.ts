import type { Account } from '../../core/account.ts'
import { Blocks } from '../../core/blocks.ts'
import type { Context } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import { defaultRetry, type RetryOptions, retry } from '../../core/retry.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { changesOf } from './changes.ts'
import { openSession } from './connection.ts'
import { fetchMessages } from './fetch.ts'
import { identifyMessages } from './identify.ts'
import { listMailboxes, type Mailbox } from './mailboxes.ts'
import { Pool, type Run } from './pool.ts'
import { parseSettings } from './settings.ts'

/** Reads the mail of one account over IMAP. Sends no command that could change anything (see `session.ts`). */
export class ImapSource implements Source {
  readonly #context: Context
  readonly #pool: Pool
  readonly #retry: RetryOptions
  /** Mailboxes whose changes were asked for. */
  readonly #asked = new Set<string>()
  readonly #memory = new Blocks()
  #mailboxes = new Map<string, Mailbox>()

  constructor(account: Account, context: Context, options: RetryOptions = defaultRetry) {
    this.#context = context
    this.#pool = new Pool(parseSettings(account.settings), context, openSession)
    this.#retry = options
  }

  get concurrency(): number {
    return this.#pool.limit
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    for (const { collection } of await this.#list(signal)) yield collection
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const mailbox = await this.#mailbox(c, signal)
    // What the list of mailboxes said of it is news only once.
    const asked = this.#asked.has(mailbox.name) ? { ...mailbox, status: null } : mailbox
    this.#asked.add(mailbox.name)
    yield* changesOf(asked, since, this.#run(signal, mailbox))
  }

  async *identify(
    c: Collection,
    items: readonly Item[],
    signal: AbortSignal,
  ): AsyncGenerator<{ key: string; identities: readonly string[] }> {
    const mailbox = await this.#mailbox(c, signal)
    const uidvalidity = uidvalidityOf(items)
    if (uidvalidity === null) return
    const run: Run = (work) => this.#persist(() => this.#pool.inMailbox(mailbox.name, uidvalidity, signal, work), signal)
    yield* identifyMessages(uidvalidity, items, run)
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const mailbox = await this.#mailbox(c, signal)
    const uidvalidity = uidvalidityOf(items)
    if (uidvalidity === null) return
    const context = { pool: this.#pool, clock: this.#context.clock, signal, retry: this.#retry, memory: this.#memory }
    try {
      yield* fetchMessages(mailbox, uidvalidity, items, context)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #list(signal: AbortSignal): Promise<Mailbox[]> {
    const mailboxes = await this.#run(signal)(listMailboxes)
    this.#mailboxes = new Map(mailboxes.map((mailbox) => [mailbox.collection.key, mailbox]))
    return mailboxes
  }

  async #mailbox({ key, path }: Collection, signal: AbortSignal): Promise<Mailbox> {
    if (!this.#mailboxes.has(key)) await this.#list(signal)
    const mailbox = this.#mailboxes.get(key)
    if (mailbox && mailbox.collection.skipped === undefined) return mailbox
    throw new AppError('not-found', mailbox?.collection.skipped ?? `The folder ${path.join('/')} is no longer there.`)
  }

  /** Lends a connection for one piece of work at a time and repeats what failed on the way. */
  #run(signal: AbortSignal, mailbox?: Mailbox): Run {
    return (work) =>
      this.#persist(async () => {
        await using lease = await this.#pool.acquire(signal, mailbox?.name)
        return await work(lease.session)
      }, signal)
  }

  async #persist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await retry(attempt, this.#context.clock, signal, this.#retry)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** A server that is out of reach after all tries is so for every folder. */
  #noted(error: unknown): unknown {
    if (error instanceof AppError && error.code === 'network') this.#pool.giveUp(error)
    return error
  }
}

/** All items of a call are of one life of the mailbox. */
function uidvalidityOf(items: readonly Item[]): string | null {
  return items[0]?.key.split('.')[0] ?? null
}
