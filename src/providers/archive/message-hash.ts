/** What a message is, whatever a mail program or an export has noted in its header. */
import { createHash, type Hash } from 'node:crypto'

/** Of a message only this much is looked at for what its header says of it. */
const headLimit = 64 * 1024

/**
 * Header fields in which mail programs and exports keep labels, flags and their own numbers: they are written anew while
 * the message stays what it is.
 */
const bookkeepingFields: readonly string[] = [
  'X-Gmail-Labels',
  'X-GM-THRID',
  'Status',
  'X-Status',
  'X-Keywords',
  'X-Mozilla-Status',
  'X-Mozilla-Status2',
  'X-Mozilla-Keys',
  'X-UID',
  'X-IMAP',
  'X-IMAPbase',
]

/** Such a field with its continuation lines and line end, in a header as Latin-1. */
const bookkeeping = new RegExp(`(?<![^\\n])(?:${bookkeepingFields.join('|')})[ \\t]*:[^\\n]*(?:\\n[ \\t][^\\n]*)*(?:\\n|$)`, 'gi')

export interface MessageDigest {
  /** Of the exact octets, in hex. */
  readonly sha256: string
  readonly size: number
  /**
   * The first 32 hex digits of SHA-256 over the message without the bookkeeping fields of its header, as far as that lies
   * in the first `headLimit` octets. Messages that differ only there have the same.
   */
  readonly key: string
  /** Its first `headLimit` octets. */
  readonly head: Buffer
}

/** Takes a message part by part. Memory: `headLimit` octets and one part. */
export class MessageHash {
  readonly #exact = createHash('sha256')
  /** Over the message without bookkeeping; null while its beginning is gathered, and where nothing is left out. */
  #reduced: Hash | null = null
  #beginning: Buffer[] = []
  #head: Buffer | null = null
  #size = 0

  update(part: Buffer): void {
    this.#exact.update(part)
    this.#size += part.length
    if (this.#head !== null) {
      this.#reduced?.update(part)
    } else {
      this.#beginning.push(part)
      if (this.#size >= headLimit) this.#judge()
    }
  }

  #judge(): Buffer {
    const [first] = this.#beginning
    const beginning = first !== undefined && this.#beginning.length === 1 ? first : Buffer.concat(this.#beginning)
    this.#beginning = []
    const head = beginning.subarray(0, headLimit)
    const end = headerEnd(head)
    const header = head.toString('latin1', 0, end)
    const others = header.replace(bookkeeping, '')
    if (others.length < header.length) {
      this.#reduced = createHash('sha256').update(others, 'latin1').update(beginning.subarray(end))
    }
    this.#head = head
    return head
  }

  /** To be called once, after the last part. */
  end(): MessageDigest {
    const head = this.#head ?? this.#judge()
    const sha256 = this.#exact.digest('hex')
    return { sha256, size: this.#size, key: (this.#reduced?.digest('hex') ?? sha256).slice(0, 32), head }
  }
}

/** Where the empty line behind the header begins. */
function headerEnd(head: Buffer): number {
  if (head[0] === 0x0a || (head[0] === 0x0d && head[1] === 0x0a)) return 0
  const ends = [head.indexOf('\n\n'), head.indexOf('\n\r\n')].filter((at) => at >= 0)
  return ends.length === 0 ? head.length : Math.min(...ends) + 1
}

export function digestOf(message: Buffer): MessageDigest {
  const digest = new MessageHash()
  digest.update(message)
  return digest.end()
}

export async function digestStream(message: AsyncIterable<Buffer>): Promise<MessageDigest> {
  const digest = new MessageHash()
  for await (const part of message) digest.update(part)
  return digest.end()
}
