/** The app for a browser: everything that a window needs, served on this computer alone. */
import { createApp } from './app.ts'
import { systemClock } from './clock.ts'
import { Desktop, type DesktopOptions } from './desktop/desktop.ts'
import { type Served, serve } from './http/serve.ts'
import { createSite } from './http/site.ts'
import { Jobs } from './jobs/jobs.ts'
import { forkJob, type SpawnJob } from './jobs/spawn.ts'

export interface ServedScreens extends AsyncDisposable {
  readonly served: Served
  readonly desktop: Desktop
}

export interface ScreensOptions extends Omit<DesktopOptions, 'app' | 'jobs'> {
  readonly spawn?: SpawnJob
}

/**
 * `port` 0: any free one. Ends with its jobs at a safe point.
 * @throws AppError `usage` when the port is taken or not allowed
 */
export async function serveScreens(port = 0, options: ScreensOptions = {}): Promise<ServedScreens> {
  const jobs = new Jobs(options.spawn ?? forkJob, () => systemClock.now())
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
