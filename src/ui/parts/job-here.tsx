/** A job that a screen started itself: its progress in place, then whatever the screen makes of its end. */
import type { ComponentChildren } from 'preact'
import type { Job } from '../../api/desktop/contract.ts'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { useLive, useWords } from '../context.tsx'
import { stoppedWords, wasStopped } from '../jobs.ts'
import { isActive } from '../live.ts'
import { Running } from '../screens/progress.tsx'
import { EndHeading } from './end-verdict.tsx'
import { FailureNote } from './failure.tsx'

export interface JobHereProps {
  readonly id: string
  readonly children: (job: Job) => ComponentChildren
  /** What a person can do where it failed or was stopped. */
  readonly otherwise: ComponentChildren
}

export function JobHere({ id, children, otherwise }: JobHereProps) {
  const { t } = useWords()
  const { jobs } = useLive()
  const job = jobs.find((one) => one.id === id)
  if (job === undefined) return <Loading />
  if (isActive(job)) return <Running job={job} />
  if (job.failure !== null && !wasStopped(job)) {
    return (
      <section class="card ended">
        <FailureNote failure={job.failure} />
        <div class="row">{otherwise}</div>
      </section>
    )
  }
  if (job.report === null || wasStopped(job)) {
    return (
      <section class="card ended">
        <EndHeading>{t(stoppedWords(job))}</EndHeading>
        <div class="row">{otherwise}</div>
      </section>
    )
  }
  return children(job)
}
