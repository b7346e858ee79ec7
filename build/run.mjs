/**
 * The one entry of every npm script: `node build/run.mjs COMMAND [args]`. Sets up what is missing, then runs the command
 * on Node 24.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './check.mjs'
import { become } from './child.mjs'
import { ensureCommand } from './command.mjs'
import { lifeboatCommand, lifeboatEnvironment } from './launch.mjs'
import { ensurePage } from './page.mjs'
import { ensurePackages, findNode, packageScript, root, SetupError } from './setup.mjs'
import { windowCommand } from './start.mjs'
import { ensureSystemPackages } from './system-packages.mjs'
import { test } from './test.mjs'

/** @type {Record<string, (args: string[]) => Promise<unknown>>} */
const commands = {
  start: async (args) => {
    const [program = '', ...rest] = (args.length === 0 && (await windowCommand(process.env))) || []
    await (program === '' ? lifeboat(['ui', ...args]) : become(program, rest))
  },
  demo: (args) => lifeboat(['demo', ...args]),
  lifeboat: (args) => {
    // The emulator is not part of the program.
    if (args.length === 1 && args[0] === 'practice') return practice()
    goToCaller()
    return lifeboat(args)
  },
  test: async (args) => {
    process.exitCode = await test(args)
  },
  check: async () => {
    process.exitCode = await check()
  },
  format: () => become(findNode(), [packageScript('@biomejs/biome', 'biome'), 'check', '--write', root]),
  bench,
  package: (args) => become(findNode(), [join(root, 'build', 'package.mjs'), ...args]),
  practice,
  pictures: () => become(findNode(), ['--disable-warning=ExperimentalWarning', join(root, 'test', 'ui', 'pictures.ts')]),
  live: ([name, ...args]) => {
    goToCaller()
    const script = join(root, 'test', 'live', `${name}.ts`)
    return become(findNode(), ['--disable-warning=ExperimentalWarning', script, ...args])
  },
}

function practice() {
  goToCaller()
  return become(findNode(), ['--disable-warning=ExperimentalWarning', join(root, 'test', 'emulators', 'google', 'practice.ts')])
}

/** npm starts scripts in the project's folder; relative paths are meant from where the person is. */
function goToCaller() {
  const { INIT_CWD: callerFolder } = process.env
  if (callerFolder && existsSync(callerFolder)) process.chdir(callerFolder)
}

/** @param {string[]} args */
async function lifeboat(args) {
  await ensureCommand()
  for (const [name, value] of Object.entries(lifeboatEnvironment)) process.env[name] ??= value
  const [node = '', ...rest] = lifeboatCommand(args)
  return await become(node, rest)
}

/** @param {string[]} args the benchmark's name, then its own arguments */
async function bench([name, ...args]) {
  const folder = join(root, 'test', 'bench')
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.bench.ts') ? [file.slice(0, -'.bench.ts'.length)] : []))
  if (!name || !names.includes(name)) throw new SetupError(`Which benchmark? There is: ${names.join(', ') || 'none yet'}.`)
  await ensureSystemPackages()
  await ensureCommand()
  await become(findNode(), ['--disable-warning=ExperimentalWarning', join(folder, `${name}.bench.ts`), ...args])
}

const [name = '', ...args] = process.argv.slice(2)
try {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new SetupError(`Which command? There is: ${Object.keys(commands).join(', ')}.`)
  await ensurePackages()
  if (name !== 'format') await ensurePage()
  await command(args)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
