/**
 * The parser of messages gathers every line of a body in a Blob, which Node reads piece by piece through other threads: 17 ms for a
 * message of 1,700 lines. In a thread that does nothing else, a Blob is what it holds, joined.
 */
type BlobPart = string | Uint8Array | ArrayBuffer

class JoinedBlob {
  readonly #parts: readonly BlobPart[]

  constructor(parts: readonly BlobPart[] = []) {
    this.#parts = parts
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    const views = this.#parts.map(octetsOf)
    const joined = new Uint8Array(views.reduce((length, view) => length + view.length, 0))
    let at = 0
    for (const view of views) {
      joined.set(view, at)
      at += view.length
    }
    return Promise.resolve(joined.buffer)
  }
}

function octetsOf(part: BlobPart): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part)
  return part instanceof Uint8Array ? part : new Uint8Array(part)
}

/** For the whole thread. */
export function useJoinedBlobs(): void {
  Object.defineProperty(globalThis, 'Blob', { value: JoinedBlob })
}
