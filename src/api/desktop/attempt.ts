/** How a backup went, as far as it counts for what is due and what a person must know. */
import { errorTexts } from '../../core/messages.ts'
import type { Failure } from '../../engine/report.ts'
import type { BackupReport } from '../contract.ts'
import type { FailureText } from '../failure.ts'
import type { Job } from '../jobs/job.ts'
import type { Attempt } from './contract.ts'

/** Null for jobs that are no backups. */
export function attemptOf(job: Job): Omit<Attempt, 'failures'> | null {
  if (job.kind !== 'backup' || job.ended === null || isPartial(job)) return null
  const report = job.report as BackupReport | null
  const stopped = job.failure?.code === 'cancelled' || report?.stopped === true
  return {
    ...{ at: job.started, ended: job.ended, stopped },
    failure: stopped ? null : job.failure,
    accounts: (report?.accounts ?? []).flatMap(({ account, failure: whole, collections }) => {
      // A folder that could not be saved keeps the account from being safe as well.
      const failure = whole ?? collections.find((one) => one.failure !== undefined)?.failure
      return failure === undefined || failure.code === 'cancelled'
        ? []
        : [{ account, code: failure.code, failure: textOf(failure) }]
    }),
  }
}

/** Tries again what was missing: whether all can be saved, it does not tell. */
function isPartial({ request }: Job): boolean {
  return 'onlyMissing' in request && request.onlyMissing === true
}

function textOf({ code, message, advice }: Failure): FailureText {
  return { code, title: errorTexts[code].title, message, advice }
}
