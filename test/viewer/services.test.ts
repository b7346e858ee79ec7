import { describe, expect, it } from 'vitest'
import type {
  ContactColumns,
  ContactDetail,
  EventColumns,
  EventDetail,
  FileColumns,
  Occurrences,
} from '../../src/viewer/format-documents.ts'
import type { ViewerChange } from '../../src/viewer/input.ts'
import { filesBelow, fileTree } from '../../src/viewer/page/data/files.ts'
import { Library } from '../../src/viewer/page/data/library.ts'
import { filesOf } from '../../src/viewer/page/data/tables.ts'
import { parseQuery } from '../../src/viewer/query.ts'
import { Search } from '../../src/viewer/search.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'
import { Built, build, docsIn, inputOf, put, runId } from './built.ts'
import { loaderOf, MemoryFolder } from './memory-folder.ts'

const card = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'N:Müller;Jörg;;Dr.;',
  'FN:Dr. Jörg Müller',
  'ORG:Acme\\, Inc.;Sales',
  'item1.TEL;TYPE=CELL,pref:+49 170 1',
  'item1.X-ABLabel:_$!<Mobile>!$_',
  'EMAIL;TYPE=INTERNET,HOME:joerg@example.com',
  'CATEGORIES:Friends,Work',
  'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg==',
  'NOTE:Line one\\nline two',
  'END:VCARD',
  '',
].join('\r\n')

