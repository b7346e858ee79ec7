import { AppError } from '../../core/errors.ts'

/** The content in one piece. @throws AppError `unsupported` over `limit` octets */
export async function whole(content: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > limit) throw new AppError('unsupported', 'It is too large to be sent.')
    // A part's memory may be used again.
    parts.push(new Uint8Array(part))
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts)
}

/** In memory of its own: a small Buffer that waits keeps the 64 KB that it shares with others. */
export function joined(parts: readonly Uint8Array[]): Buffer {
  const octets = Buffer.allocUnsafeSlow(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    octets.set(part, at)
    at += part.length
  }
  return octets
}
