/** The first screen of all. */
import { BrandMark } from '../../viewer/page/parts/brand-mark.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { post } from '../api.ts'
import { useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { useDoing } from '../parts/action.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { Heading } from '../parts/page.tsx'
import { goTo, routeHref } from '../route.ts'

export function Welcome() {
  const { t } = useWords()
  const doing = useDoing()
  const practise = async () => {
    const { folder } = await post<{ readonly folder: string }>('/practice', { name: t('practice.name') })
    goTo('progress', { job: (await startJob({ kind: 'backup', request: { vault: folder } })).id })
  }
  return (
    <div class="page welcome">
      <div class="hero">
        <BrandMark />
        <Heading>{t('welcome.title')}</Heading>
        <p class="lead">{t('welcome.lead')}</p>
        <a class="button primary big" href={routeHref('begin')}>
          {t('welcome.begin')}
        </a>
        <p class="soft">{t('welcome.minutes')}</p>
      </div>
      <div class="ways">
        <a class="card way" href={routeHref('begin', { step: 'have' })}>
          <Icon name="disk" />
          <span>
            <b>{t('welcome.haveDisk')}</b>
            <span class="soft">{t('welcome.haveDisk.more')}</span>
          </span>
        </a>
        <button type="button" class="card way" aria-disabled={doing.busy} onClick={() => void doing.run(practise)}>
          <Icon name="play" />
          <span>
            <b>{t('welcome.practice')}</b>
            <span class="soft">{t('welcome.practice.more')}</span>
          </span>
        </button>
      </div>
      {doing.failure && <FailureNote failure={doing.failure} />}
      <p class="promise">
        <Icon name="shield" />
        {t('welcome.promise')}
      </p>
    </div>
  )
}
