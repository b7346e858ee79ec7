/** Gathers which document has which term, in flat arrays so that a segment of many messages needs little memory. */
import { IndexWriter, type Postings } from '../terms.ts'
import { terms } from '../tokens.ts'

const fieldWidth = 5

export class IndexBuilder {
  readonly #firstDoc: number
  readonly #numbers = new Map<string, number>()
  /** By number of the term: its first and last node. */
  #heads = new Int32Array(4096)
  #tails = new Int32Array(4096)
  /** Nodes from 1 on: the next one of the term (0: none), and `document << 5 | fields`. */
  #next = new Int32Array(65_536)
  #values = new Int32Array(65_536)
  #nodes = 1

  constructor(firstDoc: number) {
    this.#firstDoc = firstDoc
  }

  /** Postings so far: what tells how much memory it takes. */
  get size(): number {
    return this.#nodes
  }

  /** Documents come in ascending order; a field may come in parts. */
  add(doc: number, field: number, text: string): void {
    const here = (doc - this.#firstDoc) * 2 ** fieldWidth
    for (const term of terms(text)) {
      const number = this.#numberOf(term)
      const tail = this.#tails[number] ?? 0
      const value = this.#values[tail] ?? 0
      if (tail !== 0 && value >= here) this.#values[tail] = value | field
      else this.#append(number, tail, here | field)
    }
  }

  #numberOf(term: string): number {
    const known = this.#numbers.get(term)
    if (known !== undefined) return known
    const number = this.#numbers.size
    // A part of a larger text would keep all of it in memory.
    this.#numbers.set(Buffer.from(term).toString(), number)
    if (number >= this.#heads.length) {
      this.#heads = grown(this.#heads)
      this.#tails = grown(this.#tails)
    }
    return number
  }

  #append(number: number, tail: number, value: number): void {
    const node = this.#nodes++
    if (node >= this.#next.length) {
      this.#next = grown(this.#next)
      this.#values = grown(this.#values)
    }
    this.#values[node] = value
    if (tail === 0) this.#heads[number] = node
    else this.#next[tail] = node
    this.#tails[number] = node
  }

  /** Shards in order. */
  *shards(): Generator<{ readonly first: string; readonly content: Uint8Array }> {
    const writer = new IndexWriter(this.#firstDoc)
    for (const term of [...this.#numbers.keys()].sort()) {
      const full = writer.add(term, this.#postings(this.#numbers.get(term) ?? 0))
      if (full !== null) yield full
    }
    const last = writer.end()
    if (last !== null) yield last
  }

  #postings(number: number): Postings {
    const postings: number[] = []
    const mask = 2 ** fieldWidth - 1
    for (let node = this.#heads[number] ?? 0; node !== 0; node = this.#next[node] ?? 0) {
      const value = this.#values[node] ?? 0
      postings.push(this.#firstDoc + (value >> fieldWidth), value & mask)
    }
    return postings
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
