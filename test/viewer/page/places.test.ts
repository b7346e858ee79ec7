/** The page opens wherever the disk is: an exFAT stick, a folder with an awkward name; also with damaged or missing data. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callsIn, scriptCall } from '../../../src/viewer/codec.ts'
import type { Manifest } from '../../../src/viewer/format.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { exfatMissing, mountExfat } from '../../servers/exfat.ts'
import { browserMissing, browserNames, type StartedBrowser, startBrowser } from './browsers.ts'
import { dataFolderOf } from './data-folder.ts'
import { writeFamilyVault } from './family.ts'
import { goTo, press } from './settled.ts'
import { watch } from './watch.ts'

for (const name of browserNames) {
  describeUnless(browserMissing(name), `where ${name} finds the page`, () => {
    let folder: string
    let started: StartedBrowser

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lifeboat-places-'))
      started = await startBrowser(name)
    })
    afterAll(async () => {
      await started.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    /** Opens the page, reads a message, a picture of it and a file, and answers what went wrong. */
    async function use(vault: string): Promise<readonly string[]> {
      const page = await started.newPage()
      try {
        const watched = await watch(page)
        await page.goto(`${pathToFileURL(join(vault, 'START HERE.html')).href}#/mail?folder=all&doc=0`)
        await page.waitForFunction(
          () =>
            document.querySelector<HTMLIFrameElement>('iframe[data-loaded="true"]')?.contentDocument?.images[0]?.naturalWidth ===
            24,
        )
        await goTo(page, '#/files?path=["My Drive","Taxes","2025"]')
        await press(page, '.option', 'photo.png')
        await press(page, 'dialog button', '')
        await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.preview img')?.naturalWidth === 24)
        return (await watched.all()).filter((event) => !/^file: file:.*photo\.png$/.test(event))
      } finally {
        await page.close()
      }
    }

    it.each(['with spaces', '100% #1 ?x=y', 'Größe – 写真 é', '50%25 &amp; <b>'])('in a folder called %j', async (title) => {
      const vault = join(folder, title)
      mkdirSync(vault)
      await writeFamilyVault(vault)
      expect(await use(vault)).toEqual([])
    })

    describeUnless(exfatMissing(), 'on an exFAT disk', () => {
      it('as anywhere else', async () => {
        const disk = await mountExfat(64)
        try {
          const vault = join(disk.dir, 'Family vault')
          const made = join(folder, 'exfat')
          mkdirSync(made)
          await writeFamilyVault(made, 'plain')
          cpSync(made, vault, { recursive: true })
          expect(await use(vault)).toEqual([])
        } finally {
          await disk.unmount()
        }
      })
    })

    async function said(vault: string): Promise<string> {
      const page = await started.newPage()
      try {
        await page.evaluateOnNewDocument(() => localStorage.setItem('lifeboat-language', 'en'))
        await page.goto(pathToFileURL(join(vault, 'START HERE.html')).href)
        await page.waitForSelector('.empty:not(.loading) :is(h1, h2), .account h2')
        return await page.$eval('main', (main) => (main as HTMLElement).innerText)
      } finally {
        await page.close()
      }
    }

    it('says what is wrong when the data is missing, damaged or newer, and that nothing is lost', async () => {
      const vault = join(folder, 'damaged')
      mkdirSync(vault)
      await writeFamilyVault(vault)
      const data = dataFolderOf(vault)
      renameSync(data, `${data}-away`)
      const absent = await said(vault)
      expect(absent).toContain('not beside this page')
      expect(absent).toContain('Your mail, contacts, calendars and files do not depend on it')
      renameSync(`${data}-away`, data)
      const overview = readdirSync(data).find((file) => file.startsWith('o')) ?? ''
      const whole = readFileSync(join(data, overview))
      writeFileSync(join(data, overview), whole.subarray(0, whole.length / 2))
      expect(await said(vault)).toContain('data is damaged')
      writeFileSync(join(data, overview), whole)
      expect(await said(vault)).toContain('hannah@example.com')
      for (const slot of ['m0', 'm1'].filter((name) => existsSync(join(data, `${name}.js`)))) {
        const content = callsIn(readFileSync(join(data, `${slot}.js`))).get(slot) ?? new Uint8Array()
        const manifest = JSON.parse(gunzipSync(content).toString()) as Manifest
        const newer = gzipSync(JSON.stringify({ ...manifest, format: manifest.format + 1 }))
        writeFileSync(join(data, `${slot}.js`), scriptCall(slot, newer))
      }
      expect(await said(vault)).toContain('do not belong together')
    })
  })
}
