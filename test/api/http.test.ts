import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { systemClock } from '../../src/api/clock.ts'
import { Desktop } from '../../src/api/desktop/desktop.ts'
import { type Served, serve } from '../../src/api/http/serve.ts'
import { createSite } from '../../src/api/http/site.ts'
import { wholePath } from '../../src/api/http/whole-path.ts'
import type { Job } from '../../src/api/jobs/job.ts'
import { Jobs } from '../../src/api/jobs/jobs.ts'
import { forkJob, type SpawnJob } from '../../src/api/jobs/spawn.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

let home: string
let served: Served
let jobs: Jobs
let cookie: string
/** Until then nothing is heard of a job: it runs as long as somebody looks. */
let heard: Promise<unknown>

const spawn: SpawnJob = (request, { onMessage, onExit }) =>
  forkJob(request, {
    onMessage: (message) => void heard.then(() => onMessage(message)),
    onExit: () => void heard.then(() => onExit()),
  })

/** Nothing is heard of jobs; answers how that ends. */
function unheard(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  heard = promise
  return resolve
}

beforeEach(async () => {
  heard = Promise.resolve()
  home = mkdtempSync(join(tmpdir(), 'lifeboat-http-'))
  process.env.LIFEBOAT_HOME = home
  jobs = new Jobs(spawn, () => systemClock.now())
  served = await serve(createSite(new Desktop({ app: createApp(home), jobs, home, mounts: async () => [] })))
  const entered = await fetch(served.url, { redirect: 'manual' })
  cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
})

afterEach(async () => {
  await jobs.close()
  await served[Symbol.asyncDispose]()
  delete process.env.LIFEBOAT_HOME
  rmSync(home, { recursive: true, force: true })
})

