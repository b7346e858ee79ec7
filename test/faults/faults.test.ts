import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { Random } from '../fixtures/random.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import { type Fault, type FaultKind, FaultyDisk } from './faulty-disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { below, flaws, fold, liveContents, type Saved, storedContents, unreadable } from './oracle.ts'
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
import { failureOf, type Outcome, optionsFor, type QuickClock, run, type Stage, stages, vaultFolder } from './scenario.ts'

interface Start {
  readonly name: string
  readonly stage: Stage
  /** The disk before the run, and the cache that belongs to it. */
  readonly disk: MemoryDisk
  readonly cache: string
  /** The calls of the run that change something, when nothing fails. */
  readonly calls: readonly string[]
  /** What the mbox files hold in the end, whatever happens on the way. */
  readonly stored: Record<string, string[]>
}

let points = 0
let secondPoints = 0

/** The same account at two moments, each with the disk before its run. */
async function startsOf(all: readonly { readonly name: string; readonly stage: Stage }[]): Promise<Start[]> {
  const folder = await scratchFolder()
  const disk = new MemoryDisk()
  await disk.makeDirectory('/disk')
  await disk.syncDirectory('/')
  const result: Start[] = []
  for (const [n, { name, stage }] of all.entries()) {
    const cache = join(folder, `cache-${n}`)
    await cp(join(folder, 'cache'), cache, { recursive: true }).catch(() => undefined)
    const before = disk.copy()
    const faulty = new FaultyDisk(disk, null)
    const outcome = await run(stage, optionsFor(faulty, clockOf(n), join(folder, 'cache')))
    expect(failureOf(outcome)).toBeNull()
    expect(problemsAtTheEnd(disk, stage)).toEqual([])
    const stored = storedContents(below(disk.files(), `${vaultFolder}/${account}`))
    result.push({ name, stage, disk: before, cache, calls: faulty.calls, stored })
  }
  return result
}

async function startOf(name: string): Promise<Start> {
  const { first, second } = stages()
  const all = await startsOf([
    { name: 'first run', stage: first },
    { name: 'second run', stage: second },
  ])
  const start = all.find((candidate) => candidate.name === name)
  if (start === undefined) throw new Error(`no ${name}`)
  return start
}

function problemsAtTheEnd(disk: MemoryDisk, { contents }: Stage): string[] {
  const files = filesOf(disk)
  const live = liveContents(fold(below(files, account)))
  return [...flaws(files, 'alice'), ...differences(live, contents).map((text) => `the vault is not the account: ${text}`)]
}

/** What of each folder is missing, or there without need, a message that is there twice included. */
function differences(actual: Record<string, string[]>, wanted: Record<string, string[]>): string[] {
  return [...new Set([...Object.keys(actual), ...Object.keys(wanted)])].flatMap((folder) => {
    const [has, wants] = [actual[folder], wanted[folder]]
    if (JSON.stringify(has) === JSON.stringify(wants)) return []
    const lacks = wants?.filter((sum) => !has?.includes(sum)).length
    return [`${folder} holds ${has?.length ?? 'nothing'} instead of ${wants?.length ?? 'nothing'}, ${lacks ?? 0} are missing`]
  })
}

/** A run that a fault may end; what it had committed, by `<c> <key>`. */
async function runWithFault(
  start: Start,
  disk: MemoryDisk,
  fault: Fault,
  clock: QuickClock,
  cache: string | null,
): Promise<{
  readonly outcome: Outcome
  readonly committed: ReadonlyMap<string, Saved>
  readonly met: string | null
}> {
  const { journals, synced } = durableJournals(disk)
  const faulty = new FaultyDisk(disk, fault, synced)
  const outcome = await run(start.stage, optionsFor(faulty, clock, cache))
  return { outcome, committed: fold(journals).items, met: faulty.met }
}

/** Before anything is repaired, an interrupted vault is called so, and nothing worse. */
async function falseAlarms(disk: MemoryDisk, hasCommits: boolean): Promise<string[]> {
  try {
    const { findings } = await verifyVault(optionsFor(disk, clockOf(5)), new AbortController().signal, () => undefined)
    return findings.filter(({ kind }) => kind !== 'interrupted').map((finding) => `false alarm: ${JSON.stringify(finding)}`)
  } catch (error) {
    return hasCommits ? [`verify failed: ${error}`] : []
  }
}

