/**
 * `npm run bench:dav [-- --small | --items N --files N] [--rounds N]`: Lifeboat beside vdirsyncer on Radicale and beside `rclone copy`
 * on Apache's mod_dav, and beside bare requests, in turns. Prints what each cost and, as the last table, what the project aims at.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../fixtures/random.ts'
import { startRadicale } from '../servers/radicale.ts'
import { startApache } from '../servers/webdav.ts'
import { costTable, megabytes, seconds } from './aims.ts'
import { Lifeboat } from './contenders.ts'
import { Floors, RcloneCopy, Vdirsyncer } from './dav-contenders.ts'
import { changeFiles, changeRadicale, fillFiles, fillRadicale } from './dav-data.ts'
import type { Cost } from './measure.ts'
import { markdownTable, Results } from './results.ts'

const { values: options } = parseArgs({
  options: {
    small: { type: 'boolean' },
    items: { type: 'string' },
    files: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
})
const items = Number(options.items ?? (options.small ? 500 : 5_000))
const files = Number(options.files ?? (options.small ? 1_000 : 20_000))
const rounds = Number(options.rounds)
if (![items, files, rounds].every(Number.isInteger) || items < 300 || files < 300 || rounds < 1)
  throw new Error('At least 300 items, 300 files and a round.')

const measured = {
  full: 'contacts and calendar, full pull: Lifeboat',
  fullVdirsyncer: 'contacts and calendar, full pull: vdirsyncer',
  fullFloor: 'contacts and calendar, full pull: two bare requests',
  same: 'contacts and calendar, no change: Lifeboat',
  sameVdirsyncer: 'contacts and calendar, no change: vdirsyncer',
  sameFloor: 'contacts and calendar, no change: two bare requests',
  changed: 'contacts and calendar, 1 % changed: Lifeboat',
  changedVdirsyncer: 'contacts and calendar, 1 % changed: vdirsyncer',
  filesFull: 'files, full pull: Lifeboat',
  filesFullRclone: 'files, full pull: rclone copy',
  filesFullFloor: 'files, full pull: bare requests',
  filesSame: 'files, no change: Lifeboat',
  filesSameRclone: 'files, no change: rclone copy',
  filesSameFloor: 'files, no change: bare requests',
  filesChanged: 'files, 1 % changed: Lifeboat',
  filesChangedRclone: 'files, 1 % changed: rclone copy',
} as const

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-dav-'))
const results = new Results()
const random = new Random(1)
let octets = 0
try {
  for (let round = 1; round <= rounds; round++) {
    results.newRound()
    say(`round ${round} of ${rounds}`)
    await contactsAndCalendar(round)
    await filesOverWebdav(round)
  }
  report()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function contactsAndCalendar(round: number): Promise<void> {
  const server = await startRadicale()
  try {
    fillRadicale(server.storage, server.user, items, random)
    const url = `${server.url}/`
    const kind = ['dav', '--user', server.user, '--carddav', url, '--caldav', url]
    const lifeboat = Lifeboat.with(join(folder, `items-${round}`), 'items', kind, server.password)
    const vdirsyncer = new Vdirsyncer(join(folder, `vdirsyncer-${round}`), server)
    const floors = new Floors(join(folder, `floors-${round}`))
    // So that Radicale has read every item once, for everybody.
    await floors.sync('full', server, 2 * items)
    let all = 2 * items
    for (const copier of [lifeboat, vdirsyncer]) copier.clear()
    await inTurns(round, {
      [measured.full]: () => lifeboat.run(all),
      [measured.fullVdirsyncer]: () => vdirsyncer.run(all),
      [measured.fullFloor]: () => floors.sync('full', server, all),
    })
    for (let repeated = 0; repeated < 3; repeated++) {
      await inTurns(round + repeated, {
        [measured.same]: () => lifeboat.run(all),
        [measured.sameVdirsyncer]: () => vdirsyncer.run(all),
        [measured.sameFloor]: () => floors.sync('same', server, 0),
      })
    }
    for (let version = 1; version <= 2; version++) {
      all = await changeRadicale(server, items, version, random)
      await inTurns(round + version, {
        [measured.changed]: () => lifeboat.run(all),
        [measured.changedVdirsyncer]: () => vdirsyncer.run(all),
      })
    }
    await lifeboat.verify()
  } finally {
    await server.stop()
  }
}

async function filesOverWebdav(round: number): Promise<void> {
  const server = await startApache()
  try {
    octets = fillFiles(server.files, files, random)
    const kind = ['dav', '--user', server.user, '--webdav', server.url]
    const lifeboat = Lifeboat.with(join(folder, `files-${round}`), 'files', kind, server.password)
    const rclone = new RcloneCopy(join(folder, `rclone-${round}`), server)
    const floors = new Floors(join(folder, `floors-${round}`))
    await floors.webdav('get', server, octets)
    let all = files
    await inTurns(round, {
      [measured.filesFull]: () => lifeboat.run(all),
      [measured.filesFullRclone]: () => rclone.run(all),
      [measured.filesFullFloor]: () => floors.webdav('get', server, octets),
    })
    for (let repeated = 0; repeated < 3; repeated++) {
      await inTurns(round + repeated, {
        [measured.filesSame]: () => lifeboat.run(all),
        [measured.filesSameRclone]: () => rclone.run(all),
        [measured.filesSameFloor]: () => floors.webdav('list', server, all),
      })
    }
    for (let version = 1; version <= 2; version++) {
      all = changeFiles(server.files, files, version, random)
      await inTurns(round + version, {
        [measured.filesChanged]: () => lifeboat.run(all),
        [measured.filesChangedRclone]: () => rclone.run(all),
      })
    }
    await lifeboat.verify()
    for (const copier of [lifeboat, rclone]) copier.clear()
  } finally {
    await server.stop()
  }
}

/** Every round begins with another one, and with a disk that has nothing left to write. */
async function inTurns(turn: number, tasks: Readonly<Record<string, () => Promise<Cost>>>): Promise<void> {
  const all = Object.entries(tasks)
  const first = turn % all.length
  for (const [name, task] of [...all.slice(first), ...all.slice(0, first)]) {
    spawnSync('sync')
    const cost = await task()
    say(`  ${name}: ${cost.wall.toFixed(2)} s, CPU ${cost.cpu.toFixed(2)} s, ${megabytes(cost.memory)}`)
    results.add(name, cost)
  }
}

