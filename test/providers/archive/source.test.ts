import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Source } from '../../../src/core/source.ts'
import { archive } from '../../../src/providers/archive/provider.ts'
import { corpus, describeWithCorpus } from '../../fixtures/corpus.ts'
import { all, collections, fetchAll, findings, folder, type Listing, list, mbox, open, readArchive, write } from './harness.ts'

const message = (text: string) => `From: a@example.com\nSubject: ${text}\n\n${text}\n`

async function only(source: Source, since: string | null = null): Promise<Listing> {
  const [collection, ...others] = await collections(source)
  if (collection === undefined || others.length > 0) throw new Error(`${others.length + 1} collections`)
  return await list(source, collection, since)
}

const keys = ({ items }: Listing) => items.map(({ key }) => key)
const kindsOfWholeListing = ['item', 'all-listed', 'checkpoint']

describe('the settings', () => {
  it.each([{}, { path: '' }, { path: '  ' }, { path: 7 }, { path: null }, { path: 'a\0b' }])('%j are refused', (settings) => {
    expect(() => archive.checkSettings(settings)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('“path”') }),
    )
  })

  it('need nothing but a path', () => {
    expect(() => archive.checkSettings({ path: 'mail' })).not.toThrow()
  })
})

describe('a run after another', () => {
  it.each([
    ['mbox', { 'box.mbox': mbox(message('1'), message('2')) }],
    ['Maildir', { 'cur/1:2,S': message('1'), 'new/2': message('2') }],
    ['messages', { '1.eml': message('1'), '2.eml': message('2') }],
  ])('finds an unchanged %s unchanged without reading it', async (_, files) => {
    const root = folder(files)
    const { kinds, cursor, items } = await only(open(root))
    expect(items).toHaveLength(2)
    expect(kinds).toEqual(kindsOfWholeListing)
    const again = await only(open(root), cursor)
    expect(again).toEqual({ items: [], kinds: ['checkpoint'], cursor })
  })

  it('sees an mbox grow, with the keys of old messages unchanged', async () => {
    const root = folder({ box: mbox(message('1'), message('2')) })
    const first = await only(open(root))
    appendFileSync(join(root, 'box'), mbox(message('3')))
    const second = await only(open(root), first.cursor)
    expect(second.kinds).toEqual(kindsOfWholeListing)
    expect(keys(second).slice(0, 2)).toEqual(keys(first))
    expect(second.items.map(({ title }) => title)).toEqual(['1', '2', '3'])
    expect((await only(open(root), second.cursor)).kinds).toEqual(['checkpoint'])
  })

  it('sees a message changed as one gone and one new, and a message removed as one gone', async () => {
    const root = folder({ '1.eml': message('1'), '2.eml': message('2'), '3.eml': message('3') })
    const first = await only(open(root))
    write(root, { '2.eml': message('two') })
    const second = await only(open(root), first.cursor)
    expect(keys(second).filter((key) => !keys(first).includes(key))).toHaveLength(1)
    unlinkSync(join(root, '3.eml'))
    const third = await only(open(root), second.cursor)
    expect(third.kinds).toEqual(kindsOfWholeListing)
    expect(keys(third)).toEqual(keys(second).slice(0, 2))
  })

  it('sees a flag in a Maildir changed under the same key', async () => {
    const root = folder({ 'cur/1600000000.a:2,': message('1') })
    const first = await only(open(root))
    renameSync(join(root, 'cur/1600000000.a:2,'), join(root, 'cur/1600000000.a:2,FS'))
    const second = await only(open(root), first.cursor)
    expect(second.items).toEqual([{ ...first.items[0], meta: { flags: ['\\Flagged', '\\Seen'] } }])
  })

  it('sees what a mail program notes in the header changed under the same key, and anything else as another message', async () => {
    const notes = [
      '',
      'Status: RO\nX-Status: A\nX-Keywords: Work\n',
      'STATUS : O\r\nX-IMAPbase: 1 2\n  Work\nX-UID: 7\n',
      'X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: Work\nX-IMAP: 1 2\n',
    ]
    const others = ['X-Status-Report: A\n', 'Statusx: RO\n', ' Status: RO\n', 'X-UIDL: 7\n']
    const archiveOf = (...messages: readonly string[]) => folder({ box: mbox(...messages) })
    const noted = (note: string) => `From: a@example.com\nSubject: 1\n${note}To: b@example.com\n\nStatus: O\n`
    const [plain, ...rest] = notes.map((note) => archiveOf(noted(note)))
    const first = await only(open(plain!))
    for (const root of rest) expect(keys(await only(open(root), first.cursor))).toEqual(keys(first))
    expect((await only(open(archiveOf(noted(notes[1]!))))).items[0]?.meta).toEqual({ flags: ['Work', '\\Answered', '\\Seen'] })
    for (const other of others) expect(keys(await only(open(archiveOf(noted(other)))))).not.toEqual(keys(first))
    expect(keys(await only(open(archiveOf(noted('').replace('Status: O', 'Status: RO')))))).not.toEqual(keys(first))
    expect(keys(await only(open(archiveOf(...notes.map(noted)))))).toEqual(
      ['', '-2', '-3', '-4'].map((n) => `${keys(first)}${n}`),
    )
  })

  it.each([
    ['that has no body', 'Subject: 1\n', ''],
    ['without any other field', '', '\n1\n'],
    ['with a header longer than is looked at', `To: ${'a@example.com, '.repeat(10_000)}\n`, '\n1\n'],
    ['of many megabytes', 'Subject: 1\n', `\n${'1\n'.repeat(3_000_000)}`],
  ])('has the same key for a message %s, in any form and with any notes', async (_, header, body) => {
    const plain = folder({ '1.eml': `${header}${body}` })
    const expected = keys(await only(open(plain)))
    for (const note of ['Status: O\n', 'X-Gmail-Labels: a,\n b\nX-GM-THRID: 1\n']) {
      const text = `${note}${header}${body}`
      for (const files of [{ '1.eml': text }, { box: mbox(text) }, { 'cur/1:2,S': text }]) {
        expect(keys(await only(open(folder(files))))).toEqual(expected)
      }
    }
  })

  it('sees a file of the same size, written anew, and takes any old cursor', async () => {
    const root = folder({ box: mbox(message('1')) })
    const first = await only(open(root))
    write(root, { box: mbox(message('2')) })
    utimesSync(join(root, 'box'), 2_000_000_000, 2_000_000_000)
    expect(keys(await only(open(root), first.cursor))).not.toEqual(keys(first))
    for (const cursor of ['', 'nonsense', '{"v":0}']) expect((await only(open(root), cursor)).kinds).toEqual(kindsOfWholeListing)
  })

  it('sees within one source what happened since it was last asked', async () => {
    const root = folder({ '1.eml': message('1') })
    const source = open(root)
    const [collection] = await collections(source)
    const first = await list(source, collection!)
    write(root, { '2.eml': message('2') })
    expect((await list(source, collection!, first.cursor)).items).toHaveLength(2)
  })
})

