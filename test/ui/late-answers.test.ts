/** What a person does before the window has heard how things stand now: nothing is mixed up with how they stood before. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { intercepting } from './intercepting.ts'
import { type AppWindow, openWindow } from './window.ts'

const documents = join(fileURLToPath(new URL('../../assets/sample-account', import.meta.url)), 'Documents')

describeUnless(browserMissing('chromium'), 'a window that hears late how things stand', () => {
  let app: AppWindow
  beforeAll(async () => {
    app = await openWindow()
    await app.screens.desktop.setEvery('never')
  })
  afterAll(() => app?.close())

  /** It does not hear meanwhile. */
  const unheard = (work: () => Promise<void>) => intercepting(app.page, (request) => request.url().endsWith('/api/home'), work)

  it('leads on from the account to the disk and to the start, with what was set up just now', async () => {
    app.plugIn('RED')
    app.plugIn('BLUE')
    await app.go('home')
    await app.sees('Your mail and memories')
    await unheard(async () => {
      await app.go(`begin?${new URLSearchParams({ step: 'account', copy: documents })}`)
      await app.fill('Name of the account', 'papers')
      await app.press('Use this copy')
      await app.press('BLUE')
      await app.fill('What do you call it?', 'Blue Disk')
      await app.press('Use this disk')
      await app.sees('Ready', 'h1')
    })
    await app.sees('Everything in papers goes to “Blue Disk”.')
  })

  it('tells the tray the language that was chosen last', async () => {
    const told = async () => (await app.screens.desktop.home()).settings.language
    await app.go('settings')
    await expect.poll(told).toBe('en')
    await unheard(async () => {
      for (const language of ['de', 'en']) {
        await app.page.select('main select:has(option[value="de"])', language)
        await expect.poll(told).toBe(language)
      }
    })
  })
})
