/**
 * The search index of a segment: terms in ascending order of their code units, cut into shards (`i`) of about 128 KB. A shard
 * is a row of entries:
 *
 *     varint  how many UTF-16 units the term shares with the one before (0 at the start of a shard)
 *     varint  octets of the rest of the term, then these in UTF-8
 *     varint  number of postings, varint their octets, then the postings, ascending by document
 *
 * A posting is `varint (distance << 1 | has fields)`, the distance from the document before (of the first one: from the segment's
 * first document), and if it has fields one octet of `fieldBits`; without, the term stands in the body alone. A varint has
 * seven bits an octet, lowest first; the eighth says that more follow.
 */

/** Where in a document a term stands. What is no mail has `subject` (its name) and `body` (the rest). */
export const fieldBits = { subject: 1, from: 2, to: 4, attachment: 8, body: 16 } as const

const shardLength = 128 * 1024

export class OctetWriter {
  #octets = new Uint8Array(1024)
  length = 0

  #room(more: number): void {
    if (this.length + more <= this.#octets.length) return
    const grown = new Uint8Array(Math.max(this.#octets.length * 2, this.length + more))
    grown.set(this.#octets.subarray(0, this.length))
    this.#octets = grown
  }

  octet(value: number): void {
    this.#room(1)
    this.#octets[this.length++] = value
  }

  varint(value: number): void {
    let left = value
    for (; left > 0x7f; left = Math.floor(left / 128)) this.octet((left % 128) | 0x80)
    this.octet(left)
  }

  octets(values: Uint8Array): void {
    this.#room(values.length)
    this.#octets.set(values, this.length)
    this.length += values.length
  }

  /** A copy of everything written since the last time. */
  take(): Uint8Array {
    const taken = this.#octets.slice(0, this.length)
    this.length = 0
    return taken
  }
}

export class OctetReader {
  readonly #octets: Uint8Array
  at: number

  constructor(octets: Uint8Array, at = 0) {
    this.#octets = octets
    this.at = at
  }

  get atEnd(): boolean {
    return this.at >= this.#octets.length
  }

  octet(): number {
    return this.#octets[this.at++] ?? 0
  }

  varint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const octet = this.#octets[this.at++] ?? 0
      value += (octet & 0x7f) * factor
      if (octet < 0x80) return value
      factor *= 128
    }
  }

  octets(length: number): Uint8Array {
    const taken = this.#octets.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }
}

/** Document number and field bits, alternating, ascending by document. */
export type Postings = readonly number[]

/** Cuts an index into shards. Terms come in ascending order, each once. */
export class IndexWriter {
  readonly #firstDoc: number
  readonly #entries = new OctetWriter()
  readonly #postings = new OctetWriter()
  readonly #encoder = new TextEncoder()
  #previous = ''
  #first = ''

  constructor(firstDoc: number) {
    this.#firstDoc = firstDoc
  }

  /** Answers a shard that became full, with its first term. */
  add(term: string, postings: Postings): { readonly first: string; readonly content: Uint8Array } | null {
    const full = this.#entries.length >= shardLength ? this.end() : null
    if (this.#entries.length === 0) this.#first = term
    const shared = this.#entries.length === 0 ? 0 : sharedLength(this.#previous, term)
    const rest = this.#encoder.encode(term.slice(shared))
    this.#entries.varint(shared)
    this.#entries.varint(rest.length)
    this.#entries.octets(rest)
    this.#entries.varint(postings.length / 2)
    const octets = this.#encoded(postings)
    this.#entries.varint(octets.length)
    this.#entries.octets(octets)
    this.#previous = term
    return full
  }

  #encoded(postings: Postings): Uint8Array {
    let before = this.#firstDoc
    for (let at = 0; at < postings.length; at += 2) {
      const doc = postings[at] ?? 0
      const fields = postings[at + 1] ?? 0
      const isBody = fields === fieldBits.body
      this.#postings.varint((doc - before) * 2 + (isBody ? 0 : 1))
      if (!isBody) this.#postings.octet(fields)
      before = doc
    }
    return this.#postings.take()
  }

  /** The last shard, null when there is none. */
  end(): { readonly first: string; readonly content: Uint8Array } | null {
    return this.#entries.length === 0 ? null : { first: this.#first, content: this.#entries.take() }
  }
}

function sharedLength(one: string, other: string): number {
  let length = 0
  const most = Math.min(one.length, other.length)
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length++
  // Half a character has no UTF-8.
  return length > 0 && (one.charCodeAt(length - 1) & 0xfc00) === 0xd800 ? length - 1 : length
}

export class IndexEntry {
  readonly term: string
  /** How many documents have it. */
  readonly count: number
  readonly #octets: Uint8Array
  readonly #firstDoc: number

  constructor(term: string, count: number, octets: Uint8Array, firstDoc: number) {
    this.term = term
    this.count = count
    this.#octets = octets
    this.#firstDoc = firstDoc
  }

  postings(): number[] {
    const postings: number[] = []
    this.#each((doc, fields) => postings.push(doc, fields))
    return postings
  }

  /** Adds the fields that are in `mask` to each document's element of `hits`. */
  mark(hits: Uint8Array, mask: number): void {
    this.#each((doc, fields) => {
      hits[doc] = (hits[doc] ?? 0) | (fields & mask)
    })
  }

