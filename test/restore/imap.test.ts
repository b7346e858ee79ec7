import { afterAll, beforeAll, expect, test } from 'vitest'
import { drill } from '../../src/engine/drill.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { running } from '../servers/running.ts'
import { backUp, imapConnection, lookAt, never, restoreTo, totals } from './harness.ts'

function message(n: number, text = 'Some text.'): Buffer {
  return Buffer.from(
    `From: Bob <bob@example.com>\r\nTo: alice@example.com\r\nSubject: Message ${n}\r\nMessage-ID: <${n}@example.com>\r\nDate: Sun, 22 Nov 2026 07:31:05 +0000\r\n\r\n${text}\r\n`,
  )
}

const date = (n: number) => new Date(Date.UTC(2025, 0, 1 + n, 3, 4, 5))

describeUnless(dovecotMissing(), 'from one Dovecot into another', () => {
  let source: Dovecot
  beforeAll(async () => {
    source = await startDovecot({ mailLocation: 'maildir:~/Maildir:LAYOUT=fs', specialUse: { Sent: '\\Sent', Trash: '\\Trash' } })
    const admin = await source.admin()
    for (const name of ['Clients', 'Clients/Acme Inc.', 'Entwürfe & Notizen', 'v1.2 notes', 'Empty'])
      await admin.mailboxCreate(name)
    for (let n = 1; n <= 5; n++) await admin.append('INBOX', message(n), n % 2 ? ['\\Seen', '$Forwarded'] : [], date(n))
    await admin.append('Sent', message(6), ['\\Seen', '\\Answered', '\\Flagged'], date(6))
    await admin.append('Clients/Acme Inc.', message(7), ['Project-X', '\\Draft'], date(7))
    await admin.append('Clients/Acme Inc.', message(7), ['Project-X', '\\Draft'], date(7))
    await admin.append('Entwürfe & Notizen', message(8, 'x'.repeat(50_000)), [], date(8))
    await admin.append('v1.2 notes', Buffer.from('Subject: nothing to know it by\r\n\r\nfirst\r\n'), [], date(9))
    await admin.append('v1.2 notes', Buffer.from('Subject: nothing to know it by\r\n\r\nother\r\n'), [], date(9))
  })
  afterAll(() => source.stop())

  async function another(): Promise<Dovecot> {
    return await startDovecot({ users: { bob: 'builder' }, separator: '.', specialUse: { 'Sent Items': '\\Sent' } })
  }

  test('everything comes back as it was, in folders by their use, and a repeat adds nothing', async () => {
    const vault = await scratchFolder()
    await backUp(vault, imapConnection(source))
    const target = await running(another())
    const bob = imapConnection(target)
    const dry = await restoreTo(vault, bob, { dryRun: true })
    expect(totals(dry)).toEqual({ items: 11, created: 11, alreadyThere: 0, conflicts: 0, failed: 0 })
    const admin = await target.admin()
    expect(await lookAt(admin)).toEqual({ INBOX: [], 'Sent Items': [] })

    const first = await restoreTo(vault, bob)
    expect(first.failures).toEqual([])
    expect(totals(first)).toEqual({ items: 11, created: 11, alreadyThere: 0, conflicts: 0, failed: 0 })
    const before = await lookAt(await source.admin())
    const after = await lookAt(admin)
    expect(after).toEqual({
      INBOX: before['INBOX'],
      'Sent Items': before['Sent'],
      Trash: [],
      Clients: [],
      'Clients/Acme Inc_': before['Clients/Acme Inc.'],
      'Entwürfe & Notizen': before['Entwürfe & Notizen'],
      'v1_2 notes': before['v1.2 notes'],
      Empty: [],
    })
    expect(first.losses).toEqual([])
    expect(first.collections.find(({ path }) => path[0] === 'v1.2 notes')?.losses).toEqual([
      expect.stringContaining('v1_2 notes'),
    ])

    for (const stateFolder of [undefined, null]) {
      const again = await restoreTo(vault, bob, stateFolder === null ? { stateFolder } : {})
      expect(totals(again)).toEqual({ items: 11, created: 0, alreadyThere: 11, conflicts: 0, failed: 0 })
    }
    expect(await lookAt(admin)).toEqual(after)

    // The restored account, backed up into the same vault, is recognised; only what has nothing to know it by is read again.
    const report = await backUp(vault, bob, true)
    const collections = report.accounts[0]?.collections ?? []
    expect(collections.map((c) => [c.path.join('/'), c.bytes]).filter(([, bytes]) => bytes !== 0)).toEqual([['v1_2 notes', 82]])
    expect(collections.reduce((sum, c) => sum + c.stored, 0)).toBe(11)
  })

  test('into a folder of its own, in part, and with what is gone by now', async () => {
    const vault = await scratchFolder()
    await backUp(vault, imapConnection(source))
    const target = await running(another())
    const bob = imapConnection(target)
    const selection = { collection: 'clients' }
    const report = await restoreTo(vault, bob, { into: 'Rescued/From alice', selection })
    expect(totals(report)).toMatchObject({ created: 2, failed: 0 })
    const search = await restoreTo(vault, bob, { into: 'Found', selection: { search: 'bob@example.com message 8' } })
    expect(totals(search)).toMatchObject({ items: 1, created: 1 })
    const names = Object.entries(await lookAt(await target.admin())).map(([name, messages]) => `${name}: ${messages.length}`)
    expect(names.sort()).toEqual([
      'Found/Entwürfe & Notizen: 1',
      'INBOX: 0',
      'Rescued/From alice/Clients/Acme Inc_: 2',
      'Rescued/From alice/Clients: 0',
      'Sent Items: 0',
    ])
  })

  test('what is at the target stays as it is', async () => {
    const vault = await scratchFolder()
    await backUp(vault, imapConnection(source))
    const target = await running(another())
    const admin = await target.admin()
    await admin.append('INBOX', message(1), ['\\Flagged'], date(1))
    await admin.append('INBOX', message(100), [], date(1))
    const report = await restoreTo(vault, imapConnection(target))
    expect(totals(report)).toMatchObject({ created: 10, alreadyThere: 1 })
    const inbox = (await lookAt(admin))['INBOX'] ?? []
    expect(inbox).toHaveLength(6)
    expect(inbox.filter(({ flags }) => flags.includes('\\Flagged'))).toHaveLength(1)
  })

  test('a drill in a second account proves it, and leaves nothing behind where that is asked for', async () => {
    const vault = await scratchFolder()
    await backUp(vault, imapConnection(source))
    const target = await running(another())
    const admin = await target.admin()
    await admin.append('INBOX', message(100), [], date(1))
    const before = await lookAt(admin)
    const run = (remove: boolean, into: string) =>
      drill({
        vault: vaultOptions(vault),
        accounts: null,
        known: async (id) => ({ id, connections: [imapConnection(source)], goals: { recoverHours: 12, loseDays: 7 } }),
        target: { kind: 'account', name: 'bob', connections: [imapConnection(target)], into, remove },
        ...{ sample: null, signal: never, onProgress: () => {} },
      })
    const removed = await run(true, 'Lifeboat drill 1')
    expect(removed.accounts[0]).toMatchObject({ faults: [], services: [{ items: 11, restored: 11, identical: 11 }] })
    // The names that cannot be used there are told.
    expect(removed.accounts[0]?.exceptions.map(({ text }) => text)).toEqual([
      expect.stringContaining('Acme Inc_'),
      expect.stringContaining('v1_2 notes'),
    ])
    expect(await lookAt(admin)).toEqual(before)
    const kept = await run(false, 'Lifeboat drill 2')
    expect(kept.accounts[0]?.faults).toEqual([])
    expect(Object.keys(await lookAt(admin))).toContain('Lifeboat drill 2/Inbox')
  })
})
