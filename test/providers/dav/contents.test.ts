import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Collection, Item } from '../../../src/core/items.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type Asked, type DavProxy, type DavTrouble, startDavProxy } from '../../servers/dav-proxy.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../../servers/xandikos.ts'
import { calendarObject, card, codeOf, TestSource } from './account.ts'

const count = 30

describeUnless(radicaleMissing(), 'contents of items', () => {
  let server: Radicale
  let proxy: DavProxy
  let path: string
  let source: TestSource
  let c: Collection
  let items: readonly Item[]
  let expected: Map<string, Buffer>

  beforeAll(async () => {
    server = await startRadicale()
    proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    path = `${server.homes.contacts}book/`
    await server.addCollection(path, 'contacts', 'Book')
    for (let n = 0; n < count; n++) await server.put(`${path}c${n}.vcf`, card(`c${n}`, 'x'.repeat(n * 100)))
    expected = new Map()
    for (let n = 0; n < count; n++) expected.set(`${path}c${n}.vcf`, await server.get(`${path}c${n}.vcf`))
  })
  afterAll(async () => {
    await proxy.stop()
    await server.stop()
  })
  beforeEach(async () => {
    source = new TestSource('contacts', { user: server.user, carddav: proxy.url }, { password: server.password })
    c = await source.collection('book')
    items = await listedAlone()
    proxy.forget()
  })

  /** As of a server that gives no contents with a listing. */
  async function listedAlone(): Promise<readonly Item[]> {
    proxy.trouble.rewrite = (body, asked) =>
      isListing(asked) ? body.replace(/<(\w+:)?address-data>.*?<\/\1address-data>/gs, '') : body
    const listed = await source.changes(c, null)
    delete proxy.trouble.rewrite
    return listed.items
  }

  afterEach(async () => {
    for (const key of Object.keys(proxy.trouble) as (keyof DavTrouble)[]) delete proxy.trouble[key]
    await source.close()
  })

  const isListing = ({ body }: Asked) => body.includes('sync-collection')
  const isMultiget = ({ body }: Asked) => body.includes('multiget')
  const isAbout =
    (name: string) =>
    ({ method, path: asked, body }: Asked) =>
      (method === 'GET' && asked.endsWith(name)) || (body.includes('multiget') && body.includes(name))

  it('come with the listing, octet for octet what a GET gives, and are asked for no more', async () => {
    const listed = await source.changes(c, null)
    proxy.forget()
    expect(await source.contents(c, listed.items)).toEqual(expected)
    expect(proxy.requests).toEqual([])
    // Once: whoever asks again asks the server.
    expect(await source.contents(c, listed.items)).toEqual(expected)
    expect(proxy.requests.map(({ report }) => report)).toEqual(['addressbook-multiget'])
  })

  it('are asked for by themselves where the listing leaves them out, cuts them or is refused with them', async () => {
    proxy.trouble.rewrite = (body, asked) =>
      isListing(asked)
        ? body.replace(/(c11\.vcf<.*?)\r?\nEND:VCARD\r?\n/s, '$1').replace(/(c20\.vcf<.*?)Zoë/s, '$1Zo\ufffd')
        : body
    const { items: cut } = await source.changes(c, null)
    proxy.forget()
    expect(await source.contents(c, cut)).toEqual(expected)
    expect(proxy.requests.map(({ report }) => report)).toEqual(['addressbook-multiget'])
    for (const status of [400, 403, 500, 507]) {
      proxy.trouble.answer = (asked) => (isListing(asked) && asked.body.includes('address-data') ? { status } : null)
      const { items: listed, isAllListed } = await source.changes(c, null)
      expect([listed.length, isAllListed]).toEqual([count, true])
      expect(await source.contents(c, listed)).toEqual(expected)
    }
  })

  it('come whole with a listing that breaks off in the middle, or has a wrong length', async () => {
    proxy.trouble.drop = { times: 2, afterOctets: 20_000, when: isListing }
    const first = await source.changes(c, null)
    proxy.trouble.wrongLength = { times: 1, difference: -400, when: isListing }
    const second = await source.changes(c, null)
    proxy.forget()
    for (const { items: listed } of [first, second]) expect(new Set(listed.map(({ key }) => key)).size).toBe(count)
    expect(await source.contents(c, items)).toEqual(expected)
    expect(proxy.requests).toEqual([])
  })

  it('are listed without them where a listing with them never comes to its end', async () => {
    proxy.trouble.drop = {
      times: Number.POSITIVE_INFINITY,
      afterOctets: 20_000,
      when: (asked) => isListing(asked) && asked.body.includes('address-data'),
    }
    const { isAllListed, items: named } = await source.changes(c, null)
    const listed = new Map(named.map((item) => [item.key, item]))
    expect([listed.size, isAllListed]).toEqual([count, true])
    expect(await source.contents(c, [...listed.values()])).toEqual(expected)
  })

  it('are asked for again beyond what there is room for', async () => {
    const large = `${server.homes.contacts}large/`
    await server.addCollection(large, 'contacts', 'Large')
    const saved = new Map<string, Buffer>()
    for (let n = 0; n < 24; n++) {
      await server.put(`${large}c${n}.vcf`, card(`c${n}`, 'x'.repeat(800_000)))
      saved.set(`${large}c${n}.vcf`, await server.get(`${large}c${n}.vcf`))
    }
    const book = await source.collection('large')
    const { items: listed } = await source.changes(book, null)
    proxy.forget()
    expect(await source.contents(book, listed)).toEqual(saved)
    expect(proxy.requests.map(({ report }) => report)).toEqual(['addressbook-multiget'])
    await server.remove(large)
  })

  it('are of the version that was listed, whatever happens to the item meanwhile', async () => {
    const { items: listed, cursor } = await source.changes(c, null)
    await server.put(`${path}c5.vcf`, card('c5', 'another'))
    expect(await source.contents(c, listed)).toEqual(expected)
    const { items: changed } = await source.changes(c, cursor)
    expect(changed.map(({ key }) => key)).toEqual([`${path}c5.vcf`])
    const edited = new Map([[`${path}c5.vcf`, await server.get(`${path}c5.vcf`)]])
    expect(await source.contents(c, changed)).toEqual(edited)
    await server.put(`${path}c5.vcf`, expected.get(`${path}c5.vcf`) ?? '')
  })

  it('come in one answer for many, octet for octet what a GET gives', async () => {
    expect(await source.contents(c, items)).toEqual(expected)
    expect(proxy.requests.map(({ method, report }) => report ?? method)).toEqual(['addressbook-multiget'])
  })

  it('are asked for in batches of a hundred, several at once', async () => {
    const many = Array.from({ length: 250 }, (_, n) => ({
      ...items[n % count],
      key: `${path}none${n}.vcf`,
      version: '1',
      meta: {},
    }))
    // The server answers none of them before all are there.
    proxy.trouble.together = { count: 3, when: isMultiget }
    const contents = await source.contents(c, [...items, ...many])
    expect(proxy.requests.filter(({ report }) => report === 'addressbook-multiget')).toHaveLength(3)
    for (const [key, content] of expected) expect(contents.get(key)).toEqual(content)
    expect(contents.size).toBe(280)
  })

  it('come whole when the server turned line ends into LF, and when it encodes them', async () => {
    proxy.trouble.rewrite = (body, asked) => (isMultiget(asked) ? body.replaceAll('\r\n', '\n') : body)
    expect(await source.contents(c, items)).toEqual(expected)
    proxy.trouble.rewrite = (body, asked) => (isMultiget(asked) ? body.replaceAll('\r\n', '&#13;\n') : body)
    expect(await source.contents(c, items)).toEqual(expected)
    proxy.trouble.rewrite = (body, asked) => (isMultiget(asked) ? body.replaceAll('\r\n', '&#xD;&#xA;') : body)
    expect(await source.contents(c, items)).toEqual(expected)
    expect(proxy.requests.filter(({ method }) => method === 'GET')).toEqual([])
  })

  it('are asked for one by one where a batch leaves them out, cuts them or does not look right', async () => {
    const spoilt = ['c3.vcf', 'c7.vcf', 'c11.vcf', 'c20.vcf']
    proxy.trouble.rewrite = (body, asked) => {
      if (!isMultiget(asked)) return body
      return body
        .replace(/<response><href>[^<]*c3\.vcf<.*?<\/response>/s, '')
        .replace(/(<response><href>[^<]*c7\.vcf<).*?(<\/response>)/s, '$1/href><status>HTTP/1.1 404 Not Found</status>$2')
        .replace(/(c11\.vcf<.*?)\r?\nEND:VCARD\r?\n/s, '$1')
        .replace(/(c20\.vcf<.*?BEGIN:VCARD.*?)Zoë/s, '$1Zo\ufffd')
    }
    expect(await source.contents(c, items)).toEqual(expected)
    const got = proxy.requests.filter(({ method }) => method === 'GET').map((request) => request.path.split('/').at(-1))
    expect(got.sort()).toEqual([...spoilt].sort())
  })

  it('are had without multiget, too', async () => {
    for (const status of [400, 403, 501]) {
      proxy.trouble.answer = (asked) => (isMultiget(asked) ? { status } : null)
      expect(await source.contents(c, items)).toEqual(expected)
    }
  })

  it('fail alone when the server fails at one of them', async () => {
    proxy.trouble.answer = (asked) => (isAbout('c13.vcf')(asked) ? { status: 500, body: 'Internal Server Error' } : null)
    const contents = await source.contents(c, items)
    const failed = [...contents].filter(([, content]) => content instanceof Error)
    expect(failed.map(([key]) => key)).toEqual([`${path}c13.vcf`])
    for (const [key, content] of expected) if (!key.endsWith('c13.vcf')) expect(contents.get(key)).toEqual(content)
    delete proxy.trouble.answer
    const poisoned = items.filter(({ key }) => key.endsWith('c13.vcf'))
    expect([...(await source.contents(c, poisoned)).values()]).toEqual([expected.get(`${path}c13.vcf`)])
  })

  it('fail alone when the server breaks off the connection at one of them', async () => {
    proxy.trouble.drop = { times: Number.POSITIVE_INFINITY, afterOctets: 20, when: isAbout('c13.vcf') }
    const contents = await source.contents(c, items)
    expect([...contents].filter(([, content]) => content instanceof Error).map(([key]) => key)).toEqual([`${path}c13.vcf`])
    expect(contents.size).toBe(count)
  })

  it('say so when an item has vanished meanwhile', async () => {
    await server.put(`${path}brief.vcf`, card('brief'))
    const withBrief = await listedAlone()
    await server.remove(`${path}brief.vcf`)
    const contents = await source.contents(c, withBrief)
    expect(contents.get(`${path}brief.vcf`)).toMatchObject({ code: 'not-found' })
    contents.delete(`${path}brief.vcf`)
    expect(contents).toEqual(expected)
  })

  it('survive a connection that drops in the middle of an answer', async () => {
    proxy.trouble.drop = { times: 1, afterOctets: 5_000 }
    expect(await source.contents(c, items)).toEqual(expected)
    expect(source.context.waits).toHaveLength(1)
  })

  it('survive wrong lengths', async () => {
    for (const difference of [-400, 5_000]) {
      // A connection kept open for octets that never come would only time out: the proxy closes it.
      proxy.trouble.wrongLength = { times: 1, difference }
      expect(await source.contents(c, items)).toEqual(expected)
    }
  })

  it('wait as long as the server asks for', async () => {
    proxy.trouble.refuse = { times: 2, answer: { status: 429, headers: { 'retry-after': '7' } } }
    expect(await source.contents(c, items)).toEqual(expected)
    expect(source.context.waits.filter((ms) => ms >= 7_000)).toHaveLength(2)
    const later = new Date(source.context.now.getTime() + 11_000).toUTCString()
    proxy.trouble.refuse = { times: 1, answer: { status: 503, headers: { 'retry-after': later } } }
    source.context.waits.length = 0
    expect(await source.contents(c, items)).toEqual(expected)
    expect(source.context.waits).toEqual([11_000])
  })

  it('are given up with rate-limit when the server never lets go, or asks for hours', async () => {
    proxy.trouble.refuse = { times: Number.POSITIVE_INFINITY, answer: { status: 503, headers: { 'retry-after': '1' } } }
    expect(await codeOf(source.contents(c, items))).toBe('rate-limit')
    source.context.waits.length = 0
    proxy.trouble.refuse = { times: Number.POSITIVE_INFINITY, answer: { status: 429, headers: { 'retry-after': '7200' } } }
    expect(await codeOf(source.contents(c, items))).toBe('rate-limit')
    expect(source.context.waits).toEqual([])
  })

  it('are given up with network when the server is gone', async () => {
    const other = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    const brief = new TestSource('contacts', { user: server.user, carddav: other.url }, { password: server.password })
    const book = await brief.collection('book')
    await other.stop()
    expect(await codeOf(brief.contents(book, items))).toBe('network')
    await brief.close()
  })

  it('end with the reason of the signal', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const fetching = (async () => {
      for await (const _ of source.source.fetch(c, items, stop.signal)) stop.abort(reason)
    })()
    await expect(fetching).rejects.toBe(reason)
  })
})

