import { once } from 'node:events'
import { createWriteStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Collection, Item } from '../../../src/core/items.ts'
import type { Source } from '../../../src/core/source.ts'
import { archive } from '../../../src/providers/archive/provider.ts'
import { worked } from '../../fixtures/patience.ts'
import { readVault, runProvider, scratchFolder } from '../../fixtures/vaults.ts'
import { collections, fetchAll, findings, folder, list, open, readArchive, signal, write } from './harness.ts'
import { type ZipMember, zip } from './zip-writer.ts'

function exported(thread: number, labels: string, text: string): string {
  const header = `X-GM-THRID: ${thread}\r\nX-Gmail-Labels: ${labels}\r\nSubject: ${text}\r\n`
  return `From ${thread}@xxx Tue Jan 02 10:00:00 +0000 2024\r\n${header}\r\n${text}\r\n\r\n`
}

const messages = [
  exported(17, 'Inbox,Opened,Category Updates', 'one'),
  exported(18, 'Inbox,Unread,Starred,"Bills, paid"', 'two'),
  exported(17, '=?UTF-8?Q?Gesendet,M=C3=BCller_&_S=C3=B6hne?=', 'three'),
  exported(20, 'Posteingang,Ungelesen', 'four'),
]
const allMail = 'Takeout/Mail/All mail Including Spam and Trash.mbox'
const rest: readonly ZipMember[] = [
  { name: 'Takeout/', data: '' },
  { name: 'Takeout/archive_browser.html', data: '<html>' },
  { name: 'Takeout/Mail/User Settings/Filters.json', data: '{}' },
]

function takeoutZip(...members: readonly ZipMember[]): string {
  return join(folder({ 'takeout-20240102T100000Z-001.zip': zip([...rest, ...members]) }), 'takeout-20240102T100000Z-001.zip')
}

async function summary(path: string): Promise<unknown> {
  const found = await readArchive(path)
  return [...found].map(([name, all]) => [name, all.map(({ item, text }) => ({ ...item, text }))])
}

