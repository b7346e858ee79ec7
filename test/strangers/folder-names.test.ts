/** Mail folders with names that no disk takes: each is safe, and a stranger finds it again under the provider's own name. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { readAsStranger } from './stranger.ts'

const levels = Array.from({ length: 300 }, (_, n) => `level ${n}`)

/** The cases of old, which need no corpus. */
const paths: readonly (readonly string[])[] = [
  ...['CON', 'con.txt', 'aux.txt', 'NUL', 'LPT1 .x', 'COM¹', 'x', 'x.', 'x ', ' x', 'a:b', 'a=3Ab', 'a/b', 'a\\b'].map((name) => [
    name,
  ]),
  ...['.', '..', '../..', '/etc/passwd', '~', '', '=', '%', '%2e%2e', '$HOME', 'index.csv', 'Attachments', '2025.mbox'].map(
    (name) => [name],
  ),
  ...['Journal', '\0', 'a\0b', 'a\nb', '\r', '\u202egpj.exe', '\ud800', '\ufeffx', 'DESKTOP.INI', '.DS_Store', '._x'].map(
    (name) => [name],
  ),
  ...['Inbox', 'INBOX', 'inbox', 'straße', 'STRASSE', 'ﬁ', 'fi', 'K', '\u212a'].map((name) => [name]),
  ...['\u00e9', 'e\u0301', '\u00c9', 'E\u0301', '\u1e9b\u0323', '\u0323\u1e9b', '가', '\u1100\u1161'].map((name) => [name]),
  ['漢'.repeat(86)],
  [`${'漢'.repeat(85)}字`],
  ['x'.repeat(1000)],
  levels,
  [...levels.slice(0, -1), 'another last level'],
  [...levels.slice(0, 150), ...levels],
  ['Projects', '2025.mbox'],
  ['Projects', 'index.csv'],
  ['Projects', '..', '..', '..', 'escaped'],
  ['a', 'b'],
  ['a/b', ''],
]

/** Some hundred names out of the corpus, the same ones every time. */
function corpusNames(): string[] {
  const lines = (name: string) =>
    Buffer.from(
      corpus('names')
        .find((file) => file.name === name)
        ?.bytes() ?? [],
    )
      .toString('utf8')
      .split('\n')
  const every = (step: number, all: readonly string[]) => all.filter((_, n) => n % step === 0)
  const points = (field: string) =>
    String.fromCodePoint(
      ...field
        .trim()
        .split(' ')
        .map((hex) => Number.parseInt(hex, 16)),
    )
  const data = (name: string) => lines(name).filter((line) => /^[0-9A-F]/.test(line))
  return [
    ...every(2, lines('blns__blns.txt')),
    ...every(10, lines('PayloadsAllTheThings__deep_traversal.txt')),
    ...every(3, lines('PayloadsAllTheThings__directory_traversal.txt')),
    ...every(400, data('unicode__NormalizationTest.txt')).flatMap((line) => line.split(';').slice(0, 5).map(points)),
    ...every(40, data('unicode__CaseFolding.txt')).flatMap((line) =>
      [line.split(';')[0] ?? '', line.split(';')[2] ?? ''].map(points),
    ),
  ]
}

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
  it('are each found again under their own name, with nothing outside the account’s folder', { timeout: 120_000 }, async () => {
    const all = accountOf([...paths, ...corpusNames().flatMap((name) => [[name], ['nested', name]])])
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

  it('are each found again under their own name, with nothing outside the account’s folder', { timeout: 120_000 }, async () => {
    await expectFoundAgain(disk.dir, accountOf([...paths, ...corpusNames().map((name) => [name])]))
  })
})
