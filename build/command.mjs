/**
 * The command in some big files in place of several hundred small ones: Node takes longer to find and load those than a backup
 * takes in which nothing has changed. What is in `dist/lifeboat/` is what `src/cli/main.ts` reaches, with the packages of which it
 * needs a part; each lies in a folder of the name of its sources, so that a command that runs keeps its own.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { run } from './child.mjs'
import { fingerprint } from './fingerprint.mjs'
import { findNode, root, SetupError, withSetupLock } from './setup.mjs'

const source = join(root, 'src', 'cli', 'main.ts')
const made = join(root, 'dist', 'lifeboat')
const folders = ['api', 'cli', 'core', 'engine', 'formats', 'providers', 'vault', 'viewer'].map((name) => join(root, 'src', name))
const singleSources = ['package-lock.json', 'build/command.mjs'].map((name) => join(root, name))
/** Packages of many files, of which none asks where it lies. */
const taken = /^(?:commander|env-paths|ical\.js|is-safe-filename|p-limit|postal-mime|saxes|xmlchars|yocto-queue|zod)(?:\/|$)/
/** Milliseconds since its last start after which no command of former sources runs any more. */
const keptFor = 7 * 86_400_000

/** What to run: the one that is made of exactly the sources that are there, or these themselves. */
export function commandFile() {
  const file = madeFile()
  return file !== null && existsSync(file) ? file : source
}

/** Null where there is nothing to make it of. */
function madeFile() {
  try {
    return join(made, fingerprint(folders, singleSources).slice(0, 16), 'main.js')
  } catch {
    return null
  }
}

/** Makes it unless it is there. Where it cannot be made, the command is slower to start, and nothing else. */
export async function ensureCommand() {
  const file = madeFile()
  if (file === null) return
  try {
    if (existsSync(file)) return noteUse(dirname(file))
    await withSetupLock(async () => {
      if (!existsSync(file)) await run(findNode(), [join(root, 'build', 'command.mjs'), '--make'], { cwd: root, stdio: 'ignore' })
    })
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
  }
}

/** @param {string} folder */
function noteUse(folder) {
  const now = new Date()
  try {
    utimesSync(folder, now, now)
  } catch {
    // In a checkout that cannot be written to, nothing is removed either.
  }
}

async function makeCommand() {
  const file = madeFile()
  if (file === null || existsSync(file)) return
  const { rolldown } = await import('rolldown')
  const folder = dirname(file)
  const unfinished = `${folder}.${process.pid}`
  const bundle = await rolldown({
    input: { main: source },
    platform: 'node',
    cwd: root,
    external: (id, _importer, isResolved) => !isResolved && !/^[./\\]|^\w:/.test(id) && !taken.test(id),
    plugins: [{ name: 'own-address', transform: (code, id) => withOwnAddress(code, id, folder) }],
  })
  try {
    await bundle.write({ dir: unfinished, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' })
    await bundle.close()
    removeFormer()
    // Somebody may have changed a source meanwhile.
    if (madeFile() === file) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/**
 * What a module finds beside itself (threads, processes, pages, the sample account) lies beside its source.
 * @param {string} code
 * @param {string} id
 * @param {string} folder
 */
function withOwnAddress(code, id, folder) {
  const path = relative(folder, id).replaceAll('\\', '/')
  if (!path.startsWith('../../../src/') || !code.includes('import.meta.url')) return null
  return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(path)}, import.meta.url).href`)
}

function removeFormer() {
  mkdirSync(made, { recursive: true })
  for (const name of readdirSync(made)) {
    const folder = join(made, name)
    if (Date.now() - statSync(folder).mtimeMs > keptFor) rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1]?.endsWith('command.mjs') && process.argv[2] === '--make') await makeCommand()
