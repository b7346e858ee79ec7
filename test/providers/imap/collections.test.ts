import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Source } from '../../../src/core/source.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../../servers/dovecot.ts'
import { type ImapProxy, startImapProxy, type Trouble } from '../../servers/imap-proxy.ts'
import { all, folder, message, never, openSource } from './account.ts'

const missing = dovecotMissing()

describe.skipIf(missing)(`folders${missing ? ` (${missing})` : ''}`, () => {
  let dovecot: Dovecot
  let proxy: ImapProxy
  const sources: Source[] = []
  const open = (trouble: Trouble = {}) => {
    for (const key of Object.keys(proxy.trouble)) delete (proxy.trouble as Record<string, unknown>)[key]
    Object.assign(proxy.trouble, trouble)
    proxy.forget()
    const { source } = openSource(dovecot, proxy)
    sources.push(source)
    return source
  }

  beforeAll(async () => {
    dovecot = await startDovecot({ specialUse: { Sent: '\\Sent', 'Old/Gone': '\\Trash' } })
    proxy = await startImapProxy(dovecot)
    const admin = await dovecot.admin()
    for (const path of ['Clients/Acme', 'Entwürfe', '日本語/é&-x', 'INBOX/Sub', 'Papierkorb']) await admin.mailboxCreate(path)
    await admin.append('INBOX', message('one'))
    await admin.append('INBOX', message('two'))
    await admin.append('Clients/Acme', message('three'))
  })
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.close()))
    await proxy?.stop()
    await dovecot?.stop()
  })

  test('come with their decoded path, count, role and lineage, parents before children', async () => {
    const found = await all(open().collections(never))
    const by = new Map(found.map((one) => [one.path.join('/'), one]))
    expect([...by.keys()].sort()).toEqual(
      [
        'Clients',
        'Clients/Acme',
        'Entwürfe',
        'Inbox',
        'Inbox/Sub',
        'Old/Gone',
        'Papierkorb',
        'Sent',
        '日本語',
        '日本語/é&-x',
      ].sort(),
    )
    expect(by.get('Inbox')).toMatchObject({ key: 'INBOX', count: 2, role: 'inbox', lineage: expect.stringMatching(/^\d+$/) })
    expect(by.get('Clients/Acme')).toMatchObject({ count: 1 })
    expect(by.get('Sent')?.role).toBe('sent')
    const names = found.map(({ path }) => path.join('/'))
    for (const name of names) {
      const parent = name.split('/').slice(0, -1).join('/')
      if (parent) expect(names.indexOf(parent)).toBeLessThan(names.indexOf(name))
    }
  })

  test('get a role by their name where the server gives none, unless another has it', async () => {
    const roles = new Map((await all(open().collections(never))).map(({ path, role }) => [path.join('/'), role]))
    expect(roles.get('Entwürfe')).toBe('drafts')
    expect(roles.get('Old/Gone')).toBe('trash')
    expect(roles.get('Papierkorb')).toBeUndefined()
  })

  test('that hold only folders are named with the reason', async () => {
    const source = open()
    const clients = await folder(source, 'Clients')
    expect(clients.skipped).toMatch(/only other folders/)
    await expect(all(source.changes(clients, null, never))).rejects.toMatchObject({ code: 'not-found' })
  })

  test('take one command with LIST-STATUS, and the same answer comes without it', async () => {
    const quick = await all(open().collections(never))
    expect(proxy.commands.filter((command) => /^(LIST|STATUS)/.test(command))).toHaveLength(1)
    for (const hide of [['LIST-STATUS'], ['LIST-STATUS', 'LIST-EXTENDED', 'CONDSTORE', 'QRESYNC', 'NAMESPACE', 'ENABLE']]) {
      const slow = await all(open({ hide }).collections(never))
      expect(slow).toEqual(quick)
    }
    expect(proxy.commands.some((command) => command.startsWith('STATUS'))).toBe(true)
  })

  test('are listed plainly when the server promises LIST-STATUS and refuses it', async () => {
    const source = open({ answer: (command) => (command.includes('RETURN') ? 'BAD no idea' : null) })
    expect(await folder(source, 'Clients/Acme')).toMatchObject({ count: 1 })
  })

  test.each(['SERVERBUG', 'INUSE'])('at one of which the server fails (%s) are read but for that one', async (code) => {
    const source = open({
      hide: ['LIST-STATUS'],
      answer: (command) => (/^(STATUS|EXAMINE) "?Sent/.test(command) ? `NO [${code}] Internal error` : null),
    })
    const sent = await folder(source, 'Sent')
    expect(sent.skipped).toBeUndefined()
    await expect(all(source.changes(sent, null, never))).rejects.toMatchObject({ message: /Internal error/ })
    expect(await all(source.changes(await folder(source, 'Inbox'), null, never))).not.toEqual([])
  })

  test('that the server does not open are named with its words, and the others are read', async () => {
    const source = open({
      hide: ['LIST-STATUS'],
      answer: (command) => (/^STATUS "?Sent/.test(command) ? 'NO [NOPERM] keep out' : null),
    })
    expect((await folder(source, 'Sent')).skipped).toMatch(/keep out/)
    expect((await folder(source, 'Inbox')).skipped).toBeUndefined()
  })

  test('keep their lineage when they are renamed', async () => {
    const admin = await dovecot.admin()
    await admin.mailboxCreate('Before')
    const before = await folder(open(), 'Before')
    await admin.mailboxRename('Before', 'After')
    const after = await folder(open(), 'After')
    expect(after.key).not.toBe(before.key)
    expect(after.lineage).toBe(before.lineage)
    await admin.mailboxDelete('After')
  })

  test('keep their key when they are renamed, where the server has OBJECTID', async () => {
    // Dovecot 2.3 has such ids under another name.
    const objectId: Trouble = {
      rewriteCommand: (line) => line.replace('MAILBOXID', 'X-GUID').replace('EMAILID', 'X-GUID'),
      rewriteAnswer: (line) =>
        line
          .replace(/^(\S+ (?:OK \[)?CAPABILITY )/, '$1OBJECTID ')
          .replace(/^(\S+ OK \[CAPABILITY )/, '$1OBJECTID ')
          .replace(/^(\* STATUS .*)X-GUID (\w+)/, '$1MAILBOXID ($2)'),
    }
    const admin = await dovecot.admin()
    await admin.mailboxCreate('Before')
    const before = await folder(open(objectId), 'Before')
    await admin.mailboxRename('Before', 'After')
    const after = await folder(open(objectId), 'After')
    expect(before.key).toMatch(/^id:/)
    expect(after.key).toBe(before.key)
    await admin.mailboxDelete('After')
  })

  test('with names that no command can carry are skipped, and no such name reaches the server', async () => {
    const evil = '{21}\r\nx\r\nA9 DELETE INBOX'
    const source = open({
      inject: (command) =>
        command.startsWith('LIST "" "*"')
          ? [
              `* LIST () "/" ${evil.replace('{21}', `{${evil.length - 6}}`)}`,
              `* LIST () "/" "a//b/"`,
              `* LIST () "/" "${'d/'.repeat(9_999)}d"`,
              `* LIST () "/" ".."`,
            ]
          : [],
    })
    const found = await all(source.collections(never))
    const broken = found.find(({ path }) => path.join('/').includes('DELETE'))
    expect(broken?.skipped).toMatch(/forbids/)
    expect(found.find(({ path }) => path.length === 10_000)).toBeDefined()
    expect(found.find(({ path }) => path[0] === 'a')?.path).toEqual(['a', '/b/'])
    expect(found.every(({ path }) => path.length > 0 && path.every((name) => name !== ''))).toBe(true)
    expect(proxy.commands.some((command) => command.includes('DELETE'))).toBe(false)
  })

  test('beyond any measure end the listing with a clear error', async () => {
    let sent = 0
    const many = Array.from({ length: 120_000 }, () => `* LIST () "/" f${sent++}`)
    const source = open({ inject: (command) => (command.startsWith('LIST "" "*"') ? many : []) })
    await expect(all(source.collections(never))).rejects.toMatchObject({ code: 'suspicious', message: /more folders/ })
  })

  test('on a server with INBOX as the root of all and a dot between levels keep their levels', async () => {
    const courier = await startDovecot({ separator: '.' })
    try {
      const admin = await courier.admin()
      await admin.mailboxCreate('INBOX.Work.2024')
      const { source } = openSource(courier, courier)
      sources.push(source)
      expect((await folder(source, 'Inbox/Work/2024')).key).toBe('INBOX.Work.2024')
    } finally {
      await courier.stop()
    }
  })
})
