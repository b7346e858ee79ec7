import type { Job, JobProgress } from './job.ts'
import { Tallies } from './tally.ts'

/** Milliseconds between two messages about the same thing: eyes are slow, and each message costs. */
const pause = 100

export interface Telling {
  say(progress: JobProgress): void
  /** What was put off is told now; the end of all. */
  flush(): void
}

/** Tells how far a job is: at once where something new begins, else now and then. What was said last is always told. */
export function telling(tell: (so: Pick<Job, 'progress' | 'tally' | 'pace'>) => void): Telling {
  const tallies = new Tallies()
  let last = 0
  let waiting: JobProgress | null = null
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === null) return
    last = performance.now()
    tell({ progress: waiting, ...tallies.sums() })
    waiting = null
  }
  return {
    say(progress) {
      const now = performance.now()
      tallies.note(progress, now)
      waiting = progress
      const isStep = 'filesDone' in progress || ['items', 'listing', 'bytes', 'viewer'].includes(progress.kind)
      if (!isStep || now - last >= pause) flush()
      else timer ??= setTimeout(flush, pause)
    },
    flush,
  }
}
