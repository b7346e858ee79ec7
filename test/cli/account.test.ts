import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lifeboat, temporaryFolder } from './command.ts'

/** An account that needs neither keyring nor server to be added. */
function addImap(id: string): string[] {
  return [
    'account',
    'add',
    'imap',
    '--id',
    id,
    '--host',
    'imap.example.org',
    '--user',
    'alice',
    '--password-command',
    'echo secret',
  ]
}

interface Listed {
  readonly id: string
  readonly connections: readonly { readonly settings: Record<string, unknown> }[]
}

async function accounts(home: string): Promise<Listed[]> {
  const { exitCode, stdout } = await lifeboat(['account', 'list', '--json'], { home })
  expect(exitCode).toBe(0)
  return JSON.parse(stdout).accounts
}

test('an account is added, shown and removed', async () => {
  using home = temporaryFolder()
  const added = await lifeboat(addImap('home'), { home: home.path })
  expect(added).toMatchObject({ exitCode: 0, stderr: '' })
  expect(added.stdout).toContain('lifeboat account test home')

  const listed = await lifeboat(['account', 'list'], { home: home.path })
  expect(listed.stdout).toMatch(/home +E-mail \(IMAP\) +mail +alice on imap\.example\.org +command/)
  expect(await accounts(home.path)).toEqual([
    {
      id: 'home',
      connections: [
        {
          provider: 'imap',
          providerName: 'E-mail (IMAP)',
          services: ['mail'],
          offered: ['mail'],
          settings: { host: 'imap.example.org', user: 'alice', security: 'tls' },
          secretPlace: 'command',
        },
      ],
    },
  ])

  expect(await lifeboat(['account', 'remove', 'home'], { home: home.path })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await accounts(home.path)).toEqual([])
})

test('port, encryption and certificate are kept as given', async () => {
  using home = temporaryFolder()
  await lifeboat([...addImap('a'), '--starttls', '--port', '1143', '--ca', 'cert.pem'], { home: home.path })
  await lifeboat([...addImap('b'), '--insecure'], { home: home.path })
  const [a, b] = await accounts(home.path)
  expect(a?.connections[0]?.settings).toMatchObject({ security: 'starttls', port: 1143, ca: join(home.path, 'cert.pem') })
  expect(b?.connections[0]?.settings).toMatchObject({ security: 'none' })
})

test('an address alone is enough where the provider is known', async () => {
  using home = temporaryFolder()
  const argv = ['account', 'add', 'imap', '--user', 'alice@icloud.com', '--password-command', 'echo secret']
  const { exitCode, stderr } = await lifeboat(argv, { home: home.path })
  expect(exitCode).toBe(0)
  expect(stderr).toMatch(/iCloud Mail: imap\.mail\.me\.com, port 993, TLS/)
  expect(stderr).toMatch(/1\. .*account\.apple\.com/)
  expect(await accounts(home.path)).toMatchObject([
    {
      id: 'alice@icloud.com',
      connections: [{ settings: { host: 'imap.mail.me.com', port: 993, security: 'tls', user: 'alice' } }],
    },
  ])
})

test('a provider that lets no other program in is refused with its reason', async () => {
  using home = temporaryFolder()
  const argv = ['account', 'add', 'imap', '--user', 'alice@outlook.com', '--password-command', 'echo secret']
  const { exitCode, stderr } = await lifeboat(argv, { home: home.path })
  expect(exitCode).toBe(13)
  expect(stderr).toMatch(/Microsoft sign-in/)
  expect(await accounts(home.path)).toEqual([])
})

test.each(['home', 'HOME', 'Home'])(
  'a second account %s beside home is refused, because they would share a folder',
  async (id) => {
    using home = temporaryFolder()
    await lifeboat(addImap('home'), { home: home.path })
    const { exitCode, stderr } = await lifeboat(addImap(id), { home: home.path })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/account "home" already/)
    expect(await accounts(home.path)).toHaveLength(1)
  },
)

test.each([{ id: '' }, { id: ' home' }, { id: 'a/b' }, { id: 'a\\b' }, { id: 'a\u001b[2Jb' }, { id: 'x'.repeat(201) }])(
  '$id is refused as the name of an account',
  async ({ id }) => {
    using home = temporaryFolder()
    const { exitCode } = await lifeboat(addImap(id), { home: home.path })
    expect(exitCode).toBe(2)
    expect(await accounts(home.path)).toEqual([])
  },
)

