/** UTF-7 (RFC 2152), which browsers do not decode and old mail programs wrote. */

const endings = ['tf-7', 'TF-7', 'tf7', 'TF7']

/** True where the message says UTF-7 and no other charset. */
export function declaresUtf7(message: Uint8Array): boolean {
  const start = Buffer.from(message.buffer, message.byteOffset, Math.min(message.byteLength, 64 * 1024))
  // Nearly no message does: what costs little sees that.
  if (!endings.some((ending) => start.includes(ending, 0, 'latin1'))) return false
  const text = start.toString('latin1')
  const charsets = [...text.matchAll(/charset\s*=\s*"?([\w.:-]+)/gi)].map(([, name = '']) => name.toLowerCase())
  return charsets.length > 0 && charsets.every((name) => /^(x-)?(unicode-1-1-)?utf-?7$/.test(name))
}

export function decodeUtf7(text: string): string {
  return text.replaceAll(/\+([A-Za-z0-9+/]*)-?/g, (whole: string, digits: string) => {
    if (digits === '') return whole === '+-' ? '+' : whole
    const octets = Buffer.from(digits, 'base64')
    let decoded = ''
    for (let at = 0; at + 1 < octets.length; at += 2) decoded += String.fromCharCode(octets.readUInt16BE(at))
    return decoded.toWellFormed()
  })
}
