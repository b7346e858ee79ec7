/** The app as a person has it: the real server in a folder of its own, and a window of Chromium on it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'
import type { Mount } from '../../src/api/desktop/volumes.ts'
import { type ScreensOptions, type ServedScreens, serveScreens } from '../../src/api/screens.ts'
import { patience, until } from '../fixtures/patience.ts'
import { type BrowserOptions, type StartedBrowser, startBrowser } from '../viewer/page/browsers.ts'
import { goTo, polled, resize, settled } from '../viewer/page/settled.ts'
import { unfitting } from './fit.ts'

export interface AppWindow {
  readonly page: Page
  readonly screens: ServedScreens
  /** Where everything of this test lies. */
  readonly folder: string
  /** Plugs in a disk: a folder that is a volume from now on. Answers its path. */
  plugIn(name: string): string
  /** Takes the volume away; what is on it stays for the next time. */
  pull(name: string): void
  /** Waits until these words are seen. */
  sees(words: string, within?: string): Promise<void>
  /** Clicks the button, link, tick or choice with these words. */
  press(words: string, within?: string): Promise<void>
  fill(label: string, text: string): Promise<void>
  go(route: string): Promise<void>
  text(selector?: string): Promise<string>
  /** As soon as nothing is loading: everything fits a small window, and `inspectLoading`. */
  inspect(name: string): Promise<void>
  /** No violation of axe's, light and dark; and pictures in both, where a folder for them is named. Also while something is loading. */
  inspectLoading(name: string): Promise<void>
  close(): Promise<void>
}

/** Where pictures of every screen go, for people to look at. */
const pictures = process.env.LIFEBOAT_PICTURES

export async function openWindow(
  options: ScreensOptions = {},
  language = 'en',
  browserOptions: BrowserOptions = {},
): Promise<AppWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-ui-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  const before = { home: process.env.HOME, lifeboat: process.env.LIFEBOAT_HOME }
  process.env.HOME = home
  process.env.LIFEBOAT_HOME = join(folder, 'settings')
  const volumes = new Map<string, Mount>()
  const away = join(folder, 'drawer')
  mkdirSync(away)
  const screens = await serveScreens(0, { mounts: async () => [...volumes.values()], open: () => true, ...options })
  const started: StartedBrowser = await startBrowser('chromium', browserOptions)
  const page = await started.newPage()
  await page.evaluateOnNewDocument((wanted) => localStorage.setItem('lifeboat-language', wanted), language)
  await page.setViewport({ width: 1280, height: 900 })
  await page.goto(screens.served.url)
  await page.waitForSelector('h1')
  const { renameSync, existsSync } = await import('node:fs')

  const window: AppWindow = {
    ...{ page, screens, folder },
    plugIn(name) {
      const path = join(folder, 'media', name)
      if (existsSync(join(away, name))) {
        mkdirSync(join(folder, 'media'), { recursive: true })
        renameSync(join(away, name), path)
      } else mkdirSync(path, { recursive: true })
      volumes.set(name, { path, label: name, kind: 'external', fileSystem: 'exfat' })
      return path
    },
    pull(name) {
      const path = join(folder, 'media', name)
      renameSync(path, join(away, name))
      volumes.delete(name)
    },
    async sees(words, within = 'body') {
      const seen = await page
        .waitForFunction(
          (where, what) => [...document.querySelectorAll<HTMLElement>(where)].some((element) => element.innerText.includes(what)),
          polled,
          within,
          words,
        )
        .then(
          () => words,
          async () => (await window.text('body')).replaceAll(/\s+/g, ' '),
        )
      expect(seen).toContain(words)
    },
    async press(words, within = 'body') {
      // Not in a function that the page itself repeats: what is pressed may lead to another page.
      const isPressed = () => page.evaluate(pressed, words, within).catch(() => false)
      await until(isPressed, `"${words}" to press`).catch(async (error: unknown) => {
        throw new Error(`Nothing that can be pressed says "${words}". There is: ${await window.text('body')}`, { cause: error })
      })
    },
    async fill(label, text) {
      await page.waitForFunction(reached, polled, label)
      await page.keyboard.press('Backspace')
      await page.keyboard.type(text)
      await page.waitForFunction((what) => (document.activeElement as HTMLInputElement | null)?.value === what, polled, text)
    },
    go: (route) => goTo(page, `/#/${route}`),
    text: (selector = 'main') => page.$eval(selector, (element) => (element as HTMLElement).innerText),
    async inspect(name) {
      await settled(page)
      expect(await unfitting(page), name).toEqual([])
      await window.inspectLoading(name)
    },
    async inspectLoading(name) {
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: theme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ])
        await page.evaluate(axe.source)
        const found = await page.evaluate(async () => await (globalThis as unknown as { axe: typeof axe }).axe.run())
        const words = found.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
        )
        expect(words, `${name}, ${theme}`).toEqual([])
        if (pictures) await takePictures(page, theme, join(pictures, `${name}-${theme}`))
      }
      await page.emulateMediaFeatures([])
    },
    async close() {
      await started.stop()
      await screens[Symbol.asyncDispose]()
      process.env.HOME = before.home
      if (before.lifeboat === undefined) delete process.env.LIFEBOAT_HOME
      else process.env.LIFEBOAT_HOME = before.lifeboat
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return window
}

