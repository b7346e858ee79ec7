/** Restores over DAV to servers that make trouble, each repeated: nothing doubled, nothing missing. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { saySame } from '../../src/formats/item-text.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import { type Asked, type DavProxy, type DavTrouble, startDavProxy } from '../servers/dav-proxy.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { running } from '../servers/running.ts'
import { rcloneMissing, startRclone, type WebdavServer } from '../servers/webdav.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'
import { backUp, davConnection, folderConnection, restoreTo, totals } from './harness.ts'

const count = 12

const itemsAt = (server: DavServer, url = server.url) =>
  davConnection(server, { carddav: `${url}/`, caldav: `${url}/` }, ['contacts', 'calendar'])

const card = (n: number) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-${n}\r\nFN:Person ${n}\r\nN:;Person ${n};;;\r\nEND:VCARD\r\n`
const event = (n: number) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:event-${n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T0900${10 + n}Z\r\nSUMMARY:Event ${n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

const isPut = ({ method }: Asked) => method === 'PUT'

interface Scenario {
  readonly name: string
  readonly trouble: () => DavTrouble
  /** What the report of each failure says; undefined where nothing fails. */
  readonly words?: RegExp
  /** Requests to add something that are sent at most; the others are not even tried. */
  readonly mostPuts?: number
}

const quota =
  '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>Quota of Alice is used up</s:message></d:error>'

const refuseFrom = (n: number, answer: { status: number; body?: string }) => (): DavTrouble => {
  let puts = 0
  return { answer: (asked) => (isPut(asked) && puts++ >= n ? answer : null) }
}

const refuseSome = (answer: { status: number; headers?: Record<string, string>; body?: string }) => (): DavTrouble => {
  const seen = new Set<string>()
  let puts = 0
  return {
    // Each third that is put, the first time.
    answer: (asked) => (isPut(asked) && !seen.has(asked.path) && seen.add(asked.path) && puts++ % 3 === 1 ? answer : null),
  }
}

const scenarios: readonly Scenario[] = [
  { name: '503 now and then', trouble: refuseSome({ status: 503 }) },
  { name: '502 now and then', trouble: refuseSome({ status: 502, body: 'Bad gateway' }) },
  { name: '429 with Retry-After', trouble: refuseSome({ status: 429, headers: { 'retry-after': '1' } }) },
  {
    name: 'a limit of connections',
    trouble: refuseSome({ status: 503, headers: { 'retry-after': '0' }, body: 'Too many connections' }),
  },
  {
    name: '500 for some',
    trouble: refuseSome({ status: 500, body: 'Internal confusion' }),
    words: /HTTP 500.*Internal confusion/,
  },
  {
    name: '403 for some',
    trouble: refuseSome({ status: 403, body: 'No such names here' }),
    words: /HTTP 403.*No such names here/,
  },
  { name: '413 for some', trouble: refuseSome({ status: 413, body: 'Too large for us' }), words: /HTTP 413.*Too large for us/ },
  {
    name: 'a quota that is used up',
    trouble: refuseFrom(3, { status: 507, body: quota }),
    words: /no room left.*Quota of Alice is used up/,
    mostPuts: 3 + 5 * 2,
  },
  {
    name: 'connections that break after the content was taken',
    trouble: () => ({ drop: { times: 3, afterOctets: 0, when: isPut } }),
  },
]

