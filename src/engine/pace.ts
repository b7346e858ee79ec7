/** When to commit, and what to say meanwhile: shared by all collections of a run. */
import type { Clock } from '../core/context.ts'
import type { AccountRun } from '../vault/account-run.ts'
import type { CollectionRecord } from '../vault/state-rows.ts'
import type { BackupProgress } from './report.ts'

/** A crash costs at most about this much work. */
const commitOctets = 64 << 20
const commitItems = 2_000
const mostItems = 10_000
/** Milliseconds. */
const commitEvery = 5_000
/** Seconds that a person waits without a word. */
const tellFrom = 300
/** Milliseconds between progress events of one kind. */
const sayEvery = 200

type Named = Pick<CollectionRecord, 'service' | 'path'>

export class Pace {
  readonly #run: AccountRun
  readonly #account: string
  readonly #clock: Clock
  readonly #say: (event: BackupProgress) => void
  #lastCommit: number
  #lastSaid = 0
  #committing: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  #items = 0
  #bytes = 0
  #itemsKnown = 0
  #bytesKnown = 0
  #bytesThere = 0

  constructor(run: AccountRun, account: string, clock: Clock, say: (event: BackupProgress) => void) {
    this.#run = run
    this.#account = account
    this.#clock = clock
    this.#say = say
    this.#lastCommit = clock.now().getTime()
  }

  listing({ service, path: collection }: Named, listed: number): void {
    if (this.#isTimeToSay()) this.#say({ kind: 'listing', account: this.#account, service, collection, listed })
  }

  /** Says how long it will take where that is the provider's doing and a person would wonder. */
  foretell({ path }: Named, seconds: number): void {
    if (seconds < tellFrom) return
    const time = seconds < 5_400 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`
    const text = `${path.join('/')}: the provider lets only so much through in a minute, so this takes about ${time}. You can stop any time: the newest come first, and the next backup goes on from there.`
    this.#say({ kind: 'notice', text })
  }

  #isTimeToSay(): boolean {
    const now = this.#clock.now().getTime()
    // A clock that was set back must not silence the run for hours.
    if (Math.abs(now - this.#lastSaid) < sayEvery) return false
    this.#lastSaid = now
    return true
  }

  /** So much more is to do. `there`: octets of it that probably are in the vault already. */
  expect(items: number, bytes: number, there: number): void {
    this.#itemsKnown += items
    this.#bytesKnown += bytes
    this.#bytesThere += there
  }

  /** Octets that are known to need room, as far as the provider tells sizes. */
  get bytesToCome(): number {
    return this.#bytesKnown - this.#bytes - this.#bytesThere
  }

  /**
   * Counts one item as dealt with, and commits in the background when it is time: saving goes on meanwhile.
   * @throws what the last commit failed with
   */
  step({ service, path: collection }: Named, done: number, total: number, bytes: number): void {
    this.#items++
    this.#bytes += bytes
    if (this.#failure !== null) throw this.#failure.error
    if (done === total || this.#isTimeToSay()) {
      const soFar = {
        itemsSoFar: this.#items,
        bytesSoFar: this.#bytes,
        itemsKnown: this.#itemsKnown,
        bytesKnown: this.#bytesKnown,
      }
      this.#say({ kind: 'items', account: this.#account, service, collection, done, total, ...soFar })
    }
    if (this.#committing === null && this.#isTimeToCommit()) this.#committing = this.#commit()
  }

  /** A commit that has to write much once more waits until it is worth it. */
  #isTimeToCommit(): boolean {
    if (this.#run.uncommittedOctets >= commitOctets || this.#run.uncommittedEntries >= mostItems) return true
    const rewritten = this.#run.itemsToRewrite
    return (
      this.#run.uncommittedEntries >= Math.max(commitItems, 2 * rewritten) ||
      Math.abs(this.#clock.now().getTime() - this.#lastCommit) >= commitEvery + rewritten
    )
  }

  /** Waits while a commit is under way and as much again has come meanwhile: a slow disk must not fill the memory. */
  async holdBack(): Promise<void> {
    if (this.#committing !== null && this.#run.uncommittedEntries >= commitItems) await this.#committing
  }

  async #commit(): Promise<void> {
    this.#lastCommit = this.#clock.now().getTime()
    const [items, bytes] = [this.#items, this.#bytes]
    try {
      await this.#run.commit()
      this.#say({ kind: 'commit', account: this.#account, items, bytes })
    } catch (error) {
      this.#failure = { error }
    } finally {
      this.#committing = null
    }
  }

  /** Returns once everything so far is durable. */
  async commitNow(cursors: { readonly [c: string]: string } = {}): Promise<void> {
    await this.#committing
    if (this.#failure !== null) throw this.#failure.error
    await this.#run.commit(cursors)
  }
}
