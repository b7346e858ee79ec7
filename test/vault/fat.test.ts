/** A vault on a FAT32 disk: everything comes back, what is too large for the disk is refused beforehand, and nothing comes twice. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Collection } from '../../src/core/items.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Change } from '../../src/core/source.ts'
import { archive } from '../../src/providers/archive/provider.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, memoryProvider, sha256 } from '../fixtures/memory-account.ts'
import { ShelfSource } from '../fixtures/memory-shelves.ts'
import { readVault, runBackup, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { fatMissing, mountFat } from '../servers/fat.ts'
import type { ImageDisk } from '../servers/image-disk.ts'

const card = (name: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nEND:VCARD\r\n`
const services = ['mail', 'contacts', 'files'] as const

async function findings(vault: string): Promise<string[]> {
  const report = await verifyVault(vaultOptions(vault, realDisk, null), new AbortController().signal, () => undefined)
  return report.findings.map(({ text }) => text)
}

describeUnless(fatMissing(), 'a vault on a FAT32 disk', () => {
  let disk: ImageDisk
  beforeAll(async () => {
    disk = await mountFat(5_000)
  })
  afterAll(() => disk?.remove())

  it('holds mail, contacts and files over several runs, also after it was unplugged', async () => {
    const vault = join(disk.dir, 'Family vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const { shelves } = account
    const [book, drive] = [shelves.add('contacts', ['Family']), shelves.add('files', ['Drive'])]
    for (let n = 0; n < 30; n++) {
      account.add(inbox, `Message-ID: <${n}@x>\r\nSubject: Number ${n}\r\n\r\nHello ${n}\r\n`)
      shelves.put(book, `Person ${n}`, card(`Person ${n}`))
      shelves.file(drive, `Papers/paper ${n}.txt`, `Paper ${n}`, `id ${n}`, `2024-05-06T07:08:0${n % 10}.000Z`)
    }
    const run = () => runBackup(vault, account, { services })
    for (let version = 1; version <= 4; version++) {
      const report = await run()
      expect([report.accounts[0]?.failure, report.accounts[0]?.pending, report.notices]).toEqual([undefined, [], []])
      await disk.remount()
      expect(await findings(vault)).toEqual([])
      execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
      shelves.put(book, 'Person 3', card(`Person 3, version ${version}`))
      shelves.remove(drive, `id ${version}`)
      shelves.file(drive, `Papers/paper 20.txt`, `Version ${version}`, 'id 20')
      shelves.describe(drive, 'id 25', { path: ['Moved', `paper ${version}.txt`] })
    }
    await run()
    const { live } = await readVault(vault)
    expect(live['Drive']).toEqual([...shelves.shelf(drive).things.values()].map(({ bytes }) => sha256(bytes)).sort())
    expect(live['Family']).toHaveLength(30)
    expect(live['Inbox']).toHaveLength(30)
    await disk.unmount()
    execFileSync('fsck.fat', ['-n', disk.image])
    await disk.remount()
  })

  it('is not asked to hold a file of more than 4 GiB: it waits with the reason, and everything else goes on', async () => {
    const vault = join(disk.dir, 'Large')
    const account = new MemoryAccount()
    const { shelves } = account
    const drive = shelves.add('files', ['Drive'])
    for (const name of ['film.mov', 'a.txt', 'b.txt']) shelves.file(drive, name, name)
    const provider: Provider = {
      ...memoryProvider(account),
      source: (_, service) => new WithLargeFilm(shelves, service),
    }
    const report = await runProvider(vault, { id: 'alice', provider: 'memory', services: ['files'], settings: {} }, provider)
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 3, stored: 2, pending: 1 })
    expect(report.accounts[0]?.pending).toMatchObject([{ key: 'film.mov', reason: expect.stringContaining('FAT32') }])
    expect(shelves.fetched.items).toBe(2)
    expect(existsSync(join(vault, 'data/alice/Files/Drive/film.mov'))).toBe(false)
    expect(await findings(vault)).toEqual([])
  })

  it('takes nothing twice although its times are even seconds, whether the files come from it or go to it', async () => {
    const source = join(disk.dir, 'source')
    mkdirSync(join(source, 'Papers'), { recursive: true })
    for (let n = 0; n < 10; n++) {
      const file = join(source, 'Papers', `paper ${n}.txt`)
      writeFileSync(file, `Paper ${n}`)
      utimesSync(file, 1_700_000_001.5, 1_700_000_001.5)
    }
    expect(statSync(join(source, 'Papers/paper 1.txt')).mtimeMs).toBe(1_700_000_000_000)
    const elsewhere = join(await scratchFolder(), 'Papers')
    mkdirSync(elsewhere)
    for (let n = 0; n < 10; n++) writeFileSync(join(elsewhere, `paper ${n}.txt`), `Paper ${n}`)
    for (const [id, path] of [
      ['from', source],
      ['to', elsewhere],
    ] as const) {
      const vault = join(disk.dir, `vault ${id}`)
      const account = { id, provider: 'archive', services: ['files'] as const, settings: { path } }
      const run = async () => (await runProvider(vault, account, archive)).accounts[0]?.collections[0]
      expect(await run()).toMatchObject({ stored: 10, added: 10 })
      await disk.remount()
      expect(await run()).toMatchObject({ stored: 10, added: 0, changed: 0, removed: 0, bytes: 0 })
    }
  })
})

/** Says of the film that it is larger than FAT32 allows. */
class WithLargeFilm extends ShelfSource {
  override async *changes(c: Collection, since: string | null): AsyncGenerator<Change> {
    for await (const change of super.changes(c, since)) {
      const isFilm = change.kind === 'item' && change.item.key === 'film.mov'
      yield isFilm ? { kind: 'item', item: { ...change.item, size: 2 ** 32 } } : change
    }
  }
}
