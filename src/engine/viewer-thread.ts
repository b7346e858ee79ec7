/** Runs a `ViewerTask` in a thread of its own, beside the network. `viewer-beside.ts` is the other end. */
import { parentPort, workerData } from 'node:worker_threads'
import { AppError, type ErrorCode, toAppError } from '../core/errors.ts'
import { realDisk } from '../vault/disk.ts'
import { useJoinedBlobs } from '../viewer/write/joined-blob.ts'
import type { TaskResult, ViewerHost, ViewerTask } from './viewer-task.ts'

/** What the thread asks, by the names of `ViewerHost`. */
export type ThreadMessage =
  | {
      readonly kind: 'asked'
      readonly id: number
      readonly method: 'overview' | 'grown' | 'content' | 'markWriting'
      readonly args: readonly unknown[]
    }
  | { readonly kind: 'told'; readonly method: 'list' | 'progress'; readonly args: readonly unknown[] }
  | { readonly kind: 'done'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly failure: SentFailure }

export type ThreadAnswer =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: SentFailure }
  | { readonly kind: 'stop' }

/** An error as it crosses over. */
export interface SentFailure {
  readonly code: ErrorCode
  readonly message: string
}

export function sentFailure(error: unknown): SentFailure {
  const { code, message } = toAppError(error)
  return { code, message }
}

type Asked = Extract<ThreadMessage, { kind: 'asked' }>['method']

class PortHost implements ViewerHost {
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  #count = 0

  receive(answer: Exclude<ThreadAnswer, { kind: 'stop' }>): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.kind === 'answer') waiting?.resolve(answer.value)
    else waiting?.reject(new AppError(answer.failure.code, answer.failure.message))
  }

  #ask<M extends Asked>(method: M, ...args: Parameters<ViewerHost[M]>): ReturnType<ViewerHost[M]> {
    const id = this.#count++
    const answered = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    send({ kind: 'asked', id, method, args })
    return answered as ReturnType<ViewerHost[M]>
  }

  overview(): ReturnType<ViewerHost['overview']> {
    return this.#ask('overview')
  }

  grown(...args: Parameters<ViewerHost['grown']>): ReturnType<ViewerHost['grown']> {
    return this.#ask('grown', ...args)
  }

  content(...args: Parameters<ViewerHost['content']>): ReturnType<ViewerHost['content']> {
    return this.#ask('content', ...args)
  }

  markWriting(): Promise<void> {
    return this.#ask('markWriting')
  }

  list(...args: Parameters<ViewerHost['list']>): void {
    send({ kind: 'told', method: 'list', args })
  }

  progress(documents: number): void {
    send({ kind: 'told', method: 'progress', args: [documents] })
  }
}

function send(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}

if (parentPort !== null) {
  useJoinedBlobs()
  const { runViewerTask } = await import('./viewer-task-run.ts')
  const host = new PortHost()
  const stopping = new AbortController()
  parentPort.on('message', (answer: ThreadAnswer) => {
    if (answer.kind === 'stop') stopping.abort()
    else host.receive(answer)
  })
  try {
    send({ kind: 'done', result: await runViewerTask(workerData as ViewerTask, realDisk, host, stopping.signal) })
  } catch (error) {
    send({ kind: 'failed', failure: sentFailure(error) })
  }
  parentPort.close()
}