function report(): void {
  const cpu = cpus()
  console.log(
    [
      `${items} contacts and ${items} calendar entries on Radicale; ${files} files, ${megabytes(octets)}, on Apache's mod_dav; over the loopback interface without TLS. Medians of ${rounds} rounds; of memory, the worst peak.`,
      `${cpu.length} × ${cpu[0]?.model.trim()}, Node ${process.version}, Radicale ${version('radicale', '--version')}, ${version('vdirsyncer', '--version')}, ${version('rclone', 'version')}.`,
      '',
      costTable(results, Object.values(measured)),
      '',
      aimTable(),
    ].join('\n'),
  )
}

function version(program: string, option: string): string {
  return spawnSync(program, [option], { encoding: 'utf8' }).stdout.split('\n')[0]?.trim() ?? ''
}

function aimTable(): string {
  const memoryLimit = 200e6
  const compared = (what: string, own: string, to: string, toWhat: string, limit: number, aim: string) => {
    const ratio = results.ratio(own, to, 'wall')
    const value = `${ratio.toFixed(2)} × ${toWhat} (${seconds(results.median(to, 'wall'))})`
    return [what, seconds(results.median(own, 'wall')), value, aim, ratio <= limit ? 'yes' : '**no**']
  }
  const memory = (what: string, name: string) => {
    const peak = results.peak(name, 'memory')
    return [`memory, ${what}`, megabytes(peak), '', `< ${megabytes(memoryLimit)}`, peak < memoryLimit ? 'yes' : '**no**']
  }
  const rows = [
    compared('contacts and calendar, full pull', measured.full, measured.fullVdirsyncer, 'vdirsyncer', 0.2, '≤ 0.2 ×'),
    compared('contacts and calendar, no change', measured.same, measured.sameFloor, "the server's own answer", 1.1, '≤ 1.1 ×'),
    compared('files, full pull', measured.filesFull, measured.filesFullRclone, 'rclone copy', 1, '≤ 1 ×'),
    compared('files, no change', measured.filesSame, measured.filesSameRclone, 'rclone copy', 1, '≤ 1 ×'),
    memory('contacts and calendar, full pull', measured.full),
    memory('files, full pull', measured.filesFull),
  ]
  return markdownTable(['', 'Lifeboat', 'compared', 'aim', 'met'], rows)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
