/**
 * Reads mbox files of any origin in one pass: mboxo, mboxrd and mboxcl, LF and CRLF, with or without the empty line
 * between messages. Time is linear; memory holds one message of up to `wholeLimit` octets or a window onto a larger one.
 */

/** Messages up to this size are handed over whole, and a Content-Length up to this is looked at. */
export const wholeLimit = 4 * 1024 * 1024

export interface MboxMessage {
  /** Octets from the start of the file to the `From ` line. */
  readonly offset: number
  /** Without its line end, octets as Latin-1; '' where the file starts without one. */
  readonly fromLine: string
  /** Octets from the start of the file to the message itself. */
  readonly start: number
  /** The beginning of the stored message with its whole header, but at most 64 KiB. */
  readonly head: Buffer
  /**
   * The message as the file holds it, `>From ` quoting included (see `Unquoter`). A stream is read once and before the
   * next message is asked for; what is left of it is skipped.
   */
  readonly stored: Buffer | AsyncIterable<Buffer>
  /** Octets of `stored`; of a stream, known when it has been read to its end. */
  readonly length: number
}

const LF = 0x0a
const CR = 0x0d
const separatorStart = Buffer.from('\nFrom ')
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

const headLimit = 64 * 1024
/** No line longer than this is taken for a `From ` line (RFC 5322 allows 998 octets in any line). */
const lineLimit = 1000
/** What a look at a `From ` line and the line after it needs. */
const lookahead = 2 * lineLimit
/** Enough for the line end, the empty line and the `From ` that may stand at the edge of the window. */
const holdback = 16
const fillSize = 256 * 1024

/**
 * A message starts at a `From ` line that has a date, or has only an address, `-` or nothing and is followed by a header
 * field. Where no empty line stands before it, a common header field has to follow. The empty line before it, and one at
 * the end of the file, is no part of the message. A Content-Length that ends exactly there is believed, and `From ` lines
 * within are text.
 */
export async function* readMbox(source: AsyncIterable<Uint8Array>): AsyncGenerator<MboxMessage> {
  const window = new Window(source)
  try {
    window.drop(await leadingJunk(window))
    while (window.bytes.length > 0 || !window.ended) {
      await window.ensure(headLimit + lookahead)
      if (window.bytes.length === 0) return
      window.drop(yield* readMessage(window))
    }
  } finally {
    await window.close()
  }
}

/** Whether a file that begins with these octets is an mbox. */
export function startsLikeMbox(beginning: Uint8Array): boolean {
  const bytes = asBuffer(beginning)
  let start = bytes.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
  while (bytes[start] === LF || (bytes[start] === CR && bytes[start + 1] === LF)) start++
  return bytes.indexOf('From ', start, 'latin1') === start && separatorKind(bytes, start) !== 'none'
}

/** Yields the message at the window's start and answers where the next one begins. */
async function* readMessage(window: Window): AsyncGenerator<MboxMessage, number> {
  const firstLine = lineAt(window.bytes, 0) ?? ''
  const hasFromLine = firstLine.startsWith('From ')
  const start = hasFromLine ? window.bytes.indexOf(LF) + 1 || window.bytes.length : 0
  const header = readHeader(window.bytes, start)
  const place = { offset: window.offset, fromLine: hasFromLine ? firstLine : '', start: window.offset + start }
  const headEnd = Math.min(header.end, start + headLimit)
  const head = window.bytes.subarray(start, headEnd)
  const end = (await trustedEnd(window, header)) ?? (await searchEnd(window, start))
  if (end !== null) {
    const stored = window.bytes.subarray(start, end.content)
    yield { ...place, head: stored.subarray(0, headEnd - start), stored, length: stored.length }
    return end.next
  }
  window.drop(start)
  const large = new LargeMessage(window, place, head)
  yield large
  for await (const _ of large.stored);
  return large.next
}

interface End {
  /** Where the stored message ends. */
  readonly content: number
  /** Where the next `From ` line or the end of the file is. */
  readonly next: number
}

/** The next separator; null when the message is larger than `wholeLimit`. */
async function searchEnd(window: Window, start: number): Promise<End | null> {
  let scan = start - 1
  for (;;) {
    const found = await nextSeparator(window, Math.max(0, scan), start)
    if (found !== null) return endBefore(window.bytes, found, start)
    if (window.ended) return endBefore(window.bytes, window.bytes.length, start)
    if (window.bytes.length - start > wholeLimit) return null
    scan = window.bytes.length - separatorStart.length + 1
    await window.fill()
  }
}

