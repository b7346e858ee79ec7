/** Reads messages: a few at once here, many in another thread. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { type ReadMail, readMail } from './mail.ts'
import type { MailAnswer, MailRequest } from './mail-worker.ts'

/** So many are read before a thread is worth its start. */
const fewMessages = 20

interface Waiting {
  readonly request: Omit<MailRequest, 'message'>
  resolve(mail: ReadMail): void
  reject(error: unknown): void
}

export class MailReader {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #count = 0

  /** @throws AppError `corrupt` where the thread dies of the message */
  read(message: Uint8Array, isCut: boolean): Promise<ReadMail> {
    const id = this.#count++
    if (id < fewMessages) return readMail(message, isCut)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { request: { id, isCut }, resolve, reject })
      // A copy: what is handed over is gone here, and may be a part of something larger.
      const copy = new Uint8Array(message)
      this.#thread().postMessage({ id, message: copy, isCut } satisfies MailRequest, [copy.buffer])
    })
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker
    const worker = new Worker(new URL('mail-worker.ts', import.meta.url))
    worker.on('message', ({ id, mail }: MailAnswer) => {
      this.#waiting.get(id)?.resolve(mail)
      this.#waiting.delete(id)
    })
    worker.on('error', (cause) => this.#end(worker, new AppError('corrupt', 'The message could not be read.', { cause })))
    worker.on('exit', () => this.#end(worker, new AppError('corrupt', 'The message could not be read.')))
    this.#worker = worker
    return worker
  }

  #end(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }
}
