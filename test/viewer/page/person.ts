/** What a person does with the page: looks, goes somewhere, presses what bears some words, saves. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { until } from '../../fixtures/patience.ts'
import { type BrowserName, type StartedBrowser, startBrowser } from './browsers.ts'
import { goTo, polled, press } from './settled.ts'
import { type Watched, watch } from './watch.ts'

export class Person {
  readonly started: StartedBrowser
  readonly page: Page
  readonly watched: Watched

  private constructor(started: StartedBrowser, page: Page, watched: Watched) {
    this.started = started
    this.page = page
    this.watched = watched
  }

  /** Double-clicks START HERE.html; reads English. `timezone`: of the computer. */
  static async opening(name: BrowserName, vault: string, timezone?: string): Promise<Person> {
    const started = await startBrowser(name, { timezone })
    const page = await started.newPage()
    const watched = await watch(page)
    await page.setViewport({ width: 1280, height: 800 })
    await page.evaluateOnNewDocument(() => {
      try {
        localStorage.setItem('lifeboat-language', 'en')
      } catch {
        // A sandboxed frame has none.
      }
    })
    await page.goto(pathToFileURL(join(vault, 'START HERE.html')).href)
    return new Person(started, page, watched)
  }

  async leave(): Promise<void> {
    await this.started.stop()
  }

  async text(selector: string): Promise<string> {
    return await this.page.$eval(selector, (element) => (element as HTMLElement).innerText)
  }

  async texts(selector: string): Promise<string[]> {
    return await this.page.$$eval(selector, (elements) => elements.map((element) => (element as HTMLElement).innerText))
  }

  async sees(selector: string, words: string): Promise<void> {
    const seen = await this.page
      .waitForFunction(
        (where, what) => [...document.querySelectorAll<HTMLElement>(where)].some((element) => element.innerText.includes(what)),
        polled,
        selector,
        words,
      )
      .then(
        () => words,
        async () => (await this.texts(selector)).join('\n'),
      )
    expect(seen).toContain(words)
  }

  async go(route: string): Promise<void> {
    await goTo(this.page, `#/${route}`)
  }

  /** Clicks what bears these words. */
  async press(words: string, within = 'body'): Promise<void> {
    await press(this.page, `${within} :is(button, a, summary, .option)`, words)
  }

  async choose(label: string, value: string): Promise<void> {
    const selector = `select[aria-label="${label}"]`
    await this.page.waitForFunction(
      (where, what) => [...(document.querySelector<HTMLSelectElement>(where)?.options ?? [])].some((one) => one.value === what),
      polled,
      selector,
      value,
    )
    await this.page.select(selector, value)
  }

  /** What the browser saved under that name. */
  async saved(file: string): Promise<Buffer> {
    const { downloads } = this.started
    const octets = () => {
      const there = readdirSync(downloads)
      const isWhole = there.includes(file) && !there.some((name) => /\.(?:part|crdownload)$/.test(name))
      const found = isWhole ? readFileSync(join(downloads, file)) : Buffer.alloc(0)
      return found.length > 0 ? found : null
    }
    return await until(octets, `${file} in ${readdirSync(downloads).join(', ')}`)
  }

  async closeDialogs(): Promise<void> {
    await this.page.evaluate(() => {
      for (const dialog of [...document.querySelectorAll('dialog')].reverse()) dialog.close()
    })
    await this.noDialog()
  }

  async noDialog(): Promise<void> {
    await this.page.waitForFunction(() => !document.querySelector('dialog'), polled)
  }

  /** As a person presses it while a dialog is open: it goes to what has the focus. */
  async escape(): Promise<void> {
    await this.page.waitForFunction(() => document.querySelector('dialog:modal')?.contains(document.activeElement), polled)
    await this.page.keyboard.press('Escape')
    await this.noDialog()
  }

  /** The next choice of a folder gives this one: a dialog of the system's cannot be driven, what it answers can be told. */
  async offerFolder(folder: string): Promise<void> {
    await this.page.evaluate((known) => {
      const octets = new Map(known.map(([path, base64]) => [path, Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))]))
      const missing = (): never => {
        throw new DOMException('not there', 'NotFoundError')
      }
      const directory = (prefix: string): unknown => ({
        kind: 'directory',
        getDirectoryHandle: async (name: string) =>
          [...octets.keys()].some((path) => path.startsWith(`${prefix}${name}/`)) ? directory(`${prefix}${name}/`) : missing(),
        getFileHandle: async (name: string) => {
          const content = octets.get(prefix + name) ?? missing()
          return { kind: 'file', getFile: async () => new File([content], name) }
        },
      })
      Object.assign(window, { showDirectoryPicker: async () => directory('') })
    }, filesOf(folder))
  }
}

/** Path and content in base64 of everything in a vault but the viewer's data. */
export function filesOf(folder: string): (readonly [path: string, base64: string])[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.includes('viewer-'),
  )
  return files.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), readFileSync(path).toString('base64')] as const
  })
}
