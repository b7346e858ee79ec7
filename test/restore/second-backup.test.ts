/** The restored account, backed up into the same vault: what the vault has is not downloaded once more, and nothing is stored twice. */

import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Service } from '../../src/core/account.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { type DavProxy, startDavProxy } from '../servers/dav-proxy.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { running } from '../servers/running.ts'
import { apacheMissing, rcloneMissing, startApache, startRclone, type WebdavServer } from '../servers/webdav.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'
import { backUp, folderConnection, imapConnection, never, quickContext, restoreTo, totals } from './harness.ts'

const crlf = (text: string) => text.trim().replaceAll('\n', '\r\n').concat('\r\n')
const card = (uid: string, name: string) => crlf(`BEGIN:VCARD\nVERSION:3.0\nUID:${uid}\nFN:${name}\nN:${name};;;;\nEND:VCARD`)
const event = (uid: string, name: string) =>
  crlf(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:${uid}
DTSTAMP:20260101T000000Z
SUMMARY:${name}
DTSTART:20260302T090000Z
DTEND:20260302T100000Z
END:VEVENT
END:VCALENDAR`)

const people = ['Ada', 'Böb', 'Chloë', 'Dora']
const appointments = ['Dentist', 'Choir']

async function fill(server: DavServer): Promise<void> {
  await server.addCollection(`${server.homes.contacts}friends/`, 'contacts', 'Friends')
  await server.addCollection(`${server.homes.calendar}work/`, 'calendar', 'Work')
  for (const [n, name] of people.entries())
    expect(await server.put(`${server.homes.contacts}friends/p${n}.vcf`, card(`person-${n}`, name))).toBeLessThan(300)
  for (const [n, name] of appointments.entries())
    expect(await server.put(`${server.homes.calendar}work/e${n}.ics`, event(`event-${n}`, name))).toBeLessThan(300)
}

function davConnection(
  server: DavServer | WebdavServer,
  settings: Record<string, string>,
  services: readonly Service[],
  id = 'alice',
): Connection {
  return {
    account: { id, provider: 'dav', services, settings: { user: server.user, ...settings } },
    provider: dav,
    context: quickContext(server.password),
  }
}

/** Through the proxy where there is one. */
const itemsOf = (server: DavServer, proxy?: DavProxy, id?: string) => {
  const url = `${proxy?.url ?? server.url}/`
  return davConnection(server, { carddav: url, caldav: url }, ['contacts', 'calendar'], id)
}

const filesOf = (server: WebdavServer, proxy?: DavProxy, id?: string) =>
  davConnection(server, { webdav: proxy === undefined ? server.url : proxy.url + new URL(server.url).pathname }, ['files'], id)

/** Notes what the server sends of contents: of files the path, of contacts and events the UID. */
async function watched(server: DavServer | WebdavServer): Promise<DavProxy & { bodies(): readonly string[] }> {
  const sent = new Set<string>()
  const { user, password } = server
  const proxy = await startDavProxy({ target: new URL(server.url).origin, user, password })
  proxy.trouble.rewrite = (answer, { method, path }) => {
    const uids = [...answer.matchAll(/^UID:([\w-]+)/gm)].map(([, uid = '']) => uid)
    for (const one of uids.length === 0 && method === 'GET' ? [path] : uids) sent.add(one)
    return answer
  }
  return Object.assign(proxy, { bodies: () => [...sent] })
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const sums = (all: Record<string, string[]>) => Object.values(all).flat().sort()

const summary = (report: BackupReport) =>
  (report.accounts[0]?.collections ?? [])
    .filter(({ stored, removed }) => stored + removed > 0)
    .map(({ service, stored, pending, removed, heldBack, bytes }) => ({ service, stored, pending, removed, heldBack, bytes }))

async function expectSound(vault: string, connection: Connection): Promise<void> {
  expect((await verifyVault(vaultOptions(vault), never, () => {})).findings).toEqual([])
  const folder = await scratchFolder()
  const proof = await drill({
    vault: vaultOptions(vault),
    accounts: [connection.account.id],
    known: async (id) => ({ id, connections: [connection], goals: { recoverHours: 12, loseDays: 7 } }),
    target: { kind: 'folder', path: folder, connection: folderConnection(folder) },
    ...{ sample: null, signal: never, onProgress: () => {} },
  })
  expect(proof.accounts[0]?.faults).toEqual([])
}

const itemsMissing = radicaleMissing() ?? xandikosMissing()

describeUnless(itemsMissing, 'contacts and events', () => {
  test.each([
    { name: 'Radicale, which writes items anew', start: startRadicale },
    { name: 'xandikos, which keeps their octets', start: startXandikos },
  ])('restored into $name: no content is asked for again', async ({ start }) => {
    const [source, target] = [await running(startXandikos()), await running(start())]
    const proxy = await running(watched(target))
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    const before = (await readVault(vault)).all
    expect(totals(await restoreTo(vault, itemsOf(target)))).toMatchObject({ created: 6, failed: 0 })

    const again = await backUp(vault, itemsOf(target, proxy), true, `${vault}.state`)
    expect(proxy.bodies()).toEqual([])
    expect(summary(again)).toEqual([
      { service: 'contacts', stored: 4, pending: 0, removed: 0, heldBack: 0, bytes: 0 },
      { service: 'calendar', stored: 2, pending: 0, removed: 0, heldBack: 0, bytes: 0 },
    ])
    expect((await readVault(vault)).all).toEqual(before)
    await expectSound(vault, itemsOf(target))

    const third = await backUp(vault, itemsOf(target, proxy), false, `${vault}.state`)
    expect(summary(third)).toEqual(summary(again))
    expect(proxy.bodies()).toEqual([])
    // A vault that has nothing of it gets everything.
    await backUp(await scratchFolder(), itemsOf(target, proxy), false, `${vault}.state`)
    expect(proxy.bodies()).toHaveLength(6)
  })

  test('restored into an account of another name and below a prefix: copied within the vault', async () => {
    const [source, target] = [await running(startXandikos()), await running(startRadicale())]
    const proxy = await running(watched(target))
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    const before = (await readVault(vault)).all
    await restoreTo(vault, itemsOf(target, undefined, 'bob'), { into: 'From alice' })
    const report = await backUp(vault, itemsOf(target, proxy, 'bob'), false, `${vault}.state`)
    expect(proxy.bodies()).toEqual([])
    expect(summary(report)).toMatchObject([
      { service: 'contacts', stored: 4, pending: 0 },
      { service: 'calendar', stored: 2, pending: 0 },
    ])
    expect(sums((await readVault(vault, 'bob')).live)).toEqual(sums(before))
    await expectSound(vault, itemsOf(target, undefined, 'bob'))
  })

  test('notes that cannot be read cost the download, not the backup', async () => {
    const [source, target] = [await running(startXandikos()), await running(startXandikos())]
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    await restoreTo(vault, itemsOf(target))
    const notes = (await readdir(`${vault}.state`)).filter((name) => /^into-.*\.sqlite$/.test(name))
    expect(notes).toHaveLength(1)
    for (const name of notes) {
      const file = join(`${vault}.state`, name)
      const octets = readFileSync(file)
      // The header and the schema stay, so that it opens; what is in the table does not.
      expect(octets.length).toBeGreaterThan(4096)
      writeFileSync(file, octets.fill(0xa5, 4096))
    }
    const report = await backUp(vault, itemsOf(target), true, `${vault}.state`)
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(summary(report)).toMatchObject([
      { service: 'contacts', stored: 4, pending: 0 },
      { service: 'calendar', stored: 2, pending: 0 },
    ])
    expect(totals(await restoreTo(vault, itemsOf(target)))).toMatchObject({ created: 0, failed: 0 })
  })

  test('what changed there after the restore is downloaded, and nothing else', async () => {
    const [source, target] = [await running(startXandikos()), await running(startXandikos())]
    const proxy = await running(watched(target))
    await fill(source)
    const vault = await scratchFolder()
    await backUp(vault, itemsOf(source))
    const place = await restoreTo(vault, itemsOf(target))
    expect(totals(place)).toMatchObject({ created: 6 })
    const listing = await target.request('PROPFIND', target.homes.contacts, { headers: { depth: '1' } })
    const folder = [...(await listing.text()).matchAll(/<[^>]*href>([^<]*friends[^<]*)</g)].map(([, href = '']) => href)[0]
    expect(await target.put(`${folder}p1.vcf`, card('person-1', 'Bob, renamed'))).toBeLessThan(300)

    const again = await backUp(vault, itemsOf(target, proxy), true, `${vault}.state`)
    expect(proxy.bodies()).toEqual(['person-1'])
    expect(summary(again)).toMatchObject([
      { service: 'contacts', stored: 4, bytes: card('person-1', 'Bob, renamed').length },
      { service: 'calendar', stored: 2, bytes: 0 },
    ])
    expect(Object.values((await readVault(vault)).all).flat()).toContain(sha256(card('person-1', 'Bob, renamed')))
    await expectSound(vault, itemsOf(target))
  })
})

describeUnless(apacheMissing() ?? rcloneMissing(), 'files', () => {
  const names = ['Tax 2025/Bescheid & "Anlage" 100%.txt', 'Tax 2025/same.txt', 'Fotos/Ünïcode.txt', 'Fotos/same.txt', 'empty.txt']
  const textOf = (name: string) => (name.endsWith('same.txt') ? 'the same in two places' : name === 'empty.txt' ? '' : name)

  function write(server: WebdavServer): void {
    for (const name of names) {
      mkdirSync(dirname(join(server.files, name)), { recursive: true })
      writeFileSync(join(server.files, name), textOf(name))
    }
    mkdirSync(join(server.files, 'Plans', 'nothing in it'), { recursive: true })
  }

  const saved = async (vault: string, id: string) =>
    (await readdir(join(vault, 'data', id), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /\.txt$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(join(vault, 'data', id).length + 1))
      .sort()

  test.each([
    { name: 'Apache to rclone', from: startApache, to: startRclone },
    { name: 'rclone to Apache', from: startRclone, to: startApache },
  ])('from $name: the drive goes by another name there, and no file is asked for again or stored twice', async ({ from, to }) => {
    const [source, target] = [await running(from()), await running(to())]
    const proxy = await running(watched(target))
    write(source)
    // Apache writes as another user.
    for (const folder of [dirname(target.files), target.files]) chmodSync(folder, 0o777)
    const vault = await scratchFolder()
    const first = await backUp(vault, filesOf(source))
    expect(totals(await restoreTo(vault, filesOf(target)))).toMatchObject({ created: 6, failed: 0 })
    const again = await backUp(vault, filesOf(target, proxy), true, `${vault}.state`)
    expect(again.accounts[0]?.collections[0]?.path).not.toEqual(first.accounts[0]?.collections[0]?.path)
    expect(proxy.bodies()).toEqual([])
    expect(summary(again)).toEqual([{ service: 'files', stored: 6, pending: 0, removed: 0, heldBack: 0, bytes: 0 }])
    expect(await saved(vault, 'alice')).toHaveLength(5)
    const drive = again.accounts[0]?.collections[0]?.path[0]
    expect((await saved(vault, 'alice')).filter((path) => !path.startsWith(`Files/${drive}/`))).toEqual([])
    await expectSound(vault, filesOf(target))
    await backUp(await scratchFolder(), filesOf(target, proxy), false, `${vault}.state`)
    expect(proxy.bodies()).toHaveLength(5)
  })

  test('into an account of another name: copied within the vault, and what is damaged there is downloaded', async () => {
    const [source, target] = [await running(startApache()), await running(startRclone())]
    const proxy = await running(watched(target))
    write(source)
    const vault = await scratchFolder()
    await backUp(vault, filesOf(source))
    await restoreTo(vault, filesOf(target, undefined, 'bob'), { into: 'From alice' })
    const damaged = (await saved(vault, 'alice')).find((path) => path.endsWith('Ünïcode.txt')) ?? ''
    writeFileSync(join(vault, 'data', 'alice', damaged), 'x'.repeat(textOf('Fotos/Ünïcode.txt').length))

    const report = await backUp(vault, filesOf(target, proxy, 'bob'), false, `${vault}.state`)
    expect(proxy.bodies()).toHaveLength(1)
    expect(summary(report)).toMatchObject([{ service: 'files', stored: 6, pending: 0, removed: 0 }])
    const copies = await saved(vault, 'bob')
    expect(copies).toHaveLength(5)
    const texts = copies.map((path) => readFileSync(join(vault, 'data', 'bob', path), 'utf8')).sort()
    expect(texts).toEqual(names.map(textOf).sort())
  })
})

describeUnless(dovecotMissing(), 'mail', () => {
  test('into an account of another name: no message is read again', async () => {
    const [source, target] = [await running(startDovecot()), await running(startDovecot())]
    const admin = await source.admin()
    const message = (n: number, id: string) =>
      Buffer.from(`From: a@example.com\r\n${id}Subject: message ${n}\r\n\r\nText ${n}.\r\n`)
    for (let n = 0; n < 20; n++)
      await admin.append('INBOX', message(n, n % 2 ? `Message-ID: <${n}@example.com>\r\n` : ''), ['\\Seen'])
    const vault = await scratchFolder()
    await backUp(vault, imapConnection(source))
    const before = (await readVault(vault)).all
    const bob = imapConnection(target, {}, 'bob')
    expect(totals(await restoreTo(vault, bob))).toMatchObject({ created: 20, failed: 0 })
    const report = await backUp(vault, bob, false, `${vault}.state`)
    expect(summary(report)).toEqual([{ service: 'mail', stored: 20, pending: 0, removed: 0, heldBack: 0, bytes: 0 }])
    expect((await readVault(vault, 'bob')).all).toEqual(before)
    await expectSound(vault, bob)
  })
})
