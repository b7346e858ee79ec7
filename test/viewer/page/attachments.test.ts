/** What came by mail and may be hostile never lies on the disk as a file that a click would run. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderPage } from '../../../build/page.mjs'
import { viewerBeside } from '../../../src/engine/viewer.ts'
import { fillStartPage } from '../../../src/viewer/start-page.ts'
import { corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { MemoryAccount } from '../../fixtures/memory-account.ts'
import { patience, until } from '../../fixtures/patience.ts'
import { runBackup } from '../../fixtures/vaults.ts'
import { browserMissing, browserNames, startBrowser } from './browsers.ts'
import { dataFolderOf } from './data-folder.ts'
import { corpusPayloads, loadPayloads } from './hostile.ts'
import { Person } from './person.ts'
import { watch } from './watch.ts'

/** What some program runs, or a browser shows as a page of its own. */
const active =
  'html htm xhtml xht shtml svg svgz xml xsl xslt rss atom rdf mht mhtml maff hta htc js mjs cjs vbs vbe wsf wsh ps1 psm1 sh bash bat cmd com exe scr msi pif cpl dll jar jnlp swf lnk url desktop webloc app dmg iso reg inf chm hlp eml msg one docm xlsm pptm dotm xlam sldm wasm php py pl rb'.split(
    ' ',
  )
const harmless =
  'pdf jpg jpeg png gif webp bmp tif txt csv md log rtf doc docx odt xls xlsx ods ppt pptx odp zip gz 7z rar tar mp3 m4a ogg wav flac mp4 mov avi mkv webm ics vcf epub'.split(
    ' ',
  )
/** What each browser shows by itself. */
const shown = /\.(?:txt|log|pdf|jpe?g|png|gif|bmp)$/i
const types =
  'text/html image/svg+xml application/xhtml+xml text/xml application/pdf image/png text/plain application/octet-stream multipart/related message/rfc822 application/x-msdownload x'.split(
    ' ',
  )

function names(n: number): string {
  const extension = [...active, ...harmless][n % (active.length + harmless.length)] ?? ''
  const forms = [
    ...[`file${n}.${extension}`, `FILE${n}.${extension.toUpperCase()}`, `file${n}.${extension} `, `file${n}.${extension}.`],
    ...[
      `file${n}.pdf.${extension}`,
      `file${n}.${extension}\u202efdp`,
      `../../file${n}.${extension}`,
      `file${n}.${extension};.pdf`,
    ],
    ...[`file${n}`, `file${n}.dat`, `file${n}.html%00.pdf`, `file${n}.pdf:file.${extension}`, `file${n}.${extension}#.pdf`],
    ...[`C:\\x\\file${n}.${extension}`, `file${n}.ht\u00adml`, `file${n}.ｈｔｍｌ`, `.${extension}`],
  ]
  return forms[Math.floor(n / 7) % forms.length] ?? ''
}

