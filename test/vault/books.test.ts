import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Service } from '../../src/core/account.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { otherParsersMissing, readByOthers } from '../fixtures/other-parsers.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

interface Scene {
  readonly vault: string
  readonly account: MemoryAccount
  readonly shelves: MemoryAccount['shelves']
  readonly book: string
  run(acceptRemovals?: boolean): ReturnType<typeof runBackup>
  read(path: string): string
}

async function scene(service: Service, name: string): Promise<Scene> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const book = account.shelves.add(service, [name], { colour: '#336699', description: 'what it is' })
  return {
    ...{ vault, account, shelves: account.shelves, book },
    run: (acceptRemovals = false) => runBackup(vault, account, { services: ['contacts', 'calendar'], acceptRemovals }),
    read: (path) => readFileSync(join(vault, 'data/alice', path), 'utf8'),
  }
}

function history(vault: string): Record<string, string> {
  const root = join(vault, 'data/alice/History')
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(root.length + 1 + '2026-11-25T000000Z/'.length), readFileSync(path, 'utf8')]
    }),
  )
}

async function problems(vault: string): Promise<string[]> {
  const report = await verifyVault(vaultOptions(vault, realDisk, null), new AbortController().signal, () => undefined)
  return report.findings.map(({ text, item }) => `${text} ${item?.title ?? ''}`)
}

const card = (name: string, more = '') =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:${name};;;;\r\n${more}END:VCARD\r\n`

const zone = (offset: string) =>
  `BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
