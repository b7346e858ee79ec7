/**
 * Gathers which document has which term. Now and then what was gathered is written as shards, which need a tenth of the memory;
 * in the end these are merged.
 */
import { IndexWriter, type Postings } from '../terms.ts'
import { maxTermLength, terms } from '../tokens.ts'
import { type IndexShard, mergedShards } from './index-merge.ts'
import { grown, TermTable } from './term-table.ts'

const fieldWidth = 5
/** So many postings are gathered: 16 MB. */
const mostGathered = 1 << 21

export class IndexBuilder {
  readonly #firstDoc: number
  #terms = new TermTable()
  /** By number of the term: its first and last node. */
  #heads = new Int32Array(4096)
  #tails = new Int32Array(4096)
  /** Nodes from 1 on: the next one of the term (0: none), and `document << 5 | fields`. */
  #next = new Int32Array(65_536)
  #values = new Int32Array(65_536)
  #nodes = 1
  /** What was gathered before, in parts. */
  readonly #written: (readonly IndexShard[])[] = []
  #writtenNodes = 0
  /** Letters of the term that is being read. */
  readonly #letters = new Uint16Array(maxTermLength)

  constructor(firstDoc: number) {
    this.#firstDoc = firstDoc
  }

  /** Postings so far. */
  get size(): number {
    return this.#writtenNodes + this.#nodes
  }

  /** Documents come in ascending order; a field may come in parts. */
  add(doc: number, field: number, text: string): void {
    const here = (doc - this.#firstDoc) * 2 ** fieldWidth
    // Never within a document: each stands in one part alone.
    if (this.#nodes >= mostGathered && (this.#values[this.#nodes - 1] ?? 0) < here) this.#write()
    // What stands between two blanks begins here, and is folded together where it is not ASCII.
    let begin = 0
    for (let at = 0; at < text.length; ) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) {
        const end = nextBlank(text, at)
        // That some words of it were met already does no harm.
        this.#addFolded(here | field, text.slice(begin, end))
        at = end
      } else if (plainLetter[code] !== 0) at = this.#addPlain(here | field, text, at)
      else {
        if (code <= 0x20) begin = at + 1
        at++
      }
    }
  }

  /** The word that begins there, if it is plain ASCII. Answers where it ends. */
  #addPlain(value: number, text: string, from: number): number {
    let length = 0
    let hash = 0
    let at = from
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) return at
      const letter = plainLetter[code] ?? 0
      if (letter === 0) break
      if (length === maxTermLength) continue
      this.#letters[length++] = letter
      hash = Math.imul(hash ^ letter, 0x5bd1e995)
    }
    this.#note(value, length, hash)
    return at
  }

  #addFolded(value: number, text: string): void {
    for (const term of terms(text)) {
      let hash = 0
      for (let at = 0; at < term.length; at++) {
        const letter = term.charCodeAt(at)
        this.#letters[at] = letter
        hash = Math.imul(hash ^ letter, 0x5bd1e995)
      }
      this.#note(value, term.length, hash)
    }
  }

  /** The term in `#letters` stands there. */
  #note(value: number, length: number, hash: number): void {
    const number = this.#terms.numberOf(this.#letters, length, hash)
    if (number >= this.#heads.length) {
      this.#heads = grown(this.#heads, 2 * this.#heads.length)
      this.#tails = grown(this.#tails, 2 * this.#tails.length)
    }
    const tail = this.#tails[number] ?? 0
    const known = this.#values[tail] ?? 0
    if (tail !== 0 && known >> fieldWidth === value >> fieldWidth) this.#values[tail] = known | value
    else this.#append(number, tail, value)
  }

  #append(number: number, tail: number, value: number): void {
    const node = this.#nodes++
    if (node >= this.#next.length) {
      this.#next = grown(this.#next, 2 * this.#next.length)
      this.#values = grown(this.#values, 2 * this.#values.length)
    }
    this.#next[node] = 0
    this.#values[node] = value
    if (tail === 0) this.#heads[number] = node
    else this.#next[tail] = node
    this.#tails[number] = node
  }

  /** Shards in order. */
  shards(): Iterable<IndexShard> {
    if (this.#written.length === 0) return this.#gathered()
    this.#write()
    return mergedShards(this.#written, this.#firstDoc)
  }

  #write(): void {
    this.#written.push([...this.#gathered()])
    this.#writtenNodes += this.#nodes
    this.#nodes = 1
    this.#heads.fill(0)
    this.#tails.fill(0)
    this.#terms = new TermTable()
  }

  *#gathered(): Generator<IndexShard> {
    const writer = new IndexWriter(this.#firstDoc)
    const all = Array.from({ length: this.#terms.size }, (_, number) => ({ number, term: this.#terms.term(number) }))
    for (const { number, term } of all.sort((a, b) => (a.term < b.term ? -1 : 1))) {
      const full = writer.add(term, this.#postings(number))
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

function nextBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) > 0x20) at++
  return at
}

/** By ASCII code: the letter or digit that it is, small; 0 for what ends a word. As `fold` and `terms` have it. */
const plainLetter = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code).toLowerCase()
  return /[a-z0-9]/.test(letter) ? letter.charCodeAt(0) : 0
})
