/** Where a page has got to: tests go on only from what is there, never after a while. */
import type { Page } from 'puppeteer-core'
import { patience } from '../../fixtures/patience.ts'

/** Polled: nothing is painted in a tab behind another one. */
export const polled = { timeout: patience, polling: 50 }

/** Waits until the page shows what it has to show: nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('main h1') !== null && document.querySelector('.loading, [aria-busy="true"]') === null,
    polled,
  )
}

/** Goes to an address, and waits until what is there is shown. */
export async function goTo(page: Page, address: string): Promise<void> {
  const isThere = await page.evaluate(async (to) => {
    const wanted = new URL(to, location.href)
    if (wanted.href.split('#')[0] !== location.href.split('#')[0]) return false
    if (wanted.hash === location.hash) return true
    // The page listens, too, and began to earlier: it shows the new screen by then.
    const arrived = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }))
    location.assign(wanted)
    await arrived
    return true
  }, address)
  if (!isThere) await page.goto(new URL(address, page.url()).href)
  await settled(page)
}
