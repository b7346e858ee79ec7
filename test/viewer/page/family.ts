/** A small vault with everything in it that a person can look at, and the files that belong to it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { encodeRecord } from '../../../src/formats/mbox.ts'
import { type Handmade, type HandmadeMessage, mboxFile, writeHandmade } from './handmade.ts'

export const bulkMessages = 3000
export const originalText = 'From: Jürgen <j@example.org>\r\nSubject: Exact\r\n\r\nFrom here on\r\n>From there\r\nexactly so.\r\n'

const seconds = (...parts: [year: number, month: number, day: number, hour?: number, minute?: number]): number => {
  const [year, month, day, hour = 0, minute = 0] = parts
  return Date.UTC(year, month - 1, day, hour, minute) / 1000
}
const drive = 'data/hannah@example.com/Files/My Drive'
/** What a file system lets a file be called: exFAT takes no question mark. */
export type Names = 'odd' | 'plain'
export const oddNames: Readonly<Record<Names, string>> = {
  odd: 'Bericht #1 50% für Müller?.txt',
  plain: 'Bericht #1 50% für Müller.txt',
}
const attachmentFolder = 'data/hannah@example.com/Mail/Attachments/2026'

const html = `<style>h1 { color: green }</style><h1>Order shipped</h1><p><a href="https://shop.example/track?id=12">Track it at bank.example</a>
<a href="file:///etc/passwd">file</a></p><img src="cid:logo@shop" alt="logo"><img src="https://tracker.example/pixel.png">`

function messages(origin: { offset: number; length: number }): HandmadeMessage[] {
  const read = { flags: ['\\Seen'], labels: [] }
  const special: HandmadeMessage[] = [
    {
      ...{ from: 'Shop <orders@shop.example>', subject: 'Your order has been shipped', html, run: 1 },
      attachments: [
        { name: 'logo.png', type: 'image/png', kind: 'image', contentId: 'logo@shop', inline: true, image: { doc: 0, block: 0 } },
        {
          name: 'Invoice 118.pdf',
          type: 'application/pdf',
          kind: 'pdf',
          size: 182_044,
          file: `${attachmentFolder}/Invoice 118.pdf`,
        },
        { name: 'page.html', type: 'text/html' },
      ],
      images: [picture()],
      meta: { flags: [], labels: ['Important'] },
    },
    {
      from: 'Ann Example <ann@example.org>',
      subject: 'Weekend at the lake?',
      text: 'Shall we go?\nhttps://lake.example/map.',
      thread: 1,
      run: 1,
    },
    {
      from: 'Hannah Brandt <hannah@example.com>',
      subject: 'Re: Weekend at the lake?',
      text: '> Shall we go?\nYes!',
      thread: 1,
      collection: 1,
      run: 1,
    },
    {
      from: 'Jürgen Groß <j@example.org>',
      subject: 'Exact',
      text: 'From here on',
      origin,
      run: 1,
      meta: { flags: ['\\Seen', '\\Flagged'], labels: [] },
    },
    {
      ...{ from: 'invoice\u202efdp.exe <evil@evil.example>', subject: 'Removed meanwhile', text: 'x' },
      removed: { run: 1, reason: 0 },
    },
  ]
  const bulk = Array.from(
    { length: bulkMessages },
    (_, at): HandmadeMessage => ({
      from: `Sender ${String(at % 50).padStart(2, '0')} <s${at % 50}@bulk.example>`,
      ...{ subject: `Bulk message ${at}`, text: `Text ${at}`, meta: read, date: seconds(2024, 1, 1) - at * 60 },
    }),
  )
  return [...special, ...bulk]
}

