/** Measures START HERE.html in Chromium: `node measure-page.ts TASK`, both JSON, see `test/bench/page-figures.ts`. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'puppeteer-core'
import type { PageFigures, PageMemory, PageTask } from '../../bench/page-figures.ts'
import { startBrowser } from './browsers.ts'
import { rendererMemory } from './memory.ts'

async function measure({ vault, queries, opens }: PageTask): Promise<PageFigures> {
  const started = await startBrowser('chromium')
  try {
    const page = await started.newPage()
    await page.setViewport({ width: 1280, height: 800 })
    await page.evaluateOnNewDocument(noteFirstList)
    await page.goto(`${pathToFileURL(join(vault, 'START HERE.html')).href}#/mail?folder=all`)
    await page.waitForFunction(() => document.querySelector('.pane.list:not([aria-busy]) .option[aria-setsize]'), {
      timeout: 120_000,
    })
    const { firstList, wholeList, count } = await page.evaluate(() => ({
      firstList: window.firstList ?? 0,
      wholeList: performance.now(),
      count: Number(document.querySelector('.option')?.getAttribute('aria-setsize')),
    }))
    const list = await rendererMemory(started)
    const times: number[] = []
    // Every fifth message is HTML, and so is every fifth of those that are opened.
    for (let at = 0; at < opens; at++)
      times.push(await timeToOpen(page, Math.min(count - 1, 5 * Math.floor((at * count) / opens / 5) + (at % 5))))
    times.sort((a, b) => a - b)
    const searches: Record<string, { first: number; again: number; found: number }> = {}
    let searching: PageMemory = { own: 0, whole: 0 }
    for (const query of queries) {
      const { time: first, found } = await timeToSearch(page, query)
      const now = await rendererMemory(started)
      searching = { own: Math.max(searching.own, now.own), whole: Math.max(searching.whole, now.whole) }
      searches[query] = { first, again: (await timeToSearch(page, query)).time, found }
    }
    const open = { median: times[Math.floor(times.length / 2)] ?? 0, slowest: times.at(-1) ?? 0 }
    return { firstList, wholeList, open, searches, memory: { list, searching } }
  } finally {
    await started.stop()
  }
}

declare global {
  interface Window {
    firstList?: number
  }
}

function noteFirstList(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('.mail-line')) return
    window.firstList = performance.now()
    observer.disconnect()
  })
  observer.observe(document, { childList: true, subtree: true })
}

async function timeToOpen(page: Page, doc: number): Promise<number> {
  return await page.evaluate(async (wanted) => {
    const start = performance.now()
    location.hash = `#/mail?folder=all&doc=${wanted}`
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve))
      const article = document.querySelector(`article[data-doc="${wanted}"]`)
      const frame = article?.querySelector<HTMLElement>('iframe')
      if (article && (!frame || frame.dataset['loaded'] === 'true')) return performance.now() - start
      if (performance.now() - start > 30_000) throw new Error(`Message ${wanted} does not open`)
    }
  }, doc)
}

async function timeToSearch(page: Page, query: string): Promise<{ readonly time: number; readonly found: number }> {
  return await page.evaluate(async (text) => {
    location.hash = '#/search'
    await new Promise((resolve) => setTimeout(resolve, 50))
    const start = performance.now()
    location.hash = `#/search?q=${encodeURIComponent(text)}`
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve))
      const results = document.querySelector<HTMLElement>('.pane.list[data-done="true"]')
      const found = Number(results?.querySelector('.option')?.getAttribute('aria-setsize') ?? 0)
      if (results) return { time: performance.now() - start, found }
      if (performance.now() - start > 60_000) throw new Error(`The search for ${text} does not end`)
    }
  }, query)
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as PageTask)))