function call(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<Response> {
  const origin = `http://127.0.0.1:${served.port}`
  return fetch(`${origin}/api${path}`, {
    method,
    headers: { Cookie: cookie, Origin: origin, ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function addSample(path = sample): Promise<void> {
  const added = await call('/accounts', { id: 'old', connections: [{ provider: 'archive', settings: { path } }] })
  expect(added.status).toBe(201)
}

/** Everything that is said of the job, to its end. `watching`: called once that has begun. */
async function watched(id: string, watching: () => void = () => undefined): Promise<Job[]> {
  const answer = await call(`/jobs/${id}/events`)
  watching()
  const text = await answer.text()
  expect(text).toMatch(/event: end\ndata: *\n\n$/)
  return [...text.matchAll(/^event: job\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Job)
}

async function backup(vault: string): Promise<Job | undefined> {
  const job = (await (await call('/jobs', { kind: 'backup', request: { vault } })).json()) as Job
  return (await watched(job.id)).at(-1)
}

describe('the API', () => {
  it('backs up in a process of its own, says how far it is, and shows what was saved', async () => {
    await addSample()
    const vault = join(home, 'vault')
    const goOn = unheard()
    const started = (await (await call('/jobs', { kind: 'backup', request: { vault } })).json()) as Job
    const seen = await watched(started.id, goOn)
    expect(seen[0]).toMatchObject({ kind: 'backup', state: 'running', request: { vault } })
    expect(seen.some(({ progress }) => progress !== null)).toBe(true)
    expect(seen.at(-1)).toMatchObject({ state: 'done', failure: null, report: { accounts: [{ account: 'old' }] } })
  })

  it('verifies, and remembers what it did while nobody looked', async () => {
    await addSample()
    const vault = join(home, 'vault')
    await backup(vault)
    const job = (await (await call('/jobs', { kind: 'verify', request: { vault } })).json()) as Job
    await watched(job.id)
    const all = (await (await call('/jobs')).json()) as Job[]
    expect(all.map(({ kind, state }) => [kind, state])).toEqual([
      ['backup', 'done'],
      ['verify', 'done'],
    ])
    expect(all[1]?.report).toMatchObject({ sound: true })
  })

  it('stops a job at a safe point', async () => {
    await addSample()
    const goOn = unheard()
    const job = (await (await call('/jobs', { kind: 'backup', request: { vault: join(home, 'vault') } })).json()) as Job
    const stopping = (await (await call(`/jobs/${job.id}/stop`, {})).json()) as Job
    expect(stopping.state).toBe('stopping')
    expect(['done', 'failed']).toContain((await watched(job.id, goOn)).at(-1)?.state)
  })

  it('refuses a second job for a vault that is busy', async () => {
    await addSample()
    const request = { kind: 'backup', request: { vault: join(home, 'vault') } }
    const goOn = unheard()
    await call('/jobs', request)
    const second = await call('/jobs', request)
    expect(second.status).toBe(409)
    expect(await second.json()).toMatchObject({ code: 'vault-locked', message: 'Lifeboat is busy with this vault already.' })
    goOn()
  })

  it('ends a job that fails with a sentence and a next step', async () => {
    await addSample()
    const job = await backup(join(home, 'no', 'such', 'disk'))
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'disk-absent', title: 'The disk is not there' } })
    expect(job?.failure?.advice).toMatch(/Plug in the disk/)
  })

  it('says so when the process of a job dies', async () => {
    await addSample()
    const dead = new Jobs(
      (request, listener) => {
        setTimeout(() => listener.onExit(), 1)
        return { stop: () => expect(request.kind).toBe('verify') }
      },
      () => new Date(),
    )
    const { id } = dead.start({ kind: 'verify', request: { vault: '/nowhere' } })
    await new Promise<void>((resolve) => dead.watch(id, () => resolve()))
    expect(dead.get(id)).toMatchObject({ state: 'failed', failure: { message: 'The work ended without saying why.' } })
  })

  it('names the field that is wrong', async () => {
    const answer = await call('/jobs', { kind: 'backup', request: { vault: 7 } })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'usage', message: expect.stringContaining('"request.vault"') })
  })

  it('knows nothing of an account that is not there', async () => {
    const answer = await call('/accounts/nobody', undefined, 'DELETE')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not-found', message: 'There is no account "nobody".' })
  })

  it('never gives a password back', async () => {
    const canary = 'canary-7f3a9c'
    const settings = { host: '127.0.0.1', port: 1, user: 'u', security: 'none' }
    const added = await call('/accounts', {
      id: 'home',
      connections: [{ provider: 'imap', settings }],
      secret: { place: { kind: 'file' }, value: canary },
    })
    const texts = [await added.text(), await (await call('/accounts')).text(), await (await call('/accounts/home/test')).text()]
    expect(texts.join()).not.toContain(canary)
    expect(texts[1]).toContain('"home"')
  })
})

describe('a place that a person typed', () => {
  const fields = {
    disk: (path: string) => call('/disks', { path, name: 'Blue' }),
    'folder of documents': (out: string) => call('/jobs', { kind: 'collect', request: { vault: join(home, 'v'), out } }),
    'folder to restore to': (to: string) =>
      call('/jobs', { kind: 'restore', request: { vault: join(home, 'v'), account: 'a', to } }),
    'copy that is there': (path: string) =>
      call('/connect', { id: 'old', keep: 'file', connections: [{ provider: 'archive', settings: { path } }] }),
  }
  it.each(Object.entries(fields))('is refused where nobody knows what it means: %s', async (_, send) => {
    for (const path of ['Backup', './Backup', '../Backup', 'C:Backup']) {
      const answer = await send(path)
      expect([path, answer.status]).toEqual([path, 400])
      expect(((await answer.json()) as { readonly message: string }).message).toBe(`It is not clear where “${path}” is.`)
    }
    expect(jobs.all()).toEqual([])
  })

  it('is understood with the quotes of a file manager, and from the own folder on', async () => {
    await mkdir(join(home, 'My disk'))
    const answer = await call('/disks', { path: ` "${join(home, 'My disk')}" `, name: 'Blue' })
    expect([answer.status, ((await answer.json()) as { readonly folder: string }).folder]).toEqual([
      201,
      join(home, 'My disk', 'Lifeboat'),
    ])
    expect(wholePath('~/Backups')).toBe(join(homedir(), 'Backups'))
  })
})