const vault = (origin: { offset: number; length: number }, oddName: string): Handmade => ({
  collections: [
    { service: 'mail', path: ['INBOX'], role: 'inbox' },
    { service: 'mail', path: ['Sent'], role: 'sent' },
    { service: 'contacts', path: ['Contacts'] },
    { service: 'calendar', path: ['Family'] },
    { service: 'calendar', path: ['Work'] },
    { service: 'files', path: ['My Drive'] },
  ],
  mail: messages(origin),
  contacts: [
    {
      ...{
        collection: 2,
        name: 'Ann Example',
        groups: ['Friends'],
        source: 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann Example\r\nEND:VCARD\r\n',
      },
      fields: [
        { name: 'FN', types: [], label: '', value: ['Ann Example'] },
        { name: 'TEL', types: ['cell'], label: '', value: ['+49 170 1234567'] },
        { name: 'EMAIL', types: ['home'], label: '', value: ['ann@example.org'] },
        { name: 'ADR', types: ['home'], label: '', value: ['High Street 12', '10115 Berlin'] },
        { name: 'NOTE', types: [], label: '', value: ['Met in Lyon.'] },
        { name: 'BDAY', types: [], label: '', value: ['19850412'] },
        { name: 'ANNIVERSARY', types: [], label: '', value: ['--0903'] },
      ],
      photo: { type: 'image/png', octets: picture() },
    },
    { collection: 2, name: 'Zoë Müller', fields: [{ name: 'FN', types: [], label: '', value: ['Zoë Müller'] }] },
    {
      ...{ collection: 2, name: 'Old Friend', fields: [{ name: 'FN', types: [], label: '', value: ['Old Friend'] }] },
      removed: { run: 1, reason: 0 },
    },
  ],
  events: [
    {
      ...{ collection: 3, source: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' },
      part: {
        summary: 'School evening',
        location: 'Room 12',
        description: 'See https://school.example/evening',
        organizer: 'School',
        status: 'TENTATIVE',
        attendees: ['Hannah Brandt', 'Ann Example'],
        url: 'https://school.example/',
        categories: ['Family', 'School'],
        more: [['CLASS', 'PRIVATE']],
      },
      occurrences: [{ start: seconds(2026, 11, 25, 18, 30), end: seconds(2026, 11, 25, 20) }],
    },
    {
      ...{ collection: 4, part: { summary: 'Weekly round', rule: 'FREQ=WEEKLY;BYDAY=MO' } },
      occurrences: [2, 9, 16, 23, 30].map((day) => ({ start: seconds(2026, 11, day, 9), end: seconds(2026, 11, day, 10) })),
    },
    {
      collection: 3,
      part: { summary: 'Holiday' },
      occurrences: [{ start: seconds(2026, 11, 12), end: seconds(2026, 11, 15), timing: 1 }],
    },
    {
      ...{ collection: 3, part: { summary: 'Dentist' }, removed: { run: 1, reason: 0 } as const },
      occurrences: [{ start: seconds(2026, 11, 13, 13), end: seconds(2026, 11, 13, 14) }],
    },
    {
      ...{ collection: 3, part: { summary: 'Pay the rent' }, component: 'VTODO' as const },
      occurrences: [{ start: seconds(2026, 10, 1), end: seconds(2026, 10, 2), timing: 1 }],
    },
  ],
  files: [
    { collection: 5, folder: [], name: oddName, kind: 'text', path: `${drive}/${oddName}`, size: 12, run: 1 },
    {
      ...{ collection: 5, folder: [], name: oddName, kind: 'text', path: `${drive}/${oddName}`, size: 8 },
      removed: { run: 1, reason: 1, path: 'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt' },
    },
    {
      collection: 5,
      folder: ['Taxes', '2025'],
      name: 'photo.png',
      kind: 'image',
      path: `${drive}/Taxes/2025/photo.png`,
      size: 90,
    },
    {
      collection: 5,
      folder: ['Taxes', '2025'],
      name: 'sound.wav',
      kind: 'audio',
      path: `${drive}/Taxes/2025/sound.wav`,
      size: 1000,
    },
    {
      collection: 5,
      folder: ['Taxes', '2025'],
      name: 'film.webm',
      kind: 'video',
      path: `${drive}/Taxes/2025/film.webm`,
      size: video.length,
    },
    {
      collection: 5,
      folder: ['Taxes', '2025'],
      name: 'report.pdf',
      kind: 'pdf',
      path: `${drive}/Taxes/2025/report.pdf`,
      size: 300,
    },
    { collection: 5, folder: [], name: 'page.html', kind: 'other', path: `${drive}/page.html`, size: 40 },
    {
      collection: 5,
      folder: [],
      name: 'gone.docx',
      kind: 'word',
      path: `${drive}/gone.docx`,
      removed: { run: 1, reason: 0, path: 'data/History/gone.docx' },
    },
  ],
  overview: {
    proof: { time: '2026-11-22T08:00:00Z', verdict: 'proven', file: null },
    verified: { time: '2026-11-22T07:45:00Z', sound: true },
    pending: [{ account: 0, collection: 0, title: 'Large video', reason: 'The server broke off.' }],
  },
})

export async function writeFamilyVault(folder: string, names: Names = 'odd'): Promise<void> {
  const oddName = oddNames[names]
  const record = encodeRecord({ id: '1', date: new Date(0), flags: ['\\Seen'] }, Buffer.from(originalText)).record
  const before = Buffer.from('From nobody Thu Jan  1 00:00:00 1970\n\n')
  const files: Record<string, Uint8Array | string> = {
    'bagit.txt': 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n',
    [mboxFile]: Buffer.concat([before, record]),
    [`${drive}/${oddName}`]: 'text of the file',
    'data/hannah@example.com/History/2026-11-22T073105Z/Files/My Drive/old.txt': 'text of before',
    [`${drive}/Taxes/2025/photo.png`]: picture(),
    [`${drive}/Taxes/2025/sound.wav`]: sound(),
    [`${drive}/Taxes/2025/film.webm`]: video,
    [`${drive}/Taxes/2025/report.pdf`]: pdf,
    [`${drive}/page.html`]: '<script>document.title = "ran"</script>',
    [`${attachmentFolder}/Invoice 118.pdf`]: pdf,
  }
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  await writeHandmade(folder, vault({ offset: before.length, length: record.length }, oddName))
}

/** A PNG, 24 by 16, of one colour. */
function picture(): Buffer {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(24 * 3, 0x66)])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(24, 0)
  header.writeUInt32BE(16, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 16 }, () => row)))
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), content])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(content.length, 0)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}

