import { readdirSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Service } from '../../src/core/account.ts'
import { AppError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { Proof } from '../../src/engine/proof.ts'
import { status } from '../../src/engine/status.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { readAsStranger } from '../../src/vault/stranger.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { runBackup, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { folderConnection, never } from './harness.ts'

interface Case {
  readonly vault: string
  readonly account: MemoryAccount
  readonly inbox: string
  readonly work: string
}

async function sample(): Promise<Case> {
  const vault = await scratchFolder()
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const work = account.addMailbox(['Work'])
  for (let n = 1; n <= 20; n++)
    account.add(
      inbox,
      `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\n${'text '.repeat(n)}\r\n`,
      n % 2 ? ['\\Seen', 'Todo'] : [],
    )
  account.add(work, 'Message-ID: <w@example.com>\r\nSubject: at work\r\n\r\nx\r\n', ['\\Flagged'])
  await runBackup(vault, account)
  return { vault, account, inbox, work }
}

interface Choice {
  readonly afterRestore?: (folder: string) => void
  readonly sample?: number
  /** In place of the folder as it is. */
  readonly target?: (folder: string) => Connection
  readonly offline?: boolean
  readonly onStep?: (text: string) => void
  readonly goals?: { recoverHours: number; loseDays: number }
  readonly services?: readonly Service[]
}

async function drillIt({ vault, account }: Case, choice: Choice = {}): Promise<Proof> {
  const folder = await scratchFolder()
  const settings = {
    account: { id: 'alice', provider: 'memory', services: choice.services ?? ['mail'], settings: {} },
    context: testContext,
  } as const
  return await drill({
    vault: vaultOptions(vault),
    accounts: null,
    known: async (id) => ({
      id,
      connections: choice.offline ? [] : [{ ...settings, provider: memoryProvider(account) }],
      goals: choice.goals ?? { recoverHours: 12, loseDays: 7 },
    }),
    target: { kind: 'folder', path: folder, connection: choice.target?.(folder) ?? folderConnection(folder) },
    sample: choice.sample ?? null,
    signal: never,
    onProgress: (event) => event.kind === 'step' && choice.onStep?.(event.text),
    ...(choice.afterRestore === undefined ? {} : { afterRestore: async () => choice.afterRestore?.(join(folder, 'Mail/alice')) }),
  })
}

function faults(proof: Proof): string[] {
  return proof.accounts.flatMap((account) => account.faults.map(({ title, text }) => `${title}: ${text}`))
}

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
      finds: /at work: The provider gives other octets/,
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
    expect(faults(proof)).toContain('long: It did not come back, or not with the octets that were saved.')
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
      finds: /at work: It did not come back, or not with the octets/,
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

describe('a large vault, read by several threads', () => {
  async function large(): Promise<Case> {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const work = account.addMailbox(['Work'])
    for (let n = 1; n <= 1_200; n++)
      account.add(
        n % 3 ? inbox : work,
        `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\nFrom here ${n}\r\n`,
        n % 2 ? ['\\Seen'] : [],
        `20${n % 2 ? 24 : 25}-03-04T05:06:07.000Z`,
      )
    await runBackup(vault, account)
    return { vault, account, inbox, work }
  }

  test('is proven when it is sound, and what is planted is found and named among many', async () => {
    const all = await large()
    const sound = await drillIt(all, { offline: true })
    expect(faults(sound)).toEqual([])
    expect(sound.accounts[0]?.services).toMatchObject([{ items: 1_200, restored: 1_200, identical: 1_200 }])
    const wrong = await drillIt(all, {
      offline: true,
      afterRestore: (mail) => {
        const names = readdirSync(join(mail, 'Work/cur')).sort()
        const [lost = '', changed = '', moved = ''] = names
        unlinkSync(join(mail, 'Work/cur', lost))
        writeFileSync(join(mail, 'Work/cur', changed), 'Subject: other\r\n\r\n')
        renameSync(join(mail, 'Work/cur', moved), join(mail, 'Inbox/cur', moved))
      },
    })
    expect(wrong.accounts[0]?.services).toMatchObject([{ identical: 1_197 }])
    expect(
      faults(wrong)
        .map((text) => text.replace(/\d{2,}/, 'n'))
        .sort(),
    ).toEqual([
      ': 1 came back that do not belong there.',
      ': 1 came back that do not belong there.',
      'number n: It came back in another place: Inbox.',
      'number n: It did not come back, or not with the octets that were saved.',
      'number n: It did not come back, or not with the octets that were saved.',
    ])
  })

  test('several threads find in the plain files just what one finds', async () => {
    const { vault } = await large()
    const read = async (threadsFrom: number) => {
      const found = await readAsStranger({
        ...{ disk: realDisk, directory: vault, folders: ['data/alice'], signal: never, onBytes: () => {}, threadsFrom },
      })
      const { files, bytes, messages, problems } = found
      found.close()
      return { files, bytes, messages, problems }
    }
    expect(await read(0)).toEqual(await read(Number.POSITIVE_INFINITY))
    expect((await read(0)).messages).toBe(1_200)
    const mbox = join(vault, 'data/alice/Mail/Inbox/2024.mbox')
    writeFileSync(mbox, readFileSync(mbox, 'latin1').replace('From here 7', 'From here 8'), 'latin1')
    unlinkSync(join(vault, 'data/alice/Mail/Work/2025.mbox'))
    const damaged = await read(0)
    expect(damaged).toEqual(await read(Number.POSITIVE_INFINITY))
    expect(damaged.problems.map(({ text }) => text)).toEqual([
      expect.stringContaining('is damaged'),
      expect.stringContaining('its checksum differs'),
      expect.stringContaining('Work/2025.mbox is missing'),
    ])
  })

  test('a person who stops it is not kept waiting', async () => {
    const { vault } = await large()
    const stop = new AbortController()
    const reading = readAsStranger({
      ...{ disk: realDisk, directory: vault, folders: ['data/alice'], signal: stop.signal, threadsFrom: 0 },
      onBytes: () => stop.abort(),
    })
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('status', () => {
  const goals = async () => ({ recoverHours: 12, loseDays: 7 })

  test('tells what is safe and when that was proven, and what is too old', async () => {
    const all = await sample()
    const limits = { runDays: 8, proofDays: 35 }
    const never = await status(vaultOptions(all.vault), limits, goals)
    expect(never).toMatchObject({ stale: true, accounts: [{ services: [{ service: 'mail', items: 21 }], lastProof: null }] })
    expect(never.accounts[0]?.warnings).toEqual(['It was never proven that this can be restored: run lifeboat drill.'])

    const { saveProof } = await import('../../src/api/drill.ts')
    const proof = await drillIt(all)
    const saved = await saveProof(proof, all.vault, null)
    expect(saved.page).toMatch(/proofs\/.*\.html$/)
    const now = await status(vaultOptions(all.vault), limits, goals)
    expect(now).toMatchObject({ stale: false, accounts: [{ warnings: [], lastProof: { verdict: 'proven' } }] })

    // A proof of which the target took no contacts.
    const [account] = proof.accounts
    const contacts = {
      service: 'contacts',
      collections: 1,
      items: 3,
      bytes: 9,
      kept: 0,
      pending: 0,
      restored: 0,
      identical: 0,
    } as const
    const services = [...(account?.services ?? []), { ...contacts, seconds: 0, fullSeconds: 0 }]
    await saveProof({ ...proof, accounts: proof.accounts.map((one) => ({ ...one, services })) }, all.vault, null)
    const part = await status(vaultOptions(all.vault), limits, goals)
    expect(part.accounts[0]?.lastProof).toMatchObject({ untimed: ['contacts'] })
    expect(now.accounts[0]?.lastProof).not.toHaveProperty('untimed')

    const clock = { ...testContext.clock, now: () => new Date(Date.now() + 40 * 86_400_000) }
    const later = await status({ ...vaultOptions(all.vault), clock }, limits, goals)
    expect(later.stale).toBe(true)
    expect(later.accounts[0]?.warnings).toEqual([
      'The last good backup is 40 days old: run lifeboat backup.',
      'The last proof is 40 days old: run lifeboat drill.',
    ])
    const outlook = async (id: string) => [`The sign-in of ${id} ends tomorrow.`]
    const soon = await status(vaultOptions(all.vault), limits, goals, outlook)
    expect(soon).toMatchObject({ stale: true, accounts: [{ warnings: ['The sign-in of alice ends tomorrow.'] }] })
    rmSync(join(all.vault, 'proofs'), { recursive: true })
  })

  test('is not taken in by a clock that was wrong', async () => {
    const all = await sample()
    const { saveProof } = await import('../../src/api/drill.ts')
    const proof = await drillIt(all)
    const failed = proof.accounts.map((account) => ({ ...account, verdict: 'not-proven' as const }))
    await saveProof({ ...proof, ended: '2070-01-01T00:00:00.000Z' }, all.vault, null)
    await saveProof({ ...proof, accounts: failed }, all.vault, null)
    const at = async (days: number) => {
      const clock = { ...testContext.clock, now: () => new Date(Date.now() + days * 86_400_000) }
      return await status({ ...vaultOptions(all.vault), clock }, { runDays: 8, proofDays: 35 }, goals)
    }
    const now = await at(0)
    expect(now.accounts[0]?.lastProof).toMatchObject({ verdict: 'not-proven' })
    expect(now.accounts[0]?.warnings).toEqual(['The last drill did not prove it: run lifeboat drill to see why.'])
    const before = await at(-3)
    expect(before.stale).toBe(true)
    expect(before.accounts[0]?.warnings[0]).toContain('The last good backup bears a date that is still to come')
  })

  test('remembers damage that was found until the disk was found sound', async () => {
    const all = await sample()
    const { saveProof } = await import('../../src/api/drill.ts')
    await saveProof(await drillIt(all), all.vault, null)
    const mbox = join(all.vault, 'data/alice/Mail/Work/2025.mbox')
    const sound = readFileSync(mbox)
    const verify = () => verifyVault(vaultOptions(all.vault), never, () => undefined)
    const warnings = async () =>
      (await status(vaultOptions(all.vault), { runDays: 8, proofDays: 35 }, goals)).accounts[0]?.warnings
    writeFileSync(mbox, 'no mail any more')
    await verify()
    expect(await warnings()).toEqual([
      'The last check of the disk found damage: run lifeboat backup, and then lifeboat verify again.',
    ])
    writeFileSync(mbox, sound)
    await verify()
    expect(await warnings()).toEqual([])
  })
})
