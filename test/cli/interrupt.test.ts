import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Google } from '../emulators/google/google.ts'
import { until } from '../fixtures/patience.ts'
import { finished, lifeboat, startLifeboat, temporaryFolder } from './command.ts'

/** Accepts every connection and never says a word. */
let silent: Server
let port: number
let connected: () => void = () => {}

beforeAll(async () => {
  silent = createServer((socket) => {
    socket.on('error', () => {})
    connected()
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => silent.close())

async function addAccount(home: string): Promise<void> {
  const where = ['--host', '127.0.0.1', '--port', String(port), '--user', 'alice', '--insecure']
  await lifeboat(['account', 'add', 'imap', '--id', 'home', ...where, '--password-command', 'echo x'], { home })
}

test.each([
  { argv: ['account', 'test', 'home'], signal: 'SIGINT' },
  { argv: ['backup', '--vault', 'vault'], signal: 'SIGINT' },
  { argv: ['backup', '--vault', 'vault'], signal: 'SIGTERM' },
] as const)('$signal ends lifeboat $argv even while a server keeps silent', async ({ argv, signal }) => {
  using home = temporaryFolder()
  await addAccount(home.path)
  const child = startLifeboat(argv, { home: home.path })
  // Once: `account test` connects twice, and a second signal would end it in another way.
  connected = () => {
    connected = () => {}
    setTimeout(() => child.kill(signal), 200)
  }
  const result = await finished(child)
  expect(result.exitCode).toBe(130)
  expect(result.stderr).toMatch(/^Stopping at the next safe point\. Press Ctrl-C again to stop at once\.$/m)
  expect(result.stdout + result.stderr).toMatch(/Run the (same )?command again/)
})

test('the second Ctrl-C ends it at once', async () => {
  using home = temporaryFolder()
  await addAccount(home.path)
  // The password command takes no notice of the first Ctrl-C, and everything waits for it.
  await lifeboat(['account', 'remove', 'home'], { home: home.path })
  const where = ['--host', '127.0.0.1', '--port', String(port), '--user', 'alice', '--insecure']
  const asked = join(home.path, 'asked')
  // It answers never while the test lasts.
  const slow = `echo > "${asked}"; while [ -e "${asked}" ]; do sleep 0.1; done`
  await lifeboat(['account', 'add', 'imap', '--id', 'home', ...where, '--password-command', slow], { home: home.path })
  const child = startLifeboat(['backup', '--vault', 'vault'], { home: home.path })
  await expect.poll(() => existsSync(asked)).toBe(true)
  child.kill('SIGINT')
  child.stderr.on('data', (text: string) => {
    if (text.includes('Stopping')) setTimeout(() => child.kill('SIGINT'), 300)
  })
  expect((await finished(child)).exitCode).toBe(130)
})

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

/** A vault of the account `home`, whose provider says nothing any more; answers where a drill may make its temporary folder. */
async function backedUp(home: string): Promise<string> {
  await lifeboat(['account', 'add', 'archive', '--id', 'home', '--path', sample], { home })
  expect((await lifeboat(['backup', '--vault', 'vault', '--no-viewer'], { home })).exitCode).toBe(0)
  await lifeboat(['account', 'remove', 'home'], { home })
  await addAccount(home)
  mkdirSync(join(home, 'scratch'))
  return join(home, 'scratch')
}

test('Ctrl-C ends a drill that waits for the provider, and nothing of the mail is left in the temporary folder', async () => {
  using home = temporaryFolder()
  const scratch = await backedUp(home.path)
  const child = startLifeboat(['drill', '--vault', 'vault', '--scratch', 'scratch'], { home: home.path })
  connected = () => {
    connected = () => {}
    child.kill('SIGINT')
  }
  expect((await finished(child)).exitCode).toBe(130)
  expect(readdirSync(scratch)).toEqual([])
})

test('what a drill that was killed left behind is removed by the next one, and nothing else', async () => {
  using home = temporaryFolder()
  const scratch = await backedUp(home.path)
  const child = startLifeboat(['drill', '--vault', 'vault', '--scratch', 'scratch'], { home: home.path })
  connected = () => {
    connected = () => {}
    child.kill('SIGKILL')
  }
  await finished(child)
  expect(readdirSync(scratch)).toHaveLength(1)
  // A process of another computer may have a number that is nobody's here.
  const elsewhere = 'lifeboat-drill-0123456789abcdef-1073741824-running'
  const others = [`lifeboat-drill-${process.pid}-running`, elsewhere, 'lifeboat-drill-mine', 'letters']
  for (const name of others) mkdirSync(join(scratch, name))
  const forgotten = join(scratch, 'lifeboat-drill-fedcba9876543210-1073741824-dead')
  mkdirSync(forgotten)
  utimesSync(forgotten, new Date(0), new Date(0))
  await lifeboat(['account', 'remove', 'home'], { home: home.path })
  expect((await lifeboat(['drill', '--vault', 'vault', '--scratch', 'scratch'], { home: home.path })).exitCode).toBe(0)
  expect(readdirSync(scratch).toSorted()).toEqual(others.toSorted())
})

test('Ctrl-C ends a sign-in that waits for the browser, and adds nothing', async () => {
  using home = temporaryFolder()
  const google = await Google.start()
  try {
    const file = join(home.path, 'client.json')
    writeFileSync(file, JSON.stringify(google.clientFile()))
    const argv = ['account', 'add', 'google', '--client-file', file, '--secrets', 'file']
    const child = startLifeboat(argv, { home: home.path, env: { BROWSER: '', DISPLAY: '', WAYLAND_DISPLAY: '' } })
    const ended = finished(child)
    let shown = ''
    child.stderr.on('data', (text: string) => {
      shown += text
    })
    await until(() => shown.includes('Waiting until you have signed in there.'), 'the sign-in to wait')
    child.kill('SIGINT')
    expect((await ended).exitCode).toBe(130)
    expect((await lifeboat(['account', 'list', '--json'], { home: home.path })).stdout).toContain('"accounts": []')
  } finally {
    await google.stop()
  }
})
