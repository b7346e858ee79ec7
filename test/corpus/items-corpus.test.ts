/** Contacts and calendars as the world has them: into the vault out of an archive, and through real servers, and out again. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { CollectionReport } from '../../src/engine/report.ts'
import { archive } from '../../src/providers/archive/provider.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { readItem } from '../../src/vault/item-reader.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { expectReadingOnly } from '../conformance/dav-item-driver.ts'
import { corpus, corpusMissing, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { otherParsersMissing, readByOthers } from '../fixtures/other-parsers.ts'
import { runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { startDavProxy } from '../servers/dav-proxy.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'

const kinds = [
  { kind: 'vcard', service: 'contacts', folder: 'Contacts', ending: 'vcf' },
  { kind: 'ical', service: 'calendar', folder: 'Calendars', ending: 'ics' },
] as const

/** Every living item by its collection, read back out of the vault. */
async function contentsOf(directory: string, id: string): Promise<Map<string, Buffer[]>> {
  const vault = await Vault.openForReading(vaultOptions(directory, realDisk, null))
  try {
    const { state, root } = await vault.account(id)
    const contents = new Map<string, Buffer[]>()
    for (const { c, path } of state.collections()) {
      const items: Buffer[] = []
      for (const item of state.items(c, false)) {
        const parts: Uint8Array[] = []
        for await (const part of readItem(realDisk, root, state, item)) parts.push(part)
        items.push(Buffer.concat(parts))
      }
      contents.set(path.join('/'), items)
    }
    return contents
  } finally {
    await vault.close()
  }
}

async function expectSound(vault: string): Promise<void> {
  const report = await verifyVault(vaultOptions(vault, realDisk, null), new AbortController().signal, () => undefined)
  expect(report.findings).toEqual([])
  execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
}

/** Each line with how often it is there, without those that stand around items. */
function lines(texts: readonly Buffer[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const line of text
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .split(/\r?\n/)) {
      if (line.trim() !== '') counts.set(line, (counts.get(line) ?? 0) + 1)
    }
  }
  return counts
}

/** What belongs to no item, where there are items: the lines of the calendar, and the time zones that an item may not need. */
function ofItems(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1')
  if (!/^BEGIN:V(?:EVENT|TODO|JOURNAL|FREEBUSY|AVAILABILITY)\s*$/im.test(text)) return Buffer.from(bytes)
  const withoutZones = text.replace(/BEGIN:VTIMEZONE[\s\S]*?END:VTIMEZONE/gi, '')
  return Buffer.from(
    withoutZones.replace(/^(?:BEGIN:VCALENDAR|END:VCALENDAR|VERSION|PRODID|METHOD|CALSCALE|X-WR-\w+)\b[^\n]*/gim, ''),
    'latin1',
  )
}

describeWithCorpus('the corpus out of an archive', () => {
  it.each(kinds)(
    '%o comes into the vault whole, item by item, and stays as it was',
    async ({ kind, service, folder, ending }) => {
      const root = await scratchFolder()
      const vault = join(root, 'vault')
      const from = join(root, 'archive')
      // A folder for each file: each is a collection of its own, whatever it holds.
      const files = corpus(kind).map((file, n) => ({ ...file, place: join(from, `f${String(n).padStart(4, '0')}`) }))
      expect(files.length).toBeGreaterThan(50)
      for (const { path, place } of files) {
        mkdirSync(place, { recursive: true })
        copyFileSync(path, join(place, `it.${ending}`))
      }
      const account = { id: 'old', provider: 'archive', services: [service], settings: { path: from } }
      const first = await runProvider(vault, account, archive)
      const collections = first.accounts[0]?.collections ?? []
      expect(first.accounts[0]?.failure).toBeUndefined()
      expect(first.accounts[0]?.pending).toEqual([])
      for (const { said, stored } of collections) expect(stored).toBe(said)

      const contents = await contentsOf(vault, 'old')
      const lost: string[] = []
      for (const { place, name, bytes } of files) {
        const number = place.slice(-5)
        const found = [...contents].filter(([path]) => path.split('/')[0] === number).flatMap(([, items]) => items)
        const saved = lines(found)
        for (const [line, count] of lines([kind === 'ical' ? ofItems(bytes()) : Buffer.from(bytes())]))
          if ((saved.get(line) ?? 0) < count) lost.push(`${name}: ${line}`)
      }
      expect(lost).toEqual([])
      await expectSound(vault)

      // What cannot stand among the others is named in the report and lies beside them.
      const apart = collections.flatMap((collection: CollectionReport) => collection.apart ?? [])
      expect(apart.length).toBeGreaterThan(5)
      expect(readdirSync(join(vault, 'data', 'old', folder)).length).toBeGreaterThan(50)

      const second = await runProvider(vault, account, archive)
      expect(
        second.accounts[0]?.collections.map(({ added, changed, removed, bytes }) => added + changed + removed + bytes),
      ).toEqual(collections.map(() => 0))
    },
    240_000,
  )
})