  #each(take: (doc: number, fields: number) => void): void {
    const reader = new OctetReader(this.#octets)
    let doc = this.#firstDoc
    while (!reader.atEnd) {
      const value = reader.varint()
      doc += Math.floor(value / 2)
      take(doc, value % 2 === 1 ? reader.octet() : fieldBits.body)
    }
  }
}

/** Entries of a shard in order. `prefix`: only terms that begin so. */
export function* indexEntries(content: Uint8Array, firstDoc: number, prefix = ''): Generator<IndexEntry> {
  const reader = new OctetReader(content)
  const term = new CurrentTerm()
  while (!reader.atEnd) {
    const shared = reader.varint()
    const rest = reader.varint()
    term.next(shared, content, reader.at, rest)
    reader.at += rest
    const count = reader.varint()
    const length = reader.varint()
    const order = term.compareStart(prefix)
    if (order > 0) return
    if (order === 0) yield new IndexEntry(term.text, count, content.subarray(reader.at, reader.at + length), firstDoc)
    reader.at += length
  }
}

/** The term that a reader has come to: of thousands that are passed over nobody needs the text. */
class CurrentTerm {
  #units = new Uint16Array(256)
  #length = 0
  readonly #decoder = new TextDecoder()

  /** The first `shared` units of the one before, then `length` octets of UTF-8. */
  next(shared: number, octets: Uint8Array, from: number, length: number): void {
    if (shared + length > this.#units.length) {
      const larger = new Uint16Array(2 * (shared + length))
      larger.set(this.#units)
      this.#units = larger
    }
    this.#length = shared
    for (let at = from; at < from + length; at++) {
      const octet = octets[at] ?? 0
      if (octet > 0x7f) {
        this.#decode(shared, octets.subarray(from, from + length))
        return
      }
      this.#units[this.#length++] = octet
    }
  }

  #decode(shared: number, octets: Uint8Array): void {
    const rest = this.#decoder.decode(octets)
    for (let at = 0; at < rest.length; at++) this.#units[shared + at] = rest.charCodeAt(at)
    this.#length = shared + rest.length
  }

  /** 0: it begins so. Else below 0 before, and above 0 after everything that does. */
  compareStart(prefix: string): number {
    for (let at = 0; at < prefix.length; at++) {
      if (at >= this.#length) return -1
      const order = (this.#units[at] ?? 0) - prefix.charCodeAt(at)
      if (order !== 0) return order
    }
    return 0
  }

  get text(): string {
    return String.fromCharCode(...this.#units.subarray(0, this.#length))
  }
}

/** Which shards of a segment can hold the term, or terms that begin with it: from the first up to the last, excluded. */
export function shardsWith(
  firstTerms: readonly string[],
  term: string,
  isPrefix: boolean,
): { readonly from: number; readonly to: number } {
  let low = 0
  let high = firstTerms.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((firstTerms[middle] ?? '') <= term) low = middle + 1
    else high = middle
  }
  let to = low
  if (isPrefix) while (to < firstTerms.length && firstTerms[to]?.startsWith(term)) to++
  return { from: Math.max(0, low - 1), to }
}
