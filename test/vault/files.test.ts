import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listVaultItems } from '../../src/api/browse.ts'
import { defaultGoals } from '../../src/engine/proof.ts'
import { defaultLimits, status } from '../../src/engine/status.ts'
import { AccountRun } from '../../src/vault/account-run.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { committedBatches } from '../../src/vault/journal.ts'
import { isFileOperation } from '../../src/vault/journal-entries.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { type RunOptions, readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

interface Scene {
  readonly vault: string
  readonly account: MemoryAccount
  readonly drive: string
  run(options?: RunOptions): ReturnType<typeof runBackup>
}

async function scene(): Promise<Scene> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const drive = account.shelves.add('files', ['My Drive'])
  return { vault, account, drive, run: (options) => runBackup(vault, account, { services: ['files'], ...options }) }
}

/** Every file below a folder of the account, with its text. */
function tree(vault: string, folder: string): Record<string, string> {
  const root = join(vault, 'data/alice', folder)
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]))
}

/** What is in the history, in the order of the runs: path in the drive and text. */
function history(vault: string): string[] {
  return Object.entries(tree(vault, 'History')).map(([path, text]) => `${path.replace(/^[^/]+\/Files\/My Drive\//, '')}: ${text}`)
}

async function problems(vault: string): Promise<string[]> {
  const report = await verifyVault(vaultOptions(vault, realDisk, null), new AbortController().signal, () => undefined)
  execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  return report.findings.map(({ text }) => text)
}

/** What `status` says of the last run, where it was no good one. */
async function lastProblem(vault: string): Promise<string | null | undefined> {
  const { accounts } = await status(vaultOptions(vault, realDisk, null), defaultLimits, async () => defaultGoals)
  return accounts[0]?.lastProblem
}

