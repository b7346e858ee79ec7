import { expect, test } from 'vitest'
import { backupReportLines } from '../../src/cli/backup-report.ts'
import { verifyReportLines } from '../../src/cli/verify-report.ts'
import type { PendingItem } from '../../src/engine/report.ts'
import {
  accountReport,
  backupReport,
  collectionReport,
  recordedOutput,
  recordedTerminal,
  runWith,
  verifyReport,
} from './hand-made.ts'

const pendingItem = (n: number): PendingItem => ({
  service: 'mail',
  collection: ['Clients', 'Acme'],
  key: String(n),
  title: n === 1 ? '' : `Offer ${n}`,
  reason: 'The server refuses it.',
})

const lines = (changed: Parameters<typeof backupReport>[0]) => backupReportLines(backupReport(changed)).join('\n')

test('each folder is reconciled: server says, in the vault, pending, and what the run did', () => {
  const collections = [
    collectionReport({ said: 1_234, stored: 1_233, pending: 1, added: 20, copied: 3, changed: 4, removed: 5 }),
    collectionReport({ path: ['Clients'], said: null, stored: 0, skipped: 'This folder holds no messages.' }),
  ]
  const text = lines({ accounts: [accountReport({ collections, pending: [pendingItem(7), pendingItem(1)] })] })
  expect(text).toMatch(/^ +Folder +Server says +In the vault +Pending +New +Copied +Changed +Removed$/m)
  expect(text).toMatch(/^ +Inbox +1,234 +1,233 +1 +20 +3 +4 +5$/m)
  expect(text).toContain('Clients: skipped: This folder holds no messages.')
  expect(text).toContain('Pending: Clients/Acme, number 7, "Offer 7": The server refuses it.')
  expect(text).toContain('Pending: Clients/Acme, number 1, (no subject known): The server refuses it.')
})

test('what an emptied folder held is in the vault, and said so', () => {
  const collections = [collectionReport({ said: 0, stored: 0, heldBack: 40 }), collectionReport({ path: ['Clients'], stored: 2 })]
  const text = lines({ accounts: [accountReport({ collections })] })
  expect(text).toMatch(/^ +Inbox +0 +40 +0 +0 +0 +0 +0$/m)
  expect(text).toMatch(/^Removals held back: 40 messages that the provider does not list any more\. 42 messages in the vault/m)
})

test('a run that was stopped does not blame the server for what it did not get to', () => {
  const accounts = [accountReport({ collections: [collectionReport({ said: 3_000, stored: 1_450 })] })]
  expect(lines({ accounts })).toContain('could be listed')
  const text = lines({ accounts, stopped: true })
  expect(text).toMatch(/^ +Inbox +3,000 +1,450 /m)
  expect(text).not.toContain('could be listed')
})

test('very many pending items are counted, not named', () => {
  const text = lines({ accounts: [accountReport({ pending: Array.from({ length: 75 }, (_, n) => pendingItem(n)) })] })
  expect(text.match(/Pending:/g)).toHaveLength(50)
  expect(text).toContain('25 more pending items')
})

const failure = { code: 'auth', message: 'The server refuses the password.', advice: 'Make a new one.' } as const

test.each([
  { what: {}, says: /^Complete: 10 messages in the vault, nothing new.*\n.*lifeboat verify --vault "\/backup"/m },
  {
    what: { accounts: [accountReport({ collections: [collectionReport({ added: 2, bytes: 5_000_000 })] })] },
    says: /^Complete: 10 messages in the vault, 2 new \(5\.0 MB\)/m,
  },
  {
    what: { accounts: [accountReport({ pending: [pendingItem(1)] })] },
    says: /^Almost complete: 1 item pending.*\n.*again later/m,
  },
  {
    what: { accounts: [accountReport({ collections: [collectionReport({ said: 12 })] })] },
    says: /the server says 12, but only 10(.*\n)*Almost complete/,
  },
  {
    what: { accounts: [accountReport({ collections: [collectionReport({ heldBack: 40 })] })] },
    says: /^Removals held back: 40 messages.*\n.*--accept-removals/m,
  },
  {
    what: { accounts: [accountReport({ failure })] },
    says: /refuses the password.*\n.*Make a new one.*\n\nNot complete \(home\).*\n.*again/m,
  },
  {
    what: {
      accounts: [
        accountReport({
          failure,
          failedServices: [
            { service: 'contacts', failure },
            { service: 'calendar', failure },
            { service: 'files', failure: { ...failure, message: 'The server is away.' } },
          ],
        }),
      ],
    },
    says: /Contacts, calendars: The server refuses.*\n.*new one\.\n +Files: The server is away\.\n.*new one\.\n\nNot complete \(home\)/m,
  },
  // What is in the vault of an account that could not be asked was not counted.
  { what: { accounts: [accountReport({ collections: [], failure })] }, says: /^Not complete \(home\): nothing new\.$/m },
  { what: { stopped: true }, says: /^Stopped before the end.*\n.*was saved so far stays.*again to go on/m },
])('the last sentence says how it went and what to do: $says', ({ what, says }) => {
  expect(lines(what)).toMatch(says)
})