const event = [
  'BEGIN:VCALENDAR',
  'BEGIN:VEVENT',
  'UID:1',
  'SUMMARY:Chorprobe',
  'LOCATION:Kirche',
  'DTSTART;TZID=Europe/Berlin:20250327T190000',
  'DTEND;TZID=Europe/Berlin:20250327T210000',
  'RRULE:FREQ=WEEKLY',
  'ATTENDEE;CN=Alice:mailto:alice@example.com',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

async function found(
  built: Built,
  service: 'contacts' | 'calendar' | 'files',
  query: string,
): Promise<readonly number[] | undefined> {
  const search = new Search({ segments: built.segments(service), load: built.load, texts: async () => [] })
  const answer = await search.find(parseQuery(query))
  return answer === null ? undefined : docsIn(answer)
}

describe('the viewer data of contacts, calendars and files', () => {
  it('shows a card with its photo', async () => {
    const folder = new MemoryFolder()
    await build(folder, inputOf([[put(0, '1', Buffer.from(card), { service: 'contacts' })]]))
    const built = await Built.open(folder)
    const [columns] = await built.shards<ContactColumns>('contacts', 'c', () => 1)
    expect(columns).toEqual({
      ...{
        name: ['Dr. Jörg Müller'],
        sort: ['muller jorg'],
        organization: ['Acme, Inc., Sales'],
        emails: [['joerg@example.com']],
      },
      ...{ phones: [['+49 170 1']], groups: [['Friends', 'Work']], photo: ['image/jpeg'], isGroup: [false] },
    })
    const detail = JSON.parse((await built.blocks('contacts', 't')).get(0)?.[0]?.toString() ?? '') as ContactDetail
    expect(detail.source).toBe(card)
    expect(detail.fields).toContainEqual({ name: 'TEL', types: ['cell', 'pref'], label: 'Mobile', value: ['+49 170 1'] })
    expect(detail.fields).toContainEqual({ name: 'NOTE', types: [], label: '', value: ['Line one\nline two'] })
    expect(detail.fields).toContainEqual({ name: 'PHOTO', types: ['jpeg'], label: '', value: [] })
    expect((await built.blocks('contacts', 'x')).get(0)).toEqual([Buffer.from('/9j/4AAQSkZJRg==', 'base64')])
    expect(await found(built, 'contacts', 'muller acme')).toEqual([0])
  })

  it('shows groups with a comma, days without a year, and letters of old programs', async () => {
    const folder = new MemoryFolder()
    const lines = [
      'VERSION:3.0',
      'FN:J\u00fcrgen',
      'CATEGORIES:Choir\\, first voices,Work',
      'BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-28',
    ]
    const octets = Buffer.from(`BEGIN:VCARD\r\n${lines.join('\r\n')}\r\nEND:VCARD\r\n`, 'latin1')
    await build(folder, inputOf([[put(0, '1', octets, { service: 'contacts' })]]))
    const built = await Built.open(folder)
    const [columns] = await built.shards<ContactColumns>('contacts', 'c', () => 1)
    expect(columns?.groups).toEqual([['Choir, first voices', 'Work']])
    const detail = JSON.parse((await built.blocks('contacts', 't')).get(0)?.[0]?.toString() ?? '') as ContactDetail
    expect(detail.fields).toContainEqual({ name: 'BDAY', types: [], label: '', value: ['--02-28'] })
    expect(detail.source).toContain('FN:J\u00fcrgen\r\n')
  })

  it('shows an event and when it takes place, up to ten years ahead', async () => {
    const folder = new MemoryFolder()
    await build(folder, inputOf([[put(0, '1', Buffer.from(event), { service: 'calendar' })]]))
    const built = await Built.open(folder)
    const [columns] = await built.shards<EventColumns>('calendar', 'c', () => 1)
    expect(columns).toMatchObject({ summary: ['Chorprobe'], location: ['Kirche'], repeats: [true], more: [true] })
    const [occurrences] = await built.shards<Occurrences>('calendar', 'e', (segment) => segment.occurrences.length)
    const times = occurrences?.start.map((start) => new Date(start * 1000).toISOString().slice(0, 16)) ?? []
    expect(times.slice(0, 2)).toEqual(['2025-03-27T18:00', '2025-04-03T17:00'])
    expect(times.at(-1)?.slice(0, 4)).toBe('2036')
    expect(occurrences?.zones).toEqual(['Europe/Berlin'])
    expect((await built.overview()).calendarRange).toEqual({ from: 2025, to: 2036 })
    const detail = JSON.parse((await built.blocks('calendar', 't')).get(0)?.[0]?.toString() ?? '') as EventDetail
    expect(detail.parts).toMatchObject([{ summary: 'Chorprobe', rule: 'FREQ=WEEKLY', attendees: ['Alice <alice@example.com>'] }])
    expect(await found(built, 'calendar', 'alice kirche')).toEqual([0])
  })

  it('follows a file that is changed, moved and removed', async () => {
    const folder = new MemoryFolder()
    const file = (run: number, key: string, path: string[], text: string): ViewerChange => {
      const change = put(run, key, Buffer.from(text), { service: 'files' })
      if (change.kind !== 'put') throw new Error('no put')
      const meta = { path, modified: '2024-05-06T07:08:09Z' }
      return { ...change, meta, origin: { file: `data/a/Files/Drive/${path.join('/')}`, offset: 0, length: text.length } }
    }
    const at = (path: string) => `data/a/${path}`
    const item = { service: 'files', collection: { account: 'a', c: 1 } } as const
    const runs: ViewerChange[][] = [
      [file(0, 'one', ['Taxes', 'a.pdf'], 'first'), file(0, 'two', ['b.xlsx'], 'other')],
      [
        { kind: 'moved', from: at('Files/Drive/Taxes/a.pdf'), to: at('History/R/Files/Drive/Taxes/a.pdf') },
        file(1, 'one', ['Taxes', 'a.pdf'], 'second'),
      ],
      [
        { kind: 'moved', from: at('Files/Drive/b.xlsx'), to: at('Files/Drive/c.xlsx') },
        { kind: 'changed', ...item, key: 'two', run: runId(2), meta: { path: ['c.xlsx'], modified: '2024-05-06T07:08:09Z' } },
      ],
      [
        { kind: 'moved', from: at('Files/Drive/c.xlsx'), to: at('History/S/Files/Drive/c.xlsx') },
        { kind: 'removed', ...item, key: 'two', run: runId(3), rekeyed: false },
      ],
    ]
    for (let run = 1; run <= runs.length; run++) await build(folder, inputOf(runs.slice(0, run)))
    const built = await Built.open(folder)
    const columns = await built.shards<FileColumns>('files', 'c', ({ columns }) => columns.length)
    expect(columns.flatMap(({ path }) => path)).toEqual(
      ['Files/Drive/Taxes/a.pdf', 'Files/Drive/b.xlsx', 'Files/Drive/Taxes/a.pdf', 'Files/Drive/c.xlsx'].map(at),
    )
    expect(columns.flatMap(({ kind }) => kind)).toEqual(['pdf', 'sheet', 'pdf', 'sheet'])
    expect(columns[0]?.folders).toEqual([['Taxes'], []])
    const removed = (await built.events('files')).flatMap(({ removed: { place, run, reason, path } }) =>
      place.map((one, row) => [one, run[row], reason[row], path[row]]),
    )
    expect(removed).toEqual([
      [0, 1, 1, at('History/R/Files/Drive/Taxes/a.pdf')],
      [1, 2, 2, at('Files/Drive/c.xlsx')],
      [3, 3, 0, at('History/S/Files/Drive/c.xlsx')],
    ])
    expect(await found(built, 'files', 'taxes pdf')).toEqual([0, 2])
  })

  it('follows folders and books that were renamed, run by run or at once', async () => {
    const file = (run: number, path: string, name: string): ViewerChange => {
      const change = put(run, name, Buffer.from(name), { service: 'files' })
      if (change.kind !== 'put') throw new Error('no put')
      return { ...change, meta: { path: [name] }, origin: { file: `data/a/${path}/${name}`, offset: 0, length: name.length } }
    }
    const card = put(0, 'card', Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n'), {
      service: 'contacts',
      c: 2,
    })
    if (card.kind !== 'put') throw new Error('no put')
    const book = { ...card, origin: { ...card.origin, file: 'data/a/Contacts/Friends.vcf' } }
    const runs: ViewerChange[][] = [
      [file(0, 'Files/Drive', 'before.txt'), book],
      [
        { kind: 'renamed', from: 'data/a/Files/Drive', to: 'data/a/Files/My Drive' },
        { kind: 'moved', from: 'data/a/Contacts/Friends.vcf', to: 'data/a/Contacts/Buddies.vcf' },
        file(1, 'Files/My Drive', 'after.txt'),
      ],
      [file(2, 'Files/Drive', 'another drive.txt')],
    ]
    const byRuns = new MemoryFolder()
    for (let run = 1; run <= runs.length; run++) await build(byRuns, inputOf(runs.slice(0, run)))
    const atOnce = new MemoryFolder()
    await build(atOnce, inputOf(runs))
    for (const folder of [byRuns, atOnce]) {
      const library = await Library.open({ loadShard: loaderOf(folder), fileAddress: String, files: () => null })
      const tree = fileTree(library, await filesOf(library), 2)
      const paths = filesBelow(tree.root).map((place) => tree.item(place).path)
      expect(paths.sort()).toEqual([
        'data/a/Files/Drive/another drive.txt',
        'data/a/Files/My Drive/after.txt',
        'data/a/Files/My Drive/before.txt',
      ])
      expect(library.overview.files).toEqual(['data/a/Contacts/Buddies.vcf'])
    }
  })
})

