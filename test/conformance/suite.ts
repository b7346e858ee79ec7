/** What every provider of mail has to pass, run by the engine into a real vault. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backup } from '../../src/engine/backup.ts'
import type { BackupReport, CollectionReport } from '../../src/engine/report.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { readVault, vaultOptions } from '../fixtures/vaults.ts'
import type { Driver } from './driver.ts'

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
    let scratch: string
    let vault: string

    beforeEach(async () => {
      driver = await start()
      scratch = await mkdtemp(join(tmpdir(), 'lifeboat-conformance-'))
      vault = join(scratch, 'vault')
    })

    afterEach(async () => {
      await driver.stop()
      await rm(scratch, { recursive: true, force: true })
    })

    const run = (
      options: { acceptRemovals?: boolean; signal?: AbortSignal; onSaved?: (items: number) => void } = {},
    ): Promise<BackupReport> =>
      backup({
        vault: vaultOptions(vault),
        jobs: [{ account: driver.account, provider: driver.provider, context: driver.context }],
        acceptRemovals: options.acceptRemovals ?? false,
        signal: options.signal ?? new AbortController().signal,
        onProgress: (event) => event.kind === 'items' && options.onSaved?.(event.itemsSoFar),
      })

    const folderReport = (report: BackupReport, path: readonly string[]): CollectionReport | undefined =>
      report.accounts[0]?.collections.find((collection) => collection.path.join('/') === path.join('/'))

    const sum = (report: BackupReport, field: 'added' | 'copied' | 'changed' | 'removed' | 'bytes' | 'pending'): number =>
      (report.accounts[0]?.collections ?? []).reduce((total, collection) => total + collection[field], 0)

    const withoutEmpty = (folders: Record<string, string[]>) =>
      Object.fromEntries(Object.entries(folders).filter(([, sums]) => sums.length > 0))

    async function expectGood(report: BackupReport): Promise<void> {
      const account = report.accounts[0]
      expect(account?.failure).toBeUndefined()
      expect(account?.collections.filter((collection) => collection.failure !== undefined)).toEqual([])
      for (const { said, stored, pending, path } of account?.collections ?? [])
        if (said !== null) expect([path, stored + pending]).toEqual([path, said])
      expect(withoutEmpty((await readVault(vault, driver.account.id)).live)).toEqual(withoutEmpty(await driver.contents()))
      await expectSound()
    }

    async function expectSound(): Promise<void> {
      const verified = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
      expect(verified.findings).toEqual([])
    }

    async function fill(folder: readonly string[], count: number, prefix = 'm'): Promise<string[]> {
      const handles: string[] = []
      for (let n = 0; n < count; n++) handles.push(await driver.add(folder, message(`${prefix}${n}`)))
      return handles
    }

    it('saves everything in the first run and nothing in the second', async () => {
      await fill(inbox, 8)
      await driver.addFolder(work)
      await driver.add(work, message('w'), ['\\Seen', '\\Flagged'])
      const first = await run()
      expect(sum(first, 'added')).toBe(9)
      await expectGood(first)
      const flags = (await readVault(vault, driver.account.id)).items.find((item) => item.head.subject === 'w')?.meta.flags
      expect(flags).toEqual(['\\Flagged', '\\Seen'])
      const second = await run()
      expect([
        sum(second, 'added'),
        sum(second, 'copied'),
        sum(second, 'changed'),
        sum(second, 'removed'),
        sum(second, 'bytes'),
      ]).toEqual([0, 0, 0, 0, 0])
      await expectGood(second)
    })

    it('takes new messages and lets removed ones go, without fetching the others again', async () => {
      const handles = await fill(inbox, 12)
      await run()
      await driver.add(inbox, message('new'))
      await driver.remove(handles[3] ?? '')
      const report = await run()
      expect([sum(report, 'added'), sum(report, 'removed'), sum(report, 'copied')]).toEqual([1, 1, 0])
      await expectGood(report)
      expect((await readVault(vault, driver.account.id)).all[inboxName]).toHaveLength(13)
    })

    it('takes an edited message as a new one and keeps the old one', async () => {
      const handles = await fill(inbox, 6)
      await run()
      await driver.remove(handles[0] ?? '')
      await driver.add(inbox, message('m0', 'Hello again.'))
      const report = await run()
      expect([sum(report, 'added'), sum(report, 'removed')]).toEqual([1, 1])
      await expectGood(report)
      expect((await readVault(vault, driver.account.id)).all[inboxName]).toHaveLength(7)
    })

    it('notes changed flags and downloads nothing', async () => {
      const handles = await fill(inbox, 5)
      await run()
      await driver.reflag(handles[1] ?? '', shape.newFlags)
      const report = await run()
      expect([sum(report, 'changed'), sum(report, 'added'), sum(report, 'bytes')]).toEqual([1, 0, 0])
      await expectGood(report)
      const flags = (await readVault(vault, driver.account.id)).items.find((item) => item.head.subject === 'm1')?.meta.flags
      expect(flags).toEqual(shape.newFlags)
    })

    it('recognises a moved message and downloads nothing', async () => {
      const handles = await fill(inbox, 6)
      await driver.addFolder(work)
      await run()
      await driver.move(handles[2] ?? '', work)
      const report = await run()
      expect([sum(report, 'copied'), sum(report, 'removed'), sum(report, 'added'), sum(report, 'bytes')]).toEqual([1, 1, 0, 0])
      await expectGood(report)
    })

    it('keeps two messages with the same bytes apart', async () => {
      await driver.add(inbox, message('twin'))
      await driver.add(inbox, message('twin'))
      await expectGood(await run())
      await driver.add(inbox, message('twin'))
      const report = await run()
      await expectGood(report)
      expect((await readVault(vault, driver.account.id)).live[inboxName]).toHaveLength(3)
    })

    withFolders('follows a renamed folder with its subfolders and downloads nothing', async () => {
      await fill(inbox, 3)
      await driver.addFolder(work)
      await driver.addFolder([...work, 'Deep'])
      await fill(work, 4, 'w')
      await fill([...work, 'Deep'], 4, 'd')
      await run()
      await driver.renameFolder(work, ['Arbeit & Müll'])
      const report = await run()
      expect([sum(report, 'added'), sum(report, 'bytes')]).toEqual([0, 0])
      await expectGood(report)
      const { live } = await readVault(vault, driver.account.id)
      expect(live['Arbeit & Müll/Deep']).toHaveLength(4)
      expect(await readdir(join(vault, 'data', driver.account.id, 'Mail'))).toContain('Arbeit & Müll')
    })

    it('lists again when the cursor has expired, and stores and downloads nothing twice', async () => {
      await fill(inbox, 25)
      await run()
      await driver.expireCursors()
      const report = await run()
      expect([sum(report, 'added'), sum(report, 'bytes'), sum(report, 'removed')]).toEqual([0, 0, 0])
      expect(folderReport(report, inbox)?.heldBack).toBe(0)
      await expectGood(report)
      const { all, items } = await readVault(vault, driver.account.id)
      expect(all[inboxName]).toHaveLength(25)
      expect(new Set(items.map(({ path, offset }) => `${path}:${offset}`)).size).toBe(25)
    })

    it('saves the others when one message cannot be fetched, names it, and tries it again', async () => {
      const handles = await fill(inbox, 6)
      await driver.poison(handles[3] ?? '')
      const first = await run()
      expect(folderReport(first, inbox)).toMatchObject({ stored: 5, pending: 1 })
      const [pending] = first.accounts[0]?.pending ?? []
      expect(pending).toMatchObject({ collection: inbox })
      expect(pending?.reason).toMatch(/\w+ \w+/)
      await expectSound()
      expect(folderReport(await run(), inbox)).toMatchObject({ stored: 5, pending: 1, added: 0 })
      await driver.heal()
      const healed = await run()
      expect(folderReport(healed, inbox)).toMatchObject({ stored: 6, pending: 0, added: 1 })
      await expectGood(healed)
    })

    it('goes on where it was stopped', async () => {
      await fill(inbox, 40)
      await driver.addFolder(work)
      await fill(work, 40, 'w')
      const stop = new AbortController()
      const first = await run({ signal: stop.signal, onSaved: () => stop.abort() })
      expect(first.stopped).toBe(true)
      await expectSound()
      const saved = (await readVault(vault, driver.account.id)).items.length
      const second = await run()
      expect(sum(second, 'added')).toBe(80 - saved)
      await expectGood(second)
      expect((await readVault(vault, driver.account.id)).items).toHaveLength(80)
    })

    it('holds back removals that look like a fault', async () => {
      const handles = await fill(inbox, 24)
      await run()
      for (const handle of handles.slice(0, 12)) await driver.remove(handle)
      const held = await run()
      expect(folderReport(held, inbox)).toMatchObject({ heldBack: 12, removed: 0 })
      expect((await readVault(vault, driver.account.id)).live[inboxName]).toHaveLength(24)
      const accepted = await run({ acceptRemovals: true })
      expect(folderReport(accepted, inbox)).toMatchObject({ heldBack: 0, removed: 12 })
      await expectGood(accepted)
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
      const report = await run()
      await expectGood(report)
      expect(await readdir(scratch)).toEqual(['vault', 'vault.cache'])
    })

    it('takes messages of every size octet for octet', async () => {
      await driver.add(inbox, Buffer.from('\r\n'))
      await driver.add(inbox, Buffer.from('Subject: no body\r\n\r\n'))
      await driver.add(inbox, message('huge', 'From here on it is long.\r\n'.repeat(800_000)))
      await driver.add(inbox, message('long line', 'x'.repeat(2_000_000)))
      await expectGood(await run())
    })
  })
}
