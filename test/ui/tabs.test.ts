/** Many tabs on one server: a browser opens six connections to it at most, and no tab may wait for another. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { patience } from '../fixtures/patience.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { openBackedUp } from './backed-up.ts'
import type { AppWindow } from './window.ts'

/** More than the browser has connections for. */
const count = 8

describeUnless(browserMissing('chromium'), 'many tabs', () => {
  let app: AppWindow
  const tabs: Page[] = []
  /** Streams of events that are open, by the tab that opened them. */
  const streams = new Map<string, Page>()

  beforeAll(async () => {
    app = await openBackedUp()
  })
  afterAll(() => app?.close())

  async function open(): Promise<void> {
    const page = await app.page.browser().newPage()
    page.setDefaultTimeout(patience)
    tabs.push(page)
    const session = await page.createCDPSession()
    await session.send('Network.enable')
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (request.url.endsWith('/api/events')) streams.set(requestId, page)
    })
    for (const over of ['Network.loadingFinished', 'Network.loadingFailed'] as const)
      session.on(over, ({ requestId }) => void streams.delete(requestId))
    await page.goto(`http://127.0.0.1:${app.screens.served.port}/`)
    await page.waitForSelector('.verdict')
  }
  const seesPerson = (page: Page, name: string) =>
    page.waitForFunction((words) => document.querySelector('main')?.innerText.includes(words), polled, name)

  it('all answer, and one stream of events serves them all', async () => {
    // The first window does not count: it is closed, so that the tabs are alone.
    await app.page.goto('about:blank')
    for (let at = 0; at < count; at++) await open()
    await expect.poll(() => streams.size).toBe(1)
    await app.screens.desktop.setPerson('papers', 'Anna')
    for (const tab of tabs) await seesPerson(tab, 'Anna')
    expect(streams.size).toBe(1)
  })

  it('all see what runs and how it ends', async () => {
    for (const tab of tabs) {
      await tab.evaluate(() => location.assign('#/progress'))
      await tab.waitForSelector('h1')
    }
    const [disk] = (await app.screens.desktop.home()).disks
    app.screens.desktop.jobs.start({ kind: 'verify', request: { vault: disk?.folder ?? '' } })
    // Until the check has begun, a tab shows how the backup before it ended.
    const verdict = (tab: Page) => tab.evaluate(() => document.querySelector('.end-verdict')?.textContent)
    for (const tab of tabs) await expect.poll(() => verdict(tab)).toBe('The disk is in order.')
  })

  it('go on when the tab that reads the events is closed', async () => {
    for (const tab of tabs) await tab.evaluate(() => location.assign('#/home'))
    const [reader] = streams.values()
    await reader?.close()
    tabs.splice(tabs.indexOf(reader as Page), 1)
    await expect.poll(() => [...streams.values()].filter((page) => tabs.includes(page))).toHaveLength(1)
    await app.screens.desktop.setPerson('papers', 'Berta')
    for (const tab of tabs) await seesPerson(tab, 'Berta')
  })

  it('speak several languages without a quarrel about the one of the tray', async () => {
    const { desktop } = app.screens
    const told = vi.spyOn(desktop, 'changeSettings')
    const german = await app.page.browser().newPage()
    german.setDefaultTimeout(patience)
    await german.evaluateOnNewDocument(() => localStorage.setItem('lifeboat-language', 'de'))
    await german.goto(`http://127.0.0.1:${app.screens.served.port}/`)
    tabs.push(german)
    await expect.poll(async () => (await desktop.home()).settings.language).toBe('de')
    for (const name of ['Carla', 'Dora']) {
      await desktop.setPerson('papers', name)
      for (const tab of tabs) await seesPerson(tab, name)
    }
    expect(told.mock.calls).toEqual([[{ language: 'de' }]])
  })
})
