/**
 * What every command needs before it starts: the packages of the lock file and a Node that is new enough. Runs on
 * Node 20 with nothing installed. Says what it does on standard error, so that standard output belongs to the command.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const neededNode = 24

/** An expected failure: its message is all that the person gets to see. */
export class SetupError extends Error {}

/** Installs what the lock file names, unless exactly that is there already. */
export async function ensurePackages() {
  if (packagesMatchLock()) return
  await withSetupLock(() => {
    if (!packagesMatchLock()) installPackages()
  })
}

function packagesMatchLock() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  if (!wanted) throw new SetupError('package-lock.json is missing or damaged. Fetch the project anew.')
  if (!installed) return false
  for (const path of Object.keys(installed)) if (!wanted[path]) return false
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path]
    if (!found) return path === '' || entry.optional === true || entry.devOptional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage> | null} null when the file cannot be read
 */
function readPackages(file) {
  try {
    return /** @type {{ packages: Record<string, LockedPackage> }} */ (readJson(join(root, file))).packages
  } catch {
    return null
  }
}

/**
 * @param {string} path
 * @returns {unknown}
 */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function installPackages() {
  process.stderr.write('Setting up Lifeboat: installing its packages. This takes about a minute, once.\n')
  const flags = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=error']
  const npm = npmCommand()
  const result = spawnSync(npm.command, [...npm.args, ...flags], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: npm.shell,
  })
  if (result.status === 0) return
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`.trim().split('\n')
  throw new SetupError(
    `${said.slice(0, 20).join('\n')}\n\nThe packages could not be installed. Check the connection to the internet, then run the ` +
      'same command again. If it fails again, report it together with the lines above.',
  )
}

/** npm as it was called, so that a machine with several uses the same one; else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath
  if (script && basename(script) === 'npm-cli.js' && existsSync(script)) {
    return { command: process.env.npm_node_execpath ?? process.execPath, args: [script], shell: false }
  }
  return { command: 'npm', args: [], shell: process.platform === 'win32' }
}

/** Path of a Node that can run the program: the one that is running, or the one among the packages. */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= neededNode) return process.execPath
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const ours = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', file)
  if (existsSync(ours)) return ours
  throw new SetupError(
    `Lifeboat runs on Node ${neededNode}; this is Node ${process.versions.node}, and for ${process.platform} on ${process.arch} no newer one comes ` +
      `with the packages. Install Node ${neededNode} or later from https://nodejs.org, then run the same command again.`,
  )
}

/**
 * The script behind a package's command, to be run by Node.
 * @param {string} packageName
 * @param {string} command where it is not called like the package
 */
export function packageScript(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = /** @type {{ bin: Record<string, string> }} */ (readJson(join(folder, 'package.json')))
  const script = bin[command]
  if (!script) throw new Error(`${packageName} has no command ${command}`)
  return join(folder, script)
}

const lockFile = join(root, '.lifeboat-setup')
/** Milliseconds after which a lock without a readable holder counts as left behind. */
const lockGrace = 5_000

/**
 * Runs `work` while no other command of ours sets anything up.
 * @template T
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  for (let told = false; !takeLock(); told = true) {
    if (!told) process.stderr.write('Another Lifeboat command is setting things up: waiting for it.\n')
    await sleep(300)
  }
  try {
    return await work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw new SetupError(`The project's folder cannot be written to: ${root}`)
    if (lockIsStale()) rmSync(lockFile, { force: true })
    return false
  }
}

function lockIsStale() {
  try {
    const holder = Number(readFileSync(lockFile, 'utf8'))
    if (holder > 0) return !isRunning(holder)
    return Date.now() - statSync(lockFile).mtimeMs > lockGrace
  } catch {
    return false
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
