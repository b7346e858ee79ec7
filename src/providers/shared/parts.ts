/** Parts of `size` octets but the last one. */
export async function* partsOf(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafe(size)
  let filled = 0
  for await (const octets of content) {
    for (let at = 0; at < octets.length; ) {
      const taken = Math.min(octets.length - at, size - filled)
      buffer.set(octets.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < size) continue
      yield buffer
      buffer = Buffer.allocUnsafe(size)
      filled = 0
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}
