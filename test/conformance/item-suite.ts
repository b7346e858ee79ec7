/** What every provider of contacts or calendars has to pass, run by the engine into a real vault. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectionReport, nothing, Scene, sum, sums } from './harness.ts'
import { type Handle, type ItemDriver, itemContent } from './item-driver.ts'

export function describeItemConformance(name: string, start: () => Promise<ItemDriver>): void {
  describe(`${name}`, () => {
    let driver: ItemDriver
    let scene: Scene

    beforeEach(async () => {
      driver = await start()
      scene = await Scene.make(driver)
      await driver.addCollection?.('Home')
    })

    afterEach(async () => {
      await scene.remove()
      await driver.stop()
    })

    const named = (name: 'Home' | 'Work') => driver.names?.[name] ?? name

    const content = (uid: string, text?: string) => itemContent(driver.service, uid, text)

    async function fill(collection: string, count: number, prefix = 'm'): Promise<Handle[]> {
      const handles: Handle[] = []
      for (let n = 0; n < count; n++) handles.push(await driver.add(collection, content(`${prefix}${n}`)))
      return handles
    }

    it('saves everything in the first run and nothing in the second', async () => {
      await fill('Home', 8)
      await driver.addCollection?.('Work')
      await fill('Work', 3, 'w')
      const first = await scene.run()
      expect(sum(first, 'added')).toBe(11)
      await scene.expectGood(first)
      const second = await scene.run()
      expect(sums(second, ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])
      await scene.expectGood(second)
    })

    it('takes what is new and edited, lets go what is removed, keeps what was, and fetches nothing else', async () => {
      const handles = await fill('Home', 12)
      const before = content('m5')
      await scene.run()
      const [added, edited] = [content('new'), content('m5', 'Hello again.')]
      await driver.add('Home', added)
      await driver.edit(handles[5] ?? '', edited)
      await driver.remove(handles[3] ?? '')
      const report = await scene.run()
      expect(sums(report, 'added', 'changed', 'removed', 'copied', 'heldBack')).toEqual([1, 1, 1, 0, 0])
      expect(sum(report, 'bytes')).toBeLessThan(3 * (added.length + edited.length))
      await scene.expectGood(report)
      const { all, live } = await scene.read()
      expect(live[named('Home')]).toHaveLength(12)
      expect(all[named('Home')]).toHaveLength(14)
      expect(before.length).toBeGreaterThan(0)
    })

    it('keeps an item that moved to another collection in both, as it is there and as it was here', async () => {
      const handles = await fill('Home', 6)
      await driver.addCollection?.('Work')
      await scene.run()
      await driver.remove(handles[2] ?? '')
      await driver.add('Work', content('m2'))
      const report = await scene.run()
      await scene.expectGood(report)
      const { all, live } = await scene.read()
      expect([live[named('Home')]?.length, all[named('Home')]?.length, live[named('Work')]?.length]).toEqual([5, 6, 1])
    })

    it('follows a renamed collection and downloads nothing', async ({ skip }) => {
      const { renameCollection } = driver
      if (renameCollection === undefined) return skip('here a collection of another name is another collection')
      await fill('Home', 5)
      await scene.expectGood(await scene.run())
      await renameCollection.call(driver, 'Home', 'Zuhause & Garten')
      const report = await scene.run()
      expect(sums(report, 'added', 'removed', 'bytes')).toEqual([0, 0, 0])
      await scene.expectGood(report)
      const folder = driver.service === 'contacts' ? 'Contacts' : 'Calendars'
      const ending = driver.service === 'contacts' ? 'vcf' : 'ics'
      expect(await readdir(join(scene.vault, 'data', driver.account.id, folder))).toEqual([`Zuhause & Garten.${ending}`])
    })

    it('lists again when the cursor has expired, and stores and downloads nothing twice', async () => {
      await fill('Home', 25)
      await scene.run()
      await driver.expireCursors()
      const report = await scene.run()
      expect(sums(report, ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])
      await scene.expectGood(report)
      expect((await scene.read()).all[named('Home')]).toHaveLength(25)
    })

    it('saves the others when one cannot be fetched, names it, and tries it again', async ({ skip }) => {
      if (driver.poison === undefined) skip('this provider gives items with their list: none can fail alone')
      const handles = await fill('Home', 6)
      await driver.poison?.(handles[3] ?? '')
      const first = await scene.run()
      expect(collectionReport(first, [named('Home')])).toMatchObject({ stored: 5, pending: 1 })
      expect(first.accounts[0]?.pending).toMatchObject([
        { collection: [named('Home')], reason: expect.stringMatching(/\w+ \w+/) },
      ])
      await scene.expectSound()
      expect(collectionReport(await scene.run(), [named('Home')])).toMatchObject({ stored: 5, pending: 1, added: 0 })
      await driver.heal?.()
      const healed = await scene.run()
      expect(collectionReport(healed, [named('Home')])).toMatchObject({ stored: 6, pending: 0, added: 1 })
      await scene.expectGood(healed)
    })

    it('goes on where it was stopped', async () => {
      await fill('Home', 40)
      await driver.addCollection?.('Work')
      await fill('Work', 40, 'w')
      await scene.expectToGoOn(80)
    })

    it('holds back removals that look like a fault', async () => {
      const handles = await fill('Home', 24)
      await scene.run()
      for (const handle of handles.slice(0, 12)) await driver.remove(handle)
      const held = await scene.run()
      expect(collectionReport(held, [named('Home')])).toMatchObject({ heldBack: 12, removed: 0 })
      expect((await scene.read()).live[named('Home')]).toHaveLength(24)
      const accepted = await scene.run({ acceptRemovals: true })
      expect(collectionReport(accepted, [named('Home')])).toMatchObject({ heldBack: 0, removed: 12 })
      await scene.expectGood(accepted)
      expect((await scene.read()).all[named('Home')]).toHaveLength(24)
    })

    it('takes collections of every name that the account can hold, two of one name too', async ({ skip }) => {
      if (driver.addCollection === undefined) skip('this provider has two address books and no others')
      const names = [
        'CON',
        'aux.txt',
        'x.',
        'a:b',
        'a*b?',
        '日本語',
        'Übung',
        'U\u0308bung',
        'home',
        '../up',
        'a/b',
        '"q"',
        '-rf',
      ]
      const taken: string[] = []
      for (const name of [...names, 'twin', 'twin']) {
        try {
          await driver.addCollection?.(name)
          await driver.add(name, content(`in-${taken.length}`))
          taken.push(name)
        } catch {
          // The account itself refuses this name: then there is nothing to save.
        }
      }
      expect(taken.length).toBeGreaterThan(8)
      await scene.expectGood(await scene.run())
      expect(await readdir(scene.scratch)).toEqual(['vault', 'vault.cache'])
    })

    it('takes items of every size octet for octet', async () => {
      await driver.add('Home', content('small', ''))
      await driver.add('Home', content('large', 'From here on it is long. '.repeat(100_000)))
      await driver.add('Home', content('odd', 'naïve \u{1f600} \u2028 … \\, \\; \\n'))
      await scene.expectGood(await scene.run())
    })
  })
}
