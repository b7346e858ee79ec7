import { describe, expect, test } from 'vitest'
import type { FoundConnection, NewAccount } from '../../src/api/contract.ts'
import { wellKnown } from '../../src/cli/well-known.ts'
import { presets as davPresets } from '../../src/providers/dav/preset-table.ts'
import { presets as imapPresets } from '../../src/providers/imap/preset-table.ts'
import { lifeboat, temporaryFolder } from './command.ts'
import { recordedTerminal, runWith } from './hand-made.ts'

interface Listed {
  readonly id: string
  readonly connections: readonly {
    readonly provider: string
    readonly services: readonly string[]
    readonly settings: Record<string, unknown>
    readonly secretPlace: string
  }[]
}

async function add(...argv: readonly string[]) {
  using home = temporaryFolder()
  const added = await lifeboat(['account', 'add', ...argv, '--password-command', 'echo secret'], { home: home.path })
  const { stdout } = await lifeboat(['account', 'list', '--json'], { home: home.path })
  const { accounts } = JSON.parse(stdout) as { readonly accounts: readonly Listed[] }
  return { ...added, account: accounts[0], table: (await lifeboat(['account', 'list'], { home: home.path })).stdout }
}

test('one command adds mail, contacts and calendars of a well-known provider under one name', async () => {
  const { exitCode, stderr, account, table } = await add('icloud', '--user', 'alice@icloud.com')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('mail on imap.mail.me.com, contacts on contacts.icloud.com, calendars on caldav.icloud.com')
  expect(stderr).toContain('iCloud Drive')
  expect(stderr.match(/create one with the name Lifeboat/g)).toHaveLength(1)
  expect(account).toEqual({
    id: 'alice@icloud.com',
    connections: [
      {
        provider: 'imap',
        providerName: 'E-mail (IMAP)',
        services: ['mail'],
        offered: ['mail'],
        settings: { host: 'imap.mail.me.com', port: 993, security: 'tls', user: 'alice' },
        secretPlace: 'command',
      },
      {
        provider: 'dav',
        providerName: 'Contacts, calendars, files (DAV)',
        services: ['contacts', 'calendar'],
        offered: ['contacts', 'calendar'],
        settings: {
          carddav: 'https://contacts.icloud.com/',
          caldav: 'https://caldav.icloud.com/',
          user: 'alice@icloud.com',
        },
        secretPlace: 'command',
      },
    ],
  })
  expect(table).toMatch(/alice@icloud\.com +E-mail.* +mail +alice on imap\.mail\.me\.com/)
  expect(table).toMatch(/^ +Contacts.* +contacts, calendars +alice@icloud\.com on contacts\.icloud\.com, caldav\.icloud\.com/m)
})

test('an own server is named, and gives the account its name', async () => {
  const { account } = await add('nextcloud', '--server', 'https://cloud.example.com/nc/', '--user', 'alice b')
  expect(account).toMatchObject({
    id: 'alice b@cloud.example.com',
    connections: [
      {
        services: ['contacts', 'calendar', 'files'],
        offered: ['contacts', 'calendar', 'files'],
        settings: { webdav: 'https://cloud.example.com/nc/remote.php/dav/files/alice%20b/', user: 'alice b' },
      },
    ],
  })
})

test('only what is asked for is added', async () => {
  const { account } = await add('fastmail', '--user', 'a@own.example', '--id', 'home', '--only', 'calendars,files')
  expect(account).toMatchObject({ id: 'home', connections: [{ provider: 'dav', services: ['calendar', 'files'] }] })
})

test('the servers of the right country are used', async () => {
  const { account } = await add('zoho', '--user', 'a@zoho.eu')
  expect(account?.connections.map(({ settings }) => settings)).toMatchObject([
    { host: 'imap.zoho.eu' },
    { carddav: 'https://contacts.zoho.eu/carddav' },
  ])
})

