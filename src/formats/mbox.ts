/**
 * Our mbox: the mboxrd variant (RFC 4155 with reversible quoting of `From ` lines) with a block of header lines of ours
 * before each message's own header, from which the exact original octets can be restored and proved.
 * FORMAT.md describes it for strangers.
 */
import { createHash, hash } from 'node:crypto'
import { type ContentFacts, type LineEnds, type RecordClaim, type RecordHead, recordPrefix } from './mbox-prefix.ts'
import { Quoter, unquote, unquoted } from './mbox-quoting.ts'

export interface EncodedRecord {
  readonly record: Buffer
  readonly sha256: string
  readonly size: number
}

const LF = 10
const CR = 13
const GT = 62
const FROM = Buffer.from('From ')

/** Gives room for at least so many octets; what is in it does not matter. */
export type Allocate = (octets: number) => Buffer

/** Encodes a message that is in memory. The record is the beginning of what `allocate` gave last. */
export function encodeRecord(head: RecordHead, message: Uint8Array, allocate: Allocate = Buffer.allocUnsafe): EncodedRecord {
  const source = asBuffer(message)
  const sha256 = hash('sha256', source, 'hex')
  const endsInLf = source.at(-1) === LF
  const beginsBlank = isBlank(source[0])
  const prefix = (lineEnds: LineEnds) => recordPrefix(head, { size: source.length, sha256, lineEnds, endsInLf, beginsBlank })
  const crlf = prefix('crlf')
  // Each line that gets a mark loses its CR, except the last, which may have none.
  let record = allocate(crlf.length + source.length + 3)
  crlf.copy(record)
  let end = copyPureCrlf(source, record, crlf.length)
  if (end < 0) {
    const asis = prefix('asis')
    const quotes = countQuotes(source)
    record = allocate(asis.length + source.length + quotes + 2)
    end = asis.copy(record)
    end += source.copy(record, end)
    if (quotes > 0) end = quoteInPlace(record, asis.length, end, quotes)
  }
  if (!endsInLf) record[end++] = LF
  record[end++] = LF
  return { record: record.subarray(0, end), sha256, size: source.length }
}

