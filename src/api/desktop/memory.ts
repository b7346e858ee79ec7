/**
 * What is remembered of each disk while it is away: how it stood when it was last looked at, and how the last backups to it
 * went. Can be deleted at any time: the disks themselves know.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toAppError } from '../../core/errors.ts'
import { exclusively, readPrivateFile, writePrivateFile } from '../private-file.ts'
import type { Attempt, Snapshot } from './contract.ts'

interface Remembered {
  readonly version: 2
  readonly snapshot: Snapshot | null
  readonly attempt: Attempt | null
}

const nothing: Remembered = { version: 2, snapshot: null, attempt: null }

export class DiskMemory {
  readonly #folder: string
  /** Writes one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'disks')
  }

  async of(id: string): Promise<Remembered> {
    try {
      const found = JSON.parse((await readPrivateFile(this.#path(id))) ?? 'null') as Remembered | null
      return found?.version === 2 ? found : nothing
    } catch (error) {
      // Unreadable is the same as forgotten.
      void toAppError(error)
      return nothing
    }
  }

  async keepSnapshot(snapshot: Snapshot): Promise<void> {
    await this.#change(snapshot.id, (known) => ({ ...known, snapshot }))
  }

  /** `failures` counts on from the attempt before. */
  async keepAttempt(id: string, attempt: Omit<Attempt, 'failures'>): Promise<void> {
    await this.#change(id, (known) => {
      const isGood = attempt.failure === null && attempt.accounts.length === 0
      // Who stops a run wants it stopped: that is no failure, and no success.
      const before = known.attempt?.failures ?? 0
      const failures = isGood ? 0 : attempt.stopped ? before : before + 1
      return { ...known, attempt: { ...attempt, ...stillTrue(known.attempt, attempt), failures } }
    })
  }

  async forget(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
  }

  #change(id: string, how: (known: Remembered) => Remembered): Promise<void> {
    const next = this.#last.then(async () => {
      // The hourly look is another process.
      await exclusively(join(this.#folder, 'disks.lock'), async () => {
        await writePrivateFile(this.#path(id), JSON.stringify(how(await this.of(id))))
      })
    })
    this.#last = next.catch(() => undefined)
    return next
  }

  #path(id: string): string {
    return join(this.#folder, `${id.replaceAll(/[^\w-]/g, '_')}.json`)
  }
}

/** Where somebody else was at work on the disk, nothing new is known: what kept the disk or an account from being saved still holds. */
function stillTrue(
  before: Attempt | null,
  attempt: Omit<Attempt, 'failures'>,
): Pick<Attempt, 'accounts' | 'failure' | 'learnt'> | null {
  if (before === null || attempt.failure?.code !== 'vault-locked') return null
  const learnt = before.learnt ?? before.ended
  const accounts = before.accounts.map((one) => ({ learnt, ...one }))
  return before.failure === null ? { accounts, failure: attempt.failure } : { accounts, failure: before.failure, learnt }
}
