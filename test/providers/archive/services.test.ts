import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collections, fetchAll, findings, folder, list, open, write } from './harness.ts'
import { calendar, card, event, every, names, read } from './services.ts'
import { zip } from './zip-writer.ts'

describe('folders that hold nothing', () => {
  it('are kept where files are, from a folder and from a zip', async () => {
    const path = folder({ 'Papers/letter.txt': 'Dear' })
    mkdirSync(join(path, 'Plans', '2027'), { recursive: true })
    mkdirSync(join(path, 'Only junk'))
    write(path, { 'Only junk/.DS_Store': 'x' })
    const members = [
      { name: 'Takeout/Drive/Letter.txt', data: 'Dear' },
      { name: 'Takeout/Drive/Plans/2027/', data: '' },
    ]
    write(path, { 'takeout.zip': zip(members) })
    expect(await names(path, 'files')).toEqual({
      Drive: ['Letter.txt', 'Plans/2027'],
      [path.split('/').at(-1) ?? '']: ['Only junk', 'Papers/letter.txt', 'Plans/2027'],
    })
    const source = open(path, 'files', every)
    for (const collection of await collections(source)) {
      const { items } = await list(source, collection)
      const empty = items.filter(({ meta }) => meta['folder'] === true)
      expect(empty.length).toBeGreaterThan(0)
      const { contents, errors } = await fetchAll(source, collection, empty)
      expect(errors.size).toBe(0)
      expect([...contents.values()].map(String)).toEqual(empty.map(() => ''))
    }
  })

  it('make no files of an archive that was asked for its mail alone', async () => {
    const path = folder({ 'Inbox/1.eml': 'Subject: x\r\n\r\nx\r\n' })
    mkdirSync(join(path, 'Empty'))
    expect(await names(path, 'files', ['mail'])).toEqual({})
  })
})

const takeout = {
  'Takeout/archive_browser.html': '<html>',
  'Takeout/Mail/All mail.mbox': 'From a@x Tue Jan 02 10:00:00 +0000 2024\r\nSubject: one\r\n\r\none\r\n\r\n',
  'Takeout/Contacts/All Contacts/All Contacts.vcf': card('', 'Ada') + card('', 'Bo') + card('', 'Ada'),
  'Takeout/Contacts/Family/Family.vcf': card('', 'Ada'),
  'Takeout/Contacts/Family/Ada.jpg': 'photo',
  'Takeout/Calendar/alice@example.com.ics': calendar(
    'Alice',
    event('1', 'RRULE:FREQ=DAILY\r\n'),
    event('2'),
    event('1', 'RECURRENCE-ID;TZID=Europe/Berlin:20240102T100000\r\n'),
  ),
  'Takeout/Calendar/Holidays.ics': calendar('Holidays', event('h')),
  'Takeout/Drive/Letter.txt': 'Dear',
  'Takeout/Drive/Old mail/backup.mbox': 'From a@x Tue Jan 02 10:00:00 +0000 2024\r\nSubject: mine\r\n\r\nx\r\n',
  'Takeout/Drive/Old mail/friends.vcf': card('x', 'Not a contact of this account'),
  'Takeout/Drive/.hidden/x': 'kept',
  'Takeout/Keep/note.json': '{}',
}

const takeoutFiles = {
  Drive: ['.hidden/x', 'Letter.txt', 'Old mail/backup.mbox', 'Old mail/friends.vcf'],
  Takeout: ['archive_browser.html', 'Contacts/Family/Ada.jpg', 'Keep/note.json'],
}

async function expectTakeout(path: string): Promise<void> {
  expect(Object.keys(await read(path, 'mail'))).toEqual(['All mail'])
  expect(await names(path, 'contacts')).toEqual({ 'All Contacts': ['Ada', 'Bo', 'Ada'], Family: ['Ada'] })
  expect(await names(path, 'calendar')).toEqual({ Holidays: ['Meeting h'], 'alice@example.com': ['Meeting 2', 'Meeting 1'] })
  const files = await names(path, 'files')
  expect(Object.fromEntries(Object.entries(files).map(([name, found]) => [name, (found as string[]).toSorted()]))).toEqual(
    Object.fromEntries(Object.entries(takeoutFiles).map(([name, found]) => [name, found.toSorted()])),
  )
}

