import { afterAll, beforeAll, expect, it } from 'vitest'
import { corpus, corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { type DavProxy, startDavProxy } from '../../servers/dav-proxy.ts'
import type { DavServer } from '../../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../../servers/xandikos.ts'
import { TestSource } from './account.ts'

const servers = [
  { name: 'Radicale', start: startRadicale, missing: radicaleMissing() },
  { name: 'xandikos', start: startXandikos, missing: xandikosMissing() },
]

/** A server takes one vCard at a time; files often hold several. */
function parts(bytes: Uint8Array): readonly Uint8Array[] {
  const cards =
    Buffer.from(bytes)
      .toString('latin1')
      .match(/^BEGIN:VCARD[\s\S]*?^END:VCARD[^\S\n]*\n?/gim) ?? []
  return cards.length < 2 ? [bytes] : cards.map((card) => Buffer.from(card, 'latin1'))
}

/** Radicale takes no card without a UID. */
function withUid(bytes: Uint8Array, uid: string): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/^(BEGIN:VCARD.*?)(\r?\n)/i, `$1$2UID:${uid}$2`),
    'latin1',
  )
}

for (const { name, start, missing } of servers) {
  describeUnless(missing ?? corpusMissing(), `the corpus on ${name}`, () => {
    let server: DavServer
    let proxy: DavProxy

    beforeAll(async () => {
      server = await start()
      proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
    })
    afterAll(async () => {
      await proxy.stop()
      await server.stop()
    })

    const isReadable = async (href: string) => {
      const answer = await server.request('GET', href)
      await answer.arrayBuffer()
      return answer.ok
    }

    it.each([
      ['vcard', 'contacts', 'vcf'],
      ['ical', 'calendar', 'ics'],
    ] as const)(
      '%s comes out octet for octet as a GET gives it',
      async (kind, service, extension) => {
        const path = `${server.homes[service]}${kind}/`
        await server.addCollection(path, service, kind)
        const accepted: string[] = []
        const refused: string[] = []
        for (const [n, body] of corpus(kind)
          .flatMap((file) => parts(file.bytes()))
          .entries()) {
          const href = `${path}${n}.${extension}`
          const statusOf = (octets: Uint8Array) => server.put(href, octets).catch(() => 599)
          const status = (await statusOf(body)) < 300 ? 201 : await statusOf(withUid(body, `corpus-${n}`))
          // What a server takes and cannot hand out again is not there.
          const isThere = status < 300 && (await isReadable(href))
          ;(isThere ? accepted : refused).push(href)
        }
        console.info(`${name}, ${kind}: ${accepted.length} accepted, ${refused.length} refused`)
        expect(accepted.length).toBeGreaterThan(10)

        proxy.forget()
        const url = `${proxy.url}/`
        const source = new TestSource(service, { user: server.user, carddav: url, caldav: url }, { password: server.password })
        const c = await source.collection(kind)
        const { items } = await source.changes(c, null)
        const contents = await source.contents(c, items)
        await source.close()

        expect(items.map(({ key }) => key)).toEqual(expect.arrayContaining(accepted))
        const different: string[] = []
        for (const href of accepted) {
          const content = contents.get(href)
          if (!(content instanceof Buffer) || !content.equals(await server.get(href))) different.push(href)
        }
        expect(different).toEqual([])
        const single = proxy.requests.filter(({ method }) => method === 'GET').length
        console.info(`${name}, ${kind}: ${items.length} listed, ${single} of them by a GET of its own`)
        expect(single).toBeLessThan(accepted.length / 2)
      },
      120_000,
    )
  })
}
