/**
 * The line layer that vCard (RFC 6350 section 3.2) and iCalendar (RFC 5545 section 3.1) have in common. Text is handled as
 * Latin-1, so that characters are octets; values for people are decoded at the end. All of it takes linear time.
 */
import { isUtf8 } from 'node:buffer'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const DEL = 0x7f

/** What must be known to get the octets back that `toStoredLines` was given. */
export interface LineForm {
  readonly lineEnds: 'crlf' | 'lf'
  /** Line ends behind the last line: 1 as it should be, 0 where the final one was missing. */
  readonly lineEndsAfter: number
}

export interface StoredLines {
  /** Every line ends in CRLF, the last one too. */
  readonly text: Buffer
  readonly form: LineForm
}

/**
 * @returns null where the octets cannot be given back from lines with CRLF, or would harm their neighbours in a file:
 *   mixed line ends, a bare CR, control characters, anything that is not UTF-8, nothing at all
 */
export function toStoredLines(bytes: Uint8Array): StoredLines | null {
  const lineEnds = uniformLineEnds(bytes)
  if (lineEnds === null || !isUtf8(bytes)) return null
  let end = bytes.length
  let lineEndsAfter = 0
  while (end > 0 && bytes[end - 1] === LF) {
    end -= lineEnds === 'crlf' ? 2 : 1
    lineEndsAfter++
  }
  if (end === 0) return null
  const content = asBuffer(bytes.subarray(0, end)).toString('latin1')
  const lines = lineEnds === 'crlf' ? content : content.replaceAll('\n', '\r\n')
  return { text: Buffer.from(`${lines}\r\n`, 'latin1'), form: { lineEnds, lineEndsAfter } }
}

/** The inverse of `toStoredLines`. */
export function fromStoredLines(text: Uint8Array, form: LineForm): Buffer {
  const content = `${asBuffer(text).toString('latin1').slice(0, -2)}${'\r\n'.repeat(form.lineEndsAfter)}`
  return Buffer.from(form.lineEnds === 'crlf' ? content : content.replaceAll('\r\n', '\n'), 'latin1')
}

/** Null for mixed line ends and for control characters other than the tab. */
function uniformLineEnds(bytes: Uint8Array): 'crlf' | 'lf' | null {
  let crlf = 0
  let lf = 0
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] ?? 0
    if (octet >= SPACE && octet !== DEL) continue
    if (octet === LF) {
      if (bytes[i - 1] === CR) crlf++
      else lf++
    } else if (octet === CR ? bytes[i + 1] !== LF : octet !== TAB) {
      return null
    }
  }
  if (crlf > 0) return lf === 0 ? 'crlf' : null
  return lf > 0 ? 'lf' : null
}

/** The logical lines, folds undone, without line ends; empty lines are left out. Line ends may be CRLF or LF. */
export function unfold(text: string): string[] {
  return text
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
}

export interface ContentLine {
  /** Upper case. */
  readonly group: string
  /** Upper case. */
  readonly name: string
  /** Names in upper case; values without their quotation marks; what has no name (vCard 2.1: `TEL;HOME:`) has the name ''. */
  readonly params: readonly (readonly [name: string, value: string])[]
  readonly value: string
}

const lineName = /^(?:([\w-]{1,100})\.)?([\w-]{1,100})(?=[;:])/
const paramName = /[\w-]{1,100}(?==)/y
const paramValue = /"[^"]*"|[^";:,]*/y

/** @returns null for a line that is not `[group.]name *(;param) : value` */
export function parseContentLine(line: string): ContentLine | null {
  const [start = '', group = '', name = ''] = lineName.exec(line) ?? []
  if (start === '') return null
  const params: [string, string][] = []
  let at = start.length
  while (line[at] === ';') {
    paramName.lastIndex = at + 1
    const param = paramName.exec(line)?.[0] ?? ''
    at += param === '' ? 0 : param.length + 1
    do {
      paramValue.lastIndex = at + 1
      const value = paramValue.exec(line)?.[0] ?? ''
      if (param === '' && !/^[\w-]+$/.test(value)) return null
      params.push([param.toUpperCase(), withoutCarets(value.startsWith('"') ? value.slice(1, -1) : value)])
      at += value.length + 1
    } while (line[at] === ',' && param !== '')
  }
  return line[at] === ':' ? { group: group.toUpperCase(), name: name.toUpperCase(), params, value: line.slice(at + 1) } : null
}

