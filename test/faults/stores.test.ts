import { describe, expect, it } from 'vitest'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { Random } from '../fixtures/random.ts'
import { type Fault, type FaultKind, FaultyDisk } from './faulty-disk.ts'
import { type Loss, MemoryDisk } from './memory-disk.ts'
import { badSums, below, strangeFiles } from './oracle.ts'
import { failureOf, type Outcome, optionsFor, QuickClock, run, type Stage, vaultFolder } from './scenario.ts'
import { shelfStages } from './shelves-scenario.ts'
import { flawsOfItems, foldItems, liveItems, readableVersions } from './stores-oracle.ts'

const account = 'data/alice'
const diskCodes = ['disk-failed', 'disk-full', 'disk-absent']

interface Start {
  readonly name: string
  readonly stage: Stage
  readonly disk: MemoryDisk
  /** The calls of the run that change something, when nothing fails. */
  readonly calls: readonly string[]
  /** Everything that is in the vault in the end, whatever happens on the way. */
  readonly versions: readonly string[]
}

const clockOf = (n: number) => new QuickClock(`2026-01-0${n + 1}T03:04:05.000Z`, 300)
const filesOf = (disk: MemoryDisk) => below(disk.files(), vaultFolder)
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
  const prefix = `${vaultFolder}/${account}/Journal/`
  const durable = itemsOf(disk.afterPowerLoss('everything'))
  const journals = new Map([...durable].filter(([path]) => path.startsWith('Journal/')))
  let fresh: readonly [string, Buffer] | null = null
  const faulty = new FaultyDisk(disk, fault, (path) => {
    const bytes = path.startsWith(prefix) ? disk.files().get(path) : undefined
    const name = `Journal/${path.slice(prefix.length)}`
    if (bytes !== undefined && journals.has(name)) journals.set(name, bytes)
    else if (bytes !== undefined) fresh = [name, bytes]
    else if (path === vaultFolder && fresh !== null) journals.set(...fresh)
  })
  const outcome = await run(start.stage, optionsFor(faulty, clock))
  const { items, former } = foldItems(journals)
  return { outcome, committed: [...items.values(), ...former].map(({ c, sha256 }) => `${c} ${sha256}`), met: faulty.met }
}

function problemsOfOutcome(outcome: Outcome, fault: Fault, disk: MemoryDisk, stage: Stage): string[] {
  const failure = failureOf(outcome)
  if (failure === null) return problemsAtTheEnd(disk, stage).map((problem) => `success was reported, but ${problem}`)
  if (fault.kind.startsWith('killed') || diskCodes.includes(failure.code)) return []
  return [`failed with ${failure.code}: ${failure.message}`]
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

interface Point {
  readonly fault: Fault
  readonly loss: Loss | null
  readonly next?: { readonly fault: Fault; readonly loss: Loss | null }
}

async function problemsAt(start: Start, point: Point): Promise<string[]> {
  const disk = start.disk.copy()
  const first = await runWithFault(start, disk, point.fault, clockOf(3))
  const problems = problemsOfOutcome(first.outcome, point.fault, disk, start.stage)
  let after = point.loss === null ? disk : disk.afterPowerLoss(point.loss)
  let { committed } = first
  if (committed.length > 0) problems.push(...(await findingsOf(after, 5)).map((finding) => `false alarm: ${finding}`))
  if (point.next !== undefined) {
    const second = await runWithFault(start, after, point.next.fault, clockOf(4))
    problems.push(
      ...problemsOfOutcome(second.outcome, point.next.fault, after, start.stage).map((problem) => `second fault: ${problem}`),
    )
    after = point.next.loss === null ? after : after.afterPowerLoss(point.next.loss)
    committed = second.committed
  }
  problems.push(...(await problemsOfOpening(after.copy(), committed)))
  problems.push(...(await problemsOfHealthyRun(start, after)))
  return problems.map((problem) => `${start.name}, call ${point.fault.at} (${first.met}), ${point.fault.kind}: ${problem}`)
}

async function expectNoProblems(start: Start, all: readonly Point[]): Promise<void> {
  const problems: string[] = []
  for (const point of all) {
    const found = await problemsAt(start, point)
    if (problems.length < 20) problems.push(...found.slice(0, 3))
  }
  expect(problems).toEqual([])
}

function callsOf(start: Start, step = 1, test: (call: string) => boolean = () => true): number[] {
  return start.calls.flatMap((call, index) => (test(call) ? [index + 1] : [])).filter((_, n) => n % step === 0)
}

function faultsAt(ats: readonly number[], kind: FaultKind, written = 0.37): Point[] {
  return ats.map((at) => ({ fault: { kind, at, written }, loss: null }))
}

function powerLossesAt(ats: readonly number[], lossAt: (at: number) => Loss): Point[] {
  return ats.map((at) => ({ fault: { kind: 'killed', at, written: 0 }, loss: lossAt(at) }))
}

function doubleFaults(start: Start, count: number): Point[] {
  const random = new Random(count)
  const anyOf = (calls: number, first: boolean) => {
    const kind = random.pick<FaultKind>(['killed', 'killed', 'killed in a write', 'EIO once', 'ENOSPC for good'])
    const seeded = new Random(random.below(1e6))
    const loss = random.pick<Loss | null>([null, 'everything', seeded])
    const at = 1 + (first ? random.below(calls) : Math.floor(calls * random.next() ** 2))
    return { fault: { kind, at, written: random.next() }, loss }
  }
  return Array.from({ length: count }, () => ({ ...anyOf(start.calls.length, true), next: anyOf(start.calls.length, false) }))
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

const isWrite = (call: string) => call.startsWith('write ')
const isRename = (call: string) => /^(syncDirectory|rename) /.test(call)

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
  { what: 'a second fault while the first one is repaired', points: (start) => doubleFaults(start, 50) },
]

const runs = ['first run', 'second run']

describe.each(runs)(
  'contacts, calendars and files: at calls of the %s that change the disk, nothing committed is lost',
  (name) => {
    it.each(plans)('$what', async ({ points }) => {
      const start = await startOf(name)
      await expectNoProblems(start, points(start))
    })
  },
)

it('faults come at five hundred points at least', async () => {
  const starts = await Promise.all(runs.map(startOf))
  const points = starts.flatMap((start) => plans.map((plan) => plan.points(start).length))
  expect(points.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(500)
})
