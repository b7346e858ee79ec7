/** Starting and stopping what takes long. */
import type { BackupReport } from '../api/contract.ts'
import type { FailureText, HomeDisk, Job, JobRequest } from '../api/desktop/contract.ts'
import { post } from './api.ts'
import type { WordKey } from './words.ts'

export async function startJob(request: JobRequest): Promise<Job> {
  return await post<Job>('/jobs', request)
}

/** Of everything that is saved on this disk, or of these accounts. @throws ApiFailure */
export async function backUp(
  disk: HomeDisk,
  attachments: boolean,
  accounts: readonly string[] | null = disk.chosen,
): Promise<Job> {
  const chosen = accounts === null ? {} : { accounts }
  return await startJob({ kind: 'backup', request: { vault: disk.folder ?? disk.lastFolder, attachments, ...chosen } })
}

/** Tries what could not be saved before, of every account, and nothing else. @throws ApiFailure */
export async function retryMissing({ folder, lastFolder }: HomeDisk): Promise<Job> {
  return await startJob({ kind: 'backup', request: { vault: folder ?? lastFolder, onlyMissing: true } })
}

/** @throws ApiFailure */
export async function checkDisk({ folder, lastFolder }: HomeDisk): Promise<Job> {
  return await startJob({ kind: 'verify', request: { vault: folder ?? lastFolder } })
}

export async function stopJob(job: Job, pause: boolean): Promise<void> {
  await post(`/jobs/${job.id}/stop`, { pause })
}

/** The same again, e.g. after a pause: it goes on where it stopped. */
export async function repeatJob(job: Job): Promise<Job> {
  return await post<Job>('/jobs', { kind: job.kind, request: job.request })
}

/** It only looks what a restore would do. */
export function isPlan({ kind, request }: Job): boolean {
  return kind === 'restore' && 'dryRun' in request && request.dryRun === true
}

/** It was stopped by the person, before its end. */
export function wasStopped({ failure, report }: Job): boolean {
  return failure?.code === 'cancelled' || (report !== null && 'stopped' in report && report.stopped)
}

/** Items that the provider listed and that are neither saved nor named as missing. What failed says so by itself. */
export function unexplainedIn({ accounts }: BackupReport): number {
  const counts = accounts.flatMap(({ collections }) =>
    collections.map(({ said, stored, pending, skipped, failure }) =>
      said === null || skipped !== undefined || failure !== undefined ? 0 : Math.max(0, said - stored - pending),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export interface AccountFailure {
  readonly account: string
  readonly failure: FailureText
}

/** Accounts that were not saved to their end, each with the first reason. */
export function failuresIn({ accounts }: BackupReport): readonly AccountFailure[] {
  return accounts.flatMap(({ account, failure, collections }) => {
    const why = failure ?? collections.find((one) => one.failure !== undefined)?.failure
    return why === undefined ? [] : [{ account, failure: { ...why, title: '' } }]
  })
}

/** What it is called while it runs, and afterwards. */
export function nameOf(job: Job, when: 'job' | 'ended'): WordKey {
  return isPlan(job) ? `${when}.plan` : `${when}.${job.kind}`
}

/** What holds of one that was stopped. */
export function stoppedWords(job: Job): WordKey {
  if (job.kind === 'backup') return job.paused ? 'done.paused' : 'done.stopped'
  return job.kind === 'restore' && !isPlan(job) ? 'done.stoppedRestore' : 'done.stoppedOther'
}
