/** The packages that run, and theirs, as the lock file has them: for the folder of the app. */
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { root } from './setup.mjs'

/** Of no use at run time: sources and types of other people's tools, their documents and their tests. */
const uselessFile =
  /\.(?:d\.[cm]?ts|[cm]?tsx?|map|md|markdown|flow|coffee|bcmap|tsbuildinfo|yml|yaml)$|^(?:\.|AUTHORS|CHANGELOG|HISTORY|Makefile|tsconfig)/i
const uselessFolder = /^(?:\.\w.*|tests?|__tests__|spec|docs?|examples?|fixtures|benchmarks?|coverage|node_modules)$/

/**
 * Copies them beside the app. What belongs to another platform is not installed, and so is left out.
 * @param {string} folder of the app
 * @param {Iterable<string>} names of the packages that the app asks for
 */
export function placePackages(folder, names) {
  for (const path of packagesFor(names)) {
    const from = join(root, path)
    cpSync(from, join(folder, path), {
      recursive: true,
      filter: (source) => source === from || isOfUse(source, relative(from, source)),
    })
  }
}

/**
 * Where the packages and everything that they need lie, e.g. `node_modules/zod`.
 * @param {Iterable<string>} names
 */
function packagesFor(names) {
  const { packages } = /** @type {{packages: Record<string, {dependencies?: object, optionalDependencies?: object}>}} */ (
    JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  )
  /** @type {Set<string>} */
  const found = new Set()
  /** @param {string} from @param {string} name */
  const add = (from, name) => {
    const path = lockedPlace(packages, from, name)
    if (path === null || path.includes('/@types/') || found.has(path) || !existsSync(join(root, path))) return
    found.add(path)
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {}
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) add(path, each)
  }
  for (const name of names) add('', name)
  return [...found].sort()
}

/**
 * Where Node looks for a package from inside another one: in its own folder, then upwards.
 * @param {Record<string, unknown>} packages
 * @param {string} from
 * @param {string} name
 * @returns {string | null}
 */
function lockedPlace(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (packages[path]) return path
    if (at === '') return null
  }
}

/** @param {string} path @param {string} inside the same, from the package's folder */
function isOfUse(path, inside) {
  if (!statSync(path).isDirectory()) return !uselessFile.test(basename(path))
  // `lib/test` may be code; at the top it is what its name says. Packages inside stand in the lock file themselves.
  return basename(path) !== 'node_modules' && (inside !== basename(path) || !uselessFolder.test(inside))
}
