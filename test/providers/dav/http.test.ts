import { createServer, type Server } from 'node:http'
import type { LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authenticatorFor, isStale, parseChallenges } from '../../../src/providers/dav/authentication.ts'
import { DavClient, type DavClientOptions } from '../../../src/providers/dav/http.ts'
import { parseSettings } from '../../../src/providers/dav/settings.ts'
import { Trust } from '../../../src/providers/dav/trust.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type Certificates, createCertificates } from '../../servers/certificates.ts'
import { bearerToken, type DavProxy, type DavTrouble, startDavProxy } from '../../servers/dav-proxy.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { card, codeOf, names, signal, TestSource, testContext } from './account.ts'

const once: DavClientOptions = { retry: { tries: 1, delay: 1, maxDelay: 1 } }

describe('settings', () => {
  it('allow plain http to this computer only, unless told', () => {
    for (const url of ['http://127.0.0.1:5232/', 'http://localhost/', 'http://[::1]:80/', 'https://dav.example.com']) {
      expect(parseSettings({ user: 'a', carddav: url }).carddav).toBe(url)
    }
    expect(() => parseSettings({ user: 'a', caldav: 'http://dav.example.com/' })).toThrow(/"caldav".*https/)
    expect(() => parseSettings({ user: 'a', webdav: 'http://127.0.0.1.example.com/' })).toThrow(/"webdav"/)
    expect(parseSettings({ user: 'a', caldav: 'http://dav.example.com/', insecure: true }).insecure).toBe(true)
  })

  it('say that a password does not belong into an address, and do not repeat it', () => {
    const refused = () => parseSettings({ user: 'a', carddav: 'https://me:hunter2@dav.example.com/' })
    expect(refused).toThrow(/"carddav".*no user name and no password/)
    expect(refused).not.toThrow(/hunter2/)
  })

  it('name what is wrong', () => {
    for (const [settings, name] of [
      [{}, 'user'],
      [{ user: '' }, 'user'],
      [{ user: 'a\n' }, 'user'],
      [{ user: 'a', carddav: 'dav.example.com' }, 'carddav'],
      [{ user: 'a', carddav: 'ftp://dav.example.com' }, 'carddav'],
      [{ user: 'a', carddav: 'https://me:secret@dav.example.com' }, 'carddav'],
      [{ user: 'a', auth: 'guess' }, 'auth'],
      [{ user: 'a', password: 'secret' }, 'settings'],
    ] as const) {
      expect(() => parseSettings(settings), JSON.stringify(settings)).toThrow(`"${name}"`)
    }
  })
})

describe('sign-in', () => {
  it('reads several challenges in one header, with commas and quotes in values', () => {
    expect(
      parseChallenges([
        'Basic realm="a, \\"b\\"", charset="UTF-8", Digest realm=x,qop="auth,auth-int" , nonce="n=="',
        'Negotiate',
      ]),
    ).toEqual([
      { scheme: 'basic', parameters: { realm: 'a, "b"', charset: 'UTF-8' } },
      { scheme: 'digest', parameters: { realm: 'x', qop: 'auth,auth-int', nonce: 'n==' } },
      { scheme: 'negotiate', parameters: {} },
    ])
  })

  it('answers the older Digest without qop as the example of RFC 2069 (errata) does', () => {
    const challenges = parseChallenges([
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ])
    const header = authenticatorFor(challenges, 'Mufasa', 'CircleOfLife')?.header('GET', '/dir/index.html')
    expect(header).toContain('response="1949323746fe6a43ef61f9606e7febea"')
    expect(header).toContain('opaque="5ccc069c403ebaf9f0171e9517f40e41"')
  })

  it('prefers SHA-256 to MD5, Digest to Basic, and counts requests', () => {
    const authenticator = authenticatorFor(
      parseChallenges([
        'Basic realm="x"',
        'Digest realm="x", nonce="1", qop="auth", algorithm=MD5',
        'Digest realm="x", nonce="1", qop="auth", algorithm=SHA-256',
      ]),
      'Jäsøn "Doe"',
      'pw',
    )
    const headers = [1, 2].map(() => authenticator?.header('GET', '/'))
    expect(headers[0]).toContain('algorithm=SHA-256')
    expect(headers[0]).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%20%22Doe%22")
    expect(headers.map((header) => /nc=(\w+)/.exec(header ?? '')?.[1])).toEqual(['00000001', '00000002'])
    expect(headers.map((header) => /response="(\w{64})"/.test(header ?? ''))).toEqual([true, true])
  })

  it('knows what it does not know', () => {
    expect(
      authenticatorFor(
        parseChallenges(['Negotiate', 'Digest nonce="1", algorithm=TOKEN', 'Digest nonce="1", qop="auth-int"']),
        'a',
        'b',
      ),
    ).toBeNull()
    expect(isStale(parseChallenges(['Digest nonce="2", stale=TRUE']))).toBe(true)
    expect(isStale(parseChallenges(['Digest nonce="2", stale=false']))).toBe(false)
  })
})