describe('a Takeout export', () => {
  it('has Gmail’s labels and threads, and flags as the labels say', async () => {
    const found = await readArchive(takeoutZip({ name: allMail, data: messages.join('') }))
    expect([...found.keys()]).toEqual(['All mail Including Spam and Trash'])
    expect([...found.values()].flat().map(({ item }) => item.meta)).toEqual([
      { flags: ['\\Seen'], labels: ['Inbox', 'Opened', 'Category Updates'], thread: '17' },
      { flags: ['\\Flagged'], labels: ['Inbox', 'Unread', 'Starred', 'Bills, paid'], thread: '18' },
      { flags: ['\\Seen'], labels: ['Gesendet', 'Müller & Söhne'], thread: '17' },
      { flags: [], labels: ['Posteingang', 'Ungelesen'], thread: '20' },
    ])
  })

  it('is the same as zip, as zip in a folder, as folder, from above and from within', async () => {
    const path = takeoutZip({ name: allMail, data: messages.join('') })
    const unpacked = folder({ [allMail]: messages.join(''), 'Takeout/archive_browser.html': '<html>' })
    const expected = await summary(path)
    expect(expected).toMatchObject([['All mail Including Spam and Trash', { length: 4 }]])
    expect(await summary(join(path, '..'))).toEqual(expected)
    for (const below of ['', 'Takeout', 'Takeout/Mail', allMail]) expect(await summary(join(unpacked, below))).toEqual(expected)
  })

  it('keeps the names of its language and of nested labels', async () => {
    const path = takeoutZip(
      { name: 'Takeout/Gmail/Éléments envoyés.mbox', data: messages[0] ?? '' },
      { name: 'Takeout/Gmail/Kunden/Müller.mbox', data: messages[1] ?? '' },
    )
    expect([...(await readArchive(path)).keys()]).toEqual(['Kunden/Müller', 'Éléments envoyés'])
  })

  it('is read from all its parts, and a missing part is named', async () => {
    const root = folder({
      'takeout-x-001.zip': zip([{ name: 'Takeout/Mail/a.mbox', data: messages[0] ?? '' }]),
      'takeout-x-003.zip': zip([{ name: 'Takeout/Mail/b.mbox', data: messages[1] ?? '' }]),
      'takeout-y-001.zip': zip([{ name: 'Takeout/Mail/c.mbox', data: messages[2] ?? '' }]),
    })
    expect([...(await readArchive(join(root, 'takeout-x-001.zip'))).keys()]).toEqual(['a', 'b'])
    expect([...(await readArchive(root)).keys()]).toEqual(['a', 'b', 'c'])
    for (const path of [root, join(root, 'takeout-x-003.zip')]) {
      const skipped = (await collections(open(path))).filter((collection) => collection.skipped !== undefined)
      expect(skipped.map((collection) => collection.skipped)).toEqual([expect.stringContaining('takeout-x-002.zip')])
    }
  })

  it('in another order has the same keys, and a changed message is one gone and one new', async () => {
    const keys = async (...parts: readonly (string | undefined)[]) => {
      const all = [...(await readArchive(takeoutZip({ name: allMail, data: parts.join('') }))).values()].flat()
      return all.map(({ item }) => item.key).sort()
    }
    const [one, two, three] = messages
    const before = await keys(one, two, two, three)
    expect(await keys(three, two, one, two)).toEqual(before)
    const after = await keys(one, two, two, three?.replaceAll('three', 'thr33'))
    expect(after.filter((key) => !before.includes(key))).toHaveLength(1)
    expect(before.filter((key) => !after.includes(key))).toHaveLength(1)
  })

  it('with other labels and threads costs no bytes again: only the meta has changed', async () => {
    const large = 'Every word of it.\r\n'.repeat(300_000)
    const root = folder()
    const account = { id: 'old', provider: 'archive', services: ['mail'] as const, settings: { path: root } }
    const vault = join(await scratchFolder(), 'vault')
    const run = async (...mails: readonly string[]) => {
      write(root, { 'takeout-x-001.zip': zip([...rest, { name: allMail, data: mails.join('') }]) })
      const [report] = (await runProvider(vault, account, archive)).accounts
      const [collection] = report?.collections ?? []
      expect(report).toMatchObject({ pending: [], collections: [{ heldBack: 0, said: mails.length, stored: mails.length }] })
      return [collection?.added, collection?.copied, collection?.changed, collection?.removed]
    }
    expect(await run(exported(1, 'Inbox,Unread', 'one'), exported(2, 'Inbox', 'two'), exported(3, 'Inbox', large))).toEqual([
      ...[3, 0, 0, 0],
    ])
    const newer = [exported(1, 'Archived,Opened', 'one'), exported(2, 'Inbox', 'two'), exported(30, 'Inbox,\r\n Letters', large)]
    expect(await run(...newer, exported(4, 'Inbox', 'four'))).toEqual([1, 0, 2, 0])
    const { items } = await readVault(vault, 'old')
    expect(items.map(({ head, meta }) => [head.subject.slice(0, 5), meta.labels, meta.thread, meta.flags])).toEqual([
      ['one', ['Archived', 'Opened'], '1', ['\\Seen']],
      ['two', ['Inbox'], '2', ['\\Seen']],
      ['Every', ['Inbox', 'Letters'], '30', ['\\Seen']],
      ['four', ['Inbox'], '4', ['\\Seen']],
    ])
  })

  it('costs nothing when the same zip is downloaded again', async () => {
    const [first, again] = [
      takeoutZip({ name: allMail, data: messages.join('') }),
      takeoutZip({ name: allMail, data: messages.join('') }),
    ]
    const source = open(first)
    const [collection] = await collections(source)
    const { cursor } = await list(source, collection!)
    const second = open(again)
    const [same] = await collections(second)
    expect((await list(second, same!, cursor)).kinds).toEqual(['checkpoint'])
  })
})

