/** The vault's folder in the page's hands: dropped, picked, or given as a list of files, whichever the browser can. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type BrowserName, browserMissing } from './browsers.ts'
import { originalText, writeFamilyVault } from './family.ts'
import { filesOf, Person } from './person.ts'

const message = 'mail?folder=all&doc=3'
const savedName = '2026-11-20 Exact.eml'

describe('the vault’s folder', () => {
  let folder: string
  let vault: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-folder-'))
    vault = mkdtempSync(join(folder, 'Größe #1 100% '))
    await writeFamilyVault(vault)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function inBrowser(name: BrowserName, use: (person: Person) => Promise<void>): Promise<void> {
    const person = await Person.opening(name, vault)
    try {
      await use(person)
    } finally {
      await person.leave()
    }
  }

  async function asked(person: Person): Promise<void> {
    await person.go(message)
    await person.press('Save as .eml')
    await person.sees('dialog h2', 'Show this page its folder')
  }

  /** It is the exact message, and nothing asks any more. */
  async function isSaved(person: Person): Promise<void> {
    expect((await person.saved(savedName)).toString()).toBe(originalText)
    await person.page.waitForFunction(() => !document.querySelector('dialog'))
    rmSync(join(person.started.downloads, savedName))
    await person.press('Save as .eml')
    expect((await person.saved(savedName)).toString()).toBe(originalText)
    expect(await person.page.$('dialog')).toBeNull()
    expect(await person.watched.all()).toEqual([])
  }

  describeUnless(browserMissing('chromium'), 'in chromium', () => {
    it('is dropped on the page', () =>
      inBrowser('chromium', async (person) => {
        await asked(person)
        const session = await person.page.createCDPSession()
        const drop = async (path: string): Promise<void> => {
          const box = await (await person.page.$('dialog .drop'))?.boundingBox()
          const data = { items: [], files: [path], dragOperationsMask: 1 }
          for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
            await session.send('Input.dispatchDragEvent', { type, x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 20, data })
        }
        await drop(folder)
        await person.sees('dialog .notice', 'not the folder of the backup')
        await drop(vault)
        await isSaved(person)
      }))
  })

  describeUnless(browserMissing('chromium'), 'in chromium, as in browsers without a picker of folders', () => {
    it('is chosen', () =>
      inBrowser('chromium', async (person) => {
        await person.page.evaluate(() => Reflect.deleteProperty(window, 'showDirectoryPicker'))
        await asked(person)
        const choose = async (path: string): Promise<void> => {
          const [chooser] = await Promise.all([person.page.waitForFileChooser(), person.press('Choose the folder', 'dialog')])
          await chooser.accept([path])
        }
        await choose(folder)
        await person.sees('dialog .notice', 'not the folder of the backup')
        await choose(vault)
        await isSaved(person)
      }))
  })

  // Neither a drop nor a dialog of Firefox's can be driven: what the browser would hand over is told instead.
  describeUnless(browserMissing('firefox'), 'in firefox', () => {
    it('is chosen', () =>
      inBrowser('firefox', async (person) => {
        await asked(person)
        expect(await person.page.evaluate(() => 'showDirectoryPicker' in window)).toBe(false)
        await person.page.evaluate((known) => {
          const files = known.map(([path, base64]) => {
            const file = new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], path.split('/').at(-1) ?? '')
            return Object.defineProperty(file, 'webkitRelativePath', { value: `vault/${path}` })
          })
          const input = document.querySelector('dialog input[type="file"]') as HTMLInputElement
          Object.defineProperty(input, 'files', { value: files })
          input.dispatchEvent(new Event('change', { bubbles: true }))
        }, filesOf(vault))
        await isSaved(person)
      }))
  })

  describeUnless(browserMissing('firefox'), 'in firefox, by a drop', () => {
    it('is taken', () =>
      inBrowser('firefox', async (person) => {
        await asked(person)
        await person.page.evaluate((known) => {
          const contents = new Map(known)
          const getFile = (
            path: string,
            _: unknown,
            found: (entry: unknown) => void,
            missing: (error: unknown) => void,
          ): void => {
            const base64 = contents.get(path)
            if (base64 === undefined) missing(new DOMException('not there', 'NotFoundError'))
            else {
              const octets = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
              found({ file: (take: (file: File) => void) => take(new File([octets], path)) })
            }
          }
          const drop = new Event('drop', { bubbles: true, cancelable: true })
          const entry = { isDirectory: true, getFile }
          Object.defineProperty(drop, 'dataTransfer', { value: { items: [{ webkitGetAsEntry: () => entry }] } })
          document.querySelector('dialog .drop')?.dispatchEvent(drop)
        }, filesOf(vault))
        await isSaved(person)
      }))
  })
})