describe('fetching', () => {
  it('needs no listing before it, and any order or part will do', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => message(`${i}`))
    const root = folder({ box: mbox(...texts) })
    const { items } = await only(open(root))
    const source = open(root)
    const [collection] = await collections(source)
    const some = items.filter((_, i) => i % 3 === 0).toReversed()
    const { contents, errors } = await fetchAll(source, collection!, some)
    expect(errors.size).toBe(0)
    expect(some.map(({ key }) => contents.get(key)?.toString())).toEqual(texts.filter((_, i) => i % 3 === 0).toReversed())
  })

  it('answers with an error for a message that is gone or changed since it was listed, and goes on', async () => {
    const root = folder({ '1.eml': message('1'), '2.eml': message('2'), '3.eml': message('3'), '4.eml': message('4') })
    const source = open(root)
    const [collection] = await collections(source)
    const { items } = await list(source, collection!)
    unlinkSync(join(root, '1.eml'))
    write(root, { '2.eml': message('two'), '3.eml': message('iii') })
    const { contents, errors } = await fetchAll(source, collection!, [...items, { ...items[0]!, key: 'never' }])
    expect([...contents.keys()]).toEqual([items[3]?.key])
    expect([...errors].map(([key, { code }]) => [key, code])).toEqual(
      [items[0], items[1], items[2], { key: 'never' }].map((item) => [item?.key, 'not-found']),
    )
  })

  it.each([
    ['short', '1\n'],
    ['large', '1\n'.repeat(3_000_000)],
  ])('does not take a %s message with other notes in its header for what was listed', async (_, body) => {
    const noted = (status: string) => `Status: ${status}\nSubject: 1\n\n${body}`
    for (const [name, form] of [
      ['1.eml', String],
      ['box', mbox],
    ] as const) {
      const root = folder({ [name]: form(noted('RO')) })
      const source = open(root)
      const [collection] = await collections(source)
      const { items } = await list(source, collection!)
      write(root, { [name]: form(noted('OR')) })
      const answer = fetchAll(source, collection!, items).then(({ errors }) => Promise.reject([...errors.values()][0]))
      await expect(answer).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('was changed') })
    }
  })

  it('ends with the signal', async () => {
    const source = open(folder({ box: mbox(message('1'), message('2')) }))
    const [collection] = await collections(source)
    const stop = new AbortController()
    const changes = source.changes(collection!, null, stop.signal)[Symbol.asyncIterator]()
    await changes.next()
    stop.abort(new Error('enough'))
    await expect(all({ [Symbol.asyncIterator]: () => changes })).rejects.toThrow('enough')
  })
})