/** RFC 6868. */
const carets: Readonly<Record<string, string>> = { n: '\n', '^': '^', "'": '"' }

/** What else a parameter cannot hold is written with carets. */
function withoutCarets(value: string): string {
  return value.includes('^') ? value.replace(/\^([n^'])/g, (_, code: string) => carets[code] ?? code) : value
}

const windows1252 = new TextDecoder('windows-1252')
const displayLength = 500

/** Octets that are UTF-8 where they can be, else windows-1252. */
export function decodeOctets(octets: string): string {
  const raw = Buffer.from(octets, 'latin1')
  return isUtf8(raw) ? raw.toString('utf8') : windows1252.decode(raw)
}

/** One line for a person, without backslash escapes and control characters, at most 500 characters. */
export function displayLine(value: string): string {
  const line = value
    .slice(0, 4 * displayLength)
    .replace(/\\([nN,;:\\"])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? ' ' : escaped))
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
  return line.slice(0, displayLength).replace(/[\ud800-\udbff]$/, '')
}

/** The same memory, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Lines out of chunks of any size. What has not been taken is held; a byte order mark at the very start is dropped. */
export class LineWindow {
  #bytes = Buffer.alloc(0)
  /** What is held stands from #start to #end. */
  #start = 0
  #end = 0
  #lineStart = 0
  /** Behind the line end of the current line. */
  #lineEnd = 0
  /** No line end between #lineEnd and here. */
  #searched = 0
  #atFileStart = true
  #finished = false

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** No more chunks: what is left counts as a line. */
  finish(): void {
    this.#finished = true
  }

  /** Octets. */
  get held(): number {
    return this.#end - this.#start
  }

  /** Makes the next complete line the current one; false when there is none yet. */
  advance(): boolean {
    if (this.#atFileStart && !this.#skipByteOrderMark()) return false
    let found = this.#bytes.indexOf(LF, this.#searched)
    if (found >= this.#end) found = -1
    this.#searched = found === -1 ? this.#end : found + 1
    if (found === -1 && !(this.#finished && this.#lineEnd < this.#end)) return false
    this.#lineStart = this.#lineEnd
    this.#lineEnd = this.#searched
    return true
  }

  /** The current line without its line end, at most 200 octets of it, as Latin-1. */
  line(): string {
    const text = this.#bytes.toString('latin1', this.#lineStart, Math.min(this.#lineEnd, this.#lineStart + 200))
    return text.replace(/\r?\n$/, '')
  }

  /** Of the current line. */
  firstOctet(): number {
    return this.#bytes[this.#lineStart] ?? LF
  }

  isEmptyLine(): boolean {
    const first = this.firstOctet()
    return first === LF || (first === CR && this.#bytes[this.#lineStart + 1] === LF)
  }

  /** Whether something is held that stands before the current line. */
  hasBefore(): boolean {
    return this.#lineStart > this.#start
  }

  /** What stands before the current line, which stays the current one. */
  takeBefore(): Buffer {
    return this.#take(this.#lineStart)
  }

  /** What is held up to the end of the current line. */
  takeLines(): Buffer {
    return this.#take(this.#lineEnd)
  }

  /** Everything, be it half a line: what comes next then counts as a line of its own. */
  takeAll(): Buffer {
    this.#atFileStart = false
    this.#lineStart = this.#end
    this.#lineEnd = this.#end
    this.#searched = this.#end
    return this.#take(this.#end)
  }

  #take(end: number): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#start, end))
    this.#start = end
    this.#lineStart = Math.max(this.#lineStart, end)
    return taken
  }

  /** False while it cannot be told yet whether there is one. */
  #skipByteOrderMark(): boolean {
    if (this.held < byteOrderMark.length && !this.#finished) return false
    this.#atFileStart = false
    if (this.#bytes.subarray(0, this.#end).indexOf(byteOrderMark) === 0) {
      this.#start = byteOrderMark.length
      this.#lineStart = this.#start
      this.#lineEnd = this.#start
      this.#searched = this.#start
    }
    return true
  }

  #makeRoom(length: number): void {
    const bytes = this.held + length <= this.#bytes.length / 2 ? this.#bytes : Buffer.allocUnsafe(2 * (this.held + length))
    this.#bytes.copy(bytes, 0, this.#start, this.#end)
    this.#lineStart -= this.#start
    this.#lineEnd -= this.#start
    this.#searched -= this.#start
    this.#end -= this.#start
    this.#start = 0
    this.#bytes = bytes
  }
}