/** A message that does not fit into the window: the octets that can no longer belong to a separator are handed on. */
class LargeMessage implements MboxMessage {
  readonly offset: number
  readonly fromLine: string
  readonly start: number
  readonly head: Buffer
  readonly stored: AsyncGenerator<Buffer>
  length = 0
  next = 0

  constructor(window: Window, place: Pick<MboxMessage, 'offset' | 'fromLine' | 'start'>, head: Buffer) {
    this.offset = place.offset
    this.fromLine = place.fromLine
    this.start = place.start
    this.head = head
    this.stored = this.#read(window)
  }

  async *#read(window: Window): AsyncGenerator<Buffer> {
    let scan = 0
    for (;;) {
      const found = await nextSeparator(window, scan, 0)
      if (found !== null || window.ended) {
        const end = endBefore(window.bytes, found ?? window.bytes.length, 0)
        this.length += end.content
        this.next = end.next
        yield window.bytes.subarray(0, end.content)
        return
      }
      const safe = Math.max(0, window.bytes.length - holdback)
      const part = window.bytes.subarray(0, safe)
      window.drop(safe)
      this.length += safe
      yield part
      scan = Math.max(0, window.bytes.length - separatorStart.length + 1)
      await window.fill()
    }
  }
}

async function nextSeparator(window: Window, from: number, start: number): Promise<number | null> {
  for (let at = window.bytes.indexOf(separatorStart, from); at >= 0; at = window.bytes.indexOf(separatorStart, at + 1)) {
    const line = at + 1
    await window.ensure(line + lookahead)
    const kind = separatorKind(window.bytes, line)
    if (kind === 'certain' || (kind === 'after-empty-line' && emptyLineBefore(window.bytes, line, start) > 0)) return line
  }
  return null
}

function endBefore(bytes: Buffer, next: number, start: number): End {
  return { content: next - emptyLineBefore(bytes, next, start), next }
}

/** How long the line end of the empty line before `at` is; 0 where there is no empty line. */
function emptyLineBefore(bytes: Buffer, at: number, start: number): number {
  if (at <= start || bytes[at - 1] !== LF) return 0
  const length = bytes[at - 2] === CR && at - 2 >= start ? 2 : 1
  const before = at - length
  return before === start || bytes[before - 1] === LF ? length : 0
}

/**
 * Where Content-Length says the message ends, if a `From ` line or the end of the file is exactly there. Only looked
 * at within `wholeLimit`, so that a false length costs neither a second reading nor memory.
 */
async function trustedEnd(window: Window, header: Header): Promise<End | null> {
  if (header.contentLength === null || header.contentLength > wholeLimit) return null
  const content = header.end + header.contentLength
  await window.ensure(content + 2 + lookahead)
  const { bytes } = window
  if (content > bytes.length) return null
  const next = content + (bytes[content] === LF ? 1 : bytes[content] === CR && bytes[content + 1] === LF ? 2 : 0)
  if (next === content && content < bytes.length && bytes[content - 1] !== LF) return null
  if (next === bytes.length && window.ended) return { content, next }
  return bytes.indexOf('From ', next, 'latin1') === next && separatorKind(bytes, next) !== 'none' ? { content, next } : null
}

interface Header {
  /** Behind the empty line, or where the header breaks off. */
  readonly end: number
  /** Null where there is none, or no end of the header to count from. */
  readonly contentLength: number | null
}

function readHeader(bytes: Buffer, start: number): Header {
  let contentLength: number | null = null
  const limit = Math.min(bytes.length, start + headLimit)
  for (let at = start; at < limit; ) {
    if (bytes[at] === LF) return { end: at + 1, contentLength }
    if (bytes[at] === CR && bytes[at + 1] === LF) return { end: at + 2, contentLength }
    if (bytes[at] === 0x46 && bytes.toString('latin1', at, at + 5) === 'From ' && separatorKind(bytes, at) !== 'none') {
      return { end: at, contentLength: null }
    }
    const lineEnd = bytes.indexOf(LF, at)
    if (lineEnd < 0) break
    if ((bytes[at] === 0x43 || bytes[at] === 0x63) && lineEnd - at < 60) {
      const value = /^content-length[ \t]*:[ \t]*(\d{1,15})[ \t\r]*$/i.exec(bytes.toString('latin1', at, lineEnd))
      if (value !== null) contentLength = Number(value[1])
    }
    at = lineEnd + 1
  }
  return { end: limit, contentLength: null }
}

