/** Messages as a mailbox of many years holds them, in CRLF: mostly 2 to 40 KB, some with attachments of 100 KB to 3 MB. */
import { Random } from '../fixtures/random.ts'

export interface GeneratedMessage {
  readonly bytes: Buffer
  readonly date: Date
  readonly flags: readonly string[]
}

/** What to make: `mixed` is about 50 KB in the mean, `short` about 4 KB. */
export type Mix = 'mixed' | 'short'

const people = ['Alice Adams', 'Bob Brown', 'Chloë Clark', 'Dmitri Davydov', 'Erika Mustermann', 'Fujita Akira', 'Grace Green']
const subjects = [
  'Minutes of the meeting',
  'Re: Your order',
  'Invoice',
  'Fwd: Photos',
  'Weekly news',
  'Grüße aus Köln',
  'Re: Offer',
]
const words =
  'the of and to in a is that it was for on are with as at be this have from or had by not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after called just where most know'.split(
    ' ',
  )

const firstDay = Date.UTC(2009, 0, 1)
const lastDay = Date.UTC(2026, 5, 30)

/** Where the message number `index` of `count` lies in time: evenly spread, in order. */
export function dateOf(index: number, count: number): Date {
  return new Date(Math.floor((firstDay + ((lastDay - firstDay) * (index + 0.5)) / count) / 1000) * 1000)
}

export class MessageGenerator {
  readonly #random: Random
  readonly #text: Buffer
  readonly #base64: Buffer

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#text = linesOf(2 << 20, () => this.#textLine())
    this.#base64 = base64Lines(Uint8Array.from({ length: 3 << 20 }, () => this.#random.integer(0, 255)))
  }

  #textLine(): string {
    const kind = this.#random.next()
    if (kind < 0.12) return ''
    if (kind < 0.15) return '> From here on it is quoted text'
    if (kind < 0.152) return 'From the beginning of a line'
    let line = ''
    const length = this.#random.integer(20, 72)
    while (line.length < length) line += `${this.#random.pick(words)} `
    return kind < 0.2 ? `${line.trim()} =C3=A4=C3=B6` : line.trim()
  }

  next(date: Date, mix: Mix): GeneratedMessage {
    const kind = mix === 'short' ? 0 : this.#random.next()
    const flags = this.#random.next() < 0.9 ? ['\\Seen'] : []
    if (this.#random.next() < 0.05) flags.push('\\Flagged')
    if (kind < 0.75) return { bytes: this.#plain(date), date, flags }
    if (kind < 0.95) return { bytes: this.#alternative(date), date, flags }
    return { bytes: this.#withAttachment(date, this.#random.logarithmic(100_000, 3_000_000)), date, flags }
  }

  /** One message with an attachment of about `octets` as it is sent. */
  large(date: Date, octets: number): GeneratedMessage {
    return { bytes: this.#withAttachment(date, octets), date, flags: [] }
  }

  #plain(date: Date): Buffer {
    const header = this.#header(date, 'text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable')
    return Buffer.concat([header, ...this.#cut(this.#text, this.#random.logarithmic(500, 14_000))])
  }

  #alternative(date: Date): Buffer {
    const text = this.#cut(this.#text, this.#random.logarithmic(1_000, 8_000))
    const html = this.#cut(this.#text, this.#random.logarithmic(6_000, 30_000))
    return this.#multipart(date, 'alternative', [
      [Buffer.from('Content-Type: text/plain; charset=utf-8\r\n\r\n'), ...text],
      [
        Buffer.from('Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>\r\n'),
        ...html,
        Buffer.from('</p></body></html>\r\n'),
      ],
    ])
  }

  #withAttachment(date: Date, octets: number): Buffer {
    const header = 'Content-Type: application/pdf; name="report.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return this.#multipart(date, 'mixed', [
      [Buffer.from('Content-Type: text/plain\r\n\r\n'), ...this.#cut(this.#text, this.#random.logarithmic(500, 4_000))],
      [Buffer.from(header), ...this.#cut(this.#base64, octets)],
    ])
  }

  #multipart(date: Date, kind: string, parts: readonly (readonly Buffer[])[]): Buffer {
    const boundary = `----=_Part_${this.#hex(16)}`
    const separator = Buffer.from(`\r\n--${boundary}\r\n`)
    const body = parts.flatMap((part) => [separator, ...part])
    return Buffer.concat([
      this.#header(date, `multipart/${kind}; boundary="${boundary}"`),
      ...body,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
  }

  #header(date: Date, contentType: string): Buffer {
    const [from, to] = [this.#random.pick(people), this.#random.pick(people)]
    const stamp = date.toUTCString().replace('GMT', '+0000')
    const signature = this.#cut(this.#base64, 78 * 4)
      .map((piece) => piece.toString().replaceAll('\r\n', '\r\n\t'))
      .join('')
      .trim()
    const lines = [
      `Return-Path: <${address(from)}>`,
      ...[3, 2, 1].map(
        (hop) =>
          `Received: from relay${hop}.example.net (relay${hop}.example.net [192.0.2.${hop}])\r\n\tby mx${hop}.example.com with ESMTPS id ${this.#hex(12)}\r\n\tfor <${address(to)}>; ${stamp}`,
      ),
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=mail;\r\n\tb=${signature}`,
      `From: ${encoded(from)} <${address(from)}>`,
      `To: ${encoded(to)} <${address(to)}>`,
      `Subject: ${encoded(`${this.#random.pick(subjects)} ${this.#random.integer(1, 9999)}`)}`,
      `Date: ${stamp}`,
      `Message-ID: <${this.#hex(24)}@example.net>`,
      'MIME-Version: 1.0',
      `Content-Type: ${contentType}`,
    ]
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  }

  #hex(length: number): string {
    let text = ''
    while (text.length < length) text += this.#random.integer(0, 0xffffff).toString(16).padStart(6, '0')
    return text.slice(0, length)
  }

  /** About `octets` of whole lines from anywhere in `pool`, whose last line has its end; it is gone through again as often as needed. */
  #cut(pool: Buffer, octets: number): Buffer[] {
    const pieces: Buffer[] = []
    let left = octets
    let start = pool.indexOf('\r\n', this.#random.integer(0, pool.length - 1000)) + 2
    while (left > 0) {
      const end = pool.indexOf('\r\n', Math.min(pool.length - 2, start + left - 2)) + 2
      pieces.push(pool.subarray(start, end))
      left -= end - start
      start = 0
    }
    return pieces
  }
}

function linesOf(octets: number, line: () => string): Buffer {
  const lines: string[] = []
  for (let length = 0; length < octets; ) {
    const text = line()
    lines.push(text)
    length += text.length + 2
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

/** Lines of 76 characters, as RFC 2045 section 6.8 wants them. */
function base64Lines(bytes: Uint8Array): Buffer {
  const lines = Buffer.from(bytes).toString('base64').match(/.{76}/g) ?? []
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

function address(name: string): string {
  return `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.net`
}

function encoded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
}