function message(n: number, parts: readonly string[]): string {
  const attachments = parts.map(
    (content, at) =>
      `--b\r\nContent-Type: ${types[(n + at) % types.length]}\r\nContent-Disposition: attachment; filename*=utf-8''${encodeURIComponent(names(n * 20 + at))}\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`,
  )
  const head = `Message-ID: <${n}@x>\r\nReceived: by x; ${n}\r\nDate: Thu, 07 Mar 2024 10:00:00 +0000\r\nFrom: "x.html" <a@example.com>\r\nSubject: ${n}\r\n`
  return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n${attachments.join('')}--b--\r\n`
}

describeUnless(corpusMissing(), 'hostile attachments', () => {
  let vault: string
  let messages = 0
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.end()
  })
  const files = () => {
    const folder = join(vault, 'data/alice/Mail/Attachments')
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    )
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const payloads = [...corpusPayloads(), ...loadPayloads((way) => `http://127.0.0.1:${port}/${way}`)]
    // As it is, and behind what does not look like a page.
    const contents = payloads.flatMap((payload) => [payload, `Dear Hannah,\n\n${payload}`, `%PDF-1.4\n${payload}`])
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    for (let n = 0; n * 20 < contents.length; n++, messages++) account.add(inbox, message(n, contents.slice(n * 20, n * 20 + 20)))
    vault = join(await mkdtemp(join(tmpdir(), 'lifeboat-hostile-')), 'vault')
    const report = await runBackup(vault, account, { companion: viewerBeside({ onProgress: () => undefined }) })
    expect(report.notices).toEqual([])
  })

  afterAll(async () => {
    server.close()
    await rm(join(vault, '..'), { recursive: true, force: true })
  })

  it('never lie on the disk as what some program runs, or a browser takes for a page', () => {
    const there = files()
    expect(there.length).toBeGreaterThan(100)
    for (const file of there) {
      expect(active, file).not.toContain(extname(file).slice(1).toLowerCase())
      expect(harmless, file).toContain(extname(file).slice(1).toLowerCase())
      expect(readFileSync(file, 'latin1').trimStart().startsWith('<'), file).toBe(false)
    }
    // Of every kind that is kept there is one, so that the browsers below get to see it.
    expect(new Set(there.map((file) => extname(file).slice(1))).size).toBeGreaterThan(harmless.length - 8)
  })

  for (const name of browserNames) {
    describeUnless(browserMissing(name), `opened in ${name} from the file manager`, () => {
      it('run nothing, lead nowhere and ask for nothing', async () => {
        const byKind = Map.groupBy(files(), (file) => extname(file))
        const chosen = [...byKind.values()].flatMap((all) => all.filter((_, at) => at % Math.ceil(all.length / 2) === 0))
        const { newPage, stop } = await startBrowser(name)
        try {
          asked = 0
          const page = await newPage()
          const watched = await watch(page)
          const opened: string[] = []
          for (const file of chosen) {
            const url = pathToFileURL(file).href
            // What the browser saves instead of showing it ends the navigation, or leaves it hanging.
            // And that end can come only when the next one has begun already.
            const visit = () => page.goto(url, { waitUntil: 'load', timeout: 1500 }).catch(() => undefined)
            await visit()
            if (shown.test(file))
              await until(async () => page.url() === url || (await visit().then(() => false)), `${file} to be shown`)
            if (page.url() !== url) continue
            opened.push(extname(file))
            expect(await page.evaluate(() => window.ran.length), file).toBe(0)
          }
          expect(opened).toContain('.txt')
          const own = new Set(chosen.map((file) => pathToFileURL(file).href))
          const others = watched.events.filter((event) => !own.has(event.replace(/^(?:navigation|inner frame|file): /, '')))
          expect(others.filter((event) => !event.startsWith('error: '))).toEqual([])
          expect(asked).toBe(0)
        } finally {
          await stop()
        }
      })
    })

    describeUnless(browserMissing(name), `looked at in ${name} on a page without its sanitiser`, () => {
      it('are shown as text or saved under a name that nothing runs', async () => {
        const bare = await renderPage({ 'clean-html.ts': join(import.meta.dirname, 'without-sanitiser.ts') })
        const start = { dataFolder: basename(dataFolderOf(vault)), vaultName: 'Hostile' }
        writeFileSync(join(vault, 'START HERE.html'), fillStartPage(bare, start))
        const person = await Person.opening(name, vault)
        try {
          asked = 0
          await person.offerFolder(vault)
          let count = 0
          for (let doc = 0; doc < messages; doc += 10) {
            await person.page.bringToFront()
            await person.go(`mail?folder=all&doc=${doc}`)
            await person.page.waitForSelector(`article[data-doc="${doc}"] .attachment`)
            count += await person.page.evaluate(lookAtAll, patience)
          }
          expect(count).toBeGreaterThan(20)
          const { downloads } = person.started
          await until(() => readdirSync(downloads).every((file) => !/\.(?:part|crdownload)$/.test(file)), 'what is saved')
          const saved = readdirSync(downloads)
          expect(saved.length).toBeGreaterThan(20)
          for (const file of saved) {
            expect(
              active.filter((one) => one !== 'eml' && one !== 'msg'),
              file,
            ).not.toContain(extname(file).slice(1).toLowerCase())
            const isKnown = /\.(?:txt|eml|msg)$/i.test(file) || harmless.includes(extname(file).slice(1).toLowerCase())
            if (!isKnown) expect(readFileSync(join(downloads, file), 'latin1').trimStart().startsWith('<'), file).toBe(false)
          }
          expect(await person.watched.all()).toEqual([])
          expect(asked).toBe(0)
        } finally {
          await person.leave()
        }
      })
    })
  }
})

/** Runs in the page: each attachment of the open message as text where that is offered, and saved. Answers how many were shown. */
async function lookAtAll(limit: number): Promise<number> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
  const find = (within: Element | Document, words: string): HTMLElement | undefined =>
    [...within.querySelectorAll<HTMLElement>('button')].find((button) => button.innerText.includes(words))
  const wait = async <T>(look: () => T | null | undefined | false): Promise<T> => {
    for (const end = Date.now() + limit; Date.now() < end; await pause()) {
      const found = look()
      if (found) return found
    }
    throw new Error('Waited in vain')
  }
  let shown = 0
  for (const attachment of document.querySelectorAll('.attachment')) {
    const asText = find(attachment, 'Show as text')
    asText?.click()
    if (asText) {
      const open = await wait(() => document.querySelector('dialog pre') ?? find(document, 'Choose the folder'))
      if (open.localName === 'button') (open as HTMLElement).click()
      await wait(() => document.querySelector('dialog pre'))
      shown++
      await wait(() => {
        for (const dialog of document.querySelectorAll('dialog')) dialog.close()
        return !document.querySelector('dialog')
      })
    }
    // Firefox shows a saved PDF in a tab of its own, before this one.
    if (!/\.pdf$/i.test(attachment.querySelector('bdi')?.textContent ?? '')) find(attachment, 'Save')?.click()
  }
  return shown
}
