import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import { backup } from '../../src/engine/backup.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import type { Finding } from '../../src/vault/verify-report.ts'
import { FaultyDisk } from '../faults/faulty-disk.ts'
import { MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const inboxFolder = 'data/alice/Mail/Inbox'
const inboxFile = `${inboxFolder}/2025.mbox`

function message(n: number): string {
  return `Message-ID: <${n}@example.com>\r\nSubject: Number ${n}\r\n\r\n${`Hello ${n}\r\n`.repeat(10)}`
}

interface Made {
  readonly vault: string
  readonly account: MemoryAccount
  readonly inbox: string
  add(n: number): void
}

async function makeVault(): Promise<Made> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const add = (n: number) => void account.add(inbox, message(n))
  for (let n = 0; n < 10; n++) add(n)
  await runBackup(vault, account)
  return { vault, account, inbox, add }
}

/** A vault whose second run was broken off before the call, e.g. `write .*jsonl`. */
async function interrupted(call: RegExp, count = 1): Promise<Made> {
  const made = await makeVault()
  for (let n = 10; n < 15; n++) made.add(n)
  await breakOff(made, call, count)
  return made
}

async function breakOff({ vault, account }: Made, call: RegExp, count = 1): Promise<void> {
  let left = count
  const stop = { now: false }
  const disk = new FaultyDisk(realDisk, null, {
    async before(next) {
      stop.now ||= call.test(next) && --left === 0
      if (stop.now) throw new AppError('disk-absent', 'Pulled out.')
    },
  })
  await runBackup(vault, account, { disk }).catch(() => undefined)
  if (!stop.now) throw new Error(`no call ${call}`)
}