/** Root may read everything, so it has to be somebody else until the test ends. */
function asOrdinaryUser(): void {
  if (process.geteuid?.() !== 0) return
  process.seteuid?.(65534)
  onTestFinished(() => process.seteuid?.(0))
}

describe('what cannot be read', () => {
  it('is told apart: an archive that is gone, and a disk that is gone', async () => {
    const root = folder({ 'x.eml': message('1') })
    await expect(collections(open(join(root, 'gone.mbox')))).rejects.toMatchObject({ code: 'not-found' })
    await expect(collections(open(join(root, 'usb', 'mail')))).rejects.toMatchObject({
      code: 'not-found',
      advice: expect.stringContaining('plug'),
    })
    await expect(collections(open('/dev/null'))).rejects.toMatchObject({ code: 'unsupported' })
    const source = open(root)
    const [collection] = await collections(source)
    rmSync(root, { recursive: true })
    await expect(collections(source)).rejects.toMatchObject({ code: 'not-found' })
    await expect(list(source, collection!)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('names a folder that is in the archive no more', async () => {
    const source = open(folder({ 'x.eml': message('1') }))
    await expect(list(source, { service: 'mail', key: 'Old', path: ['Old'] })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('names a file that vanished between, and says of no message that it is gone', async () => {
    const root = folder({ '1.eml': message('1'), '2.eml': message('2') })
    const source = open(root)
    const [collection] = await collections(source)
    unlinkSync(join(root, '1.eml'))
    const { items, kinds, cursor } = await list(source, collection!)
    expect(kinds).toEqual(['item', 'checkpoint'])
    expect(items.map(({ title }) => title)).toEqual([expect.stringContaining('1.eml'), '2'])
    const { errors, contents } = await fetchAll(source, collection!, items)
    expect([...errors.values()].map(({ code }) => code)).toEqual(['not-found'])
    expect(contents.size).toBe(1)
    expect((await only(open(root), cursor)).kinds).toEqual(kindsOfWholeListing)
  })

  it('for lack of permission is named, and the others go on', async () => {
    asOrdinaryUser()
    const root = folder({
      'a/1.eml': message('1'),
      'a/2.eml': message('2'),
      'b.mbox': mbox(message('3')),
      'c/x.eml': '',
      'd.mbox': mbox('x'),
    })
    for (const name of ['a/1.eml', 'b.mbox', 'c']) chmodSync(join(root, name), 0)
    const source = open(root)
    const found = await collections(source)
    expect(found.map(({ path, skipped }) => [path.join('/'), skipped])).toEqual([
      ['a', undefined],
      ['b', 'The file b.mbox may not be read by this user.'],
      ['c', expect.stringContaining('may not be read by this user')],
      ['d', undefined],
    ])
    const { items, kinds } = await list(source, found[0]!)
    expect(kinds).not.toContain('all-listed')
    const { errors, contents } = await fetchAll(source, found[0]!, items)
    expect([...errors.values()].map(({ code }) => code)).toEqual(['permission'])
    expect(contents.size).toBe(1)
    chmodSync(join(root, 'c'), 0o700)
  })

  it('does not lead outside the archive or round in circles', async () => {
    const outside = folder({ 'secret.eml': message('secret') })
    const root = folder({ 'in/1.eml': message('1') })
    symlinkSync('..', join(root, 'in/up'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('1.eml', join(root, 'in/again.eml'))
    symlinkSync(outside, join(root, 'elsewhere'))
    symlinkSync(join(outside, 'secret.eml'), join(root, 'in/secret.eml'))
    const found = await collections(open(root))
    expect(found.map(({ path, count, skipped }) => [path.join('/'), count, skipped !== undefined])).toEqual([
      ['elsewhere', undefined, true],
      ['in', 1, false],
      ['in/secret.eml', undefined, true],
    ])
    symlinkSync(root, join(outside, 'mail'))
    expect([...(await readArchive(join(outside, 'mail'))).keys()]).toEqual(['in'])
  })

  it('may have any name', async () => {
    const root = folder()
    const names = ['NUL', 'x.', 'a\nb', '%2F', 'ä', '漢'.repeat(80), '\\', '\u202e', '"; rm']
    for (const name of names) write(root, { [`${name}/1.eml`]: message(name) })
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x4d, 0xfc, 0x6c])]))
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x4d, 0xfc, 0x6c, 0x2f, 0xff]), Buffer.from('.eml')]), 'x')
    const found = await readArchive(root)
    expect([...found.keys()].sort()).toEqual([...names, 'Mül'].sort())
    expect(new Set((await collections(open(root))).map(({ key }) => key)).size).toBe(names.length + 1)
    expect([...found.values()].every((messages) => messages.length === 1)).toBe(true)
  })

  it('may lie deeper than the system allows a path to be', async () => {
    const root = folder({ [`${'d/'.repeat(300)}1.eml`]: message('deep') })
    expect([...(await readArchive(root)).keys()]).toEqual(['d/'.repeat(300).slice(0, -1)])
  })
})

