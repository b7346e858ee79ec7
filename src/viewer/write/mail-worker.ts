/**
 * Reads messages in a thread of its own, so that the network and the index go on meanwhile. The parser gathers every line of
 * a body in a Blob, which Node reads piece by piece through other threads; in this thread a Blob is what it holds, joined.
 */
import { parentPort } from 'node:worker_threads'
import type { ReadMail } from './mail.ts'

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

type BlobPart = string | Uint8Array | ArrayBuffer

function octetsOf(part: BlobPart): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part)
  return part instanceof Uint8Array ? part : new Uint8Array(part)
}

export interface MailRequest {
  readonly id: number
  readonly message: Uint8Array
  readonly isCut: boolean
}

export interface MailAnswer {
  readonly id: number
  readonly mail: ReadMail
}

Object.defineProperty(globalThis, 'Blob', { value: JoinedBlob })
const { readMail } = await import('./mail.ts')

async function answer({ id, message, isCut }: MailRequest): Promise<void> {
  const mail = await readMail(message, isCut)
  // What is a part of a larger buffer cannot be handed over.
  const contents = mail.contents.map((content) => new Uint8Array(content))
  const reply: MailAnswer = { id, mail: { ...mail, contents } }
  parentPort?.postMessage(
    reply,
    contents.map(({ buffer }) => buffer),
  )
}

// `answer` never fails: `readMail` does not.
parentPort?.on('message', (request: MailRequest) => void answer(request))
