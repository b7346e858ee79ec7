/**
 * The parser of messages, with less work. By itself it takes each line of a body as an object of its own, and 100 KB for each part in
 * quoted-printable: most of its time, and of the collector's after it. Here a body comes in runs of lines. This reaches into the
 * parser, so package.json names its exact version; the test reads every message of the corpus both ways.
 */
import PostalMime, { type PostalMimeOptions } from 'postal-mime'
import { QuotedPrintable } from './quoted-printable.ts'

const LF = 10
const CR = 13
const DASH = 45

interface Line {
  readonly bytes: Uint8Array
  /** The message ends here. */
  readonly done: boolean
}

/** A part of a message. */
interface Node {
  readonly state: 'header' | 'body' | 'finished'
  contentDecoder: unknown
  setupContentDecoder(encoding: string): void
}

/** What the parser has inside. */
interface Inside {
  readonly buf: ArrayBuffer
  readPos: number
  readonly currentNode: Node
  readLine(): Line
}

const { readLine } = PostalMime.prototype as unknown as Inside

export class QuickMime extends PostalMime {
  /** Up to here lines end in more than LF: one at a time. */
  #singleUntil = 0

  constructor(options: PostalMimeOptions) {
    super(options)
    if (typeof readLine !== 'function') throw new TypeError('This is another version of postal-mime.')
  }

  /** For the parser: its next line, or several in a body, with LF between them. */
  readLine(): Line {
    const inside = this as unknown as Inside
    const { currentNode: node, readPos } = inside
    if (node.state === 'header') node.setupContentDecoder = setupContentDecoder
    const run = node.state === 'body' && readPos >= this.#singleUntil ? this.#run(inside) : null
    return run ?? readLine.call(inside)
  }

  /** Up to the next line that may be a boundary; null where the next one may be. */
  #run(inside: Inside): Line | null {
    const source = Buffer.from(inside.buf)
    const from = inside.readPos
    if (source[from] === DASH && source[from + 1] === DASH) return null
    const next = source.indexOf('\n--', from)
    const end = next >= 0 ? next : source.length - (source.at(-1) === LF ? 1 : 0)
    if (source.subarray(from, end).includes(CR)) {
      this.#singleUntil = end
      return null
    }
    inside.readPos = Math.min(end + 1, source.length)
    return { bytes: new Uint8Array(inside.buf, from, end - from), done: inside.readPos >= source.length }
  }
}

function setupContentDecoder(this: Node, encoding: string): void {
  if (/quoted-printable/i.test(encoding) && !/base64/i.test(encoding)) this.contentDecoder = new QuotedPrintable()
  else (Object.getPrototypeOf(this) as Node).setupContentDecoder.call(this, encoding)
}
