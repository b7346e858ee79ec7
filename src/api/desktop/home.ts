/** Puts together what the accounts, the settings and the disks say. Pure: everything is handed in. */
import { daysSince, dueAt, type History, isStillToCome } from '../../engine/schedule.ts'
import type { AccountStatus } from '../../engine/status.ts'
import type { AccountSummary } from '../contract.ts'
import type { FailureText } from '../failure.ts'
import type { Attempt, DiskAccount, Home, HomeAccount, HomeDisk, Settings, Snapshot } from './contract.ts'
import type { KnownDisk, PreferencesData } from './preferences.ts'
import { verdictOn } from './verdict.ts'

/** A disk as it is known, and where it is now. */
export interface DiskState {
  readonly known: KnownDisk
  readonly folder: string | null
  readonly free: number | null
  readonly snapshot: Snapshot | null
  readonly attempt: Attempt | null
  readonly canUnplug: boolean
}

export interface HomeInput {
  readonly accounts: readonly AccountSummary[]
  readonly preferences: PreferencesData
  readonly disks: readonly DiskState[]
  readonly looking: boolean
  readonly now: Date
}

export function homeOf({ accounts, preferences, disks, looking, now }: HomeInput): Home {
  const homeDisks = disks.map((disk) => diskOf(disk, accounts, preferences, now))
  const onDisks = [...new Set(disks.flatMap(({ snapshot }) => (snapshot?.accounts ?? []).map(({ account }) => account)))]
  const ids = [...accounts.map(({ id }) => id), ...onDisks.filter((id) => !accounts.some((account) => account.id === id))]
  const homeAccounts = ids.map((id) =>
    accountOf(id, accounts.find((account) => account.id === id) ?? null, disks, preferences, now),
  )
  return {
    now: now.toISOString(),
    verdict: verdictOn({ accounts: homeAccounts, disks: homeDisks, now }),
    accounts: homeAccounts,
    disks: homeDisks,
    settings: settingsOf(preferences),
    looking,
  }
}

function settingsOf({ every, notifications, startAtLogin, attachments, pausedUntil, language }: PreferencesData): Settings {
  return { every, notifications, startAtLogin, attachments, pausedUntil, language }
}

/** The accounts that are saved on a disk. */
export function accountsFor(disk: KnownDisk, accounts: readonly { readonly id: string }[]): string[] {
  return accounts.map(({ id }) => id).filter((id) => disk.chosen === null || disk.chosen.includes(id))
}

/** A disk is as current as the account that lags most. */
export function historyOf({ known, snapshot, attempt }: DiskState, accounts: readonly { readonly id: string }[]): History {
  const wanted = accountsFor(known, accounts)
  const times = wanted.map((id) => snapshot?.accounts.find(({ account }) => account === id)?.lastGood ?? null)
  const lastSuccess = times.includes(null) ? null : (times.toSorted()[0] ?? null)
  return {
    lastSuccess,
    lastAttempt: attempt?.ended ?? null,
    failures: attempt?.failures ?? 0,
    stopped: attempt?.stopped === true,
  }
}

function diskOf(disk: DiskState, accounts: readonly AccountSummary[], { every }: PreferencesData, now: Date): HomeDisk {
  const { known, folder, free, snapshot, attempt, canUnplug } = disk
  const history = historyOf(disk, accounts)
  const due = accountsFor(known, accounts).length === 0 ? null : dueAt(every, history, now)
  const isWaiting = folder === null && due !== null && due <= now
  return {
    ...{ id: known.id, name: known.name, folder, lastFolder: known.folder, lastSeen: known.lastSeen, free },
    accounts: (snapshot?.accounts ?? []).map(diskAccountOf),
    chosen: known.chosen,
    lookedAt: snapshot?.at ?? null,
    lastSuccess: history.lastSuccess,
    due: due?.toISOString() ?? null,
    failure: attempt === null ? null : toldOf(attempt, history.lastSuccess),
    // What was looked at by an earlier version does not say.
    damagedAt: snapshot?.accounts.find(({ damagedAt }) => damagedAt)?.damagedAt ?? null,
    healable: snapshot?.accounts.find(({ damagedAt }) => damagedAt)?.healable ?? true,
    canUnplug: canUnplug && folder !== null,
    waitingDays: isWaiting ? (daysSince(history.lastSuccess ?? known.lastSeen, now) ?? 0) : null,
  }
}

