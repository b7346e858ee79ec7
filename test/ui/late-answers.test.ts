/** What a person does before the window has heard how things stand now: nothing is mixed up with how they stood before. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HTTPRequest } from 'puppeteer-core'
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

  it('leads on from the start with an account or a disk that is removed meanwhile, and from its address afterwards', async () => {
    const { desktop } = app.screens
    const [disk] = (await desktop.home()).disks
    const isGone = async () => {
      await app.sees('That is not there', 'h1')
      await app.inspect('begin-not-there')
      await app.press('Set up in three steps')
      await app.sees('Which account?', 'h1')
    }
    await desktop.app.addAccount({ id: 'brief', connections: [{ provider: 'archive', settings: { path: documents } }] })
    const address = `begin?${new URLSearchParams({ step: 'start', account: 'brief', disk: disk?.id ?? '' })}`
    await app.go(address)
    await app.sees('brief goes to “Blue Disk”.')
    await desktop.removeAccount('brief')
    await isGone()
    await app.go(address)
    await isGone()
    await app.page.reload()
    await app.go(`begin?${new URLSearchParams({ step: 'start', account: 'papers', disk: 'none' })}`)
    await isGone()
  })

  it('says what the answer was where it cannot tell whether an account is still there', async () => {
    await app.go('home')
    const refused = (request: HTTPRequest) => {
      if (!request.url().endsWith('/api/home')) return false
      const failure = { code: 'bug', title: '', message: 'The settings cannot be read.', advice: '' }
      void request.respond({ status: 500, contentType: 'application/json', body: JSON.stringify(failure) })
      return true
    }
    await intercepting(app.page, refused, async () => {
      await app.go(`begin?${new URLSearchParams({ step: 'start', account: 'nobody' })}`)
      await app.sees('The settings cannot be read.', 'main .failure')
    })
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
