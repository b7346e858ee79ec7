import { Icon, type IconName } from '../../viewer/page/parts/icon.tsx'
import { useLive, useWords } from '../context.tsx'
import { nameOf } from '../jobs.ts'
import { isActive } from '../live.ts'
import { browseHref, routeHref, type Screen } from '../route.ts'

const entries: readonly { readonly screen: Screen | 'browse'; readonly icon: IconName }[] = [
  { screen: 'home', icon: 'overview' },
  { screen: 'browse', icon: 'search' },
  { screen: 'restore', icon: 'bring' },
  { screen: 'proof', icon: 'shield' },
  { screen: 'collect', icon: 'documents' },
  { screen: 'settings', icon: 'settings' },
]

export function Navigation({ current }: { readonly current: Screen | 'browse' }) {
  const { t } = useWords()
  const { home, jobs } = useLive()
  const running = jobs.findLast(isActive)
  const here = home?.disks.find(({ folder }) => folder !== null) ?? home?.disks[0]
  return (
    <>
      <nav aria-label={t('nav.label')}>
        <ul class="nav">
          {entries.map(({ screen, icon }) =>
            screen === 'browse' ? (
              here && (
                <li key={screen}>
                  <a href={browseHref(here.id)} aria-current={current === screen ? 'page' : undefined}>
                    <Icon name={icon} />
                    {t('nav.browse')}
                  </a>
                </li>
              )
            ) : (
              <li key={screen}>
                <a href={routeHref(screen)} aria-current={current === screen ? 'page' : undefined}>
                  <Icon name={icon} />
                  {t(`nav.${screen}`)}
                </a>
              </li>
            ),
          )}
        </ul>
      </nav>
      <div class="side-foot">
        {running && (
          <a
            class="running"
            href={routeHref('progress', { job: running.id })}
            aria-current={current === 'progress' ? 'page' : undefined}
          >
            <span class="pulse" aria-hidden="true" />
            {t(nameOf(running, 'job'))} …
          </a>
        )}
        <a class="locked-link" href={routeHref('lockout')} aria-current={current === 'lockout' ? 'page' : undefined}>
          <Icon name="locked" />
          {t('nav.lockout')}
        </a>
      </div>
    </>
  )
}