describe('a zip', () => {
  it('of Maildirs, message files and unpacked names reads like the folder', async () => {
    const members = [
      { name: 'mail/cur/1600000000.x:2,S', data: 'Subject: 1\n\n' },
      { name: 'mail/.Sub/cur/1600000000.y:2,', data: 'Subject: 2\n\n', method: 0 },
      { name: 'eml/1.eml', data: 'Date: Mon, 1 Jan 2024 00:00:00 +0000\n\n' },
    ]
    const root = folder(Object.fromEntries(members.map(({ name, data }) => [name, data])))
    const zipped = join(folder({ 'old.zip': zip(members) }), 'old.zip')
    expect(await summary(zipped)).toEqual(await summary(root))
    expect([...(await readArchive(join(zipped, '..'))).keys()]).toEqual(['old/eml', 'old/mail', 'old/mail/Sub'])
  })

  it.each([
    ['../evil.mbox', {}],
    ['/etc/evil.mbox', {}],
    ['C:\\evil.mbox', {}],
    ['a/../../evil.mbox', {}],
    [`${'a/'.repeat(20_000)}evil.mbox`, {}],
    ['locked.mbox', { encrypted: true }],
    ['strange.mbox', { method: 12 }],
  ] as const)('leaves out %s %j with a reason and reads the others', async (name, trouble) => {
    const path = takeoutZip(
      { name, data: messages[0] ?? '', ...trouble },
      { name: 'Takeout/Mail/good.mbox', data: messages[1] ?? '' },
    )
    const found = await collections(open(path))
    expect(found.filter(({ skipped }) => skipped !== undefined)).toHaveLength(1)
    expect([...(await readArchive(path)).keys()]).toEqual(['good'])
    expect(await findings(path)).toEqual([
      { ok: true, text: 'Found 1 folder with 1 message in mbox format.' },
      { ok: false, text: expect.stringMatching(/left out|password|packed in a way/), code: 'unsupported' },
    ])
  })

  it('of names with superfluous dots and slashes reads like the folder', async () => {
    const path = join(
      folder({
        'x.zip': zip([
          { name: './', data: '' },
          { name: './a//./b.mbox', data: messages[0] ?? '' },
        ]),
      }),
      'x.zip',
    )
    expect([...(await readArchive(path)).keys()]).toEqual(['a/b'])
    expect((await collections(open(path))).filter(({ skipped }) => skipped !== undefined)).toEqual([])
  })

  it('names what is left out for its name', async () => {
    const unsafe = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ name: `../${n}.eml`, data: 'Subject: x\n\n' }))
    const path = join(folder({ 'x.zip': zip([...unsafe, { name: 'a.mbox', data: messages[0] ?? '' }]) }), 'x.zip')
    const reasons = (await collections(open(path))).flatMap(({ skipped }) => skipped ?? [])
    expect(reasons).toEqual([
      '7 files with unsafe names in the zip were left out: "../1.eml", "../2.eml", "../3.eml", "../4.eml", "../5.eml", ….',
    ])
  })

  it.each([
    ['a ratio that no mail has', [{ name: 'bomb.mbox', data: Buffer.alloc(70 * 1024 * 1024) }], /zip bomb/],
    [
      'the same data for many files',
      Array.from({ length: 50 }, (_, i) => ({ name: `${i}.mbox`, data: messages.join(''), ...(i > 0 && { sameDataAs: 0 }) })),
      /zip bomb/,
    ],
  ] as const)('with %s is refused', async (_, members, words) => {
    const path = join(folder({ 'x.zip': zip(members) }), 'x.zip')
    expect(await findings(path)).toEqual([{ ok: false, text: expect.stringMatching(words), code: 'suspicious' }])
  })

  it('that is cut off, or is none, is an error in plain words; among others the others are read', async () => {
    const whole = zip([{ name: 'a.mbox', data: messages.join('') }])
    const root = folder({ 'cut.zip': whole.subarray(0, -30), 'none.zip': 'Not found', 'good.zip': whole })
    for (const name of ['cut.zip', 'none.zip']) {
      await expect(collections(open(join(root, name)))).rejects.toMatchObject({
        code: 'unsupported',
        message: `${name} is damaged or incomplete.`,
      })
    }
    expect([...(await readArchive(root)).keys()]).toEqual(['good/a'])
    expect((await collections(open(root))).filter(({ skipped }) => skipped !== undefined)).toHaveLength(2)
  })

  it.each([
    ['more octets than it says', { claimedSize: 60_000 }],
    ['fewer octets than it says', { claimedSize: 6_000_000 }],
    ['other octets than it says', { claimedCrc: 1 }],
  ])('whose file has %s ends that file with an error, and nothing is said to be gone', async (_, lie) => {
    const data = messages.join('').repeat(300)
    const path = takeoutZip({ name: 'Takeout/Mail/bad.mbox', data, ...lie })
    const source = open(path)
    const [collection] = await collections(source)
    const { items, kinds, cursor } = await list(source, collection!)
    expect(kinds).not.toContain('all-listed')
    const bad = items.filter(({ key }) => key.startsWith('unreadable:'))
    expect(bad).toHaveLength(1)
    const { errors } = await fetchAll(source, collection!, bad)
    expect([...errors.values()].map(({ message }) => message)).toEqual([expect.stringContaining('is damaged or incomplete')])
    expect((await list(source, collection!, cursor)).items).toHaveLength(items.length)
  })

  it('is read once for all messages, however many are asked for at a time', async () => {
    const count = 4_000
    const body = 'x'.repeat(2_000)
    const data = Array.from({ length: count }, (_, i) => exported(i, 'Inbox', `${i} ${body}`)).join('')
    const source = open(takeoutZip({ name: allMail, data }))
    const [collection] = await collections(source)
    const { items } = await list(source, collection!)
    expect(items).toHaveLength(count)
    const timed = async (keys: typeof items) => {
      const started = worked()
      for (let i = 0; i < keys.length; i += 10) {
        const { errors, contents } = await fetchAll(source, collection!, keys.slice(i, i + 10))
        expect([errors.size, contents.size]).toEqual([0, Math.min(10, keys.length - i)])
      }
      return worked() - started
    }
    // 400 readings from the start would each take about as long as the whole.
    expect(await timed(items)).toBeLessThan(10_000)
    expect(await timed(items.slice(0, 30).toReversed())).toBeLessThan(10_000)
  })
})

