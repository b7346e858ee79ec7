import { describe, expect, it } from 'vitest'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { Random } from '../fixtures/random.ts'
import { type Fault, type FaultKind, FaultyDisk } from './faulty-disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { badSums, below, strangeFiles } from './oracle.ts'
import {
  account,
  callsOf,
  clockOf,
  doubleFaults,
  durableJournals,
  expectNoProblems,
  faultsAt,
  filesOf,
  isRename,
  isWrite,
  type Point,
  powerLossesAt,
  problemsOfOutcome,
} from './points.ts'
import { failureOf, optionsFor, type QuickClock, run, type Stage } from './scenario.ts'
import { shelfStages } from './shelves-scenario.ts'
import { flawsOfItems, foldItems, liveItems, readableVersions } from './stores-oracle.ts'

interface Start {
  readonly name: string
  readonly stage: Stage
  readonly disk: MemoryDisk
  /** The calls of the run that change something, when nothing fails. */
  readonly calls: readonly string[]
  /** Everything that is in the vault in the end, whatever happens on the way. */
  readonly versions: readonly string[]
}

const itemsOf = (disk: MemoryDisk) => below(filesOf(disk), account)

async function startOf(name: string): Promise<Start> {
  const { first, second } = shelfStages()
  const disk = new MemoryDisk()
  await disk.makeDirectory('/disk')
  await disk.syncDirectory('/')
  for (const [n, stage] of [first, second].entries()) {
    const before = disk.copy()
    const faulty = new FaultyDisk(disk, null)
    const outcome = await run(stage, optionsFor(faulty, clockOf(n)))
    expect(failureOf(outcome)).toBeNull()
    expect(problemsAtTheEnd(disk, stage)).toEqual([])
    if (name === ['first run', 'second run'][n])
      return { name, stage, disk: before, calls: faulty.calls, versions: readableVersions(itemsOf(disk)) }
  }
  throw new Error(`no ${name}`)
}

function problemsAtTheEnd(disk: MemoryDisk, { contents }: Stage): string[] {
  const vault = filesOf(disk)
  const live = liveItems(foldItems(below(vault, account)))
  const isSame = JSON.stringify(Object.entries(live).sort()) === JSON.stringify(Object.entries(contents).sort())
  return [
    ...flawsOfItems(vault, 'alice'),
    ...badSums(vault),
    ...strangeFiles(vault),
    ...(isSame ? [] : ['the vault is not the account']),
  ]
}

/** A run that a fault may end, and the versions that its journals vouched for. */
async function runWithFault(start: Start, disk: MemoryDisk, fault: Fault, clock: QuickClock) {
  const { journals, synced } = durableJournals(disk)
  const faulty = new FaultyDisk(disk, fault, synced)
  const outcome = await run(start.stage, optionsFor(faulty, clock))
  const { items, former } = foldItems(journals)
  return { outcome, committed: [...items.values(), ...former].map(({ c, sha256 }) => `${c} ${sha256}`), met: faulty.met }
}

async function findingsOf(disk: MemoryDisk, n: number) {
  const { findings } = await verifyVault(optionsFor(disk, clockOf(n)), new AbortController().signal, () => undefined)
  return findings.filter(({ kind }) => kind !== 'interrupted').map((finding) => JSON.stringify(finding))
}

/** Opening alone brings back everything that was committed, and opening again changes nothing. */
async function problemsOfOpening(disk: MemoryDisk, committed: readonly string[]): Promise<string[]> {
  if (committed.length === 0) return []
  const open = async () => {
    await (await Vault.openForWriting(optionsFor(disk, clockOf(6)))).close()
    return filesOf(disk)
  }
  const once = await open()
  const again = await open()
  const problems = [...once]
    .filter(([path, bytes]) => !again.get(path)?.equals(bytes))
    .map(([path]) => `${path} changed when it was opened again`)
  const folded = foldItems(below(once, account))
  const there = new Set([...folded.items.values(), ...folded.former].map(({ c, sha256 }) => `${c} ${sha256}`))
  for (const each of committed) if (!there.has(each)) problems.push(`the committed item ${each} is gone`)
  return [...problems, ...flawsOfItems(once, 'alice').filter((problem) => !problem.endsWith("is nobody's"))]
}