/** A run while the clock shows this time. */
async function runAt({ vault, account }: Made, time: string): Promise<void> {
  const clock = { now: () => new Date(time), sleep: async () => undefined }
  await backup({
    vault: { ...vaultOptions(vault), clock },
    jobs: [
      {
        account: { id: 'alice', provider: 'memory', services: ['mail'], settings: {} },
        provider: memoryProvider(account),
        context: testContext,
      },
    ],
    acceptRemovals: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
}

async function findings(vault: string): Promise<readonly Finding[]> {
  return (await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)).findings
}

async function journals(vault: string): Promise<string[]> {
  const folder = join(vault, 'data/alice/Journal')
  return (await readdir(folder)).sort().map((name) => join(folder, name))
}

/** Goes well, and what is then in the vault is what is in the account. */
async function expectGoodRun({ vault, account }: Made): Promise<BackupReport> {
  const report = await runBackup(vault, account)
  expect(report.accounts[0]?.failure).toBeUndefined()
  expect((await readVault(vault)).live).toEqual(account.contents())
  return report
}

describe('what a run left that was broken off', () => {
  it('is put in order by the next one, which says so', async () => {
    const made = await interrupted(/^sync .*jsonl/)
    expect((await findings(made.vault)).map(({ kind }) => kind)).toEqual(['interrupted'])
    expect((await expectGoodRun(made)).notices).toEqual([expect.stringContaining('was interrupted')])
    expect(await findings(made.vault)).toEqual([])
  })

  it('is put in order for every account, also one that had not committed anything and is backed up no more', async () => {
    const made = await makeVault()
    const other = new MemoryAccount()
    other.add(other.addMailbox(['Inbox']), message(1))
    let writes = 0
    const disk = new FaultyDisk(realDisk, null, {
      async before(next) {
        if (next.includes('bob') && /^write .*jsonl/.test(next)) writes++
        if (writes > 0) throw new AppError('disk-absent', 'Pulled out.')
      },
    })
    await runBackup(made.vault, other, { disk, id: 'bob' }).catch(() => undefined)
    expect(await readdir(join(made.vault, 'data/bob/Mail/Inbox'))).toEqual(['2025.mbox'])
    await expectGoodRun(made)
    expect(await findings(made.vault)).toEqual([])
    expect(await readdir(join(made.vault, 'data/bob/Mail/Inbox'))).toEqual([])
  })

  it('is not touched at all while a journal is missing that should be there', async () => {
    const made = await interrupted(/^write .*jsonl/)
    const [first = ''] = await journals(made.vault)
    await rm(first)
    const { size } = await stat(join(made.vault, inboxFile))
    await expect(runBackup(made.vault, made.account)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('is missing'),
    })
    expect((await stat(join(made.vault, inboxFile))).size).toBe(size)
  })

  it('is not touched at all while an unfinished journal is damaged, and not only cut off', async () => {
    const made = await interrupted(/^rename .*index\.csv/)
    const [, second = ''] = await journals(made.vault)
    const bytes = await readFile(second)
    bytes[bytes.indexOf('Number 12')] = 0x4e ^ 1
    await writeFile(second, bytes)
    const before = await readFile(join(made.vault, inboxFile))
    await expect(runBackup(made.vault, made.account)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readFile(second)).toEqual(bytes)
    expect(await readFile(join(made.vault, inboxFile))).toEqual(before)
  })

  it('is not cut without the list of checksums: nobody knows then what should be there', async () => {
    const made = await interrupted(/^write .*jsonl/)
    await rm(join(made.vault, 'manifest-sha256.txt'))
    const { size } = await stat(join(made.vault, inboxFile))
    const report = await expectGoodRun(made)
    expect(report.notices.join()).toContain('checksums was missing')
    expect((await stat(join(made.vault, inboxFile))).size).toBe(size)
    expect((await readdir(join(made.vault, inboxFolder))).sort()).toEqual(['2025 (2).mbox', '2025.mbox'])
  })

  it('is a rename that was not carried out: it is, once, and the folder keeps its plain name', async () => {
    const made = await makeVault()
    made.account.rename(made.inbox, ['Post'])
    for (const call of [/^rename .*Post/, /^write .*jsonl/]) await breakOff(made, call)
    expect((await findings(made.vault)).map(({ kind }) => kind)).toEqual(['interrupted'])
    await expectGoodRun(made)
    expect(await readdir(join(made.vault, 'data/alice/Mail'))).toEqual(['Post', 'index.csv'])
    expect(await findings(made.vault)).toEqual([])
  })

  it('does not lead to "complete" when the run failed for another reason than the disk', async () => {
    const made = await makeVault()
    made.add(20)
    const disk = new FaultyDisk(realDisk, null, {
      async before(next) {
        if (/^sync .*jsonl/.test(next)) throw new Error('a fault of the program')
      },
    })
    const report = await runBackup(made.vault, made.account, { disk })
    expect(report.accounts[0]?.failure?.code).toBe('bug')
    expect((await findings(made.vault)).map(({ kind }) => kind)).toEqual(['interrupted'])
    await expectGoodRun(made)
    expect(await findings(made.vault)).toEqual([])
  })
})

