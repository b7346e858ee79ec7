/** Mail of text alone, whose words are as often as in a language: what a search index and a page of messages cost, it shows. */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../fixtures/random.ts'

const syllables = new Random(5)
/** The n-th word is used in proportion to 1/n. */
export const vocabulary: readonly string[] = Array.from({ length: 60_000 }, word)

function word(): string {
  const parts = Array.from(
    { length: syllables.integer(1, 4) },
    () => `${syllables.pick([...'bcdfghklmnprstvw'])}${syllables.pick([...'aeiou'])}${syllables.pick(['', '', 'n', 'r', 's'])}`,
  )
  return parts.join('')
}

function text(random: Random, octets: number): string {
  const lines: string[] = []
  for (let length = 0; length < octets; ) {
    const line = Array.from({ length: 10 }, () => vocabulary[Math.floor(vocabulary.length ** random.next()) - 1] ?? '').join(' ')
    lines.push(line)
    length += line.length + 2
  }
  return lines.join('\r\n')
}

/** Message number `n`, always the same one: 500 to 8,000 octets of text, every fifth as HTML. */
function messageOf(n: number): Buffer {
  const random = new Random(n * 7919)
  const body = text(random, random.logarithmic(500, 8_000))
  const hex = Array.from({ length: 4 }, () => random.integer(0, 0xffffff).toString(16)).join('')
  const date = new Date(dateOf(n)).toUTCString()
  const lines = [
    `Received: from relay.example.net by mx.example.com id ${hex}; ${date}`,
    ...[
      `From: Person ${n % 400} <p${n % 400}@example.net>`,
      'To: me@example.com',
      `Date: ${date}`,
      `Subject: ${text(random, 40)}`,
    ],
    ...[`Message-ID: <${hex}.${n}@example.net>`, 'MIME-Version: 1.0'],
    `Content-Type: text/${n % 5 === 0 ? 'html' : 'plain'}; charset=utf-8`,
  ]
  const paragraph = '<p style="margin:0">'
  const html = `<html><body>${paragraph}${body.replaceAll('\r\n', `</p>\r\n${paragraph}`)}</p></body></html>`
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${n % 5 === 0 ? html : body}\r\n`)
}

/** Milliseconds since 1970 UTC. */
export function dateOf(n: number): number {
  return Date.UTC(2010, 0, 1) + n * 3_600_000
}

/** Many messages in one file, as in an mbox: so that reading them costs what it costs in a vault. */
export class MailFile {
  readonly #file: number
  readonly #ends: readonly number[]

  private constructor(file: number, ends: readonly number[]) {
    this.#file = file
    this.#ends = ends
  }

  static write(folder: string, count: number): MailFile {
    const file = openSync(join(folder, 'mail'), 'w')
    const ends: number[] = []
    let end = 0
    for (let n = 0; n < count; n++) {
      end += writeSync(file, messageOf(n))
      ends.push(end)
    }
    closeSync(file)
    writeFileSync(join(folder, 'mail.json'), JSON.stringify(ends))
    return MailFile.open(folder)
  }

  static open(folder: string): MailFile {
    const ends = JSON.parse(readFileSync(join(folder, 'mail.json'), 'utf8')) as number[]
    return new MailFile(openSync(join(folder, 'mail'), 'r'), ends)
  }

  /** Octets of the first `count` messages. */
  octets(count: number): number {
    return this.#ends[count - 1] ?? 0
  }

  read(n: number): Buffer {
    const start = this.#ends[n - 1] ?? 0
    const bytes = Buffer.allocUnsafe((this.#ends[n] ?? 0) - start)
    readSync(this.#file, bytes, 0, bytes.length, start)
    return bytes
  }

  close(): void {
    closeSync(this.#file)
  }
}