describe('trust', () => {
  const trust = () => new Trust([new URL('https://caldav.icloud.com/'), new URL('http://127.0.0.1:5232/')], false)
  const extend = (to: string, from = 'https://caldav.icloud.com/') => trust().extend(new URL(to), new URL(from))

  it('goes to hosts of the same domain, encrypted', () => {
    expect(extend('https://p42-caldav.icloud.com/1/')).toBe(true)
    expect(extend('https://p42-caldav.icloud.com:443/1/')).toBe(true)
    expect(extend('https://icloud.com/')).toBe(true)
  })

  it.each([
    'http://p42-caldav.icloud.com/',
    'http://caldav.icloud.com/',
    'https://icloud.com.evil.example/',
    'https://evilicloud.com/',
    'https://p42-caldav.icloud.com:8443/',
    'https://apple.com/',
    'https://17.0.0.1/',
    'https://com/',
  ])('does not go to %s', (url) => expect(extend(url)).toBe(false))

  it('does not take neighbours for one owner', () => {
    const pairs = [
      ['https://a.co.uk/', 'https://b.co.uk/'],
      ['https://me.synology.me/', 'https://you.synology.me/'],
      ['https://10.0.0.1/', 'https://20.0.0.1/'],
      ['https://localhost/', 'https://localhost:8443/'],
    ] as const
    for (const [from, to] of pairs) {
      const started = new Trust([new URL(from)], false)
      expect(started.extend(new URL(to), new URL(from)), to).toBe(false)
    }
  })

  it('is not handed on by a stranger, and not between ports of this computer', () => {
    expect(extend('https://p1.example.com/', 'https://www.example.com/')).toBe(false)
    expect(extend('http://127.0.0.1:5233/', 'http://127.0.0.1:5232/')).toBe(false)
  })
})

