/** Files with names that no disk takes, on the file systems of real disks: each is stored once, found again, and none overwritten. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { corpusNames, oddPaths } from '../fixtures/odd-names.ts'
import { readVault, runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { fatMissing, mountFat } from '../servers/fat.ts'
import type { ImageDisk } from '../servers/image-disk.ts'
import { mountNtfs, ntfsMissing } from '../servers/ntfs.ts'
import { living, readAsStranger } from './stranger.ts'

/** Paths, some of them several times: providers have files of one name in one folder. */
function manyPaths(names: readonly string[] = corpusNames()): string[][] {
  const torture = [...oddPaths, ...names.flatMap((name) => [[name], ['nested', name]])]
  const same = Array.from({ length: 20 }, () => ['same name.txt'])
  const long = ['x', 'ü', '漢', '😀'].flatMap((letter) =>
    [240, 255].map((octets) => [`${letter.repeat(Math.floor(octets / Buffer.byteLength(letter)))}.txt`]),
  )
  return [...torture.map((path) => [...path]), ...same, ...long, ['Ordner', 'Bericht.pdf'], ['ordner', 'BERICHT.PDF']]
}

async function expectAllThere(folder: string, paths = manyPaths()): Promise<void> {
  const vault = join(folder, 'vault')
  const account = new MemoryAccount()
  const drive = account.shelves.add('files', ['Drive'])
  const expected: string[] = []
  for (const [n, path] of paths.entries()) {
    const content = `${n}: ${JSON.stringify(path)}`
    expected.push(sha256(Buffer.from(content)))
    // 7.123 seconds: FAT keeps even ones.
    account.shelves.put(drive, `id ${n}`, content, { path, modified: '2024-05-06T07:08:07.123Z' })
  }
  for (const [n, path] of paths.entries()) {
    if (n % 10 !== 0) continue
    expected.push(sha256(Buffer.alloc(0)))
    const empty = ['folders that hold nothing', ...path]
    account.shelves.put(drive, `folder ${n}`, '', { path: empty, modified: '2024-05-06T07:08:07.123Z', folder: true })
  }
  expect(expected.length).toBeGreaterThan(70)
  const services = ['files'] as const
  const first = await runBackup(vault, account, { services })
  expect(first.accounts[0]?.failure).toBeUndefined()
  expect(first.accounts[0]?.collections[0]?.failure).toBeUndefined()
  expect(first.accounts[0]?.collections[0]).toMatchObject({ said: expected.length, stored: expected.length, pending: 0 })
  const { accounts, problems } = await readAsStranger(vault)
  expect(problems).toEqual([])
  expect(living(accounts['alice'] ?? [])['Drive']).toEqual(expected.toSorted())
  expect(readdirSync(folder).sort()).toEqual(['vault', 'vault.cache'])
  await expectReversible(vault, paths)
  const files = readdirSync(join(vault, 'data/alice/Files/Drive'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  expect(files).toHaveLength(expected.length)
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  account.shelves.fetched.items = 0
  account.shelves.cursors = false
  const second = await runBackup(vault, account, { services })
  expect(second.accounts[0]?.collections[0]).toMatchObject({
    said: expected.length,
    stored: expected.length,
    added: 0,
    changed: 0,
    removed: 0,
  })
  expect(account.shelves.fetched.items).toBe(0)
}

/** Each file is found under its spelling, and its journal gives the name back that the provider has for it, letter by letter. */
async function expectReversible(vault: string, paths: readonly (readonly string[])[]): Promise<void> {
  const { items } = await readVault(vault)
  const found = items.filter(({ meta }) => meta['folder'] !== true)
  const spelt = found.map(({ meta, path }) => {
    const content = readFileSync(join(vault, 'data/alice', path), 'utf8')
    return { name: JSON.stringify(meta['path']), written: content.slice(content.indexOf(': ') + 2) }
  })
  expect(spelt.filter(({ name, written }) => name !== written)).toEqual([])
  expect(spelt.map(({ name }) => name).sort()).toEqual(paths.map((path) => JSON.stringify(path)).sort())
}

describe('files with impossible names', () => {
  it('are all there, each once', async () => {
    await expectAllThere(await scratchFolder())
  })
})

describeUnless(exfatMissing(), 'files with impossible names on an exFAT disk', () => {
  let disk: ExfatDisk
  beforeAll(async () => {
    disk = await mountExfat(192)
  })
  afterAll(() => disk?.unmount())

  it('are all there, each once', () => expectAllThere(disk.dir))
})

describeUnless(ntfsMissing(), 'files with impossible names on an NTFS disk that takes the names Windows takes', () => {
  let disk: ImageDisk
  beforeAll(async () => {
    disk = await mountNtfs(128)
  })
  afterAll(() => disk?.remove())

  it('are all there, each once', () => expectAllThere(disk.dir))
})

describeUnless(fatMissing(), 'files with impossible names on a FAT32 disk', () => {
  let disk: ImageDisk
  beforeAll(async () => {
    disk = await mountFat(5_000)
  })
  afterAll(() => disk?.remove())

  it('are all there, each once, as far as the driver knows their letters', () =>
    expectAllThere(
      disk.dir,
      // A tenth of them: the driver takes minutes for all.
      manyPaths(corpusNames().filter((_, n) => n % 10 === 0)).filter((path) => path.every((name) => /^[\0-\x7f]*$/.test(name))),
    ))
})
