import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import type { Collection } from '../../src/core/items.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Change } from '../../src/core/source.ts'
import { backup } from '../../src/engine/backup.ts'
import { defaultGoals } from '../../src/engine/proof.ts'
import { type AccountStatus, defaultLimits, status } from '../../src/engine/status.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { AccountState } from '../../src/vault/state.ts'
import { MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { readVault, runBackup, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

function message(n: number, text = 'Hello'): string {
  return `Message-ID: <${n}@example.com>\r\nReceived: by x; n${n}\r\nFrom: a@example.com\r\nSubject: Number ${n}\r\n\r\n${text} ${n}\r\n`
}

function accountWith(count: number): { account: MemoryAccount; inbox: string; uids: number[] } {
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const uids = Array.from({ length: count }, (_, n) => account.add(inbox, message(n)))
  return { account, inbox, uids }
}

async function statusOf(vault: string): Promise<AccountStatus> {
  const { accounts } = await status(vaultOptions(vault), defaultLimits, async () => defaultGoals)
  return accounts[0] as AccountStatus
}

describe('a backup run', () => {
  it('saves everything once and then only what changed', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(30)
    const first = await runBackup(vault, account)
    expect(first.accounts[0]?.failure).toBeUndefined()
    expect(first.accounts[0]?.collections[0]).toMatchObject({ said: 30, stored: 30, pending: 0, added: 30 })
    expect((await readVault(vault)).live).toEqual(account.contents())
    account.fetched = { bytes: 0, messages: 0 }
    account.add(inbox, message(100))
    account.reflag(inbox, uids[0] ?? 0, ['\\Seen'])
    account.remove(inbox, uids[1] ?? 0)
    const second = await runBackup(vault, account)
    expect(second.accounts[0]?.collections[0]).toMatchObject({ said: 30, stored: 30, added: 1, changed: 1, removed: 1 })
    expect(account.fetched.messages).toBe(1)
    const { live, all } = await readVault(vault)
    expect(live).toEqual(account.contents())
    expect(all['Inbox']).toHaveLength(31)
    expect(execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault }).toString()).toBe('')
    expect(execFileSync('sha256sum', ['-c', '--quiet', 'tagmanifest-sha256.txt'], { cwd: vault }).toString()).toBe('')
  })

  it('asks for no room for what is in the vault by another key', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(100)
    const work = account.addMailbox(['Work'])
    await runBackup(vault, account)
    account.fetched = { bytes: 0, messages: 0 }
    account.renumber(inbox)
    account.add(work, message(200))
    // All of the Inbox would not fit.
    const small: Disk = { ...realDisk, capacity: async () => ({ free: 5_000, largestFile: null }) }
    const report = await runBackup(vault, account, { disk: small })
    expect(report.accounts[0]?.collections).toMatchObject([
      { said: 100, stored: 100, copied: 100 },
      { said: 1, stored: 1, added: 1 },
    ])
    expect(account.fetched.messages).toBe(1)
  })

  it('reads the list of folders no more often for many folders than for few', async () => {
    const reads = async (folders: number) => {
      const vault = join(await scratchFolder(), 'vault')
      const account = new MemoryAccount()
      for (let n = 0; n < folders; n++) account.addMailbox([`Folder ${n}`])
      await runBackup(vault, account)
      using read = vi.spyOn(AccountState.prototype, 'collections')
      await runBackup(vault, account)
      return read.mock.calls.length
    }
    const few = await reads(3)
    expect(few).toBeGreaterThan(0)
    expect(await reads(60)).toBe(few)
  })

  it('moves, renames and renumbering download nothing again', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(30)
    const work = account.addMailbox(['Work'])
    const deep = account.addMailbox(['Work', 'Deep'])
    account.add(deep, message(200))
    await runBackup(vault, account)
    account.fetched = { bytes: 0, messages: 0 }
    for (const uid of uids.slice(0, 10)) account.move(inbox, uid, work)
    account.rename(work, ['Arbeit'])
    account.rename(deep, ['Arbeit', 'Deep'])
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.collections.map(({ heldBack, failure }) => [heldBack, failure])).toEqual([
      [0, undefined],
      [0, undefined],
      [0, undefined],
    ])
    account.renumber(inbox)
    await runBackup(vault, account)
    expect(account.fetched.messages).toBe(0)
    const { live, all } = await readVault(vault)
    expect(live).toEqual(account.contents())
    expect(all['Inbox']).toHaveLength(30)
    expect(await readdir(join(vault, 'data/alice/Mail'))).toEqual(['Arbeit', 'Inbox', 'index.csv'])
    expect(await readdir(join(vault, 'data/alice/Mail/Arbeit'))).toEqual(['2025.mbox', 'Deep'])
    expect((await readFile(join(vault, 'data/alice/Mail/Inbox/2025.mbox'), 'latin1')).match(/^From MAILER/gm)).toHaveLength(30)
    expect(execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault }).toString()).toBe('')
  })

  it('downloads a message that is another with the headers and the size of one that is saved', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account } = accountWith(1)
    const drafts = account.addMailbox(['Drafts'])
    const draft = (word: string) => `Message-ID: <d@example.com>\r\nSubject: draft\r\n\r\nWe meet ${word}.\r\n`
    const uid = account.add(drafts, draft('today'), [], '2025-03-04T05:06:07.000Z')
    await runBackup(vault, account)
    account.remove(drafts, uid)
    account.add(drafts, draft('later'), [], '2025-03-04T05:06:09.000Z')
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it.each([true, false])(
    'follows a folder that goes into one that takes its name, with lasting ids or without (%s)',
    async (stableIds) => {
      const vault = join(await scratchFolder(), 'vault')
      const { account, inbox } = accountWith(3)
      account.stableIds = stableIds
      const work = account.addMailbox(['Work'])
      const sub = account.addMailbox(['Work', 'Sub'])
      account.add(work, message(50))
      account.add(sub, message(51))
      await runBackup(vault, account)
      account.rename(work, ['Work', 'Old'])
      account.rename(sub, ['Work', 'Old', 'Sub'])
      account.add(account.addMailbox(['Work']), message(52))
      account.add(inbox, message(53))
      for (let n = 0; n < 2; n++) {
        const report = await runBackup(vault, account)
        expect(report.accounts[0]?.failure).toBeUndefined()
        expect((await readVault(vault)).live).toEqual(account.contents())
      }
      const mail = (folder: string) => readdir(join(vault, 'data/alice/Mail', folder))
      expect(await mail('Work')).toEqual(['2025.mbox', 'Old'])
      expect(await mail('Work/Old')).toEqual(['2025.mbox', 'Sub'])
      expect(await mail('')).toEqual(['Inbox', 'Work', 'index.csv'])
    },
  )

  it('lists a folder as a whole that has the name of another one now', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    account.stableIds = false
    const other = account.addMailbox(['Other'])
    for (let n = 60; n < 64; n++) account.add(other, message(n))
    await runBackup(vault, account)
    account.rename(inbox, ['Away'])
    account.rename(other, ['Inbox'])
    await runBackup(vault, account, { acceptRemovals: true })
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('stores nothing twice after a renumbering, not even messages that nothing identifies', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    for (let n = 0; n < 4; n++) account.add(inbox, `Subject: nothing else\r\n\r\n${n % 2}\r\n`)
    await runBackup(vault, account)
    account.renumber(inbox)
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 4, stored: 4, added: 0, copied: 4, removed: 0 })
    const { all, items } = await readVault(vault)
    expect(all['Inbox']).toHaveLength(4)
    expect(new Set(items.map(({ offset }) => offset)).size).toBe(4)
  })

  it('keeps what cannot be read as pending and tries it first the next time', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, uids } = accountWith(5)
    account.poison.add(`1.${uids[2]}`)
    const first = await runBackup(vault, account)
    expect(first.accounts[0]?.collections[0]).toMatchObject({ said: 5, stored: 4, pending: 1 })
    expect(first.accounts[0]?.pending[0]).toMatchObject({
      collection: ['Inbox'],
      key: `1.${uids[2]}`,
      reason: 'The server says: cannot read this message.',
    })
    account.poison.clear()
    const second = await runBackup(vault, account)
    expect(second.accounts[0]?.collections[0]).toMatchObject({ said: 5, stored: 5, pending: 0, added: 1 })
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('tries only what is missing where that is wanted, and is not taken for a whole run', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(5)
    account.poison.add(`1.${uids[1]}`).add(`1.${uids[2]}`)
    await runBackup(vault, account)
    const since = await statusOf(vault)
    account.poison.delete(`1.${uids[2]}`)
    account.add(inbox, message(50))
    account.remove(inbox, uids[4] ?? 0)
    account.fetched = { bytes: 0, messages: 0 }
    const retry = await runBackup(vault, account, { onlyMissing: true })
    expect(retry.accounts[0]?.collections).toMatchObject([{ path: ['Inbox'], added: 1, pending: 1, removed: 0, heldBack: 0 }])
    expect(retry.accounts[0]?.pending).toMatchObject([{ key: `1.${uids[1]}` }])
    expect(account.fetched.messages).toBe(1)
    const now = await statusOf(vault)
    expect(now.lastGood).toBe(since.lastGood)
    expect(now).toMatchObject({ unexplained: 0, services: [{ items: 4, pending: 1 }] })
    // What is new and gone is for a whole run, which finds all of it.
    account.poison.clear()
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('asks nothing at all of an account that nothing is missing of', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account } = accountWith(2)
    await runBackup(vault, account)
    account.failure = new AppError('network', 'Nobody is to ask.')
    expect((await runBackup(vault, account, { onlyMissing: true })).accounts).toMatchObject([
      { collections: [], failedServices: [] },
    ])
  })

  it('says in status which folder a run that came to its end could not read', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account } = accountWith(3)
    const shared = account.addMailbox(['Shared'])
    account.add(shared, message(70))
    account.box(shared).failure = new AppError('permission', 'The server refuses this folder.')
    await runBackup(vault, account)
    const refused = await statusOf(vault)
    expect(refused.unread).toEqual([{ service: 'mail', path: ['Shared'], reason: 'The server refuses this folder.' }])
    expect(refused.warnings).toContain('"Shared" could not be saved, or not all of it: The server refuses this folder.')
    expect(refused.lastGood).not.toBeNull()
    account.box(shared).failure = null
    await runBackup(vault, account)
    expect((await statusOf(vault)).unread).toEqual([])
  })

  it('leaves a folder that is listed but out of reach as it is', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    await runBackup(vault, account)
    account.box(inbox).skipped = 'The server lets nobody in.'
    const report = await runBackup(vault, account, { acceptRemovals: true })
    expect(report.accounts[0]?.collections).toMatchObject([{ path: ['Inbox'], skipped: 'The server lets nobody in.' }])
    expect((await readVault(vault)).live['Inbox']).toHaveLength(3)
  })

  it('says of a folder at which the server fails for now that nobody knows what is new in it', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    await runBackup(vault, account)
    Object.assign(account.box(inbox), { skipped: 'The server is in disorder.', fails: true })
    const report = await runBackup(vault, account, { acceptRemovals: true })
    expect(report.accounts[0]?.collections).toMatchObject([
      { path: ['Inbox'], said: null, stored: 3, failure: { code: 'network', message: 'The server is in disorder.' } },
    ])
    expect(report.accounts[0]?.collections[0]).not.toHaveProperty('skipped')
    expect((await statusOf(vault)).unread).toEqual([{ service: 'mail', path: ['Inbox'], reason: 'The server is in disorder.' }])
    expect((await readVault(vault)).live['Inbox']).toHaveLength(3)
  })

  it('says of what is to be had no more that it failed only where something of it was saved', async () => {
    const { account, inbox } = accountWith(2)
    const gone = { skipped: 'There is no such mailbox.', failsIfSaved: true, advice: 'Ask whoever runs it.' }
    const vault = join(await scratchFolder(), 'vault')
    await runBackup(vault, account)
    Object.assign(account.box(inbox), gone)
    Object.assign(account.box(account.addMailbox(['Never'])), gone)
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.collections).toMatchObject([
      { path: ['Inbox'], stored: 2, failure: { message: 'There is no such mailbox.', advice: 'Ask whoever runs it.' } },
      { path: ['Never'], stored: 0, skipped: 'There is no such mailbox.' },
    ])
  })

  it('goes on with the other connections of an account when one fails, and names it', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account } = accountWith(3)
    const failing = new MemoryAccount()
    failing.failure = new AppError('auth', 'The password is refused.')
    const named = { id: 'alice', provider: 'memory', services: ['mail'], settings: {} } as const
    const report = await backup({
      vault: vaultOptions(vault),
      jobs: [failing, account].map((of) => ({ account: named, provider: memoryProvider(of), context: testContext })),
      acceptRemovals: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    const why = { code: 'auth', message: 'The password is refused.' }
    expect(report.accounts).toMatchObject([
      { provider: 'memory+memory', failure: why, failedServices: [{ service: 'mail', failure: why }] },
    ])
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('holds back removals that look like a fault until a person accepts them', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(30)
    await runBackup(vault, account)
    for (const uid of uids.slice(0, 10)) account.remove(inbox, uid)
    for (let n = 0; n < 2; n++) {
      const held = await runBackup(vault, account)
      expect(held.accounts[0]?.collections[0]).toMatchObject({ said: 20, stored: 20, heldBack: 10, removed: 0 })
      expect((await readVault(vault)).live['Inbox']).toHaveLength(30)
    }
    const accepted = await runBackup(vault, account, { acceptRemovals: true })
    expect(accepted.accounts[0]?.collections[0]).toMatchObject({ said: 20, stored: 20, heldBack: 0, removed: 10 })
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it.each([
    ['a fifth of twenty', 20, 4, 0],
    ['more than a fifth of twenty', 20, 5, 5],
    ['more than a fifth of nineteen', 19, 5, 0],
  ])('judges removals of %s', async (_, count, gone, heldBack) => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(count)
    await runBackup(vault, account)
    for (const uid of uids.slice(0, gone)) account.remove(inbox, uid)
    expect((await runBackup(vault, account)).accounts[0]?.collections[0]).toMatchObject({ heldBack, removed: gone - heldBack })
  })

  it('moves no cursor where the provider broke off after it had named one', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    await runBackup(vault, account)
    account.add(inbox, message(80))
    const provider = memoryProvider(account)
    const source: Provider['source'] = (...opening) => {
      const own = provider.source(...opening)
      const changes = own.changes.bind(own)
      return Object.assign(own, {
        async *changes(c: Collection, since: string | null, signal: AbortSignal): AsyncGenerator<Change> {
          for await (const change of changes(c, since, signal)) if (change.kind === 'checkpoint') yield change
          throw new AppError('network', 'The connection broke.')
        },
      })
    }
    const named = { id: 'alice', provider: 'memory', services: ['mail'], settings: {} } as const
    await runProvider(vault, named, { ...provider, source })
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('holds back also what waits to be fetched anew', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const { shelves } = account
    const drive = shelves.add('files', ['Drive'])
    for (let n = 0; n < 30; n++) shelves.file(drive, `file ${n}`, `text ${n}`)
    const run = (acceptRemovals = false) => runBackup(vault, account, { services: ['files'], acceptRemovals })
    await run()
    shelves.file(drive, 'file 0', 'a new version that cannot be had')
    shelves.poison.add('file 0')
    await run()
    for (let n = 0; n < 10; n++) shelves.remove(drive, `file ${n}`)
    expect((await run()).accounts[0]?.collections[0]).toMatchObject({ heldBack: 10, removed: 0 })
    expect((await readVault(vault)).live['Drive']).toHaveLength(30)
    const accepted = await run(true)
    expect(accepted.accounts[0]?.collections[0]).toMatchObject({ said: 20, stored: 20, pending: 0, heldBack: 0, removed: 10 })
    expect((await readVault(vault)).live['Drive']).toHaveLength(20)
  })

  it('has everything of a folder again that was not listed for a while', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox, uids } = accountWith(3)
    const other = account.addMailbox(['Other'])
    account.add(other, message(0))
    account.poison.add(`1.${uids[2]}`)
    await runBackup(vault, account)
    const box = account.box(inbox)
    account.mailboxes.delete(inbox)
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.collections.map(({ path, heldBack }) => [path.join('/'), heldBack])).toEqual([
      ['Other', 0],
      ['Inbox', 2],
    ])
    account.mailboxes.set(inbox, box)
    account.poison.clear()
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('forgets what a provider named before it said that it has to list everything', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account } = accountWith(3)
    await runBackup(vault, account)
    const provider = memoryProvider(account)
    const source: Provider['source'] = (...opening) => {
      const own = provider.source(...opening)
      const changes = own.changes.bind(own)
      return Object.assign(own, {
        async *changes(c: Collection, since: string | null, signal: AbortSignal): AsyncGenerator<Change> {
          if (since !== null) {
            yield { kind: 'item', item: { key: '0.1', version: '0.1', size: 5, meta: { flags: [] } } }
            throw new AppError('cursor-expired', 'The folder was replaced meanwhile.')
          }
          yield* changes(c, null, signal)
        },
      })
    }
    const named = { id: 'alice', provider: 'memory', services: ['mail'], settings: {} } as const
    const report = await runProvider(vault, named, { ...provider, source })
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 3, stored: 3, pending: 0 })
  })

  it('holds back a folder that is suddenly gone or empty', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    const other = account.addMailbox(['Other'])
    const uid = account.add(other, message(50))
    await runBackup(vault, account)
    account.mailboxes.delete(inbox)
    account.remove(other, uid)
    const held = await runBackup(vault, account)
    expect(held.accounts[0]?.collections.map(({ path, heldBack }) => [path.join('/'), heldBack])).toEqual([
      ['Other', 1],
      ['Inbox', 3],
    ])
    await runBackup(vault, account, { acceptRemovals: true })
    expect((await readVault(vault)).live).toEqual({ Other: [] })
    expect((await readVault(vault)).all['Inbox']).toHaveLength(3)
  })

  it('streams large messages and keeps them octet for octet', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const { account, inbox } = accountWith(3)
    account.streamFrom = 1000
    account.add(inbox, message(9, 'From x\r\nFrom y\r\n>From z\r\n'.repeat(5000)))
    account.add(inbox, message(10, 'bare\n'.repeat(5000)))
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
  })
})