test('processes that add accounts at the same time lose none', async () => {
  using home = temporaryFolder()
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const results = await Promise.all(ids.map((id) => lifeboat(addImap(id), { home: home.path })))
  expect(results.map((result) => result.exitCode)).toEqual(ids.map(() => 0))
  expect((await accounts(home.path)).map((account) => account.id).sort()).toEqual(ids)
})

test('of processes that add the same account at the same time one succeeds', async () => {
  using home = temporaryFolder()
  const results = await Promise.all([1, 2, 3, 4].map(() => lifeboat(addImap('same'), { home: home.path })))
  expect(results.map((result) => result.exitCode).sort()).toEqual([0, 2, 2, 2])
  expect(await accounts(home.path)).toHaveLength(1)
})

test('settings are readable for their owner only', async () => {
  using home = temporaryFolder()
  await lifeboat(addImap('home'), { home: home.path })
  expect(statSync(join(home.path, 'config')).mode & 0o777).toBe(0o700)
  expect(statSync(join(home.path, 'config/config.json')).mode & 0o777).toBe(0o600)
})

test.each([
  { damage: '{"version": 1, "accounts": [' },
  { damage: '' },
  { damage: '{"version": 3, "accounts": [], "vaults": []}' },
  { damage: '{"version": 1, "accounts": [{"id": 7}], "vaults": []}' },
])('damaged settings ($damage) are named and never overwritten', async ({ damage }) => {
  using home = temporaryFolder()
  const path = join(home.path, 'config/config.json')
  mkdirSync(join(home.path, 'config'))
  writeFileSync(path, damage)
  for (const argv of [['account', 'list'], addImap('home'), ['account', 'remove', 'home'], ['backup', '--vault', 'v']]) {
    const { exitCode, stderr } = await lifeboat(argv, { home: home.path })
    expect(exitCode).toBe(14)
    expect(stderr).toContain(path)
  }
  expect(readFileSync(path, 'utf8')).toBe(damage)
})

test('settings that cannot be read are named, and no vault is blamed', async () => {
  using home = temporaryFolder()
  const path = join(home.path, 'config/config.json')
  mkdirSync(path, { recursive: true })
  const { exitCode, stderr } = await lifeboat(['account', 'list'], { home: home.path })
  expect(exitCode).toBe(14)
  expect(stderr).toContain(`${path} cannot be read`)
  expect(stderr).not.toContain('verify')
})

test.each([
  { what: 'a server that refuses', add: [...addImap('it'), '--insecure', '--port', '1'], host: '127.0.0.1', exitCode: 10 },
  { what: 'a server that has no name', add: addImap('it'), host: 'imap.does-not-exist.invalid', exitCode: 10 },
  { what: 'an archive that is gone', add: ['account', 'add', 'archive', '--id', 'it', '--path', 'gone'], exitCode: 12 },
])('account test of $what ends with exit code $exitCode', async ({ add, host, exitCode }) => {
  using home = temporaryFolder()
  const argv = host === undefined ? add : add.with(add.indexOf('--host') + 1, host)
  expect(await lifeboat(argv, { home: home.path })).toMatchObject({ exitCode: 0 })
  const tested = await lifeboat(['account', 'test', 'it'], { home: home.path })
  expect(tested.stdout).toMatch(/^✗ /m)
  expect(tested.exitCode).toBe(exitCode)
})

test.each([
  { what: 'a file where the folder should be', name: 'config', file: true, exitCode: 14, says: /cannot be read/ },
  { what: 'a folder where a file should be', name: 'config/config.lock', file: false, exitCode: 14, says: /cannot be written/ },
])('settings with $what are a clear error', async ({ name, file, exitCode, says }) => {
  using home = temporaryFolder()
  const path = join(home.path, name)
  if (file) writeFileSync(path, '')
  else mkdirSync(path, { recursive: true })
  const refused = await lifeboat(addImap('home'), { home: home.path })
  expect(refused.exitCode).toBe(exitCode)
  expect(refused.stderr).toContain(path)
  expect(refused.stderr).toMatch(says)
})
