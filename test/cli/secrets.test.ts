import { execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type Keyring, keyringMissing, startKeyring } from '../servers/keyring.ts'
import { type CommandResult, filesBelow, finished, lifeboat, mainFile, temporaryFolder } from './command.ts'
import { watchCommandLines } from './command-lines.ts'

const canary = 'canary-7f3a-in-the-password'

const scriptMissing = spawnSync('script', ['--version']).error ? 'script (util-linux) is not installed' : null

const addressed = (id: string) => ['account', 'add', 'imap', '--id', id, '--host', 'imap.example.org', '--user', 'alice']

/** Nothing of the secret in what was printed or in any file below `folder`, except in those that hold it on purpose. */
function expectNoCanary(results: readonly CommandResult[], folder: string, except: readonly string[] = []): void {
  for (const form of [canary, Buffer.from(canary).toString('base64'), encodeURIComponent(canary)]) {
    for (const { stdout, stderr } of results) expect(stdout + stderr).not.toContain(form)
    const leaks = filesBelow(folder).filter(({ path, text }) => text.includes(form) && !except.includes(path))
    expect(leaks.map(({ path }) => path)).toEqual([])
  }
}

test('without a keyring the password is not kept somewhere else in silence', async () => {
  using home = temporaryFolder()
  const result = await lifeboat([...addressed('home'), '--password-stdin'], { home: home.path, input: canary })
  expect(result.exitCode).toBe(13)
  expect(result.stderr).toMatch(/keyring.*\n.*--secrets file.*--password-command/)
  expectNoCanary([result], home.path)
  expect((await lifeboat(['account', 'list', '--json'], { home: home.path })).stdout).toContain('"accounts": []')
})

test('a file with passwords is chosen explicitly and readable for its owner only', async () => {
  using home = temporaryFolder()
  const argv = [...addressed('home'), '--password-stdin', '--secrets', 'file']
  const added = await lifeboat(argv, { home: home.path, input: `${canary}\n` })
  const path = join(home.path, 'config/secrets.json')
  expect(added.exitCode).toBe(0)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(Object.values(JSON.parse(readFileSync(path, 'utf8')).secrets)).toEqual([canary])
  expectNoCanary([added], home.path, [path])

  const removed = await lifeboat(['account', 'remove', 'home'], { home: home.path })
  expect(removed.exitCode).toBe(0)
  expectNoCanary([removed], home.path)
})

test('a refused account leaves no password behind', async () => {
  using home = temporaryFolder()
  const argv = [...addressed('home'), '--password-stdin', '--secrets', 'file', '--id']
  await lifeboat([...argv, 'home'], { home: home.path, input: 'another password' })
  const refused = await lifeboat([...argv, 'HOME'], { home: home.path, input: canary })
  expect(refused.exitCode).toBe(2)
  expectNoCanary([refused], home.path)
})

test.each([
  { what: 'nothing', input: '', says: /no password/ },
  { what: 'an empty line', input: '\n', says: /no password/ },
  { what: 'two lines', input: 'one\ntwo\n', says: /one line/ },
  { what: 'more than any password has', input: 'x'.repeat(16_001), says: /longer than/ },
  { what: 'a whole file', input: 'x'.repeat(100_000), says: /too long/ },
])('$what is refused as a password', async ({ input, says }) => {
  using home = temporaryFolder()
  const result = await lifeboat([...addressed('home'), '--password-stdin', '--secrets', 'file'], { home: home.path, input })
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toMatch(says)
  expect(result.stderr).not.toContain('xxxxxxxxxx')
})

