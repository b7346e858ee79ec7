/**
 * The presets against a real server that stands where each provider's own stand: its hosts, redirects, principals and home sets,
 * and its answer to the wrong kind of password. Written from documentation; the providers themselves were not asked.
 */
import type { LookupFunction } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { presets } from '../../../src/providers/dav/preset-table.ts'
import { presetFor, presetForUrl, urlsOf } from '../../../src/providers/dav/presets.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type Certificates, createCertificates } from '../../servers/certificates.ts'
import { type ProviderShape, startProviderFront } from '../../servers/provider-front.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { card, codeOf, TestSource } from './account.ts'

const basic = 'Basic realm="DAV", charset="UTF-8"'
const refused = { status: 401, body: 'Authentication required' }
const appPassword = 'abcd-efgh-ijkl-mnop'

const shapes: Readonly<Record<string, ProviderShape & { readonly server?: string }>> = {
  // The principal of the number of the account; homes at the person's own hosts; one header that offers two schemes.
  icloud: {
    ...{ user: 'anna@icloud.com', password: appPassword, refusal: { status: 401, body: '' } },
    challenge: 'X-MobileMe-AuthToken realm="MMCalDav", Basic realm="MMCalDav"',
    tellsPrincipal: {
      'contacts.icloud.com/1234567/principal/': ['contacts.icloud.com/.well-known/carddav', 'contacts.icloud.com/'],
      'caldav.icloud.com/1234567/principal/': ['caldav.icloud.com/.well-known/caldav', 'caldav.icloud.com/'],
    },
    homes: {
      contacts: { place: 'p42-contacts.icloud.com/1234567/carddavhome/', withHost: true },
      calendar: { place: 'p42-caldav.icloud.com/1234567/calendars/', withHost: true },
    },
  },
  // Cyrus: everything below /dav, the address in the path.
  fastmail: {
    ...{ user: 'anna@fastmail.com', password: appPassword, challenge: 'Basic realm="Fastmail"', refusal: refused },
    redirects: {
      'carddav.fastmail.com/.well-known/carddav': 'carddav.fastmail.com/dav/addressbooks',
      'caldav.fastmail.com/.well-known/caldav': 'caldav.fastmail.com/dav/calendars',
    },
    tellsPrincipal: {
      'carddav.fastmail.com/dav/principals/user/{user}/': ['carddav.fastmail.com/dav/addressbooks'],
      'caldav.fastmail.com/dav/principals/user/{user}/': ['caldav.fastmail.com/dav/calendars'],
    },
    homes: {
      contacts: { place: 'carddav.fastmail.com/dav/addressbooks/user/{user}/' },
      calendar: { place: 'caldav.fastmail.com/dav/calendars/user/{user}/' },
    },
  },
  // One address for everything, in a folder of the person's own server.
  nextcloud: {
    ...{
      user: 'anna',
      password: appPassword,
      server: 'example.org/cloud',
      challenge: 'Basic realm="Nextcloud", charset="UTF-8"',
    },
    refusal: {
      status: 401,
      body: '<d:error xmlns:d="DAV:"><s:message>Cannot authenticate over ajax calls</s:message></d:error>',
    },
    tellsPrincipal: { 'example.org/cloud/remote.php/dav/principals/users/anna/': ['example.org/cloud/remote.php/dav/'] },
    homes: {
      contacts: { place: 'example.org/cloud/remote.php/dav/addressbooks/users/anna/' },
      calendar: { place: 'example.org/cloud/remote.php/dav/calendars/anna/' },
    },
  },
  // Open-Xchange: principals by number.
  'mailbox.org': {
    ...{
      user: 'anna@mailbox.org',
      password: appPassword,
      challenge: 'Basic realm="OX WebDAV", charset="UTF-8"',
      refusal: refused,
    },
    redirects: {
      'dav.mailbox.org/.well-known/carddav': 'dav.mailbox.org/carddav/',
      'dav.mailbox.org/.well-known/caldav': 'dav.mailbox.org/caldav/',
    },
    tellsPrincipal: {
      'dav.mailbox.org/principals/users/3': ['dav.mailbox.org/carddav/', 'dav.mailbox.org/caldav/'],
    },
    homes: { contacts: { place: 'dav.mailbox.org/carddav/31/' }, calendar: { place: 'dav.mailbox.org/caldav/42/' } },
  },
  // Two ports of one host, no well-known address.
  posteo: {
    ...{ user: 'anna@posteo.de', password: 'the usual one', challenge: basic, refusal: refused },
    tellsPrincipal: { 'posteo.de/principals/users/{user}/': ['posteo.de/'] },
    homes: { contacts: { place: 'posteo.de/addressbooks/{user}/' }, calendar: { place: 'posteo.de/calendars/{user}/' } },
  },
  yahoo: {
    ...{ user: 'anna@yahoo.com', password: appPassword, challenge: 'Basic realm="Yahoo Calendar"' },
    refusal: { status: 403, body: 'Invalid user name or password' },
    redirects: {
      'carddav.address.yahoo.com/.well-known/carddav': 'carddav.address.yahoo.com/principals/users/{user}',
      'caldav.calendar.yahoo.com/.well-known/caldav': 'caldav.calendar.yahoo.com/principals/users/{user}',
    },
    tellsPrincipal: {
      'carddav.address.yahoo.com/principals/users/{user}': [],
      'caldav.calendar.yahoo.com/principals/users/{user}': [],
    },
    homes: {
      contacts: { place: 'carddav.address.yahoo.com/dav/{user}/' },
      calendar: { place: 'caldav.calendar.yahoo.com/dav/{user}/Calendar/' },
    },
  },
  zoho: {
    ...{ user: 'anna@zoho.com', password: appPassword, challenge: basic, refusal: refused },
    tellsPrincipal: {
      'contacts.zoho.com/carddav/778899/': ['contacts.zoho.com/carddav'],
      'calendar.zoho.com/caldav/778899/': ['calendar.zoho.com/caldav/'],
    },
    homes: {
      contacts: { place: 'contacts.zoho.com/carddav/778899/books/' },
      calendar: { place: 'calendar.zoho.com/caldav/778899/calendars/' },
    },
  },
  // hilfe.gmx.net names the whole address for contacts; nothing says that the host alone leads there.
  gmx: {
    ...{ user: 'anna@gmx.net', password: appPassword, challenge: 'Basic realm="GMX"', refusal: refused },
    tellsPrincipal: {
      'carddav.gmx.net/CardDavProxy/carddav/principals/77/': ['carddav.gmx.net/CardDavProxy/carddav/current-user-principal-uri/'],
      'caldav.gmx.net/begenda/dav/77/': ['caldav.gmx.net/'],
    },
    homes: {
      contacts: { place: 'carddav.gmx.net/CardDavProxy/carddav/77/' },
      calendar: { place: 'caldav.gmx.net/begenda/dav/77/calendar-home/' },
    },
  },
  'web.de': {
    ...{ user: 'anna@web.de', password: appPassword, challenge: 'Basic realm="WEB.DE"', refusal: refused },
    tellsPrincipal: {
      'carddav.web.de/CardDavProxy/carddav/principals/78/': ['carddav.web.de/CardDavProxy/carddav/current-user-principal-uri/'],
      'caldav.web.de/begenda/dav/78/': ['caldav.web.de/'],
    },
    homes: {
      contacts: { place: 'carddav.web.de/CardDavProxy/carddav/78/' },
      calendar: { place: 'caldav.web.de/begenda/dav/78/calendar-home/' },
    },
  },
  synology: {
    ...{ user: 'anna', password: 'the usual one', server: 'nas.example.org', challenge: basic, refusal: refused },
    tellsPrincipal: {
      'nas.example.org/carddav/principals/anna/': ['nas.example.org/carddav/anna/'],
      'nas.example.org/caldav/principals/anna/': ['nas.example.org/caldav/anna/'],
    },
    homes: {
      contacts: { place: 'nas.example.org/carddav/anna/home/' },
      calendar: { place: 'nas.example.org/caldav/anna/home/' },
    },
  },
}

