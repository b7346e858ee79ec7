import { mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../../../src/formats/mbox.ts'
import { collections, findings, folder, mbox, open, readArchive } from './harness.ts'

const note = 'From: a@example.com\nSubject: note\n\nhello\n'

describe('an mbox file', () => {
  it('is a folder of its own name, whatever its extension, alone or in a tree', async () => {
    const root = folder({ 'Inbox.mbox': mbox(note), 'old/Sent': mbox(note), 'old/x.mbox.txt': mbox(note, note) })
    const found = await readArchive(root)
    expect([...found].map(([path, messages]) => [path, messages.length])).toEqual([
      ['Inbox', 1],
      ['old/Sent', 1],
      ['old/x', 2],
    ])
    expect([...(await readArchive(join(root, 'old/Sent'))).keys()]).toEqual(['Sent'])
  })

  it('gives equal messages as often as they are there', async () => {
    const [messages] = [...(await readArchive(folder({ box: mbox(note, note, 'Subject: other\n\n', note) }))).values()]
    const key = messages?.[0]?.item.key
    expect(messages?.map(({ item }) => item.key)).toEqual([key, `${key}-2`, expect.anything(), `${key}-3`])
    expect(messages?.map(({ text }) => text)).toEqual([note, note, 'Subject: other\n\n', note])
  })

  it.each([
    ['Mon Jan  1 10:20:30 2024', '2024-01-01T10:20:30Z'],
    ['Mon Jan  1 10:20:30 2024 +0200', '2024-01-01T08:20:30Z'],
    ['Mon Jan 01 10:20:30 -0100 2024', '2024-01-01T11:20:30Z'],
    ['Mon, 1 Jan 2024 10:20:30 +0200', '2024-01-01T08:20:30Z'],
    ['2024-01-01T10:20:30+02:00', '2024-01-01T08:20:30Z'],
    ['Mon Jan 00 00:00:00 0000', '2020-02-03T03:05:06Z'],
    ['Mon Jan  1 10:20:30 1901', '2020-02-03T03:05:06Z'],
  ])('dates a message by its From line "%s", where that is a date', async (date, expected) => {
    const message = `From a@example.com ${date}\nDate: Mon, 3 Feb 2020 04:05:06 +0100\n\nx\n`
    const [messages] = [...(await readArchive(folder({ box: message }))).values()]
    expect(messages?.map(({ item }) => item.date)).toEqual([expected])
  })

  it('dates a message without any date by the file', async () => {
    const root = folder({ box: 'From -\nSubject: x\nDate: Sun, 01 Jan 1829 00:00:00 +0000\n\nx\n' })
    utimesSync(join(root, 'box'), 1_600_000_000, 1_600_000_000)
    const [messages] = [...(await readArchive(root)).values()]
    expect(messages?.[0]?.item.date).toBe('2020-09-13T12:26:40Z')
  })

  it.each([
    [
      'Status: RO\nX-Status: AF\nX-Keywords: $NotJunk,$Forwarded Work\n',
      ['$Forwarded', '$NotJunk', 'Work', '\\Answered', '\\Flagged', '\\Seen'],
    ],
    ['Status: O\n', []],
    ['X-Mozilla-Status: 1005\nX-Mozilla-Keys: $label1\n', ['$Forwarded', '$label1', '\\Flagged', '\\Seen']],
    ['X-Mozilla-Status: 0008\n', ['\\Deleted']],
    ['', []],
  ])('has the flags of the header fields %j, which stay in the message', async (fields, flags) => {
    const [messages] = [...(await readArchive(folder({ box: mbox(`${fields}${note}`) }))).values()]
    expect(messages?.map((message) => message.flags)).toEqual([flags])
    expect(messages?.[0]?.text).toBe(`${fields}${note}`)
  })

  it('written by Lifeboat gives back the exact original, also a large one', async () => {
    const originals = [
      'Subject: crlf\r\n\r\nFrom here\r\n>From there\r\n',
      'Subject: lf\n\nFrom here\n',
      'Subject: no end\r\n\r\nabc',
      'Subject: none\r\n\r\n\r\n\r\n',
      '',
      `Subject: large\r\n\r\n${'From x\r\n'.repeat(560_000)}`,
    ]
    const head = { date: new Date('2021-05-06T07:08:09Z'), flags: ['$Forwarded', '\\Flagged', '\\Seen'] }
    const records = originals.map((text, i) => encodeRecord({ ...head, id: `k ${i}`, labels: ['Ü'] }, Buffer.from(text)).record)
    const [messages = []] = [...(await readArchive(folder({ '2021.mbox': Buffer.concat(records) }))).values()]
    expect(messages.map(({ text }) => text)).toEqual(originals)
    expect(new Set(messages.map(({ flags }) => flags.join()))).toEqual(new Set(['$Forwarded,\\Flagged,\\Seen']))
    expect(messages[0]?.item).toMatchObject({ date: '2021-05-06T07:08:09Z', meta: { labels: ['Ü'] }, title: 'crlf' })
  })

  it('that claims to be by Lifeboat, but does not fit its checksum, is read like any other', async () => {
    const { record } = encodeRecord({ id: '1', date: new Date(0), flags: [] }, Buffer.from('Subject: x\r\n\r\nbody\r\n'))
    const changed = record.toString('latin1').replace('body', 'bady')
    const [messages] = [...(await readArchive(folder({ box: changed }))).values()]
    expect(messages?.map(({ text }) => text)).toEqual([changed.slice(changed.indexOf('\n') + 1, -1)])
  })

  it('of Apple Mail or Thunderbird keeps its place in the tree', async () => {
    const apple = folder({ 'INBOX.mbox/mbox': mbox(note), 'INBOX.mbox/table_of_contents': '\0\0' })
    expect([...(await readArchive(apple)).keys()]).toEqual(['INBOX'])
    const thunderbird = folder({
      Inbox: mbox(note),
      'Inbox.msf': '// <!-- <mdb:mork',
      'Inbox.sbd/Work': mbox(note),
      'popstate.dat': 'x',
    })
    expect([...(await readArchive(thunderbird)).keys()]).toEqual(['Inbox', 'Inbox/Work'])
  })

  it('that is empty is an empty folder; one that begins like no mbox is named', async () => {
    const root = folder({ 'Empty.mbox': '', 'Broken.mbox': '\0\0\0\0 From' })
    const found = await collections(open(root))
    expect(found.map(({ path, skipped }) => [path, skipped !== undefined])).toEqual([
      [['Broken'], true],
      [['Empty'], false],
    ])
  })
})

describe('a Maildir', () => {
  it('is the inbox, its Maildir++ folders lie beside it, and the flags are those of the names', async () => {
    const root = folder({
      'cur/1600000000.a.host:2,FRS': 'Subject: 1\n\n',
      'cur/1600000000.b.host;2,ST': 'Subject: 2\n\n',
      'cur/1600000000.c.host!2,DPab': 'Subject: 3\n\n',
      'new/1600000000.d.host': 'Subject: 4\r\n\r\nStatus: RO\r\n',
      'tmp/1600000000.e.host': 'half',
      'dovecot-keywords': '0 Work\n1 $Phishing\n',
      '.Clients.M&APw-ller &- S&APY-hne/cur/1.x:2,': 'Subject: 5\n\n',
      '.Clients.M&APw-ller &- S&APY-hne/maildirfolder': '',
      '.Empty/cur/.keep': '',
      '.hidden/secret.eml': 'Subject: not mail of this Maildir\n\n',
    })
    const found = await readArchive(root)
    expect([...found].map(([path, messages]) => [path, messages.map(({ text, flags }) => [text, flags])])).toEqual([
      ['Clients/Müller & Söhne', [['Subject: 5\n\n', []]]],
      ['Empty', []],
      [
        'Inbox',
        [
          ['Subject: 1\n\n', ['\\Answered', '\\Flagged', '\\Seen']],
          ['Subject: 2\n\n', ['\\Deleted', '\\Seen']],
          ['Subject: 3\n\n', ['$Forwarded', '$Phishing', 'Work', '\\Draft']],
          ['Subject: 4\r\n\r\nStatus: RO\r\n', []],
        ],
      ],
    ])
    expect((await collections(open(root))).find(({ path }) => path[0] === 'Inbox')).toMatchObject({ role: 'inbox', count: 4 })
  })

  it('dates a message by the earlier of its name and its file time', async () => {
    const root = folder({ 'cur/1600000000.copied:2,': 'a', 'cur/1600000000.imported:2,': 'b', 'cur/unnumbered': 'c' })
    utimesSync(join(root, 'cur/1600000000.imported:2,'), 1_000_000_000, 1_000_000_000)
    utimesSync(join(root, 'cur/unnumbered'), 1_100_000_000, 1_100_000_000)
    const [messages] = [...(await readArchive(root)).values()]
    expect(messages?.map(({ item }) => item.date)).toEqual([
      '2020-09-13T12:26:40Z',
      '2001-09-09T01:46:40Z',
      '2004-11-09T11:33:20Z',
    ])
  })

  it('may lie in ordinary folders, with names in modified UTF-7', async () => {
    const root = folder({ 'Inbox/cur/1:2,S': note, 'A&- B/cur/1:2,': note, 'R&D/cur/1:2,': note, 'Clients/Acme/cur/1:2,': note })
    expect([...(await readArchive(root)).keys()]).toEqual(['A& B', 'Clients/Acme', 'Inbox', 'R&D'])
  })
})

describe('a folder of message files', () => {
  it('takes every .eml as it is, and other files that look like messages', async () => {
    const files = {
      '1.eml': '\0\xff',
      '2.eml': '',
      '3.txt': `From a@example.com Mon Jan  1 10:20:30 2024\n${note}`,
      '4.raw': note,
      '5': 'Subject: MH\r\n\r\n',
      '6 no extension': 'Received: by x\n\n',
      '7 text among messages': 'no header',
      '8 empty': '',
    }
    const ignored = { 'a.png': '\x89PNG\0', 'b.html': '<html>', 'c.bin': 'x\0y', 'Thumbs.db': 'x', '.DS_Store': 'x', readme: 'x' }
    const root = folder({ ...files, ...ignored })
    const [messages, ...others] = [...(await readArchive(root)).values()]
    expect(messages?.map(({ text }) => text)).toEqual(
      Object.keys(files)
        .sort()
        .map((name) => files[name as keyof typeof files]),
    )
    expect(others).toEqual([])
  })

  it('is found at any depth; notes and data without messages are not mail', async () => {
    const root = folder({ 'x/y/z/1.eml': note, 'notes/todo.txt': 'Milk: two\nBread: one\n', 'notes/data': 'abc' })
    mkdirSync(join(root, 'x/empty/cur-ious'), { recursive: true })
    expect([...(await readArchive(root)).keys()]).toEqual(['x/y/z'])
    expect(await findings(root)).toEqual([
      { ok: true, text: 'Found 1 folder with 1 message in files of one message each.' },
      { ok: true, text: '2 other files will be left out.' },
    ])
  })

  it('dates a message by its topmost Received, else its Date, else the file', async () => {
    const root = folder({
      '1.eml':
        'Received: from x by y; Tue, 2 Jan 2024 00:00:00 +0100\nReceived: by z; Mon, 1 Jan 2024 00:00:00 +0000\nDate: x\n\n',
      '2.eml': 'Received: by nobody\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n',
      '3.eml': 'Date: 99 Foo 2024\n\n',
    })
    utimesSync(join(root, '3.eml'), 1_600_000_000, 1_600_000_000)
    const [messages] = [...(await readArchive(root)).values()]
    expect(messages?.map(({ item }) => item.date)).toEqual([
      '2024-01-01T23:00:00Z',
      '2024-01-01T00:00:00Z',
      '2020-09-13T12:26:40Z',
    ])
  })

  it('names the mail files that cannot be read', async () => {
    const found = await collections(open(folder({ 'old.pst': '!BDN', '1.eml': note })))
    expect(found.map(({ skipped }) => skipped)).toEqual([undefined, expect.stringContaining('.pst')])
  })
})

it('tells what it found in words, or why it found nothing', async () => {
  const root = folder({ 'a.mbox': mbox(note, note), 'b.mbox': mbox(note), 'sub/cur/1:2,S': note })
  expect(await findings(root)).toEqual([
    { ok: true, text: 'Found 2 folders with 3 messages in mbox format.' },
    { ok: true, text: 'Found 1 folder with 1 message in Maildir format.' },
  ])
  const empty = folder()
  expect(await findings(empty)).toEqual([{ ok: false, text: `No mail was found in ${empty}.`, code: 'not-found' }])
  const gone = { ok: false, text: expect.stringContaining('There is no archive at'), code: 'not-found' }
  expect(await findings(join(empty, 'gone'))).toEqual([gone])
})
