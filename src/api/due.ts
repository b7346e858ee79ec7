/** One call of the scheduler: backs up to every disk that is there and due, and ends. */
import { createApp } from './app.ts'
import { systemClock } from './clock.ts'
import type { Home } from './desktop/contract.ts'
import { Desktop, type DesktopOptions } from './desktop/desktop.ts'
import type { Job } from './jobs/job.ts'
import { isActive, Jobs } from './jobs/jobs.ts'
import { forkJob } from './jobs/spawn.ts'

export interface DueReport {
  /** The backups that ran. */
  readonly jobs: readonly Job[]
  /** How things stand afterwards. */
  readonly home: Home
}

/** Stops at a safe point when `signal` aborts. */
export async function runDue(signal: AbortSignal, options: Omit<DesktopOptions, 'app' | 'jobs'> = {}): Promise<DueReport> {
  const jobs = new Jobs(forkJob, () => systemClock.now())
  const desktop = new Desktop({ app: createApp(options.home), jobs, ...options })
  const stop = () => void jobs.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await desktop.tick()
    await Promise.all(
      jobs.all().map(
        ({ id }) =>
          new Promise<void>((resolve) => {
            const settle = (job: Job) => {
              if (!isActive(job)) resolve()
            }
            jobs.watch(id, settle)
            settle(jobs.get(id))
          }),
      ),
    )
    await desktop.settled()
    return { jobs: jobs.all(), home: await desktop.home() }
  } finally {
    signal.removeEventListener('abort', stop)
    await desktop.close()
  }
}