const servers = [
  { name: 'Radicale', start: startRadicale, missing: radicaleMissing() },
  { name: 'xandikos', start: startXandikos, missing: xandikosMissing() },
]

/** A server takes one vCard at a time; files often hold several. */
function parts(bytes: Uint8Array): readonly Buffer[] {
  const cards =
    Buffer.from(bytes)
      .toString('latin1')
      .match(/^BEGIN:VCARD[\s\S]*?^END:VCARD[^\S\n]*\n?/gim) ?? []
  return cards.length < 2 ? [Buffer.from(bytes)] : cards.map((card) => Buffer.from(card, 'latin1'))
}

/** Every `.vcf` or `.ics` of a folder and those below. */
function filesOf(folder: string, ending: string): Buffer[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(`.${ending}`))
    .map((name) => readFileSync(join(folder, name)))
}

for (const { name, start, missing } of servers) {
  describeUnless(missing ?? corpusMissing(), `the corpus through ${name}`, () => {
    it.each(kinds)(
      '%o: what it accepts comes into the vault equal, and others read it there',
      async (of) => {
        const { kind, service, folder, ending } = of
        const server = await start()
        const proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
        try {
          const path = `${server.homes[service]}corpus/`
          await server.addCollection(path, service, 'Corpus')
          const accepted: Buffer[] = []
          for (const [n, body] of corpus(kind)
            .flatMap((file) => parts(file.bytes()))
            .entries()) {
            const href = `${path}${n}.${ending}`
            if ((await server.put(href, body).catch(() => 599)) >= 300) continue
            // What a server takes and cannot hand out again is not there.
            const octets = await server.get(href).catch(() => null)
            if (octets !== null) accepted.push(octets)
          }
          expect(accepted.length).toBeGreaterThan(10)
          const vault = join(await scratchFolder(), 'vault')
          const settings = { user: server.user, [service === 'contacts' ? 'carddav' : 'caldav']: `${proxy.url}/` }
          const account = { id: 'home', provider: 'dav', services: [service], settings }
          const context = { ...testContext, secret: async () => server.password }
          const report = await runProvider(vault, account, dav, { context })
          const collection = report.accounts[0]?.collections.find((one) => one.path[0] === 'Corpus')
          const pending = report.accounts[0]?.pending ?? []
          const saved = (await contentsOf(vault, 'home')).get('Corpus') ?? []
          const sorted = (all: readonly Buffer[]) => all.map((bytes) => bytes.toString('latin1')).sort()
          expect([collection?.stored, pending.length]).toEqual([saved.length, 0])
          expect(sorted(saved)).toEqual(sorted(accepted))
          await expectSound(vault)
          expectReadingOnly(proxy.requests)
          if (otherParsersMissing() === null) expectReadable(join(vault, 'data', 'home', folder, `Corpus.${ending}`), service, of)
        } finally {
          await proxy.stop()
          await server.stop()
        }
      },
      240_000,
    )
  })
}

/** The joined file, for vobject or icalendar: they refuse a whole file for one thing that they cannot read. */
function expectReadable(path: string, service: 'contacts' | 'calendar', { ending }: (typeof kinds)[number]): void {
  const file = readFileSync(path)
  const marks = service === 'contacts' ? /^BEGIN:VCARD\r?$/gim : /^BEGIN:(?:VEVENT|VTODO|VJOURNAL|VFREEBUSY|VAVAILABILITY)\r?$/gim
  const expected = file.toString('latin1').match(marks)?.length ?? 0
  const found =
    service === 'contacts'
      ? readByOthers('vobject-vcard', file)
      : readByOthers('icalendar', file).filter((name) => name !== 'VTIMEZONE')
  expect([ending, found.length]).toEqual([ending, expected])
}

const tool = (name: string) => (spawnSync('which', [name]).status === 0 ? null : `${name} is not installed`)

