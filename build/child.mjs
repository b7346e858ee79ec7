/** Starting other programs so that their output, exit code and signals are ours. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { SetupError } from './setup.mjs'

/**
 * Hands this process over to `command`, for good. Where the running Node can, the process is replaced, so that signals,
 * terminal and exit code need no passing on.
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function become(command, args) {
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(command, [command, ...args], process.env)
  }
  process.exitCode = await run(command, args)
}

/**
 * Runs `command` on our standard streams.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it
 */
export function run(command, args, options = {}) {
  // A terminal sends Ctrl-C to the whole process group; without one, only we get the signal. Either way once.
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  const child = spawn(command, args, { stdio: 'inherit', detached: !terminal && process.platform !== 'win32', ...options })
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    if (!terminal || signal === 'SIGTERM') child.kill(signal)
  }
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, passOn)
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetupError(`${command} cannot be started: ${error.message}`)))
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, passOn)
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1))
    })
  })
}
