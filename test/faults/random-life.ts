/**
 * Accounts that change at random, run after run, on a disk that fails at random. Whatever happens: what the journals vouch for
 * can be read, nothing that was saved is ever gone, and a run that goes well leaves the vault as the account is.
 */
import type { Service } from '../../src/core/account.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import type { MemoryAccount } from '../fixtures/memory-account.ts'
import { Random } from '../fixtures/random.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { type Loss, MemoryDisk } from './memory-disk.ts'
import { badSums, below, flaws, fold, liveContents, storedContents, strangeFiles } from './oracle.ts'
import { RandomMail } from './random-mail.ts'
import { RandomShelves } from './random-shelves.ts'
import { failureOf, type Outcome, optionsFor, QuickClock, run, vaultFolder } from './scenario.ts'
import { flawsOfItems, foldItems, liveItems, readableVersions } from './stores-oracle.ts'

type Files = ReadonlyMap<string, Buffer>

/** An account that changes, and how its vault is read. */
interface Subject {
  readonly account: MemoryAccount
  readonly services: readonly Service[]
  change(): void
  /** Everything can be had again. */
  settle(): void
  /** SHA-256 of all that is in it, by collection. */
  contents(): Record<string, string[]>
  live(account: Files): Record<string, string[]>
  /** Everything that was ever saved and can be read. */
  saved(account: Files): string[]
  /** What the journals vouch for. */
  vouched(account: Files): string[]
  flaws(vault: Files): string[]
}

export function mail(random: Random): Subject {
  const subject = new RandomMail(random)
  const sums = (stored: Record<string, string[]>) => Object.values(stored).flat()
  return {
    account: subject.account,
    services: ['mail'],
    change: () => subject.change(),
    settle: () => subject.settle(),
    contents: () => subject.account.contents(),
    live: (files) => liveContents(fold(files)),
    saved: (files) => sums(storedContents(files)),
    vouched: (files) => [...fold(files).places.values()].map(({ sha256 }) => sha256),
    flaws: (vault) => flaws(vault, 'alice'),
  }
}

export function shelves(random: Random): Subject {
  const subject = new RandomShelves(random)
  return {
    account: subject.account,
    services: ['contacts', 'calendar', 'files'],
    change: () => subject.change(),
    settle: () => subject.settle(),
    contents: () => subject.contents(),
    live: (files) => liveItems(foldItems(files)),
    saved: (files) => readableVersions(files).map(withoutName),
    vouched: (files) => {
      const { items, former } = foldItems(files)
      return [...items.values(), ...former].map(({ sha256 }) => sha256)
    },
    flaws: (vault) => [...flawsOfItems(vault, 'alice'), ...badSums(vault), ...strangeFiles(vault)],
  }
}

/** A collection may get another name. */
function withoutName(version: string): string {
  return version.slice(version.lastIndexOf(' ') + 1)
}

const kinds = ['killed', 'killed', 'killed in a write', 'EIO once', 'ENOSPC once', 'ENOSPC for good', 'disk gone'] as const

export class Life {
  readonly problems: string[] = []
  readonly #random: Random
  readonly #subject: Subject
  #disk = new MemoryDisk()
  /** Clocks stand still, go on, and are set back. */
  #time = Date.parse('2026-01-01T03:04:05.000Z')
  #known: readonly string[] = []
  #calls = 200

  constructor(seed: number, subjectOf: (random: Random) => Subject) {
    this.#random = new Random(seed)
    this.#subject = subjectOf(this.#random)
  }

  async live(rounds: number): Promise<void> {
    await this.#disk.makeDirectory('/disk')
    await this.#disk.syncDirectory('/')
    for (let round = 0; round < rounds && this.problems.length === 0; round++) {
      this.#subject.change()
      if (this.#random.chance(0.6)) await this.#interruptedRun(round)
      if (this.#random.chance(0.7)) await this.#run(round, this.#random.chance(0.5))
    }
    this.#subject.settle()
    // What was held back, or was pending, is settled by the first of them at the latest.
    await this.#run(rounds, true)
    await this.#run(rounds + 1, true)
    if (this.problems.length === 0) this.#compare()
  }

  #clock(): QuickClock {
    this.#time += this.#random.pick([0, 500, 60_000, 86_400_000, -3_600_000, -40 * 86_400_000])
    return new QuickClock(new Date(this.#time).toISOString(), this.#random.pick([1, 300, 2_000]))
  }

  #account(): Files {
    return below(this.#disk.files(), `${vaultFolder}/data/alice`)
  }

  async #interruptedRun(round: number): Promise<void> {
    const fault = { kind: this.#random.pick(kinds), at: 1 + this.#random.below(this.#calls), written: this.#random.next() }
    const disk = new FaultyDisk(this.#disk, fault)
    const outcome = await run(this.#subject, optionsFor(disk, this.#clock()), this.#random.chance(0.3))
    this.#noteBugs(outcome, `run ${round} with ${fault.kind} at ${fault.at} (${disk.met})`)
    const loss = this.#random.pick<Loss | null>([null, null, 'everything', this.#random])
    if (loss !== null) this.#disk = this.#disk.afterPowerLoss(loss)
    this.#known = [...this.#known, ...this.#subject.vouched(this.#account())]
  }

  #noteBugs(outcome: Outcome, what: string): void {
    const failure = failureOf(outcome)
    if (failure !== null && !/^(disk|vault)-/.test(failure.code))
      this.problems.push(`${what} failed with ${failure.code}: ${failure.message}`)
  }

  async #run(round: number, acceptRemovals: boolean): Promise<void> {
    const disk = new FaultyDisk(this.#disk, null)
    const failure = failureOf(await run(this.#subject, optionsFor(disk, this.#clock()), acceptRemovals))
    this.#calls = Math.max(60, disk.calls.length)
    const problems = failure === null ? [] : [`failed with ${failure.code}: ${failure.message}`]
    const vault = below(this.#disk.files(), vaultFolder)
    problems.push(...this.#subject.flaws(vault))
    const { findings } = await verifyVault(optionsFor(this.#disk, this.#clock()), new AbortController().signal, () => undefined)
    problems.push(...findings.map((finding) => `verify: ${JSON.stringify(finding)}`))
    const saved = new Set(this.#subject.saved(this.#account()))
    const lost = this.#known.filter((sum) => !saved.has(sum))
    if (lost.length > 0) problems.push(`${lost.length} of ${this.#known.length} that were saved are gone`)
    this.#known = [...saved]
    this.problems.push(...problems.map((problem) => `run ${round}: ${problem}`))
  }

  #compare(): void {
    const [live, wanted] = [this.#subject.live(this.#account()), this.#subject.contents()]
    for (const name of new Set([...Object.keys(live), ...Object.keys(wanted)])) {
      const [has, wants] = [live[name] ?? ['no collection'], wanted[name] ?? ['no collection']]
      if (has.join() !== wants.join())
        this.problems.push(
          `${name} has ${has.length} instead of ${wants.length}: not ${wants.filter((sum) => !has.includes(sum))}`,
        )
    }
  }
}
