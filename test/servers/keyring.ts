/** A real Secret Service: gnome-keyring on a session bus of its own, unlocked, with its files in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../fixtures/patience.ts'

const service = 'org.freedesktop.secrets'

export interface Keyring extends AsyncDisposable {
  /** What a program needs in its environment to find the keyring. */
  readonly env: Readonly<Record<string, string>>
  /** Where the keyring keeps its (encrypted) files. */
  readonly folder: string
}

/** Why no keyring can be started here, or null. */
export function keyringMissing(): string | null {
  const missing = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'].filter(
    (name) => spawnSync(name, ['--version']).error !== undefined,
  )
  return missing.length === 0 ? null : `${missing.join(' and ')} not installed (Debian: apt-get install dbus gnome-keyring)`
}

export async function startKeyring(): Promise<Keyring> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-keyring-'))
  const processes: ChildProcess[] = []
  const dispose = async () => {
    for (const child of processes.toReversed()) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'] })
    processes.push(bus)
    const env = { DBUS_SESSION_BUS_ADDRESS: (await firstOutput(bus)).trim() }
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, ...env, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_RUNTIME_DIR: folder },
    })
    processes.push(daemon)
    daemon.stdin?.end('password of the keyring')
    await untilUnlocked(env)
    return { env, folder, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with code ${code}`)))
    child.stdout?.setEncoding('utf8').once('data', resolve)
  })
}

async function untilUnlocked(env: Readonly<Record<string, string>>): Promise<void> {
  const answers = (...call: readonly string[]) =>
    spawnSync('dbus-send', ['--session', '--print-reply', ...call], { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout
  // Asking for the service before it is there would make the bus start another daemon, a locked one.
  const owner = ['--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', `string:${service}`]
  await until(() => answers(...owner).includes('true'), `${service} to appear on the bus`)
  // Who came before would be asked for a password that nobody can type.
  const place = [`--dest=${service}`, '/org/freedesktop/secrets/aliases/default', 'org.freedesktop.DBus.Properties.Get']
  const isLocked = [...place, 'string:org.freedesktop.Secret.Collection', 'string:Locked']
  await until(() => answers(...isLocked).includes('boolean false'), 'the keyring to be unlocked')
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill()
  })
}
