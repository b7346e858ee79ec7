import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { toAppError } from '../../src/core/errors.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { schemaVersion } from '../../src/vault/state-rows.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { FaultyDisk } from '../faults/faulty-disk.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const inboxFile = 'data/alice/Mail/Inbox/2025.mbox'

interface Interrupted {
  readonly vault: string
  readonly account: MemoryAccount
  /** Octets of the Inbox's file that a commit covers. */
  readonly committed: number
}

function message(n: number): string {
  return `Message-ID: <${n}@x>\r\nSubject: Number ${n}\r\n\r\n${'All work and no play\r\n'.repeat(40)}`
}

/** A vault whose second run was killed when its messages were in the file and not in the journal. */
async function interrupted(): Promise<Interrupted> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  for (let n = 0; n < 5; n++) account.add(inbox, message(n))
  await runBackup(vault, account)
  const committed = (await stat(join(vault, inboxFile))).size
  for (let n = 5; n < 9; n++) account.add(inbox, message(n))
  await cp(vault, `${vault}.probe`, { recursive: true })
  const probe = new FaultyDisk(realDisk, null)
  await runBackup(`${vault}.probe`, account, { disk: probe })
  const at = 1 + probe.calls.findIndex((call) => call.startsWith('sync ') && call.endsWith(inboxFile))
  await runBackup(vault, account, { disk: new FaultyDisk(realDisk, { kind: 'killed', at, written: 0 }) }).catch(() => undefined)
  expect((await stat(join(vault, inboxFile))).size).toBeGreaterThan(committed)
  return { vault, account, committed }
}

async function verified(vault: string): Promise<string[]> {
  const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return findings.map(({ kind, path }) => `${kind} ${path}`)
}

describe('what a crash left behind the last commit', () => {
  it('is cut, however little of it a loss of power has kept', async () => {
    const whole = await interrupted()
    const written = await readFile(join(whole.vault, inboxFile))
    const sector = (n: number) => Math.ceil(whole.committed / 512 + n) * 512
    const remains = {
      'a part of the first record': written.subarray(0, whole.committed + 7),
      'a first sector that was never written, and ends after a few octets': Buffer.from(written).fill(
        0,
        whole.committed,
        whole.committed + 20,
      ),
      'a first sector that holds what was there before': Buffer.from(written).fill('\x07\xe9junk', whole.committed, sector(0)),
      'only the length': Buffer.from(written).fill(0, whole.committed),
      'an end that was never written': Buffer.from(written).fill(0, sector(1)),
    }
    for (const [what, bytes] of Object.entries(remains)) {
      const vault = join(await scratchFolder(), 'vault')
      await cp(whole.vault, vault, { recursive: true })
      await writeFile(join(vault, inboxFile), bytes)
      expect(await verified(vault), what).toEqual(['interrupted bag-info.txt'])
      await runBackup(vault, whole.account)
      expect((await readFile(join(vault, inboxFile))).equals(written), what).toBe(true)
      expect(await verified(vault), what).toEqual([])
    }
  })

  it('is not mistaken for a message that a mail program added, which stays', async () => {
    for (const added of [
      'From bob@example.com Mon Feb  3 04:05:06 2025\nSubject: mine\n\nkeep me\n\n',
      '\nFrom MAILER-DAEMON Mon Feb  3 04:05:06 2025\nSubject: mine\n\nkeep me\n\n',
    ]) {
      const { vault, account, committed } = await interrupted()
      await truncate(join(vault, inboxFile), committed)
      await appendFile(join(vault, inboxFile), added)
      await runBackup(vault, account)
      expect((await readFile(join(vault, inboxFile))).subarray(committed).toString()).toBe(added)
      expect((await readVault(vault)).live).toEqual(account.contents())
      expect(await verified(vault)).toEqual([`damaged ${inboxFile}`])
    }
  })

  it('is not mistaken for a file that somebody else put there, which stays and is named', async () => {
    const { vault, account } = await interrupted()
    const foreign = 'data/alice/Mail/Inbox/2019.mbox'
    await writeFile(join(vault, foreign), 'notes of mine\n')
    await runBackup(vault, account)
    expect(await readFile(join(vault, foreign), 'utf8')).toBe('notes of mine\n')
    expect(await verified(vault)).toEqual([`foreign ${foreign}`])
  })

  it('is not mistaken for a copy of a folder that somebody made, nor for one that a torn rename left with two names', async () => {
    const { vault, account } = await interrupted()
    const copy = 'data/alice/Mail/A copy of Inbox'
    await cp(join(vault, 'data/alice/Mail/Inbox'), join(vault, copy), { recursive: true })
    const copied = await readFile(join(vault, copy, '2025.mbox'))
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect((await readFile(join(vault, copy, '2025.mbox'))).equals(copied)).toBe(true)
    expect(await verified(vault)).toEqual([`foreign ${copy}/2025.mbox`])
  })
})

