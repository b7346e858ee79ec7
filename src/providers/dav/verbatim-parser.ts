/**
 * XML parsers turn every CR LF and CR into LF (XML 1.0 section 2.11). The octets of an item must not lose theirs: this one leaves text
 * as it came. It reaches into saxes, whose version is pinned for that: `getCode` is how all of it reads.
 */
import { SaxesParser } from 'saxes'

const options = { xmlns: true, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true } as const

/** Part of `SaxesParser`. */
interface Reader {
  readonly chunk: string
  i: number
  prevI: number
}

export function verbatimParser(): SaxesParser<typeof options> {
  return Object.assign(new SaxesParser(options), { getCode })
}

const endOfChunk = -1

/**
 * The next character, white space as it is. Says nothing of characters that XML does not allow: servers send them, and they belong to
 * an item.
 */
function getCode(this: Reader): number {
  const { chunk, i } = this
  this.prevI = i
  this.i = i + 1
  if (i >= chunk.length) return endOfChunk
  const code = chunk.charCodeAt(i)
  if (code < 0xd800 || code > 0xdbff) return code
  // saxes never ends a chunk between the halves.
  this.i = i + 2
  return 0x10000 + (code - 0xd800) * 0x400 + (chunk.charCodeAt(i + 1) - 0xdc00)
}
