/** What is best done after something has ended: the buttons beside the way Home, the best first. */
import type { ComponentChildren } from 'preact'
import type { BackupReport, RestoreReport, RestoreRequest, VerifyReport } from '../../api/contract.ts'
import type { Home, Job } from '../../api/desktop/contract.ts'
import type { Words } from '../context.tsx'
import { backUp, failuresIn, isPlan, repeatJob, retryMissing, startJob, wasStopped } from '../jobs.ts'
import { countsOf } from '../restored.ts'
import { goTo, routeHref } from '../route.ts'
import { Action } from './action.tsx'
import { needsPerson } from './what-to-do.tsx'

interface Around {
  readonly t: Words['t']
  readonly home: Home | null
}

/** Null where there is nothing better than to go Home; nothing where that stands beside what failed. */
export function nextAfter(job: Job, around: Around): ComponentChildren {
  const { t, home } = around
  if (wasStopped(job)) return <Starting work={() => repeatJob(job)}>{t('progress.resume')}</Starting>
  if (job.failure) return <Starting work={() => repeatJob(job)}>{t('action.again')}</Starting>
  if (job.kind === 'backup') return afterBackup(job, around)
  if (job.kind === 'restore') return afterRestore(job, t)
  const disk = home?.disks.find(({ folder }) => folder !== null && folder === job.request.vault)
  if (job.kind !== 'verify' || !home || !disk) return null
  const { sound, healable } = job.report as VerifyReport
  if (sound || !healable) return null
  return <Starting work={() => backUp(disk, home.settings.attachments)}>{t('next.back-up')}</Starting>
}

function afterRestore(job: Job, t: Words['t']): ComponentChildren {
  const report = job.report as RestoreReport
  if (isPlan(job) && countsOf(report).created > 0) {
    const go = () => startJob({ kind: 'restore', request: { ...(job.request as RestoreRequest), dryRun: false } })
    return <Starting work={go}>{t('restore.go')}</Starting>
  }
  return report.failure ? <Starting work={() => repeatJob(job)}>{t('action.again')}</Starting> : null
}

function afterBackup(job: Job, { t, home }: Around): ComponentChildren {
  const report = job.report as BackupReport
  const failures = failuresIn(report).map(({ failure }) => failure)
  const isMissing = report.accounts.some(({ pending }) => pending.length > 0)
  const why = isMissing && (
    <a class="button" href={routeHref('missing')}>
      {t('done.why')}
    </a>
  )
  if (failures.length > 0) {
    // What only a person can do stands beside the failure itself, and comes first.
    const forPerson = failures.filter(needsPerson).length
    return (
      <>
        {forPerson < failures.length && (
          <Starting primary={forPerson === 0} work={() => repeatJob(job)}>
            {t('action.again')}
          </Starting>
        )}
        {failures.some(({ code }) => code === 'disk-full') && (
          <a class="button" href={routeHref('begin', { step: 'disk' })}>
            {t('home.addDisk')}
          </a>
        )}
        {why}
      </>
    )
  }
  if (!isMissing) return null
  const disk = home?.disks.find(({ folder }) => folder === report.vault)
  return (
    <>
      {disk && <Starting work={() => retryMissing(disk)}>{t('missing.retry')}</Starting>}
      {why}
    </>
  )
}

interface StartingProps {
  readonly work: () => Promise<Job>
  readonly primary?: boolean
  readonly children: string
}

/** Begins a job and shows it. */
function Starting({ work, primary = true, children }: StartingProps) {
  return (
    <Action primary={primary} work={async () => goTo('progress', { job: (await work()).id })}>
      {children}
    </Action>
  )
}
