/** What comes out on paper: all of a list, all of a message, and nothing that can only be pressed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { until } from '../../fixtures/patience.ts'
import { browserMissing, browserNames } from './browsers.ts'
import { bulkMessages, writeFamilyVault } from './family.ts'
import { Person } from './person.ts'
import { polled, resize } from './settled.ts'

for (const name of browserNames) {
  describeUnless(browserMissing(name), `printing in ${name}`, () => {
    let vault: string
    let person: Person
    let page: Page

    beforeAll(async () => {
      vault = mkdtempSync(join(tmpdir(), 'lifeboat-print-'))
      await writeFamilyVault(vault, 'odd')
      person = await Person.opening(name, vault)
      page = person.page
    })
    afterAll(async () => {
      await person?.leave()
      rmSync(vault, { recursive: true, force: true })
    })

    /** As the browser says it, before it lays the page out for paper and once it has. */
    const says = (what: 'beforeprint' | 'afterprint') => page.evaluate((event) => dispatchEvent(new Event(event)), what)
    const rows = (wanted: number) =>
      page.waitForFunction((count) => document.querySelectorAll('.option').length === count, polled, wanted)

    it('prints every row of a list, up to a number that is said', async () => {
      await person.go('mail')
      await person.sees('.option', 'Your order has been shipped')
      await says('beforeprint')
      await rows(2_000)
      await person.sees('.virtual', `and ${(bulkMessages + 4 - 2_000).toLocaleString('en-GB')} more`)
      await says('afterprint')
      await page.waitForFunction(() => document.querySelectorAll('.option').length < 40, polled)
    })

    it('prints all of a formatted message, however wide the window is', async () => {
      await resize(page, { width: 1900, height: 900 })
      await person.go('mail?doc=0')
      const frame = await page.waitForSelector('iframe[data-loaded="true"]')
      const fits = () =>
        frame?.evaluate((element) => {
          const { contentDocument, clientHeight, clientWidth } = element as HTMLIFrameElement
          return { width: clientWidth, isWhole: (contentDocument?.documentElement.scrollHeight ?? 0) <= clientHeight }
        })
      await frame?.evaluate((element) => {
        ;(element as HTMLIFrameElement).contentDocument?.body.append('A long letter. '.repeat(2_000))
      })
      const wide = await until(async () => {
        const now = await fits()
        return now?.isWhole && now.width > 800 && now
      }, 'the whole letter in a wide window')
      await says('beforeprint')
      expect(await fits()).toEqual({ width: 640, isWhole: true })
      await says('afterprint')
      await expect.poll(async () => (await fits())?.width).toBe(wide.width)
    })

    it('shows the open message in the list again once the window is wide enough for both', async () => {
      await resize(page, { width: 500, height: 800 })
      await person.go(`mail?doc=${bulkMessages}`)
      await person.sees('.message h2', 'Bulk message')
      await resize(page, { width: 1280, height: 800 })
      await page.waitForSelector('.option[aria-selected="true"]')
    })

    // Firefox cannot be told to show a page as printed.
    if (name !== 'chromium') return

    const onPaper = async (route: string, look: () => Promise<void>) => {
      await resize(page, { width: 700, height: 900 })
      await person.go(route)
      await page.emulateMediaType('print')
      await look()
      await page.emulateMediaType()
    }
    const buttons = () =>
      page.$$eval('main :is(button, .button)', (all) => all.filter((one) => one.getClientRects().length > 0).length)

    it('leaves no empty pages behind a list', async () => {
      await onPaper('mail', async () => {
        await person.sees('.option', 'Your order has been shipped')
        await says('beforeprint')
        await rows(2_000)
        const empty = () =>
          page.$eval('.virtual', (list) => {
            const last = list.querySelector('.option:last-of-type')
            return list.getBoundingClientRect().bottom - (last?.getBoundingClientRect().bottom ?? 0)
          })
        await expect.poll(empty).toBeLessThan(100)
        await says('afterprint')
      })
    })

    it('prints a contact and a message without what can only be pressed', async () => {
      await onPaper('contacts?doc=0', async () => {
        await person.sees('.contact-card', '+49 170 1234567')
        expect(await buttons()).toBe(0)
      })
      await onPaper('mail?doc=0', async () => {
        await person.sees('.message', 'Invoice 118.pdf')
        expect(await buttons()).toBe(0)
      })
    })

    it('prints the whole name of what takes place in a month', async () => {
      await onPaper('calendar?view=month&date=2026-11-20', async () => {
        await person.sees('.month', 'Weekly round')
        const cut = await page.$$eval(
          '.month .event',
          (all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length,
        )
        expect(cut).toBe(0)
      })
    })
  })
}
