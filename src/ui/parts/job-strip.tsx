/** What runs, in one line: on Home and above other screens. */
import type { Job } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'
import { nameOf } from '../jobs.ts'
import { phaseOf } from '../phase.ts'
import { routeHref } from '../route.ts'
import { Meter } from './meter.tsx'

export function JobStrip({ job }: { readonly job: Job }) {
  const words = useWords()
  const { t } = words
  return (
    <section class="card job-strip" aria-label={t(nameOf(job, 'job'))}>
      <div class="strip-head">
        <b>{t(nameOf(job, 'job'))}</b>
        <span class="soft">{phaseOf(words, job)}</span>
        <a class="button" href={routeHref('progress', { job: job.id })}>
          {t('next.progress')}
        </a>
      </div>
      <Meter job={job} />
    </section>
  )
}