/** Opening alone brings back everything that was committed, and opening again changes nothing. */
async function problemsOfOpening(disk: MemoryDisk, committed: ReadonlyMap<string, Saved>): Promise<string[]> {
  if (committed.size === 0) return []
  const open = async () => {
    await (await Vault.openForWriting(optionsFor(disk, clockOf(6)))).close()
    return filesOf(disk)
  }
  const once = await open()
  const again = await open()
  const problems = [...once]
    .filter(([path, bytes]) => !again.get(path)?.equals(bytes))
    .map(([path]) => `${path} changed when it was opened again`)
  const files = below(once, account)
  const { items } = fold(files)
  // A commit that reached the disk unnoticed may have given it another key.
  const there = new Set([...items.values()].map(({ c, sha256 }) => `${c} ${sha256}`))
  for (const [id, { c, sha256 }] of committed)
    if (!there.has(`${c} ${sha256}`)) problems.push(`the committed message ${id} is gone`)
  return [...problems, ...unreadable(files, items.values())]
}

async function problemsOfHealthyRun(start: Start, disk: MemoryDisk, cache: string | null): Promise<string[]> {
  const outcome = await run(start.stage, optionsFor(disk, clockOf(7), cache))
  const failure = failureOf(outcome)
  if (failure !== null) return [`the run after the fault failed: ${failure.code} ${failure.message}`]
  const problems = problemsAtTheEnd(disk, start.stage)
  const stored = storedContents(below(filesOf(disk), account))
  problems.push(...differences(stored, start.stored).map((text) => `stored differently: ${text}`))
  const { findings } = await verifyVault(optionsFor(disk, clockOf(8)), new AbortController().signal, () => undefined)
  return [...problems, ...findings.map((finding) => `after repair: ${JSON.stringify(finding)}`)]
}

/** Everything that is wrong after this fault, in sentences. */
async function problemsAt(start: Start, point: Point, cache: string | null = null): Promise<string[]> {
  points++
  const disk = start.disk.copy()
  const first = await runWithFault(start, disk, point.fault, clockOf(3), cache)
  const problems = problemsOfOutcome(first.outcome, point.fault, () => problemsAtTheEnd(disk, start.stage))
  let after = point.loss === null ? disk : disk.afterPowerLoss(point.loss)
  let committed = first.committed
  problems.push(...(await falseAlarms(after, committed.size > 0)))
  if (point.next !== undefined) {
    secondPoints++
    const second = await runWithFault(start, after, point.next.fault, clockOf(4), cache)
    const found = problemsOfOutcome(second.outcome, point.next.fault, () => problemsAtTheEnd(after, start.stage))
    problems.push(...found.map((problem) => `second fault: ${problem}`))
    after = point.next.loss === null ? after : after.afterPowerLoss(point.next.loss)
    committed = second.committed
    problems.push(...(await falseAlarms(after, committed.size > 0)).map((problem) => `second fault: ${problem}`))
  }
  problems.push(...(await problemsOfOpening(after.copy(), committed)))
  problems.push(...(await problemsOfHealthyRun(start, after, cache)))
  const formerNames = after.twins().flatMap((names) => names.filter((name) => !hasCollection(after, name)))
  return problems
    .filter((problem) => !formerNames.some((name) => isOfFormerName(problem, name)))
    .map((problem) => `${start.name}, call ${point.fault.at} (${first.met}), ${point.fault.kind}: ${problem}`)
}

function hasCollection(disk: MemoryDisk, folder: string): boolean {
  const prefix = `${vaultFolder}/${account}/`
  return [...fold(below(filesOf(disk), account)).places.values()].some(({ path }) => `${prefix}${path}`.startsWith(`${folder}/`))
}

/** A folder that a torn rename left with two names is kept with both: under the former one its files are nobody's. */
function isOfFormerName(problem: string, folder: string): boolean {
  const path = folder.slice(`${vaultFolder}/${account}/`.length)
  const { kind, path: found } = /{.*}$/.test(problem) ? JSON.parse(problem.slice(problem.indexOf('{'))) : {}
  if (kind !== undefined) return kind === 'foreign' && found.startsWith(`${account}/${path}/`)
  const about = problem.replace(/^(second fault: )?(success was reported, but |stored differently: )?/, '')
  const isUnknown = /belong to no message|, 0 in the journals|does not list|instead of nothing/.test(about)
  return (
    isUnknown &&
    [`${path}/`, `${path} `, `manifest-sha256.txt does not list ${account}/${path}/`].some((start) => about.startsWith(start))
  )
}

