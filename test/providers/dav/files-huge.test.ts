/** A file of which a number of 32 bits cannot say the size: sent, saved and checked in full. */
import { execFile } from 'node:child_process'
import { closeSync, openSync, readFileSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lifeboatCommand, lifeboatEnvironment } from '../../../build/launch.mjs'
import type { BackupReport } from '../../../src/engine/report.ts'
import type { VerifyReport } from '../../../src/vault/verify-report.ts'
import { type Measured, measure } from '../../bench/measure.ts'
import { lifeboat } from '../../cli/command.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { apacheMissing, startApache, type WebdavServer } from '../../servers/webdav.ts'
import { pattern, startFaultProxy } from './files-harness.ts'

const run = promisify(execFile)
const megabyte = 1 << 20
const limit32 = 2 ** 32
const size = limit32 + 16 * megabyte + 5
const memoryLimit = 200e6

/** The server's copy is a sparse file; the vault's takes all of it. */
function roomMissing(): string | null {
  const { bavail, bsize } = statfsSync(tmpdir())
  return bavail * bsize > size + 1e9 ? null : `there is no room for 5 GB in ${tmpdir()}`
}

function makeSparse(path: string): void {
  const file = openSync(path, 'w')
  writeSync(file, pattern(megabyte, 'first'), 0, megabyte, 0)
  // Around the limit and behind it, where the rest is asked for.
  const last = pattern(20 * megabyte, 'last')
  writeSync(file, last, 0, last.length, size - last.length)
  closeSync(file)
  truncateSync(path, size)
}

const missing = roomMissing()
if (missing !== null) process.stderr.write(`A file over 4 GiB is not sent: ${missing}.\n`)

describeUnless(apacheMissing(), 'A file over 4 GiB on Apache', () => {
  let server: WebdavServer

  beforeAll(async () => {
    server = await startApache()
    if (missing === null) makeSparse(join(server.files, 'film.mkv'))
  })
  afterAll(() => server.stop())

  it.skipIf(missing !== null)(
    'is saved octet for octet across a connection that breaks behind 4 GiB, in little memory, and not fetched again',
    async () => {
      const home = await scratchFolder()
      const vault = join(home, 'vault')
      const proxy = await startFaultProxy(server.url)
      let gets = 0
      proxy.fault = ({ method }) => (method === 'GET' && ++gets === 1 ? { dropAfter: limit32 + 8 * megabyte } : undefined)
      const account = ['--id', 'home', '--user', server.user, '--webdav', proxy.url, '--password-stdin', '--secrets', 'file']
      const added = await lifeboat(['account', 'add', 'dav', ...account], { home, input: server.password })
      expect(added).toMatchObject({ exitCode: 0 })
      const command = (...argv: string[]): Promise<Measured> =>
        measure({
          argv: lifeboatCommand([...argv, '--vault', vault, '--json']),
          env: { ...lifeboatEnvironment, LIFEBOAT_HOME: home },
        })
      const source = join(server.files, 'film.mkv')
      const expected = (await run('sha256sum', [source])).stdout.slice(0, 64)

      const first = await command('backup')
      const report = JSON.parse(first.stdout) as BackupReport
      expect(report.accounts).toMatchObject([{ pending: [], collections: [{ said: 1, stored: 1, pending: 0, bytes: size }] }])
      expect(first.memory).toBeLessThan(memoryLimit)
      const ranges = proxy.requests.filter((one) => one.startsWith('GET')).map((one) => one.split(' ')[2])
      expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)])
      expect(Number(ranges[1]?.slice('bytes='.length, -1))).toBeGreaterThan(limit32)

      const listed = readFileSync(join(vault, 'manifest-sha256.txt'), 'utf8').split('\n')
      const path = listed.find((line) => line.endsWith('/film.mkv'))?.slice(66) ?? ''
      expect(listed).toContain(`${expected}  ${path}`)
      expect(statSync(join(vault, path)).size).toBe(size)

      const second = JSON.parse((await command('backup')).stdout) as BackupReport
      expect(second.accounts).toMatchObject([{ collections: [{ stored: 1, added: 0, changed: 0, bytes: 0 }] }])
      expect(gets).toBe(2)
      // Reads all of it once more and compares it with that sum.
      const checked = await command('verify')
      expect((JSON.parse(checked.stdout) as VerifyReport).sound).toBe(true)
      expect(checked.memory).toBeLessThan(memoryLimit)
    },
  )
})
