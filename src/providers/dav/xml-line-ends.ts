/**
 * XML parsers turn every CR LF and CR into LF (XML 1.0 section 2.11). The octets of an item must not lose theirs: here each CR in
 * text becomes a reference, which parsers leave alone.
 */
const cdata = '<![CDATA['

export class LineEnds {
  /** The end of what was seen: what opens or ends a CDATA section may come in two pieces. */
  #tail = ''
  #isInTag = false
  #isInCdata = false
  /** Behind the first tag; before it no reference may stand. */
  #hasBegun = false

  /** In pieces of any size, in order. */
  kept(text: string): string {
    if (!text.includes('\r')) {
      this.#see(text)
      return text
    }
    const [first = '', ...others] = text.split('\r')
    this.#see(first)
    let kept = first
    for (const piece of others) {
      kept += this.#carriageReturn() + piece
      this.#see(`\r${piece}`)
    }
    return kept
  }

  #carriageReturn(): string {
    if (!this.#hasBegun) return '\r'
    if (this.#isInCdata) return `]]>&#13;${cdata}`
    return this.#isInTag ? '\r' : '&#13;'
  }

  #see(text: string): void {
    const seen = this.#tail + text
    const [begins, ends] = [seen.lastIndexOf(cdata), seen.lastIndexOf(']]>')]
    if (begins !== ends) this.#isInCdata = begins > ends
    const [opens, closes] = [seen.lastIndexOf('<'), seen.lastIndexOf('>')]
    if (opens !== closes) this.#isInTag = opens > closes
    this.#hasBegun ||= /<[^?!]/.test(seen)
    this.#tail = seen.slice(1 - cdata.length)
  }
}