function isBlank(octet: number | undefined): boolean {
  return octet === 32 || octet === 9
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Copies with LF for each CRLF and a mark before each line that needs one, and answers where the copy ends, or -1 when the
 * message is not of that kind: an LF without CR, a CR CR LF, or no line end at all.
 */
function copyPureCrlf(source: Buffer, target: Buffer, at: number): number {
  const from = viewOf(source)
  const to = viewOf(target)
  let end = at
  let lineStart = 0
  for (let i = 0; i < source.length; ) {
    if (i === lineStart && isQuotable(source, i)) target[end++] = GT
    const copied = copyWords(from, i, to, end)
    i += copied
    end += copied
    for (const stop = Math.min(i + 4, source.length); i < stop; ) {
      const octet = source[i++] as number
      if (octet === LF) return -1
      if (octet !== CR || source[i] !== LF) {
        target[end++] = octet
        continue
      }
      if (source[i - 2] === CR) return -1
      target[end++] = LF
      lineStart = ++i
      break
    }
  }
  return lineStart === 0 ? -1 : end
}

/** Copies four octets at a time up to a control character or an end; answers how many. Twice as fast as one at a time. */
function copyWords(source: DataView, from: number, target: DataView, to: number): number {
  const most = Math.min(source.byteLength - from, target.byteLength - to) - 4
  let n = 0
  for (; n <= most; n += 4) {
    const word = source.getInt32(from + n)
    // Not 0 when one of the octets is below 16.
    if (((word - 0x10101010) & ~word & 0x80808080) !== 0) break
    target.setInt32(to + n, word)
  }
  return n
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether the line at `start` matches `^>*From `. */
function isQuotable(bytes: Buffer, start: number): boolean {
  let i = start
  while (bytes[i] === GT) i++
  return bytes[i] === FROM[0] && bytes.subarray(i, i + FROM.length).equals(FROM)
}

/** How many lines match `^>*From `: each gets one more `>`. */
function countQuotes(message: Buffer): number {
  let count = 0
  for (let at = message.indexOf(FROM); at >= 0; at = message.indexOf(FROM, at + 5)) {
    if (atQuotableLine(message, at, 0)) count++
  }
  return count
}

function atQuotableLine(bytes: Buffer, from: number, start: number): boolean {
  let i = from - 1
  while (i >= start && bytes[i] === GT) i--
  return i < start || bytes[i] === LF
}

/** Shifts from the back, so that each octet moves once. */
function quoteInPlace(record: Buffer, start: number, end: number, quotes: number): number {
  let shift = quotes
  let tail = end
  while (shift > 0) {
    const from = record.lastIndexOf(FROM, tail - 5)
    let line = from
    if (!atQuotableLine(record, from, start)) {
      record.copyWithin(from + shift, from, tail)
      tail = from
      continue
    }
    while (line > start && record[line - 1] === GT) line--
    record.copyWithin(line + shift, line, tail)
    shift--
    record[line + shift] = GT
    tail = line
  }
  return end + quotes
}

/** Learns what the prefix has to say about a message that is too large for memory. */
export class ContentInspector {
  readonly #hash = createHash('sha256')
  #size = 0
  #crlf = true
  #lines = 0
  #first: number | undefined
  #previous = 0
  #beforePrevious = 0

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#size += chunk.length
    this.#first ??= chunk[0]
    if (this.#crlf) this.#inspect(asBuffer(chunk))
    const last = chunk.at(-1)
    if (last === undefined) return
    this.#beforePrevious = chunk.at(-2) ?? this.#previous
    this.#previous = last
  }

  #inspect(chunk: Buffer): void {
    const before = (i: number) => (i >= 0 ? chunk[i] : i === -1 ? this.#previous : this.#beforePrevious)
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      this.#lines++
      if (before(at - 1) === CR && before(at - 2) !== CR) continue
      this.#crlf = false
      return
    }
  }

  facts(): ContentFacts {
    return {
      size: this.#size,
      sha256: this.#hash.digest('hex'),
      lineEnds: this.#crlf && this.#lines > 0 ? 'crlf' : 'asis',
      endsInLf: this.#previous === LF,
      beginsBlank: isBlank(this.#first),
    }
  }
}

/** The stored form of a message, chunk by chunk. */
export async function* storedForm(content: AsyncIterable<Uint8Array>, lineEnds: LineEnds): AsyncGenerator<Uint8Array> {
  const quoter = new Quoter()
  for await (const chunk of lineEnds === 'crlf' ? withoutCr(content) : content) yield quoter.next(asBuffer(chunk))
  yield quoter.end()
}

/** Copies with LF for each CRLF; answers how much. */
function copyWithoutCr(source: Buffer, target: Buffer): number {
  const from = viewOf(source)
  const to = viewOf(target)
  let end = 0
  for (let i = 0; i < source.length; ) {
    const copied = copyWords(from, i, to, end)
    i += copied
    end += copied
    for (const stop = Math.min(i + 4, source.length); i < stop; ) {
      const octet = source[i++] as number
      if (octet !== CR || source[i] !== LF) target[end++] = octet
    }
  }
  return end
}

async function* withoutCr(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = false
  for await (const part of content) {
    const chunk: Buffer = held ? Buffer.concat([Buffer.of(CR), part]) : asBuffer(part)
    held = chunk.at(-1) === CR
    const source = held ? chunk.subarray(0, -1) : chunk
    const target = Buffer.allocUnsafe(source.length)
    yield target.subarray(0, copyWithoutCr(source, target))
  }
  if (held) yield Buffer.of(CR)
}

async function* withCr(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of content) yield lfToCrlf(chunk, Buffer.allocUnsafe(2 * chunk.length))
}

/** Copies with CRLF for each LF, as far as there is room; answers the part of `target` that was filled. */
function lfToCrlf(source: Buffer, target: Buffer, marks: 'kept' | 'dropped' = 'kept'): Buffer {
  const from = viewOf(source)
  const to = viewOf(target)
  const drops = marks === 'dropped'
  let end = 0
  let i = drops && isMarked(source, 0) ? 1 : 0
  while (i < source.length && end < target.length) {
    const copied = copyWords(from, i, to, end)
    i += copied
    end += copied
    for (const stop = Math.min(i + 4, source.length); i < stop; ) {
      const octet = source[i++] as number
      if (octet === LF) target[end++] = CR
      target[end++] = octet
      if (octet !== LF) continue
      if (drops && isMarked(source, i)) i++
      break
    }
  }
  return target.subarray(0, end)
}

/** Whether the line at `start` matches `^>+From `. */
function isMarked(bytes: Buffer, start: number): boolean {
  return bytes[start] === GT && isQuotable(bytes, start)
}

/** The original octets of a whole record in memory. They are not checked against `claim.sha256`. */
export function decodeRecord(record: Buffer, claim: RecordClaim, allocate: Allocate = Buffer.allocUnsafe): Buffer {
  const stored = record.subarray(claim.prefixLength)
  if (claim.lineEnds === 'asis') return unquote(stored).subarray(0, claim.size)
  // A damaged header may claim any size.
  const most = Math.min(claim.size, 2 * stored.length)
  return lfToCrlf(stored, allocate(most).subarray(0, most), 'dropped')
}

/**
 * The message as its record holds it, for who only looks at it: LF where the original has CRLF, and at its end. Shares the record's
 * memory where it can. Not checked.
 */
export function storedMessage(record: Buffer, claim: RecordClaim): Buffer {
  const stored = unquote(record.subarray(claim.prefixLength))
  // The blank line between two records is none of either.
  return stored.subarray(0, claim.lineEnds === 'asis' ? claim.size : -1)
}

/** The original octets of a record too large for memory. `stored` starts after the prefix. Not checked. */
export async function* decodeStored(stored: AsyncIterable<Buffer>, claim: RecordClaim): AsyncGenerator<Buffer> {
  let left = claim.size
  const original = claim.lineEnds === 'crlf' ? withCr(unquoted(stored)) : unquoted(stored)
  for await (const chunk of original) {
    if (chunk.length > 0 && left > 0) yield chunk.subarray(0, left)
    left -= Math.min(left, chunk.length)
  }
}
