import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import { everies } from '../../../engine/schedule.ts'
import type { Desktop } from '../../desktop/desktop.ts'
import { tried } from '../../desktop/password.ts'
import { bodyOf, queryOf } from '../input.ts'
import { viewerOf } from '../vault-files.ts'
import { wholePath } from '../whole-path.ts'

/** Of a copy that is there already: where it lies. */
const settings = z
  .record(z.string(), z.json())
  .transform((all) => (typeof all['path'] === 'string' ? { ...all, path: wholePath(all['path']) } : all))
const service = z.enum(['mail', 'contacts', 'calendar', 'files'])
const keep = z.enum(['keyring', 'file'])

const chosenDisk = z.object({ path: z.string().min(1).transform(wholePath), name: z.string().max(80) })
const diskChange = z.object({
  name: z.string().max(80).exactOptional(),
  chosen: z.array(z.string()).nullable().exactOptional(),
})
const address = z.object({ address: z.string().trim().min(3).max(320) })
const accountRequest = z.object({
  id: z.string().trim().min(1),
  connections: z.array(z.object({ provider: z.string(), services: z.array(service).exactOptional(), settings })).min(1),
  password: z.string().exactOptional(),
  keep,
})
const signInStart = z.object({
  provider: z.string(),
  clientFile: z.string().max(65_536).nullable(),
  account: z.string().exactOptional(),
  keep,
})
const settingsChange = z
  .object({
    every: z.enum(everies),
    notifications: z.boolean(),
    startAtLogin: z.boolean(),
    attachments: z.boolean(),
    pausedUntil: z.iso.datetime().nullable(),
    language: z.enum(['en', 'de']),
  })
  .partial()
const person = z.object({ person: z.string().max(80) })
const suggestion = z.object({ name: z.string().max(200) })
const named = z.object({ account: z.string() })
const chosenServices = z.object({ account: z.string(), services: z.array(service) })
const chosen = z.object({ account: z.string(), choice: z.string().max(40), isOn: z.boolean() })
const newPassword = z.object({ account: z.string(), password: z.string().min(1).max(1_000) })
const practice = z.object({ name: z.string().min(1).max(80) })
const folder = z.object({ folder: z.string().min(1) })

/** Home, disks, the way in, settings. */
export function desktopRoutes(desktop: Desktop): Hono {
  return new Hono()
    .get('/home', async (context) => context.json(await desktop.home()))
    .get('/volumes', async (context) => context.json(await desktop.disks.volumes()))
    .post('/disks', async (context) => context.json(await desktop.useDisk(await bodyOf(context, chosenDisk)), 201))
    .post('/disks/open', async (context) => context.json(await desktop.disks.open(await bodyOf(context, chosenDisk)), 201))
    .patch('/disks/:id', async (context) => {
      await desktop.disks.change(context.req.param('id'), await bodyOf(context, diskChange))
      return context.body(null, 204)
    })
    .delete('/disks/:id', async (context) => {
      await desktop.disks.forget(context.req.param('id'))
      return context.body(null, 204)
    })
    .post('/disks/:id/eject', async (context) => {
      await desktop.ejectDisk(context.req.param('id'))
      return context.body(null, 204)
    })
    .get('/disks/:id/snapshot', async (context) => context.json(await desktop.disks.snapshot(context.req.param('id'))))
    .get('/disks/:id/viewer', async (context) => context.json(await viewerOf(desktop, context.req.param('id'))))
    .post('/discover', async (context) =>
      context.json(await desktop.discover((await bodyOf(context, address)).address, context.req.raw.signal)),
    )
    .post('/people/:account', async (context) => {
      await desktop.setPerson(context.req.param('account'), (await bodyOf(context, person)).person)
      return context.body(null, 204)
    })
    .post('/connect', async (context) =>
      context.json(await desktop.addAccount(await bodyOf(context, accountRequest), context.req.raw.signal), 201),
    )
    .post('/password', async (context) => {
      const { account, password } = await bodyOf(context, newPassword)
      await desktop.setPassword(account, password, context.req.raw.signal)
      return context.body(null, 204)
    })
    .post('/try', async (context) =>
      context.json(await tried(desktop.app, (await bodyOf(context, named)).account, context.req.raw.signal)),
    )
    .post('/services', async (context) => {
      const { account, services } = await bodyOf(context, chosenServices)
      await desktop.chooseServices(account, services)
      return context.body(null, 204)
    })
    .post('/choices', async (context) => {
      const { account, choice, isOn } = await bodyOf(context, chosen)
      await desktop.choose(account, choice, isOn)
      return context.body(null, 204)
    })
    .post('/disconnect', async (context) => {
      await desktop.removeAccount((await bodyOf(context, named)).account)
      return context.body(null, 204)
    })
    .post('/practice', async (context) => context.json(await desktop.practise((await bodyOf(context, practice)).name), 201))
    .post('/sign-ins', async (context) => context.json(desktop.signIns.start(await bodyOf(context, signInStart)), 201))
    .get('/sign-ins/:id', (context) => context.json(desktop.signIns.get(context.req.param('id'))))
    .post('/sign-ins/:id/cancel', (context) => {
      desktop.signIns.cancel(context.req.param('id'))
      return context.body(null, 204)
    })
    .patch('/settings', async (context) => {
      await desktop.changeSettings(await bodyOf(context, settingsChange))
      return context.body(null, 204)
    })
    .get('/suggest', async (context) => context.json({ folder: await desktop.suggestFolder(queryOf(context, suggestion).name) }))
    .get('/diagnostics', async (context) => context.json({ text: await desktop.diagnostics() }))
    .post('/show/log', async (context) => {
      await desktop.show('log')
      return context.body(null, 204)
    })
    .post('/show', async (context) => {
      await desktop.show(await bodyOf(context, folder))
      return context.body(null, 204)
    })
    .get('/events', (context) =>
      streamSSE(context, async (stream) => {
        await new Promise<void>((resolve) => {
          const say = (event: string, data: unknown) => void stream.writeSSE({ event, data: JSON.stringify(data) })
          const unfollow = [desktop.follow(() => say('home', null)), desktop.jobs.follow((job) => say('job', job))]
          stream.onAbort(() => {
            for (const stop of unfollow) stop()
            resolve()
          })
          say('hello', null)
        })
      }),
    )
}
