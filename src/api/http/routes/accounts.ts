import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { App } from '../../contract.ts'
import { failureOf } from '../../failure.ts'
import { bodyOf } from '../input.ts'

const service = z.enum(['mail', 'contacts', 'calendar', 'files'])
const secret = z.object({
  place: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('keyring') }),
    z.object({ kind: z.literal('file') }),
    z.object({ kind: z.literal('command'), command: z.string().min(1) }),
  ]),
  value: z.string().exactOptional(),
})
const newAccount = z.object({
  id: z.string(),
  connections: z
    .array(
      z.object({
        provider: z.string(),
        services: z.array(service).exactOptional(),
        settings: z.record(z.string(), z.json()),
        secret: secret.exactOptional(),
      }),
    )
    .min(1),
  secret: secret.exactOptional(),
})

/** The accounts of this computer. Secrets come in and never go out. */
export function accountRoutes(app: App): Hono {
  return new Hono()
    .get('/', async (context) => context.json(await app.listAccounts()))
    .post('/', async (context) => context.json(await app.addAccount(await bodyOf(context, newAccount)), 201))
    .delete('/:id', async (context) => {
      await app.removeAccount(context.req.param('id'))
      return context.body(null, 204)
    })
    .get('/:id/test', (context) =>
      streamSSE(context, async (stream) => {
        const abort = new AbortController()
        stream.onAbort(() => abort.abort())
        try {
          for await (const finding of app.testAccount(context.req.param('id'), abort.signal))
            await stream.writeSSE({ event: 'finding', data: JSON.stringify(finding) })
        } catch (error) {
          await stream.writeSSE({ event: 'failure', data: JSON.stringify(failureOf(error)) })
        }
        await stream.writeSSE({ event: 'end', data: '' })
      }),
    )
}
