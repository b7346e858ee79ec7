/**
 * `npm run live:google -- --client-file FILE [--restore-to ADDRESS]`: the way of a person through a real test account at Google:
 * sign-in, backup, verify, a second backup, a drill, and a restore into a second account. Never in CI: it needs two accounts that
 * nobody else uses and a person at the browser. Everything stays in a folder that is named at the beginning.
 */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { lifeboatCommand, lifeboatEnvironment } from '../../build/launch.mjs'

const { values: options } = parseArgs({
  options: { 'client-file': { type: 'string' }, 'restore-to': { type: 'string' }, folder: { type: 'string' } },
})
const clientFile = options['client-file']
if (process.env['CI'] !== undefined) throw new Error('Not in CI: it signs in to real accounts.')
if (clientFile === undefined) throw new Error('Which client? --client-file FILE, as `lifeboat account add google` explains.')

const folder = resolve(options.folder ?? 'lifeboat-live')
const vault = join(folder, 'vault')
mkdirSync(folder, { recursive: true })
process.stdout.write(`Everything lies in ${folder}.\n`)

interface Report {
  readonly accounts: readonly { readonly collections: readonly { readonly path: readonly string[]; readonly added: number }[] }[]
}
interface Restored {
  readonly collections: readonly { readonly created: number; readonly failed: number }[]
}

await lifeboat('account', 'add', 'google', '--client-file', resolve(clientFile), '--id', 'live', '--secrets', 'file')
await lifeboat('backup', '--vault', vault, '--account', 'live')
await lifeboat('verify', '--vault', vault)
const again = JSON.parse(await output('backup', '--vault', vault, '--account', 'live', '--json')) as Report
for (const { path, added } of again.accounts.flatMap(({ collections }) => collections))
  if (added > 0) throw new Error(`${path.join('/')}: ${added} were saved again although nothing changed.`)
await lifeboat('drill', '--vault', vault)
const target = options['restore-to']
if (target !== undefined) {
  const add = ['--client-file', resolve(clientFile), '--id', 'live-target', '--user', target, '--secrets', 'file']
  await lifeboat('account', 'add', 'google', ...add)
  await lifeboat('account', 'signin', 'live-target', '--for-restore')
  const restore = ['restore', '--vault', vault, '--account', 'live', '--to', 'live-target', '--json']
  const first = JSON.parse(await output(...restore)) as Restored
  const second = JSON.parse(await output(...restore)) as Restored
  const sum = (report: Restored, member: 'created' | 'failed') =>
    report.collections.reduce((total, collection) => total + collection[member], 0)
  process.stdout.write(
    `Restored: ${sum(first, 'created')}; failed: ${sum(first, 'failed')}; a repeat added ${sum(second, 'created')}.\n`,
  )
  if (sum(first, 'failed') + sum(second, 'created') > 0) throw new Error('The restore is not what it should be.')
}
process.stdout.write('All of it went well.\n')

function lifeboat(...argv: readonly string[]): Promise<string> {
  return run(argv, false)
}

function output(...argv: readonly string[]): Promise<string> {
  return run(argv, true)
}

async function run(argv: readonly string[], isRead: boolean): Promise<string> {
  process.stdout.write(`\n$ lifeboat ${argv.join(' ')}\n`)
  const [program = '', ...args] = lifeboatCommand(argv)
  const env = { ...lifeboatEnvironment, ...process.env, LIFEBOAT_HOME: join(folder, 'home') }
  const child = spawn(program, args, { env, stdio: ['inherit', isRead ? 'pipe' : 'inherit', 'inherit'] })
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const exitCode = await new Promise<number | null>((done) => child.on('close', done))
  if (exitCode !== 0) throw new Error(`lifeboat ${argv[0] ?? ''} ended with ${exitCode}.`)
  return text
}
