/**
 * The page of the offline viewer, made from `src/viewer/page/` into one HTML file: script and style inlined, the script
 * allowed by its hash and nothing else. `src/viewer/start-page.ts` puts a vault's name and data folder into it. The screens of
 * the app are made at the same time (`screens.mjs`).
 */
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from './child.mjs'
import { fingerprint } from './fingerprint.mjs'
import { makeScreens, sheets } from './screens.mjs'
import { findNode, root, SetupError, withSetupLock } from './setup.mjs'

const pageFolder = join(root, 'src', 'viewer', 'page')
const output = join(root, 'dist', 'viewer-page.html')
const stamp = join(root, 'dist', 'viewer-page.stamp')
/** What the page is made of, besides the packages of the lock file. */
const sources = ['viewer', 'formats', 'core', 'ui'].map((name) => join(root, 'src', name))
const singleSources = ['package-lock.json', 'build/page.mjs', 'build/screens.mjs'].map((name) => join(root, name))

/** Makes the page unless it is there and made of exactly the sources that are there. Without sources there is nothing to make. */
export async function ensurePage() {
  if (!existsSync(join(pageFolder, 'page.html')) || isFresh()) return
  await withSetupLock(async () => {
    if (isFresh()) return
    const code = await run(findNode(), [join(root, 'build', 'page.mjs'), '--make'], { cwd: root })
    if (code !== 0) throw new SetupError('The viewer page could not be made. The lines above say why.')
  })
}

function isFresh() {
  try {
    return (
      statSync(output).size > 0 &&
      existsSync(join(root, 'dist', 'ui', 'index.html')) &&
      readFileSync(stamp, 'utf8') === fingerprint(sources, singleSources)
    )
  } catch {
    return false
  }
}

async function makePage() {
  const before = fingerprint(sources, singleSources)
  const page = await renderPage()
  mkdirSync(join(root, 'dist'), { recursive: true })
  const temporary = `${output}.${process.pid}`
  writeFileSync(temporary, page)
  renameSync(temporary, output)
  await makeScreens([join(pageFolder, 'styles')])
  rmSync(stamp, { force: true })
  writeFileSync(stamp, before)
}

/**
 * @param {Readonly<Record<string, string>>} replaced file name in the page's sources → path of what stands in for it: how a
 *   test takes one wall away and sees whether the others hold
 * @returns {Promise<string>} the page, with the place for the vault still empty
 */
export async function renderPage(replaced = {}) {
  const [script, template] = [await bundle(replaced), readFileSync(join(pageFolder, 'page.html'), 'utf8')]
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash('sha256', script, 'base64')}' file:`,
    "style-src 'unsafe-inline'",
    // `file:` is for previews of files on the disk. Mail stands in a frame whose own policy has none of it.
    'img-src data: blob: file:',
    'media-src blob: file:',
    'worker-src blob:',
    "connect-src 'none'",
    'frame-src blob: file:',
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const parts = { POLICY: policy, STYLE: sheets(join(pageFolder, 'styles')), SCRIPT: script }
  return template.replace(/<!--(POLICY|STYLE|SCRIPT)-->/g, (_, name) => parts[/** @type {keyof typeof parts} */ (name)])
}

/**
 * @param {Readonly<Record<string, string>>} replaced
 * @returns {Promise<string>} one classic script that may stand inside an HTML file
 */
async function bundle(replaced) {
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: join(pageFolder, 'main.tsx'),
    platform: 'browser',
    transform: { target: 'es2022' },
    plugins: [{ name: 'stand-ins', resolveId: (id) => replaced[basename(id)] ?? null }],
    onLog(level, log, handle) {
      handle(level === 'warn' ? 'error' : level, log)
    },
  })
  const { output: chunks } = await build.generate({ format: 'iife', minify: true })
  await build.close()
  if (chunks.length !== 1 || !chunks[0]) throw new Error('The page has to be one script.')
  // Nothing in it may look like the end of the script, or like a comment that changes how the rest is read.
  return chunks[0].code.replaceAll(/<(?=\/script|!--|script)/gi, '\\x3c')
}

if (process.argv[2] === '--make') await makePage()