describeUnless(scriptMissing, 'asking in a terminal', () => {
  const asking = [...addressed('home'), '--secrets', 'file']

  test.each([
    { what: 'typed', typed: `${canary}\r` },
    { what: 'typed with a correction', typed: `${canary}xy\u007f\u007f\r` },
  ])('a password that is $what is not shown', async ({ typed }) => {
    using home = temporaryFolder()
    const asked = await inTerminal(asking, home.path, /Password of alice on imap\.example\.org \(not shown\): /, typed)
    expect(asked).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Account home is added/) })
    const path = join(home.path, 'config/secrets.json')
    expect(Object.values(JSON.parse(readFileSync(path, 'utf8')).secrets)).toEqual([canary])
    expectNoCanary([asked], home.path, [path])
  })

  test.each([
    { what: 'Ctrl-C', typed: `${canary}\u0003`, exitCode: 130 },
    { what: 'Ctrl-D', typed: '\u0004', exitCode: 130 },
    { what: 'nothing but Enter', typed: '\r', exitCode: 2 },
  ])('$what adds nothing', async ({ typed, exitCode }) => {
    using home = temporaryFolder()
    const asked = await inTerminal(asking, home.path, /not shown/, typed)
    expect(asked.exitCode).toBe(exitCode)
    expectNoCanary([asked], home.path)
    expect((await lifeboat(['account', 'list', '--json'], { home: home.path })).stdout).toContain('"accounts": []')
  })
})

