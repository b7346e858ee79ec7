/**
 * An account as of a run: its collections and items with the flags, folders and removals of then, and their bytes wherever
 * they lie now. Nothing is written.
 */
import { AppError, hasCode } from '../core/errors.ts'
import type { Originals } from '../core/items.ts'
import type { Allocate } from '../formats/mbox.ts'
import { readItem } from './item-reader.ts'
import { journalRuns } from './journal.ts'
import type { StoredKind } from './layout.ts'
import { collect, readMessage, wholeMessage } from './mail-store.ts'
import type { Moment } from './moment.ts'
import { keptOriginals } from './originals.ts'
import { copyOf, type RecordReader } from './record-reader.ts'
import { AccountState } from './state.ts'
import type { ItemRecord } from './state-rows.ts'
import type { OpenAccount, Vault } from './vault.ts'

export class Snapshot implements Disposable {
  readonly account: OpenAccount
  /** The last run that counts. */
  readonly run: string
  /** The journals up to `run`, added up. Its places are those of then: ask `places` where something lies now. */
  readonly state: AccountState
  readonly #vault: Vault
  #services: ReadonlyMap<number, StoredKind> | null = null

  private constructor(vault: Vault, account: OpenAccount, run: string, state: AccountState) {
    this.#vault = vault
    this.account = account
    this.run = run
    this.state = state
  }

  /**
   * `moment` null: as the last run left it.
   * @throws AppError `not-found` when no run had been by then, or the run that is named does not exist
   */
  static async open(vault: Vault, account: OpenAccount, moment: Moment | null): Promise<Snapshot> {
    const runs = await journalRuns(vault.disk, account.root)
    const run = lastRunUntil(account.id, runs, moment)
    if (run === runs.at(-1)) return new Snapshot(vault, account, run, account.state)
    const { state } = await AccountState.caughtUp(null, vault.disk, account.root, run)
    return new Snapshot(vault, account, run, state)
  }

  [Symbol.dispose](): void {
    if (this.state !== this.account.state) this.state.close()
  }

  /** True when nothing was saved after it. */
  get isPresent(): boolean {
    return this.state === this.account.state
  }

  /** Where the bytes lie now; several places where the same bytes were saved more than once. The first is the likeliest. */
  places(item: ItemRecord): readonly ItemRecord[] {
    const service = this.#service(item.c)
    const present = service === undefined ? [] : this.account.state.places(service, item.sha256)
    if (this.isPresent) return [item, ...present.filter((other) => other.path !== item.path || other.offset !== item.offset)]
    return present.length > 0 ? present : [item]
  }

  /** As `places`, but asks for the others only where the first is of no use. */
  *#likeliest(item: ItemRecord): Generator<ItemRecord> {
    if (this.isPresent) yield item
    const places = this.places(item)
    yield* this.isPresent ? places.slice(1) : places
  }

  #service(c: number): StoredKind | undefined {
    const all = () => [...this.state.collections(), ...this.state.allOriginals()]
    this.#services ??= new Map(all().map((record) => [record.c, record.service]))
    return this.#services.get(c)
  }

  /** What the provider itself said of the item; null where nothing was kept, or it is not whole any more. */
  async originals(item: ItemRecord): Promise<Originals | null> {
    return await keptOriginals(this.state, item, (original) => this.content(original))
  }

  /**
   * The original octets, from wherever they are whole. With `records`, which saves time where many are read, a message that
   * fits into memory lies in what `allocate` gives for it.
   * @throws AppError `corrupt` or `disk-absent`, of a large item at the latest at its end
   */
  async *content(item: ItemRecord, records: RecordReader | null = null, allocate?: Allocate): AsyncGenerator<Uint8Array> {
    const { disk } = this.#vault
    const { root, state } = this.account
    if (item.size > wholeMessage) {
      yield* readItem(disk, root, state, this.isPresent ? item : (this.places(item)[0] ?? item))
      return
    }
    let failure: unknown
    for (const place of this.#likeliest(item)) {
      try {
        if (place.form !== 'record') yield await collect(readItem(disk, root, state, place))
        else if (records === null) yield await collect(readMessage(disk, root, place, item.sha256))
        else yield await records.read(place, item.sha256, allocate)
        return
      } catch (error) {
        if (!hasCode(error, 'corrupt', 'disk-absent', 'disk-failed')) throw error
        failure ??= error
      }
    }
    if (item.form !== 'record') throw failure
    // At none of its places: it is looked for.
    const found = await collect(readItem(disk, root, state, item))
    if (allocate === undefined) yield found
    else yield copyOf(found, allocate)
  }
}

function lastRunUntil(account: string, runs: readonly string[], moment: Moment | null): string {
  const run = moment === null ? runs.at(-1) : runs.findLast((candidate) => candidate <= moment.until)
  if (run !== undefined && (moment?.isRun !== true || run === moment.until)) return run
  const [first] = runs
  if (first === undefined) throw new AppError('not-found', `Nothing of ${account} has been saved yet.`)
  const problem = moment?.isRun === true ? `There is no backup ${moment.text}` : `There was no backup yet at "${moment?.text}"`
  throw new AppError('not-found', `${problem} of ${account}.`, { advice: nearbyRuns(runs) })
}

/** A few, so that a person can choose. */
function nearbyRuns(runs: readonly string[]): string {
  const shown = runs.length <= 6 ? runs : [...runs.slice(0, 3), '…', ...runs.slice(-2)]
  return `There are these backups: ${shown.join(', ')}`
}
