/** Answers to PROPFIND as servers of many makes write them, and as none should. */
import { describe, expect, it } from 'vitest'
import { addressOf, nameOf, segmentsOf } from '../../../src/providers/dav/webdav-paths.ts'
import { itemAt, paths, startFaultProxy, TestFiles } from './files-harness.ts'

const entry = (
  href: string,
  properties = '<d:getetag>"e"</d:getetag><d:getcontentlength>1</d:getcontentlength><d:resourcetype/>',
) =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
const folder = (href: string) => entry(href, '<d:resourcetype><d:collection/></d:resourcetype>')
const multistatus = (...entries: readonly string[]) =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${entries.join('')}</d:multistatus>`

describe('The href of a file', () => {
  it('is the same however it is escaped, and differs where its octets do', () => {
    const spellings = ['/d%C3%BC/a%20b+%2b', '/d%c3%bc/a%20b%2B+', 'https://host:1/dü/a b++', '//dü//a%20b%2b%2b']
    expect(new Set(spellings.map((href) => segmentsOf(href).join('/')))).toEqual(new Set(['d%C3%BC/a%20b%2B%2B']))
    expect(segmentsOf('/u%CC%88')).not.toEqual(segmentsOf('/%C3%BC'))
    expect(segmentsOf('/a%2Fb/c')).toEqual(['a%2Fb', 'c'])
    for (let octet = 0; octet < 256; octet++) {
      const hex = octet.toString(16).toUpperCase().padStart(2, '0')
      const own = String.fromCharCode(octet)
      expect(segmentsOf(`/a%${hex}b`), hex).toEqual([/[A-Za-z0-9._~-]/.test(own) ? `a${own}b` : `a%${hex}b`])
    }
    expect(segmentsOf('/a#b?c%zz%')).toEqual(['a%23b%3Fc%25zz%25'])
  })

  it('gives the name, also where it is no UTF-8, and the address again', () => {
    expect(segmentsOf('/M%E4rz/%EF%BB%BFx/a%2Fb').map(nameOf)).toEqual(['März', '\uFEFFx', 'a/b'])
    const url = addressOf(new URL('https://host/dav/my%20files/'), segmentsOf('/M%E4rz/100%25?/'), true)
    expect(url.href).toBe('https://host/dav/my%20files/M%E4rz/100%25%3F/')
  })
})

describe('A list of files', () => {
  const root = '/dav/'

  /** A server that answers with `lists` by path, and with `x` to every GET. */
  async function serve(lists: Record<string, string>) {
    const proxy = await startFaultProxy(`http://127.0.0.1:9${root}`)
    proxy.fault = (request) => {
      if (request.method === 'GET') return { status: 200, body: 'x' }
      const body = request.headers.depth === '0' ? multistatus(folder(request.url ?? '')) : lists[request.url ?? '']
      return body === undefined ? { status: 404 } : { status: 207, body }
    }
    return { proxy, files: new TestFiles({ url: proxy.url, user: 'alice', password: 'secret' }) }
  }

  it('is read whatever its prefixes, order, escapes and form', async () => {
    const { files } = await serve({
      [root]: `<?xml version="1.0" encoding="UTF-8"?>
<!-- > not this < --><D:multistatus xmlns:D="DAV:" note="a > b 'c'" xmlns:own='http://owncloud.org/ns'>
<D:response xmlns:lp1="DAV:">
 <D:href>/dav/a%20&amp;&#x26;&#38;%C3%BC.txt</D:href>
 <D:propstat><D:prop><lp1:getcontentlength>77</lp1:getcontentlength><own:fileid/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
 <D:propstat><D:prop>
  <lp1:getetag>W/"007"</lp1:getetag><lp1:getcontentlength> 12 </lp1:getcontentlength>
  <lp1:getlastmodified>Sun, 22 Nov 2026 20:16:59 GMT</lp1:getlastmodified>
  <lp1:getcontenttype><![CDATA[text/x-<odd>]]></lp1:getcontenttype><lp1:displayname>1e3</lp1:displayname>
  <own:checksums><own:checksum>MD5:cd</own:checksum><own:checksum>SHA1:${'ab'.repeat(20)}</own:checksum></own:checksums><lp1:resourcetype/>
 </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
</D:response>
<response xmlns="DAV:"><href>/dav/</href><propstat><prop><resourcetype><x/><collection/></resourcetype></prop></propstat></response
><D:response><D:href>/dav/plain</D:href><D:propstat><D:prop><D:resourcetype/></D:prop></D:propstat></D:response>
</D:multistatus
> <!-- end -->
`,
    })
    const { items } = await files.list()
    expect(itemAt(items, 'a &&&ü.txt')).toEqual({
      key: '/a%20%26%26%26%C3%BC.txt',
      version: '"007"',
      size: 12,
      date: '2026-11-22T20:16:59.000Z',
      identities: [`oc-sha1:${'ab'.repeat(20)}`],
      meta: { path: ['a &&&ü.txt'], modified: '2026-11-22T20:16:59.000Z', mime: 'text/x-<odd>' },
      title: 'a &&&ü.txt',
    })
    expect(itemAt(items, 'plain').key).toBe('/plain')
  })

  it('is refused with definitions of its own', async () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    const { files } = await serve({ [root]: `${bomb}${multistatus(folder(root), entry('/dav/&b;'))}` })
    await expect(files.list()).rejects.toMatchObject({ code: 'network' })
  })

  it('takes no name that leads out of its folder, names it, and goes on', async () => {
    const outside = ['/dav/..', '/dav/%2e%2e', '/dav/%2E./', '/etc/passwd', '/dav2/x', 'http://other/etc/shadow']
    const { files, proxy } = await serve({
      [root]: multistatus(folder(root), ...outside.map((href) => entry(href)), entry('/dav/good.txt')),
    })
    const { items, allListed } = await files.list()
    expect(allListed).toBe(true)
    expect(items.filter((item) => !item.key.startsWith('?')).map((item) => item.key)).toEqual(['/good.txt'])
    const contents = await files.fetch(items)
    expect(Object.values(contents).filter((content) => /^suspicious: /.test(String(content))).length).toBeGreaterThanOrEqual(4)
    expect(String(contents['good.txt'])).toBe('x')
    expect(proxy.requests.filter((request) => request.startsWith('GET'))).toEqual(['GET /dav/good.txt'])
  })

  it('keeps a slash within a name', async () => {
    const { files, proxy } = await serve({
      [root]: multistatus(folder(root), entry('/dav/..%2F..%2Fetc%2Fpasswd'), entry('/dav/a%2fb')),
    })
    const { items } = await files.list()
    expect(items.map((item) => item.meta['path'])).toEqual([['../../etc/passwd'], ['a/b']])
    await files.fetch(items)
    expect(proxy.requests.filter((request) => request.startsWith('GET')).sort()).toEqual([
      'GET /dav/..%2F..%2Fetc%2Fpasswd',
      'GET /dav/a%2Fb',
    ])
  })

  it('is understood behind a proxy that moves the path', async () => {
    const { files, proxy } = await serve({})
    proxy.fault = (request) => {
      const inner = (request.url ?? '').replace('/dav/', '/internal/files/')
      if (request.method === 'GET') return { status: 200, body: 'x' }
      const entries = request.headers.depth === '1' ? [entry(`${inner}a.txt`)] : []
      return { status: 207, body: multistatus(folder(`http://backend:8080${inner}`), ...entries) }
    }
    const { items } = await files.list()
    expect(paths(items)).toEqual(['a.txt'])
    await files.fetch(items)
    expect(proxy.requests.at(-1)).toBe('GET /dav/a.txt')
  })

  it('uses time and size where the server has no ETags', async () => {
    const properties =
      '<d:getlastmodified>Sun, 22 Nov 2026 20:16:59 GMT</d:getlastmodified><d:getcontentlength>1</d:getcontentlength>'
    const { files } = await serve({ [root]: multistatus(folder(root), entry('/dav/a', properties)) })
    expect(itemAt((await files.list()).items, 'a').version).toBe('2026-11-22T20:16:59.000Z/1')
  })

  it('has the same version whether the ETag is weak or not', async () => {
    const properties = (etag: string) => `<d:getetag>${etag}</d:getetag>`
    const { files } = await serve({
      [root]: multistatus(folder(root), entry('/dav/a', properties('W/"1"')), entry('/dav/b', properties('"1"'))),
    })
    expect(new Set((await files.list()).items.map((item) => item.version))).toEqual(new Set(['"1"']))
  })

  it('takes what lies deeper than was asked only once', async () => {
    const { files } = await serve({
      [root]: multistatus(folder(root), folder('/dav/d/'), folder('/dav/d/'), entry('/dav/d/x')),
      '/dav/d/': multistatus(folder('/dav/d/'), entry('/dav/d/x')),
    })
    expect(paths((await files.list()).items)).toEqual(['d/x'])
  })

  it('names a file that the server does not describe, and waits with what is gone', async () => {
    const failed = '<d:response><d:href>/dav/bad</d:href><d:status>HTTP/1.1 500 Internal Server Error</d:status></d:response>'
    const { files } = await serve({ [root]: multistatus(folder(root), failed, entry('/dav/good')) })
    const { items, allListed } = await files.list()
    expect(allListed).toBe(false)
    expect((await files.fetch(items))['bad']).toMatch(/HTTP 500/)
  })

  it('takes no folder for empty that the server names and does not read', async () => {
    const closed = '<d:response><d:href>/dav/d/</d:href><d:status>HTTP/1.1 403 Forbidden</d:status></d:response>'
    const { files } = await serve({
      [root]: multistatus(folder(root), folder('/dav/d/'), entry('/dav/good')),
      '/dav/d/': multistatus(closed),
    })
    const { items, allListed } = await files.list()
    expect(allListed).toBe(false)
    expect((await files.fetch(items))['d']).toMatch(/^permission: The folder could not be read: .*HTTP 403/)
  })

  it('ends where folders do not', async () => {
    const { files, proxy } = await serve({})
    proxy.fault = (request) => {
      const url = request.url ?? ''
      // Every folder holds a new one, deeper than anybody nests.
      return { status: 207, body: multistatus(folder(url), ...(request.headers.depth === '1' ? [folder(`${url}f/`)] : [])) }
    }
    const { items } = await files.list()
    expect(items).toHaveLength(1)
    expect(Object.values(await files.fetch(items))[0]).toMatch(/deeper than Lifeboat follows/)
  })
})
