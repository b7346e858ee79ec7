/** Octets of a text that are looked at. */
export const mostText = 2_000_000

/** UTF-8 where it is that, else as Windows wrote it; what is not text stays recognisable as such. */
export function textOf(octets: Uint8Array<ArrayBuffer>): string {
  const part = octets.subarray(0, mostText)
  const marked = part[0] === 0xff && part[1] === 0xfe ? 'utf-16le' : part[0] === 0xfe && part[1] === 0xff ? 'utf-16be' : null
  if (marked) return new TextDecoder(marked).decode(part)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets.length > part.length ? wholeCharacters(part) : part)
  } catch {
    return new TextDecoder('windows-1252').decode(part)
  }
}

/** Without a character that was cut at the end. */
function wholeCharacters(octets: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let end = octets.length
  while (end > 0 && ((octets[end - 1] ?? 0) & 0xc0) === 0x80) end--
  return octets.subarray(0, Math.max(0, end - 1))
}
