import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JobRequest } from './job.ts'
import type { JobMessage } from './process.ts'

/** A job that runs elsewhere. */
export interface RunningJob {
  /** Asks it to end at the next safe point. */
  stop(): void
}

export interface JobListener {
  onMessage(message: JobMessage): void
  /** It is over; what it had to say came before. */
  onExit(): void
}

/** Starts a job in another process. Electron has its own. */
export type SpawnJob = (request: JobRequest, listener: JobListener) => RunningJob

/** What is started for a job. */
export const jobProcess = fileURLToPath(new URL('process.ts', import.meta.url))

/** As a child of this process, with the same settings. */
export const forkJob: SpawnJob = (request, listener) => {
  const child: ChildProcess = fork(jobProcess, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let over = false
  const end = () => {
    if (!over) listener.onExit()
    over = true
  }
  child.on('message', (message) => listener.onMessage(message as JobMessage))
  child.on('error', end)
  child.on('exit', end)
  child.send(request, () => undefined)
  return {
    stop() {
      if (child.connected) child.send('stop', () => undefined)
    },
  }
}
