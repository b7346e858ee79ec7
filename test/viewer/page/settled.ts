/** Where a page has got to: tests go on only from what is there, never after a while. */
import type { Page, Viewport } from 'puppeteer-core'
import { patience, until } from '../../fixtures/patience.ts'

/** Polled: nothing is painted in a tab behind another one. */
export const polled = { timeout: patience, polling: 50 }

/** Waits until the page shows what it has to show: nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    // The screen of an address that was gone to just now comes first.
    await new Promise((resolve) => setTimeout(resolve))
    return document.querySelector('main h1') !== null && document.querySelector('.loading, [aria-busy="true"]') === null
  }, polled)
}

/** Gives the window another size, and waits until the page has it. */
export async function resize(page: Page, viewport: Viewport): Promise<void> {
  await page.setViewport(viewport)
  await page.waitForFunction(
    (width, height) => innerWidth === width && innerHeight === height,
    polled,
    viewport.width,
    viewport.height,
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

/** Clicks what bears these words, as soon as it is there; in one step, so that nothing moves between looking and clicking. */
export async function press(page: Page, selector: string, words: string): Promise<void> {
  const click = (where: string, what: string): boolean => {
    const found = [...document.querySelectorAll<HTMLElement>(where)].find((element) => element.innerText.includes(what))
    found?.click()
    return found !== undefined
  }
  // Not in a function that the page itself repeats: what is pressed may lead to another page.
  await until(() => page.evaluate(click, selector, words), `"${words}" to press in ${selector}`)
}