describe.each(['first run', 'second run'])('at each call of the %s that changes the disk, nothing committed is lost', (name) => {
  it.each<[FaultKind, number]>([
    ['EIO once', 1],
    ['ENOSPC once', 2],
    ['EIO for good', 3],
    ['ENOSPC for good', 3],
    ['disk gone', 3],
    ['killed', 1],
  ])('%s (every %i. call)', async (kind, step) => {
    const start = await startOf(name)
    await expectNoProblems(faultsAt(callsOf(start, step), kind), (point) => problemsAt(start, point))
  })

  it.each([0.001, 0.37, 0.999])('killed when %f of a write is done', async (written) => {
    const start = await startOf(name)
    await expectNoProblems(faultsAt(callsOf(start, 1, isWrite), 'killed in a write', written), (point) =>
      problemsAt(start, point),
    )
  })

  it('power lost, and everything that was not synced', async () => {
    const start = await startOf(name)
    const ats = [...callsOf(start), start.calls.length + 1]
    await expectNoProblems(
      powerLossesAt(ats, () => 'everything'),
      (point) => problemsAt(start, point),
    )
  })

  it('power lost, and some of what was not synced, sectors of files included', async () => {
    const start = await startOf(name)
    const ats = [...callsOf(start), start.calls.length + 1]
    await expectNoProblems(
      powerLossesAt(ats, (at) => new Random(at)),
      (point) => problemsAt(start, point),
    )
  })

  it('power lost on a disk whose file system has no journal, in the middle of a rename', async () => {
    const start = await startOf(name)
    const ats = callsOf(start, 1, isRename)
    await expectNoProblems(
      powerLossesAt(ats, (at) => ({ withoutJournal: new Random(at) })),
      (point) => problemsAt(start, point),
    )
  })

  it('a sync that fails, power lost after the next run has put that in order', async () => {
    const start = await startOf(name)
    const syncs = callsOf(start, 1, (call) => call.startsWith('sync '))
    const ends = syncs.flatMap((at): Point[] =>
      [40, 90].map((next) => ({
        fault: { kind: 'EIO once', at, written: 0 },
        loss: null,
        next: { fault: { kind: 'killed', at: next, written: 0 }, loss: 'everything' },
      })),
    )
    await expectNoProblems(ends, (point) => problemsAt(start, point))
  })

  it('a second fault while the first one is repaired', async () => {
    const start = await startOf(name)
    await expectNoProblems(
      doubleFaults(start, 200, (random) => [random, { withoutJournal: random }]),
      (point) => problemsAt(start, point),
    )
  })

  it('the disk pulled out, while the cache on the computer stays as it was', async () => {
    const start = await startOf(name)
    const folder = await scratchFolder()
    const pulled = callsOf(start, 5).map((at): Point => ({ fault: { kind: 'disk gone', at, written: 0 }, loss: 'everything' }))
    await expectNoProblems(pulled, async (point, n) => {
      const cache = join(folder, String(n))
      await cp(start.cache, cache, { recursive: true }).catch(() => undefined)
      return await problemsAt(start, point, cache)
    })
  })
})

describe('a fault while a message too large for memory is written', () => {
  it('loses nothing else and leaves no part of it', async () => {
    const large = new MemoryAccount()
    large.streamFrom = 1 << 20
    const inbox = large.addMailbox(['Inbox'])
    const other = large.addMailbox(['Other'])
    for (let n = 0; n < 3; n++) large.add(inbox, `Message-ID: <${n}@example.com>\r\n\r\nsmall\r\n`)
    large.add(inbox, `Message-ID: <large@example.com>\r\n\r\n${'From a large one\r\n'.repeat(150_000)}`)
    for (let n = 3; n < 9; n++) large.add(other, `Message-ID: <${n}@example.com>\r\n\r\nsmall\r\n`)
    const stage = { account: large, contents: large.contents() }
    const [start] = await startsOf([{ name: 'large message', stage }])
    if (start === undefined) throw new Error('no start')
    const writes = callsOf(start, 1, (call) => isWrite(call) && call.includes('/Mail/'))
    expect(writes.length).toBeGreaterThan(2)
    await expectNoProblems(
      [
        ...faultsAt(writes, 'killed in a write', 0.6),
        ...powerLossesAt(
          callsOf(start, 3, (call) => !call.includes('scratch')),
          (at) => new Random(at),
        ),
      ],
      (point) => problemsAt(start, point),
    )
  })
})

afterAll(() => {
  console.log(`${points} fault points, ${secondPoints} of them with a second fault during the repair`)
})
