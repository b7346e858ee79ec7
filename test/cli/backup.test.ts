import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type ImapProxy, startImapProxy } from '../servers/imap-proxy.ts'
import { filesBelow, finished, lifeboat, mainFile, startLifeboat, temporaryFolder } from './command.ts'
import { watchCommandLines } from './command-lines.ts'

const canary = 'canary-91c2-in-the-password'

function message(n: number, size = 200): Buffer {
  const header = `From: Bob <bob@example.com>\r\nTo: alice@example.com\r\nSubject: Message ${n}\r\nMessage-ID: <${n}@example.com>\r\nDate: Sun, 22 Nov 2026 07:31:05 +0000\r\n\r\n`
  return Buffer.from(header + 'Some text.\r\n'.repeat(Math.ceil(size / 12)))
}

describeUnless(dovecotMissing(), 'lifeboat with a mailbox on Dovecot', () => {
  let server: Dovecot
  beforeAll(async () => {
    server = await startDovecot({ users: { alice: canary } })
    const admin = await server.admin()
    for (let n = 1; n <= 5; n++) await admin.append('INBOX', message(n), n === 1 ? ['\\Seen'] : [])
    await admin.mailboxCreate('Clients/Acme')
    await admin.append('Clients/Acme', message(6))
  })
  afterAll(() => server.stop())

  /** A home with the account `home`, whose password is in a file outside it, and the place for its vault. */
  async function preparedHome() {
    const home = temporaryFolder()
    const elsewhere = temporaryFolder()
    const passwordFile = join(elsewhere.path, 'password')
    writeFileSync(passwordFile, canary)
    const { host, tlsPort, user, ca } = server
    const where = ['--host', host, '--port', String(tlsPort), '--user', user, '--ca', ca]
    const argv = ['account', 'add', 'imap', '--id', 'home', ...where, '--password-command', `cat ${passwordFile}`]
    expect(await lifeboat(argv, { home: home.path })).toMatchObject({ exitCode: 0 })
    const remove = () => [home, elsewhere].forEach((folder) => void folder[Symbol.dispose]())
    return { path: home.path, vault: join(home.path, 'vault'), passwordFile, [Symbol.dispose]: remove }
  }

  test('leaves the page that opens the vault to a later command when asked', async () => {
    using home = await preparedHome()
    const { vault } = home
    const pages = () => readdirSync(vault).filter((name) => name === 'START HERE.html' || name.startsWith('viewer-')).length
    expect(await lifeboat(['backup', '--vault', vault, '--no-viewer'], { home: home.path })).toMatchObject({ exitCode: 0 })
    expect(pages()).toBe(0)
    expect(await lifeboat(['viewer', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 0 })
    expect(pages()).toBeGreaterThan(0)
  })

  test('backup, list, show and verify go together, and leave the password nowhere', async () => {
    using home = await preparedHome()
    const { vault } = home
    const options = { home: home.path, env: { LIFEBOAT_DEBUG: '1' } }
    const watch = watchCommandLines()

    const first = await lifeboat(['backup', '--vault', vault], options)
    expect(first.exitCode).toBe(0)
    expect(first.stdout).toMatch(/Inbox +5 +5 +0 +5 /)
    expect(first.stdout).toMatch(/Clients\/Acme +1 +1 +0 +1 /)
    expect(first.stdout).toMatch(/^Complete: 6 messages in the vault, 6 new/m)

    const second = await lifeboat(['backup', '--vault', vault, '--account', 'home', '--json', '--progress', 'json'], options)
    expect(second.exitCode).toBe(0)
    const report = JSON.parse(second.stdout)
    expect(report).toMatchObject({ vault, stopped: false, accounts: [{ account: 'home', provider: 'imap', pending: [] }] })
    expect(report.accounts[0].collections.map((c: { added: number }) => c.added)).toEqual([0, 0, 0])
    for (const line of second.stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('kind')

    const folders = JSON.parse((await lifeboat(['list', '--vault', vault, '--json'], options)).stdout)
    expect(folders.accounts[0]).toMatchObject({ account: 'home', lastRun: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(folders.accounts[0].collections).toContainEqual(
      expect.objectContaining({ path: ['Inbox'], items: 5, removedItems: 0, pending: 0, folder: 'data/home/Mail/Inbox' }),
    )
    const { items } = JSON.parse((await lifeboat(['list', '--vault', vault, '--folder', 'inbox', '--json'], options)).stdout)
    expect(items.map((item: { subject: string }) => item.subject)).toEqual([1, 2, 3, 4, 5].map((n) => `Message ${n}`))
    expect(items[0]).toMatchObject({ flags: ['\\Seen'], from: expect.stringContaining('bob@example.com'), removed: false })

    for (const reference of [items[2].id, '<3@example.com>', '3@example.com', items[2].sha256, items[2].sha256.slice(0, 12)]) {
      const shown = spawnSync(process.execPath, [mainFile, 'show', '--vault', vault, reference, '--raw'], {
        env: { ...process.env, LIFEBOAT_HOME: home.path },
      })
      expect(shown.status).toBe(0)
      expect(shown.stdout.equals(message(3))).toBe(true)
    }
    const readable = await lifeboat(['show', '--vault', vault, '3@example.com'], options)
    expect(readable.stdout).toMatch(/^From: Bob <bob@example.com>\n(.*\n)*Subject: Message 3\n\nSome text\.\n/)

    const verified = await lifeboat(['verify', '--vault', vault], options)
    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^The vault is sound: 6 items/m) })
    watch.stop()

    const printed = [first, second, readable, verified].map(({ stdout, stderr }) => stdout + stderr).join()
    for (const form of [canary, Buffer.from(canary).toString('base64'), Buffer.from(`\0alice\0${canary}`).toString('base64')]) {
      expect(printed).not.toContain(form)
      expect(filesBelow(home.path).filter(({ text }) => text.includes(form))).toEqual([])
      expect([...watch.seen].filter((line) => line.includes(form))).toEqual([])
    }
    expect([...watch.seen].some((line) => line.includes('backup --vault'))).toBe(true)
  })

  test('what is not there is named', async () => {
    using home = await preparedHome()
    const { vault } = home
    const options = { home: home.path }
    expect(await lifeboat(['list', '--vault', vault], options)).toMatchObject({ exitCode: 12 })
    expect(await lifeboat(['backup', '--vault', vault, '--account', 'work'], options)).toMatchObject({
      exitCode: 12,
      stderr: expect.stringMatching(/no account "work".*\n.*home/),
    })
    expect(await lifeboat(['backup', '--vault', join(home.path, 'no/such/disk')], options)).toMatchObject({ exitCode: 6 })
    await lifeboat(['backup', '--vault', vault], options)
    for (const [argv, says] of [
      [['list', '--vault', vault, '--account', 'work'], /account "work".*\n.*home/],
      [['list', '--vault', vault, '--folder', 'Nowhere'], /folder "Nowhere"/],
      [['show', '--vault', vault, '<none@example.com>'], /nothing named "<none@example.com>"/],
    ] as const) {
      const result = await lifeboat(argv, options)
      expect(result.exitCode).toBe(12)
      expect(result.stderr).toMatch(says)
    }
  })

  test('an empty folder where a vault used to be is a missing disk, unless a new vault is asked for', async () => {
    using home = await preparedHome()
    const { vault } = home
    await lifeboat(['backup', '--vault', vault], { home: home.path })
    rmSync(vault, { recursive: true })
    mkdirSync(vault)
    for (const argv of [['backup'], ['verify'], ['list']]) {
      const refused = await lifeboat([...argv, '--vault', vault], { home: home.path })
      expect(refused).toMatchObject({
        exitCode: 6,
        stderr: expect.stringMatching(/seems not to be plugged in\.\n.*--new-vault/),
      })
    }
    expect(readdirSync(vault)).toEqual([])
    expect(await lifeboat(['backup', '--vault', vault, '--new-vault'], { home: home.path })).toMatchObject({ exitCode: 0 })
    expect(await lifeboat(['backup', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 0 })
  })

  test('another vault than the one that used to be there is refused, unless it is meant', async () => {
    using home = await preparedHome()
    using other = await preparedHome()
    const { vault } = home
    await lifeboat(['backup', '--vault', vault], { home: home.path })
    rmSync(vault, { recursive: true })
    await lifeboat(['backup', '--vault', vault], { home: other.path })
    for (const argv of [['backup'], ['verify'], ['list']]) {
      const refused = await lifeboat([...argv, '--vault', vault], { home: home.path })
      expect(refused).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(/another vault.*\n.*--new-vault/) })
    }
    expect(await lifeboat(['backup', '--vault', vault, '--new-vault'], { home: home.path })).toMatchObject({ exitCode: 0 })
    expect(await lifeboat(['verify', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 0 })
  })

  test('the folder of a disk that never held a vault is no reason for a new one', async () => {
    using home = await preparedHome()
    const refused = await lifeboat(['backup', '--vault', join(home.path, 'no/such/disk')], { home: home.path })
    expect(refused.exitCode).toBe(6)
    expect(refused.stderr).not.toContain('--new-vault')
  })

  test('a cache that cannot be written stops nothing', async () => {
    using home = await preparedHome()
    rmSync(join(home.path, 'cache'), { recursive: true, force: true })
    writeFileSync(join(home.path, 'cache'), 'a file where the folder should be')
    const { vault } = home
    expect(await lifeboat(['backup', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 0 })
    const again = await lifeboat(['backup', '--vault', vault], { home: home.path })
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/6 messages in the vault, nothing new/) })
    expect(await lifeboat(['list', '--vault', vault, '--folder', 'Inbox'], { home: home.path })).toMatchObject({ exitCode: 0 })
  })

  test('a refused sign-in ends with its own exit code and next step', async () => {
    using home = await preparedHome()
    writeFileSync(home.passwordFile, 'wrong')
    const result = await lifeboat(['backup', '--vault', home.vault], { home: home.path })
    expect(result.exitCode).toBe(5)
    expect(result.stdout).toMatch(/does not accept the user name or the password/)
    expect(result.stdout).toMatch(/^Not complete \(home\)/m)
  })

  test('list stops quietly when its reader goes away', async () => {
    using home = await preparedHome()
    const { vault } = home
    await lifeboat(['backup', '--vault', vault], { home: home.path })
    for (const argv of ['list --folder INBOX', 'show --raw 3@example.com', 'list --json']) {
      const pipe = `"${process.execPath}" "${mainFile}" ${argv} --vault "${vault}" | true; echo "$\{PIPESTATUS[0]}"`
      const result = spawnSync('bash', ['-c', pipe], { env: { ...process.env, LIFEBOAT_HOME: home.path }, encoding: 'utf8' })
      expect(result).toMatchObject({ stdout: '0\n', stderr: '' })
    }
  })

  describeUnless(
    spawnSync('script', ['--version']).error ? 'script (util-linux) is not installed' : null,
    'in a terminal',
    () => {
      test('a backup shows one updated line and then the report', async () => {
        using home = await preparedHome()
        const command = `"${process.execPath}" "${mainFile}" backup --vault vault`
        const env = { ...process.env, LIFEBOAT_HOME: home.path }
        const screen = execFileSync('script', ['-qec', command, '/dev/null'], { env, cwd: home.path, encoding: 'utf8' })
        expect(screen).toMatch(/\r\u001b\[K[^\n]*(listed|messages)/)
        expect(screen).toMatch(/Complete: 6 messages/)
      })

      test('the original bytes of a message are not sent to it', () => {
        using home = temporaryFolder()
        const command = `"${process.execPath}" "${mainFile}" show --vault vault 3@example.com --raw`
        const env = { ...process.env, LIFEBOAT_HOME: home.path }
        const result = spawnSync('script', ['-qec', command, '/dev/null'], { env, encoding: 'utf8' })
        expect(result.status).toBe(2)
        expect(result.stdout).toMatch(/not for a terminal/)
      })
    },
  )
})