describe("somebody else's things", () => {
  it('in a mail folder are neither cut nor removed by the repair', async () => {
    const made = await interrupted(/^sync .*jsonl/)
    const foreign = ['notes.txt', '2024.mbox', '2019 (3).mbox', 'copy.mbox', 'empty.mbox'].map((name) =>
      join(made.vault, inboxFolder, name),
    )
    const ours = await readFile(join(made.vault, inboxFile))
    const contents = ['mine', 'From bob Sat Jan  1 00:00:00 2000\nSubject: mine\n\nmine\n', 'From - \n', ours, '']
    for (const [n, path] of foreign.entries()) await writeFile(path, contents[n] ?? '')
    const note = join(made.vault, 'data/alice/Journal', 'notes.jsonl')
    await writeFile(note, 'mine')
    await expectGoodRun(made)
    for (const [n, path] of foreign.entries()) expect((await readFile(path)).equals(Buffer.from(contents[n] ?? ''))).toBe(true)
    expect(await readFile(note, 'utf8')).toBe('mine')
    const found = await findings(made.vault)
    expect(found.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'foreign'))
  })

  it('added to a file of ours by a mail program are not cut, and new messages go into another file', async () => {
    const made = await makeVault()
    await appendFile(join(made.vault, inboxFile), 'From - Sat Jan  1 00:00:00 2000\nX-Mozilla-Status: 0001\n\nmine\n')
    const changed = await readFile(join(made.vault, inboxFile))
    for (let n = 10; n < 12; n++) made.add(n)
    await breakOff(made, /^rename .*\/manifest/)
    const report = await expectGoodRun(made)
    expect(report.notices.length).toBeGreaterThan(0)
    expect(await readFile(join(made.vault, inboxFile))).toEqual(changed)
    expect((await readdir(join(made.vault, inboxFolder))).sort()).toEqual(['2025 (2).mbox', '2025.mbox'])
    expect((await findings(made.vault)).flatMap(({ item }) => (item === undefined ? [] : [item.title]))).toEqual([])
  })

  it('in the way of a new file or folder are left alone, and another name is taken', async () => {
    const made = await makeVault()
    const folder = made.account.addMailbox(['Work'])
    await mkdir(join(made.vault, 'data/alice/Mail/Work'))
    await mkdir(join(made.vault, 'data/alice/Mail/Post'))
    await writeFile(join(made.vault, 'data/alice/Mail/Work/2025.mbox'), 'mine')
    await writeFile(join(made.vault, 'data/alice/Mail/Post/mine.txt'), 'mine')
    made.account.add(folder, message(50))
    made.account.rename(made.inbox, ['Post'])
    await expectGoodRun(made)
    expect(await readFile(join(made.vault, 'data/alice/Mail/Work/2025.mbox'), 'utf8')).toBe('mine')
    expect(await readFile(join(made.vault, 'data/alice/Mail/Post/mine.txt'), 'utf8')).toBe('mine')
    expect((await readdir(join(made.vault, 'data/alice/Mail/Work'))).sort()).toEqual(['2025 (2).mbox', '2025.mbox'])
    expect((await findings(made.vault)).map(({ kind }) => kind)).toEqual(['foreign', 'foreign'])
  })

  it('are not taken for a vault because there is a folder named data among them', async () => {
    const folder = await scratchFolder()
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data/thesis.txt'), 'mine')
    await expect(runBackup(folder, new MemoryAccount())).rejects.toMatchObject({ code: 'unsupported' })
    expect(await readdir(folder)).toEqual(['data'])
  })
})

describe('a vault in an odd state', () => {
  it('takes runs whose clock was set back, in the order in which they happened', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    const made = { vault, account, inbox, add: (n: number) => void account.add(inbox, message(n)) }
    for (const [n, time] of ['2099-12-31T23:59:59Z', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'].entries()) {
      made.add(n)
      await runAt(made, time)
      expect((await readVault(vault)).live).toEqual(account.contents())
    }
    expect((await journals(vault)).map((path) => basename(path))).toEqual([
      '2099-12-31T235959Z.jsonl',
      '2100-01-01T000000Z.jsonl',
      '2100-01-01T000001Z.jsonl',
    ])
    expect(await findings(vault)).toEqual([])
  })

  it('without bag-info.txt keeps its id and its messages', async () => {
    const made = await makeVault()
    const { id } = await Vault.openForReading(vaultOptions(made.vault))
    await rm(join(made.vault, 'bag-info.txt'))
    expect((await Vault.openForReading(vaultOptions(made.vault))).id).toBe(id)
    await expectGoodRun(made)
    expect((await Vault.openForReading(vaultOptions(made.vault))).id).toBe(id)
    expect(await findings(made.vault)).toEqual([])
  })

  it('whose bag-info.txt has another id by a flipped bit is still the same vault', async () => {
    const made = await makeVault()
    const { id } = await Vault.openForReading(vaultOptions(made.vault))
    const path = join(made.vault, 'bag-info.txt')
    const other = id.startsWith('a') ? 'b' : 'a'
    await writeFile(path, (await readFile(path, 'utf8')).replace(id, other + id.slice(1)))
    expect((await Vault.openForReading({ ...vaultOptions(made.vault), expectedId: id })).id).toBe(id)
  })

  it('whose journal lost its beginning does not mistake one collection for another', async () => {
    const made = await makeVault()
    const work = made.account.addMailbox(['Work'])
    made.account.add(work, message(60))
    await runBackup(made.vault, made.account)
    for (const path of await journals(made.vault)) {
      const bytes = await readFile(path)
      if (bytes.includes('"path":["Inbox"]')) await truncate(path, 10)
    }
    await rm(`${made.vault}.cache`, { recursive: true })
    const report = await runBackup(made.vault, made.account)
    expect(report.notices.join()).toContain('damaged')
    expect((await readVault(made.vault)).live).toMatchObject(made.account.contents())
    expect((await findings(made.vault)).some(({ kind, path }) => kind === 'damaged' && path.includes('/Journal/'))).toBe(true)
  })

  it('that cannot be written to can be checked and listed', async () => {
    const made = await makeVault()
    const refuse = async () => {
      throw new AppError('disk-failed', 'The disk is write-protected.')
    }
    const readOnly: Disk = {
      ...{ makeDirectory: refuse, rename: refuse, remove: refuse, syncDirectory: refuse },
      open: (path, mode) => (mode === 'read' ? realDisk.open(path, mode) : refuse()),
      stat: (path) => realDisk.stat(path),
      list: (path) => realDisk.list(path),
    }
    const options = vaultOptions(made.vault, readOnly)
    expect((await verifyVault(options, new AbortController().signal, () => undefined)).findings).toEqual([])
    const vault = await Vault.openForReading(options)
    expect((await vault.account('alice')).state.countItems(1).live).toBe(10)
    await vault.close()
  })
})

