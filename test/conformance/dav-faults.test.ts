/** Every trouble that a server or the way to it can make, for contacts, calendars and files: whole backups, and all of it is there. */
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { type Asked, type DavProxy, type DavTrouble, startDavProxy } from '../servers/dav-proxy.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { apacheMissing, startApache } from '../servers/webdav.ts'
import { expectReadingOnly } from './dav-item-driver.ts'
import { Scene } from './harness.ts'
import { itemContent, sha256 } from './item-driver.ts'

/** An account of one service behind a proxy, with twelve things in it. */
interface Troubled {
  readonly account: Account
  readonly password: string
  readonly proxy: DavProxy
  /** Puts a thing of this name, or another version of it. */
  put(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
  contents(): Promise<Record<string, string[]>>
  stop(): Promise<void>
}

const long = 'All work and no play makes Jack a dull boy. '.repeat(60)

async function items(service: 'contacts' | 'calendar'): Promise<Troubled> {
  const server = await startRadicale()
  const path = `${server.homes[service]}home/`
  const ending = service === 'contacts' ? 'vcf' : 'ics'
  await server.addCollection(path, service, 'Home')
  const proxy = await startDavProxy({ target: server.url, user: server.user, password: server.password })
  const names = new Set<string>()
  const settings = { user: server.user, [service === 'contacts' ? 'carddav' : 'caldav']: `${proxy.url}/` }
  return {
    account: { id: 'home', provider: 'dav', services: [service], settings },
    ...{ password: server.password, proxy },
    async put(name, text) {
      names.add(name)
      await server.put(`${path}${name}.${ending}`, itemContent(service, name, text))
    },
    async remove(name) {
      names.delete(name)
      await server.remove(`${path}${name}.${ending}`)
    },
    async contents() {
      const all = await Promise.all([...names].map((name) => server.get(`${path}${name}.${ending}`)))
      return { Home: all.map(sha256).sort() }
    },
    async stop() {
      await proxy.stop()
      await server.stop()
    },
  }
}

async function files(): Promise<Troubled> {
  const server = await startApache()
  const { origin, pathname } = new URL(server.url)
  const proxy = await startDavProxy({ target: origin, user: server.user, password: server.password })
  const saved = new Map<string, Buffer>()
  let edits = 0
  return {
    account: {
      ...{ id: 'home', provider: 'dav', services: ['files'] },
      settings: { user: server.user, webdav: proxy.url + pathname },
    },
    ...{ password: server.password, proxy },
    async put(name, text) {
      const content = Buffer.from(`${name}: ${text}`)
      saved.set(name, content)
      await writeFile(join(server.files, name), content)
      const time = new Date(1_700_000_000_000 + ++edits * 10_000)
      await utimes(join(server.files, name), time, time)
    },
    async remove(name) {
      saved.delete(name)
      await rm(join(server.files, name))
    },
    contents: async () => ({ 'files of alice': [...saved.values()].map(sha256).sort() }),
    async stop() {
      await proxy.stop()
      await server.stop()
    },
  }
}

const carries = ({ method }: Asked) => method === 'REPORT' || method === 'GET'

interface Fault {
  readonly trouble: () => DavTrouble
  /** Where it means something. */
  readonly of: 'items' | 'all'
  /** From the second run on. */
  readonly later?: true
  readonly asksToWait?: true
}

const faults: Readonly<Record<string, Fault>> = {
  'there is no sync-collection': { of: 'items', trouble: () => ({ hideSync: true }) },
  'answers are truncated with 507': { of: 'items', trouble: () => ({ truncate: 3 }) },
  'sync-tokens have expired': { of: 'items', later: true, trouble: () => ({ expireTokens: 403 }) },
  'the server answers 429 with Retry-After': {
    ...{ of: 'all', asksToWait: true },
    trouble: () => ({ refuse: { times: 3, answer: { status: 429, headers: { 'retry-after': '7' } }, when: carries } }),
  },
  'the server answers 503 with Retry-After': {
    ...{ of: 'all', asksToWait: true },
    trouble: () => ({ refuse: { times: 3, answer: { status: 503, headers: { 'retry-after': '7' } } } }),
  },
  'connections drop in the middle of a body': {
    of: 'all',
    trouble: () => ({ drop: { times: 3, afterOctets: 900, when: carries } }),
  },
  'bodies are shorter than the server says': {
    of: 'all',
    trouble: () => ({ wrongLength: { times: 2, difference: 50, when: carries } }),
  },
  'bodies are longer than the server says': {
    of: 'all',
    trouble: () => ({ wrongLength: { times: 2, difference: -50, when: carries } }),
  },
}

for (const [name, start, missing] of [
  ['contacts', () => items('contacts'), radicaleMissing()],
  ['calendar', () => items('calendar'), radicaleMissing()],
  ['files', files, apacheMissing()],
] as const) {
  describeUnless(missing, `a backup of ${name}`, () => {
    const chosen = Object.entries(faults).filter(([, { of }]) => of === 'all' || name !== 'files')
    it.each(chosen)('is whole where %s', async (_, { trouble, later, asksToWait }) => {
      const troubled = await start()
      const waits: number[] = []
      const clock = { ...testContext.clock, sleep: async (ms: number) => void waits.push(ms) }
      const context: Context = { ...testContext, clock, secret: async () => troubled.password }
      const scene = await Scene.make({ ...troubled, provider: dav, context })
      try {
        for (let n = 0; n < 12; n++) await troubled.put(`n${n}`, `${n} ${long}`)
        if (later !== true) Object.assign(troubled.proxy.trouble, trouble())
        const first = await scene.run()
        expect(first.accounts[0]?.collections).toMatchObject([{ stored: 12, pending: 0, added: 12 }])
        await scene.expectGood(first)
        await troubled.put('n3', `edited ${long}`)
        await troubled.put('new', `new ${long}`)
        await troubled.remove('n5')
        Object.assign(troubled.proxy.trouble, trouble())
        const second = await scene.run()
        expect(second.accounts[0]?.collections).toMatchObject([{ stored: 12, pending: 0, added: 1, changed: 1, removed: 1 }])
        await scene.expectGood(second)
        if (asksToWait) expect(waits.filter((ms) => ms >= 7_000).length).toBeGreaterThanOrEqual(4)
        expectReadingOnly(troubled.proxy.requests)
      } finally {
        await scene.remove()
        await troubled.stop()
      }
    })
  })
}
