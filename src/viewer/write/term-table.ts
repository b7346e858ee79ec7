/** Numbers terms in the order in which they are met. Their letters lie in one array: many of them need little memory. */

const start = 1 << 15

export class TermTable {
  /** Number of a term + 1, by hash; 0 where there is none. Half of it at most is in use. */
  #slots = new Int32Array(2 * start)
  #hashes = new Int32Array(start)
  /** Where each term begins in `#letters`; one more than there are terms. */
  #begins = new Int32Array(start + 1)
  /** UTF-16 units. */
  #letters = new Uint16Array(8 * start)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** `hash`: of the first `length` units of `letters`, always the same for the same ones. */
  numberOf(letters: Uint16Array, length: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const number = (this.#slots[slot] ?? 0) - 1
      if (number < 0) break
      if (this.#hashes[number] === hash && this.#isTerm(number, letters, length)) return number
      slot = (slot + 1) & mask
    }
    this.#slots[slot] = this.#size + 1
    return this.#add(letters, length, hash)
  }

  #isTerm(number: number, letters: Uint16Array, length: number): boolean {
    const begin = this.#begins[number] ?? 0
    if ((this.#begins[number + 1] ?? 0) - begin !== length) return false
    for (let at = 0; at < length; at++) if (this.#letters[begin + at] !== letters[at]) return false
    return true
  }

  #add(letters: Uint16Array, length: number, hash: number): number {
    const number = this.#size++
    const begin = this.#begins[number] ?? 0
    if (begin + length > this.#letters.length) {
      const larger = new Uint16Array(2 * this.#letters.length)
      larger.set(this.#letters)
      this.#letters = larger
    }
    this.#letters.set(letters.subarray(0, length), begin)
    this.#begins[number + 1] = begin + length
    this.#hashes[number] = hash
    if (this.#size === this.#hashes.length) this.#grow()
    return number
  }

  #grow(): void {
    this.#hashes = grown(this.#hashes, 2 * this.#size)
    this.#begins = grown(this.#begins, 2 * this.#size + 1)
    this.#slots = new Int32Array(4 * this.#size)
    const mask = this.#slots.length - 1
    for (let number = 0; number < this.#size; number++) {
      const hash = this.#hashes[number] ?? 0
      let slot = (hash ^ (hash >>> 15)) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = number + 1
    }
  }

  term(number: number): string {
    return String.fromCharCode(...this.#letters.subarray(this.#begins[number], this.#begins[number + 1]))
  }
}

export function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}
