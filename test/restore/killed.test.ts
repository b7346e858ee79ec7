/** Restores as processes of their own, killed at a hundred random moments and repeated: nothing doubled, nothing missing. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { startImapProxy } from '../servers/imap-proxy.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { running } from '../servers/running.ts'
import type { Destination } from './child-restore.ts'
import { backUp, davConnection, folderConnection, imapConnection, restoreTo } from './harness.ts'
import { contentsAt, contentsOf, emptyMailbox, sampleAccount } from './sample-mail.ts'

const child = fileURLToPath(new URL('./child-restore.ts', import.meta.url))
/** A hundred together. */
const kills = { imap: 50, dav: 15, folder: 35 }

interface Killing {
  readonly kills: number
  readonly vault: string
  /** Milliseconds after the first sign of life, for a beginning. */
  readonly within: number
  to(): Destination
  /** How many items are at the target. */
  count(): Promise<number>
  readonly items: number
  /** The target is as it should be: clears it. */
  check(): Promise<void>
  /** Not to be killed. */
  restoreInOne(stateFolder: string): Promise<void>
}

async function kill(killing: Killing): Promise<void> {
  const { kills: wanted, vault, items } = killing
  let { within } = killing
  let reached = 0
  let state = await scratchFolder()
  let killed = 0
  let whole = 0
  let inTheMiddle = 0
  const check = async () => {
    await killing.check()
    // Every other time without what the earlier attempts have noted.
    if (whole++ % 2 === 0) state = await scratchFolder()
  }
  while (killed < wanted) {
    const run: ChildProcess = spawn(process.execPath, [child, vault, state, JSON.stringify(killing.to())], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
      run.once('exit', (code, signal) => resolve(signal ?? code)),
    )
    await Promise.race([ended, new Promise((resolve) => run.stdout?.once('data', resolve))])
    const begun = performance.now()
    await Promise.race([ended, delay(Math.random() * within)])
    run.kill('SIGKILL')
    const outcome = await ended
    if (outcome === 'SIGKILL') {
      killed++
      const count = await killing.count()
      if (count > 0 && count < items) inTheMiddle++
      // However slow or quick the machine is, the middle is met.
      if (count === reached) within *= 2
      reached = count
    } else {
      expect(outcome).toBe(0)
      within = performance.now() - begun
      reached = 0
      await check()
    }
  }
  await killing.restoreInOne(state)
  await check()
  expect(inTheMiddle).toBeGreaterThan(0)
}

describeUnless(dovecotMissing(), 'a restore by IMAP', () => {
  test(`killed ${kills.imap} times at random moments and repeated, doubles nothing and misses nothing`, async () => {
    const account = sampleAccount(240)
    const wanted = contentsOf(account)
    const vault = await scratchFolder()
    await runBackup(vault, account)
    const server = await running(startDovecot({ users: { bob: 'builder' } }))
    const proxy = await running(startImapProxy(server, { delay: 2, hide: ['MULTIAPPEND'] }, 'restore'))
    await kill({
      ...{ kills: kills.imap, vault, within: 1_500, items: Object.values(wanted).flat().length },
      to: () => ({ kind: 'imap', port: proxy.port, user: 'bob', password: 'builder' }),
      count: async () => Object.values(await contentsAt(server, 'bob')).flat().length,
      async check() {
        expect(await contentsAt(server, 'bob')).toEqual(wanted)
        await emptyMailbox(server, 'bob')
      },
      async restoreInOne(stateFolder) {
        const bob = imapConnection({ ...server, user: 'bob', password: 'builder' })
        expect((await restoreTo(vault, bob, { stateFolder })).failures).toEqual([])
      },
    })
  })
})

