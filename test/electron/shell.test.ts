/** The main process and the preload script as they are, with real pages and real processes behind a stand-in for Electron. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { nodeFlags } from '../../build/launch.mjs'
import type { Home } from '../../src/api/desktop/contract.ts'
import { presets as davPresets } from '../../src/providers/dav/preset-table.ts'
import { presets as mailPresets } from '../../src/providers/imap/preset-table.ts'
import { recoveryPages } from '../../src/ui/parts/recovery-pages.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { until } from '../fixtures/patience.ts'
import { browserMissing, type StartedBrowser, startBrowser } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { type FakeWindow, type StandIn, standIn } from './stand-in.ts'

describeUnless(browserMissing('chromium'), 'the desktop shell', () => {
  let folder: string
  let started: StartedBrowser
  let electron: StandIn
  let window: FakeWindow
  let page: Page
  let ended = false
  const before = { HOME: process.env.HOME, LIFEBOAT_HOME: process.env.LIFEBOAT_HOME }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-shell-'))
    mkdirSync(join(folder, 'home'))
    process.env.HOME = join(folder, 'home')
    process.env.LIFEBOAT_HOME = join(folder, 'settings')
    started = await startBrowser('chromium')
    electron = await standIn(started.browser)
    vi.doMock('electron', () => electron.module)
    await import('../../electron/main.ts')
    electron.app.once('quit', () => (ended = true))
    page = await until(() => electron.noted.windows[0]?.page, 'the window')
    window = electron.noted.windows[0] as FakeWindow
  })
  afterAll(async () => {
    if (electron !== undefined && !ended) {
      ;(electron.module['app'] as { quit(): void }).quit()
      await until(() => ended, 'the end')
    }
    await electron?.stop()
    await started?.stop()
    Object.assign(process.env, before)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const sees = async (words: string) => {
    const seen = await page
      .waitForFunction((what) => document.body.innerText.includes(what), polled, words)
      .then(
        () => words,
        () => page.evaluate(() => document.body.innerText),
      )
    expect(seen).toContain(words)
  }

  it('opens its own screens in a window that has no more power than a browser', async () => {
    await sees('Your mail and memories, on a disk that is yours')
    expect(window.loads).toEqual(['app://lifeboat/'])
    expect(electron.noted.sandboxed).toBe(true)
    expect(electron.noted.appId).toBe('app.lifeboat')
    expect(window.options.webPreferences).toMatchObject({
      ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, nodeIntegrationInWorker: false },
      ...{ webSecurity: true, allowRunningInsecureContent: false, webviewTag: false },
      preload: expect.stringMatching(/electron[\\/]preload\.cjs$/),
    })
    expect(electron.noted.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
    ])
  })

  it('answers every page with a strict policy, and nobody but its own pages', async () => {
    const ask = (url: string, headers: Record<string, string> = {}) => electron.noted.handler?.(new Request(url, { headers }))
    const own = await ask('app://lifeboat/')
    expect(own?.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect((await ask('app://lifeboat/api/home'))?.status).toBe(200)
    expect((await ask('app://evil/api/home'))?.status).toBe(403)
    expect((await ask('app://lifeboat/api/home', { origin: 'https://evil.example' }))?.status).toBe(403)
    expect((await ask('app://lifeboat/api/home', { origin: 'null' }))?.status).toBe(403)
  })

  it('gives the page nothing but picking a folder', async () => {
    electron.noted.picked = '/media/usb'
    const shell = await page.evaluate(async () => {
      const { lifeboat } = globalThis as unknown as { lifeboat: { pickFolder(): Promise<string | null> } }
      return {
        names: Object.keys(lifeboat),
        folder: await lifeboat.pickFolder(),
        node: typeof (globalThis as { process?: unknown }).process,
      }
    })
    expect(shell).toEqual({ names: ['pickFolder'], folder: '/media/usb', node: 'undefined' })
    const other = await electron.noted.ipc.get('pick-folder')?.({ senderFrame: { url: 'https://evil.example/' } })
    expect(other).toBeNull()
    electron.noted.picked = null
  })

  it('lets no page lead the window away', async () => {
    for (const url of ['https://example.com/', 'http://127.0.0.1:9/', 'file:///etc/passwd']) {
      await page.evaluate((target) => location.assign(target), url).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,}\/(?:#.*)?$/)
    }
    await sees('Your mail and memories')
  })

  it('opens providers’ own pages outside, and nothing else', () => {
    const open = (url: string) => window.webContents.openHandler?.({ url })?.action
    // Every page that the screens link to.
    const linked = (text: string) => text.match(/https:\/\/[^\s()]+[^\s,().]/g) ?? []
    const pages = [...mailPresets, ...davPresets].flatMap(({ helpUrl, steps }) => [helpUrl, ...steps.flatMap(linked)])
    pages.push(...recoveryPages.map((recovery) => recovery.page))
    expect(pages.length).toBeGreaterThan(35)
    const wanted = ['https://myaccount.google.com/apppasswords', ...pages]
    const refused = [
      ...['http://google.com/', 'https://google.com.evil.example/', 'https://evilgoogle.com/', 'https://a@google.com/'],
      ...['file:///etc/passwd', 'javascript:alert(1)', 'smb://host/share', 'ms-settings:', 'https://example.com/', 'nonsense'],
    ]
    for (const url of [...wanted, ...refused]) expect([url, open(url)]).toEqual([url, 'deny'])
    expect(electron.noted.opened).toEqual(wanted)
  })

  it('opens files of the disk in a window of their own, with no more power than a browser and nothing of ours', () => {
    const open = (url: string) =>
      window.webContents.openHandler?.({ url }) as { readonly action: string; readonly overrideBrowserWindowOptions?: object }
    for (const url of ['app://lifeboat/disk/1/data/a.pdf', 'blob:app://lifeboat/6d3c']) {
      const { action, overrideBrowserWindowOptions } = open(url)
      expect([url, action]).toEqual([url, 'allow'])
      expect(overrideBrowserWindowOptions).toMatchObject({
        webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false },
      })
      expect(JSON.stringify(overrideBrowserWindowOptions)).not.toContain('preload')
    }
    const refused = ['app://lifeboat/', 'app://lifeboat/api/home', 'app://evil/disk/1/a.pdf', 'blob:https://evil.example/6d3c']
    for (const url of refused) expect([url, open(url).action]).toEqual([url, 'deny'])
  })

  it('grants copying to its own pages, and no other permission to anybody', () => {
    const ask = (url: string, permission: string) => {
      let answer: boolean | null = null
      electron.noted.permissionRequest?.({ getURL: () => url }, permission, (granted) => {
        answer = granted
      })
      return answer
    }
    expect(ask('app://lifeboat/#/settings', 'clipboard-sanitized-write')).toBe(true)
    expect(ask('https://evil.example/', 'clipboard-sanitized-write')).toBe(false)
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'fileSystem', 'clipboard-read', 'usb'])
      expect([permission, ask('app://lifeboat/', permission)]).toEqual([permission, false])
    expect(electron.noted.permissionCheck?.(null, 'clipboard-sanitized-write', 'app://lifeboat/')).toBe(true)
    expect(electron.noted.permissionCheck?.(null, 'midi', 'app://lifeboat/')).toBe(false)
  })

  it('lets a web view in nowhere', () => {
    let prevented = false
    window.webContents.emit('will-attach-webview', { preventDefault: () => (prevented = true) })
    expect(prevented).toBe(true)
  })

  it('runs the engine in processes of its own, from the window', async () => {
    await page.evaluate(() => {
      const all = [...document.querySelectorAll('button')]
      all.find((button) => button.innerText.includes('practice account'))?.click()
    })
    await sees('Finished. Everything is saved.')
    for (const process of [/[\\/]process\.ts$/, /[\\/]look-process\.ts$/])
      expect(electron.noted.forked.map(({ path }) => path)).toContainEqual(expect.stringMatching(process))
    // As small as that of the command.
    for (const { v8Flags } of electron.noted.forked)
      expect(nodeFlags).toEqual(['--disable-warning=ExperimentalWarning', ...v8Flags])
  })

  it('shows in the tray what was last and next, and does the usual things', async () => {
    const labels = () => electron.noted.menus.at(-1)?.map(({ label, type }) => label ?? type) ?? []
    await expect.poll(() => labels().join('|')).toContain('Back up now (Practice account)')
    await expect.poll(() => labels()[0]).toMatch(/^Safe up to: \d/)
    expect(labels()).toEqual(expect.arrayContaining(['Pause until tomorrow', 'Open Lifeboat', 'Quit']))
    const click = (label: string) =>
      electron.noted.menus
        .at(-1)
        ?.find((item) => item.label === label)
        ?.click?.(...([] as unknown as [never, never, never]))
    click('Pause until tomorrow')
    await expect.poll(labels).toContain('Go on')
    click('Go on')
    await expect.poll(labels).toContain('Pause until tomorrow')
  })

  it('comes to the front when it is started a second time', () => {
    const { shown } = window
    electron.app.emit('second-instance', {}, ['lifeboat'])
    expect(window.shown).toBeGreaterThan(shown)
    expect(electron.noted.windows).toHaveLength(1)
  })

  it('takes a mail file that is opened with it to the first step, with the file filled in', async () => {
    const file = join(folder, 'Old mail.mbox')
    writeFileSync(file, '')
    electron.app.emit('second-instance', {}, ['lifeboat', '--some-flag', file])
    await sees('A copy that I already have')
    const paths = () => page.$$eval('input.field', (fields) => fields.map((field) => field.value))
    expect(await paths()).toContain(file)
    await page.evaluate(() => location.assign('#/home'))
    // In a terminal somebody is in a folder of their own.
    electron.app.emit('second-instance', {}, ['lifeboat', 'Old mail.mbox'], folder)
    await sees('A copy that I already have')
    expect(await paths()).toContain(file)
    await page.evaluate(() => location.assign('#/home'))
    electron.app.emit('open-file', { preventDefault: () => undefined }, file)
    await sees('A copy that I already have')
    const { length } = window.loads
    electron.app.emit('second-instance', {}, ['lifeboat', join(folder, 'missing.mbox')])
    electron.app.emit('open-file', { preventDefault: () => undefined }, join(folder, 'page.html'))
    expect(window.loads).toHaveLength(length)
  })

  it('says nothing while all is well', async () => {
    const { remindersOf } = await import('../../electron/reminders.ts')
    const response = await electron.noted.handler?.(new Request('app://lifeboat/api/home'))
    expect(remindersOf((await response?.json()) as Home)).toEqual([])
    expect(electron.noted.notifications).toEqual([])
  })

  it('ends only after its work has come to a safe point', async () => {
    const { quit } = electron.module['app'] as { quit(): void }
    quit()
    expect(ended).toBe(false)
    // Nor by who is impatient.
    quit()
    expect(ended).toBe(false)
    await expect.poll(() => ended).toBe(true)
  })
})