describeUnless(radicaleMissing(), 'requests', () => {
  let server: Radicale
  let proxy: DavProxy

  beforeAll(async () => {
    server = await startRadicale()
    proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    await server.addCollection('/alice/book/', 'contacts', 'Book')
    for (let n = 0; n < 5; n++) await server.put(`/alice/book/c${n}.vcf`, card(`c${n}`))
  })
  afterAll(async () => {
    await proxy.stop()
    await server.stop()
  })
  afterEach(() => {
    for (const key of Object.keys(proxy.trouble) as (keyof DavTrouble)[]) delete proxy.trouble[key]
    proxy.forget()
  })

  const open = (password = server.password, settings: Record<string, string> = {}, secret = 'password') =>
    new TestSource('contacts', { user: server.user, carddav: `${proxy.url}/alice/`, ...settings }, { [secret]: password }, once)

  const everything = async (source: TestSource) => {
    const c = await source.collection('book')
    const { items } = await source.changes(c, null)
    const contents = await source.contents(c, items)
    await source.close()
    return [names(items).length, [...contents.values()].filter((content) => content instanceof Buffer).length]
  }

  it.each(['basic', 'digest-md5', 'digest-sha256'] as const)('sign in with %s', async (auth) => {
    proxy.trouble.auth = auth
    expect(await everything(open())).toEqual([5, 5])
    const scheme = auth === 'basic' ? 'Basic' : 'Digest'
    expect(new Set(proxy.requests.map((request) => request.scheme))).toEqual(new Set([undefined, scheme]))
    expect(proxy.requests.filter((request) => request.scheme === undefined)).toHaveLength(1)
  })

  it('sign in with a bearer token', async () => {
    proxy.trouble.auth = 'bearer'
    expect(await everything(open(bearerToken, { auth: 'bearer' }, 'access-token'))).toEqual([5, 5])
    expect(new Set(proxy.requests.map((request) => request.scheme))).toEqual(new Set(['Bearer']))
    for (const token of ['expired', 'no\ntoken', '']) {
      expect(await codeOf(everything(open(token, { auth: 'bearer' }, 'access-token')))).toBe('auth')
    }
  })

  it('go on with a fresh nonce when the old one is stale', async () => {
    proxy.trouble.auth = 'digest-sha256'
    proxy.trouble.nonceUses = 2
    expect(await everything(open())).toEqual([5, 5])
  })

  it('are refused with one try for a wrong password, and name it nowhere', async () => {
    for (const auth of ['basic', 'digest-md5', 'digest-sha256'] as const) {
      proxy.trouble.auth = auth
      proxy.forget()
      const source = open('not the password')
      const error = await source.collections().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'auth' })
      expect(String(error)).not.toContain('not the password')
      expect(proxy.requests.filter((request) => request.scheme !== undefined)).toHaveLength(1)
      await source.close()
    }
    expect(await codeOf(everything(open('x', {}, 'another')))).toBe('auth')
  })

  it('do not take for whole what is shown to anybody', async () => {
    // The server would show an empty home to those who do not say who they are.
    proxy.trouble.answer = () => null
    proxy.trouble.auth = 'none'
    expect(await everything(open())).toEqual([5, 5])
    expect(proxy.requests[0]?.scheme).toBeUndefined()
    expect(new Set(proxy.requests.slice(1).map((request) => request.scheme))).toEqual(new Set(['Basic']))
  })

  it('follow redirects on the same server, and to no other', async () => {
    const asked: (string | undefined)[] = []
    const other: Server = createServer((incoming, outgoing) => {
      asked.push(incoming.headers.authorization)
      outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="give it to me"' }).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    proxy.trouble.auth = 'basic'
    proxy.trouble.answer = ({ path }) =>
      path === '/old/'
        ? { status: 308, headers: { location: '../alice/' } }
        : path === '/loop/'
          ? { status: 302, headers: { location: '/loop/' } }
          : null
    expect(await everything(open(server.password, { carddav: `${proxy.url}/old/` }))).toEqual([5, 5])
    const looping = open(server.password, { carddav: `${proxy.url}/loop/` })
    expect(await codeOf(looping.collections())).toBe('network')
    await looping.close()
    for (const location of [
      `http://127.0.0.1:${port}/alice/`,
      `//localhost:${port}/`,
      'https://evil.example/',
      'file:///etc/passwd',
      'http://[',
    ]) {
      proxy.trouble.answer = () => ({ status: 301, headers: { location } })
      const source = open()
      expect(await codeOf(source.collections()), location).toBe('suspicious')
      await source.close()
    }
    expect(asked).toEqual([])
    await new Promise((resolve) => other.close(resolve))
  })

  it('tell outages from refusals', async () => {
    const cases = [
      [{ status: 429 }, 'rate-limit'],
      [{ status: 503, headers: { 'retry-after': '3' } }, 'rate-limit'],
      [{ status: 503 }, 'network'],
      [{ status: 502 }, 'network'],
      [{ status: 504 }, 'network'],
      [{ status: 403 }, 'permission'],
      [{ status: 404 }, 'not-found'],
      [{ status: 500 }, 'not-found'],
      [{ status: 200, body: '<html>Hello</html>' }, 'not-found'],
      [{ status: 207, body: '<html>Hello</html>' }, 'network'],
      [{ status: 207, body: '<!DOCTYPE x [<!ENTITY a "b">]><D:multistatus xmlns:D="DAV:"/>' }, 'network'],
    ] as const
    for (const [answer, code] of cases) {
      proxy.trouble.answer = () => answer
      const source = open()
      expect([answer, await codeOf(source.collections())]).toEqual([answer, code])
      await source.close()
    }
  })
})