const card = (n: number) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-${n}\r\nFN:Person ${n}\r\nN:;Person ${n};;;\r\nEND:VCARD\r\n`
const event = (n: number) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:event-${n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T0900${10 + n}Z\r\nSUMMARY:Event ${n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

function withBooks(account: MemoryAccount, items: number): MemoryAccount {
  const book = account.shelves.add('contacts', ['Friends'])
  const calendar = account.shelves.add('calendar', ['Work'])
  for (let n = 0; n < items; n++) {
    account.shelves.put(book, `card-${n}.vcf`, card(n))
    account.shelves.put(calendar, `event-${n}.ics`, event(n))
  }
  return account
}

describeUnless(radicaleMissing(), 'a restore of contacts and events', () => {
  test(`killed ${kills.dav} times at random moments and repeated, doubles nothing and misses nothing`, async () => {
    const items = 40
    const account = withBooks(new MemoryAccount(), items)
    const vault = await scratchFolder()
    await runBackup(vault, account, { services: ['contacts', 'calendar'] })
    const server = await running(startRadicale())
    const connection = davConnection(server, { carddav: `${server.url}/`, caldav: `${server.url}/` }, ['contacts', 'calendar'])
    const uids = async () => {
      const seen = await scratchFolder()
      await backUp(seen, connection)
      const folder = await scratchFolder()
      await restoreTo(seen, folderConnection(folder), { stateFolder: null })
      return filesIn(folder).flatMap((name) => /^UID:(.*?)\r?$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? [])
    }
    const wanted = Array.from({ length: items }, (_, n) => [`card-${n}`, `event-${n}`]).flat()
    await kill({
      ...{ kills: kills.dav, vault, within: 1_200, items: wanted.length },
      to: () => ({ kind: 'dav', url: server.url, user: server.user, password: server.password }),
      count: async () => (await uids()).length,
      async check() {
        expect((await uids()).sort()).toEqual([...wanted].sort())
        for (const home of [server.homes.contacts, server.homes.calendar])
          for (const path of await collectionsIn(home)) expect((await server.request('DELETE', path)).status).toBeLessThan(300)
      },
      async restoreInOne(stateFolder) {
        expect((await restoreTo(vault, connection, { stateFolder })).failures).toEqual([])
      },
    })

    async function collectionsIn(home: string): Promise<string[]> {
      const answer = await server.request('PROPFIND', home, { headers: { depth: '1' } })
      const hrefs = [...(await answer.text()).matchAll(/<[^>]*href>([^<]*)</g)].map(([, href = '']) => href)
      return [...new Set(hrefs)].filter((href) => href !== home && href.startsWith(home) && href.endsWith('/'))
    }
  })
})

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

/** Path and content of each file. */
function treeOf(folder: string): string[] {
  return filesIn(folder).map((name) => `${name} ${sumOf(join(folder, name))}`)
}

function sumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** The messages in the mbox files of each mail folder, however many files it has. */
function messagesIn(folder: string): string[] {
  return filesIn(folder)
    .filter((name) => name.endsWith('.mbox'))
    .flatMap((name) => {
      const ids = readFileSync(join(folder, name), 'latin1').match(/^Message-ID: .*$/gm) ?? []
      return ids.map((id) => `${name.replace(/( \(\d+\))?\.mbox$/, '')} ${id}`)
    })
    .sort()
}

describe('a restore into a folder', () => {
  test(`killed ${kills.folder} times at random moments and repeated, doubles nothing and misses nothing`, async () => {
    const account = withBooks(sampleAccount(150), 20)
    const drive = account.shelves.add('files', ['Drive'])
    for (let n = 0; n < 60; n++) account.shelves.file(drive, `${n % 5}/file ${n}.txt`, `${n} `.repeat(n * 500))
    const vault = await scratchFolder()
    await runBackup(vault, account, { services: ['mail', 'contacts', 'calendar', 'files'] })
    const formats = ['maildir', 'eml', 'mbox'] as const
    const whole = new Map<string, string[]>()
    const messages = new Map<string, string[]>()
    for (const format of formats) {
      const folder = await scratchFolder()
      expect((await restoreTo(vault, folderConnection(folder, format), { stateFolder: null })).failures).toEqual([])
      whole.set(format, treeOf(folder))
      messages.set(format, messagesIn(folder))
    }
    expect(messages.get('mbox')).toHaveLength(166)
    for (const [n, format] of formats.entries()) {
      const folder = await scratchFolder()
      await kill({
        kills: Math.floor((kills.folder + n) / formats.length),
        ...{ vault, within: 900, items: whole.get(format)?.length ?? 0 },
        to: () => ({ kind: 'folder', path: folder, format }),
        count: async () => filesIn(folder).length,
        async check() {
          // Each attempt leaves an mbox of its own.
          const isMbox = (line: string) => /\.mbox /.test(line)
          const tree = treeOf(folder)
          expect(tree.filter((line) => !isMbox(line))).toEqual(whole.get(format)?.filter((line) => !isMbox(line)))
          expect(messagesIn(folder)).toEqual(messages.get(format))
          for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
        },
        async restoreInOne(stateFolder) {
          expect((await restoreTo(vault, folderConnection(folder, format), { stateFolder })).failures).toEqual([])
        },
      })
    }
  })
})