it('shows a folder that holds nothing as an empty folder, until it is gone', async () => {
  const item = (run: number, key: string, path: readonly string[], isFolder: boolean): ViewerChange => {
    const change = put(run, key, Buffer.from(isFolder ? '' : key), { service: 'files' })
    if (change.kind !== 'put') throw new Error('no put')
    const file = `data/a/Files/Drive/${[...path, ...(isFolder ? ['.keep'] : [])].join('/')}`
    const meta = { path: [...path], ...(isFolder ? { folder: true } : {}) }
    return { ...change, meta, origin: { file, offset: 0, length: change.size } }
  }
  const folder = new MemoryFolder()
  const empty = item(0, 'empty', ['Plans', 'Later'], true)
  const runs: ViewerChange[][] = [
    // A file may be called like a folder.
    [empty, item(0, 'odd', ['Plans', 'odd/'], false)],
    [{ kind: 'removed', service: 'files', collection: { account: 'a', c: 1 }, key: 'empty', run: runId(1), rekeyed: false }],
  ]
  for (let run = 1; run <= runs.length; run++) await build(folder, inputOf(runs.slice(0, run)))
  const library = await Library.open({ loadShard: loaderOf(folder), fileAddress: String, files: () => null })
  for (const [asOf, isRemoved] of [
    [0, false],
    [1, true],
  ] as const) {
    const tree = fileTree(library, await filesOf(library), asOf)
    const [drive] = tree.root.folders.values()
    const plans = drive?.folders.get('Plans')
    expect(plans).toMatchObject({ count: 1, isRemoved: false })
    expect(plans?.folders.get('Later')).toMatchObject({ files: [], count: 0, size: 0, isRemoved })
    expect(filesBelow(tree.root).map((place) => tree.item(place).row.name)).toEqual(['odd/'])
  }
})

describeWithCorpus('whatever the corpus holds is prepared', () => {
  it.each([
    ['contacts', 'vcard'],
    ['calendar', 'ical'],
  ] as const)(
    'as %s',
    async (service, kind) => {
      const folder = new MemoryFolder()
      const files = corpus(kind)
      await build(folder, inputOf([files.map((file) => put(0, file.name, file.bytes(), { service }))]))
      const built = await Built.open(folder)
      const blocks = await built.blocks(service, 't')
      const docs = (await built.events(service)).flatMap(({ put: { doc } }) => doc)
      expect(docs).toHaveLength(files.length)
      expect(blocks.size).toBe(Math.max(...docs) + 1)
    },
    120_000,
  )
})
