/** Several things at once: a sign-in while the clock ticks, an end in the midst of looking, two processes, a window that is closed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import type { App } from '../../src/api/contract.ts'
import { Desktop } from '../../src/api/desktop/desktop.ts'
import { DiskMemory } from '../../src/api/desktop/memory.ts'
import { runDue } from '../../src/api/due.ts'
import { Jobs } from '../../src/api/jobs/jobs.ts'
import { forkJob } from '../../src/api/jobs/spawn.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))
const archive = (path: string) => [{ provider: 'archive', settings: { path } }]

let home: string
let jobs: Jobs
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lifeboat-at-once-'))
  process.env.LIFEBOAT_HOME = home
  jobs = new Jobs(forkJob, () => new Date())
})
afterEach(async () => {
  await jobs.close()
  delete process.env.LIFEBOAT_HOME
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

function plugIn(name: string): string {
  mkdirSync(join(home, name), { recursive: true })
  return join(home, name)
}

describe('an account that is being added', () => {
  it('is not backed up by the clock before its sign-in was tried', async () => {
    const app = createApp(home)
    const ticking: App = {
      ...app,
      async *testAccount(id, signal) {
        await desktop.tick()
        yield* app.testAccount(id, signal)
      },
    }
    const desktop: Desktop = new Desktop({ app: ticking, jobs, home, mounts: async () => [] })
    await app.addAccount({ id: 'old', connections: archive(sample) })
    await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await desktop.settled()
    const { signal } = new AbortController()
    const refused = { id: 'new', connections: archive(join(home, 'nowhere')), keep: 'file' } as const
    await expect(desktop.addAccount(refused, signal)).rejects.toThrow()
    expect(jobs.all()).toEqual([])
    await desktop.addAccount({ ...refused, connections: archive(join(sample, 'Documents')) }, signal)
    expect(jobs.all()).toEqual([])
    await desktop.close()
  })
})

describe('an end in the midst of it', () => {
  it('begins no backup that is due after it was asked for', async () => {
    const app = createApp(home)
    await app.addAccount({ id: 'old', connections: archive(sample) })
    const setting = new Desktop({ app, jobs, home, mounts: async () => [] })
    const { folder } = await setting.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await setting.close()
    const controller = new AbortController()
    const look = async () => {
      controller.abort()
      return null
    }
    const ended = runDue(controller.signal, { home, mounts: async () => [], look })
    await expect(ended).rejects.toMatchObject({ code: 'cancelled' })
    const { accounts } = await app.list({ vault: folder })
    expect(accounts).toEqual([])
  })
})

describe('a new password', () => {
  /** Takes the call and says nothing. */
  let silent: Server
  let called: Promise<void>
  beforeEach(async () => {
    called = new Promise((resolve) => {
      silent = createServer((socket) => {
        socket.on('error', () => undefined)
        resolve()
      })
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => silent.close())

  it('is stored nowhere when the window is closed before it has let us in', async () => {
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const app = createApp(home)
    await app.addAccount({
      id: 'home',
      connections: [{ provider: 'imap', settings: { host: '127.0.0.1', port, user: 'u', security: 'none' } }],
      secret: { place: { kind: 'file' }, value: 'the old one' },
    })
    const desktop = new Desktop({ app, jobs, home, mounts: async () => [] })
    const closed = new AbortController()
    const trying = desktop.setPassword('home', 'the new one', closed.signal)
    await called
    expect(readFileSync(join(home, 'config/secrets.json'), 'utf8')).not.toContain('the new one')
    closed.abort()
    await expect(trying).rejects.toThrow()
    expect(readFileSync(join(home, 'config/secrets.json'), 'utf8')).toContain('the old one')
    expect(readFileSync(join(home, 'config/secrets.json'), 'utf8')).not.toContain('the new one')
    await desktop.close()
  })
})

describe('what is remembered of a disk', () => {
  it('by the app and by the hourly look at once is all kept', async () => {
    const [app, hourly] = [new DiskMemory(home), new DiskMemory(home)]
    const snapshot = { id: 'd', at: '', accounts: [], missing: [], collections: [], runs: [], proofs: [] }
    const failure = { code: 'network', title: '', message: '', advice: '' } as const
    const attempt = { at: '', ended: '', stopped: false, failure, accounts: [] }
    for (let round = 1; round <= 20; round++) {
      const at = String(round)
      await Promise.all([app.keepSnapshot({ ...snapshot, at }), hourly.keepAttempt('d', { ...attempt, at })])
      expect(await app.of('d')).toMatchObject({ snapshot: { at }, attempt: { at, failures: round } })
    }
  })
})