describeUnless(radicaleMissing() ?? tool('vdirsyncer') ?? tool('khal') ?? tool('khard'), 'other people’s programs', () => {
  it('find in our files what vdirsyncer finds on the same server, and khard and khal read them', async () => {
    const server = await startRadicale()
    const home = mkdtempSync(join(tmpdir(), 'lifeboat-vdir-'))
    try {
      const sample = join(import.meta.dirname, '../../assets/sample-account')
      await server.addCollection('/alice/book/', 'contacts', 'Book')
      await server.addCollection('/alice/work/', 'calendar', 'Work')
      const cards = parts(readFileSync(join(sample, 'Customers.vcf')))
      for (const [n, card] of cards.entries()) expect(await server.put(`/alice/book/c${n}.vcf`, card)).toBe(201)
      const calendar = readFileSync(join(sample, 'Workshop.ics'), 'utf8')
      const [head = ''] = calendar.split('BEGIN:VEVENT', 1)
      const components = calendar.match(/BEGIN:(VEVENT|VTODO)\r\n[\s\S]*?END:\1\r\n/g) ?? []
      const byUid = Map.groupBy(components, (text) => /^UID:(.*)$/m.exec(text)?.[1] ?? '')
      for (const [uid, texts] of byUid) {
        expect(await server.put(`/alice/work/${encodeURIComponent(uid)}.ics`, `${head}${texts.join('')}END:VCALENDAR\r\n`)).toBe(
          201,
        )
      }

      const url = JSON.stringify(`${server.url}/`)
      const pair = (pairName: string, type: string, collection: string, extension: string) =>
        `[pair ${pairName}]\na = "${pairName}_near"\nb = "${pairName}_far"\ncollections = ["${collection}"]\n[storage ${pairName}_near]\ntype = "filesystem"\npath = ${JSON.stringify(join(home, pairName))}\nfileext = ".${extension}"\n[storage ${pairName}_far]\ntype = "${type}"\nurl = ${url}\nusername = ${JSON.stringify(server.user)}\npassword = ${JSON.stringify(server.password)}\n`
      const config = join(home, 'vdirsyncer')
      writeFileSync(
        config,
        `[general]\nstatus_path = ${JSON.stringify(join(home, 'status'))}\n${pair('contacts', 'carddav', 'book', 'vcf')}${pair('calendar', 'caldav', 'work', 'ics')}`,
      )
      for (const name of ['contacts/book', 'calendar/work']) mkdirSync(join(home, name), { recursive: true })
      execFileSync('vdirsyncer', ['-c', config, 'discover'], { input: 'y\ny\n', stdio: ['pipe', 'ignore', 'ignore'] })
      execFileSync('vdirsyncer', ['-c', config, 'sync'], { stdio: 'ignore' })

      const vault = join(home, 'vault')
      const settings = { user: server.user, carddav: `${server.url}/`, caldav: `${server.url}/` }
      const account = { id: 'home', provider: 'dav', services: ['contacts', 'calendar'] as const, settings }
      await runProvider(vault, account, dav, { context: { ...testContext, secret: async () => server.password } })
      const contents = await contentsOf(vault, 'home')
      const uids = (all: readonly Buffer[]) => all.map((bytes) => /^UID:(.*?)\r?$/m.exec(bytes.toString())?.[1] ?? '').sort()
      expect(uids(contents.get('Book') ?? [])).toEqual(uids(filesOf(join(home, 'contacts'), 'vcf')))
      expect(uids(contents.get('Work') ?? [])).toEqual(uids(filesOf(join(home, 'calendar'), 'ics')))

      // khard wants one card a file; it reads a whole book by import of each of our cards.
      const khardBook = join(home, 'khard')
      mkdirSync(khardBook)
      const book = readFileSync(join(vault, 'data/home/Contacts/Book.vcf'))
      for (const [n, card] of parts(book).entries()) writeFileSync(join(khardBook, `${n}.vcf`), card)
      writeFileSync(join(home, 'khard.conf'), `[addressbooks]\n[[book]]\npath = ${khardBook}\n[general]\ndefault_action = list\n`)
      const listed = execFileSync('khard', ['-c', join(home, 'khard.conf'), 'list', '--parsable', '--fields', 'uid'], {
        encoding: 'utf8',
      })
      expect(listed.trim().split('\n').length).toBe(cards.length)

      const khalFolder = join(home, 'khal')
      mkdirSync(khalFolder)
      writeFileSync(
        join(home, 'khal.conf'),
        `[calendars]\n[[work]]\npath = ${khalFolder}\n[sqlite]\npath = ${join(home, 'khal.db')}\n[locale]\nlocal_timezone = Europe/Berlin\ndefault_timezone = Europe/Berlin\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n[default]\ndefault_calendar = work\n`,
      )
      const khal = ['-c', join(home, 'khal.conf')]
      execFileSync('khal', [...khal, 'import', '--batch', join(vault, 'data/home/Calendars/Work.ics')], { stdio: 'ignore' })
      const shown = execFileSync('khal', [...khal, 'list', '2024-03-01', '31d'], { encoding: 'utf8' })
      expect(shown).toContain('moved')
      const imported = readdirSync(khalFolder).filter((file) => file.endsWith('.ics'))
      const events = [...byUid.values()].filter((texts) => texts[0]?.startsWith('BEGIN:VEVENT'))
      expect(imported.length).toBe(events.length)
    } finally {
      await server.stop()
      rmSync(home, { recursive: true, force: true })
    }
  })
})
