import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/core/errors.ts'
import { errorTexts, exitCodes } from '../../src/core/messages.ts'
import { finished, lifeboat, sourceFile, startLifeboat, temporaryFolder } from './command.ts'

const commands = [
  [],
  ['account'],
  ['account', 'add'],
  ['account', 'add', 'imap'],
  ['account', 'add', 'archive'],
  ['account', 'add', 'dav'],
  ['account', 'add', 'icloud'],
  ['account', 'add', 'nextcloud'],
  ['account', 'add', 'google'],
  ['account', 'list'],
  ['account', 'test'],
  ['account', 'signin'],
  ['account', 'goals'],
  ['account', 'remove'],
  ['backup'],
  ['restore'],
  ['drill'],
  ['status'],
  ['collect'],
  ['verify'],
  ['list'],
  ['show'],
  ['demo'],
]

test.each(commands.map((command) => ({ command })))(
  'lifeboat $command --help explains itself with examples',
  async ({ command }) => {
    using home = temporaryFolder()
    const { exitCode, stdout, stderr } = await lifeboat([...command, '--help'], { home: home.path })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain(`Usage: ${['lifeboat', ...command].join(' ')}`)
    expect(stdout).toMatch(/^(Examples|First steps):\n {2}\S/m)
  },
)

test('--help loads nothing but what it prints', async () => {
  using home = temporaryFolder()
  const list = join(home.path, 'loaded')
  const recorder = `
    import { registerHooks } from 'node:module'
    import { writeFileSync } from 'node:fs'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    process.on('exit', () => writeFileSync(${JSON.stringify(list)}, urls.join('\\n')))`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(recorder)}` }
  // What is made of the sources has them in some big files.
  const shown = startLifeboat(['--help'], { home: home.path, env }, sourceFile)
  expect(await finished(shown)).toMatchObject({ exitCode: 0 })
  const loaded = readFileSync(list, 'utf8').split('\n')
  const packages = new Set(loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))
  expect([...packages].filter((name) => !['commander', 'env-paths', 'is-safe-filename'].includes(name))).toEqual([])
  expect(loaded.filter((url) => /\/src\/(engine|vault|providers|formats)\/|\/commands\/|app\.ts/.test(url))).toEqual([])
  expect(loaded.some((url) => url.endsWith('/src/cli/program.ts'))).toBe(true)
})

test('the exit codes in --help are exactly those of the messages', async () => {
  using home = temporaryFolder()
  const { stdout } = await lifeboat(['--help'], { home: home.path })
  const section = stdout.slice(stdout.indexOf('Exit codes:'), stdout.indexOf('Environment:'))
  const documented = new Map([...section.matchAll(/^ +(\d+) {2}(.*)$/gm)].map(([, code, meaning]) => [Number(code), meaning]))
  const known = [...Object.values(exitCodes), ...errorCodes.map((code) => errorTexts[code].exitCode)]
  expect(new Set(documented.keys())).toEqual(new Set(known))
  for (const code of errorCodes) expect(documented.get(errorTexts[code].exitCode)).toContain(errorTexts[code].title)
})

test.each([
  { argv: ['bakup'], says: /backup/ },
  { argv: ['backup'], says: /--vault/ },
  { argv: ['backup', '--vault', ''], says: /--vault is empty/ },
  { argv: ['account', 'add', 'microsoft', '--versions', 'abc'], says: /'abc' is invalid\. It is a number such as 5\./ },
  { argv: ['collect', '--vault', 'v', '--out', ' '], says: /--out is empty/ },
  { argv: ['account', 'add', 'archive', '--path', ''], says: /--path is empty/ },
  { argv: ['backup', '--vault', 'v', '--progress', 'loud'], says: /json, plain, none/ },
  { argv: ['backup', '--vault', 'v', '--fast'], says: /--fast/ },
  { argv: ['backup', '--vault', 'v'], says: /no account.*\n.*account add/ },
  { argv: ['verify', '--vault', 'v', 'extra'], says: /argument/ },
  { argv: ['show', '--vault', 'v'], says: /message/ },
  { argv: ['account', 'test'], says: /id/ },
  { argv: ['account', 'add', 'imap', '--host', 'h'], says: /--user/ },
  { argv: ['account', 'add', 'nextcloud', '--user', 'u'], says: /--server/ },
  { argv: ['account', 'add', 'icloud', '--user', 'u', '--only', 'letters'], says: /mail, contacts, calendars, files/ },
  { argv: ['account', 'add', 'icloud', '--user', 'u', '--password-command', 'x'], says: /whole address.*\n.*--user/ },
  {
    argv: ['account', 'add', 'icloud', '--user', 'u@icloud.com', '--only', 'files', '--password-command', 'x'],
    says: /no files to other programs.*\n.*iCloud Drive/,
  },
  { argv: ['account', 'add', 'dav', '--user', 'u', '--password-command', 'x'], says: /no address.*\n.*--carddav/ },
  {
    argv: ['account', 'add', 'dav', '--user', 'u', '--carddav', 'http://example.org/', '--password-command', 'x'],
    says: /carddav.*https/,
  },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h', '--port', '0'], says: /65535/ },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h', '--port', '993x'], says: /65535/ },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h', '--tls', '--starttls'], says: /--starttls/ },
  {
    argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h', '--password-stdin', '--password-command', 'x'],
    says: /cannot be used/,
  },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h', '--secrets', 'cloud'], says: /keyring, file/ },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--host', 'h'], says: /no terminal.*\n.*--password-stdin/ },
  { argv: ['account', 'add', 'imap', '--user', 'u', '--password-command', 'x'], says: /no address.*\n.*--host/ },
])('$argv is a usage error that says what to do', async ({ argv, says }) => {
  using home = temporaryFolder()
  const { exitCode, stdout, stderr } = await lifeboat(argv, { home: home.path })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(says)
  expect(stderr).not.toMatch(/^ +at /m)
})

test('a failure with --json is one JSON document on stdout', async () => {
  using home = temporaryFolder()
  const { exitCode, stdout } = await lifeboat(['account', 'test', 'nobody', '--json'], { home: home.path })
  expect(exitCode).toBe(errorTexts['not-found'].exitCode)
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'not-found', message: 'There is no account "nobody".', advice: expect.any(String) },
  })
})

test('a password typed after an unknown option is not repeated', async () => {
  using home = temporaryFolder()
  const argv = ['account', 'add', 'imap', '--user', 'u', '--password=canary-in-argv']
  const { exitCode, stdout, stderr } = await lifeboat(argv, { home: home.path })
  expect(exitCode).toBe(2)
  expect(stdout + stderr).not.toContain('canary-in-argv')
})
