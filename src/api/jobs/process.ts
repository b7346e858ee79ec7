/**
 * A job in a process of its own, so that windows never wait for the engine. Started by `spawn.ts`; gets a `JobRequest`, then
 * perhaps `stop`, and answers with `JobMessage`s. When the program that started it is gone, it ends at the next safe point.
 */
import { createApp } from '../app.ts'
import { type FailureText, failureOf } from '../failure.ts'
import { channel } from './channel.ts'
import { type Job, type JobReport, type JobRequest, runJob } from './job.ts'
import { telling } from './telling.ts'

export type JobMessage =
  | { readonly kind: 'progress'; readonly so: Pick<Job, 'progress' | 'tally' | 'pace'> }
  | { readonly kind: 'report'; readonly report: JobReport }
  | { readonly kind: 'failure'; readonly failure: FailureText }

const abort = new AbortController()
const starter = channel()
let begun = false
starter.onGone(() => abort.abort())
// Ctrl-C in a terminal reaches this process too; its starter says when to stop.
process.on('SIGINT', () => undefined)
starter.onMessage((message) => {
  if (message === 'stop') abort.abort()
  else if (!begun) {
    begun = true
    void run(message as JobRequest)
  }
})

async function run(request: JobRequest): Promise<void> {
  const saying = telling((so) => send({ kind: 'progress', so }))
  try {
    const report = await runJob(createApp(), request, abort.signal, (progress) => saying.say(progress))
    saying.flush()
    send({ kind: 'report', report })
  } catch (error) {
    saying.flush()
    send({ kind: 'failure', failure: failureOf(error) })
  }
  starter.end()
}

function send(message: JobMessage): void {
  starter.send(message)
}
