/** `account add google` as a person meets it who has nothing but a terminal: the steps, a wrong file, an API that is off. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consent, type Person } from '../emulators/google/browser.ts'
import { Google } from '../emulators/google/google.ts'
import { filesBelow, lifeboat, mainFile, type TemporaryFolder, temporaryFolder } from './command.ts'

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

  /** Does in the browser what the person does, and copies the address at which it ends. */
  async function signsIn(person: Omit<Person, 'email'> & { readonly email?: string } = {}): Promise<void> {
    const [, url = ''] = await sees(/^ {2}(https:\S+)\r?$/m)
    await sees(/copy its whole address/)
    types(await consent(url, google.ca, { email, ...person }))
  }

  const hasAccount = () => filesBelow(home.path).some(({ path }) => path.endsWith('/config.json'))

  it('explains each step, says what is wrong with a file until it is the right one, and looks again once an API is switched on', async () => {
    const clientFile = join(home.path, "client's file (1).json")
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    writeFileSync(join(home.path, 'web.json'), JSON.stringify({ web: {} }))
    writeFileSync(join(home.path, 'key.json'), JSON.stringify(google.keyFile()))
    writeFileSync(join(home.path, 'photo.jpg'), 'no JSON at all')
    google.disabledApis.add('people')
    const ended = start('account', 'add', 'google', '--no-browser', '--secrets', 'file')

    for (const step of [/console\.cloud\.google\.com/, /Gmail API/, /Publish app/, /Desktop app/, /app password/])
      await sees(step)
    for (const [typed, says] of [
      ['nowhere.json', /cannot be read/],
      ['web.json', /kind "Web application"[\s\S]*"Desktop app"/],
      ['key.json', /the key of a service account/],
      ['photo.jpg', /not the file that Google offers/],
    ] as const) {
      await sees(/drag it into this window/)
      types(typed)
      await sees(says)
    }
    await sees(/drag it into this window/)
    // As terminals write what is dragged into them.
    types(clientFile.replace(/[ '()]/g, '\\$&'))
    await sees(/not verified this app/)
    await signsIn()
    await sees(/✗ The People API is not switched on/)
    await sees(/Press Enter to look again/)
    google.disabledApis.clear()
    types('')
    await sees(/✓ Contacts: Google counts 0/)
    await sees(/Account alice@example\.com is added\. Next: lifeboat backup/)
    child?.stdin.end()
    expect(await ended).toBe(0)
    expect(hasAccount()).toBe(true)
    expect(readFileSync(clientFile, 'utf8')).not.toBe('')
  })

  it('lets whoever cancelled, left a box unticked or took another account sign in once more, and stops when told to', async () => {
    google.addUser('bob@example.com')
    const clientFile = join(home.path, 'client.json')
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    const add = ['account', 'add', 'google', '--no-browser', '--secrets', 'file', '--client-file', clientFile, '--user', email]
    const ended = start(...add)
    const again = async (says: RegExp) => {
      await sees(says)
      await sees(/Press Enter to sign in once more/)
      expect(hasAccount()).toBe(false)
      types('')
    }
    await sees(/copy its whole address/)
    types('https://example.org/?code=1&state=2')
    await again(/not the address at which this sign-in ends/)
    await signsIn({ cancel: true })
    await again(/cancelled in the browser/)
    await signsIn({ untick: ['drive', 'calendar'] })
    await again(/not allowed to read: calendars, files\.[\s\S]*tick every box/)
    await signsIn({ email: 'bob@example.com' })
    await again(/signed in as bob@example\.com, not as alice@example\.com\. Nothing was added/)
    await signsIn()
    await sees(/Account alice@example\.com is added/)
    child?.stdin.end()
    expect(await ended).toBe(0)

    const renewed = start('account', 'signin', email, '--no-browser')
    await signsIn({ email: 'bob@example.com' })
    await sees(/belongs to alice@example\.com, and you signed in as bob@example\.com\. Nothing has changed/)
    await sees(/Press Enter to sign in once more/)
    types('stop')
    expect(await renewed).toBe(2)
    const tested = await lifeboat(['account', 'test', email], { home: home.path })
    expect(tested.stdout).toContain('Signed in to Google as alice@example.com')
  })
})