describe('a server that behaves badly', () => {
  const serve = async (listener: Parameters<typeof createServer>[1], timeout = 2) => {
    const server = createServer(listener ?? (() => undefined))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = new URL(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`)
    const client = new DavClient(parseSettings({ user: 'a', webdav: url.href, timeout }), testContext({ password: 'b' }), once)
    const end = () => {
      client.close()
      server.closeAllConnections()
      server.close()
    }
    return { url, client, end }
  }

  it('is given up when it says nothing, at once or in the middle', async () => {
    const { url, client, end } = await serve((incoming, outgoing) => {
      if (incoming.url === '/') return
      outgoing.writeHead(200, { 'content-length': 100 })
      outgoing.write('x')
    })
    expect(await codeOf(client.send({ method: 'GET', url }, signal))).toBe('network')
    const answer = await client.send({ method: 'GET', url: new URL('/x', url) }, signal)
    expect(await codeOf(answer.bytes(1_000))).toBe('network')
    end()
  })

  it('may wait for a slow reader', async () => {
    const { url, client, end } = await serve((_, outgoing) => void outgoing.end(Buffer.alloc(1_000_000)))
    const answer = await client.send({ method: 'GET', url }, signal)
    let size = 0
    for await (const part of answer.body) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 4_000))
      size += part.length
    }
    expect(size).toBe(1_000_000)
    end()
  })

  it('cannot fill memory, compressed or not', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const { url, client, end } = await serve((incoming, outgoing) => {
      if (incoming.url === '/zip') return void outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      outgoing.end(Buffer.alloc(2_000_000))
    }, 60)
    for (const path of ['/zip', '/']) {
      const answer = await client.send({ method: 'GET', url: new URL(path, url) }, signal)
      expect(await codeOf(answer.bytes(1_000_000))).toBe('suspicious')
    }
    end()
  })

  it('leaves no error behind when it is stopped', async () => {
    const { url, client, end } = await serve((_, outgoing) => void outgoing.write('x'), 60)
    const stop = new AbortController()
    const answer = await client.send({ method: 'GET', url }, stop.signal)
    const reading = answer.bytes(10)
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(client.send({ method: 'GET', url }, stop.signal)).rejects.toBe(reason)
    end()
  })
})

describeUnless(radicaleMissing(), 'certificates', () => {
  let server: Radicale
  let certificates: Certificates
  const lookup: LookupFunction = (_, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

  beforeAll(async () => {
    server = await startRadicale()
    await server.addCollection('/alice/book/', 'contacts', 'Book')
    certificates = createCertificates()
  })
  afterAll(async () => {
    await server.stop()
    certificates.remove()
  })

  const attempt = async (request: Parameters<Certificates['issue']>[0], ca?: string) => {
    const proxy = await startDavProxy({
      target: server.url,
      user: server.user,
      password: server.password,
      tls: certificates.issue(request),
    })
    const settings = {
      user: server.user,
      carddav: `https://dav.example.test:${proxy.port}/`,
      ...(ca === undefined ? {} : { ca }),
    }
    const source = new TestSource('contacts', settings, { password: server.password }, { ...once, lookup })
    const code = await codeOf(source.collections())
    await source.close()
    const sent = proxy.requests.length
    await proxy.stop()
    return [code, sent > 0]
  }

  it('of a private authority are accepted once it is named, and nothing else', async () => {
    const names = ['dav.example.test']
    expect(await attempt({ names }, certificates.caFile)).toEqual(['none', true])
    expect(await attempt({ names })).toEqual(['suspicious', false])
    expect(await attempt({ names: ['other.example.test'] }, certificates.caFile)).toEqual(['suspicious', false])
    expect(await attempt({ names, days: -1 }, certificates.caFile)).toEqual(['suspicious', false])
    expect(await attempt({ names, selfSigned: true }, certificates.caFile)).toEqual(['suspicious', false])
  })

  it('cannot be read from a file that is not there', () => {
    expect(() => new DavClient(parseSettings({ user: 'a', ca: '/no/such/file' }), testContext({}))).toThrow(/no\/such\/file/)
  })
})
