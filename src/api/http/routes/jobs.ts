import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Desktop } from '../../desktop/desktop.ts'
import type { Job, JobRequest } from '../../jobs/job.ts'
import { isActive } from '../../jobs/jobs.ts'
import { bodyOf } from '../input.ts'
import { wholePath } from '../whole-path.ts'

const vault = z.string().min(1)
const service = z.enum(['mail', 'contacts', 'calendar', 'files'])
const account = z.string().min(1)
const text = z.string()
const jobRequest = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backup'),
    request: z.object({
      vault,
      accounts: z.array(z.string()).exactOptional(),
      acceptRemovals: z.boolean().exactOptional(),
      attachments: z.boolean().exactOptional(),
      onlyMissing: z.boolean().exactOptional(),
      newVault: z.boolean().exactOptional(),
    }),
  }),
  z.object({ kind: z.literal('verify'), request: z.object({ vault }) }),
  z.object({
    kind: z.literal('restore'),
    request: z.object({
      ...{ vault, account, to: z.string().min(1), at: text.exactOptional(), services: z.array(service).exactOptional() },
      ...{ collection: text.exactOptional(), search: text.exactOptional(), into: text.exactOptional() },
      format: z.enum(['maildir', 'mbox', 'eml']).exactOptional(),
      conflict: z.enum(['skip', 'keep-both', 'replace']).exactOptional(),
      dryRun: z.boolean().exactOptional(),
    }),
  }),
  z.object({
    kind: z.literal('drill'),
    request: z.object({
      ...{ vault, accounts: z.array(z.string()).exactOptional(), to: text.exactOptional() },
      ...{ sample: z.int().min(1).exactOptional(), remove: z.boolean().exactOptional() },
      language: z.enum(['en', 'de']).exactOptional(),
    }),
  }),
  z.object({
    kind: z.literal('collect'),
    request: z.object({
      ...{ vault, out: z.string().min(1).transform(wholePath), account: account.exactOptional(), year: z.int().exactOptional() },
      ...{ from: text.exactOptional(), search: text.exactOptional(), types: z.array(text).exactOptional() },
      messages: z.boolean().exactOptional(),
    }),
  }),
  z.object({ kind: z.literal('viewer'), request: z.object({ vault, attachments: z.boolean().exactOptional() }) }),
])
const stopping = z.object({ pause: z.boolean().exactOptional() })

/** A restore goes to an account of that name, else to a folder. @throws AppError `usage` */
async function placed(job: JobRequest, { app }: Desktop): Promise<JobRequest> {
  if (job.kind !== 'restore') return job
  const isAccount = (await app.listAccounts()).some(({ id }) => id === job.request.to)
  return isAccount ? job : { ...job, request: { ...job.request, to: wholePath(job.request.to) } }
}

/** What runs: it goes on when the window is closed, and is there again when it is opened. */
export function jobRoutes(desktop: Desktop): Hono {
  const { jobs } = desktop
  return new Hono()
    .get('/', (context) => context.json(jobs.all()))
    .post('/', async (context) => {
      const job = await placed(await bodyOf(context, jobRequest), desktop)
      return context.json(await desktop.startJob(job), 201)
    })
    .get('/:id', (context) => context.json(jobs.get(context.req.param('id'))))
    .post('/:id/stop', async (context) => {
      const { pause } = await bodyOf(context, stopping)
      return context.json(jobs.stop(context.req.param('id'), pause === true))
    })
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
