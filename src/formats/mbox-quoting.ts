/**
 * The quoting of mboxrd: in a file, each line of a message that matches `^>*From ` has one `>` more, so that it does not pass for
 * the beginning of the next message.
 */

const LF = 10
const GT = 62
const from = Buffer.from('From ')
const quotedFrom = Buffer.from('>From ')
const mark = Buffer.of(GT)

/** Finds a word where nothing but `>` stands before it in its line, in a content that comes in chunks. */
class LineStarts {
  readonly #word: Buffer
  /** Whether the current line is, up to the next chunk, nothing but `>`. */
  #onlyMarks = true
  #held: Buffer = Buffer.alloc(0)

  constructor(word: Buffer) {
    this.#word = word
  }

  /** Octets kept back because the content so far ends within what may be the word. */
  get held(): Buffer {
    return this.#held
  }

  /** As much of the content as is sure now, and where in it the word stands so. */
  next(chunk: Buffer): { readonly bytes: Buffer; readonly places: readonly number[] } {
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const bytes = all.subarray(0, all.length - this.#unfinished(all))
    // A copy: the chunk's memory may be used again.
    this.#held = Buffer.from(all.subarray(bytes.length))
    const places: number[] = []
    for (let at = bytes.indexOf(this.#word); at >= 0; at = bytes.indexOf(this.#word, at + this.#word.length))
      if (this.#startsLine(bytes, at)) places.push(at)
    this.#onlyMarks = this.#startsLine(bytes, bytes.length)
    return { bytes, places }
  }

  #startsLine(bytes: Buffer, at: number): boolean {
    let before = at - 1
    while (before >= 0 && bytes[before] === GT) before--
    return before < 0 ? this.#onlyMarks : bytes[before] === LF
  }

  /** How many octets at the end may be the beginning of the word. */
  #unfinished(bytes: Buffer): number {
    for (let length = Math.min(this.#word.length - 1, bytes.length); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#word.subarray(0, length))) return length
    }
    return 0
  }
}

/** Adds one `>` at each line that matches `^>*From `, across chunk borders. */
export class Quoter {
  readonly #lines = new LineStarts(from)

  next(chunk: Buffer): Buffer {
    const { bytes, places } = this.#lines.next(chunk)
    if (places.length === 0) return bytes
    const parts = places.flatMap((at, n) => [bytes.subarray(places[n - 1] ?? 0, at), mark])
    return Buffer.concat([...parts, bytes.subarray(places.at(-1))])
  }

  /** What was held back. */
  end(): Buffer {
    return this.#lines.held
  }
}

/** Takes one `>` from each line that matches `^>+From `, across chunk borders. */
export class Unquoter {
  readonly #lines = new LineStarts(quotedFrom)

  next(chunk: Buffer): Buffer {
    const { bytes, places } = this.#lines.next(chunk)
    if (places.length === 0) return bytes
    const starts = [0, ...places.map((at) => at + 1)]
    return Buffer.concat(starts.map((start, n) => bytes.subarray(start, places[n])))
  }

  /** What was held back. */
  end(): Buffer {
    return this.#lines.held
  }
}

/** Takes the first `>` from each line that matches `^>+From `. Answers `stored` itself where there is none. */
export function unquote(stored: Buffer): Buffer {
  if (!stored.includes(quotedFrom)) return stored
  const unquoter = new Unquoter()
  return Buffer.concat([unquoter.next(stored), unquoter.end()])
}

/** As `unquote`, of a stream. */
export async function* unquoted(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unquoter = new Unquoter()
  for await (const chunk of stored) yield unquoter.next(chunk)
  yield unquoter.end()
}