/**
 * Runs in the page. Presses as a person does what says these words, lies open to the pointer and can be pressed; in one step,
 * so that nothing moves between looking and pressing. Where it leads to another screen, that one is there afterwards.
 * False: there is none yet.
 */
async function pressed(words: string, within: string): Promise<boolean> {
  const all = [...document.querySelectorAll<HTMLElement>(`${within} :is(button, a, summary, label)`)]
  const isDisabled = (one: HTMLElement) => {
    const control = one instanceof HTMLLabelElement ? one.control : one
    return (control as HTMLInputElement | null)?.disabled === true || one.ariaDisabled === 'true'
  }
  const own = all.filter((one) => one.offsetParent !== null)
  // Where what says just these words cannot be pressed yet, something else that says more is not meant.
  const found = own.find((one) => one.innerText.trim() === words) ?? own.find((one) => one.innerText.includes(words))
  if (!found || isDisabled(found)) return false
  found.scrollIntoView({ block: 'center', behavior: 'instant' })
  const { left, top, width, height } = found.getClientRects()[0] ?? new DOMRect()
  const hit = document.elementFromPoint(left + width / 2, top + height / 2)
  if (!hit || !found.contains(hit)) return false
  const { hash } = location
  // The page listens, too, and began to earlier: it shows the new screen by then.
  const arrived = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }))
  found.focus()
  found.click()
  if (location.hash !== hash) await arrived
  return true
}

/** Runs in the page: the field of that label has the focus, and all that is in it is chosen. False: there is none yet. */
function reached(label: string): boolean {
  const labels = [...document.querySelectorAll('label')].filter((one) => one.innerText.includes(label))
  const field = labels.map((one) => one.control).find((one) => one instanceof HTMLInputElement)
  if (!field || field.disabled) return false
  field.focus()
  field.select()
  return document.activeElement === field
}

const pictureWidths = [1280, 800, 320]

/** Also of the same screen in German, as far as its address names it: in a tab of its own, so that nothing that was typed is lost. */
async function takePictures(page: Page, theme: 'light' | 'dark', stem: string): Promise<void> {
  await takeOf(page, stem)
  await resize(page, { width: 1280, height: 900 })
  await inGerman(page, async (german) => {
    // The menu must not be seen sliding.
    await german.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ])
    await settled(german)
    await takeOf(german, `${stem}-de`)
  })
}

/** The same screen in German, as far as its address names it, in a tab of its own. */
export async function inGerman(page: Page, look: (german: Page) => Promise<void>): Promise<void> {
  const german = await page.browser().newPage()
  german.setDefaultTimeout(patience)
  await german.evaluateOnNewDocument(() => localStorage.setItem('lifeboat-language', 'de'))
  await german.goto(page.url())
  await look(german)
  await german.close()
  await page.bringToFront()
}

async function takeOf(page: Page, stem: string): Promise<void> {
  for (const width of pictureWidths) {
    // As tall as what there is: the frame scrolls inside.
    await resize(page, { width, height: 900 })
    const height = await page.evaluate(() => Math.max(900, (document.querySelector('main')?.scrollHeight ?? 0) + 80))
    await resize(page, { width, height: Math.min(height, 3_000) })
    writeFileSync(`${stem}-${width}.png`, await page.screenshot())
  }
}
