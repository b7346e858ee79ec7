/** All mail of the corpus in one vault: the page opens every message, and shows the text that Python reads. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { viewerBeside } from '../../../src/engine/viewer.ts'
import { DiskViewerFolder } from '../../../src/engine/viewer-folder.ts'
import { archive as archiveProvider } from '../../../src/providers/archive/provider.ts'
import { realDisk } from '../../../src/vault/disk.ts'
import { messageOfRecord } from '../../../src/viewer/page/data/original.ts'
import { pageFigures } from '../../bench/page-figures.ts'
import { corpus, corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { runProvider } from '../../fixtures/vaults.ts'
import { Built } from '../built.ts'
import { browserMissing, type StartedBrowser, startBrowser } from './browsers.ts'
import { dataFolderOf } from './data-folder.ts'
import { type WalkedMessage, walkMessages } from './walk.ts'
import { type Watched, watch } from './watch.ts'

interface PythonText {
  readonly plain: string | null
  readonly html: string | null
  readonly defects: boolean
}

describeUnless(corpusMissing() ?? browserMissing('chromium'), 'the corpus in one vault', () => {
  let folder: string
  let vault: string
  let started: StartedBrowser
  let page: Page
  let watched: Watched
  let walked: WalkedMessage[]
  let originals: Buffer[]
  let built: Built

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-corpus-'))
    vault = join(folder, 'vault')
    const archive = join(folder, 'archive')
    mkdirSync(archive)
    for (const [at, { path }] of corpus('mail').entries()) copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.eml`))
    for (const [at, { path }] of corpus('mbox').entries())
      copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.mbox`))
    for (const [at, { path }] of corpus('vcard').entries())
      copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.vcf`))
    for (const [at, { path }] of corpus('ical').entries()) copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.ics`))
    const services = ['mail', 'contacts', 'calendar'] as const
    const account = { id: 'corpus', provider: 'archive', services, settings: { path: archive } }
    const report = await runProvider(vault, account, archiveProvider, {
      companion: viewerBeside({ onProgress: () => undefined }),
    })
    expect(report.notices).toEqual([])
    built = await Built.open(new DiskViewerFolder(realDisk, dataFolderOf(vault)))
    originals = await originalsOf(vault, built)
    started = await startBrowser('chromium')
    page = await started.browser.newPage()
    watched = await watch(page)
    await page.setViewport({ width: 1280, height: 800 })
    await page.goto(`${pathToFileURL(join(vault, 'START HERE.html')).href}#/mail?folder=all`)
    walked = await walkMessages(
      page,
      originals.map((_, doc) => doc),
      false,
    )
  }, 400_000)
  afterAll(async () => {
    await started?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('opens every message, throws nothing and asks for nothing', async () => {
    expect(walked.length).toBeGreaterThan(600)
    expect(walked.filter(({ look }) => look === 'unreadable')).toEqual([])
    expect(await watched.all()).toEqual([])
  })

  it('shows the text that Python reads, in every charset', () => {
    const input = originals.map((octets) => octets.toString('base64')).join('\n')
    const output = execFileSync('python3', [join(import.meta.dirname, 'plain-texts.py')], {
      input,
      maxBuffer: 2 ** 28,
    }).toString()
    const read = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PythonText)
    expect(read).toHaveLength(walked.length)
    const different: string[] = []
    let compared = 0
    for (const [doc, python] of read.entries()) {
      const shown = walked[doc]
      const text = shown?.look === 'html' ? python.html : python.plain
      if (!shown || text === null || python.defects || text.includes('\ufffd')) continue
      compared++
      const missing = wordsOf(text).filter((word) => !wordsIn(shown.text).has(word))
      if (missing.length > 0) different.push(`${doc} ${shown.heading} (${shown.look}): ${missing.slice(0, 5).join(' ')}`)
    }
    expect(compared).toBeGreaterThan(400)
    expect(different).toEqual([])
  })

  it('opens every contact, and events from all over the calendars', { timeout: 240_000 }, async () => {
    const count = (service: 'contacts' | 'calendar'): number => built.segments(service).reduce((sum, { docs }) => sum + docs, 0)
    const contacts = await openAll(page, '#/contacts?doc=', '.contact-card', count('contacts'))
    // Thousands: as many as there is time for, spread over all of them.
    const events = await openAll(page, '#/calendar?view=week&event=', 'dialog :is(.facts, .source)', count('calendar'), 120)
    expect(contacts.opened).toBeGreaterThan(80)
    expect(events.opened).toBeGreaterThan(100)
    expect([...contacts.failed, ...events.failed]).toEqual([])
    expect(await watched.all()).toEqual([])
  })

  it('finds messages as one types, marks what was found, and keeps to what was asked', async () => {
    const asked = async (query: string): Promise<{ count: number; rows: string[]; marked: string[] }> => {
      await page.evaluate((text) => location.assign(`#/search?q=${encodeURIComponent(text)}`), query)
      await page.waitForFunction(() => document.querySelector('.pane.list[data-done="true"]'))
      return await page.evaluate(() => ({
        count: Number(document.querySelector('.option')?.getAttribute('aria-setsize') ?? 0),
        rows: [...document.querySelectorAll<HTMLElement>('.option')].map((row) => row.innerText),
        marked: [...document.querySelectorAll('.option mark')].map((mark) => mark.textContent ?? ''),
      }))
    }
    const subjects = walked.filter(({ heading }) => /(?<![\p{L}\p{N}])test/iu.test(heading))
    const found = await asked('subject:test')
    expect(found.count).toBe(subjects.length)
    expect(found.marked.length).toBeGreaterThan(5)
    expect(found.marked.every((mark) => /^test/i.test(mark))).toBe(true)
    const attached = await asked('has:attachment type:pdf')
    expect(attached.count).toBeGreaterThan(0)
    expect(attached.rows.every((row) => row.includes('Has an attachment') || row.includes('Hat einen Anhang'))).toBe(true)
    const both = await asked('subject:test has:attachment')
    expect(both.count).toBeLessThan(found.count)
    const phrase = await asked('"this is a test"')
    const words = await asked('this is a test ')
    expect(phrase.count).toBeGreaterThan(0)
    expect(phrase.count).toBeLessThanOrEqual(words.count)
    await page.click('.option')
    await page.waitForFunction(() => {
      const frame = document.querySelector('iframe')
      return document.querySelector('.message-body mark') ?? frame?.contentDocument?.querySelector('mark')
    })
    expect((await asked('qqqqqqqq')).count).toBe(0)
    await page.type('input[type="search"]', 'z')
    expect(await page.evaluate(() => location.hash)).toBe('#/search?q=qqqqqqqqz')
  })

  it('can be measured', { timeout: 120_000 }, async () => {
    const figures = await pageFigures({ vault, queries: ['subject:test'], opens: 3 })
    expect(figures.searches['subject:test']?.found).toBeGreaterThan(5)
    expect(figures.firstList).toBeGreaterThan(0)
    expect(figures.wholeList).toBeGreaterThanOrEqual(figures.firstList)
    expect(figures.open.slowest).toBeGreaterThanOrEqual(figures.open.median)
    expect(figures.memory.searching).toBeGreaterThan(10_000_000)
  })
})

/** Opens documents one after the other by their address: all of `count`, or `most` of them. */
async function openAll(
  page: Page,
  route: string,
  shown: string,
  count: number,
  most = count,
): Promise<{ readonly opened: number; readonly failed: string[] }> {
  return await page.evaluate(
    async (hash, selector, docs) => {
      const failed: string[] = []
      let last: Element | null = null
      for (const doc of docs) {
        location.hash = hash + doc
        const end = Date.now() + 5000
        let found: Element | null = null
        while (Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 3))
          found = document.querySelector(selector)
          if (document.querySelector('.pane.detail .unreadable, dialog .unreadable')) found = null
          if (found && found !== last) break
        }
        if (!found || found === last) failed.push(hash + doc)
        last = found
      }
      return { opened: docs.length, failed }
    },
    route,
    shown,
    [...new Set(Array.from({ length: Math.min(most, count) }, (_, at) => Math.floor((at * count) / Math.min(most, count))))],
  )
}

/** Words that are not plain ASCII: what a wrong charset would spoil. */
function wordsOf(text: string): string[] {
  return [...wordsIn(text)].filter((word) => /[^\u0000-\u007f]/.test(word))
}

function wordsIn(text: string): Set<string> {
  return new Set(text.normalize('NFC').split(/[^\p{L}\p{N}\p{M}\p{S}]+/u))
}

/** Exact octets of each document, out of the mbox files. */
async function originalsOf(vault: string, built: Built): Promise<Buffer[]> {
  const { files } = await built.overview()
  const events = await built.events('mail')
  const origins = await built.shards<{ file: number[]; offset: number[]; length: number[] }>('mail', 'o', () => 1)
  const originals: Buffer[] = []
  for (const [at, { file, offset, length }] of origins.entries()) {
    for (const [row, number] of file.entries()) {
      const doc = events[at]?.put.doc[row] ?? -1
      if (originals[doc]) continue
      const start = offset[row] ?? 0
      const record = readFileSync(join(vault, files[number] ?? '')).subarray(start, start + (length[row] ?? 0))
      originals[doc] = Buffer.from(await messageOfRecord(record))
    }
  }
  return originals
}
