/** Base64 as it stands in messages (RFC 2045 section 6.8). */

const LF = 10
const CR = 13
/** What is decoded at once: a text of this length costs the collector nothing. Octets. */
const piece = 24 * 1024

/** Gives room for so many octets; what is in it does not matter. */
export type Allocate = (octets: number) => Buffer

/** What is no base64 is passed over. */
export function decodedBase64(encoded: Buffer, allocate: Allocate = Buffer.allocUnsafe): Buffer {
  return inPieces(encoded, allocate) ?? Buffer.from(encoded.toString('latin1'), 'base64')
}

/** Null where the lines, the last one aside, are not all of one length that is a multiple of four. */
function inPieces(encoded: Buffer, allocate: Allocate): Buffer | null {
  const line = encoded.indexOf(LF) + 1
  const lineEnd = encoded[line - 2] === CR ? 2 : 1
  const digits = line - lineEnd
  if (digits <= 0 || digits % 4 !== 0 || line > piece) return null
  const lines = Math.floor(piece / line)
  const octets = allocate(Math.ceil((encoded.length * 3) / 4))
  let end = 0
  let at = 0
  for (; at + piece < encoded.length; at += lines * line) {
    for (let next = at + line; next <= at + lines * line; next += line)
      if (encoded[next - 1] !== LF || (lineEnd === 2 && encoded[next - 2] !== CR)) return null
    const written = octets.write(encoded.toString('latin1', at, at + lines * line), end, 'base64')
    // Something stands in a line that is none of the digits.
    if (written !== (lines * digits * 3) / 4) return null
    end += written
  }
  end += octets.write(encoded.toString('latin1', at), end, 'base64')
  return octets.subarray(0, end)
}