describe('a file that somebody moved by hand', () => {
  it.each(['data/alice/Mail/Old/Inbox', 'data/elsewhere/Mail/Inbox'])(
    'stays when the next run is repaired: it may be all that is left of what is in it (%s)',
    async (to) => {
      const { vault, account, committed } = await interrupted()
      await truncate(join(vault, inboxFile), committed)
      await mkdir(dirname(join(vault, to)), { recursive: true })
      await rename(join(vault, 'data/alice/Mail/Inbox'), join(vault, to))
      const moved = await readFile(join(vault, to, '2025.mbox'))
      const report = await runBackup(vault, account)
      expect(report.accounts[0]).toMatchObject({ pending: [], collections: [{ said: 9, stored: 9 }] })
      expect((await readFile(join(vault, to, '2025.mbox'))).equals(moved)).toBe(true)
    },
  )

  it('stays with what a crash left in it', async () => {
    const { vault, account } = await interrupted()
    await rename(join(vault, inboxFile), join(vault, 'data/alice/Mail/Inbox/2019.mbox'))
    const moved = await readFile(join(vault, 'data/alice/Mail/Inbox/2019.mbox'))
    await runBackup(vault, account)
    expect((await readFile(join(vault, 'data/alice/Mail/Inbox/2019.mbox'))).equals(moved)).toBe(true)
  })
})

it('a message that a mail program moved from one of our files to another stays there', async () => {
  const { vault, account, committed } = await interrupted()
  const work = account.addMailbox(['Work'])
  account.add(work, `Message-ID: <work@x>\r\nSubject: Work\r\n\r\n${'No play\r\n'.repeat(30)}`)
  await runBackup(vault, account)
  const from = join(vault, 'data/alice/Mail/Work/2025.mbox')
  const record = await readFile(from)
  expect(record.length).toBeGreaterThan(100)
  await writeFile(from, '')
  await appendFile(join(vault, inboxFile), record)
  const length = (await stat(join(vault, inboxFile))).size
  expect(length).toBeGreaterThan(committed)
  // A run that is killed as soon as it has said that it writes.
  const info = await readFile(join(vault, 'bag-info.txt'), 'utf8')
  await writeFile(
    join(vault, 'bag-info.txt'),
    info.replace('Lifeboat-State: complete', 'Lifeboat-State: being written since 2025-02-03T04:05:06.000Z'),
  )
  await runBackup(vault, account)
  expect((await readFile(join(vault, inboxFile))).subarray(length - record.length).equals(record)).toBe(true)
})

