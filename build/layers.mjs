/**
 * The layer rules: which folder may import which. Imports go downwards only; cycles are found by Biome
 * (`noImportCycles`), so that this list is all there is to know.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, sep } from 'node:path'

/**
 * Folder or file → what of ours it may import besides itself. The longest entry that contains a file is its layer; the
 * entries on the right mean everything below them. A star stands for one folder name.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const layers = {
  'src/core': [],
  'src/formats': ['src/core'],
  'src/providers/shared': ['src/core', 'src/formats'],
  'src/providers/*': ['src/core', 'src/formats', 'src/providers/shared'],
  'src/providers/registry.ts': ['src/core', 'src/providers'],
  'src/vault': ['src/core', 'src/formats'],
  'src/engine': ['src/core', 'src/formats', 'src/vault', 'src/viewer'],
  'src/api': ['src/core', 'src/formats', 'src/vault', 'src/engine', 'src/providers/registry.ts'],
  'src/viewer': ['src/core', 'src/formats'],
  'src/viewer/page': ['src/core', 'src/formats', 'src/viewer'],
  'src/cli': ['src/core', 'src/api'],
  'src/ui': [
    'src/core/sentences.ts',
    'src/core/one-by-one.ts',
    'src/api/contract.ts',
    'src/api/desktop/contract.ts',
    'src/viewer',
  ],
  electron: ['src/core', 'src/api', 'src/engine/schedule.ts'],
}

/** Packages and modules of Node's that only some layers may use. */
const reserved = [
  { modules: /^electron(\/|$)/, only: /^electron\//, why: 'only electron/ imports electron' },
  {
    modules: /^node:(fs|net|tls|dns|http|https|http2|child_process|worker_threads|sqlite)(\/|$)/,
    only: /^(?!src\/(core|formats)\/)/,
    why: 'core and formats touch neither disk nor network',
  },
]

/** Every way to name another file of ours ends in a relative path with its extension: import, export, import(), new URL(). */
const relativePath = /(['"`])(\.{1,2}\/[^'"`\n]*?\.[cm]?[jt]sx?)\1/g
const packageImport = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^.'"\n][^'"\n]*)\1/g

/**
 * @param {string} root the project's folder
 * @returns {string[]} one sentence per import that breaks a rule
 */
export function layerViolations(root) {
  return sourceFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const layer = layerOf(file)
    if (!layer) return [`${file} lies in no known layer: put it in one, or add the layer to build/layers.mjs`]
    const imported = named(text, relativePath).map((path) => posix.join(posix.dirname(file), path))
    const modules = named(text, packageImport)
    return [
      ...imported.filter((target) => !mayImport(file, layer, target)).map((target) => `${file} must not import ${target}`),
      ...reserved.flatMap(({ modules: names, only, why }) =>
        modules.filter((name) => names.test(name) && !only.test(file)).map((name) => `${file} must not import ${name}: ${why}`),
      ),
    ]
  })
}

/**
 * Each name once.
 * @param {string} text
 * @param {RegExp} pattern
 */
function named(text, pattern) {
  return [...new Set([...text.matchAll(pattern)].map((match) => String(match[2])))]
}

/**
 * @param {string} file
 * @param {string} layer
 * @param {string} target
 */
function mayImport(file, layer, target) {
  if (!/^(src|electron)\//.test(target)) return !/^(test|build)\//.test(target)
  const targetLayer = layerOf(target)
  if (targetLayer === layer) return layerFolder(file, layer) === layerFolder(target, layer)
  return (layers[layer] ?? []).some((allowed) => contains(allowed, target))
}

/** @param {string} file */
function layerOf(file) {
  return Object.keys(layers)
    .filter((entry) => contains(entry, file))
    .sort((a, b) => rank(b) - rank(a))[0]
}

/** A name is more particular than a star in the same place. */
const rank = (/** @type {string} */ entry) => entry.split('/').length * 2 - (entry.includes('*') ? 1 : 0)

/**
 * @param {string} entry
 * @param {string} file
 */
function contains(entry, file) {
  const parts = file.split('/')
  const wanted = entry.split('/')
  // A star is a folder: something has to lie in it.
  if (entry.endsWith('*') && parts.length === wanted.length) return false
  return wanted.every((part, index) => part === '*' || part === parts[index])
}

/**
 * The folder that a layer's entry means for this file: each provider has its own.
 * @param {string} file
 * @param {string} layer
 */
function layerFolder(file, layer) {
  return file.split('/').slice(0, layer.split('/').length).join('/')
}

/** @param {string} root */
function sourceFiles(root) {
  return ['src', 'electron'].flatMap((top) => {
    if (!existsSync(join(root, top))) return []
    return readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?[jt]sx?$/.test(name) && statSync(join(root, top, name)).isFile())
      .map((name) => join(top, name).split(sep).join('/'))
  })
}
