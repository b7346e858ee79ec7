/** `account add google` as a person meets it who has nothing but a terminal: the steps, a wrong file, an API that is off. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consent } from '../emulators/google/browser.ts'
import { Google } from '../emulators/google/google.ts'
import { filesBelow, mainFile, type TemporaryFolder, temporaryFolder } from './command.ts'

const email = 'alice@example.com'
/** Runs a command in a terminal of its own; what is written to it is typed, what it shows is read. */
const inTerminal = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

describe('the wizard for an account at Google, in a terminal', () => {
  let google: Google
  let home: TemporaryFolder
  let child: ChildProcessWithoutNullStreams | null = null
  let shown = ''

  beforeEach(async () => {
    google = await Google.start()
    google.addUser(email)
    home = temporaryFolder()
    shown = ''
  })

  afterEach(async () => {
    child?.kill()
    await google.stop()
    home[Symbol.dispose]()
  })

  function start(...argv: readonly string[]): Promise<number | null> {
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', LIFEBOAT_HOME: home.path, BROWSER: '', DISPLAY: '', TERM: 'dumb' }
    const command = spawn('python3', ['-I', '-S', '-c', inTerminal, process.execPath, mainFile, ...argv], { env, cwd: home.path })
    child = command
    command.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
    return new Promise((resolve) => command.on('close', resolve))
  }

  /** Waits until the terminal shows this, and forgets what it has shown so far. */
  async function sees(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = expected.exec(shown)
      if (found !== null) {
        shown = shown.slice(found.index + found[0].length)
        return found
      }
      if (child?.exitCode !== null) throw new Error(`It ended and never showed ${String(expected)}: ${shown}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const types = (text: string) => child?.stdin.write(`${text}\n`)

  it('explains each step, says what is wrong with a file, signs in, and looks again once an API is switched on', async () => {
    const clientFile = join(home.path, "client's file (1).json")
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    writeFileSync(join(home.path, 'web.json'), JSON.stringify({ web: {} }))
    google.disabledApis.add('people')
    const ended = start('account', 'add', 'google', '--no-browser', '--secrets', 'file')

    for (const step of [/console\.cloud\.google\.com/, /Gmail API/, /Publish app/, /Desktop app/]) await sees(step)
    await sees(/drag it into this window/)
    types('nowhere.json')
    await sees(/cannot be read/)
    types('web.json')
    await sees(/kind "Web application"/)
    expect(await ended).toBe(2)

    const other = start('account', 'add', 'google', '--no-browser', '--secrets', 'file')
    await sees(/drag it into this window/)
    // As terminals write what is dragged into them.
    types(clientFile.replace(/[ '()]/g, '\\$&'))
    await sees(/not verified this app/)
    const [, url = ''] = await sees(/^ {2}(https:\S+)\r?$/m)
    await sees(/copy its whole address/)
    types('https://example.org/?code=1&state=2')
    await sees(/not the address at which this sign-in ends/)
    expect(await other).toBe(2)
    expect(url).toContain('code_challenge_method=S256')
    expect(filesBelow(home.path).some(({ path }) => path.endsWith('/config.json'))).toBe(false)

    const again = start('account', 'add', 'google', '--no-browser', '--secrets', 'file', '--client-file', clientFile)
    const [, second = ''] = await sees(/^ {2}(https:\S+)\r?$/m)
    await sees(/copy its whole address/)
    types(await consent(second, google.ca, { email }))
    await sees(/✗ The People API is not switched on/)
    await sees(/Press Enter to look again/)
    google.disabledApis.clear()
    types('')
    await sees(/✓ Contacts: Google counts 0/)
    await sees(/Account alice@example\.com is added\. Next: lifeboat backup/)
    child?.stdin.end()
    expect(await again).toBe(0)
    const config = filesBelow(home.path).find(({ path }) => path.endsWith('/config.json'))
    expect(config?.text).toContain(email)
    expect(readFileSync(clientFile, 'utf8')).not.toBe('')
  })
})
