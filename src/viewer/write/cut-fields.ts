/** Longer header fields are cut. Octets. */
const longestField = 64 * 1024
const LF = 10
const CR = 13
const lineEnd = Buffer.from('\r\n')

/**
 * The message with its overlong header fields cut: nobody reads them to their end, and taking apart a list of addresses costs a
 * thousand times its size in memory.
 */
export function cutFields(message: Buffer): Buffer {
  const parts: Buffer[] = []
  let kept = 0
  let field = 0
  for (let at = 0; at < message.length && !isBlankLine(message, at); ) {
    const lf = message.indexOf(LF, at)
    at = lf < 0 ? message.length : lf + 1
    if (message[at] === 32 || message[at] === 9) continue
    if (at - field > longestField) {
      parts.push(message.subarray(kept, field + longestField), lineEnd)
      kept = at
    }
    field = at
  }
  return kept === 0 ? message : Buffer.concat([...parts, message.subarray(kept)])
}

function isBlankLine(message: Buffer, at: number): boolean {
  return message[at] === LF || (message[at] === CR && message[at + 1] === LF)
}
