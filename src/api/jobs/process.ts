/**
 * A job in a process of its own, so that windows never wait for the engine. Started by `spawn.ts`; gets a `JobRequest`, then
 * perhaps `stop`, and answers with `JobMessage`s. When the program that started it is gone, it ends at the next safe point.
 */
import { createApp } from '../app.ts'
import { type FailureText, failureOf } from '../failure.ts'
import { type JobProgress, type JobReport, type JobRequest, runJob } from './job.ts'

export type JobMessage =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'report'; readonly report: JobReport }
  | { readonly kind: 'failure'; readonly failure: FailureText }

/** Milliseconds between two messages about the same thing: eyes are slow, and each message costs. */
const pause = 100

const abort = new AbortController()
process.once('disconnect', () => abort.abort())
process.on('message', (message) => {
  if (message === 'stop') abort.abort()
})
// Ctrl-C in a terminal reaches this process too; its starter says when to stop.
process.on('SIGINT', () => undefined)
process.once('message', (request) => void run(request as JobRequest))

async function run(request: JobRequest): Promise<void> {
  const say = throttled()
  try {
    const report = await runJob(createApp(), request, abort.signal, (progress) => say(progress))
    send({ kind: 'report', report })
  } catch (error) {
    send({ kind: 'failure', failure: failureOf(error) })
  }
  if (process.connected) process.disconnect()
}

function throttled(): (progress: JobProgress) => void {
  let last = 0
  return (progress) => {
    const now = performance.now()
    const isStep = 'filesDone' in progress || progress.kind === 'items' || progress.kind === 'listing'
    if (isStep && now - last < pause) return
    last = now
    send({ kind: 'progress', progress })
  }
}

function send(message: JobMessage): void {
  if (process.connected) process.send?.(message)
}
