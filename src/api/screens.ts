/** The app for a browser: everything that a window needs, served on this computer alone. */
import { createApp } from './app.ts'
import { systemClock } from './clock.ts'
import { Desktop, type DesktopOptions } from './desktop/desktop.ts'
import { type Served, serve } from './http/serve.ts'
import { createSite } from './http/site.ts'
import { Jobs } from './jobs/jobs.ts'
import { forkJob } from './jobs/spawn.ts'

export interface ServedScreens extends AsyncDisposable {
  readonly served: Served
  readonly desktop: Desktop
}

/**
 * `port` 0: any free one. Ends with its jobs at a safe point.
 * @throws AppError `usage` when the port is taken or not allowed
 */
export async function serveScreens(port = 0, options: Omit<DesktopOptions, 'app' | 'jobs'> = {}): Promise<ServedScreens> {
  const jobs = new Jobs(forkJob, () => systemClock.now())
  const desktop = new Desktop({ app: createApp(options.home), jobs, ...options })
  const served = await serve(createSite(desktop), port)
  desktop.start()
  return {
    served,
    desktop,
    async [Symbol.asyncDispose]() {
      await jobs.close()
      await desktop.close()
      await served[Symbol.asyncDispose]()
    },
  }
}
