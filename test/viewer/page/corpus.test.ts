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
import { type MailAddress, marks } from '../../../src/viewer/format-documents.ts'
import { messageOfRecord } from '../../../src/viewer/page/data/original.ts'
import { terms } from '../../../src/viewer/tokens.ts'
import { pageFigures } from '../../bench/page-figures.ts'
import { corpus, corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { patience } from '../../fixtures/patience.ts'
import { runProvider } from '../../fixtures/vaults.ts'
import { Built } from '../built.ts'
import { type BrowserName, browserMissing, browserNames, type StartedBrowser, startBrowser } from './browsers.ts'
import { dataFolderOf } from './data-folder.ts'
import { polled } from './settled.ts'
import { type WalkedMessage, walkMessages } from './walk.ts'
import { type Watched, watch } from './watch.ts'

interface PythonText {
  readonly plain: string | null
  readonly html: string | null
  readonly defects: boolean
}

describeUnless(corpusMissing(), 'the corpus in one vault', () => {
  let folder: string
  let vault: string
  let originals: Buffer[]
  let built: Built
  let python: readonly PythonText[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-corpus-'))
    vault = join(folder, 'vault')
    const archive = join(folder, 'archive')
    mkdirSync(archive)
    for (const [kind, extension] of [
      ['mail', 'eml'],
      ['mbox', 'mbox'],
      ['vcard', 'vcf'],
      ['ical', 'ics'],
    ] as const)
      for (const [at, { path }] of corpus(kind).entries())
        copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.${extension}`))
    const services = ['mail', 'contacts', 'calendar'] as const
    const account = { id: 'corpus', provider: 'archive', services, settings: { path: archive } }
    const report = await runProvider(vault, account, archiveProvider, {
      companion: viewerBeside({ onProgress: () => undefined }),
    })
    expect(report.notices).toEqual([])
    built = await Built.open(new DiskViewerFolder(realDisk, dataFolderOf(vault)))
    originals = await originalsOf(vault, built)
    python = textsByPython(originals)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const name of browserNames) describeUnless(browserMissing(name), `in ${name}`, () => inBrowser(name))

  function inBrowser(name: BrowserName): void {
    let started: StartedBrowser
    let page: Page
    let watched: Watched
    let walked: WalkedMessage[]

    beforeAll(async () => {
      started = await startBrowser(name)
      page = await started.newPage()
      watched = await watch(page)
      await page.setViewport({ width: 1280, height: 800 })
      await page.goto(`${pathToFileURL(join(vault, 'START HERE.html')).href}#/mail?folder=all`)
      const docs = originals.map((_, doc) => doc)
      // In parts: one call of the page has a time limit.
      walked = []
      for (let at = 0; at < docs.length; at += 100) walked.push(...(await walkMessages(page, docs.slice(at, at + 100), false)))
    })
    afterAll(async () => {
      await started?.stop()
    })

    it('opens every message, throws nothing and asks for nothing', async () => {
      expect(walked.length).toBeGreaterThan(600)
      expect(walked.filter(({ look }) => look === 'unreadable')).toEqual([])
      expect(await watched.all()).toEqual([])
    })

    it('shows the text that Python reads, in every charset', () => {
      expect(python).toHaveLength(walked.length)
      const different: string[] = []
      let compared = 0
      for (const [doc, read] of python.entries()) {
        const shown = walked[doc]
        const text = shown?.look === 'html' ? read.html : read.plain
        if (!shown || text === null || read.defects || text.includes('\ufffd')) continue
        compared++
        const missing = wordsOf(text).filter((word) => !wordsIn(shown.text).has(word))
        if (missing.length > 0) different.push(`${doc} ${shown.heading} (${shown.look}): ${missing.slice(0, 5).join(' ')}`)
      }
      expect(compared).toBeGreaterThan(400)
      expect(different).toEqual([])
    })

    it('opens every contact, and events from all over the calendars', async () => {
      const count = (service: 'contacts' | 'calendar'): number => built.segments(service).reduce((sum, { docs }) => sum + docs, 0)
      const contacts = await openAll(page, '#/contacts?doc=', '.contact-card', count('contacts'))
      // Thousands: as many as there is time for, spread over all of them.
      const events = await openAll(page, '#/calendar?view=week&event=', 'dialog :is(.facts, .source)', count('calendar'), 120)
      expect(contacts.opened).toBeGreaterThan(80)
      expect(events.opened).toBeGreaterThan(100)
      expect([...contacts.failed, ...events.failed]).toEqual([])
      expect(await watched.all()).toEqual([])
    })

    it('finds by every operator what the messages say', async () => {
      const { details } = await built.mail()
      const rows = (await built.mailColumns()).flatMap(({ date, marks: bits }) =>
        date.map((day, at) => ({ day, bits: bits[at] ?? 0 })),
      )
      const people = (lists: readonly (readonly MailAddress[])[]) =>
        lists
          .flat()
          .map((one) => `${one.name} ${one.address}`)
          .join(' ')
      const senders = details.map(({ from, replyTo }) => people([from, replyTo]))
      const recipients = details.map(({ to, cc, bcc }) => people([to, cc, bcc]))
      const [from, to] = [commonWord(senders), commonWord(recipients)]
      const { collections } = await built.overview()
      const [folder] = collections.filter(({ service }) => service === 'mail').sort((one, other) => other.live - one.live)
      const year = (n: number) => new Date(n, 0, 1).getTime() / 1000
      const countOf = (test: (doc: number) => boolean) => rows.filter((_, doc) => test(doc)).length
      const cases: readonly (readonly [query: string, count: number])[] = [
        [`from:${from}`, countOf((doc) => hasWord(senders[doc], from))],
        [`to:${to}`, countOf((doc) => hasWord(recipients[doc], to))],
        [`-from:${from} to:${to}`, countOf((doc) => hasWord(recipients[doc], to) && !hasWord(senders[doc], from))],
        ['after:2005', countOf((doc) => (rows[doc]?.day ?? 0) >= year(2005))],
        ['before:2005', countOf((doc) => (rows[doc]?.day ?? 0) < year(2005))],
        ['after:2003 before:2005', countOf((doc) => (rows[doc]?.day ?? 0) >= year(2003) && (rows[doc]?.day ?? 0) < year(2005))],
        ['has:attachment', countOf((doc) => ((rows[doc]?.bits ?? 0) & marks.attachment) !== 0)],
        ['type:image', countOf((doc) => ((rows[doc]?.bits ?? 0) & marks.image) !== 0)],
        ['account:corpus', rows.length],
        ['account:nobody', 0],
        [`in:"${folder?.path.at(-1)}"`, folder?.live ?? -1],
      ]
      // The blank ends the last word.
      for (const [query, count] of cases) expect([query, await countFound(`${query} `)]).toEqual([query, count])
      expect(cases.filter(([, count]) => count > 0 && count < rows.length).length).toBeGreaterThan(7)
      expect(await countFound('mess*')).toBeGreaterThan(await countFound('message '))
    })

    async function search(query: string): Promise<void> {
      await page.evaluate((text) => location.assign(`#/search?q=${encodeURIComponent(text)}`), query)
      await page.waitForFunction(
        (text) => document.querySelector<HTMLElement>('.pane.list[data-done="true"]')?.dataset['query'] === text,
        polled,
        query,
      )
    }
    async function countFound(query: string): Promise<number> {
      await search(query)
      return await page.evaluate(() => Number(document.querySelector('.option')?.getAttribute('aria-setsize') ?? 0))
    }

    it('finds messages as one types, marks what was found, and keeps to what was asked', async () => {
      const asked = async (query: string): Promise<{ count: number; rows: string[]; marked: string[] }> => {
        await search(query)
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
      await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/search?q=qqqqqqqqz')
    })
  }

  describeUnless(browserMissing('chromium'), 'the page', () => {
    it('can be measured', async () => {
      const figures = await pageFigures({ vault, queries: ['subject:test'], opens: 3 })
      expect(figures.searches['subject:test']?.found).toBeGreaterThan(5)
      expect(figures.firstList).toBeGreaterThan(0)
      expect(figures.wholeList).toBeGreaterThanOrEqual(figures.firstList)
      expect(figures.open.slowest).toBeGreaterThanOrEqual(figures.open.median)
      expect(figures.memory.searching.own).toBeGreaterThan(10_000_000)
      expect(figures.memory.searching.whole).toBeGreaterThan(figures.memory.searching.own)
    })
  })
})

/** What Python's `email` makes of each message. */
function textsByPython(originals: readonly Buffer[]): PythonText[] {
  const input = originals.map((octets) => octets.toString('base64')).join('\n')
  const output = execFileSync('python3', [join(import.meta.dirname, 'plain-texts.py')], { input, maxBuffer: 2 ** 28 }).toString()
  const lines = output.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as PythonText)
}

/** Opens documents one after the other by their address: all of `count`, or `most` of them. */
async function openAll(
  page: Page,
  route: string,
  shown: string,
  count: number,
  most = count,
): Promise<{ readonly opened: number; readonly failed: string[] }> {
  return await page.evaluate(
    async (hash, selector, docs, limit) => {
      const failed: string[] = []
      let last: Element | null = null
      for (const doc of docs) {
        location.hash = hash + doc
        const end = Date.now() + limit
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
    patience,
  )
}

/** What a word is, `search.test.ts` shows against grep. */
function hasWord(text: string | undefined, word: string): boolean {
  return [...terms(text ?? '')].includes(word)
}

/** The one that stands in most of the texts. */
function commonWord(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const word of new Set(text.toLowerCase().match(/(?<![^\s@.<>"-])[a-z]{4,}(?![^\s@.<>"-])/g)))
      counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? ''
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