describe('the cache on the computer', () => {
  async function cacheFile(vault: string): Promise<string> {
    const found = (await readdir(`${vault}.cache`, { recursive: true })).find((name) => name.endsWith('alice.sqlite'))
    if (found === undefined) throw new Error('no cache')
    return join(`${vault}.cache`, found)
  }

  async function expectNothingFetched(made: Made): Promise<void> {
    made.account.fetched = { bytes: 0, messages: 0 }
    const report = await expectGoodRun(made)
    expect(made.account.fetched.messages).toBe(0)
    expect(report.notices).toEqual([])
    expect(await findings(made.vault)).toEqual([])
  }

  it('is made again when it is gone', async () => {
    const made = await makeVault()
    await rm(`${made.vault}.cache`, { recursive: true })
    await expectNothingFetched(made)
  })

  it.each([0, 20, 5000, 40_000])('is made again when it holds garbage from octet %i on', async (from) => {
    const made = await makeVault()
    const path = await cacheFile(made.vault)
    const bytes = await readFile(path)
    expect(bytes.length).toBeGreaterThan(from)
    for (let at = from; at < bytes.length; at += 3) bytes[at] = (at * 7919) % 251
    await writeFile(path, bytes)
    await expectNothingFetched(made)
  })

  it('is made again when it is empty or cut off', async () => {
    for (const length of [0, 100, 8192]) {
      const made = await makeVault()
      await truncate(await cacheFile(made.vault), length)
      await expectNothingFetched(made)
    }
  })

  it('is made again when the vault in its place is a copy that went its own way', async () => {
    const made = await makeVault()
    const copy = `${made.vault} copy`
    await cp(made.vault, copy, { recursive: true })
    made.add(70)
    await expectGoodRun(made)
    const aside = `${made.vault} aside`
    await rename(made.vault, aside)
    await rename(copy, made.vault)
    made.account.fetched = { bytes: 0, messages: 0 }
    await expectGoodRun(made)
    expect(made.account.fetched.messages).toBe(1)
    made.add(71)
    await rename(made.vault, copy)
    await rename(aside, made.vault)
    await expectGoodRun(made)
    expect(await findings(made.vault)).toEqual([])
  })

  it('is made again when the copy has a run of the same second', async () => {
    const made = await makeVault()
    const [copy, aside] = [`${made.vault} copy`, `${made.vault} aside`]
    await cp(made.vault, copy, { recursive: true })
    const second = '2040-01-01T00:00:00Z'
    made.add(70)
    await runAt(made, second)
    await rename(made.vault, aside)
    await rename(copy, made.vault)
    made.add(71)
    await runAt(made, second)
    await rename(made.vault, copy)
    await rename(aside, made.vault)
    made.account.fetched = { bytes: 0, messages: 0 }
    await expectGoodRun(made)
    expect(made.account.fetched.messages).toBe(1)
    expect(await findings(made.vault)).toEqual([])
  })
})