it('needs no more memory for a larger mbox or a larger message', async () => {
  const root = folder()
  const path = join(root, 'big.mbox')
  await writeBig(path)
  const source = open(root)
  const [collection] = await collections(source)
  const watch = new MemoryWatch()
  let count = 0
  let bytes = 0
  for await (const change of source.changes(collection!, null, signal)) {
    if (change.kind !== 'item') continue
    count++
    bytes += await sizeOf(source, collection!, change.item)
  }
  const grown = await watch.stop()
  expect(count).toBe(20_001)
  expect(bytes).toBeGreaterThan(statSync(path).size * 0.9)
  expect(grown).toBeLessThan(120 * 1024 * 1024)
})

/** Reads the content without keeping it. */
async function sizeOf(source: Source, collection: Collection, item: Item): Promise<number> {
  let bytes = 0
  for await (const fetched of source.fetch(collection, [item], signal)) {
    if ('error' in fetched) throw fetched.error
    if (fetched.content instanceof Uint8Array) bytes += fetched.content.length
    else for await (const part of fetched.content) bytes += part.length
  }
  return bytes
}

/** 100 MB in 20,000 messages and 100 MB in one. */
async function writeBig(path: string): Promise<void> {
  const stream = createWriteStream(path)
  const line = `${'words '.repeat(12)}\n`
  const put = async (text: string) => {
    if (!stream.write(text)) await once(stream, 'drain')
  }
  for (let i = 0; i < 20_000; i++) await put(exported(i, 'Inbox', `${i}\r\n${line.repeat(70)}`))
  await put('From a@b Mon Jan  1 10:20:30 2024\nSubject: large\n\n')
  for (let i = 0; i < 100; i++) await put(line.repeat(14_000))
  stream.end()
  await once(stream, 'finish')
}

class MemoryWatch {
  readonly #base = process.memoryUsage().rss
  #peak = 0
  readonly #timer = setInterval(() => {
    this.#peak = Math.max(this.#peak, process.memoryUsage().rss)
  }, 20)

  async stop(): Promise<number> {
    await setTimeout(30)
    clearInterval(this.#timer)
    return this.#peak - this.#base
  }
}
