/** The same content; `look` sees each part before it is handed on. */
export async function* passing(content: AsyncIterable<Uint8Array>, look: (part: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    look(part)
    yield part
  }
}