async function problemsOfHealthyRun(start: Start, disk: MemoryDisk): Promise<string[]> {
  const outcome = await run(start.stage, optionsFor(disk, clockOf(7)))
  const failure = failureOf(outcome)
  if (failure !== null) return [`the run after the fault failed: ${failure.code} ${failure.message}`]
  const problems = problemsAtTheEnd(disk, start.stage)
  const versions = readableVersions(itemsOf(disk))
  if (JSON.stringify(versions) !== JSON.stringify(start.versions))
    problems.push(`${versions.length} versions instead of ${start.versions.length}`)
  return [...problems, ...(await findingsOf(disk, 8)).map((finding) => `after repair: ${finding}`)]
}

async function problemsAt(start: Start, point: Point): Promise<string[]> {
  const disk = start.disk.copy()
  const first = await runWithFault(start, disk, point.fault, clockOf(3))
  const problems = problemsOfOutcome(first.outcome, point.fault, () => problemsAtTheEnd(disk, start.stage))
  let after = point.loss === null ? disk : disk.afterPowerLoss(point.loss)
  let { committed } = first
  if (committed.length > 0) problems.push(...(await findingsOf(after, 5)).map((finding) => `false alarm: ${finding}`))
  if (point.next !== undefined) {
    const second = await runWithFault(start, after, point.next.fault, clockOf(4))
    const found = problemsOfOutcome(second.outcome, point.next.fault, () => problemsAtTheEnd(after, start.stage))
    problems.push(...found.map((problem) => `second fault: ${problem}`))
    after = point.next.loss === null ? after : after.afterPowerLoss(point.next.loss)
    committed = second.committed
  }
  problems.push(...(await problemsOfOpening(after.copy(), committed)))
  problems.push(...(await problemsOfHealthyRun(start, after)))
  return problems.map((problem) => `${start.name}, call ${point.fault.at} (${first.met}), ${point.fault.kind}: ${problem}`)
}

interface Plan {
  readonly what: string
  points(start: Start): readonly Point[]
}

const everySoOften: readonly (readonly [FaultKind, number])[] = [
  ['EIO once', 6],
  ['ENOSPC for good', 8],
  ['disk gone', 8],
  ['killed', 3],
]

const plans: readonly Plan[] = [
  ...everySoOften.map(([kind, step]) => ({
    what: `${kind} (every ${step}. call)`,
    points: (start: Start) => faultsAt(callsOf(start, step), kind),
  })),
  {
    what: 'killed in the middle of a write',
    points: (start) => faultsAt(callsOf(start, 4, isWrite), 'killed in a write', 0.6),
  },
  {
    what: 'power lost, and everything that was not synced',
    points: (start) => powerLossesAt(callsOf(start, 5), () => 'everything'),
  },
  {
    what: 'power lost, and some of what was not synced',
    points: (start) => powerLossesAt(callsOf(start, 5), (at) => new Random(at)),
  },
  {
    what: 'power lost on a disk whose file system has no journal, in the middle of a rename',
    points: (start) => powerLossesAt(callsOf(start, 3, isRename), (at) => ({ withoutJournal: new Random(at) })),
  },
  { what: 'a second fault while the first one is repaired', points: (start) => doubleFaults(start, 50, (random) => [random]) },
]

const runs = ['first run', 'second run']

describe.each(runs)(
  'contacts, calendars and files: at calls of the %s that change the disk, nothing committed is lost',
  (name) => {
    it.each(plans)('$what', async ({ points }) => {
      const start = await startOf(name)
      await expectNoProblems(points(start), (point) => problemsAt(start, point))
    })
  },
)

it('faults come at five hundred points at least', async () => {
  const starts = await Promise.all(runs.map(startOf))
  const points = starts.flatMap((start) => plans.map((plan) => plan.points(start).length))
  expect(points.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(500)
})