describe('files in the vault', () => {
  it('keep their names, folders and modification times', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.file(drive, 'notes.txt', 'one')
    account.shelves.file(drive, 'Photos/2024/sea.jpg', 'two', 'k2', '2019-08-07T06:05:04.000Z')
    account.shelves.file(drive, 'empty', '')
    const report = await run()
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 3, stored: 3, pending: 0, added: 3 })
    expect(tree(vault, 'Files/My Drive')).toEqual({ 'Photos/2024/sea.jpg': 'two', empty: '', 'notes.txt': 'one' })
    expect(statSync(join(vault, 'data/alice/Files/My Drive/Photos/2024/sea.jpg')).mtime.toISOString()).toBe(
      '2019-08-07T06:05:04.000Z',
    )
    const table = readFileSync(join(vault, 'data/alice/Files/index.csv'), 'utf8')
    expect(table).toContain('My Drive,Photos/2024/sea.jpg,2019-08-07T06:05:04.000Z,3,')
    expect(await problems(vault)).toEqual([])
    const again = await run()
    expect(again.accounts[0]?.collections[0]).toMatchObject({ said: 3, stored: 3, added: 0, changed: 0 })
    expect(account.shelves.fetched.items).toBe(3)
  })

  it('take the name of a folder that held one file and was itself all that its own folder held', async () => {
    const { vault, account, drive, run } = await scene()
    const { shelves } = account
    for (const n of [1, 2, 3, 4]) shelves.file(drive, `kept ${n}`, `kept ${n}`)
    shelves.file(drive, 'a/b/c/d', 'in a folder')
    await run()
    shelves.remove(drive, 'a/b/c/d')
    shelves.file(drive, 'a/b/c', 'a file now')
    const report = await run()
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(tree(vault, 'Files/My Drive')).toMatchObject({ 'a/b/c': 'a file now' })
    expect(history(vault)).toEqual(['a/b/c/d: in a folder'])
    expect(await problems(vault)).toEqual([])
  })

  it('are never overwritten: five runs of edits, renames, removals, a file made a folder and back', async () => {
    const { vault, account, drive, run } = await scene()
    const { shelves } = account
    for (const n of [1, 2, 3, 4]) shelves.file(drive, `kept ${n}`, `kept ${n}`)
    shelves.file(drive, 'report', 'first', 'id1')
    shelves.file(drive, 'old name.txt', 'renamed', 'id2')
    await run()
    shelves.file(drive, 'report', 'second', 'id1')
    shelves.describe(drive, 'id2', { path: ['new', 'name.txt'] })
    await run()
    shelves.remove(drive, 'id1')
    shelves.file(drive, 'report/page 1', 'third', 'id3')
    await run()
    shelves.remove(drive, 'id3')
    shelves.file(drive, 'report', 'fourth', 'id4')
    await run()
    shelves.remove(drive, 'id2')
    await run()
    const kept = { 'kept 1': 'kept 1', 'kept 2': 'kept 2', 'kept 3': 'kept 3', 'kept 4': 'kept 4' }
    expect(tree(vault, 'Files/My Drive')).toEqual({ ...kept, report: 'fourth' })
    expect(history(vault)).toEqual(['report: first', 'report: second', 'report/page 1: third', 'new/name.txt: renamed'])
    expect(shelves.fetched.items).toBe(9)
    expect(await problems(vault)).toEqual([])
    const { live, all } = await readVault(vault)
    expect(live['My Drive']).toHaveLength(5)
    expect(all['My Drive']).toHaveLength(9)
  })

  it('are listed as they were after each of five runs, and read from wherever they lie now', async () => {
    const { vault, account, drive, run } = await scene()
    const { shelves } = account
    for (const n of [1, 2, 3, 4]) shelves.file(drive, `kept ${n}`, `kept ${n}`)
    const steps = [
      () => shelves.file(drive, 'report', 'first', 'id1'),
      () => shelves.file(drive, 'report', 'second', 'id1'),
      () => shelves.describe(drive, 'id1', { path: ['old', 'report'] }),
      () => {
        shelves.remove(drive, 'id1')
        shelves.file(drive, 'report/page', 'third', 'id2')
      },
      () => {
        shelves.remove(drive, 'id2')
        shelves.file(drive, 'report', 'fourth', 'id3')
      },
    ]
    const runs: string[] = []
    for (const step of steps) {
      step()
      runs.push((await run()).accounts[0]?.run ?? '')
    }
    const states = [['report: first'], ['report: second'], ['old/report: second'], ['report/page: third'], ['report: fourth']]
    for (const [n, at] of runs.entries()) {
      const seen: string[] = []
      for await (const item of listVaultItems(vaultOptions(vault), { vault, collection: 'My Drive', at })) {
        const bytes = readFileSync(join(vault, item.path))
        expect(hash(bytes.toString())).toBe(item.sha256)
        if (!item.subject.startsWith('kept')) seen.push(`${item.subject}: ${bytes}`)
      }
      expect(seen).toEqual(states[n])
    }
  })

  it('too large for any file of a FAT disk are named before anything is fetched, and the others saved', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.file(drive, 'small', 'few')
    account.shelves.file(drive, 'large', 'more than the disk can take')
    const fat: Disk = { ...realDisk, capacity: async () => ({ free: null, largestFile: 10 }) }
    const report = await run({ disk: fat })
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 1, pending: 1 })
    expect(report.accounts[0]?.pending[0]).toMatchObject({ key: 'large', reason: expect.stringContaining('4 GB on FAT32') })
    expect(account.shelves.fetched.items).toBe(1)
    expect((await run()).accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 2, pending: 0 })
    expect(await problems(vault)).toEqual([])
  })

  it('for which there is no room are not begun, and what is there stays whole', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.file(drive, 'one', 'one')
    await run()
    account.shelves.file(drive, 'two', 'too much')
    const full: Disk = { ...realDisk, capacity: async () => ({ free: 5, largestFile: null }) }
    const report = await run({ disk: full })
    expect(report.accounts[0]?.collections[0]?.failure).toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('not enough room'),
    })
    expect(account.shelves.fetched.items).toBe(1)
    expect(await problems(vault)).toEqual([])
    expect(await lastProblem(vault)).toBe('failed')
    expect((await run()).accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 2 })
    expect(await lastProblem(vault)).toBeNull()
  })

  it('that trade names, or go around in a ring, are renamed and not downloaded again', async () => {
    const { vault, account, drive, run } = await scene()
    for (const name of ['a', 'b', 'c', 'd', 'e']) account.shelves.file(drive, name, `was ${name}`, `id ${name}`)
    await run()
    const ring: Record<string, string> = { a: 'b', b: 'c', c: 'a', d: 'e', e: 'd' }
    for (const [from, to] of Object.entries(ring)) account.shelves.describe(drive, `id ${from}`, { path: [to] })
    account.shelves.fetched.items = 0
    await run()
    expect(tree(vault, 'Files/My Drive')).toEqual({ a: 'was c', b: 'was a', c: 'was b', d: 'was e', e: 'was d' })
    expect(account.shelves.fetched.items).toBe(0)
    expect(await problems(vault)).toEqual([])
  })

  it('follow a folder to its new name, one that differs in case only as well', async () => {
    const { vault, account, drive, run } = await scene()
    for (let n = 0; n < 5; n++) account.shelves.file(drive, `Docs/sub/${n}`, `text ${n}`, `id ${n}`)
    await run()
    for (const folder of ['docs', 'Docs 2']) {
      for (let n = 0; n < 5; n++) account.shelves.describe(drive, `id ${n}`, { path: [folder, 'sub', String(n)] })
      await run()
      expect(Object.keys(tree(vault, 'Files/My Drive'))).toEqual([0, 1, 2, 3, 4].map((n) => `${folder}/sub/${n}`))
      expect(readdirSync(join(vault, 'data/alice/Files/My Drive'))).toEqual([folder])
    }
    expect(account.shelves.fetched.items).toBe(5)
    expect(await problems(vault)).toEqual([])
  })

  it('moved at a provider without lasting ids are known by their bytes, however large', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.streamFrom = 1000
    account.shelves.file(drive, 'small', 'few')
    account.shelves.file(drive, 'large', 'much '.repeat(10_000))
    await run()
    for (const [name, text] of [
      ['small', 'few'],
      ['large', 'much '.repeat(10_000)],
    ] as const) {
      account.shelves.remove(drive, name)
      account.shelves.file(drive, `moved/${name}`, text)
    }
    const report = await run()
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 2, removed: 0, heldBack: 0 })
    expect(Object.keys(tree(vault, 'Files/My Drive'))).toEqual(['moved/large', 'moved/small'])
    expect((await readVault(vault)).all['My Drive']).toHaveLength(2)
    expect(await problems(vault)).toEqual([])
  })

  it('whose names collide are all there, each under one name, and found again', async () => {
    const { vault, account, drive, run } = await scene()
    const names = [
      'A.txt',
      'a.txt',
      'caf\u00e9',
      'cafe\u0301',
      'CON',
      'nul.txt',
      'x:y',
      'trail.',
      '…',
      'a'.repeat(255),
      'ü'.repeat(127),
    ]
    const paths = [...names.map((name) => [name]), ...Array.from({ length: 20 }, () => ['same'])]
    for (const [n, path] of paths.entries())
      account.shelves.put(drive, `id ${n}`, `content ${n}`, { path, modified: '2024-01-01T00:00:00.000Z' })
    await run()
    const files = tree(vault, 'Files/My Drive')
    expect(Object.values(files).sort()).toEqual(paths.map((_, n) => `content ${n}`).sort())
    const again = await run()
    expect(again.accounts[0]?.collections[0]).toMatchObject({ said: paths.length, stored: paths.length, added: 0, changed: 0 })
    const { items } = await readVault(vault)
    for (const { path, meta, sha256 } of items) {
      const [name] = meta['path'] as string[]
      const n = paths.findIndex(([each], index) => each === name && hash(`content ${index}`) === sha256)
      expect(n).toBeGreaterThanOrEqual(0)
      expect(files[path.slice('Files/My Drive/'.length)]).toBe(`content ${n}`)
    }
    expect(await problems(vault)).toEqual([])
  })

  it('leave what somebody else put into their folder as it is', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.file(drive, 'one', '1')
    await run()
    writeFileSync(join(vault, 'data/alice/Files/My Drive/two'), 'not ours')
    account.shelves.file(drive, 'two', '2')
    await run()
    const files = tree(vault, 'Files/My Drive')
    expect(files['two']).toBe('not ours')
    expect(Object.values(files).sort()).toEqual(['1', '2', 'not ours'])
  })

  it('that cannot be had are pending, and the others go on', async () => {
    const { vault, account, drive, run } = await scene()
    account.shelves.file(drive, 'good', 'good')
    account.shelves.file(drive, 'bad', 'bad')
    account.shelves.poison.add('bad')
    const report = await run()
    expect(report.accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 1, pending: 1 })
    account.shelves.poison.clear()
    expect((await run()).accounts[0]?.collections[0]).toMatchObject({ said: 2, stored: 2, pending: 0 })
    expect(await problems(vault)).toEqual([])
  })
})

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

