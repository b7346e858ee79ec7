/**
 * The exact octets of an item that came inside XML.
 *
 * A multiget answer carries items as text. Most servers send line ends as they are (`CR LF`, or `&#13;` and LF) and we leave
 * them so, but an XML writer may have turned every CR LF into LF. Content without any CR is therefore ambiguous. The length
 * that the server states settles it; where it states none, line ends are CR LF, as RFC 5545 section 3.1 and RFC 6350 section
 * 3.2 demand of every item. Whatever does not look like a whole item is not guessed at: it is asked for by itself.
 */
export interface Guess {
  readonly octets: Buffer
  /** False: only a GET of its own tells. */
  readonly isSure: boolean
}

/** `length`: octets of the item as the server states them, or null. */
export function octetsOf(text: string, length: number | null): Guess {
  const asSent = Buffer.from(text, 'utf8')
  const octets = text.includes('\r') || length === asSent.length ? asSent : Buffer.from(text.replaceAll('\n', '\r\n'), 'utf8')
  const isWhole = /^BEGIN:/i.test(text) && /\nEND:[A-Z]+\r?\n$/i.test(text)
  // U+FFFD stands where the answer was no UTF-8.
  const isExact = !text.includes('\ufffd') && (length === null ? isWhole : length === octets.length)
  return { octets, isSure: isExact }
}
