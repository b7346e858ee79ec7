/** Every vCard and iCalendar file of the corpus, there and back again. */
import { expect, test } from 'vitest'
import { saySame } from '../../src/formats/item-text.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { corpus, corpusMissing, describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'
import { backUp, quickContext, restoreTo, totals } from './harness.ts'

type Service = 'contacts' | 'calendar'

const kinds = { contacts: 'vcard', calendar: 'ical' } as const
const extensions = { contacts: 'vcf', calendar: 'ics' } as const
/** A server takes a UID once in a collection; files of the corpus share some. */
const shelves = 2

const connectionTo = (server: DavServer, services: readonly Service[]) => ({
  account: {
    id: 'alice',
    provider: 'dav' as const,
    services,
    settings: { user: server.user, carddav: `${server.url}/`, caldav: `${server.url}/` },
  },
  provider: dav,
  context: quickContext(server.password),
})

function cardsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1')
  const cards = text.match(/^BEGIN:VCARD[\s\S]*?^END:VCARD[^\S\n]*\n?/gim) ?? []
  return cards.length < 2 ? [bytes] : cards.map((card) => Buffer.from(card, 'latin1'))
}

/** Radicale takes no card without a UID. */
function withUid(bytes: Uint8Array, uid: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  return Buffer.from(text.replace(/^(BEGIN:VCARD.*?)(\r?\n)/i, `$1$2UID:${uid}$2`), 'latin1')
}

/** Answers how many of the corpus the server took. */
async function fill(server: DavServer, service: Service): Promise<number> {
  const paths = Array.from({ length: shelves }, (_, n) => `${server.homes[service]}${kinds[service]}${n}/`)
  for (const [n, path] of paths.entries()) await server.addCollection(path, service, `${kinds[service]} ${n}`)
  let taken = 0
  const items = corpus(kinds[service]).flatMap((file) => cardsOf(file.bytes()))
  for (const [n, item] of items.entries()) {
    for (const [path, body] of paths.flatMap((path) =>
      (service === 'contacts' ? [item, withUid(item, `corpus-${n}`)] : [item]).map((body) => [path, body] as const),
    )) {
      const href = `${path}${n}.${extensions[service]}`
      if ((await server.put(href, body).catch(() => 599)) >= 300) continue
      if ((await server.get(href).catch(() => null)) !== null) taken++
      break
    }
  }
  return taken
}

/** By UID, everything in the collections of this name, as the server gives it. */
async function contentsOf(server: DavServer, service: Service): Promise<Map<string, Buffer[]>> {
  const found = new Map<string, Buffer[]>()
  const hrefs = async (path: string) => {
    const answer = await server.request('PROPFIND', path, { headers: { depth: '1' } })
    const text = await answer.text()
    return [...text.matchAll(/<[^>]*href>([^<]*)</g)]
      .map(([, href = '']) => href)
      .filter((href, n, all) => href !== path && all.indexOf(href) === n)
  }
  for (const path of (await hrefs(server.homes[service])).filter((href) => href.endsWith('/'))) {
    for (const href of (await hrefs(path)).filter((href) => href.endsWith(`.${extensions[service]}`))) {
      const bytes = await server.get(href).catch(() => null)
      if (bytes === null) continue
      const uid =
        /^UID[^:]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/im.exec(bytes.toString('latin1'))?.[1]?.replace(/\r?\n[ \t]/g, '') ?? ''
      found.set(uid.trim(), [...(found.get(uid.trim()) ?? []), bytes])
    }
  }
  return found
}

describeUnless(radicaleMissing() ?? xandikosMissing() ?? corpusMissing(), 'the whole corpus of contacts and events', () => {
  test.each(['contacts', 'calendar'] as const)(
    '%s: from Radicale to xandikos and back again: equal, or named with the server’s words',
    async (service) => {
      const [source, target, last] = [await startRadicale(), await startXandikos(), await startRadicale()]
      try {
        const taken = await fill(source, service)
        expect(taken).toBeGreaterThan(50)
        let from: DavServer = source
        for (const to of [target, last]) {
          const vault = await scratchFolder()
          const saved = await backUp(vault, connectionTo(from, [service]))
          const count = saved.accounts[0]?.collections.reduce((sum, { stored }) => sum + stored, 0) ?? 0
          const report = await restoreTo(vault, connectionTo(to, [service]))
          const named = report.failures.length + report.conflicts.length
          expect(report.collections.flatMap(({ failure }) => failure ?? [])).toEqual([])
          expect(totals(report)).toMatchObject({
            items: count,
            alreadyThere: 0,
            conflicts: report.conflicts.length,
            failed: report.failures.length,
          })
          expect(totals(report).created).toBe(count - named)
          for (const { texts } of [...report.failures, ...report.conflicts]) expect(texts.join()).toMatch(/\S/)
          const [before, after] = [await contentsOf(from, service), await contentsOf(to, service)]
          const unlike = [...before].flatMap(([uid, items]) => {
            const came = [...(after.get(uid) ?? [])]
            return items.filter((item) => {
              const at = came.findIndex((one) => saySame(item, one))
              if (at >= 0) came.splice(at, 1)
              return at < 0
            })
          })
          console.info(
            `${service} to ${to.name}: ${count} saved, ${report.failures.length} refused, ${report.losses.length} changed by the server`,
          )
          // Whatever is not there as it was has its line in the report.
          expect(unlike.length).toBeLessThanOrEqual(named + report.losses.length)
          expect(named + report.losses.length).toBeLessThan(count / 4)
          const again = await restoreTo(vault, connectionTo(to, [service]))
          // A server may say that it took an item and then not have it: that was said, and it is tried again.
          const notThere = report.losses.filter(({ texts }) => texts.join().includes('could not be read back')).length
          expect(totals(again)).toMatchObject({ created: notThere })
          from = to
        }
      } finally {
        for (const server of [source, target, last]) await server.stop()
      }
    },
  )
})
