/** The runs of an account as the state knows them: which journals it has read, how far, and how each run ended. */
import type { Service } from '../core/account.ts'
import { type Disk, readStream } from './disk.ts'
import { committedBatches, journalRuns, journalsInOrder } from './journal.ts'
import { journalPath, systemPath } from './layout.ts'
import type { StateDatabase } from './state-database.ts'
import type { StateFold } from './state-fold.ts'
import { textOrNull } from './state-rows.ts'

/** How far from a journal's end its last commit lies at most; only the end line follows. Octets. */
const fingerprintWithin = 1 << 20

/** Of a collection in the `end` line. */
export interface EndCount {
  /** Absent where the run knew mail only. */
  readonly service?: Service
  readonly path: readonly string[]
  readonly said: number | null
  readonly stored: number
  readonly pending: number
  readonly skipped?: string
  /** Why it, or some of it, could not be saved. */
  readonly failed?: string
  /** Removals that wait for a person's decision. */
  readonly heldBack?: number
}

export class StateRuns {
  readonly #database: StateDatabase
  readonly #fold: StateFold

  constructor(database: StateDatabase, fold: StateFold) {
    this.#database = database
    this.#fold = fold
  }

  /**
   * Brings the state up to what the journals say; starts anew when they are not the continuation of what was read before.
   * `until`: only the journals of runs up to this one.
   * Answers the runs whose journals were found to go on after what could be read of them.
   */
  async catchUp(disk: Disk, accountRoot: string, until?: string): Promise<readonly string[]> {
    // Before the journals are listed: another program that shares the cache may write one meanwhile, and note it here.
    const known = this.#lengths()
    const runs = (await journalRuns(disk, accountRoot)).filter((run) => until === undefined || run <= until)
    const sizes = new Map<string, number>()
    for (const run of runs) sizes.set(run, (await disk.stat(systemPath(accountRoot, journalPath(run))))?.size ?? 0)
    const isOther = [...known].some(([run, length]) => (sizes.get(run) ?? -1) < length) || isOutOfOrder(runs, known)
    if (isOther || !(await this.#continuesLast(disk, accountRoot))) {
      this.#fold.clear()
      known.clear()
    }
    const unread: string[] = []
    const changed = runs.filter((run) => (known.get(run) ?? 0) < (sizes.get(run) ?? 0))
    for (const { run, isInPlace } of await journalsInOrder(disk, accountRoot, changed)) {
      let length = known.get(run) ?? 0
      for await (const batch of committedBatches(disk, systemPath(accountRoot, journalPath(run)), length)) {
        this.#fold.apply(run, batch)
        length = batch.length
      }
      if (!isInPlace || length < (sizes.get(run) ?? 0)) unread.push(run)
    }
    return unread
  }

  /** Octets of each journal that were read. */
  #lengths(): Map<string, number> {
    const rows = this.#database.all('SELECT run, length FROM journals')
    return new Map(rows.map((row) => [String(row['run']), Number(row['length'])]))
  }

  /** False when the last journal that was read is another one of the same name: the vault is a copy that went its own way. */
  async #continuesLast(disk: Disk, accountRoot: string): Promise<boolean> {
    const last = this.#database.get(
      "SELECT run, length, fingerprint FROM journals WHERE fingerprint <> '' ORDER BY run DESC LIMIT 1",
    )
    if (last === undefined) return true
    const length = Number(last['length'])
    const path = systemPath(accountRoot, journalPath(String(last['run'])))
    const parts: Buffer[] = []
    for await (const part of readStream(disk, path, Math.max(0, length - fingerprintWithin), length)) parts.push(part)
    return Buffer.concat(parts).includes(`"sha256":"${last['fingerprint']}"`)
  }

  last(): { readonly run: string; readonly status: string | null; readonly ended: string | null } | null {
    const row = this.#database.get('SELECT run, status, ended FROM journals ORDER BY run DESC LIMIT 1')
    return row === undefined
      ? null
      : { run: String(row['run']), status: textOrNull(row['status']), ended: textOrNull(row['ended']) }
  }

  /** The last one that came to its end with nothing failing. `ended`: RFC 3339 */
  lastFinished(): { readonly run: string; readonly ended: string | null } | null {
    const row = this.#database.get("SELECT run, ended FROM journals WHERE status = 'finished' ORDER BY run DESC LIMIT 1")
    return row === undefined ? null : { run: String(row['run']), ended: textOrNull(row['ended']) }
  }

  /** What a run, the last one when absent, said of each collection when it ended; empty where it has not ended. */
  async counts(disk: Disk, accountRoot: string, run = this.last()?.run): Promise<readonly EndCount[]> {
    if (run === undefined) return []
    let counts: readonly EndCount[] = []
    for await (const { entries } of committedBatches(disk, systemPath(accountRoot, journalPath(run))))
      for (const entry of entries) if (entry.op === 'end') counts = entry.collections as unknown as readonly EndCount[]
    return counts
  }
}

/** A journal that appears before one that was read already would have to be applied in between. */
function isOutOfOrder(runs: readonly string[], known: ReadonlyMap<string, number>): boolean {
  const lastKnown = [...known.keys()].sort().at(-1)
  return lastKnown !== undefined && runs.some((run) => run < lastKnown && !known.has(run))
}