describeUnless(xandikosMissing(), 'contents of items that are not as the RFCs want them', () => {
  it('keep their own line ends where the server keeps them and states their length', async () => {
    const server = await startXandikos()
    const path = `${server.homes.contacts}book/`
    await server.addCollection(path, 'contacts')
    const stored = {
      'lf.vcf': card('lf').replaceAll('\r\n', '\n'),
      'crlf.vcf': card('crlf'),
      'mixed.vcf': card('mixed').replace('\r\n', '\n'),
      'no-end.vcf': card('no-end').trimEnd(),
      'more.vcf': `${card('more')}\r\n\r\n`,
    }
    for (const [name, body] of Object.entries(stored)) expect([name, await server.put(path + name, body)]).toEqual([name, 201])
    const source = new TestSource('contacts', { user: server.user, carddav: server.url }, { password: server.password })
    const c = await source.collection('book')
    const contents = await source.contents(c, (await source.changes(c, null)).items)
    expect(contents.size).toBe(5)
    for (const name of Object.keys(stored)) expect(contents.get(path + name)).toEqual(await server.get(path + name))
    await source.close()
    await server.stop()
  })

  it('are large without harm', async () => {
    const server = await startXandikos()
    const path = `${server.homes.calendar}cal/`
    await server.addCollection(path, 'calendar')
    const big = calendarObject('big', 'VEVENT', 'y'.repeat(3_000_000))
    await server.put(`${path}big.ics`, big)
    for (let n = 0; n < 5; n++) await server.put(`${path}e${n}.ics`, calendarObject(`e${n}`))
    const source = new TestSource('calendar', { user: server.user, caldav: server.url }, { password: server.password })
    const c = await source.collection('cal')
    const contents = await source.contents(c, (await source.changes(c, null)).items)
    expect(contents.get(`${path}big.ics`)).toEqual(await server.get(`${path}big.ics`))
    expect(contents.size).toBe(6)
    await source.close()
    await server.stop()
  })
})
