/** Servers, and what stands before them, that call themselves wrongly or pack what they were asked not to. */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DavClient } from '../../../src/providers/dav/http.ts'
import { parseSettings } from '../../../src/providers/dav/settings.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { createCertificates } from '../../servers/certificates.ts'
import { type Asked, type DavProxy, startDavProxy } from '../../servers/dav-proxy.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { apacheMissing, startApache } from '../../servers/webdav.ts'
import { card, codeOf, names, signal, TestSource, testContext } from './account.ts'
import { TestFiles } from './files-harness.ts'

const once = { retry: { tries: 1, delay: 1, maxDelay: 1 } }

describeUnless(radicaleMissing(), 'a server of contacts', () => {
  let server: Radicale
  let proxy: DavProxy

  beforeAll(async () => {
    server = await startRadicale()
    await server.addCollection('/alice/book/', 'contacts', 'Book')
    for (const uid of ['a', 'b', 'c']) await server.put(`/alice/book/${uid}.vcf`, card(uid))
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    onTestFinished(() => proxy.stop())
  })

  const open = () => {
    const settings = { user: server.user, carddav: `${proxy.url}/alice/` }
    const source = new TestSource('contacts', settings, { password: server.password }, once)
    onTestFinished(() => source.close())
    return source
  }

  const everything = async (source: TestSource) => {
    const c = await source.collection('book')
    const { items } = await source.changes(c, null)
    const contents = await source.contents(c, items)
    return [names(items), [...contents.values()].map((content) => (content instanceof Buffer ? 'read' : String(content)))]
  }
  const all = [
    ['a.vcf', 'b.vcf', 'c.vcf'],
    ['read', 'read', 'read'],
  ]

  /** Only the hrefs of what is described, not those in properties. */
  const describe = (body: string, start: string) => body.replace(/(<(?:\w+:)?response>\s*<(?:\w+:)?href>)\//g, `$1${start}`)

  it('is read where it calls itself by a name of its own behind a proxy, and nothing is sent there', async () => {
    proxy.trouble.rewrite = (body) => describe(body, 'http://internal.example:8080/')
    expect(await everything(open())).toEqual(all)
  })

  it('is read where it doubles slashes', async () => {
    proxy.trouble.rewrite = (body) => describe(body, '//')
    expect(await everything(open())).toEqual(all)
    proxy.trouble.rewrite = (body) => body.replace(/\/alice\/book\/(\w+\.vcf)/g, '/alice/book//$1')
    expect(await everything(open())).toEqual(all)
    proxy.trouble.rewrite = (body) => describe(body, `${proxy.url}//`)
    expect(await everything(open())).toEqual(all)
  })

  it('gives no page of the web for a contact', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Please sign in</html>' }
    const isContent = ({ method, path, body }: Asked) =>
      body.includes('multiget') || body.includes('address-data') || (method === 'GET' && path.endsWith('.vcf'))
    proxy.trouble.answer = (asked) => (isContent(asked) ? page : null)
    const [found, contents] = await everything(open())
    expect(found).toEqual(all[0])
    expect(contents).toEqual(Array(3).fill(expect.stringMatching(/sends a web page instead of this item/)))
    // Some servers call everything a page.
    proxy.trouble.answer = (asked) => (isContent(asked) ? { ...page, body: `\r\n${card('a')}` } : null)
    expect((await everything(open()))[1]).toEqual(all[1])
  })
})

describeUnless(radicaleMissing(), 'a server behind a proxy that encrypts for it', () => {
  const lookup: LookupFunction = (_, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

  it('is asked with encryption though it speaks of itself without', async () => {
    const server = await startRadicale()
    onTestFinished(() => server.stop())
    await server.addCollection('/alice/book/', 'contacts', 'Book')
    await server.put('/alice/book/a.vcf', card('a'))
    const certificates = createCertificates()
    onTestFinished(() => certificates.remove())
    const { user, password } = server
    const tls = certificates.issue({ names: ['dav.example.test'] })
    const proxy = await startDavProxy({ target: server.url, user, password, tls })
    onTestFinished(() => proxy.stop())
    const plain = 'http://dav.example.test'
    proxy.trouble.answer = ({ path }) =>
      path.startsWith('/.well-known/') ? { status: 301, headers: { location: `${plain}/alice/` } } : null
    proxy.trouble.rewrite = (body) => body.replace(/<((?:\w+:)?href)>\//g, `<$1>${plain}/`)
    const open = (carddav: string) => {
      const source = new TestSource('contacts', { user, carddav, ca: certificates.caFile }, { password }, { ...once, lookup })
      onTestFinished(() => source.close())
      return source
    }
    const source = open(`https://dav.example.test:${proxy.port}/`)
    const c = await source.collection('book')
    expect(names((await source.changes(c, null)).items)).toEqual(['a.vcf'])
    // Another port of that name may be somebody else.
    proxy.trouble.answer = ({ path }) =>
      path.startsWith('/.well-known/') ? { status: 301, headers: { location: `${plain}:8080/alice/` } } : null
    expect(await codeOf(open(`https://dav.example.test:${proxy.port}/`).collections())).toBe('suspicious')
  })
})

describe('an answer that is packed unasked', () => {
  const text = 'BEGIN:VCARD\r\n'.repeat(1_000)
  const packed: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(text),
    'x-gzip': gzipSync(text),
    deflate: deflateSync(text),
    br: brotliCompressSync(text),
    zstd: zstdCompressSync(text),
    GZip: gzipSync(text),
    'utf-8': Buffer.from(text),
    none: Buffer.from(text),
    compress: Buffer.from('LZW'),
    constructor: Buffer.from('?'),
  }

  it('is unpacked, or refused where nobody knows how', async () => {
    const server = createServer((incoming, outgoing) => {
      const coding = incoming.url?.slice(1) ?? ''
      outgoing.writeHead(200, { 'content-encoding': coding }).end(packed[coding])
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
    const client = new DavClient(parseSettings({ user: 'a', webdav: url }), testContext({ password: 'b' }), once)
    onTestFinished(() => client.close())
    for (const coding of Object.keys(packed)) {
      const answer = await client.send({ method: 'GET', url: new URL(coding, url) }, signal)
      if (coding === 'compress' || coding === 'constructor') expect(await codeOf(answer.bytes(100_000))).toBe('unsupported')
      else expect((await answer.bytes(100_000)).toString(), coding).toBe(text)
    }
  })
})

describeUnless(apacheMissing(), 'an Apache that calls packed files packed', () => {
  it('gives them as they are', async () => {
    const server = await startApache({ config: 'AddEncoding x-gzip .gz .tgz' })
    onTestFinished(() => server.stop())
    const contents = { 'a.txt.gz': gzipSync('x'.repeat(1_000)), 'big.tgz': gzipSync(Buffer.alloc(5 << 20, 'ab'), { level: 0 }) }
    for (const [name, octets] of Object.entries(contents)) writeFileSync(join(server.files, name), octets)
    const files = new TestFiles(server)
    const { items } = await files.list()
    const got = await files.fetch(items)
    expect(Object.entries(contents).map(([n, o]) => got[n] instanceof Buffer && o.equals(got[n]))).toEqual([true, true])
  })
})