/** A second of silence, 8-bit PCM. */
function sound(): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + 8000, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(8000, 40)
  return Buffer.concat([header, Buffer.alloc(8000, 0x80)])
}

const pdf =
  '%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'

/** A second of grey, 16 by 16: VP8 in WebM, as Firefox records a canvas. */
const video = Buffer.from(
  [
    'GkXfowEAAAAAAAAfQoaBAUL3gQFC8oEEQvOBCEKChHdlYm1Ch4ECQoWBAhhTgGcB/////////xFNm3QBAAAAAAAAABVJqWYBAAAAAAAASSrXsY',
    'MPQkBEiYgAAAAAAAAAAE2AmFFUbXV4aW5nQXBwTGliV2ViTS0wLjAuMVdBmVFUd3JpdGluZ0FwcExpYldlYk0tMC4wLjEWVK5rAQAAAAAAADOu',
    'AQAAAAAAACrXgQFzxYQNNClmJYaIg1ZQOIOBAYaFVl9WUDjgAQAAAAAAAAawgRC6gRAfQ7Z1Af/////////ngQCjEAAAJoEAAIAQAgCdASoQAB',
    'AAAEcIhYWImYSIQgIADA1gAAQAAP7w+AAAoxAAAByBAJ8AsQEABBKIABgAMD/0DAAAAAQAAP7qxwAAoxAAAByBATQAsQEABRKwABgAMD/0DAAA',
    'AAQAAP7Z2AAAoxAAAByBAbkAsQEABRKcABgAMD/0DAAAAAQAAP7oxAAAoxAAAByBAmEAsQEABRK8ABgAMD/0DAAAAAQAAP7XPAAAoxAAAByBAv',
    'cAsQEABhLMABgAMD/0DAAAAAQAAP7j3gAAoxAAAByBA5YAsQEABxLsABgAMD/0DAAAAAQAAP7K+AAAH0O2dQH/////////54IEHaMQAAAbgQAA',
    'AJEBAAcSVBRgAMD/0DAAAAQAAP7uoEAA',
  ].join(''),
  'base64',
)
