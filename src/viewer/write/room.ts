/** Memory that is used again: new memory costs time where it is made, and the collector's where it is not needed any more. */

/** More than this is not kept. Octets. */
const most = 4 << 20

export class Room {
  #memory = Buffer.alloc(0)
  #used = 0

  /** Forgets what was given. */
  clear(): void {
    if (this.#used > this.#memory.length && this.#memory.length < most)
      this.#memory = Buffer.allocUnsafeSlow(Math.min(most, 2 * this.#used))
    this.#used = 0
  }

  /** Good until `clear`. What is in it does not matter. */
  readonly allocate = (octets: number): Buffer => {
    const start = this.#used
    this.#used += octets
    return this.#used <= this.#memory.length ? this.#memory.subarray(start, this.#used) : Buffer.allocUnsafe(octets)
  }
}
