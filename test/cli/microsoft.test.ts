/** `account add microsoft` as a person runs it: with a code on another device, and with a certificate for an organisation. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isWriting, Microsoft } from '../emulators/microsoft/microsoft.ts'
import { keyringMissing, startKeyring } from '../servers/keyring.ts'
import { type CommandResult, filesBelow, lifeboat, type TemporaryFolder, temporaryFolder } from './command.ts'
import { withMicrosoftCode } from './microsoft-code.ts'

const email = 'alice@outlook.example'

/** Each of these runs the command several times. */
describe('an account at Microsoft', () => {
  let microsoft: Microsoft
  let home: TemporaryFolder
  let clientFile: string
  let vault: string
  /** Of every command. */
  let env: Readonly<Record<string, string>> = {}

  beforeEach(async () => {
    env = {}
    microsoft = await Microsoft.start()
    home = temporaryFolder()
    clientFile = join(home.path, 'practice.json')
    vault = join(home.path, 'vault')
    writeFileSync(clientFile, JSON.stringify(microsoft.practiceFile()))
  })

  afterEach(async () => {
    await microsoft.stop()
    home[Symbol.dispose]()
  })

  const run = (...argv: readonly string[]) => lifeboat(argv, { home: home.path, env: { ...env, LIFEBOAT_DEBUG: '1' } })

  const withCode = (person: string, ...argv: readonly string[]): Promise<CommandResult> =>
    withMicrosoftCode(microsoft, person, argv, { home: home.path, env })

  it('is added with a code on another device, backed up, locked, and signed in to again', async () => {
    const user = microsoft.addUser(email)
    user.mail.add('Subject: hello\r\n\r\nHello.\r\n')
    const added = await withCode(
      email,
      'account',
      'add',
      'microsoft',
      '--client-id',
      clientFile,
      '--secrets',
      'file',
      '--only',
      'mail,files',
      '--versions',
      '1',
    )
    expect(added.stderr).toContain(`Signed in as ${email}.`)
    expect(added).toMatchObject({ exitCode: 0, stdout: `Account ${email} is added. Next: lifeboat backup --vault FOLDER\n` })
    const letter = user.drive.add('letter.txt', Buffer.from('first'))
    user.drive.edit(letter.id, Buffer.from('second'))
    expect((await run('backup', '--vault', vault)).exitCode).toBe(0)
    const files = join(vault, `data/${email}/Files/OneDrive`)
    expect(readFileSync(join(files, 'letter.txt'), 'utf8')).toBe('second')
    expect(readFileSync(join(files, 'letter (version 1.0).txt'), 'utf8')).toBe('first')
    expect(readFileSync(join(vault, `data/${email}/Mail/Inbox/2026.mbox`), 'utf8')).toContain('Subject: hello')

    microsoft.signIn.lock(email)
    microsoft.signIn.expireAccessTokens()
    const locked = await run('backup', '--vault', vault)
    expect(locked.exitCode).toBe(15)
    expect(locked.stdout + locked.stderr).toContain('Microsoft says that this account is locked.')

    microsoft.signIn.unlock(email)
    expect((await withCode(email, 'account', 'signin', email)).exitCode).toBe(0)
    expect((await run('backup', '--vault', vault)).exitCode).toBe(0)
    expect(microsoft.requests.filter(isWriting)).toEqual([])

    const secrets = microsoft.signIn.secretsGivenOut().filter((text) => text.length > 20)
    const leaks = filesBelow(home.path).filter(
      ({ path, text }) => !path.endsWith('secrets.json') && secrets.some((one) => text.includes(one)),
    )
    expect(leaks.map(({ path }) => path)).toEqual([])
    for (const { stdout, stderr } of [added, locked]) expect(secrets.filter((one) => (stdout + stderr).includes(one))).toEqual([])
  })

  it.skipIf(keyringMissing() !== null)(
    'is renewed by each backup, with its key in the keyring and nothing to read elsewhere',
    async () => {
      await using keyring = await startKeyring()
      env = keyring.env
      microsoft.addUser(email).mail.add('Subject: hello\r\n\r\nHello.\r\n')
      const add = ['account', 'add', 'microsoft', '--client-id', clientFile, '--secrets', 'keyring', '--only', 'mail']
      add.push('--accounts', 'consumers')
      expect((await withCode(email, ...add)).exitCode).toBe(0)
      // Only personal accounts were to be let in.
      const pages = microsoft.requests.filter(({ path }) => path.includes('/devicecode')).map(({ path }) => path)
      expect(pages).toEqual([expect.stringMatching(/^\/consumers\//)])
      const sealed = () => filesBelow(home.path).find(({ path }) => path.endsWith('sealed-secrets.json'))?.text
      const seen = [sealed()]
      for (let n = 0; n < 2; n++) {
        microsoft.signIn.expireAccessTokens()
        expect((await run('backup', '--vault', vault)).exitCode).toBe(0)
        seen.push(sealed())
      }
      expect([seen.includes(undefined), new Set(seen).size]).toEqual([false, 3])
      const secrets = microsoft.signIn.secretsGivenOut().filter((text) => text.length > 20)
      const texts = [...filesBelow(home.path), ...filesBelow(keyring.folder)].map(({ text }) => text)
      expect(secrets.filter((one) => texts.some((text) => text.includes(one)))).toEqual([])
    },
  )

  it('is refused under another name than the one that was asked for', async () => {
    microsoft.addUser(email)
    microsoft.addUser('bob@outlook.example')
    const argv = ['account', 'add', 'microsoft', '--client-id', clientFile, '--secrets', 'file', '--only', 'mail']
    const other = await withCode('bob@outlook.example', ...argv, '--user', email)
    expect(other.exitCode).toBe(2)
    expect(other.stderr).toContain(`You signed in as bob@outlook.example, not as ${email}. Nothing was added.`)
  })

  it('explains the registration where there is no terminal to ask in', async () => {
    const explained = await run('account', 'add', 'microsoft', '--secrets', 'file')
    expect(explained.exitCode).toBe(2)
    expect(explained.stderr).toContain('Application (client) ID')
    expect(explained.stderr).toContain('--client-id ID')
  })

  it('is that of everybody in a small company, with one certificate', async () => {
    const names = ['key', 'crt', 'pem'].map((end) => join(home.path, `lifeboat.${end}`))
    const [key = '', crt = '', pem = ''] = names
    const usual = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Lifeboat']
    execFileSync('openssl', [...usual, '-keyout', key, '-out', crt], { stdio: 'ignore' })
    writeFileSync(pem, readFileSync(crt, 'utf8') + readFileSync(key, 'utf8'))
    for (const name of ['bob', 'cleo']) {
      // The directory calls people otherwise than mail does.
      const person = microsoft.addUser(`${name}@work.example`, {
        kind: 'work',
        principal: `${name.toUpperCase()}.1@work.example`,
      })
      person.mail.add(`Subject: of ${name}\r\n\r\nHi\r\n`)
      person.drive.add('plan.txt', Buffer.from(name))
    }
    // Nobody signs in to a shared mailbox; of somebody who left nothing is there any more.
    const office = microsoft.addUser('office@work.example', { kind: 'work', isEnabled: false })
    office.mail.add('Subject: of office\r\n\r\nHi\r\n')
    microsoft.addUser('zoe@work.example', { kind: 'work', isEnabled: false, hasMailbox: false })
    const { tenant } = microsoft.signIn
    const add = (...argv: readonly string[]) =>
      run(
        'account',
        'add',
        'microsoft',
        '--tenant',
        tenant,
        '--client-id',
        clientFile,
        '--certificate',
        pem,
        '--secrets',
        'file',
        '--only',
        'mail,files',
        ...argv,
      )

    expect((await add('--everybody')).stderr).toContain('certificate')
    microsoft.signIn.certificates.push(readFileSync(crt, 'utf8'))
    expect((await add('--everybody')).stderr).toContain('The administrator has not yet allowed')
    microsoft.signIn.appRoles = ['User.Read.All', 'Mail.Read', 'Files.Read.All']
    const chosen = await add('--users', 'bob@work.example')
    expect(chosen).toMatchObject({ exitCode: 0 })
    expect((await run('account', 'list', '--json')).stdout).not.toContain('cleo@work.example')
    expect((await run('account', 'remove', 'bob@work.example')).exitCode).toBe(0)
    const added = await add('--everybody')
    expect(added.stderr).toContain('Grant admin consent')
    // Microsoft opens OneNote to people only.
    expect(added.stderr).toContain('tick: User.Read.All, Mail.Read, Files.Read.All\n')
    expect(added.stderr).toMatch(/zoe@work\.example .*: The organisation has switched this account off, and there is no mailbox/)
    expect(added).toMatchObject({ exitCode: 0, stdout: '3 accounts are added. Next: lifeboat backup --vault FOLDER\n' })

    microsoft.addUser('dora@work.example', { kind: 'work' }).mail.add('Subject: of dora\r\n\r\nHi\r\n')
    expect((await run('backup', '--vault', vault)).exitCode).toBe(0)
    for (const name of ['bob', 'cleo']) {
      expect(readFileSync(join(vault, `data/${name}@work.example/Mail/Inbox/2026.mbox`), 'utf8')).toContain(`of ${name}`)
      expect(readFileSync(join(vault, `data/${name}@work.example/Files/OneDrive/plan.txt`), 'utf8')).toBe(name)
    }
    expect(readFileSync(join(vault, 'data/office@work.example/Mail/Inbox/2026.mbox'), 'utf8')).toContain('of office')
    expect(microsoft.requests.filter(({ method }) => /sharedWithMe|onenote/.test(method ?? ''))).toEqual([])
    expect((await run('account', 'list')).stdout).toContain('dora@work.example')
    expect(microsoft.requests.filter(isWriting)).toEqual([])
  })
})
