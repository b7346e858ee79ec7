import { expect, test } from 'vitest'
import type { ListedItem } from '../../src/api/contract.ts'
import { printable, printableJson, printableText } from '../../src/cli/printable.ts'
import { accountReport, backupReport, collectionReport, recordedTerminal, runWith, verifyReport } from './hand-made.ts'

/** Clears the screen, sets the title, opens a link, reverses the direction, forges a line, moves the cursor with a C1 code. */
const hostile = 'a\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\b\u202egpj.exe\r\nFAKE\u009b1A\u2028\u0000\u007f\u2066'
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

test('what would steer a terminal is made visible', () => {
  expect(printable('a\u001b[31mb\u202ec\nd')).toBe('a\\u{1B}[31mb\\u{202E}c\\u{A}d')
  expect(printable(hostile)).not.toMatch(unsafe)
  expect(printable(hostile)).not.toContain('\n')
  expect(printableText('a\r\nb\tc\rd')).toBe('a\nb\tc\\u{D}d')
})

test('what people write stays as it is', () => {
  const text = 'Grüße, שלום, 日本語, नमस्ते, 👩‍👩‍👧, e\u0301'
  expect(printable(text)).toBe(text)
})

test('JSON keeps the value and steers no terminal', () => {
  const value = { [hostile]: [hostile, '\ud800', '\u{e0041}', '👩‍👩‍👧'] }
  const json = printableJson(value)
  expect(json).not.toMatch(unsafe)
  expect(JSON.parse(json)).toEqual(value)
})

const item: ListedItem = {
  id: `home/${hostile}`,
  service: 'mail',
  collection: [hostile],
  date: hostile,
  from: hostile,
  subject: hostile,
  flags: [hostile],
  size: 10,
  sha256: '0'.repeat(64),
  path: hostile,
  offset: 0,
  length: 10,
  removed: false,
}
const failure = { code: 'auth', message: hostile, advice: hostile } as const
const report = backupReport({
  vault: `/${hostile}`,
  notices: [hostile],
  accounts: [
    accountReport({
      account: hostile,
      failure,
      collections: [collectionReport({ path: [hostile, hostile], skipped: hostile, heldBack: 2, failure })],
      pending: [{ service: 'mail', collection: [hostile], key: hostile, title: hostile, reason: hostile }],
    }),
  ],
})
const collection = {
  account: hostile,
  service: 'mail' as const,
  path: [hostile],
  folder: hostile,
  items: 1,
  removedItems: 0,
  pending: 0,
  bytes: 1,
}
const finding = {
  kind: 'damaged' as const,
  path: hostile,
  text: hostile,
  item: { account: hostile, collection: [hostile], key: hostile, title: hostile, date: hostile },
}
const oneLine = hostile.replaceAll(/[\r\n]/g, '')
const source = `From: ${oneLine}\r\nSubject: =?utf-8?q?=1b[2J=E2=80=AE?=\r\n\r\n${oneLine}`
const connection = {
  provider: 'imap',
  providerName: 'E-mail',
  services: ['mail'] as const,
  offered: ['mail'] as const,
  settings: { host: hostile, user: hostile },
  secretPlace: 'none' as const,
}
const account = { id: hostile, connections: [connection] }
async function* only<T>(value: T) {
  yield value
}
const app = {
  listAccounts: async () => [account],
  testAccount: () => only({ ok: false, text: hostile }),
  backup: async (_request: unknown, _signal: unknown, onProgress: (event: never) => void) => {
    for (const event of [
      { kind: 'account', account: hostile, toCome: 0 },
      { kind: 'notice', text: hostile },
      {
        kind: 'items',
        service: 'mail',
        account: hostile,
        collection: [hostile],
        done: 1,
        total: 1,
        itemsSoFar: 1,
        itemsKnown: 1,
        bytesSoFar: 1,
        bytesKnown: 1,
      },
    ]) {
      onProgress(event as never)
    }
    return report
  },
  verify: async () => verifyReport({ sound: false, findings: [finding] }),
  list: async () => ({
    vault: hostile,
    accounts: [{ account: hostile, lastRun: hostile, run: hostile, collections: [collection] }],
  }),
  listItems: () => only(item),
  show: async () => ({ item: { ...item, size: 1_000 }, bytes: only(new TextEncoder().encode(source)) }),
}

test.each([
  { argv: ['account', 'list'] },
  { argv: ['account', 'list', '--json'] },
  { argv: ['account', 'test', hostile] },
  { argv: ['account', 'test', hostile, '--json'] },
  { argv: ['backup', '--vault', 'v'] },
  { argv: ['backup', '--vault', 'v', '--json', '--progress', 'json'] },
  { argv: ['verify', '--vault', 'v'] },
  { argv: ['verify', '--vault', 'v', '--json'] },
  { argv: ['list', '--vault', 'v'] },
  { argv: ['list', '--vault', 'v', '--json'] },
  { argv: ['list', '--vault', 'v', '--folder', 'x'] },
  { argv: ['list', '--vault', 'v', '--folder', 'x', '--json'] },
  { argv: ['show', '--vault', 'v', 'x'] },
  { argv: ['show', '--vault', 'v', 'x', '--json'] },
  { argv: ['backup', '--vault', 'v', `--${hostile}`] },
  { argv: [hostile] },
])('a hostile name, subject or answer does not steer the terminal: lifeboat $argv', async ({ argv }) => {
  const terminal = recordedTerminal()
  await runWith(argv, app, terminal)
  const written = terminal.stdout.text() + terminal.stderr.text()
  expect(written).toMatch(/2J|unknown|Unknown/)
  expect(written.replaceAll('\t', '')).not.toMatch(unsafe)
  expect(written).not.toMatch(/^FAKE/m)
})
