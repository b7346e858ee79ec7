/** Which exit code says what, in one place. */

import type {
  AccountReport,
  BackupReport,
  CollectionReport,
  Proof,
  RestoreReport,
  StatusReport,
  VerifyReport,
} from '../api/contract.ts'
import { type ErrorCode, errorCodes } from '../core/errors.ts'
import { errorTexts, exitCodes } from '../core/messages.ts'

/** Worst first: when a run fails in several ways, the exit code tells the one that a person must see to first. */
const severity: readonly ErrorCode[] = [
  'disk-failed',
  'disk-full',
  'disk-absent',
  'vault-absent',
  'corrupt',
  'vault-locked',
  'suspicious',
  'bug',
  'locked-out',
  'auth',
  'permission',
  'bad-settings',
  'usage',
  'unsupported',
  'not-found',
  'network',
  'rate-limit',
  'cursor-expired',
  'cancelled',
]

export function backupExitCode(report: BackupReport): number {
  const failures = new Set(report.accounts.flatMap(failureCodes))
  const worst = severity.find((code) => failures.has(code))
  if (worst !== undefined) return errorTexts[worst].exitCode
  if (report.stopped) return errorTexts.cancelled.exitCode
  const collections = report.accounts.flatMap((account) => account.collections)
  if (collections.some((collection) => collection.heldBack > 0)) return exitCodes.removalsHeldBack
  if (report.accounts.some((account) => account.pending.length > 0) || collections.some(isIncomplete)) return exitCodes.pending
  return exitCodes.ok
}

export function verifyExitCode(report: VerifyReport): number {
  return report.sound ? exitCodes.ok : errorTexts.corrupt.exitCode
}

export function restoreExitCode(report: RestoreReport): number {
  const failures = [report.failure, ...report.collections.map(({ failure }) => failure)].flatMap((failure) => failure?.code ?? [])
  const worst = severity.find((code) => failures.includes(code))
  if (worst !== undefined) return errorTexts[worst].exitCode
  if (report.stopped) return errorTexts.cancelled.exitCode
  const isMissing = report.skipped.length > 0 || report.collections.some(({ failed }) => failed > 0)
  return isMissing ? exitCodes.pending : exitCodes.ok
}

export function drillExitCode({ verdict }: Proof): number {
  if (verdict === 'not-proven') return exitCodes.notProven
  return verdict === 'proven' ? exitCodes.ok : exitCodes.pending
}

export function statusExitCode({ stale }: StatusReport): number {
  return stale ? exitCodes.stale : exitCodes.ok
}

function failureCodes(account: AccountReport): ErrorCode[] {
  const failures = [
    account.failure,
    ...account.failedServices.map(({ failure }) => failure),
    ...account.collections.map((collection) => collection.failure),
  ]
  return failures.flatMap((failure) => (failure === undefined ? [] : [failure.code]))
}

/** Something the provider lists is neither saved nor explained. */
export function isIncomplete(collection: CollectionReport): boolean {
  const { said, stored, pending, skipped } = collection
  return pending > 0 || (said !== null && skipped === undefined && stored + pending < said)
}

export interface ExitCodeRow {
  readonly exitCode: number
  readonly meaning: string
}

/** Every exit code there is, in order: for `--help` and the README. */
export function exitCodeRows(): readonly ExitCodeRow[] {
  const rows = new Map<number, string[]>([
    [exitCodes.ok, ['All well']],
    [
      exitCodes.pending,
      [
        'Finished, but some items could not be saved (pending) or restored: the report names them, and the next run tries them again',
      ],
    ],
    [exitCodes.removalsHeldBack, ['Finished, but removals are held back until you decide (--accept-removals)']],
    [exitCodes.stale, ['A backup or a proof is too old']],
    [exitCodes.notProven, ['The drill did not prove that everything comes back']],
  ])
  for (const code of errorCodes) {
    const { exitCode, title } = errorTexts[code]
    rows.set(exitCode, [...(rows.get(exitCode) ?? []), title])
  }
  return [...rows]
    .map(([exitCode, meanings]) => ({ exitCode, meaning: meanings.join('; ') }))
    .toSorted((a, b) => a.exitCode - b.exitCode)
}
