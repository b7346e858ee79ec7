/** An account with things that cannot be fetched, and with things that a person does not want: from the list to all is well. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Home } from '../../src/api/desktop/contract.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type DavProxy, startDavProxy } from '../servers/dav-proxy.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { rcloneMissing, startRclone, type WebdavServer } from '../servers/webdav.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { type AppWindow, openWindow } from './window.ts'

describeUnless(browserMissing('chromium') ?? rcloneMissing() ?? radicaleMissing(), 'what is missing', () => {
  let app: AppWindow
  let server: WebdavServer
  let radicale: Radicale
  let proxy: DavProxy
  let silent: Server

  beforeAll(async () => {
    server = await startRclone()
    mkdirSync(join(server.files, 'Papers'))
    for (let at = 0; at < 30; at++) writeFileSync(join(server.files, 'Papers', `Paper ${at}.txt`), `Paper ${at}\n`)
    for (let at = 0; at < 12; at++) writeFileSync(join(server.files, 'Papers', `Locked ${at}.txt`), `Locked ${at}\n`)
    proxy = await startDavProxy({ target: server.url.replace(/\/$/, ''), user: server.user, password: server.password })
    radicale = await startRadicale()
    app = await openWindow()
    const { desktop } = app.screens
    await desktop.setEvery('never')
    await desktop.disks.use({ path: app.plugIn('BLUE'), name: 'Blue Disk' })
    const secret = (value: string) => ({ place: { kind: 'file' as const }, value })
    await desktop.app.addAccount({
      id: 'alice',
      connections: [
        { provider: 'dav', settings: { webdav: `${proxy.url}/`, user: server.user }, secret: secret(server.password) },
        { provider: 'dav', settings: { carddav: `${radicale.url}/`, user: radicale.user }, secret: secret(radicale.password) },
      ],
    })
    await app.page.reload()
    // A server that takes the call and says nothing.
    silent = createServer().listen(0, '127.0.0.1')
  })
  afterAll(async () => {
    await app?.close()
    await Promise.all([proxy?.stop(), server?.stop(), radicale?.stop()])
    silent?.close()
  })

  const ended = () => app.page.waitForSelector('.ended')
  const home = async () => (await fetchInPage('/api/home')) as Home
  const fetchInPage = (path: string) =>
    app.page.evaluate(async (where) => await (await fetch(where)).json(), path) as Promise<unknown>
  const isLocked = ({ method, path }: { method: string; path: string }) => method === 'GET' && path.includes('Locked')

  it('leaves out what the person does not want, and says that it may be taken in again', async () => {
    await app.go('account?id=alice')
    await app.sees('What is saved')
    await app.press('Contacts')
    await expect.poll(async () => await chosen()).toEqual(['files'])
    await app.sees('Choose at least one.')
    await app.inspect('account-services')
  })

  const chosen = async () =>
    ((await fetchInPage('/api/accounts')) as { connections: { services: string[] }[] }[]).flatMap(({ connections }) =>
      connections.flatMap(({ services }) => services),
    )

  it('says how many could not be saved, with the list and the reasons', async () => {
    proxy.trouble.answer = (asked) => (isLocked(asked) ? { status: 403, body: 'This file is locked by somebody.' } : null)
    await app.go('home')
    await app.press('Back up', '.disk-card')
    await ended()
    await app.sees('Finished; 12 items could not be saved.')
    await app.inspect('backup-gaps')
    await app.go('home')
    await app.sees('You would lose 12 items.')
    expect((await home()).verdict.level).toBe('attention')
    expect((await home()).accounts[0]?.services.map(({ service }) => service)).toEqual(['files'])
    await app.press('See what and why')
    await app.sees('What could not be saved yet')
    await app.sees('Locked 3.txt', '.missing-list')
    const lines = await app.page.$$eval('.missing-list li', (all) => all.map((line) => (line as HTMLElement).innerText))
    expect(lines).toHaveLength(12)
    for (const line of lines) expect(line).toMatch(/Locked \d+\.txt[\s\S]*403/)
    await app.inspect('missing')
  })

  it('tries again the missing ones only, and says what still is', async () => {
    proxy.trouble.answer = (asked) => (isLocked(asked) && asked.path.includes('Locked%207') ? { status: 403 } : null)
    writeFileSync(join(server.files, 'Papers', 'New.txt'), 'New\n')
    const before = (await home()).accounts[0]?.safeAsOf
    proxy.forget()
    await app.press('Try these again')
    await ended()
    await app.sees('1 item could still not be saved.')
    const asked = proxy.requests.filter(({ method }) => method === 'GET').map(({ path }) => decodeURIComponent(path))
    expect(new Set(asked)).toEqual(new Set(Array.from({ length: 12 }, (_, at) => `/Papers/Locked ${at}.txt`)))
    // What is new was not looked for, and so nothing is safe as of a later time.
    await app.go('home')
    await app.sees('You would lose 1 item.')
    expect((await home()).accounts[0]).toMatchObject({ safeAsOf: before, missing: 1 })
  })

  it('is at peace once nothing is missing', async () => {
    delete proxy.trouble.answer
    await app.press('Try again now')
    await ended()
    await app.sees('What was missing is saved now.')
    await app.go('home')
    await app.sees('Nothing is missing')
    await app.press('Back up', '.disk-card')
    await ended()
    await app.sees('1 new item')
  })

  it('says that it waits for the server while the server says nothing', async () => {
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const settings = { host: '127.0.0.1', port, security: 'none', user: 'x' }
    await app.screens.desktop.app.addAccount({
      ...{ id: 'slow@example.org', connections: [{ provider: 'imap', settings }] },
      secret: { place: { kind: 'file' }, value: 'x' },
    })
    const [disk] = (await home()).disks
    const job = app.screens.desktop.jobs.start({
      kind: 'backup',
      request: { vault: disk?.folder ?? '', accounts: ['slow@example.org'] },
    })
    await app.go(`progress?job=${job.id}`)
    await app.sees('Reaching the server of slow@example.org …')
    await app.inspect('progress-reaching')
    await app.press('Stop')
    await ended()
  })
})
