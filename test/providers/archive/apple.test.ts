/**
 * The copy that Apple makes at privacy.apple.com, laid out as people describe theirs: a zip for each service, large ones in parts
 * `… Part 1 of 3.zip`; iCloud Drive twice wrapped, with one table of all files; cards one by one in `vCards`; each calendar and list
 * of reminders a file; photos with tables beside them; zips within zips.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { collections, findings, folder, open, write } from './harness.ts'
import { calendar, card, event, every, names, read } from './services.ts'
import { type ZipMember, zip } from './zip-writer.ts'

const nested = zip([{ name: 'scans/1.tif', data: 'scan' }])

/** By zip. */
const copy: Readonly<Record<string, readonly ZipMember[]>> = {
  'iCloud Contacts': [
    { name: 'iCloud Contacts/vCards/Ada Lovelace.vcf', data: card('a', 'Ada Lovelace') },
    { name: 'iCloud Contacts/vCards/Bo.vcf', data: card('b', 'Bo') },
    { name: 'iCloud Contacts/vCards/Bo-1.vcf', data: card('c', 'Bo') },
  ],
  'iCloud Calendars and Reminders': [
    { name: 'iCloud Calendars and Reminders/Home.ics', data: calendar('', event('1'), event('2')) },
    { name: 'iCloud Calendars and Reminders/Work.ics', data: calendar('', event('3')) },
    {
      name: 'iCloud Calendars and Reminders/Shopping.ics',
      data: calendar('', 'BEGIN:VTODO\r\nUID:t\r\nDTSTAMP:20240101T000000Z\r\nSUMMARY:Milk\r\nEND:VTODO\r\n'),
    },
  ],
  'iCloud Drive Part 1 of 3': [
    { name: 'iCloud Drive Part 1 of 3/Drive/Drive Details.csv', data: 'Title,Base Hash,Type,Size\r\n' },
    { name: 'iCloud Drive Part 1 of 3/Drive/Trips/Rome.pages', data: 'pages' },
    { name: 'iCloud Drive Part 1 of 3/Drive/Trips/Plans/', data: '' },
    { name: 'iCloud Drive Part 1 of 3/Drive/Old mail.mbox', data: 'From a@x Tue Jan 02 10:00:00 2024\r\n\r\nx\r\n' },
    { name: 'iCloud Drive Part 1 of 3/__MACOSX/x', data: '' },
  ],
  'iCloud Drive Part 3 of 3': [
    { name: 'iCloud Drive Part 3 of 3/Drive/Drive Details.csv', data: 'Title,Base Hash\r\n' },
    { name: 'iCloud Drive Part 3 of 3/Drive/Trips/Rome.jpg', data: 'photo' },
    { name: 'iCloud Drive Part 3 of 3/Scans.zip', data: nested, method: 0 },
  ],
  'iCloud Mail': [
    { name: 'iCloud Mail/INBOX/1.eml', data: 'Subject: one\r\nFrom: a@x\r\n\r\none\r\n' },
    { name: 'iCloud Mail/Archive/2.eml', data: 'Subject: two\r\nFrom: a@x\r\n\r\ntwo\r\n' },
  ],
  'iCloud Notes': [
    { name: 'iCloud Notes/Notes Details.csv', data: 'Title,Created On\r\n' },
    { name: 'iCloud Notes/Notes/Ideas/Ideas.txt', data: 'a boat\n' },
  ],
  'iCloud Photos Part 1 of 1': [
    { name: 'iCloud Photos Part 1 of 1/Photos/IMG_1.HEIC', data: 'heic' },
    { name: 'iCloud Photos Part 1 of 1/Photos/Photo Details.csv', data: 'imgName,fileChecksum\r\n' },
    { name: 'iCloud Photos Part 1 of 1/Albums/Rome.csv', data: 'imgName\r\n' },
  ],
  'Apple Media Services Information Part 2 of 2': [{ name: 'Game Center/Game Center Data.json', data: '{}' }],
  'Wallet Activity': [{ name: 'Wallet Activity/Passes.csv', data: 'Pass\r\n' }],
}

function asZips(): string {
  return folder(Object.fromEntries(Object.entries(copy).map(([name, members]) => [`${name}.zip`, zip(members)])))
}

/** As Safari unpacks them by itself. */
function unpacked(): string {
  const root = folder()
  for (const { name, data } of Object.values(copy).flat())
    if (name.endsWith('/')) mkdirSync(join(root, name), { recursive: true })
    else write(root, { [name]: data })
  return root
}