test('by hand, every service may be elsewhere, and mail may have its own user name and password', async () => {
  const { account } = await add(
    ...['dav', '--id', 'home', '--user', 'alice', '--carddav', 'dav.example.org', '--caldav', 'http://127.0.0.1:5232/alice/'],
    ...['--webdav', 'https://files.example.org/x/', '--imap', 'mail.example.org:1143', '--imap-security', 'starttls'],
    ...['--imap-user', 'al', '--imap-password-command', 'echo other', '--token'],
  )
  expect(account?.connections).toMatchObject([
    { provider: 'imap', settings: { host: 'mail.example.org', port: 1143, security: 'starttls', user: 'al' } },
    {
      provider: 'dav',
      services: ['contacts', 'calendar', 'files'],
      settings: {
        carddav: 'https://dav.example.org',
        caldav: 'http://127.0.0.1:5232/alice/',
        webdav: 'https://files.example.org/x/',
        user: 'alice',
        auth: 'bearer',
      },
    },
  ])
})

describe('by an e-mail address', () => {
  const found = {
    providerName: null,
    origin: "the domain's own announcement in DNS",
    settings: { carddav: 'https://dav.example.org/', caldav: 'https://dav.example.org/' },
    user: 'alice@example.org',
    steps: [],
    unconfirmed: false,
  }
  const mail = { ...found, settings: { host: 'mail.example.org' } }

  async function discover(more: Partial<typeof found>, ...argv: readonly string[]) {
    const terminal = recordedTerminal()
    const added: NewAccount[] = []
    const app = {
      listAccounts: async () => [],
      findServer: async (provider: string) => (provider === 'imap' ? mail : { ...found, ...more }),
      findPreset: async (): Promise<FoundConnection[]> => [],
      addAccount: async (account: NewAccount) => {
        added.push(account)
        return { id: account.id, connections: [] }
      },
    }
    const given = ['account', 'add', 'dav', '--user', 'alice@example.org', '--password-command', 'echo x']
    const exitCode = await runWith([...given, ...argv], app, terminal)
    return { exitCode, stderr: terminal.stderr.text(), account: added[0] }
  }

  test('the servers are found and shown', async () => {
    const { exitCode, stderr, account } = await discover({}, '--imap')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/Found for alice@example\.org: dav\.example\.org\. Source: the domain's own/)
    expect(stderr).toMatch(/Mail: mail\.example\.org/)
    expect(account?.connections).toEqual([
      { provider: 'imap', settings: { host: 'mail.example.org', user: 'alice@example.org' } },
      { provider: 'dav', settings: { ...found.settings, user: 'alice@example.org' } },
    ])
  })

  test('a server elsewhere that only DNS names is not used without being asked for', async () => {
    const result = await discover({ unconfirmed: true })
    expect(result).toMatchObject({ exitCode: 2, account: undefined })
    expect(result.stderr).toMatch(/outside the domain.*\n.*--carddav https:\/\/dav\.example\.org\/ --caldav https/)
  })
})

describe('the providers in --help', () => {
  test.each(wellKnown)('$name is in the tables, with what --help says of it', ({ id, name, what, server }) => {
    const dav = davPresets.find((preset) => preset.id === id)
    const imap = imapPresets.find((preset) => preset.id === id)
    if (dav === undefined) throw new Error(`${name} has no preset`)
    const words = [
      ...(imap === undefined ? [] : ['mail']),
      ...(dav.carddav === undefined ? [] : ['contacts']),
      ...(dav.caldav === undefined ? [] : ['calendars']),
      ...(dav.webdav === undefined ? [] : ['files']),
    ]
    expect(what.replace(/ \(.*/, '').match(/mail|contacts|calendars|files/g)).toEqual(words)
    expect(dav.carddav?.includes('{server}')).toBe(server === true)
    expect(dav.name).toBe(name)
  })

  test('every well-known provider with more than mail is there', () => {
    const usable = davPresets.filter(({ id, unsupported }) => unsupported === undefined && !id.includes('-'))
    expect(wellKnown.map(({ id }) => id).sort()).toEqual(usable.map(({ id }) => id).sort())
  })

  test.each(wellKnown)('the steps to a password for $name are told once', ({ id }) => {
    const steps = [davPresets, imapPresets].flatMap((table) => table.find((preset) => preset.id === id)?.steps ?? [])
    const once = [...new Set(steps)]
    for (const pattern of [/Give Lifeboat/, /two-factor authentication is on:/i, /^Copy/, /New app password/])
      expect(once.filter((step) => pattern.test(step)).length, String(pattern)).toBeLessThanOrEqual(1)
  })
})
