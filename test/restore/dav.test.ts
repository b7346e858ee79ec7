import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { drill } from '../../src/engine/drill.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import { saySame } from '../../src/formats/item-text.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { running } from '../servers/running.ts'
import { apacheMissing, rcloneMissing, startApache, startRclone, type WebdavServer } from '../servers/webdav.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'
import { backUp, davConnection, folderConnection, never, restoreTo, totals } from './harness.ts'

const crlf = (text: string) => text.trim().replaceAll('\n', '\r\n').concat('\r\n')

const card = (uid: string, name: string, more = '') =>
  crlf(`BEGIN:VCARD\nVERSION:3.0\nUID:${uid}\nFN:${name}\nN:${name};;;;\n${more}END:VCARD`)

const zone = `BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`

const series = crlf(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
${zone}BEGIN:VEVENT
UID:series@example.com
DTSTAMP:20260101T000000Z
SUMMARY:Every week
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260302T100000
RRULE:FREQ=WEEKLY;COUNT=10
EXDATE;TZID=Europe/Berlin:20260316T090000
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.com
END:VEVENT
BEGIN:VEVENT
UID:series@example.com
DTSTAMP:20260101T000000Z
RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000
SUMMARY:Once later
DTSTART;TZID=Europe/Berlin:20260309T110000
DTEND;TZID=Europe/Berlin:20260309T120000
END:VEVENT
END:VCALENDAR`)

const itemsOf = (server: DavServer) =>
  davConnection(server, { carddav: `${server.url}/`, caldav: `${server.url}/` }, ['contacts', 'calendar'])

async function fill(server: DavServer): Promise<void> {
  await server.addCollection(`${server.homes.contacts}friends/`, 'contacts', 'Friends &amp; family')
  await server.addCollection(`${server.homes.calendar}work/`, 'calendar', 'Work')
  for (const [uid, name] of [
    ['a1', 'Ada'],
    ['b2', 'Böb'],
    ['c3', 'Chloë'],
  ] as const)
    expect(
      await server.put(
        `${server.homes.contacts}friends/${uid}.vcf`,
        card(uid, name, 'TEL;TYPE=CELL:+49 30 1234\nNOTE:line\\nbreak\n'),
      ),
    ).toBeLessThan(300)
  expect(await server.put(`${server.homes.calendar}work/series.ics`, series)).toBeLessThan(300)
}

const bothMissing = radicaleMissing() ?? xandikosMissing()

describeUnless(bothMissing, 'contacts and calendars', () => {
  test.each([
    { name: 'from Radicale to xandikos', from: startRadicale, to: startXandikos },
    { name: 'from xandikos to Radicale', from: startXandikos, to: startRadicale },
  ])('$name: everything comes back, a repeat adds nothing, and a drill proves it', async ({ from, to }) => {
    const [source, target] = [await running(from()), await running(to())]
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    const dry = await restoreTo(vault, itemsOf(target), { dryRun: true })
    expect(totals(dry)).toMatchObject({ created: 4, failed: 0 })
    const report = await restoreTo(vault, itemsOf(target))
    expect(report.failures).toEqual([])
    expect(report.collections.flatMap(({ failure }) => failure ?? [])).toEqual([])
    expect(totals(report)).toMatchObject({ items: 4, created: 4, alreadyThere: 0, failed: 0 })
    expect(report.losses).toEqual([])

    for (const stateFolder of [undefined, null]) {
      const again = await restoreTo(vault, itemsOf(target), stateFolder === null ? { stateFolder } : {})
      expect(totals(again)).toMatchObject({ created: 0, alreadyThere: 4, conflicts: 0 })
    }
    const second = await scratchFolder()
    const copy = await backUp(second, itemsOf(target))
    expect(copy.accounts[0]?.collections.map(({ service, path, stored }) => [service, path.join('/'), stored])).toEqual(
      expect.arrayContaining([
        ['contacts', 'Friends & family', 3],
        ['calendar', 'Work', 1],
      ]),
    )
    const back = await restoreTo(second, folderConnection(await scratchFolder()), { stateFolder: null })
    expect(back.failures).toEqual([])

    const folder = await scratchFolder()
    const proof = await drill({
      vault: vaultOptions(vault),
      accounts: null,
      known: async (id) => ({ id, connections: [itemsOf(source)], goals: { recoverHours: 12, loseDays: 7 } }),
      target: { kind: 'folder', path: folder, connection: folderConnection(folder) },
      ...{ sample: null, signal: never, onProgress: () => {} },
    })
    expect(proof.accounts[0]?.faults).toEqual([])
    expect(proof.verdict).toBe('proven')
  })

  test('a wrong zone in an event that came back is found and named', async () => {
    const source = await running(startRadicale())
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    const folder = await scratchFolder()
    const proof = await drill({
      vault: vaultOptions(vault),
      accounts: null,
      known: async (id) => ({ id, connections: [], goals: { recoverHours: 12, loseDays: 7 } }),
      target: { kind: 'folder', path: folder, connection: folderConnection(folder) },
      ...{ sample: null, signal: never, onProgress: () => {} },
      afterRestore: async () => {
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          if (!name.endsWith('.ics')) continue
          const path = join(folder, name)
          writeFileSync(
            path,
            readFileSync(path, 'utf8').replace('DTSTART;TZID=Europe/Berlin:20260302', 'DTSTART;TZID=Europe/Minsk:20260302'),
          )
        }
      },
    })
    expect(proof.verdict).toBe('not-proven')
    expect(proof.accounts[0]?.faults).toMatchObject([
      { service: 'calendar', collection: ['Work'], title: 'Every week' },
      { text: expect.stringContaining('do not belong there') },
    ])
  })

  test('another version at the target stays, is kept beside, or is kept elsewhere', async () => {
    const [source, target] = [await running(startRadicale()), await running(startXandikos())]
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    await restoreTo(vault, itemsOf(target))
    const selection = { services: ['contacts'] } as const
    const second = await backUp(await scratchFolder(), itemsOf(target))
    expect(second.accounts[0]?.collections.length).toBeGreaterThan(0)
    const mine = card('a1', 'Ada the Second')
    const path = await pathOfCard(target, 'a1')
    expect(await target.put(path, mine)).toBeLessThan(300)

    expect(totals(await restoreTo(vault, itemsOf(target), { selection }))).toMatchObject({ created: 0, conflicts: 1 })
    expect(saySame(await target.get(path), Buffer.from(mine))).toBe(true)

    const both = await restoreTo(vault, itemsOf(target), { selection, conflict: 'keep-both' })
    expect(totals(both)).toMatchObject({ created: 1 })
    expect(totals(await restoreTo(vault, itemsOf(target), { selection, conflict: 'keep-both' }))).toMatchObject({ created: 0 })
    expect(saySame(await target.get(path), Buffer.from(mine))).toBe(true)

    const replaced = await restoreTo(vault, itemsOf(target), {
      selection,
      conflict: 'replace',
      stateFolder: await scratchFolder(),
    })
    expect(totals(replaced)).toMatchObject({ created: 1, failed: 0 })
    const [, kept = ''] = /lies in (.*) now\./.exec(replaced.conflicts[0]?.texts[0] ?? '') ?? []
    expect(saySame(readFileSync(kept), Buffer.from(mine))).toBe(true)
    expect((await target.get(path)).toString()).toContain('FN:Ada\r\n')
  })
})

describeUnless(xandikosMissing() ?? rcloneMissing(), 'the restored account, backed up into the same vault', () => {
  const contents = async (vault: string) => (await readVault(vault)).all
  const collectionsOf = (report: BackupReport) =>
    (report.accounts[0]?.collections ?? []).map(({ service, path, stored, removed }) => ({ service, path, stored, removed }))

  test('contacts and events at other addresses are the same ones: nothing is stored twice, and nothing is lost', async () => {
    const [source, target] = [await running(startXandikos()), await running(startXandikos())]
    await fill(source)
    const vault = await scratchFolder()
    const first = await backUp(vault, itemsOf(source))
    const before = await contents(vault)
    expect((await restoreTo(vault, itemsOf(target))).failures).toEqual([])
    const again = await backUp(vault, itemsOf(target), true)
    expect(await contents(vault)).toEqual(before)
    expect(collectionsOf(again).filter(({ stored }) => stored > 0)).toEqual(
      collectionsOf(first).filter(({ stored }) => stored > 0),
    )
  })

  test('files are the same ones: nothing is stored twice, and nothing is lost', async () => {
    const [source, target] = [await running(startRclone()), await running(startRclone())]
    const filesOf = (server: WebdavServer) => davConnection(server, { webdav: server.url }, ['files'])
    for (const name of ['a/one.txt', 'a/two.txt', 'b/three.txt']) {
      mkdirSync(dirname(join(source.files, name)), { recursive: true })
      writeFileSync(join(source.files, name), name)
    }
    const vault = await scratchFolder()
    await backUp(vault, filesOf(source))
    const before = await contents(vault)
    expect((await restoreTo(vault, filesOf(target))).failures).toEqual([])
    const again = await backUp(vault, filesOf(target))
    expect(await contents(vault)).toEqual(before)
    expect(collectionsOf(again)).toMatchObject([{ stored: 3, removed: 0 }])
  })
})

async function pathOfCard(server: DavServer, uid: string): Promise<string> {
  const answer = await server.request('PROPFIND', server.homes.contacts, { headers: { depth: '1' } })
  const folder = [...(await answer.text()).matchAll(/<[^>]*href>([^<]*)</g)]
    .map(([, href = '']) => href)
    .find((href) => href.includes('friends'))
  return `${folder}${uid}.vcf`
}

describeUnless(apacheMissing() ?? rcloneMissing(), 'files', () => {
  const files: Record<string, string> = {
    'Documents/Tax 2025/Bescheid & "Anlage" 100%.pdf': 'pdf',
    'Documents/#1?.txt': 'odd names',
    'Fotos/Ünïcode.jpg': 'x'.repeat(3_000_000),
    'empty.txt': '',
  }

  const filesOf = (server: WebdavServer) => davConnection(server, { webdav: server.url }, ['files'])

  test('from Apache to rclone and back: names, octets, and times where the server takes them', async () => {
    const [source, target] = [await running(startApache()), await running(startRclone())]
    for (const [name, text] of Object.entries(files)) {
      const path = join(source.files, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      utimesSync(path, 1_600_000_000, 1_600_000_000)
    }
    mkdirSync(join(source.files, 'Pläne', 'nothing in it'), { recursive: true })
    const vault = await scratchFolder()
    await backUp(vault, filesOf(source))
    expect(totals(await restoreTo(vault, filesOf(target), { dryRun: true }))).toMatchObject({ items: 5, created: 5 })
    const report = await restoreTo(vault, filesOf(target))
    expect(report.failures).toEqual([])
    expect(totals(report)).toMatchObject({ items: 5, created: 5, failed: 0 })
    expect(readdirSync(join(target.files, 'Pläne', 'nothing in it'))).toEqual([])
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(target.files, name), 'utf8')).toBe(text)
    // Debian's rclone keeps no times; then it is said.
    const keeps = statSync(join(target.files, 'empty.txt')).mtimeMs === 1_600_000_000_000
    expect(report.collections[0]?.losses).toEqual(keeps ? [] : [expect.stringContaining('does not keep times')])
    for (const stateFolder of [undefined, null])
      expect(totals(await restoreTo(vault, filesOf(target), stateFolder === null ? { stateFolder } : {}))).toMatchObject({
        created: 0,
        alreadyThere: 5,
      })

    writeFileSync(join(target.files, 'empty.txt'), 'mine')
    expect(totals(await restoreTo(vault, filesOf(target)))).toMatchObject({ created: 0, conflicts: 1 })
    expect(totals(await restoreTo(vault, filesOf(target), { conflict: 'keep-both' }))).toMatchObject({ created: 1 })
    expect(readFileSync(join(target.files, 'empty.txt'), 'utf8')).toBe('mine')
    const replaced = await restoreTo(vault, filesOf(target), { conflict: 'replace' })
    const [, kept = ''] = /lies in (.*) now\./.exec(replaced.conflicts[0]?.texts[0] ?? '') ?? []
    expect(readFileSync(kept, 'utf8')).toBe('mine')
    expect(readFileSync(join(target.files, 'empty.txt'), 'utf8')).toBe('')

    for (const name of readdirSync(target.files, { recursive: true, encoding: 'utf8' }))
      utimesSync(join(target.files, name), 1_500_000_000, 1_500_000_000)
    const second = await scratchFolder()
    await backUp(second, filesOf(target))
    for (const folder of [dirname(source.files), source.files]) chmodSync(folder, 0o777)
    const back = await restoreTo(second, filesOf(source), { into: 'Back again' })
    expect(back.failures).toEqual([])
    expect(totals(back)).toMatchObject({ items: 6, created: 6, failed: 0 })
    expect(readdirSync(join(source.files, 'Back again', 'Pläne', 'nothing in it'))).toEqual([])
    expect(back.collections[0]?.losses).toEqual([expect.stringContaining('does not keep times')])
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(source.files, 'Back again', name), 'utf8')).toBe(text)
  })
})
