/** What is damaged of contacts, calendars and files is fetched anew; the damaged copy stays, and the checksums tell the truth. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import { readItem } from '../../src/vault/item-reader.ts'
import { collect } from '../../src/vault/mail-store.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { stumbling, worn } from '../faults/worn-disk.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const card = (name: string, more = '') =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:${name};;;;\r\n${more}END:VCARD\r\n`
const zone =
  'BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n'
const event = (name: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${zone}BEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Here:20240301T100000\r\nSUMMARY:${name}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
/** Stands in a file of its own: its lines end in two ways. */
const brokenCard = (name: string) => card(name).replace('\r\nFN', '\nFN')

const names = Array.from({ length: 12 }, (_, n) => `Person ${String.fromCharCode(65 + n)}`)

async function made() {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const { shelves } = account
  const book = shelves.add('contacts', ['Family'])
  const calendar = shelves.add('calendar', ['Work'])
  const drive = shelves.add('files', ['Drive'])
  for (const name of names) {
    shelves.put(book, name, card(name))
    shelves.put(calendar, name, event(name))
    shelves.file(drive, `Papers/${name}.txt`, `The papers of ${name}\n`.repeat(50))
  }
  shelves.put(book, 'Odd', brokenCard('Odd'))
  const run = () => runBackup(vault, account, { services: ['contacts', 'calendar', 'files'] })
  await run()
  shelves.fetched = { bytes: 0, items: 0 }
  const path = (inAccount: string) => join(vault, 'data/alice', inAccount)
  return { vault, account, shelves, book, calendar, drive, run, path }
}

type Scene = Awaited<ReturnType<typeof made>>

async function flip(file: string, text: string, at = 0): Promise<void> {
  const bytes = await readFile(file)
  const position = bytes.indexOf(text) + at
  bytes[position] = (bytes[position] ?? 0) ^ 1
  await writeFile(file, bytes)
}

async function verified(vault: string): Promise<string[]> {
  const { findings, sound } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return [String(sound), ...findings.map(({ kind, item }) => (item === undefined ? kind : `${kind} ${item.title}`)).sort()]
}

/** What `sha256sum -c` complains about. */
function mismatches(vault: string): string[] {
  const { stdout } = spawnSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '')
}

/** Everything that lies in the history, whatever its name. */
function history(vault: string): string[] {
  const root = join(vault, 'data/alice/History')
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}

/** Every item that is in the account can be read, octet for octet. */
async function expectWhole({ vault, shelves }: Scene): Promise<void> {
  const open = await Vault.openForReading(vaultOptions(vault))
  try {
    const { state, root } = await open.account('alice')
    for (const { c, path, key } of state.collections()) {
      const sums: string[] = []
      for (const item of [...state.items(c, false)]) sums.push(sha256(await collect(readItem(realDisk, root, state, item))))
      const there = [...shelves.shelf(key).things.values()].map(({ bytes }) => sha256(bytes))
      expect([path, sums.sort()]).toEqual([path, there.sort()])
    }
  } finally {
    await open.close()
  }
}

