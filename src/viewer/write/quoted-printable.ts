/** Quoted-printable (RFC 2045 section 6.7), for `QuickMime`. What is no escape stays as it is. */

const LF = 10
const EQUALS = 61
const BLANK = 32
const TAB = 9

/** Octets are put together here, then copied once; those of a very long part in memory of its own. */
const room = new Uint8Array(1 << 18)

export class QuotedPrintable {
  readonly #lines: Uint8Array[] = []

  /** One line or several, with LF between them and none at the end. */
  update(lines: Uint8Array): void {
    this.#lines.push(lines)
  }

  /** With LF after each line that does not go on in the next one. */
  finalize(): Promise<ArrayBuffer> {
    const most = this.#lines.reduce((length, lines) => length + lines.length + 1, 0)
    const octets = most > room.length ? new Uint8Array(most) : room
    let end = 0
    for (const lines of this.#lines) end = decode(lines, octets, end)
    return Promise.resolve(octets.slice(0, end).buffer)
  }
}

/** Answers where it ends in `into`. */
function decode(lines: Uint8Array, into: Uint8Array, start: number): number {
  let end = start
  let at = 0
  for (let mark = lines.indexOf(EQUALS); mark >= 0; mark = lines.indexOf(EQUALS, at)) {
    into.set(lines.subarray(at, mark), end)
    end += mark - at
    const next = afterSoftBreak(lines, mark + 1)
    // The line goes on in the next one.
    if (next === Number.POSITIVE_INFINITY) return end
    const octet = next < 0 ? 16 * digit(lines[mark + 1]) + digit(lines[mark + 2]) : -1
    if (octet >= 0) into[end++] = octet
    else if (next < 0) into[end++] = EQUALS
    at = next >= 0 ? next : mark + (octet >= 0 ? 3 : 1)
  }
  into.set(lines.subarray(at), end)
  end += lines.length - at
  into[end++] = LF
  return end
}

/**
 * Where the line after a soft line break begins; Infinity: nowhere yet; -1: it is none. Blanks at the end of a line are none of it
 * (RFC 2045 section 6.7, rule 3): programs on the way have added them.
 */
function afterSoftBreak(lines: Uint8Array, from: number): number {
  let at = from
  while (lines[at] === BLANK || lines[at] === TAB) at++
  if (at >= lines.length) return Number.POSITIVE_INFINITY
  return lines[at] === LF ? at + 1 : -1
}

/** Of a hexadecimal digit; far below 0 for anything else. */
function digit(code = 0): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1000
}
