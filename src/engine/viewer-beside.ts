/** A `ViewerTask` at work beside whatever this thread does: in a thread of its own, which reads the disk for itself. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../core/errors.ts'
import { type Disk, realDisk } from '../vault/disk.ts'
import type { TaskResult, ViewerHost, ViewerTask } from './viewer-task.ts'
import { sentFailure, type ThreadAnswer, type ThreadMessage } from './viewer-thread.ts'

/** Milliseconds. */
const longestFarewell = 10_000

export interface RunningTask {
  /** Rejects with what it failed with: AppError. */
  readonly result: Promise<TaskResult>
  /** Makes it give up soon, with nothing half done. */
  stop(): void
}

export function startViewerTask(task: ViewerTask, disk: Disk, host: ViewerHost): RunningTask {
  // Another disk cannot be taken along into a thread.
  return disk === realDisk ? inThread(task, host) : here(task, disk, host)
}

function here(task: ViewerTask, disk: Disk, host: ViewerHost): RunningTask {
  const stopping = new AbortController()
  const run = async () => {
    const { runViewerTask } = await import('./viewer-task-run.ts')
    return await runViewerTask(task, disk, host, stopping.signal)
  }
  return { result: run(), stop: () => stopping.abort() }
}

function inThread(task: ViewerTask, host: ViewerHost): RunningTask {
  const worker = new Worker(new URL('viewer-thread.ts', import.meta.url), { workerData: task })
  const post = (answer: ThreadAnswer, transferred: ArrayBuffer[] = []) => worker.postMessage(answer, transferred)
  const result = new Promise<TaskResult>((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'asked') void answer(host, message, post)
      else if (message.kind === 'done') resolve(message.result)
      else if (message.kind === 'failed') reject(new AppError(message.failure.code, message.failure.message))
      else tell(host, message)
    })
    worker.on('error', (cause) => reject(new AppError('bug', 'It ended before it was done.', { cause })))
    worker.on('exit', () => reject(new AppError('bug', 'It ended before it was done.')))
  })
  // Whoever waits for it hears of it.
  result.catch(() => undefined)
  const stop = () => {
    post({ kind: 'stop' })
    // What never comes to an end is ended: its data stays what it was at its last commit.
    setTimeout(() => void worker.terminate(), longestFarewell).unref()
  }
  return { result, stop }
}

type Post = (answer: ThreadAnswer, transferred?: ArrayBuffer[]) => void

async function answer(host: ViewerHost, { id, method, args }: Extract<ThreadMessage, { kind: 'asked' }>, post: Post) {
  try {
    const value = await (host[method] as (...args: readonly unknown[]) => Promise<unknown>).apply(host, [...args])
    post({ kind: 'answer', id, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [])
  } catch (error) {
    post({ kind: 'failure', id, failure: sentFailure(error) })
  }
}

function tell(host: ViewerHost, { method, args }: Extract<ThreadMessage, { kind: 'told' }>): void {
  const tellHost = host[method] as (...args: readonly unknown[]) => void
  tellHost.apply(host, [...args])
}
