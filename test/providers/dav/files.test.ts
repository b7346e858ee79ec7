import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { AppError } from '../../../src/core/errors.ts'
import { corpus, describeUnless } from '../../fixtures/corpus.ts'
import { apacheMissing, rcloneMissing, startApache, startRclone, type WebdavServer } from '../../servers/webdav.ts'
import { itemAt, pathOf, paths, pattern, startFaultProxy, TestFiles } from './files-harness.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const readingMethods = /^(OPTIONS|GET|HEAD|PROPFIND) /

/** rclone reads all folders anew for each request unless it may keep them. */
const keepFolders = ['--dir-cache-time', '1h']

const asOnDisk = (name: string) => name
/** rclone shows control characters as their pictures. */
const asPictures = (name: string) =>
  name.replace(/[\x00-\x1f\x7f]/g, (character) =>
    character === '\x7f' ? '␡' : String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)),
  )

/** `still`: what is on the disk when the first request comes does not change any more. */
const servers = [
  { name: 'Apache mod_dav with Basic', missing: apacheMissing, start: () => startApache(), shown: asOnDisk },
  {
    name: 'Apache mod_dav with Digest and TLS',
    missing: apacheMissing,
    start: () => startApache({ auth: 'digest', tls: true }),
    shown: asOnDisk,
    thorough: false,
  },
  {
    name: 'rclone serve webdav',
    missing: rcloneMissing,
    start: (still: boolean) => startRclone({ args: still ? keepFolders : [] }),
    shown: asPictures,
  },
]

