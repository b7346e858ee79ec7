import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Google, isWriting } from '../emulators/google/google.ts'
import { filesBelow, lifeboat, type TemporaryFolder, temporaryFolder } from './command.ts'

const admin = 'anna@example.com'
const scopes = [
  ...['admin.directory.user.readonly', 'gmail.readonly', 'contacts.readonly', 'contacts.other.readonly'],
  ...['calendar.readonly', 'drive.readonly'],
].map((scope) => `https://www.googleapis.com/auth/${scope}`)
const writing = ['gmail.insert', 'gmail.labels', 'contacts', 'calendar', 'drive.file'].map(
  (scope) => `https://www.googleapis.com/auth/${scope}`,
)

/** Each of these runs the command several times. */
describe('a small company at Google', () => {
  let google: Google
  let home: TemporaryFolder
  let keyFile: string
  let vault: string

  beforeEach(async () => {
    google = await Google.start()
    home = temporaryFolder()
    keyFile = join(home.path, 'key.json')
    vault = join(home.path, 'vault')
    google.addUser(admin).about.isAdmin = true
    for (const name of ['bob', 'cleo']) google.addUser(`${name}@example.com`)
    google.addUser('gone@example.com').about.isSuspended = true
    for (const scope of scopes) google.signIn.service.delegated.add(scope)
    writeFileSync(keyFile, JSON.stringify(google.keyFile()))
  })

  afterEach(async () => {
    await google.stop()
    home[Symbol.dispose]()
  })

  const run = (...argv: readonly string[]) => lifeboat(argv, { home: home.path, env: { LIFEBOAT_DEBUG: '1' } })
  const add = (...argv: readonly string[]) =>
    run('account', 'add', 'google', '--workspace', '--client-file', keyFile, '--admin', admin, '--secrets', 'file', ...argv)
  const ids = async () =>
    (JSON.parse((await run('account', 'list', '--json')).stdout) as { accounts: { id: string }[] }).accounts.map(({ id }) => id)
  const saved = async () => {
    const { stdout, exitCode } = await run('backup', '--vault', vault, '--json')
    const report = JSON.parse(stdout) as { accounts: { account: string; collections: { stored: number }[] }[]; notices: string[] }
    const sums = report.accounts.map(({ account, collections }) => [
      account,
      collections.reduce((sum, { stored }) => sum + stored, 0),
    ])
    return { exitCode, accounts: Object.fromEntries(sums) as object, notices: report.notices }
  }

  it('is backed up with one key: everybody, also who comes later, each into a folder of their own', async () => {
    const user = google.addUser('dora@example.com')
    user.gmail.add('Subject: of Dora\r\n\r\nHello.\r\n')
    user.drive.add('a.txt', { content: 'Dear bank' })
    const added = await add('--everybody')
    expect(added).toMatchObject({ exitCode: 0, stdout: '4 accounts are added. Next: lifeboat backup --vault FOLDER\n' })
    expect(added.stderr).toMatch(/gone@example\.com.*suspended/)
    const first = await saved()
    expect(first).toMatchObject({ exitCode: 0, accounts: { [admin]: 0, 'dora@example.com': 2 }, notices: [] })
    expect(readFileSync(join(vault, 'data/dora@example.com/Files/My Drive/a.txt'), 'utf8')).toBe('Dear bank')

    google.addUser('emil@example.com').gmail.add('Subject: of Emil\r\n\r\nHello.\r\n')
    const second = await saved()
    expect(second.accounts).toMatchObject({ 'emil@example.com': 1 })
    expect(second.notices).toEqual(['emil@example.com has come to the organisation, and is backed up from now on.'])
    expect(await ids()).toContain('emil@example.com')
    expect(google.requests.filter(isWriting)).toEqual([])
    expect((await run('verify', '--vault', vault)).exitCode).toBe(0)
  })

  it('takes in whoever comes although the name of one of them is taken', async () => {
    await add('--users', 'all')
    await run('account', 'add', 'archive', '--id', 'Emil@Example.com', '--path', home.path, '--only', 'files')
    for (const name of ['emil', 'zoe']) google.addUser(`${name}@example.com`)
    const { notices } = await saved()
    expect(notices).toEqual([
      'emil@example.com has come to the organisation, but is not backed up. There is an account "Emil@Example.com" already.',
      'zoe@example.com has come to the organisation, and is backed up from now on.',
    ])
    expect(await ids()).toContain('zoe@example.com')
  })

  it('is backed up as far as it is chosen, and a new key takes the place of the old one', async () => {
    expect((await add('--users', 'bob@example.com,nobody@example.com')).stderr).toContain(
      'The organisation has no "nobody@example.com"',
    )
    expect((await add('--users', 'gone@example.com')).stderr).toContain('suspended')
    expect(await ids()).toEqual([])
    expect((await add('--users', 'Bob@example.com, cleo@example.com')).exitCode).toBe(0)
    expect(await ids()).toEqual(['bob@example.com', 'cleo@example.com'])
    google.addUser('later@example.com')
    expect(Object.keys((await saved()).accounts)).toEqual(['bob@example.com', 'cleo@example.com'])

    google.signIn.service.rotate()
    const tested = await run('account', 'test', 'bob@example.com')
    expect(tested).toMatchObject({
      exitCode: 5,
      stdout: expect.stringMatching(/key of the service account: it was deleted\. Make a new key/),
    })
    writeFileSync(keyFile, JSON.stringify(google.keyFile()))
    expect((await add('--users', 'bob@example.com,cleo@example.com')).stdout).toMatch(/^0 accounts are added, 2 have the new key/)
    expect((await run('account', 'test', 'bob@example.com')).exitCode).toBe(0)
  })

  it('says what the administrator has not allowed yet', async () => {
    google.signIn.service.delegated.delete('https://www.googleapis.com/auth/drive.readonly')
    google.signIn.service.delegated.delete('https://www.googleapis.com/auth/admin.directory.user.readonly')
    const refused = await add('--everybody')
    expect(refused.exitCode).toBe(5)
    expect(refused.stderr).toContain(`Client ID: ${google.signIn.service.clientId}`)
    expect(refused.stderr).toContain(`OAuth scopes, beside those that are there: ${scopes.join(',')}`)
    expect(refused.stderr).toMatch(/has not let Lifeboat in for all.*domainwidedelegation/s)
    google.signIn.service.delegated.add('https://www.googleapis.com/auth/admin.directory.user.readonly')
    await add('--users', 'bob@example.com')
    const tested = await run('account', 'test', 'bob@example.com')
    expect(tested).toMatchObject({
      exitCode: 5,
      stdout: expect.stringContaining('https://www.googleapis.com/auth/drive.readonly'),
    })
    const wrong = await lifeboat(
      [
        'account',
        'add',
        'google',
        '--workspace',
        '--client-file',
        keyFile,
        '--admin',
        'bob@example.com',
        '--users',
        'bob@example.com',
      ],
      { home: home.path },
    )
    expect(wrong.stderr).toContain('bob@example.com may not see who is in the organisation.')
    writeFileSync(keyFile, JSON.stringify(google.clientFile()))
    expect((await add('--everybody')).stderr).toContain('It is for a client with which a person signs in.')
    expect((await run('account', 'add', 'google', '--workspace')).stderr).toMatch(
      /iam-admin\/serviceaccounts.*--client-file FILE/s,
    )
  })

  it('tells a suspended account from a key that is gone, and goes on with the others', async () => {
    google.addUser('fay@example.com').gmail.add('Subject: of Fay\r\n\r\nHello.\r\n')
    await add('--users', 'bob@example.com,fay@example.com')
    google.signIn.lock('bob@example.com')
    const report = await run('backup', '--vault', vault)
    expect(report).toMatchObject({ exitCode: 15, stdout: expect.stringMatching(/this account is locked/) })
    expect((await run('list', '--vault', vault, '--account', 'fay@example.com', '--folder', 'All Mail')).stdout).toContain(
      'of Fay',
    )
  })

  it('is written to only once the administrator has allowed that, too', async () => {
    google.addUser('fay@example.com').gmail.add('Subject: of Fay\r\n\r\nHello.\r\n')
    await add('--users', 'bob@example.com,fay@example.com')
    await run('backup', '--vault', vault)
    const restore = ['restore', '--vault', vault, '--account', 'fay@example.com', '--to', 'bob@example.com']
    const refused = await run(...restore)
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain('https://www.googleapis.com/auth/gmail.insert')
    expect(google.requests.filter(isWriting)).toEqual([])
    for (const scope of writing) google.signIn.service.delegated.add(scope)
    expect((await run(...restore)).exitCode).toBe(0)
    expect(google.requests.filter(isWriting).length).toBeGreaterThan(0)
  })

  it('keeps the key out of settings, log, output and vault', async () => {
    google.addUser('fay@example.com').gmail.add('Subject: of Fay\r\n\r\nHello.\r\n')
    const results = [await add('--everybody'), await run('backup', '--vault', vault), await run('account', 'signin', admin)]
    google.signIn.service.rotate()
    results.push(await run('backup', '--vault', vault))
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 13, 5])
    const canaries = [
      ...google.signIn.secretsGivenOut(),
      ...JSON.parse(readFileSync(keyFile, 'utf8')).private_key.split('\n').slice(1, -2),
    ]
    const places = filesBelow(home.path).filter(({ path }) => path !== keyFile && !path.endsWith('/secrets.json'))
    const texts = [...places, ...results.map(({ stdout, stderr }) => ({ path: 'output', text: stdout + stderr }))]
    expect(places.length).toBeGreaterThan(5)
    for (const canary of canaries) expect(texts.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([])
  })
})
