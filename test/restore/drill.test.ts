import { readdirSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { status } from '../../src/engine/status.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { memoryProvider } from '../fixtures/memory-account.ts'
import { runBackup, runProvider, vaultOptions } from '../fixtures/vaults.ts'
import { folderConnection, never } from './harness.ts'
import { type Case, type Choice, drillIt, faults, sample } from './rehearsal.ts'

describe('a drill', () => {
  test.each<[string, (all: Case) => void]>([
    [
      'damage was fetched anew',
      ({ vault }) =>
        edit(inVault('Mail/Inbox/2025.mbox')(vault), (text) => text.replace('Subject: number 7', 'Subject: number 6')),
    ],
    [
      'a mail program added a message',
      ({ vault }) =>
        edit(inVault('Mail/Work/2025.mbox')(vault), (text) => `${text}From bob Mon Feb  3 04:05:06 2025\nSubject: mine\n\nx\n\n`),
    ],
  ])('on a disk where %s proves it again after a check and a backup', async (_, plant) => {
    const all = await sample()
    plant(all)
    expect((await drillIt(all)).verdict).toBe('not-proven')
    await verifyVault(vaultOptions(all.vault), never, () => undefined)
    await runBackup(all.vault, all.account)
    const proof = await drillIt(all)
    expect(faults(proof)).toEqual([])
    expect(proof.verdict).toBe('proven')
    expect(await verifyVault(vaultOptions(all.vault), never, () => undefined)).toMatchObject({ sound: true })
  })

  test('on a sound vault proves it and finds nothing', async () => {
    const proof = await drillIt(await sample())
    expect(faults(proof)).toEqual([])
    expect(proof).toMatchObject({
      verdict: 'proven',
      files: expect.any(Number),
      manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(proof.accounts[0]).toMatchObject({
      services: [{ service: 'mail', collections: 2, items: 21, restored: 21, identical: 21, pending: 0 }],
      provider: { asked: true, listed: 21, sampled: 20, identical: 20, arrived: 0, changed: 0, removed: 0 },
      exceptions: [],
      untested: [],
    })
  })

  test('says what has happened at the provider since, which is no fault', async () => {
    const all = await sample()
    all.account.add(all.inbox, 'Subject: new\r\n\r\nx\r\n')
    const [first = 0, second = 0] = [...all.account.box(all.inbox).messages.keys()]
    all.account.reflag(all.inbox, first, ['\\Answered'])
    all.account.remove(all.inbox, second)
    const proof = await drillIt(all)
    expect(faults(proof)).toEqual([])
    expect(proof.verdict).toBe('proven')
    expect(proof.accounts[0]?.provider).toMatchObject({ arrived: 1, changed: 1, removed: 1 })
  })

  test('counts what lay in a folder that the provider has no more', async () => {
    const all = await sample()
    all.account.mailboxes.delete(all.inbox)
    expect((await drillIt(all)).accounts[0]?.provider).toMatchObject({ listed: 1, removed: 20 })
  })

  test('says what the provider did not give again', async () => {
    const all = await sample()
    for (const uid of all.account.box(all.inbox).messages.keys()) all.account.poison.add(`1.${uid}`)
    const proof = await drillIt(all, { sample: 21 })
    expect(proof.accounts[0]?.provider).toMatchObject({ listed: 21, sampled: 1, identical: 1 })
    expect(proof.accounts[0]?.untested).toEqual([
      expect.stringMatching(/^Fetching 20 items of mail again: .*cannot read this message/),
    ])
  })

  test('without the provider says so, and claims no more than it tested', async () => {
    const all = await sample()
    const offline = await drillIt(all, { offline: true })
    expect(offline.verdict).toBe('proven')
    expect(offline.accounts[0]?.untested.join()).toContain('not set up on this computer')
    const part = await drillIt(all, { sample: 5 })
    expect(part.accounts[0]).toMatchObject({ services: [{ items: 21, restored: 5, identical: 5 }], provider: { sampled: 5 } })
    expect(part.accounts[0]?.untested.join()).toContain('16 of 21')
  })

  test('names what could not be saved, and wishes that are not met, as exceptions', async () => {
    const all = await sample()
    const uid = all.account.add(all.work, 'Subject: unreadable\r\n\r\nx\r\n')
    all.account.poison.add(`1.${uid}`)
    await runBackup(all.vault, all.account)
    const proof = await drillIt(all, { goals: { recoverHours: 0.000_000_1, loseDays: 7 } })
    expect(proof.verdict).toBe('proven-with-exceptions')
    expect(proof.accounts[0]?.exceptions.map(({ text }) => text)).toEqual([
      expect.stringContaining('cannot read this message'),
      expect.stringContaining('longer than'),
    ])
  })

  test('names what was left out of the backup, and what the provider counted and nobody can explain', async () => {
    const all = await sample()
    const shared = all.account.addMailbox(['Shared'])
    all.account.add(shared, 'Subject: of others\r\n\r\nx\r\n')
    all.account.box(shared).skipped = 'Nobody may open it.'
    // Counted, and in no list.
    const uid = all.account.add(all.inbox, 'Subject: overlooked\r\n\r\nx\r\n')
    const message = all.account.box(all.inbox).messages.get(uid)
    if (message !== undefined) message.changed = 0
    await runBackup(all.vault, all.account)
    const proof = await drillIt(all, { offline: true })
    expect(proof.verdict).toBe('proven-with-exceptions')
    expect(proof.accounts[0]?.exceptions.map(({ collection, text }) => `${collection.join('/')}: ${text}`).sort()).toEqual([
      'Inbox: The provider listed 21, and 20 could be saved or named.',
      'Shared: Left out of the backup: Nobody may open it.',
    ])
  })

  test('proves nothing where nothing could be restored', async () => {
    const all = await sample()
    const closed: Choice['target'] = (folder) => {
      const connection = folderConnection(folder)
      const target: Provider['target'] = (...args) => {
        const open = connection.provider.target?.(...args)
        if (open === undefined) throw new Error('A folder takes what is restored.')
        return Object.assign(open, { open: () => Promise.reject(new AppError('permission', 'Nobody may write there.')) })
      }
      return { ...connection, provider: { ...connection.provider, target } }
    }
    const proof = await drillIt(all, { target: closed })
    expect(proof.verdict).toBe('not-proven')
    expect(proof.accounts[0]?.services).toMatchObject([{ items: 21, restored: 0, identical: 0 }])
    expect(faults(proof)).toEqual([': Nobody may write there.'])
  })

  test('finds an account of which all journals are lost, and so does status', async () => {
    const all = await sample()
    await runBackup(all.vault, all.account, { id: 'bob' })
    rmSync(join(all.vault, 'data/bob/Journal'), { recursive: true })
    const proof = await drillIt(all)
    expect(proof.verdict).toBe('not-proven')
    expect(proof.accounts.map(({ account, verdict }) => [account, verdict])).toEqual([
      ['alice', 'proven'],
      ['bob', 'not-proven'],
    ])
    expect(faults(proof).join('\n')).toContain('what was saved of it cannot be told')
    const limits = { runDays: 8, proofDays: 35 }
    const report = await status(vaultOptions(all.vault), limits, async () => ({ recoverHours: 12, loseDays: 7 }))
    expect(report.accounts.map(({ account }) => account)).toEqual(['alice', 'bob'])
    expect(report.accounts[1]?.warnings[0]).toContain('what was saved of it cannot be told')
    rmSync(join(all.vault, 'data/bob'), { recursive: true })
    expect((await drillIt(all)).verdict).toBe('not-proven')
  })

  test('names what failed in the last run, or in the last good one where that was broken off', async () => {
    const all = await sample()
    const shared = all.account.addMailbox(['Shared'])
    all.account.box(shared).failure = new AppError('permission', 'The server refuses this folder.')
    // As calendars and drives: their providers tell no number.
    const provider = memoryProvider(all.account)
    const source: Provider['source'] = (...opening) => {
      const own = provider.source(...opening)
      const collections = own.collections.bind(own)
      return Object.assign(own, {
        async *collections(signal: AbortSignal) {
          for await (const { count: _, ...collection } of collections(signal)) yield collection
        },
      })
    }
    const named = { id: 'alice', provider: 'memory', services: ['mail'], settings: {} } as const
    await runProvider(all.vault, named, { ...provider, source })
    const exceptions = async () => {
      const proof = await drillIt(all, { offline: true })
      expect(proof.verdict).toBe('proven-with-exceptions')
      return proof.accounts[0]?.exceptions.map(({ collection, text }) => `${collection.join('/')}: ${text}`)
    }
    const refused = ['Shared: Not all of it could be saved: The server refuses this folder.']
    expect(await exceptions()).toEqual(refused)
    await runProvider(all.vault, named, { ...provider, source }, { signal: AbortSignal.abort() })
    expect(await exceptions()).toEqual(refused)
  })

  test('does not prove a vault that a broken-off backup left', async () => {
    const all = await sample()
    const info = join(all.vault, 'bag-info.txt')
    const text = readFileSync(info, 'utf8')
    writeFileSync(info, text.replace('Lifeboat-State: complete', 'Lifeboat-State: being written since 2026-01-01T00:00:00.000Z'))
    const proof = await drillIt(all)
    expect(proof.verdict).toBe('not-proven')
    expect(faults(proof).join('\n')).toContain('The last backup was interrupted')
  })

  test('says of which services nothing has been saved', async () => {
    const all = await sample()
    const proof = await drillIt(all, { services: ['mail', 'contacts'] })
    expect(proof.accounts[0]?.untested).toEqual(['Whether the account has any contacts: nothing of it has been saved yet.'])
  })

  const inVault = (name: string) => (vault: string) => join(vault, 'data/alice', name)
  const edit = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1')

  test.each<{ name: string; plant: (all: Case) => void; finds: RegExp }>([
    {
      name: 'a flipped bit in a message',
      plant: ({ vault }) =>
        edit(inVault('Mail/Inbox/2025.mbox')(vault), (text) => text.replace('Subject: number 7', 'Subject: number 6')),
      finds: /number 7: It is not in its file/,
    },
    {
      name: 'a flipped bit in a header of ours',
      plant: ({ vault }) => edit(inVault('Mail/Work/2025.mbox')(vault), (text) => text.replace('eol=crlf', 'eol=crmf')),
      finds: /at work: It is not in its file/,
    },
    {
      name: 'a lost file',
      plant: ({ vault }) => unlinkSync(inVault('Mail/Work/2025.mbox')(vault)),
      finds: /Work\/2025\.mbox is missing/,
    },
    {
      name: 'two files that were exchanged',
      plant: ({ vault }) => {
        const [a, b] = [inVault('Mail/Inbox/2025.mbox')(vault), inVault('Mail/Work/2025.mbox')(vault)]
        renameSync(a, `${a}.tmp`)
        renameSync(b, a)
        renameSync(`${a}.tmp`, b)
      },
      finds: /at work: It is not in its file/,
    },
    {
      name: 'a message that the backup has overlooked',
      plant: ({ account, inbox }) => {
        // It is in no change since the last backup, as if a server had forgotten to name it.
        const uid = account.add(inbox, 'Subject: overlooked\r\n\r\nx\r\n')
        const message = account.box(inbox).messages.get(uid)
        if (message !== undefined) message.changed = 0
      },
      finds: /the vault does not have it/,
    },
    {
      name: 'a message that vanished at the provider without a word',
      plant: ({ account, work }) => account.box(work).messages.clear(),
      finds: /at work: The provider does not have it/,
    },
    {
      name: 'a mark that the backup has overlooked',
      plant: ({ account, work }) => {
        for (const message of account.box(work).messages.values()) message.flags = ['\\Answered']
      },
      finds: /at work: Its marks are \\Answered at the provider and \\Flagged in the vault/,
    },
    {
      name: 'other octets at the provider',
      plant: ({ account, work }) => {
        for (const message of account.box(work).messages.values()) message.bytes = Buffer.from('Subject: another\r\n\r\nx\r\n')
        account.box('m1').messages.clear()
      },
      finds: /at work: The provider gives another content/,
    },
  ])('finds $name and names it', async ({ plant, finds }) => {
    const all = await sample()
    plant(all)
    const proof = await drillIt(all)
    expect(proof.verdict).toBe('not-proven')
    expect(faults(proof).join('\n')).toMatch(finds)
  })

  test('finds what is damaged on the disk after it was read there', async () => {
    const all = await sample()
    const long = `Subject: long\r\n\r\n${'one line\r\n'.repeat(4_000)}`
    all.account.add(all.work, long)
    await runBackup(all.vault, all.account)
    const damage = () => edit(inVault('Mail/Work/2025.mbox')(all.vault), (text) => text.replace('one line', 'One line'))
    const proof = await drillIt(all, { offline: true, onStep: (text) => text.includes('restored mail') && damage() })
    expect(faults(proof)).toContain('long: It did not come back, or not as it was saved.')
  })

  const first = (folder: string) => {
    const name = readdirSync(join(folder, 'cur'))[0] ?? ''
    return { name, path: join(folder, 'cur', name) }
  }

  test.each<{ name: string; plant: (mail: string) => void; finds: RegExp }>([
    {
      name: 'a lost message',
      plant: (mail) => unlinkSync(first(join(mail, 'Work')).path),
      finds: /at work: It did not come back/,
    },
    {
      name: 'other octets',
      plant: (mail) => edit(first(join(mail, 'Work')).path, (text) => text.replace('at work', 'at rest')),
      finds: /at work: It did not come back, or not as it was saved/,
    },
    {
      name: 'another mark',
      plant: (mail) => {
        const { path } = first(join(mail, 'Work'))
        renameSync(path, path.replace(/:2,.*/, ':2,S'))
      },
      finds: /at work: It came back with other marks: \\Seen instead of \\Flagged/,
    },
    {
      name: 'another folder',
      plant: (mail) => {
        const { name, path } = first(join(mail, 'Work'))
        renameSync(path, join(mail, 'Inbox/cur', name))
      },
      finds: /at work: It came back in another place: Inbox/,
    },
    {
      name: 'another date',
      plant: (mail) => utimesSync(first(join(mail, 'Work')).path, 0, 0),
      finds: /at work: It came back with another date: 1970/,
    },
    {
      name: 'a message too many',
      plant: (mail) => writeFileSync(join(mail, 'Work/cur/1.x:2,'), 'Subject: stranger\r\n\r\n'),
      finds: /1 came back that do not belong there/,
    },
  ])('finds $name in what was restored and names it', async ({ plant, finds }) => {
    const proof = await drillIt(await sample(), { afterRestore: plant })
    expect(proof.verdict).toBe('not-proven')
    expect(faults(proof).join('\n')).toMatch(finds)
    expect(faults(proof).length).toBeLessThanOrEqual(2)
  })
})