type SeparatorKind = 'none' | 'after-empty-line' | 'certain'

const time = '\\d{1,2}:\\d{2}(?::\\d{2})?'
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)'
const zone = '(?:[a-z]{1,5}|[+-]\\d{4})'
/** asctime with the zone in any place, a date of RFC 5322, or one of ISO 8601. */
const fromLineDate = new RegExp(
  [
    ` ${month} {1,2}\\d{1,2} {1,2}${time}(?: ${zone}){0,2} \\d{2,4}(?: ${zone}){0,2}`,
    ` \\d{1,2}[ -]${month}[ -]\\d{2,4} {1,2}${time}(?: ${zone}){0,2}`,
    ` \\d{4}-\\d{2}-\\d{2}[t ]${time}(?:\\.\\d{1,9})?(?: ?(?:z|[+-]\\d{2}:?\\d{2}))?`,
  ]
    .map((form) => `(?:${form})`)
    .join('|')
    .concat('(?: remote from \\S{1,255})?$'),
  'i',
)
const headerField = /^[!-9;-~]{1,76}[ \t]*:/
const commonField =
  /^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|delivered-to|status|sender|reply-to|envelope-to|x-[\w-]{1,60}|content-[\w-]{1,60})[ \t]*:/i

/** What the line at `at`, which begins with `From `, is good for. */
function separatorKind(bytes: Buffer, at: number): SeparatorKind {
  const line = lineAt(bytes, at)
  if (line === null) return 'none'
  const dated = fromLineDate.test(line.trimEnd().replaceAll('\t', ' '))
  const sender = line.slice(5).trim()
  const nameless = sender === '' || sender === '-'
  if (!dated && !nameless && !isAddress(sender)) return 'none'
  const nextAt = bytes.indexOf(LF, at) + 1
  const next = nextAt === 0 ? '' : bytes.toString('latin1', nextAt, Math.min(bytes.length, nextAt + 80))
  if ((dated || nameless) && commonField.test(next)) return 'certain'
  return dated || headerField.test(next) ? 'after-empty-line' : 'none'
}

/** `From 123@xxx`, as some of Google's exports have it. */
function isAddress(sender: string): boolean {
  return sender.includes('@') && !/\s/.test(sender)
}

/** The line at `at` as Latin-1 without its line end; null where it is too long for a `From ` line. */
function lineAt(bytes: Buffer, at: number): string | null {
  const limit = Math.min(bytes.length, at + lineLimit)
  const found = bytes.subarray(at, limit).indexOf(LF)
  if (found < 0 && limit < bytes.length) return null
  const end = found < 0 ? limit : at + found
  return bytes.toString('latin1', at, bytes[end - 1] === CR && end > at ? end - 1 : end)
}

async function leadingJunk(window: Window): Promise<number> {
  await window.ensure(lookahead)
  let start = window.bytes.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
  for (;;) {
    if (window.bytes[start] === LF) start++
    else if (window.bytes[start] === CR && window.bytes[start + 1] === LF) start += 2
    else return start
    await window.ensure(start + lookahead)
  }
}

/** The part of the source that has to be seen at once. */
class Window {
  bytes: Buffer = Buffer.alloc(0)
  /** Octets from the start of the source to `bytes`. */
  offset = 0
  ended = false
  readonly #source: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Grows by at least half, so that each octet is copied a constant number of times. */
  async fill(): Promise<void> {
    const wanted = Math.max(fillSize, this.bytes.length >> 1)
    const parts: Buffer[] = [this.bytes]
    for (let got = 0; got < wanted && !this.ended; ) {
      const next = await this.#source.next()
      if (next.done === true) {
        this.ended = true
      } else {
        parts.push(asBuffer(next.value))
        got += next.value.length
      }
    }
    this.bytes = Buffer.concat(parts)
  }

  async ensure(length: number): Promise<void> {
    while (!this.ended && this.bytes.length < length) await this.fill()
  }

  drop(length: number): void {
    this.bytes = this.bytes.subarray(length)
    this.offset += length
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
