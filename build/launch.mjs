/** How the command is started, so that it starts fast and stays small. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandFile } from './command.mjs'
import { findNode, root } from './setup.mjs'

/**
 * A backup makes much short-lived garbage. Left alone, V8 lets the nursery grow, and the heap fourfold between two collections
 * where memory is plenty; glibc keeps freed blocks. Together that is half of the memory at the peak, for no speed worth it.
 * Below 28 MB it would collect again and again for little. What the heap once took stays with the process: so it may grow by half.
 * The app starts its processes with the same flags of V8's.
 */
const v8Flags = /** @type {string[]} */ (JSON.parse(readFileSync(join(root, 'src', 'api', 'jobs', 'v8-flags.json'), 'utf8')))

export const nodeFlags = ['--disable-warning=ExperimentalWarning', ...v8Flags]

/**
 * @param {readonly string[]} args of the command
 * @returns {readonly string[]} program and arguments
 */
export function lifeboatCommand(args) {
  return [findNode(), ...nodeFlags, commandFile(), ...args]
}

/** Goes under the environment: what a person has set wins. */
export const lifeboatEnvironment = {
  // What was compiled at one start is read at the next: that halves the time to the first word.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node-compile'),
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '131072',
  // Each of Node's threads would keep freed blocks of its own: 20 MB of them.
  MALLOC_ARENA_MAX: '2',
}