const event = (name: string, more = '', zones = zone('+0100')) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${zones}BEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Here:20240301T100000\r\nSUMMARY:${name}\r\n${more}END:VEVENT\r\nEND:VCALENDAR\r\n`

describe('address books in the vault', () => {
  it('are one file of cards as they came, in a stable order; what was replaced or removed is in the history', async () => {
    const { vault, shelves, book, run, read } = await scene('contacts', 'Family')
    for (const name of ['Ada', 'Bob', 'Cem', 'Dan', 'Eva']) shelves.put(book, name, card(name))
    const report = await run()
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 5, stored: 5, added: 5 })
    expect(read('Contacts/Family.vcf')).toBe(['Ada', 'Bob', 'Cem', 'Dan', 'Eva'].map((name) => card(name)).join(''))
    shelves.put(book, 'Bob', card('Bob', 'TEL:1\r\n'))
    shelves.remove(book, 'Dan')
    shelves.put(book, 'Fay', card('Fay'))
    await run()
    expect(read('Contacts/Family.vcf')).toBe(card('Ada') + card('Bob', 'TEL:1\r\n') + card('Cem') + card('Eva') + card('Fay'))
    expect(history(vault)).toEqual({ 'Contacts/Family.vcf': card('Bob') + card('Dan') })
    expect(await problems(vault)).toEqual([])
    shelves.put(book, 'Dan', card('Dan'))
    await run()
    expect(read('Contacts/Family.vcf').endsWith(card('Dan'))).toBe(true)
    const { live, all } = await readVault(vault)
    expect(live['Family']).toHaveLength(6)
    expect(all['Family']).toHaveLength(8)
    expect(await problems(vault)).toEqual([])
    execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  })

  it('keep cards apart that would make other programs refuse the file', async () => {
    const { vault, shelves, book, run, read } = await scene('contacts', 'Mixed')
    const old = 'BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:M=FCller\r\nTEL;HOME:1\r\nEND:VCARD\r\n'
    const broken = 'BEGIN:VCARD\nFN:Broken\n'
    const unix = card('Unix').replaceAll('\r\n', '\n').slice(0, -1)
    for (const [key, bytes] of Object.entries({ Ada: card('Ada'), old, broken, unix })) shelves.put(book, key, bytes)
    await run()
    expect(read('Contacts/Mixed.vcf')).toBe(card('Ada') + card('Unix'))
    expect(read('Contacts/Mixed/vCard 2.1.vcf')).toBe(old)
    expect(read('Contacts/Mixed/Broken.vcf')).toBe(broken)
    const { live } = await readVault(vault)
    expect(live['Mixed']).toEqual([card('Ada'), old, broken, unix].map((text) => sha256(Buffer.from(text))).sort())
    shelves.put(book, 'broken', card('Mended'))
    shelves.remove(book, 'old')
    await run()
    expect(history(vault)).toEqual({ 'Contacts/Mixed/Broken.vcf': broken, 'Contacts/Mixed/vCard 2.1.vcf': old })
    expect(read('Contacts/Mixed.vcf')).toBe(card('Ada') + card('Unix') + card('Mended'))
    expect(await problems(vault)).toEqual([])
  })

  it('get their new name, and are not downloaded again', async () => {
    const { vault, shelves, book, run, read } = await scene('contacts', 'Family')
    shelves.put(book, 'Ada', card('Ada'))
    shelves.put(book, 'broken', 'BEGIN:VCARD\nFN:Broken\n')
    await run()
    shelves.shelf(book).path = ['Relatives']
    await run()
    expect(read('Contacts/Relatives.vcf')).toBe(card('Ada'))
    expect(read('Contacts/Relatives/Broken.vcf')).toBe('BEGIN:VCARD\nFN:Broken\n')
    expect(readdirSync(join(vault, 'data/alice/Contacts'))).toEqual(['Relatives', 'Relatives.vcf'])
    expect(shelves.fetched.items).toBe(2)
    expect(await problems(vault)).toEqual([])
  })

  it('are not written anew for every few cards that come, however many those are', async () => {
    const { vault, shelves, book, run } = await scene('contacts', 'Family')
    const names = Array.from({ length: 9_000 }, (_, n) => `Number ${n}`)
    for (const name of names) shelves.put(book, name, card(name))
    await run()
    const [journal = ''] = readdirSync(join(vault, 'data/alice/Journal'))
    const lines = readFileSync(join(vault, 'data/alice/Journal', journal), 'utf8')
      .trimEnd()
      .split('\n')
    const placed = lines.map((line) => JSON.parse(line) as { op: string; size?: number }).filter(({ op }) => op === 'place')
    const whole = names.reduce((octets, name) => octets + card(name).length, 0)
    const written = placed.reduce((octets, { size = 0 }) => octets + size, 0)
    expect(placed.length).toBeGreaterThan(1)
    expect(written).toBeLessThan(2.2 * whole)
  })

  it('that somebody changed are kept as they were found, and damaged cards are fetched again', async () => {
    const { vault, shelves, book, run, read } = await scene('contacts', 'Family')
    for (const name of ['Ada', 'Bob', 'Cem']) shelves.put(book, name, card(name))
    await run()
    const changed = `${card('Zoe')}${card('Ada')}${card('Bob').replace('FN:Bob', 'FN:Rob')}${card('Cem')}`
    writeFileSync(join(vault, 'data/alice/Contacts/Family.vcf'), changed)
    expect((await problems(vault)).join('\n')).toContain('Bob')
    shelves.put(book, 'Dan', card('Dan'))
    const report = await run()
    expect(report.accounts[0]?.pending).toMatchObject([{ title: 'Bob' }])
    expect(read('Contacts/Family.vcf')).toBe(card('Ada') + card('Cem') + card('Dan'))
    expect(history(vault)).toEqual({ 'Contacts/Family (as found).vcf': changed })
    await run()
    expect(read('Contacts/Family.vcf')).toBe(card('Ada') + card('Cem') + card('Dan') + card('Bob'))
    expect(await problems(vault)).toEqual([])
  })
})

describe('calendars in the vault', () => {
  it('are one calendar with each time zone once', async () => {
    const { vault, shelves, book, run, read } = await scene('calendar', 'Work')
    for (const name of ['one', 'two', 'three']) shelves.put(book, name, event(name))
    shelves.put(book, 'task', event('task').replaceAll('VEVENT', 'VTODO'))
    shelves.put(book, 'elsewhere', event('elsewhere', '', zone('+0900')))
    await run()
    const file = read('Calendars/Work.ics')
    expect(file.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1)
    expect(file.match(/^SUMMARY:.*/gm)?.map((line) => line.trim())).toEqual(
      ['one', 'two', 'three', 'task'].map((name) => `SUMMARY:${name}`),
    )
    expect(file).toContain('X-WR-CALNAME:Work\r\nX-WR-CALDESC:what it is\r\nX-APPLE-CALENDAR-COLOR:#336699\r\n')
    expect(read('Calendars/Work/elsewhere.ics')).toBe(event('elsewhere', '', zone('+0900')))
    const everything = ['one', 'two', 'three', 'elsewhere'].map((name) => event(name))
    everything[3] = event('elsewhere', '', zone('+0900'))
    everything.push(event('task').replaceAll('VEVENT', 'VTODO'))
    expect((await readVault(vault)).live['Work']).toEqual(everything.map((text) => sha256(Buffer.from(text))).sort())
    shelves.put(book, 'two', event('two', 'LOCATION:there\r\n'))
    shelves.remove(book, 'three')
    shelves.shelf(book).meta = { colour: '#FF0000' }
    await run()
    const former = history(vault)['Calendars/Work.ics'] ?? ''
    expect(former.match(/^SUMMARY:.*/gm)?.map((line) => line.trim())).toEqual(['SUMMARY:two', 'SUMMARY:three'])
    expect(former.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true)
    expect(former.endsWith('END:VCALENDAR\r\n')).toBe(true)
    expect(read('Calendars/Work.ics')).toContain('X-APPLE-CALENDAR-COLOR:#FF0000\r\n')
    const { all } = await readVault(vault)
    expect(all['Work']).toHaveLength(6)
    expect(await problems(vault)).toEqual([])
    if (otherParsersMissing() === null) {
      const names = readByOthers('icalendar', Buffer.from(read('Calendars/Work.ics')))
      expect(names).toEqual(['VTIMEZONE', 'VEVENT', 'VEVENT', 'VTODO'])
    }
  })

  it('say their new name and colour where they have nothing new otherwise', async () => {
    const { shelves, book, run, read, vault } = await scene('calendar', 'Work')
    shelves.put(book, 'one', event('one'))
    await run()
    shelves.shelf(book).path = ['Arbeit']
    await run()
    expect(readdirSync(join(vault, 'data/alice/Calendars'))).toEqual(['Arbeit.ics'])
    expect(read('Calendars/Arbeit.ics')).toContain('X-WR-CALNAME:Arbeit\r\n')
    expect(await problems(vault)).toEqual([])
  })
})

describeWithCorpus('the corpus in the vault', () => {
  it.each([
    ['vcard', 'contacts'],
    ['ical', 'calendar'],
  ] as const)('%s: every file comes out as it went in, also after changes', async (kind, service) => {
    const { vault, shelves, book, run } = await scene(service, 'Corpus')
    const files = corpus(kind)
    expect(files.length).toBeGreaterThan(20)
    for (const file of files) shelves.put(book, file.name, Buffer.from(file.bytes()))
    await run()
    const sums = (names: (n: number) => boolean) =>
      files
        .filter((_, n) => names(n))
        .map((file) => sha256(file.bytes()))
        .sort()
    expect((await readVault(vault)).live['Corpus']).toEqual(sums(() => true))
    for (const [n, file] of files.entries()) {
      if (n % 3 === 0) shelves.remove(book, file.name)
      else if (n % 3 === 1) shelves.put(book, file.name, Buffer.from(files[n - 1]?.bytes() ?? []))
    }
    await run(true)
    const { all } = await readVault(vault)
    for (const sum of sums(() => true)) expect(all['Corpus']).toContain(sum)
    expect(await problems(vault)).toEqual([])
  })
})
