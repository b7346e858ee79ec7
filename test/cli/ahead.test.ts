/** What a backup asks of a server while the program is loaded and the vault is opened. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/api/clock.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { lockVault } from '../../src/vault/lock.ts'
import { itemContent } from '../conformance/item-driver.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type DavProxy, startDavProxy } from '../servers/dav-proxy.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { lifeboat, type TemporaryFolder, temporaryFolder } from './command.ts'

describeUnless(radicaleMissing(), 'a backup of contacts and calendars', () => {
  let server: Radicale
  let proxy: DavProxy
  let home: TemporaryFolder
  let vault: string
  let asked: string

  beforeAll(async () => {
    server = await startRadicale()
    await server.addCollection('/alice/friends/', 'contacts', 'Friends')
    await server.addCollection('/alice/home/', 'calendar', 'Home')
    await server.put('/alice/friends/ada.vcf', itemContent('contacts', 'ada'))
    await server.put('/alice/home/1.ics', itemContent('calendar', 'meeting'))
    proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    home = temporaryFolder()
    vault = join(home.path, 'disk', 'vault')
    asked = join(home.path, 'asked')
    mkdirSync(join(home.path, 'disk'))
    const password = join(home.path, 'password')
    writeFileSync(password, server.password)
    const account = ['--id', 'home', '--user', server.user, '--carddav', proxy.url, '--caldav', proxy.url]
    const added = await run('account', 'add', 'dav', ...account, '--password-command', `touch "${asked}" && cat "${password}"`)
    expect(added).toMatchObject({ exitCode: 0 })
    expect(await backup()).toMatchObject({ exitCode: 0 })
  })
  afterAll(async () => {
    home[Symbol.dispose]()
    await proxy.stop()
    await server.stop()
  })
  beforeEach(() => proxy.forget())

  const run = (...argv: readonly string[]) => lifeboat(argv, { home: home.path })
  const backup = (...more: readonly string[]) => run('backup', '--vault', vault, '--no-viewer', '--json', ...more)
  const requests = () => proxy.requests.map(({ method, path, report = '' }) => `${method} ${path} ${report}`.trim()).sort()

  it('asks nothing twice when nothing has changed', async () => {
    const { exitCode, stdout } = await backup()
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        accounts: [
          {
            collections: [
              { stored: 1, added: 0 },
              { stored: 1, added: 0 },
            ],
          },
        ],
      },
    ])
    const twice = (request: string) => [request, request]
    expect(requests()).toEqual(
      [
        ...['carddav', 'caldav'].map((name) => `PROPFIND /.well-known/${name}`),
        // Anonymously, and with the password; the person's own resource, and what is in it.
        ...twice('PROPFIND /').flatMap(twice),
        ...twice('PROPFIND /alice/').flatMap(twice),
        ...['friends', 'home'].map((name) => `REPORT /alice/${name}/ sync-collection`),
      ].sort(),
    )
  })

  it('has asked before it finds the vault taken, and ends nevertheless', async () => {
    const lock = await lockVault(realDisk, vault, systemClock)
    const { exitCode, stdout } = await backup()
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'vault-locked' } })
    expect(exitCode).not.toBe(0)
    expect(requests()).toContain('PROPFIND /.well-known/carddav')
    await lock.release()
  })

  it('asks nobody for a password where the disk is not there', async () => {
    rmSync(asked, { force: true })
    renameSync(join(home.path, 'disk'), join(home.path, 'elsewhere'))
    const { stdout } = await backup()
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.stringMatching(/^(disk|vault)-absent$/) } })
    expect(existsSync(asked)).toBe(false)
    expect(requests()).toEqual([])
    renameSync(join(home.path, 'elsewhere'), join(home.path, 'disk'))
  })
})
