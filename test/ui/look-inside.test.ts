/** Looking inside a disk from the app: there and back, at once, and when the disk is pulled on the way. */
import type { HTTPRequest } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { settled } from '../viewer/page/settled.ts'
import { openBackedUp } from './backed-up.ts'
import { intercepting } from './intercepting.ts'
import type { AppWindow } from './window.ts'

describeUnless(browserMissing('chromium'), 'looking inside', () => {
  let app: AppWindow
  beforeAll(async () => {
    app = await openBackedUp()
    await app.go('home')
  })
  afterAll(() => app?.close())

  /** The page itself would be there before anybody could look: the server has no content for it yet, and the app stays. */
  const pressAndStay = async (within: string) => {
    await app.page.waitForSelector('.verdict')
    const asked = Promise.withResolvers<void>()
    const stay = (request: HTTPRequest) => {
      if (!request.url().includes('/browse?')) return false
      void request.respond({ status: 204 }).then(asked.resolve, asked.reject)
      return true
    }
    await intercepting(app.page, stay, async () => {
      await app.press('Look inside', within)
      await asked.promise
    })
  }

  it('answers the click with what was seen on the disk last, before the page that opens it is there', async () => {
    await app.sees('72 messages')
    await pressAndStay('.side')
    await app.sees('What is on this disk', '.opening')
    await app.sees('72 messages', '.opening .tile')
    expect(await app.page.$eval('.side [aria-current="page"]', (link) => link.textContent)).toBe('Look inside')
    await app.inspectLoading('opening')
    await app.press('Settings', '.side')
    await app.sees('Disks')
    expect(await app.page.$('.opening')).toBeNull()
  })

  it('leads back to where one was, by the way back and by the browser itself', async () => {
    await app.go('proof')
    await app.press('Look inside', '.side')
    await app.page.waitForSelector('.way-back')
    await settled(app.page)
    await app.page.goBack()
    await app.sees('Prove it now')
    await app.page.goForward()
    await app.page.waitForSelector('.way-back')
    await settled(app.page)
    await app.press('Home', '.side')
    await app.page.waitForSelector('.verdict')
  })

  it('says what to do when the disk is pulled meanwhile, and goes on when it is back', async () => {
    await app.press('Look inside', '.side')
    await app.page.waitForSelector('.way-back')
    await settled(app.page)
    app.pull('BLUE')
    await app.press('Contacts', '.side')
    await app.sees('This cannot be read from the disk just now')
    await app.sees('Is the disk plugged in?')
    const said = await app.text('body')
    for (const word of ['lifeboat viewer', 'START HERE', 'damaged']) expect(said).not.toContain(word)
    await app.inspect('browse-pulled')
    await app.press('Try again')
    await app.sees('"Blue Disk" is not plugged in.', '.closed')
    app.plugIn('BLUE')
    await app.press('Try again', '.closed')
    await app.page.waitForSelector('.panes .option')
    expect(await app.text('.pane.list h1')).toBe('Contacts')
  })
})