describe('a whole Takeout', () => {
  it('gives mail, contacts, calendars, the drive, and the rest as files, as a folder and from within', async () => {
    const root = folder(takeout)
    await expectTakeout(root)
    await expectTakeout(join(root, 'Takeout'))
  })

  it('is the same in zips, one or several, alone or in a folder', async () => {
    const members = Object.entries(takeout).map(([name, data]) => ({ name, data }))
    const one = folder({ 'takeout-20240102T100000Z-001.zip': zip(members) })
    await expectTakeout(one)
    await expectTakeout(join(one, 'takeout-20240102T100000Z-001.zip'))
    const two = folder({
      'takeout-20240102T100000Z-001.zip': zip(members.slice(0, 6)),
      'takeout-20240102T100000Z-002.zip': zip(members.slice(6)),
    })
    await expectTakeout(two)
    await expectTakeout(join(two, 'takeout-20240102T100000Z-002.zip'))
  })

  it('gives the drive alone when only that is named', async () => {
    const { Drive } = await names(join(folder(takeout), 'Takeout/Drive'), 'files')
    expect((Drive as string[]).toSorted()).toEqual(takeoutFiles.Drive)
  })

  it('knows the drive by the names that Google gives it in other languages', async () => {
    const root = folder({
      'Takeout/ドライブ/手紙.txt': 'x',
      'Takeout/ドライブ/old.mbox': 'From a@x Tue Jan 02 10:00:00 2024\r\n\r\nx\r\n',
    })
    expect(await names(root, 'files')).toEqual({ Drive: ['old.mbox', '手紙.txt'] })
    expect(await read(root, 'mail')).toEqual({})
  })

  it('says that a part is missing, whatever is wanted of it', async () => {
    const root = folder({ 'takeout-1-002.zip': zip([{ name: 'Takeout/Drive/a', data: 'a' }]) })
    const [drive, missing] = await collections(open(root, 'files', ['files']))
    expect([drive?.path, missing?.skipped, missing?.fails, missing?.advice]).toEqual([
      ['Drive'],
      expect.stringContaining('takeout-1-001.zip of the export is missing'),
      true,
      expect.stringContaining('Download it'),
    ])
    expect(await collections(open(root, 'files', every))).toHaveLength(1)
  })

  it('is not complete where one of its zips is cut off or protected, which is kept as a file meanwhile', async () => {
    const whole = zip([{ name: 'Takeout/Drive/b', data: 'b'.repeat(5_000) }])
    const root = folder({
      'takeout-1-001.zip': zip([
        { name: 'Takeout/Drive/a', data: 'a' },
        { name: 'Takeout/Contacts/secret.vcf', data: card('x', 'X'), encrypted: true },
      ]),
      'takeout-1-002.zip': whole.subarray(0, whole.length / 2),
      'mine.zip': whole.subarray(0, whole.length / 2),
      'locked.zip': zip([{ name: 'a.vcf', data: card('x', 'X'), encrypted: true }]),
    })
    const named = await names(root, 'files')
    expect(named).toEqual({ Drive: ['a'], [root.split('/').at(-1) ?? '']: ['locked.zip', 'mine.zip', 'takeout-1-002.zip'] })
    const skipped = (await collections(open(root, 'mail', every))).map(({ path, fails }) => [path, fails])
    expect(skipped).toEqual([
      [['locked', 'a.vcf'], undefined],
      [['mine.zip'], undefined],
      [['secret.vcf'], true],
      [['takeout-1-002.zip'], true],
    ])
    const damaged = (await collections(open(root, 'files', ['files']))).find(({ path }) => path[0] === 'takeout-1-002.zip')
    expect(damaged).toMatchObject({ fails: true, advice: expect.stringContaining('Download or copy the zip again') })
  })
})

describe('a zip', () => {
  it('may hold names in UTF-8 without saying so, as those of macOS do, and names of old DOS', async () => {
    const members = [
      { name: '', rawName: Buffer.from('Übersicht.txt'.normalize('NFD')), data: 'a' },
      { name: '', rawName: Buffer.from('日本.txt'), data: 'b' },
      { name: '', rawName: Buffer.from([0x9a, 0x62, 0x65, 0x72, 0x2e, 0x74, 0x78, 0x74]), data: 'c' },
    ]
    const root = folder({
      'iCloud Drive.zip': zip(members.map(({ rawName, ...more }) => ({ ...more, rawName: inFolder(rawName) }))),
    })
    const { 'iCloud Drive': files } = await names(root, 'files')
    expect((files as string[]).map((name) => name.normalize('NFC')).toSorted()).toEqual(
      ['Übersicht.txt', 'Über.txt', '日本.txt'].toSorted(),
    )
  })
})

