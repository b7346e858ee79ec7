/**
 * Cuts an XML document into the elements right below its root while it arrives, so that an answer of any length is read
 * in little memory. Knows only where elements begin and end; what is in them is the parser's work.
 */
import { AppError } from '../../core/errors.ts'

/** The description of one resource, in UTF-16 units. Real ones have some 500. */
const maxElement = 1 << 20
/** Names longer than this are no tags of a multistatus; looked for whole, quotes included. */
const maxTag = 64 << 10

export class ElementSplitter {
  #text = ''
  /** How far the text is understood. */
  #at = 0
  /** Where the element right below the root begins, or -1. */
  #start = -1
  #depth = 0
  #ended = false

  /** True when the root's end tag was seen. */
  get ended(): boolean {
    return this.#ended
  }

  /**
   * Takes the next part of the document and answers the elements that it completes.
   * @throws AppError `suspicious` for what no honest server sends
   */
  push(text: string): string[] {
    this.#text += text
    const elements: string[] = []
    for (;;) {
      const open = this.#text.indexOf('<', this.#at)
      if (open < 0) {
        this.#at = this.#text.length
        break
      }
      const end = this.#endOfMarkup(open)
      if (end < 0) {
        this.#at = open
        break
      }
      this.#at = end
      this.#take(open, end, elements)
    }
    this.#forget()
    return elements
  }

  /** Index after the tag, comment, CDATA section or instruction that begins at `open`; -1 where its end is not there yet. */
  #endOfMarkup(open: number): number {
    const text = this.#text
    if (text.startsWith('<!--', open)) return this.#after('-->', open + 4)
    if (text.startsWith('<![CDATA[', open)) return this.#after(']]>', open + 9)
    if (text.startsWith('<?', open)) return this.#after('?>', open + 2)
    if (text.startsWith('<!', open)) {
      if (text.length - open < '<![CDATA['.length) return -1
      throw new AppError('suspicious', 'The server sends XML with definitions of its own, which no WebDAV server needs.')
    }
    let close = text.indexOf('>', open)
    const quote = text.slice(open, close < 0 ? undefined : close).search(/["']/)
    if (quote >= 0) close = endOfQuotedTag(text, open + quote)
    if (close < 0 && text.length - open > maxTag) throw tooLarge()
    return close < 0 ? -1 : close + 1
  }

  #after(mark: string, from: number): number {
    const found = this.#text.indexOf(mark, from)
    return found < 0 ? -1 : found + mark.length
  }

  #take(open: number, end: number, elements: string[]): void {
    const second = this.#text[open + 1]
    if (second === '?' || second === '!') return
    if (this.#ended) throw new AppError('suspicious', 'The server sends more after the end of its answer.')
    if (second === '/') this.#depth--
    else {
      if (this.#depth === 1) this.#start = open
      if (this.#text[end - 2] !== '/') this.#depth++
      else if (this.#depth === 0) this.#ended = true
    }
    if (this.#depth === 1 && this.#start >= 0) {
      elements.push(this.#text.slice(this.#start, end))
      this.#start = -1
    }
    if (this.#depth === 0 && second === '/') this.#ended = true
    if (this.#depth < 0) throw new AppError('suspicious', 'The server sends XML that does not hold together.')
  }

  #forget(): void {
    const keep = this.#start >= 0 ? this.#start : this.#at
    if (this.#text.length - keep > maxElement) throw tooLarge()
    this.#text = this.#text.slice(keep)
    this.#at -= keep
    if (this.#start >= 0) this.#start = 0
  }
}

/** Index of the `>` that ends a tag with attributes, whose values may hold `>`; -1 where it is not there yet. */
function endOfQuotedTag(text: string, firstQuote: number): number {
  for (let at = firstQuote; ; ) {
    const end = text.indexOf(text[at] ?? '"', at + 1)
    if (end < 0) return -1
    const close = text.indexOf('>', end)
    if (close < 0) return -1
    const next = text.slice(end + 1, close).search(/["']/)
    if (next < 0) return close
    at = end + 1 + next
  }
}

function tooLarge(): AppError {
  return new AppError('suspicious', 'The server describes one file with more data than an honest server would.')
}
