import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Job } from '../../jobs/job.ts'
import { isActive, type Jobs } from '../../jobs/jobs.ts'
import { bodyOf } from '../input.ts'

const vault = z.string().min(1)
const jobRequest = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backup'),
    request: z.object({
      vault,
      accounts: z.array(z.string()).exactOptional(),
      acceptRemovals: z.boolean().exactOptional(),
      newVault: z.boolean().exactOptional(),
    }),
  }),
  z.object({ kind: z.literal('verify'), request: z.object({ vault }) }),
])

/** What runs: it goes on when the window is closed, and is there again when it is opened. */
export function jobRoutes(jobs: Jobs): Hono {
  return new Hono()
    .get('/', (context) => context.json(jobs.all()))
    .post('/', async (context) => context.json(jobs.start(await bodyOf(context, jobRequest)), 201))
    .get('/:id', (context) => context.json(jobs.get(context.req.param('id'))))
    .post('/:id/stop', (context) => context.json(jobs.stop(context.req.param('id'))))
    .get('/:id/events', (context) => {
      const id = context.req.param('id')
      jobs.get(id)
      return streamSSE(context, async (stream) => {
        await new Promise<void>((resolve) => {
          const say = (job: Job) => {
            void stream.writeSSE({ event: 'job', data: JSON.stringify(job) })
            if (!isActive(job)) resolve()
          }
          const unwatch = jobs.watch(id, say)
          stream.onAbort(() => {
            unwatch()
            resolve()
          })
          say(jobs.get(id))
        })
        await stream.writeSSE({ event: 'end', data: '' })
      })
    })
}
