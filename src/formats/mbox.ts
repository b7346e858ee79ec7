/**
 * Our mbox: the mboxrd variant (RFC 4155 with reversible quoting of `From ` lines) with a block of header lines of ours
 * before each message's own header, from which the exact original octets can be restored and proved.
 * FORMAT.md describes it for strangers.
 */
import { createHash, hash } from 'node:crypto'
import { AppError } from '../core/errors.ts'

/** What stands before a message in the file besides the message itself. */
export interface RecordHead {
  /** The provider's key of the message. */
  readonly id: string
  /** When the provider received it; goes into the `From ` line. */
  readonly date: Date
  readonly flags: readonly string[]
  readonly labels?: readonly string[]
  readonly thread?: string
}

/** `crlf`: every line ended in CRLF and is stored with LF. `asis`: stored octet for octet. */
export type LineEnds = 'crlf' | 'asis'

export interface EncodedRecord {
  readonly record: Buffer
  readonly sha256: string
  readonly size: number
}

export interface ContentFacts {
  /** Octets of the original. */
  readonly size: number
  /** Of the original octets, lowercase hex. */
  readonly sha256: string
  readonly lineEnds: LineEnds
  /** False when the stored form does not end in LF and one has to be added. */
  readonly endsInLf: boolean
}

const LF = 10
const CR = 13
const GT = 62
const FROM = Buffer.from('From ')
const blankLine = Buffer.from('\n')
const twoLineEnds = Buffer.from('\n\n')

/** Encodes a message that is in memory. */
export function encodeRecord(head: RecordHead, message: Uint8Array): EncodedRecord {
  const source = asBuffer(message)
  const sha256 = hash('sha256', source, 'hex')
  const endsInLf = source.at(-1) === LF
  const prefix = (lineEnds: LineEnds) => recordPrefix(head, { size: source.length, sha256, lineEnds, endsInLf })
  const quotes = countQuotes(source)
  const crlf = prefix('crlf')
  const start = crlf.length
  const record = Buffer.allocUnsafe(start + source.length + quotes + 2)
  crlf.copy(record)
  let end = copyPureCrlf(source, record, start)
  if (end < 0) {
    // Both words have four letters, so the prefix keeps its length.
    prefix('asis').copy(record)
    end = start + source.copy(record, start)
  }
  if (quotes > 0) end = quoteInPlace(record, start, end, quotes)
  if (!endsInLf) record[end++] = LF
  record[end++] = LF
  return { record: record.subarray(0, end), sha256, size: source.length }
}

/** The `From ` line and our header lines. */
export function recordPrefix(head: RecordHead, facts: ContentFacts): Buffer {
  const lines = headerLines(head)
  const own = `X-Lifeboat: v=1; lines=${lines.length + 1}; size=${facts.size}; sha256=${facts.sha256}; eol=${facts.lineEnds}; id=${headerSafe(head.id)}`
  return Buffer.from(`From MAILER-DAEMON ${asctime(head.date)}\n${[own, ...lines].join('\n')}\n`, 'latin1')
}

/** What follows the stored message in the file. */
export function recordSuffix(facts: ContentFacts): Buffer {
  return facts.endsInLf ? blankLine : twoLineEnds
}

function headerLines(head: RecordHead): string[] {
  const has = (flag: string) => head.flags.includes(flag)
  const lines = [`Status: ${has('\\Seen') ? 'RO' : 'O'}`]
  const extended = [has('\\Answered') && 'A', has('\\Flagged') && 'F', has('\\Draft') && 'T', has('\\Deleted') && 'D']
    .filter(Boolean)
    .join('')
  if (extended !== '') lines.push(`X-Status: ${extended}`)
  const keywords = head.flags.filter((flag) => !flag.startsWith('\\')).map(headerSafe)
  if (keywords.length > 0) lines.push(`X-Keywords: ${keywords.join(' ')}`)
  if (head.thread !== undefined) lines.push(`X-GM-THRID: ${headerSafe(head.thread)}`)
  if (head.labels !== undefined && head.labels.length > 0) lines.push(`X-Gmail-Labels: ${encodedWords(head.labels.join(','))}`)
  return lines
}

/** Percent-encodes whatever could end a header line or be misread in it; the exact value stands in the journal. */
function headerSafe(value: string): string {
  const safe = encodeURIComponent(value.toWellFormed()).replace(/%(24|2B|2C|2F|3A|3D|40)/g, (octet) =>
    decodeURIComponent(octet),
  )
  return safe.length > 500 ? `${safe.slice(0, 497)}...` : safe
}

