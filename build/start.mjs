/** `npm start`: the app in a window of its own where Electron can be had and there is a display, else in the browser. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findNode, root } from './setup.mjs'

const folder = join(root, 'node_modules', 'electron')
/** Milliseconds that fetching Electron may take, once. */
const patience = 180_000

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[] | null>} program and arguments; null where it has to be the browser
 */
export async function windowCommand(env) {
  if (!hasDisplay(env)) return null
  const program = electronProgram() ?? fetched()
  if (program === null) return null
  // With our own Node: the person's may be older, and know nothing of TypeScript.
  const { status } = spawnSync(findNode(), [join(root, 'build', 'app.mjs')], { stdio: 'inherit' })
  return status === 0 ? [program, join(root, 'dist', 'app')] : null
}

/** @param {NodeJS.ProcessEnv} env */
function hasDisplay(env) {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** @returns {string | null} */
function electronProgram() {
  try {
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(program) ? program : null
  } catch {
    return null
  }
}

/** The package comes without the program itself; its own script fetches that. */
function fetched() {
  process.stderr.write('Fetching the window for Lifeboat, once. Without it the app opens in your browser.\n')
  spawnSync(findNode(), [join(folder, 'install.js')], { stdio: 'ignore', timeout: patience })
  const program = electronProgram()
  if (program === null) process.stderr.write('It cannot be had here, so the app opens in your browser.\n')
  return program
}
