import type { Path, Tree } from './tree.ts'

/** Reading over a gap of this size is cheaper than starting anew. */
const smallGap = 1024 * 1024
/** As many as `fetch` calls may run at once. */
const maxReaders = 2

/**
 * Reads spans of files and stays where the last one ended, also between calls: spans asked for in the order of their
 * offsets cost one pass over a file in all, even inside a zip, where nothing can be skipped. Memory is one block per reader.
 */
export class SpanReader {
  readonly #readers = new Map<string, ForwardReader>()

  /** The octets of the span, fewer where the file ends before. One span at a time may be read of a file. */
  async *read(tree: Tree, file: Path, start: number, length: number): AsyncGenerator<Buffer> {
    const key = JSON.stringify([tree.location, ...file])
    const known = this.#readers.get(key)
    this.#readers.delete(key)
    const gap = known === undefined ? -1 : start - known.position
    const usable = known !== undefined && gap >= 0 && (gap <= smallGap || !tree.seekable)
    if (known !== undefined && !usable) await known.close()
    const reader = usable ? known : new ForwardReader(tree, file, start)
    let complete = false
    try {
      yield* reader.read(start, length)
      complete = true
    } finally {
      if (complete) await this.#keep(key, reader)
      else await reader.close()
    }
  }

  async #keep(key: string, reader: ForwardReader): Promise<void> {
    this.#readers.set(key, reader)
    for (const [oldest, old] of this.#readers) {
      if (this.#readers.size <= maxReaders) return
      this.#readers.delete(oldest)
      await old.close()
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    const readers = [...this.#readers.values()]
    this.#readers.clear()
    for (const reader of readers) await reader.close()
  }
}

class ForwardReader {
  /** Octets from the start of the file to what comes next. */
  position: number
  #rest: Buffer = Buffer.alloc(0)
  readonly #source: AsyncIterator<Buffer>

  constructor(tree: Tree, file: Path, start: number) {
    this.position = start
    this.#source = tree.read(file, start)[Symbol.asyncIterator]()
  }

  async *read(start: number, length: number): AsyncGenerator<Buffer> {
    const end = start + length
    while (this.position < end) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next()
        if (next.done === true) return
        this.#rest = next.value
      }
      const skipped = Math.min(this.#rest.length, Math.max(0, start - this.position))
      const part = this.#rest.subarray(skipped, skipped + end - Math.max(start, this.position))
      this.position += skipped + part.length
      this.#rest = this.#rest.subarray(skipped + part.length)
      if (part.length > 0) yield part
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.(undefined)?.catch(() => {})
  }
}
