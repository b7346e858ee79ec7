/** The way of a person through real test accounts; `google.ts` and `microsoft.ts` begin it. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lifeboatCommand, lifeboatEnvironment } from '../../build/launch.mjs'

/** Where the accounts of the walk are set up. */
let home = ''

interface Report {
  readonly accounts: readonly { readonly collections: readonly { readonly path: readonly string[]; readonly added: number }[] }[]
}
interface Restored {
  readonly collections: readonly { readonly created: number; readonly failed: number }[]
}

/** `provider`: what follows `account add`. `target`: the address of a second account to restore to. */
export async function walk(provider: readonly string[], target: string | undefined, place = 'lifeboat-live'): Promise<void> {
  if (process.env['CI'] !== undefined) throw new Error('Not in CI: it signs in to real accounts.')
  const folder = resolve(place)
  const vault = join(folder, 'vault')
  home = join(folder, 'home')
  mkdirSync(folder, { recursive: true })
  process.stdout.write(`Everything lies in ${folder}.\n`)
  await lifeboat('account', 'add', ...provider, '--id', 'live', '--secrets', 'file')
  await lifeboat('backup', '--vault', vault, '--account', 'live')
  await lifeboat('verify', '--vault', vault)
  const again = JSON.parse(await output('backup', '--vault', vault, '--account', 'live', '--json')) as Report
  for (const { path, added } of again.accounts.flatMap(({ collections }) => collections))
    if (added > 0) throw new Error(`${path.join('/')}: ${added} were saved again although nothing changed.`)
  await lifeboat('drill', '--vault', vault)
  if (target !== undefined) {
    await lifeboat('account', 'add', ...provider, '--id', 'live-target', '--user', target, '--secrets', 'file')
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
}

function lifeboat(...argv: readonly string[]): Promise<string> {
  return run(argv, false)
}

function output(...argv: readonly string[]): Promise<string> {
  return run(argv, true)
}

async function run(argv: readonly string[], isRead: boolean): Promise<string> {
  process.stdout.write(`\n$ lifeboat ${argv.join(' ')}\n`)
  const [program = '', ...args] = lifeboatCommand(argv)
  const env = { ...lifeboatEnvironment, ...process.env, LIFEBOAT_HOME: home }
  const child = spawn(program, args, { env, stdio: ['inherit', isRead ? 'pipe' : 'inherit', 'inherit'] })
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const exitCode = await new Promise<number | null>((done) => child.on('close', done))
  if (exitCode !== 0) throw new Error(`lifeboat ${argv[0] ?? ''} ended with ${exitCode}.`)
  return text
}
