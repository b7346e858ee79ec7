/** Looks for many texts in a file that is not what it was, by their length and checksum: each octet is hashed a few times only. */
import { hash } from 'node:crypto'

export class TextSearch {
  readonly #bytes: Buffer
  /** Where a text may begin and where one may end, ascending. */
  readonly #starts: readonly number[]
  readonly #ends: readonly number[]
  /** By length: where each text of that length begins, by its checksum. */
  readonly #texts = new Map<number, ReadonlyMap<string, number>>()

  /** `areLines`: texts are whole lines; else they are whole components. */
  constructor(bytes: Buffer, areLines: boolean) {
    this.#bytes = bytes
    const lines = lineEnds(bytes)
    this.#ends = areLines ? lines : lines.filter((end) => end === bytes.length || startsComponent(bytes, end))
    this.#starts = areLines ? [0, ...lines] : componentStarts(bytes)
  }

  /** Null where the file does not hold it. */
  find(length: number, sha256: string): Buffer | null {
    const texts = this.#texts.get(length) ?? this.#textsOf(length)
    this.#texts.set(length, texts)
    const at = texts.get(sha256)
    return at === undefined ? null : this.#bytes.subarray(at, at + length)
  }

  /** Where a text begins that `find` gave. */
  positionOf(text: Buffer): number {
    return text.byteOffset - this.#bytes.byteOffset
  }

  #textsOf(length: number): ReadonlyMap<string, number> {
    const texts = new Map<string, number>()
    let n = 0
    for (const at of this.#starts) {
      const end = at + length
      while ((this.#ends[n] ?? end) < end) n++
      if (this.#ends[n] !== end) continue
      const sum = hash('sha256', this.#bytes.subarray(at, end), 'hex')
      if (!texts.has(sum)) texts.set(sum, at)
    }
    return texts
  }
}

/** Positions behind each line end. */
function lineEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at + 1)
  return ends
}

/** Also within a line: what stands before may be damaged. */
function componentStarts(bytes: Buffer): number[] {
  const starts: number[] = []
  for (let at = bytes.indexOf('BEGIN:'); at >= 0; at = bytes.indexOf('BEGIN:', at + 1)) starts.push(at)
  return starts
}

function startsComponent(bytes: Buffer, at: number): boolean {
  return /^(?:BEGIN|END):/.test(bytes.toString('latin1', at, at + 6))
}
