/** What every provider of mail has to pass, run by the engine into a real vault. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Driver } from './driver.ts'
import { collectionReport, Scene, sum } from './harness.ts'

function message(name: string, body = 'Hello.'): Buffer {
  const header = `Message-ID: <${name}@example.org>\r\nReceived: from a by b; ${name}\r\nDate: Mon, 3 Feb 2025 04:05:06 +0000\r\nFrom: a@example.org\r\nSubject: ${name}\r\n`
  return Buffer.from(`${header}\r\n${body}\r\n`)
}

/** What an account of this kind can be made to do. */
export interface MailShape {
  readonly inbox: readonly string[]
  /** Another folder. */
  readonly work: readonly string[]
  /** The account has the folders it has: none can be added or renamed. */
  readonly isFixed: boolean
  /** Flags that a message can be given after it arrived without. */
  readonly newFlags: readonly string[]
}

const usualShape: MailShape = { inbox: ['Inbox'], work: ['Work'], isFixed: false, newFlags: ['\\Answered', '\\Seen'] }

export function describeMailConformance(name: string, start: () => Promise<Driver>, shape: MailShape = usualShape): void {
  const { inbox, work } = shape
  const inboxName = inbox.join('/')
  const withFolders = it.skipIf(shape.isFixed)

  describe(`${name}: a provider of mail`, () => {
    let driver: Driver
    let scene: Scene

    beforeEach(async () => {
      driver = await start()
      scene = await Scene.make(driver)
    })

    afterEach(async () => {
      await driver.stop()
      await scene.remove()
    })

    async function fill(folder: readonly string[], count: number, prefix = 'm'): Promise<string[]> {
      const handles: string[] = []
      for (let n = 0; n < count; n++) handles.push(await driver.add(folder, message(`${prefix}${n}`)))
      return handles
    }

    it('saves everything in the first run and nothing in the second', async () => {
      await fill(inbox, 8)
      await driver.addFolder(work)
      await driver.add(work, message('w'), ['\\Seen', '\\Flagged'])
      const first = await scene.run()
      expect(sum(first, 'added')).toBe(9)
      await scene.expectGood(first)
      const flags = (await scene.read()).items.find((item) => item.head.subject === 'w')?.meta.flags
      expect(flags).toEqual(['\\Flagged', '\\Seen'])
      const second = await scene.run()
      expect([
        sum(second, 'added'),
        sum(second, 'copied'),
        sum(second, 'changed'),
        sum(second, 'removed'),
        sum(second, 'bytes'),
      ]).toEqual([0, 0, 0, 0, 0])
      await scene.expectGood(second)
    })

    it('takes new messages and lets removed ones go, without fetching the others again', async () => {
      const handles = await fill(inbox, 12)
      await scene.run()
      await driver.add(inbox, message('new'))
      await driver.remove(handles[3] ?? '')
      const report = await scene.run()
      expect([sum(report, 'added'), sum(report, 'removed'), sum(report, 'copied')]).toEqual([1, 1, 0])
      await scene.expectGood(report)
      expect((await scene.read()).all[inboxName]).toHaveLength(13)
    })

    it('takes an edited message as a new one and keeps the old one', async () => {
      const handles = await fill(inbox, 6)
      await scene.run()
      await driver.remove(handles[0] ?? '')
      await driver.add(inbox, message('m0', 'Hello again.'))
      const report = await scene.run()
      expect([sum(report, 'added'), sum(report, 'removed')]).toEqual([1, 1])
      await scene.expectGood(report)
      expect((await scene.read()).all[inboxName]).toHaveLength(7)
    })

    it('notes changed flags and downloads nothing', async () => {
      const handles = await fill(inbox, 5)
      await scene.run()
      await driver.reflag(handles[1] ?? '', shape.newFlags)
      const report = await scene.run()
      expect([sum(report, 'changed'), sum(report, 'added'), sum(report, 'bytes')]).toEqual([1, 0, 0])
      await scene.expectGood(report)
      const flags = (await scene.read()).items.find((item) => item.head.subject === 'm1')?.meta.flags
      expect(flags).toEqual(shape.newFlags)
    })

    it('recognises a moved message and downloads nothing', async () => {
      const handles = await fill(inbox, 6)
      await driver.addFolder(work)
      await scene.run()
      await driver.move(handles[2] ?? '', work)
      const report = await scene.run()
      expect([sum(report, 'copied'), sum(report, 'removed'), sum(report, 'added'), sum(report, 'bytes')]).toEqual([1, 1, 0, 0])
      await scene.expectGood(report)
    })

    it('keeps two messages with the same bytes apart', async () => {
      await driver.add(inbox, message('twin'))
      await driver.add(inbox, message('twin'))
      await scene.expectGood(await scene.run())
      await driver.add(inbox, message('twin'))
      const report = await scene.run()
      await scene.expectGood(report)
      expect((await scene.read()).live[inboxName]).toHaveLength(3)
    })

    withFolders('follows a renamed folder with its subfolders and downloads nothing', async () => {
      await fill(inbox, 3)
      await driver.addFolder(work)
      await driver.addFolder([...work, 'Deep'])
      await fill(work, 4, 'w')
      await fill([...work, 'Deep'], 4, 'd')
      await scene.run()
      await driver.renameFolder(work, ['Arbeit & Müll'])
      const report = await scene.run()
      expect([sum(report, 'added'), sum(report, 'bytes')]).toEqual([0, 0])
      await scene.expectGood(report)
      const { live } = await scene.read()
      expect(live['Arbeit & Müll/Deep']).toHaveLength(4)
      expect(await readdir(join(scene.vault, 'data', driver.account.id, 'Mail'))).toContain('Arbeit & Müll')
    })

    it('lists again when the cursor has expired, and stores and downloads nothing twice', async () => {
      await fill(inbox, 25)
      await scene.run()
      await driver.expireCursors()
      const report = await scene.run()
      expect([sum(report, 'added'), sum(report, 'bytes'), sum(report, 'removed')]).toEqual([0, 0, 0])
      expect(collectionReport(report, inbox)?.heldBack).toBe(0)
      await scene.expectGood(report)
      const { all, items } = await scene.read()
      expect(all[inboxName]).toHaveLength(25)
      expect(new Set(items.map(({ path, offset }) => `${path}:${offset}`)).size).toBe(25)
    })

    it('saves the others when one message cannot be fetched, names it, and tries it again', async () => {
      const handles = await fill(inbox, 6)
      await driver.poison(handles[3] ?? '')
      const first = await scene.run()
      expect(collectionReport(first, inbox)).toMatchObject({ stored: 5, pending: 1 })
      const [pending] = first.accounts[0]?.pending ?? []
      expect(pending).toMatchObject({ collection: inbox })
      expect(pending?.reason).toMatch(/\w+ \w+/)
      await scene.expectSound()
      expect(collectionReport(await scene.run(), inbox)).toMatchObject({ stored: 5, pending: 1, added: 0 })
      await driver.heal()
      const healed = await scene.run()
      expect(collectionReport(healed, inbox)).toMatchObject({ stored: 6, pending: 0, added: 1 })
      await scene.expectGood(healed)
    })

    it('goes on where it was stopped', async () => {
      await fill(inbox, 40)
      await driver.addFolder(work)
      await fill(work, 40, 'w')
      await scene.expectToGoOn(80)
      expect((await scene.read()).items).toHaveLength(80)
    })

    it('holds back removals that look like a fault', async () => {
      const handles = await fill(inbox, 24)
      await scene.run()
      for (const handle of handles.slice(0, 12)) await driver.remove(handle)
      const held = await scene.run()
      expect(collectionReport(held, inbox)).toMatchObject({ heldBack: 12, removed: 0 })
      expect((await scene.read()).live[inboxName]).toHaveLength(24)
      const accepted = await scene.run({ acceptRemovals: true })
      expect(collectionReport(accepted, inbox)).toMatchObject({ heldBack: 0, removed: 12 })
      await scene.expectGood(accepted)
    })

    withFolders('takes folders of every name that the account can hold', async () => {
      const names = [
        'CON',
        'aux.txt',
        'x.',
        ' x',
        'a:b',
        'a*b?',
        '日本語',
        'Übung',
        'U\u0308bung',
        'work',
        'WORK',
        '2025.mbox',
        'index.csv',
        'Attachments',
        '=41',
        '100% & more',
        'a\u202eb',
        '"quoted"',
        '-rf',
      ]
      const taken: string[] = []
      for (const name of names) {
        try {
          await driver.addFolder([name])
          await driver.add([name], message(`in ${taken.length}`))
          taken.push(name)
        } catch {
          // The account itself refuses this name: then there is nothing to save.
        }
      }
      expect(taken.length).toBeGreaterThan(12)
      const report = await scene.run()
      await scene.expectGood(report)
      expect(await readdir(scene.scratch)).toEqual(['vault', 'vault.cache'])
    })

    it('takes messages of every size octet for octet', async () => {
      await driver.add(inbox, Buffer.from('\r\n'))
      await driver.add(inbox, Buffer.from('Subject: no body\r\n\r\n'))
      await driver.add(inbox, message('huge', 'From here on it is long.\r\n'.repeat(800_000)))
      await driver.add(inbox, message('long line', 'x'.repeat(2_000_000)))
      await scene.expectGood(await scene.run())
    })
  })
}
