import { AppError } from '../../core/errors.ts'

/** The content in one piece. @throws AppError `unsupported` over `limit` octets */
export async function whole(content: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > limit) throw new AppError('unsupported', 'It is too large to be sent.')
    // A part's memory may be used again.
    parts.push(Uint8Array.from(part))
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
