/** What runs, and how the last ones ended. Runs without this window, too. */
import type { Job } from '../../api/desktop/contract.ts'
import { Empty } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useLive, useWords } from '../context.tsx'
import { isPlan, nameOf, stopJob, stoppedWords, wasStopped } from '../jobs.ts'
import { isActive } from '../live.ts'
import { serviceIcons } from '../parts/account-card.tsx'
import { useDoing } from '../parts/action.tsx'
import { EndHeading } from '../parts/end-verdict.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { JobEnd } from '../parts/job-end.tsx'
import { nextAfter } from '../parts/job-next.tsx'
import { Amounts, Meter } from '../parts/meter.tsx'
import { Page } from '../parts/page.tsx'
import { useWatched } from '../parts/watched.ts'
import { phaseOf } from '../phase.ts'
import { type Params, routeHref } from '../route.ts'

export function ProgressScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  const { jobs } = useLive()
  const wanted = jobs.find(({ id }) => id === params['job']) ?? jobs.findLast(isActive)
  // The one that was started just now may not be known yet: an older one must not stand in its place.
  const chosen = wanted ?? (params['job'] === undefined ? jobs.at(-1) : undefined)
  if (chosen === undefined) {
    return (
      <Page title={t('nav.progress')} narrow>
        <Empty icon="clock" title={t('progress.none')}>
          <p>{t('progress.noneMore')}</p>
        </Empty>
      </Page>
    )
  }
  const others = jobs.filter((job) => job !== chosen && isActive(job))
  return (
    <Page title={t(nameOf(chosen, isActive(chosen) ? 'job' : 'ended'))} lead={<Where job={chosen} />} narrow>
      {isActive(chosen) ? <Running job={chosen} /> : <Ended job={chosen} />}
      {others.map((job) => (
        <section key={job.id} class="card">
          <h2>{t(nameOf(job, 'job'))}</h2>
          <Meter job={job} />
        </section>
      ))}
    </Page>
  )
}

function Where({ job }: { readonly job: Job }) {
  const { t, time } = useWords()
  const { home } = useLive()
  const disk = home?.disks.find(({ folder, lastFolder }) => (folder ?? lastFolder) === job.request.vault)
  return (
    <>
      {disk && job.kind === 'backup' && `${t('progress.to', { disk: disk.name })}, `}
      {t('progress.started', { time: time(Date.parse(job.started)) })}
    </>
  )
}

/** Also used by the screens that start a job of their own. */
export function Running({ job }: { readonly job: Job }) {
  const words = useWords()
  const { t } = words
  const stopping = useDoing()
  const card = useWatched<HTMLElement>()
  // What goes on where it stopped; a check and a proof begin anew.
  const canPause = job.kind === 'backup' || (job.kind === 'restore' && !isPlan(job))
  return (
    <section class="card running-card" ref={card}>
      <p class="phase" role="status">
        {phaseOf(words, job)}
      </p>
      <Meter job={job} />
      {job.pace && <Amounts pace={job.pace} />}
      {job.tally.length > 0 && <TallyList job={job} />}
      <div class="row">
        {canPause && (
          <button
            type="button"
            class="button"
            disabled={job.state === 'stopping'}
            onClick={() => void stopping.run(() => stopJob(job, true))}
          >
            <Icon name="pause" />
            {t('progress.pause')}
          </button>
        )}
        <button
          type="button"
          class="button quiet"
          disabled={job.state === 'stopping'}
          onClick={() => void stopping.run(() => stopJob(job, false))}
        >
          <Icon name="stop" />
          {t('progress.stop')}
        </button>
        <span class="faint grow">{t('progress.close')}</span>
      </div>
      {stopping.failure && <FailureNote failure={stopping.failure} />}
    </section>
  )
}

function TallyList({ job }: { readonly job: Job }) {
  const { t } = useWords()
  return (
    <ul class="tally">
      {job.tally.map(({ account, service, collection, listed, done, total }) => (
        <li key={`${account} ${service}`}>
          <Icon name={serviceIcons[service]} />
          <span>
            <b>{t(`service.${service}`)}</b> <span class="faint">{account}</span>
            <br />
            <span class="faint ellipsis">
              <Name text={collection.join(' / ')} />
            </span>
          </span>
          <span class="number right">
            {total > 0 ? t('progress.itemsOf', { done, total }) : t('progress.counted', { n: listed })}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Ended({ job }: { readonly job: Job }) {
  const { t } = useWords()
  const { home } = useLive()
  const next = nextAfter(job, { t, home })
  return (
    <section class="card ended">
      {wasStopped(job) ? (
        <EndHeading>{t(stoppedWords(job))}</EndHeading>
      ) : job.failure ? (
        <FailureNote failure={job.failure} />
      ) : (
        <JobEnd job={job} />
      )}
      <div class="row">
        {next}
        <a class={`button ${next === null ? 'primary' : ''}`} href={routeHref('home')}>
          {t('action.home')}
        </a>
      </div>
    </section>
  )
}
