/** Work that would keep one processor busy while the others wait. */
import { availableParallelism } from 'node:os'
import { parentPort, Worker } from 'node:worker_threads'
import { AppError } from '../core/errors.ts'

const maxThreads = 4

/** What a thread says of its task. */
type Message<Answer> = { readonly kind: 'part' | 'last'; readonly answer: Answer }

/**
 * Gives the tasks to threads, one after the other to each; `take` gets every answer of a task, `isLast` with the one that ends
 * it. Tasks and answers are copied on their way.
 * @param script what a thread runs: a module that calls `serve`
 * @throws AppError `cancelled` when `signal` aborts; what a thread has thrown
 */
export async function inThreads<Task, Answer>(
  script: URL,
  tasks: readonly Task[],
  signal: AbortSignal,
  take: (task: Task, answer: Answer, isLast: boolean) => void,
): Promise<void> {
  const queue = [...tasks]
  const next = () => (signal.aborted ? undefined : queue.shift())
  const workers = Array.from({ length: Math.min(maxThreads, availableParallelism(), tasks.length) }, () => new Worker(script))
  const end = () => Promise.all(workers.map((worker) => worker.terminate()))
  const abort = () => void end()
  signal.addEventListener('abort', abort)
  try {
    await Promise.all(workers.map((worker) => drive(worker, next, take)))
  } finally {
    signal.removeEventListener('abort', abort)
    await end()
  }
  if (signal.aborted) throw new AppError('cancelled', 'Stopped.')
}

function drive<Task, Answer>(
  worker: Worker,
  next: () => Task | undefined,
  take: (task: Task, answer: Answer, isLast: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let now = next()
    const ask = () => (now === undefined ? resolve() : worker.postMessage(now))
    worker.on('message', ({ kind, answer }: Message<Answer>) => {
      if (now === undefined) return
      try {
        take(now, answer, kind === 'last')
      } catch (error) {
        reject(error)
      }
      if (kind === 'part') return
      now = next()
      ask()
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new AppError('cancelled', 'Stopped.')))
    ask()
  })
}

/** In a thread: does each task that comes. `part` answers while it is under way, the result ends it. */
export function serve<Task, Answer>(work: (task: Task, part: (answer: Answer) => void) => Answer | Promise<Answer>): void {
  const say = (kind: Message<Answer>['kind']) => (answer: Answer) => parentPort?.postMessage({ kind, answer })
  parentPort?.on('message', (task: Task) => {
    // A failure ends the thread, which tells whoever waits for it.
    void Promise.resolve(work(task, say('part'))).then(say('last'))
  })
}