describeUnless(dovecotMissing(), 'Ctrl-C', () => {
  let server: Dovecot
  let proxy: ImapProxy
  beforeAll(async () => {
    server = await startDovecot({ users: { alice: canary } })
    const mails = join(server.home(), 'Maildir/cur')
    const admin = await server.admin()
    await admin.append('INBOX', message(0))
    const owner = Number(execFileSync('stat', ['-c', '%u', mails], { encoding: 'utf8' }))
    for (let n = 1; n <= 3_000; n++) writeFileSync(join(mails, `17000000${n}.M${n}.host:2,`), message(n, 20_000))
    execFileSync('chown', ['-R', `${owner}:${owner}`, mails])
    proxy = await startImapProxy(server)
  })
  afterAll(async () => {
    await proxy?.stop()
    await server?.stop()
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends a backup at a commit, and the next run goes on from there',
    async (signal) => {
      using home = temporaryFolder()
      const where = ['--host', proxy.host, '--port', String(proxy.port), '--user', server.user, '--insecure']
      await lifeboat(['account', 'add', 'imap', '--id', 'home', ...where, '--password-command', `echo ${canary}`], {
        home: home.path,
      })
      const argv = ['backup', '--vault', 'vault', '--json', '--progress', 'json']

      // It cannot come to its end before the signal does.
      let given = 0
      proxy.trouble.rewriteAnswer = (line) => {
        if (/ FETCH .*BODY\[\]/.test(line) && ++given > 2_000) proxy.trouble.held ??= new Promise(() => undefined)
        return line
      }
      const child = startLifeboat(argv, { home: home.path })
      const result = finished(child)
      let saw = ''
      child.stderr.on('data', (text: string) => {
        saw += text
        if (/"done":[1-9]/.test(saw) && !child.killed) child.kill(signal)
      })
      const stopped = await result
      delete proxy.trouble.rewriteAnswer
      delete proxy.trouble.held
      expect(stopped.exitCode).toBe(130)
      expect(stopped.stderr).toMatch(/Stopping at the next safe point/)
      const report = JSON.parse(stopped.stdout)
      expect(report.stopped).toBe(true)
      const saved = report.accounts[0].collections[0].added
      expect(saved).toBeLessThan(3_001)

      const next = JSON.parse((await lifeboat(argv, { home: home.path })).stdout)
      expect(next).toMatchObject({ stopped: false })
      expect(next.accounts[0].collections[0]).toMatchObject({ stored: 3_001, added: 3_001 - saved })
      expect(readFileSync(join(home.path, 'vault/bag-info.txt'), 'utf8')).not.toBe('')
    },
  )
})
