/** The Debian packages that the tests against real servers and real programs need, and how they get onto the machine. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { SetupError, withSetupLock } from './setup.mjs'

/** Package, and what the tests do with it. */
const packages = {
  'dovecot-imapd': 'the IMAP server',
  openssl: 'throw-away certificates for the servers',
  isync: 'mbsync, the peer of the benchmark',
  mutt: 'reads our mbox files',
  python3: "reads our vault without our code, and with Python's mailbox module",
  'exfat-fuse': 'an exFAT disk',
  exfatprogs: 'makes the exFAT disk',
  dosfstools: 'makes the FAT disk, and checks it',
  fuse3: 'mounts the exFAT, FAT and NTFS disks',
  fusefat: 'a FAT disk',
  'ntfs-3g': 'an NTFS disk',
  mount: 'mounts the exFAT disk',
  dbus: 'the bus of the keyring',
  'gnome-keyring': 'a keyring',
  'libsecret-1-0': 'access to the keyring',
  radicale: 'a CardDAV and CalDAV server',
  xandikos: 'another CardDAV and CalDAV server',
  apache2: 'a WebDAV server',
  rclone: 'another WebDAV server',
  'python3-vobject': 'reads our vCards and calendars',
  'python3-icalendar': 'reads our calendars',
  vdirsyncer: 'the peer of the benchmark, and a second copy of what a server has',
  khal: 'reads our calendars',
  khard: 'reads our vCards',
  chromium: 'opens the viewer page',
  'firefox-esr': 'opens the viewer page',
  notmuch: 'the peer of the benchmark of the viewer',
}

/**
 * Installs what is missing when that is possible here (Debian, as root); otherwise says what is missing.
 * @throws {SetupError} in CI, where a test that cannot run is a failure
 */
export async function ensureSystemPackages() {
  const missing = missingPackages()
  if (missing.length === 0) return
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    await withSetupLock(() => install(missingPackages()))
    if (missingPackages().length === 0) return
  }
  const list = missingPackages().map((name) => `  ${name}: ${packages[name]}`)
  const text = `These Debian packages are missing:\n${list.join('\n')}\n`
  if (process.env.CI === 'true') throw new SetupError(`${text}In CI nothing is skipped, so the tests do not start.`)
  process.stderr.write(
    `${text}The tests that need them are skipped. On Debian, run npm test as root once and they are installed.\n`,
  )
}

/** Everything where there is no dpkg to ask. */
function missingPackages() {
  const names = /** @type {(keyof typeof packages)[]} */ (Object.keys(packages))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const answer = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' })
  const installed = new Set((answer.stdout ?? '').split('\n'))
  return names.filter((name) => !installed.has(`${name} installed`))
}

/** @param {readonly string[]} names */
function install(names) {
  if (names.length === 0) return
  process.stderr.write(`Installing Debian packages for the tests: ${names.join(' ')}\n`)
  withoutStartingServices(() => {
    if (apt('update')) apt('install', '-y', '--no-install-recommends', ...names)
  })
}

/** @param {readonly string[]} args */
function apt(...args) {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (result.status !== 0) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}apt-get ${args[0]} failed.\n`)
  return result.status === 0
}

const policyFile = '/usr/sbin/policy-rc.d'

/**
 * Debian starts a server when its package is installed, unless this file says 101 (invoke-rc.d(8)). The tests start
 * their own servers; the machine's stay off.
 * @param {() => void} work
 */
function withoutStartingServices(work) {
  const ours = !existsSync(policyFile)
  if (ours) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    work()
  } finally {
    if (ours) rmSync(policyFile, { force: true })
  }
}
