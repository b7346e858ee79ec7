/** What a person does with the page: looks, goes somewhere, presses what bears some words, saves. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { type BrowserName, type StartedBrowser, startBrowser } from './browsers.ts'
import { type Watched, watch } from './watch.ts'

/** Polled: nothing is painted in a tab behind another one. */
const patience = { timeout: 30_000, polling: 50 }

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
    const page = await started.browser.newPage()
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
    await this.page.waitForFunction(
      (where, what) => [...document.querySelectorAll<HTMLElement>(where)].some((element) => element.innerText.includes(what)),
      patience,
      selector,
      words,
    )
    expect((await this.texts(selector)).join('\n')).toContain(words)
  }

  async go(route: string): Promise<void> {
    await this.page.evaluate((hash) => location.assign(hash), `#/${route}`)
    await this.page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('.loading'), patience)
  }

  /** Clicks what bears these words. */
  async press(words: string, within = 'body'): Promise<void> {
    await this.sees(`${within} :is(button, a, summary, .option)`, words)
    await this.page.evaluate(
      (what, where) => {
        const all = [...document.querySelectorAll<HTMLElement>(`${where} :is(button, a, summary, .option)`)]
        all.find((element) => element.innerText.includes(what))?.click()
      },
      words,
      within,
    )
  }

  async choose(label: string, value: string): Promise<void> {
    await this.page.select(`select[aria-label="${label}"]`, value)
  }

  /** What the browser saved under that name. */
  async saved(file: string): Promise<Buffer> {
    const { downloads } = this.started
    for (const end = Date.now() + patience.timeout; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 30))) {
      if (readdirSync(downloads).includes(file) && readFileSync(join(downloads, file)).length > 0)
        return readFileSync(join(downloads, file))
    }
    throw new Error(`${file} was not saved; there is: ${readdirSync(downloads).join(', ')}`)
  }

  /** A dialog that was only just rendered is not open yet, so that closing it once may come too early. */
  async closeDialogs(): Promise<void> {
    await this.page.waitForFunction(() => {
      const dialogs = [...document.querySelectorAll('dialog')]
      for (const dialog of dialogs.reverse()) dialog.close()
      return dialogs.length === 0
    })
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
