/** The very first minutes: with the practice account, from nothing to proven. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled, settled } from '../viewer/page/settled.ts'
import { intercepting } from './intercepting.ts'
import { type AppWindow, openWindow } from './window.ts'

describeUnless(browserMissing('chromium'), 'the first run', () => {
  let app: AppWindow
  beforeAll(async () => {
    app = await openWindow()
  })
  afterAll(() => app.close())

  it('says what would be lost, and offers three ways to begin', async () => {
    await app.sees('Your mail and memories, on a disk that is yours')
    await app.inspect('welcome')
  })

  it('backs up the practice account, and shows how far it is', async () => {
    await app.press('Try it with a practice account')
    await app.sees('Finished. Everything is saved.')
    await app.inspect('backup-done')
  })

  it('answers the question of Home', async () => {
    await app.press('Home')
    await app.sees('You would keep everything up to')
    await app.sees('Nothing is missing')
    await app.inspect('home-never-proven')
  })

  it('proves it, and Home turns green', async () => {
    await app.press('Prove it')
    await app.inspect('proof')
    await app.press('Prove it now')
    await app.sees('Proven: it comes back.')
    await app.inspect('proof-done')
    await app.press('Home')
    await app.sees('You would lose nothing.')
    expect(await app.page.$eval('.verdict', (element) => element.className)).toContain('good')
    await app.inspect('home-good')
  })

  it('looks inside with the offline viewer itself', async () => {
    await app.press('Look inside', '.verdict')
    // The answer to the click has the same heading.
    await app.sees('Everything here is from your accounts')
    await app.inspect('browse')
    await readingSlowly(app.page, async () => {
      await app.page.evaluate(() => location.assign('#/mail'))
      await app.page.waitForSelector('.list[aria-busy="true"] .option')
      await app.inspectLoading('browse-mail-loading')
      // What is there already can be chosen already, and whoever is in the list stays there.
      await app.page.focus('.virtual')
      await app.page.keyboard.press('ArrowDown')
      await app.page.keyboard.press('Enter')
      expect(await app.page.evaluate(() => location.hash)).toContain('doc=')
      expect(await app.page.$('.message')).toBeNull()
    })
    await settled(app.page)
    await app.page.waitForSelector('.message h2')
    const active = await app.page.evaluate(() => document.activeElement?.getAttribute('aria-activedescendant'))
    expect(await app.page.$eval('.option[aria-posinset="2"]', ({ id }) => id)).toBe(active)
    await app.inspect('browse-mail')
    await app.press('Home', '.side')
    await app.sees('You would lose nothing.')
  })

  for (const screen of [
    'settings',
    'lockout',
    'collect',
    'restore',
    'missing',
    'begin',
    'begin?step=disk',
    'begin?step=have',
    'progress',
  ]) {
    it(`has the screen ${screen}`, async () => {
      await app.go(screen)
      await app.inspect(`screen-${screen.replaceAll(/\W/g, '-')}`)
    })
  }

  it('says what is still to be filled in where somebody sets up by hand', async () => {
    await app.go('home')
    await app.go('begin')
    await app.press('Set it up by hand')
    const signIn = () => app.press('Sign in', '.connect-form')
    const isTyped = (kind: string) =>
      [...document.querySelectorAll('input')].some((field) => field.value === 'tgxe 5 zq' && field.type === kind)
    await signIn()
    await app.sees('Name at least one server.')
    await app.fill('Mail server', 'mail.example.org')
    await signIn()
    await app.sees('Fill in the user name.')
    await app.fill('User name', 'anna')
    await app.fill('Port', 'abc')
    await signIn()
    await app.sees('The port is a number, mostly 993.')
    await app.fill('Password', 'tgxe 5 zq')
    await app.press('Show', '.connect-form')
    await app.page.waitForFunction(isTyped, polled, 'text')
    await app.press('Hide', '.connect-form')
    await app.page.waitForFunction(isTyped, polled, 'password')
    await app.press('A copy that I already have')
    await app.press('Use this copy')
    await app.sees('Say where it lies.')
    await app.inspect('connect-by-hand')
    await app.fill('Where it lies', 'Papers')
    await app.press('Use this copy')
    await app.sees('It is not clear where “Papers” is.')
  })
})

/** Meanwhile nothing more comes from the disk; afterwards all of it. */
async function readingSlowly(page: Page, look: () => Promise<void>): Promise<void> {
  const held: string[] = []
  await intercepting(
    page,
    (request) => request.url().includes('/disk/') && held.push(request.url()) > 0,
    async () => {
      await look()
      expect(held).not.toEqual([])
    },
  )
}
