/** What the project aims at, and whether it was met. */
import type { Cost } from './measure.ts'
import { markdownTable, type Results } from './results.ts'

interface Aim {
  readonly what: string
  readonly measured: string
  /** In words: `at most 0.4 × mbsync`. */
  readonly aim: string
  readonly value: string
  readonly met: boolean
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`
}

export function megabytes(octets: number): string {
  return `${Math.round(octets / 1e6)} MB`
}

/** Names of what was measured, in the order of the table of costs. */
export const measured = {
  full: 'full pull: Lifeboat',
  fullMbsync: 'full pull: mbsync',
  fullMbsyncNoFsync: 'full pull: mbsync, its fsync off',
  fullSocket: 'full pull: bytes off the socket, nothing else',
  fullKept: 'full pull: bytes off the socket, two checksums, and written',
  fullImapflow: 'full pull: imapflow, thrown away',
  same: 'no change: Lifeboat',
  sameMbsync: 'no change: mbsync',
  sameMbsyncNoFsync: 'no change: mbsync, its fsync off',
  sameListStatus: 'no change: bare LIST-STATUS (imapflow)',
  changed: 'changed: Lifeboat',
  changedMbsync: 'changed: mbsync',
  changedMbsyncNoFsync: 'changed: mbsync, its fsync off',
  verify: 'verify: Lifeboat',
  sha256sum: 'verify: sha256sum -c of the same files',
  help: 'lifeboat --help',
  few: 'full pull of a tenth of the messages: Lifeboat',
  large: 'full pull of a 200 MB message: Lifeboat',
  many: 'full pull of 200,000 short messages: Lifeboat',
} as const

export function costTable(results: Results, names: readonly string[] = Object.values(measured)): string {
  const rows = names
    .filter((name) => results.names.includes(name))
    .map((name) => [
      name,
      seconds(results.median(name, 'wall')),
      seconds(results.median(name, 'cpu')),
      megabytes(results.peak(name, 'memory')),
    ])
  return markdownTable(['', 'wall', 'CPU', 'memory'], rows)
}

const memoryLimit = 200e6
/** Garbage is collected when it pleases: peaks this far apart count as the same. */
const sameMemory = 1.25

export function aimTable(results: Results): string {
  const rows = aims(results).map(({ what, measured, value, aim, met }) => [what, measured, value, aim, met ? 'yes' : '**no**'])
  return markdownTable(['', 'Lifeboat', 'compared', 'aim', 'met'], rows)
}

function aims(results: Results): Aim[] {
  const atMost = (what: string, name: string, to: string, toWhat: string, limit: number, quantity: keyof Cost): Aim => {
    const ratio = results.ratio(name, to, quantity)
    const value = `${ratio.toFixed(2)} × ${toWhat} (${seconds(results.median(to, quantity))})`
    const own = seconds(results.median(name, quantity))
    return { what, measured: own, value, aim: `≤ ${limit} ×`, met: ratio <= limit }
  }
  const throughput = 1 / results.ratio(measured.verify, measured.sha256sum, 'wall')
  const help = results.median(measured.help, 'wall')
  return [
    atMost('full pull, wall', measured.full, measured.fullMbsync, 'mbsync', 0.4, 'wall'),
    atMost('full pull, wall', measured.full, measured.fullMbsyncNoFsync, 'mbsync with its fsync off', 1, 'wall'),
    atMost('full pull, CPU', measured.full, measured.fullImapflow, 'imapflow throwing the bytes away', 1.5, 'cpu'),
    atMost('no change, wall', measured.same, measured.sameListStatus, 'a bare LIST-STATUS', 2.5, 'wall'),
    atMost('changed, wall', measured.changed, measured.changedMbsync, 'mbsync', 2, 'wall'),
    {
      what: 'verify, throughput',
      measured: seconds(results.median(measured.verify, 'wall')),
      value: `${Math.round(throughput * 100)} % of sha256sum (${seconds(results.median(measured.sha256sum, 'wall'))})`,
      aim: '≥ 80 %',
      met: throughput >= 0.8,
    },
    { what: '`lifeboat --help`', measured: seconds(help), value: '', aim: '< 0.15 s', met: help < 0.15 },
    ...memoryAims(results),
  ]
}

function memoryAims(results: Results): Aim[] {
  const few = results.peak(measured.few, 'memory')
  const rows = [
    ['full pull', measured.full],
    ['200,000 short messages', measured.many],
    ['a 200 MB message', measured.large],
  ] as const
  const own = (what: string, octets: number): Aim => {
    const ratio = octets / few
    const value = octets === few ? '' : `${ratio.toFixed(2)} × that of a tenth of the messages`
    const met = octets < memoryLimit && ratio <= sameMemory
    return { what: `memory, ${what}`, measured: megabytes(octets), value, aim: `< ${megabytes(memoryLimit)}, the same`, met }
  }
  return [
    own('a tenth of the messages', few),
    ...rows.filter(([, name]) => results.names.includes(name)).map(([what, name]) => own(what, results.peak(name, 'memory'))),
  ]
}