describeUnless(dovecotMissing(), 'signing in to Dovecot', () => {
  let server: Dovecot
  beforeAll(async () => {
    server = await startDovecot({ users: { alice: canary } })
  })
  afterAll(() => server.stop())

  const add = (...more: readonly string[]) => {
    const { host, tlsPort, user, ca } = server
    return [
      'account',
      'add',
      'imap',
      '--id',
      'home',
      '--host',
      host,
      '--port',
      String(tlsPort),
      '--user',
      user,
      '--ca',
      ca,
      ...more,
    ]
  }

  test('works with a password from the file, and leaves it nowhere else', async () => {
    using home = temporaryFolder()
    const watch = watchCommandLines()
    const options = { home: home.path, env: { LIFEBOAT_DEBUG: '1' } }
    const added = await lifeboat(add('--password-stdin', '--secrets', 'file'), { ...options, input: canary })
    const tested = await lifeboat(['account', 'test', 'home'], options)
    const listed = await lifeboat(['account', 'list', '--json'], options)
    watch.stop()
    expect(tested.stdout).toMatch(/✓ .*accepts the user name and the password/)
    expect([added, tested, listed].map((result) => result.exitCode)).toEqual([0, 0, 0])
    expectNoCanary([added, tested, listed], home.path, [join(home.path, 'config/secrets.json')])
    expect([...watch.seen].some((line) => line.includes('account test home'))).toBe(true)
    expect([...watch.seen].filter((line) => line.includes(canary))).toEqual([])
  })

  test('works with a password that a command prints, and stores it nowhere', async () => {
    using home = temporaryFolder()
    using elsewhere = temporaryFolder()
    const passwordFile = join(elsewhere.path, 'password')
    writeFileSync(passwordFile, `${canary}\nuser: alice\n`)
    const watch = watchCommandLines()
    const options = { home: home.path, env: { LIFEBOAT_DEBUG: '1' } }
    const added = await lifeboat(add('--password-command', `cat ${passwordFile}; echo noise >&2`), options)
    const tested = await lifeboat(['account', 'test', 'home', '--json'], options)
    watch.stop()
    expect(JSON.parse(tested.stdout)).toMatchObject({ account: 'home', ok: true })
    expect(tested.stderr).toBe('')
    expectNoCanary([added, tested], home.path)
    expect([...watch.seen].filter((line) => line.includes(canary))).toEqual([])
  })

  test.each([
    { script: `echo ${canary}; echo ${canary} >&2; exit 3`, says: /ended with code 3/ },
    { script: 'true', says: /printed no password/ },
    { script: `echo; echo ${canary}`, says: /printed no password/ },
    { script: `kill -9 $$; echo ${canary}`, says: /could not be run/ },
    { script: `yes ${canary}`, says: /printed too much/ },
  ])('fails clearly when the command is $script', async ({ script, says }) => {
    using home = temporaryFolder()
    using elsewhere = temporaryFolder()
    writeFileSync(join(elsewhere.path, 'script'), script)
    const added = await lifeboat(add('--password-command', `exec sh ${elsewhere.path}/script`), { home: home.path })
    const tested = await lifeboat(['account', 'test', 'home'], { home: home.path, env: { LIFEBOAT_DEBUG: '1' } })
    expect(tested.exitCode).toBe(5)
    expect(tested.stdout).toMatch(says)
    expectNoCanary([added, tested], home.path)
  })

  test('fails with the exit code of a sign-in when the server refuses the password, without repeating it', async () => {
    using home = temporaryFolder()
    const wrong = `${canary}-wrong`
    await lifeboat(add('--password-stdin', '--secrets', 'file'), { home: home.path, input: wrong })
    const tested = await lifeboat(['account', 'test', 'home'], { home: home.path, env: { LIFEBOAT_DEBUG: '1' } })
    expect(tested.exitCode).toBe(5)
    expect(tested.stdout).toMatch(/✗ .*does not accept the user name or the password/)
    expectNoCanary([tested], home.path, [join(home.path, 'config/secrets.json')])
  })

  test('fails clearly when others can read the file with the passwords', async () => {
    using home = temporaryFolder()
    await lifeboat(add('--password-stdin', '--secrets', 'file'), { home: home.path, input: canary })
    chmodSync(join(home.path, 'config/secrets.json'), 0o640)
    const tested = await lifeboat(['account', 'test', 'home'], { home: home.path })
    expect(tested.exitCode).toBe(5)
    expect(tested.stdout + tested.stderr).toMatch(/Other people on this computer can read the passwords/)
  })

  test('fails clearly when the file with the passwords is damaged, and blames no vault', async () => {
    using home = temporaryFolder()
    await lifeboat(add('--password-stdin', '--secrets', 'file'), { home: home.path, input: canary })
    const path = join(home.path, 'config/secrets.json')
    writeFileSync(path, `{"version": 1, "secrets": {"home": "${canary}`)
    const tested = await lifeboat(['account', 'test', 'home'], { home: home.path, env: { LIFEBOAT_DEBUG: '1' } })
    expect(tested.exitCode).toBe(14)
    expect(tested.stdout).toContain(`The passwords in ${path} cannot be understood.`)
    expectNoCanary([tested], home.path, [path])
  })

  describeUnless(keyringMissing(), 'with gnome-keyring', () => {
    let keyring: Keyring
    beforeAll(async () => {
      keyring = await startKeyring()
    })
    afterAll(() => keyring[Symbol.asyncDispose]())

    test('works with a password from the keyring, kept nowhere else, and removes it with the account', async () => {
      using home = temporaryFolder()
      const watch = watchCommandLines()
      const options = { home: home.path, env: { ...keyring.env, LIFEBOAT_DEBUG: '1' } }
      const added = await lifeboat(add('--password-stdin'), { ...options, input: canary })
      const tested = await lifeboat(['account', 'test', 'home'], options)
      watch.stop()
      expect(added).toMatchObject({ exitCode: 0, stderr: '' })
      expect(tested).toMatchObject({ exitCode: 0, stderr: '' })
      expectNoCanary([added, tested], home.path)
      expect([...watch.seen].filter((line) => line.includes(canary))).toEqual([])

      const entry = JSON.parse(readFileSync(join(home.path, 'config/config.json'), 'utf8')).accounts[0].secret.entry
      expect(await keyringHolds(keyring, entry)).toBe(canary)
      expect((await lifeboat(['account', 'remove', 'home'], options)).exitCode).toBe(0)
      expect(await keyringHolds(keyring, entry)).toBe(null)
    })

    test('a secret that is too long for a keyring lies encrypted in a file, and only the keyring opens it', async () => {
      using home = temporaryFolder()
      const options = { home: home.path, env: keyring.env }
      const long = canary.repeat(60)
      expect(long.length).toBeGreaterThan(1_280)
      const added = await lifeboat(add('--password-stdin'), { ...options, input: long })
      expect(added).toMatchObject({ exitCode: 0, stderr: '' })
      expectNoCanary([added], home.path)
      const entry = JSON.parse(readFileSync(join(home.path, 'config/config.json'), 'utf8')).accounts[0].secret.entry
      const key = await keyringHolds(keyring, entry)
      expect(key?.length).toBeLessThan(100)
      const path = join(home.path, 'config/sealed-secrets.json')
      expect(statSync(path).mode & 0o777).toBe(0o600)
      // The server says no to it, so it was there to be sent.
      const refused = await lifeboat(['account', 'test', 'home'], options)
      expect(refused.stdout).toMatch(/✗ .*does not accept the user name or the password/)
      const { secrets } = JSON.parse(readFileSync(path, 'utf8'))
      writeFileSync(
        path,
        JSON.stringify({
          version: 1,
          secrets: { [entry]: `${secrets[entry].startsWith('A') ? 'B' : 'A'}${secrets[entry].slice(1)}` },
        }),
      )
      expect((await lifeboat(['account', 'test', 'home'], options)).stdout).toMatch(/✗ .*not whole any more/)
      expect((await lifeboat(['account', 'remove', 'home'], options)).exitCode).toBe(0)
      expect(JSON.parse(readFileSync(path, 'utf8')).secrets).toEqual({})
      expect(await keyringHolds(keyring, entry)).toBe(null)
    })

    test('two homes on one computer keep different passwords for accounts of the same name', async () => {
      using one = temporaryFolder()
      using two = temporaryFolder()
      const options = { env: keyring.env }
      await lifeboat(add('--password-stdin'), { ...options, home: one.path, input: canary })
      await lifeboat(add('--password-stdin'), { ...options, home: two.path, input: 'another password' })
      expect((await lifeboat(['account', 'test', 'home'], { ...options, home: one.path })).exitCode).toBe(0)
      expect((await lifeboat(['account', 'test', 'home'], { ...options, home: two.path })).exitCode).toBe(5)
    })

    test('an account stays usable in nothing but a clear error when the keyring is gone', async () => {
      using home = temporaryFolder()
      await lifeboat(add('--password-stdin'), { home: home.path, env: keyring.env, input: canary })
      const tested = await lifeboat(['account', 'test', 'home'], { home: home.path })
      expect(tested.exitCode).not.toBe(0)
      expect(tested.stdout + tested.stderr).toMatch(/keyring cannot be reached/)
      const removed = await lifeboat(['account', 'remove', 'home'], { home: home.path })
      expect(removed.exitCode).toBe(13)
      expect(removed.stderr).toMatch(/The account is removed, but its password could not be deleted/)
      expect((await lifeboat(['account', 'list', '--json'], { home: home.path })).stdout).toContain('"accounts": []')
    })
  })
})

/** Runs the command in a pseudo-terminal and types when the question appears. */
async function inTerminal(argv: readonly string[], home: string, question: RegExp, typed: string): Promise<CommandResult> {
  const command = [process.execPath, mainFile, ...argv].map((part) => `'${part}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, LIFEBOAT_HOME: home } })
  const result = finished(child)
  let shown = ''
  let answered = false
  child.stdout.on('data', (text: string) => {
    shown += text
    if (answered || !question.test(shown)) return
    answered = true
    child.stdin.write(typed)
  })
  return await result
}

/** Asks the Secret Service in a process of its own, because the bus is in its environment. */
async function keyringHolds(keyring: Keyring, entry: string): Promise<string | null> {
  const script = `
    import { AsyncEntry } from '@napi-rs/keyring'
    const entry = new AsyncEntry('Lifeboat', process.argv[1], { linux: { store: 'secret-service' } })
    console.log(JSON.stringify((await entry.getPassword()) ?? null))`
  return await new Promise((resolve, reject) => {
    const argv = ['--input-type=module', '-e', script, entry]
    execFile(process.execPath, argv, { env: { ...process.env, ...keyring.env } }, (error, stdout) => {
      if (error) reject(error)
      else resolve(JSON.parse(stdout))
    })
  })
}