const drive = [
  'Drive Details.csv',
  'Drive Details.csv',
  'Old mail.mbox',
  'Scans.zip',
  'Trips/Plans',
  'Trips/Rome.jpg',
  'Trips/Rome.pages',
]
const others = [
  'iCloud Notes/Notes Details.csv',
  'iCloud Notes/Notes/Ideas/Ideas.txt',
  'iCloud Photos Part 1 of 1/Albums/Rome.csv',
  'iCloud Photos Part 1 of 1/Photos/IMG_1.HEIC',
  'iCloud Photos Part 1 of 1/Photos/Photo Details.csv',
]

async function expectCopy(root: string, kept: readonly string[]): Promise<void> {
  expect(await names(root, 'contacts')).toEqual({ 'iCloud Contacts': ['Ada Lovelace', 'Bo', 'Bo'] })
  expect(await names(root, 'calendar')).toEqual({
    'iCloud Calendars and Reminders/Home': ['Meeting 1', 'Meeting 2'],
    'iCloud Calendars and Reminders/Shopping': ['Milk'],
    'iCloud Calendars and Reminders/Work': ['Meeting 3'],
  })
  expect(Object.keys(await read(root, 'mail')).toSorted()).toEqual(['iCloud Mail/Archive', 'iCloud Mail/INBOX'])
  const files = await names(root, 'files')
  const sorted = Object.fromEntries(Object.entries(files).map(([name, found]) => [name, (found as string[]).toSorted()]))
  expect(sorted).toEqual({ 'iCloud Drive': drive, [root.split('/').at(-1) ?? '']: [...others, ...kept].toSorted() })
  const scans = (await read(root, 'files'))['iCloud Drive']?.find(({ title }) => title === 'Scans.zip')
  expect(scans?.text).toBe(nested.toString('latin1'))
}

it('is read whole from its zips; what is no part of a known one is kept as it is', async () => {
  const root = asZips()
  await expectCopy(root, ['Apple Media Services Information Part 2 of 2.zip', 'Wallet Activity.zip'])
  const skipped = (await collections(open(root, 'mail', every))).flatMap(({ skipped: reason }) => reason ?? [])
  expect(skipped.toSorted()).toEqual([
    expect.stringContaining('Apple Media Services Information Part 1 of 2.zip of the export is missing'),
    expect.stringContaining('iCloud Drive Part 2 of 3.zip of the export is missing'),
  ])
})

it('is the same unpacked', async () => {
  await expectCopy(unpacked(), ['Game Center/Game Center Data.json', 'Wallet Activity/Passes.csv'])
})

it('is read in all its parts where one of them is named', async () => {
  const root = asZips()
  for (const part of [1, 3]) {
    const source = open(join(root, `iCloud Drive Part ${part} of 3.zip`), 'files', every)
    expect((await collections(source)).map(({ path }) => path)).toEqual([['iCloud Drive']])
    const [found] = Object.values(await names(join(root, `iCloud Drive Part ${part} of 3.zip`), 'files'))
    expect((found as string[]).toSorted()).toEqual(drive)
  }
  const texts = (await findings(join(root, 'iCloud Drive Part 1 of 3.zip'), every)).map(({ text }) => text)
  expect(texts).toContainEqual(expect.stringContaining('Part 2 of 3.zip of the export is missing'))
})

it('keeps a drive as it is that is wrapped once, or holds more than a folder called Drive', async () => {
  const wrapped = folder({
    'iCloud Drive Part 1 of 2.zip': zip([{ name: 'iCloud Drive/Documents/a.txt', data: 'a' }]),
    'iCloud Drive Part 2 of 2.zip': zip([{ name: 'iCloud Drive/Documents/b.eml', data: 'Subject: a file\r\n\r\n' }]),
  })
  expect(await names(wrapped, 'files')).toEqual({ 'iCloud Drive': ['Documents/a.txt', 'Documents/b.eml'] })
  expect(await read(wrapped, 'mail')).toEqual({})
  const own = folder({ 'iCloud Drive/Drive/a.txt': 'a', 'iCloud Drive/Cars/b.txt': 'b' })
  expect(await names(own, 'files')).toEqual({ 'iCloud Drive': ['Cars/b.txt', 'Drive/a.txt'] })
})
