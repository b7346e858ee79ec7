/** The answer to "if I were locked out right now": what is safe, since when, when that was last proven, what is missing. */
import { join } from 'node:path'
import type { Service } from '../core/account.ts'
import { type Disk, readFile } from '../vault/disk.ts'
import type { AccountState } from '../vault/state.ts'
import type { EndCount } from '../vault/state-runs.ts'
import { type OpenAccount, Vault, type VaultOptions } from '../vault/vault.ts'
import { lastVerification, type Verification } from '../vault/verified.ts'
import { lostRecord } from './drill-findings.ts'
import { type AccountProof, type Goals, type Proof, untimedIn, type Verdict } from './proof.ts'
import { isStillToCome } from './schedule.ts'

export const proofsFolder = 'proofs'

export interface ServiceStatus {
  readonly service: Service
  readonly items: number
  readonly bytes: number
  readonly kept: number
  readonly pending: number
}

/** `recoverySeconds`, `untimed`: as in `AccountProof`. */
interface LastProof {
  readonly at: string
  readonly verdict: Verdict
  readonly recoverySeconds: number
  readonly untimed?: readonly Service[]
}

export interface AccountStatus {
  readonly account: string
  readonly services: readonly ServiceStatus[]
  /** When the last backup that finished well ended; null where none did. */
  readonly lastGood: string | null
  /** How the last one ended, where that is not the same. */
  readonly lastProblem: string | null
  readonly lastProof: LastProof | null
  readonly goals: Goals
  /** Folders and the like that the last good backup could not read, or not all of. */
  readonly unread: readonly { readonly service: Service | null; readonly path: readonly string[]; readonly reason: string }[]
  /** Items that the provider listed in the last good backup, and that are neither saved nor known to be missing. */
  readonly unexplained: number
  /** Items that the provider suddenly did not list in the last good backup; a person is to say whether they are removed. */
  readonly heldBack: number
  /** RFC 3339: when this computer last checked the disk, if that found damage; null where it found none, or is not known. */
  readonly damagedAt: string | null
  /** False: no backup can heal that damage, because what is damaged is gone from the account as well. Absent where that is not known. */
  readonly healable?: boolean
  /** What is going to stop backups soon, one sentence each. */
  readonly outlook: readonly string[]
  /** What needs attention, one sentence each; empty: all is well. */
  readonly warnings: readonly string[]
}

export interface StatusReport {
  readonly vault: string
  readonly accounts: readonly AccountStatus[]
  /** True when something is older than it should be, or was never done. */
  readonly stale: boolean
}

export interface StatusLimits {
  readonly runDays: number
  readonly proofDays: number
}

export const defaultLimits: StatusLimits = { runDays: 8, proofDays: 35 }

/** `outlookOf`: what is going to stop backups of the account soon. */
export async function status(
  options: VaultOptions,
  limits: StatusLimits,
  goalsOf: (account: string) => Promise<Goals>,
  outlookOf: (account: string) => Promise<readonly string[]> = async () => [],
): Promise<StatusReport> {
  const vault = await Vault.openForReading(options)
  try {
    const proofs = await readProofs(options.disk, options.directory, options.clock.now())
    const checked = lastVerification((name) => vault.cacheFile(name))
    const accounts: AccountStatus[] = []
    for (const account of await vault.allAccounts()) {
      const { id } = account
      const known = {
        proofs,
        limits,
        goals: await goalsOf(id),
        outlook: await outlookOf(id),
        damaged: checked?.sound === false ? checked : null,
      }
      accounts.push(await accountStatus(vault, account, known))
    }
    return {
      vault: options.directory,
      accounts,
      stale: accounts.length === 0 || accounts.some(({ warnings }) => warnings.length > 0),
    }
  } finally {
    await vault.close()
  }
}

interface Known {
  readonly proofs: readonly ProofFile[]
  readonly limits: StatusLimits
  readonly goals: Goals
  readonly outlook: readonly string[]
  readonly damaged: Verification | null
}

