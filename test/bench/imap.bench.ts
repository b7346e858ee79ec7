/**
 * `npm run bench:imap [-- --small | --messages N] [--rounds N]`: Lifeboat beside mbsync and beside floors, on the same mailbox in
 * Dovecot, in turns. Prints what each cost and, as the last table, what the project aims at. Needs root, as Dovecot does.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../fixtures/random.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { aimTable, costTable, measured, megabytes } from './aims.ts'
import { type Copier, type FloorName, Lifeboat, Mbsync, runFloor } from './contenders.ts'
import { changeCounts, changeMailbox, type Filled, fillMaildir, fillWithLargeMessage, indexMailbox } from './mailbox.ts'
import { measure } from './measure.ts'
import { Results } from './results.ts'

const { values: options } = parseArgs({
  options: { small: { type: 'boolean' }, messages: { type: 'string' }, rounds: { type: 'string', default: '3' } },
})
const count = Number(options.messages ?? (options.small ? 2_000 : 20_000))
const rounds = Number(options.rounds)
if (!Number.isInteger(count) || count < 1_000 || !Number.isInteger(rounds) || rounds < 1)
  throw new Error('At least 1000 messages and a round.')
/** In the full benchmark only: writing and indexing so many files takes a minute. */
const withMany = options.messages === undefined && !options.small

const password = 'wonderland'
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'))
const server = await startDovecot({ users: { alice: password, few: password, large: password, many: password } })
try {
  await benchmark()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function benchmark(): Promise<void> {
  const alice = await mailbox('alice', (home) => fillMaildir(home, count, 'mixed'))
  const lifeboat = lifeboatOf('alice')
  const mbsync = new Mbsync(join(folder, 'mbsync'), server, 'alice', password, true)
  const mbsyncNoFsync = new Mbsync(join(folder, 'mbsync-no-fsync'), server, 'alice', password, false)
  const results = new Results()
  const random = new Random(1)
  let { messages } = alice
  const floor = (name: FloorName) => async () => {
    const cost = await runFloor(name, server, 'alice', password)
    const expected = name === 'list-status' ? messages : alice.octets
    if (cost.said < expected) throw new Error(`The floor ${name} saw ${cost.said} of ${expected}.`)
    return cost
  }
  const run = (copier: Copier) => () => copier.run(messages)
  // So that all mail is in the system's memory for everybody.
  await floor('socket')()

  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`)
    results.newRound()
    const inTurns = (tasks: Tasks) => measureInTurns(tasks, round, results)
    for (const copier of [lifeboat, mbsync, mbsyncNoFsync]) copier.clear()
    await inTurns({
      [measured.full]: run(lifeboat),
      [measured.fullMbsync]: run(mbsync),
      [measured.fullMbsyncNoFsync]: run(mbsyncNoFsync),
      [measured.fullSocket]: floor('socket'),
      [measured.fullKept]: floor('kept'),
      [measured.fullImapflow]: floor('imapflow'),
    })
    for (let repeated = 0; repeated < 5; repeated++) {
      await inTurns({
        [measured.same]: run(lifeboat),
        [measured.sameMbsync]: run(mbsync),
        [measured.sameMbsyncNoFsync]: run(mbsyncNoFsync),
        [measured.sameListStatus]: floor('list-status'),
        [measured.help]: () => lifeboat.command('--help'),
      })
    }
    for (let repeated = 0; repeated < 3; repeated++) {
      await changeMailbox(server, 'alice', random)
      messages += changeCounts.added - changeCounts.removed
      await inTurns({
        [measured.changed]: run(lifeboat),
        [measured.changedMbsync]: run(mbsync),
        [measured.changedMbsyncNoFsync]: run(mbsyncNoFsync),
      })
    }
    await inTurns({
      [measured.verify]: () => lifeboat.verify(),
      [measured.sha256sum]: () => measure({ argv: ['sha256sum', '--quiet', '-c', 'manifest-sha256.txt'], cwd: lifeboat.vault }),
    })
  }
  for (const copier of [lifeboat, mbsync, mbsyncNoFsync]) copier.clear()
  await measureMemory(results)
  report(results, alice)
}

/** Full pulls of other mailboxes, for their peak memory. */
async function measureMemory(results: Results): Promise<void> {
  const mailboxes: [name: string, user: string, fill: (home: string) => Filled][] = [
    [measured.few, 'few', (home) => fillMaildir(home, count / 10, 'mixed')],
    [measured.large, 'large', (home) => fillWithLargeMessage(home, 200e6)],
  ]
  if (withMany) mailboxes.push([measured.many, 'many', (home) => fillMaildir(home, 200_000, 'short')])
  for (const [name, user, fill] of mailboxes) {
    const { messages } = await mailbox(user, fill)
    const lifeboat = lifeboatOf(user)
    for (let round = 1; round <= rounds; round++) {
      lifeboat.clear()
      await measureInTurns({ [name]: () => lifeboat.run(messages) }, round, results)
    }
    lifeboat.clear()
  }
}

function lifeboatOf(user: string): Lifeboat {
  return Lifeboat.create(join(folder, user), server, user, password)
}

async function mailbox(user: string, fill: (home: string) => Filled): Promise<Filled> {
  const filled = fill(server.home(user))
  say(`mailbox ${user}: ${filled.messages} messages, ${megabytes(filled.octets)}`)
  await indexMailbox(server, user)
  return filled
}

type Tasks = Readonly<Record<string, () => Promise<Parameters<Results['add']>[1]>>>

/** Every round begins with another one, and with a disk that has nothing left to write. */
async function measureInTurns(tasks: Tasks, round: number, results: Results): Promise<void> {
  const all = Object.entries(tasks)
  const first = round % all.length
  for (const [name, task] of [...all.slice(first), ...all.slice(0, first)]) {
    spawnSync('sync')
    const cost = await task()
    say(`  ${name}: ${cost.wall.toFixed(2)} s, CPU ${cost.cpu.toFixed(2)} s, ${megabytes(cost.memory)}`)
    results.add(name, cost)
  }
}

function report(results: Results, { messages, octets }: Filled): void {
  const cpu = cpus()
  console.log(
    [
      `${messages} messages, ${megabytes(octets)}, over the loopback interface without TLS. Medians of ${rounds} rounds; of memory, the worst peak.`,
      `${cpu.length} × ${cpu[0]?.model.trim()}, Node ${process.version}, Dovecot ${versionOf('dovecot')}, ${versionOf('mbsync')}.`,
      '',
      costTable(results),
      '',
      aimTable(results),
    ].join('\n'),
  )
}

function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' (')[0] ?? ''
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
