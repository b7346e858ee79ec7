/** What `npm run practice` tells a person to do, and the walk that `npm run live:google` takes through real test accounts. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CommandResult,
  filesBelow,
  finished,
  lifeboat,
  startLifeboat,
  type TemporaryFolder,
  temporaryFolder,
} from './command.ts'
import { Conversation } from './conversation.ts'

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url))

describe('the practice account at Google', () => {
  let home: TemporaryFolder
  let practice: Conversation
  let clientFile: string
  let browser: string

  beforeEach(async () => {
    home = temporaryFolder()
    practice = new Conversation(spawn(process.execPath, [script('../emulators/google/practice.ts')], { cwd: home.path }))
    clientFile = (await practice.sees(/--client-file "([^"]+)"/))[1] ?? ''
    await practice.sees(/quit {5}both accounts are gone/)
    browser = browserOf(home.path)
  })

  afterEach(async () => {
    practice.stop()
    await practice.ended
    home[Symbol.dispose]()
  })

  /** A browser in which somebody signs in to the account that is asked for, the first one where none is, and allows everything. */
  function browserOf(folder: string): string {
    const module = [
      `import { consent } from ${JSON.stringify(new URL('../emulators/google/browser.ts', import.meta.url).href)}`,
      "import { readFileSync } from 'node:fs'",
      'const file = JSON.parse(readFileSync(process.env.PRACTICE_CLIENT, "utf8")).installed',
      'const email = new URL(process.argv[2]).searchParams.get("login_hint") ?? "practice@example.com"',
      'const address = await consent(process.argv[2], readFileSync(file.practice_ca, "utf8"), { email })',
      'await (await fetch(address)).text()',
    ]
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin', 'browser.mjs'), module.join('\n'))
    const program = join(folder, 'bin', 'browser')
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, 'bin', 'browser.mjs')}" "$@"\n`)
    chmodSync(program, 0o755)
    return program
  }

  const env = () => ({ BROWSER: browser, PRACTICE_CLIENT: clientFile })
  const run = (...argv: string[]): Promise<CommandResult> =>
    finished(startLifeboat(argv, { home: join(home.path, 'home'), cwd: home.path, env: env() }))

  it('is signed in to, backed up, locked, read all the same, opened again and restored into another account', async () => {
    const vault = join(home.path, 'Lifeboat practice', 'vault')
    const add = ['account', 'add', 'google', '--client-file', clientFile, '--secrets', 'file']
    mkdirSync(join(home.path, 'home'))
    const added = await run(...add, '--id', 'practice')
    expect(added.stdout).toContain('Account practice is added')
    expect(added.stderr).not.toContain('✗')
    expect(await run('backup', '--vault', vault, '--account', 'practice')).toMatchObject({ exitCode: 0 })

    practice.types('mail')
    await practice.sees(/A message has arrived/)
    practice.types('lock')
    await practice.sees(/The account is locked/)
    const locked = await run('backup', '--vault', vault, '--account', 'practice')
    expect(locked.exitCode).toBe(15)
    expect(locked.stdout + locked.stderr).toMatch(/Nothing in your vault has changed/)
    const shown = await run('list', '--vault', vault, '--folder', 'All Mail')
    expect(shown.stdout).not.toContain('Just arrived')
    expect(shown.stdout.split('\n').length).toBeGreaterThan(5)
    expect(await run('verify', '--vault', vault)).toMatchObject({ exitCode: 0 })

    practice.types('unlock')
    await practice.sees(/open again/)
    expect(await run('account', 'signin', 'practice')).toMatchObject({ exitCode: 0 })
    expect(await run('backup', '--vault', vault, '--account', 'practice')).toMatchObject({ exitCode: 0 })
    expect((await run('list', '--vault', vault, '--folder', 'All Mail')).stdout).toContain('Just arrived')

    expect(await run(...add, '--id', 'second', '--user', 'second@example.com')).toMatchObject({ exitCode: 0 })
    expect(await run('account', 'signin', 'second', '--for-restore')).toMatchObject({ exitCode: 0 })
    const restore = ['restore', '--vault', vault, '--account', 'practice', '--to', 'second', '--json']
    const sums = ({ stdout }: CommandResult) => {
      const { collections } = JSON.parse(stdout) as { collections: { created: number; failed: number }[] }
      return [collections.reduce((sum, { created }) => sum + created, 0) > 8, collections.some(({ failed }) => failed > 0)]
    }
    expect(sums(await run(...restore))).toEqual([true, false])
    expect(sums(await run(...restore))).toEqual([false, false])
    practice.types('quit')
    expect(await practice.ended).toBe(0)
    expect(filesBelow(vault).some(({ path }) => path.endsWith('START HERE.html'))).toBe(true)
  })

  it('is walked through by the live test, a restore into the second account included', async () => {
    const walk = [script('../live/google.ts'), '--client-file', clientFile, '--restore-to', 'second@example.com']
    const { CI: _, ...outside } = process.env
    const child = spawn(process.execPath, walk, { cwd: home.path, env: { ...outside, DBUS_SESSION_BUS_ADDRESS: '', ...env() } })
    child.stdin.end()
    const result = await finished(child)
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/a repeat added 0\.\nAll of it went well/) })
    expect(result.stdout).toMatch(/Restored: [1-9]\d*; failed: 0/)
  })

  it('has no walk of live accounts in CI', async () => {
    const argv = [script('../live/google.ts'), '--client-file', clientFile]
    const child = spawn(process.execPath, argv, { cwd: home.path, env: { ...process.env, CI: 'true' } })
    const { exitCode, stderr } = await finished(child)
    expect([exitCode, stderr.includes('Not in CI')]).toEqual([1, true])
    expect((await lifeboat(['account', 'list'], { home: home.path })).exitCode).toBe(0)
  })
})