async function accountStatus(vault: Vault, { id, state, root }: OpenAccount, known: Known): Promise<AccountStatus> {
  const { proofs, limits, goals, outlook, damaged } = known
  const good = state.runs.lastFinished()
  const counts = await state.runs.counts(vault.disk, root, good?.run)
  const unread = counts.flatMap(({ service = null, path, failed }) =>
    failed === undefined ? [] : [{ service, path, reason: failed }],
  )
  const unexplained = counts.reduce((sum, count) => sum + unexplainedIn(count), 0)
  const heldBack = counts.reduce((sum, count) => sum + (count.heldBack ?? 0), 0)
  const last = state.runs.last()
  const found = proofs.flatMap(({ proof }) =>
    proof.accounts.filter(({ account }) => account === id).map((account) => ({ proof, account })),
  )
  const newest = found.at(-1) ?? null
  const now = vault.clock.now()
  return {
    account: id,
    services: servicesOf(state),
    lastGood: good?.ended ?? null,
    lastProblem: last !== null && last.run !== good?.run ? (last.status ?? 'interrupted') : null,
    lastProof: newest === null ? null : lastProofOf(newest.proof, newest.account),
    ...{ goals, unread, unexplained, heldBack, damagedAt: damaged?.time ?? null, outlook },
    ...(damaged === null ? {} : { healable: damaged.healable }),
    warnings: [
      ...(last === null ? [`${lostRecord} Check the disk: run lifeboat verify.`] : []),
      ...(damaged === null ? [] : [damaged.healable ? damageToHeal : damageForGood]),
      ...age(backupWords, good?.ended ?? null, limits.runDays, now),
      ...age(proofWords, newest?.proof.ended ?? null, limits.proofDays, now),
      ...(newest?.account.verdict === 'not-proven' ? ['The last drill did not prove it: run lifeboat drill to see why.'] : []),
      ...unread.map(({ path, reason }) => `"${path.join('/')}" could not be saved, or not all of it: ${reason}`),
      ...(unexplained > 0
        ? [`The provider listed ${unexplained} more than is saved, and nothing says why: run lifeboat backup again.`]
        : []),
      ...(heldBack > 0
        ? [
            `The provider suddenly does not list ${heldBack} any more: look at the account; if you removed them, run lifeboat backup --accept-removals.`,
          ]
        : []),
      ...outlook,
    ],
  }
}

function servicesOf(state: AccountState): ServiceStatus[] {
  const services = new Map<Service, ServiceStatus>()
  for (const record of state.collections()) {
    const before = services.get(record.service) ?? { service: record.service, items: 0, bytes: 0, kept: 0, pending: 0 }
    const { live, removed, bytes, pending } = state.countItems(record.c)
    const present = record.gone ? { items: 0, bytes: 0 } : { items: live, bytes }
    services.set(record.service, {
      service: record.service,
      items: before.items + present.items,
      bytes: before.bytes + present.bytes,
      kept: before.kept + removed,
      pending: before.pending + pending,
    })
  }
  return [...services.values()]
}

const damageToHeal = 'The last check of the disk found damage: run lifeboat backup, and then lifeboat verify again.'
const damageForGood =
  'The last check of the disk found damage that no backup can heal, because it is gone from the account as well: run lifeboat verify to see what, and take it from another copy of this vault if you have one.'

/** What failed as a whole says so by itself. */
function unexplainedIn({ said, stored, pending, failed }: EndCount): number {
  return said === null || failed !== undefined ? 0 : Math.max(0, said - stored - pending)
}

interface AgeWords {
  readonly what: string
  readonly never: string
  readonly next: string
}

const backupWords: AgeWords = {
  what: 'The last good backup',
  never: 'No backup has come to its end yet',
  next: 'run lifeboat backup',
}
const proofWords: AgeWords = {
  what: 'The last proof',
  never: 'It was never proven that this can be restored',
  next: 'run lifeboat drill',
}

function age({ what, never, next }: AgeWords, at: string | null, days: number, now: Date): string[] {
  if (at === null) return [`${never}: ${next}.`]
  if (isStillToCome(at, now))
    return [`${what} bears a date that is still to come; check the clock of this computer, then ${next}.`]
  const old = Math.floor((now.getTime() - Date.parse(at)) / 86_400_000)
  return now.getTime() - Date.parse(at) > days * 86_400_000
    ? [`${what} is ${old} ${old === 1 ? 'day' : 'days'} old: ${next}.`]
    : []
}

interface ProofFile {
  readonly proof: Proof
  /** Name of the page that says the same, which lies beside it. */
  readonly page: string
}

/**
 * Oldest first; what is no proof of ours is passed over. Those of a time that is still to come stand first: a clock that was wrong
 * once must not hide for years what later ones found.
 */
export async function readProofs(disk: Disk, vault: string, now: Date): Promise<ProofFile[]> {
  const found: ProofFile[] = []
  for (const { name } of (await disk.list(join(vault, proofsFolder))) ?? []) {
    if (!name.endsWith('.json')) continue
    try {
      const proof = JSON.parse((await readFile(disk, join(vault, proofsFolder, name)))?.toString() ?? '') as Proof
      if (proof.version === 1 && Array.isArray(proof.accounts) && !Number.isNaN(Date.parse(proof.ended)))
        found.push({ proof, page: `${name.slice(0, -'.json'.length)}.html` })
    } catch {
      // Somebody else's file.
    }
  }
  const order = ({ proof: { ended } }: ProofFile) => (isStillToCome(ended, now) ? '' : ended)
  return found.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

function lastProofOf({ ended }: Proof, { verdict, recoverySeconds, services }: AccountProof): LastProof {
  const untimed = untimedIn(services)
  return { at: ended, verdict, recoverySeconds, ...(untimed.length === 0 ? {} : { untimed }) }
}