describe('what somebody moved behind other records', () => {
  /** A saved message that is left nowhere but in what this gives. */
  async function takenOut() {
    const { vault, account, committed } = await interrupted()
    const work = account.addMailbox(['Work'])
    const uid = account.add(work, `Message-ID: <work@x>\r\nSubject: Work\r\n\r\n${'No play\r\n'.repeat(30)}`)
    await runBackup(vault, account)
    const from = join(vault, 'data/alice/Mail/Work/2025.mbox')
    const record = await readFile(from)
    await writeFile(from, '')
    const other = (await readFile(join(vault, inboxFile))).subarray(0, committed)
    // A run that is killed as soon as it has said that it writes.
    const info = await readFile(join(vault, 'bag-info.txt'), 'utf8')
    await writeFile(
      join(vault, 'bag-info.txt'),
      info.replace('Lifeboat-State: complete', 'Lifeboat-State: being written since 2025-02-03T04:05:06.000Z'),
    )
    account.remove(work, uid)
    return { vault, account, record, other }
  }

  it('stays at the end of a file, also behind what was only copied there', async () => {
    const { vault, account, record, other } = await takenOut()
    await appendFile(join(vault, inboxFile), Buffer.concat([other, record]))
    const moved = await readFile(join(vault, inboxFile))
    await runBackup(vault, account)
    expect((await readFile(join(vault, inboxFile))).equals(moved)).toBe(true)
  })

  it('stays in a file of its own, also behind what was only copied there', async () => {
    const { vault, account, record, other } = await takenOut()
    const file = join(vault, 'data/alice/Mail/Inbox/2019.mbox')
    await writeFile(file, Buffer.concat([other.subarray(0, other.indexOf('\nFrom ') + 1), record]))
    const moved = await readFile(file)
    await runBackup(vault, account)
    expect((await readFile(file)).equals(moved)).toBe(true)
  })
})

/** Every file of the vault with its octets. */
async function contentsOf(vault: string): Promise<Map<string, string>> {
  const entries = await readdir(vault, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== '.lifeboat-lock')
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('latin1')] as const)))
}

async function journalsOf(vault: string): Promise<string[]> {
  const folder = join(vault, 'data/alice/Journal')
  return (await readdir(folder)).sort().map((name) => join(folder, name))
}

describe('a journal that is missing', () => {
  it('stops the repair before anything is touched, where the list of checksums knows it', async () => {
    const { vault, account } = await interrupted()
    const [first = ''] = await journalsOf(vault)
    await rename(first, `${vault}.journal`)
    const before = await contentsOf(vault)
    const advice = expect.stringContaining('another copy of this vault')
    await expect(runBackup(vault, account)).rejects.toMatchObject({ code: 'corrupt', advice })
    expect(await contentsOf(vault)).toEqual(before)
    await rename(`${vault}.journal`, first)
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  })

  it('of an interrupted run takes its work with it, and the next run does that again', async () => {
    const { vault, account } = await interrupted()
    const [, second] = await journalsOf(vault)
    if (second !== undefined) await rm(second)
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  })
})

describe('repairing', () => {
  it('changes nothing when it is done again, by whichever opener', async () => {
    const { vault } = await interrupted()
    const open = async () => {
      await (await Vault.openForWriting(vaultOptions(vault))).close()
      return await contentsOf(vault)
    }
    const once = await open()
    expect(await verified(vault)).toEqual(['interrupted bag-info.txt'])
    expect(await open()).toEqual(once)
    expect(await open()).toEqual(once)
  })

  it('is left to a writer: reading an interrupted vault changes nothing', async () => {
    const { vault } = await interrupted()
    const before = await contentsOf(vault)
    expect((await readVault(vault)).live['Inbox']).toHaveLength(5)
    await verified(vault)
    expect(await contentsOf(vault)).toEqual(before)
  })

  it('of one account leaves another as it is', async () => {
    const { vault, account } = await interrupted()
    const other = new MemoryAccount()
    other.add(other.addMailbox(['Inbox']), message(50))
    await runBackup(vault, other, { id: 'bob' })
    expect((await readVault(vault, 'bob')).live).toEqual(other.contents())
    expect((await readVault(vault)).live['Inbox']).toHaveLength(5)
    expect(await verified(vault)).toEqual([])
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  })
})

