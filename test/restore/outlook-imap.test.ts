/** A mailbox of Outlook.com takes mail by IMAP with an access token: Dovecot stands in for its server, and asks the emulator whose it is. */
import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchMessageObject, ImapFlow } from 'imapflow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { forWriting, targetOf } from '../../src/api/restore.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import { restore } from '../../src/engine/restore.ts'
import type { RestoreReport } from '../../src/engine/restore-report.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { isWriting } from '../emulators/microsoft/microsoft.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { backUp, never } from './harness.ts'

const missing = dovecotMissing()
const dora = 'dora@outlook.example'
const message = (n: number) =>
  Buffer.from(
    `Received: from a by b\r\nMessage-ID: <m${n}@example.org>\r\nDate: Tue, 4 Mar 2025 10:0${n}:00 +0100\r\nFrom: a@example.org\r\nSubject: Number ${n}\r\n\r\nHello ${n}\r\n`,
  )

describe.skipIf(missing !== null)(`a restore to Outlook.com by IMAP${missing === null ? '' : `: ${missing}`}`, () => {
  let alice: MicrosoftAccount
  let server: Dovecot
  let vault: string

  beforeEach(async () => {
    alice = await startMicrosoftAccount()
    const { introspection, caFile } = alice.emulator
    server = await startDovecot({
      ...{ users: { [dora]: 'of no use to Lifeboat' }, oauth2: { introspection, caFile } },
      specialUse: { 'Sent Items': '\\Sent', Archive: '\\Archive' },
    })
    vault = join(await scratchFolder(), 'vault')
    const { mail } = alice.user
    const acme = mail.addFolder('Acme', { parent: mail.addFolder('Clients').id })
    mail.add(message(1), 'inbox', { received: '2019-07-08T09:10:11Z', isRead: true, flag: 'flagged' })
    mail.add(message(2), 'inbox', { received: '2019-07-08T09:10:12Z', verb: 102 })
    mail.add(message(3), acme.id, { received: '2019-07-08T09:10:13Z', isRead: true, verb: 104 })
    mail.add(message(4), 'sentitems', { received: '2019-07-08T09:10:14Z', isRead: true })
    const [report] = (await backUp(vault, connectionOf(alice))).accounts
    expect(report?.failure).toBeUndefined()
  })

  afterEach(async () => {
    await alice.emulator.stop()
    await server.stop()
  })

  const connectionOf = ({ account, context }: MicrosoftAccount): Connection => ({
    ...{ account, provider: microsoft, context: { ...context } },
  })
  const signedIn = async (withCode = false) => {
    const imap = { host: server.host, port: server.tlsPort, security: 'tls', ca: server.ca }
    return await anotherMicrosoftAccount(alice, { email: dora, forRestore: true, imap, withCode })
  }
  const totals = ({ collections, failure }: RestoreReport) => {
    expect(failure).toBeUndefined()
    return (['created', 'alreadyThere', 'failed'] as const).map((kind) => collections.reduce((sum, one) => sum + one[kind], 0))
  }

  async function restored(
    account: MicrosoftAccount,
    signal = never,
    stateFolder: string | null = null,
    onItems: (done: number) => void = () => undefined,
  ): Promise<RestoreReport> {
    const configured = { id: dora, connections: [] }
    return await restore({
      ...{ vault: vaultOptions(vault), account: alice.account.id, moment: null, selection: {}, into: [], conflict: 'skip' },
      target: await targetOf(dora, 'mbox', [configured], async () => [connectionOf(account)], account.context, signal),
      ...{ dryRun: false, stateFolder, signal },
      onProgress: (event) => event.kind === 'items' && onItems(event.itemsSoFar),
    })
  }

  async function inFolder(path: string): Promise<readonly (readonly unknown[])[]> {
    const admin = await server.admin()
    const lock = await admin.getMailboxLock(path, { readOnly: true })
    try {
      const found: FetchMessageObject[] = []
      for await (const one of admin.fetch('1:*', { source: true, flags: true, internalDate: true })) found.push(one)
      return found.map(({ source, flags, internalDate }) => [
        source?.toString('latin1'),
        [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
        new Date(internalDate ?? 0).toISOString(),
      ])
    } finally {
      lock.release()
    }
  }

  test.each([
    { how: 'in the browser', withCode: false },
    { how: 'with codes on another device', withCode: true },
  ])('messages come octet for octet with flags and dates, nothing twice, signed in $how', async ({ withCode }) => {
    const account = await signedIn(withCode)
    alice.emulator.requests.length = 0
    expect(totals(await restored(account))).toEqual([4, 0, 0])
    expect(await inFolder('INBOX')).toEqual([
      [message(1).toString('latin1'), ['\\Flagged', '\\Seen'], '2019-07-08T09:10:11.000Z'],
      [message(2).toString('latin1'), ['\\Answered'], '2019-07-08T09:10:12.000Z'],
    ])
    expect(await inFolder('Clients/Acme')).toEqual([
      [message(3).toString('latin1'), ['$Forwarded', '\\Seen'], '2019-07-08T09:10:13.000Z'],
    ])
    expect(await inFolder('Sent Items')).toHaveLength(1)
    expect(totals(await restored(account))).toEqual([0, 4, 0])
    expect(await readFile(join(server.root, 'dovecot.log'), 'utf8')).toContain(`user=<${dora}>, method=XOAUTH2`)
    // Nothing was written by Graph.
    expect(alice.emulator.requests.filter(isWriting)).toEqual([])
  })

  /** Exchange is one mailbox: what came to Dovecot is there for Graph as well, with ids and octets of its own, before Graph is asked. */
  const asOneMailbox = (account: MicrosoftAccount): MicrosoftAccount => {
    const { mail } = account.user
    const arrived = new Set<string>()
    const arriveIn = async (admin: ImapFlow, path: string) => {
      const lock = await admin.getMailboxLock(path, { readOnly: true })
      try {
        const isEmpty = typeof admin.mailbox === 'object' && admin.mailbox.exists === 0
        const all = isEmpty ? [] : admin.fetch('1:*', { uid: true, source: true, flags: true, internalDate: true })
        for await (const { uid, source, flags, internalDate } of all) {
          if (arrived.has(`${path} ${uid}`)) continue
          arrived.add(`${path} ${uid}`)
          const received = new Date(internalDate ?? 0).toISOString()
          mail.add(source ?? '', folderFor(mail, path), { received, isRead: flags?.has('\\Seen') === true })
        }
      } finally {
        lock.release()
      }
    }
    const arrive = async () => {
      const admin = await server.admin()
      const all = (await admin.list()).filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'))
      for (const { path } of all) await arriveIn(admin, path)
    }
    const { secret } = account.context
    return {
      ...account,
      context: {
        ...account.context,
        secret: async (name) => {
          await arrive()
          return await secret(name)
        },
      },
    }
  }

  const wellKnown: Readonly<Record<string, string>> = { INBOX: 'inbox', 'Sent Items': 'sentitems', Archive: 'archive' }

  function folderFor(mail: MicrosoftAccount['user']['mail'], path: string): string {
    const names = path.split('/')
    let id = wellKnown[names[0] ?? ''] ?? ''
    for (const name of id === '' ? names : names.slice(1)) {
      const parent = id === '' ? mail.rootId : id
      const known = [...mail.folders.values()].find(({ displayName, parentId }) => displayName === name && parentId === parent)
      id = (known ?? mail.addFolder(name, { parent })).id
    }
    return id
  }

  const downloads = () => alice.emulator.requests.filter(({ path }) => path.includes('/$value'))
  const notes = () => `${vault}.state`

  describe('a backup of the account after that, by Graph', () => {
    test.each([
      { how: 'under a name of its own', id: dora },
      { how: 'in place of the lost one', id: 'alice@example.com' },
    ])('downloads nothing again, $how', async ({ id }) => {
      const account = asOneMailbox(await signedIn())
      account.user.mail.regenerates = true
      const target = { ...account, account: { ...account.account, id } }
      const before = (await readVault(vault, 'alice@example.com')).all
      expect(totals(await restored(target, never, notes()))).toEqual([4, 0, 0])
      alice.emulator.requests.length = 0
      const [report] = (await backUp(vault, connectionOf(target), true, notes())).accounts
      expect(downloads()).toEqual([])
      expect(report?.collections.reduce((sum, { stored, pending }) => sum + stored + pending, 0)).toBe(4)
      const sums = (all: Record<string, string[]>) => Object.values(all).flat().sort()
      expect(sums((await readVault(vault, id)).all)).toEqual(sums(before))
      expect((await verifyVault(vaultOptions(vault), never, () => {})).findings).toEqual([])
    })

    test('also where the restore was broken off and repeated', async () => {
      const account = asOneMailbox(await signedIn())
      const stop = new AbortController()
      await restored(account, stop.signal, notes(), (done) => done > 0 && stop.abort(new Error('stopped'))).catch(() => undefined)
      const [created, alreadyThere] = totals(await restored(account, never, notes()))
      expect([(created ?? 0) + (alreadyThere ?? 0), alreadyThere]).toEqual([4, expect.any(Number)])
      expect(alreadyThere).toBeGreaterThan(0)
      alice.emulator.requests.length = 0
      await backUp(vault, connectionOf(account), true, notes())
      expect(downloads()).toEqual([])
    })

    test('also where nobody heard any more what the target took', async () => {
      const account = asOneMailbox(await signedIn())
      await restored(account, never, notes())
      for (const name of readdirSync(notes())) rmSync(join(notes(), name))
      expect(totals(await restored(account, never, notes()))).toEqual([0, 4, 0])
      alice.emulator.requests.length = 0
      await backUp(vault, connectionOf(account), true, notes())
      expect(downloads()).toEqual([])
    })

    test('downloads what could be another message', async () => {
      const twin = (text: string) => Buffer.from(message(1).toString('latin1').replace('Hello 1', text))
      // Two of one Message-ID and second were saved, and one of another lies at the target already.
      alice.user.mail.add(twin('Hello twin'), 'inbox', { received: '2019-07-08T09:10:11Z', isRead: true })
      await backUp(vault, connectionOf(alice))
      const account = asOneMailbox(await signedIn())
      const other = Buffer.from(message(2).toString('latin1').replace('Hello 2', 'Something else, and longer'))
      account.user.mail.add(other, 'inbox', { received: '2019-07-08T09:10:12Z' })
      await restored(account, never, notes())
      alice.emulator.requests.length = 0
      await backUp(vault, connectionOf(account), true, notes())
      // The twins, and both that bear the name of the second message.
      expect(downloads()).toHaveLength(4)
      const { all } = await readVault(vault, dora)
      const kept = new Set(Object.values(all).flat())
      for (const octets of [message(1), twin('Hello twin'), message(2), other, message(3), message(4)])
        expect(kept).toContain(createHash('sha256').update(octets).digest('hex'))
    })
  })

  test('a token that ends in the middle costs nothing', async () => {
    const account = await signedIn()
    await restored(account)
    alice.emulator.signIn.expireAccessTokens()
    alice.user.mail.add(message(5), 'inbox', { received: '2019-07-08T09:10:15Z' })
    await backUp(vault, connectionOf(alice))
    expect(totals(await restored(account))).toEqual([1, 4, 0])
  })

  test('who was not asked for leave to write is told how to give it', async () => {
    const imap = { host: server.host, port: server.tlsPort, security: 'tls', ca: server.ca }
    const reader = await anotherMicrosoftAccount(alice, { email: dora, imap })
    await expect(restored(reader)).rejects.toMatchObject({
      code: 'permission',
      advice: expect.stringContaining(`lifeboat account signin ${dora} --for-restore`),
    })
  })

  test('stopping is at once, also while Microsoft is asked for the token', async () => {
    const account = await signedIn()
    const stop = new AbortController()
    alice.emulator.signIn.onToken = () => stop.abort(new Error('stopped'))
    await expect(restored(account, stop.signal)).rejects.toThrow('stopped')
  })

  test('a drill proves it, and takes away what it put there', async () => {
    const account = await signedIn()
    const proof = await drill({
      ...{ vault: vaultOptions(vault), accounts: null, sample: null, signal: never, onProgress: () => undefined },
      known: async (id) => ({ id, connections: [connectionOf(alice)], goals: { recoverHours: 1_000, loseDays: 100_000 } }),
      target: {
        ...{ kind: 'account', name: dora, into: 'Lifeboat drill', remove: true },
        connections: await forWriting([connectionOf(account)], never),
      },
    })
    const [judged] = proof.accounts
    expect([judged?.faults, judged?.services.map(({ items, identical }) => [items, identical])]).toEqual([[], [[4, 4]]])
    const admin = await server.admin()
    expect((await admin.list()).map(({ path }) => path)).not.toContain('Lifeboat drill')
  })
})