const event = (uid: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T120000Z\r\nSUMMARY:${uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

describeUnless(radicaleMissing(), 'a real server in the place of', () => {
  let server: Radicale
  let certificates: Certificates

  beforeAll(async () => {
    server = await startRadicale()
    certificates = createCertificates()
    await server.addCollection('/alice/friends/', 'contacts', 'Friends')
    await server.addCollection('/alice/work/', 'calendar', 'Work')
    for (const uid of ['a', 'b', 'c']) {
      expect(await server.put(`/alice/friends/${uid}.vcf`, card(uid))).toBeLessThan(300)
      expect(await server.put(`/alice/work/${uid}.ics`, event(uid))).toBeLessThan(300)
    }
  })
  afterAll(async () => {
    await server?.stop()
    certificates?.remove()
  })

  it.each(Object.entries(shapes))('%s: everything is found and read, and the password goes nowhere else', async (id, shape) => {
    const front = await startProviderFront(shape, server, (hosts) => certificates.issue({ names: hosts }))
    const lookup: LookupFunction = (name, options, callback) =>
      !front.hosts.includes(name)
        ? callback(Object.assign(new Error(`${name} is not there`), { code: 'ENOTFOUND' }), '', 4)
        : options.all
          ? callback(null, [{ address: '127.0.0.1', family: 4 }])
          : callback(null, '127.0.0.1', 4)
    const preset = presets.find((one) => one.id === id) ?? null
    if (preset === null) throw new Error(`There is no preset ${id}`)
    if (shape.user.includes('@')) expect(presetFor(shape.user)?.id).toBe(id)
    const urls = urlsOf(preset, shape.user, shape.server)
    const open = (service: 'contacts' | 'calendar', password: string) => {
      const url = new URL((service === 'contacts' ? urls.carddav : urls.caldav) ?? '')
      // The ports of the presets are what presets.test.ts looks at.
      url.port = String(front.port)
      const settings = { user: shape.user, [service === 'contacts' ? 'carddav' : 'caldav']: url.href, ca: certificates.caFile }
      return new TestSource(service, settings, { password }, { lookup })
    }
    try {
      for (const [service, name, path] of [
        ['contacts', 'Friends', '/alice/friends/'],
        ['calendar', 'Work', '/alice/work/'],
      ] as const) {
        const source = open(service, shape.password)
        const [collection, ...others] = await source.collections()
        if (collection === undefined) throw new Error(`${id} shows no ${service}`)
        expect([collection.path, others]).toEqual([[name], []])
        const { items, isAllListed } = await source.changes(collection, null)
        expect([items.length, isAllListed]).toEqual([3, true])
        for (const [key, octets] of await source.contents(collection, items))
          expect(octets).toEqual(await server.get(path + (key.split('/').at(-1) ?? '')))
        await source.close()

        const wrong = open(service, 'the password of the account itself')
        expect(await codeOf(wrong.collections())).toMatch(/^(auth|permission)$/)
        await wrong.close()
      }
      expect(front.requests.filter((one) => /(PUT|POST|DELETE|MK\w+|PROPPATCH|MOVE) /.test(one))).toEqual([])
      if (preset.carddav?.includes('{') === false) expect(presetForUrl(new URL(preset.carddav))?.id).toBe(id)
    } finally {
      await front.stop()
    }
  })
})