test('damage is named with the message it concerns, and what to do', () => {
  const item = { account: 'home', collection: ['Inbox'], key: '7', title: 'Offer', date: '2026-11-22T07:31:05Z' }
  const finding = { kind: 'damaged', path: 'data/home/Mail/Inbox/2026.mbox', text: 'It changed.', item } as const
  const text = verifyReportLines(verifyReport({ sound: false, findings: [finding] })).join('\n')
  expect(text).toContain('Damaged: data/home/Mail/Inbox/2026.mbox: It changed.')
  expect(text).toMatch(/concerns home, Inbox, 2026-11-22 .*"Offer"/)
  expect(text).toMatch(/^The vault is damaged: 1 finding\.(.*\n)Do not delete anything/m)
})

test('derived files that differ are no loss, and said so', () => {
  const finding = { kind: 'derived', path: 'data/home/Mail/index.csv', text: 'It differs.' } as const
  const text = verifyReportLines(verifyReport({ sound: false, findings: [finding] })).join('\n')
  expect(text).toMatch(/^Everything that was saved is sound.*\nThe next backup writes them anew/m)
})

const listedItem = {
  ...{ id: 'home/1/1', service: 'mail' as const, collection: ['Inbox'], date: '', from: '', subject: '', flags: [] },
  ...{ size: 1, sha256: '', path: '', offset: 0, length: 1, removed: false },
}

test('a list stops asking the vault when nobody reads it any more', async () => {
  let asked = 0
  async function* listItems() {
    for (; asked < 1_000; asked++) {
      yield { ...listedItem, id: `home/1/${asked}` }
    }
  }
  for (const json of [[], ['--json']]) {
    asked = 0
    const terminal = recordedTerminal({ stdout: recordedOutput({ closesAfter: 10 }) })
    expect(await runWith(['list', '--vault', 'v', '--folder', 'Inbox', ...json], { listItems }, terminal)).toBe(0)
    expect(asked).toBeLessThan(20)
  }
})

test('columns of a list stand below each other where letters are wide', async () => {
  async function* listItems() {
    for (const subject of ['abc', '請求書', 'Grüße', 'x'.repeat(80), '件'.repeat(80)])
      yield { ...listedItem, subject, from: subject }
  }
  const terminal = recordedTerminal()
  await runWith(['list', '--vault', 'v', '--folder', 'Inbox'], { listItems }, terminal)
  const [heading = '', ...rows] = terminal.stdout.text().trimEnd().split('\n').slice(0, -1)
  const columns = (text: string) => [...text].reduce((sum, letter) => sum + (/[\u3000-\u9fff]/.test(letter) ? 2 : 1), 0)
  const where = rows.map((row) => columns(row.slice(0, row.indexOf('home/1/1'))))
  expect(where).toEqual(rows.map(() => heading.indexOf('Message')))
})

test('an unexpected error is a sentence, and technical only when asked for', async () => {
  const list = () => Promise.reject(new TypeError('x is undefined'))
  const quiet = recordedTerminal()
  expect(await runWith(['list', '--vault', 'v'], { list }, quiet)).toBe(1)
  expect(quiet.stderr.text()).toMatch(/^Something unexpected happened: x is undefined\n/)
  expect(quiet.stderr.text()).not.toMatch(/ at .*:\d+/)
  const debug = { ...recordedTerminal(), env: { LIFEBOAT_DEBUG: '1' } }
  await runWith(['list', '--vault', 'v'], { list }, debug)
  expect(debug.stderr.text()).toMatch(/ at .*:\d+/)
})