describe('the sample account', () => {
  const path = fileURLToPath(new URL('../../../assets/sample-account/', import.meta.url))

  it('is a small believable mailbox', async () => {
    const found = await readArchive(path)
    expect([...found.keys()]).toEqual([
      'Clients/Acme',
      'Clients/Müller & Söhne',
      'Drafts',
      'Inbox',
      'Receipts',
      'Sent',
      'Taxes 2024',
    ])
    const all = [...found.values()].flat()
    expect(all.length).toBeGreaterThanOrEqual(60)
    expect(new Set(all.flatMap(({ flags }) => flags))).toEqual(new Set(['\\Answered', '\\Draft', '\\Flagged', '\\Seen']))
    expect(all.some(({ flags }) => flags.length === 0)).toBe(true)
    expect(all.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(600 * 1024)
    expect(new Set(all.map(({ item }) => item.date?.slice(0, 4)))).toEqual(new Set(['1995', '2022', '2023', '2024']))
    expect(all.map(({ item }) => item.title)).toContain('Großvaters Musterbücher')
    expect(await findings(path)).toEqual([
      { ok: true, text: expect.stringMatching(/^Found 7 folders with \d+ messages in Maildir format\.$/) },
      { ok: true, text: expect.stringMatching(/^\d+ other files will be left out\.$/) },
    ])
  })

  it('has all four services', async () => {
    const texts = await findings(path, ['mail', 'contacts', 'calendar', 'files'])
    expect(texts.map(({ ok, text }) => [ok, text])).toEqual([
      [true, expect.stringMatching(/^Found 7 folders/)],
      [true, 'Found 2 address books with 11 contacts.'],
      [true, 'Found 2 calendars with 14 entries.'],
      [true, 'Found 8 files in sample-account.'],
    ])
  })

  it('writes to nobody', async () => {
    const addresses = [...(await readArchive(path)).values()]
      .flat()
      .flatMap(({ text }) => text.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g) ?? [])
    expect(addresses.length).toBeGreaterThan(100)
    expect(addresses.filter((address) => !/[@.]example\.(?:com|org)$/.test(address))).toEqual([])
  })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describeWithCorpus('the corpus', () => {
  it('of messages comes through octet for octet', async () => {
    const files = corpus('mail')
    const [messages = [], ...others] = [...(await readArchive(join(files[0]!.path, '..'))).values()]
    expect(others).toEqual([])
    expect(files.length).toBeGreaterThan(600)
    expect(messages.map(({ bytes }) => sha256(bytes)).sort()).toEqual(files.map((file) => sha256(file.bytes())).sort())
  })

  it('of mbox files comes through without a message lost', async () => {
    const files = corpus('mbox')
    const found = await readArchive(join(files[0]!.path, '..'))
    expect(found.size).toBe(files.length)
    // The plainest of readers, right for all files but one: see the reader's own tests.
    const plain = (text: string) => {
      const stored = text.split(/^From [^\n]*\n/m).slice(1)
      return stored.map((part) => part.replace(/(^|\n)\r?\n$/, '$1').replace(/^>(>*From )/gm, '$1'))
    }
    for (const file of files.filter(({ name }) => !name.includes('unmunged'))) {
      const messages = found.get(file.name.replace(/\.mbox(?:\.txt)?$/, ''))
      expect(messages?.map(({ text }) => text)).toEqual(plain(Buffer.from(file.bytes()).toString('latin1')))
    }
  })
})

it('reads without writing: nothing in the archive changes', async () => {
  const root = folder({ box: mbox(message('1')), 'm/cur/1:2,S': message('2'), 'e/1.eml': message('3') })
  const state = () =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  const before = state()
  const bytes = readFileSync(join(root, 'box'))
  await readArchive(root)
  expect(state()).toEqual(before)
  expect(readFileSync(join(root, 'box'))).toEqual(bytes)
})

it('ends the stream of a large message with an error in plain words when the file is changed or gone', async () => {
  const large = `Subject: large\n\n${'x'.repeat(5 * 1024 * 1024)}\n`
  for (const spoil of [(path: string) => writeFileSync(path, large.replace('x', 'y')), (path: string) => unlinkSync(path)]) {
    const root = folder({ '1.eml': large })
    const source = open(root)
    const [collection] = await collections(source)
    const { items } = await list(source, collection!)
    spoil(join(root, '1.eml'))
    await expect(fetchAll(source, collection!, items)).rejects.toMatchObject({ name: 'AppError', code: 'not-found' })
  }
})
