/**
 * `npm run bench:restore [-- --small | --messages N]`: a restore into an empty Dovecot beside mbsync pushing the same mail, and
 * a drill beside `sha256sum` and a plain copy of the same octets. Needs root, as Dovecot does.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Proof } from '../../src/engine/proof.ts'
import type { RestoreReport } from '../../src/engine/restore-report.ts'
import { type Dovecot, startDovecot } from '../servers/dovecot.ts'
import { Lifeboat, Mbsync } from './contenders.ts'
import { fillMaildir, indexMailbox } from './mailbox.ts'
import { type Cost, measure } from './measure.ts'

const { values: options } = parseArgs({ options: { small: { type: 'boolean' }, messages: { type: 'string' } } })
const count = Number(options.messages ?? (options.small ? 2_000 : 20_000))
if (!Number.isInteger(count) || count < 100) throw new Error('At least 100 messages.')

const password = 'wonderland'
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'))
const server = await startDovecot({ users: { alice: password, lifeboat: password, mbsync: password, fast: password } })
try {
  await benchmark()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function benchmark(): Promise<void> {
  const filled = fillMaildir(server.home('alice'), count, 'mixed')
  await indexMailbox(server, 'alice')
  const lifeboat = Lifeboat.create(join(folder, 'alice'), server, 'alice', password)
  await lifeboat.run(filled.messages)
  lifeboat.add(server, 'lifeboat', password)
  const pulled = new Mbsync(join(folder, 'pulled'), server, 'alice', password, false)
  pulled.clear()
  await pulled.run(filled.messages)

  const rows: [string, Cost][] = []
  const restored = await lifeboat.command(
    'restore',
    '--vault',
    lifeboat.vault,
    '--account',
    'alice',
    '--to',
    'lifeboat',
    '--json',
  )
  const report = JSON.parse(restored.stdout) as RestoreReport
  const created = report.collections.reduce((sum, one) => sum + one.created, 0)
  if (created !== filled.messages) throw new Error(`Lifeboat restored ${created} of ${filled.messages}.`)
  rows.push(['restore into Dovecot: Lifeboat', restored])
  for (const [user, fsync] of [
    ['mbsync', true],
    ['fast', false],
  ] as const)
    rows.push([
      `push into Dovecot: mbsync${fsync ? '' : ', its fsync off'}`,
      await push(join(folder, 'pulled', 'mail'), user, fsync),
    ])
  const again = await lifeboat.command('restore', '--vault', lifeboat.vault, '--account', 'alice', '--to', 'lifeboat', '--json')
  rows.push(['restore again, nothing missing', again])

  const drilled = await lifeboat.command('drill', '--vault', lifeboat.vault, '--json')
  const proof = JSON.parse(drilled.stdout) as Proof
  if (proof.verdict !== 'proven') throw new Error(`The drill says ${proof.verdict}: ${proof.accounts[0]?.exceptions[0]?.text}`)
  rows.push(['drill, with the provider', drilled])
  const steps = proof.steps.filter(({ text }) => !text.includes('provider')).reduce((sum, { seconds }) => sum + seconds, 0)
  const sums = await measure({ argv: ['sha256sum', '--quiet', '-c', 'manifest-sha256.txt'], cwd: lifeboat.vault })
  const copied = await measure({ argv: ['cp', '-r', lifeboat.vault, join(folder, 'copy')] })
  rows.push(['sha256sum of the vault', sums], ['plain copy of the vault', copied])

  console.log(
    `\n${filled.messages} messages, ${Math.round(filled.octets / 1e6)} MB, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`,
  )
  console.log('|  | wall | CPU | memory |\n|---|--:|--:|--:|')
  for (const [name, { wall, cpu, memory }] of rows)
    console.log(`| ${name} | ${wall.toFixed(1)} s | ${cpu.toFixed(1)} s | ${Math.round(memory / 1e6)} MB |`)
  const limit = 2 * (sums.wall + copied.wall)
  console.log(`\nSteps 1 to 3 of the drill: ${steps.toFixed(1)} s; 2 × (sha256sum + plain copy): ${limit.toFixed(1)} s`)
}

async function push(mail: string, user: string, fsync: boolean): Promise<Cost> {
  const state = join(folder, `push-${user}`)
  mkdirSync(state)
  const config = join(state, 'mbsyncrc')
  const lines = [
    ...(fsync ? [] : ['FSync no', '']),
    ...[
      'IMAPAccount far',
      `Host ${server.host}`,
      `Port ${server.port}`,
      `User ${user}`,
      `Pass ${password}`,
      'SSLType None',
      'AuthMechs LOGIN',
      '',
    ],
    ...['IMAPStore far', 'Account far', ''],
    ...['MaildirStore near', `Path ${mail}/`, `Inbox ${mail}/INBOX`, 'SubFolders Verbatim', ''],
    ...['Channel all', 'Far :far:', 'Near :near:', 'Patterns *', 'Create Far', 'Sync Push', `SyncState ${state}/`, ''],
  ]
  writeFileSync(config, lines.join('\n'), { mode: 0o600 })
  const { stdout: _, ...cost } = await measure({ argv: ['mbsync', '-c', config, '-a'], env: { HOME: state } })
  const pushed = await messagesOf(server, user)
  if (pushed < count * 0.99) throw new Error(`mbsync pushed ${pushed} of ${count} messages.`)
  return cost
}

async function messagesOf(dovecot: Dovecot, user: string): Promise<number> {
  const admin = await dovecot.admin(user)
  let messages = 0
  for (const { path } of await admin.list()) {
    const status = await admin.status(path, { messages: true })
    if (status !== false) messages += status.messages ?? 0
  }
  return messages
}