describe('the cache on the computer', () => {
  async function databaseOf(vault: string): Promise<string> {
    const names = await readdir(`${vault}.cache`, { recursive: true })
    return join(`${vault}.cache`, names.find((name) => name.endsWith('alice.sqlite')) ?? '')
  }

  it.each<[string, (file: string, older: string) => Promise<void>]>([
    ['is gone', (file) => rm(file)],
    ['holds garbage', (file) => writeFile(file, 'garbage '.repeat(4000))],
    ['is empty', (file) => writeFile(file, '')],
    ['is cut off', async (file) => truncate(file, Math.floor((await stat(file)).size / 2))],
    [
      'has a page of garbage',
      async (file) => {
        const bytes = await readFile(file)
        await writeFile(file, bytes.fill('garbage', 8192, 12288))
      },
    ],
    ['is that of an earlier moment', (file, older) => cp(older, file)],
    [
      'is another program’s database',
      async (file) => {
        await rm(file)
        const database = new DatabaseSync(file)
        database.exec(`CREATE TABLE items (a); PRAGMA user_version = ${schemaVersion}`)
        database.close()
      },
    ],
  ])('may be what it will: it %s', async (_, spoil) => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    account.add(inbox, message(1))
    await runBackup(vault, account)
    const file = await databaseOf(vault)
    await cp(file, `${vault}.older`)
    account.add(inbox, message(2))
    await runBackup(vault, account)
    account.add(inbox, message(3))
    for (const suffix of ['-wal', '-shm']) await rm(file + suffix, { force: true })
    await spoil(file, `${vault}.older`)
    account.fetched = { bytes: 0, messages: 0 }
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(account.fetched.messages).toBe(1)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  })

  it('may have no place: then it is done without', async () => {
    const vault = join(await scratchFolder(), 'vault')
    await writeFile(`${vault}.cache`, 'a file where a folder should be')
    const account = new MemoryAccount()
    account.add(account.addMailbox(['Inbox']), message(1))
    const report = await runBackup(vault, account)
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect((await readVault(vault)).live).toEqual(account.contents())
  })
})

it('says so when it is the computer’s own disk that is full', () => {
  const database = new DatabaseSync('')
  database.exec('PRAGMA max_page_count = 2; CREATE TABLE t (a)')
  const fill = () => database.prepare('INSERT INTO t VALUES (zeroblob(100000))').run()
  expect(fill).toThrow()
  try {
    fill()
  } catch (error) {
    expect(toAppError(error)).toMatchObject({ code: 'disk-full', message: expect.stringContaining("computer's own disk") })
  }
  database.close()
})

describe('two copies of a vault that went their own way', () => {
  it('are each brought up to date by themselves, whichever the cache knows', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    for (let n = 0; n < 5; n++) account.add(inbox, message(n))
    await runBackup(vault, account)
    await cp(vault, `${vault}.copy`, { recursive: true })
    account.add(inbox, message(10))
    await runBackup(vault, account)
    const exchange = async () => {
      await rename(vault, `${vault}.aside`)
      await rename(`${vault}.copy`, vault)
      await rename(`${vault}.aside`, `${vault}.copy`)
    }
    for (let n = 11; n < 15; n++) {
      await exchange()
      account.add(inbox, message(n))
      const report = await runBackup(vault, account)
      expect(report.accounts[0]?.failure).toBeUndefined()
      expect((await readVault(vault)).live).toEqual(account.contents())
      expect(await verified(vault)).toEqual([])
    }
  })
})

describe('a folder whose rename a crash broke off', () => {
  it('gets its new name also where the list of checksums is lost as well', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const folder = account.addMailbox(['Old'])
    for (let n = 0; n < 3; n++) account.add(folder, message(n))
    await runBackup(vault, account)
    account.box(folder).path = ['New']
    await cp(vault, `${vault}.probe`, { recursive: true })
    const probe = new FaultyDisk(realDisk, null)
    await runBackup(`${vault}.probe`, account, { disk: probe })
    const at = 1 + probe.calls.findIndex((call) => call.startsWith('rename ') && call.endsWith('Mail/New'))
    expect(at).toBeGreaterThan(0)
    await runBackup(vault, account, { disk: new FaultyDisk(realDisk, { kind: 'killed', at, written: 0 }) }).catch(() => undefined)
    await rm(join(vault, 'manifest-sha256.txt'))
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    await runBackup(vault, account)
    expect(await verified(vault)).toEqual([])
    expect(await readdir(join(vault, 'data/alice/Mail'))).toEqual(['New', 'index.csv'])
  })
})
