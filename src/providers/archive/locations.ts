import type { AppError } from '../../core/errors.ts'

/** Where the stored form of a message lies in a mailbox. */
export interface Location {
  /** Index of the unit in the mailbox, and of the file in the unit. */
  readonly unit: number
  readonly file: number
  readonly start: number
  readonly length: number
  readonly form: Form
}

/**
 * `plain`: the octets of a file. `quoted`: in an mbox. `lifeboat`: in an mbox of ours, whose own header lines at the start
 * of the span prove the original.
 */
export type Form = 'plain' | 'quoted' | 'lifeboat'

const forms: readonly Form[] = ['plain', 'quoted', 'lifeboat']
const columns = 5

/** Where each item of a mailbox lies: about 150 octets per message, so that `fetch` need not search. */
export class Locations {
  readonly #rows = new Map<string, number>()
  readonly #repeats = new Map<string, number>()
  readonly #failures = new Map<string, AppError>()
  #cells = new Float64Array(columns * 64)

  /** Answers the key of the next occurrence of this message: the hash, then with `-2`, `-3` … */
  add(hash: string, { unit, file, start, length, form }: Location): string {
    const row = this.#rows.size
    const key = this.#nextKey(hash)
    if ((row + 1) * columns > this.#cells.length) {
      const larger = new Float64Array(this.#cells.length * 2)
      larger.set(this.#cells)
      this.#cells = larger
    }
    this.#cells.set([unit, file, start, length, forms.indexOf(form)], row * columns)
    this.#rows.set(key, row)
    return key
  }

  #nextKey(hash: string): string {
    if (!this.#rows.has(hash)) return hash
    const count = (this.#repeats.get(hash) ?? 1) + 1
    this.#repeats.set(hash, count)
    return `${hash}-${count}`
  }

  /** Remembers why a file could not be read under a key that stands for it. */
  fail(key: string, error: AppError): void {
    this.#failures.set(key, error)
  }

  failure(key: string): AppError | undefined {
    return this.#failures.get(key)
  }

  find(key: string): Location | undefined {
    const row = this.#rows.get(key)
    if (row === undefined) return undefined
    const [unit = 0, file = 0, start = 0, length = 0, form = 0] = this.#cells.subarray(row * columns, (row + 1) * columns)
    return { unit, file, start, length, form: forms[form] ?? 'plain' }
  }
}
