import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
