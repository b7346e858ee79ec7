/**
 * The app as Electron runs it: the same tree as here with the types stripped, so that every relative path holds. `node
 * build/app.mjs` makes `dist/app/`, from which electron-builder packs (`electron-builder.json`).
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { ensurePage } from './page.mjs'
import { root } from './setup.mjs'

const output = join(root, 'dist', 'app')
/** Made into other things, or of no use in the app. */
const leftOut = /^src\/(ui|viewer\/page|cli)\//
/** A relative path to a file of ours, in an import or in `new URL`. */
const ownPath = /(['"`])(\.{1,2}\/[^'"`\n]*?|[\w-]+)\.ts\1/g

/** @param {string} [folder] where to make it */
export async function makeApp(folder = output) {
  await ensurePage()
  rmSync(folder, { recursive: true, force: true })
  for (const top of ['electron', 'src']) {
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const path = `${top}/${name.replaceAll('\\', '/')}`
      if (!leftOut.test(path) && statSync(join(root, path)).isFile()) place(folder, path)
    }
  }
  for (const path of ['dist/ui', 'dist/viewer-page.html', 'assets', 'LICENSE'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  return folder
}

/**
 * @param {string} folder
 * @param {string} path
 */
function place(folder, path) {
  const isCode = /\.ts$/.test(path) && !/\.d\.ts$/.test(path)
  if (!isCode && !/\.(cjs|md)$/.test(path)) return
  const text = readFileSync(join(root, path), 'utf8')
  const target = join(folder, path.replace(/\.ts$/, '.js'))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, isCode ? stripTypeScriptTypes(text).replace(ownPath, '$1$2.js$1') : text)
}

/** What electron-builder installs is what the program needs at run time. */
function manifest() {
  const { version, description, license, dependencies } = /** @type {Record<string, unknown>} */ (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  )
  return {
    ...{ name: 'lifeboat', productName: 'Lifeboat', version, description, license },
    type: 'module',
    main: 'electron/main.js',
    dependencies,
  }
}

if (process.argv[1] && existsSync(process.argv[1]) && process.argv[1].endsWith('app.mjs')) await makeApp()
