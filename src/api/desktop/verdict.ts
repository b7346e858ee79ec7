/**
 * The answer to "if I were locked out right now?" in one colour, one reason and one next step. The worst counts; green only
 * where everything is saved, nothing is missing, and it was shown lately that it comes back.
 */
import { daysSince, reminderDays } from '../../engine/schedule.ts'
import { defaultLimits } from '../../engine/status.ts'
import type { HomeAccount, HomeDisk, HomeVerdict, Level, NextStep, Reason } from './contract.ts'

/** A clock that is behind shows itself by backups of the future. Milliseconds that clocks may differ. */
const clockTolerance = 10 * 60_000

interface Facts {
  readonly accounts: readonly HomeAccount[]
  readonly disks: readonly HomeDisk[]
  readonly now: Date
}

export function verdictOn({ accounts, disks, now }: Facts): HomeVerdict {
  const configured = accounts.filter((account) => account.configured)
  const safeAsOf = oldest(configured.map((account) => account.safeAsOf))
  const provenAt = oldest(configured.map((account) => account.provenAt))
  const missing = configured.reduce((sum, account) => sum + account.missing, 0)
  const say = (level: Level, reason: Reason, next: NextStep, account: string | null = null): HomeVerdict => ({
    ...{ level, reason, next, account, safeAsOf, provenAt, missing },
    days: daysSince(reason === 'proof-old' ? provenAt : safeAsOf, now) ?? 0,
  })

  const [anyDisk] = disks
  if (configured.length === 0) {
    if (anyDisk === undefined || accounts.length === 0) return say('none', 'no-account', { kind: 'add-account' })
    return say('attention', 'only-disk', { kind: 'add-account' })
  }
  if (anyDisk === undefined) return say('danger', 'no-disk', { kind: 'choose-disk' })

  const here = disks.find(({ folder }) => folder !== null)
  const away = disks.toSorted((a, b) => ((a.lastSuccess ?? '') > (b.lastSuccess ?? '') ? -1 : 1))[0] ?? anyDisk
  const backUp: NextStep = here ? { kind: 'back-up', disk: here.id } : { kind: 'plug-in', disk: away.id, name: away.name }
  const trouble = troubleOf(configured, disks, backUp, here?.id ?? away.id)
  if (trouble !== null) return say(trouble.level, trouble.reason, trouble.next, trouble.account)

  const damage = damageOn(disks)
  if (damage !== null) return say(damage.level, 'damaged', damage.next)
  if (Date.parse(safeAsOf ?? '') > now.getTime() + clockTolerance) return say('attention', 'clock-wrong', backUp)
  const days = daysSince(safeAsOf, now) ?? 0
  if (days >= reminderDays.strong) return say('danger', 'very-old', backUp)
  if (days >= reminderDays.first) return say('attention', 'old', backUp)
  const emptied = configured.find(({ heldBack }) => heldBack > 0)
  if (emptied) return say('attention', 'suddenly-gone', { kind: 'decide', account: emptied.id }, emptied.id)
  if (missing > 0) return say('attention', 'missing-items', here ? { kind: 'retry', disk: here.id } : backUp)
  return unclearIn(configured, backUp, say) ?? lostOn(disks, say) ?? provenOrNot({ configured, provenAt, now, here, away, say })
}

type Say = (level: Level, reason: Reason, next: NextStep, account?: string) => HomeVerdict

interface Trouble {
  readonly level: Level
  readonly reason: Reason
  readonly next: NextStep
  readonly account: string
}

