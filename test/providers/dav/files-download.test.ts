import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { apacheMissing, startApache, type WebdavServer } from '../../servers/webdav.ts'
import { type Fault, type FaultProxy, itemAt, paths, pattern, startFaultProxy, TestFiles } from './files-harness.ts'

const megabyte = 1 << 20

describeUnless(apacheMissing(), 'Files over a bad connection to Apache', () => {
  let server: WebdavServer
  let proxy: FaultProxy
  let files: TestFiles
  const huge = pattern(50 * megabyte)

  beforeAll(async () => {
    server = await startApache()
    writeFileSync(join(server.files, 'huge'), huge)
    writeFileSync(join(server.files, 'large'), huge.subarray(0, 6 * megabyte))
    writeFileSync(join(server.files, 'small'), huge.subarray(0, 100_000))
    writeFileSync(join(server.files, 'other'), 'other')
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    proxy = await startFaultProxy(server.url)
    files = new TestFiles(server, { url: proxy.url })
  })

  /** Of the GETs of one file, `n` from 1. */
  const failGets = (name: string, fault: (n: number) => Fault | undefined) => {
    let n = 0
    proxy.fault = (request) => (request.method === 'GET' && request.url?.endsWith(`/${name}`) ? fault(++n) : undefined)
  }
  const gets = () =>
    proxy.requests.filter((request) => request.startsWith('GET')).map((request) => request.replace(/^GET \S+ ?/, ''))
  const fetchOne = async (name: string) => (await files.fetch([itemAt((await files.list()).items, name)]))[name]
  const sha = (content: Buffer | string | undefined) =>
    createHash('sha256')
      .update(content ?? '')
      .digest('hex')

  it('goes on with a file of 50 MB across three broken connections, octet for octet', async () => {
    failGets('huge', (n) => (n <= 3 ? { dropAfter: 11 * megabyte } : undefined))
    expect(sha(await fetchOne('huge'))).toBe(sha(huge))
    const offsets = gets().map((range) => Number(range.match(/^bytes=(\d+)-$/)?.[1] ?? 0))
    expect(offsets).toHaveLength(4)
    expect(offsets[0]).toBe(0)
    // What was under way when the connection broke may be lost, and is asked for again.
    for (const n of [1, 2, 3]) expect(offsets[n]).toBeGreaterThan(offsets[n - 1] ?? 0)
    expect(offsets[3]).toBeLessThanOrEqual(33 * megabyte)
  })

  it('reads from the start and drops what it has where the server knows no ranges', async () => {
    failGets('large', (n) => ({
      without: ['range', 'if-range', 'accept-ranges'],
      ...(n === 1 ? { dropAfter: 2 * megabyte } : {}),
    }))
    expect(sha(await fetchOne('large'))).toBe(sha(huge.subarray(0, 6 * megabyte)))
  })

  it('does not put two states of a file together', async () => {
    const path = join(server.files, 'edited')
    writeFileSync(path, huge.subarray(0, 6 * megabyte))
    failGets('edited', (n) => {
      if (n === 2) writeFileSync(path, huge.subarray(1, 6 * megabyte + 1))
      return n === 1 ? { dropAfter: 2 * megabyte } : undefined
    })
    expect(await fetchOne('edited')).toMatch(/^not-found: The file was changed while it was being saved/)
  })

  it('does not go on where nothing tells whether it is still the same file', async () => {
    failGets('large', (n) => ({ without: ['etag', 'last-modified'], ...(n === 1 ? { dropAfter: 2 * megabyte } : {}) }))
    expect(await fetchOne('large')).toMatch(/^unsupported: .*cannot send the rest/)
  })

  it('asks for the rest when the server claims that a part is all of it', async () => {
    failGets('small', (n) => (n === 1 ? { shortenTo: 60_000 } : undefined))
    expect(sha(await fetchOne('small'))).toBe(sha(huge.subarray(0, 100_000)))
    expect(gets()).toEqual(['', 'bytes=60000-'])
  })

  it('takes no file that stays shorter than the server says, and no longer one', async () => {
    failGets('small', () => ({ shortenTo: 0 }))
    expect(await fetchOne('small')).toMatch(/^network: The server ends the file too early/)
    proxy.fault = (request) =>
      request.method === 'PROPFIND'
        ? { rewrite: (body) => body.replace('getcontentlength>5<', 'getcontentlength>4<') }
        : undefined
    expect(await fetchOne('other')).toMatch(/^corrupt: The server says that the file has 4 bytes/)
    proxy.fault = (request) =>
      request.method === 'PROPFIND'
        ? { rewrite: (body) => body.replace('getcontentlength>5<', 'getcontentlength>6<') }
        : undefined
    expect(await fetchOne('other')).toMatch(/^corrupt: The server says that the file has 6 bytes/)
  })

  it('takes no other part than the one that it asked for', async () => {
    failGets('large', (n) => (n === 1 ? { dropAfter: megabyte } : { set: { 'content-range': 'bytes 5-9/6291456' } }))
    expect(await fetchOne('large')).toMatch(/^suspicious: The server sends another part/)
  })

  it('waits for a server that is busy, out of order or silent for a moment', async () => {
    files = new TestFiles(server, { url: proxy.url, timeout: 3 })
    const faults: Fault[] = [{ status: 429, headers: { 'Retry-After': '0' } }, { status: 503 }, { silent: true }]
    failGets('small', (n) => faults[n - 1])
    expect(sha(await fetchOne('small'))).toBe(sha(huge.subarray(0, 100_000)))
  })

  it('gives up on one file that always breaks the connection, and saves the others', async () => {
    failGets('small', () => ({ dropAfter: 0 }))
    const { items } = await files.list()
    const contents = await files.fetch(items)
    expect(contents['small']).toMatch(/^network: /)
    expect(String(contents['other'])).toBe('other')
    expect(sha(contents['huge'])).toBe(sha(huge))
  })

  it('gives up on all when the server is gone', async () => {
    for (let n = 0; n < 20; n++) writeFileSync(join(server.files, `more ${n}`), 'x')
    const { items } = await files.list()
    proxy.fault = () => ({ status: 503 })
    await expect(files.fetch(items.filter((item) => item.size === 1))).rejects.toMatchObject({ code: 'network' })
    expect(gets().length).toBeLessThan(40)
  })

  it('stops at once when the password is no longer accepted', async () => {
    const { items } = await files.list()
    proxy.fault = () => ({ status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } })
    await expect(files.fetch(items)).rejects.toMatchObject({ code: 'auth' })
  })

  it('names a file that the server does not hand out, and saves the others', async () => {
    failGets('small', () => ({ status: 403 }))
    const contents = await files.fetch((await files.list()).items)
    expect(contents['small']).toMatch(/^permission: /)
    expect(String(contents['other'])).toBe('other')
  })

  it('lists again what broke in the middle, and believes no half of a list', async () => {
    const whole = paths((await files.list()).items)
    let n = 0
    proxy.fault = (request) => (request.headers.depth === '1' && ++n < 3 ? { dropAfter: 600 } : undefined)
    expect(paths((await files.list()).items)).toEqual(whole)
    n = 0
    proxy.fault = (request) =>
      request.headers.depth === '1' && ++n < 3 ? { rewrite: (body) => body.slice(0, body.lastIndexOf('<D:response')) } : undefined
    expect(paths((await files.list()).items)).toEqual(whole)
    proxy.fault = (request) => (request.headers.depth === '1' ? { rewrite: (body) => body.slice(0, -20) } : undefined)
    await expect(files.list()).rejects.toMatchObject({ code: 'network' })
  })

  it('takes no page of the web for an empty folder', async () => {
    proxy.fault = () => ({ status: 200, body: '<html><body>Please sign in</body></html>' })
    await expect(files.list()).rejects.toMatchObject({ code: 'unsupported' })
    proxy.fault = (request) =>
      request.headers.depth === '1' ? { status: 207, body: '<d:multistatus xmlns:d="DAV:"></d:multistatus>' } : undefined
    await expect(files.list()).rejects.toMatchObject({ code: 'suspicious' })
  })

  it('has several downloads under way at once', async () => {
    for (let n = 0; n < 12; n++) writeFileSync(join(server.files, `parallel ${n}`), String(n))
    const { items } = await files.list()
    // None is answered before so many were asked for.
    const several = Promise.withResolvers<void>()
    let asked = 0
    proxy.fault = () => {
      if (++asked >= 3) several.resolve()
      return { after: several.promise }
    }
    const contents = await files.fetch(items.filter((item) => item.title?.startsWith('parallel')))
    expect(Object.values(contents).map(String).sort()).toEqual(Array.from({ length: 12 }, (_, n) => String(n)).sort())
    expect(gets()).toHaveLength(12)
  })
})