for (const { name, missing, start, shown, thorough = true } of servers) {
  describeUnless(missing(), `Files on ${name}`, () => {
    let server: WebdavServer

    let changing: WebdavServer
    let still: WebdavServer

    beforeAll(async () => {
      changing = await start(false)
      still = await start(true)
    })
    afterAll(() => Promise.all([changing.stop(), still.stop()]))
    beforeEach(() => {
      server = changing
      rmSync(server.files, { recursive: true, force: true })
      mkdirSync(server.files)
    })

    const put = (path: string, content: string | Uint8Array = path) => {
      const file = join(server.files, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    }

    it('names every file with its path, size and time, and every empty folder, and gives their octets', async () => {
      put('readme.txt', 'hello')
      put('empty', '')
      put('Photos/2024/trip.jpg', pattern(300_000))
      mkdirSync(join(server.files, 'Nothing in here'))
      utimesSync(join(server.files, 'readme.txt'), new Date('2020-02-03T04:05:06Z'), new Date('2020-02-03T04:05:06Z'))
      const files = new TestFiles(server)
      const listing = await files.list()
      expect(listing.allListed).toBe(true)
      expect(paths(listing.items)).toEqual(['Nothing in here', 'Photos/2024/trip.jpg', 'empty', 'readme.txt'])
      expect(itemAt(listing.items, 'Nothing in here').meta).toMatchObject({ folder: true })
      expect(itemAt(listing.items, 'readme.txt')).toMatchObject({
        size: 5,
        date: '2020-02-03T04:05:06.000Z',
        title: 'readme.txt',
        meta: { path: ['readme.txt'], modified: '2020-02-03T04:05:06.000Z', mime: expect.stringMatching(/^text\/plain/) },
      })
      const contents = await files.fetch(listing.items)
      expect(contents['readme.txt']).toEqual(Buffer.from('hello'))
      expect(contents['empty']).toEqual(Buffer.alloc(0))
      expect(contents['Nothing in here']).toEqual(Buffer.alloc(0))
      expect(contents['Photos/2024/trip.jpg']).toEqual(pattern(300_000))
    })

    it('shows in five listings an edited, a deleted, a renamed and a replaced file', async () => {
      put('edited.txt', 'one')
      put('deleted.txt')
      put('old name.txt')
      put('thing')
      const files = new TestFiles(server)
      const states = [await files.list()]
      const act = async (change: () => void) => {
        change()
        states.push(await files.list(states.at(-1)?.cursor))
      }
      await act(() => put('edited.txt', 'two, longer'))
      await act(() => {
        rmSync(join(server.files, 'deleted.txt'))
        renameSync(join(server.files, 'old name.txt'), join(server.files, 'new name.txt'))
      })
      await act(() => {
        rmSync(join(server.files, 'thing'))
        put('thing/inside.txt')
      })
      await act(() => {
        rmSync(join(server.files, 'thing'), { recursive: true })
        put('thing', 'a file again')
      })
      expect(states.map(({ items }) => paths(items))).toEqual([
        ['deleted.txt', 'edited.txt', 'old name.txt', 'thing'],
        ['deleted.txt', 'edited.txt', 'old name.txt', 'thing'],
        ['edited.txt', 'new name.txt', 'thing'],
        ['edited.txt', 'new name.txt', 'thing/inside.txt'],
        ['edited.txt', 'new name.txt', 'thing'],
      ])
      expect(states.every(({ allListed }) => allListed)).toBe(true)
      const versions = (path: string) =>
        states.flatMap(({ items }) => items.filter((item) => pathOf(item) === path)).map((item) => item.version)
      expect(new Set(versions('edited.txt').slice(1)).size).toBe(1)
      expect(versions('edited.txt')[0]).not.toBe(versions('edited.txt')[1])
      expect(versions('thing')[0]).not.toBe(versions('thing').at(-1))
      const last = states.at(-1)?.items ?? []
      expect((await files.fetch([itemAt(last, 'thing')]))['thing']).toEqual(Buffer.from('a file again'))
    })

    it('never claims that files of the same size and time are the same file', async () => {
      const time = new Date('2021-01-01T00:00:00Z')
      for (const [path, content] of Object.entries({ a: '1111', b: '2222' })) utimesSync(put(path, content), time, time)
      const { items } = await new TestFiles(server).list()
      expect(items).toHaveLength(2)
      expect(items.flatMap((item) => item.identities ?? [])).toEqual([])
    })

    it('keeps apart names that differ in case, Unicode form and escapes', async () => {
      const names = [
        'Ä',
        'A\u0308',
        'ä',
        'a+b',
        'a b',
        'a%20b',
        'a%2Fb',
        'a&b;',
        '%',
        '100%',
        '#?',
        'x ',
        'x',
        ' x',
        'x.',
        '...',
        '漢'.repeat(80),
        'a\\b',
        'a:b',
      ]
      for (const [n, path] of names.entries()) put(path, String(n))
      const files = new TestFiles(server)
      const { items } = await files.list()
      expect(paths(items)).toEqual([...names].sort())
      expect(new Set(items.map((item) => item.key)).size).toBe(names.length)
      const contents = await files.fetch(items)
      for (const [n, path] of names.entries()) expect([path, String(contents[path])]).toEqual([path, String(n)])
    })

    if (!thorough) return

    it('takes names of every kind that the disk can hold', async () => {
      server = still
      const kept = new Map<string, Buffer>()
      for (const [n, path] of nastyNames().entries()) {
        try {
          put(path, `${n} ${path}`)
          kept.set(shown(path), Buffer.from(`${n} ${path}`))
        } catch {
          // No name that a file on this disk can have, or one that is a folder already.
        }
      }
      expect(kept.size).toBeGreaterThan(500)
      const files = new TestFiles(server)
      const { items, allListed } = await files.list()
      expect(allListed).toBe(true)
      const listed = new Set(paths(items))
      const hidden = [...kept.keys()].filter((path) => !listed.has(path))
      // Apache's mod_dav_fs shows no names with control characters.
      expect(hidden.filter((path) => !/[\x00-\x1f]/.test(path))).toEqual([])
      expect([...listed].filter((path) => !kept.has(path))).toEqual([])
      const contents = await files.fetch(items)
      const wrong = [...listed].filter((path) => {
        const content = contents[path]
        return !(content instanceof Buffer) || kept.get(path)?.equals(content) !== true
      })
      expect(wrong.map((path) => [path, String(contents[path])])).toEqual([])
    })

    it('follows a thousand folders within each other', async () => {
      server = await start(true)
      onTestFinished(() => server.stop())
      const folder = Array.from({ length: 1_000 }, () => 'd').join('/')
      put(`${folder}/deep.txt`, 'found')
      const files = new TestFiles(server)
      const { items } = await files.list()
      expect(paths(items)).toEqual([`${folder}/deep.txt`])
      expect(Object.values(await files.fetch(items))).toEqual([Buffer.from('found')])
    })
  })
}

/** The corpus of names and the cases that have bitten others, as far as they are no paths out of the folder. */
function nastyNames(): string[] {
  const lines = corpus('names')
    .filter(({ name }) => name.endsWith('.txt') && !name.startsWith('unicode'))
    .flatMap(({ bytes }) => Buffer.from(bytes()).toString('utf8').split('\n'))
  const listed = corpus('names').find(({ name }) => name.endsWith('.json'))
  const strings = listed === undefined ? [] : (JSON.parse(Buffer.from(listed.bytes()).toString('utf8')) as string[])
  const own = [
    'CON',
    'aux.txt',
    'x.',
    'x ',
    'a:b',
    'Ü',
    'U\u0308',
    'work',
    'WORK',
    '漢'.repeat(85),
    'a+b',
    'a%b',
    '%41',
    'a#b',
    'a?b',
    'tilde~',
    "quo'te",
    'a"b',
    'a<b>&amp;c',
  ]
  const usable = [...own, ...lines, ...strings].map((name) => name.replaceAll('/', '⁄').replace(/\r$/, ''))
  return [...new Set(usable)].filter(
    (name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && name.isWellFormed(),
  )
}

describeUnless(apacheMissing(), 'Files on Apache', () => {
  let server: WebdavServer

  beforeAll(async () => {
    server = await startApache()
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    rmSync(server.files, { recursive: true, force: true })
    mkdirSync(server.files)
  })

  it('sends nothing but reading methods', async () => {
    mkdirSync(join(server.files, 'Folder'))
    writeFileSync(join(server.files, 'Folder/a.txt'), 'a')
    writeFileSync(join(server.files, 'large'), pattern(6_000_000))
    const proxy = await startFaultProxy(server.url)
    const files = new TestFiles(server, { url: proxy.url })
    const { items, cursor } = await files.list()
    await files.fetch(items)
    await files.list(cursor)
    expect(proxy.requests.length).toBeGreaterThan(6)
    expect(proxy.requests.filter((request) => !readingMethods.test(request))).toEqual([])
  })

  it('names the drive after its folder, and knows it again by its path', async () => {
    expect(await new TestFiles(server).drive()).toEqual({
      service: 'files',
      key: '/dav/files%20of%20alice',
      path: ['files of alice'],
    })
    expect((await new TestFiles(server, { url: server.url.slice(0, -1) }).drive()).key).toBe('/dav/files%20of%20alice')
  })

  it('holds little in memory while it lists 20,000 files of one folder', async () => {
    for (let n = 0; n < 20_000; n++) writeFileSync(join(server.files, `A file with a name of usual length ${n}.txt`), '')
    const files = new TestFiles(server)
    const drive = await files.drive()
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    let most = 0
    let count = 0
    for await (const change of files.source.changes(drive, null, new AbortController().signal)) {
      if (change.kind !== 'item') continue
      if (++count % 4_000 !== 0) continue
      collectGarbage()
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }
    expect(count).toBe(20_000)
    // All the items together would take more than that twice over.
    expect(most).toBeLessThan(8 << 20)
  })

  it('says in a sentence what is wrong with the address or the password', async () => {
    const missing = new TestFiles(server, { url: `${server.url}nowhere/` })
    await expect(missing.drive()).rejects.toMatchObject({ code: 'not-found' })
    writeFileSync(join(server.files, 'file'), '')
    await expect(new TestFiles(server, { url: `${server.url}file` }).drive()).rejects.toBeInstanceOf(AppError)
    await expect(new TestFiles({ ...server, password: 'wrong' }).drive()).rejects.toMatchObject({ code: 'auth' })
    expect(statSync(join(server.files, 'file')).size).toBe(0)
  })
})

describeUnless(rcloneMissing(), 'Files on rclone that follows links', () => {
  it('ends at links that lead to a folder above, and says so', async () => {
    const server = await startRclone({ args: ['--copy-links', ...keepFolders] })
    onTestFinished(() => server.stop())
    mkdirSync(join(server.files, 'Folder'))
    writeFileSync(join(server.files, 'Folder/a.txt'), 'a')
    symlinkSync('.', join(server.files, 'Folder/here'))
    const files = new TestFiles(server)
    const { items, allListed } = await files.list()
    expect(allListed).toBe(true)
    expect(paths(items)).toContain('Folder/a.txt')
    expect(items.length).toBeLessThan(20)
    const problem = items.find((item) => item.key.startsWith('?'))
    expect(problem === undefined ? '' : Object.values(await files.fetch([problem]))[0]).toMatch(
      /^suspicious: The folder contains itself/,
    )
  })
})