/** What keeps an account from being saved. */
function troubleOf(
  configured: readonly HomeAccount[],
  disks: readonly HomeDisk[],
  backUp: NextStep,
  disk: string,
): Trouble | null {
  const lockedOut = configured.find(({ problem }) => problem?.code === 'locked-out')
  if (lockedOut) {
    const level = lockedOut.safeAsOf === null ? 'danger' : 'attention'
    return { level, reason: 'locked-out', next: { kind: 'locked-out', account: lockedOut.id }, account: lockedOut.id }
  }
  const refused = configured.find(({ problem }) => problem?.code === 'auth' || problem?.code === 'permission')
  if (refused) {
    const level = refused.safeAsOf === null ? 'danger' : 'attention'
    return { level, reason: 'cannot-sign-in', next: { kind: 'sign-in', account: refused.id }, account: refused.id }
  }
  const never = configured.find(({ safeAsOf }) => safeAsOf === null)
  if (never) {
    const isWanted = disks.some(({ chosen }) => chosen === null || chosen.includes(never.id))
    return { level: 'danger', reason: 'never-saved', next: isWanted ? backUp : { kind: 'choose-accounts' }, account: never.id }
  }
  const failed = configured.find(({ problem }) => problem !== null)
  if (failed === undefined) return null
  const next: NextStep = backUp.kind === 'back-up' ? { kind: 'retry', disk } : backUp
  return { level: 'attention', reason: 'last-failed', next, account: failed.id }
}

/** What is damaged is gone from the account as well: a check names it, and nothing else can be done here. */
function lostOn(disks: readonly HomeDisk[], say: Say): HomeVerdict | null {
  const lost = disks.find(({ damagedAt, healable }) => damagedAt !== null && !healable)
  if (lost === undefined) return null
  return say('attention', 'damaged-for-good', lost.folder === null ? plugIn(lost) : { kind: 'check', disk: lost.id })
}

function plugIn({ id, name }: HomeDisk): NextStep {
  return { kind: 'plug-in', disk: id, name }
}

/** A backup fetches anew what is damaged; whether nothing is any more, only another check tells. */
function damageOn(disks: readonly HomeDisk[]): Pick<Trouble, 'level' | 'next'> | null {
  const damaged = disks.find(({ damagedAt, healable }) => damagedAt !== null && healable)
  if (damaged === undefined) return null
  const { id, folder, lastSuccess, damagedAt } = damaged
  const level = disks.every((disk) => disk.damagedAt !== null) ? 'danger' : 'attention'
  if (folder === null) return { level, next: plugIn(damaged) }
  return { level, next: { kind: (lastSuccess ?? '') > (damagedAt ?? '') ? 'check' : 'back-up', disk: id } }
}

/** Where the numbers do not add up, and where a sign-in is going to end. */
function unclearIn(configured: readonly HomeAccount[], backUp: NextStep, say: Say): HomeVerdict | null {
  const unclear = configured.find(({ unexplained, unread }) => unexplained > 0 || unread.length > 0)
  if (unclear) return say('attention', 'not-reconciled', backUp, unclear.id)
  const ending = configured.find(({ outlook }) => outlook.length > 0)
  return ending ? say('attention', 'outlook', { kind: 'sign-in', account: ending.id }, ending.id) : null
}

interface ProofFacts {
  readonly configured: readonly HomeAccount[]
  readonly provenAt: string | null
  readonly now: Date
  readonly here: HomeDisk | undefined
  readonly away: HomeDisk
  readonly say: Say
}

function provenOrNot({ configured, provenAt, now, here, away, say }: ProofFacts): HomeVerdict {
  const prove: NextStep = here ? { kind: 'prove', disk: here.id } : { kind: 'plug-in', disk: away.id, name: away.name }
  const failed = configured.find(({ proof }) => proof === 'not-proven')
  if (failed) return say('danger', 'not-proven', { kind: 'see-proof', disk: (here ?? away).id }, failed.id)
  if (provenAt === null) return say('attention', 'never-proven', prove)
  if ((daysSince(provenAt, now) ?? 0) > defaultLimits.proofDays) return say('attention', 'proof-old', prove)
  return say('good', 'all-well', { kind: 'look', disk: (here ?? away).id })
}

/** Null where one of them is missing, or there are none. */
function oldest(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 || known.length < times.length ? null : (known.toSorted()[0] ?? null)
}
