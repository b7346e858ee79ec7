import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consent } from '../emulators/google/browser.ts'
import { Google, type GoogleUser, isWriting } from '../emulators/google/google.ts'
import { keyringMissing, startKeyring } from '../servers/keyring.ts'
import {
  type CommandResult,
  filesBelow,
  finished,
  lifeboat,
  startLifeboat,
  type TemporaryFolder,
  temporaryFolder,
} from './command.ts'
import { watchCommandLines } from './command-lines.ts'

const email = 'alice@example.com'

/** Each of these runs the command several times. */
describe('an account at Google, from the command line', () => {
  let google: Google
  let user: GoogleUser
  let home: TemporaryFolder
  let clientFile: string

  beforeEach(async () => {
    google = await Google.start()
    user = google.addUser(email)
    home = temporaryFolder()
    clientFile = join(home.path, 'client_secret.json')
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
  })

  afterEach(async () => {
    await google.stop()
    home[Symbol.dispose]()
  })

  /** Runs a command that signs in, as a person with a browser would answer it. */
  async function withBrowser(
    argv: readonly string[],
    person: { email: string; cancel?: boolean } = { email },
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const child = startLifeboat([...argv, '--no-browser'], { home: home.path, env: { BROWSER: '', DISPLAY: '', ...env } })
    let shown = ''
    let isAnswered = false
    child.stderr.on('data', (text: Buffer | string) => {
      shown += String(text)
      const url = /^ {2}(https:\S+)$/m.exec(shown)?.[1]
      if (url === undefined || isAnswered || !shown.includes('copy its whole address')) return
      isAnswered = true
      consent(url, google.ca, person).then(
        (address) => child.stdin.end(`${address}\n`),
        (error: unknown) => child.stdin.end(`${String(error)}\n`),
      )
    })
    return await finished(child)
  }

  const add = () => withBrowser(['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'file'])

  it('is added, tested and backed up, and nothing is written to it', async () => {
    for (let n = 0; n < 3; n++) user.gmail.add(`Subject: ${n}\r\n\r\nHello.\r\n`)
    const added = await add()
    expect(added.stderr).toContain('✓ Gmail: Google counts 3 messages')
    expect(added).toMatchObject({ exitCode: 0, stdout: `Account ${email} is added. Next: lifeboat backup --vault FOLDER\n` })
    const vault = join(home.path, 'vault')
    const report = await lifeboat(['backup', '--vault', vault, '--json'], { home: home.path })
    expect(report.exitCode).toBe(0)
    const { accounts } = JSON.parse(report.stdout) as { accounts: { collections: { path: string[]; stored: number }[] }[] }
    expect(accounts[0]?.collections.map(({ path, stored }) => [path[0], stored])).toEqual([
      ['All Mail', 3],
      ['Spam', 0],
      ['Trash', 0],
      ['Contacts', 0],
      ['Other contacts', 0],
      ['alice@example.com', 0],
      ['My Drive', 0],
      ['Computers', 0],
      ['Shared with me', 0],
    ])
    expect(google.requests.filter(isWriting)).toEqual([])
  })

  it('saves what was chosen, in the formats that were chosen', async () => {
    user.gmail.add('Subject: hello\r\n\r\nHello.\r\n')
    user.gmail.add('Subject: spam\r\n\r\nHello.\r\n', ['SPAM'])
    const odf = 'application/vnd.oasis.opendocument.text'
    user.drive.add('Plan', {
      mimeType: 'application/vnd.google-apps.document',
      exports: { [odf]: 'odt', 'application/pdf': 'pdf' },
    })
    const letter = user.drive.add('a.txt', { content: 'first' })
    user.drive.edit(letter.id, { content: Buffer.from('second') })
    const chosen = ['--formats', 'odf,pdf', '--leave-out', 'spam,trash', '--revisions', '--only', 'mail,files']
    const wrong = await lifeboat(['account', 'add', 'google', '--formats', 'docx'], { home: home.path })
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Choose of office, odf, pdf') })
    await withBrowser(['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'file', ...chosen])
    const vault = join(home.path, 'vault')
    const { stdout, exitCode } = await lifeboat(['backup', '--vault', vault], { home: home.path })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('The provider counts 2 messages in the whole mailbox; the vault has 1 (1 spam, which you left out).')
    expect(stdout).not.toContain('Contacts')
    const files = filesBelow(join(vault, 'data', email, 'Files/My Drive')).map(({ path }) => path.replace(/.*My Drive\//, ''))
    expect(files.map((path) => path.replace(/\d{8} \d{6}/, 'TIME')).sort()).toEqual([
      'Plan.odt',
      'Plan.pdf',
      'a.txt',
      'a.txt (earlier versions)/TIME a.txt',
    ])
  })

  it('keeps its sign-in out of arguments, settings, log and vault', async () => {
    user.gmail.add('Subject: 1\r\n\r\nHello.\r\n')
    const added = await add()
    const vault = join(home.path, 'vault')
    const env = { LIFEBOAT_DEBUG: '1' }
    google.faults.next(/messages\.get/, { kind: 'cut' })
    const report = await lifeboat(['backup', '--vault', vault], { home: home.path, env })
    google.signIn.kill(email, 'revoked')
    const dead = await lifeboat(['backup', '--vault', vault], { home: home.path, env })
    expect([report.exitCode, dead.exitCode]).toEqual([0, 5])
    const canaries = google.signIn.secretsGivenOut()
    expect(canaries.length).toBeGreaterThan(4)
    const places = filesBelow(home.path).filter(({ path }) => path !== clientFile && !path.endsWith('/secrets.json'))
    const texts = [...places, ...[added, report, dead].map(({ stdout, stderr }) => ({ path: 'output', text: stdout + stderr }))]
    expect(places.length).toBeGreaterThan(5)
    for (const canary of canaries) expect(texts.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([])
    // The refresh token is where it belongs, so the search would have found one.
    const secrets = filesBelow(home.path).find(({ path }) => path.endsWith('/secrets.json'))
    expect(canaries.some((canary) => secrets?.text.includes(canary))).toBe(true)
  })

  /** One of each service; the event is a series with an exception. */
  function fillAll(): void {
    for (let n = 0; n < 3; n++) user.gmail.add(`Message-ID: <${n}@example.org>\r\nSubject: ${n}\r\n\r\nHello.\r\n`)
    user.people.add({ names: [{ displayName: 'Ada', givenName: 'Ada' }] })
    user.drive.add('a.txt', { content: 'Dear bank' })
    const at = (day: string, hour: string) => ({ dateTime: `${day}T${hour}:00:00Z`, timeZone: 'Europe/Berlin' })
    const weekly = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'], start: at('2026-02-02', '09'), end: at('2026-02-02', '10') }
    const master = user.calendar.primary.put({ summary: 'Choir', ...weekly })
    const moved = { summary: 'Choir, later', start: at('2026-02-09', '12'), end: at('2026-02-09', '13') }
    user.calendar.primary.exception(master, at('2026-02-09', '09'), moved)
  }

  const title =
    'keeps the sign-in out of everything on the way back, too: restore and drill into another account, with a real keyring'
  it.skipIf(keyringMissing() !== null)(title, async () => {
    await using keyring = await startKeyring()
    const bob = google.addUser('bob@example.com')
    fillAll()
    const watch = watchCommandLines()
    const vault = join(home.path, 'vault')
    const options = { home: home.path, env: { LIFEBOAT_DEBUG: '1', ...keyring.env } }
    const signIn = (argv: readonly string[], person: string) => withBrowser(argv, { email: person }, options.env)
    const adding = ['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'keyring']
    const results = [
      await signIn(adding, email),
      await lifeboat(['backup', '--vault', vault], options),
      await signIn(adding, 'bob@example.com'),
      await signIn(['account', 'signin', 'bob@example.com', '--for-restore'], 'bob@example.com'),
    ]
    for (const method of [/messages\.import/, /batchCreate/, /events\.import/, /files\.create/])
      google.faults.next(method, { kind: 'cut' })
    results.push(
      await lifeboat(['restore', '--vault', vault, '--account', email, '--to', 'bob@example.com'], options),
      await lifeboat(['drill', '--vault', vault, '--to', 'bob@example.com', '--remove'], options),
    )
    google.signIn.kill('bob@example.com', 'revoked')
    results.push(await lifeboat(['restore', '--vault', vault, '--account', email, '--to', 'bob@example.com'], options))
    watch.stop()
    expect(results.map(({ exitCode }) => exitCode).slice(0, 5)).toEqual([0, 0, 0, 0, 0])
    expect(results.at(-1)?.exitCode).not.toBe(0)
    const summaries = [...bob.calendar.calendars.values()].flatMap(({ events }) =>
      [...events.values()].map(({ event }) => event.summary),
    )
    expect(summaries.sort()).toEqual(['Choir', 'Choir, later'])
    expect([bob.gmail.messages.size, bob.people.living(bob.people.connections).length]).toEqual([3, 1])
    expect([...bob.drive.files.values()].map(({ name }) => name)).toContain('a.txt')
    expect(google.faults.left).toBe(0)
    const canaries = google.signIn.secretsGivenOut()
    expect(canaries.length).toBeGreaterThan(10)
    const places = [...filesBelow(home.path).filter(({ path }) => path !== clientFile), ...filesBelow(keyring.folder)]
    const texts = [
      ...places,
      ...results.map(({ stdout, stderr }) => ({ path: 'output', text: stdout + stderr })),
      ...[...watch.seen].map((text) => ({ path: 'argv', text })),
    ]
    expect(texts.some(({ path, text }) => path === 'argv' && text.includes('--for-restore'))).toBe(true)
    for (const canary of canaries) expect(texts.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([])
  })

  it('tells a person whose account is locked what they have, and goes on once it is open again', async () => {
    user.gmail.add('Subject: kept\r\n\r\nHello.\r\n')
    await add()
    const vault = join(home.path, 'vault')
    await lifeboat(['backup', '--vault', vault], { home: home.path })
    google.signIn.kill(email, 'account-disabled')
    const locked = await lifeboat(['backup', '--vault', vault], { home: home.path })
    expect(locked.exitCode).toBe(15)
    expect(locked.stdout + locked.stderr).toMatch(/this account is locked/)
    expect(locked.stdout + locked.stderr).toMatch(/START HERE\.html.*lifeboat collect.*lifeboat restore --to/)
    const listed = await lifeboat(['list', '--vault', vault, '--folder', 'All Mail'], { home: home.path })
    expect(listed.stdout).toContain('kept')
    expect((await lifeboat(['verify', '--vault', vault], { home: home.path })).exitCode).toBe(0)

    user.gmail.add('Subject: later\r\n\r\nHello.\r\n')
    expect(await withBrowser(['account', 'signin', email])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Backups go on as before'),
    })
    expect((await lifeboat(['backup', '--vault', vault], { home: home.path })).exitCode).toBe(0)
    expect((await lifeboat(['list', '--vault', vault, '--folder', 'All Mail'], { home: home.path })).stdout).toContain('later')
  })

  it('is not mixed up with another one at the next sign-in', async () => {
    google.addUser('mallory@example.com')
    await add()
    const wrong = await withBrowser(['account', 'signin', email], { email: 'mallory@example.com' })
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('you signed in as mallory@example.com. Nothing has changed.'),
    })
    expect((await lifeboat(['account', 'test', email], { home: home.path })).exitCode).toBe(0)
  })

  it('is not added when the person cancels', async () => {
    const argv = ['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'file']
    const cancelled = await withBrowser(argv, { email, cancel: true })
    expect(cancelled).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('The sign-in was cancelled in the browser.') })
    expect(JSON.parse((await lifeboat(['account', 'list', '--json'], { home: home.path })).stdout)).toEqual({ accounts: [] })
  })

  it('is added and says which API is still off', async () => {
    google.disabledApis.add('gmail')
    const added = await add()
    expect(added.stderr).toContain(
      '✗ The Gmail API is not switched on in your Google project. Open https://console.cloud.google.com/apis/library/gmail.googleapis.com?project=',
    )
    expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Next: lifeboat account test') })
    google.disabledApis.clear()
    expect((await lifeboat(['account', 'test', email], { home: home.path })).exitCode).toBe(0)
  })

  it('opens the browser that is there', async () => {
    const folder = join(home.path, 'bin')
    mkdirSync(folder)
    const browser = join(folder, 'browser')
    const script = [
      `import { consent } from ${JSON.stringify(new URL('../emulators/google/browser.ts', import.meta.url).href)}`,
      `const address = await consent(process.argv[2], ${JSON.stringify(google.ca)}, { email: ${JSON.stringify(email)} })`,
      'await (await fetch(address)).text()',
    ]
    writeFileSync(join(folder, 'browser.mjs'), script.join('\n'))
    writeFileSync(browser, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, 'browser.mjs')}" "$@"\n`)
    chmodSync(browser, 0o755)
    const argv = ['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'file']
    const added = await lifeboat(argv, { home: home.path, env: { BROWSER: browser } })
    expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Account ${email} is added.`) })
  })

  it('explains how to get the client file where none is given, and what is wrong with another file', async () => {
    const none = await lifeboat(['account', 'add', 'google'], { home: home.path })
    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/Publish app.*Desktop app.*--client-file FILE/s) })
    writeFileSync(clientFile, JSON.stringify({ web: {} }))
    const wrong = await lifeboat(['account', 'add', 'google', '--client-file', clientFile], { home: home.path })
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('It is for a client of the kind "Web application".'),
    })
  })
})