const inFolder = (name: Buffer): Buffer => Buffer.concat([Buffer.from('iCloud Drive/'), name])

describe('a folder of files', () => {
  const plain = {
    'Documents/Lease.pdf': '%PDF',
    'Documents/notes.txt': 'Milk: two\n',
    'Documents/mail.mbox': 'not what it is called',
    'Documents/old.pst': '!BDN',
    'Documents/photos.zip': zip([
      { name: 'photos/a.jpg', data: 'a' },
      { name: 'letter.eml', data: 'Subject: inside\r\n\r\n' },
    ]),
    'Documents/broken.zip': 'PK',
    'Documents/.config/rc': 'x',
    'Documents/Thumbs.db': 'x',
    'vdir/1.ics': calendar('', event('1')),
    'vdir/2.ics': calendar('', event('2')),
    'people/a.vcf': card('a', 'Ada'),
    'people/Clubs.vcf': card('b', 'Bo') + card('c', 'Cy'),
    'saved/1.eml': 'Subject: saved\r\n\r\n',
  }

  it('keeps every file once: as mail, contact, entry or file', async () => {
    const root = folder(plain)
    const name = root.split('/').at(-1) ?? ''
    expect(Object.keys(await read(root, 'mail')).sort()).toEqual(['Documents/photos', 'saved'])
    expect(await names(root, 'contacts')).toEqual({ people: ['Ada'], 'people/Clubs': ['Bo', 'Cy'] })
    expect(await names(root, 'calendar')).toEqual({ vdir: ['Meeting 1', 'Meeting 2'] })
    const kept = ['.config/rc', 'Lease.pdf', 'broken.zip', 'mail.mbox', 'notes.txt', 'old.pst', 'photos.zip']
    const files = await read(root, 'files')
    expect(Object.keys(files)).toEqual([name])
    expect(files[name]?.map(({ title }) => title).toSorted()).toEqual(kept.map((one) => `Documents/${one}`).toSorted())
    expect(files[name]?.find(({ title }) => title === 'Documents/photos.zip')?.text).toBe(
      plain['Documents/photos.zip'].toString('latin1'),
    )
  })

  it('keeps all as files where only files are wanted', async () => {
    const root = folder(plain)
    const found = Object.values(await names(root, 'files', ['files'])).flat()
    expect(found.toSorted()).toEqual(
      Object.keys(plain)
        .filter((name) => !name.endsWith('Thumbs.db'))
        .toSorted(),
    )
  })

  it('has the times of its files, and lists nothing while nothing changes', async () => {
    const root = folder({ a: 'one', 'x/b': 'two' })
    utimesSync(join(root, 'a'), 1_000_000_000, 1_000_000_000)
    const source = open(root, 'files')
    const [drive] = await collections(source)
    if (drive === undefined) throw new Error('no files')
    const first = await list(source, drive)
    expect(first.items[0]).toMatchObject({
      key: 'a',
      size: 3,
      meta: { path: ['a'], modified: '2001-09-09T01:46:40.000Z' },
    })
    expect((await list(source, drive, first.cursor)).kinds).toEqual(['checkpoint'])
    write(root, { 'x/b': 'three' })
    const again = open(root, 'files')
    await collections(again)
    const changed = await list(again, drive, first.cursor)
    expect(changed.kinds).toEqual(['item', 'all-listed', 'checkpoint'])
    const versions = (items: typeof first.items) => Object.fromEntries(items.map(({ key, version }) => [key, version]))
    expect(versions(changed.items)).toMatchObject({ a: versions(first.items).a })
    expect(versions(changed.items)['x/b']).not.toBe(versions(first.items)['x/b'])
  })

  it('streams what is large, and refuses what changed meanwhile', async () => {
    const large = Buffer.alloc(6_000_000, 'x')
    const root = folder({ large, small: 'abc' })
    const source = open(root, 'files')
    const [drive] = await collections(source)
    if (drive === undefined) throw new Error('no files')
    const { items } = await list(source, drive)
    const { contents } = await fetchAll(source, drive, items)
    expect(contents.get('large')?.equals(large)).toBe(true)
    write(root, { small: 'other' })
    const { errors } = await fetchAll(source, drive, items)
    expect(errors.get('small')).toMatchObject({ code: 'not-found', message: expect.stringContaining('changed') })
    rmSync(join(root, 'small'))
    expect((await fetchAll(source, drive, items)).errors.get('small')).toMatchObject({ code: 'not-found' })
  })

  it('names links that lead elsewhere and follows none', async () => {
    const root = folder({ 'a.txt': 'a' })
    symlinkSync('/etc', join(root, 'link'))
    expect(await names(root, 'files')).toEqual({ [root.split('/').at(-1) ?? '']: ['a.txt'] })
    const skipped = (await collections(open(root, 'files', ['files']))).flatMap((collection) => collection.skipped ?? [])
    expect(skipped).toEqual([expect.stringContaining('link')])
  })
})