function diskAccountOf({ account, lastGood, lastProof, services }: AccountStatus): DiskAccount {
  return {
    account,
    safeAsOf: lastGood,
    provenAt: provenAtOf(lastProof),
    items: services.reduce((sum, { items }) => sum + items, 0),
    bytes: services.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/** The provider's name, or the domain of its servers. */
function placeOf(summary: AccountSummary | null): string {
  const names = (summary?.connections ?? []).flatMap(
    ({ provider, providerName, settings: { host, carddav, caldav, webdav } }) => {
      if (provider === 'archive') return []
      const servers = [host, ...[carddav, caldav, webdav].map((url) => (typeof url === 'string' ? hostOf(url) : undefined))]
      const known = servers.filter((name) => typeof name === 'string').map(domainOf)
      return known.length > 0 ? known : [providerName]
    },
  )
  return [...new Set(names)].join(', ')
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url
}

/** `imap.mail.example.com` is known as `example.com`; numbers stay as they are. */
function domainOf(host: string): string {
  return /^[\d.:]+$/.test(host) ? host : host.split('.').slice(-2).join('.')
}

const browserProviders: readonly string[] = ['google', 'microsoft']

function provenAtOf(proof: AccountStatus['lastProof']): string | null {
  return proof === null || proof.verdict === 'not-proven' ? null : proof.at
}

function accountOf(
  id: string,
  summary: AccountSummary | null,
  disks: readonly DiskState[],
  { people }: PreferencesData,
  now: Date,
): HomeAccount {
  const copies = disks.flatMap((disk) => {
    const status = disk.snapshot?.accounts.find(({ account }) => account === id)
    return status === undefined ? [] : [{ disk, status }]
  })
  // What a clock said that was ahead must not hide for years what is newer.
  const credible = (time: string | null) => (time === null ? '' : isStillToCome(time, now) ? '0' : time)
  const newest = <T>(all: readonly T[], timeOf: (one: T) => string | null) =>
    all.toSorted((a, b) => (credible(timeOf(a)) > credible(timeOf(b)) ? -1 : 1))[0]
  const best = newest(copies, ({ status }) => status.lastGood)
  const proofs = copies.flatMap(({ status }) => (status.lastProof === null ? [] : [status.lastProof]))
  const proof = newest(proofs, ({ at }) => at) ?? null
  const services = best?.status.services ?? []
  const safeAsOf = best?.status.lastGood ?? null
  return {
    id,
    person: people[id] ?? null,
    place: placeOf(summary),
    canReceive: (summary?.connections ?? []).some(({ provider }) => provider !== 'archive'),
    configured: summary !== null,
    browserSignIn: (summary?.connections ?? []).find(({ provider }) => browserProviders.includes(provider))?.provider ?? null,
    services,
    safeAsOf,
    disk: best?.disk.known.id ?? null,
    diskName: best?.disk.known.name ?? null,
    provenAt: provenAtOf(proof),
    proof: proof?.verdict ?? null,
    recoverySeconds: proof?.recoverySeconds ?? null,
    ...(proof?.untimed === undefined ? {} : { untimed: proof.untimed }),
    missing: services.reduce((sum, { pending }) => sum + pending, 0),
    unread: best?.status.unread ?? [],
    unexplained: best?.status.unexplained ?? 0,
    // What was looked at by an earlier version does not say.
    heldBack: best?.status.heldBack ?? 0,
    outlook: summary === null ? [] : (best?.status.outlook ?? []),
    problem: problemOf(id, disks, safeAsOf),
  }
}

/** Of the newest attempt that is younger than what is safe. */
function problemOf(id: string, disks: readonly DiskState[], safeAsOf: string | null): FailureText | null {
  const [newest] = disks
    .flatMap(({ attempt }) => (attempt === null || attempt.stopped || attempt.ended <= (safeAsOf ?? '') ? [] : [attempt]))
    .toSorted((a, b) => (a.ended > b.ended ? -1 : 1))
  if (newest === undefined) return null
  const own = newest.accounts.find(({ account, learnt }) => account === id && (learnt ?? newest.ended) > (safeAsOf ?? ''))
  return own?.failure ?? toldOf(newest, safeAsOf)
}

/** Where somebody else was at work on the disk, nobody has to do anything: it is tried again. */
function toldOf({ failure, ended, learnt = ended }: Attempt, safeAsOf: string | null): FailureText | null {
  return failure?.code === 'vault-locked' || (learnt !== ended && learnt <= (safeAsOf ?? '')) ? null : failure
}
