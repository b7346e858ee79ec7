/**
 * The app as Electron runs it: the same tree as here with the types stripped, so that every relative path holds. `node
 * build/app.mjs` makes `dist/app/`, from which electron-builder packs (`electron-builder.json`).
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { placePackages } from './packages.mjs'
import { ensurePage } from './page.mjs'
import { root } from './setup.mjs'

const output = join(root, 'dist', 'app')
/** Made into other things, or of no use in the app. */
const leftOut = /^src\/(ui|viewer\/page|cli)\//
/** A relative path to a file of ours, in an import or in `new URL`. */
const ownPath = /(['"`])(\.{1,2}\/[^'"`\n]*?|[\w-]+)\.ts\1/g
/** What may name a package in code without types, however it is loaded: by an import or by `createRequire`. */
const foreignName = /['"]((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^'"\n]*)?['"]/g

/**
 * @param {string} [folder] where to make it
 * @param {{readonly packages?: boolean}} [options] `packages`: with the packages that it needs, ready to be packed
 */
export async function makeApp(folder = output, { packages = false } = {}) {
  await ensurePage()
  rmSync(folder, { recursive: true, force: true })
  /** @type {Set<string>} */
  const asked = new Set()
  for (const top of ['electron', 'src']) {
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const path = `${top}/${name.replaceAll('\\', '/')}`
      if (!leftOut.test(path) && statSync(join(root, path)).isFile()) for (const name of place(folder, path)) asked.add(name)
    }
  }
  for (const path of ['dist/ui', 'dist/viewer-page.html', 'assets', 'LICENSE'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  const about = manifest(asked)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(about, null, 2)}\n`)
  if (packages) placePackages(folder, Object.keys(about.dependencies))
  return folder
}

/**
 * Answers which packages it may load, and other words.
 * @param {string} folder
 * @param {string} path
 * @returns {string[]}
 */
function place(folder, path) {
  const isCode = /\.ts$/.test(path) && !/\.d\.ts$/.test(path)
  if (!isCode && !/\.(cjs|json|md)$/.test(path)) return []
  const text = readFileSync(join(root, path), 'utf8')
  const target = join(folder, path.replace(/\.ts$/, '.js'))
  mkdirSync(dirname(target), { recursive: true })
  const code = isCode ? stripTypeScriptTypes(text).replace(ownPath, '$1$2.js$1') : text
  writeFileSync(target, code)
  return isCode ? [...code.matchAll(foreignName)].map(([, name = '']) => name) : []
}

/**
 * With the packages that the program needs at run time, and no others.
 * @param {Set<string>} asked everything that may be loaded
 */
function manifest(asked) {
  const { version, description, license, dependencies } =
    /** @type {{version: string, description: string, license: string, dependencies: Record<string, string>}} */ (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    )
  return {
    ...{ name: 'lifeboat', productName: 'Lifeboat', version, description, license },
    type: 'module',
    main: 'electron/main.js',
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([name]) => asked.has(name))),
  }
}

if (process.argv[1] && existsSync(process.argv[1]) && process.argv[1].endsWith('app.mjs'))
  await makeApp(output, { packages: process.argv.includes('--packages') })