describe('contacts and entries', () => {
  it('are known by their UID, so that an edit is a change and not another item', async () => {
    const root = folder({ 'book.vcf': card('a', 'Ada') + card('b', 'Bo') + card('', 'Cy') + card('a', 'Ada again') })
    const keys = async () => (await read(root, 'contacts')).book?.map(({ key }) => key)
    const before = await keys()
    expect(before).toEqual(['uid:a', 'uid:b', expect.stringMatching(/^sha256:/), 'uid:a-2'])
    write(root, { 'book.vcf': card('b', 'Bo', 'edited') + card('', 'Cy') + card('a', 'Ada') + card('a', 'Ada again') })
    expect((await keys())?.toSorted()).toEqual(before?.toSorted())
  })

  it('come octet for octet, with the time zones they need', async () => {
    const text = calendar('Work', event('1'), event('2'))
    const single = `\r\n${calendar('', event('only'))}`
    const found = await read(
      folder({ 'Work.ics': text, 'x/only.ics': single, 'x/other.ics': calendar('', event('o')) }),
      'calendar',
    )
    expect(found.Work?.map((item) => item.text)).toEqual([calendar('Work', event('1')), calendar('Work', event('2'))])
    expect(found.x?.[0]?.text).toBe(single)
  })

  it('that are broken are kept as they came', async () => {
    const broken = 'BEGIN:VCARD\r\nFN:Never ends\r\n'
    const found = await read(
      folder({ 'book.vcf': card('a', 'Ada') + broken + card('b', 'Bo'), 'x.vcf': 'no card at all' }),
      'contacts',
    )
    expect(found.book?.map(({ text }) => text)).toEqual([card('a', 'Ada'), broken, card('b', 'Bo')])
    expect(
      Object.values(found)
        .flat()
        .map(({ text }) => text),
    ).toContain('no card at all')
  })

  it('are read in one pass over a file, in any order and after changes', async () => {
    const cards = Array.from({ length: 300 }, (_, n) => card(`c${n}`, `Name ${n}`))
    const root = folder({ 'book.vcf': cards.join('') })
    const source = open(root, 'contacts')
    const [book] = await collections(source)
    if (book === undefined) throw new Error('no book')
    const { items, cursor } = await list(source, book)
    const { contents } = await fetchAll(source, book, items.toReversed())
    expect(items.map(({ key }) => contents.get(key)?.toString())).toEqual(cards)
    expect((await list(source, book, cursor)).kinds).toEqual(['checkpoint'])
    write(root, { 'book.vcf': cards.slice(1).join('') })
    const { errors } = await fetchAll(source, book, items.slice(0, 1))
    expect(errors.size + (await fetchAll(source, book, items.slice(299))).errors.size).toBe(2)
    expect(readFileSync(join(root, 'book.vcf'), 'latin1')).toBe(cards.slice(1).join(''))
  })

  it('in a file that cannot be read are named with it, and nothing is said to be gone', async () => {
    const root = folder({ 'a/1.vcf': card('1', 'One'), 'a/2.vcf': card('2', 'Two') })
    const source = open(root, 'contacts')
    const [book] = await collections(source)
    if (book === undefined) throw new Error('no book')
    rmSync(join(root, 'a/2.vcf'))
    const { items, kinds } = await list(source, book)
    expect(kinds).toEqual(['item', 'checkpoint'])
    const { errors } = await fetchAll(source, book, items)
    expect([...errors.values()]).toMatchObject([{ code: 'not-found', message: expect.stringContaining('2.vcf') }])
  })
})

it('says what it found of everything', async () => {
  const texts = (await findings(folder(takeout), every)).map(({ ok, text }) => [ok, text])
  expect(texts).toEqual([
    [true, 'Found 1 folder with 1 message in mbox format.'],
    [true, 'Found 2 address books with 4 contacts.'],
    [true, 'Found 2 calendars with 3 entries.'],
    [true, 'Found 4 files in Drive.'],
    [true, 'Found 3 files in Takeout.'],
  ])
})