describe('something damaged on the disk', () => {
  it.each([
    ['Contacts/Family.vcf', 'FN:Person C', 6, 'Person C'],
    ['Calendars/Work.ics', 'SUMMARY:Person D', 10, 'Person D'],
    ['Contacts/Family/Odd.vcf', 'FN:Odd', 4, 'Odd'],
    ['Files/Drive/Papers/Person E.txt', 'The papers', 5, 'Papers/Person E.txt'],
  ])('in %s is fetched anew by the backup after the verify that found it, and nothing else is', async (file, text, at, title) => {
    const scene = await made()
    const { vault, shelves, run, path } = scene
    await flip(path(file), text, at)
    const damaged = await readFile(path(file), 'latin1')
    expect(await verified(vault)).toEqual(['false', 'damaged', `damaged ${title}`])
    expect(mismatches(vault)).toHaveLength(1)
    const report = await run()
    expect(report.notices).toContainEqual(expect.stringContaining('an item is damaged or missing on the disk'))
    expect(report.accounts[0]?.pending).toEqual([])
    expect(shelves.fetched.items).toBe(1)
    expect(history(vault)).toContain(damaged)
    expect((await verified(vault))[0]).toBe('true')
    expect(mismatches(vault)).toEqual([])
    const again = await run()
    expect(again.notices).toEqual([])
    expect(shelves.fetched.items).toBe(1)
    expect((await verified(vault))[0]).toBe('true')
    expect(mismatches(vault)).toEqual([])
    await expectWhole(scene)
  })

  it.each([
    ['Contacts/Family.vcf', 12],
    ['Calendars/Work.ics', 12],
    ['Contacts/Family/Odd.vcf', 1],
    ['Files/Drive/Papers/Person E.txt', 1],
  ])('is fetched anew where %s is missing', async (file, count) => {
    const scene = await made()
    const { vault, shelves, run, path } = scene
    await rm(path(file))
    expect(await verified(vault)).toHaveLength(count + 2)
    const report = await run()
    expect([report.accounts[0]?.pending, shelves.fetched.items]).toEqual([[], count])
    expect(await verified(vault)).toEqual(['true'])
    expect(mismatches(vault)).toEqual([])
    await expectWhole(scene)
  })

  it('is noticed without a verify where a book is missing or cut off', async () => {
    const scene = await made()
    const { vault, shelves, run, path } = scene
    const whole = await readFile(path('Contacts/Family.vcf'))
    await writeFile(path('Contacts/Family.vcf'), whole.subarray(0, whole.length / 2))
    await rm(path('Calendars/Work.ics'))
    expect((await run()).accounts[0]?.pending).toEqual([])
    expect(shelves.fetched.items).toBeLessThan(12 + 12)
    expect(shelves.fetched.items).toBeGreaterThan(12)
    expect(await verified(vault)).toEqual(['true'])
    expect(mismatches(vault)).toEqual([])
    await expectWhole(scene)
  })

  it.each([
    ['the middle', 0.5, 0.52],
    ['its head', 0, 0.01],
    ['all of it', 0, 1],
  ])('is kept beside and made again where %s of a book cannot be read', async (_, from, until) => {
    for (const [file, touched] of [
      ['Contacts/Family.vcf', 'contacts'],
      ['Calendars/Work.ics', 'calendar'],
    ] as const) {
      const scene = await made()
      const { vault, shelves, book, calendar, path } = scene
      const damaged = await readFile(path(file))
      const { disk } = worn(`data/alice/${file}`, Math.floor(damaged.length * from), Math.ceil(damaged.length * until))
      const run = () => runBackup(vault, scene.account, { services: ['contacts', 'calendar', 'files'], disk })
      if (touched === 'contacts') shelves.put(book, names[0] ?? '', card(names[0] ?? '', 'NOTE:new\r\n'))
      else shelves.put(calendar, names[0] ?? '', event(names[0] ?? '').replace('SUMMARY:', 'SUMMARY:New '))
      const first = await run()
      expect(first.accounts[0]?.failure).toBeUndefined()
      expect(first.notices).toEqual([expect.stringMatching(/cannot be read from the disk any more/)])
      expect(await readFile(`${path(file)} (found 1)`)).toEqual(damaged)
      const second = await run()
      expect([second.notices, second.accounts[0]?.pending]).toEqual([[], []])
      expect(shelves.fetched.items).toBeLessThanOrEqual(until - from < 0.1 && from > 0 ? 3 : 13)
      const { sound, findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
      expect([sound, findings.map(({ kind, path: where }) => `${kind} ${where}`)]).toEqual([
        true,
        [`foreign data/alice/${file} (found 1)`],
      ])
      expect(mismatches(vault)).toEqual([])
      await expectWhole(scene)
    }
  })

  it.each(['Contacts/Family.vcf', 'Calendars/Work.ics'])(
    'is lost in no part where the disk fails for a while at %s',
    async (file) => {
      for (let nth = 1; nth <= 4; nth++) {
        const { vault, account, shelves, book, calendar, run, ...scene } = await made()
        shelves.put(book, names[0] ?? '', card(names[0] ?? '', 'NOTE:new\r\n'))
        shelves.put(calendar, names[0] ?? '', event(names[0] ?? '').replace('SUMMARY:', 'SUMMARY:New '))
        const disk = stumbling(`data/alice/${file}`, nth)
        await runBackup(vault, account, { services: ['contacts', 'calendar', 'files'], disk }).catch(() => undefined)
        const second = await run()
        expect([second.accounts[0]?.failure, second.accounts[0]?.pending]).toEqual([undefined, []])
        // Nothing but the two that are new is asked for, perhaps twice; else the file itself is kept.
        if (shelves.fetched.items > 4) expect(existsSync(`${scene.path(file)} (found 1)`)).toBe(true)
        await expectWhole({ vault, account, shelves, book, calendar, run, ...scene })
      }
    },
  )

  it('waits while the provider does not give it, and is named until then', async () => {
    for (const [file, key, text] of [
      ['Files/Drive/Papers/Person B.txt', 'Papers/Person B.txt', 'papers of'],
      ['Contacts/Family/Odd.vcf', 'Odd', 'FN:Odd'],
    ] as const) {
      const scene = await made()
      const { vault, shelves, run, path } = scene
      await flip(path(file), text)
      await verified(vault)
      shelves.poison.add(key)
      expect((await run()).accounts[0]?.pending).toMatchObject([{ key }])
      expect((await verified(vault))[0]).toBe('false')
      expect(mismatches(vault)).toHaveLength(1)
      shelves.poison.clear()
      expect((await run()).accounts[0]?.pending).toEqual([])
      expect((await verified(vault))[0]).toBe('true')
      expect(mismatches(vault)).toEqual([])
      await expectWhole(scene)
    }
  })

  it('stays named where the provider does not have it any more: only then is it lost', async () => {
    const { vault, shelves, drive, run, path } = await made()
    shelves.remove(drive, 'Papers/Person F.txt')
    const second = await run()
    const lost = `History/${second.accounts[0]?.run}/Files/Drive/Papers/Person F.txt`
    await flip(path(lost), 'papers')
    expect(await verified(vault)).toEqual(['false', 'damaged', 'damaged Papers/Person F.txt'])
    expect((await run()).notices).toEqual([])
    expect(await verified(vault)).toEqual(['false', 'damaged', 'damaged Papers/Person F.txt'])
    expect(mismatches(vault)).toHaveLength(1)
  })

  it('around the items of a calendar is put right from them, and kept as it was found', async () => {
    const scene = await made()
    const { vault, shelves, run, path } = scene
    const whole = await readFile(path('Calendars/Work.ics'), 'latin1')
    await flip(path('Calendars/Work.ics'), 'X-WR-CALNAME:Work', 14)
    const damaged = await readFile(path('Calendars/Work.ics'), 'latin1')
    expect(await verified(vault)).toEqual(['false', 'damaged'])
    await run()
    expect(shelves.fetched.items).toBe(0)
    expect(await readFile(path('Calendars/Work.ics'), 'latin1')).toBe(whole)
    expect(history(vault)).toContain(damaged)
    expect(await verified(vault)).toEqual(['true'])
    expect(mismatches(vault)).toEqual([])
  })

  it('is named again when it is damaged again after it was healed', async () => {
    const scene = await made()
    const { vault, run, path } = scene
    const file = path('Files/Drive/Papers/Person G.txt')
    await flip(file, 'papers')
    await verified(vault)
    await run()
    await flip(file, 'papers', 3)
    expect((await verified(vault)).filter((finding) => finding.startsWith('damaged'))).toEqual([
      'damaged',
      'damaged Papers/Person G.txt',
    ])
    await run()
    expect((await verified(vault))[0]).toBe('true')
    expect(mismatches(vault)).toEqual([])
    await expectWhole(scene)
  })
})
