/** Every screen of the page, as a person uses it, opened from the disk in the browsers that people have. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../../servers/exfat.ts'
import { type BrowserName, browserMissing, browserNames } from './browsers.ts'
import { bulkMessages, type Names, oddNames, originalText, writeFamilyVault } from './family.ts'
import { Person } from './person.ts'
import { polled, resize, settled } from './settled.ts'

const awkward = 'Größe #1 100% & more'

for (const name of browserNames) {
  describeUnless(browserMissing(name), `the page in ${name}`, () => {
    describe('in a folder with an awkward name', () => {
      let folder: string
      thePage(name, 'odd', {
        async make() {
          folder = mkdtempSync(join(tmpdir(), 'lifeboat-page-'))
          return folder
        },
        async clear() {
          rmSync(folder, { recursive: true, force: true })
        },
      })
    })
    describeUnless(exfatMissing(), 'on an exFAT disk', () => {
      let disk: ExfatDisk
      thePage(name, 'plain', {
        async make() {
          disk = await mountExfat(64)
          return disk.dir
        },
        clear: () => disk.unmount(),
      })
    })
  })
}

interface Place {
  /** Answers a folder on it. */
  make(): Promise<string>
  clear(): Promise<void>
}

/** Everything a person can do, one thing after the other in one window. */
function thePage(name: BrowserName, names: Names, place: Place): void {
  const oddName = oddNames[names]
  let folder: string
  let vault: string
  let person: Person
  let page: Page

  beforeAll(async () => {
    folder = await place.make()
    // What a person may well call a folder.
    vault = join(folder, awkward)
    mkdirSync(vault)
    await writeFamilyVault(vault, names)
    person = await Person.opening(name, vault)
    page = person.page
  })
  afterAll(async () => {
    await person?.leave()
    await place.clear()
  })
  beforeEach(async () => await resize(page, { width: 1280, height: 800 }))

  it('says without a click whose data it is, what is there, as of when, what was proved and what is missing', async () => {
    await person.sees('h1', 'What is on this disk')
    await person.sees('.account h2', 'hannah@example.com')
    for (const words of [
      '22 November 2026',
      'Proven to come back',
      'Every file was checked',
      'Large video',
      'The server broke off.',
      'Last backups',
    ]) {
      await person.sees('main', words)
    }
    await person.sees('.tile .figure', (bulkMessages + 4).toLocaleString('en-GB'))
  })

  it('lists a folder with only what is seen in the document', async () => {
    await person.go('mail')
    await person.sees('.option', 'Your order has been shipped')
    await person.sees('.pane-head', `${(bulkMessages + 4).toLocaleString('en-GB')} messages`)
    expect(await person.texts('.tree-item')).toEqual(
      expect.arrayContaining([expect.stringMatching(/INBOX\s+3,003/), expect.stringMatching(/Sent\s+1/)]),
    )
    expect((await page.$$('.option')).length).toBeLessThan(40)
    await page.$eval('.virtual', (list) => list.scrollTo(0, list.scrollHeight))
    await person.sees('.option', `Bulk message ${bulkMessages - 1}`)
  })

  it('shows senders, marks, what is unread and what was removed, with hidden characters made visible', async () => {
    await page.$eval('.virtual', (list) => list.scrollTo(0, 0))
    await person.sees('.option', 'invoice[U+202E]fdp.exe')
    const rows = await person.texts('.option')
    expect(rows.find((row) => row.includes('order'))).toMatch(/Unread[\s\S]*Has an attachment/)
    expect(rows.find((row) => row.includes('Removed meanwhile'))).toMatch(/Removed$/m)
    expect(rows.find((row) => row.includes('Exact'))).toContain('Starred')
  })

  it('sorts and chooses', async () => {
    await person.go('mail?folder=0')
    await person.choose('Order', 'sender')
    await person.sees('.option[aria-posinset="1"]', 'Ann Example')
    await person.choose('Order', 'oldest')
    await person.sees('.option[aria-posinset="1"]', `Bulk message ${bulkMessages - 1}`)
    await person.choose('Order', 'date')
    await person.choose('Show', 'removed')
    await person.sees('.pane-head', '1 message')
    await person.choose('Show', 'attachment')
    await person.sees('.option', 'order has been shipped')
    await person.choose('Show', 'all')
    await person.press('All mail', '.folders')
    await settled(page)
    await page.click('button[aria-label="Group conversations"]')
    await person.sees('.mail-who .chip', '2')
    await page.click('button[aria-label="Group conversations"]')
  })

  it('opens an HTML message with its own pictures and nothing from elsewhere', async () => {
    await person.press('Your order has been shipped')
    await page.waitForFunction(
      () =>
        document.querySelector<HTMLIFrameElement>('iframe[data-loaded="true"]')?.contentDocument?.images[0]?.naturalWidth === 24,
      polled,
    )
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
    await person.sees('.remote-note', 'One part that would have been loaded')
    await person.sees('.attachment', 'Invoice 118.pdf')
  })

  it('asks before a link is opened, showing where it really leads, and opens none into the computer', async () => {
    /** With the pointer: the focus is in the frame then. */
    const click = async (selector: string): Promise<void> => {
      const [x = 0, y = 0] = await page.$eval(
        'iframe',
        (frame, wanted) => {
          const link = (frame as HTMLIFrameElement).contentDocument?.querySelector<HTMLElement>(wanted)
          link?.scrollIntoView({ block: 'center', behavior: 'instant' })
          const [outer, inner] = [frame.getBoundingClientRect(), link?.getClientRects()[0] ?? new DOMRect()]
          return [outer.left + inner.left + inner.width / 2, outer.top + inner.top + inner.height / 2]
        },
        selector,
      )
      await page.mouse.click(x, y)
    }
    /** Answers whether the dialog was open, with the focus in it, as soon as it was there: no key may go elsewhere. */
    const isOpenAtOnce = async (selector: string): Promise<boolean> =>
      await page.$eval(
        'iframe',
        (frame, wanted) =>
          new Promise<boolean>((resolve) => {
            new MutationObserver((_, observer) => {
              const dialog = document.querySelector('dialog')
              if (!dialog) return
              observer.disconnect()
              resolve(dialog.matches(':modal') && dialog.contains(document.activeElement))
            }).observe(document.body, { childList: true, subtree: true })
            ;(frame as HTMLIFrameElement).contentDocument?.querySelector<HTMLElement>(wanted)?.click()
          }),
        selector,
      )
    await click('[data-link^="https"]')
    await person.sees('dialog .address strong', 'shop.example')
    expect(await page.$eval('dialog a', (link) => [link.getAttribute('href'), link.getAttribute('rel')])).toEqual([
      'https://shop.example/track?id=12',
      'noopener noreferrer',
    ])
    await person.escape()
    expect(await isOpenAtOnce('[data-link^="file"]')).toBe(true)
    await person.sees('dialog h2', 'not opened')
    expect(await page.$('dialog a')).toBeNull()
    await person.escape()
  })

  it('shows the plain text, all headers, and prints only the message', async () => {
    await person.press('Plain text')
    await person.sees('.plain-text', 'Order shipped')
    await person.press('All headers')
    await person.sees('.source', 'From: Shop <orders@shop.example>')
    await person.press('Formatted')
    expect(await shownInPrint(page)).toEqual([false, false, false, false, false, true])
    await page.evaluate(() => Object.assign(window, { print: () => document.body.setAttribute('data-printed', '') }))
    await person.press('Print', '.message')
    await page.waitForSelector('[data-printed]')
  })

  it('shows a conversation over several folders', async () => {
    await person.go('mail?folder=all&doc=1')
    await person.sees('.message h2', 'Weekend at the lake?')
    await person.sees('.conversation', 'One more message')
    await person.press('Hannah Brandt', '.conversation')
    await person.sees('.conversation .quote', 'Shall we go?')
  })

  it('shows attachments of active types as text only, or saves them under a harmless name', async () => {
    await person.go('mail?folder=all&doc=0')
    await person.sees('.attachment', 'page.html')
    const buttons = await page.$$eval('.attachment', (all) =>
      all.map((one) => [...one.querySelectorAll('a, button')].map((element) => `${element.localName} ${element.textContent}`)),
    )
    expect(buttons).toEqual([
      ['button Preview', 'a Open'],
      ['button Show as text', 'button Save'],
    ])
  })

  it('saves the exact message once the vault’s folder was chosen', async () => {
    await person.go('mail?folder=all&doc=3')
    await person.press('Save as .eml')
    await person.sees('dialog h2', 'Show this page its folder')
    await person.offerFolder(folder)
    await person.press('Choose the folder', 'dialog')
    await person.sees('dialog .notice', 'not the folder of the backup')
    await person.offerFolder(vault)
    await person.press('Choose the folder', 'dialog')
    await person.noDialog()
    expect((await person.saved('2026-11-20 Exact.eml')).toString()).toBe(originalText)
  })

  it('shows everything as it was after an earlier run', async () => {
    await person.go('mail?folder=0')
    await person.choose('Show everything as of', '0')
    await person.sees('.as-of-note', '2 November 2026')
    await person.sees('.pane-head', `${(bulkMessages + 1).toLocaleString('en-GB')} messages`)
    await person.sees('.option', 'Removed since')
    await person.go('contacts')
    await person.sees('.option', 'Old Friend')
    expect(await page.$('.contact-line.removed')).toBeNull()
    await person.go('calendar?view=month&date=2026-11-25')
    await person.sees('.event:not(.removed)', 'Dentist')
    await person.go('files')
    await person.sees('.file-line:not(.removed)', 'gone.docx')
    await person.press(oddName, '.virtual')
    await page.waitForSelector('dialog a')
    const link = await page.$eval('dialog a', (first) => (first as HTMLAnchorElement).href)
    expect(fileURLToPath(link)).toBe(join(vault, 'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt'))
    await person.closeDialogs()
    await person.go('search?q=after%3A2026%20')
    await person.sees('.pane-head', '1 message found')
    await person.go('documents')
    await person.sees('.file-line:not(.removed)', 'gone.docx')
    await person.press('Back to now')
    await person.sees('.file-line.removed', 'gone.docx')
    await person.go('search?q=after%3A2026%20')
    await person.sees('.pane-head', '5 messages found')
    await person.go('mail')
    await person.sees('.option', 'Your order')
  })

  it('is used by keyboard alone', async () => {
    await person.go('mail?folder=0')
    await page.focus('.virtual')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await person.sees('.message h2', 'Weekend at the lake?')
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await person.sees('.message h2', `Bulk message ${bulkMessages - 1}`)
    await page.keyboard.press('/')
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Search mail', polled)
  })

  it('shows contacts with groups and photo, everything on a card, and saves it', async () => {
    await person.go('contacts')
    await person.sees('.pane-head', '3 contacts')
    await person.sees('.option', 'Old Friend')
    await person.choose('Group', 'Friends')
    await person.sees('.pane-head', '1 contact')
    await person.press('Ann Example', '.virtual')
    await person.sees('.facts', '+49 170 1234567')
    const card = await person.text('.contact-card')
    const days = ['12 April 1985', '3 September']
    for (const words of ['Telephone mobile', 'ann@example.org', 'High Street 12', 'Met in Lyon.', 'Friends', ...days])
      expect(card).toContain(words)
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.contact-head img')?.naturalWidth === 24)
    await person.press('Copy', '.facts')
    await person.sees('.facts button', 'Copied')
    await page.focus('input[type="search"]')
    await page.keyboard.down('Control')
    await page.keyboard.press('v')
    await page.keyboard.up('Control')
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('input[type="search"]')?.value === '+49 170 1234567',
    )
    await person.go('contacts')
    await person.press('Ann Example', '.virtual')
    await person.press('Save as .vcf')
    expect((await person.saved('Ann Example.vcf')).toString()).toContain('FN:Ann Example\r\n')
  })

  it('shows a month, a week and a year with what repeats, and saves an event', async () => {
    await person.go('calendar?view=month&date=2026-11-25')
    await person.sees('h1', 'November 2026')
    const shown = async (words: string) => (await person.texts('.event')).filter((event) => event.includes(words))
    await expect.poll(() => shown('Weekly round')).toHaveLength(5)
    await expect.poll(() => shown('Holiday')).toHaveLength(3)
    await person.sees('.event.removed', 'Dentist')
    await person.press('School evening')
    await person.sees('dialog', 'Room 12')
    const details = await person.text('dialog .facts')
    for (const words of [
      ...[
        'Wednesday, 25 November 2026',
        'Family',
        'tentative',
        'School',
        'Hannah Brandt',
        'Ann Example',
        'https://school.example/',
      ],
      ...['Family, School', 'See https://school.example/evening', 'class', 'PRIVATE'],
    ])
      expect(details).toContain(words)
    await person.press('Save as .ics', 'dialog')
    expect((await person.saved('School evening.ics')).toString()).toContain('BEGIN:VCALENDAR')
    await person.escape()
    await person.press('Week', '.segmented')
    await person.sees('.week section', 'School evening')
    await person.press('Year', '.segmented')
    await person.sees('.agenda h2', 'November')
    await person.choose('Calendar', '4')
    await page.waitForFunction(() => document.querySelectorAll('.event').length === 5)
  })

  it('shows files by folder, opens, previews and keeps earlier versions', async () => {
    await person.go('files')
    await person.sees('.option', 'Taxes')
    await person.sees('.option', 'gone.docx')
    await person.press(oddName, '.virtual')
    await person.sees('dialog', 'Earlier versions')
    const links = await page.$$eval('dialog a', (all) => all.map((link) => (link as HTMLAnchorElement).href))
    expect(links.map((link) => fileURLToPath(link))).toEqual([
      join(vault, 'data/hannah@example.com/Files/My Drive', oddName),
      join(vault, 'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt'),
    ])
    await person.press('Preview', 'dialog')
    await page.waitForSelector('.preview iframe[sandbox=""]')
    await person.closeDialogs()
    await person.press('page.html', '.virtual')
    await person.sees('dialog .notice', 'can run when it is opened')
    expect(await page.$('dialog a')).toBeNull()
    await person.closeDialogs()
    await person.press('Taxes', '.virtual')
    await person.press('2025', '.virtual')
    await person.press('photo.png', '.virtual')
    await person.press('Preview', 'dialog')
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.preview img')?.naturalWidth === 24)
    await person.closeDialogs()
    await person.press('sound.wav', '.virtual')
    await person.press('Preview', 'dialog')
    await page.waitForFunction(() => (document.querySelector<HTMLAudioElement>('.preview audio')?.duration ?? 0) >= 1)
    await person.closeDialogs()
    await person.press('film.webm', '.virtual')
    await person.press('Preview', 'dialog')
    await page.waitForFunction(() => document.querySelector<HTMLVideoElement>('.preview video')?.videoWidth === 16)
    await page.$eval('.preview video', async (video) => await (video as HTMLVideoElement).play())
    await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>('.preview video')?.currentTime ?? 0) > 0)
    await person.closeDialogs()
    await person.press('report.pdf', '.virtual')
    await person.press('Preview', 'dialog')
    await page.waitForSelector('.preview iframe[src$=".pdf"]')
    await person.closeDialogs()
  })

  it('lists the documents of a year by kind, person and words', async () => {
    await person.go('documents?year=2026')
    await person.sees('.option', 'Invoice 118.pdf')
    await person.choose('Kind', 'pdf')
    await person.sees('.filters', '2 documents')
    await page.type('input[aria-label="Person"]', 'shop')
    await person.sees('.filters', '1 document')
    await person.press('Invoice 118.pdf', '.virtual')
    await person.sees('dialog', 'orders@shop.example')
    await person.press('Go to the message', 'dialog')
    await person.sees('.message h2', 'Your order has been shipped')
  })

  it('explains itself in German and English, in light and dark', async () => {
    await person.go('help')
    await person.sees('h1', 'What is this, and how do I use these files?')
    await page.select('.side-foot label:nth-child(1) select', 'de')
    await person.sees('h1', 'Was ist das, und wie benutze ich diese Dateien?')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
    await page.select('.side-foot label:nth-child(2) select', 'dark')
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.select('.side-foot label:nth-child(2) select', 'light')
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(dark)
    await page.select('.side-foot label:nth-child(1) select', 'en')
    await person.sees('h1', 'What is this')
  })

  it.each(['light', 'dark'] as const)('has nothing that axe objects to, %s', async (theme) => {
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
      await person.go(route)
      found.push(...(await axeFindings(page, route)))
    }
    for (const [route, row] of [
      ['files', oddName],
      ['documents?year=2026', 'Invoice'],
      ['calendar?view=week&date=2026-11-25', 'School evening'],
    ]) {
      await person.go(route ?? '')
      await person.press(row ?? '', 'main')
      await page.waitForSelector('dialog')
      found.push(...(await axeFindings(page, `${route}, opened`)))
      await person.closeDialogs()
    }
    expect(found).toEqual([])
  })

  it('fits a narrow screen', async () => {
    await resize(page, { width: 320, height: 640 })
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
      await person.go(route)
      const width = await page.evaluate(() =>
        Math.max(document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0),
      )
      if (width > 320) tooWide.push(`${route}: ${width}`)
    }
    expect(tooWide).toEqual([])
    await page.click('button[aria-label="Menu"]')
    await page.waitForFunction(() => (document.querySelector('.side')?.getBoundingClientRect().left ?? -1) === 0)
    await person.press('Contacts', '.side')
    await person.sees('h1', 'Contacts')
  })

  it('never asked for anything but its own files', async () => {
    // What was previewed, and Chromium's PDF viewer, which is made of frames of its own.
    const previews = /^(?:file: file:.*\.(?:txt|png|wav|webm|pdf)|navigation: file:.*\.(?:txt|pdf)|inner frame: file:.*\.pdf)$/
    expect((await person.watched.all()).filter((event) => !previews.test(event))).toEqual([])
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

/** Of the page around the message and of the message itself: what would be printed. Firefox cannot be told to show a page as printed. */
async function shownInPrint(page: Page): Promise<boolean[]> {
  return await page.evaluate(() => {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    const forPrint = rules.filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText === 'print') as CSSMediaRule[]
    for (const rule of forPrint) rule.media.mediaText = 'all'
    const shown = ['.side', '.top', '.pane.list', '.folders', '.message-tools', '.message'].map((one) => {
      const element = document.querySelector(one)
      return element !== null && getComputedStyle(element).display !== 'none' && element.getClientRects().length > 0
    })
    for (const rule of forPrint) rule.media.mediaText = 'print'
    return shown
  })
}
