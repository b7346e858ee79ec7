import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type DavProxy, type DavTrouble, startDavProxy } from '../../servers/dav-proxy.ts'
import type { DavServer } from '../../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../../servers/xandikos.ts'
import { calendarObject, card, codeOf, names, TestSource } from './account.ts'

const servers = [
  { name: 'Radicale', start: startRadicale, missing: radicaleMissing() },
  { name: 'xandikos', start: startXandikos, missing: xandikosMissing() },
]

/** The ways in which a server may behave that make no difference to the outcome. */
const manners: readonly { readonly name: string; readonly trouble: () => DavTrouble }[] = [
  { name: 'as it is', trouble: () => ({}) },
  { name: 'without sync-collection', trouble: () => ({ hideSync: true }) },
  { name: 'with truncated answers', trouble: () => ({ truncate: 3 }) },
  {
    name: 'without entity tags',
    trouble: () => ({
      rewrite: (body) =>
        body.replace(/<(\w+:)?getetag>.*?<\/\1getetag>/g, '').replace(/<(\w+:)?getlastmodified>.*?<\/\1getlastmodified>/g, ''),
    }),
  },
]

for (const { name, start, missing } of servers) {
  describeUnless(missing, `changes in collections of ${name}`, () => {
    let server: DavServer
    let proxy: DavProxy
    let count = 0
    let book: string
    let path: string

    beforeAll(async () => {
      server = await start()
      proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    })
    afterAll(async () => {
      await proxy.stop()
      await server.stop()
    })
    beforeEach(async () => {
      for (const key of Object.keys(proxy.trouble) as (keyof DavTrouble)[]) delete proxy.trouble[key]
      book = `book${++count}`
      path = `${server.homes.contacts}${book}/`
      await server.addCollection(path, 'contacts', `Book ${count}`)
      proxy.forget()
    })

    const open = () => new TestSource('contacts', { user: server.user, carddav: `${proxy.url}/` }, { password: server.password })

    const fill = async (n: number) => {
      for (let i = 0; i < n; i++) await server.put(`${path}c${i}.vcf`, card(`c${i}`))
    }

    for (const manner of manners) {
      describe(manner.name, () => {
        beforeEach(() => void Object.assign(proxy.trouble, manner.trouble()))

        it('lists everything first, then nothing, then exactly what was added, changed and removed', async () => {
          await fill(8)
          const source = open()
          const c = await source.collection(book)
          const first = await source.changes(c, null)
          expect(names(first.items)).toEqual(Array.from({ length: 8 }, (_, i) => `c${i}.vcf`))
          expect(first.isAllListed).toBe(true)
          const versions = new Map(first.items.map(({ key, version }) => [key, version]))

          const isNew = (gathered: Awaited<ReturnType<TestSource['changes']>>) =>
            gathered.items.filter(({ key, version }) => versions.get(key) !== version)
          const second = await source.changes(c, first.cursor)
          expect(isNew(second)).toEqual([])
          expect(second.removed).toEqual([])

          await server.put(`${path}c1.vcf`, card('c1', 'Another note'))
          await server.put(`${path}new.vcf`, card('new'))
          await server.remove(`${path}c5.vcf`)
          const third = await source.changes(c, second.cursor)
          expect(names(isNew(third))).toEqual(['c1.vcf', 'new.vcf'])
          const gone = third.isAllListed
            ? [...versions.keys()].filter((key) => !third.items.some((item) => item.key === key))
            : third.removed
          expect(gone).toEqual([`${path}c5.vcf`])
          await source.close()
        })
      })
    }

    it('names members whose href has no .vcf, and such with odd names', async () => {
      const odd = ['no-extension', 'ein Ümlaut & mehr.vcf', 'a@b+c.vcf', "it's (1).vcf", '100%.vcf', 'q?.vcf', '#.vcf']
      for (const one of odd) expect(await server.put(path + encodeURIComponent(one), card(`uid-${one}`))).toBe(201)
      const source = open()
      const c = await source.collection(book)
      const { items } = await source.changes(c, null)
      expect(names(items)).toEqual([...odd].sort())
      const contents = await source.contents(c, items)
      for (const one of odd) {
        const item = items.find(({ title }) => title === one)
        expect(contents.get(item?.key ?? '')).toEqual(await server.get(path + encodeURIComponent(one)))
      }
      await source.close()
    })

    it('says that its cursor is of no use when the server has forgotten the token', async () => {
      await fill(2)
      const source = open()
      const c = await source.collection(book)
      const { cursor } = await source.changes(c, null)
      for (const status of [403, 409, 412]) {
        proxy.trouble.expireTokens = status
        expect(await codeOf(source.changes(c, cursor))).toBe('cursor-expired')
      }
      expect(await codeOf(source.changes(c, 'not a cursor'))).toBe('cursor-expired')
      const again = await source.changes(c, null)
      expect(names(again.items)).toEqual(['c0.vcf', 'c1.vcf'])
      await source.close()
    })

    it('lists everything again when a server counts more changes than it names, or fewer than it had counted before', async () => {
      await fill(3)
      const counted = (count: number) => `http://sabre.io/ns/sync/${count}`
      proxy.trouble.rewrite = (body) => body.replace(/(<(?:\w+:)?sync-token>)[^<]+</g, `$1${counted(7)}<`)
      const source = open()
      const c = await source.collection(book)
      const { cursor } = await source.changes(c, null)
      const sayNow = (count: number, ...members: readonly string[]) => {
        const responses = members.map(
          (member) =>
            `<D:response><D:href>${path}${member}</D:href><D:propstat><D:prop><D:getetag>"x"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`,
        )
        const body = `<D:multistatus xmlns:D="DAV:">${responses.join('')}<D:sync-token>${counted(count)}</D:sync-token></D:multistatus>`
        proxy.trouble.answer = (asked) => (asked.body.includes('sync-collection') ? { status: 207, body } : null)
      }
      const outcome = async () => await codeOf(source.changes(c, cursor))
      sayNow(7)
      expect(await outcome()).toBe('none')
      sayNow(9, 'c0.vcf', 'c1.vcf')
      expect(await outcome()).toBe('none')
      sayNow(8, 'c0.vcf', 'c1.vcf')
      expect(await outcome()).toBe('none')
      sayNow(9, 'c0.vcf', 'c0.vcf')
      expect(await outcome()).toBe('cursor-expired')
      sayNow(12)
      expect(await outcome()).toBe('cursor-expired')
      sayNow(3, 'c0.vcf')
      expect(await outcome()).toBe('cursor-expired')
      await source.close()
    })

    it('lists everything again when another collection has the address, though the server takes the token for its own', async () => {
      await fill(1)
      const counted = (count: number) => (body: string) =>
        body
          .replace(/(<(?:\w+:)?sync-token>)[^<]+</g, '$1http://sabre.io/ns/sync/7<')
          .replace(/<(\w+:)?resourcetype>/g, `<S:sync-token xmlns:S="http://sabredav.org/ns">${count}</S:sync-token>$&`)
      proxy.trouble.rewrite = counted(7)
      const source = open()
      const { cursor } = await source.changes(await source.collection(book), null)
      proxy.trouble.answer = ({ body }) => {
        const same = '<D:multistatus xmlns:D="DAV:"><D:sync-token>http://sabre.io/ns/sync/7</D:sync-token></D:multistatus>'
        return body.includes('sync-collection') ? { status: 207, body: same } : null
      }
      expect(await codeOf(source.changes(await source.collection(book), cursor))).toBe('none')
      proxy.trouble.rewrite = counted(2)
      expect(await codeOf(source.changes(await source.collection(book), cursor))).toBe('cursor-expired')
      await source.close()
    })

    it('takes no collection for empty that the server fails to read, and none for gone that it fails to describe', async () => {
      await fill(1)
      const source = open()
      const c = await source.collection(book)
      const failed = (href: string, status: string) =>
        `<D:multistatus xmlns:D="DAV:"><D:response><D:href>${href}</D:href><D:status>HTTP/1.1 ${status}</D:status></D:response><D:sync-token>x:1</D:sync-token></D:multistatus>`
      for (const status of ['403 Forbidden', '500 Internal Server Error']) {
        proxy.trouble.answer = (asked) => (asked.path === path ? { status: 207, body: failed(path, status) } : null)
        expect(await codeOf(source.changes(c, null))).toBe(status.startsWith('403') ? 'permission' : 'unsupported')
      }
      const home = server.homes.contacts
      proxy.trouble.answer = (asked) =>
        asked.path === home && asked.body.includes('displayname') ? { status: 207, body: failed(path, '503 Busy') } : null
      expect(await source.collections()).toEqual([
        expect.objectContaining({ key: path, skipped: expect.stringMatching(/HTTP 503/), fails: true }),
      ])
      for (const status of ['403 Forbidden', '503 Busy']) {
        proxy.trouble.answer = (asked) =>
          asked.path === home && asked.body.includes('displayname') ? { status: 207, body: failed(home, status) } : null
        expect(await codeOf(source.collections())).toBe(status.startsWith('403') ? 'permission' : 'unsupported')
      }
      await source.close()
    })

    it('lists entity tags where the server refuses the first synchronisation', async () => {
      await fill(3)
      const source = open()
      const c = await source.collection(book)
      for (const status of [507, 418, 500]) {
        proxy.trouble.answer = ({ body }) => (body.includes('sync-collection') ? { status } : null)
        const { items, isAllListed } = await source.changes(c, null)
        expect([names(items), isAllListed]).toEqual([['c0.vcf', 'c1.vcf', 'c2.vcf'], true])
      }
      await source.close()
    })

    it('does not go round in circles when a truncated answer makes no progress', async () => {
      await fill(3)
      const source = open()
      const c = await source.collection(book)
      const stuck = (root: string) =>
        `<D:multistatus xmlns:D="DAV:"><D:response><D:href>${root}</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response><D:sync-token>same</D:sync-token></D:multistatus>`
      proxy.trouble.answer = ({ body }) => (body.includes('sync-collection') ? { status: 207, body: stuck(path) } : null)
      const { items, isAllListed } = await source.changes(c, null)
      expect([names(items), isAllListed]).toEqual([['c0.vcf', 'c1.vcf', 'c2.vcf'], true])
      await source.close()
    })

    it('asks for nothing but the collection tag while nothing changes and there is no sync-collection', async () => {
      proxy.trouble.hideSync = true
      await fill(3)
      const source = open()
      const c = await source.collection(book)
      const { cursor } = await source.changes(c, null)
      proxy.forget()
      const second = await source.changes(c, cursor)
      expect([second.items, second.isAllListed]).toEqual([[], false])
      expect(proxy.requests.map(({ method }) => method)).toEqual(['PROPFIND'])
      await source.close()
    })

    it('lists everything again after twenty runs, and after thirty days', async () => {
      await fill(2)
      const source = open()
      const c = await source.collection(book)
      let { cursor } = await source.changes(c, null)
      const listedAll: number[] = []
      for (let run = 1; run <= 40; run++) {
        const next = await source.changes(c, cursor)
        if (next.isAllListed) listedAll.push(run)
        cursor = next.cursor
      }
      expect(listedAll).toEqual([20, 40])
      source.context.now = new Date('2026-03-30T12:00:00Z')
      expect((await source.changes(c, cursor)).isAllListed).toBe(false)
      source.context.now = new Date('2026-04-01T12:00:00Z')
      expect((await source.changes(c, cursor)).isAllListed).toBe(true)
      await source.close()
    })

    it('finds a collection again that another source has listed, and says when it is gone', async () => {
      await fill(2)
      const lister = open()
      const c = await lister.collection(book)
      await lister.close()
      const source = open()
      expect(names((await source.changes(c, null)).items)).toEqual(['c0.vcf', 'c1.vcf'])
      await server.remove(path)
      await source.close()
      const later = open()
      expect(await codeOf(later.changes(c, null))).toBe('not-found')
      await later.close()
    })

    it('takes tasks and journal entries as well as events', async () => {
      const calendar = `${server.homes.calendar}cal${count}/`
      await server.addCollection(calendar, 'calendar', 'Plans')
      for (const component of ['VEVENT', 'VTODO', 'VJOURNAL']) {
        expect(await server.put(`${calendar}${component}.ics`, calendarObject(component, component))).toBe(201)
      }
      const source = new TestSource('calendar', { user: server.user, caldav: `${proxy.url}/` }, { password: server.password })
      const c = await source.collection(`cal${count}`)
      const { items } = await source.changes(c, null)
      const contents = await source.contents(c, items)
      expect([...contents.values()].map((content) => /BEGIN:(V[EJT]\w+)/.exec(content.toString())?.[1]).sort()).toEqual([
        'VEVENT',
        'VJOURNAL',
        'VTODO',
      ])
      await source.close()
    })

    it('sends nothing but reading requests', async () => {
      await fill(4)
      const source = open()
      const c = await source.collection(book)
      const { items, cursor } = await source.changes(c, null)
      await source.contents(c, items)
      await source.contents(c, items)
      await source.changes(c, cursor)
      expect(proxy.requests.length).toBeGreaterThan(5)
      expect(new Set(proxy.requests.map(({ method, report }) => report ?? method))).toEqual(
        new Set(['PROPFIND', 'sync-collection', 'addressbook-multiget']),
      )
      await source.close()
    })
  })
}
