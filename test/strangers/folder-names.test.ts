/** Mail folders with names that no disk takes: each is safe, and a stranger finds it again under the provider's own name. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { corpusNames, oddPaths } from '../fixtures/odd-names.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { readAsStranger } from './stranger.ts'

function contentOf(path: readonly string[]): string {
  return `Message-ID: <${sha256(Buffer.from(JSON.stringify(path)))}@example.com>\r\nSubject: Where am I?\r\n\r\n${JSON.stringify(path)}\r\n`
}

function accountOf(all: readonly (readonly string[])[]): { account: MemoryAccount; expected: Map<string, string> } {
  const account = new MemoryAccount()
  const expected = new Map<string, string>()
  for (const path of all) {
    if (expected.has(JSON.stringify(path))) continue
    const content = contentOf(path)
    expected.set(JSON.stringify(path), sha256(Buffer.from(content)))
    account.add(account.addMailbox([...path]), content)
  }
  return { account, expected }
}

/** Backs the account up into a vault deep inside `root` and checks everything about it. */
async function expectFoundAgain(root: string, { account, expected }: ReturnType<typeof accountOf>): Promise<void> {
  const parent = join(root, '1/2/3/4')
  mkdirSync(parent, { recursive: true })
  const vault = join(parent, 'vault')
  const report = await runBackup(vault, account)
  expect(report.accounts[0]?.failure).toBeUndefined()
  expect(report.accounts[0]?.pending).toEqual([])
  const { accounts, problems } = await readAsStranger(vault)
  expect(problems).toEqual([])
  const found = (accounts['alice'] ?? []).map(({ path, messages }) => [
    JSON.stringify(path),
    messages.map((message) => message.sha256),
  ])
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries([...expected].map(([path, sum]) => [path, [sum]])))
  expect(found).toHaveLength(expected.size)

  const everything = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('1/2/3/4/vault.cache'),
  )
  const outside = everything.filter((path) => !path.startsWith('1/2/3/4/vault/data/alice/'))
  expect(outside.sort()).toEqual(
    [
      ...['1', '1/2', '1/2/3', '1/2/3/4', '1/2/3/4/vault', '1/2/3/4/vault/data', '1/2/3/4/vault/data/alice'],
      ...['READ ME FIRST.txt', 'bag-info.txt', 'bagit.txt', 'manifest-sha256.txt', 'tagmanifest-sha256.txt'].map(
        (name) => `1/2/3/4/vault/${name}`,
      ),
    ].sort(),
  )
  expect(readdirSync(join(vault, 'data/alice')).sort()).toEqual(['Journal', 'Mail'])
  expect(mboxFiles(root)).toBe(expected.size)
  for (const list of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
    expect(execFileSync('sha256sum', ['--check', '--strict', '--quiet', list], { cwd: vault }).toString()).toBe('')

  account.fetched = { bytes: 0, messages: 0 }
  await runBackup(vault, account)
  expect(account.fetched.messages).toBe(0)
  expect(mboxFiles(root)).toBe(expected.size)
}

function mboxFiles(root: string): number {
  return readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.mbox'),
  ).length
}

describe('mail folders with impossible names', () => {
  it('are each found again under their own name, with nothing outside the account’s folder', async () => {
    const all = accountOf([...oddPaths, ...corpusNames().flatMap((name) => [[name], ['nested', name]])])
    expect(all.expected.size).toBeGreaterThan(corpus('names').length > 0 ? 1000 : 50)
    await expectFoundAgain(await scratchFolder(), all)
  })
})

describeUnless(exfatMissing(), 'mail folders with impossible names on an exFAT disk', () => {
  let disk: ExfatDisk
  beforeAll(async () => {
    disk = await mountExfat(64)
  })
  afterAll(() => disk?.unmount())

  it('are each found again under their own name, with nothing outside the account’s folder', async () => {
    await expectFoundAgain(disk.dir, accountOf([...oddPaths, ...corpusNames().map((name) => [name])]))
  })
})
