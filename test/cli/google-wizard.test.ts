/** `account add google` as a person meets it who has nothing but a terminal: the steps, a wrong file, an API that is off. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consent, type Person } from '../emulators/google/browser.ts'
import { Google } from '../emulators/google/google.ts'
import { filesBelow, lifeboat, mainFile, type TemporaryFolder, temporaryFolder } from './command.ts'
import { Conversation } from './conversation.ts'

const email = 'alice@example.com'
/** Runs a command in a terminal of its own; what is written to it is typed, what it shows is read. */
const inTerminal = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

describe('the wizard for an account at Google, in a terminal', () => {
  let google: Google
  let home: TemporaryFolder
  let talk: Conversation | null = null

  beforeEach(async () => {
    google = await Google.start()
    google.addUser(email)
    home = temporaryFolder()
  })

  afterEach(async () => {
    talk?.stop()
    await google.stop()
    home[Symbol.dispose]()
  })

  function start(...argv: readonly string[]): Conversation {
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', LIFEBOAT_HOME: home.path, BROWSER: '', DISPLAY: '', TERM: 'dumb' }
    const command = spawn('python3', ['-I', '-S', '-c', inTerminal, process.execPath, mainFile, ...argv], { env, cwd: home.path })
    talk = new Conversation(command)
    return talk
  }

  /** Does in the browser what the person does, and copies the address at which it ends. */
  async function signsIn(talk: Conversation, person: Omit<Person, 'email'> & { readonly email?: string } = {}): Promise<void> {
    const [, url = ''] = await talk.sees(/^ {2}(https:\S+)\r?$/m)
    await talk.sees(/copy its whole address/)
    talk.types(await consent(url, google.ca, { email, ...person }))
  }

  const hasAccount = () => filesBelow(home.path).some(({ path }) => path.endsWith('/config.json'))

  it('explains each step, says what is wrong with a file until it is the right one, and looks again once an API is switched on', async () => {
    const clientFile = join(home.path, "client's file (1).json")
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    writeFileSync(join(home.path, 'web.json'), JSON.stringify({ web: {} }))
    writeFileSync(join(home.path, 'key.json'), JSON.stringify(google.keyFile()))
    writeFileSync(join(home.path, 'photo.jpg'), 'no JSON at all')
    google.disabledApis.add('people')
    const talk = start('account', 'add', 'google', '--no-browser', '--secrets', 'file')

    for (const step of [/console\.cloud\.google\.com/, /Gmail API/, /Publish app/, /Desktop app/, /app password/])
      await talk.sees(step)
    for (const [typed, says] of [
      ['nowhere.json', /cannot be read/],
      ['web.json', /kind "Web application"[\s\S]*"Desktop app"/],
      ['key.json', /the key of a service account/],
      ['photo.jpg', /not the file that Google offers/],
    ] as const) {
      await talk.sees(/drag it into this window/)
      talk.types(typed)
      await talk.sees(says)
    }
    await talk.sees(/drag it into this window/)
    // As terminals write what is dragged into them.
    talk.types(clientFile.replace(/[ '()]/g, '\\$&'))
    await talk.sees(/not verified this app/)
    await signsIn(talk)
    await talk.sees(/✗ The People API is not switched on/)
    await talk.sees(/Press Enter to look again/)
    google.disabledApis.clear()
    talk.types('')
    await talk.sees(/✓ Contacts: Google counts 0/)
    await talk.sees(/Account alice@example\.com is added\. Next: lifeboat backup/)
    expect(await talk.finish()).toBe(0)
    expect(hasAccount()).toBe(true)
    expect(readFileSync(clientFile, 'utf8')).not.toBe('')
  })

  it('lets whoever cancelled, left a box unticked or took another account sign in once more, and stops when told to', async () => {
    google.addUser('bob@example.com')
    const clientFile = join(home.path, 'client.json')
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    const add = ['account', 'add', 'google', '--no-browser', '--secrets', 'file', '--client-file', clientFile, '--user', email]
    const talk = start(...add)
    const again = async (says: RegExp) => {
      await talk.sees(says)
      await talk.sees(/Press Enter to sign in once more/)
      expect(hasAccount()).toBe(false)
      talk.types('')
    }
    await talk.sees(/copy its whole address/)
    talk.types('https://example.org/?code=1&state=2')
    await again(/not the address at which this sign-in ends/)
    await signsIn(talk, { cancel: true })
    await again(/cancelled in the browser/)
    await signsIn(talk, { untick: ['drive', 'calendar'] })
    await again(/not allowed to read: calendars, files\.[\s\S]*tick every box/)
    await signsIn(talk, { email: 'bob@example.com' })
    await again(/signed in as bob@example\.com, not as alice@example\.com\. Nothing was added/)
    await signsIn(talk)
    await talk.sees(/Account alice@example\.com is added/)
    expect(await talk.finish()).toBe(0)

    const renewed = start('account', 'signin', email, '--no-browser')
    await signsIn(renewed, { email: 'bob@example.com' })
    await renewed.sees(/belongs to alice@example\.com, and you signed in as bob@example\.com\. Nothing has changed/)
    await renewed.sees(/Press Enter to sign in once more/)
    renewed.types('stop')
    expect(await renewed.ended).toBe(2)
    const tested = await lifeboat(['account', 'test', email], { home: home.path })
    expect(tested.stdout).toContain('Signed in to Google as alice@example.com')
  })
})
