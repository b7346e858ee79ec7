/** A real exFAT disk whose driver dies in the middle of a run: what a pulled cable looks like to the program. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backup } from '../../src/engine/backup.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { readVault, scratchFolder } from '../fixtures/vaults.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { killAccount } from './kill-account.ts'

/** What happens beside a call that changes something, e.g. `sync data/alice/Journal/….jsonl`, which is under way or about to be. */
type Beside = (call: string, start: () => Promise<void>) => Promise<void>

function disturbed(directory: string, beside: Beside): Disk {
  const change = (call: string, path: string, work: () => Promise<void>) =>
    beside(`${call} ${path.slice(directory.length + 1)}`, work)
  return {
    ...realDisk,
    async open(path, mode) {
      if (mode !== 'read') await change('open', path, async () => undefined)
      const file = await realDisk.open(path, mode)
      return {
        read: (into, position) => file.read(into, position),
        size: () => file.size(),
        close: () => file.close(),
        write: (parts, position) => change('write', path, () => file.write(parts, position)),
        truncate: (length) => change('truncate', path, () => file.truncate(length)),
        setModified: (time) => file.setModified(time),
        sync: () => change('sync', path, () => file.sync()),
      }
    },
    makeDirectory: (path) => change('makeDirectory', path, () => realDisk.makeDirectory(path)),
    rename: (from, to) => change('rename', to, () => realDisk.rename(from, to)),
    remove: (path) => change('remove', path, () => realDisk.remove(path)),
    syncDirectory: (path) => change('syncDirectory', path, () => realDisk.syncDirectory(path)),
  }
}

describeUnless(exfatMissing(), 'an exFAT disk whose driver dies', () => {
  let disk: ExfatDisk
  let runs = 0

  beforeAll(async () => {
    disk = await mountExfat(64)
  })
  afterAll(async () => {
    await disk?.unmount()
  })

  async function run(account: MemoryAccount, directory: string, through: Disk, cache: string | null): Promise<string | null> {
    try {
      const { accounts } = await backup({
        vault: { directory, disk: through, clock: testContext.clock, cache, program: 'Lifeboat test' },
        jobs: [
          {
            account: { id: 'alice', provider: 'memory', services: ['mail'], settings: {} },
            provider: memoryProvider(account),
            context: testContext,
          },
        ],
        acceptRemovals: true,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      })
      const [report] = accounts
      const failure = report?.failure ?? report?.collections.find((collection) => collection.failure !== undefined)?.failure
      return failure === undefined ? null : `${failure.code}: ${failure.message}`
    } catch (error) {
      return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : String(error)
    }
  }

  async function findings(directory: string): Promise<string[]> {
    const options = { directory, disk: realDisk, clock: testContext.clock, cache: null, program: 'Lifeboat test' }
    const { findings } = await verifyVault(options, new AbortController().signal, () => undefined)
    return findings.map(({ kind, path }) => `${kind} ${path}`)
  }

  it.each<['before' | 'within', string, RegExp, number]>([
    ['before', 'a mail file is made', /^open data\/.*\.mbox$/, 3],
    ['before', 'a mail file is written', /^write data\/.*\.mbox$/, 4],
    ['within', 'a mail file is written', /^write data\/.*\.mbox$/, 2],
    ['before', 'a mail file is synced', /^sync data\/.*\.mbox$/, 5],
    ['within', 'a mail file is synced', /^sync data\/.*\.mbox$/, 1],
    ['before', 'a folder is synced', /^syncDirectory data\/alice\/Mail/, 1],
    ['before', 'a folder gets another name', /^rename data\/alice\/Mail\//, 1],
    ['within', 'a folder gets another name', /^rename data\/alice\/Mail\//, 2],
    ['before', 'the journal is made', /^open .*\.jsonl$/, 1],
    ['before', 'the journal is written', /^write .*\.jsonl$/, 2],
    ['before', 'the journal is synced', /^sync .*\.jsonl$/, 1],
    ['within', 'the journal is synced', /^sync .*\.jsonl$/, 2],
    ['within', 'the journal is synced at last', /^sync .*\.jsonl$/, 5],
    ['before', 'the vault is marked', /^rename bag-info\.txt$/, 1],
    ['before', 'the list of checksums is written', /^write manifest-sha256\.txt/, 1],
    ['within', 'the list of checksums takes its place', /^rename manifest-sha256\.txt$/, 1],
    ['before', 'the vault is called complete', /^rename bag-info\.txt$/, 2],
  ])('%s the moment when %s: the disk is blamed, and the next run goes on with nothing lost', async (moment, _, which, nth) => {
    const directory = join(disk.dir, `vault ${++runs}`)
    const cache = join(await scratchFolder(), 'cache')
    expect(await run(killAccount(0), directory, realDisk, cache)).toBeNull()
    let left = nth
    const dying = disturbed(directory, async (call, start) => {
      if (!which.test(call) || --left !== 0) return await start()
      const started = moment === 'within' ? start() : null
      await Promise.allSettled([started, disk.killDriver()])
      // What came through in time is no failure; the next call meets it.
      await (started ?? start())
    })
    const outcome = await run(killAccount(3), directory, dying, cache)
    expect(left).toBeLessThanOrEqual(0)
    expect(outcome).toMatch(/^disk-(failed|absent): /)
    await disk.remount()
    expect((await findings(directory)).filter((finding) => finding !== 'interrupted bag-info.txt')).toEqual([])
    expect(await run(killAccount(3), directory, realDisk, cache)).toBeNull()
    expect((await readVault(directory)).live).toEqual(killAccount(3).contents())
    expect(await findings(directory)).toEqual([])
  })
})