/** RFC 2047, as Google's export writes labels that are not plain ASCII. */
function encodedWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word)
      word = ''
    }
    word += character
  }
  words.push(word)
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ')
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 4155 appendix A: `Thu Nov 24 18:22:48 1986`, UTC. */
function asctime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${weekdays[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, ' ')} ${time} ${year}`
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Copies with LF for each CRLF and answers where the copy ends, or -1 when the message is not of that kind: an LF without
 * CR, a CR CR LF, or no line end at all.
 */
function copyPureCrlf(source: Buffer, target: Buffer, at: number): number {
  const last = source.length - 1
  let end = at
  for (let i = 0; i <= last; i++) {
    const octet = source[i] as number
    if (octet <= CR) {
      if (octet === LF) return -1
      if (octet === CR && i < last && source[i + 1] === LF) {
        if (i > 0 && source[i - 1] === CR) return -1
        i++
        target[end++] = LF
        continue
      }
    }
    target[end++] = octet
  }
  return end === at + source.length ? -1 : end
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
  #previous = 0
  #beforePrevious = 0

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#size += chunk.length
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
    }
  }
}

/** The stored form of a message, chunk by chunk. */
export async function* storedForm(content: AsyncIterable<Uint8Array>, lineEnds: LineEnds): AsyncGenerator<Uint8Array> {
  const quoter = new LineStarts('quote')
  for await (const chunk of lineEnds === 'crlf' ? withoutCr(content) : content) yield quoter.next(asBuffer(chunk))
  yield quoter.end()
}

function copyWithoutCr(source: Buffer, target: Buffer, at: number): number {
  const last = source.length - 1
  let end = at
  for (let i = 0; i <= last; i++) {
    const octet = source[i] as number
    if (octet === CR && i < last && source[i + 1] === LF) continue
    target[end++] = octet
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
    yield target.subarray(0, copyWithoutCr(source, target, 0))
  }
  if (held) yield Buffer.of(CR)
}

async function* withCr(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of content) yield lfToCrlf(chunk)
}

/** Twice as fast as a loop over the octets. */
function lfToCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}

/**
 * Adds or takes one `>` at each line that matches `^>*From ` (quote) or `^>+From ` (unquote), across chunk borders.
 * Only the number of `>` at the start of a line has to be remembered, however many there are.
 */
class LineStarts {
  readonly #mode: 'quote' | 'unquote'
  #atStart = true
  #marks = 0
  #matched = 0

  constructor(mode: 'quote' | 'unquote') {
    this.#mode = mode
  }

  next(chunk: Buffer): Buffer {
    const out: Buffer[] = []
    let i = 0
    while (i < chunk.length) {
      if (this.#atStart) {
        i = this.#decide(chunk, i, out)
        continue
      }
      const lineEnd = chunk.indexOf(LF, i)
      const stop = lineEnd < 0 ? chunk.length : lineEnd + 1
      out.push(chunk.subarray(i, stop))
      this.#atStart = lineEnd >= 0
      i = stop
    }
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out)
  }

  /** Octets held back because the content ended within a possible `From `. */
  end(): Buffer {
    return Buffer.concat(this.#release(0))
  }

  #decide(chunk: Buffer, start: number, out: Buffer[]): number {
    let i = start
    for (; i < chunk.length; i++) {
      const octet = chunk[i]
      if (this.#matched === 0 && octet === GT) {
        this.#marks++
      } else if (octet === FROM[this.#matched]) {
        this.#matched++
        if (this.#matched < FROM.length) continue
        out.push(...this.#release(this.#mode === 'quote' ? 1 : this.#marks > 0 ? -1 : 0))
        this.#atStart = false
        return i + 1
      } else {
        out.push(...this.#release(0))
        this.#atStart = false
        return i
      }
    }
    return i
  }

  #release(more: number): Buffer[] {
    const held = [Buffer.alloc(this.#marks + more, GT), FROM.subarray(0, this.#matched)]
    this.#marks = 0
    this.#matched = 0
    return held
  }
}

/** What a record says of itself. */
export interface RecordClaim {
  readonly size: number
  readonly sha256: string
  readonly lineEnds: LineEnds
  readonly id: string
  /** Octets before the message: the `From ` line and our lines. */
  readonly prefixLength: number
}

const claimPattern = /^X-Lifeboat: v=1; lines=(\d{1,3}); size=(\d{1,15}); sha256=([0-9a-f]{64}); eol=(crlf|asis); id=([^\n]*)$/

/** How much of a record's beginning `readClaim` needs at most. */
export const maxPrefixLength = 1 << 16

/** Reads the prefix of a record. @throws AppError `corrupt` */
export function readClaim(record: Buffer): RecordClaim {
  const start = record.indexOf(LF) + 1
  const lineEnd = record.indexOf(LF, start)
  const match = claimPattern.exec(record.subarray(start, lineEnd < 0 ? start : lineEnd).toString('latin1'))
  if (!record.subarray(0, 5).equals(FROM) || match === null) throw notARecord()
  const [, lines, size, sha256, eol, id] = match
  let prefixLength = start
  for (let n = Number(lines); n > 0; n--) {
    const end = record.indexOf(LF, prefixLength)
    if (end < 0) throw notARecord()
    prefixLength = end + 1
  }
  return { size: Number(size), sha256: sha256 ?? '', lineEnds: eol === 'crlf' ? 'crlf' : 'asis', id: id ?? '', prefixLength }
}

function notARecord(): AppError {
  return new AppError('corrupt', 'A message is not where the journal says, or its own header is damaged.')
}

/** The original octets of a whole record in memory. They are not checked against `claim.sha256`. */
export function decodeRecord(record: Buffer, claim: RecordClaim): Buffer {
  const stored = record.subarray(claim.prefixLength)
  const unquoted = stored.includes('>From ') ? unquote(stored) : stored
  if (claim.lineEnds === 'asis') return unquoted.subarray(0, claim.size)
  return lfToCrlf(unquoted).subarray(0, claim.size)
}

function unquote(stored: Buffer): Buffer {
  const unquoter = new LineStarts('unquote')
  return Buffer.concat([unquoter.next(stored), unquoter.end()])
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

async function* unquoted(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unquoter = new LineStarts('unquote')
  for await (const chunk of stored) yield unquoter.next(chunk)
  yield unquoter.end()
}
