/** Hands files to a thread that writes them, a block of them at a time: see `scratch-files.ts`. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import {
  type ScratchAnswer,
  type ScratchFile,
  type ScratchOutcome,
  type ScratchTask,
  writeScratchFiles,
} from './scratch-files.ts'

/** Octets of a block. What is larger is not for this writer. */
const blockSize = 4 << 20
/** A block is on its way with so many octets: with more, one thread would wait for the other. */
const worthSending = 1 << 20
/** One is filled while others are written or on their way. */
const blocks = 4

interface Waiting {
  readonly resolve: (outcome: ScratchOutcome) => void
  readonly reject: (error: unknown) => void
}

export class ScratchWriter {
  /** Blocks so far: for the first one, no thread is worth its start. */
  #flushed = 0
  /** Shared, not handed over: memory that changes hands is collected each time, and slows down whatever else reads memory. */
  readonly #free: SharedArrayBuffer[] = []
  #made = 0
  #current: SharedArrayBuffer | null = null
  #used = 0
  #files: ScratchFile[] = []
  #waiting: Waiting[] = []
  /** For the blocks that are with the thread, the first one first. */
  readonly #away: Waiting[][] = []
  #returned: (() => void) | null = null
  #worker: Worker | null = null
  #failure: unknown = null

  static readonly largest = blockSize

  /**
   * Room for one file's octets at once, in `content`; `path` is asked for when they are there. Answers with what became of it once
   * `flush` was called or other files have filled the block. One call after the other.
   * @throws what `content` throws
   */
  async add(
    size: number,
    modified: Date,
    content: (allocate: (octets: number) => Buffer) => AsyncIterable<Uint8Array>,
    path: () => string,
  ): Promise<{ readonly path: string; readonly outcome: Promise<ScratchOutcome> }> {
    if (this.#current !== null && this.#used + size > worthSending) this.flush()
    const block = this.#current ?? (await this.#block())
    this.#current = block
    const room = Buffer.from(block, this.#used, size)
    const allocate = (octets: number) => (octets <= size ? room.subarray(0, octets) : Buffer.allocUnsafe(octets))
    let filled = 0
    for await (const chunk of content(allocate)) {
      if (filled + chunk.length > size) throw new AppError('corrupt', 'It is not what was saved.')
      if (chunk.buffer !== block) room.set(chunk, filled)
      filled += chunk.length
    }
    const name = path()
    const { promise, resolve, reject } = Promise.withResolvers<ScratchOutcome>()
    this.#files.push({ path: name, start: this.#used, length: filled, modified: modified.getTime() / 1000 })
    this.#waiting.push({ resolve, reject })
    this.#used += filled
    return { path: name, outcome: promise }
  }

  /** What was added is on its way. */
  flush(): void {
    const block = this.#current
    const [files, waiting] = [this.#files, this.#waiting]
    if (block === null || files.length === 0) return
    this.#current = null
    this.#used = 0
    this.#files = []
    this.#waiting = []
    const task: ScratchTask = { block, files }
    if (this.#failure !== null) this.#settle(waiting, { block, outcomes: files.map(() => ({ code: '' })) })
    else if (this.#flushed++ === 0 || availableParallelism() === 1)
      this.#settle(waiting, { block, outcomes: writeScratchFiles(task) })
    else {
      this.#away.push(waiting)
      this.#thread().postMessage(task)
    }
  }

  #settle(waiting: readonly Waiting[], { block, outcomes }: ScratchAnswer): void {
    this.#free.push(block)
    for (const [n, { resolve, reject }] of waiting.entries()) {
      const outcome = outcomes[n]
      if (outcome === undefined || this.#failure !== null) reject(this.#failure)
      else resolve(outcome)
    }
    this.#returned?.()
  }

  async #block(): Promise<SharedArrayBuffer> {
    for (;;) {
      const block = this.#free.pop()
      if (block !== undefined) return block
      if (this.#failure !== null) throw this.#failure
      if (this.#made < blocks) {
        this.#made++
        return new SharedArrayBuffer(blockSize)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#returned = resolve
      await promise
    }
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker
    const worker = new Worker(new URL('scratch-worker.ts', import.meta.url))
    worker.on('message', (answer: ScratchAnswer) => this.#settle(this.#away.shift() ?? [], answer))
    worker.on('error', (error) => this.#fail(error))
    this.#worker = worker
    return worker
  }

  #fail(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#away.splice(0).flat()) reject(error)
    this.#returned?.()
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = null
  }
}
