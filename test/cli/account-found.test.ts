import { expect, test } from 'vitest'
import type { FoundServer, NewAccount } from '../../src/api/contract.ts'
import { AppError } from '../../src/core/errors.ts'
import { recordedTerminal, runWith } from './hand-made.ts'

const server: FoundServer = {
  providerName: null,
  origin: "the domain's own announcement in DNS",
  settings: { host: 'mail.example.org', port: 1993, security: 'tls' },
  user: 'alice@example.org',
  steps: [],
  unconfirmed: false,
}

async function add(found: FoundServer | null, ...more: readonly string[]) {
  const terminal = recordedTerminal()
  const added: NewAccount[] = []
  const app = {
    listAccounts: async () => [],
    findServer: async () => found,
    addAccount: async (account: NewAccount) => {
      added.push(account)
      return { id: account.id, connections: [] }
    },
  }
  const argv = ['account', 'add', 'imap', '--user', 'alice@example.org', '--password-command', 'echo x', ...more]
  const exitCode = await runWith(argv, app, terminal)
  return { exitCode, stderr: terminal.stderr.text(), account: added[0] }
}

test('what was found is shown and used', async () => {
  const { exitCode, stderr, account } = await add({
    ...server,
    steps: ['Open the page.', 'Copy it.'],
    helpUrl: 'https://help',
    note: 'Slow.',
  })
  expect(exitCode).toBe(0)
  expect(stderr).toContain("mail.example.org, port 1993, TLS. Source: the domain's own announcement in DNS.")
  expect(stderr).toMatch(/ 1\. Open the page\.\n +2\. Copy it\.\n +More: https:\/\/help\nGood to know: Slow\./)
  expect(account).toMatchObject({
    id: 'alice@example.org',
    connections: [{ settings: { host: 'mail.example.org', port: 1993, security: 'tls', user: 'alice@example.org' } }],
  })
})

test('what the person says counts more than what was found', async () => {
  const { account } = await add(server, '--id', 'home', '--port', '2143', '--starttls')
  expect(account).toMatchObject({
    id: 'home',
    connections: [{ settings: { host: 'mail.example.org', port: 2143, security: 'starttls' } }],
  })
})

test('a port that belongs to another kind of encryption is not kept', async () => {
  const { account } = await add(server, '--starttls')
  expect(account?.connections[0]?.settings).toEqual({ host: 'mail.example.org', security: 'starttls', user: 'alice@example.org' })
})

test.each([
  { what: 'nothing is found', found: null, exitCode: 12, says: /could not be found.*\n.*--host/ },
  {
    what: 'the user name is not known',
    found: { ...server, user: null },
    exitCode: 2,
    says: /wants a user name.*\n.*--host mail\.example\.org --user NAME/,
  },
  {
    what: 'only DNS names a server elsewhere and nobody can be asked',
    found: { ...server, unconfirmed: true },
    exitCode: 2,
    says: /outside the domain.*\n.*--host mail\.example\.org/,
  },
])('when $what, no account is added and the next step is named', async ({ found, exitCode, says }) => {
  const result = await add(found)
  expect(result).toMatchObject({ exitCode, account: undefined })
  expect(result.stderr).toMatch(says)
})

test('the failure that account test names first decides its exit code', async () => {
  async function* findings() {
    yield { ok: true, text: 'The name is known.' }
    yield { ok: false, text: 'It does not answer.', code: 'network' as const }
    yield { ok: false, text: 'Check the firewall.', code: 'auth' as const }
  }
  const terminal = recordedTerminal()
  expect(await runWith(['account', 'test', 'home'], { testAccount: findings }, terminal)).toBe(10)
  expect(terminal.stdout.text()).toBe('✓ The name is known.\n✗ It does not answer.\n✗ Check the firewall.\n')
})

test('an expected failure is told by its sentence, its advice and its exit code', async () => {
  const terminal = recordedTerminal()
  const removeAccount = () => Promise.reject(new AppError('permission', 'The file is not yours.', { advice: 'Ask its owner.' }))
  expect(await runWith(['account', 'remove', 'home'], { removeAccount }, terminal)).toBe(5)
  expect(terminal.stderr.text()).toBe('The file is not yours.\nAsk its owner.\n')
})
