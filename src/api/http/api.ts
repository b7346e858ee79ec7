/** Every screen's one door as a web-standard handler: the loopback server and Electron's `app://` serve it alike. */
import { Hono } from 'hono'
import { z } from 'zod'
import type { App } from '../contract.ts'
import type { Desktop } from '../desktop/desktop.ts'
import { failureOf, statusOf } from '../failure.ts'
import { bodyOf } from './input.ts'
import { accountRoutes } from './routes/accounts.ts'
import { desktopRoutes } from './routes/desktop.ts'
import { jobRoutes } from './routes/jobs.ts'
import type { Handler } from './serve.ts'

export interface ApiServices {
  readonly app: App
  readonly desktop: Desktop
}

const findQuery = z.object({ provider: z.string().min(1), address: z.string().min(1).max(320) })

/**
 * Answers JSON below `/api/`; streams of events where something takes long. A failure is `{code, title, message, advice}` with
 * a status that is not 2xx.
 */
export function createApi({ app, desktop }: ApiServices): Handler {
  const api = new Hono()
    .basePath('/api')
    .route('/accounts', accountRoutes(app))
    .route('/jobs', jobRoutes(desktop))
    .route('/', desktopRoutes(desktop))
    .post('/find', async (context) => {
      const { provider, address } = await bodyOf(context, findQuery)
      return context.json(await app.findServer(provider, address, context.req.raw.signal))
    })
  api.notFound((context) => context.json({ code: 'not-found', title: 'Not found', message: 'There is nothing here.' }, 404))
  api.onError((error, context) => {
    const failure = failureOf(error)
    return context.json(failure, statusOf(failure.code))
  })
  return (request) => api.fetch(request)
}
