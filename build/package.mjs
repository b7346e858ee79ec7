/**
 * `npm run package [-- electron-builder's own arguments]`: the folder of the app, packed for this system into `dist/release`. With
 * `LIFEBOAT_UPDATE_KEY` (a file with the private Ed25519 key, PEM) the feeds of new versions are signed.
 * `npm run package -- --make-key FILE` makes such a key; its public half goes into the program.
 */
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeApp } from './app.mjs'
import { findNode, packageScript, root, SetupError } from './setup.mjs'

const release = join(root, 'dist', 'release')

/** @param {string[]} args */
async function pack(args) {
  if (args[0] === '--make-key') return makeKey(args[1])
  await makeApp(undefined, { packages: true })
  const builder = [
    packageScript('electron-builder', 'electron-builder'),
    '--config',
    'electron-builder.json',
    '--publish',
    'never',
  ]
  const { status } = spawnSync(findNode(), [...builder, ...args], { cwd: root, stdio: 'inherit' })
  const { LIFEBOAT_UPDATE_KEY: key } = process.env
  if (status === 0 && key) signFeeds(release, readFileSync(key, 'utf8'))
  process.exitCode = status ?? 1
}

/**
 * Beside each feed (`latest.yml`, `latest-mac.yml`, `latest-linux.yml`) its signature, base64.
 * @param {string} folder
 * @param {string} key private, PEM
 */
export function signFeeds(folder, key) {
  for (const name of readdirSync(folder).filter((file) => /^latest[\w-]*\.yml$/.test(file)))
    writeFileSync(join(folder, `${name}.sig`), `${sign(null, readFileSync(join(folder, name)), key).toString('base64')}\n`)
}

/** @param {string | undefined} file */
function makeKey(file) {
  if (!file) throw new SetupError('Where to? Say: npm run package -- --make-key FILE')
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  writeFileSync(join(root, 'assets', 'update-key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
}

if (process.argv[1]?.endsWith('package.mjs')) {
  try {
    await pack(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
