/** Journal entries that wait for the next commit, with what must not be mixed in one commit. */
import { collisionKey } from '../formats/names.ts'
import type { JournalEntry } from './journal-entries.ts'

export interface ItemState {
  readonly path: string
  /** Of a file: the names of its path at the provider. */
  readonly names: readonly string[]
}

export class Batch {
  readonly entries: JournalEntry[] = []
  /** Octets of original content. */
  octets = 0
  /** Paths that this commit puts something at. */
  readonly #targets = new Set<string>()
  readonly #vacated = new Set<string>()
  /** What items it changes look like afterwards, by collection and key: the state knows only what is committed. */
  readonly places = new Map<string, ItemState>()

  add(...entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.entries.push(entry)
      if (entry.op === 'move') {
        this.#targets.add(entry.to)
        this.vacate(entry.from)
      }
      if (entry.op === 'place') this.#targets.add(entry.path)
    }
  }

  /**
   * Whether the file lies there only once this commit is carried out. It cannot be moved on in the same: nobody could tell
   * afterwards which of both moves was done.
   */
  isTarget(path: string): boolean {
    return this.#targets.has(path)
  }

  /** What stands there on the disk will not, once this commit is carried out. */
  vacate(path: string): void {
    this.#vacated.add(collisionKey(path))
  }

  isVacated(path: string): boolean {
    return this.#vacated.has(collisionKey(path))
  }
}