it('a file is not moved on within the commit that brings it to a place: repeated, that would move what came after it', async () => {
  const { vault, account, drive, run } = await scene()
  account.shelves.file(drive, 'a', 'one', 'k1')
  await run()
  const open = await Vault.openForWriting(vaultOptions(vault))
  try {
    const work = await AccountRun.begin(open, 'alice', 'memory')
    const [record] = work.state.collections()
    if (record === undefined) throw new Error('no drive')
    await work.meta(record, 'k1', { path: ['b'] })
    await work.put(record, { key: 'k2', version: '1', meta: { path: ['a'] } }, Buffer.from('two'))
    await work.meta(record, 'k1', { path: ['c'] })
    await work.meta(record, 'k2', { path: ['d'] })
    await work.end('finished', new Date(), [])
    await open.finish()
  } finally {
    await open.close()
  }
  expect(tree(vault, 'Files/My Drive')).toEqual({ c: 'one', d: 'two' })
  expect(await cameAndWent(join(vault, 'data/alice/Journal'))).toEqual([])
})

/** Places that one and the same commit puts a file at and takes it from. */
async function cameAndWent(journals: string): Promise<string[]> {
  const found: string[] = []
  for (const name of readdirSync(journals))
    for await (const { entries } of committedBatches(realDisk, join(journals, name))) {
      const come = new Set<string>()
      for (const entry of entries.filter(isFileOperation)) {
        if (entry.op === 'move' && come.has(entry.from)) found.push(entry.from)
        come.add(entry.op === 'move' ? entry.to : entry.path)
      }
    }
  return found
}
