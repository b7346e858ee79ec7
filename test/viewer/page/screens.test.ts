/** Every screen of the page, as a person uses it, opened from the disk in the browsers that people have. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { browserMissing, browserNames, type StartedBrowser, startBrowser } from './browsers.ts'
import { bulkMessages, oddName, originalText, writeFamilyVault } from './family.ts'
import { type Watched, watch } from './watch.ts'

let folder: string
let vault: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-page-'))
  // What a person may well call a folder.
  vault = join(folder, 'Größe #1 100% & more')
  mkdirSync(vault)
  await writeFamilyVault(vault)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const name of browserNames) {
  describeUnless(browserMissing(name), `the page in ${name}`, () => {
    let started: StartedBrowser
    let page: Page
    let watched: Watched

    beforeAll(async () => {
      started = await startBrowser(name)
      page = await started.browser.newPage()
      watched = await watch(page)
      await page.evaluateOnNewDocument(() => {
        try {
          localStorage.setItem('lifeboat-language', 'en')
        } catch {
          // A sandboxed frame has none.
        }
      })
      await page.goto(pathToFileURL(join(vault, 'START HERE.html')).href)
    })
    afterAll(async () => await started.stop())
    beforeEach(async () => await page.setViewport({ width: 1280, height: 800 }))

    const text = async (selector: string): Promise<string> =>
      await page.$eval(selector, (element) => (element as HTMLElement).innerText)
    const texts = async (selector: string): Promise<string[]> =>
      await page.$$eval(selector, (elements) => elements.map((element) => (element as HTMLElement).innerText))
    const sees = async (selector: string, words: string): Promise<void> => {
      await page.waitForFunction(
        (where, what) => [...document.querySelectorAll<HTMLElement>(where)].some((element) => element.innerText.includes(what)),
        { timeout: 8000 },
        selector,
        words,
      )
      expect((await texts(selector)).join('\n')).toContain(words)
    }
    const go = async (route: string): Promise<void> => {
      await page.evaluate((hash) => location.assign(hash), `#/${route}`)
      await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('.loading'))
    }
    /** Clicks what bears these words. */
    const press = async (words: string, within = 'body'): Promise<void> => {
      await sees(`${within} :is(button, a, summary, .option)`, words)
      await page.evaluate(
        (what, where) => {
          const all = [...document.querySelectorAll<HTMLElement>(`${where} :is(button, a, summary, .option)`)]
          all.find((element) => element.innerText.includes(what))?.click()
        },
        words,
        within,
      )
    }
    const choose = async (label: string, value: string): Promise<void> => {
      await page.select(`select[aria-label="${label}"]`, value)
    }
    const saved = async (file: string): Promise<Buffer> => {
      for (const end = Date.now() + 8000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 30))) {
        if (readdirSync(started.downloads).includes(file) && readFileSync(join(started.downloads, file)).length > 0) {
          return readFileSync(join(started.downloads, file))
        }
      }
      throw new Error(`${file} was not saved; there is: ${readdirSync(started.downloads).join(', ')}`)
    }

    it('says without a click whose data it is, what is there, as of when, what was proved and what is missing', async () => {
      await sees('h1', 'What is on this disk')
      await sees('.account h2', 'hannah@example.com')
      const all = await text('main')
      for (const words of [
        '22 November 2026',
        'Proved to restore',
        'Every file was checked',
        'Large video',
        'The server broke off.',
        'Last backups',
      ]) {
        expect(all).toContain(words)
      }
      expect(await text('.tile .figure')).toContain((bulkMessages + 4).toLocaleString('en-GB'))
    })

    it('lists a folder with only what is seen in the document', async () => {
      await go('mail')
      await sees('.option', 'Your order has been shipped')
      expect(await text('.pane-head')).toContain(`${(bulkMessages + 4).toLocaleString('en-GB')} messages`)
      expect(await texts('.tree-item')).toEqual(
        expect.arrayContaining([expect.stringMatching(/INBOX\s+3,003/), expect.stringMatching(/Sent\s+1/)]),
      )
      expect((await page.$$('.option')).length).toBeLessThan(40)
      await page.$eval('.virtual', (list) => list.scrollTo(0, list.scrollHeight))
      await sees('.option', `Bulk message ${bulkMessages - 1}`)
    })

    it('shows senders, marks, what is unread and what was removed, with hidden characters made visible', async () => {
      await page.$eval('.virtual', (list) => list.scrollTo(0, 0))
      await sees('.option', 'invoice[U+202E]fdp.exe')
      const rows = await texts('.option')
      expect(rows.find((row) => row.includes('order'))).toMatch(/Unread[\s\S]*Has an attachment/)
      expect(rows.find((row) => row.includes('Removed meanwhile'))).toMatch(/Removed$/m)
      expect(rows.find((row) => row.includes('Exact'))).toContain('Starred')
    })

    it('sorts and chooses', async () => {
      await go('mail?folder=0')
      await choose('Order', 'sender')
      await sees('.option[aria-posinset="1"]', 'Ann Example')
      await choose('Order', 'oldest')
      await sees('.option[aria-posinset="1"]', `Bulk message ${bulkMessages - 1}`)
      await choose('Order', 'date')
      await choose('Show', 'removed')
      await sees('.pane-head', '1 message')
      await choose('Show', 'attachment')
      await sees('.option', 'order has been shipped')
      await choose('Show', 'all')
      await press('All mail', '.folders')
      await page.click('button[aria-label="Group conversations"]')
      await sees('.mail-who .chip', '2')
      await page.click('button[aria-label="Group conversations"]')
    })

    it('opens an HTML message with its own pictures and nothing from elsewhere', async () => {
      await press('Your order has been shipped')
      await page.waitForSelector('iframe[data-loaded="true"]')
      const inside = await page.$eval('iframe', (frame) => {
        const { body, images } = (frame as HTMLIFrameElement).contentDocument as Document
        return {
          text: body.innerText,
          pictures: [...images].map(({ src, naturalWidth }) => [src.slice(0, 15), naturalWidth]),
          html: body.innerHTML,
          sandbox: frame.getAttribute('sandbox'),
        }
      })
      expect(inside.text).toContain('Order shipped')
      expect(inside.pictures).toEqual([
        ['data:image/png;', 24],
        ['', 0],
      ])
      expect(inside.html).not.toMatch(/href|tracker/)
      expect(inside.sandbox).toBe('allow-same-origin')
      await sees('.remote-note', 'One part that would have been loaded')
      await sees('.attachment', 'Invoice 118.pdf')
    })

    it('asks before a link is opened, showing where it really leads, and opens none into the computer', async () => {
      const clickInside = async (selector: string): Promise<void> =>
        await page.$eval(
          'iframe',
          (frame, wanted) => (frame as HTMLIFrameElement).contentDocument?.querySelector<HTMLElement>(wanted)?.click(),
          selector,
        )
      await clickInside('[data-link^="https"]')
      await sees('dialog .address strong', 'shop.example')
      expect(await page.$eval('dialog a', (link) => [link.getAttribute('href'), link.getAttribute('rel')])).toEqual([
        'https://shop.example/track?id=12',
        'noopener noreferrer',
      ])
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog'))
      await clickInside('[data-link^="file"]')
      await sees('dialog h2', 'not opened')
      expect(await page.$('dialog a')).toBeNull()
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog'))
    })

    it('shows the plain text, all headers, and prints only the message', async () => {
      await press('Plain text')
      await sees('.plain-text', 'Order shipped')
      await press('All headers')
      await sees('.source', 'From: Shop <orders@shop.example>')
      await press('Formatted')
      if (name === 'firefox') return
      await page.emulateMediaType('print')
      const shown = await page.evaluate(() =>
        ['.side', '.top', '.pane.list', '.folders', '.message-tools', '.message'].map((one) => {
          const element = document.querySelector(one)
          return element !== null && getComputedStyle(element).display !== 'none' && element.getClientRects().length > 0
        }),
      )
      await page.emulateMediaType('screen')
      expect(shown).toEqual([false, false, false, false, false, true])
    })

    it('shows a conversation over several folders', async () => {
      await go('mail?folder=all&doc=1')
      await sees('.message h2', 'Weekend at the lake?')
      await sees('.conversation', 'One more message')
      await press('Hannah Brandt', '.conversation')
      await sees('.conversation .quote', 'Shall we go?')
    })

    it('shows attachments of active types as text only, or saves them under a harmless name', async () => {
      await go('mail?folder=all&doc=0')
      await sees('.attachment', 'page.html')
      const buttons = await page.$$eval('.attachment', (all) =>
        all.map((one) => [...one.querySelectorAll('a, button')].map((element) => `${element.localName} ${element.textContent}`)),
      )
      expect(buttons).toEqual([
        ['button Preview', 'a Open'],
        ['button Show as text', 'button Save'],
      ])
    })

    it('saves the exact message once the vault’s folder was chosen', async () => {
      await go('mail?folder=all&doc=3')
      await press('Save as .eml')
      await sees('dialog h2', 'Show this page its folder')
      await offerFolder(page, folder)
      await press('Choose the folder', 'dialog')
      await sees('dialog .notice', 'not the vault’s folder')
      await offerFolder(page, vault)
      await press('Choose the folder', 'dialog')
      await page.waitForFunction(() => !document.querySelector('dialog'))
      expect((await saved('2026-11-20 Exact.eml')).toString()).toBe(originalText)
    })

    it('shows everything as it was after an earlier run', async () => {
      await go('mail?folder=0')
      await choose('Show everything as of', '0')
      await sees('.as-of-note', '2 November 2026')
      await sees('.pane-head', `${(bulkMessages + 1).toLocaleString('en-GB')} messages`)
      await sees('.option', 'Removed since')
      await go('contacts')
      await sees('.option', 'Old Friend')
      expect(await page.$('.contact-line.removed')).toBeNull()
      await go('calendar?view=month&date=2026-11-25')
      await sees('.event:not(.removed)', 'Dentist')
      await go('files')
      await sees('.file-line:not(.removed)', 'gone.docx')
      await press(oddName, '.virtual')
      const link = await page.$eval('dialog a', (first) => (first as HTMLAnchorElement).href)
      expect(fileURLToPath(link)).toBe(join(vault, 'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt'))
      await closeDialogs(page)
      await go('documents')
      await sees('.file-line:not(.removed)', 'gone.docx')
      await press('Back to now')
      await sees('.file-line.removed', 'gone.docx')
      await go('mail')
      await sees('.option', 'Your order')
    })

    it('is used by keyboard alone', async () => {
      await go('mail?folder=0')
      await page.focus('.virtual')
      await page.keyboard.press('Home')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await sees('.message h2', 'Weekend at the lake?')
      await page.keyboard.press('End')
      await page.keyboard.press('Enter')
      await sees('.message h2', `Bulk message ${bulkMessages - 1}`)
      await page.keyboard.press('/')
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Search mail')
    })

    it('shows contacts with groups and photo, everything on a card, and saves it', async () => {
      await go('contacts')
      await sees('.pane-head', '3 contacts')
      await sees('.option', 'Old Friend')
      await choose('Group', 'Friends')
      await sees('.pane-head', '1 contact')
      await press('Ann Example', '.virtual')
      await sees('.facts', '+49 170 1234567')
      const card = await text('.contact-card')
      for (const words of ['Telephone mobile', 'ann@example.org', 'High Street 12', 'Met in Lyon.', 'Friends'])
        expect(card).toContain(words)
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.contact-head img')?.naturalWidth === 24)
      await press('Copy', '.facts')
      await page.focus('input[type="search"]')
      await page.keyboard.down('Control')
      await page.keyboard.press('v')
      await page.keyboard.up('Control')
      expect(await page.$eval('input[type="search"]', (field) => (field as HTMLInputElement).value)).toBe('+49 170 1234567')
      await go('contacts')
      await press('Ann Example', '.virtual')
      await press('Save as .vcf')
      expect((await saved('Ann Example.vcf')).toString()).toContain('FN:Ann Example\r\n')
    })

    it('shows a month, a week and a year with what repeats, and saves an event', async () => {
      await go('calendar?view=month&date=2026-11-25')
      await sees('h1', 'November 2026')
      expect((await texts('.event')).filter((event) => event.includes('Weekly round'))).toHaveLength(5)
      expect((await texts('.event')).filter((event) => event.includes('Holiday'))).toHaveLength(3)
      await sees('.event.removed', 'Dentist')
      await press('School evening')
      await sees('dialog', 'Room 12')
      await press('Save as .ics', 'dialog')
      expect((await saved('School evening.ics')).toString()).toContain('BEGIN:VCALENDAR')
      await page.keyboard.press('Escape')
      await press('Week', '.segmented')
      await sees('.week section', 'School evening')
      await press('Year', '.segmented')
      await sees('.agenda h2', 'November')
      await choose('Calendar', '4')
      await page.waitForFunction(() => document.querySelectorAll('.event').length === 5)
    })

    it('shows files by folder, opens, previews and keeps earlier versions', async () => {
      await go('files')
      await sees('.option', 'Taxes')
      await sees('.option', 'gone.docx')
      await press(oddName, '.virtual')
      await sees('dialog', 'Earlier versions')
      const links = await page.$$eval('dialog a', (all) => all.map((link) => (link as HTMLAnchorElement).href))
      expect(links.map((link) => fileURLToPath(link))).toEqual([
        join(vault, 'data/hannah@example.com/Files/My Drive', oddName),
        join(vault, 'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt'),
      ])
      await press('Preview', 'dialog')
      await page.waitForSelector('.preview iframe[sandbox=""]')
      await closeDialogs(page)
      await press('page.html', '.virtual')
      await sees('dialog .notice', 'can run when it is opened')
      expect(await page.$('dialog a')).toBeNull()
      await closeDialogs(page)
      await press('Taxes', '.virtual')
      await press('2025', '.virtual')
      await press('photo.png', '.virtual')
      await press('Preview', 'dialog')
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.preview img')?.naturalWidth === 24)
      await closeDialogs(page)
      await press('sound.wav', '.virtual')
      await press('Preview', 'dialog')
      await page.waitForFunction(() => (document.querySelector<HTMLAudioElement>('.preview audio')?.duration ?? 0) >= 1)
      await closeDialogs(page)
      await press('report.pdf', '.virtual')
      await press('Preview', 'dialog')
      await page.waitForSelector('.preview iframe[src$=".pdf"]')
      await closeDialogs(page)
    })

    it('lists the documents of a year by kind, person and words', async () => {
      await go('documents?year=2026')
      await sees('.option', 'Invoice 118.pdf')
      await choose('Kind', 'pdf')
      await sees('.filters', '2 documents')
      await page.type('input[aria-label="Person"]', 'shop')
      await sees('.filters', '1 document')
      await press('Invoice 118.pdf', '.virtual')
      await sees('dialog', 'orders@shop.example')
      await press('Go to the message', 'dialog')
      await sees('.message h2', 'Your order has been shipped')
    })

    it('explains itself in German and English, in light and dark', async () => {
      await go('help')
      await sees('h1', 'What is this, and how do I use these files?')
      await page.select('.side-foot label:nth-child(1) select', 'de')
      await sees('h1', 'Was ist das, und wie benutze ich diese Dateien?')
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
      await page.select('.side-foot label:nth-child(2) select', 'dark')
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      await page.select('.side-foot label:nth-child(2) select', 'light')
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(dark)
      await page.select('.side-foot label:nth-child(1) select', 'en')
      await sees('h1', 'What is this')
    })

    it.each(['light', 'dark'] as const)('has nothing that axe objects to, %s', { timeout: 120_000 }, async (theme) => {
      await page.select('.side-foot label:nth-child(2) select', theme)
      await page.evaluate(axe.source)
      const routes = [
        'overview',
        'mail?folder=0',
        'mail?folder=all&doc=0',
        'mail?folder=all&doc=1',
        'contacts?doc=0',
        'calendar?view=month&date=2026-11-25',
      ]
      const found: string[] = []
      for (const route of [...routes, 'calendar?view=agenda&date=2026-11-25', 'files', 'documents?year=2026', 'search', 'help']) {
        await go(route)
        found.push(...(await axeFindings(page, route)))
      }
      for (const [route, row] of [
        ['files', oddName],
        ['documents?year=2026', 'Invoice'],
        ['calendar?view=week&date=2026-11-25', 'School evening'],
      ]) {
        await go(route ?? '')
        await press(row ?? '', 'main')
        await page.waitForSelector('dialog')
        found.push(...(await axeFindings(page, `${route}, opened`)))
        await closeDialogs(page)
      }
      expect(found).toEqual([])
    })

    it('fits a narrow screen', async () => {
      await page.setViewport({ width: 320, height: 640 })
      const tooWide: string[] = []
      for (const route of [
        'overview',
        'mail?folder=0',
        'mail?folder=all&doc=0',
        'contacts?doc=0',
        'calendar?view=month',
        'calendar?view=week',
        'files',
        'documents',
        'help',
        'search',
      ]) {
        await go(route)
        const width = await page.evaluate(() =>
          Math.max(document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0),
        )
        if (width > 320) tooWide.push(`${route}: ${width}`)
      }
      expect(tooWide).toEqual([])
      await page.click('button[aria-label="Menu"]')
      await page.waitForFunction(() => (document.querySelector('.side')?.getBoundingClientRect().left ?? -1) === 0)
      await press('Contacts', '.side')
      await sees('h1', 'Contacts')
    })

    it('never asked for anything but its own files', async () => {
      // What was previewed, and Chromium's PDF viewer, which is made of frames of its own.
      const previews = /^(?:file: file:.*\.(?:txt|png|wav|pdf)|navigation: file:.*\.(?:txt|pdf)|inner frame: (?:file:.*\.pdf)?)$/
      expect((await watched.all()).filter((event) => !previews.test(event))).toEqual([])
    })
  })
}

/** A dialog that was only just rendered is not open yet, so that closing it once may come too early. */
async function closeDialogs(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const dialogs = [...document.querySelectorAll('dialog')]
    for (const dialog of dialogs.reverse()) dialog.close()
    return dialogs.length === 0
  })
}

async function axeFindings(page: Page, where: string): Promise<string[]> {
  return await page.evaluate(async (place) => {
    type Axe = {
      run(
        context: unknown,
        options: unknown,
      ): Promise<{ violations: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] }>
    }
    const { violations } = await (window as unknown as { axe: Axe }).axe.run(document, {
      iframes: false,
      resultTypes: ['violations'],
    })
    return violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, any }) => `${place}: ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
    )
  }, where)
}

/** The next choice of a folder gives this one: a dialog of the system's cannot be driven, what it answers can be told. */
async function offerFolder(page: Page, folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.includes('viewer-'),
  )
  const contents = files.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), readFileSync(path).toString('base64')] as const
  })
  await page.evaluate((known) => {
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
  }, contents)
}
