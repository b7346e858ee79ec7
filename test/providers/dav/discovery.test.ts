import { mkdtempSync, rmSync } from 'node:fs'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestFinding } from '../../../src/core/provider.ts'
import { type DiscoveryNetwork, discover, realNetwork } from '../../../src/providers/dav/discovery.ts'
import { foundServer } from '../../../src/providers/dav/find-server.ts'
import { dav } from '../../../src/providers/dav/provider.ts'
import type { SrvRecord } from '../../../src/providers/shared/discovery.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { until } from '../../fixtures/patience.ts'
import { type Certificates, createCertificates } from '../../servers/certificates.ts'
import { type DavProxy, type DavTrouble, startDavProxy } from '../../servers/dav-proxy.ts'
import { startDns } from '../../servers/dns.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { card, codeOf, names, signal, TestSource, testContext } from './account.ts'

/** A network in which nothing is, but what a test puts there. */
function network(
  parts: Partial<{
    srv: Record<string, SrvRecord[]>
    txt: Record<string, string[][]>
    mx: Record<string, string[]>
    probe: DiscoveryNetwork['probe']
  }>,
): DiscoveryNetwork {
  const from = <T>(records: Record<string, T> | undefined, name: string): T => {
    const found = records?.[name]
    if (found === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
    return found
  }
  return {
    resolveSrv: async (name) => from(parts.srv, name),
    resolveTxt: async (name) => from(parts.txt, name),
    resolveMx: async (name) => from(parts.mx, name).map((exchange, priority) => ({ exchange, priority })),
    probe: parts.probe ?? (async () => ({ status: 404, location: null })),
  }
}

const srv = (name: string, priority = 0, port = 443, weight = 0): SrvRecord => ({ name, port, priority, weight })

describe('discovery from an address', () => {
  it('takes what the table of providers says, without asking the network', async () => {
    const found = await discover('anna@posteo.de', network({ probe: () => Promise.reject(new Error('asked')) }))
    expect(found).toMatchObject({
      via: 'preset',
      urls: { carddav: 'https://posteo.de:8843/', caldav: 'https://posteo.de:8443/' },
    })
  })

  it('knows the provider of a domain by where its mail goes', async () => {
    const found = await discover('anna@example.org', network({ mx: { 'example.org': ['in1-smtp.messagingengine.com'] } }))
    expect(found).toMatchObject({ via: 'mx', user: 'anna@example.org', preset: { id: 'fastmail' }, ask: false })
  })

  it('follows SRV and TXT records, the lowest priority and then the highest weight first', async () => {
    const found = await discover(
      'anna@example.org',
      network({
        srv: {
          '_carddavs._tcp.example.org': [
            srv('b.example.org', 10),
            srv('a.example.org', 1, 8443, 1),
            srv('c.example.org', 1, 443, 0),
          ],
          '_caldavs._tcp.example.org': [srv('cal.example.org')],
        },
        txt: { '_carddavs._tcp.example.org': [['something=else'], ['path=', '/dav/cards/']] },
      }),
    )
    expect(found).toMatchObject({
      via: 'srv',
      urls: { carddav: 'https://a.example.org:8443/dav/cards/', caldav: 'https://cal.example.org/.well-known/caldav' },
      ask: false,
    })
  })

  it('reads the records that a name server sends', async () => {
    const dns = await startDns({
      srv: { '_carddavs._tcp.example.test': [srv('b.example.test', 10), srv('a.example.test', 1, 8443, 7)] },
      txt: { '_carddavs._tcp.example.test': [['something=else'], ['path=', '/dav/']] },
      mx: { 'example.test': [{ priority: 5, exchange: 'in1-smtp.messagingengine.com' }] },
    })
    try {
      const real = realNetwork({ nameServers: [dns.address] })
      const records = {
        srv: await until(() => real.resolveSrv('_carddavs._tcp.example.test').catch(() => null), 'SRV records'),
        txt: await until(() => real.resolveTxt('_carddavs._tcp.example.test').catch(() => null), 'TXT records'),
        mx: await until(() => real.resolveMx('example.test').catch(() => null), 'MX records'),
      }
      await expect(real.resolveSrv('_caldavs._tcp.example.test')).rejects.toThrow()
      const found = (over: Partial<DiscoveryNetwork>) =>
        discover('anna@example.test', {
          ...network({}),
          resolveSrv: async (name) => (name.startsWith('_carddavs.') ? records.srv : []),
          resolveTxt: async (name) => (name.startsWith('_carddavs.') ? records.txt : []),
          ...over,
        })
      expect(await found({})).toMatchObject({ via: 'srv', urls: { carddav: 'https://a.example.test:8443/dav/' }, ask: false })
      expect(await found({ resolveMx: async () => records.mx })).toMatchObject({ via: 'mx', preset: { id: 'fastmail' } })
    } finally {
      await dns.stop()
    }
  })

  it('asks before a password goes where only DNS points', async () => {
    const found = await discover(
      'anna@example.org',
      network({ srv: { '_caldavs._tcp.example.org': [srv('dav.elsewhere.net')] } }),
    )
    expect(found).toMatchObject({ ask: true })
    expect(found && foundServer(found)).toMatchObject({
      unconfirmed: true,
      settings: { caldav: 'https://dav.elsewhere.net/.well-known/caldav' },
    })
  })

  it('takes no server from a record that says there is none, or from a path that leads away', async () => {
    expect(await discover('anna@example.org', network({ srv: { '_caldavs._tcp.example.org': [srv('.')] } }))).toBeNull()
    const away = { '_caldavs._tcp.example.org': [['path=//evil.example/']] }
    expect(
      await discover('anna@example.org', network({ srv: { '_caldavs._tcp.example.org': [srv('dav.example.org')] }, txt: away })),
    ).toBeNull()
  })

  it('takes no web site for a DAV server', async () => {
    const sites: DiscoveryNetwork['probe'][] = [
      async () => ({ status: 404, location: null }),
      async () => ({ status: 200, location: null }),
      async (url) => ({ status: 301, location: `${url.href}x` }),
      async () => ({ status: 301, location: 'http://dav.example.org/' }),
      async () => ({ status: 302, location: 'http://[' }),
      async () => Promise.reject(new Error('down')),
    ]
    for (const probe of sites) expect(await discover('anna@example.org', network({ probe }))).toBeNull()
  })

  it('finds nothing for what is no address, and ends when told to', async () => {
    for (const text of ['', 'anna', '@', 'anna@', 'anna@x y', 'anna@[127.0.0.1]'])
      expect(await discover(text, network({}))).toBeNull()
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(discover('anna@example.org', network({}), stop.signal)).rejects.toThrow('enough')
  })
})

describeUnless(radicaleMissing(), 'the way from an address to the collections', () => {
  let server: Radicale
  let certificates: Certificates
  let proxy: DavProxy
  const folder = mkdtempSync(join(tmpdir(), 'lb-dav-'))
  const hosts = ['example.test', 'dav.example.test', 'p07-contacts.example.test', 'elsewhere.test']
  /** Every name is this computer. */
  const lookup: LookupFunction = (name, options, callback) =>
    hosts.includes(name) && options.all
      ? callback(null, [{ address: '127.0.0.1', family: 4 }])
      : hosts.includes(name)
        ? callback(null, '127.0.0.1', 4)
        : callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '', 4)

  beforeAll(async () => {
    server = await startRadicale()
    certificates = createCertificates()
    const tls = certificates.issue({ names: hosts })
    proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password, tls })
    await server.addCollection(
      '/alice/friends/',
      'contacts',
      'Fr&#xFC;nde &amp; Co',
      '<CR:addressbook-description>All of them</CR:addressbook-description><I:addressbook-color>#aabbccff</I:addressbook-color>',
    )
    await server.addCollection('/alice/2024/', 'contacts', '2024')
    await server.addCollection(
      '/alice/work/',
      'calendar',
      'Work',
      '<A:calendar-color>#112233ff</A:calendar-color><A:calendar-order>7</A:calendar-order><C:calendar-description>Shifts</C:calendar-description><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>',
    )
    await server.addCollection('/alice/nameless/', 'calendar')
    await server.put('/alice/friends/a.vcf', card('a'))
  })
  afterAll(async () => {
    await proxy.stop()
    await server.stop()
    certificates.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    for (const key of Object.keys(proxy.trouble) as (keyof DavTrouble)[]) delete proxy.trouble[key]
    proxy.trouble.auth = 'basic'
    proxy.forget()
  })

  const at = (host: string, path = '/') => `https://${host}:${proxy.port}${path}`
  const open = (service: 'contacts' | 'calendar', url: string) =>
    new TestSource(
      service,
      { user: server.user, [service === 'contacts' ? 'carddav' : 'caldav']: url, ca: certificates.caFile },
      { password: server.password },
      { lookup },
    )

  it('goes by DNS and the well-known address', async () => {
    const real = realNetwork({ ca: certificates.caFile, lookup })
    const records = network({
      srv: { '_carddavs._tcp.example.test': [srv('dav.example.test', 0, proxy.port)] },
      probe: real.probe,
    })
    const found = await discover('alice@example.test', records)
    if (found?.kind !== 'servers') throw new Error('nothing was found')
    const source = open('contacts', found.urls.carddav ?? '')
    expect((await source.collections()).map(({ path }) => path)).toEqual(expect.arrayContaining([['Fründe & Co'], ['2024']]))
    await source.close()
  })

  it('finds a server behind the redirect of the domain, anonymously', async () => {
    proxy.trouble.answer = ({ host, path }) =>
      host === `example.test:${proxy.port}` && path.startsWith('/.well-known/')
        ? { status: 301, headers: { location: at('dav.example.test', '/alice/') } }
        : null
    const real = realNetwork({ ca: certificates.caFile, lookup })
    const probe: DiscoveryNetwork['probe'] = (url, limit) => {
      const here = new URL(url)
      here.port = String(proxy.port)
      return real.probe(here, limit)
    }
    const found = await discover('alice@example.test', network({ probe }))
    expect(found).toMatchObject({
      via: 'well-known',
      urls: { carddav: at('dav.example.test', '/alice/'), caldav: at('dav.example.test', '/alice/') },
    })
    expect(proxy.requests.filter(({ scheme }) => scheme !== undefined)).toEqual([])
  })

  it('keeps names, colours, descriptions, order and kinds of components', async () => {
    // Radicale makes up a name where there is none.
    proxy.trouble.rewrite = (body) => body.replace('<displayname>alice/nameless</displayname>', '')
    const contacts = open('contacts', at('dav.example.test'))
    const books = await contacts.collections()
    expect(books.find(({ key }) => key === '/alice/friends/')).toMatchObject({
      service: 'contacts',
      path: ['Fründe & Co'],
      meta: { description: 'All of them', colour: '#aabbccff' },
    })
    expect(books.find(({ key }) => key === '/alice/2024/')?.path).toEqual(['2024'])
    const calendar = open('calendar', at('dav.example.test'))
    const calendars = await calendar.collections()
    expect(calendars.find(({ key }) => key === '/alice/work/')).toMatchObject({
      service: 'calendar',
      path: ['Work'],
      meta: { description: 'Shifts', colour: '#112233ff', order: 7, components: ['VTODO'] },
    })
    expect(calendars.find(({ key }) => key === '/alice/nameless/')?.path).toEqual(['nameless'])
    expect([books.length, calendars.length]).toEqual([2, 2])
    await contacts.close()
    await calendar.close()
  })

  it.each(['/', '/alice/', '/.well-known/carddav', '/some/where/else'])('works from %s', async (path) => {
    const source = open('contacts', at('dav.example.test', path))
    expect(await source.collections()).toHaveLength(2)
    await source.close()
  })

  it('takes an address of one collection for that collection alone', async () => {
    const source = open('contacts', at('dav.example.test', '/alice/friends/'))
    expect((await source.collections()).map(({ key }) => key)).toEqual(['/alice/friends/'])
    await source.close()
  })

  it('goes to a host of the same domain that the server names, and keeps hrefs without host as keys', async () => {
    proxy.trouble.rewrite = (body, { host }) =>
      host.startsWith('dav.')
        ? body.replace(
            /(<(?:\w+:)?addressbook-home-set>.*?<(?:\w+:)?href>)(\/alice\/)/s,
            `$1${at('p07-contacts.example.test')}alice/`,
          )
        : body.replaceAll('<href>/alice/', `<href>${at('p07-contacts.example.test')}alice/`)
    const source = open('contacts', at('dav.example.test'))
    const c = await source.collection('friends')
    const { items } = await source.changes(c, null)
    expect([c.key, names(items), items[0]?.key]).toEqual(['/alice/friends/', ['a.vcf'], '/alice/friends/a.vcf'])
    const contents = await source.contents(c, items)
    expect(contents.get('/alice/friends/a.vcf')).toEqual(await server.get('/alice/friends/a.vcf'))
    // What came with the listing is asked for by itself now.
    expect(await source.contents(c, items)).toEqual(contents)
    expect(proxy.requests.filter(({ method }) => method !== 'PROPFIND').map(({ host }) => host)).toEqual(
      [0, 1].map(() => `p07-contacts.example.test:${proxy.port}`),
    )
    await source.close()
  })

  it('takes the password to no other domain, whether by an answer or by a redirect', async () => {
    proxy.trouble.rewrite = (body) => body.replace(/(home-set>.*?<(?:\w+:)?href>)\/alice\//s, `$1${at('elsewhere.test')}alice/`)
    const named = open('contacts', at('dav.example.test'))
    expect(await codeOf(named.collections())).toBe('suspicious')
    await named.close()
    delete proxy.trouble.rewrite
    proxy.trouble.answer = ({ host, path }) =>
      host.startsWith('dav.') && path === '/alice/'
        ? { status: 302, headers: { location: at('elsewhere.test', '/alice/') } }
        : null
    const redirected = open('contacts', at('dav.example.test', '/alice/'))
    expect(await codeOf(redirected.collections())).toBe('suspicious')
    await redirected.close()
    expect(proxy.requests.filter(({ host }) => host.startsWith('elsewhere'))).toEqual([])
  })

  it('tells shared and subscribed calendars from those of one’s own', async () => {
    const extra = (href: string, types: string, more = '') =>
      `<D:response xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"><D:href>${href}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>${types}</D:resourcetype>${more}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
    proxy.trouble.rewrite = (body, { path, method, body: asked }) =>
      method === 'PROPFIND' && path === '/alice/' && asked.includes('calendar-order')
        ? body.replace(
            /<\/(\w+:)?multistatus>/,
            (end) =>
              extra(
                '/alice/holidays/',
                '<CS:subscribed/>',
                '<CS:source><D:href>https://me:secret@holidays.example/all.ics</D:href></CS:source>',
              ) +
              extra(
                '/bob/team/',
                '<C:calendar/>',
                '<D:displayname>Team</D:displayname><D:owner><D:href>/bob/</D:href></D:owner>',
              ) +
              extra('/alice/inbox/', '<C:schedule-inbox/>') +
              end,
          )
        : body
    const source = open('calendar', at('dav.example.test', '/alice/'))
    const calendars = await source.collections()
    expect(calendars.find(({ key }) => key === '/alice/holidays/')).toMatchObject({
      path: ['holidays'],
      skipped: expect.stringContaining('subscribed'),
      meta: { subscribed: true, source: 'https://holidays.example/all.ics' },
    })
    expect(calendars.find(({ key }) => key === '/bob/team/')).toMatchObject({
      path: ['Team'],
      meta: { shared: true, owner: '/bob/' },
    })
    expect(calendars.find(({ key }) => key === '/alice/work/')?.meta).not.toHaveProperty('shared')
    expect(calendars.map(({ key }) => key)).not.toContain('/alice/inbox/')
    await source.close()
  })

  it('says in sentences what works and what does not', async () => {
    const test = async (settings: Record<string, string>, password: string) => {
      const account = {
        id: 'x',
        provider: 'dav',
        services: ['contacts', 'calendar'] as const,
        settings: { user: server.user, ...settings },
      }
      const findings: TestFinding[] = []
      for await (const finding of dav.test(account, testContext({ password }), signal)) findings.push(finding)
      return findings
    }
    const good = await test({ carddav: server.url, caldav: server.url }, server.password)
    expect(good.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(good[1]?.text).toContain('2 address books: "')
    const refused = await test({ carddav: server.url, caldav: server.url }, 'wrong')
    expect(refused.map(({ ok, code }) => [ok, code])).toEqual([
      [true, undefined],
      [false, 'auth'],
      [false, 'auth'],
      [false, 'auth'],
    ])
    expect(refused[1]?.text).toMatch(/^Contacts: /)
    expect(refused[2]?.text).toMatch(/^Calendars: not tried/)
    expect(refused.map(({ text }) => text).join()).not.toContain('wrong')
    const closed = await test({ carddav: 'http://127.0.0.1:9/' }, 'x')
    expect(closed.at(-1)).toMatchObject({ ok: false, code: 'network' })
    expect(await test({}, 'x')).toMatchObject([{ ok: false, code: 'usage' }])
  })
})