async function restoreTwice(
  vault: string,
  scenario: Scenario,
  target: { proxied: (url: string) => Parameters<typeof restoreTo>[1]; direct: Parameters<typeof restoreTo>[1] },
  server: { url: string; user: string; password: string },
  items: number,
  check: () => Promise<void>,
) {
  const proxy: DavProxy = await startDavProxy(
    { target: server.url, user: server.user, password: server.password },
    { auth: 'basic', ...scenario.trouble() },
  )
  try {
    const first = await restoreTo(vault, target.proxied(proxy.url))
    expect(first.collections.flatMap(({ failure }) => failure ?? [])).toEqual([])
    expect(totals(first)).toMatchObject({
      items,
      conflicts: 0,
      created: items - first.failures.length,
      failed: first.failures.length,
    })
    if (scenario.words === undefined) expect(first.failures).toEqual([])
    else {
      expect(first.failures.length).toBeGreaterThan(0)
      for (const { texts } of first.failures) expect(texts.join()).toMatch(scenario.words)
    }
    if (scenario.mostPuts !== undefined)
      expect(proxy.requests.filter(({ method }) => method === 'PUT').length).toBeLessThanOrEqual(scenario.mostPuts)
    const repeat = await restoreTo(vault, target.direct)
    expect(totals(repeat)).toMatchObject({
      created: totals(first).failed,
      alreadyThere: totals(first).created,
      conflicts: 0,
      failed: 0,
    })
    await check()
    // Also without what the earlier attempts have noted.
    expect(totals(await restoreTo(vault, target.direct, { stateFolder: null }))).toMatchObject({
      created: 0,
      alreadyThere: items,
      conflicts: 0,
    })
    await check()
  } finally {
    await proxy.stop()
  }
}

describeUnless(radicaleMissing() ?? xandikosMissing(), 'contacts and events to a server that makes trouble', () => {
  test.each(scenarios)('$name: nothing doubled, nothing missing after a repeat', async (scenario) => {
    const [source, target] = [await running(startRadicale()), await running(startXandikos())]
    await source.addCollection(`${source.homes.contacts}friends/`, 'contacts', 'Friends')
    await source.addCollection(`${source.homes.calendar}work/`, 'calendar', 'Work')
    for (let n = 0; n < count; n++) {
      expect(await source.put(`${source.homes.contacts}friends/${n}.vcf`, card(n))).toBeLessThan(300)
      expect(await source.put(`${source.homes.calendar}work/${n}.ics`, event(n))).toBeLessThan(300)
    }
    const vault = await scratchFolder()
    await backUp(vault, itemsAt(source))
    const check = async () => {
      const seen = await scratchFolder()
      const other = await scratchFolder()
      await backUp(seen, itemsAt(target))
      await restoreTo(seen, folderConnection(other), { stateFolder: null })
      const found = readdirSync(other, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vcf|ics)$/.test(name))
      const texts = found.map((name) => readFileSync(join(other, name)))
      const wanted = Array.from({ length: count }, (_, n) => [card(n), event(n)]).flat()
      expect(texts).toHaveLength(wanted.length)
      for (const item of wanted) expect(texts.filter((text) => saySame(Buffer.from(item), text))).toHaveLength(1)
    }
    const ends = { proxied: (url: string) => itemsAt(target, url), direct: itemsAt(target) }
    await restoreTwice(vault, scenario, ends, target, 2 * count, check)
  })
})

describeUnless(rcloneMissing(), 'files to a server that makes trouble', () => {
  const filesAt = (server: WebdavServer, url = server.url) => davConnection(server, { webdav: url }, ['files'])

  test.each(scenarios)('$name: nothing doubled, nothing missing after a repeat', async (scenario) => {
    const [source, target] = [await running(startRclone()), await running(startRclone())]
    const files = Object.fromEntries(
      Array.from({ length: 2 * count }, (_, n) => [`${n % 3}/file ${n}.txt`, `${n} `.repeat(1 + n * 3_000)]),
    )
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(source.files, name)), { recursive: true })
      writeFileSync(join(source.files, name), text)
    }
    const vault = await scratchFolder()
    await backUp(vault, filesAt(source))
    const check = async () => {
      const found = readdirSync(target.files, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.txt'))
      expect(found.sort()).toEqual(Object.keys(files).sort())
      for (const [name, text] of Object.entries(files)) expect(readFileSync(join(target.files, name), 'utf8')).toBe(text)
    }
    const root = new URL(target.url)
    const ends = { proxied: (url: string) => filesAt(target, `${url}${root.pathname}`), direct: filesAt(target) }
    await restoreTwice(vault, scenario, ends, { ...target, url: root.origin }, 2 * count, check)
  })
})
