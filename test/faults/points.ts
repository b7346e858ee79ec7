/** The moments at which a run meets a fault, and what mail and all other stores have in common after it. */
import { expect } from 'vitest'
import { Random } from '../fixtures/random.ts'
import type { Fault, FaultKind } from './faulty-disk.ts'
import type { Loss, MemoryDisk } from './memory-disk.ts'
import { below } from './oracle.ts'
import { failureOf, type Outcome, QuickClock, vaultFolder } from './scenario.ts'

/** In the vault. */
export const account = 'data/alice'
/** What a failing disk may be called. */
const diskCodes = ['disk-failed', 'disk-full', 'disk-absent']

export interface Point {
  readonly fault: Fault
  /** Power is lost at that moment. */
  readonly loss: Loss | null
  /** What meets the run that repairs. */
  readonly next?: { readonly fault: Fault; readonly loss: Loss | null }
}

/** A run that goes well: the calls in it that change something on the disk. */
interface Healthy {
  readonly calls: readonly string[]
}

export const isWrite = (call: string) => call.startsWith('write ')
export const isRename = (call: string) => /^(syncDirectory|rename) /.test(call)

/** Numbers of calls: every `step`-th from the first, of those that `test` accepts. */
export function callsOf({ calls }: Healthy, step = 1, test: (call: string) => boolean = () => true): number[] {
  return calls.flatMap((call, index) => (test(call) ? [index + 1] : [])).filter((_, n) => n % step === 0)
}

export function faultsAt(ats: readonly number[], kind: FaultKind, written = 0.37): Point[] {
  return ats.map((at) => ({ fault: { kind, at, written }, loss: null }))
}

/** Power is lost before the call. */
export function powerLossesAt(ats: readonly number[], lossAt: (at: number) => Loss): Point[] {
  return ats.map((at) => ({ fault: { kind: 'killed', at, written: 0 }, loss: lossAt(at) }))
}

/**
 * A fault, and another one in the run that repairs what it left.
 * @param lossesOf what may be lost with the power, besides nothing and everything
 */
export function doubleFaults({ calls }: Healthy, count: number, lossesOf: (random: Random) => readonly Loss[]): Point[] {
  const random = new Random(count)
  const anyOf = (first: boolean) => {
    const kind = random.pick<FaultKind>(['killed', 'killed', 'killed in a write', 'EIO once', 'ENOSPC for good'])
    const seeded = new Random(random.below(1e6))
    const loss = random.pick<Loss | null>([null, 'everything', ...lossesOf(seeded)])
    // Repairing comes first, so many of the second ones fall on early calls.
    const at = 1 + (first ? random.below(calls.length) : Math.floor(calls.length * random.next() ** 2))
    return { fault: { kind, at, written: random.next() }, loss }
  }
  return Array.from({ length: count }, () => ({ ...anyOf(true), next: anyOf(false) }))
}

/** Fails with the first few problems, each with its place. */
export async function expectNoProblems(
  points: readonly Point[],
  problemsAt: (point: Point, n: number) => Promise<readonly string[]>,
): Promise<void> {
  const problems: string[] = []
  for (const [n, point] of points.entries()) {
    const found = await problemsAt(point, n)
    if (problems.length < 20) problems.push(...found.slice(0, 3))
  }
  expect(problems).toEqual([])
}

/** Of the `n`-th run on a disk. */
export function clockOf(n: number): QuickClock {
  return new QuickClock(`2026-01-0${n + 1}T03:04:05.000Z`, 300)
}

/** Of the vault, by their paths in it. */
export function filesOf(disk: MemoryDisk): Map<string, Buffer> {
  return below(disk.files(), vaultFolder)
}

/** The journals that no power loss takes any more, while the disk goes on: `synced` hears of every path that is synced. */
export function durableJournals(disk: MemoryDisk): {
  readonly journals: ReadonlyMap<string, Buffer>
  synced(path: string): void
} {
  const durable = below(filesOf(disk.afterPowerLoss('everything')), account)
  const journals = new Map([...durable].filter(([path]) => path.startsWith('Journal/')))
  const prefix = `${vaultFolder}/${account}/`
  let fresh: readonly [string, Buffer] | null = null
  const synced = (path: string) => {
    const bytes = path.startsWith(`${prefix}Journal/`) ? disk.files().get(path) : undefined
    const name = path.slice(prefix.length)
    // The name of a new one has to be durable too, and those of all folders above it.
    if (bytes !== undefined && journals.has(name)) journals.set(name, bytes)
    else if (bytes !== undefined) fresh = [name, bytes]
    else if (path === vaultFolder && fresh !== null) journals.set(...fresh)
  }
  return { journals, synced }
}

/** The program knows of the fault, says so in the right words, and does not call a vault complete that is not. */
export function problemsOfOutcome(outcome: Outcome, fault: Fault, problemsAtTheEnd: () => readonly string[]): string[] {
  const failure = failureOf(outcome)
  if (failure === null) return problemsAtTheEnd().map((problem) => `success was reported, but ${problem}`)
  if (fault.kind.startsWith('killed') || diskCodes.includes(failure.code)) return []
  return [`failed with ${failure.code}: ${failure.message}`]
}
