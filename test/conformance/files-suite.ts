/** What every provider of files has to pass, run by the engine into a real vault. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectionReport, nothing, Scene, sum, sums } from './harness.ts'
import type { FilesDriver, Handle } from './item-driver.ts'

export function describeFilesConformance(name: string, start: () => Promise<FilesDriver>): void {
  describe(`${name}`, () => {
    let driver: FilesDriver
    let scene: Scene

    beforeEach(async () => {
      driver = await start()
      scene = await Scene.make(driver)
    })

    afterEach(async () => {
      await scene.remove()
      await driver.stop()
    })

    const content = (text: string) => Buffer.from(`${text}\n`)
    const saved = (...path: readonly string[]) => join(scene.vault, 'data', driver.account.id, 'Files', driver.drive, ...path)

    async function fill(folder: string, count: number): Promise<Handle[]> {
      const handles: Handle[] = []
      for (let n = 0; n < count; n++) handles.push(await driver.add(`${folder}/file ${n}.txt`, content(`${folder} ${n}`)))
      return handles
    }

    it('saves everything in the first run, with its time, and nothing in the second', async () => {
      await fill('Papers/2024', 6)
      const time = new Date('2019-08-07T06:05:04Z')
      await driver.add('old letter.txt', content('old'), time)
      const first = await scene.run()
      expect(sum(first, 'added')).toBe(7)
      await scene.expectGood(first)
      expect(await readFile(saved('Papers', '2024', 'file 3.txt'), 'utf8')).toBe('Papers/2024 3\n')
      expect((await stat(saved('old letter.txt'))).mtime).toEqual(time)
      const second = await scene.run()
      expect(sums(second, ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])
      await scene.expectGood(second)
    })

    it('takes what is new and edited, lets go what is removed, keeps what was, and fetches nothing else', async () => {
      const handles = await fill('Papers', 12)
      await scene.run()
      await driver.add('Papers/new.txt', content('new'))
      await driver.edit(handles[5] ?? '', content('edited, and longer than before'))
      await driver.remove(handles[3] ?? '')
      const report = await scene.run()
      expect(sums(report, 'added', 'changed', 'removed', 'copied', 'heldBack')).toEqual([1, 1, 1, 0, 0])
      expect(sum(report, 'bytes')).toBe(content('new').length + content('edited, and longer than before').length)
      await scene.expectGood(report)
      const { all, live } = await scene.read()
      expect([live[driver.drive]?.length, all[driver.drive]?.length]).toEqual([12, 14])
      await expect(readFile(saved('Papers', 'file 3.txt'))).rejects.toThrow()
    })

    it('follows a renamed and a moved file', async () => {
      const handles = await fill('Papers', 8)
      await scene.run()
      await driver.move(handles[0] ?? '', 'Papers/renamed.txt')
      await driver.move(handles[1] ?? '', 'Other/deep/file 1.txt')
      const report = await scene.run()
      if (driver.knowsMoves) expect(sums(report, 'added', 'removed', 'bytes')).toEqual([0, 0, 0])
      await scene.expectGood(report)
      expect(await readFile(saved('Papers', 'renamed.txt'), 'utf8')).toBe('Papers 0\n')
      expect(await readFile(saved('Other', 'deep', 'file 1.txt'), 'utf8')).toBe('Papers 1\n')
      expect(await readdir(saved('Papers'))).not.toContain('file 0.txt')
    })

    it('keeps every state over five runs: a file becomes a folder and a file again', async () => {
      await fill('Kept', 6)
      const report = await driver.add('report', content('first'))
      await scene.run()
      await driver.edit(report, content('second, longer'))
      await scene.run()
      await driver.remove(report)
      const page = await driver.add('report/page 1', content('third'))
      await scene.run()
      await driver.remove(page)
      await driver.remove('report')
      await driver.add('report', content('fourth'))
      await scene.expectGood(await scene.run())
      await scene.expectGood(await scene.run())
      const { all } = await scene.read()
      const known = ['first', 'second, longer', 'third', 'fourth'].map((text) =>
        createHash('sha256').update(content(text)).digest('hex'),
      )
      expect(all[driver.drive]).toEqual(expect.arrayContaining(known))
      expect(await readFile(saved('report'), 'utf8')).toBe('fourth\n')
    })

    it('keeps a folder that holds nothing, and follows what becomes of it', async () => {
      await driver.add('Papers/letter.txt', content('letter'))
      const folder = await driver.addFolder('Plans/2027/empty')
      const first = await scene.run()
      await scene.expectGood(first)
      expect((await scene.read()).items.map(({ meta }) => [meta['path'], meta['folder'] ?? false])).toEqual(
        expect.arrayContaining([
          [['Plans', '2027', 'empty'], true],
          [['Papers', 'letter.txt'], false],
        ]),
      )
      expect(await readdir(saved('Plans', '2027', 'empty'))).toEqual(['.keep'])
      expect(sums(await scene.run(), ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])

      const file = await driver.add('Plans/2027/empty/no more.txt', content('filled'))
      await scene.expectGood(await scene.run())
      expect(await readdir(saved('Plans', '2027', 'empty'))).toEqual(['no more.txt'])

      await driver.remove(file)
      await scene.expectGood(await scene.run())
      expect(await readdir(saved('Plans', '2027', 'empty'))).toEqual(['.keep'])

      const moved = await driver.move(folder, 'Plans/hollow')
      await scene.expectGood(await scene.run())
      expect(await readdir(saved('Plans', 'hollow'))).toEqual(['.keep'])

      await driver.remove(moved)
      await scene.expectGood(await scene.run())
      await expect(readdir(saved('Plans', 'hollow'))).rejects.toThrow()
    })

    it('lists again when the cursor has expired, and stores and downloads nothing twice', async () => {
      await fill('Papers', 25)
      await scene.run()
      await driver.expireCursors()
      const report = await scene.run()
      expect(sums(report, ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])
      await scene.expectGood(report)
    })

    it('saves the others when one file cannot be fetched, names it, and tries it again', async () => {
      const handles = await fill('Papers', 6)
      await driver.poison?.(handles[3] ?? '')
      const first = await scene.run()
      expect(collectionReport(first, [driver.drive])).toMatchObject({ stored: 5, pending: 1 })
      expect(first.accounts[0]?.pending).toMatchObject([
        { title: expect.stringContaining('file 3.txt'), reason: expect.stringMatching(/\w+ \w+/) },
      ])
      await scene.expectSound()
      expect(collectionReport(await scene.run(), [driver.drive])).toMatchObject({ stored: 5, pending: 1, added: 0 })
      await driver.heal?.()
      const healed = await scene.run()
      expect(collectionReport(healed, [driver.drive])).toMatchObject({ stored: 6, pending: 0, added: 1 })
      await scene.expectGood(healed)
    })

    it('goes on where it was stopped', async () => {
      await fill('Papers', 80)
      await scene.expectToGoOn(80)
    })

    it('holds back removals that look like a fault', async () => {
      const handles = await fill('Papers', 24)
      await scene.run()
      for (const handle of handles.slice(0, 12)) await driver.remove(handle)
      const held = await scene.run()
      expect(collectionReport(held, [driver.drive])).toMatchObject({ heldBack: 12, removed: 0 })
      const accepted = await scene.run({ acceptRemovals: true })
      expect(collectionReport(accepted, [driver.drive])).toMatchObject({ heldBack: 0, removed: 12 })
      await scene.expectGood(accepted)
      expect((await scene.read()).all[driver.drive]).toHaveLength(24)
    })

    it('takes every name that the account can hold, and stores each file once', async () => {
      const names = [
        ...[
          'CON',
          'aux.txt',
          'NUL.',
          'x.',
          ' x',
          'x ',
          'a:b',
          'a*b?',
          '日本語',
          'Übung',
          'U\u0308bung',
          'README',
          'readme',
          'Readme',
        ],
        ...[
          'index.csv',
          '=41',
          '100% & more',
          'a\u202eb',
          '"quoted"',
          '-rf',
          '%2e%2e',
          'a+b',
          'semi;colon',
          '.hidden',
          'tab\tin it',
        ],
        ...['x'.repeat(250), `${'ü'.repeat(120)}.txt`, 'new\nline', 'back\\slash', '\u00a0', 'emoji \u{1f469}\u200d\u{1f680}'],
      ]
      let taken = 0
      for (const name of names) {
        try {
          await driver.add(`Names/${name}`, content(`in ${name}`))
          taken++
        } catch {
          // The account itself refuses this name: then there is nothing to save.
        }
      }
      expect(taken).toBeGreaterThan(20)
      const report = await scene.run()
      await scene.expectGood(report)
      expect((await scene.read()).live[driver.drive]).toHaveLength(taken)
      expect(await readdir(scene.scratch)).toEqual(['vault', 'vault.cache'])
      expect(sums(await scene.run(), ...nothing)).toEqual([0, 0, 0, 0, 0, 0, 0])
    })

    it('takes files of every size octet for octet', async () => {
      await driver.add('empty', Buffer.alloc(0))
      await driver.add('one', Buffer.from('\r'))
      await driver.add('large.bin', createHash('shake256', { outputLength: 20_000_003 }).update('large').digest())
      await scene.expectGood(await scene.run())
    })
  })
}
